"""A server that does not answer is noticed soon, and a file that is not whole by its digest."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
import urllib.error
from pathlib import Path
from typing import Any

import pytest

from lessons_lib.segmentation import downloads
from lessons_lib.segmentation.downloads import (
    DownloadError,
    MissingDataError,
    check_reachable,
    has_digest,
    reason_of,
)


@pytest.mark.parametrize("method", ["sha256", "md5"])
def test_a_file_is_whole_if_its_digest_begins_as_known(tmp_path: Path, method: str) -> None:
    file = tmp_path / "a file"
    content = bytes(range(251)) * 9000  # more than one block
    file.write_bytes(content)
    digest = hashlib.new(method, content).hexdigest()
    assert has_digest(file, digest, method)
    assert has_digest(file, digest[:8], method)
    file.write_bytes(content[:-1])
    assert not has_digest(file, digest[:8], method)
    file.unlink()
    assert not has_digest(file, digest[:8], method)


class Web:
    """What urlopen does in this test."""

    def __init__(self, patch: pytest.MonkeyPatch, answer: Any) -> None:
        self.asked: list[tuple[str, str]] = []
        self._answer = answer
        patch.setattr(downloads.urllib.request, "urlopen", self.urlopen)

    def urlopen(self, request: Any, timeout: float) -> Any:
        self.asked.append((request.get_method(), request.full_url))
        if isinstance(self._answer, BaseException):
            raise self._answer
        if isinstance(self._answer, threading.Event):
            self._answer.wait(30)
        return socket.socket()  # anything that can be closed by `with`


def ask(seconds: float = 5) -> None:
    check_reachable("https://a.org/x.tar", "VOC2012 (2 GB)", "Try again later.", seconds)


def http_error(code: int) -> urllib.error.HTTPError:
    return urllib.error.HTTPError("https://a.org/x.tar", code, "words", None, None)  # type: ignore


def test_a_server_that_answers_is_reachable_and_nothing_is_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    web = Web(monkeypatch, "fine")
    ask()
    assert web.asked == [("HEAD", "https://a.org/x.tar")]


@pytest.mark.parametrize("code", [403, 404, 405, 500])
def test_a_server_that_answers_with_an_error_is_reachable(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    Web(monkeypatch, http_error(code))
    ask()


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (urllib.error.URLError(socket.gaierror(-2, "Name or service not known")), "Name or serv"),
        (urllib.error.URLError(OSError(101, "Network is unreachable")), "Network is unreachable"),
        (urllib.error.URLError("Tunnel connection failed: 403"), "Tunnel connection failed: 403"),
        (TimeoutError("timed out"), "timed out"),
        (ConnectionResetError(104, "Connection reset by peer"), "Connection reset by peer"),
    ],
)
def test_no_internet_is_one_clear_message(
    monkeypatch: pytest.MonkeyPatch, trouble: OSError, said: str
) -> None:
    Web(monkeypatch, trouble)
    with pytest.raises(DownloadError) as refused:
        ask()
    message = str(refused.value)
    assert message.startswith(f"VOC2012 (2 GB) cannot be fetched from a.org ({said}")
    assert message.endswith("). Try again later.")
    assert isinstance(refused.value, MissingDataError)


def test_a_server_that_never_answers_is_waited_for_no_longer_than_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end = threading.Event()
    Web(monkeypatch, end)
    begun = time.monotonic()
    with pytest.raises(DownloadError, match=r"\(no answer within 0\.2 seconds\)"):
        ask(0.2)
    end.set()
    assert time.monotonic() - begun < 20  # the server would have taken 30


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (urllib.error.URLError("unknown url type: x"), "unknown url type: x"),
        (RuntimeError("File not found\n or corrupted."), "File not found or corrupted"),
        (TimeoutError(), "TimeoutError"),
        (http_error(404), "HTTP Error 404: words"),
    ],
)
def test_an_error_is_told_in_one_line(error: Exception, said: str) -> None:
    assert reason_of(error) == said

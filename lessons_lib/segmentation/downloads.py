"""What has to come from the internet: is it there, is it whole, and what to say where it is not."""

from __future__ import annotations

import hashlib
import threading
import urllib.request
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

ANSWER_WITHIN = 5.0
"""Seconds in which a server must answer; where it does not, nothing is fetched from it."""

_BLOCK = 1 << 20  # bytes that are read at a time


class MissingDataError(Exception):
    """Data or weights that are not here, or not whole; the message ends with the cure."""


class DownloadError(MissingDataError):
    """What was to be fetched from the internet could not be; the message ends with the cure."""


def has_digest(file: Path, digest: str, method: str = "sha256") -> bool:
    """Say whether a file is there and whole: one changed or missing byte changes its digest.

    Args:
        file: may be missing.
        digest: the expected one in hexadecimal, or as many of its first digits as are known.
        method: "sha256" or "md5".

    Example:
        >>> has_digest(Path("no such file"), "f37072fd")
        False
    """
    if not file.is_file():
        return False
    found = hashlib.new(method, usedforsecurity=False)
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            found.update(block)
    return found.hexdigest().startswith(digest)


def check_reachable(address: str, what: str, cure: str, seconds: float = ANSWER_WITHIN) -> None:
    """Ask a server whether it is there, before anything waits for it.

    Without internet most machines know it at once. Where packets vanish (a firewall, a lost
    line), looking up a name alone can take half a minute: so somebody else waits, and not for long.

    Args:
        address: of the file that is wanted; nothing of it is fetched yet.
        what: the name of what is wanted, for the message, such as "VOC2012 (2 GB)".
        cure: what the reader can do, a whole sentence.
        seconds: for which an answer is waited.

    Raises:
        DownloadError: no answer. A server that answers anything at all, an error too, is there.
    """
    trouble = [f"no answer within {seconds:g} seconds"]
    waiting = threading.Thread(target=_ask, args=(address, seconds, trouble), daemon=True)
    waiting.start()
    waiting.join(seconds)
    reasons = list(trouble)  # a late answer would empty it
    if reasons:
        raise DownloadError(not_fetched(address, what, cure, reasons[-1]))


def _ask(address: str, seconds: float, trouble: list[str]) -> None:
    """Leave in `trouble` why there is no answer, or nothing."""
    request = urllib.request.Request(address, method="HEAD", headers={"User-Agent": "lessons"})
    try:
        with urllib.request.urlopen(request, timeout=seconds):
            pass
    except HTTPError as answer:
        answer.close()
    except (OSError, HTTPException) as error:
        trouble.append(reason_of(error))
        return
    trouble.clear()


def not_fetched(address: str, what: str, cure: str, reason: str) -> str:
    """Say that a download failed, why, and what to do.

    Example:
        >>> not_fetched("https://a.org/x.tar", "VOC2012", "Try later.", "no answer")
        'VOC2012 cannot be fetched from a.org (no answer). Try later.'
    """
    return f"{what} cannot be fetched from {urlsplit(address).hostname} ({reason}). {cure}"


def reason_of(error: BaseException) -> str:
    """Give an error's own words in one line; of an URLError, those of what is inside it.

    Example:
        >>> reason_of(URLError(OSError(113, "No route to host")))
        'No route to host'
    """
    inner: object = error
    if isinstance(error, URLError) and not isinstance(error, HTTPError):
        inner = error.reason
    words = getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
    return " ".join(str(words).split()).rstrip(".")

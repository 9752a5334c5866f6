"""A file is written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lessons_lib.machine.writing import write_whole


def fail(*_: object) -> None:
    raise OSError("the disk is full")


def test_a_text_is_written_in_utf_8_and_bytes_as_they_are(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.txt", "Größe 3 × 4\n")
    assert (tmp_path / "a.txt").read_bytes() == b"Gr\xc3\xb6\xc3\x9fe 3 \xc3\x97 4\n"
    write_whole(tmp_path / "a.bin", b"\xff\r\n\x00")
    assert (tmp_path / "a.bin").read_bytes() == b"\xff\r\n\x00"


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    write_whole(tmp_path / "new" / "deep" / "a.txt", "text")
    assert (tmp_path / "new" / "deep" / "a.txt").read_text("utf-8") == "text"


def test_an_old_file_gives_way_to_the_new_one_and_nothing_else_is_left(tmp_path: Path) -> None:
    for text in ("a long old text", "new"):
        write_whole(tmp_path / "a.txt", text)
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text("utf-8") == "new"


@pytest.mark.parametrize("step", ["fdopen", "replace"])
def test_a_failure_leaves_the_old_file_and_no_other(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_whole(tmp_path / "a.txt", "old")
    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(OSError, match="the disk is full"):
            write_whole(tmp_path / "a.txt", "new")
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text("utf-8") == "old"


def test_what_cannot_be_written_in_utf_8_touches_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "new" / "a.txt", "\ud800")
    assert list(tmp_path.iterdir()) == []

"""The reader's progress: kept in one file for all notebooks, whatever happens to that file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lessons_lib.reader import progress
from lessons_lib.reader.progress import Progress, progress_file
from lessons_lib.reader.record import Record

DAMAGED = [
    b"",
    b'{"format": 1, "questions": {',
    b"\xff\xfe\x00",
    b"[]",
    b"[" * 20_000,
    b'{"format": "1"}',
    b'{"format": 0, "questions": {}, "exercises": {}, "games": {}, "lessons": {}}',
    b'{"format": 1, "questions": {}, "exercises": {}, "games": {}}',
    b'{"format": 1, "questions": {"a": "known"}, "exercises": {}, "games": {}, "lessons": {}}',
    b'{"format": 1, "questions": {}, "exercises": {}, "games": {"a": [1, true]}, "lessons": {}}',
    b'{"format": 1, "questions": {}, "exercises": {}, "games": {}, "lessons": {"02": "May"}}',
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def mine() -> Progress:
    return Progress()


def begun(content: bytes) -> Path:
    """A file that was there before."""
    progress_file().parent.mkdir()
    progress_file().write_bytes(content)
    return progress_file()


def do_all(mine: Progress) -> None:
    mine.guessed("stride_size", right=False)
    mine.checked("output_size", passed=True)
    mine.found_target("stride_game", 2)
    mine.visited("02")


ALL = Record(
    {"stride_size": "tried"},
    {"output_size": "passed"},
    {"stride_game": [2]},
    {"02": date.today().isoformat()},
)


def test_looking_writes_nothing(mine: Progress, folder: Path) -> None:
    assert mine.record() == Record()
    assert not folder.exists()


def test_without_a_variable_the_file_lies_in_the_readers_data_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LESSONS_DATA_DIR", " ")
    monkeypatch.setattr(progress, "user_data_path", lambda name, _author: tmp_path / name)
    assert progress_file() == tmp_path / "convolution-lessons" / "progress.json"


@pytest.mark.parametrize(
    ("told", "folder"), [("~/mine", "{home}/mine"), ("~nobody-9/x", "~nobody-9/x")]
)
def test_a_folder_may_be_told_from_the_readers_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: str, folder: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # on Windows
    monkeypatch.setenv("LESSONS_DATA_DIR", told)
    assert progress_file().parent == Path(folder.format(home=tmp_path))


def test_another_kernel_knows_what_was_done(mine: Progress) -> None:
    do_all(mine)
    assert Progress().record() == ALL


def test_the_file_holds_names_numbers_and_days_and_nothing_else(mine: Progress) -> None:
    do_all(mine)
    today = date.today().isoformat()
    assert json.loads(progress_file().read_text()) == {
        "format": 1,
        "questions": {"stride_size": "tried"},
        "exercises": {"output_size": "passed"},
        "games": {"stride_game": [2]},
        "lessons": {"02": today},
    }


Deed = Callable[[Record], Record]


def wrong(record: Record) -> Record:
    return record.guessed("q", right=False)


def right(record: Record) -> Record:
    return record.guessed("q", right=True)


def shown(record: Record) -> Record:
    return record.shown("q")


@pytest.mark.parametrize(
    ("deeds", "state"),
    [
        ([wrong, wrong], "tried"),
        ([right], "first"),
        ([wrong, right], "later"),
        ([wrong, shown], "shown"),
        ([shown, wrong], "shown"),
        ([shown, right], "later"),
        ([right, wrong, shown, right], "first"),
        ([wrong, right, shown, wrong], "later"),
    ],
)
def test_a_question_once_right_stays_right_and_only_the_first_guess_is_the_first_try(
    deeds: list[Deed], state: str
) -> None:
    record = Record()
    for deed in deeds:
        record = deed(record)
    assert record.questions == {"q": state}


def test_an_exercise_once_passed_stays_passed() -> None:
    record = Record().checked("e", False)
    assert record.exercises == {"e": "tried"}
    assert record.checked("e", True).checked("e", False).exercises == {"e": "passed"}


def test_levels_are_kept_once_and_in_order() -> None:
    assert Record().found("g", 3).found("g", 1).found("g", 3).games == {"g": [1, 3]}


def test_numpys_whole_numbers_are_levels_too(mine: Progress) -> None:
    level: Any = np.int64(2)
    mine.found_target("g", level)
    assert Progress().record().games == {"g": [2]}


def test_of_visits_the_last_day_is_kept() -> None:
    day = date(2026, 3, 14)
    record = Record().visited("02", day).visited("02", day - timedelta(days=40))
    assert record.lessons == {"02": "2026-03-14"}


WRITER = """
import sys
from lessons_lib.reader.progress import Progress
mine = Progress()
print("ready", flush=True)
sys.stdin.readline()
for number in range(50):
    mine.guessed(f"{sys.argv[1]}-{number}", right=True)
assert not mine.notes, mine.notes
"""


def test_of_fifty_answers_from_each_of_three_processes_none_is_lost(mine: Progress) -> None:
    command = [sys.executable, "-c", WRITER]
    writers = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("one", "two", "three")
    ]
    for writer in writers:
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.communicate("go\n", timeout=60)
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert len(mine.record().questions) == 150


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_is_set_aside_and_a_new_one_begins(mine: Progress, content: bytes) -> None:
    file = begun(content)
    mine.checked("pad2d", passed=False)
    assert Progress().record() == Record(exercises={"pad2d": "tried"})
    beside = file.with_name("progress-damaged-1.json")
    assert beside.read_bytes() == content
    (note,) = mine.notes
    assert str(beside) in note


def test_a_damaged_file_is_said_by_the_kernel_that_found_it_only(mine: Progress) -> None:
    begun(b"spoilt")
    assert mine.record() == Record()
    assert len(mine.notes) == 1
    other = Progress()
    other.record()
    assert other.notes == []


def test_an_earlier_damaged_file_is_not_overwritten(mine: Progress) -> None:
    for content in (b"first", b"second"):
        progress_file().parent.mkdir(exist_ok=True)
        progress_file().write_bytes(content)
        mine.record()
    kept = sorted(progress_file().parent.glob("*damaged*"))
    assert [file.read_bytes() for file in kept] == [b"first", b"second"]


NEWER = b'{"format": 2, "questions": ["other"]}'


def test_a_file_of_a_newer_version_is_left_alone(mine: Progress) -> None:
    file = begun(NEWER)
    do_all(mine)
    assert file.read_bytes() == NEWER
    assert mine.record() == ALL
    (note,) = mine.notes
    assert "newer version" in note
    with pytest.raises(RuntimeError, match="Nothing was forgotten"):
        mine.reset()
    assert file.read_bytes() == NEWER


def test_a_folder_that_cannot_be_made_is_said_and_all_counts_until_the_kernel_stops(
    mine: Progress, folder: Path
) -> None:
    folder.write_text("a file stands in the way")
    do_all(mine)
    assert mine.record() == ALL
    (note,) = mine.notes
    assert str(progress_file()) in note
    assert "LESSONS_DATA_DIR" in note


def refuse(*_: Any, **__: Any) -> None:
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize("refused", ["write_whole", "FileLock"])
def test_what_could_not_be_written_is_kept_and_written_with_the_next(
    mine: Progress, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    mine.guessed("stride_size", right=False)
    with monkeypatch.context() as patch:
        patch.setattr(progress, refused, refuse)
        mine.checked("output_size", passed=True)
        mine.found_target("stride_game", 2)
        assert "Permission denied" in mine.notes[0]
        assert mine.record().questions == {"stride_size": "tried"}
        assert mine.record().games == {"stride_game": [2]}
        assert Progress().record().exercises == {}
    mine.visited("02")
    assert mine.notes == []
    assert Progress().record() == ALL


def test_what_changes_nothing_is_not_written(
    mine: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine.guessed("stride_size", right=True)
    monkeypatch.setattr(progress, "write_whole", refuse)
    mine.guessed("stride_size", right=True)
    assert mine.notes == []


def test_of_a_damaged_file_that_cannot_be_set_aside_nothing_is_known(
    mine: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(b"spoilt")
    monkeypatch.setattr(progress, "FileLock", refuse)
    mine.checked("output_size", passed=True)
    assert mine.record() == Record(exercises={"output_size": "passed"})
    assert progress_file().read_bytes() == b"spoilt"


def test_a_damaged_file_is_said_also_where_no_new_one_can_be_written(
    mine: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(b"spoilt")
    monkeypatch.setattr(progress, "write_whole", refuse)
    mine.checked("output_size", passed=True)
    assert ["set aside" in note for note in mine.notes] == [True, False]


def test_another_notebook_that_holds_the_lock_is_waited_for_not_for_ever(
    mine: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "WAIT_SECONDS", 0.05)
    file = begun(Record().shown("stride_size").as_text().encode())
    with progress.FileLock(file.with_suffix(".lock")):
        mine.checked("output_size", passed=True)
        assert mine.record().questions == {"stride_size": "shown"}
        (note,) = mine.notes
        assert "could not be acquired" in note
    assert mine.record().exercises == {"output_size": "passed"}
    assert mine.notes == []


def test_a_reset_forgets_all_in_every_kernel(mine: Progress) -> None:
    other = Progress()
    do_all(other)
    mine.reset()
    assert not progress_file().exists()
    assert other.record() == mine.record() == Record()


def test_where_nothing_was_done_a_reset_has_nothing_to_do(mine: Progress) -> None:
    mine.reset()
    assert mine.record() == Record()


def test_a_reset_works_also_where_nothing_more_can_be_written(
    mine: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    do_all(mine)
    monkeypatch.setattr(progress, "write_whole", refuse)
    mine.shown("stride_order")
    mine.reset()
    assert mine.record() == Progress().record() == Record()


def test_a_reset_that_cannot_be_done_says_so(
    mine: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    do_all(mine)
    monkeypatch.setattr(progress, "FileLock", refuse)
    mine.shown("stride_order")
    with pytest.raises(RuntimeError, match="Permission denied"):
        mine.reset()
    assert mine.record().questions == {"stride_size": "tried", "stride_order": "shown"}


def test_who_listens_hears_of_what_is_new_and_of_a_reset(mine: Progress) -> None:
    heard: list[int] = []
    mine.on_change.append(lambda: heard.append(len(mine.record().questions)))
    mine.guessed("stride_size", right=True)
    mine.guessed("stride_size", right=False)
    mine.shown("stride_unread")
    mine.reset()
    assert heard == [1, 2, 0]


def test_who_listens_hears_of_what_is_done_again_after_a_reset(mine: Progress) -> None:
    mine.guessed("stride_size", right=True)
    mine.reset()
    heard: list[int] = []
    mine.on_change.append(lambda: heard.append(len(mine.record().questions)))
    mine.guessed("stride_size", right=True)
    assert heard == [1]


def test_who_listens_hears_that_nothing_can_be_written(
    mine: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []
    mine.guessed("stride_size", right=True)
    mine.on_change.append(lambda: heard.append(len(mine.notes)))
    monkeypatch.setattr(progress, "FileLock", refuse)
    mine.guessed("stride_size", right=True)
    assert heard == [1]

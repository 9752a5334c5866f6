"""How far the reader is: one small file for all notebooks. Nothing of it leaves the machine.

It lies in the reader's data folder, or where the environment variable LESSONS_DATA_DIR says.
Several notebooks write to it at once: each reads it, adds its own and writes it whole, holding a
lock meanwhile. What cannot be written is kept in memory, said once, and never stops a lesson.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from itertools import count
from operator import index
from pathlib import Path

from filelock import FileLock
from platformdirs import user_data_path

from lessons_lib.machine.writing import write_whole
from lessons_lib.reader.record import Change, NewerFormat, Record

VARIABLE = "LESSONS_DATA_DIR"
WAIT_SECONDS = 2.0  # for another notebook that writes
POLL_SECONDS = 0.005


def progress_file() -> Path:
    """Say in which file the progress is kept.

    Returns:
        The path; the file exists only after something was answered, or a lesson was visited.

    Example:
        >>> progress_file().name
        'progress.json'
    """
    folder = os.environ.get(VARIABLE, "").strip()
    own = Path(folder) if folder else user_data_path("convolution-lessons", False)
    with suppress(RuntimeError):  # "~" of nobody: such a folder is made then, as a shell does
        own = own.expanduser()
    return own / "progress.json"


class Progress:
    """What this kernel knows of the reader's progress, and brings into the file.

    Attributes:
        on_change: called when something new is known, or is to be told of the file.
    """

    def __init__(self) -> None:
        self.on_change: list[Callable[[], None]] = []
        self._lock = threading.RLock()
        self._waiting: list[Change] = []
        self._trouble = ""
        self._set_aside: list[str] = []
        self._told: tuple[Record, list[str]] = Record(), []

    # --- what the reader does -------------------------------------------------------------------

    def guessed(self, question: str, right: bool) -> None:
        """Add a guess at a question."""
        self._add(lambda record: record.guessed(question, right))

    def shown(self, question: str) -> None:
        """Add that the answer to a question was asked for."""
        self._add(lambda record: record.shown(question))

    def checked(self, exercise: str, passed: bool) -> None:
        """Add a check of an exercise."""
        self._add(lambda record: record.checked(exercise, passed))

    def found_target(self, game: str, level: int) -> None:
        """Add a target of a game; the same one again changes nothing.

        Args:
            game: its name, such as "stride_game".
            level: from 1.

        Raises:
            TypeError: `level` is no whole number.
        """
        number = index(level)
        self._add(lambda record: record.found(game, number))

    def visited(self, lesson: str) -> None:
        """Add a visit, today, to a lesson by its number, such as "02"."""
        today = date.today()
        self._add(lambda record: record.visited(lesson, today))

    def reset(self) -> None:
        """Forget everything.

        Raises:
            OSError: the file cannot be removed.
            RuntimeError: a newer version of the lessons wrote it.
        """
        with self._lock:
            waiting, self._waiting = self._waiting, []
            self._kept()
            if self._trouble:
                self._waiting = waiting
                raise RuntimeError(f"Nothing was forgotten. {self._trouble}")
            progress_file().unlink(missing_ok=True)
            self._told = Record(), self.notes
        self._tell()

    # --- what is known --------------------------------------------------------------------------

    def record(self) -> Record:
        """Give all that is known, of other notebooks too."""
        with self._lock:
            return self._kept()

    @property
    def notes(self) -> list[str]:
        """What the reader should be told about the file: sentences, none where all is well."""
        return [*self._set_aside, *([self._trouble] if self._trouble else [])]

    def _add(self, change: Change) -> None:
        with self._lock:
            self._waiting.append(change)
            now = self._kept(), self.notes
            is_new, self._told = now != self._told, now
        if is_new:
            self._tell()

    def _tell(self) -> None:
        for tell in self.on_change:
            tell()

    def _kept(self) -> Record:
        """Bring what waits into the file; give what is known."""
        file = progress_file()
        try:
            if self._waiting or file.exists():
                file.parent.mkdir(parents=True, exist_ok=True)
                with _lock_of(file):
                    stored = self._read(file)
                    record = self._with_waiting(stored)
                    if record != stored:
                        write_whole(file, record.as_text())
            else:
                record = Record()
        except (OSError, NewerFormat) as error:
            self._trouble = _trouble_with(file, error)
            return self._with_waiting(_read_at_least(file))
        self._waiting.clear()
        self._trouble = ""
        return record

    def _with_waiting(self, record: Record) -> Record:
        for change in self._waiting:
            record = change(record)
        return record

    def _read(self, file: Path) -> Record:
        """Read the file; set it aside where it is damaged."""
        try:
            return _read(file)
        except ValueError:
            beside = _free_name(file)
            os.replace(file, beside)
            self._set_aside.append(
                f"The file of your progress was damaged. It was set aside as {beside}, and a new "
                "one begins."
            )
            return Record()


PROGRESS = Progress()
found_target = PROGRESS.found_target


def _lock_of(file: Path) -> FileLock:
    return FileLock(file.with_suffix(".lock"), timeout=WAIT_SECONDS, poll_interval=POLL_SECONDS)


def _read(file: Path) -> Record:
    try:
        return Record.from_text(file.read_text("utf-8"))
    except FileNotFoundError:
        return Record()


def _read_at_least(file: Path) -> Record:
    """Read the file where it can be read, though nothing can be written."""
    try:
        return _read(file)
    except (OSError, ValueError, NewerFormat):
        return Record()


def _free_name(file: Path) -> Path:
    names = (file.with_name(f"{file.stem}-damaged-{number}.json") for number in count(1))
    return next(name for name in names if not name.exists())


def _trouble_with(file: Path, error: Exception) -> str:
    if isinstance(error, NewerFormat):
        return (
            f"A newer version of the lessons wrote {file}. It is left as it is, and nothing is "
            "added to it: update the lessons."
        )
    reason = getattr(error, "strerror", None) or error
    return (
        f"Your progress cannot be kept in {file} ({reason}). It counts until this kernel stops. "
        f"Make the folder writable, or name another one in the environment variable {VARIABLE}."
    )

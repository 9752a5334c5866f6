"""What is kept of a reader's progress, how it changes, and how it stands in a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Literal, get_args

FORMAT = 1

Guessed = Literal["tried", "shown", "later", "first"]
Checked = Literal["tried", "passed"]


class NewerFormat(Exception):
    """The file was written by a newer version of the lessons."""


@dataclass(frozen=True)
class Record:
    """What a reader has done; nothing else of the reader.

    Attributes:
        questions: how each one stands: "tried", the guesses so far were wrong; "shown", the
            answer was asked for; "later" or "first", a guess was right, later or at the first try.
        exercises: "tried", or "passed" once.
        games: the levels that were reached, in order.
        lessons: the day of the last visit, such as "2026-03-14", by the lesson's number.
    """

    questions: Mapping[str, Guessed] = field(default_factory=dict)
    exercises: Mapping[str, Checked] = field(default_factory=dict)
    games: Mapping[str, list[int]] = field(default_factory=dict)
    lessons: Mapping[str, str] = field(default_factory=dict)

    def guessed(self, question: str, right: bool) -> Record:
        """Add a guess: what was right once stays so, whatever is guessed with other settings."""
        before = self.questions.get(question)
        if before in ("first", "later") or (before and not right):
            return self
        now: Guessed = ("later" if before else "first") if right else "tried"
        return replace(self, questions={**self.questions, question: now})

    def shown(self, question: str) -> Record:
        """Add that the answer was asked for."""
        if self.questions.get(question) in ("first", "later"):
            return self
        return replace(self, questions={**self.questions, question: "shown"})

    def checked(self, exercise: str, passed: bool) -> Record:
        """Add a check."""
        if self.exercises.get(exercise) == "passed":
            return self
        now: Checked = "passed" if passed else "tried"
        return replace(self, exercises={**self.exercises, exercise: now})

    def found(self, game: str, level: int) -> Record:
        """Add a target that was hit."""
        levels = sorted({*self.games.get(game, ()), level})
        return replace(self, games={**self.games, game: levels})

    def visited(self, lesson: str, day: date) -> Record:
        """Add a visit."""
        last = max(self.lessons.get(lesson, ""), day.isoformat())
        return replace(self, lessons={**self.lessons, lesson: last})

    # --- in a file ------------------------------------------------------------------------------

    def as_text(self) -> str:
        """Write it for a file."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Record:
        """Read what `as_text` wrote.

        Raises:
            ValueError: something else stands there.
            NewerFormat: a newer version wrote it.

        Example:
            >>> Record.from_text(Record().guessed("stride_size", True).as_text()).questions
            {'stride_size': 'first'}
        """
        try:
            data = json.loads(text)
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error
        number = data.get("format") if isinstance(data, dict) else None
        if type(number) is not int or number < 1:
            raise ValueError("it does not say its format")
        if number > FORMAT:
            raise NewerFormat(number)
        return cls(
            _mapping(data, "questions", get_args(Guessed).__contains__),
            _mapping(data, "exercises", get_args(Checked).__contains__),
            _mapping(data, "games", _are_levels),
            _mapping(data, "lessons", _is_day),
        )


Change = Callable[[Record], Record]


def _mapping(data: Mapping[str, Any], name: str, fits: Callable[[Any], bool]) -> dict[str, Any]:
    found = data.get(name)
    if not isinstance(found, dict) or not all(map(fits, found.values())):
        raise ValueError(f'its "{name}" cannot be read')
    return found


def _are_levels(value: Any) -> bool:
    return isinstance(value, list) and all(type(level) is int for level in value)


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and bool(date.fromisoformat(value))  # ValueError for no day

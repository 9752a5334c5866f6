"""The kinds of answers: what an answer is made of, and how it is said in words.

An answer is a row of numbers, whatever its kind, so that a guess, the key and the answer of a slip
are compared in one way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

Answer = tuple[float, ...]


class Unfinished(ValueError):
    """A guess that cannot be judged yet, with what is missing."""


@dataclass(frozen=True)
class Kind:
    """What all kinds have in common.

    Attributes:
        name: also of the page's part that asks for it.
        by_part: whether each number is right or wrong by itself, such as height and width.
    """

    name: ClassVar[str]
    by_part: ClassVar[bool] = False

    @property
    def parts(self) -> tuple[str, ...]:
        """What each number of an answer is called; "" where there is one only."""
        raise NotImplementedError

    def words(self, answer: Answer) -> str:
        """Say an answer."""
        return ", ".join(map(number_words, answer))

    def are_equal(self, one: Answer, other: Answer) -> bool:
        """Say whether two answers are the same."""
        return one == other

    def read(self, guess: Any) -> Answer:
        """Take what the page sends.

        Raises:
            Unfinished: a number is missing or is none.
        """
        numbers = guess if isinstance(guess, list | tuple) else [guess]
        if len(numbers) != len(self.parts) or not all(map(_is_number, numbers)):
            raise Unfinished(self.missing)
        return tuple(float(number) for number in numbers)

    def so_far(self, guess: Answer, key: Answer) -> str:
        """Say how much of a wrong guess is right, where it has several parts; "" else."""
        return ""

    @property
    def missing(self) -> str:
        """What is said of a guess that is not finished."""
        return "Give an answer first."


@dataclass(frozen=True)
class Number(Kind):
    """One number.

    Attributes:
        unit: what is counted, such as "pixels".
        tolerance: how far a guess may be from the key; 0: not at all.
    """

    unit: str = ""
    tolerance: float = 0.0
    name: ClassVar[str] = "number"

    @property
    def parts(self) -> tuple[str, ...]:
        return ("",)

    def words(self, answer: Answer) -> str:
        return f"{number_words(answer[0])} {self.unit}".rstrip()

    def are_equal(self, one: Answer, other: Answer) -> bool:
        return math.isclose(one[0], other[0], rel_tol=0, abs_tol=self.tolerance)

    @property
    def missing(self) -> str:
        return "Type a number first."


@dataclass(frozen=True)
class Shape(Kind):
    """Some sizes, one for each axis."""

    axes: tuple[str, ...] = ("height", "width")
    name: ClassVar[str] = "shape"
    by_part: ClassVar[bool] = True

    @property
    def parts(self) -> tuple[str, ...]:
        return self.axes

    def words(self, answer: Answer) -> str:
        return " × ".join(map(number_words, answer))

    @property
    def missing(self) -> str:
        few = len(self.axes) == 2
        return f"Type {listed(self.axes) if few else f'all {len(self.axes)} numbers'} first."


@dataclass(frozen=True)
class Choice(Kind):
    """One of some sentences; the answer is its place among them, from 0."""

    options: tuple[str, ...]
    name: ClassVar[str] = "choice"

    @property
    def parts(self) -> tuple[str, ...]:
        return ("",)

    def words(self, answer: Answer) -> str:
        return self.options[int(answer[0])]

    def read(self, guess: Any) -> Answer:
        (place,) = super().read(guess)
        if place not in range(len(self.options)):
            raise Unfinished(self.missing)
        return (place,)

    @property
    def missing(self) -> str:
        return "Choose one of them first."


@dataclass(frozen=True)
class Order(Kind):
    """Things to be put in order; the answer names them by their places as they are shown, from 0.

    Attributes:
        items: as they are shown at first.
        first, last: what stands at both ends, such as "smallest" and "largest".
    """

    items: tuple[str, ...]
    first: str
    last: str
    name: ClassVar[str] = "order"

    @property
    def parts(self) -> tuple[str, ...]:
        return ("",) * len(self.items)

    def words(self, answer: Answer) -> str:
        return "; ".join(self.items[int(place)] for place in answer)

    def read(self, guess: Any) -> Answer:
        places = super().read(guess)
        if sorted(places) != list(range(len(self.items))):
            raise Unfinished(self.missing)
        return places

    def so_far(self, guess: Answer, key: Answer) -> str:
        return f"{_right_words(guess, key)} at the right place."

    @property
    def missing(self) -> str:
        return "Put them in order first."


@dataclass(frozen=True)
class Cell(Kind):
    """A cell of a grid, or a pixel of a photo: (row, column), from 0.

    Attributes:
        pane: name of the grid or photo that is clicked on.
        tolerance: so many rows and columns a click may be away; 0 for a cell.
    """

    pane: str
    tolerance: int = 0
    name: ClassVar[str] = "cell"

    @property
    def parts(self) -> tuple[str, ...]:
        return ("row", "column")

    def words(self, answer: Answer) -> str:
        row, column = map(number_words, answer)
        return f"row {row}, column {column}"

    def are_equal(self, one: Answer, other: Answer) -> bool:
        return all(abs(a - b) <= self.tolerance for a, b in zip(one, other, strict=True))

    @property
    def missing(self) -> str:
        return f"Choose a place in “{self.pane}” first."


@dataclass(frozen=True)
class Grid(Kind):
    """An empty grid to fill with numbers, row by row.

    Attributes:
        title: what stands above it.
        rows, columns: of the grid.
    """

    title: str
    rows: int
    columns: int
    name: ClassVar[str] = "grid"

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(
            f"row {row}, column {column}"
            for row in range(self.rows)
            for column in range(self.columns)
        )

    def words(self, answer: Answer) -> str:
        rows = (
            answer[start : start + self.columns] for start in range(0, len(answer), self.columns)
        )
        return "; ".join(" ".join(map(number_words, row)) for row in rows)

    def so_far(self, guess: Answer, key: Answer) -> str:
        return f"{_right_words(guess, key)} right."

    @property
    def missing(self) -> str:
        return "Type a number into each cell first."


def _right_words(guess: Answer, key: Answer) -> str:
    right = sum(a == b for a, b in zip(guess, key, strict=True))
    return f"{right or 'none'} of {len(key)} {'is' if right < 2 else 'are'}".capitalize()


def listed(words: Sequence[str]) -> str:
    """Write words as a list: "rows, columns and frames"."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def number_words(number: float) -> str:
    """Write a number with a true minus sign; a whole one without a point."""
    return f"{number:.4g}".replace("-", "\N{MINUS SIGN}") if number % 1 else whole_words(number)


def whole_words(number: float) -> str:
    """Write a whole number with a true minus sign."""
    return f"{number:.0f}".replace("-", "\N{MINUS SIGN}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

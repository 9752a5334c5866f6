"""What an exercise is: a function to write, torch's answer, cases, and the slips one may make."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

TOLERANCE = 1e-4  # of the largest number: far above rounding, far below any slip


@dataclass(frozen=True)
class Slip:
    """A mistake that many make: whoever makes it gets what `gives` gives.

    Attributes:
        words: a sentence to the learner, with the cure.
        gives: a wrong implementation, with the arguments of the right one.
    """

    words: str
    gives: Callable[..., Any]


@dataclass(frozen=True)
class Symptom:
    """A mistake that is known by what comes out, where no two who make it get the same.

    Attributes:
        words: a sentence to the learner, with the cure.
        shows: tells from an answer and torch's, two tensors of one shape.
    """

    words: str
    shows: Callable[[Tensor, Tensor], bool]


@dataclass(frozen=True)
class Trait:
    """What some cases have and others have not, such as a stride above 1.

    Attributes:
        words: ends the sentence "It fails only ...".
        holds: tells from the arguments.
    """

    words: str
    holds: Callable[..., bool]


@dataclass(frozen=True, eq=False)
class Case:
    """The arguments of one call, by their names."""

    arguments: dict[str, Any]

    @property
    def values(self) -> tuple[Any, ...]:
        return tuple(self.arguments.values())

    @property
    def size(self) -> float:
        """How much there is to look at: cells of the grids, and numbers by their size."""
        return sum(_weight(value) for value in self.values)


def _weight(value: Any) -> float:
    if isinstance(value, Tensor):
        return value.numel() + (0 if bool((value == value.round()).all()) else 0.5)
    if isinstance(value, tuple):
        return sum(_weight(part) for part in value)
    return float(value) if isinstance(value, int) else 0.0


@dataclass(frozen=True, eq=False)
class Exercise:
    """A function that the learner writes.

    Attributes:
        lesson: where it belongs, such as "01".
        gives: what it gives back: a whole number, a share (any number), sizes, or a grid (a tensor
            of any number of axes).
        solution: a right function that can be read. Its name is the exercise's name, its first line
            the task.
        oracle: torch's answer, with the same arguments.
        cases: draws arguments for the oracle; any order.
        hints: from a nudge to nearly all; three are enough.
        slips: the likelier first.
        traits: what may set failing cases apart.
        tolerance: how far an answer may be off, as a share of the largest number.
        symptoms: what to look for where no slip fits.
    """

    lesson: str
    gives: Literal["number", "share", "sizes", "grid"]
    solution: Callable[..., Any]
    oracle: Callable[..., Any]
    cases: Callable[[Draw], Iterator[tuple[Any, ...]]]
    hints: tuple[str, ...]
    slips: tuple[Slip, ...]
    traits: tuple[Trait, ...] = ()
    tolerance: float = TOLERANCE
    symptoms: tuple[Symptom, ...] = ()

    @property
    def name(self) -> str:
        return self.solution.__name__

    @property
    def arguments(self) -> tuple[str, ...]:
        return tuple(inspect.signature(self.solution).parameters)

    @property
    def call(self) -> str:
        """The call as it is written, such as "correlate2d(image, kernel)"."""
        return f"{self.name}({', '.join(self.arguments)})"

    def drawn(self, seed: int) -> list[Case]:
        """Draw the cases, the smallest first."""
        names = self.arguments
        cases = [Case(dict(zip(names, values, strict=True))) for values in self.cases(Draw(seed))]
        return sorted(cases, key=lambda case: case.size)


class Draw:
    """Draws numbers and grids; the same seed draws the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number, both ends among them."""
        return self._random.randint(low, high)

    def pair(self, low: int, high: int) -> tuple[int, int]:
        """Draw two whole numbers."""
        return self.whole(low, high), self.whole(low, high)

    def unlike(self, low: int, high: int) -> tuple[int, int]:
        """Draw two different whole numbers."""
        first, second = self._random.sample(range(low, high + 1), 2)
        return first, second

    def grid(self, height: int, width: int) -> Tensor:
        """Draw a grid of whole numbers from −9 to 9 without 0, all different where they suffice."""
        digits = [n for n in range(-9, 10) if n]
        count = height * width
        drawn = (
            self._random.sample(digits, count)
            if count <= len(digits)
            else self._random.choices(digits, k=count)
        )
        return torch.tensor(drawn, dtype=torch.float32).view(height, width)

    def fractions(self, height: int, width: int) -> Tensor:
        """Draw a grid of numbers with digits after the point."""
        drawn = [self._random.uniform(-2, 2) for _ in range(height * width)]
        return torch.tensor(drawn, dtype=torch.float32).view(height, width)

    def planes(self, channels: int, height: int, width: int) -> Tensor:
        """Draw a grid for each channel: (channels, height, width)."""
        return self.grid(channels * height, width).view(channels, height, width)

    def labels(self, height: int, width: int, choices: Sequence[int]) -> Tensor:
        """Draw a class for each pixel: int64 (height, width)."""
        return torch.tensor(self._random.choices(choices, k=height * width)).view(height, width)


def as_planes(plane: Callable[..., Tensor], *grids: Tensor, **settings: Any) -> Tensor:
    """Call one of torch's layers for single grids: (H, W) in, (H, W) out."""
    return plane(*(grid[None, None] for grid in grids), **settings)[0, 0]


def all_zeros(oracle: Callable[..., Tensor]) -> Slip:
    """The slip of a result that nothing is written into."""
    return Slip(
        "All your numbers are 0: is every result written into the output?",
        lambda *arguments: torch.zeros_like(oracle(*arguments)),
    )


def swapped(oracle: Callable[..., Tensor]) -> Slip:
    """The slip of a result that is turned over its diagonal."""
    return Slip(
        "Height and width are swapped: the first index counts rows, the second columns.",
        lambda *arguments: oracle(*arguments).mT,
    )


def unlike(sizes: Sequence[int]) -> bool:
    """Say whether two sizes, or two settings, differ."""
    return sizes[0] != sizes[1]

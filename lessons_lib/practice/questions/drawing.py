"""Drawing settings at random; torch's own generator is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import torch

T = TypeVar("T")
Pair = tuple[int, int]


def whole(generator: torch.Generator, low: int, high: int) -> int:
    """Draw a whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (), generator=generator))


def pair(generator: torch.Generator, low: int, high: int) -> Pair:
    """Draw two whole numbers from low to high, for height and width."""
    return whole(generator, low, high), whole(generator, low, high)


def one_of(generator: torch.Generator, things: Sequence[T]) -> T:
    """Draw one of some things."""
    return things[whole(generator, 0, len(things) - 1)]


def shuffled(generator: torch.Generator, things: Sequence[T]) -> list[T]:
    """Put things in an order drawn at random."""
    return [things[place] for place in torch.randperm(len(things), generator=generator)]


def numbers(
    generator: torch.Generator, shape: tuple[int, int], low: int, high: int
) -> torch.Tensor:
    """Draw a grid of whole numbers from low to high: float32 of this shape, (H, W)."""
    return torch.randint(low, high + 1, shape, generator=generator).float()


def different_numbers(generator: torch.Generator, shape: tuple[int, int]) -> torch.Tensor:
    """Draw a grid of whole numbers from 1 on, of which no two are equal: float32, (H, W)."""
    count = shape[0] * shape[1]
    drawn = torch.randperm(count + count // 2, generator=generator)[:count] + 1
    return drawn.view(shape).float()


def until(draw: Callable[[], T], fair: Callable[[T], bool]) -> T:
    """Draw until the settings are fair: legal, and not to be answered without thinking."""
    while not fair(drawn := draw()):
        pass
    return drawn


def are_different(things: Iterable[object]) -> bool:
    """Say whether no two things are equal."""
    listed = list(things)
    return len(set(listed)) == len(listed)

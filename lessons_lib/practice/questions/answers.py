"""Making answers of what a line of PyTorch gives, and keeping the slips that tell something."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch

from lessons_lib.practice.questions.asked import Slip
from lessons_lib.practice.questions.kinds import Answer


def row_of(grid: torch.Tensor) -> Answer:
    """Give the numbers of a grid, row by row."""
    return tuple(grid.flatten().tolist())


def places_in_order(values: Sequence[float]) -> Answer:
    """Give the places of values in their order, the smallest first.

    Example:
        >>> places_in_order([7, 2, 5])
        (1, 2, 0)
    """
    return tuple(sorted(range(len(values)), key=lambda place: values[place]))


def telling(key: Answer, slips: Iterable[Slip]) -> tuple[Slip, ...]:
    """Leave out the slips that lead to the right answer in these settings, or to one listed before.

    Args:
        key: by a formula; torch gives its own later.
        slips: the likelier first.
    """
    seen = {key}
    kept = []
    for slip in slips:
        if slip.answer not in seen:
            seen.add(slip.answer)
            kept.append(slip)
    return tuple(kept)


def inside(slips: Iterable[Slip], shape: tuple[int, int]) -> tuple[Slip, ...]:
    """Keep the slips that lead to a place within a shape: others cannot be clicked on."""
    return tuple(
        slip
        for slip in slips
        if all(0 <= place < size for place, size in zip(slip.answer, shape, strict=True))
    )

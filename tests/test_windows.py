"""What windows are combined to, against combining cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import product

import pytest
import torch
from torch import Tensor

from lessons_lib.windows import over_windows

Combine = Callable[[Tensor, Tensor], Tensor]


def cell_by_cell(values: Tensor, size: int, step: int, dilation: int, combine: Combine) -> Tensor:
    span = dilation * (size - 1) + 1
    windows = values.unfold(-1, span, step)[..., ::dilation]
    return reduce(combine, windows.unbind(-1))


@pytest.mark.parametrize("combine", [torch.add, torch.maximum])
def test_every_size_step_and_dilation_comes_to_what_its_cells_come_to(combine: Combine) -> None:
    generator = torch.Generator().manual_seed(1)
    values = torch.randint(-50, 50, (2, 3, 41), generator=generator)
    for size, step, dilation in product(range(1, 18), range(1, 6), range(1, 3)):
        expected = cell_by_cell(values, size, step, dilation, combine)
        for dim, given in ((-1, values), (-2, values.mT), (0, values.permute(2, 0, 1))):
            found = over_windows(given, dim, size, step, combine, dilation)
            back = found.mT if dim == -2 else found.permute(1, 2, 0) if dim == 0 else found
            assert torch.equal(back, expected), (size, step, dilation, dim)


@pytest.mark.parametrize("size", range(1, 40))
def test_few_steps_suffice_and_none_of_the_values_is_counted_twice(size: int) -> None:
    steps = 0

    def add(first: Tensor, second: Tensor) -> Tensor:
        nonlocal steps
        steps += 1
        return first + second

    assert over_windows(torch.ones(50), 0, size, 1, add).unique().tolist() == [size]
    assert steps <= 2 * (size.bit_length() - 1)


def test_what_was_given_is_left_as_it_was() -> None:
    values = torch.arange(9)
    over_windows(values, 0, 5, 2, torch.maximum)
    assert values.tolist() == list(range(9))

"""What the process of a check says of a call, in plain data."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from lessons_lib.practice.checking.worker import KEPT, MOST_FRAMES, MOST_NUMBERS, described_error
from tests.practice.run_here import run_here

GRID = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, -6.0]], dtype=torch.float64)


def answered(answer: Any) -> Tensor | None:
    (one,) = run_here(lambda: answer, [(1, ())])
    assert one.answer is not None
    assert one.answer.kind == "tensor"
    return one.answer.values


@pytest.mark.parametrize(
    "answer",
    [GRID.t().contiguous().t(), GRID.to_sparse(), (-1j * GRID).conj().imag],
    ids=["another order in memory", "sparse", "a view with its sign turned"],
)
def test_a_tensor_is_read_however_it_lies_in_memory(answer: Tensor) -> None:
    values = answered(answer)
    assert values is not None
    assert torch.equal(values, GRID)


def test_of_far_too_many_numbers_only_the_shape_is_told() -> None:
    assert answered(torch.zeros(MOST_NUMBERS)) is not None
    assert answered(torch.zeros(MOST_NUMBERS + 1)) is None


@pytest.mark.parametrize("draw", [random.random, np.random.random, lambda: float(torch.rand(()))])
def test_each_kind_of_global_random_numbers_hangs_on_the_seed(draw: Callable[[], float]) -> None:
    outcomes = run_here(draw, [(1, ()), (1, ()), (2, ())])
    first, again, other = (float(one.answer.values) for one in outcomes)  # type: ignore[union-attr,arg-type]
    assert first == again != other


def test_an_argument_that_is_given_another_type_is_changed() -> None:
    def widens(image: Tensor) -> int:
        image.data = image.double()
        return 1

    (one,) = run_here(widens, [(1, (torch.ones(2, 3),))])
    assert one.changed == (0,)


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError


def deep(depth: int) -> None:
    if not depth:
        raise KeyError("x" * 2 * KEPT)
    deep(depth - 1)


def test_of_a_long_error_the_beginning_and_the_innermost_lines_are_told() -> None:
    with pytest.raises(KeyError) as caught:
        deep(2 * MOST_FRAMES)
    told = described_error(caught.value)
    assert (len(told["message"]), len(told["frames"])) == (KEPT, MOST_FRAMES)
    assert told["frames"][-1][1] == deep.__code__.co_firstlineno + 2


def test_an_error_that_cannot_be_written_has_no_message() -> None:
    assert described_error(Mute())["message"] == ""

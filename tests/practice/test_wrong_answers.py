"""What is wrong is refused, and a typical slip is called by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from lessons_lib.practice.exercises import EXERCISES, Slip
from tests.practice import wrong_answers_with_channels, wrong_answers_with_pictures  # noqa: F401
from tests.practice.run_here import checked_here, run_here, run_once_here
from tests.practice.wrong_answers import WRONG

NAMES = [*EXERCISES]
GRIDS = [name for name in NAMES if EXERCISES[name].gives == "grid"]
SLIPS = [
    pytest.param(name, slip, id=f"{name}-{number}")
    for name in NAMES
    for number, slip in enumerate(EXERCISES[name].slips)
]


@pytest.mark.parametrize(("name", "function", "said"), WRONG)
def test_a_wrong_answer_is_refused_with_its_own_message(
    name: str, function: Callable[..., Any], said: str
) -> None:
    for seed, calls_of in ((0, run_here), (7, run_once_here)):
        result = checked_here(name, function, seed, calls_of)
        assert (result.passed, result.tried) == (False, True)
        assert said in result.message, result.message


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_is_tried_with_five_wrong_answers(name: str) -> None:
    assert len([exercise for exercise, *_ in WRONG if exercise == name]) >= 5


@pytest.mark.parametrize(("name", "slip"), SLIPS)
def test_whoever_makes_a_slip_is_told_of_it(name: str, slip: Slip) -> None:
    for seed in (0, 7):
        result = checked_here(name, lambda *arguments: slip.gives(*arguments), seed, run_once_here)
        assert not result.passed
        assert result.slip == slip.words


@pytest.mark.parametrize("name", NAMES)
def test_a_slip_that_fits_a_few_cases_only_is_not_named(name: str) -> None:
    exercise = EXERCISES[name]

    def often_wrong(*arguments: Any) -> Any:
        """Wrong everywhere, and as a slip is only now and then."""
        slipped = torch.as_tensor(exercise.slips[1].gives(*arguments))
        return slipped if sum(map(ord, str(arguments))) % 4 == 0 else slipped * 0 - 77

    told = checked_here(name, often_wrong).slip
    assert told not in [slip.words for slip in exercise.slips]


@pytest.mark.parametrize(
    ("name", "function", "slip"),
    [
        ("padded_output_size", lambda n, k, s, p: (n - k) // s + 1 + 2 * p // s, "the padding"),
        ("padded_output_size", lambda n, k, s, p: (n + 2 * p) // s - k // s + 1, "You round up"),
        ("output_size", lambda n, k, s: n // s - k // s + 1, "You round up"),
    ],
)
def test_a_slip_that_would_fail_where_the_answer_is_right_is_not_named(
    name: str, function: Callable[..., Any], slip: str
) -> None:
    for seed in range(4):
        result = checked_here(name, function, seed, run_once_here)
        assert not result.passed
        assert slip not in result.message


def test_a_kernel_that_has_come_no_nearer_is_not_called_on_its_way() -> None:
    def mixed_up(image: Tensor, output: Tensor, kernel_size: tuple[int, int]) -> Tensor:
        windows = torch.nn.functional.unfold(image[None, None], kernel_size)[0].T
        column_by_column = output.T.reshape(-1, 1)
        return torch.linalg.lstsq(windows, column_by_column).solution.view(kernel_size)

    for seed in range(4):
        result = checked_here("find_kernel", mixed_up, seed, run_once_here)
        assert not result.passed
        assert "on its way" not in result.message


# ---------------------------------------------------------------- what is wrong in any exercise


def right(name: str, arguments: tuple[Any, ...]) -> Tensor:
    return torch.as_tensor(EXERCISES[name].oracle(*arguments)).clone().contiguous()


@pytest.mark.parametrize("name", NAMES)
def test_one_wrong_number_is_found_wherever_it_stands(name: str) -> None:
    def nearly(*arguments: Any) -> Tensor:
        answer = right(name, arguments)
        answer.view(-1)[-1] += 1
        return answer

    result = checked_here(name, nearly)
    assert result.failed == result.cases


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_too_many_is_refused(name: str) -> None:
    def longer(*arguments: Any) -> Tensor:
        answer = right(name, arguments)
        return torch.cat([answer, answer]) if answer.dim() else answer + 1

    assert checked_here(name, longer).failed > 0


@pytest.mark.parametrize("name", GRIDS)
def test_zeros_are_refused(name: str) -> None:
    result = checked_here(name, lambda *arguments: torch.zeros_like(right(name, arguments)))
    assert result.failed > result.cases - 2  # a mean may be 0


@pytest.mark.parametrize("name", GRIDS)
def test_nan_is_refused(name: str) -> None:
    def empty(*arguments: Any) -> Tensor:
        answer = right(name, arguments).double()
        answer.view(-1)[-1] = torch.nan
        return answer

    assert "NaN, which is no number" in checked_here(name, empty).message


WITH_GRIDS = [
    name
    for name in GRIDS
    if any(isinstance(value, Tensor) for value in EXERCISES[name].drawn(0)[0].values)
]


@pytest.mark.parametrize("name", WITH_GRIDS)
def test_writing_into_an_argument_is_refused(name: str) -> None:
    exercise = EXERCISES[name]
    grids = [
        argument
        for argument, value in exercise.drawn(0)[0].arguments.items()
        if isinstance(value, Tensor)
    ]

    def careless(*arguments: Any) -> Tensor:
        answer = right(name, arguments)
        grid = [value for value in arguments if isinstance(value, Tensor)][-1]
        grid.view(-1)[0] += 1
        return answer

    result = checked_here(name, careless)
    assert result.failed == result.cases
    assert f"writes into `{grids[-1]}`" in result.message


def test_who_spoils_the_answer_by_writing_into_an_argument_is_told_of_it() -> None:
    def in_place(image: Tensor, kernel: Tensor) -> Tensor:
        kh, kw = kernel.shape
        rows, columns = image.shape[0] - kh + 1, image.shape[1] - kw + 1
        output = torch.zeros(rows, columns)
        for i in range(rows):
            for j in range(columns):
                window = image[i : i + kh, j : j + kw]
                window *= kernel
                output[i, j] = window.sum()
        return output

    message = checked_here("correlate2d", in_place).message
    assert "writes into `image`" in message


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_that_is_kept_for_the_next_call_is_refused(name: str) -> None:
    kept: list[Tensor] = []

    def late(*arguments: Any) -> Tensor:
        kept.append(right(name, arguments))
        return kept[max(0, len(kept) - 2)]

    assert "Called twice with the same arguments" in checked_here(name, late).message


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_with_random_numbers_is_refused(name: str) -> None:
    def noisy(*arguments: Any) -> Tensor:
        return right(name, arguments) + torch.randint(0, 90, ())

    assert "it draws random numbers" in checked_here(name, noisy).message


def test_a_generator_of_ones_own_is_not_found_guilty() -> None:
    def seeded(image: Tensor, kernel: Tensor) -> Tensor:
        order = torch.randperm(3, generator=torch.Generator().manual_seed(1))
        return right("correlate2d", (image, kernel)) + 0 * order.sum()

    assert checked_here("correlate2d", seeded).passed

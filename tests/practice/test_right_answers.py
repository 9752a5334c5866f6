"""What is right is never refused: in any style, with any rounding, as any kind of number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from lessons_lib.practice.checking.faults import expected_values, is_close
from lessons_lib.practice.exercises import EXERCISES
from tests.practice.right_answers import RIGHT
from tests.practice.run_here import checked_here

NAMES = [*EXERCISES]
GRIDS = [name for name in NAMES if EXERCISES[name].gives == "grid"]
NUMBERS = [name for name in NAMES if EXERCISES[name].gives == "number"]


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_answers_as_torch_does(name: str) -> None:
    exercise = EXERCISES[name]
    for seed in range(10):
        for case in exercise.drawn(seed):
            answer = torch.as_tensor(exercise.solution(*case.values)).double()
            assert is_close(answer, expected_values(exercise, case)), case.arguments


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_passes(name: str) -> None:
    result = checked_here(name, EXERCISES[name].solution)
    assert (result.passed, result.failed) == (True, 0), result


@pytest.mark.parametrize(
    ("name", "function"), RIGHT, ids=lambda value: getattr(value, "__name__", value)
)
def test_other_styles_pass(name: str, function: Callable[..., Any]) -> None:
    for seed in range(3):
        result = checked_here(name, function, seed)
        assert result.passed, result


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_is_tried_in_three_styles(name: str) -> None:
    assert len([exercise for exercise, _ in RIGHT if exercise == name]) >= 2  # and the solution


@pytest.mark.parametrize("name", NAMES)
def test_torchs_own_answer_passes(name: str) -> None:
    oracle = EXERCISES[name].oracle
    for seed in range(10, 13):
        assert checked_here(name, lambda *arguments: oracle(*arguments), seed).passed


@pytest.mark.parametrize("name", GRIDS)
def test_rounding_is_forgiven(name: str) -> None:
    oracle = EXERCISES[name].oracle

    def rounded(*arguments: Any) -> torch.Tensor:
        right = oracle(*arguments)
        noise = torch.rand(right.shape, generator=torch.Generator().manual_seed(3)) - 0.5
        return right + 4e-6 * right.abs().max() * noise

    assert checked_here(name, rounded).passed


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (torch.Tensor.numpy, "ndarray of float32"),
        (torch.Tensor.tolist, "list of float64"),
        (torch.Tensor.double, ""),
        (torch.Tensor.to_sparse, ""),
        (torch.Tensor.requires_grad_, ""),
    ],
)
def test_the_right_numbers_of_another_kind_pass_with_a_word(
    kind: Callable[[torch.Tensor], Any], said: str
) -> None:
    solution = EXERCISES["correlate2d"].solution
    result = checked_here("correlate2d", lambda image, kernel: kind(solution(image, kernel)))
    assert result.passed
    assert ("It is of type" in result.message) == bool(said)
    assert said in result.message


@pytest.mark.parametrize("kind", [float, torch.tensor])
def test_a_whole_number_of_another_kind_passes_with_a_word(kind: Callable[[int], Any]) -> None:
    result = checked_here("output_size", lambda n, k, s: kind((n - k) // s + 1))
    assert result.passed
    assert "torch would give an int" in result.message


def test_sizes_in_a_list_pass_with_a_word() -> None:
    solution = EXERCISES["conv_output_size"].solution
    result = checked_here("conv_output_size", lambda *settings: list(solution(*settings)))
    assert result.passed
    assert "torch would give a tuple" in result.message


def test_printing_and_a_docstring_do_no_harm() -> None:
    def output_size(input_size: int, kernel_size: int, stride: int) -> int:
        """Count the places."""
        print(input_size)
        return (input_size - kernel_size) // stride + 1

    result = checked_here("output_size", output_size)
    assert (result.passed, result.printed) == (True, "")


def test_arguments_may_have_other_names_and_defaults() -> None:
    def mine(n: int, k: int, s: int = 1, *more: int) -> int:
        return (n - k) // s + 1

    assert checked_here("output_size", mine).passed

"""Hints come step by step, a solution comes after a try, and who listens hears of every check."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import partial

import pytest
import torch

from lessons_lib import practice
from lessons_lib.practice import CheckResult
from lessons_lib.practice.checking import checked
from lessons_lib.practice.checking.faults import expected_values, is_close
from lessons_lib.practice.checking.process import SPARE
from lessons_lib.practice.desk import Desk
from lessons_lib.practice.exercises import EXERCISES
from tests.practice.run_here import run_here


@pytest.fixture(autouse=True)
def nobody_left() -> Iterator[None]:
    yield
    SPARE.dismiss()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr("lessons_lib.practice.desk.checked", partial(checked, calls_of=run_here))
    return Desk()


def output_size(input_size: int, kernel_size: int, stride: int) -> int:
    return (input_size - kernel_size) // stride  # one is missing


def untried(input_size: int, kernel_size: int, stride: int) -> int: ...  # type: ignore[empty-body]


def test_a_check_in_its_own_process_says_what_is_wrong() -> None:
    result = practice.check("output_size", output_size)
    assert not result.passed
    assert "One is missing" in result.message


def test_each_call_gives_the_next_hint_and_then_the_last_again(desk: Desk) -> None:
    hints = EXERCISES["pad2d"].hints
    told = [desk.hint("pad2d").text for _ in range(len(hints) + 1)]
    for number, hint in enumerate(hints, start=1):
        assert told[number - 1].startswith(f"**Hint {number} of {len(hints)}**")
        assert hint in told[number - 1]
    assert told[-1] == told[-2]


def test_hints_of_one_exercise_do_not_use_up_those_of_another(desk: Desk) -> None:
    desk.hint("pad2d")
    assert desk.hint("paint2d").text.startswith("**Hint 1 of")


def test_a_solution_is_refused_before_a_try(desk: Desk) -> None:
    desk.check("output_size", untried)
    told = desk.solution("output_size").text
    assert "First check a function of your own" in told
    assert "//" not in told


def test_a_failed_try_opens_the_solution_of_that_exercise_only(desk: Desk) -> None:
    desk.check("output_size", output_size)
    assert "return (input_size - kernel_size) // stride + 1" in desk.solution("output_size").text
    assert "First check" in desk.solution("pad2d").text


def test_listeners_hear_of_each_try_and_of_nothing_else(desk: Desk) -> None:
    heard: list[CheckResult] = []
    desk.on_checked.append(heard.append)
    desk.check("output_size", untried)
    desk.check("output_size", output_size)
    desk.check("output_size", EXERCISES["output_size"].solution)
    assert [(result.exercise, result.passed) for result in heard] == [
        ("output_size", False),
        ("output_size", True),
    ]


@pytest.mark.parametrize("call", ["check", "hint", "solution"])
def test_an_unknown_name_is_refused_with_the_nearest_one(desk: Desk, call: str) -> None:
    arguments = ("ouput_size", output_size) if call == "check" else ("ouput_size",)
    with pytest.raises(ValueError, match=r"`name` \(='ouput_size'\).*did you mean 'output_size'"):
        getattr(desk, call)(*arguments)


@pytest.mark.parametrize("name", EXERCISES)
def test_a_shown_solution_runs_in_a_cell_that_knows_torch_only(desk: Desk, name: str) -> None:
    desk.check(name, EXERCISES[name].solution)
    shown = desk.solution(name).text.removeprefix("```python\n").removesuffix("\n```")
    cell: dict[str, object] = {"torch": torch}  # what every lesson imports
    exec(compile(shown, "cell", "exec", dont_inherit=True), cell)
    case = EXERCISES[name].drawn(0)[-1]
    answer = torch.as_tensor(cell[name](*case.values))  # type: ignore[operator]
    assert is_close(answer.double(), expected_values(EXERCISES[name], case))


@pytest.mark.parametrize("name", EXERCISES)
def test_a_solution_says_what_it_does_and_has_three_hints(name: str) -> None:
    (function,) = ast.parse(inspect.getsource(EXERCISES[name].solution)).body
    assert isinstance(function, ast.FunctionDef)
    assert (ast.get_docstring(function) or "").endswith(".")
    assert len(EXERCISES[name].hints) == 3


@pytest.mark.parametrize("lesson", [f"{number:02}" for number in range(1, 12)])
def test_a_lesson_has_two_to_four_exercises(lesson: str) -> None:
    assert 2 <= len([one for one in EXERCISES.values() if one.lesson == lesson]) <= 4

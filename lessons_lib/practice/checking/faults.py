"""What is wrong with one answer, in words: the answers of a function beside torch's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from lessons_lib.practice.checking.process import (
    ALL_SECONDS,
    CALL_SECONDS,
    MEMORY,
    Answer,
    Outcome,
    Raised,
)
from lessons_lib.practice.checking.source import learners_line
from lessons_lib.practice.exercises.exercise import TOLERANCE, Case, Exercise
from lessons_lib.visualization.numbers import short_text, size_text

Kind = Literal["values", "shape", "type", "raised", "changed", "unsteady", "lost"]
_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "Unable to allocate")
_WANTED = {
    "number": "a whole number",
    "share": "a number",
    "sizes": "a tuple of whole numbers",
    "grid": "a tensor",
}


@dataclass(frozen=True, eq=False)
class Fault:
    """Why an answer is refused.

    Attributes:
        kind: "lost" is a call that never came back.
        words: one or two sentences.
        place: of the first number that differs.
    """

    kind: Kind
    words: str
    place: tuple[int, ...] | None = None


def expected_values(exercise: Exercise, case: Case) -> Tensor:
    """Give torch's answer as a tensor of float64, whatever it is."""
    return torch.as_tensor(exercise.oracle(*case.values)).to(torch.float64)


def is_close(values: Tensor | None, expected: Tensor, tolerance: float = TOLERANCE) -> bool:
    """Say whether two answers are equal up to a share of the largest number, shapes too."""
    if values is None or values.shape != expected.shape:
        return False
    return bool(_is_near(values, expected, tolerance).all())


def _is_near(values: Tensor, expected: Tensor, tolerance: float) -> Tensor:
    largest = max(1.0, float(expected.abs().max())) if expected.numel() else 1.0
    return (values - expected).abs() <= tolerance * largest  # false for NaN


# ------------------------------------------------------------------------------- one call


def fault_of_call(
    exercise: Exercise, function: object, outcome: Outcome, expected: Tensor
) -> Fault | None:
    """Find what is wrong with one call; None where nothing is."""
    if outcome.how == "raised" and outcome.raised is not None:
        return Fault("raised", _error(outcome.raised, function))
    if outcome.answer is None:
        return Fault("lost", _lost(outcome))
    fault = _fault_of_answer(exercise, outcome.answer, expected)
    if not outcome.changed:
        return fault
    names = " and ".join(f"`{exercise.arguments[place]}`" for place in outcome.changed)
    if fault is None:
        words = (
            f"The answer is right, but your function writes into {names}, which others may still "
            "need. Work on a copy: `.clone()`."
        )
        return Fault("changed", words)
    words = f"{fault.words}\nYour function writes into {names}. Is that the reason?"
    return replace(fault, words=words)


def _lost(outcome: Outcome) -> str:
    if outcome.how == "late":
        return (
            f"Your function does not come back within {CALL_SECONDS:.0f} seconds. Is there a loop "
            "that never ends?"
        )
    if outcome.how == "slow":
        return (
            f"Your function takes longer than {ALL_SECONDS:.0f} seconds for all cases together, "
            "and these grids are small. What takes so long?"
        )
    if outcome.how == "unread" and outcome.raised is not None:
        return (
            "Your function runs in a process of its own, and something that it uses cannot be "
            f"taken there ({_said(outcome.raised)}). Let it use its arguments, modules, and "
            "other functions only."
        )
    return (
        "The process that ran your function ended before there was an answer. Does something in "
        "it end Python, or take very much memory?"
    )


def _said(raised: Raised) -> str:
    return f"{raised.type_name}: {raised.message}" if raised.message else raised.type_name


def _error(raised: Raised, function: object) -> str:
    line = learners_line(function, raised.frames)
    where = f", in {line}" if line else ""
    if raised.type_name == "SystemExit":
        return f"Your function ends Python{where}. Give the answer back with `return`."
    if raised.type_name == "EOFError":
        return f"Your function asks for input{where}. All it needs comes in its arguments."
    if raised.type_name == "MemoryError" or any(w in raised.message for w in _OUT_OF_MEMORY):
        return (
            f"Your function needs more than the {MEMORY >> 30} GB of memory that it may "
            f"take{where}. The answer is small: which tensor is so large?"
        )
    if raised.type_name == "RecursionError":
        return f"Your function calls itself without end{where}."
    return f"Your function raises {_said(raised)}{where or '.'}"


# ------------------------------------------------------------------------------- one answer


def _fault_of_answer(exercise: Exercise, answer: Answer, expected: Tensor) -> Fault | None:
    wanted = _WANTED[exercise.gives]
    if answer.kind in ("nothing", "dots"):
        words = (
            f"Your function gives back nothing; {wanted} is expected. Does it end with `return`?"
        )
        return Fault("type", words)
    if answer.kind == "other" or (answer.values is None and answer.shape == expected.shape):
        words = (
            f"Your function gives back something of type {answer.type_name}; {wanted} is expected."
        )
        return Fault("type", words)
    if answer.values is None or answer.shape != expected.shape:
        return Fault("shape", _wrong_shape(exercise, answer.shape, tuple(expected.shape)))
    wrong = ~_is_near(answer.values, expected, exercise.tolerance)
    if not wrong.any():
        return None
    place = tuple(int(n) for n in wrong.nonzero()[0])
    return Fault("values", _wrong_value(answer.values, expected, place), place)


def _wrong_shape(exercise: Exercise, shape: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if exercise.gives in ("number", "share"):
        one = _WANTED[exercise.gives].replace("a ", "One ", 1)
        return f"{one} is expected; your function gives back {_shape(shape)}."
    if exercise.gives == "sizes":
        return f"{wanted[0]} numbers are expected, height first; you give back {_shape(shape)}."
    return f"The output should be {_shape(wanted)}, and yours is {_shape(shape)}."


def _shape(shape: tuple[int, ...]) -> str:
    if not shape:
        return "a single number"
    return size_text(shape) if len(shape) > 1 else f"a row of {shape[0]}"


def _wrong_value(values: Tensor, expected: Tensor, place: tuple[int, ...]) -> str:
    right, given = short_text(float(expected[place])), short_text(float(values[place]))
    if values[place].isnan():
        given = "NaN, which is no number (0 divided by 0, or memory that nobody filled)"
    if not place:
        return f"The answer should be {right}, and yours is {given}."
    name = "output" if len(place) > 1 else "answer"
    where = f"`{name}[{', '.join(map(str, place))}]`"
    return f"{where} should be {right}, and yours is {given}."


# ------------------------------------------------------------------------------- several calls


def fault_of_case(
    exercise: Exercise,
    function: object,
    expected: Tensor,
    first: Outcome,
    again: Outcome,
    other_seed: Outcome,
) -> Fault | None:
    """Find what is wrong with three calls that should answer alike.

    Args:
        first, again: with the same global seed, and other calls between.
        other_seed: with another global seed.
    """
    calls = (first, again, other_seed)
    faults = [fault_of_call(exercise, function, call, expected) for call in calls]
    lost = next((fault for fault in faults if fault is not None and fault.kind == "lost"), None)
    if lost is not None:
        return lost
    if not _alike(exercise, first, again):
        return Fault(
            "unsteady",
            "Called twice with the same arguments, your function answers differently. Does it "
            "keep something between the calls, such as a global variable, or read memory that "
            "nobody filled (`torch.empty`)?",
        )
    if not _alike(exercise, first, other_seed):
        return Fault(
            "unsteady",
            "Your function answers differently after another `torch.manual_seed`: it draws random "
            "numbers. Its arguments alone should decide.",
        )
    return faults[0]


def _alike(exercise: Exercise, one: Outcome, other: Outcome) -> bool:
    if one.answer is None or other.answer is None:
        return one.how == other.how
    if one.answer.shape != other.answer.shape:
        return False
    if one.answer.values is None or other.answer.values is None:
        return one.answer.kind == other.answer.kind
    values, others = one.answer.values, other.answer.values
    if torch.equal(values, others):
        return True
    return is_close(values.nan_to_num(0.0), others.nan_to_num(0.0), exercise.tolerance)

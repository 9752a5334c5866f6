"""Check a learner's function: run it on all cases, and tell what the smallest failing one shows."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from lessons_lib.practice.checking.faults import Fault, expected_values, fault_of_case, is_close
from lessons_lib.practice.checking.process import Outcome, run
from lessons_lib.practice.checking.result import CheckResult, Grid, grids_of
from lessons_lib.practice.checking.source import is_library
from lessons_lib.practice.exercises.exercise import Case, Exercise, Slip, Symptom
from lessons_lib.visualization.numbers import counted

Run = Callable[[Callable[..., Any], Sequence[tuple[int, Sequence[Any]]]], list[Outcome]]

_EXPLAINED = 2 / 3  # of the wrong answers are those of a slip: then it is likely
_KEPT = 0.9  # of the right answers are those of the slip, too: else it would have failed there
_MOST = 0.75  # of the cases of a trait fail, and no others: then it is worth telling
SEEDS = (1, 1, 2)  # of the global random numbers in the three rounds
_EMPTY = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE", "POP_TOP"}


@dataclass(frozen=True, eq=False)
class Judged:
    """A case with what came of its first call, and what is wrong with it."""

    case: Case
    outcome: Outcome
    fault: Fault | None


def checked(
    exercise: Exercise, function: object, seed: int = 0, calls_of: Run = run
) -> CheckResult:
    """Check a function against torch on all cases of an exercise, each of them three times.

    Args:
        exercise: what is asked.
        function: the learner's; anything else is answered, not refused.
        seed: the same seed draws the same cases.
        calls_of: runs the function; as it is, in a process of its own.

    Raises:
        RuntimeError: no process can be started here.
    """
    if is_untouched(function):
        return _untried(exercise)
    if not callable(function):
        return _refused(
            exercise,
            f"Hand over the function itself, without calling it: "
            f'`practice.check("{exercise.name}", {exercise.name})`.',
        )
    if not _takes(function, len(exercise.arguments)):
        words = f"Your function cannot be called as `{exercise.call}`: look at its arguments."
        return _refused(exercise, words)
    cases = exercise.drawn(seed)
    judged = _judged(exercise, function, cases, calls_of)
    if all(_is_not_written(one.outcome) for one in judged):
        return _untried(exercise)
    failed = [one for one in judged if one.fault is not None]
    if not failed:
        note = _note(exercise, judged[0].outcome)
        words = f"Right: in all {len(cases)} cases it answers as torch does.{note}"
        return CheckResult(exercise.name, True, True, words, len(cases))
    return _not_yet(exercise, judged, failed)


def _untried(exercise: Exercise) -> CheckResult:
    words = f"Write the body of `{exercise.call}`, then run the cell again."
    return CheckResult(exercise.name, False, False, words)


def _refused(exercise: Exercise, words: str) -> CheckResult:
    return CheckResult(exercise.name, False, True, words)


# ------------------------------------------------------------------------------- before it runs


def is_untouched(function: object) -> bool:
    """Say whether a function's body is still empty: `...`, `pass`, or a docstring only."""
    if function is None or function is Ellipsis:
        return True
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    steps = list(dis.get_instructions(code))
    constants = [step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")]
    empty = all(step.opname in _EMPTY for step in steps)
    return empty and all(value is None or value is Ellipsis for value in constants)


def _takes(function: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # some functions written in C tell nothing
        return True
    return True


# ------------------------------------------------------------------------------- running


def _judged(
    exercise: Exercise, function: Callable[..., Any], cases: Sequence[Case], calls_of: Run
) -> list[Judged]:
    """Call the function in three rounds, the second one backwards, and judge case by case."""
    turns = [*range(len(cases))]
    order = [turns, turns[::-1], turns]
    calls = [
        (seed, cases[turn].values)
        for seed, places in zip(SEEDS, order, strict=True)
        for turn in places
    ]
    outcomes = calls_of(function, calls)
    # Where one call was lost nothing came after it: what came of the case before stands for it.
    rounds: list[dict[int, Outcome]] = [{}, {}, {}]
    for place, outcome in enumerate(outcomes):
        turn = place // len(cases)
        rounds[turn][order[turn][place % len(cases)]] = outcome
    judged = []
    for turn, case in enumerate(cases):
        first = rounds[0].get(turn)
        if first is not None:
            again, other = (found.get(turn, first) for found in rounds[1:])
            expected = expected_values(exercise, case)
            fault = fault_of_case(exercise, function, expected, first, again, other)
            judged.append(Judged(case, first, fault))
    return judged


def _is_not_written(outcome: Outcome) -> bool:
    """Say whether a call ended at `raise NotImplementedError`, or gave back `...`."""
    raised = outcome.raised
    if raised is not None and raised.frames:
        own = raised.by_itself and not is_library(raised.frames[-1].file)
        return own and raised.type_name == "NotImplementedError"
    return outcome.answer is not None and outcome.answer.kind == "dots"


def _note(exercise: Exercise, outcome: Outcome) -> str:
    """Say where an answer is right and yet of another kind than torch's."""
    if exercise.gives == "share" or outcome.answer is None:
        return ""
    kind = {"number": "int", "sizes": "tuple", "grid": "tensor"}[exercise.gives]
    if outcome.answer.kind == kind:
        return ""
    wanted = {"number": "an int", "sizes": "a tuple", "grid": "a tensor"}[exercise.gives]
    return f"\nIt is of type {outcome.answer.type_name}, though; torch would give {wanted}."


# ------------------------------------------------------------------------------- telling


def _not_yet(exercise: Exercise, judged: Sequence[Judged], failed: Sequence[Judged]) -> CheckResult:
    smallest = failed[0]
    slip = likely_slip(exercise, judged) or _symptom(exercise, failed)
    lines = [
        _counts(len(failed), len(judged)),
        smallest.fault.words if smallest.fault is not None else "",
        f"A likely slip: {slip}" if slip else _pattern(exercise, judged),
    ]
    return CheckResult(
        exercise.name,
        passed=False,
        tried=True,
        message="\n".join(line for line in lines if line),
        cases=len(judged),
        failed=len(failed),
        call=_call(exercise, smallest.case),
        grids=tuple(_grids(exercise, smallest)),
        printed=smallest.outcome.printed,
        slip=slip,
    )


def _counts(failed: int, cases: int) -> str:
    if cases == 1:
        return "The first case fails:"
    share = "All" if failed == cases else f"{failed} of"
    return f"{share} {counted(cases, 'case')} fail{'s' if failed == 1 else ''}. The smallest:"


def _call(exercise: Exercise, case: Case) -> str:
    """Write the call of a case; its grids by their names only, as they stand below."""
    told = [
        name if isinstance(value, Tensor) else f"{name}={value!r}"
        for name, value in case.arguments.items()
    ]
    return f"{exercise.name}({', '.join(told)})"


def likely_slip(exercise: Exercise, judged: Sequence[Judged]) -> str:
    """Name the slip that agrees with most of the answers, if it explains most of the wrong ones.

    Whoever makes a slip makes it everywhere: it must be right where the function is.
    """
    failed = [one for one in judged if one.fault is not None]
    passed = [one for one in judged if one.fault is None]
    best, most = "", 0
    for slip in exercise.slips:
        explained = _explained(exercise, slip, failed)
        if "answer" in explained:
            right = sum(bool(_agreement(exercise, slip, one)) for one in passed)
            agreeing = len(explained) - explained.count("") + right
            if agreeing > most and right >= _KEPT * len(passed):
                best, most = slip.words, agreeing
    return best


def _explained(exercise: Exercise, slip: Slip, failed: Sequence[Judged]) -> list[str]:
    """Say for each wrong answer in what a slip agrees; [] as soon as it is not the likely one."""
    explained: list[str] = []
    for one in failed:
        explained.append(_agreement(exercise, slip, one))
        if explained.count("") > (1 - _EXPLAINED) * len(failed):
            return []
    return explained


def _agreement(exercise: Exercise, slip: Slip, one: Judged) -> Literal["answer", "error", ""]:
    """Say in what a slip does as the function did: in its answer, or in answering nothing."""
    answer = one.outcome.answer
    try:
        slipped = torch.as_tensor(slip.gives(*one.case.values)).to(torch.float64)
    except Exception:  # the slip is impossible here
        return "error" if one.outcome.raised is not None else ""
    if answer is None or not is_close(answer.values, slipped, exercise.tolerance):
        return ""
    return "answer"


def _symptom(exercise: Exercise, failed: Sequence[Judged]) -> str:
    """Name the first symptom that most of the wrong answers show."""
    for symptom in exercise.symptoms:
        if sum(_shows(exercise, symptom, one) for one in failed) >= _EXPLAINED * len(failed):
            return symptom.words
    return ""


def _shows(exercise: Exercise, symptom: Symptom, one: Judged) -> bool:
    values = one.outcome.answer.values if one.outcome.answer is not None else None
    expected = expected_values(exercise, one.case)
    return values is not None and values.shape == expected.shape and symptom.shows(values, expected)


def _pattern(exercise: Exercise, judged: Sequence[Judged]) -> str:
    """Say what sets the failing cases apart, where something does."""
    failed = [one.fault is not None for one in judged]
    best, share = "", 0.0
    for trait in exercise.traits:
        holds = [trait.holds(*one.case.values) for one in judged]
        only = all(has for has, fails in zip(holds, failed, strict=True) if fails)
        if only and not all(holds) and sum(failed) / sum(holds) > share:
            best, share = trait.words, sum(failed) / sum(holds)
    return f"It fails only {best}." if share >= _MOST else ""


def _grids(exercise: Exercise, one: Judged) -> list[Grid]:
    grids = [
        grid
        for name, value in one.case.arguments.items()
        if isinstance(value, Tensor)
        for grid in grids_of(name, value)
    ]
    place = one.fault.place if one.fault is not None else None
    expected = expected_values(exercise, one.case)
    values = one.outcome.answer.values if one.outcome.answer is not None else None
    if expected.dim():
        grids += grids_of("expected", expected, place)
        if values is not None and values.dim() == expected.dim():
            grids += grids_of("yours", values, place)
    return grids

"""Grade notebooks: run each in a process of its own, then check the functions that it defines.

What a notebook says about itself is never believed. It hands over functions as bytes; they go to
the process that calls them, and the answers are judged here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lessons_lib.practice.checking import CheckResult, checked
from lessons_lib.practice.exercises import EXERCISES
from lessons_lib.practice.grading.notebook import code_cells
from lessons_lib.practice.grading.programs import Programs
from lessons_lib.practice.grading.reading import Handed, Limits, Reading, Start

State = Literal["passed", "failed", "not tried", "broken"]
_MOST_TOLD = 4000  # characters of a message
_MOST_CELLS = 5  # named in a note


@dataclass(frozen=True)
class Mark:
    """What was found about one exercise in one notebook."""

    state: State
    message: str = ""
    cases: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Graded:
    """What was found in one notebook.

    Attributes:
        name: the notebook, as it was given.
        marks: of the exercises that it defines, by name.
        notes: what went wrong when it was run, a sentence each.
        not_run: the sources of cells that did not come to their end; None where none is known.
    """

    name: str
    marks: Mapping[str, Mark] = field(default_factory=dict)
    notes: Sequence[str] = ()
    not_run: Sequence[str] | None = None

    def mark(self, exercise: str) -> Mark:
        """Give what was found about an exercise, also where the notebook hands over none."""
        if exercise in self.marks:
            return self.marks[exercise]
        if self.not_run is None or _is_defined(exercise, self.not_run):
            return Mark("broken", " ".join(self.notes))
        return Mark("not tried", "The notebook defines no function of this name.")

    def count(self, *states: State) -> int:
        """Count the exercises that came out so."""
        return sum(mark.state in states for mark in self.marks.values())


def grade(
    notebooks: Sequence[Path],
    names: Collection[str],
    seed: int,
    programs: Programs,
    limits: Limits,
    jobs: int = 1,
    tell: Callable[[Graded], None] = lambda _: None,
) -> list[Graded]:
    """Grade notebooks, in their order.

    Args:
        notebooks: files of format 4; anything else is answered, not refused.
        names: of the exercises that are looked for.
        seed: of the cases, the same ones for all.
        programs: start the processes.
        limits: of each notebook.
        jobs: how many notebooks at a time.
        tell: called with each as soon as it is graded, in any order and any thread.
    """

    def one(notebook: Path) -> Graded:
        found = graded(notebook, names, seed, programs, limits)
        tell(found)
        return found

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(one, notebooks))


def graded(
    notebook: Path, names: Collection[str], seed: int, programs: Programs, limits: Limits
) -> Graded:
    """Grade one notebook."""
    try:
        reading = Reading(code_cells(notebook), names, limits)
        reading.read(programs.starter("notebook"))
    except Exception as error:  # whatever it is about this one, the others are graded
        return Graded(str(notebook), notes=[f"It cannot be run: {error}."])
    start = programs.starter("function")
    left_out = [reading.sources[number - 1] for number in reading.left_out if number]
    marks = {
        name: marked(handed, name, seed, start)
        for name, handed in reading.functions.items()
        if not _is_defined(name, left_out)
    }
    not_run = left_out if reading.finished else reading.sources
    return Graded(str(notebook), marks, _notes(reading), not_run)


def _is_defined(name: str, sources: Sequence[str]) -> bool:
    """Say whether one of these cells gives a function this name, as far as can be read."""
    gives = re.compile(rf"\bdef\s+{name}\b|\b{name}\s*=[^=]")
    return any(gives.search(source) for source in sources)


def marked(handed: Handed, name: str, seed: int, start: Start) -> Mark:
    """Check a function that was handed over."""
    function = None if handed.untouched else handed
    try:
        result = checked(
            EXERCISES[name], function, seed, lambda _, calls: handed.outcomes(start, calls)
        )
    except Exception as error:  # its process may have said anything
        words = f"It could not be checked: {type(error).__name__}: {error}"
        return Mark("broken", words[:_MOST_TOLD])
    return Mark(_state(result), _told(result), result.cases, result.failed)


def _state(result: CheckResult) -> State:
    if result.passed:
        return "passed"
    return "failed" if result.tried else "not tried"


def _told(result: CheckResult) -> str:
    return f"{result.message}\n{result.call}".strip()[:_MOST_TOLD]


def _notes(reading: Reading) -> list[str]:
    notes = [
        f"Code cell {number} {how} and was left out."
        if number
        else f"The process of the cells {how}."
        for number, how in reading.left_out.items()
    ]
    if reading.failed:
        said = [f"{number} ({error})" for number, error in reading.failed.items()]
        more = f" and {len(said) - _MOST_CELLS} more" if len(said) > _MOST_CELLS else ""
        notes.append(f"Code cells that fail: {', '.join(said[:_MOST_CELLS])}{more}.")
    if not reading.finished:
        notes.append("Its cells were not run to the end.")
    return notes

"""Write what was graded: a table to read, and the whole as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lessons_lib.practice.grading.grade import Graded


def columns(graded: Sequence[Graded], names: Sequence[str], all_of_them: bool) -> list[str]:
    """Choose the exercises that have a column: those found in any notebook, or all of them."""
    return [name for name in names if all_of_them or any(name in one.marks for one in graded)]


def table(graded: Sequence[Graded], exercises: Sequence[str]) -> str:
    """Write a row for each notebook, and under them a line for each note.

    Returns:
        lines of equal width, then notes; the last column is "passed/tried".
    """
    rows = [["notebook", *exercises, "points"]]
    for one in graded:
        states = [one.mark(name).state for name in exercises]
        points = f"{one.count('passed')}/{one.count('passed', 'failed')}"
        rows.append([plain(one.name), *states, points])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    notes = [f"{plain(one.name)}: {plain(note)}" for one in graded for note in one.notes]
    return "\n".join([*lines, "", *notes] if notes else lines)


def plain(text: str) -> str:
    """Leave out what would steer a terminal: names and messages are the notebook's."""
    return "".join(char if char.isprintable() else "?" for char in text)


def data(graded: Sequence[Graded], exercises: Sequence[str]) -> list[dict[str, Any]]:
    """Give all that was found as plain data, messages too."""
    return [
        {
            "notebook": one.name,
            "passed": one.count("passed"),
            "tried": one.count("passed", "failed"),
            "notes": list(one.notes),
            "exercises": {name: vars(one.mark(name)) for name in exercises},
        }
        for one in graded
    ]


def is_graded(one: Graded, exercises: Sequence[str]) -> bool:
    """Say whether every mark of a notebook is known."""
    return one.not_run is not None and all(one.mark(name).state != "broken" for name in exercises)

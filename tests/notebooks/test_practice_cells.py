"""What a lesson asks and lets write: questions that exist, labs that open, every exercise."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import nbformat
import pytest

from lessons_lib.practice.exercises import EXERCISES
from lessons_lib.practice.lessons import lesson_of
from tests.notebooks.lessons import NOTEBOOKS, read

LESSONS = tuple(path.stem for path in NOTEBOOKS[1:])
WITH_COVERS = LESSONS[:4]


def code_of(lesson: str) -> list[nbformat.NotebookNode]:
    (path,) = (each for each in NOTEBOOKS if each.stem == lesson)
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def calls(source: str, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
            yield node


def said(call: ast.Call) -> dict[str, Any]:
    """The arguments of a call by their names, as they are written."""
    return {str(each.arg): ast.unparse(each.value) for each in call.keywords}


def asked(lesson: str) -> list[str]:
    questions = [call for cell in code_of(lesson) for call in calls(cell.source, "question")]
    return [ast.literal_eval(call.args[0]) for call in questions]


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_asks_each_of_its_questions_once(lesson: str) -> None:
    names = lesson_of(lesson).questions
    assert sorted(asked(lesson)) == sorted(names)
    assert len(names) >= 5


@pytest.mark.parametrize("lesson", WITH_COVERS)
def test_two_labs_or_more_are_covered_and_each_is_opened_by_a_question_above_it(
    lesson: str,
) -> None:
    cells = code_of(lesson)
    found = 0
    for at, cell in enumerate(cells):
        covered = [name for name in made_covered(cell.source) if name]
        opened = [said(call).get("covers") for call in calls(cell.source, "question")]
        assert covered == [name for name in opened if name]
        for name in covered:
            assert [each.source for each in cells[at:]].count(name) == 1
            found += 1
    assert found >= 2


def made_covered(source: str) -> Iterator[str]:
    """The names of the labs that a cell makes covered."""
    for node in ast.parse(source).body:
        is_covered = isinstance(node, ast.Assign) and "covered=True" in ast.unparse(node.value)
        if isinstance(node, ast.Assign) and is_covered:
            yield ast.unparse(node.targets[0])


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_exercise_of_a_lesson_waits_for_a_body_and_is_checked_in_the_next_cell(
    lesson: str,
) -> None:
    sources = [cell.source for cell in code_of(lesson)]
    names = lesson_of(lesson).exercises
    assert 2 <= len(names) <= 4
    for exercise in (EXERCISES[name] for name in names):
        at = sources.index(f"def {exercise.call}: ...")
        assert sources[at + 1] == f'practice.check("{exercise.name}", {exercise.name})'

"""What a lesson asks and lets write: questions that exist, labs that open, every exercise."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import nbformat
import pytest
import torch

from lessons_lib import widgets
from lessons_lib.kit.cover import SENTENCE
from lessons_lib.practice.exercises import EXERCISES
from lessons_lib.practice.lessons import lesson_of
from lessons_lib.widgets.lab.lab import Lab
from tests.notebooks.lessons import NOTEBOOKS, read

LESSONS = tuple(path.stem for path in NOTEBOOKS[1:])
COVER_TWO = LESSONS[:4]
COUNTS_ONLY = {"in_two_steps"}  # a lab whose pictures help to count what is covered


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


@pytest.mark.parametrize("lesson", LESSONS)
def test_labs_are_covered_and_each_is_opened_by_a_question_above_it(lesson: str) -> None:
    cells = code_of(lesson)
    found = 0
    for at, cell in enumerate(cells):
        covered = [name for name in made_covered(cell.source) if name]
        opened = [said(call).get("covers") for call in calls(cell.source, "question")]
        assert covered == [name for name in opened if name]
        for name in covered:
            assert [each.source for each in cells[at:]].count(name) == 1
            found += 1
    assert found >= (2 if lesson in COVER_TWO else 1)


@pytest.mark.parametrize("lesson", LESSONS)
def test_of_a_covered_lab_nothing_is_seen_but_what_goes_in(lesson: str) -> None:
    for cell in code_of(lesson):
        for name in set(made_covered(cell.source)) - COUNTS_ONLY:
            lab = made(cell.source, name)
            seen = [pane for pane in lab.stage.scene["panes"] if pane["kind"] != "covered"]
            lab.close()
            assert {pane["role"] for pane in seen} <= {"input", "padding", "kernel"}, name


@pytest.mark.parametrize("lesson", LESSONS)
def test_of_a_covered_lab_neither_sizes_nor_counts_nor_a_sentence_are_told(lesson: str) -> None:
    for cell in code_of(lesson):
        for name in made_covered(cell.source):
            lab = made(cell.source, name)
            told = lab.stage.scene
            lab.close()
            assert (told["formula"], told["cost"], told["compared"]) == ([], None, None)
            assert told["sentence"] == SENTENCE


def made(source: str, name: str) -> Lab:
    """The lab of this name that a cell makes."""
    names = {**vars(widgets), "nine": torch.arange(1.0, 10).reshape(3, 3)}  # as in lesson 01
    exec(source, names)
    lab: Lab = names[name]
    return lab


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

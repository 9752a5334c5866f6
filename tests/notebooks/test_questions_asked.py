"""Each question of a lesson is asked once in it, alone in its cell, behind a text."""

from __future__ import annotations

import re

import pytest

from lessons_lib.practice.questions import QUESTIONS
from tests.notebooks.lessons import NOTEBOOKS, read

# The word that the names of a lesson's questions begin with, and the lesson.
LESSONS = {"channels": "05", "pooling": "06", "learning": "07"}
ASKED = re.compile(r'question\("(\w+)"')


def cells_of(number: str) -> list[tuple[str, str]]:
    """The type and the source of each cell."""
    (path,) = [path for path in NOTEBOOKS if path.stem.startswith(number)]
    return [(cell.cell_type, cell.source) for cell in read(path).cells]


@pytest.mark.parametrize(("word", "number"), LESSONS.items())
def test_each_question_of_a_lesson_is_asked_once(word: str, number: str) -> None:
    asked = [name for _, source in cells_of(number) for name in ASKED.findall(source)]
    assert sorted(asked) == sorted(name for name in QUESTIONS if name.startswith(f"{word}_"))


@pytest.mark.parametrize("number", LESSONS.values())
def test_a_question_follows_a_text_and_ends_its_cell(number: str) -> None:
    cells = cells_of(number)
    for at, (kind, source) in enumerate(cells):
        if kind == "code" and ASKED.search(source):
            assert ASKED.match(source.splitlines()[-1]), source
            assert cells[at - 1][0] == "markdown", source

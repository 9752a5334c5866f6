"""The live questions of the lessons: each is asked in its own lesson, once, before its answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lessons_lib.practice.questions import QUESTIONS
from tests.notebooks.lessons import NOTEBOOKS, read

ASKED = re.compile(r'question\("(\w+)"')
WORDS = {
    "08_convolution_variants": "variants",
    "09_transposed_convolution": "transposed",
    "10_reconstruction": "reconstruction",
    "11_segmentation": "segmentation",
}
LESSONS = [path for path in NOTEBOOKS if path.stem in WORDS]

of_each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@of_each_lesson
def test_a_lesson_asks_each_of_its_questions_once(path: Path) -> None:
    code = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    its_own = [name for name in QUESTIONS if name.startswith(f"{WORDS[path.stem]}_")]
    assert sorted(ASKED.findall("\n".join(code))) == sorted(its_own)


@of_each_lesson
def test_the_text_before_a_card_does_not_ask_the_same_in_a_fold(path: Path) -> None:
    cells = read(path).cells
    cards = [at for at, cell in enumerate(cells) if ASKED.search(cell.source)]
    assert [cells[at].id for at in cards if "**Question" in cells[at - 1].source] == []

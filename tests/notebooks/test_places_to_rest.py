"""Each lesson says how long it takes; a long one has the places to rest that it promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.notebooks.lessons import NOTEBOOKS, read

TIME = re.compile(r"takes about (an hour|\d+ minutes)")
PROMISED = {"a place to rest": 1, "two places to rest": 2}


def promised(opening: str) -> int:
    """How many places to rest the first cell promises."""
    return sum(number for words, number in PROMISED.items() if words in opening)


def stretches(path: Path) -> list[float]:
    """The lesson's parts between its places to rest, as shares of its words."""
    words = [0]
    for cell in read(path).cells:
        if re.search(r"-rest(-\d)?$", cell.id):
            words.append(0)
        words[-1] += len(cell.source.split())
    return [each / sum(words) for each in words]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_first_cell_says_how_long_the_lesson_takes(path: Path) -> None:
    assert TIME.search(read(path).cells[0].source)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_has_as_many_places_to_rest_as_it_promises(path: Path) -> None:
    assert len(stretches(path)) == promised(read(path).cells[0].source) + 1


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_stretch_between_rests_is_longer_than_two_thirds_of_the_lesson(path: Path) -> None:
    parts = stretches(path)
    assert len(parts) == 1 or max(parts) < 2 / 3

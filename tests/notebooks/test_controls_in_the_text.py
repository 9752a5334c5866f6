"""Where a lesson asks the reader to use a control, the lab beside the text shows it, or the text
says that it waits behind "more"."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
import pytest

from lessons_lib import widgets
from lessons_lib.kit.controls import Choice, Presets
from lessons_lib.labs import stride
from lessons_lib.widgets.lab.lab import Lab
from lessons_lib.widgets.lab.more import in_sight
from tests.labs.all_labs import lab_named
from tests.widgets.hand import folded, small_picture

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def lab_calls(source: str) -> Iterator[ast.Call]:
    """The calls of labs in a cell."""
    for node in ast.walk(ast.parse(source)):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and name.endswith("_lab") and name in widgets.__all__:
            yield node


def shown(call: ast.Call) -> Lab:
    """The lab that is called, with a small picture; what is computed in the cell is left out."""
    definition = lab_named(ast.unparse(call.func).removesuffix("_lab").replace("_", "-"))
    settings: dict[str, Any] = {}
    for keyword in call.keywords:
        with suppress(ValueError):
            settings[str(keyword.arg)] = ast.literal_eval(keyword.value)
    chosen = settings.pop("controls", None)
    sight = in_sight(definition.controls, chosen, [str(each.arg) for each in call.keywords])
    if "picture" in {spec.name for spec in definition.controls if not isinstance(spec, Presets)}:
        settings["picture"] = small_picture()
    if {"padding", "padding_mode"} <= settings.keys() and definition.name == "padding":
        settings["padding"] = 1  # as the small picture allows
    return Lab(definition, controls=sight, **settings)


def waiting_words(lab: Lab) -> set[str]:
    """What the reader cannot see: labels of controls, of their options, and of presets."""
    names = set(folded(lab))
    words = set(names)
    for spec in lab._definition.controls:
        if isinstance(spec, Presets) or spec.name not in names:
            continue
        words |= {spec.label}
        if isinstance(spec, Choice):
            words |= {label for label, _ in spec.options}
    return words


def asked_in_vain(text: str, lab: Lab) -> set[str]:
    """What the text prints in bold, although it cannot be seen and the way to it is not told."""
    bold = set(re.findall(r"\*\*(.+?)\*\*", text))
    return set() if "more" in bold else bold & waiting_words(lab)


def texts_beside(cells: list[nbformat.NotebookNode], number: int) -> list[str]:
    """The texts before and after a cell, and around the one that shows the lab which it names."""
    named = cells[number].source.partition(" = ")[0]
    places = [number, *(at for at, each in enumerate(cells) if each.source == named)]
    around = [each for at in places for each in cells[max(0, at - 1) : at + 2]]
    return [each.source for each in around if each.cell_type == "markdown"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_the_text_asks_for_can_be_seen(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    found = []
    for number, cell in enumerate(cells):
        if cell.cell_type != "code":
            continue
        beside = texts_beside(cells, number)
        for call in lab_calls(cell.source):
            lab = shown(call)
            for text in beside:
                found += [f"cell {number}: {words}" for words in asked_in_vain(text, lab)]
            lab.close()
    assert found == []


def test_the_texts_around_a_lab_that_another_cell_shows_are_read() -> None:
    sources = ["before", "jumps = stride_lab()\nquestion('stride_size')", "hands", "jumps", "after"]
    kinds = [nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell]
    cells = [kinds[number % 2](source) for number, source in enumerate(sources)]
    assert texts_beside(cells, 1) == ["before", "hands", "hands", "after"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Tick **own stride across**.", {"own stride across"}),
        ("Click on **3 × 5 kernel, stride (3, 4)**.", {"3 × 5 kernel, stride (3, 4)"}),
        ("Open **more**, and tick **own stride across**.", set()),
        ("Drag **stride**, with **fixed range**.", set()),
    ],
)
def test_a_control_that_is_asked_for_in_vain_is_noticed(text: str, words: set[str]) -> None:
    lab = Lab(stride.LAB, picture=small_picture())
    assert asked_in_vain(text, lab) == words
    lab.close()

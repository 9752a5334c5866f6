"""Where a lesson asks the reader to use a control, the lab beside the text shows it, or the text
says that it waits behind "more". Words that set a lab name what the lab below them has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import nbformat
import pytest

from lessons_lib.kit.controls import Choice, Presets, Work
from lessons_lib.kit.result import LabDefinition
from lessons_lib.labs import stride
from lessons_lib.widgets.lab.bindings import bind
from lessons_lib.widgets.lab.lab import Lab
from lessons_lib.widgets.lab.more import in_sight
from tests.labs.all_labs import all_labs
from tests.widgets.hand import folded, small_picture

LABS = {lab.function: lab for lab in all_labs()}
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def lab_calls(source: str) -> Iterator[ast.Call]:
    """The calls of labs in a cell."""
    for node in ast.walk(ast.parse(source)):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and name in LABS:
            yield node


def definition_of(call: ast.Call) -> LabDefinition:
    return LABS[ast.unparse(call.func)]


def shown(call: ast.Call) -> Lab:
    """The lab that is called, with a small picture; what is computed in the cell is left out."""
    definition = definition_of(call)
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


# --- words that set the lab below; in the page widgets/shared/setting_links.js reads them -------


def setting_links(source: str) -> list[str]:
    """What the links say that set a lab: `stride=20&padding=3`."""
    return re.findall(r"\]\(#set-((?:[^()\s]|\([^()\s]*\))+)\)", source)


def value_of(word: str) -> Any:
    if word in ("True", "False"):
        return word == "True"
    return ast.literal_eval(word) if re.fullmatch(r"-?\d+(\.\d+)?", word) else word


def said_in_vain(link: str, lab: LabDefinition) -> list[str]:
    """What of a link the lab cannot do: controls that it has not, values they cannot show."""
    rows = [spec for spec in lab.controls if isinstance(spec, Presets)]
    buttons = [label for row in rows for label, _ in row.settings]
    controls = {spec.name: spec for spec in lab.controls if not isinstance(spec, Presets | Work)}
    found = []
    for name, word in parse_qsl(link, strict_parsing=True):
        if name == "try":
            found += [] if word in buttons else [f"no button {word}"]
        elif name not in controls:
            found.append(f"no control {name}")
        else:
            try:
                bind(controls[name]).taken(value_of(word))
            except (TypeError, ValueError) as error:
                found.append(str(error))
    return found


def labs_shown(cells: list[nbformat.NotebookNode]) -> dict[int, LabDefinition]:
    """The labs that cells show, by the cell's place: called there, or by a name given before."""
    named: dict[str, LabDefinition] = {}
    shown_at = {}
    for number, cell in enumerate(cells):
        lines = ast.parse(cell.source).body if cell.cell_type == "code" else []
        for line in lines:
            if isinstance(line, ast.Assign) and (lab := lab_of(line.value, named)):
                named |= dict.fromkeys(map(ast.unparse, line.targets), lab)
        last = lines[-1] if lines else None
        if isinstance(last, ast.Expr) and (lab := lab_of(last.value, named)):
            shown_at[number] = lab
    return shown_at


def lab_of(value: ast.expr, named: dict[str, LabDefinition]) -> LabDefinition | None:
    """The lab that is made here, or that has this name."""
    if isinstance(value, ast.Name):
        return named.get(value.id)
    call = next(lab_calls(ast.unparse(value)), None)
    made = call is not None and ast.unparse(call) == ast.unparse(value)
    return definition_of(call) if call and made else None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_words_that_set_the_lab_below_name_what_it_has(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    shown_at = labs_shown(cells)
    said = 0
    for number, cell in enumerate(cells):
        links = setting_links(cell.source) if cell.cell_type == "markdown" else []
        assert len(links) == cell.source.count("](#set-"), cell.source
        lab = next((lab for at, lab in shown_at.items() if at > number), None)
        for link in links:
            assert lab is not None, f"no lab below {link}"
            assert said_in_vain(link, lab) == [], link
        said += len(links)
    assert said > 1, "each lesson has such words"


@pytest.mark.parametrize(
    ("link", "complaint"),
    [
        ("stride=20&per_axis=True&kernel=sobel_x&picture=zone+plate", None),
        ("try=3+×+5+kernel,+stride+(3,+4)", None),
        ("stride=33", "`stride` (=33) must be from 1 to 32"),
        ("stride=fast", "`stride` (='fast') must be a whole number from 1 to 32"),
        ("per_axis=1", "`per_axis` (=1) must be True or False"),
        ("padding=3", "no control padding"),
        ("try=21", "no button 21"),
    ],
)
def test_a_word_that_sets_a_lab_in_vain_is_noticed(link: str, complaint: str | None) -> None:
    (found,) = setting_links(f"Try [it](#set-{link}).")
    assert said_in_vain(found, stride.LAB) == ([] if complaint is None else [complaint])


def test_the_lab_below_is_the_next_that_a_cell_shows_by_its_call_or_by_its_name() -> None:
    sources = [
        "from lessons_lib.widgets import dilation_lab, stride_lab",
        "named_lab = dilation_lab(dilation=2)\nquestion('dilation_tap', covers=named_lab)",
        "stride_lab(stride=3)",
        "named_lab",
        "other = stride_lab()",
    ]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    assert {at: lab.name for at, lab in labs_shown(cells).items()} == {2: "stride", 3: "dilation"}

"""Covered labs and what lives in JupyterLab only, on a page without a kernel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from lessons_lib.images import load_picture
from lessons_lib.kit.cover import SENTENCE, Cover
from lessons_lib.labs.stride import LAB, StrideParams
from lessons_lib.widgets import kernel_game, padding_matrix_lab, question, stride_lab
from lessons_lib.widgets.saved.buffers import Buffers
from lessons_lib.widgets.saved.needs_kernel import words_for
from lessons_lib.widgets.saved.saved_lab import SavedLab

START = StrideParams(picture=load_picture("coffee"), stride=7)


def scenes(cover: Cover | None) -> list[dict[str, Any]]:
    data = SavedLab(LAB, START, Buffers(), vary=(), cover=cover).data()
    assert data["covered"] is (cover is not None)
    found: list[dict[str, Any]] = data["scenes"]
    return found


def test_each_saved_state_is_there_covered_and_as_it_is() -> None:
    lab = stride_lab(picture="coffee", stride=7, covered=True)
    saved = scenes(Cover())[0]["covered"]
    shown = {name: lab.stage.scene[name] for name in ("formula", "cost", "sentence", "links")}
    assert {name: saved[name] for name in shown} == shown
    assert saved["sentence"] == SENTENCE
    assert saved["looked_at"] == []
    panes = {pane["name"]: pane for pane in saved["panes"]}
    assert (panes["output"]["kind"], panes["output"]["height"]) == ("covered", 1)
    assert panes["input"]["kind"] == "photo"
    assert "57" not in json.dumps([saved["formula"], panes["output"]])  # (400 - 3) // 7 + 1


def test_uncovered_a_state_is_what_it_is_without_a_cover() -> None:
    plain, hidden = scenes(None)[0], scenes(Cover())[0]
    del hidden["covered"]
    words = [name for name in plain if name not in ("buffers", "looked_at", "panes")]
    assert {name: hidden[name] for name in words} == {name: plain[name] for name in words}
    drawn = [[pane["pixels"] for pane in each["panes"]] for each in (plain, hidden)]
    assert drawn[0] == drawn[1]


def test_a_lab_is_covered_on_the_page_as_it_is_in_the_notebook() -> None:
    lab = padding_matrix_lab(padding=1, covered=True)
    lab.cover(["padded"])
    data = lab.page_data(Buffers(), limit=0)
    panes = {pane["name"]: pane["kind"] for pane in data["scenes"][0]["covered"]["panes"]}
    assert panes["padded"] == "covered"
    assert panes["output"] != "covered"


def test_a_question_names_the_number_of_the_lab_that_it_covers() -> None:
    lab = stride_lab(picture="coffee")
    asked = question("stride_place", covers=lab)
    assert asked.covers is lab
    assert asked.page_data(Buffers(), covers=4)["covers"] == 4
    assert question("stride_size").page_data(Buffers(), covers=None)["covers"] is None


def test_a_game_is_words_with_its_call() -> None:
    data = kernel_game().page_data(Buffers(), limit=2**20)
    assert (data["kind"], data["call"]) == ("words", "kernel_game()")


@pytest.mark.parametrize(
    ("source", "call"),
    [
        ('practice.check("pad2d", pad2d)', "practice.check(&quot;pad2d&quot;, pad2d)"),
        ("from a import progress\n\nprogress()", "progress()"),
        ("stride_game(level=2)", "stride_game(level=2)"),
    ],
)
def test_what_needs_a_kernel_is_said_in_words_with_its_call(source: str, call: str) -> None:
    assert words_for(source).endswith(f"<code>{call}</code></p>")


@pytest.mark.parametrize(
    "source",
    [
        "",
        "stride_lab()",
        "checked = 3",
        "%time check()",
        "game",
        "check",
        "x = progress()",
        "check()",
        "model.check(3)",
        "progress(0.5)",
        "board_game(moves)",
    ],
)
def test_other_cells_show_what_they_give(source: str) -> None:
    assert words_for(source) == ""


def test_all_checks_games_and_progress_of_the_lessons_are_said_in_words(repository: Path) -> None:
    said, needed = set(), set()
    for path in sorted((repository / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            last = cell.source.strip().splitlines()[-1:] if cell.cell_type == "code" else []
            if words_for(cell.source) and cell.cell_type == "code":
                said.add((path.name, cell.id))
            if any(word in "".join(last) for word in ("practice.check(", "_game(", "progress(")):
                needed.add((path.name, cell.id))
    assert said == needed
    assert len(said) > 40

"""Every lesson runs clean with each bundled picture as the default.

A kernel for each of so many runs would cost more than the lessons: the cells run in this process,
in the order in which they stand, and what a cell shows is made as a notebook makes it.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import nbformat
import pytest
from ipywidgets import Widget
from ipywidgets.widgets.widget import _instances
from matplotlib import pyplot

from lessons_lib.images import BUNDLED
from lessons_lib.reader.preferences import FALLBACK, VARIABLE
from lessons_lib.widgets import padding_lab
from tests.notebooks.test_notebooks import NOTEBOOKS, without_training

OTHERS = [name for name in BUNDLED if name != FALLBACK]

pytestmark = pytest.mark.notebooks


def run_here(cell: nbformat.NotebookNode, names: dict[str, Any]) -> None:
    """Run a cell, and show its last line."""
    tree = ast.parse(cell.source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, cell.id, "exec"), names)
    if isinstance(last, ast.Expr):
        shown = eval(compile(ast.Expression(last.value), cell.id, "eval"), names)
        for way in ("_repr_mimebundle_", "_repr_png_", "__repr__"):
            getattr(shown, way, str)()


def crashes() -> list[str]:
    """What went wrong in the labs that are open."""
    return [crash for widget in _instances.values() if (crash := getattr(widget, "crash", ""))]


def refusals() -> list[str]:
    """What torch refused in labs that nobody has touched yet."""
    scenes = [getattr(widget, "scene", None) for widget in _instances.values()]
    return [scene["error"]["message"] for scene in scenes if scene and scene["error"]]


@pytest.mark.parametrize("picture", OTHERS)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_lesson_runs_clean_with_another_default_picture(
    path: Path,
    picture: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(VARIABLE, picture)
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        for cell in without_training(nbformat.read(path, as_version=4)).cells:
            if cell.cell_type == "code":
                run_here(cell, names)
        assert crashes() == []
        assert refusals() == []
        assert capsys.readouterr().err == ""
    finally:
        Widget.close_all()
        pyplot.close("all")


def test_a_lab_that_opens_refused_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "chelsea")  # has 300 rows
    lab = padding_lab(padding=511, padding_mode="reflect")
    (found,) = refusals()
    assert found.startswith("Argument #4: Padding size should be less")
    lab.close()
    Widget.close_all()

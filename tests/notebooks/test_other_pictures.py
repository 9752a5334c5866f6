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
        assert capsys.readouterr().err == ""
    finally:
        Widget.close_all()
        pyplot.close("all")

"""Cells run in this process, in the order in which they stand: a kernel for each run costs more.

What a cell shows is made as a notebook makes it, and nothing that fails is caught.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from ipywidgets import Widget
from ipywidgets.widgets.widget import _instances
from matplotlib import pyplot


@contextmanager
def fresh_names(folder: Path) -> Iterator[dict[str, Any]]:
    """A notebook's names, in a folder of its own; its labs and figures are closed at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", "agg")
        patch.chdir(folder)
        Widget.close_all()  # what other tests have left open
        try:
            yield {"__name__": "__main__"}
        finally:
            Widget.close_all()
            pyplot.close("all")


def run_cells(cells: Iterable[nbformat.NotebookNode], names: dict[str, Any]) -> None:
    """Run the cells with code, and show the last line of each."""
    for cell in cells:
        if cell.cell_type == "code":
            _run(cell, names)


def _run(cell: nbformat.NotebookNode, names: dict[str, Any]) -> None:
    tree = ast.parse(cell.source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, cell.id, "exec"), names)
    if isinstance(last, ast.Expr):
        shown = eval(compile(ast.Expression(last.value), cell.id, "eval"), names)
        for way in ("_repr_mimebundle_", "_repr_png_"):
            getattr(shown, way, str)()
        if shown is not None:
            print(repr(shown))


def crashes() -> list[str]:
    """What went wrong in the labs that are open."""
    return [crash for widget in _instances.values() if (crash := getattr(widget, "crash", ""))]


def refusals() -> list[str]:
    """What torch refused in labs that nobody has touched yet."""
    scenes = [getattr(widget, "scene", None) for widget in _instances.values()]
    return [scene["error"]["message"] for scene in scenes if scene and scene["error"]]

"""Every lesson runs clean with each bundled picture as the default.

All cells run with one of them. With the others those run again that ask for the default picture, or
read a name that comes from such a cell.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest

from lessons_lib.images import BUNDLED
from lessons_lib.reader import preferences
from lessons_lib.reader.preferences import FALLBACK, VARIABLE
from lessons_lib.widgets import padding_lab
from tests.notebooks.in_process import crashes, fresh_names, refusals, run_cells
from tests.notebooks.lessons import NOTEBOOKS, read, without_training

OTHERS = [name for name in BUNDLED if name != FALLBACK]


class Environment(dict[str, str]):
    """The environment's variables; whether the one that names a picture was looked up."""

    was_asked = False

    def get(self, name: str, default: Any = None) -> Any:
        self.was_asked |= name == VARIABLE
        return super().get(name, default)


def names_in(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell reads, and those that it gives a value or changes a part of."""
    read_names: set[str] = set()
    written: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            (read_names if isinstance(node.ctx, ast.Load) else written).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            written.add(node.name)
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            written |= {each.id for each in ast.walk(node.value) if isinstance(each, ast.Name)}
    return read_names, written


def run_those_that_ask(
    cells: list[nbformat.NotebookNode], names: dict[str, Any], picture: str
) -> Iterator[nbformat.NotebookNode]:
    """Run the cells, and give those that what they show depends on the default picture."""
    found: set[str] = set()
    for cell in cells:
        with pytest.MonkeyPatch.context() as patch:
            environment = Environment(os.environ, **{VARIABLE: picture})
            patch.setattr(preferences, "os", SimpleNamespace(environ=environment))
            run_cells([cell], names)
        reads, writes = names_in(cell.source)
        if environment.was_asked or reads & found:
            found |= writes
            yield cell


@pytest.mark.notebooks
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_lesson_runs_clean_with_each_other_default_picture(
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cells = [cell for cell in without_training(read(path)).cells if cell.cell_type == "code"]
    with fresh_names(tmp_path) as names:
        for picture in OTHERS:
            monkeypatch.setenv(VARIABLE, picture)
            cells = list(run_those_that_ask(cells, names, picture))
            assert crashes() == [], picture
            assert refusals() == [], picture
            assert capsys.readouterr().err == "", picture


def test_a_cell_that_asks_is_found_and_one_that_reads_what_came_of_it(tmp_path: Path) -> None:
    asks = "from lessons_lib.reader.preferences import default_picture\nname = default_picture()"
    sources = ["kept = {}", asks, "kept['name'] = name", "other = 1", "print(kept)", "print(other)"]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    with fresh_names(tmp_path) as names:
        found = [cell.source for cell in run_those_that_ask(cells, names, "coffee")]
    assert found == [asks, "kept['name'] = name", "print(kept)"]
    assert names["kept"] == {"name": "coffee"}


def test_a_lab_that_opens_refused_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "chelsea")  # has 300 rows
    with fresh_names(tmp_path):
        _lab = padding_lab(padding=511, padding_mode="reflect")
        (found,) = refusals()
    assert found.startswith("Argument #4: Padding size should be less")

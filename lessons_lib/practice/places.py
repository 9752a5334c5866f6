"""In which cell a question or an exercise stands, once that cell has run in this kernel."""

from __future__ import annotations

from lessons_lib.reader.cells import running_cell

_cells: dict[str, str] = {}


def stands_here(name: str) -> None:
    """Remember the cell that runs as that of a question or an exercise."""
    cell, _ = running_cell()
    if cell:
        _cells[name] = cell


def cell_of(name: str) -> str:
    """Give the cell's id, "" where it is not known."""
    return _cells.get(name, "")

"""Read the code cells of a notebook that was handed in: it is data, and may be anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MOST_BYTES = 50 << 20  # of a file; a lesson with all its pictures has a few


def code_cells(path: Path) -> list[str]:
    """Read the source of all code cells, in order.

    Raises:
        ValueError: there is no such notebook; the message says why, and is short.
    """
    try:
        if path.is_dir():
            raise ValueError("it is a folder: name the notebooks in it")
        if not path.is_file():
            raise ValueError("there is no such file")
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"the file is larger than {MOST_BYTES >> 20} MB")
        text = path.read_bytes()
    except OSError as error:
        raise ValueError(f"the file cannot be read: {error.strerror}") from None
    try:
        book = json.loads(text)
    except (ValueError, RecursionError):  # not text, too deep, a number without end
        raise ValueError("the file is no notebook: it is not JSON") from None
    return _sources(book)


def _sources(book: Any) -> list[str]:
    cells = book.get("cells") if isinstance(book, dict) else None
    if not isinstance(cells, list):
        raise ValueError("the file is no notebook of format 4: it has no list of cells")
    found = []
    for cell in cells:
        if not isinstance(cell, dict):
            raise ValueError("the file is no notebook: a cell is not one")
        if cell.get("cell_type") == "code":
            found.append(_text(cell.get("source", "")))
    return found


def _text(source: Any) -> str:
    """A source is a text, or a list of lines."""
    lines = [source] if isinstance(source, str) else source
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise ValueError("the file is no notebook: the source of a cell is not text")
    return "".join(lines)

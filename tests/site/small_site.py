"""A series of two short lessons, for tests of the pages that are written of it."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

LAB = "from lessons_lib.widgets import transposed_grid_lab\ntransposed_grid_lab(stride={stride})"
PICTURE = """import torch
from lessons_lib.visualization.figures import show_pictures
show_pictures({"small": torch.arange(1800.0).reshape(1, 3, 20, 30) / 1800})"""
START = (
    "# 00 Begin",
    "## What this series is\n\nOne thing.\n\nAnother thing.",
    LAB.format(stride=2),
    "## The map of the lessons\n\n| lesson | what |\n| --- | --- |\n"
    "| **00 Start here** | you are here |\n| [01 On](01_on.ipynb#Far-away) | more |",
)
SENTENCE = "The sum is $a_1 + \\frac{b}{2}$, as in [the beginning](00_start_here.ipynb)."
ON = (
    "# 01 Go on",
    f"## Far away\n\n{SENTENCE} Set [stride 1](#set-stride=1).",
    "print('guess', 6 * 7)",
    LAB.format(stride=3),
    PICTURE,
)


def notebook_of(cells: tuple[str, ...]) -> nbformat.NotebookNode:
    """A text cell for each text that begins with "#", a code cell for each other."""
    notebook = new_notebook()
    for n, text in enumerate(cells):
        new = new_markdown_cell if text.startswith("#") else new_code_cell
        notebook.cells.append(new(text, id=f"cell-{n}"))
        if text.startswith("print("):
            notebook.cells[-1].metadata["tags"] = ["guess-first"]
    return notebook


def write_lessons(folder: Path, on: tuple[str, ...] = ON) -> Path:
    """Write both lessons into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, cells in (("00_start_here", START), ("01_on", on)):
        nbformat.write(notebook_of(cells), folder / f"{name}.ipynb")
    return folder

"""The lessons as the tests read them: their files, what they train, the answers in their text."""

import re
from pathlib import Path
from typing import Any

import nbformat

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))

# What a cell tagged "trains" leaves behind, for runs in which something else is tried.
TRAINED = {
    "10-strides-first-run": "",
    "10-strides-train": """
tried = {}
for name, (channels, strides) in stacks.items():
    for rate in rates:
        decoder = seeded_decoder(3, channels, strides)
        *_, last = train_decoder(decoder, eighth, middle, steps=1)
        tried[name, rate] = decoder, last, 0.0
""",
    "11-train-run": """
from lessons_lib.segmentation import train, trained_fcn

network = trained_fcn()
""",
    "11-upsampling-run": """
late_losses = {"bilinear": [0.90, 0.91], "random": [0.92, 0.91]}
""",
}


def read(path: Path) -> Any:
    """A lesson as it stands in its file."""
    return nbformat.read(path, as_version=4)


def without_training(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Let the cells that train load a result instead."""
    for cell in _cells_that_train(notebook):
        cell.source = TRAINED[cell.id]
    return notebook


def loaded_results(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """A cell for each that trains, which loads its result."""
    trained = [TRAINED[cell.id] for cell in _cells_that_train(notebook)]
    return [nbformat.v4.new_code_cell(source) for source in trained]


def _cells_that_train(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if "trains" in cell.metadata.get("tags", [])]


def answers(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The code printed in the text, for a reader to copy: a cell for each."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    code = re.findall(r"```python\n(.+?)```", "\n".join(texts), re.DOTALL)
    return [nbformat.v4.new_code_cell(source) for source in code]

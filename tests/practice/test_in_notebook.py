"""A learner's way in a real kernel: the function stands in a cell, the check in the next."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = [
    "import torch\nfrom lessons_lib import practice",
    "def correlate2d(image, kernel): ...",
    'practice.check("correlate2d", correlate2d)',
    'practice.solution("correlate2d")',
    "def window_of(image, i, j, kernel):\n"
    "    return image[i : i + kernel.shape[0], j : j + kernel.shape[9]]",
    "def correlate2d(image, kernel):\n    return window_of(image, 0, 0, kernel)",
    'practice.check("correlate2d", correlate2d)',
    'practice.solution("correlate2d")',
    "SIZE = 1\n\n"
    "def correlate2d(image, kernel):\n"
    "    windows = image.unfold(0, kernel.shape[0], SIZE).unfold(1, kernel.shape[1], SIZE)\n"
    "    return (windows * kernel).sum((2, 3))",
    'practice.check("correlate2d", correlate2d)',
]


@pytest.fixture(scope="module")
def outputs(ready_kernels: None) -> list[dict[str, Any]]:
    """What each cell shows, by its kind."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in CELLS])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return [
        {kind: text for output in cell.outputs for kind, text in output.data.items()}
        for cell in notebook.cells
    ]


def test_a_body_not_written_stops_nothing(outputs: list[dict[str, Any]]) -> None:
    assert "not tried yet" in outputs[2]["text/html"]
    assert "not tried yet" in outputs[2]["text/plain"]


def test_the_learners_line_is_quoted_from_another_cell(outputs: list[dict[str, Any]]) -> None:
    said = "in line 2: `return image[i : i + kernel.shape[0], j : j + kernel.shape[9]]`"
    assert said in outputs[6]["text/plain"]


def test_the_solution_opens_with_the_first_try(outputs: list[dict[str, Any]]) -> None:
    assert "First check a function of your own" in outputs[3]["text/markdown"]
    assert outputs[7]["text/markdown"].startswith("```python\ndef correlate2d(image, kernel):")


def test_a_right_function_passes_with_what_it_uses_of_the_notebook(
    outputs: list[dict[str, Any]],
) -> None:
    assert "✓ correlate2d: passed" in outputs[9]["text/plain"]

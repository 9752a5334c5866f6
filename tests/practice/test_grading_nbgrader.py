"""In a test cell of nbgrader the check is an assertion: it fails until the function is right."""

from __future__ import annotations

import nbformat
from nbclient import NotebookClient

ASSERTION = 'assert practice.check("output_size", output_size).passed'
CELLS = [
    "from lessons_lib import practice\n\ndef output_size(input_size, kernel_size, stride): ...",
    ASSERTION,
    "def output_size(input_size, kernel_size, stride):\n"
    "    return (input_size - kernel_size) // stride",
    ASSERTION,
    "def output_size(input_size, kernel_size, stride):\n"
    "    return (input_size - kernel_size) // stride + 1",
    ASSERTION,
]


def test_an_assertion_fails_until_the_function_is_right() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in CELLS])
    NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()
    raised = [[output.get("ename") for output in cell.outputs] for cell in notebook.cells]
    assert raised == [[], ["AssertionError"], [], ["AssertionError"], [], []]

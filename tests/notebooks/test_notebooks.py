"""Every lesson runs from top to bottom, and nothing in it fails in silence.

Executing a notebook does not test its widgets: `interact` and Output widgets swallow exceptions.
So the cells' outputs, the stored widget state and the labs' own `crash` traits are all looked at.
"""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from lessons_lib import widgets
from lessons_lib.visualization import figures
from tests.notebooks.lessons import NOTEBOOKS, answers, loaded_results, read
from tests.notebooks.said import REACHED, SAID

WIDGETS = "application/vnd.jupyter.widget-state+json"
TIMEOUT = 300  # seconds for a cell: a training on a busy machine, no measure of speed

pytestmark = [
    pytest.mark.notebooks,
    pytest.mark.usefixtures("ready_kernels"),
    # nbclient's kernel manager warns that local connections are not encrypted
    pytest.mark.filterwarnings("ignore:.*TCP without encryption.*"),
]


def executed(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """Run all cells in an empty folder, going on after errors, and keep the widgets' state."""
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        allow_errors=True,
        store_widget_state=True,
        resources={"metadata": {"path": str(folder)}},
    )
    return client.execute()


def complaints(notebook: nbformat.NotebookNode) -> list[str]:
    """List everything in an executed notebook that a reader should never see."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                found.append(f"cell error {output.ename}: {output.evalue}")
            if output.get("name") == "stderr":
                found.append(f"stderr: {output.text}")
    states = notebook.metadata.get("widgets", {}).get(WIDGETS, {}).get("state", {})
    for state in (each["state"] for each in states.values()):
        if state.get("crash"):
            found.append(f"lab crash: {state['crash']}")
        for output in state.get("outputs", []):
            if output.get("output_type") == "error":
                found.append(f"error in an Output widget: {output.get('evalue')}")
    return found


def notebook_of(*sources: str) -> nbformat.NotebookNode:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return nbformat.v4.new_notebook(cells=cells)


def words_of(cell: nbformat.NotebookNode) -> str:
    """What a cell printed, and what it shows of its last line."""
    shown = (
        each.get("text") or each.get("data", {}).get("text/plain", "") for each in cell.outputs
    )
    return "".join(shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_lesson_runs_clean_and_its_answers_say_what_the_text_says(
    path: Path, tmp_path: Path
) -> None:
    notebook = read(path)
    code = answers(notebook)
    # What the answers say of a training is said of the one that is loaded.
    notebook.cells += loaded_results(notebook) + code
    done = executed(notebook, tmp_path)
    assert complaints(done) == []
    for cell in done.cells:
        if cell.id in REACHED:
            assert re.search(REACHED[cell.id], words_of(cell)), words_of(cell)
    for cell, words in zip(done.cells[-len(code) :], SAID[path.stem], strict=True):
        assert words_of(cell).startswith(words), cell.source


BROKEN = """
import dataclasses
from lessons_lib.widgets import stride_lab
lab = stride_lab()
def broken(params):
    raise ZeroDivisionError("broken on purpose")
lab._definition = dataclasses.replace(lab._definition, compute=broken)
lab.children[1].children[0].value = 7
lab
"""
SWALLOWED = """
from ipywidgets import interact
@interact(x=3)
def swallowed(x):
    raise ZeroDivisionError("swallowed by interact")
"""


@pytest.mark.parametrize(
    ("source", "words"), [(BROKEN, "broken on purpose"), (SWALLOWED, "swallowed by interact")]
)
def test_the_scan_finds_what_fails_in_silence(source: str, words: str, tmp_path: Path) -> None:
    found = complaints(executed(notebook_of(source), tmp_path))
    assert any(words in complaint for complaint in found), found


def test_there_are_lessons_to_run() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "00_start_here",
        "01_sliding_window",
        "02_stride",
        "03_padding",
        "04_dilation",
        "05_channels_and_dimensions",
        "06_pooling",
        "07_learning_a_kernel",
        "08_convolution_variants",
        "09_transposed_convolution",
        "10_reconstruction",
        "11_segmentation",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_says_first_how_to_run_it_and_where_to_begin_then(path: Path) -> None:
    opening = nbformat.read(path, as_version=4).cells[0].source
    assert "**Run > Run All Cells**" in opening
    assert "Then scroll back to the top." in opening  # JupyterLab jumps to the end


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_code_cell_has_at_most_twelve_lines(path: Path) -> None:
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert not [cell.id for cell in code if len(cell.source.splitlines()) > 12]


def lost(source: str) -> list[str]:
    """The figures and labs that a cell makes and nobody sees: Jupyter draws its last line only."""
    shown = {*widgets.__all__, *(name for name in vars(figures) if name.startswith("show_"))}
    calls = [each.value for each in ast.parse(source).body[:-1] if isinstance(each, ast.Expr)]
    names = [getattr(call.func, "id", "") for call in calls if isinstance(call, ast.Call)]
    return [name for name in names if name in shown]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_a_cell_shows_is_its_last_line(path: Path) -> None:
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert {cell.id: lost(cell.source) for cell in code if lost(cell.source)} == {}


def empty(cell: nbformat.NotebookNode) -> bool:
    """Whether a cell that waits for a guess has nothing to show."""
    shows = isinstance(ast.parse(cell.source).body[-1], ast.Expr) or "print(" in cell.source
    return "guess-first" in cell.metadata.get("tags", []) and not shows


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_folded_result_is_not_empty(path: Path) -> None:
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert not [cell.id for cell in code if empty(cell)]


def test_a_figure_that_nobody_sees_is_found() -> None:
    assert lost('show_pictures({"photo": photo})\nprint(1)') == ["show_pictures"]
    assert lost("stride_lab()\nbias_lab()") == ["stride_lab"]
    assert lost('question("stride_size")\nprint(1)') == ["question"]
    assert lost('shares = [1]\nprint(shares)\nshow_pictures({"photo": photo})') == []

"""Which results wait for a guess; how they fold on the page is tested in tests/browser."""

from pathlib import Path
from typing import Any

import nbformat
import pytest

from lessons_lib.reader.folding import TAG, fold_results, should_fold

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def test_a_tagged_cell_is_folded_the_first_time_only() -> None:
    metadata = {"cellId": "a cell of this test", "tags": ["other", TAG]}
    assert should_fold(metadata)
    assert not should_fold(metadata)


@pytest.mark.parametrize(
    "metadata", [{}, {"cellId": "no tags"}, {"cellId": "other", "tags": ["x"]}, {"tags": [TAG]}]
)
def test_other_cells_are_not_folded(metadata: dict[str, Any]) -> None:
    assert not should_fold(metadata)


def test_outside_jupyter_nothing_happens() -> None:
    fold_results()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_lesson_folds_its_results_and_no_lab(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    folded = [cell for cell in cells if TAG in cell.metadata.get("tags", [])]
    assert not folded or "\nfold_results()" in cells[0].source
    assert not [cell.source for cell in folded if "_lab(" in cell.source]

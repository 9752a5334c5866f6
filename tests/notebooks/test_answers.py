"""The answers to the exercises of the lessons that train, after a training that is only loaded.

Those of all other lessons run with their lesson, in test_notebooks.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks.in_process import crashes, fresh_names, run_cells
from tests.notebooks.lessons import NOTEBOOKS, answers, cells_that_train, read, without_training
from tests.notebooks.said import SAID

TRAINING = [path for path in NOTEBOOKS if cells_that_train(read(path))]

pytestmark = pytest.mark.notebooks


@pytest.mark.parametrize("path", TRAINING, ids=lambda path: path.stem)
def test_the_answers_to_the_exercises_say_what_the_text_says(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook = without_training(read(path))
    with fresh_names(tmp_path) as names:
        run_cells(notebook.cells, names)
        capsys.readouterr()
        for answer, words in zip(answers(notebook), SAID[path.stem], strict=True):
            run_cells([answer], names)
            assert capsys.readouterr().out.startswith(words), answer.source
        assert crashes() == []

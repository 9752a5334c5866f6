"""Every lesson runs clean with each bundled picture as the default."""

from __future__ import annotations

from pathlib import Path

import pytest

from lessons_lib.images import BUNDLED
from lessons_lib.reader.preferences import FALLBACK, VARIABLE
from lessons_lib.widgets import padding_lab
from tests.notebooks.in_process import crashes, fresh_names, refusals, run_cells
from tests.notebooks.lessons import NOTEBOOKS, read, without_training

OTHERS = [name for name in BUNDLED if name != FALLBACK]

pytestmark = pytest.mark.notebooks


@pytest.mark.parametrize("picture", OTHERS)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_lesson_runs_clean_with_another_default_picture(
    path: Path,
    picture: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(VARIABLE, picture)
    with fresh_names(tmp_path) as names:
        run_cells(without_training(read(path)).cells, names)
        assert crashes() == []
        assert refusals() == []
        assert capsys.readouterr().err == ""


def test_a_lab_that_opens_refused_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "chelsea")  # has 300 rows
    with fresh_names(tmp_path):
        _lab = padding_lab(padding=511, padding_mode="reflect")
        (found,) = refusals()
    assert found.startswith("Argument #4: Padding size should be less")

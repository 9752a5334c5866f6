"""A target that is hit counts as progress, one that is missed does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from lessons_lib.labs.stride_game import GAME
from lessons_lib.reader.progress import PROGRESS
from lessons_lib.widgets import stride_game
from tests.widgets.hand import browser_sets, control


def test_a_target_counts_when_it_is_hit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path))
    lab = stride_game(level=1, target=3)
    goal = GAME.goal(lab.params)
    assert goal
    stride = goal.settings["stride"]
    browser_sets(control(lab, "stride"), value=stride - 1)
    assert PROGRESS.record().games == {}
    browser_sets(control(lab, "stride"), value=stride)
    assert PROGRESS.record().games == {"stride_game": [1]}

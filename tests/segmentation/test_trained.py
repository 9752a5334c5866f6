"""The network that the lessons bring along is good; lesson 11 trains one that is as good."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from lessons_lib.segmentation import trained
from lessons_lib.segmentation.checkpoints import CheckpointError
from lessons_lib.segmentation.metrics import class_iou, mean_iou, pixel_accuracy
from lessons_lib.segmentation.network import small_fcn
from lessons_lib.segmentation.scenes import HELD_OUT, Scenes
from lessons_lib.segmentation.trained import SCENES, trained_fcn, trained_file
from lessons_lib.segmentation.training import evaluate


@pytest.fixture(scope="module")
def held_out() -> Scenes:
    """200 scenes that no training has seen."""
    return Scenes(200, HELD_OUT)


def test_the_network_of_the_lessons_is_good_on_scenes_it_has_never_seen(held_out: Scenes) -> None:
    confusion = evaluate(trained_fcn(), held_out)
    assert mean_iou(confusion) >= 0.85
    assert float(class_iou(confusion).min()) > 0.75
    assert pixel_accuracy(confusion) > 0.95


def test_an_untrained_network_is_not(held_out: Scenes) -> None:
    assert mean_iou(evaluate(small_fcn(), held_out)) < 0.3


def test_it_is_ready_to_predict_and_each_call_gives_a_new_one() -> None:
    first, second = trained_fcn(), trained_fcn()
    assert not first.training
    with torch.no_grad():
        first.score.weight.zero_()
    assert int(second.score.weight.count_nonzero()) > 0


def test_no_scene_that_is_learnt_from_is_one_that_is_measured_on() -> None:
    assert SCENES <= HELD_OUT


def test_a_missing_file_is_said_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trained, "assets_folder", lambda: tmp_path)
    with pytest.raises(CheckpointError, match=r"is missing: install the lessons again"):
        trained_fcn()


def test_the_file_is_small() -> None:
    assert trained_file().stat().st_size < 800_000

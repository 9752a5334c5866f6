"""What the segmentation lab shows while its network learns, and what ends or keeps a training."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from lessons_lib.images import Picture
from lessons_lib.kit import course as course_module
from lessons_lib.kit.course import Course, begun, lessons
from lessons_lib.kit.result import IllegalSettingError
from lessons_lib.labs import segmentation
from lessons_lib.labs.segmentation import SegmentationParams, compute, told, train
from lessons_lib.segmentation.network import FCN, class_scores
from lessons_lib.segmentation.scenes import CLASSES, HELD_OUT, draw_scene
from lessons_lib.widgets.lab.lab import Lab
from tests.labs.all_labs import written

pytestmark = pytest.mark.usefixtures("quick")
NOISE = torch.rand(1, 3, 37, 61, generator=torch.Generator().manual_seed(2))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at few scenes only."""
    for name, value in (("CHECKED", 2), ("MEASURED", 6), ("FINER", 2), ("CHECK_EVERY", 2)):
        monkeypatch.setattr(course_module, name, value)


def tiny(seed: int = 5) -> FCN:
    """A network that learns a step in no time, and sees 11 pixels down and across."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        body = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.ReLU(), nn.MaxPool2d(4))
    return FCN(body, 4, len(CLASSES), 8, seed)


def steps_of(params: SegmentationParams) -> list[Course]:
    return [each.found for each in train(params)]


def with_losses(losses: list[float], **settings: Any) -> SegmentationParams:
    params = SegmentationParams(network=tiny(), **settings)
    course = replace(segmentation.start_of(params), losses=torch.tensor([math.nan, *losses]))
    return replace(params, training=course)


# ---------------------------------------------------------------------------------- the training


def test_it_learns_with_the_seed_and_the_rate_of_the_lab() -> None:
    params = SegmentationParams(network=tiny(), seed=9, rate=0.02, steps=2)
    *_, alone = lessons(begun(tiny()), 9, 0.02, 2)
    assert torch.equal(steps_of(params)[-1].losses[1:], alone.losses[1:])


def test_it_goes_on_from_where_it_stands() -> None:
    params = SegmentationParams(network=tiny(), steps=4)
    whole = steps_of(params)
    rest = steps_of(replace(params, training=whole[1]))
    assert [each.step for each in rest[:2]] == [3, 4]
    assert torch.equal(rest[-1].losses[1:], whole[-1].losses[1:])


def test_its_progress_counts_to_the_last_step_that_is_asked_for_or_made() -> None:
    params = SegmentationParams(network=tiny(), steps=3)
    progress = list(train(params))
    assert [(each.step, each.steps) for each in progress[:3]] == [(1, 3), (2, 3), (3, 3)]
    assert [each.words for each in progress[3:]] == [
        f"mean IoU {progress[3].found.mean_iou:.3f}",
        "measured on 4 scenes",
        f"mean IoU {progress[5].found.mean_iou:.3f}",
    ]
    beyond = list(train(replace(params, training=progress[2].found, steps=1)))
    assert {(each.step, each.steps) for each in beyond} == {(3, 3)}


def test_a_training_that_diverges_says_so_on_the_bar_and_at_which_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    params = with_losses([2.5, 7.25], rate=0.5)
    assert params.training is not None
    lost = replace(params.training, trouble="It diverged.")
    monkeypatch.setattr(segmentation, "lessons", lambda *_: iter([lost]))
    assert [each.words for each in train(params)] == ["diverged"]
    with pytest.raises(IllegalSettingError, match=r"step 2: loss = 7\.25"):
        compute(replace(params, training=replace(lost, rate=0.5)))


@pytest.mark.parametrize("same", [{"scene": 4}, {"rate": 0.01}, {"steps": 100}, {"longest": 96}])
def test_what_is_looked_at_and_how_fast_it_learns_keep_what_was_learnt(
    same: dict[str, Any],
) -> None:
    lab = Lab(segmentation.LAB, network=tiny(), steps=50)
    lab.keep("training", steps_of(replace(lab.params, steps=1))[-1])
    kept = lab.params.training
    lab.set(**same)
    assert lab.params.training is kept
    lab.close()


def test_another_seed_start_or_network_forgets_what_was_learnt() -> None:
    for other in ({"seed": 9}, {"start": "trained"}, {"network": tiny(6)}):
        lab = Lab(segmentation.LAB, network=tiny(), steps=50)
        lab.keep("training", steps_of(replace(lab.params, steps=1))[-1])
        lab.set(**other)
        assert lab.params.training is None, other
        lab.close()


# ------------------------------------------------------------------------------------- the panes


def test_the_title_has_the_step_of_the_network_not_of_the_last_look() -> None:
    params = SegmentationParams(network=tiny(), steps=3)
    third = steps_of(params)[2]
    assert (third.step, third.checked_at) == (3, 2)
    result = compute(replace(params, training=third))
    assert result.pane("prediction").title == "prediction at step 3"
    assert compute(params).pane("prediction").title == "prediction"


def test_the_curves_are_named_and_have_room_for_all_steps() -> None:
    pane = compute(SegmentationParams(network=tiny(), steps=50)).pane("curves")
    assert (pane.labels, pane.across, pane.value_range) == (("loss", "mean IoU"), 51, (0.0, 1.5))
    assert pane.axes is not None
    assert pane.axes.roles == ("output", "kernel")
    beyond = compute(with_losses([1.0] * 4, steps=2)).pane("curves")
    assert beyond.across == 5


def test_the_axis_grows_with_the_losses_but_for_the_first_steps() -> None:
    first = compute(with_losses([9.0] * 19 + [0.5] * 3)).pane("curves")
    assert first.value_range == (0.0, 1.5)
    later = compute(with_losses([0.5] * 20 + [2.2, math.nan])).pane("curves")
    assert later.value_range == (0.0, 3.0)


def test_how_sure_it_is_goes_from_black_to_white() -> None:
    result = compute(
        SegmentationParams(network=tiny(), source="picture", picture=Picture("n", NOISE))
    )
    pane = result.pane("sure")
    assert (pane.table, pane.value_range) == ("grey", (0.0, 1.0))


def test_what_the_network_made_is_linked_with_the_picture_and_the_truth_is_not() -> None:
    settings: tuple[dict[str, Any], ...] = (
        {},
        {"source": "picture", "picture": Picture("n", NOISE)},
    )
    of_scene, of_picture = (
        compute(SegmentationParams(network=tiny(), **each)) for each in settings
    )
    assert [(each.output, each.source) for each in of_scene.links] == [("prediction", "input")]
    # the first link is the one that a place of the picture follows
    assert [each.output for each in of_picture.links] == ["prediction", "sure"]
    for result, (height, width) in ((of_scene, (96, 128)), (of_picture, (37, 61))):
        link = result.links[0]
        assert (len(link.rows), len(link.columns)) == (height, width)
        assert [int(link.rows[n, 2]) for n in (0, 17)] == [1, 0], "padding at the edge only"
        assert [int(link.columns[n, 2]) for n in (0, 30)] == [1, 0]
    line = written(of_picture.microscopes[-1].look(18, 30).line)
    assert line.endswith(f"; computed from {_seen(of_picture, 18, 30)} pixels of the picture")


def _seen(result: Any, row: int, column: int) -> str:
    tables = ((result.links[0].rows, row), (result.links[0].columns, column))
    return " × ".join(str(int(table[at, 1] - table[at, 0]) + 1) for table, at in tables)


def test_what_is_timed_is_the_pass_over_what_is_shown() -> None:
    network = tiny()
    result = compute(SegmentationParams(network=network, scene=3))
    assert result.layer is not None
    with torch.inference_mode():
        expected = class_scores(network, draw_scene(HELD_OUT + 3).image)
    torch.testing.assert_close(result.layer(), expected)


def test_the_cost_of_a_picture_is_that_of_its_padded_size() -> None:
    params = SegmentationParams(network=tiny(), source="picture")
    small, whole = (
        compute(replace(params, picture=Picture("n", torch.zeros(1, 3, *size)))).cost
        for size in ((37, 61), (40, 64))
    )
    assert small == whole


# ------------------------------------------------------------------------------------- the words


def sentence_of(rows: list[list[int]]) -> str:
    params = with_losses([])
    assert params.training is not None
    found = replace(params.training, confusion=torch.tensor(rows))
    return compute(replace(params, training=found)).sentence


def test_only_where_more_than_99_in_100_pixels_are_called_the_same_are_they_nearly_all() -> None:
    def rows(others: int) -> list[list[int]]:
        return [[980, 0, 0, 0, 0], [15 - others, others, 0, 0, 0], *([[1, 0, 0, 0, 0]] * 3)]

    assert "it calls nearly all pixels background" in sentence_of(rows(5))
    assert "worst is" in sentence_of(rows(12))


def test_a_class_that_is_nowhere_is_not_the_worst_and_not_in_the_mean() -> None:
    confusion = torch.tensor(
        [[70, 0, 0, 5, 0], [0, 0, 0, 0, 0], [0, 0, 9, 3, 0], [6, 0, 0, 12, 0], [0, 0, 0, 0, 0]]
    )
    course = replace(segmentation.start_of(SegmentationParams(network=tiny())), confusion=confusion)
    assert course.worst == 3
    mean, worst = (written(line) for line in told.formula(course))
    assert mean == "mean IoU = (background 0.86 + ring 0.75 + square 0.46) / 3 ≈ 0.692"
    assert worst == ("IoU of square = hits / (hits + missed + false) = 12 / (12 + 6 + 8) ≈ 0.462")


def test_a_class_that_is_never_hit_is_in_the_mean_with_0() -> None:
    confusion = torch.diag(torch.tensor([3, 0, 1, 1, 1]))
    confusion[1, 0] = 1
    course = replace(segmentation.start_of(SegmentationParams(network=tiny())), confusion=confusion)
    mean, worst = (written(line) for line in told.formula(course))
    assert "disc 0.00 + " in mean
    assert mean.endswith(" / 5 = 0.750")
    assert worst.endswith(" = 0 / (0 + 1 + 0) = 0.000")


def test_the_mistake_is_a_share_of_the_class_and_said_from_5_in_100_on() -> None:
    rows = [[900, 0, 0, 0, 0], [3, 80, 0, 17, 0], [0, 0, 99, 0, 0], [0, 0, 0, 99, 0], [0] * 4 + [9]]
    assert "worst is disc, IoU 0.80 (17 % of it taken for square)." in sentence_of(rows)


def test_shares_of_a_picture_are_told_from_the_largest_on_without_what_hardly_occurs() -> None:
    listed = told._listed
    assert (
        listed(torch.tensor([0.2, 0.0, 0.7, 0.096, 0.004]))
        == "70 % ring, 20 % background and 10 % square"
    )
    assert listed(torch.tensor([0.0, 1.0, 0.0, 0.0, 0.0])) == "100 % disc"


def test_the_program_asks_for_the_path_of_a_readers_own_picture_only() -> None:
    def program(name: str) -> str:
        picture = Picture(name, NOISE)
        return compute(SegmentationParams(network=tiny(), source="picture", picture=picture)).copied

    assert "give its path" in program("holiday.jpg (yours)")
    for name in ("chelsea", "zone plate"):
        assert "give its path" not in program(name)
        assert f"load_image({name!r}, max_side=61)" in program(name)
    assert "# network: your own" in program("chelsea")

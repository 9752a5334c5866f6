"""The panes and words of the upsampling lab, and what ends or keeps its trainings."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch

from lessons_lib.kit import course as course_module
from lessons_lib.kit.course import Course, lessons
from lessons_lib.kit.result import IllegalSettingError
from lessons_lib.labs import upsampling
from lessons_lib.labs.upsampling import UpsamplingParams, compute, goes_on, told, train
from lessons_lib.labs.upsampling.duel import Duel, start_of
from lessons_lib.widgets.lab.lab import Lab
from tests.labs.all_labs import written

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at few scenes only."""
    for name, value in (("CHECKED", 2), ("MEASURED", 6), ("FINER", 2), ("CHECK_EVERY", 2)):
        monkeypatch.setattr(course_module, name, value)


def course(losses: list[float], mean: float, at: int, scenes: int = 2, **more: Any) -> Course:
    """A training that was looked at once, with made up numbers."""
    start = start_of(4).bilinear
    given = torch.tensor([math.nan, *losses])
    return replace(start, losses=given, checks=((at, mean),), scenes=scenes, **more)


def shown(first: Course, second: Course, **settings: Any) -> Any:
    return compute(UpsamplingParams(seed=4, training=Duel(first, second), **settings))


def test_every_map_of_numbers_has_the_colours_of_its_own_range() -> None:
    result = compute(UpsamplingParams(seed=5, scene=9, shape="ring"))
    maps = [pane for pane in result.panes if pane.kind == "map"]
    assert len(maps) == 6
    for pane in maps:
        reach = float(pane.values.abs().max())
        assert pane.value_range == pytest.approx((-reach, reach)), pane.name
        assert pane.table == "signed"


def test_the_curves_are_those_of_the_losses_or_of_the_means_and_say_so() -> None:
    first, second = course([1.0, 2.5, math.nan], 0.4, 2), course([1.0, 3.25, 0.5], 0.5, 2)
    losses = shown(first, second, curve="losses", steps=50).pane("curves")
    assert (losses.title, losses.note, losses.value_range) == ("loss", "", (0.0, 4.0))
    means = shown(first, second, steps=50).pane("curves")
    assert (means.title, means.value_range) == ("mean IoU", (0.0, 1.0))
    assert "held-out scenes" in means.note
    small = shown(course([1.0], 0.4, 1), course([1.5], 0.4, 1), curve="losses", steps=1)
    assert small.pane("curves").value_range == (0.0, 2.0)
    for pane in (losses, means):
        assert pane.labels == ("bilinear", "random")
        assert pane.across == 51
    assert shown(first, second, steps=2).pane("curves").across == 4, "it is beyond that"


def test_the_losses_of_both_are_told_where_one_has_diverged() -> None:
    lost = Duel(course([1.25], 0.4, 1, rate=0.9), course([7.5], 0.4, 1, trouble="Lost.", rate=0.9))
    params = UpsamplingParams(seed=4, rate=0.9, training=lost)
    with pytest.raises(IllegalSettingError, match=r"step 1: losses 1\.25, 7\.5"):
        compute(params)
    assert told.words(lost) == "diverged"


def test_the_words_on_the_bar_say_what_is_measured_and_how_far_both_are() -> None:
    both = course([1.0], 0.25, 1), course([1.0], 0.5, 1)
    assert told.words(Duel(*both)) == "mean IoU 0.250, 0.500"
    measuring = (replace(each, scenes=4) for each in both)
    assert told.words(Duel(*measuring)) == "measured on 4 scenes"


def test_a_look_at_an_earlier_step_is_said_to_be_one() -> None:
    first, second = course([1.0] * 3, 0.25, 2), course([1.0] * 3, 0.5, 2)
    sentence = shown(first, second).sentence
    assert "mean IoU 0.250 and 0.500 on 2 held-out scenes at step 2. " in sentence
    assert sentence.startswith("After 3 steps the random start is ahead by 0.250: ")
    now = shown(*(replace(each, checks=((3, each.mean_iou),)) for each in (first, second)))
    assert "on 2 held-out scenes. " in now.sentence


@pytest.mark.parametrize(
    ("means", "line"),
    [
        ((0.5, 0.25), "mean IoU: bilinear 0.500 − random 0.250 = +0.250"),
        ((0.25, 0.5), "mean IoU: bilinear 0.250 − random 0.500 = −0.250"),
        ((0.3004, 0.2996), "mean IoU: bilinear 0.300 − random 0.300 ≈ +0.001"),
    ],
)
def test_the_difference_has_its_sign_and_is_equal_only_where_the_printed_numbers_are(
    means: tuple[float, float], line: str
) -> None:
    duel = Duel(*(course([1.0], mean, 1) for mean in means))
    assert written(told.difference(duel)) == line


def test_both_must_be_measured_before_nothing_is_left_to_do() -> None:
    done, half = course([1.0], 0.25, 1, 6), course([1.0], 0.25, 1, 4)
    for both, more in (((done, done), False), ((half, done), True), ((done, half), True)):
        assert goes_on(UpsamplingParams(steps=1, training=Duel(*both))) == more


def test_both_learn_at_the_rate_of_the_lab_and_go_on_from_where_they_stand() -> None:
    params = UpsamplingParams(seed=4, rate=0.02, steps=3)
    found = [each.found for each in train(params)]
    for start, end in zip(start_of(4).both, found[-1].both, strict=True):
        *_, alone = lessons(start, 4, 0.02, 3)
        assert torch.equal(alone.losses[1:], end.losses[1:])
    rest = list(train(replace(params, training=found[1])))
    assert (rest[0].step, rest[0].steps) == (3, 3)
    assert torch.equal(rest[-1].found.random.losses[1:], found[-1].random.losses[1:])
    beyond = next(train(replace(params, training=found[2], steps=1)))
    assert (beyond.step, beyond.steps) == (3, 3)


def test_another_seed_or_a_layer_that_is_to_stay_forgets_what_was_learnt() -> None:
    duel = Duel(course([1.0], 0.25, 1), course([1.0], 0.5, 1))
    for other, keeps in (
        ({"seed": 9}, False),
        ({"frozen": True}, False),
        ({"scene": 4}, True),
        ({"rate": 0.01}, True),
        ({"show": "predictions"}, True),
    ):
        lab = Lab(upsampling.LAB, seed=4)
        lab.keep("training", duel)
        lab.set(**other)
        assert (lab.params.training is duel) == keeps, other
        lab.close()


def test_another_rate_begins_anew_after_both_were_lost_at_this_one() -> None:
    lost = course([1.0], 0.25, 1, trouble="Lost.", rate=0.9)
    params = UpsamplingParams(seed=4, rate=0.01, training=Duel(lost, lost))
    assert compute(params).sentence.startswith("Nothing is learned yet")

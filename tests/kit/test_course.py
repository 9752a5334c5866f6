"""Where a training of a segmentation stands: it goes on, is looked at, and stays as it was told."""

from __future__ import annotations

import gc
import math
import weakref
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from lessons_lib.kit import course as course_module
from lessons_lib.kit.course import (
    BATCH,
    CHECKED,
    MEASURED,
    RATE,
    Course,
    begun,
    begun_with,
    held_out_scenes,
    lessons,
    measured,
    training_scenes,
    written,
)
from lessons_lib.segmentation.metrics import mean_iou
from lessons_lib.segmentation.network import FCN, small_fcn
from lessons_lib.segmentation.scenes import CLASSES, HELD_OUT, Scenes
from lessons_lib.segmentation.training import TrainingStep, evaluate, training_steps

FEW = Scenes(7, HELD_OUT)


def tiny(seed: int = 3) -> FCN:
    """A network that learns a step in no time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        body = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.ReLU(), nn.MaxPool2d(4))
    return FCN(body, 4, len(CLASSES), 8, seed)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at few scenes only."""
    monkeypatch.setattr(course_module, "held_out_scenes", lambda: FEW)
    monkeypatch.setattr(course_module, "CHECKED", 3)
    monkeypatch.setattr(course_module, "MEASURED", 7)
    monkeypatch.setattr(course_module, "FINER", 2)
    monkeypatch.setattr(course_module, "CHECK_EVERY", 2)


def last_of(steps: Iterator[Course]) -> Course:
    *_, last = steps
    return last


def weights(network: FCN) -> torch.Tensor:
    return torch.cat([each.detach().flatten() for each in network.parameters()])


@pytest.mark.usefixtures("quick")
def test_it_trains_as_the_readable_module_does() -> None:
    network = tiny()
    steps = list(
        training_steps(
            network,
            training_scenes(),
            5,
            batch_size=BATCH,
            learning_rate=0.02,
            seed=4,
            device="cpu",
        )
    )
    course = last_of(lessons(begun(tiny()), 4, 0.02, 5))
    assert course.losses[1:].tolist() == pytest.approx([step.loss for step in steps], rel=1e-4)
    assert course.losses[0].isnan()
    torch.testing.assert_close(weights(course.network), weights(network), rtol=1e-3, atol=1e-5)


@pytest.mark.usefixtures("quick")
def test_looks_are_taken_now_and_then_and_at_the_end_at_all() -> None:
    courses = list(lessons(begun(tiny()), 4, 0.02, 5))
    assert [(each.step, each.checked_at, each.scenes) for each in courses] == [
        (1, 0, 3),
        (2, 2, 3),
        (3, 2, 3),
        (4, 4, 3),
        (5, 4, 3),
        (5, 5, 2),
        (5, 5, 4),
        (5, 5, 6),
        (5, 5, 7),
    ]
    assert [each.is_measured for each in courses] == [False] * 8 + [True]
    last = courses[-1]
    assert last.mean_iou == mean_iou(evaluate(last.network, FEW))
    assert [step for step, _ in last.checks] == [0, 2, 4, 5]
    known = dict(last.checks)
    assert last.means[[0, 2, 4, 5]].tolist() == pytest.approx(list(known.values()))
    assert float(last.means[3]) == pytest.approx((known[2] + known[4]) / 2)
    assert courses[2].means[3].isnan(), "nobody has looked since step 2"


@pytest.mark.usefixtures("quick")
def test_what_was_told_stays_as_it_was_though_the_network_learns_on() -> None:
    start = begun(tiny())
    before = weights(start.network)
    courses, seen = [], []
    for each in lessons(start, 4, 0.05, 3):
        courses.append(each)
        seen.append(weights(each.network))
    assert torch.equal(weights(start.network), before)
    assert not torch.equal(seen[0], seen[1])
    for each, was in zip(courses, seen, strict=True):
        assert torch.equal(weights(each.network), was)
        assert not any(part.requires_grad for part in each.network.parameters())


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("stopped", [1, 2, 3])
def test_a_stopped_training_goes_on_as_if_it_had_not_stopped(stopped: int) -> None:
    steps = list(lessons(begun(tiny()), 4, 0.02, 5))
    resumed = last_of(lessons(steps[stopped], 4, 0.02, 5))
    assert torch.equal(weights(resumed.network), weights(steps[-1].network))
    assert torch.equal(resumed.losses[1:], steps[-1].losses[1:])
    assert torch.equal(resumed.confusion, steps[-1].confusion)


@pytest.mark.usefixtures("quick")
def test_measuring_that_was_stopped_goes_on_with_the_scenes_that_are_missing() -> None:
    steps = list(lessons(begun(tiny()), 4, 0.02, 2))
    half = steps[-2]
    assert (half.step, half.scenes, half.is_measured) == (2, 5, False)
    (last,) = lessons(half, 4, 0.02, 2)
    assert torch.equal(last.confusion, steps[-1].confusion)
    assert list(lessons(last, 4, 0.02, 1)) == [], "nothing is left to do"


@pytest.mark.usefixtures("quick")
def test_drawn_scenes_are_shared_and_go_with_the_last_course() -> None:
    gc.collect()
    first, second = lessons(begun(tiny()), 4, 0.02, 3), lessons(begun(tiny(7)), 5, 0.02, 3)
    one, other = next(first), next(second)
    assert one.data is other.data is training_scenes()
    assert next(lessons(one, 4, 0.02, 3)).data is one.data
    kept = weakref.ref(training_scenes())
    first.close()  # type: ignore[attr-defined]  # a generator
    del first, one
    gc.collect()
    assert kept() is other.data
    second.close()  # type: ignore[attr-defined]
    del second, other
    gc.collect()
    assert kept() is None


@pytest.mark.usefixtures("quick")
def test_a_frozen_layer_stays_and_the_others_learn() -> None:
    start = begun(tiny())
    course = last_of(lessons(start, 4, 0.02, 3, frozen=True))
    assert torch.equal(course.network.enlarge.weight, start.network.enlarge.weight)
    assert not torch.equal(course.network.score.weight, start.network.score.weight)
    freely = last_of(lessons(start, 4, 0.02, 3))
    assert not torch.equal(freely.network.enlarge.weight, start.network.enlarge.weight)


@pytest.mark.usefixtures("quick")
def test_a_training_that_diverges_ends_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(network: FCN, *_: Any, **__: Any) -> Iterator[TrainingStep]:
        yield TrainingStep(1, 2.5, memory={})
        yield TrainingStep(1, math.nan, "It diverged.", {})

    monkeypatch.setattr(course_module, "training_steps", lost)
    first, last = lessons(begun(tiny()), 4, 0.02, 5)
    assert (first.trouble, last.trouble) == ("", "It diverged.")
    assert (last.step, last.rate) == (1, 0.02)
    assert list(lessons(last, 4, 0.02, 5)) == []
    at_once = TrainingStep(1, math.nan, "It diverged.", {})
    monkeypatch.setattr(course_module, "training_steps", lambda *_, **__: iter([at_once]))
    (only,) = lessons(begun(tiny()), 4, 0.75, 5)
    assert (only.step, only.rate) == (0, 0.75), "the rate that led there"


def test_the_usual_settings_are_those_of_the_training() -> None:
    assert (BATCH, RATE) == (8, 0.005)
    assert (held_out_scenes().first, len(held_out_scenes())) == (HELD_OUT, MEASURED)
    assert training_scenes().first + len(training_scenes()) <= HELD_OUT
    assert CHECKED < MEASURED


@pytest.mark.usefixtures("quick")
def test_a_readers_network_is_looked_at_anew_only_when_it_has_changed() -> None:
    network = tiny()
    first = begun_with(network)
    assert begun_with(network) is first
    with torch.no_grad():
        network.score.get_parameter("bias").add_(torch.tensor([0.0, 9.0, 0.0, 0.0, 0.0]))
    second = begun_with(network)
    assert second is not first
    assert torch.equal(second.confusion, measured(network, range(3)))
    assert int(second.confusion[:, 1].sum()) == int(second.confusion.sum()), "all is called disc"
    gone = weakref.ref(network)
    del network
    gc.collect()
    assert gone() is None, "a known network is not kept"


@pytest.mark.usefixtures("quick")
def test_a_network_whose_weights_were_replaced_is_looked_at_anew() -> None:
    network = tiny()
    begun_with(network)
    for number in (2, 4):
        bias = torch.zeros(len(CLASSES))
        bias[number] = 99.0
        network.score.bias = nn.Parameter(bias)
        network.enlarge.weight = nn.Parameter(network.enlarge.weight.detach().abs())
        confusion = begun_with(network).confusion
        assert int(confusion[:, number].sum()) == int(confusion.sum())


def test_the_written_training_comes_to_the_same_losses() -> None:
    names: dict[str, Any] = {"network": small_fcn(6), "scenes": training_scenes()}
    imports = "import torch\nfrom torch import nn\n"
    rate = "from lessons_lib.segmentation.training import scheduled_rate\n"
    exec(imports + rate + "\n".join(written(6, 0.004, 3)), names)
    steps = training_steps(
        small_fcn(6), training_scenes(), 3, learning_rate=0.004, batch_size=BATCH, seed=6
    )
    *_, last = steps
    assert names["loss"].item() == pytest.approx(last.loss, rel=1e-3)


@pytest.mark.usefixtures("quick")
def test_what_was_measured_before_the_newest_step_is_measured_no_more() -> None:
    *_, half, last = lessons(begun(tiny()), 4, 0.02, 2)
    assert (half.is_measuring, last.is_measured) == (True, True)
    for each in (half, last):
        further = replace(each, losses=torch.cat([each.losses, torch.tensor([0.5])]))
        known = further.is_checked, further.is_measuring, further.is_measured
        assert known == (False, False, False)


def test_a_look_does_not_change_the_course() -> None:
    start = begun(tiny())
    other = replace(start, losses=torch.tensor([math.nan, 0.5]))
    looked = other.look()
    assert (other.checked_at, looked.checked_at) == (0, 1)
    assert looked.is_checked
    assert torch.equal(looked.confusion, start.confusion), "the same network, the same scenes"

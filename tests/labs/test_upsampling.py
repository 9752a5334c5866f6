"""The upsampling lab trains two networks alike, and only what enlarges begins otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lessons_lib.kernels import bilinear_kernel
from lessons_lib.kit import course as course_module
from lessons_lib.kit.result import IllegalSettingError, Result
from lessons_lib.labs import upsampling
from lessons_lib.labs.upsampling import UpsamplingParams, compute, goes_on, train
from lessons_lib.labs.upsampling.duel import Duel, start_of
from lessons_lib.segmentation.network import FCN, predict, small_fcn
from lessons_lib.segmentation.scenes import CLASSES, HELD_OUT, draw_scene
from tests.labs.all_labs import coded_layer, written

NAMES = ("bilinear", "random")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at few scenes only."""
    for name, value in (("CHECKED", 2), ("MEASURED", 4), ("FINER", 2), ("CHECK_EVERY", 2)):
        monkeypatch.setattr(course_module, name, value)


def duels(params: UpsamplingParams) -> list[Duel]:
    return [each.found for each in train(params)]


def body_and_score(network: FCN) -> torch.Tensor:
    parts = (*network.body.parameters(), *network.score.parameters())
    return torch.cat([each.detach().flatten() for each in parts])


@pytest.mark.parametrize("seed", [3, 8])
def test_both_begin_alike_but_for_the_layer_that_enlarges(seed: int) -> None:
    duel = start_of(seed)
    first, second = (each.network for each in duel.both)
    assert torch.equal(body_and_score(first), body_and_score(second))
    assert torch.equal(body_and_score(first), body_and_score(small_fcn(seed)))
    assert torch.equal(first.enlarge.weight[2, 2], bilinear_kernel(8, 1)[0, 0])
    assert not first.enlarge.weight[2, 3].any()
    assert second.enlarge.weight[2, 3].all()


@pytest.mark.parametrize("shape", ["background", "ring"])
def test_before_the_first_step_it_shows_what_each_layer_makes_of_the_same_scores(
    shape: str,
) -> None:
    result = compute(UpsamplingParams(seed=5, scene=9, shape=shape))
    number = CLASSES.index(shape)
    network = small_fcn(5)
    coarse = network.score(network.body(draw_scene(HELD_OUT + 9).image)).detach()
    for name in NAMES:
        torch.testing.assert_close(result.pane(f"coarse_{name}").values, coarse[0, number])
    assert "random (by Xavier's rule)" in result.sentence
    smooth = F.interpolate(coarse, scale_factor=8, mode="bilinear")[0, number]
    shown = result.pane("enlarged_bilinear").values
    # at the border a transposed layer stamps less; lesson 10
    torch.testing.assert_close(shown[8:-8, 8:-8], smooth[8:-8, 8:-8], rtol=1e-4, atol=1e-4)
    layer = small_fcn(5, "random").enlarge
    torch.testing.assert_close(result.pane("enlarged_random").values, layer(coarse)[0, number])
    assert torch.equal(result.pane("kernel_random").values, layer.weight[number, number])


def test_the_sentence_measures_how_rough_the_enlarged_scores_are() -> None:
    result = compute(UpsamplingParams(seed=4, shape="square"))
    told = [float(text) for text in re.findall(r"by ([\d.]+) %", result.sentence)]
    for name, share in zip(NAMES, told, strict=True):
        scores = result.pane(f"enlarged_{name}").values
        steps = (scores[:, 1:] - scores[:, :-1]).abs().mean() / (scores.max() - scores.min())
        assert share == pytest.approx(100 * float(steps), abs=0.06)
    assert told[1] > 3 * told[0], "the random layer's are much rougher"


def test_the_enlarged_scores_are_linked_to_those_they_are_made_of() -> None:
    result = compute(UpsamplingParams())
    pixel = (41, 77)
    for name in NAMES:
        (link,) = (each for each in result.links if each.output == f"enlarged_{name}")
        coarse = torch.zeros(1, 5, 12, 16, requires_grad=True)
        layer = coded_layer(result.code)
        layer(coarse)[0, :, pixel[0], pixel[1]].sum().backward()
        assert coarse.grad is not None
        rows, columns = link.rows[pixel[0]], link.columns[pixel[1]]
        named = torch.zeros(12, 16, dtype=torch.bool)
        named[rows[rows >= 0][:, None], columns[columns >= 0]] = True
        assert torch.equal(named, coarse.grad[0, 0] != 0)
        assert link.source == f"coarse_{name}"


def test_what_they_say_stands_beside_the_scene() -> None:
    result = compute(UpsamplingParams(seed=5, scene=9, show="predictions"))
    scene = draw_scene(HELD_OUT + 9)
    assert torch.equal(result.pane("input").values, (255 * scene.image[0]).round().byte())
    told = re.findall(r"([\d.]+) %", result.sentence)
    for name, share in zip(NAMES, told, strict=True):
        right = (result.pane(f"prediction_{name}").values == scene.labels).double().mean()
        assert share == f"{100 * float(right):.1f}"
    for name, start in zip(NAMES, ("bilinear", "random"), strict=True):
        expected = predict(small_fcn(5, start), scene.image)[0]  # type: ignore[arg-type]  # two words
        assert torch.equal(result.pane(f"prediction_{name}").values, expected)


@pytest.mark.usefixtures("quick")
def test_both_learn_from_the_same_pictures_step_by_step() -> None:
    found = duels(UpsamplingParams(seed=4, steps=3))
    assert [each.step for each in found] == [1, 2, 3, 3, 3]
    for each in found:
        assert each.bilinear.step == each.random.step
    first, second = (network.step for network in found[-1].both)
    assert first == second == 3
    # each by itself learns the same
    for name, course in zip(NAMES, found[-1].both, strict=True):
        start = getattr(start_of(4), name)
        alone = list(course_module.lessons(start, 4, course_module.RATE, 3))[-1]
        assert torch.equal(alone.losses[1:], course.losses[1:])
        assert torch.equal(alone.confusion, course.confusion)


@pytest.mark.usefixtures("quick")
def test_the_sentence_says_who_is_ahead_by_how_much() -> None:
    params = UpsamplingParams(seed=4, steps=2)
    duel = duels(params)[-1]
    for first, second, words in (
        (0.5, 0.25, "After 2 steps the bilinear start is ahead by 0.250: mean IoU 0.500 and 0.250"),
        (0.25, 0.5, "After 2 steps the random start is ahead by 0.250: mean IoU 0.250 and 0.500"),
        (0.5, 0.503, "After 2 steps the two are level: mean IoU 0.500 and 0.503"),
        (0.142, 0.03, "After 2 steps neither has found the shapes yet: mean IoU 0.142 and 0.030"),
    ):
        both = (
            replace(each, checks=((0, 0.1), (2, value)))
            for each, value in zip(duel.both, (first, second), strict=True)
        )
        result = compute(replace(params, training=Duel(*both)))
        assert result.sentence.startswith(f"{words} on 4 held-out scenes.")
        line = written(result.formula[-1])
        assert line.startswith(f"mean IoU: bilinear {first:.3f} − random {second:.3f} = ")
        assert float(line.split()[-1].replace("−", "-")) == pytest.approx(first - second)


@pytest.mark.usefixtures("quick")
def test_curves_are_those_of_both() -> None:
    params = UpsamplingParams(seed=4, steps=2)
    params = replace(params, training=duels(params)[-1])
    duel = params.training
    assert duel is not None
    means = compute(params).pane("curves").values
    torch.testing.assert_close(means, torch.stack([each.means for each in duel.both]))
    losses = compute(replace(params, curve="losses")).pane("curves").values
    assert torch.equal(losses[:, 1:], torch.stack([each.losses[1:] for each in duel.both]))


@pytest.mark.usefixtures("quick")
def test_a_frozen_bilinear_layer_stays_and_the_random_one_learns() -> None:
    start, end = start_of(4), duels(UpsamplingParams(seed=4, steps=2, frozen=True))[-1]
    for name, stays in zip(NAMES, (True, False), strict=True):
        before, after = (getattr(each, name).network.enlarge.weight for each in (start, end))
        assert torch.equal(before, after) == stays


@pytest.mark.usefixtures("quick")
def test_it_goes_on_while_there_are_steps_or_scenes_left() -> None:
    params = UpsamplingParams(seed=4, steps=2)
    assert not goes_on(params)
    found = [replace(params, training=each) for each in duels(params)]
    assert [goes_on(each) for each in found] == [True] * (len(found) - 1) + [False]
    resumed = duels(replace(params, training=found[0].training))[-1]
    last = found[-1].training
    assert last is not None
    for one, other in zip(resumed.both, last.both, strict=True):
        assert torch.equal(one.losses[1:], other.losses[1:])
        assert torch.equal(one.network.enlarge.weight, other.network.enlarge.weight)


@pytest.mark.usefixtures("quick")
def test_where_one_has_diverged_both_are_stopped_with_a_rate_that_goes() -> None:
    params = UpsamplingParams(seed=4, rate=1.0)
    duel = start_of(4)
    lost = Duel(duel.bilinear, replace(duel.random, trouble="It diverged."))
    stuck = replace(params, training=replace(lost, bilinear=replace(lost.bilinear, rate=1.0)))
    with pytest.raises(IllegalSettingError, match="a rate of 1 ") as caught:
        compute(stuck)
    assert not goes_on(stuck)
    compute(replace(stuck, **caught.value.nearest))
    compute(replace(stuck, rate=0.5))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("frozen", [False, True])
def test_the_copied_program_comes_to_the_same_losses(frozen: bool) -> None:
    params = UpsamplingParams(seed=6, steps=2, frozen=frozen)
    printed: list[tuple[Any, ...]] = []
    program = compute(params).copied.replace("Scenes(4,", "Scenes(3,")
    exec(program, {"print": lambda *values: printed.append(values)})
    duel = list(_first(train(params), 2))[-1].found
    assert [values[0] for values in printed] == list(NAMES)
    for values, course in zip(printed, duel.both, strict=True):
        assert values[1] == pytest.approx(course.loss, rel=1e-3)


def _first(steps: Iterator[Any], count: int) -> Iterator[Any]:
    yield from (each for each, _ in zip(steps, range(count), strict=False))


def test_the_line_makes_the_layer() -> None:
    result: Result = compute(UpsamplingParams())
    layer = coded_layer(result.code)
    assert isinstance(layer, nn.ConvTranspose2d)
    assert layer.weight.shape == start_of(3).random.network.enlarge.weight.shape
    assert upsampling.LAB.params is UpsamplingParams

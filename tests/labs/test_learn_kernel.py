"""The lab of learning a kernel shows what lessons_lib.training computes, and says what it means."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from lessons_lib.images import Picture, load_picture
from lessons_lib.kernels import fresh_layer, named_kernel, photo_weight, seeded_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Work
from lessons_lib.kit.result import IllegalSettingError
from lessons_lib.labs import learn_kernel
from lessons_lib.labs.learn_kernel import Learned, LearnKernelParams, compute, legal_rate
from lessons_lib.labs.learn_kernel.task import SOURCES
from lessons_lib.machine.threads import one_core
from lessons_lib.training import LearningStep, learning_steps, loss_valley
from tests.labs.all_labs import small_pictures, written

EDGES: dict[str, Any] = {"data": "edge", "hidden": "edge", "loss": "sum", "rate": 0.03, "steps": 10}


def start(**settings: Any) -> LearnKernelParams:
    """The lab's start on 30 x 45 pixels of a photo."""
    return LearnKernelParams(**{"picture": small_pictures()[0], **settings})


def learned(params: LearnKernelParams) -> LearnKernelParams:
    """The same after all its steps."""
    *_, last = learn_kernel.learn(params)
    return replace(params, learning=last.found)


def found(params: LearnKernelParams) -> Learned:
    assert params.learning is not None
    return params.learning


@pytest.mark.parametrize("optimizer", ["gradient_descent", "adam", "lbfgs"])
@pytest.mark.parametrize("bias", [False, True])
def test_it_learns_as_the_readable_module_does(optimizer: str, bias: bool) -> None:
    count = 3 if optimizer == "lbfgs" else 10  # near the end L-BFGS follows the rounding
    params = start(optimizer=optimizer, bias=bias, steps=count, seed=5, hidden="emboss")
    image, target = photo.fast_image(params.picture), photo_weight(named_kernel("emboss"))
    with one_core():  # as the lab learns; else L-BFGS rounds another way
        steps = list(
            learning_steps(
                fresh_layer(5, bias=bias),
                image,
                F.conv2d(image, target),
                count,
                params.rate,
                optimizer=optimizer,
                loss="mean",
                target=target,
            )
        )
    result = compute(learned(params))
    close = 2e-2 if optimizer == "lbfgs" else 1e-5
    for name, expected in (
        ("target", target[0]),
        ("present", steps[-1].kernel[0]),
        ("difference", steps[-1].kernel[0] - target[0]),
    ):
        torch.testing.assert_close(result.pane(name).values, expected, rtol=1e-4, atol=close)
    losses, errors = result.pane("curves").values
    torch.testing.assert_close(
        losses, torch.tensor([step.loss for step in steps]), rtol=1e-3, atol=close
    )
    torch.testing.assert_close(
        errors, torch.tensor([step.error for step in steps]), rtol=1e-3, atol=close
    )
    assert result.pane("present").title == f"kernel at step {count}"
    assert result.pane("present").note.startswith("bias ") == bias


def test_before_the_first_step_it_shows_the_start() -> None:
    result = compute(start(seed=8))
    assert torch.equal(result.pane("present").values, fresh_layer(8, bias=False).weight[0].detach())
    assert result.pane("curves").values.shape == (2, 1)
    assert result.sentence.startswith("Nothing is learned yet: ")
    zeros = compute(start(seed=8, start="zeros"))
    assert not zeros.pane("present").values.any()


def test_the_first_step_of_the_learning_is_what_was_shown_before() -> None:
    for settings in ({}, {"loss": "sum"}, {"start": "zeros", "bias": True}, {"data": "grey"}):
        params = start(**settings)
        shown = compute(params)
        first = next(iter(learn_kernel.learn(params)))
        after = compute(replace(params, learning=first.found))
        for name in ("present", "difference", "curves"):
            torch.testing.assert_close(after.pane(name).values, shown.pane(name).values)


def test_a_stopped_learning_goes_on_as_if_it_had_not_stopped() -> None:
    params = start(steps=50, optimizer="adam")
    steps = [each.found for each in learn_kernel.learn(params)]
    resumed = replace(params, learning=steps[20])
    assert learn_kernel.goes_on(resumed)
    ended = learned(resumed)
    assert torch.equal(found(ended).last.kernel, steps[-1].last.kernel)
    assert torch.equal(found(ended).losses, steps[-1].losses)
    assert not learn_kernel.goes_on(ended)
    assert learn_kernel.goes_on(replace(ended, steps=100)), "more steps were asked for"


def test_another_rate_goes_on_from_the_present_kernel() -> None:
    params = start(steps=20)
    half = [each.found for each in learn_kernel.learn(params)][10]
    slower = replace(params, rate=0.01, learning=half)
    assert learn_kernel.goes_on(slower)
    first = next(iter(learn_kernel.learn(slower))).found
    assert first.last.step == 11
    assert torch.equal(first.errors[:11], half.errors)
    moved = [
        (each.last.kernel - half.last.kernel).abs().max()
        for each in (first, found(learned(replace(params, steps=11))))
    ]
    assert float(moved[0]) == pytest.approx(0.1 * float(moved[1]), rel=1e-3)


# -------------------------------------------------------------------------------- too fast


def test_a_rate_that_is_too_high_is_told_before_and_explained_after() -> None:
    params = start(rate=0.5)
    limit = loss_valley(params.picture.image, (3, 3)).learning_rate_limit("mean")
    assert limit < 0.5
    assert "is above the limit" in compute(params).sentence
    steps = [each.found for each in learn_kernel.learn(params)]
    grown = compute(replace(params, learning=steps[8]))
    assert "it has grown" in grown.sentence
    value_range = grown.pane("curves").value_range
    assert value_range is not None
    assert value_range[1] >= float(steps[8].losses.max())
    lost = replace(params, learning=steps[-1])
    with pytest.raises(IllegalSettingError) as caught:
        compute(lost)
    error = caught.value
    assert error.message == f"step {steps[-1].last.step}: loss = inf"
    assert "2 divided by the largest curvature" in error.explanation
    assert error.title == "the learning has diverged"
    assert 0.74 * limit < error.nearest["rate"] < limit
    cured = replace(lost, **error.nearest)
    assert cured.learning is None
    assert "above the limit" not in compute(cured).sentence
    assert found(learned(cured)).last.trouble == ""


def test_after_it_was_lost_another_rate_begins_anew() -> None:
    lost = learned(start(rate=0.5))
    assert not learn_kernel.goes_on(lost)
    slower = replace(lost, rate=0.05)
    assert compute(slower).sentence.startswith("Nothing is learned yet")
    assert not learn_kernel.goes_on(slower)


@pytest.mark.parametrize("limit", [0.1236, 0.12, 3.02e-7, 4.8e-7, 2.0, 55.0, math.inf, 1.04e-8])
def test_the_nearest_legal_rate_is_just_below_the_limit_and_on_the_slider(limit: float) -> None:
    rate = legal_rate(limit)
    assert learn_kernel.SLOWEST <= rate <= learn_kernel.FASTEST
    assert rate < limit
    assert rate >= 0.74 * min(limit, 10) or rate == learn_kernel.SLOWEST


@pytest.mark.parametrize("data", SOURCES)
@pytest.mark.parametrize("loss", ["sum", "mean"])
def test_the_limit_that_is_told_is_where_it_turns(data: str, loss: str) -> None:
    params = start(data=data, loss=loss, steps=1000, hidden="own", bias=True)
    limit = learn_kernel.task_of(params).valley.learning_rate_limit(loss)
    assert found(learned(replace(params, rate=0.97 * limit))).last.trouble == ""
    assert found(learned(replace(params, rate=1.2 * limit))).last.trouble != ""


# -------------------------------------------------------------------------------- what is said


def test_the_two_edges_are_learnt_in_ten_steps() -> None:
    params = learned(start(**EDGES))
    assert found(params).last.error < 0.1
    assert "the kernel is nearly found" in compute(params).sentence
    assert compute(params).pane("target").values.tolist() == [[[1.0, -1.0]]]


@pytest.mark.parametrize("name", ["lena", "chelsea", "coffee", "astronaut"])
def test_on_each_photo_a_small_loss_is_not_a_found_kernel(name: str) -> None:
    params = learned(LearnKernelParams(picture=load_picture(name)))
    assert found(params).last.error > 0.1
    sentence = compute(params).sentence
    assert "of the loss is left, yet a weight is up to" in sentence
    assert "it is not the kernel" in sentence


def test_l_bfgs_finds_it_on_the_lessons_photo_and_says_so() -> None:
    params = learned(LearnKernelParams(picture=load_picture("lena"), optimizer="lbfgs", steps=20))
    assert found(params).last.error < 0.01
    assert "the kernel is found: no weight is more than 0.00" in compute(params).sentence
    assert "condition number 314" in written(compute(params).formula[1])


def test_on_noise_plain_descent_finds_it() -> None:
    params = learned(start(data="noise", rate=0.5, steps=50))
    assert found(params).last.error < 1e-3
    assert "nearly round" in compute(params).sentence


def test_a_flat_picture_says_what_cannot_be_known() -> None:
    params = learned(start(data="flat", steps=100))
    result = compute(params)
    assert "tells 1 number of 9: along 8 directions" in result.sentence
    assert found(params).last.loss < 1e-9
    assert found(params).last.error > 0.5
    assert float(result.pane("curves").note.split()[-1]) > 0.5, "least squares does not know either"


def test_least_squares_stands_beside_it_for_comparison() -> None:
    note = compute(start()).pane("curves").note
    assert note.startswith("solved at once by least squares: kernel error ")
    assert "10⁻" in note


def test_a_step_goes_the_share_of_the_way_that_is_said() -> None:
    params = start(data="grey", hidden="own", kernel=((1.0, 2.0),), start="zeros")
    task = learn_kernel.task_of(params)
    flattest = task.valley.directions[:, :1].T
    steps = [each.found.last for each in learn_kernel.learn(replace(params, steps=10))]
    left = [float(flattest @ (s.kernel - task.target).double().flatten()) for s in steps]
    said = float(compute(params).sentence.split("a step goes ")[1].split(" %")[0]) / 100
    assert 1 - left[1] / left[0] == pytest.approx(said, rel=0.02)


@pytest.mark.parametrize("data", SOURCES)
@pytest.mark.parametrize("optimizer", ["gradient_descent", "adam", "lbfgs"])
def test_the_copied_program_learns_the_same_kernel(
    data: str, optimizer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    params = LearnKernelParams(
        picture=load_picture("zone plate"),
        data=data,
        optimizer=optimizer,
        hidden="own",
        kernel=((1.0, -2.0), (0.5, 3.0)),
        bias=optimizer == "adam",
        start="zeros" if optimizer == "adam" else "random",
        steps=10,
        rate=0.01,
    )
    names: dict[str, Any] = {}
    with torch.random.fork_rng(devices=[]):
        exec(compute(params).copied, names)
    loss, error = (float(number) for number in capsys.readouterr().out.split())
    last = found(learned(params)).last
    assert loss == pytest.approx(last.loss, rel=1e-2, abs=1e-6), "of the kernel that it ends at"
    assert error == pytest.approx(last.error, rel=1e-2, abs=1e-4)
    torch.testing.assert_close(names["layer"].weight.detach(), last.kernel, rtol=1e-3, atol=1e-4)
    if last.bias is not None:
        torch.testing.assert_close(names["layer"].bias.detach(), last.bias, rtol=1e-3, atol=1e-4)


def test_a_picture_smaller_than_the_kernel_is_refused_with_a_kernel_that_fits() -> None:
    tiny = Picture("tiny", torch.rand(1, 3, 2, 5, generator=torch.Generator().manual_seed(1)))
    params = start(picture=tiny, hidden="sobel_x")
    with pytest.raises(IllegalSettingError) as caught:
        compute(params)
    cured = replace(params, **caught.value.nearest)
    assert compute(cured).pane("target").shape == (3, 2, 3)


def test_a_weight_is_pointed_at_in_all_three_grids() -> None:
    links = {(each.first, each.second): each.cells for each in compute(start()).cell_links}
    assert links.keys() == {
        ("present", "target"),
        ("difference", "present"),
        ("difference", "target"),
    }
    for cells in links.values():
        assert torch.equal(cells, torch.arange(27)[:, None])


def test_the_axis_has_room_for_all_steps_and_holds_all_values() -> None:
    params = start(steps=50)
    for each in learn_kernel.learn(params):
        pane = compute(replace(params, learning=each.found)).pane("curves")
        assert pane.across == 51
        assert pane.value_range is not None
        low, high = pane.value_range
        assert low <= float(pane.values.min()) <= float(pane.values.max()) <= high
        for end in (low, high):
            assert math.log10(end) == pytest.approx(round(math.log10(end)))


@pytest.mark.parametrize("size", [1e19, 3e38])
def test_a_kernel_too_large_for_float32_is_refused_with_the_same_one_scaled(size: float) -> None:
    params = start(hidden="own", kernel=((size, -size / 2),))
    with pytest.raises(IllegalSettingError, match="loss = ") as caught:
        compute(params)
    assert "more than a float32 can hold: 3.4·10³⁸" in caught.value.explanation
    cured = replace(params, **caught.value.nearest)
    assert cured.kernel == ((1, -0.5),)
    assert compute(cured).sentence.startswith("Nothing is learned yet")


def test_where_nothing_was_to_be_learnt_the_sentence_does_not_say_that_the_loss_fell() -> None:
    black = Picture("black", torch.zeros(1, 3, 8, 9))
    assert compute(learned(start(picture=black, steps=10))).sentence.startswith(
        "The loss was 0 from the start, yet a weight is up to 0.854 off. This picture tells 0 "
    )


def test_a_rate_above_the_limit_is_told_on_a_flat_picture_too() -> None:
    assert "is above the limit 0.444" in compute(start(data="flat", rate=0.5)).sentence


def test_a_loss_that_hardly_moves_is_not_called_what_it_was() -> None:
    sentence = compute(learned(start(rate=1e-8, steps=10))).sentence
    assert "the loss is nearly 100 % of what it was" in sentence


@pytest.mark.parametrize(
    ("rows", "bias", "said"),
    [
        (((2.0,),), False, "There is one number to learn"),
        (((1.0, -1.0),), False, "is only 2.24 times as long as it is wide."),
        (((1.0, -1.0),), True, "is 3.22 times as long as it is wide: a step goes "),
    ],
)
def test_the_shape_of_the_valley_is_said_in_fitting_words(
    rows: tuple[tuple[float, ...], ...], bias: bool, said: str
) -> None:
    settings = {**EDGES, "rate": 0.01, "hidden": "own", "kernel": rows, "bias": bias}
    assert said in compute(start(**settings)).sentence


def test_one_equation_is_counted_as_one() -> None:
    tiny = Picture("tiny", torch.rand(1, 3, 3, 3, generator=torch.Generator().manual_seed(1)))
    text = written(compute(start(picture=tiny)).formula[1])
    assert text.startswith("1 equation for 27 numbers, 1 of them independent")


def test_a_kernel_that_was_found_by_chance_does_not_contradict_what_cannot_be_known() -> None:
    settings = {"data": "flat", "hidden": "own", "start": "zeros", "steps": 50}
    sentence = compute(learned(start(kernel=((1.0, 1.0), (1.0, 1.0)), **settings))).sentence
    assert "the kernel is found" in sentence
    assert sentence.endswith("so that nothing can tell how far to go.")


# ------------------------------------------------------------------------------ what is written


def work_of() -> Work:
    (work,) = (each for each in learn_kernel.LAB.controls if isinstance(each, Work))
    return work


def test_every_setting_makes_another_task_but_those_that_only_steer_it() -> None:
    names = {each.name for each in fields(LearnKernelParams)} - {"learning"}
    assert set(work_of().steered_by) == {"rate"}
    assert set(work_of().depends_on) == names - {"rate", "steps"}


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_where_another_optimiser_was_lost_plain_descent_is_the_cure(optimizer: str) -> None:
    params = start(optimizer=optimizer)
    last = LearningStep(3, math.inf, torch.zeros(1, 3, 3, 3), None, math.nan, "It diverged.")
    lost = Learned(last, torch.ones(4), torch.ones(4), params.rate)
    with pytest.raises(IllegalSettingError) as caught:
        compute(replace(params, learning=lost))
    assert caught.value.nearest["optimizer"] == "gradient_descent"
    assert caught.value.explanation == "Its numbers became too large."


def test_all_grids_have_the_colours_of_the_largest_weight_of_either_sign() -> None:
    result = compute(start(hidden="own", kernel=((1.0, -4.0), (2.0, 0.5))))
    most = float(result.pane("target").values.abs().max())
    assert most == pytest.approx(-float(result.pane("target").values.min()))
    for name in ("target", "present", "difference"):
        assert result.pane(name).value_range == (-most, most)
        assert result.pane(name).labels == ("R", "G", "B")
    assert compute(start(data="grey")).pane("target").labels == ()


def test_the_curves_of_loss_and_error_have_their_colours_and_room_for_what_was_learnt() -> None:
    params = learned(start(steps=20))
    pane = compute(replace(params, steps=10)).pane("curves")
    assert (pane.across, pane.values.shape[1]) == (21, 21)
    assert pane.axes is not None
    assert pane.axes.roles == ("output", "kernel")


def test_the_axis_begins_three_decades_below_the_start_and_is_not_moved_by_rounding() -> None:
    params = start()
    with torch.inference_mode():
        now = learn_kernel.start_of(params, learn_kernel.task_of(params))
    first = min(float(now.losses[0]), float(now.errors[0]))

    def low(*losses: float) -> float:
        seen = replace(
            now,
            losses=torch.tensor([float(now.losses[0]), *losses]),
            errors=now.errors.expand(1 + len(losses)),
        )
        value_range = compute(replace(params, learning=seen)).pane("curves").value_range
        assert value_range is not None
        return value_range[0]

    assert low() == pytest.approx(10 ** math.floor(math.log10(first / 1000)))
    assert low(0.9 * first) == low()
    assert low(0.9 * first, 1e-30) == low(), "smaller numbers are rounding"
    assert low(1e-9 * first) < low(), "it goes down with the loss, by whole decades"


def test_a_bias_is_told_to_four_digits() -> None:
    params = start(bias=True)
    note = compute(params).pane("present").note
    bias = fresh_layer(3, bias=True).bias
    assert bias is not None
    assert note == f"bias {float(bias.detach()):+.4f}".replace("-", "−")


def test_each_link_between_the_grids_says_which_way_it_goes() -> None:
    said = {
        (each.first, each.second): (each.verb, each.reverse) for each in compute(start()).cell_links
    }
    assert said == {
        ("present", "target"): ("is to become", "is sought by"),
        ("difference", "present"): ("is how far off stands", "is off by"),
        ("difference", "target"): ("is the distance to", "is missed by"),
    }


def test_the_cure_of_a_small_picture_is_the_same_kernel_as_far_as_it_fits() -> None:
    tiny = Picture("tiny", torch.rand(1, 3, 2, 5, generator=torch.Generator().manual_seed(1)))
    params = start(picture=tiny, hidden="sobel_x")
    with pytest.raises(IllegalSettingError) as caught:
        compute(params)
    shown = compute(replace(params, **caught.value.nearest)).pane("target").values
    assert torch.allclose(shown, photo_weight(named_kernel("sobel_x"))[0, :, :2])


def test_a_grey_photo_is_the_mean_of_its_channels_and_noise_hangs_on_the_seed() -> None:
    params = start(data="grey")
    image = learn_kernel.task_of(params).image
    assert torch.allclose(image, params.picture.image.mean(1, keepdim=True))
    tasks = [learn_kernel.task_of(start(data="noise", seed=seed)) for seed in (3, 4)]
    for task in tasks:
        expected = loss_valley(task.image, (3, 3)).steepness
        torch.testing.assert_close(task.valley.steepness, expected)


def test_a_random_hidden_kernel_hangs_on_the_seed() -> None:
    for seed in (3, 4):
        target = compute(start(hidden="random", seed=seed)).pane("target").values
        assert torch.equal(target, seeded_layer(seed).weight.detach()[0])


def test_how_near_the_kernel_is_is_measured_by_its_largest_weight() -> None:
    params = start(hidden="own", kernel=((300.0, -600.0), (100.0, 0.0)), loss="mean")
    task = learn_kernel.task_of(params)
    last = LearningStep(7, 1e-3, task.target + 1.0, None, 1.0)
    seen = Learned(last, torch.ones(8), torch.ones(8), params.rate)
    assert (
        "the kernel is found: no weight is more than 1"
        in compute(replace(params, learning=seen)).sentence
    )


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.005, "only 0.5 % of the loss is left"), (0.0005, "less than 0.1 % of the loss is left")],
)
def test_a_small_share_of_the_loss_is_told_down_to_a_thousandth(share: float, words: str) -> None:
    params = start()
    task = learn_kernel.task_of(params)
    last = LearningStep(7, share, task.target + 1.0, None, 1.0)
    seen = Learned(last, torch.ones(8), torch.ones(8), params.rate)
    assert words in compute(replace(params, learning=seen)).sentence


def test_only_plain_descent_is_told_that_its_rate_is_above_the_limit() -> None:
    told = {
        name: compute(start(rate=5.0, optimizer=name)).sentence
        for name in ("gradient_descent", "adam")
    }
    assert "is above the limit" in told["gradient_descent"]
    assert "is above the limit" not in told["adam"]


def test_the_limit_that_is_written_is_2_divided_by_the_curvature() -> None:
    line = written(compute(start()).formula[0]).split("limit of plain descent 2 / ")[1]
    curvature, limit = (float(each) for each in line.split(" = "))
    assert 2 / curvature == pytest.approx(limit, rel=0.02)


@pytest.mark.parametrize(
    ("optimizer", "name"), [("gradient_descent", "SGD"), ("adam", "Adam"), ("lbfgs", "LBFGS")]
)
def test_the_line_names_the_optimiser_and_the_program_its_whole_rate(
    optimizer: str, name: str
) -> None:
    result = compute(start(optimizer=optimizer, rate=0.1234))
    assert f"torch.optim.{name}(" in written(result.code)
    assert ("lr=0.1234" in result.copied) == (optimizer != "lbfgs")

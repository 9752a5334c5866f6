"""Kernels along a signal and through a clip: what is shown is what torch computes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from lessons_lib import signals
from lessons_lib.kit.result import IllegalSettingError, Result
from lessons_lib.labs import conv1d, conv3d
from lessons_lib.labs.conv1d import Conv1dParams
from lessons_lib.labs.conv3d import Conv3dParams
from tests.labs.all_labs import coded_layer, written

# --------------------------------------------------------------------------------- along a signal


def torch_layer(result: Result, weight: torch.Tensor) -> nn.Module:
    """The layer of the line to copy with the lab's weights."""
    layer = coded_layer(result.code)
    layer.load_state_dict({"weight": weight})
    return layer


SETTINGS_1D: list[dict[str, Any]] = [
    {},
    {"stride": 3, "padding": 7},
    {"dilation": 4, "padding": 20},
    {"stride": 8, "padding": 1, "dilation": 2},
]


@pytest.mark.parametrize("kernel", [value for _, value in conv1d.KERNELS])
@pytest.mark.parametrize("settings", SETTINGS_1D, ids=str)
def test_the_output_is_that_of_torchs_conv1d(kernel: str, settings: dict[str, Any]) -> None:
    for _, signal in conv1d.SIGNALS:
        params = Conv1dParams(signal, kernel, **settings)
        result = conv1d.compute(params)
        layer = torch_layer(result, conv1d.weight_of(params))
        assert isinstance(layer, nn.Conv1d)
        with torch.inference_mode():
            expected = layer(result.pane("input").values[None])[0]
        assert torch.equal(result.pane("output").values, expected)


def test_the_kernels_are_the_classic_ones() -> None:
    taps = {
        name: conv1d.weight_of(Conv1dParams(kernel=name)).flatten() for _, name in conv1d.KERNELS
    }
    torch.testing.assert_close(taps["box_5"], torch.full((5,), 0.2))
    torch.testing.assert_close(taps["box_9"], torch.full((9,), 1 / 9))
    assert taps["difference"].tolist() == [-1, 0, 1]
    assert taps["second_difference"].tolist() == [1, -2, 1]
    bell = taps["gaussian_7"]
    torch.testing.assert_close(bell, bell.flip(0))
    assert float(bell.sum()) == pytest.approx(1)
    assert int(bell.argmax()) == 3
    other = conv1d.weight_of(Conv1dParams(kernel="random_5", seed=4)).flatten()
    assert not torch.equal(other, taps["random_5"])


@pytest.mark.parametrize("settings", SETTINGS_1D, ids=str)
@pytest.mark.parametrize("kernel", ["box_5", "beat"])
def test_links_along_a_signal_are_those_of_autograd(kernel: str, settings: dict[str, Any]) -> None:
    result = conv1d.compute(Conv1dParams(kernel=kernel, **settings))
    (link,) = result.links
    layer = coded_layer(result.code)
    nn.init.ones_(layer.weight)  # type: ignore[arg-type]  # no weight may cancel another
    signal = torch.zeros(1, 1, 200, requires_grad=True)
    output = layer(signal)[0, 0]
    assert link.rows.tolist() == [[0]]
    for place in range(len(output)):
        (gradient,) = torch.autograd.grad(output[place], signal, retain_graph=True)
        sources = link.columns[place]
        assert sorted(sources[sources >= 0].tolist()) == gradient[0, 0].nonzero().flatten().tolist()


@pytest.mark.parametrize("seed", range(12))
def test_the_beat_template_peaks_at_the_beats_and_only_there(seed: int) -> None:
    half = signals.BEAT_SAMPLES // 2
    params = Conv1dParams(padding=half, seed=seed)  # output i is centred on input i
    output = conv1d.compute(params).pane("output").values[0]
    inner = output[1:-1]
    tops = (inner > output[:-2]) & (inner > output[2:]) & (inner > 0.6)
    assert (tops.nonzero().flatten() + 1).tolist() == signals.beat_places(200, seed)


def test_a_box_of_five_removes_the_burst_of_period_five() -> None:
    kept = conv1d.compute(Conv1dParams("burst", "second_difference"))
    gone = conv1d.compute(Conv1dParams("burst", "box_5"))
    bends = gone.pane("output").values[0].diff(n=2).abs()
    assert float(kept.pane("output").values.abs().max()) > 0.5
    assert float(bends.max()) < 0.1


def test_the_difference_answers_to_the_step_alone() -> None:
    output = conv1d.compute(Conv1dParams("step", "difference")).pane("output").values[0]
    assert output.nonzero().flatten().tolist() == [78, 79]
    assert output[78:80].tolist() == [1, 1]


def test_a_kernel_longer_than_the_signal_is_refused_in_torchs_words_with_a_cure() -> None:
    params = Conv1dParams(dilation=10)
    with pytest.raises(IllegalSettingError) as caught:
        conv1d.compute(params)
    error = caught.value
    with pytest.raises(RuntimeError) as by_torch:
        coded_layer(error.code)(torch.zeros(1, 1, 200))
    assert error.message == str(by_torch.value)
    assert written(error.code) == "nn.Conv1d(1, 1, kernel_size=21, dilation=10, bias=False)"
    assert error.explanation == (
        "A kernel of 21 taps with dilation 10 spans 10 * (21 - 1) + 1 = 201 samples, but the "
        "padded input is only 200 samples long."
    )
    assert error.nearest == {"dilation": 9}
    assert conv1d.compute(replace(params, dilation=9)).pane("output").shape == (1, 20)
    assert conv1d.compute(replace(params, padding=1)).pane("output").shape == (1, 2)


def test_a_kernel_of_few_taps_is_numbers_and_a_long_one_a_curve() -> None:
    assert conv1d.compute(Conv1dParams(kernel="box_9")).pane("kernel").kind == "grid"
    pane = conv1d.compute(Conv1dParams()).pane("kernel")
    assert (pane.kind, pane.shape) == ("signal", (1, 1, 21))


def test_the_formula_has_one_line_for_the_length() -> None:
    result = conv1d.compute(Conv1dParams(kernel="difference", stride=2, padding=1, dilation=3))
    (line,) = result.formula
    assert written(line) == "Lout = ⌊(200 + 2·1 − 3·(3 − 1) − 1) / 2⌋ + 1 = ⌊97.50⌋ + 1 = 98"
    assert written(result.code) == (
        "nn.Conv1d(1, 1, kernel_size=3, stride=2, padding=1, dilation=3, bias=False)"
    )
    assert result.cost is not None
    assert (result.cost.weights, result.cost.multiply_adds) == (3, 3 * 98)


# --------------------------------------------------------------------------------- through a clip

SETTINGS_3D: list[dict[str, Any]] = [
    {"kernel": kernel, **more}
    for kernel in conv3d.KERNELS
    for more in (
        {},
        {"padding": 1},
        {"stride_depth": 2, "stride": 3},
        {"stride_depth": 3, "stride": 2, "padding": 1},
    )
]


@pytest.mark.parametrize("settings", SETTINGS_3D, ids=str)
def test_the_output_is_that_of_torchs_conv3d(settings: dict[str, Any]) -> None:
    weight = conv3d.KERNELS[settings["kernel"]][1]()[None, None]
    for name, (_, volume) in conv3d.VOLUMES.items():
        result = conv3d.compute(Conv3dParams(name, **settings))
        layer = torch_layer(result, weight)
        assert isinstance(layer, nn.Conv3d)
        assert torch.equal(result.pane("input").values, volume())
        assert torch.equal(result.pane("kernel").values, weight[0, 0])
        with torch.inference_mode():
            expected = layer(volume()[None, None])[0]
        assert torch.equal(result.pane("output").values, expected[0])
        assert result.pane("output").shape == tuple(expected.shape)


@pytest.mark.parametrize("settings", SETTINGS_3D, ids=str)
def test_links_through_a_clip_are_those_of_autograd(settings: dict[str, Any]) -> None:
    result = conv3d.compute(Conv3dParams(**settings))
    (link,) = result.links
    assert link.shared_kernel
    assert link.channels is not None
    layer = coded_layer(result.code)
    nn.init.ones_(layer.weight)  # type: ignore[arg-type]  # no weight may cancel another
    volume = torch.zeros(1, 1, 6, 6, 6, requires_grad=True)
    output = layer(volume)[0, 0]
    assert len(link.channels) == len(output)
    for index in torch.ones_like(output).nonzero().tolist():
        (gradient,) = torch.autograd.grad(output[tuple(index)], volume, retain_graph=True)
        tables = zip((link.channels, link.rows, link.columns), index, strict=True)
        d, r, c = (table[at][table[at] >= 0] for table, at in tables)
        read = torch.zeros(6, 6, 6, dtype=torch.bool)
        read[d[:, None, None], r[:, None], c] = True
        assert torch.equal(read, gradient[0, 0] != 0), index


def test_the_change_in_time_is_zero_where_nothing_moves() -> None:
    result = conv3d.compute(Conv3dParams())
    clip, output = result.pane("input").values, result.pane("output").values
    assert float(clip[:, 3:5, 1:3].min()) == 1  # the block is there in every frame
    for frame in range(5):
        expected = torch.zeros(6, 6)
        expected[1, frame], expected[1, frame + 1] = -1, 1
        assert torch.equal(output[frame], expected)


def test_a_number_of_the_counting_volume_says_where_it_stands() -> None:
    assert float(conv3d.counting()[2, 3, 5]) == 235


def test_the_ball_is_round_and_answers_to_sobel_on_its_left_and_right() -> None:
    ball = conv3d.ball()
    assert torch.equal(ball, ball.flip(0))
    assert torch.equal(ball, ball.permute(1, 2, 0))
    assert 0 < int(ball.sum()) < 216
    params = Conv3dParams("ball", "sobel_x", padding=1)
    output = conv3d.compute(params).pane("output").values
    assert torch.equal(output, -output.flip(2))
    assert float(output[3, 3, 0]) > 0 > float(output[3, 3, 5])


def test_axes_with_the_same_numbers_share_a_line_of_the_formula() -> None:
    lines = conv3d.compute(Conv3dParams(kernel="sum_2x2x2")).formula
    assert [written(line)[:21] for line in lines] == ["Dout = Hout = Wout = "]
    lines = conv3d.compute(Conv3dParams(stride_depth=2, stride=3, padding=1)).formula
    assert [written(line) for line in lines] == [
        "Dout = ⌊(6 + 2·1 − 1·(2 − 1) − 1) / 2⌋ + 1 = 3 + 1 = 4",
        "Hout = Wout = ⌊(6 + 2·1 − 1·(1 − 1) − 1) / 3⌋ + 1 = ⌊2.33⌋ + 1 = 3",
    ]


def test_the_code_line_has_a_number_per_axis_where_they_differ() -> None:
    result = conv3d.compute(Conv3dParams(stride_depth=2))
    assert written(result.code) == (
        "nn.Conv3d(1, 1, kernel_size=(2, 1, 1), stride=(2, 1, 1), bias=False)"
    )

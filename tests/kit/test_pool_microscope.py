"""Under the microscope of a pooling lies the window whose number the output pixel is."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lessons_lib.kit.layers import pooling
from lessons_lib.kit.pool_microscope import PoolMicroscope
from tests.labs.all_labs import written

LAYERS: list[Any] = [
    nn.MaxPool2d(2),
    nn.MaxPool2d((3, 2), (2, 1), (1, 0)),
    nn.MaxPool2d(3, 2, 1, ceil_mode=True),
    nn.MaxPool2d(2, 1, 1, dilation=2),
    nn.AvgPool2d(2),
    nn.AvgPool2d((2, 3), (3, 2), (1, 1)),
    nn.AvgPool2d(3, 2, 1, count_include_pad=False),
    nn.AvgPool2d(2, 3, 1, ceil_mode=True),
    nn.AvgPool2d(3, 2, ceil_mode=True, divisor_override=5),
]


def image(channels: int = 1, height: int = 6, width: int = 8) -> Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.randint(-9, 10, (1, channels, height, width), generator=generator).float() / 4


def microscope(layer: Any, picture: Tensor, **more: Any) -> PoolMicroscope:
    return pooling.microscope(
        layer, picture, pooling.links(layer, tuple(picture.shape[2:])), **more
    )


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_every_output_pixel_is_the_largest_number_or_the_mean_of_what_is_shown(layer: Any) -> None:
    picture = image()
    output = layer(picture)[0, 0]
    seen = microscope(layer, picture)
    for row in range(output.shape[0]):
        for column in range(output.shape[1]):
            probe = seen.look(row, column)
            assert (probe.row, probe.column) == (row, column)
            assert probe.value == pytest.approx(float(output[row, column]), abs=1e-6)
            window = probe.part("window").values
            if probe.operation == "max":
                assert float(window.max()) == probe.value
            else:
                divisor = getattr(layer, "divisor_override", None) or window.numel()
                assert float(window.sum()) / divisor == pytest.approx(probe.value, abs=1e-6)


def test_the_winner_of_every_channel_is_framed_the_first_of_equal_ones() -> None:
    picture = torch.tensor([[[[1.0, 5], [5, 2]], [[0.0, 0], [3, 9]]]])
    part = microscope(nn.MaxPool2d(2), picture).look(0, 0).part("window")
    assert part.marked is not None
    assert part.marked.int().tolist() == [[[0, 1], [0, 0]], [[0, 0], [0, 1]]]
    assert microscope(nn.AvgPool2d(2), picture).look(0, 0).part("window").marked is None


def test_padding_is_minus_infinity_for_a_maximum_and_zero_for_a_mean() -> None:
    picture = -torch.ones(1, 1, 3, 3)
    for layer, fill in ((nn.MaxPool2d(3, 1, 1), -math.inf), (nn.AvgPool2d(3, 1, 1), 0.0)):
        part = microscope(layer, picture).look(0, 0).part("window")
        assert part.outside is not None
        assert int(part.outside.sum()) == 5
        assert part.values[part.outside].unique().tolist() == [fill]
        assert all(map(math.isfinite, part.value_range))
    uncounted = microscope(nn.AvgPool2d(3, 1, 1, count_include_pad=False), picture).look(0, 0)
    assert tuple(uncounted.part("window").values.shape) == (1, 2, 2)


def test_cells_beyond_the_padding_are_left_out() -> None:
    probe = microscope(nn.AvgPool2d(2, ceil_mode=True), torch.ones(1, 1, 5, 5)).look(2, 2)
    assert tuple(probe.part("window").values.shape) == (1, 1, 1)
    assert written(probe.line) == "(1.0000) / 1 = 1.0000, the output pixel"


def test_a_window_of_padding_alone_has_no_winner() -> None:
    layer = nn.MaxPool2d((1, 2), 1, (0, 1), (1, 3))
    probe = microscope(layer, torch.tensor([[[[5.0, 6.0]]]])).look(0, 0)
    marked = probe.part("window").marked
    assert marked is not None
    assert not marked.any()
    assert probe.value == -math.inf
    assert written(probe.line).startswith("max(−∞, −∞) = −∞")


def test_a_small_window_is_written_out_and_its_winner_stands_out() -> None:
    picture = torch.tensor([[[[0.5, -1.25], [3, 2]]]])
    line = microscope(nn.MaxPool2d(2), picture).look(0, 0).line
    assert written(line) == "max(0.5000, −1.2500, 3.0000, 2.0000) = 3.0000, the output pixel"
    assert [term.text for term in line if term.style == "winner"] == ["3.0000"]
    line = microscope(nn.AvgPool2d(2), picture).look(0, 0).line
    told = "(0.5000 + (−1.2500) + 3.0000 + 2.0000) / 4 ≈ 1.0625, the output pixel"
    assert written(line) == told.replace("≈", "=")


def test_a_mean_says_where_its_printed_numbers_are_rounded() -> None:
    picture = torch.tensor([[[[0.00004, 0.00004], [0.0, 0.0]]]])
    line = written(microscope(nn.AvgPool2d(2), picture).look(0, 0).line)
    assert line.startswith("(0.0000 + 0.0000 + 0.0000 + 0.0000) / 4 = 0.0000")
    picture = torch.tensor([[[[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]]])
    line = written(microscope(nn.AvgPool2d((3, 2)), picture).look(0, 0).line)
    assert line.endswith("/ 6 ≈ 0.1667, the output pixel")


def test_a_large_window_and_several_channels_are_told_in_short() -> None:
    picture = image(1, 4, 4)
    line = written(microscope(nn.MaxPool2d(4), picture).look(0, 0).line)
    assert line.startswith("the largest of 4 × 4 numbers: ")
    line = written(microscope(nn.AvgPool2d(4), picture).look(0, 0).line)
    assert line.startswith("the sum ")
    assert " / 16 " in line
    seen = microscope(nn.MaxPool2d(2), image(3), labels=("R", "G", "B")).look(0, 0)
    assert seen.labels == ("R", "G", "B")
    assert [word for word in written(seen.line).split() if word in "RGB"] == ["R", "G", "B"]
    line = written(microscope(nn.AvgPool2d(2), image(2)).look(0, 0).line)
    assert line.startswith("channel 0 ")
    assert ";   channel 1 " in line


def test_a_place_beyond_the_output_is_held_at_its_edge() -> None:
    probe = microscope(nn.MaxPool2d(2), image()).look(-3, 10_000)
    assert (probe.row, probe.column) == (0, 3)
    probe = microscope(nn.MaxPool2d(2), image()).look(10_000, -3)
    assert (probe.row, probe.column) == (2, 0)


def test_of_equal_numbers_the_first_one_stands_out_and_of_a_mean_none() -> None:
    picture = torch.tensor([[[[1.0, 5], [5, 2]]]])
    for layer, styles in ((nn.MaxPool2d(2), ["", "winner", "", ""]), (nn.AvgPool2d(2), [""] * 4)):
        line = microscope(layer, picture).look(0, 0).line
        assert [term.style for term in line if term.role == "input"] == styles


def test_nine_numbers_are_written_out_and_ten_are_not() -> None:
    line = written(microscope(nn.MaxPool2d(3), image()).look(0, 0).line)
    assert line.count(", ") == 8 + 1
    line = written(microscope(nn.MaxPool2d((5, 2)), image()).look(0, 0).line)
    assert line.startswith("the largest of 5 × 2 numbers: ")


def test_a_divisor_of_its_own_is_told_in_small_windows_and_in_large_ones() -> None:
    picture = torch.ones(1, 1, 4, 4)
    small = microscope(nn.AvgPool2d(2, divisor_override=8), picture).look(0, 0)
    assert written(small.line) == (
        "(1.0000 + 1.0000 + 1.0000 + 1.0000) / 8 = 0.5000, the output pixel"
    )
    large = microscope(nn.AvgPool2d(4, divisor_override=8), picture).look(0, 0)
    assert written(large.line) == "the sum 16.0000 / 8 = 2.0000, the output pixel"


def test_grey_numbers_are_drawn_on_the_scale_of_a_photo_or_on_a_wider_one() -> None:
    for numbers, seen in (
        ([0.25, 0.5], (0.0, 1.0)),
        ([-3.0, 0.5], (-3.0, 1.0)),
        ([0.5, 7.0], (0.0, 7.0)),
    ):
        picture = torch.tensor([[[numbers]]])
        part = microscope(nn.MaxPool2d((1, 2)), picture).look(0, 0).part("window")
        assert part.value_range == seen


def test_a_single_channel_needs_no_name() -> None:
    assert microscope(nn.MaxPool2d(2), image(), labels=("grey",)).look(0, 0).labels == ()

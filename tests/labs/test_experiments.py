"""The numbers of the lessons on stride, padding and dilation come out of the labs themselves."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from lessons_lib.images import Picture, load_image, load_picture
from lessons_lib.kit.controls import Presets
from lessons_lib.kit.grids import SOBEL_X, Rows
from lessons_lib.kit.photo import photo_layer
from lessons_lib.kit.result import IllegalSettingError, LabDefinition, Result
from lessons_lib.labs import (
    bias,
    dilation,
    kernel,
    padding,
    padding_matrix,
    receptive_field,
    sliding_window,
    stride,
)
from tests.labs.all_labs import written


def size(result: Result, name: str = "output") -> tuple[int, ...]:
    """The true height and width of a pane, which its values have too."""
    pane = result.pane(name)
    assert pane.values.shape[-2:] == pane.shape[-2:]
    return tuple(pane.shape[-2:])


def test_the_recipe_of_all_photo_labs_gives_the_lessons_numbers() -> None:
    layer = photo_layer(stride.StrideParams()).requires_grad_(False)
    result = stride.compute(stride.StrideParams(stride=1))
    output = result.pane("output").values
    assert float(layer.weight[0, 0, 0, 0]) == pytest.approx(-0.0813, abs=5e-5)
    assert layer.bias is not None
    assert float(layer.bias[0]) == pytest.approx(0.0384, abs=5e-5)
    assert float(output.mean()) == pytest.approx(-0.1596, abs=5e-5)
    assert float(output.std()) == pytest.approx(0.0573, abs=5e-5)


# ---------------------------------------------------------------------------------------- stride


@pytest.mark.parametrize(
    ("s", "side"),
    [(1, 510), (2, 255), (3, 170), (4, 128), (5, 102), (8, 64), (10, 51), (15, 34), (20, 26)],
)
def test_stride_makes_the_output_this_large(s: int, side: int) -> None:
    result = stride.compute(stride.StrideParams(stride=s))
    assert size(result) == (side, side)
    assert f"{side} × {side}" in result.sentence


@pytest.mark.parametrize(
    ("s", "percent"),
    [
        (2, "0.39"),
        (3, "0.78"),
        (4, "43.75"),
        (5, "64.28"),
        (8, "85.94"),
        (10, "91.07"),
        (20, "97.68"),
    ],
)
def test_stride_leaves_this_part_of_the_photo_unread(s: int, percent: str) -> None:
    result = stride.compute(stride.StrideParams(stride=s, show_unread=True))
    assert f"{percent} %" in result.sentence
    assert f"{percent} %" in result.pane("input").note


def test_the_map_is_black_where_no_window_reads_and_the_photo_elsewhere() -> None:
    shown = stride.compute(stride.StrideParams(stride=5, show_unread=True)).pane("input").values
    photo = load_image("lena")[0]
    read = torch.zeros(512, dtype=torch.bool)
    for first in range(0, 510, 5):
        read[first : first + 3] = True
    both = read[:, None] & read[None, :]
    assert torch.equal(shown[:, both], photo[:, both])
    assert not shown[:, ~both].any()


def test_the_map_keeps_rows_and_columns_apart() -> None:
    params = stride.StrideParams(stride=4, per_axis=True, stride_width=7, show_unread=True)
    shown = stride.compute(params).pane("input").values
    rows, columns = torch.arange(510) % 4 < 3, torch.arange(509) % 7 < 3
    both = rows[:, None] & columns[None, :]
    assert torch.equal(shown[:, :510, :509] > 0, (load_image("lena")[0, :, :510, :509] > 0) & both)


def test_stride_1_reads_every_pixel() -> None:
    assert "Every pixel is read" in stride.compute(stride.StrideParams(stride=1)).sentence


def test_only_the_last_rows_and_columns_are_lost_at_stride_2_and_3() -> None:
    two = stride.compute(stride.StrideParams(stride=2)).sentence
    three = stride.compute(stride.StrideParams(stride=3)).sentence
    assert "The last row and the last column are never read" in two
    assert "The last 2 rows and the last 2 columns are never read" in three


def test_each_axis_can_have_its_own_stride() -> None:
    params = stride.StrideParams(stride=3, per_axis=True, stride_width=4, kernel="random_3x5")
    result = stride.compute(params)
    assert size(result) == ((512 - 3) // 3 + 1, (512 - 5) // 4 + 1) == (170, 127)
    assert "kernel_size=(3, 5), stride=(3, 4)" in written(result.code)
    assert len(result.formula) == 2


def test_a_button_shows_three_down_and_two_across() -> None:
    (presets,) = (each for each in sliding_window.LAB.controls if isinstance(each, Presets))
    settings = dict(presets.settings)["stride (3, 2)"]
    result = sliding_window.compute(sliding_window.SlidingWindowParams(**settings))
    assert result.pane("output").values[0].tolist() == [[0, 8], [6, 8]]
    assert "stride=(3, 2)" in written(result.code)


@pytest.mark.parametrize("k", range(1, 8))
def test_a_photo_lab_takes_kernels_of_every_size_up_to_seven(k: int) -> None:
    params = stride.StrideParams(stride=1, kernel=f"random_{k}x{k}")
    result = stride.compute(params)
    assert size(result) == (513 - k, 513 - k)
    assert result.cost is not None
    assert result.cost.multiply_adds == 3 * k**2 * (513 - k) ** 2


def test_the_stride_across_counts_only_where_it_is_switched_on() -> None:
    params = stride.StrideParams(stride=3, per_axis=False, stride_width=9)
    assert size(stride.compute(params)) == (170, 170)


# ---------------------------------------------------------------------------- a kernel of your own


@pytest.mark.parametrize(
    ("kernel_shown", "words"),
    [
        (SOBEL_X, "sum to 0: a uniform area gives 0, only changes answer."),
        (((0.0, 0.25), (0.25, 0.5)), "sum to 1: a uniform area keeps its brightness."),
        (((1.0, -2.0, 3.5),), "sum to +2.50: a uniform area is multiplied by that."),
    ],
)
def test_the_sum_of_the_weights_says_what_a_uniform_area_becomes(
    kernel_shown: Rows, words: str
) -> None:
    grey = Picture("grey", torch.full((1, 3, 9, 11), 0.5))
    result = kernel.compute(kernel.KernelParams(grey, kernel_shown))
    output = result.pane("output").values
    torch.testing.assert_close(output, torch.full_like(output, 0.5 * sum(map(sum, kernel_shown))))
    assert words in result.sentence


# --------------------------------------------------------------------------------------- padding


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_padding_100_gives_710_in_every_mode(mode: str) -> None:
    result = padding.compute(padding.PaddingParams(padding=100, padding_mode=mode))
    assert size(result) == (710, 710)
    assert size(result, "padded") == (712, 712)


@pytest.mark.parametrize(
    ("mode", "p", "side"),
    [("reflect", 511, 1532), ("circular", 512, 1534), ("zeros", 1, 512), ("zeros", 520, 1550)],
)
def test_padding_makes_the_output_this_large(mode: str, p: int, side: int) -> None:
    result = padding.compute(padding.PaddingParams(padding=p, padding_mode=mode))
    assert size(result) == (side, side)


def test_circular_padding_512_is_three_by_three_copies() -> None:
    params = padding.PaddingParams(padding=512, padding_mode="circular")
    tiles = padding.compute(params).pane("padded").values
    one = tiles[:, 512:1024, 512:1024]
    assert torch.equal(tiles, one.repeat(1, 3, 3))


def test_padding_1_keeps_the_size_and_says_so() -> None:
    assert "as large as the input" in padding.compute(padding.PaddingParams(padding=1)).sentence


def test_the_ring_of_padded_zeros_has_exactly_the_bias_value() -> None:
    params = padding.PaddingParams(padding=100, padding_mode="zeros")
    output = padding.compute(params).pane("output").values
    layer = photo_layer(params)
    assert layer.bias is not None
    assert (output[:98] == layer.bias.detach()).all()
    assert (output[:, -98:] == layer.bias.detach()).all()
    assert (output[100:-100, 100:-100] != layer.bias.detach()).float().mean() > 0.99


def test_without_a_bias_the_ring_of_padded_zeros_is_zero() -> None:
    params = padding.PaddingParams(padding=100, padding_mode="zeros", bias=False)
    result = padding.compute(params)
    assert not result.pane("output").values[:98].any()
    assert "bias=False" in written(result.code)
    assert "zero, as there is no bias" in result.sentence


def test_the_bias_shifts_every_output_by_the_same_constant() -> None:
    result = bias.compute(bias.BiasParams(bias=0.25))
    difference = result.pane("difference").values
    assert torch.allclose(difference, torch.full_like(difference, 0.25), rtol=0, atol=1e-6)
    without, with_bias = result.pane("without"), result.pane("output")
    assert torch.equal(with_bias.values - without.values, difference)
    assert without.value_range == with_bias.value_range is not None


def test_the_bias_lab_says_that_padded_zeros_become_the_bias() -> None:
    result = bias.compute(bias.BiasParams(bias=-0.5, padding=40))
    assert (result.pane("output").values[:38] == -0.5).all()
    assert "the output is the bias: −0.500" in result.sentence


@pytest.mark.parametrize(
    ("mode", "first_row"),
    [
        ("zeros", [0, 0, 0, 0, 0, 0]),
        ("reflect", [6, 5, 6, 7, 8, 7]),
        ("replicate", [1, 1, 2, 3, 4, 4]),
        ("circular", [16, 13, 14, 15, 16, 13]),
    ],
)
def test_the_padded_matrix_begins_with_this_row(mode: str, first_row: list[int]) -> None:
    result = padding_matrix.compute(padding_matrix.PaddingMatrixParams(padding_mode=mode))
    padded, output = result.pane("padded").values, result.pane("output").values
    assert padded[0, 0].tolist() == first_row
    assert torch.equal(padded, output)
    assert " ".join(map(str, first_row)) in result.sentence


def usage(mode: str, p: int) -> list[list[float]]:
    params = padding_matrix.PaddingMatrixParams(p, mode, kernel_size=3, show="usage")
    return padding_matrix.compute(params).pane("last").values[0].tolist()


def test_with_zeros_a_corner_is_used_4_an_edge_6_and_the_inside_9_times() -> None:
    assert usage("zeros", 1) == [[4, 6, 6, 4], [6, 9, 9, 6], [6, 9, 9, 6], [4, 6, 6, 4]]


@pytest.mark.parametrize(("mode", "p"), [("zeros", 2), ("circular", 1), ("replicate", 1)])
def test_all_numbers_are_used_9_times(mode: str, p: int) -> None:
    assert usage(mode, p) == [[9] * 4] * 4


@pytest.mark.parametrize("p", [1, 2, 3])
def test_reflect_never_uses_all_numbers_equally(p: int) -> None:
    counts = {count for row in usage("reflect", p) for count in row}
    assert len(counts) > 1


@pytest.mark.parametrize("p", range(5))
def test_circular_padding_is_the_framed_window_of_the_tiling(p: int) -> None:
    params = padding_matrix.PaddingMatrixParams(p, "circular", show="tiling")
    result = padding_matrix.compute(params)
    tiling = result.pane("last")
    assert tiling.shape == (12, 12)
    ((row, column, height, width),) = tiling.marked
    window = tiling.values[:, row : row + height, column : column + width]
    assert torch.equal(window, result.pane("padded").values)


# -------------------------------------------------------------------------------------- dilation


@pytest.mark.parametrize(
    ("d", "side"),
    [
        (1, 510),
        (2, 508),
        (4, 504),
        (8, 496),
        (16, 480),
        (32, 448),
        (64, 384),
        (128, 256),
        (200, 112),
        (255, 2),
    ],
)
def test_dilation_makes_the_output_this_large(d: int, side: int) -> None:
    assert size(dilation.compute(dilation.DilationParams(dilation=d))) == (side, side)


def test_dilation_says_how_far_the_kernel_reaches() -> None:
    assert "17 × 17" in dilation.compute(dilation.DilationParams(dilation=8)).sentence


def test_dilation_costs_no_weights() -> None:
    costs = [dilation.compute(dilation.DilationParams(dilation=d)).cost for d in (1, 64)]
    assert [(cost.weights, cost.biases) for cost in costs if cost] == [(27, 1)] * 2


def stack(dilations: str) -> Result:
    return receptive_field.compute(receptive_field.ReceptiveFieldParams(dilations=dilations))


def test_dilations_2_2_2_touch_29_percent_of_13_by_13() -> None:
    result = stack("2_2_2")
    paths = result.pane("paths")
    assert paths.shape == (13, 13)
    assert int((paths.values > 0).sum()) == 49
    assert "touches 29 %" in result.sentence


def test_dilations_1_2_3_touch_all_of_13_by_13() -> None:
    result = stack("1_2_3")
    assert result.pane("paths").shape == (13, 13)
    assert "touches 100 %" in result.sentence


def test_ten_box_layers_have_94_percent_of_their_weight_in_the_middle() -> None:
    result = stack("ten_ones")
    share = result.pane("effective").values
    assert share.shape == (21, 21)
    assert float(share[5:16, 5:16].sum()) == pytest.approx(0.94, abs=0.005)
    assert "94 % of the gradient lies in the central 11 × 11" in result.sentence


def test_the_gradient_of_a_box_stack_is_the_number_of_paths() -> None:
    result = stack("1_2_3")
    paths = result.pane("paths").values.squeeze()
    share = result.pane("effective").values.squeeze()
    assert torch.allclose(share.double(), paths.double() / paths.sum(), atol=1e-6)


# ------------------------------------------------------------------------------ what torch refuses


REFUSED: list[tuple[LabDefinition, dict[str, Any], dict[str, Any]]] = [
    (padding.LAB, {"padding": 512, "padding_mode": "reflect"}, {"padding": 511}),
    (padding.LAB, {"padding": 513, "padding_mode": "circular"}, {"padding": 512}),
    (dilation.LAB, {"dilation": 256}, {"dilation": 255}),
    (padding_matrix.LAB, {"padding": 4, "padding_mode": "reflect"}, {"padding": 3}),
    (padding_matrix.LAB, {"padding": 5, "padding_mode": "circular"}, {"padding": 4}),
]


@pytest.mark.parametrize(
    ("lab", "settings", "nearest"), REFUSED, ids=lambda value: getattr(value, "name", str(value))
)
def test_a_refused_setting_is_told_in_torchs_words_with_a_cure(
    lab: LabDefinition, settings: dict[str, Any], nearest: dict[str, Any]
) -> None:
    with pytest.raises(IllegalSettingError) as caught:
        lab.compute(lab.params(**settings))
    error = caught.value
    layer = eval(written(error.code), {"nn": torch.nn})
    image = getattr(lab.params(), "picture", None)
    given = image.image if image else torch.zeros(1, 1, 4, 4)
    with pytest.raises(RuntimeError) as by_torch:
        layer(given)
    assert error.message == str(by_torch.value)
    assert error.explanation.endswith(".")
    assert error.nearest == nearest
    lab.compute(lab.params(**{**settings, **nearest}))


def test_the_limits_depend_on_the_pictures_shorter_side() -> None:
    chelsea = load_picture("chelsea")  # 300 x 451
    params = padding.PaddingParams(chelsea, padding=300, padding_mode="reflect")
    with pytest.raises(IllegalSettingError) as caught:
        padding.compute(params)
    assert caught.value.nearest == {"padding": 299}

"""What the labs show is what torch computes, pixel by pixel and link by link."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from lessons_lib.geometry import PADDING_MODES
from lessons_lib.images import Picture, load_picture
from lessons_lib.kit.links import Links
from lessons_lib.kit.photo import KERNELS, photo_layer
from lessons_lib.kit.result import IllegalSettingError, LabDefinition, Result
from lessons_lib.labs import dilation, padding
from tests.labs.all_labs import coded_layer, lab_named, small_pictures, start

# ------------------------------------------------------------------------------------- outputs


def by_torch(params: Any, **arguments: Any) -> torch.Tensor:
    """The same layer, built and run by torch alone."""
    plain = photo_layer(params, getattr(params, "bias", None))
    height, width = plain.kernel_size
    with torch.random.fork_rng(devices=[]), torch.inference_mode():
        layer = nn.Conv2d(3, 1, (height, width), bias=plain.bias is not None, **arguments)
        layer.load_state_dict(plain.state_dict())
        return layer(params.picture.image)[0, 0]


@pytest.mark.parametrize("mode", PADDING_MODES)
@pytest.mark.parametrize("p", [0, 1, 7, 29])
@pytest.mark.parametrize("kernel", ["random_3x3", "random_3x5", "emboss"])
def test_the_padding_lab_computes_what_a_layer_with_padding_does(
    mode: str, p: int, kernel: str
) -> None:
    for bias in (True, False):
        params = start(padding.LAB, padding=p, padding_mode=mode, kernel=kernel, bias=bias)
        shown = padding.compute(params).pane("output").values
        expected = by_torch(params, padding=p, padding_mode=mode)
        torch.testing.assert_close(shown, expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("mode", PADDING_MODES)
def test_the_padding_lab_is_right_on_a_whole_picture_that_is_not_square(mode: str) -> None:
    params = padding.PaddingParams(load_picture("chelsea"), padding=299, padding_mode=mode)
    shown = padding.compute(params).pane("output").values
    assert shown.shape == (300 + 598 - 2, 451 + 598 - 2)
    expected = by_torch(params, padding=299, padding_mode=mode)
    torch.testing.assert_close(shown, expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("kernel", KERNELS)
def test_stride_and_dilation_labs_compute_what_torch_does(kernel: str) -> None:
    strided, dilated = lab_named("stride"), lab_named("dilation")
    params = start(strided, kernel=kernel, stride=3, per_axis=True, stride_width=2)
    shown = strided.compute(params).pane("output").values
    torch.testing.assert_close(shown, by_torch(params, stride=(3, 2)), rtol=0, atol=2e-6)
    params = start(dilated, kernel=kernel, dilation=4)
    shown = dilated.compute(params).pane("output").values
    torch.testing.assert_close(shown, by_torch(params, dilation=4), rtol=0, atol=2e-6)


def test_the_padded_pane_shows_the_picture_in_its_middle() -> None:
    params = start(padding.LAB, padding=9, padding_mode="circular")
    pane = padding.compute(params).pane("padded")
    ((top, left, height, width),) = pane.marked
    assert (top, left, height, width) == (9, 9, *params.picture.image.shape[-2:])
    inside = pane.values[:, top : top + height, left : left + width]
    expected = params.picture.image[0].mul(255).round().to(torch.uint8)
    assert torch.equal(inside, expected)


# ------------------------------------------------------------------------------------- previews


@pytest.mark.parametrize("mode", PADDING_MODES)
@pytest.mark.parametrize("box", [(40, 40), (17, 90), (30, 31)])
def test_a_preview_shows_exact_values_and_leaves_others_out(
    mode: str, box: tuple[int, int]
) -> None:
    params = start(padding.LAB, padding=20, padding_mode=mode)
    whole = padding.compute(params)
    coarse = padding.preview(params, box)
    assert coarse is not None
    step = max(-(-2 * 70 // box[0]), -(-2 * 85 // box[1]))
    shown, exact = coarse.pane("output"), whole.pane("output")
    torch.testing.assert_close(shown.values, exact.values[::step, ::step], rtol=0, atol=2e-6)
    assert shown.shape == exact.shape
    given, whole_padded = coarse.pane("padded"), whole.pane("padded")
    assert torch.equal(given.values, whole_padded.values[:, ::step, ::step])
    assert given.shape == whole_padded.shape
    for attribute in ("sentence", "formula", "code", "cost"):
        assert getattr(coarse, attribute) == getattr(whole, attribute)
    for first, second in zip(coarse.links, whole.links, strict=True):
        assert torch.equal(first.rows, second.rows)
        assert torch.equal(first.columns, second.columns)


@pytest.mark.parametrize("d", [1, 2, 6])
def test_a_preview_of_dilation_shows_exact_values_and_leaves_others_out(d: int) -> None:
    params = start(dilation.LAB, dilation=d, kernel="random_3x5")
    whole, coarse = dilation.compute(params), dilation.preview(params, (13, 17))
    assert coarse is not None
    shown, exact = coarse.pane("output"), whole.pane("output")
    step = max(-(-2 * exact.shape[-2] // 13), -(-2 * exact.shape[-1] // 17))
    torch.testing.assert_close(shown.values, exact.values[::step, ::step], rtol=0, atol=2e-6)
    assert shown.shape == exact.shape
    for name in ("sentence", "formula", "cost"):
        assert getattr(coarse, name) == getattr(whole, name), name


def test_what_torch_refuses_has_no_preview_of_dilation() -> None:
    assert dilation.preview(start(dilation.LAB, dilation=40), (13, 17)) is None


def test_there_is_no_preview_where_the_whole_output_has_room() -> None:
    params = start(padding.LAB, padding=20)
    assert padding.preview(params, (70, 85)) is None
    assert padding.preview(params, (69, 85)) is not None


def test_a_preview_refuses_what_the_whole_refuses() -> None:
    params = start(padding.LAB, padding=30, padding_mode="reflect")
    with pytest.raises(IllegalSettingError):
        padding.preview(params, (20, 20))


# ------------------------------------------------------------------------------------- links


def input_gradient(layer: nn.Module, given: torch.Tensor, row: int, column: int) -> torch.Tensor:
    """Which pixels of `given` an output depends on: (H, W), all weights being positive."""
    nn.init.ones_(layer.weight)  # type: ignore[arg-type]  # no weight may cancel another
    image = given.clone().requires_grad_()
    layer(image)[0, 0, row, column].backward()
    assert image.grad is not None
    return image.grad[0].sum(0) != 0


def linked(link: Links, row: int, column: int, size: tuple[int, ...]) -> torch.Tensor:
    """The same as the links say it."""
    mask = torch.zeros(size, dtype=torch.bool)
    rows = link.rows[row][link.rows[row] >= 0]
    columns = link.columns[column][link.columns[column] >= 0]
    mask[rows[:, None], columns[None, :]] = True
    return mask


def sampled(height: int, width: int) -> set[tuple[int, int]]:
    """Corners, edges and some of the inside."""
    rows = {0, 1, height // 3, height // 2, height - 2, height - 1} & set(range(height))
    columns = {0, 1, width // 3, 2 * width // 3, width - 2, width - 1} & set(range(width))
    return {(row, column) for row in rows for column in columns}


def check_link(result: Result, link: Links, layer: nn.Module, given: torch.Tensor) -> None:
    height, width = result.pane(link.output).shape[-2:]
    assert given.shape[-2:] == result.pane(link.source).shape[-2:]
    for row, column in sampled(height, width):
        found = linked(link, row, column, tuple(given.shape[-2:]))
        assert torch.equal(found, input_gradient(layer, given, row, column)), (row, column)


LINKED: list[tuple[str, dict[str, Any]]] = [
    *[("stride", {"stride": s}) for s in (1, 2, 3, 7)],
    ("stride", {"stride": 3, "per_axis": True, "stride_width": 4, "kernel": "random_3x5"}),
    *[("dilation", {"dilation": d}) for d in (1, 2, 9)],
    ("dilation", {"dilation": 2, "kernel": "random_3x5"}),
    *[("padding", {"padding": p, "padding_mode": m}) for m in PADDING_MODES for p in (0, 2, 18)],
    ("padding", {"padding": 2, "padding_mode": "reflect", "kernel": "random_3x5"}),
]


@pytest.mark.parametrize(("name", "settings"), LINKED, ids=str)
def test_links_name_the_pixels_that_autograd_names(name: str, settings: dict[str, Any]) -> None:
    lab: LabDefinition = lab_named(name)
    params = start(lab, small_pictures()[1], **settings)  # 19 x 27
    result = lab.compute(params)
    layer = coded_layer(result.code)
    assert result.links[0].source == "input"
    check_link(result, result.links[0], layer, params.picture.image)
    if name == "padding":
        p = params.padding
        plain = nn.Conv2d(3, 1, layer.kernel_size)  # type: ignore[arg-type]
        padded = torch.zeros(1, 3, 19 + 2 * p, 27 + 2 * p)
        assert result.links[1].source == "padded"
        check_link(result, result.links[1], plain, padded)


@pytest.mark.parametrize("mode", PADDING_MODES)
@pytest.mark.parametrize(("p", "k"), [(0, 3), (1, 1), (1, 3), (3, 2), (3, 3)])
def test_links_of_the_matrix_are_those_of_autograd(mode: str, p: int, k: int) -> None:
    lab = lab_named("padding-matrix")
    result = lab.compute(lab.params(p, mode, k))
    by_name = {(link.output, link.source): link for link in result.links}
    matrix, padded = torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4 + 2 * p, 4 + 2 * p)
    layer = coded_layer(result.code)
    check_link(result, by_name["output", "input"], layer, matrix)
    check_link(result, by_name["output", "padded"], nn.Conv2d(1, 1, k), padded)
    settings: dict[str, Any] = {"padding": p, "padding_mode": mode}
    copying = nn.Conv2d(1, 1, 1, **settings)
    check_link(result, by_name["padded", "input"], copying, matrix)


@pytest.mark.parametrize("weights", ["box", "random"])
def test_the_share_of_the_gradient_is_measured_at_the_clicked_pixel(weights: str) -> None:
    lab = lab_named("receptive-field")
    picture = Picture("noise", torch.rand(1, 3, 30, 45, generator=torch.Generator().manual_seed(1)))
    params = start(lab, picture, dilations="1_2_3", weights=weights, row=12, column=30)
    result = lab.compute(params)
    share = result.pane("effective").values
    assert float(share.sum()) == pytest.approx(1)
    ((top, left, height, width),) = result.pane("input").marked
    assert (top + height // 2, left + width // 2) == (12, 30)
    assert (height, width) == tuple(share.shape[-2:])

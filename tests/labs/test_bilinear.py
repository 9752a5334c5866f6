"""Enlarging by the bilinear kernel: the lesson's numbers, against torch's own interpolation."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from lessons_lib.images import Picture, load_image
from lessons_lib.kernels import bilinear_kernel
from lessons_lib.labs import bilinear
from lessons_lib.labs.bilinear import BilinearParams, compute, preview
from lessons_lib.visualization.numbers import power_text
from tests.labs.all_labs import coded_layer, small_pictures, written

SMALL = small_pictures()[0]  # 30 x 45
BOX = (200, 200)
every_border = pytest.mark.parametrize("border", ["dark", "replicate", "divide"])
every_factor = pytest.mark.parametrize("factor", range(2, 9))


def interpolated(image: torch.Tensor, factor: int) -> torch.Tensor:
    return F.interpolate(image, scale_factor=factor, mode="bilinear", align_corners=False)


def levels(image: torch.Tensor) -> torch.Tensor:
    return (image[0] * 255).round()


def beyond_one_level(shown: torch.Tensor, image: torch.Tensor) -> int:
    """How many bytes differ by more than the rounding of a value between two levels."""
    return int(((shown.float() - levels(image)).abs() > 1).sum())


def test_lena_is_doubled_and_equals_interpolate_inside_to_a_millionth() -> None:
    result = compute(BilinearParams())
    image = load_image("lena")
    with torch.no_grad():
        ours = F.conv_transpose2d(image, bilinear_kernel(2), stride=2, padding=1, groups=3)
    theirs = interpolated(image, 2)
    assert result.pane("output").shape == (3, 1024, 1024)
    assert (ours - theirs)[..., 1:-1, 1:-1].abs().max() < 1e-6
    assert beyond_one_level(result.pane("output").values, ours) == 0
    assert beyond_one_level(result.pane("interpolated").values, theirs) == 0
    difference = result.pane("difference").values
    torch.testing.assert_close(difference, (ours - theirs)[0].mean(0), atol=1e-6, rtol=0)
    assert difference[1:-1, 1:-1].abs().max() < 1e-6
    border = float((ours - theirs).abs().max())
    assert border > 0.3
    assert f"differs by up to {border:.4f}" in result.sentence
    assert "0.5625 instead of 1" in result.sentence


def test_any_height_and_width_are_doubled() -> None:
    photo = Picture("wide", F.interpolate(load_image("lena"), (561, 728)))
    result = compute(BilinearParams(photo))
    assert result.pane("output").shape == (3, 1122, 1456)
    assert result.pane("difference").values[1:-1, 1:-1].abs().max() < 1e-6


@every_factor
@every_border
def test_every_factor_is_exact_in_size_and_repaired_at_the_border(factor: int, border: str) -> None:
    result = compute(BilinearParams(SMALL, factor, border))
    assert result.pane("output").shape == (3, 30 * factor, 45 * factor)
    difference = result.pane("difference").values.abs()
    edge = factor // 2
    assert difference[edge:-edge, edge:-edge].max() < 1e-6
    if border == "dark":
        assert difference.max() > 1e-2
    else:
        assert difference.max() < 1e-6
        assert "on all ones the corner is 1.0000" in result.sentence


@every_border
def test_the_code_makes_the_layer_that_is_shown(border: str) -> None:
    result = compute(BilinearParams(SMALL, 3, border))
    layer = coded_layer(result.code).requires_grad_(False)
    (*_, last) = [layer, *layer.children()]
    last.weight.copy_(bilinear_kernel(3))  # type: ignore[operator]
    output = layer(SMALL.image)
    if border == "divide":
        assert "then / layer(ones)" in written(result.code)
        output = output / layer(torch.ones_like(SMALL.image))
    assert beyond_one_level(result.pane("output").values, output) == 0


@every_factor
def test_on_all_ones_the_corner_is_shown_in_numbers(factor: int) -> None:
    corner = compute(BilinearParams(SMALL, factor, white=True)).pane("corner")
    assert corner.kind == "grid"
    weight = bilinear_kernel(factor, 1)
    expected = F.conv_transpose2d(
        torch.ones(1, 1, 9, 9), weight, stride=factor, padding=factor // 2
    )
    height, width = corner.shape[-2:]
    torch.testing.assert_close(corner.values[0], expected[0, 0, :height, :width])
    assert float(corner.values[0, -1, -1]) == pytest.approx(1)


@every_factor
def test_no_difference_is_beyond_the_colours(factor: int) -> None:
    result = compute(BilinearParams(SMALL, factor, white=True))
    for name in ("difference", "corner_difference"):
        pane = result.pane(name)
        assert pane.value_range is not None
        assert pane.value_range[0] < float(pane.values.min()) < -0.4
        assert float(pane.values.max()) < pane.value_range[1]


@every_border
@pytest.mark.parametrize("factor", [2, 3])
def test_a_picture_of_many_strips_is_the_layers_output(factor: int, border: str) -> None:
    photo = Picture("tall", F.interpolate(load_image("lena"), (2 * bilinear.STRIP + 1, 50)))
    result = compute(BilinearParams(photo, factor, border))
    ours = bilinear.upsample_bilinear(photo.image, factor, border)
    theirs = interpolated(photo.image, factor)
    difference = result.pane("difference").values
    torch.testing.assert_close(difference, (ours - theirs)[0].mean(0), atol=1e-6, rtol=0)
    assert beyond_one_level(result.pane("output").values, ours) == 0
    assert beyond_one_level(result.pane("interpolated").values, theirs) == 0


def test_on_all_ones_the_doubled_corner_is_0_5625_and_its_edge_0_75() -> None:
    corner = compute(BilinearParams(SMALL, 2, white=True)).pane("corner").values[0]
    assert corner.tolist() == [[0.5625, 0.75, 0.75, 0.75]] + [[0.75, 1.0, 1.0, 1.0]] * 3


def test_the_corner_is_that_of_the_output() -> None:
    for border in ("dark", "replicate", "divide"):
        result = compute(BilinearParams(SMALL, 5, border))
        corner = result.pane("corner").values
        shown = result.pane("output").values[:, : corner.shape[1], : corner.shape[2]]
        assert ((corner * 255).round() - shown.float()).abs().max() <= 1


@every_border
@pytest.mark.parametrize("white", [False, True])
def test_a_preview_is_a_sample_of_the_exact_pixels(border: str, white: bool) -> None:
    photo = Picture("tall", F.interpolate(load_image("lena"), (400, 250)))
    params = BilinearParams(photo, 5, border, white)
    exact, coarse = compute(params), preview(params, BOX)
    assert coarse is not None
    step = -(-2 * 2000 // 200)
    for name in ("output", "interpolated", "difference"):
        whole, sample = exact.pane(name), coarse.pane(name)
        assert whole.shape == sample.shape
        taken = whole.values[..., ::step, ::step]
        difference = (taken.float() - sample.values.float()).abs().max()
        assert difference <= (1e-6 if name == "difference" else 1)
    assert exact.formula == coarse.formula
    assert exact.code == coarse.code
    assert "F.interpolate" in coarse.sentence
    assert "largest difference" not in coarse.sentence  # a sample does not know it
    assert "by up to" not in coarse.sentence


def test_twice_the_size_needs_no_preview() -> None:
    assert preview(BilinearParams(), BOX) is None


@every_border
def test_the_links_name_the_pixels_that_an_output_depends_on(border: str) -> None:
    photo = Picture("small", torch.arange(3.0 * 4 * 6).reshape(1, 3, 4, 6).sin().abs())
    params = BilinearParams(photo, 3, border)
    (link,) = compute(params).links
    image = photo.image.clone().requires_grad_()
    for row, column in ((0, 0), (1, 7), (5, 17), (11, 9)):
        output = bilinear.upsample_bilinear(image, 3, border)[0, 0, row, column]
        (gradient,) = torch.autograd.grad(output, image)
        touched = {tuple(place) for place in gradient[0, 0].nonzero().tolist()}
        rows, columns = link.rows[row].tolist(), link.columns[column].tolist()
        named = {(r, c) for r in rows for c in columns if min(r, c) >= 0}
        assert touched == named


def test_tiny_numbers_are_told_as_powers_of_ten() -> None:
    told = [power_text(value) for value in (0.0, 0.4375, 1.2e-7, 6e-10, 3e-4)]
    assert told == ["0", "0.4375", "1·10⁻⁷", "6·10⁻¹⁰", "3·10⁻⁴"]

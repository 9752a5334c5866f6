"""Checkerboards: the lesson's counts, and what every remedy does to a flat picture."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from lessons_lib.images import Picture, load_image
from lessons_lib.kernels import bilinear_kernel
from lessons_lib.kit.result import Result
from lessons_lib.labs.checkerboard import (
    REMEDIES,
    CheckerboardParams,
    compute,
    flat_inside,
    preview,
    way_of,
)
from lessons_lib.upsampling import spread, tent
from lessons_lib.visualization.pixels import block_means
from tests.labs.all_labs import coded_layer, small_pictures

SMALL = small_pictures()[0]  # 30 x 45
START = CheckerboardParams(SMALL, photo=True)
EVERY_REMEDY = [remedy for _, remedy in REMEDIES]
every_remedy = pytest.mark.parametrize("remedy", EVERY_REMEDY)


def spread_of(params: CheckerboardParams) -> float:
    """The pattern inside an enlarged flat picture, from the layer that is shown."""
    with torch.no_grad():
        flat = way_of(params, params.remedy).layer(torch.ones(1, 3, 30, 30))
    border = 10 * params.stride
    inside = flat[0, 0, border:-border, border:-border]
    return float(inside.max() - inside.min())


# ---------------------------------------------------------------------------------- overlap counts


@pytest.mark.parametrize(
    ("k", "s", "counts", "words"),
    [
        (3, 2, {1, 2, 4}, "1, 2 and 4 stamps"),
        (4, 2, {4}, "4 stamps lie on every pixel"),
        (5, 3, {1, 2, 4}, "1, 2 and 4 stamps"),
        (6, 3, {4}, "4 stamps lie on every pixel"),
        (2, 3, {0, 1}, "0 and 1 stamps"),
    ],
)
def test_inside_so_many_stamps_overlap(k: int, s: int, counts: set[int], words: str) -> None:
    result = compute(CheckerboardParams(SMALL, kernel_size=k, stride=s))
    pane = result.pane("counts")
    torch_counts = F.conv_transpose2d(torch.ones(1, 1, 32, 32), torch.ones(1, 1, k, k), stride=s)
    assert set(torch_counts[0, 0, 10 * s : -10 * s, 10 * s : -10 * s].unique().tolist()) == counts
    middle = pane.values[0, 4:8, 4:8]
    assert set(middle.unique().tolist()) == counts
    assert words in result.sentence


@pytest.mark.parametrize("s", [1, 2, 3, 4])
@pytest.mark.parametrize("k", range(1, 9))
def test_the_overlap_map_is_what_torch_makes_of_ones(k: int, s: int) -> None:
    params = CheckerboardParams(SMALL, kernel_size=k, stride=s)
    counts = compute(params).pane("counts").values
    layer = way_of(params, "none").layer
    n = max(4, 12 // s)
    with torch.no_grad():
        expected = layer(torch.ones(1, 3, n, n))
    torch.testing.assert_close(counts, expected[0], atol=1e-3, rtol=0)  # thirds are rounded


# ----------------------------------------------------------------------------------------- remedies


@pytest.mark.parametrize("s", [2, 3, 4])
@pytest.mark.parametrize("k", [3, 4, 5, 8])
@every_remedy
def test_with_a_kernel_of_ones_every_remedy_cures(k: int, s: int, remedy: str) -> None:
    difference = spread_of(CheckerboardParams(SMALL, kernel_size=k, stride=s, remedy=remedy))
    if remedy == "none" and k % s:
        assert difference >= 1
    else:
        assert difference < 1e-5


@pytest.mark.parametrize("seed", [0, 3, 42])
@pytest.mark.parametrize(
    ("remedy", "cures"),
    [
        ("none", False),
        ("divisible", False),
        ("resize", True),
        ("bilinear", True),
        ("shuffle", False),
    ],
)
def test_with_random_weights_only_some_remedies_cure(seed: int, remedy: str, cures: bool) -> None:
    params = replace(START, seed=seed, kernel="random", remedy=remedy)
    difference = spread_of(params)
    sentence = compute(params).sentence
    if cures:
        assert difference < 1e-5
        assert sentence.endswith("everywhere (spread 0).")
    else:
        assert difference > 0.05
        assert f"(spread {difference:.2f})" in sentence
    assert ("phase" in sentence) == (remedy in ("divisible", "shuffle"))


def test_the_measure_is_the_largest_less_the_smallest_value() -> None:
    params = CheckerboardParams(SMALL, remedy="none")
    inside = flat_inside(way_of(params, "none"), 2)
    assert set(inside.unique().tolist()) == {1.0, 2.0, 4.0}
    assert spread(inside) == 3
    assert "as 1.00 to 4.00 (spread 3.00)" in compute(params).sentence


def test_a_tent_of_the_bilinear_size_is_the_bilinear_kernel() -> None:
    for factor in range(1, 5):
        kernel = bilinear_kernel(factor, 1)[0, 0]
        torch.testing.assert_close(tent(len(kernel)), kernel)
    assert tent(3).tolist() == [[0.25, 0.5, 0.25], [0.5, 1.0, 0.5], [0.25, 0.5, 0.25]]


def test_a_tent_half_as_steep_as_the_stride_is_even_although_the_overlaps_are_not() -> None:
    result = compute(CheckerboardParams(SMALL, kernel="bilinear", remedy="none"))
    assert "1, 2 and 4 stamps" in result.sentence
    assert "1.00 everywhere (spread 0)" in result.sentence


# --------------------------------------------------------------------------- panes, code and links


def codes_output(result: Result, params: CheckerboardParams) -> torch.Tensor:
    """What the line to copy makes of the photo, with the weights of the lab's own layer."""
    layer = coded_layer(result.code).requires_grad_(False)
    layer.load_state_dict(way_of(params, params.remedy).layer.state_dict())
    output: torch.Tensor = layer(params.picture.image)[0, 0]
    return output


@pytest.mark.parametrize(("k", "s"), [(3, 2), (4, 2), (5, 3), (2, 3), (8, 4), (4, 1)])
@every_remedy
def test_the_code_makes_the_output_and_the_details_are_parts_of_it(
    k: int, s: int, remedy: str
) -> None:
    for row, column in ((0, 0), (17, 22), (29, 44)):
        params = replace(
            START, kernel="random", kernel_size=k, stride=s, remedy=remedy, row=row, column=column
        )
        result = compute(params)
        expected = codes_output(result, params)
        torch.testing.assert_close(result.pane("output").values, expected, atol=1e-5, rtol=1e-5)
        ((top, left, rows, columns),) = result.pane("input").marked
        part = expected[top * s : (top + rows) * s, left * s : (left + columns) * s]
        name = "plain" if remedy == "none" else "remedied"
        torch.testing.assert_close(result.pane(name).values, part, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("k", "s"), [(3, 2), (4, 3)])
@every_remedy
def test_the_links_name_the_pixels_that_an_output_depends_on(k: int, s: int, remedy: str) -> None:
    photo = Picture("small", torch.arange(3.0 * 5 * 7).reshape(1, 3, 5, 7).sin().abs())
    params = replace(START, picture=photo, kernel_size=k, stride=s, remedy=remedy)
    link = next(link for link in compute(params).links if link.output == "output")
    image = photo.image.clone().requires_grad_()
    output = way_of(params, remedy).layer(image)[0, 0]
    for row, column in ((0, 0), (3, 4), (5 * s - 1, 7 * s - 1)):
        (gradient,) = torch.autograd.grad(output[row, column], image, retain_graph=True)
        touched = {tuple(place) for place in gradient[0, 0].nonzero().tolist()}
        rows, columns = set(link.rows[row].tolist()) - {-1}, set(link.columns[column].tolist())
        assert touched == {(r, c) for r in rows for c in columns - {-1}}


@every_remedy
def test_cost_counts_the_layers_weights(remedy: str) -> None:
    result = compute(replace(START, kernel_size=5, stride=3, remedy=remedy))
    layer = way_of(replace(START, kernel_size=5, stride=3), remedy).layer
    assert result.cost is not None
    assert result.cost.weights == sum(each.numel() for each in layer.parameters())
    taps = {"none": 25, "divisible": 36, "resize": 25 * 9, "bilinear": 25, "shuffle": 25 * 9}
    assert result.cost.multiply_adds == 3 * 30 * 45 * taps[remedy]


@every_remedy
def test_a_preview_has_the_exact_details_and_a_coarser_whole(remedy: str) -> None:
    photo = Picture("tall", F.interpolate(SMALL.image, (500, 360)))
    params = CheckerboardParams(
        photo, kernel="random", photo=True, kernel_size=5, stride=3, remedy=remedy
    )
    exact, coarse = compute(params), preview(params, (200, 200))
    assert coarse is not None
    assert [pane.shape for pane in exact.panes] == [pane.shape for pane in coarse.panes]
    assert coarse.pane("output").values.shape[-1] < 400
    assert torch.equal(exact.pane("plain").values, coarse.pane("plain").values)
    for name in ("sentence", "formula", "cost"):
        assert getattr(exact, name) == getattr(coarse, name), name


@pytest.mark.parametrize("photo", [False, True])
@pytest.mark.parametrize(
    ("k", "s", "kernel"),
    [(2, 3, "ones"), (3, 4, "bilinear"), (4, 4, "random"), (5, 3, "random"), (8, 3, "random")],
)
@every_remedy
def test_a_preview_is_made_of_means_over_the_blocks_of_the_exact_whole(
    k: int, s: int, kernel: str, photo: bool, remedy: str
) -> None:
    tall = Picture("tall", F.interpolate(load_image("lena"), (500, 361)))
    params = CheckerboardParams(tall, 3, kernel, photo, k, s, remedy)
    previewed = preview(params, (300, 300))
    assert previewed is not None
    exact, coarse = (result.pane("output") for result in (compute(params), previewed))
    expected = block_means(exact.values, s)
    torch.testing.assert_close(coarse.values, expected, atol=1e-5, rtol=1e-5)
    assert exact.block == coarse.block == s
    assert (exact.table, exact.shape) == (coarse.table, coarse.shape)
    if exact.table == "signed":  # then the stage finds the range, from the means
        assert exact.value_range is coarse.value_range is None
    else:
        assert coarse.value_range == pytest.approx(exact.value_range, rel=1e-5)


def test_a_preview_of_a_flat_picture_with_gaps_is_as_flat_as_the_whole() -> None:
    params = CheckerboardParams(kernel_size=2, stride=3, remedy="none")
    coarse = preview(params, (300, 300))
    assert coarse is not None
    torch.testing.assert_close(
        coarse.pane("output").values, torch.full((512, 512), 4 / 9), atol=1e-6, rtol=0
    )


def test_a_small_whole_has_room_for_its_largest_value() -> None:
    pane = compute(CheckerboardParams(SMALL, remedy="none")).pane("output")
    assert pane.value_range == (0.0, 4.0)


def test_twice_the_size_needs_no_preview() -> None:
    assert preview(CheckerboardParams(), (200, 200)) is None


def test_an_output_that_fits_and_one_of_stride_1_need_no_preview() -> None:
    large = Picture("large", F.interpolate(SMALL.image, (1100, 1200)))
    assert preview(CheckerboardParams(large, stride=1), (200, 200)) is None
    assert preview(CheckerboardParams(large, stride=2), (2200, 2400)) is None
    assert preview(CheckerboardParams(large, stride=2), (2200, 2399)) is not None

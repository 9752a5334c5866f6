"""The pooling labs: their numbers against torch, what belongs together, and what is said."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib.images import Picture, load_picture
from lessons_lib.kit.layers import conv
from lessons_lib.kit.result import IllegalSettingError, Result
from lessons_lib.labs import pooling, pooling_grid
from lessons_lib.labs.pooling import PoolingParams
from lessons_lib.labs.pooling_grid import PoolingGridParams
from lessons_lib.visualization.pixels import as_bytes
from tests.labs.all_labs import coded_layer, small_pictures, written

max_pool2d: Any = F.max_pool2d


def photo(**settings: Any) -> Result:
    return pooling.compute(PoolingParams(small_pictures()[0], **settings))


def grid(**settings: Any) -> Result:
    return pooling_grid.compute(PoolingGridParams(**settings))


# ---------------------------------------------------------------------------------------- the photo


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"kernel_size": 3, "own_stride": True, "stride": 2, "padding": 1, "dilation": 2},
        {"kernel_size": 7, "own_stride": True, "stride": 1},
        {"own_width": True, "kernel_width": 5, "own_stride_width": True, "stride_width": 3},
        {"kernel_size": 4, "ceil_mode": True},
    ],
)
def test_the_largest_numbers_are_torchs_and_come_back_to_their_places(
    settings: dict[str, Any],
) -> None:
    params = PoolingParams(small_pictures()[0], **settings)
    result = pooling.compute(params)
    layer: Any = pooling.layer_of(params)
    image = params.picture.image
    rest = (layer.kernel_size, layer.stride, layer.padding, layer.dilation, layer.ceil_mode)
    values, places = max_pool2d(image, *rest, return_indices=True)
    assert torch.equal(result.pane("output").values, as_bytes(values[0]))
    back = torch.zeros_like(image).flatten(2).scatter(2, places.flatten(2), values.flatten(2))
    assert torch.equal(result.pane("unpooled").values, as_bytes(back.view_as(image)[0]))


def test_an_axis_without_a_stride_of_its_own_jumps_by_its_kernel() -> None:
    def stride(**settings: Any) -> Any:
        return pooling.layer_of(
            PoolingParams(small_pictures()[0], kernel_size=4, **settings)
        ).stride

    assert stride() == (4, 4)
    assert stride(own_width=True, kernel_width=3) == (4, 3)
    assert stride(own_stride=True, stride=2) == (2, 2)
    assert stride(own_stride=True, stride=2, own_width=True, kernel_width=3) == (2, 2)
    assert stride(own_stride_width=True, stride_width=5) == (4, 5)


@pytest.mark.parametrize("count", [True, False])
def test_means_are_torchs_and_are_spread_over_their_windows(count: bool) -> None:
    result = photo(kind="average", kernel_size=3, padding=1, count_include_pad=count)
    image = small_pictures()[0].image
    expected = F.avg_pool2d(image, 3, 3, 1, count_include_pad=count)
    assert torch.equal(result.pane("output").values, as_bytes(expected[0]))
    spread = result.pane("unpooled").values
    assert torch.allclose(spread[:, 2:5, 2:5], expected[0, :, 1:2, 1:2].expand(3, 3, 3), atol=1e-6)
    assert result.pane("unpooled").title == "spread back"


def test_convolution_and_relu_come_before_the_pooling_in_the_line_the_panes_and_the_cost() -> None:
    result = photo(before="conv_relu", kernel="random_3x3", seed=5)
    line = written(result.code)
    assert line == (
        "nn.Sequential(nn.Conv2d(3, 1, kernel_size=3), nn.ReLU(), nn.MaxPool2d(kernel_size=2))"
    )
    assert [pane.name for pane in result.panes] == ["features", "output", "unpooled"]
    assert [pane.title for pane in result.panes] == ["conv, ReLU", "then max pool", "put back"]
    assert {pane.value_range for pane in result.panes} == {
        (0.0, float(result.pane("features").values.max()))
    }
    features = result.pane("features").values
    first = pooling._convolution(PoolingParams(small_pictures()[0], seed=5, kernel="random_3x3"))
    with torch.inference_mode():
        expected = first(small_pictures()[0].image).relu()
    assert torch.allclose(features, expected[0, 0], atol=1e-6)
    assert torch.equal(result.pane("output").values, F.max_pool2d(features[None], 2)[0])
    assert result.cost is not None
    assert result.cost.multiply_adds == conv.cost(first, (30, 45)).multiply_adds
    assert result.cost.weights == 27
    assert result.cost.comparisons == 28 * 43 + 3 * 14 * 21  # ReLU, then three to a window
    assert {(link.output, link.source) for link in result.links} == {("output", "features")}
    assert result.layer is not None
    with torch.inference_mode():
        assert result.layer().shape[-2:] == (14, 21)


def test_a_kept_number_of_panes_stands_there_in_every_mode() -> None:
    counts = {
        len(photo(before=before, kind=kind).panes)
        for before in ("photo", "conv_relu")
        for kind in ("max", "average")
    }
    assert counts == {3}


def test_the_input_pane_is_not_sent_again_while_a_slider_moves() -> None:
    picture = small_pictures()[0]
    for before, name in (("photo", "input"), ("conv_relu", "features")):
        panes = [
            pooling.compute(PoolingParams(picture, before=before, kernel_size=k)).pane(name)
            for k in (2, 5)
        ]
        assert panes[0].values.data_ptr() == panes[1].values.data_ptr()


@pytest.mark.parametrize("name", ["lena", "chelsea", "coffee", "astronaut", "zone plate"])
def test_the_sentence_counts_what_is_kept_and_what_comes_back(name: str) -> None:
    picture = load_picture(name)
    result = pooling.compute(PoolingParams(picture))
    height, width = (n // 2 for n in picture.image.shape[2:])
    share = height * width / (picture.image.shape[2] * picture.image.shape[3])
    assert result.sentence == (
        f"Of each of {height} × {width} windows the largest number is kept: {100 * share:.1f} % as "
        f"many numbers as before. Put back where they were found, {100 * share:.1f} % of the input "
        "is there again."
    )


def test_the_sentence_tells_of_shared_numbers_of_means_and_of_ceil_mode() -> None:
    overlapping = photo(own_stride=True, stride=1).sentence
    assert overlapping.endswith("Windows that overlap often share their largest number.")
    back = photo(own_stride=True, stride=1).pane("unpooled").values
    image = small_pictures()[0].image[0]
    share = 100 * float((back == as_bytes(image)).double().mean())
    assert f"{share:.1f} % of the input is there again" in overlapping
    means = photo(kind="average")
    missed = float((means.pane("unpooled").values - image).abs().mean())
    assert f"they miss the input by {missed:.3f} on average." in means.sentence
    assert "adds the last column of windows" in photo(ceil_mode=True).sentence  # 30 x 45
    assert "changes nothing here" in photo(kernel_size=3, ceil_mode=True).sentence
    pixel = PoolingParams(small_pictures()[-1], kernel_size=9, ceil_mode=True)
    assert "Without ceil_mode there would be no window" in pooling.compute(pixel).sentence


def test_too_much_padding_is_refused_with_its_reason_and_a_cure() -> None:
    with pytest.raises(IllegalSettingError) as caught:
        photo(kernel_size=3, padding=2)
    assert caught.value.nearest == {"padding": 1}
    assert "at most half" in caught.value.message
    with pytest.raises(IllegalSettingError) as caught:
        pooling.compute(PoolingParams(small_pictures()[-1], kernel_size=3))
    assert caught.value.nearest == {"kernel_size": 1, "kernel_width": 1}


def test_pointing_at_a_spread_picture_names_the_windows_of_a_pixel() -> None:
    result = photo(kind="average", kernel_size=3, own_stride=True, stride=2)
    spread = next(link for link in result.links if link.output == "unpooled")
    assert spread.transposed
    assert spread.rows[4].tolist() == [1, 2]
    assert spread.rows[3].tolist() == [1, -1]


def test_a_window_of_padding_alone_shares_no_number() -> None:
    dot = Picture("dot", torch.full((1, 3, 1, 1), 0.5))
    lost = pooling.compute(PoolingParams(dot, kernel_size=2, padding=1, dilation=2))
    assert lost.sentence.endswith("0.0 % of the input is there again.")


def test_where_windows_overlap_the_note_says_that_their_means_are_averaged() -> None:
    notes = {
        photo(kind="average", **settings).pane("unpooled").note
        for settings in ({}, {"kernel_size": 8}, {"own_stride": True, "stride": 16})
    }
    assert notes == {"each mean over its window"}
    for settings in ({"stride": 1}, {"stride": 2, "kernel_size": 3}):
        overlapping = photo(kind="average", own_stride=True, **settings)
        assert overlapping.pane("unpooled").note == "where windows overlap, their mean"


# ----------------------------------------------------------------------------------- on small grids


def test_the_example_by_hand_comes_out() -> None:
    result = grid()
    assert result.pane("output").values.tolist() == [[[9, 7], [8, 6]]]
    assert result.pane("found").values.tolist() == [[[5, 3], [8, 11]]]
    back = result.pane("unpooled").values
    assert int((back != 0).sum()) == 4
    assert torch.equal(back[back != 0], torch.tensor([7.0, 9, 8, 6]))


def test_further_channels_are_pooled_each_for_itself() -> None:
    result = grid(channels=3, kernel_size=3, stride=1)
    image = result.pane("input").values
    assert torch.equal(result.pane("output").values, F.max_pool2d(image, (3, 2), (1, 2)))
    for link in result.links:
        assert link.channels is not None
        assert link.channels.tolist() == [[0], [1], [2]]


@pytest.mark.parametrize(
    "settings",
    [
        {"channels": 2, "kernel_size": 3, "padding": 1},
        {"grid": "digits_3x5", "ceil_mode": True},
        {"grid": "counting_5", "kernel_width": 3, "stride": 1, "dilation": 2, "padding": 1},
        {"grid": "edge", "kernel_size": 4, "kernel_width": 3, "stride_width": 1, "padding": 1},
    ],
)
def test_a_winner_is_linked_to_its_cell_its_place_and_where_it_is_put_back(
    settings: dict[str, Any],
) -> None:
    result = grid(**settings)
    output = result.pane("output").values.flatten()
    links = {(link.first, link.second): link for link in result.cell_links}
    in_input = links["output", "input"]
    assert in_input.strong
    cells = in_input.cells.flatten()
    assert torch.equal(result.pane("input").values.flatten()[cells], output)
    back = links["output", "unpooled"].cells.flatten()
    assert torch.equal(result.pane("unpooled").values.flatten()[back], output)
    assert links["output", "found"].cells.flatten().tolist() == list(range(len(output)))
    inside_window(result, cells)


def inside_window(result: Result, cells: Tensor) -> None:
    """Hold every winner to the window that is outlined with it."""
    link = result.links[0]
    _, height, width = result.pane("input").shape
    _, rows, columns = result.pane("output").shape
    for index, cell in enumerate(cells.tolist()):
        i, j = index // columns % rows, index % columns
        assert cell // width % height in link.rows[i].tolist()
        assert cell % width in link.columns[j].tolist()


def test_what_is_put_back_or_spread_back_is_named_and_explained() -> None:
    for kind, title, note in (
        ("max", "put back", "0 where nothing was kept"),
        ("average", "spread back", "each mean over its window"),
    ):
        for before in ("photo", "conv_relu"):
            pane = photo(kind=kind, before=before).pane("unpooled")
            assert (pane.title, pane.note) == (title, note)


def test_a_mean_has_no_dilation_though_its_slider_was_moved() -> None:
    settings = {"kind": "average", "kernel_size": 3, "stride": 1}
    plain, moved = (grid(dilation=dilation, **settings) for dilation in (1, 2))
    for one, other in zip(plain.links, moved.links, strict=True):
        assert torch.equal(one.rows, other.rows)
        assert torch.equal(one.columns, other.columns)
    assert torch.equal(plain.pane("found").values, moved.pane("found").values)


def test_links_of_a_maximum_say_which_way_they_go() -> None:
    said = {(each.first, each.second): (each.verb, each.reverse) for each in grid().cell_links}
    assert said["output", "input"] == ("took its number from", "is the largest for")
    assert said["output", "found"] == ("has its place in", "is the place of")
    assert said["output", "unpooled"] == ("stands again in", "has its number from")
    averaged = grid(kind="average").cell_links
    assert [(each.verb, each.reverse) for each in averaged] == [("is", "divides")]


def test_every_mean_times_its_count_is_the_sum_of_its_window() -> None:
    settings = {"grid": "digits_3x5", "kernel_size": 3, "stride": 1, "stride_width": 3}
    for count in (True, False):
        result = grid(
            kind="average", padding=1, ceil_mode=True, count_include_pad=count, **settings
        )
        numbers = result.pane("input").values[:, 1:-1, 1:-1]
        params = {"padding": 1, "ceil_mode": True, "divisor_override": 1}
        sums = F.avg_pool2d(numbers, (3, 2), (1, 3), **params)  # type: ignore[arg-type]
        times = result.pane("found").values * result.pane("output").values
        torch.testing.assert_close(times, sums)


def test_what_comes_back_has_the_scale_of_what_was_there() -> None:
    for before in ("photo", "conv_relu"):
        names = {pane.name for pane in photo(before=before).panes}
        assert names <= set(pooling.LAB.look.same_scale)


def test_the_padding_of_a_maximum_is_minus_infinity_and_that_of_a_mean_zero() -> None:
    for kind, fill in (("max", -math.inf), ("average", 0.0)):
        pane = grid(kind=kind, padding=1).pane("input")
        assert pane.ring == (1, 1, 4, 4)
        assert pane.values[0, 0].unique().tolist() == [fill]
        assert bool(pane.values[0, 1:5, 1:5].isfinite().all())


@pytest.mark.parametrize(
    ("settings", "counts"),
    [
        ({"padding": 1, "kernel_size": 3, "kernel_width": 3}, [[9, 9], [9, 9]]),
        (
            {"padding": 1, "kernel_size": 3, "kernel_width": 3, "count_include_pad": False},
            [[4, 6], [6, 9]],
        ),
        ({"grid": "digits_3x5", "ceil_mode": True}, [[4, 4, 2], [2, 2, 1]]),
    ],
)
def test_every_mean_is_divided_by_what_counts(
    settings: dict[str, Any], counts: list[list[int]]
) -> None:
    result = grid(kind="average", **settings)
    found = result.pane("found")
    assert found.title == "divided by"
    assert found.values[0].tolist() == counts
    sums = F.avg_pool2d(
        result.pane("input").values,
        coded_layer(result.code).kernel_size,  # type: ignore[arg-type]
        2,
        ceil_mode=bool(settings.get("ceil_mode")),
        divisor_override=1,
    )
    assert torch.allclose(result.pane("output").values * found.values, sums, atol=1e-5)


def test_a_corner_of_ones_is_four_ninths_while_zeros_count() -> None:
    settings = {"grid": "ones", "kind": "average", "padding": 1, "stride": 1, "stride_width": 1}
    settings |= {"kernel_size": 3, "kernel_width": 3}
    counted, not_counted = grid(**settings), grid(**settings, count_include_pad=False)
    assert float(counted.pane("output").values[0, 0, 0]) == pytest.approx(0.444, abs=5e-4)
    assert "zeros of the padding counted" in counted.sentence
    assert not_counted.pane("output").values.unique().tolist() == [1.0]
    assert "4 to 9 numbers, padding not counted" in not_counted.sentence


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, ("max", True)),
        ({"kind": "average"}, ("mean", True)),
        ({"kind": "average", "count_include_pad": False}, ("mean", False)),
        ({"count_include_pad": False}, ("max", True)),
    ],
)
def test_the_stepper_says_what_is_done_and_whether_padding_counts(
    settings: dict[str, Any], told: tuple[str, bool]
) -> None:
    stepper = grid(**settings).stepper
    assert stepper is not None
    assert (stepper.operation, stepper.counts_outside) == told


def test_what_the_stepper_looks_up_comes_to_the_output() -> None:
    for settings in (
        {"padding": 1, "kernel_size": 3, "dilation": 2},
        {"kind": "average", "padding": 1, "kernel_size": 3, "ceil_mode": True},
        {"kind": "average", "padding": 1, "kernel_size": 3, "count_include_pad": False},
    ):
        result = grid(grid="counting_5", channels=2, **settings)
        source, output = result.pane("input"), result.pane("output").values
        link, stepper = result.links[0], result.stepper
        assert stepper is not None
        top, left, height, width = source.ring or (0, 0, *source.shape[1:])
        for c, i, j in torch.cartesian_prod(*map(torch.arange, output.shape)).tolist():
            numbers = [
                float(source.values[c, r, k])
                for r in link.rows[i].tolist()
                for k in link.columns[j].tolist()
                if r != -2 and k != -2
                if stepper.counts_outside or (top <= r < top + height and left <= k < left + width)
            ]
            value = max(numbers) if stepper.operation == "max" else sum(numbers) / len(numbers)
            assert value == pytest.approx(float(output[c, i, j]), abs=1e-5)


def test_the_sentence_of_a_grid_tells_how_many_cells_win() -> None:
    assert grid().sentence.endswith("each from a cell of its own; the others are lost.")
    overlapping = grid(kernel_size=3, kernel_width=3, stride=1, stride_width=1).sentence
    assert overlapping.endswith("All 4 come from 1 cell: windows that overlap may share one.")
    assert "of its own; the others are lost" in grid(kernel_size=1, kernel_width=1).sentence
    everything = {"kernel_size": 1, "kernel_width": 1, "stride": 1, "stride_width": 1}
    for channels in (1, 3):
        whole = grid(channels=channels, **everything).sentence
        assert whole.endswith("each from a cell of its own: none is lost.")


def test_places_and_counts_have_colours_that_count_from_zero() -> None:
    for kind, most in (("max", 15.0), ("average", 4.0)):
        pane = grid(kind=kind).pane("found")
        assert (pane.table, pane.value_range) == ("count", (0.0, most))

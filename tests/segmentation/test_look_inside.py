"""The way back through a network, against autograd, and what moves its maps most."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.kernels import seeded_draws
from lessons_lib.segmentation.look_inside import (
    WAYS,
    Way,
    all_feature_maps,
    convolutions,
    feature_maps,
    receptive_window,
    seen_part,
    strongest_place,
    way_back,
)
from lessons_lib.segmentation.patches import cut_out, strongest_patches, strongest_places


def drawn(*shape: int, seed: int = 1) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def plain_body() -> nn.Sequential:
    """As the small network's: what torch draws for it, in float64."""
    with seeded_draws(5):
        body = nn.Sequential(
            nn.Conv2d(3, 6, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 8, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(8, 9, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(9, 7, 3, padding=1),
            nn.ReLU(),
        )
    return body.double()


def strange_body() -> nn.Sequential:
    """Strides, dilation, groups, windows that overlap, and sizes that differ per axis."""
    with seeded_draws(6):
        body = nn.Sequential(
            nn.Conv2d(3, 6, (3, 5), stride=(2, 1), padding=(0, 2)),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
            nn.Conv2d(6, 8, 2, stride=3, padding=1, groups=2),
            nn.ReLU(),
            nn.MaxPool2d((2, 3), stride=1, dilation=(2, 1), ceil_mode=True),
            nn.Conv2d(8, 4, (1, 3), dilation=(1, 2), padding=(0, 2), bias=False),
        )
    return body.double()


def linear_body() -> nn.Sequential:
    with seeded_draws(7):
        body = nn.Sequential(
            nn.Conv2d(3, 5, 3, stride=2, padding=1),
            nn.Conv2d(5, 4, (4, 3), dilation=2),
            nn.Conv2d(4, 6, 3, padding=1),
        )
    return body.double()


def by_autograd(body: nn.Sequential, image: Tensor, layer: int, at: tuple[int, int, int]) -> Tensor:
    given = image.clone().requires_grad_()
    channel, row, column = at
    (gradient,) = torch.autograd.grad(body[: layer + 1](given)[0, channel, row, column], given)
    return gradient


def places_of(maps: Tensor) -> list[tuple[int, int, int]]:
    """Corners and some more, of the first and the last map."""
    channels, height, width = maps.shape[1:]
    rows, columns = {0, height // 2, height - 1}, {0, width // 3, width - 1}
    return list(product((0, channels - 1), sorted(rows), sorted(columns)))


# ----------------------------------------------------------------------------- against autograd


@pytest.mark.parametrize("size", [(24, 32), (27, 37), (31, 22)])
@pytest.mark.parametrize("make", [plain_body, strange_body])
def test_with_the_forward_mask_the_way_back_is_autograds_gradient(
    make: Any, size: tuple[int, int]
) -> None:
    body, image = make(), drawn(1, 3, *size)
    moved = 0
    for layer in range(len(body)):
        maps = feature_maps(body, image, layer)
        for channel, row, column in places_of(maps):
            back = way_back(body, image, layer, channel, (row, column), "gradient")
            expected = by_autograd(body, image, layer, (channel, row, column))
            assert back.shape == image.shape
            torch.testing.assert_close(back, expected, rtol=1e-12, atol=1e-14)
            moved += int(expected.any())
    assert moved > 50


@pytest.mark.parametrize("relu", WAYS)
def test_without_a_relu_between_every_way_back_is_autograds_gradient(relu: Way) -> None:
    body, image = linear_body(), drawn(1, 3, 23, 30)
    for layer in range(len(body)):
        maps = feature_maps(body, image, layer)
        for channel, row, column in places_of(maps):
            back = way_back(body, image, layer, channel, (row, column), relu)
            expected = by_autograd(body, image, layer, (channel, row, column))
            assert expected.any()
            torch.testing.assert_close(back, expected, rtol=1e-12, atol=1e-14)


def test_through_a_pooling_too_the_ways_are_one_as_long_as_there_is_no_relu() -> None:
    body = nn.Sequential(*(each for each in plain_body() if not isinstance(each, nn.ReLU)))
    image, layer = drawn(1, 3, 29, 21), len(body) - 1
    expected = by_autograd(body, image, layer, (2, 3, 1))
    for relu in WAYS:
        torch.testing.assert_close(way_back(body, image, layer, 2, (3, 1), relu), expected)


def test_the_ways_differ_at_relu_alone_and_each_as_it_says() -> None:
    """Two numbers come to a ReLU from below, and what comes back is +2 and -3, by hand."""

    def convolution(*weights: float) -> nn.Conv2d:
        layer = nn.Conv2d(len(weights), 1, 1, bias=False)
        layer.weight = nn.Parameter(torch.tensor(weights).view(1, -1, 1, 1))
        return layer

    spread = nn.Conv2d(1, 4, 1, bias=False)
    spread.weight = nn.Parameter(torch.tensor([1.0, 1.0, -1.0, -1.0]).view(4, 1, 1, 1))
    # there: 1, 1, -1, -1, of which ReLU leaves the first two; back: 2, -3, 5, -7
    body = nn.Sequential(spread, nn.ReLU(), convolution(2.0, -3.0, 5.0, -7.0))
    image = torch.ones(1, 1, 1, 1)
    found = {way: way_back(body, image, 2, 0, (0, 0), way).item() for way in WAYS}
    assert found == {
        "deconvnet": 2 * 1 + 5 * -1,  # what is positive when it comes back
        "gradient": 2 * 1 + -3 * 1,  # what was positive on the way there
        "guided": 2 * 1,  # what was and is
        "none": 2 * 1 + -3 * 1 + 5 * -1 + -7 * -1,
    }


def test_a_relu_that_writes_into_its_input_does_not_disturb_the_way_back() -> None:
    body = plain_body()
    writing = nn.Sequential(
        *(nn.ReLU(inplace=True) if isinstance(each, nn.ReLU) else each for each in body)
    )
    image = drawn(1, 3, 25, 19)
    layer = len(body) - 1
    for relu in WAYS:
        assert torch.equal(
            way_back(body, image, layer, 3, (2, 1), relu),
            way_back(writing, image, layer, 3, (2, 1), relu),
        )


def test_where_relu_was_given_exactly_0_nothing_passes_as_in_autograd() -> None:
    with seeded_draws(2):
        body = nn.Sequential(nn.Conv2d(3, 2, 3, padding=1, bias=False), nn.ReLU()).double()
    image = torch.zeros(1, 3, 5, 6, dtype=torch.float64)
    assert not by_autograd(body, image, 1, (1, 2, 3)).any()
    for way in WAYS[1:3]:
        assert not way_back(body, image, 1, 1, (2, 3), way).any()


def test_a_pooling_that_rounds_its_size_up_is_gone_back_through_from_its_last_row() -> None:
    body, image = nn.Sequential(nn.MaxPool2d(2, ceil_mode=True)), drawn(1, 3, 5, 7)
    assert torch.equal(feature_maps(body, image, 0), body(image))
    back = way_back(body, image, 0, 2, (2, 3))
    assert back.nonzero().tolist() == [[0, 2, 4, 6]]


def test_a_maximum_comes_back_to_its_place_as_torchs_max_unpool_puts_it() -> None:
    image = drawn(1, 3, 7, 9)
    _, places = F.max_pool2d(image, (2, 2), return_indices=True)
    one = torch.zeros(1, 3, 3, 4, dtype=torch.float64)
    one[0, 1, 2, 3] = 1
    expected = F.max_unpool2d(one, places, (2, 2), output_size=(7, 9))
    back = way_back(nn.Sequential(nn.MaxPool2d(2)), image, 0, 1, (2, 3))
    assert torch.equal(back, expected)


def test_what_comes_back_lies_within_the_receptive_window() -> None:
    for body in (plain_body(), strange_body()):
        image = drawn(1, 3, 33, 41)
        for layer in range(len(body)):
            maps = feature_maps(body, image, layer)
            for channel, row, column in places_of(maps):
                back = way_back(body, image, layer, channel, (row, column), "none")
                top, left, height, width = receptive_window(body, layer, (row, column))
                rest = back.clone()
                rest[..., max(top, 0) : top + height, max(left, 0) : left + width] = 0
                assert not rest.any()


def test_the_window_is_all_that_one_number_sees_and_no_more() -> None:
    body, image = plain_body(), drawn(1, 3, 48, 60)
    layer, (row, column) = 8, (5, 8)
    top, left, height, width = receptive_window(body, layer, (row, column))
    assert (height, width) == (22, 22)
    assert min(top, left) > 0
    linear = nn.Sequential(
        *(nn.AvgPool2d(2) if isinstance(each, nn.MaxPool2d) else each for each in body)
    )
    for each in linear:
        if isinstance(each, nn.Conv2d):
            nn.init.ones_(each.weight)
    gradient = by_autograd(linear, image, layer, (0, row, column))[0, 0]
    rows, columns = (gradient.sum(axis).nonzero().flatten() for axis in (1, 0))
    assert (int(rows[0]), int(rows[-1])) == (top, top + height - 1)
    assert (int(columns[0]), int(columns[-1])) == (left, left + width - 1)


@pytest.mark.parametrize("size", [(33, 41), (49, 50)])
@pytest.mark.parametrize("make", [plain_body, strange_body])
def test_the_seen_part_is_enough_for_every_way_back(make: Any, size: tuple[int, int]) -> None:
    body, image = make(), drawn(1, 3, *size)
    smaller = 0
    for layer in range(len(body)):
        maps = feature_maps(body, image, layer)
        for channel, row, column in places_of(maps):
            (top, left, height, width), place = seen_part(body, layer, (row, column), size)
            part = image[..., top : top + height, left : left + width]
            assert part.shape[2:] == (height, width)
            value = feature_maps(body, part, layer)[0, channel][place]
            torch.testing.assert_close(value, maps[0, channel, row, column])
            for relu in WAYS:
                whole = way_back(body, image, layer, channel, (row, column), relu)
                expected = whole[..., top : top + height, left : left + width]
                torch.testing.assert_close(
                    way_back(body, part, layer, channel, place, relu), expected
                )
            smaller += height * width < size[0] * size[1] / 4
    assert smaller > 5


# ------------------------------------------------------------------------------ maps and patches


def test_feature_maps_are_what_the_layers_give_and_stand_behind_each_relu() -> None:
    body, images = plain_body(), drawn(2, 3, 26, 34)
    assert convolutions(body) == [1, 4, 6, 9]
    assert convolutions(strange_body()) == [1, 4, 6]
    for layer in range(len(body)):
        assert torch.equal(feature_maps(body, images, layer), body[: layer + 1](images))
    in_one_pass = dict(all_feature_maps(body, images))
    assert list(in_one_pass) == convolutions(body)
    assert all(torch.equal(maps, body[: at + 1](images)) for at, maps in in_one_pass.items())


def test_the_strongest_patches_are_the_largest_numbers_one_of_each_picture() -> None:
    body, images, layer, channel = plain_body(), drawn(23, 3, 28, 36), 6, 2
    maps = body[: layer + 1](images)[:, channel]
    expected = maps.flatten(1).max(1).values.sort(descending=True)
    patches = strongest_patches(body, images, layer, channel)
    assert [patch.value for patch in patches] == expected.values[:9].tolist()
    assert [patch.picture for patch in patches] == expected.indices[:9].tolist()
    for patch in patches:
        assert maps[patch.picture][patch.place] == patch.value
        assert patch.place == strongest_place(maps[patch.picture])
        assert patch.window == receptive_window(body, layer, patch.place)


def test_a_patch_alone_moves_the_map_as_much_as_within_its_picture() -> None:
    body, images, layer = plain_body(), drawn(12, 3, 40, 44), 4
    inner = [
        (channel, patch)
        for channel in range(8)
        for patch in strongest_patches(body, images, layer, channel, 12)
        if min(patch.window[:2]) >= 0
        and patch.window[0] + patch.window[2] <= 40
        and patch.window[1] + patch.window[3] <= 44
    ]
    assert len(inner) > 10
    for channel, patch in inner:
        top, left, height, width = patch.window
        alone = torch.zeros(1, 3, 40, 44, dtype=torch.float64)
        alone[0, :, top : top + height, left : left + width] = patch.pixels
        assert body[: layer + 1](alone)[0, channel][patch.place].item() == pytest.approx(
            patch.value, rel=1e-12
        )


def test_a_patch_at_the_edge_is_black_beyond_the_picture() -> None:
    image = drawn(3, 5, 7)
    part = cut_out(image, (-2, 4, 4, 6))
    assert torch.equal(part[:, 2:, :3], image[:, :2, 4:])
    assert not part[:, :2].any()
    assert not part[:, :, 3:].any()
    assert not cut_out(image, (9, 0, 2, 2)).any()
    assert cut_out(image, (-2, 4, 4, 6), beyond=0.5)[:, :2].eq(0.5).all()
    assert not cut_out(image, (-4, 0, 2, 2)).any()


def test_a_map_that_nothing_moves_has_no_patches() -> None:
    body = plain_body()
    first: Any = body[0]
    with torch.no_grad():
        first.weight[4] = 0
        first.bias[4] = -1
    images = drawn(11, 3, 12, 14)
    assert strongest_patches(body, images, 1, 4) == []
    assert len(strongest_patches(body, images, 1, 2)) == 9
    found = strongest_places(body, images, 1)
    assert found.values.shape == (11, 6)
    assert not found.values[:, 4].any()


# ----------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("layer", "error", "said"),
    [
        (nn.BatchNorm2d(3), ValueError, "BatchNorm2d at 0"),
        (nn.Conv2d(3, 4, 3, padding="same"), ValueError, "padding='same'"),
        (nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"), ValueError, "reflect"),
        (nn.MaxPool2d(9), ValueError, r"do not go through MaxPool2d at 0.*3 x 5 x 6"),
        (nn.Conv2d(4, 4, 1), ValueError, "do not go through Conv2d at 0"),
    ],
)
def test_what_the_way_back_does_not_know_is_refused(
    layer: nn.Module, error: type[Exception], said: str
) -> None:
    body = nn.Sequential(layer).double()
    with pytest.raises(error, match=said):
        way_back(body, drawn(1, 3, 5, 6), 0, 0, (0, 0))


def test_a_layer_a_map_a_place_or_a_way_that_does_not_exist_is_refused() -> None:
    body, image = plain_body(), drawn(1, 3, 8, 10)
    with pytest.raises(IndexError, match="from 0 to 9"):
        way_back(body, image, 10, 0, (0, 0))
    with pytest.raises(IndexError, match="`channel` "):
        way_back(body, image, 1, 6, (0, 0))
    with pytest.raises(IndexError, match="place"):
        way_back(body, image, 1, 0, (0, -1))
    wrong: Any = "deconv"
    with pytest.raises(ValueError, match="'deconvnet', 'gradient'"):
        way_back(body, image, 1, 0, (0, 0), wrong)

"""Padding against torch's own, on pictures that are neither square nor symmetric."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib.convolution import conv2d
from lessons_lib.geometry import PADDING_MODES
from lessons_lib.padding import pad2d, pad2d_at, pad2d_loops

IMAGE = torch.arange(1, 21).view(4, 5)
FOUR_BY_FOUR = torch.arange(1, 17).view(4, 4)


def torch_pad2d(image: Tensor, padding: tuple[int, int], padding_mode: str) -> Tensor:
    vertical, horizontal = padding
    sides = (horizontal, horizontal, vertical, vertical)  # torch names the last axis first
    return F.pad(image, sides, "constant" if padding_mode == "zeros" else padding_mode)


@pytest.mark.parametrize("pad", [pad2d, pad2d_loops])
@pytest.mark.parametrize("padding_mode", PADDING_MODES)
@pytest.mark.parametrize("padding", [(0, 0), (1, 1), (3, 4), (0, 2), (2, 0)])
def test_padding_is_torchs(pad: Callable[..., Tensor], padding: Any, padding_mode: str) -> None:
    image = torch.stack([IMAGE, -IMAGE]).double()[None]  # (1, 2, 4, 5)
    expected = torch_pad2d(image, padding, padding_mode)
    assert torch.equal(pad(image, padding, padding_mode), expected)


@pytest.mark.parametrize("pad", [pad2d, pad2d_loops])
def test_circular_pads_up_to_a_whole_picture_on_each_side(pad: Callable[..., Tensor]) -> None:
    padded = pad(IMAGE, (4, 5), "circular")
    assert torch.equal(padded, IMAGE.repeat(3, 3))


@pytest.mark.parametrize("pad", [pad2d, pad2d_loops])
@pytest.mark.parametrize("padding_mode", ["zeros", "replicate"])
def test_zeros_and_replicate_pad_beyond_the_size_of_the_picture(
    pad: Callable[..., Tensor], padding_mode: str
) -> None:
    expected = torch_pad2d(IMAGE[None, None].double(), (7, 9), padding_mode)[0, 0].long()
    assert torch.equal(pad(IMAGE, (7, 9), padding_mode), expected)


@pytest.mark.parametrize("padding_mode", PADDING_MODES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1)])
def test_pictures_one_pixel_thin_are_padded_as_far_as_the_mode_allows(
    shape: tuple[int, int], padding_mode: str
) -> None:
    image = torch.arange(1.0, 5.0)[: shape[0] * shape[1]].view(1, 1, *shape)
    padding = tuple(n - 1 if padding_mode == "reflect" else 1 for n in shape)
    expected = torch_pad2d(image, (padding[0], padding[1]), padding_mode)
    assert torch.equal(pad2d(image, padding, padding_mode), expected)


@pytest.mark.parametrize(
    ("padding_mode", "first_row"),
    [
        ("zeros", [0, 0, 0, 0, 0, 0]),
        ("reflect", [6, 5, 6, 7, 8, 7]),
        ("replicate", [1, 1, 2, 3, 4, 4]),
        ("circular", [16, 13, 14, 15, 16, 13]),
    ],
)
def test_the_padded_four_by_four_begins_as_the_lesson_says(
    padding_mode: str, first_row: list[int]
) -> None:
    assert pad2d(FOUR_BY_FOUR, 1, padding_mode)[0].tolist() == first_row


def test_circular_is_a_window_cut_out_of_the_tiling() -> None:
    tiling = FOUR_BY_FOUR.repeat(3, 3)
    assert torch.equal(pad2d(FOUR_BY_FOUR, (1, 3), "circular"), tiling[3:9, 1:11])


@pytest.mark.parametrize("padding_mode", PADDING_MODES)
def test_infinity_and_nan_stay_where_they_are_and_zeros_are_exact(padding_mode: str) -> None:
    image = torch.tensor([[float("inf"), 1, 2], [3, 4, float("nan")]])
    expected = torch_pad2d(image[None], (1, 2), padding_mode)[0]
    assert torch.equal(pad2d(image, (1, 2), padding_mode).isnan(), expected.isnan())
    assert torch.equal(pad2d(image, (1, 2), padding_mode).nan_to_num(9), expected.nan_to_num(9))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.float64, torch.bool])
def test_the_dtype_stays(dtype: torch.dtype) -> None:
    assert pad2d(IMAGE.to(dtype), 1).dtype == dtype


def test_padding_gives_a_new_tensor_even_when_nothing_is_added() -> None:
    image = IMAGE.clone()
    pad2d(image, 0)[0, 0] = 99
    assert image[0, 0] == 1


@pytest.mark.parametrize("padding_mode", PADDING_MODES)
def test_gradients_flow_back_as_through_torchs_padding(padding_mode: str) -> None:
    image = IMAGE.double()[None].requires_grad_()
    weight = torch.arange(8.0 * 11).view(1, 8, 11)
    (ours,) = torch.autograd.grad((pad2d(image, (2, 3), padding_mode) * weight).sum(), image)
    expected = (torch_pad2d(image, (2, 3), padding_mode) * weight).sum()
    assert torch.equal(ours, torch.autograd.grad(expected, image)[0])


@pytest.mark.parametrize("padding_mode", PADDING_MODES)
def test_some_rows_and_columns_are_those_of_the_whole(padding_mode: str) -> None:
    rows, columns = torch.tensor([0, 7, 3, 3]), torch.tensor([10, 0, 5])
    whole = pad2d(IMAGE, (2, 3), padding_mode)
    some = pad2d_at(IMAGE, (2, 3), padding_mode, rows, columns)
    assert torch.equal(some, whole[..., rows[:, None], columns])


@pytest.mark.parametrize("pad", [pad2d, pad2d_loops])
@pytest.mark.parametrize(
    ("padding", "padding_mode", "message"),
    [
        ((4, 0), "reflect", r"`padding` \(=4\) must be < the size \(=4\)"),
        ((0, 5), "reflect", r"`padding` \(=5\) must be < the size \(=5\)"),
        ((5, 0), "circular", r"`padding` \(=5\) must be <= the size \(=4\)"),
        (-1, "zeros", r"`padding` \(=-1\) must be at least 0"),
        (1, "constant", r"`padding_mode` \(='constant'\) must be one of"),
    ],
)
def test_padding_beyond_the_limit_is_refused_by_name(
    pad: Callable[..., Tensor], padding: Any, padding_mode: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        pad(IMAGE, padding, padding_mode)


def test_a_row_alone_is_no_picture() -> None:
    with pytest.raises(
        ValueError, match=r"`image` \(shape \(5,\)\) must be \(..., height, width\)"
    ):
        pad2d(torch.arange(5), 1)


def test_with_bias_the_ring_of_zeros_becomes_the_bias() -> None:
    weight, bias = torch.tensor([[[[2]]]]), torch.tensor([7])
    ring = torch.ones(6, 7, dtype=torch.bool)
    ring[1:-1, 1:-1] = False
    assert conv2d(IMAGE[None], weight, None, padding=1)[0][ring].unique().tolist() == [0]
    assert conv2d(IMAGE[None], weight, bias, padding=1)[0][ring].unique().tolist() == [7]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (torch.tensor([-1]), r"`rows` \(from -1 to -1\) must lie between 0 and 6"),
        (torch.tensor([0, 7]), r"`rows` \(from 0 to 7\) must lie between 0 and 6"),
        (torch.tensor([[0]]), r"`rows` \(shape \(1, 1\)\) must be \(places\)"),
        (torch.tensor([0.0]), r"`rows` \(dtype torch.float32\) must be one of int64"),
        (torch.tensor([True]), r"`rows` \(dtype torch.bool\) must be one of int64"),
        ([0], r"`rows` \(a list\) must be a tensor"),
    ],
)
def test_places_beyond_the_padded_picture_are_refused(rows: Any, message: str) -> None:
    image = torch.arange(15).view(3, 5)
    with pytest.raises((TypeError, ValueError), match=message):
        pad2d_at(image, 2, "zeros", rows, torch.tensor([0]))
    with pytest.raises((TypeError, ValueError), match=message.replace("rows", "columns")):
        pad2d_at(image.T[:3, :3], 2, "zeros", torch.tensor([0]), rows)


def test_places_in_any_whole_numbers_and_none_at_all_are_looked_up() -> None:
    image = torch.arange(15).view(3, 5)
    rows, none = torch.tensor([2, 4]).to(torch.uint8), torch.tensor([], dtype=torch.int64)
    assert pad2d_at(image, 1, "zeros", rows, torch.tensor([1])).tolist() == [[5], [0]]
    assert pad2d_at(image, 1, "zeros", none, torch.tensor([1])).shape == (0, 1)


@pytest.mark.parametrize("pad", [pad2d, pad2d_loops])
@pytest.mark.parametrize("image", [torch.ones(2, 0, 3), torch.ones(3, 0)])
def test_a_picture_without_pixels_is_refused_by_name(pad: Any, image: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"`image` .* an axis without anything in it"):
        pad(image, 1)

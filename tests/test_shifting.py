"""Moving in a circle, the blur before a step, and what of an answer is counted as changed."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.images import BUNDLED, load_image
from lessons_lib.kernels import seeded_layer
from lessons_lib.shifting import (
    amount_changed,
    binomial,
    blur_pool,
    blur_pool_layer,
    blur_weight,
    circular_max,
    difference,
    moved,
    share_changed,
    spread,
    steps_moved,
    whole_steps,
)


def uneven(height: int, width: int, channels: int = 2) -> Tensor:
    """Whole numbers without any symmetry, (1, channels, height, width)."""
    generator = torch.Generator().manual_seed(5)
    return torch.randint(-50, 50, (1, channels, height, width), generator=generator).float()


# ------------------------------------------------------------------------------ moving in a circle


def test_down_and_across_are_kept_apart_and_what_leaves_comes_in_again() -> None:
    picture = torch.arange(12).reshape(3, 4)
    there = moved(picture, down=1, across=3)
    for row in range(3):
        for column in range(4):
            assert there[(row + 1) % 3, (column + 3) % 4] == picture[row, column]
    assert torch.equal(moved(there, -1, -3), picture)
    assert torch.equal(moved(picture, 3, 4), picture)


@pytest.mark.parametrize(("step", "size"), [(1, (7, 10)), (2, (6, 10)), (3, (6, 9)), (7, (7, 7))])
def test_a_picture_is_cut_to_whole_steps_at_its_end(step: int, size: tuple[int, int]) -> None:
    picture = uneven(7, 10)
    cut = whole_steps(picture, step)
    assert cut.shape[-2:] == size
    assert torch.equal(cut, picture[..., : size[0], : size[1]])


@pytest.mark.parametrize("step", [0, 8])
def test_a_step_that_does_not_fit_is_refused(step: int) -> None:
    with pytest.raises(ValueError, match=rf"`step` \(={step}\) must be 1 to 7"):
        whole_steps(uneven(7, 10), step)


@pytest.mark.parametrize(
    ("step", "moves"),
    [(1, [0, 1, 2, 3, 4]), (2, [0, 0, 1, 1, 2]), (3, [0, 0, 1, 1, 1]), (4, [0, 0, 0, 1, 1])],
)
def test_the_answer_moves_by_the_nearest_whole_step(step: int, moves: list[int]) -> None:
    assert [steps_moved(pixels, step) for pixels in range(5)] == moves


# ------------------------------------------------------------------------- maximum, blur, and jump


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_where_whole_windows_fit_the_circular_maximum_is_max_pooling(size: int) -> None:
    picture = whole_steps(uneven(13, 18), size)
    assert torch.equal(circular_max(picture, size, size), F.max_pool2d(picture, size))


@pytest.mark.parametrize(("size", "step"), [(2, 1), (3, 1), (3, 2), (4, 3), (1, 2)])
def test_the_circular_maximum_goes_on_at_the_other_side(size: int, step: int) -> None:
    picture = uneven(7, 5)
    padded = F.pad(picture, (0, size - 1, 0, size - 1), mode="circular")
    assert torch.equal(circular_max(picture, size, step), F.max_pool2d(padded, size, step))


def test_the_blur_is_a_row_of_pascals_triangle_in_each_direction() -> None:
    assert [(2 ** (n - 1) * binomial(n)).tolist() for n in (1, 2, 4)] == [[1], [1, 1], [1, 3, 3, 1]]
    weight = blur_weight(2, channels=4)
    assert weight.shape == (4, 1, 3, 3)
    for channel in 16 * weight[:, 0]:
        assert channel.tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    for step in (1, 2, 3, 4):
        assert blur_weight(step).shape[-1] == 2 * step - 1
        assert float(blur_weight(step).sum()) == 3
    with pytest.raises(ValueError, match=r"`size` \(=0\)"):
        binomial(0)


@pytest.mark.parametrize("step", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(4, 4), (7, 5), (12, 24), (9, 13)])
def test_blur_pool_equals_the_one_made_of_torchs_layers(step: int, size: tuple[int, int]) -> None:
    picture = uneven(*size)
    with torch.inference_mode():
        layers = blur_pool_layer(step, channels=2)(picture)
    mine = blur_pool(picture, step)
    assert mine.shape == (1, 2, -(-size[0] // step), -(-size[1] // step))
    torch.testing.assert_close(mine, layers, atol=1e-4, rtol=0)


def test_step_1_neither_blurs_nor_takes_a_maximum() -> None:
    assert torch.equal(blur_pool(uneven(4, 6), 1), uneven(4, 6))


# ----------------------------------------------------------------------------- what of it changed?


def test_a_change_is_counted_from_half_a_grey_level_on() -> None:
    grey = torch.arange(8) / 255
    assert share_changed(grey, grey + 1 / 255) == 1
    assert share_changed(grey, grey + 0.4 / 255) == 0
    assert share_changed(grey, grey + 0.4 / 255, more_than=0) == 1
    changed = grey.clone()
    changed[2] += 0.5
    changed[5] -= 0.5
    assert share_changed(grey, changed) == 2 / 8


def test_answers_of_two_shapes_have_no_same_place() -> None:
    with pytest.raises(ValueError, match=r"\(3,\)\) must have the shape of `first` \(\(2,\)\)"):
        difference(torch.zeros(2), torch.zeros(3))


def test_the_amount_is_measured_by_the_spread_whatever_the_unit() -> None:
    one, other = uneven(6, 8), moved(uneven(6, 8), across=1)
    both = torch.cat([one.flatten(), other.flatten()])
    expected = float((one - other).abs().mean() / both.std(correction=0))
    for unit in (1.0, 0.001):
        found = amount_changed(unit * one + 3 * unit, unit * other + 3 * unit)
        assert found == pytest.approx(expected, rel=1e-4)
    assert spread(one, other) == pytest.approx(float(both.std(correction=0)))


def test_one_number_everywhere_changes_by_nothing() -> None:
    flat = torch.full((1, 3, 40, 40), 0.1)
    assert amount_changed(flat, flat) == amount_changed(flat, flat + 1e-9) == 0


# -------------------------------------------------------------------- the experiments of the lesson


@pytest.mark.parametrize(
    ("direction", "percent"), [("across", {1: 67, 2: 93}), ("down", {1: 64, 2: 91})]
)
def test_2_x_2_max_on_lena_changes_as_the_lesson_says(
    lena: Tensor, direction: str, percent: dict[int, int]
) -> None:
    rest = F.max_pool2d(lena, 2)
    for shift, expected in percent.items():
        output = F.max_pool2d(moved(lena, **{direction: shift}), 2)
        assert round(100 * share_changed(rest, output)) == expected
        assert round(100 * share_changed(rest, output, more_than=0)) == expected
    assert torch.equal(moved(output, **{direction: -1}), rest)  # after 2 pixels: none differs


@pytest.mark.parametrize("name", BUNDLED)
def test_max_pooling_follows_whole_steps_and_no_others(name: str) -> None:
    photo = load_image(name)
    for step in (2, 3, 4):
        cut = whole_steps(photo, step)
        rest = F.max_pool2d(cut, step)
        for shift in range(1, 9):
            output = F.max_pool2d(moved(cut, down=shift), step)
            back = moved(output, down=-steps_moved(shift, step))
            assert torch.equal(back, rest) == (shift % step == 0)
            assert share_changed(rest, output) > 0.3


@pytest.mark.parametrize("name", BUNDLED)
def test_a_circular_convolution_of_stride_1_is_equivariant_and_not_invariant(name: str) -> None:
    photo = load_image(name)
    layer = seeded_layer(3, padding=1, padding_mode="circular").requires_grad_(False)
    rest = layer(photo)
    for shift in range(1, 9):
        output = layer(moved(photo, down=shift, across=2 * shift))
        assert share_changed(moved(output, -shift, -2 * shift), rest, more_than=1e-6) == 0
        assert share_changed(output, rest) > 0.5


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("step", [2, 3, 4])
@pytest.mark.parametrize("direction", ["across", "down"])
def test_after_a_blur_the_outputs_change_by_less_but_not_fewer_of_them(
    name: str, step: int, direction: str
) -> None:
    photo = whole_steps(load_image(name), step)
    ways = {
        "max": lambda image: F.max_pool2d(image, step),
        "stride": lambda image: image[..., ::step, ::step],
        "blur": lambda image: blur_pool(image, step),
    }
    shares, amounts = {}, {}
    for way, apply in ways.items():
        rest, output = apply(photo), apply(moved(photo, **{direction: 1}))
        shares[way], amounts[way] = share_changed(rest, output), amount_changed(rest, output)
    assert amounts["blur"] < amounts["max"] < amounts["stride"]
    assert shares["max"] < shares["blur"] < shares["stride"]


def test_rounding_of_one_number_everywhere_is_no_change() -> None:
    flat = torch.full((1, 1, 4, 5), 0.3)
    other = flat.clone()
    other[..., 1, 2] = torch.nextafter(other[..., 1, 2], torch.tensor(1.0))
    assert not torch.equal(flat, other)
    assert amount_changed(flat, other) == 0


def test_a_long_row_of_pascals_triangle_still_sums_to_one() -> None:
    row = binomial(301)  # its largest number has 89 digits
    assert float(row.sum()) == pytest.approx(1)
    assert torch.equal(row, row.flip(0))


def test_outputs_moved_by_are_counted_in_whole_numbers_however_far() -> None:
    assert steps_moved(10**17 + 1, 2) == 5 * 10**16
    assert [steps_moved(pixels, 3) for pixels in (-5, -4, -2, -1, 0, 1, 2, 4, 5)] == [
        *(-2, -1, -1, 0, 0, 0, 1, 1, 2),
    ]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_blur_of_half_precision_is_rounded_once(dtype: torch.dtype) -> None:
    image = uneven(6, 9).to(dtype)
    expected = blur_pool(image.float(), 3).to(dtype)
    assert torch.equal(blur_pool(image, 3), expected)

"""Bundled and drawn pictures: their values, their sizes, and that each is read once."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from lessons_lib.images import (
    BUNDLED,
    GENERATED,
    Picture,
    assets_folder,
    checkerboard,
    impulse,
    load_image,
    load_picture,
    zone_plate,
)


def test_lena_has_exactly_pillows_values_divided_by_255() -> None:
    pixels = np.asarray(Image.open(assets_folder() / "lena.png"))
    expected = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255
    assert torch.equal(load_image("lena"), expected)


def test_lena_equals_torchvisions_to_tensor() -> None:
    # In a process of its own: torchvision is imported only where it is used.
    program = (
        "from lessons_lib.machine.torchvision_cpu import make_torchvision_importable\n"
        "make_torchvision_importable()\n"
        "import torch\n"
        "from PIL import Image\n"
        "from torchvision.transforms.functional import to_tensor\n"
        "from lessons_lib.images import assets_folder, load_image\n"
        "expected = to_tensor(Image.open(assets_folder() / 'lena.png'))[None]\n"
        "assert torch.equal(load_image('lena'), expected)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", BUNDLED + GENERATED)
def test_every_named_picture_is_a_contiguous_float32_rgb_batch_of_values_0_to_1(name: str) -> None:
    image = load_image(name)
    assert image.dtype == torch.float32
    assert image.is_contiguous()
    assert image.shape[:2] == (1, 3)
    assert image.min() >= 0
    assert image.max() <= 1
    assert image.max() > image.min()


def test_chelsea_is_300_high_and_451_wide() -> None:
    assert load_image("chelsea").shape == (1, 3, 300, 451)


@pytest.mark.parametrize("name", ["lena", "zone plate"])
def test_a_named_picture_is_the_same_object_each_time(name: str) -> None:
    assert load_picture(name) is load_picture(name)
    assert load_picture(name) == load_picture(name)
    assert load_picture(name).name == name
    assert load_picture(name).note == ""


def test_two_pictures_with_equal_pixels_are_still_two() -> None:
    image = torch.zeros(1, 3, 2, 2)
    assert Picture("a", image) != Picture("a", image)


def test_writing_into_a_loaded_image_leaves_the_next_one_unharmed() -> None:
    load_image("lena").zero_()
    assert load_image("lena").max() > 0


def test_a_picture_comes_back_as_it_is() -> None:
    picture = Picture("mine", torch.zeros(1, 3, 2, 2))
    assert load_picture(picture) is picture


def test_the_zone_plate_follows_its_formula() -> None:
    plate = zone_plate(512)
    for row, column in ((0, 0), (100, 37), (256, 255), (511, 300)):
        squared = (row - 255.5) ** 2 + (column - 255.5) ** 2
        expected = 0.5 + 0.5 * math.cos(math.pi * squared / 512)
        assert plate[0, :, row, column].tolist() == pytest.approx([expected] * 3, abs=1e-6)


def test_the_zone_plate_reaches_just_nyquist_at_its_edges() -> None:
    # At Nyquist neighbours alternate: each of the last steps reverses the one before.
    steps = zone_plate(512)[0, 0, 256, -8:].diff()
    assert (steps[1:] * steps[:-1] < 0).all()
    # Half way out a cycle takes four pixels: two steps later the value is the opposite one.
    middle = zone_plate(512)[0, 0, 256, 384 - 4 : 384 + 4]
    assert torch.allclose(middle[:-2] + middle[2:], torch.ones(6), atol=0.05)


def test_the_impulse_is_one_white_pixel_off_the_centre_and_off_the_diagonal() -> None:
    image = impulse()
    assert image.sum() == 3
    assert image[0, :, 192, 320].tolist() == [1, 1, 1]


def test_the_impulse_goes_where_it_is_told() -> None:
    assert impulse(6, row=1, column=4)[0, 0].nonzero().tolist() == [[1, 4]]
    with pytest.raises(ValueError, match=r"`column` \(=6\) is outside .* choose 0 to 5"):
        impulse(6, column=6)


@pytest.mark.parametrize("argument", ["row", "column"])
@pytest.mark.parametrize("value", [1.5, "3", True])
def test_a_place_that_is_no_whole_number_is_refused(argument: str, value: Any) -> None:
    with pytest.raises(TypeError, match=rf"`{argument}` .* whole number from 0 to 7"):
        impulse(8, **{argument: value})


def test_numpys_whole_numbers_are_whole_numbers() -> None:
    five: Any = np.int64(5)
    two: Any = np.uint8(2)
    two_hundred: Any = np.uint8(200)  # three times that is no number of 8 bits
    assert torch.equal(zone_plate(five), zone_plate(5))
    assert torch.equal(checkerboard(five, two), checkerboard(5, 2))
    assert torch.equal(impulse(five, two, five - 1), impulse(5, 2, 4))
    assert torch.equal(impulse(two_hundred), impulse(200))


def test_the_checkerboard_repeats_every_two_cells() -> None:
    board = checkerboard(12, cell=3)[0, 0]
    assert board[0].tolist() == [1, 1, 1, 0, 0, 0] * 2
    assert board[3].tolist() == [0, 0, 0, 1, 1, 1] * 2


def test_stride_4_turns_the_fine_checkerboard_into_a_plain_surface() -> None:
    board = load_image("checkerboard")
    assert board.unique().tolist() == [0, 1]
    assert len(board[..., ::4, ::4].unique()) == 1


@pytest.mark.parametrize("draw", [zone_plate, impulse, checkerboard])
def test_a_size_below_1_is_refused(draw: Callable[[int], torch.Tensor]) -> None:
    with pytest.raises(ValueError, match=r"`size` \(=0\) must be at least 1"):
        draw(0)

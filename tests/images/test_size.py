"""Large pictures are scaled down by area mean, and the note says so."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from lessons_lib.images import (
    load_image,
    load_picture,
    picture_from_bytes,
)
from tests.images.files import encoded


def test_a_large_picture_is_scaled_down_by_area_mean_with_a_note() -> None:
    # 4 x 8 blocks of 100 x 100 pixels; each block is half black, half of its own grey.
    greys = np.arange(32, dtype=np.uint8).reshape(4, 8) * 8
    large = np.kron(greys, np.ones((100, 100), dtype=np.uint8))
    large[:, ::2] = 0
    picture = picture_from_bytes(encoded(Image.fromarray(large)), "x", max_side=8)
    assert (picture.image[0, 0] * 255).tolist() == (greys // 2).tolist()
    assert picture.note == ("scaled down from 400 × 800 to 4 × 8 (height × width) to stay live")


def test_fine_stripes_shrink_to_grey_and_not_to_moire() -> None:
    stripes = np.zeros((1000, 1000), dtype=np.uint8)
    stripes[:, ::2] = 255
    image = picture_from_bytes(encoded(Image.fromarray(stripes)), "x", max_side=500).image
    assert len(image.unique()) == 1
    assert image[0, 0, 0, 0].item() == pytest.approx(0.5, abs=0.01)


def test_40_million_pixels_become_a_live_picture() -> None:
    data = encoded(Image.new("RGB", (8000, 5000), (10, 20, 30)), compress_level=1)
    picture = picture_from_bytes(data, "big.png")
    assert picture.image.shape == (1, 3, 480, 768)
    assert "from 5000 × 8000 to 480 × 768" in picture.note


def test_a_very_long_picture_keeps_at_least_one_pixel_of_its_short_side() -> None:
    picture = picture_from_bytes(encoded(Image.new("L", (4000, 1))), "x")
    assert picture.image.shape == (1, 3, 1, 768)


def test_max_side_none_keeps_the_size() -> None:
    data = encoded(Image.new("L", (900, 2)))
    assert picture_from_bytes(data, "x", max_side=None).image.shape == (1, 3, 2, 900)
    assert picture_from_bytes(data, "x", max_side=900).note == ""


def test_a_bundled_picture_can_be_loaded_small_beside_its_full_size() -> None:
    small = load_picture("lena", max_side=64)
    assert small.image.shape == (1, 3, 64, 64)
    blocks = load_image("lena").unfold(2, 8, 8).unfold(3, 8, 8)
    assert torch.allclose(small.image, blocks.mean(dim=(-1, -2)), atol=1 / 255)
    assert load_picture("lena").image.shape == (1, 3, 512, 512)


@pytest.mark.parametrize("max_side", [np.int64(100), np.uint16(100)])
def test_numpys_whole_numbers_are_allowed_as_the_longest_side(max_side: int) -> None:
    large = encoded(Image.new("L", (300, 200)))
    assert picture_from_bytes(large, "x", max_side).image.shape == (1, 3, 67, 100)
    assert load_picture("lena", max_side) is load_picture("lena", 100)


@pytest.mark.parametrize(
    ("max_side", "error"),
    [(0, ValueError), (2.5, TypeError), (np.float64(64), TypeError), (True, TypeError)],
)
def test_a_senseless_max_side_is_refused(max_side: int, error: type[Exception]) -> None:
    with pytest.raises(error, match="`max_side`") as caught:
        load_image("lena", max_side=max_side)
    assert "None" in str(caught.value)

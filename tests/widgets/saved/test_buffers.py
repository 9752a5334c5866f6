"""The bytes of a page's labs: each kept once, and exactly."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image

from lessons_lib.widgets.saved.buffers import SMALL, Buffers, packed

NOISE = np.random.default_rng(5).integers(0, 256, (40, 90, 3), "uint8")  # rows, columns


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_is_packed_as_an_exact_one(channels: int) -> None:
    pixels = NOISE[..., :channels].copy()
    found = packed(pixels.tobytes(), (40, 90))
    assert (found.kind, found.channels) == ("webp", channels)
    picture = np.asarray(Image.open(io.BytesIO(found.data)).convert("RGB"))
    np.testing.assert_array_equal(picture[..., :channels], pixels)


@pytest.mark.parametrize(
    ("data", "shape"),
    [
        (NOISE.tobytes(), None),
        (NOISE[..., :2].tobytes(), (40, 90)),
        (NOISE.tobytes()[: SMALL - 1], (1, SMALL - 1)),
        (b"", (0, 90)),
    ],
)
def test_what_is_no_picture_or_a_small_one_is_packed_as_bytes(
    data: bytes, shape: tuple[int, int] | None
) -> None:
    found = packed(data, shape)
    assert (found.kind, found.channels) == ("deflate", 0)
    assert zlib.decompress(found.data) == data


def test_a_picture_of_the_least_size_is_one() -> None:
    assert packed(NOISE.tobytes()[:SMALL], (1, SMALL)).kind == "webp"


def test_the_same_bytes_have_one_number_and_count_once() -> None:
    buffers = Buffers()
    numbers = [buffers.place(data) for data in (b"one", b"two", b"one", b"three")]
    assert numbers == [0, 1, 0, 2]
    assert [zlib.decompress(each.data) for each in buffers] == [b"one", b"two", b"three"]
    assert buffers.size == sum(len(each.data) for each in buffers)


def test_what_passes_the_limit_is_taken_back_and_can_come_again() -> None:
    buffers = Buffers()
    first = buffers.place(b"first")
    size = buffers.size
    with buffers.trial(size + 1) as fits:
        assert buffers.place(b"second") == 1
        assert buffers.place(b"third") == 2
    assert (fits, buffers.size, len(list(buffers))) == ([False], size, 1)
    assert [buffers.place(each) for each in (b"third", b"first", b"second")] == [1, first, 2]


def test_what_reaches_the_limit_and_no_more_stays() -> None:
    buffers, other = Buffers(), Buffers()
    other.place(b"second")
    with buffers.trial(other.size) as fits:
        buffers.place(b"second")
    assert (fits, buffers.size, len(list(buffers))) == ([True], other.size, 1)

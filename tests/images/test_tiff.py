"""TIFF files of every layout come out right, or are refused by the name of what they hold.

tifffile writes them; what they show is worked out here with numpy, from the numbers written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from lessons_lib.images import PictureError, picture_from_bytes
from tests.images.files import PIXELS, RGB, as_tensor, encoded, the_error
from tests.images.tiffs import Kind, changed, written

SIZE = (19, 21)  # not square, and more than one tile of 16 x 16 in each direction
DEPTHS = ("u1", "i1", "u2", "i2", "u4", "i4", "f2", "f4", "f8")
ORDERS = ("<", ">")
PACKINGS: tuple[dict[str, Any], ...] = (
    {},
    {"rowsperstrip": 4},
    {"tile": (16, 16)},
    {"compression": "zlib"},
    {"compression": "zlib", "tile": (16, 16)},
    {"bigtiff": True},
)


def grey_truth(values: np.ndarray) -> np.ndarray:
    """What a reader is to see of greys: (H, W), 0..1."""
    values = values.astype(np.float64)
    if values.max() <= 1:
        return values
    return (values - values.min()) / (values.max() - values.min())


def unit(values: np.ndarray) -> np.ndarray:
    """0 as 0 and the largest number of the type as 1."""
    full = np.iinfo(values.dtype).max if values.dtype.kind in "iu" else 1
    return values.astype(np.float64) / full


def full_grey(values: np.ndarray) -> np.ndarray:
    return unit(values) if values.dtype in (np.uint8, np.uint16) else grey_truth(values)


def on_white(colours: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    return colours * alpha + 1 - alpha


def premultiplied(bands: np.ndarray) -> np.ndarray:
    return np.minimum(unit(bands[..., :-1]) + 1 - unit(bands[..., -1:]), 1)


def from_ycbcr(bands: np.ndarray) -> np.ndarray:
    luma, blue, red = unit(bands)[..., 0], unit(bands)[..., 1] - 0.5, unit(bands)[..., 2] - 0.5
    blue, red = blue - 0.5 / 255, red - 0.5 / 255  # the middle of 0..255 is 128
    green = luma - (0.114 * 1.772 * blue + 0.299 * 1.402 * red) / 0.587
    return np.clip(np.stack([luma + 1.402 * red, green, luma + 1.772 * blue], -1), 0, 1)


KINDS = {
    "black is zero": Kind("minisblack", 1, full_grey),
    "white is zero": Kind("miniswhite", 1, lambda v: 1 - full_grey(v)),
    "grey with alpha": Kind(
        "minisblack", 2, lambda v: on_white(unit(v[..., 0]), unit(v[..., 1])), ("unassalpha",)
    ),
    "grey and another": Kind("minisblack", 2, lambda v: full_grey(v[..., 0]), ("unspecified",)),
    "five bands": Kind("minisblack", 5, lambda v: full_grey(v[..., 0]), ("unspecified",) * 4),
    "rgb": Kind("rgb", 3, unit),
    "rgb with alpha": Kind(
        "rgb", 4, lambda v: on_white(unit(v[..., :3]), unit(v[..., 3:])), ("unassalpha",)
    ),
    "rgb times alpha": Kind("rgb", 4, premultiplied, ("assocalpha",)),
    "rgb and infrared": Kind("rgb", 4, lambda v: unit(v[..., :3]), ("unspecified",)),
    "ycbcr": Kind("ycbcr", 3, from_ycbcr),
    "cmyk": Kind("separated", 4, lambda v: (1 - unit(v[..., :3])) * (1 - unit(v[..., 3:]))),
    "cmyk with alpha": Kind("separated", 5, lambda v: np.zeros((*SIZE, 3)), ("unassalpha",)),
}


def bands_of(depth: str, kind: Kind) -> np.ndarray:
    """Numbers over the whole range of their type, or over 0..1: (H, W) or (H, W, bands)."""
    shape = SIZE if kind.bands == 1 else (*SIZE, kind.bands)
    generator = np.random.default_rng(7)
    if depth.startswith("f"):
        bands = generator.random(shape).astype(depth)
    else:
        limits = np.iinfo(depth)
        bands = generator.integers(limits.min, limits.max, shape, depth, endpoint=True)
    if kind.extra == ("assocalpha",) and depth.startswith("u"):
        bands[..., :3] = (unit(bands[..., :3]) * bands[..., 3:]).astype(depth)
    return bands


def seen(data: bytes) -> np.ndarray:
    """(H, W, 3), 0..1."""
    return picture_from_bytes(data, "x.tif").image[0].permute(1, 2, 0).numpy()


def files_of(depth: str) -> Iterator[tuple[str, np.ndarray, bytes]]:
    """Every layout of this depth that is tried: in words, what is to be seen of it, its file."""
    for name, kind in KINDS.items():
        bands = bands_of(depth, kind)
        truth = kind.truth(bands)
        truth = truth if truth.ndim == 3 else np.dstack([truth] * 3)
        for planar in ("contig", "separate") if kind.bands > 1 else ("contig",):
            for order in ORDERS:
                for packing in PACKINGS:
                    what = f"{depth} {name}, {planar}, {order}, {packing}"
                    yield what, truth, written(bands, kind, planar, byteorder=order, **packing)


@pytest.mark.parametrize("depth", DEPTHS)
def test_every_layout_comes_out_right_or_is_refused_by_its_name(depth: str) -> None:
    wrong, counts = [], Counter[str]()
    for what, truth, data in files_of(depth):
        is_grey = "zero" in what
        try:
            off = np.abs(seen(data) - truth).max()
        except PictureError as error:
            counts["refused"] += 1
            if "is a TIFF of " not in str(error):
                wrong.append(f"{what}: {error}")
            continue
        counts["right"] += 1
        if off > (1e-6 if is_grey else 3 / 255):  # colours are cut to 8 bits, products rounded
            wrong.append(f"{what}: off by {off:.3f}")
    print(f"{depth}: {dict(counts)}")
    assert not wrong, "\n".join(wrong)


# What must not be refused: the layouts that programs commonly write.
COMMON = {
    "u1": set(KINDS) - {"five bands", "cmyk with alpha"},
    "u2": {
        "black is zero",
        "white is zero",
        "rgb",
        "rgb with alpha",
        "rgb times alpha",
        "rgb and infrared",
        "cmyk",
    },
    "i2": {"black is zero"},
    "u4": {"black is zero"},
    "i4": {"black is zero"},
    "f4": {"black is zero", "white is zero"},
}


@pytest.mark.parametrize(("depth", "readable"), COMMON.items())
@pytest.mark.parametrize("packing", PACKINGS, ids=str)
def test_common_layouts_are_not_refused(
    depth: str, readable: set[str], packing: dict[str, Any]
) -> None:
    for name in readable:
        kind = KINDS[name]
        seen(written(bands_of(depth, kind), kind, **packing))


@pytest.mark.parametrize("name", ["rgb", "rgb with alpha", "rgb times alpha", "ycbcr", "cmyk"])
def test_compressed_planes_are_not_refused(name: str) -> None:
    kind = KINDS[name]
    seen(written(bands_of("u1", kind), kind, "separate", compression="zlib"))


@pytest.mark.parametrize(
    ("depth", "kind", "options", "said"),
    [
        ("f4", "rgb", {}, "3 bands of 32-bit floats"),
        ("f2", "black is zero", {}, "one band of 16-bit floats"),
        ("u2", "five bands", {}, "5 bands of 16-bit whole numbers"),
        ("i2", "rgb", {}, "3 bands of 16-bit signed whole numbers"),
        (
            "u2",
            "rgb",
            {"planar": "separate"},
            "16-bit whole numbers, in separate planes",
        ),
        ("f4", "black is zero", {"byteorder": ">", "compression": "zlib"}, "high byte first, comp"),
        ("u1", "black is zero", {"byteorder": ">", "bigtiff": True}, "the large kind (BigTIFF)"),
    ],
)
def test_what_is_refused_is_said_in_words(
    depth: str, kind: str, options: dict[str, Any], said: str
) -> None:
    data = written(bands_of(depth, KINDS[kind]), KINDS[kind], **options)
    message = the_error(lambda: picture_from_bytes(data, "scan.tif"))
    assert message.startswith("'scan.tif' is a TIFF of ")
    assert said in message
    assert "save what you want to see as PNG" in message


def test_ycbcr_with_fewer_colours_than_pixels_is_refused_where_it_would_be_garbled() -> None:
    data = written(bands_of("u1", KINDS["ycbcr"]), KINDS["ycbcr"])
    data = changed(data, "YCbCrSubSampling", (2, 2))
    assert "is a TIFF of 3 bands" in the_error(lambda: picture_from_bytes(data, "x"))


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "lzma", "zstd", "tiff_deflate"])
def test_every_packing_that_loses_nothing_is_unpacked(compression: str) -> None:
    data = encoded(RGB, "TIFF", compression=compression)
    assert torch.equal(picture_from_bytes(data, "x").image, as_tensor(PIXELS))


@pytest.mark.parametrize("compression", ["group3", "group4"])
def test_a_fax_is_black_on_white(compression: str) -> None:
    page = np.array([[255, 0, 255, 255], [0, 0, 0, 255]], np.uint8)
    data = encoded(Image.fromarray(page).convert("1"), "TIFF", compression=compression)
    assert seen(data)[..., 0].tolist() == (page / 255).tolist()


def test_a_compression_that_nobody_here_knows_is_said() -> None:
    data = changed(written(bands_of("u1", KINDS["rgb"]), KINDS["rgb"]), "Compression", 50002)
    assert "8-bit whole numbers, compressed" in the_error(lambda: picture_from_bytes(data, "x"))


@pytest.mark.parametrize("order", ORDERS)
def test_a_palette_of_16_bit_colours_shows_its_colours(order: str) -> None:
    generator = np.random.default_rng(3)
    indices = generator.integers(0, 256, SIZE, "u1")
    palette = generator.integers(0, 65536, (3, 256), "u2")
    data = written(indices, Kind("palette", 1, full_grey), byteorder=order, colormap=palette)
    assert np.abs(seen(data) - palette.T[indices] / 65535).max() < 1 / 255


def test_lab_colours_are_converted() -> None:
    # sRGB's red, seen under the light D50 that the format has
    red = np.array([[[54.3 * 2.55, 80.8, 69.9]]]).round().astype("u1")
    assert np.abs(seen(written(red, Kind("cielab", 3, unit)))[0, 0] - [1, 0, 0]).max() < 0.03


def test_channels_that_are_left_out_are_said() -> None:
    kind = KINDS["rgb and infrared"]
    picture = picture_from_bytes(written(bands_of("u1", kind), kind), "x")
    assert picture.note == "1 of 4 channels left out"


def test_a_preview_that_stands_for_its_photo_is_said() -> None:
    data = written(bands_of("u1", KINDS["rgb"]), KINDS["rgb"], subfiletype=1)
    assert picture_from_bytes(data, "raw.dng").note == "only the file's small preview"


def test_of_several_pages_the_first_is_shown() -> None:
    pages = np.arange(3 * 5 * 7, dtype="u1").reshape(3, 5, 7)
    picture = picture_from_bytes(written(pages, Kind("minisblack", 1, unit)), "x")
    assert picture.image[0, 2].ravel().tolist() == pytest.approx(pages[0].ravel() / 255)
    assert picture.note == "first of 3 pages"

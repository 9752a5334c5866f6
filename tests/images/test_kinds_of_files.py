"""Every picture a reader may bring either works or is refused in one sentence."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from lessons_lib.images import (
    picture_from_bytes,
)
from tests.images.files import PIXELS, RGB, as_tensor, deep_png, encoded


def test_a_plain_png_comes_through_untouched() -> None:
    picture = picture_from_bytes(encoded(RGB), "mine.png")
    assert torch.equal(picture.image, as_tensor(PIXELS))
    assert picture.name == "mine.png"
    assert picture.note == ""


@pytest.mark.parametrize("file_format", ["BMP", "PPM", "TIFF", "GIF", "WEBP", "ICO", "JPEG"])
def test_other_formats_are_read_too(file_format: str) -> None:
    grey = Image.new("RGB", (16, 16), (90, 90, 90))
    options = {"lossless": True} if file_format == "WEBP" else {}
    if file_format == "ICO":
        options = {"sizes": [(16, 16)]}  # type: ignore[dict-item]
    image = picture_from_bytes(encoded(grey, file_format, **options), "x").image
    assert image.shape == (1, 3, 16, 16)
    assert torch.allclose(image, torch.tensor(90 / 255), atol=1.01 / 255)


def test_a_palette_picture_shows_its_colours() -> None:
    palette = RGB.quantize(colors=64)
    assert palette.mode == "P"
    expected = as_tensor(np.asarray(palette.convert("RGB")))
    assert torch.equal(picture_from_bytes(encoded(palette), "x").image, expected)


def test_transparent_parts_are_shown_on_white() -> None:
    alpha = np.array([[0, 255, 51]], dtype=np.uint8)
    pixels = np.dstack([np.full((1, 3, 3), 100, dtype=np.uint8), alpha])
    picture = picture_from_bytes(encoded(Image.fromarray(pixels)), "x")
    # 51 / 255 = 0.2 of grey 100 and 0.8 of white 255
    assert (picture.image[0, 0, 0] * 255).round().tolist() == [255, 100, 224]
    assert picture.note == "transparent parts shown on white"


@pytest.mark.parametrize("mode", ["LA", "PA", "P"])
def test_other_ways_of_being_transparent_are_shown_on_white_too(mode: str) -> None:
    if mode == "P":
        image = Image.new("P", (2, 1), 0)
        image.putpalette([10, 20, 30, 40, 50, 60])
        image.putpixel((1, 0), 1)
        data = encoded(image, transparency=0)
        expected = [[1.0, 40 / 255], [1.0, 50 / 255], [1.0, 60 / 255]]
    else:
        grey = Image.new("LA", (2, 1), (0, 0))
        grey.putpixel((1, 0), (80, 255))
        data = encoded(grey)
        if mode == "PA":
            indexed = grey.convert("PA")
            indexed.putalpha(grey.getchannel("A"))
            data = encoded(indexed, "TIFF")
        expected = [[1.0, 80 / 255]] * 3
    image_tensor = picture_from_bytes(data, "x").image
    assert torch.allclose(image_tensor[0, :, 0], torch.tensor(expected))


def test_an_alpha_channel_that_hides_nothing_needs_no_note() -> None:
    picture = picture_from_bytes(encoded(RGB.convert("RGBA")), "x")
    assert torch.equal(picture.image, as_tensor(PIXELS))
    assert picture.note == ""


def test_a_greyscale_picture_gets_three_equal_channels() -> None:
    grey = PIXELS[:, :, 0]
    image = picture_from_bytes(encoded(Image.fromarray(grey)), "x").image
    assert torch.equal(image, as_tensor(np.dstack([grey] * 3)))


def test_a_black_and_white_bitmap_has_0_and_1() -> None:
    bitmap = Image.new("1", (3, 1))
    bitmap.putpixel((1, 0), 1)
    image = picture_from_bytes(encoded(bitmap), "x").image
    assert image[0, 2, 0].tolist() == [0, 1, 0]


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_16_bit_greys_are_scaled_not_clipped_to_white(file_format: str) -> None:
    deep = np.array([[0, 256, 32768], [40000, 65534, 65535]], dtype=np.uint16)
    image = picture_from_bytes(encoded(Image.fromarray(deep), file_format), "x").image
    expected = torch.from_numpy((deep / 65535).astype(np.float32))
    assert torch.equal(image[0, 0], expected)
    assert torch.equal(image[0, 2], expected)


DEEP = np.arange(3 * 5 * 4).reshape(3, 5, 4) * 1087 + 1000


@pytest.mark.parametrize(("colour_type", "channels"), [(2, 3), (4, 2), (6, 4)])
def test_a_png_of_16_bits_is_cut_to_8_and_says_so(colour_type: int, channels: int) -> None:
    bands = DEEP[..., :channels] / 65535
    picture = picture_from_bytes(deep_png(DEEP[..., :channels], colour_type), "x")
    expected = bands if channels == 3 else bands[..., :-1] * bands[..., -1:] + 1 - bands[..., -1:]
    shown = picture.image[0].permute(1, 2, 0).numpy()
    assert np.abs(shown - expected).max() < 2.5 / 255
    assert picture.note.startswith("colours cut from 16 bits to 8")


def test_the_transparent_grey_of_a_16_bit_png_is_shown_on_white() -> None:
    greys = DEEP[..., 0]
    data = deep_png(greys, 0, transparent=(int(greys[1, 2]),))
    picture = picture_from_bytes(data, "x")
    expected = greys / 65535
    expected[1, 2] = 1
    assert picture.image[0, 0].ravel().tolist() == pytest.approx(expected.ravel())
    assert picture.note == "transparent parts shown on white"


def test_a_transparent_colour_of_16_bits_is_not_taken_for_one_of_8() -> None:
    colours = np.full((2, 3, 3), 65535)
    colours[1, 2] = 10 << 8, 20 << 8, 30 << 8
    image = picture_from_bytes(deep_png(colours, 2, transparent=(10, 20, 30)), "x").image
    assert (image[0, :, 1, 2] * 255).round().tolist() == [10, 20, 30]


def test_a_bmp_of_five_six_and_five_bits_needs_no_note() -> None:
    header = struct.pack("<IiiHHIIiiII", 40, 2, 1, 1, 16, 3, 4, 0, 0, 0, 0)
    masks = struct.pack("<III", 0xF800, 0x07E0, 0x001F)
    pixels = struct.pack("<HH", 31 << 11, 63 << 5)
    data = b"BM" + struct.pack("<IHHI", 70, 0, 0, 66) + header + masks + pixels
    picture = picture_from_bytes(data, "x.bmp")
    assert picture.image[0, :, 0].T.tolist() == [[1, 0, 0], [0, 1, 0]]
    assert picture.note == ""


@pytest.mark.parametrize("bits", [16, 24, 32])
def test_a_bmp_of_any_depth_shows_its_colours(bits: int) -> None:
    rows = PIXELS[::-1].astype(np.uint32)  # the last row comes first
    red, green, blue = np.moveaxis(rows, -1, 0)
    if bits == 16:  # five bits each
        packed = ((red >> 3 << 10) | (green >> 3 << 5) | (blue >> 3)).astype("<u2")[..., None]
    else:
        packed = np.dstack([blue, green, red, red * 0][: bits // 8]).astype("u1")
    lines = [line + bytes(-len(line) % 4) for line in (row.tobytes() for row in packed)]
    header = struct.pack("<IiiHHIIiiII", 40, 7, 5, 1, bits, 0, 0, 0, 0, 0, 0)
    data = b"BM" + struct.pack("<IHHI", 54 + len(b"".join(lines)), 0, 0, 54) + header
    shown = picture_from_bytes(data + b"".join(lines), "x.bmp")
    assert torch.allclose(shown.image, as_tensor(PIXELS), atol=8 / 255 if bits == 16 else 1e-6)
    assert shown.note == ""


def test_a_colour_profile_leaves_the_numbers_as_they_are() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    data = encoded(RGB, icc_profile=profile)
    assert torch.equal(picture_from_bytes(data, "x").image, as_tensor(PIXELS))


def test_16_bit_greys_stay_right_when_scaled_down() -> None:
    deep = np.full((4, 8), 10000, dtype=np.uint16)
    deep[:, 4:] = 60000
    picture = picture_from_bytes(encoded(Image.fromarray(deep)), "x", max_side=2)
    assert picture.image[0, 1].tolist() == [pytest.approx([10000 / 65535, 60000 / 65535])]
    assert "scaled down from 4 × 8 to 1 × 2" in picture.note


def test_measured_values_without_a_black_and_white_are_stretched() -> None:
    heights = np.array([[-100.0, 400.0], [900.0, np.nan]], dtype=np.float32)
    picture = picture_from_bytes(encoded(Image.fromarray(heights), "TIFF"), "x")
    assert picture.image[0, 0].tolist() == [[0, 0.5], [1, 0]]
    stretched = "greys stretched from -100 .. 900 to 0 .. 1: they leave the range 0 .. 1"
    assert picture.note == stretched


def test_float_greys_between_0_and_1_stay_as_they_are() -> None:
    values = np.array([[0.25, 0.5]], dtype=np.float32)
    picture = picture_from_bytes(encoded(Image.fromarray(values), "TIFF"), "x")
    assert picture.image[0, 0].tolist() == [[0.25, 0.5]]
    assert picture.note == ""


@pytest.mark.parametrize("maxval", [300, 1023, 4095, 65535])
def test_a_pgm_has_its_own_white(maxval: int) -> None:
    greys = np.array([[0, 5, maxval // 3], [maxval // 2, maxval - 1, maxval]])
    data = f"P5 3 2 {maxval} ".encode() + greys.astype(">u2").tobytes()
    picture = picture_from_bytes(data, "x.pgm")
    assert picture.image[0, 1].ravel().tolist() == pytest.approx(greys.ravel() / maxval, abs=1e-5)
    assert picture.note == ""


@pytest.mark.parametrize("maxval", [1023, 65535])
def test_a_ppm_has_its_own_white(maxval: int) -> None:
    colours = np.arange(18).reshape(2, 3, 3) * (maxval // 17)
    data = f"P6 3 2 {maxval} ".encode() + colours.astype(">u2").tobytes()
    image = picture_from_bytes(data, "x.ppm").image[0].permute(1, 2, 0)
    assert image.ravel().tolist() == pytest.approx(colours.ravel() / maxval, abs=0.5 / 255)


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_float_map_is_read_from_its_last_row(order: str) -> None:
    values = np.array([[0.5, 0.125, 1.0], [0.25, 0.0, 0.75]])
    scale = "-1.0" if order == "<" else "1.0"
    data = f"Pf\n3 2\n{scale}\n".encode() + values[::-1].astype(f"{order}f4").tobytes()
    assert picture_from_bytes(data, "x.pfm").image[0, 2].tolist() == values.tolist()


def test_cmyk_is_converted_and_said() -> None:
    orange = Image.new("RGB", (8, 8), (250, 120, 10)).convert("CMYK")
    picture = picture_from_bytes(encoded(orange, "JPEG", quality=95), "x")
    assert torch.allclose(
        picture.image[0, :, 4, 4], torch.tensor([250, 120, 10]) / 255, atol=4 / 255
    )
    assert "CMYK" in picture.note


def test_the_inks_of_a_cmyk_jpeg_take_light_away() -> None:
    inks = Image.fromarray(np.full((16, 16, 4), [10, 60, 200, 30], np.uint8), "CMYK")
    picture = picture_from_bytes(encoded(inks, "JPEG", quality=100), "x")
    expected = torch.tensor([245.0, 195, 55]) / 255 * 225 / 255
    assert torch.allclose(picture.image[0, :, 3, 3], expected, atol=2 / 255)


@pytest.mark.parametrize(
    ("orientation", "turned"),
    [
        (1, PIXELS),
        (2, PIXELS[:, ::-1]),
        (3, PIXELS[::-1, ::-1]),
        (4, PIXELS[::-1]),
        (5, PIXELS.swapaxes(0, 1)),
        (6, np.rot90(PIXELS, -1)),
        (7, PIXELS[::-1, ::-1].swapaxes(0, 1)),
        (8, np.rot90(PIXELS, 1)),
    ],
)
@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "WEBP"])
def test_a_photo_taken_with_a_turned_camera_stands_upright(
    orientation: int, turned: np.ndarray, file_format: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if file_format == "WEBP" else {}
    data = encoded(RGB, file_format, exif=exif, **options)
    assert torch.equal(picture_from_bytes(data, "x").image, as_tensor(turned))


@pytest.mark.parametrize("file_format", ["JPEG", "MPO"])
def test_a_turned_jpeg_stands_upright(file_format: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise: what lies on the left comes to the top
    left_white = Image.new("RGB", (32, 16))
    left_white.paste((255, 255, 255), (0, 0, 16, 16))
    image = picture_from_bytes(encoded(left_white, file_format, exif=exif), "x").image
    assert image.shape == (1, 3, 32, 16)
    assert image[..., :15, :].min() > 0.9
    assert image[..., 17:, :].max() < 0.1


def test_a_phones_photo_with_a_second_picture_is_no_animation() -> None:
    photo, gain = Image.new("RGB", (16, 8), (200, 30, 40)), Image.new("RGB", (8, 4))
    picture = picture_from_bytes(encoded(photo, "MPO", save_all=True, append_images=[gain]), "x")
    assert picture.image.shape == (1, 3, 8, 16)
    assert torch.allclose(picture.image[0, :, 3, 3] * 255, torch.tensor([200.0, 30, 40]), atol=3)
    assert picture.note == "the main one of the 2 pictures in this camera file (MPO)"


def test_damaged_camera_notes_do_not_spoil_the_picture() -> None:
    data = encoded(RGB, "PNG", exif=b"Exif\x00\x00MM\x00*\x00\x00\xff\xff broken")
    assert torch.equal(picture_from_bytes(data, "x").image, as_tensor(PIXELS))


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_shown(file_format: str) -> None:
    frames = [
        Image.new("RGB", (4, 3), colour) for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255))
    ]
    options = {"lossless": True} if file_format == "WEBP" else {}
    data = encoded(frames[0], file_format, save_all=True, append_images=frames[1:], **options)
    picture = picture_from_bytes(data, "x")
    assert picture.image[0, :, 1, 1].tolist() == [1, 0, 0]
    assert picture.note == "first of 3 frames"


def test_a_1_by_1_picture_works() -> None:
    image = picture_from_bytes(encoded(Image.new("RGB", (1, 1), (51, 102, 255))), "x").image
    assert image.shape == (1, 3, 1, 1)
    assert image.flatten().tolist() == pytest.approx([0.2, 0.4, 1.0])

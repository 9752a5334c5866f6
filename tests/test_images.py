"""Every picture a reader may bring either works or is refused in one sentence."""

from __future__ import annotations

import io
import math
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lessons_lib import images
from lessons_lib.images import (
    BUNDLED,
    GENERATED,
    Picture,
    PictureError,
    assets_folder,
    checkerboard,
    impulse,
    load_image,
    load_picture,
    picture_from_bytes,
    zone_plate,
)

# Not square, every value different, so that flipped or swapped axes show.
PIXELS = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3) * 2
RGB = Image.fromarray(PIXELS)


def encoded(image: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def as_tensor(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255


def the_error(call: Callable[[], object]) -> str:
    """The message of the PictureError that the call raises, checked to be one sentence."""
    with pytest.raises(PictureError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    assert not message.endswith(".")
    return message


# ---------------------------------------------------------------------------- bundled, generated


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


# ---------------------------------------------------------------------------- kinds of files


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


def test_16_bit_greys_stay_right_when_scaled_down() -> None:
    deep = np.full((4, 8), 10000, dtype=np.uint16)
    deep[:, 4:] = 60000
    picture = picture_from_bytes(encoded(Image.fromarray(deep)), "x", max_side=2)
    assert picture.image[0, 1].tolist() == [pytest.approx([10000 / 65535, 60000 / 65535])]
    assert "scaled down from 4 x 8 to 1 x 2" in picture.note


def test_measured_values_without_a_black_and_white_are_stretched() -> None:
    heights = np.array([[-100.0, 400.0], [900.0, np.nan]], dtype=np.float32)
    picture = picture_from_bytes(encoded(Image.fromarray(heights), "TIFF"), "x")
    assert picture.image[0, 0].tolist() == [[0, 0.5], [1, 0]]
    assert picture.note == "greys stretched from -100 .. 900 to 0 .. 1"


def test_float_greys_between_0_and_1_stay_as_they_are() -> None:
    values = np.array([[0.25, 0.5]], dtype=np.float32)
    picture = picture_from_bytes(encoded(Image.fromarray(values), "TIFF"), "x")
    assert picture.image[0, 0].tolist() == [[0.25, 0.5]]
    assert picture.note == ""


def test_cmyk_is_converted_and_said() -> None:
    orange = Image.new("RGB", (8, 8), (250, 120, 10)).convert("CMYK")
    picture = picture_from_bytes(encoded(orange, "JPEG", quality=95), "x")
    assert torch.allclose(
        picture.image[0, :, 4, 4], torch.tensor([250, 120, 10]) / 255, atol=4 / 255
    )
    assert "CMYK" in picture.note


@pytest.mark.parametrize(
    ("orientation", "turned"),
    [
        (1, PIXELS),
        (2, PIXELS[:, ::-1]),
        (3, PIXELS[::-1, ::-1]),
        (6, np.rot90(PIXELS, -1)),
        (8, np.rot90(PIXELS, 1)),
    ],
)
@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_a_photo_taken_with_a_turned_camera_stands_upright(
    orientation: int, turned: np.ndarray, file_format: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(RGB, file_format, exif=exif)
    assert torch.equal(picture_from_bytes(data, "x").image, as_tensor(turned))


def test_a_turned_jpeg_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise: what lies on the left comes to the top
    left_white = Image.new("RGB", (32, 16))
    left_white.paste((255, 255, 255), (0, 0, 16, 16))
    image = picture_from_bytes(encoded(left_white, "JPEG", exif=exif), "x").image
    assert image.shape == (1, 3, 32, 16)
    assert image[..., :15, :].min() > 0.9
    assert image[..., 17:, :].max() < 0.1


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


# ---------------------------------------------------------------------------- size


def test_a_large_picture_is_scaled_down_by_area_mean_with_a_note() -> None:
    # 4 x 8 blocks of 100 x 100 pixels; each block is half black, half of its own grey.
    greys = np.arange(32, dtype=np.uint8).reshape(4, 8) * 8
    large = np.kron(greys, np.ones((100, 100), dtype=np.uint8))
    large[:, ::2] = 0
    picture = picture_from_bytes(encoded(Image.fromarray(large)), "x", max_side=8)
    assert (picture.image[0, 0] * 255).tolist() == (greys // 2).tolist()
    assert picture.note == ("scaled down from 400 x 800 to 4 x 8 (height x width) to stay live")


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
    assert "from 5000 x 8000 to 480 x 768" in picture.note


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


@pytest.mark.parametrize(("max_side", "error"), [(0, ValueError), (2.5, TypeError)])
def test_a_senseless_max_side_is_refused(max_side: int, error: type[Exception]) -> None:
    with pytest.raises(error, match="`max_side`") as caught:
        load_image("lena", max_side=max_side)
    assert "None" in str(caught.value)


# ---------------------------------------------------------------------------- refusals


def test_a_missing_file_is_refused_with_the_names_that_exist(tmp_path: Path) -> None:
    message = the_error(lambda: load_image(tmp_path / "no.png"))
    assert "there is no picture" in message
    assert str(tmp_path / "no.png") in message
    assert all(name in message for name in BUNDLED + GENERATED)


def test_a_mistyped_name_is_answered_with_the_likely_one() -> None:
    assert "did you mean 'zone plate'?" in the_error(lambda: load_image("zoneplate"))
    assert "did you mean 'lena'?" in the_error(lambda: load_image("Lena"))


def test_a_relative_path_is_explained_by_the_folder_it_was_looked_for_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert str(tmp_path) in the_error(lambda: load_image("photos/mine.jpg"))


def test_own_files_are_found_by_text_path_and_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.png").write_bytes(encoded(RGB))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for given in (tmp_path / "mine.png", str(tmp_path / "mine.png"), "~/mine.png"):
        assert load_picture(given).name == "mine.png"
        assert torch.equal(load_image(given), as_tensor(PIXELS))


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "mine.png"
    file.write_bytes(encoded(RGB))
    load_image(file)
    file.write_bytes(encoded(Image.new("RGB", (2, 2))))
    assert load_image(file).shape == (1, 3, 2, 2)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "is a folder: add the name" in the_error(lambda: load_image(tmp_path))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    assert "'empty.png' is empty (0 bytes)" in the_error(lambda: load_image(tmp_path / "empty.png"))
    assert "'up.png' is empty (0 bytes)" in the_error(lambda: picture_from_bytes(b"", "up.png"))


def test_a_file_that_may_not_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.png").write_bytes(encoded(RGB))

    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    # An administrator may read everything, so taking the permission away would prove nothing there.
    monkeypatch.setattr(Path, "open", refuse)
    assert "may not be read by you" in the_error(lambda: load_image(tmp_path / "secret.png"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("https://example.org/photo.png", "is a web address"),
        ("x" * 5000, "cannot be opened"),
        ("a\0b", "cannot be opened"),
    ],
)
def test_what_can_be_no_file_is_refused(given: str, said: str) -> None:
    message = the_error(lambda: load_image(given))
    assert said in message
    assert len(message) < 400


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "is not an ordinary file" in the_error(lambda: load_image(tmp_path / "pipe"))


def test_a_text_is_not_a_picture() -> None:
    message = the_error(lambda: picture_from_bytes(b"Dear Sir or Madam, ...", "letter.png"))
    assert "'letter.png' is not a picture" in message
    assert "save it again as PNG or JPEG" in message


def test_postscript_is_not_handed_to_another_program() -> None:
    data = encoded(RGB, "EPS")
    assert "is not a picture in a format" in the_error(lambda: picture_from_bytes(data, "a.eps"))


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"])
def test_a_truncated_file_is_refused_wherever_it_was_cut(file_format: str) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), file_format)
    for share in (0.02, 0.1, 0.5, 0.9):
        cut = data[: int(len(data) * share)]
        message = the_error(lambda cut=cut: picture_from_bytes(cut, "cut"))  # type: ignore[misc]
        assert "'cut' is cut off or damaged" in message or "'cut' is not a picture" in message


def test_a_truncated_png_says_so_and_what_to_do() -> None:
    message = the_error(lambda: picture_from_bytes(encoded(RGB)[:50], "cut.png"))
    assert message.startswith("'cut.png' is cut off or damaged (")
    assert "copy or download it again" in message


def test_damaged_bytes_never_raise_anything_but_picture_errors() -> None:
    generator = np.random.default_rng(11)
    for file_format in ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "ICO"):
        data = bytearray(encoded(RGB.resize((16, 16)), file_format))
        for _ in range(30):
            broken = bytearray(data)
            for place in generator.integers(8, len(data), 4):
                broken[place] = generator.integers(0, 256)
            try:
                image = picture_from_bytes(bytes(broken), "broken").image
            except PictureError:
                continue
            assert image.shape[:2] == (1, 3)
            assert 0 <= image.min() <= image.max() <= 1


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [10_000, 20_000, 100_000])
def test_a_decompression_bomb_is_refused_before_it_is_unpacked(side: int) -> None:
    # Between one and two times Pillow's limit it only warns, above it stops: we refuse both.
    data = bytearray(encoded(Image.new("1", (8, 8))))
    data[16:24] = struct.pack(">II", side, side)  # the header claims another size
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    message = the_error(lambda: picture_from_bytes(bytes(data), "bomb.png"))
    assert "'bomb.png' is too large" in message
    assert "scale it down" in message


def test_a_wrong_type_is_answered_with_the_right_function() -> None:
    with pytest.raises(TypeError, match="picture_from_bytes"):
        load_image(b"\x89PNG")  # type: ignore[arg-type]


def test_running_out_of_memory_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr(images, "_scaled_down", exhausted)
    message = the_error(lambda: picture_from_bytes(encoded(RGB), "x.png"))
    assert "needs more memory" in message


def test_assets_that_are_gone_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(images, "__file__", str(tmp_path / "lessons_lib" / "images.py"))
    assert "install the package again" in the_error(assets_folder)


def test_a_picture_first_read_in_inference_mode_can_be_learnt_from() -> None:
    for name in ("coffee", "checkerboard"):
        with torch.inference_mode():
            picture = load_picture(name, max_side=53)
        weight = torch.ones(1, requires_grad=True)
        (weight * picture.image).sum().backward()
        assert weight.grad is not None

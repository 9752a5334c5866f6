"""What cannot be read is refused in one sentence that ends with the cure."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lessons_lib.images import (
    BUNDLED,
    GENERATED,
    PictureError,
    assets_folder,
    decoding,
    load_image,
    load_picture,
    loading,
    picture_from_bytes,
)
from tests.images.files import PIXELS, RGB, as_tensor, encoded, the_error


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


def test_the_photo_of_a_phone_that_writes_heic_is_called_so() -> None:
    data = b"\x00\x00\x00\x24ftypheic\x00\x00\x00\x00mif1heic" + bytes(100)
    message = the_error(lambda: picture_from_bytes(data, "IMG_1.HEIC"))
    assert message.startswith("'IMG_1.HEIC' is a HEIC photo")
    assert "save it again as PNG or JPEG" in message


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow's word for the tags of any TIFF
def test_a_tiff_without_its_list_of_contents_is_damaged() -> None:
    message = the_error(lambda: picture_from_bytes(b"II*\0\xff\xff\0\0" + bytes(40), "cut.tif"))
    assert "'cut.tif' is cut off or damaged (a TIFF without a list of its contents)" in message


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

    monkeypatch.setattr(decoding, "scaled_down", exhausted)
    message = the_error(lambda: picture_from_bytes(encoded(RGB), "x.png"))
    assert "needs more memory" in message


def test_assets_that_are_gone_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    inside = tmp_path / "lessons_lib" / "images" / "loading.py"
    monkeypatch.setattr(loading, "__file__", str(inside))
    assert "install the package again" in the_error(assets_folder)


def test_a_picture_first_read_in_inference_mode_can_be_learnt_from() -> None:
    for name in ("coffee", "checkerboard"):
        with torch.inference_mode():
            picture = load_picture(name, max_side=53)
        weight = torch.ones(1, requires_grad=True)
        (weight * picture.image).sum().backward()
        assert weight.grad is not None

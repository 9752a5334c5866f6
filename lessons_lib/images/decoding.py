"""Reading the file of a picture, whatever its format.

Pillow does the reading. torchvision and matplotlib would do it too, for 80 MB more in every kernel.
The numbers are those of the file: a colour profile that lies in it is not applied.
"""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
import torch
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from lessons_lib.images.depth import FULL_16_BIT, to_unit
from lessons_lib.images.picture import Picture, PictureError, grey, reason
from lessons_lib.images.tiff import Layout, is_tiff, layout_in, layout_of, starts_unreadably

# Raster formats only. Left to itself Pillow would also hand EPS files to Ghostscript, and a picture
# that somebody sent should not run a program.
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "PPM", "TIFF", "WEBP", "AVIF", "JPEG2000", "ICO")
_HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1")  # what phones' files have from their fifth byte on
_ON_WHITE = "transparent parts shown on white"
_FROM_CMYK = "colours converted from CMYK, so slightly different"
_SAVE_AGAIN = "open it in a picture viewer and save it again as PNG or JPEG"


def read(file: BinaryIO, name: str, max_side: int | None) -> Picture:
    """Read a picture from its open file.

    Args:
        file: at its beginning; it can be wound back.
        name: what to call it.
        max_side: as in `load_picture`.

    Returns:
        The picture, of shape (1, 3, height, width).

    Raises:
        PictureError: if it cannot be read.
    """
    try:
        with _opened(file, name) as opened:
            _check_pixels(name, *opened.size)
            layout = _layout(opened, name)
            notes = _frames(opened) + (layout.notes() if layout else [])
            deep_colours = _has_deep_colours(opened)
            opened.load()
            plain, converted = _to_rgb_or_grey(_upright(opened), name, layout, deep_colours)
        small, scaled = scaled_down(plain, max_side)
        notes += [*converted, *scaled]
        return Picture(name, to_tensor(small), "; ".join(notes))
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(_too_large(name)) from None
    except MemoryError:
        raise PictureError(
            f"{name!r} needs more memory than there is: scale it down in a picture viewer and save "
            "it again"
        ) from None
    except Exception as error:  # a decoder meeting damaged data may raise anything at all
        raise PictureError(_damaged(name, reason(error))) from error


def _opened(file: BinaryIO, name: str) -> ImageFile.ImageFile:
    if starts_unreadably(file):
        raise PictureError(_unreadable(name, "TIFF of the large kind (BigTIFF), high byte first"))
    try:
        return Image.open(file, formats=_FORMATS)
    except UnidentifiedImageError:
        if not is_tiff(file):
            raise PictureError(_foreign(file, name)) from None
        layout = layout_in(file)
        if layout is None:
            raise PictureError(_damaged(name, "a TIFF without a list of its contents")) from None
        raise PictureError(_unreadable(name, str(layout))) from None


def _foreign(file: BinaryIO, name: str) -> str:
    file.seek(0)
    if file.read(12)[4:] in _HEIC:
        return f"{name!r} is a HEIC photo, which the lessons cannot read: {_SAVE_AGAIN}"
    return (
        f"{name!r} is not a picture in a format the lessons can read (PNG, JPEG, GIF, WebP, TIFF, "
        f"BMP, AVIF): if it is a picture, {_SAVE_AGAIN}"
    )


def _layout(opened: Image.Image, name: str) -> Layout | None:
    """Give the layout of a TIFF file, refused where Pillow would garble it; None: no TIFF."""
    if not isinstance(opened, TiffImageFile):
        return None
    layout = layout_of(opened.tag_v2, opened.tag_v2.prefix == b"MM")
    if not layout.is_read_right:
        raise PictureError(_unreadable(name, str(layout)))
    return layout


def _unreadable(name: str, what: str) -> str:
    return (
        f"{name!r} is a {what}, which the lessons cannot read: open it in a program made for such "
        "files, such as ImageJ or QGIS, and save what you want to see as PNG"
    )


def _damaged(name: str, why: str) -> str:
    return f"{name!r} is cut off or damaged ({why}): copy or download it again, or {_SAVE_AGAIN}"


def _has_deep_colours(opened: ImageFile.ImageFile) -> bool:
    """Whether a file that is not yet loaded has numbers of 16 bits, by Pillow's names for them."""
    return opened.format in ("PNG", "TIFF") and ";16" in str(opened.tile)


def _frames(opened: Image.Image) -> list[str]:
    """Go to the first of several pictures in a file, and say what the others are."""
    count = getattr(opened, "n_frames", 1)
    if count == 1:
        return []
    opened.seek(0)
    if opened.format == "MPO":
        return [f"the main one of the {count} pictures in this camera file (MPO)"]
    return [f"first of {count} {'pages' if opened.format == 'TIFF' else 'frames'}"]


def _check_pixels(name: str, width: int, height: int) -> None:
    if Image.MAX_IMAGE_PIXELS is not None and width * height > Image.MAX_IMAGE_PIXELS:
        raise PictureError(_too_large(name, f"{height} x {width} pixels (height x width), "))


def _too_large(name: str, size: str = "") -> str:
    limit = (Image.MAX_IMAGE_PIXELS or 0) // 1_000_000
    return (
        f"{name!r} is too large ({size}more than {limit} million pixels): scale it down in a "
        "picture viewer and save it again"
    )


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # a camera's damaged notes say nothing about the pixels, which are fine
        return image


def _to_rgb_or_grey(
    image: Image.Image, name: str, layout: Layout | None, deep_colours: bool
) -> tuple[Image.Image, list[str]]:
    """Bring any of Pillow's modes to "RGB" (0..255) or "F" (one grey channel, 0..1)."""
    if image.mode.startswith("I") or image.mode == "F" or (layout and layout.as_numpy):
        return _deep_grey(image, layout)
    if not deep_colours:
        return _to_rgb(image, name)
    # One transparent colour is given in 16 bits, so the 8 that are left cannot tell which it is.
    image.info.pop("transparency", None)
    rgb, notes = _to_rgb(image, name)
    if image.mode != "CMYK":
        _check_deep_colours(image, name)
    return rgb, ["colours cut from 16 bits to 8", *notes]


def _to_rgb(image: Image.Image, name: str) -> tuple[Image.Image, list[str]]:
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        if rgba.getchannel("A").getextrema() == (255, 255):  # nothing is transparent
            return rgba.convert("RGB"), []
        white = Image.new("RGB", rgba.size, (255, 255, 255))
        white.paste(rgba.convert("RGB"), mask=rgba.getchannel("A"))
        return white, [_ON_WHITE]
    try:
        rgb = image.convert("RGB")
    except ValueError:
        raise PictureError(
            f"{name!r} has its colours in the form {image.mode}, which cannot be shown: "
            f"{_SAVE_AGAIN}"
        ) from None
    return rgb, [_FROM_CMYK] if image.mode == "CMYK" else []


def _deep_grey(image: Image.Image, layout: Layout | None) -> tuple[Image.Image, list[str]]:
    """Bring greys of more than 8 bits to 0..1; Pillow's own conversion would clip them to white."""
    values = np.asarray(image)
    if layout and layout.as_numpy:
        values = values.view(layout.as_numpy)
    full = 1.0 if image.mode == "F" else FULL_16_BIT
    if layout and 8 < layout.bits < 16:
        full = 2.0**layout.bits - 1
    unit, note = to_unit(values, full)
    if layout and layout.is_white_at_zero:
        unit = np.where(np.isfinite(values), 1 - unit, unit)
    notes = [note] if note else []
    clear = image.info.get("transparency")
    if clear is not None:
        unit = np.where(values == clear, np.float32(1), unit)
        notes.append(_ON_WHITE)
    return Image.fromarray(unit), notes


def _check_deep_colours(image: Image.Image, name: str) -> None:
    """Refuse colours that `to_unit` would stretch: of their 16 bits Pillow has kept the upper 8."""
    if np.asarray(image.convert("RGB")).max() < (FULL_16_BIT >> 8) / 4:
        raise PictureError(
            f"{name!r} has colours of 16 bits which all stay below a quarter of white, and only "
            "the upper 8 bits can be read: brighten it in a picture program and save it again"
        )


def scaled_down(image: Image.Image, max_side: int | None) -> tuple[Image.Image, list[str]]:
    """Take area means until no side is longer than `max_side` pixels; None: leave it as it is.

    Returns:
        the picture, and a note if it was changed.
    """
    width, height = image.size
    if max_side is None or max(width, height) <= max_side:
        return image, []
    scale = max_side / max(width, height)
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    # BOX is the mean over the area that one new pixel covers; picking nearest ones makes moire.
    small = image.resize((new_width, new_height), Image.Resampling.BOX)
    note = (
        f"scaled down from {height} × {width} to {new_height} × {new_width} (height × width) "
        "to stay live"
    )
    return small, [note]


def to_tensor(image: Image.Image) -> torch.Tensor:
    """Turn a picture of mode "RGB" (0..255) or "F" (grey, 0..1) into float32 (1, 3, H, W), 0..1."""
    if image.mode == "F":
        return grey(torch.from_numpy(np.array(image)))
    pixels = torch.from_numpy(np.array(image))  # (H, W, 3), 0..255
    return pixels.permute(2, 0, 1).contiguous().float().div(255).unsqueeze(0)  # (1, 3, H, W)

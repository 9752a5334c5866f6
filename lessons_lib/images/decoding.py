"""Reading the file of a picture, whatever its format.

Pillow does the reading. torchvision and matplotlib would do it too, for 80 MB more in every kernel.
"""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

from lessons_lib.images.depth import deep_grey
from lessons_lib.images.picture import Picture, PictureError, grey, reason

# Raster formats only. Left to itself Pillow would also hand EPS files to Ghostscript, and a picture
# that somebody sent should not run a program.
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "PPM", "TIFF", "WEBP", "AVIF", "JPEG2000", "ICO")
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
        with Image.open(file, formats=_FORMATS) as opened:
            _check_pixels(name, *opened.size)
            notes = [f"first of {n} frames"] if (n := getattr(opened, "n_frames", 1)) > 1 else []
            if notes:
                opened.seek(0)
            opened.load()
            plain, converted = _to_rgb_or_grey(_upright(opened), name)
        small, scaled = scaled_down(plain, max_side)
        notes += [*converted, *scaled]
        return Picture(name, to_tensor(small), "; ".join(notes))
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError(
            f"{name!r} is not a picture in a format the lessons can read (PNG, JPEG, GIF, WebP, "
            f"TIFF, BMP, AVIF): if it is a picture, {_SAVE_AGAIN}"
        ) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(_too_large(name)) from None
    except MemoryError:
        raise PictureError(
            f"{name!r} needs more memory than there is: scale it down in a picture viewer and save "
            "it again"
        ) from None
    except Exception as error:  # a decoder meeting damaged data may raise anything at all
        raise PictureError(
            f"{name!r} is cut off or damaged ({reason(error)}): copy or download it again, or "
            f"{_SAVE_AGAIN}"
        ) from error


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


def _to_rgb_or_grey(image: Image.Image, name: str) -> tuple[Image.Image, list[str]]:
    """Bring any of Pillow's modes to "RGB" (0..255) or "F" (one grey channel, 0..1)."""
    mode = image.mode
    if mode == "RGB" and "transparency" not in image.info:
        return image, []
    if mode.startswith("I") or mode == "F":
        return deep_grey(image)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        if rgba.getchannel("A").getextrema() == (255, 255):  # nothing is transparent
            return rgba.convert("RGB"), []
        white = Image.new("RGB", rgba.size, (255, 255, 255))
        white.paste(rgba.convert("RGB"), mask=rgba.getchannel("A"))
        return white, ["transparent parts shown on white"]
    try:
        rgb = image.convert("RGB")
    except ValueError:
        raise PictureError(
            f"{name!r} has its colours in the form {mode}, which cannot be shown: {_SAVE_AGAIN}"
        ) from None
    return rgb, ["colours converted from CMYK, so slightly different"] if mode == "CMYK" else []


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
        f"scaled down from {height} x {width} to {new_height} x {new_width} (height x width) "
        "to stay live"
    )
    return small, [note]


def to_tensor(image: Image.Image) -> torch.Tensor:
    """Turn a picture of mode "RGB" (0..255) or "F" (grey, 0..1) into float32 (1, 3, H, W), 0..1."""
    if image.mode == "F":
        return grey(torch.from_numpy(np.array(image)))
    pixels = torch.from_numpy(np.array(image))  # (H, W, 3), 0..255
    return pixels.permute(2, 0, 1).contiguous().float().div(255).unsqueeze(0)  # (1, 3, H, W)

"""Pictures for the lessons: the bundled ones, three generated ones and the reader's own.

Whatever comes in leaves as one thing: an upright RGB tensor of shape (1, 3, height, width),
float32, 0 = black and 1 = full. What had to be changed on the way (scaled down, colours converted,
the first frame taken) is said in the picture's `note`; what cannot be read is a `PictureError` of
one sentence.

Pillow does the reading. torchvision and matplotlib would do it too, for 80 MB more in every kernel.
"""

from __future__ import annotations

import difflib
import io
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

BUNDLED: tuple[str, ...] = ("lena", "astronaut", "chelsea", "coffee")
GENERATED: tuple[str, ...] = ("zone plate", "impulse", "checkerboard")

MAX_SIDE = 768
"""Longest side, in pixels, at which a lab still computes a setting within a frame or two."""

# Raster formats only. Left to itself Pillow would also hand EPS files to Ghostscript, and a picture
# that somebody sent should not run a program.
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "PPM", "TIFF", "WEBP", "AVIF", "JPEG2000", "ICO")
_SAVE_AGAIN = "open it in a picture viewer and save it again as PNG or JPEG"


class PictureError(ValueError):
    """A picture that cannot be used; the message is one sentence and ends with the cure."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture as the labs use it.

    Two pictures are equal only if they are the same object, so that a lab can ask "is this still
    the picture I have sent to the screen?" without comparing a million numbers.

    Args:
        name: what the reader calls it, such as "lena" or "holiday.jpg".
        image: float32 tensor of shape (1, 3, height, width), values 0..1. The bundled pictures are
            shared by all labs: do not write into it (`load_image` gives a copy to write into).
        note: what was changed when it was read, in words; empty when nothing was.
    """

    name: str
    image: torch.Tensor
    note: str = ""


# ---------------------------------------------------------------------------- loading


def load_image(name_or_path: str | Path | Picture, max_side: int | None = MAX_SIDE) -> torch.Tensor:
    """Load a picture as a tensor that a convolution layer takes as it is.

    Args:
        name_or_path: a name from `BUNDLED` or `GENERATED`, or the path of a picture of your own.
        max_side: larger pictures are scaled down until no side is longer (pixels); None keeps them.

    Returns:
        float32 tensor of shape (1, 3, height, width), values 0..1. It is yours: change it freely.

    Raises:
        PictureError: if there is no such picture or it cannot be read.

    Example:
        >>> load_image("chelsea").shape
        torch.Size([1, 3, 300, 451])
    """
    return load_picture(name_or_path, max_side).image.clone()


def load_picture(name_or_path: str | Path | Picture, max_side: int | None = MAX_SIDE) -> Picture:
    """Load a picture together with its name and a note on what was changed.

    Args:
        name_or_path: a name from `BUNDLED` or `GENERATED`, or the path of a picture of your own
            ("~" is your home folder), or a `Picture`, which comes back as it is.
        max_side: larger pictures are scaled down by area mean until no side is longer (pixels);
            None keeps them.

    Returns:
        The picture. Bundled and generated ones are read once: the same object comes back each time.

    Raises:
        PictureError: if there is no such picture or it cannot be read.
        TypeError: if an argument has the wrong type.

    Example:
        >>> load_picture("lena") is load_picture("lena")
        True
    """
    _check_max_side(max_side)
    if isinstance(name_or_path, Picture):
        return name_or_path
    if not isinstance(name_or_path, str | Path):
        raise TypeError(
            f"`name_or_path` is of type {type(name_or_path).__name__}; allowed are a name such as "
            "'lena', the path of a picture, or a Picture: for a picture in memory use "
            "picture_from_bytes(data, name)"
        )
    if isinstance(name_or_path, str) and name_or_path in BUNDLED + GENERATED:
        return _cached(name_or_path, max_side)
    return _from_file(name_or_path, max_side)


def picture_from_bytes(data: bytes, name: str, max_side: int | None = MAX_SIDE) -> Picture:
    """Read a picture from the bytes of its file, as an upload hands them over.

    Args:
        data: the whole content of the file (PNG, JPEG, GIF, WebP, TIFF, BMP, ...).
        name: what to call it, usually the file's name.
        max_side: as in `load_picture`.

    Returns:
        The picture, of shape (1, 3, height, width).

    Raises:
        PictureError: if the bytes are no picture that can be read.

    Example:
        >>> picture_from_bytes((assets_folder() / "coffee.png").read_bytes(), "mine").image.shape
        torch.Size([1, 3, 400, 600])
    """
    _check_max_side(max_side)
    data = bytes(data)
    if not data:
        raise PictureError(_empty(name))
    return _read(io.BytesIO(data), name, max_side)


def assets_folder() -> Path:
    """Say where the bundled pictures lie: in the repository, or inside the installed package.

    Returns:
        The folder which holds lena.png and the others.

    Raises:
        PictureError: if neither place has them.

    Example:
        >>> (assets_folder() / "lena.png").is_file()
        True
    """
    package = Path(__file__).resolve().parent
    places = (package / "assets", package.parent / "assets")
    for place in places:
        if (place / f"{BUNDLED[0]}.png").is_file():
            return place
    raise PictureError(
        f"the bundled pictures are neither in {places[0]} nor in {places[1]}: install the package "
        "again, or restore the folder assets of the repository"
    )


# ---------------------------------------------------------------------------- generated pictures


def zone_plate(size: int = 512) -> torch.Tensor:
    """Draw grey rings that get finer from the centre until, at the edge, no pixel grid shows finer.

    With x and y counted from the centre, the value is 0.5 + 0.5 cos(pi (x^2 + y^2) / size). Along x
    the phase grows by 2 pi x / size per pixel, that is x / size cycles per pixel: none in the
    centre, 1/2 (Nyquist: two pixels per cycle) at the edge, x = size / 2; the same along y. Every
    stride above 1 therefore meets rings too fine for it, and shows false ones instead.

    Args:
        size: height and width in pixels, at least 1.

    Returns:
        float32 tensor of shape (1, 3, size, size), values 0..1.

    Raises:
        ValueError: if `size` is below 1.

    Example:
        >>> zone_plate().shape
        torch.Size([1, 3, 512, 512])
    """
    _check_size("size", size)
    from_centre = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    squared = from_centre[:, None] ** 2 + from_centre[None, :] ** 2
    return _grey(0.5 + 0.5 * torch.cos(math.pi * squared / size))


def impulse(size: int = 512, row: int | None = None, column: int | None = None) -> torch.Tensor:
    """Draw one white pixel on black: what comes out of a layer is the layer's own kernel, flipped.

    Args:
        size: height and width in pixels, at least 1.
        row: row of the white pixel, 0 at the top; by default 3/8 of the way down.
        column: its column, 0 at the left; by default 5/8 of the way. Not the same as the row, so
            that swapped axes show.

    Returns:
        float32 tensor of shape (1, 3, size, size), values 0 and 1.

    Raises:
        ValueError: if `size` is below 1, or the pixel is outside.

    Example:
        >>> impulse(8).nonzero()[0].tolist()
        [0, 0, 3, 5]
    """
    _check_size("size", size)
    row = size * 3 // 8 if row is None else row
    column = size * 5 // 8 if column is None else column
    for argument, value in (("row", row), ("column", column)):
        if not 0 <= value < size:
            raise ValueError(
                f"`{argument}` (={value}) is outside a picture of {size} x {size}: "
                f"choose 0 to {size - 1}"
            )
    image = torch.zeros(size, size)
    image[row, column] = 1.0
    return _grey(image)


def checkerboard(size: int = 512, cell: int = 2) -> torch.Tensor:
    """Draw a fine checkerboard, which a stride turns into a coarser one or into a plain surface.

    Args:
        size: height and width in pixels, at least 1.
        cell: side of one square in pixels, at least 1. With 2 the pattern repeats every 4 pixels,
            so stride 4 always lands on the same colour.

    Returns:
        float32 tensor of shape (1, 3, size, size), values 0 and 1; the top left square is white.

    Raises:
        ValueError: if `size` or `cell` is below 1.

    Example:
        >>> checkerboard(4, cell=2)[0, 0, 0].tolist()
        [1.0, 1.0, 0.0, 0.0]
    """
    _check_size("size", size)
    _check_size("cell", cell)
    square = torch.arange(size) // cell
    return _grey((square[:, None] + square[None, :] + 1) % 2)


_GENERATORS: dict[str, Callable[[], torch.Tensor]] = {
    # small enough for a pane to show it pixel by pixel: reduced, its rings would show false ones
    "zone plate": lambda: zone_plate(256),
    "impulse": impulse,
    "checkerboard": checkerboard,
}


# ---------------------------------------------------------------------------- finding


_cache: dict[tuple[str, int | None], Picture] = {}
# Labs call from two threads: without the lock both could read lena, and "the same picture?" fails.
_cache_lock = threading.Lock()


def _cached(name: str, max_side: int | None) -> Picture:
    # whoever asks first, even a lab in inference mode: the others may want to learn from it
    with _cache_lock, torch.inference_mode(False):
        if (name, max_side) not in _cache:
            if name in BUNDLED:
                picture = _from_file(assets_folder() / f"{name}.png", max_side)
                picture = Picture(name, picture.image, picture.note)
            else:
                picture = _generated(name, max_side)
            _cache[name, max_side] = picture
        return _cache[name, max_side]


def _generated(name: str, max_side: int | None) -> Picture:
    image = _GENERATORS[name]()
    small, notes = _scaled_down(Image.fromarray(image[0, 0].numpy()), max_side)
    return Picture(name, _to_tensor(small), "; ".join(notes))


def _from_file(given: str | Path, max_side: int | None) -> Picture:
    if not str(given).strip():
        raise PictureError(f"`name_or_path` (={str(given)!r}) is empty: {_what_is_allowed()}")
    if str(given).startswith(("http:", "https:")):
        raise PictureError(
            f"{str(given)!r} is a web address, and the lessons read only files: save the picture "
            "on your computer and give the path of that file"
        )
    try:
        path = Path(given).expanduser()
        if path.is_dir():
            raise PictureError(
                f"{str(path)!r} is a folder: add the name of one picture in it, as in "
                f"{str(path / 'photo.png')!r}"
            )
        if path.exists() and not path.is_file():  # a device or a pipe: reading might never end
            raise PictureError(f"{str(path)!r} is not an ordinary file: {_what_is_allowed()}")
        with path.open("rb") as file:
            if not file.read(1):
                raise PictureError(_empty(path.name))
            file.seek(0)
            return _read(file, path.name, max_side)
    except PictureError:
        raise
    except FileNotFoundError:
        raise PictureError(_not_found(given)) from None
    except PermissionError:
        raise PictureError(
            f"{str(given)!r} may not be read by you: change the file's permissions, or copy it "
            "into the folder of the notebooks"
        ) from None
    except (OSError, ValueError, RuntimeError) as error:
        # A name that is too long, a zero byte in it: no such file can exist.
        raise PictureError(
            f"{_shortened(str(given))!r} cannot be opened ({_reason(error)}): {_what_is_allowed()}"
        ) from None


def _not_found(given: str | Path) -> str:
    name = str(given)
    close = difflib.get_close_matches(name.lower(), BUNDLED + GENERATED, n=1)
    guess = f"did you mean {close[0]!r}? Otherwise " if close else ""
    place = "" if Path(name).is_absolute() else f" in {str(Path.cwd())!r}"
    return f"there is no picture {name!r}{place}: {guess}{_what_is_allowed()}"


def _what_is_allowed() -> str:
    return f"give the path of a picture, or one of {', '.join(BUNDLED + GENERATED)}"


def _empty(name: str) -> str:
    return f"{name!r} is empty (0 bytes): copy or download the picture again"


# ---------------------------------------------------------------------------- reading


def _read(file: BinaryIO, name: str, max_side: int | None) -> Picture:
    try:
        with Image.open(file, formats=_FORMATS) as opened:
            _check_pixels(name, *opened.size)
            notes = [f"first of {n} frames"] if (n := getattr(opened, "n_frames", 1)) > 1 else []
            if notes:
                opened.seek(0)
            opened.load()
            plain, converted = _to_rgb_or_grey(_upright(opened), name)
        small, scaled = _scaled_down(plain, max_side)
        notes += [*converted, *scaled]
        return Picture(name, _to_tensor(small), "; ".join(notes))
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
            f"{name!r} is cut off or damaged ({_reason(error)}): copy or download it again, or "
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
        return _deep_grey(image)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        if rgba.getchannel("A").getextrema() == (
            255,
            255,
        ):  # an alpha channel, but nothing is transparent
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


def _deep_grey(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """Scale greys of more than 8 bits to 0..1; Pillow's own conversion would clip them to white."""
    values = np.asarray(image, dtype=np.float64)
    finite = np.isfinite(values)
    low, high = (values[finite].min(), values[finite].max()) if finite.any() else (0.0, 0.0)
    notes = []
    if image.mode.startswith("I") and low >= 0 and high <= 65535:
        scaled = values / 65535
    elif image.mode == "F" and low >= 0 and high <= 1:
        scaled = values
    else:  # heights, temperatures, ...: no agreed black and white, so the range is taken
        scaled = (values - low) / (high - low or 1.0)
        notes = [f"greys stretched from {low:.4g} .. {high:.4g} to 0 .. 1"]
    scaled = np.where(finite, scaled, 0.0)
    return Image.fromarray(scaled.astype(np.float32)), notes


def _scaled_down(image: Image.Image, max_side: int | None) -> tuple[Image.Image, list[str]]:
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


def _to_tensor(image: Image.Image) -> torch.Tensor:
    if image.mode == "F":
        return _grey(torch.from_numpy(np.array(image)))
    pixels = torch.from_numpy(np.array(image))  # (H, W, 3), 0..255
    return pixels.permute(2, 0, 1).contiguous().float().div(255).unsqueeze(0)  # (1, 3, H, W)


def _grey(values: torch.Tensor) -> torch.Tensor:
    height, width = values.shape
    return values.float().expand(1, 3, height, width).contiguous()


# ---------------------------------------------------------------------------- checks and words


def _check_max_side(max_side: int | None) -> None:
    if max_side is not None:
        _check_size("max_side", max_side, " or None (no limit)")


def _check_size(argument: str, value: int, otherwise: str = "") -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"`{argument}` (={value!r}) must be a whole number of pixels{otherwise}")
    if value < 1:
        raise ValueError(f"`{argument}` (={value}) must be at least 1 pixel{otherwise}")


def _reason(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return _shortened(" ".join(str(text).split()))


def _shortened(text: str, limit: int = 120) -> str:
    return text if len(text) <= limit else f"{text[: limit - 3]}..."

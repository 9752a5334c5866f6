"""Finding a picture by its name, its path or the bytes of its file."""

from __future__ import annotations

import difflib
import io
import threading
from pathlib import Path

import torch
from PIL import Image

from lessons_lib.images.decoding import read, scaled_down, to_tensor
from lessons_lib.images.drawn import DRAWN
from lessons_lib.images.picture import (
    MAX_SIDE,
    Picture,
    PictureError,
    reason,
    shortened,
    whole_max_side,
)

BUNDLED: tuple[str, ...] = ("lena", "astronaut", "chelsea", "coffee")
GENERATED: tuple[str, ...] = tuple(DRAWN)


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
    max_side = whole_max_side(max_side)
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
    max_side = whole_max_side(max_side)
    data = bytes(data)
    if not data:
        raise PictureError(_empty(name))
    return read(io.BytesIO(data), name, max_side)


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
    package = Path(__file__).resolve().parent.parent
    places = (package / "assets", package.parent / "assets")
    for place in places:
        if (place / f"{BUNDLED[0]}.png").is_file():
            return place
    raise PictureError(
        f"the bundled pictures are neither in {places[0]} nor in {places[1]}: install the package "
        "again, or restore the folder assets of the repository"
    )


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
    image = DRAWN[name]()
    small, notes = scaled_down(Image.fromarray(image[0, 0].numpy()), max_side)
    return Picture(name, to_tensor(small), "; ".join(notes))


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
            return read(file, path.name, max_side)
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
            f"{shortened(str(given))!r} cannot be opened ({reason(error)}): {_what_is_allowed()}"
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

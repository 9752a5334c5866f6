"""The picture that every lesson starts with, chosen once and remembered for all notebooks.

Each notebook has a kernel of its own, so the choice is kept in a small file beside Jupyter's
settings. The environment variable LESSONS_PICTURE wins over it: handy for a whole classroom.
"""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path

from jupyter_core.paths import jupyter_config_dir

from lessons_lib.images import BUNDLED, GENERATED, Picture, PictureError, load_picture
from lessons_lib.machine.writing import write_whole

FALLBACK = "lena"
VARIABLE = "LESSONS_PICTURE"

# Files found to be readable pictures: (path, time of last change, bytes). Spares reading them again
# for each lab.
_readable: set[tuple[str, int, int]] = set()


def default_picture() -> str:
    """Say which picture the lessons start with.

    The environment variable LESSONS_PICTURE comes first, then what `set_default_picture` stored,
    then "lena". A choice that cannot be used any more never stops a lesson: a warning says so, and
    the lesson starts with "lena".

    Returns:
        A name such as "lena", or the full path of a file: what `load_picture` takes.

    Example:
        >>> default_picture()
        'lena'
    """
    from_variable = os.environ.get(VARIABLE, "").strip()
    if from_variable:
        choice, origin, cure = from_variable, f"the variable {VARIABLE}", "change or remove it"
    else:
        stored = _stored()
        if stored is None:
            return FALLBACK
        choice, origin = stored, f"the file {preferences_file()}"
        cure = "choose again with set_default_picture, or forget it with reset_default_picture()"
    try:
        return _usable(choice)
    except PictureError as error:
        warnings.warn(
            f"the default picture {choice!r}, set by {origin}, cannot be used, so {FALLBACK!r} is "
            f"shown instead ({error}); to get rid of this message {cure}",
            stacklevel=2,
        )
        return FALLBACK


def set_default_picture(name_or_path: str | Path) -> str:
    """Choose the picture that all lessons start with, from now on and in every notebook.

    Args:
        name_or_path: a name such as "astronaut" or "zone plate", or the path of your own picture.

    Returns:
        What was stored: the name, or the full path of the file.

    Raises:
        PictureError: if the picture cannot be loaded; the earlier choice stays.
        OSError: if the choice cannot be written to disk.

    Example:
        >>> set_default_picture("astronaut")  # doctest: +SKIP
        'astronaut'
    """
    if isinstance(name_or_path, Picture) or not isinstance(name_or_path, str | Path):
        raise TypeError(
            f"`name_or_path` is of type {type(name_or_path).__name__}; only a name such as 'lena' "
            "or the path of a file can be remembered: save the picture as PNG and give its path"
        )
    choice = _usable(name_or_path)
    _write(preferences_file(), json.dumps({"picture": choice}, indent=2) + "\n")
    if os.environ.get(VARIABLE, "").strip():
        warnings.warn(
            f"{choice!r} is stored, but the variable {VARIABLE} "
            f"(={os.environ[VARIABLE]!r}) wins over it: remove the variable",
            stacklevel=2,
        )
    return choice


def reset_default_picture() -> None:
    """Forget the chosen picture: the lessons start with "lena" again.

    Raises:
        OSError: if the file that holds the choice cannot be removed.

    Example:
        >>> reset_default_picture()  # doctest: +SKIP
    """
    preferences_file().unlink(missing_ok=True)


def preferences_file() -> Path:
    """Say in which file the choice is kept: in Jupyter's settings folder, JUPYTER_CONFIG_DIR.

    Returns:
        The path; the file exists only after a choice was made.

    Example:
        >>> preferences_file().name
        'convolution_lessons.json'
    """
    return Path(jupyter_config_dir()) / "convolution_lessons.json"


def _stored() -> str | None:
    file = preferences_file()
    try:
        picture = json.loads(file.read_text(encoding="utf-8"))["picture"]
        if not isinstance(picture, str):
            raise TypeError(f'"picture" is {picture!r}, not a text')
        return picture
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        warnings.warn(
            f"the file {file}, which keeps the default picture, cannot be read "
            f"({type(error).__name__}: {error}), so {FALLBACK!r} is shown: choose again with "
            "set_default_picture, or forget it with reset_default_picture()",
            stacklevel=3,
        )
        return None


def _usable(name_or_path: str | Path) -> str:
    """Check that the picture loads and make its path absolute: notebooks have different folders."""
    if isinstance(name_or_path, str) and name_or_path in BUNDLED + GENERATED:
        return name_or_path
    try:
        path = Path(name_or_path).expanduser().absolute()
        status = path.stat()
        state = (str(path), status.st_mtime_ns, status.st_size)
    except (OSError, ValueError, RuntimeError):
        load_picture(name_or_path)  # says in words what is wrong
        raise
    if state not in _readable:
        load_picture(name_or_path)
        _readable.add(state)
    return str(path)


def _write(file: Path, text: str) -> None:
    try:
        write_whole(file, text)
    except OSError as error:
        raise OSError(
            f"the choice cannot be stored in {file} ({error.strerror or error}): make that folder "
            f"writable, or set the environment variable {VARIABLE} instead"
        ) from error

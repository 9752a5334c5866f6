"""One lab as one HTML file."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from lessons_lib.kit.result import LabDefinition
from lessons_lib.machine.writing import write_whole
from lessons_lib.widgets.saved.buffers import Buffers
from lessons_lib.widgets.saved.page import page_of
from lessons_lib.widgets.saved.saved_lab import SavedLab

PAGE_BYTES = 6 * 2**20  # of a file, unless somebody says otherwise
READABLE = 0o644  # a server may show it


def save_lab(
    path: str | Path,
    definition: LabDefinition,
    start: Any,
    *,
    vary: Collection[str] | str | None = None,
    limit: int = PAGE_BYTES,
    sight: Collection[str] | None = None,
) -> None:
    """Write a lab into one HTML file, whole or not at all.

    Args:
        path: of the file, in a folder that is there.
        definition, start, vary, sight: as `SavedLab` takes them.
        limit: bytes that the file may have.

    Raises:
        ValueError: there is no such control, or the states do not fit.
        FileNotFoundError, IsADirectoryError: there is no such folder, or `path` is one.
    """
    file = _file(path)
    page = lab_page(definition, start, vary=vary, limit=limit, sight=sight)
    mode = file.stat().st_mode if file.exists() else READABLE
    write_whole(file, page)
    file.chmod(mode)


def lab_page(
    definition: LabDefinition,
    start: Any,
    *,
    vary: Collection[str] | str | None = None,
    limit: int = PAGE_BYTES,
    sight: Collection[str] | None = None,
) -> str:
    """Give the text of a page with one lab.

    Args:
        definition, start, vary, limit, sight: as in `save_lab`.

    Raises:
        ValueError: as in `save_lab`.
    """
    buffers = Buffers()
    frame = len(page_of(definition.title, [], buffers).encode())
    room = 3 * (limit - frame) // 4  # four signs of text carry three bytes
    if room <= 0:
        raise ValueError(
            f"`limit` (={limit:,}) must be more than {frame:,}: an empty page has that"
        )
    saved = SavedLab(definition, start, buffers, vary, room, sight=sight)
    page = page_of(definition.title, [saved.data()], buffers)
    size = len(page.encode())
    if saved.left_out or size > limit:
        raise ValueError(_too_large(saved, size, limit))
    return page


def _too_large(saved: SavedLab, size: int, limit: int) -> str:
    """Say how many states fit, and what to do; size: of the page with those that are saved."""
    fit = saved.states if size <= limit else int(saved.states * limit / size)
    others = "name fewer controls in `vary`"
    if len(saved.varied) > 1:
        others += f" (out of {', '.join(saved.varied)})"
    return (
        f"`limit` (={limit:,} bytes) has room for {f'about {fit}' if fit else 'none'} of the "
        f"{saved.wanted} states of this lab: {others}, or take a larger limit"
    )


def _file(path: str | Path) -> Path:
    file = Path(path).expanduser()
    if file.is_dir():
        raise IsADirectoryError(f"`path` (={str(path)!r}) is a folder: name a file in it")
    if not file.parent.is_dir():
        raise FileNotFoundError(f"`path` (={str(path)!r}): there is no folder {file.parent}")
    return file

"""Where the code of a learner's function was written, for the process does not know the cells."""

from __future__ import annotations

import linecache
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple


class Frame(NamedTuple):
    """A line that was under way: of which file, in which function, which begins where."""

    file: str
    line: int
    function: str
    first_line: int


def learners_line(function: object, frames: tuple[Frame, ...]) -> str:
    """Name the innermost line that is the learner's own.

    Args:
        function: that was called.
        frames: from the call inwards.

    Returns:
        such as "line 3: `return image[10, 3]`"; "" where none is the learner's.
    """
    files = dict(_places(function))
    for frame in reversed(frames):
        file = files.get((frame.function, frame.first_line), frame.file)
        if not is_library(file):
            text = linecache.getline(file, frame.line).strip()
            return f"line {frame.line}" + (f": `{text}`" if text else "")
    return ""


def _places(function: object) -> Iterator[tuple[tuple[str, int], str]]:
    """Give the file of all functions that this one may call: by their names and first lines."""
    if isinstance(function, FunctionType):
        for other in function.__globals__.values():
            if isinstance(other, FunctionType):
                yield from _places_of_code(other.__code__)
        yield from _places_of_code(function.__code__)


def _places_of_code(code: CodeType) -> Iterator[tuple[tuple[str, int], str]]:
    yield (code.co_name, code.co_firstlineno), code.co_filename
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _places_of_code(inner)


def is_library(file: str) -> bool:
    """Say whether a file belongs to Python or to an installed package."""
    path, packages = Path(file), {"site-packages", "dist-packages"}
    own = any(path.is_relative_to(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib"))
    return own or file.startswith("<frozen") or not packages.isdisjoint(path.parts)

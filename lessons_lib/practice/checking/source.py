"""Where the code of a learner's function was written, for the process does not know the cells."""

from __future__ import annotations

import linecache
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple


class Frame(NamedTuple):
    """A line that was under way: of which file, in which function, which begins where."""

    file: str
    line: int
    function: str
    first_line: int


@dataclass(frozen=True, eq=False)
class Elsewhere:
    """A function that is known here by its text only.

    Attributes:
        places: the files of all functions that it may call: by their names and first lines.
        texts: of these files. No file is opened: which ones there are, somebody else has said.
    """

    places: Mapping[tuple[str, int], str]
    texts: Mapping[str, str]

    def line_of(self, file: str, line: int) -> str:
        """Give a line; "" where there is none."""
        return "".join(self.texts.get(file, "").splitlines()[line - 1 : line])


def learners_line(function: object, frames: tuple[Frame, ...]) -> str:
    """Name the innermost line that is the learner's own.

    Args:
        function: that was called.
        frames: from the call inwards.

    Returns:
        such as "line 3: `return image[10, 3]`"; "" where none is the learner's.
    """
    elsewhere = function if isinstance(function, Elsewhere) else None
    files = elsewhere.places if elsewhere else dict(places_of(function))
    line_of = elsewhere.line_of if elsewhere else linecache.getline
    for frame in reversed(frames):
        file = files.get((frame.function, frame.first_line), frame.file)
        if not is_library(file):
            text = line_of(file, frame.line).strip()
            return f"line {frame.line}" + (f": `{text}`" if text else "")
    return ""


def places_of(function: object) -> Iterator[tuple[tuple[str, int], str]]:
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

"""The text of the page's modules and styles, as an anywidget takes it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent.parent
_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.[^"]+)";\n', re.MULTILINE)


@cache
def joined_modules(entry: str) -> str:
    """Join an ES module with all that it imports, because a module from a Blob has no neighbours.

    Args:
        entry: the module's file below lessons_lib/widgets.

    Returns:
        the text of one module: each file after those that it imports, without their import lines;
        exports kept.
    """
    texts: dict[Path, str] = {}

    def add(file: Path) -> None:
        if file in texts:
            return
        text = file.read_text("utf-8")
        for needed in _IMPORT.findall(text):
            add((file.parent / needed).resolve())
        texts[file] = _IMPORT.sub("", text)

    add((FOLDER / entry).resolve())
    return "\n".join(texts.values())


def joined_styles(*names: str) -> str:
    """Join style sheets; where two of them speak of the same thing, the later one wins.

    Args:
        names: files below lessons_lib/widgets.
    """
    return "\n".join((FOLDER / name).read_text("utf-8") for name in names)

"""What a page without a kernel is made of: the things on it as text, its style and its script."""

from __future__ import annotations

import base64
import html
import json
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lessons_lib.widgets.saved.buffers import Buffers
from lessons_lib.widgets.shared.page import joined_modules, joined_styles
from lessons_lib.widgets.stage.stage import STYLES

_FRAME = Path(__file__).with_name("page.html")
_THEME = _FRAME.with_name("theme.js")
_MORE_STYLES = ("question/question.css", "work/bar.css", "saved/page.css")
_EXPORT = re.compile(r"^export (default )?", re.MULTILINE)


@dataclass(frozen=True)
class PageData:
    """The labs of a page, as text.

    Attributes:
        things: all but their buffers.
        bytes: the buffers.
    """

    things: str
    bytes: str

    @classmethod
    def of(cls, things: Sequence[dict[str, Any]], buffers: Buffers) -> PageData:
        """Write things that share buffers.

        Args:
            things: each from `SavedLab.data`, `SavedQuestion.data` or `words_data`.
            buffers: those of the things.
        """
        index = [(each.kind, len(each.data), each.channels) for each in buffers]
        told = json.dumps({"things": list(things), "buffers": index}, separators=(",", ":"))
        packed = zlib.compress(told.encode(), 9)
        return cls(_text([packed]), _text(each.data for each in buffers))

    @property
    def script(self) -> str:
        """The classic script that gives the page its data."""
        return f'window.lessonData = {{ things: "{self.things}", bytes: "{self.bytes}" }};\n'


@cache
def page_script(entry: str = "saved/page_things.js", begin: str = "begin") -> str:
    """Give the classic script that makes the things of a page alive; it comes after its data.

    A classic script, because Chromium loads no module from a file beside a page on disk.

    Args:
        entry: the module's file, from lessons_lib/widgets.
        begin: its function that begins; it takes the document.
    """
    alone = _EXPORT.sub(lambda found: "void " if found[1] else "", joined_modules(entry))
    return f'(() => {{\n"use strict";\n{alone}\n{begin}(document);\n}})();\n'


@cache
def page_theme() -> str:
    """Give the script that chooses light or dark; it stands in the head of a page."""
    return _THEME.read_text("utf-8")


@cache
def page_style() -> str:
    """Give the style sheet of the things of a page."""
    return joined_styles("saved/theme.css", *STYLES, *_MORE_STYLES)


def page_of(title: str, things: Sequence[dict[str, Any]], buffers: Buffers) -> str:
    """Write a page that has nothing but these things.

    Args:
        title: of the page.
        things, buffers: as in `PageData.of`.

    Returns:
        the text of an HTML file that needs no other one.
    """
    parts = {
        "title": html.escape(title),
        "style": page_style(),
        "theme": page_theme(),
        "things": "\n".join(f'<div data-lesson-thing="{n}"></div>' for n in range(len(things))),
        "data": PageData.of(things, buffers).script,
        "script": page_script(),
    }
    page = _FRAME.read_text("utf-8")
    for name, text in parts.items():
        page = page.replace(f"<!-- {name} -->", text, 1)
    return page


def _text(data: Iterable[bytes]) -> str:
    return base64.b64encode(b"".join(data)).decode("ascii")

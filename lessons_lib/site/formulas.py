"""Text cells as HTML: formulas as MathML, links to other lessons as links to their pages."""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from typing import Any
from urllib.parse import quote, unquote

from bs4 import BeautifulSoup
from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

_NOTEBOOK = re.compile(r"(?:\./)?([^/#?]+)\.ipynb(#.*)?")
_PICTURE = re.compile(r"""(<img\b[^>]*?\bsrc=)(["'])(.+?)\2""")

# A wide table scrolls in a box of its own, which the keyboard reaches; the page does not.
_WIDE = '<div class="lesson-wide" tabindex="0" role="region" aria-label="table">'


class PageRenderer(IPythonRenderer):
    """Renders a text cell.

    Args:
        pages: names of the notebooks that have a page beside this one.
        settings: of nbconvert's own renderer.
    """

    def __init__(self, pages: Collection[str] = (), **settings: Any) -> None:
        super().__init__(**settings)
        self._pages = pages

    def inline_math(self, body: str) -> str:
        return mathml(body)

    def block_math(self, body: str) -> str:
        return mathml(body, block=True)

    def latex_environment(self, name: str, body: str) -> str:
        return mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", block=True)

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        """Give a heading the name by which JupyterLab's links find it."""
        words = BeautifulSoup(text, "html.parser").get_text()
        name = words.replace(" ", "-")
        mark = f'<a class="anchor-link" href="#{quote(name)}">{self.anchor_link_text}</a>'
        if self.exclude_anchor_links:
            mark = ""
        return f'<h{level} id="{html.escape(name)}">{text}{mark}</h{level}>\n'

    def link(self, text: str, url: str, title: str | None = None) -> str:
        found = _NOTEBOOK.fullmatch(url)
        if found and unquote(found[1]) in self._pages:
            url = f"{found[1]}.html{found[2] or ''}"
        return str(super().link(text, url, title))

    def _html_embed_images(self, page: str) -> str:
        # nbconvert's own would close the <details> that a text opens
        def embedded(found: re.Match[str]) -> str:
            return f"{found[1]}{found[2]}{self._embed_image_or_attachment(found[3])}{found[2]}"

        return _PICTURE.sub(embedded, page)

    def _src_to_base64(self, src: str) -> str | None:
        return super()._src_to_base64(unquote(src))


def mathml(formula: str, block: bool = False) -> str:
    """Write a formula as MathML, which browsers draw without a script.

    Args:
        formula: in TeX, without the dollar signs.
        block: whether it stands on a line of its own.

    Returns:
        MathML; what cannot be read stays as it was typed.
    """
    typed = html.unescape(formula)
    known = re.sub(r"\{align(ed)?\}", "{split}", typed)  # Jupyter numbers no lines
    try:
        return str(convert(known, display="block" if block else "inline"))
    except Exception:  # of latex2mathml: errors of many kinds, without words
        return f"<code>{html.escape(typed)}</code>"


def text_as_html(text: str, pages: Collection[str] = (), **settings: Any) -> str:
    """Render a text cell.

    Args:
        text: Markdown.
        pages: see `PageRenderer`.
        settings: of nbconvert's own renderer.
    """
    renderer = PageRenderer(pages, escape=False, **settings)
    page = str(MarkdownWithMath(renderer=renderer).render(text))
    page = page.replace("<pre>", '<pre tabindex="0">')
    page = re.sub(r"<table\b[^>]*>", rf"{_WIDE}\g<0>", page)
    return page.replace("</table>", "</table></div>")

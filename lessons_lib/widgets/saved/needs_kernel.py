"""What a page without a kernel says in the place of something that lives in JupyterLab only."""

from __future__ import annotations

import ast
import html
from typing import Any

CHECK = "Your function is tried out and compared with torch in JupyterLab:"
PROGRESS = "What you have answered is remembered in JupyterLab:"
GAME = "This game is played in JupyterLab, where its targets are drawn:"


def words_data(words: str, call: str) -> dict[str, Any]:
    """Prepare a line for the page, as one of its things.

    Args:
        words: what is said.
        call: what to run.
    """
    return {"kind": "words", "words": words, "call": call}


def words_for(source: str) -> str:
    """Give the line, as HTML, that stands in place of what a cell shows.

    Args:
        source: of the cell.

    Returns:
        "" where a page can show the result itself.

    Example:
        >>> words_for("kernel_game()").endswith("<code>kernel_game()</code></p>")
        True
    """
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # a line that begins with % or !
        return ""
    last = statements[-1] if statements else None
    if not isinstance(last, ast.Expr) or not isinstance(last.value, ast.Call):
        return ""
    name = ast.unparse(last.value.func).rpartition(".")[2]
    words = {"check": CHECK, "progress": PROGRESS}.get(name, GAME if name.endswith("_game") else "")
    first = last.value.args[0] if last.value.args else None
    named = isinstance(first, ast.Constant) and isinstance(first.value, str)
    if not words or not (named or (first is None and name != "check")):
        return ""  # the reader's own function may have such a name
    call = html.escape(ast.get_source_segment(source, last) or "")
    return f'<p class="lesson-needs-kernel">{words} <code>{call}</code></p>'

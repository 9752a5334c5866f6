"""A question as plain data for the page, and as still text; nothing of the answer is in either."""

from __future__ import annotations

import base64
import html
import io
from dataclasses import asdict
from typing import Any

from PIL import Image

from lessons_lib.practice.questions import Asked, Shown
from lessons_lib.practice.questions.kinds import Choice, Order, number_words

_LONGEST = 512  # side of a photo in the page
_HERE = "Open the notebook in JupyterLab and run its cells to answer."


def asked_data(asked: Asked, turn: int) -> dict[str, Any]:
    """Prepare a question for the page.

    Args:
        asked: the question.
        turn: counts the questions of this widget.

    Returns:
        "turn", "text", "kind", the parts of an answer, what is said of an unfinished one, what the
        kind needs besides, and "shown", the grids and photos.
    """
    return {
        "turn": turn,
        "text": asked.text,
        "kind": asked.kind.name,
        "parts": list(asked.kind.parts),
        "missing": asked.kind.missing,
        **asdict(asked.kind),
        "shown": [_shown_data(each) for each in asked.shown],
    }


def _shown_data(shown: Shown) -> dict[str, Any]:
    rows, columns = shown.values.shape[-2:]
    data = {"name": shown.name, "role": shown.role, "rows": rows, "columns": columns}
    if shown.values.ndim == 3:
        return {**data, "photo": _photo(shown), "cells": []}
    cells = [[number_words(value) for value in row] for row in shown.values.tolist()]
    return {**data, "photo": "", "cells": cells}


def _photo(shown: Shown) -> str:
    """Give a photo as a data URL."""
    pixels = (shown.values.permute(1, 2, 0) * 255).round().byte()
    image = Image.fromarray(pixels.numpy())
    image.thumbnail((_LONGEST, _LONGEST))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=88)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"


def as_text(asked: Asked) -> str:
    """Write a question for a page without pictures."""
    grids = [_grid_text(each) for each in asked.shown if each.values.ndim == 2]
    return "\n\n".join([_plain(asked.text), *grids, *_options(asked)])


def as_html(asked: Asked) -> str:
    """Write a question for a page on which nothing moves."""
    parts = [_paragraph(asked.text), *map(_still, asked.shown)]
    parts += [_paragraph(each) for each in _options(asked)]
    return f"<div><b>Predict first.</b>{''.join(parts)}<p><i>{_HERE}</i></p></div>"


def _options(asked: Asked) -> list[str]:
    if isinstance(asked.kind, Choice):
        return [f"– {_plain(each)}" for each in asked.kind.options]
    return (
        [f"– {_plain(each)}" for each in asked.kind.items] if isinstance(asked.kind, Order) else []
    )


def _plain(text: str) -> str:
    return text.replace("`", "")


def _paragraph(text: str) -> str:
    """Set what stands between backticks as code."""
    pieces = html.escape(text).split("`")
    set_ = [f"<code>{piece}</code>" if at % 2 else piece for at, piece in enumerate(pieces)]
    return f"<p>{''.join(set_)}</p>"


def _grid_text(shown: Shown) -> str:
    rows = _shown_data(shown)["cells"]
    width = max(len(cell) for row in rows for cell in row)
    lines = [" ".join(cell.rjust(width) for cell in row) for row in rows]
    return "\n".join([f"{shown.name}:", *lines])


def _still(shown: Shown) -> str:
    data = _shown_data(shown)
    name = html.escape(shown.name)
    if data["photo"]:
        return f'<figure><img src="{data["photo"]}" alt="{name}"></figure>'
    rows = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in data["cells"]
    )
    return f"<table><caption>{name}</caption>{rows}</table>"

"""What the kernel of a lesson that was run gives away: its labs and questions, for a page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ipywidgets

from lessons_lib.widgets.lab.lab import Lab
from lessons_lib.widgets.question.question import Question
from lessons_lib.widgets.saved.buffers import Buffers
from lessons_lib.widgets.saved.page import PageData

MOST_BYTES = 2**20  # of one lab


def gather(model_ids: Sequence[str], path: str, room: int) -> None:
    """Write the labs and questions that a notebook shows into a file.

    Args:
        model_ids: of the widgets that stand in its outputs, in their order.
        path: of the file, see `gathered`.
        room: bytes that all of them may take together; the first state of each is kept anyway.
    """
    buffers = Buffers()
    widgets = {model_id: _widget(model_id) for model_id in model_ids}
    shown = {name: each for name, each in widgets.items() if isinstance(each, Lab | Question)}
    places = {model_id: number for number, model_id in enumerate(shown)}
    things: dict[str, dict[str, Any]] = {}
    for model_id, widget in shown.items():
        if isinstance(widget, Question):
            covers = None if widget.covers is None else places.get(widget.covers.model_id)
            things[model_id] = widget.page_data(buffers, covers)
    labs = {name: each for name, each in shown.items() if isinstance(each, Lab)}
    for left, (model_id, lab) in zip(range(len(labs), 0, -1), labs.items(), strict=True):
        share = max(0, min(MOST_BYTES, (room - buffers.size) // left))
        things[model_id] = lab.page_data(buffers, share)
    told = PageData.of([things[model_id] for model_id in places], buffers)
    Path(path).write_text(
        json.dumps({"places": places, "things": told.things, "bytes": told.bytes}), "utf-8"
    )


def gathered(path: str | Path) -> tuple[dict[str, int], PageData]:
    """Read what `gather` has written.

    Returns:
        the number of each widget's thing by its model id, and the things.
    """
    told = json.loads(Path(path).read_text("utf-8"))
    return told["places"], PageData(told["things"], told["bytes"])


def _widget(model_id: str) -> object:
    return ipywidgets.widget_serialization["from_json"](f"IPY_MODEL_{model_id}", None)

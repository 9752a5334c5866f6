"""The reader's hand and the browser's ear: move what a lab shows, and hear what it sends."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import ipywidgets
import pytest

from lessons_lib.images import Picture, load_picture
from lessons_lib.widgets.lab.lab import Lab


def small_picture(max_side: int = 45) -> Picture:
    """A photo that is not square and takes no time: 30 x 45."""
    from lessons_lib.images import assets_folder

    picture = load_picture(assets_folder() / "chelsea.png", max_side)
    return Picture("small", picture.image)


def family(widget: ipywidgets.Widget) -> Iterator[ipywidgets.Widget]:
    """A widget and all that stand in it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from family(child)


def with_class(lab: Lab, css: str) -> ipywidgets.Widget:
    """The one widget of the lab with this CSS class."""
    (found,) = [each for each in family(lab) if css in getattr(each, "_dom_classes", ())]
    return found


def control(lab: Lab, name: str) -> ipywidgets.Widget:
    """The control of a parameter, as the style sheet and the browser tests find it too."""
    return with_class(lab, f"lesson-control-{name}")


def folded(lab: Lab) -> list[str]:
    """What waits behind "more": names of controls, then labels of presets."""
    if not any("lesson-more" in getattr(each, "_dom_classes", ()) for each in family(lab)):
        return []
    _, *waiting = with_class(lab, "lesson-more").children
    assert all("lesson-folded" in each._dom_classes for each in waiting)
    names = [
        css.removeprefix("lesson-control-")
        for each in waiting
        for css in each._dom_classes
        if css.startswith("lesson-control-")
    ]
    rows = [each for each in waiting if isinstance(each, ipywidgets.ToggleButtons)]
    return names + [label for row in rows for label, _ in row.options]


def browser_sets(widget: ipywidgets.Widget, **state: Any) -> None:
    """Bring the message by which a browser changes a widget."""
    data = {"method": "update", "state": state, "buffer_paths": []}
    widget._handle_msg({"content": {"data": data}, "buffers": []})


def browser_says(widget: ipywidgets.Widget, **content: Any) -> None:
    """Bring a message of the widget's own from the browser."""
    data = {"method": "custom", "content": content}
    widget._handle_msg({"content": {"data": data}, "buffers": []})


class Ear:
    """Keeps the messages that a widget sends."""

    def __init__(self, widget: ipywidgets.Widget, patch: pytest.MonkeyPatch) -> None:
        self.messages: list[dict[str, Any]] = []
        self.sizes: list[int] = []
        patch.setattr(widget.comm, "send", self._hear)

    def _hear(self, data: Any = None, metadata: Any = None, buffers: Any = None) -> None:
        state = dict(data.get("state", {}))
        for path, buffer in zip(data.get("buffer_paths", []), buffers or [], strict=True):
            if len(path) == 1:
                state[path[0]] = bytes(buffer)
        self.sizes.append(sum(len(bytes(each)) for each in buffers or []))
        self.messages.append({"method": data["method"], "state": state})

    def states(self) -> list[dict[str, Any]]:
        """What was sent since the last time, as trait values."""
        heard = [each["state"] for each in self.messages if each["method"] == "update"]
        self.messages.clear()
        return heard


def plain(value: Any) -> Any:
    """The same data for JSON: bytes as {"base64": ...}."""
    if isinstance(value, bytes | memoryview | bytearray):
        return {"base64": base64.b64encode(bytes(value)).decode("ascii")}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value

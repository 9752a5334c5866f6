"""The canvas widget: receives scenes and pixels, reports its size, clicks and chosen cures."""

from __future__ import annotations

import re
from pathlib import Path

import anywidget
import traitlets

from lessons_lib.visualization import colour_table

SLOTS = 8  # panes a stage can hold at once

_STATIC = Path(__file__).parent / "static"
# in the order in which they need each other
_MODULES = (
    "elements.js", "links.js", "pixels.js", "layout.js", "words.js", "grid.js", "signal.js",
    "pane.js", "pointing.js", "microscope.js", "stepper.js", "room.js", "foot.js",
    "kernel_state.js", "large_view.js", "sliders.js", "stage.js",
)  # fmt: skip
_STYLES = ("lab.css", "single_labs.css", "large_view.css")  # later ones win


def joined_modules(names: tuple[str, ...] = _MODULES) -> str:
    """Join ES modules into one, because a module loaded from a Blob cannot import its neighbours.

    Args:
        names: file names in static/, each after those it imports.

    Returns:
        the text of one module: imports of neighbours removed, exports kept.
    """
    imports = re.compile(r'^import \{[^}]*\} from "\./[^"]+";\n', re.MULTILINE)
    return "\n".join(imports.sub("", (_STATIC / name).read_text("utf-8")) for name in names)


class Stage(anywidget.AnyWidget):
    """Draws the newest scene and nothing else.

    Traits (the browser's keys are the same words):
        scene: what to show, a new dict each time; see `lessons_lib.widgets.scene`.
        tables: colour tables by name, 1024 bytes each, sent once.
        pixels_0 ... pixels_7: the bytes of one pane each, so that an unchanged photo stays home.
        timing: {"seq", "milliseconds"} of the layer, measured when the hand rests.
        pointer: {"seq", "pane", "row", "column"} of the output pixel under the microscope, {} for
            none; set by the browser.
        probe: what the microscope shows there; see `lessons_lib.widgets.scene.probe_data`.
        crash: traceback of something that should not have happened, "" otherwise.
        box: [height, width] in device pixels of the room for a pane; set by the browser.
    """

    _esm = joined_modules()
    _css = "\n".join((_STATIC / name).read_text("utf-8") for name in _STYLES)

    scene = traitlets.Dict().tag(sync=True)
    tables = traitlets.Dict().tag(sync=True)
    timing = traitlets.Dict().tag(sync=True)
    pointer = traitlets.Dict().tag(sync=True)
    probe = traitlets.Dict().tag(sync=True)
    crash = traitlets.Unicode("").tag(sync=True)
    box = traitlets.List(traitlets.Int(), [0, 0]).tag(sync=True)
    locals().update({f"pixels_{i}": traitlets.Bytes(b"").tag(sync=True) for i in range(SLOTS)})

    def __init__(self) -> None:
        tables = {name: colour_table(name) for name in ("signed", "grey", "count")}
        super().__init__(tables=tables, timing={"seq": 0, "milliseconds": 0.0})

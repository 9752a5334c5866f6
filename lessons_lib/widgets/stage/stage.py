"""The canvas widget: receives scenes and pixels, reports its size, clicks and chosen cures."""

from __future__ import annotations

import anywidget
import traitlets

from lessons_lib.visualization.colours import TABLES, colour_table
from lessons_lib.widgets.shared.page import joined_modules, joined_styles

SLOTS = 8  # panes a stage can hold at once

_STYLES = ("lab/lab.css", "lab/controls.css", "stage/single_labs.css", "stage/large_view.css")


class Stage(anywidget.AnyWidget):
    """Draws the newest scene and nothing else.

    Traits (the browser's keys are the same words):
        scene: what to show, a new dict each time; see `lessons_lib.widgets.stage.scene`.
        tables: colour tables by name, 1024 bytes each, sent once.
        pixels_0 ... pixels_7: the bytes of one pane each, so that an unchanged photo stays home.
        timing: {"seq", "milliseconds"} of the layer, measured when the hand rests.
        pointer: {"seq", "pane", "row", "column"} of the output pixel under the microscope, {} for
            none; set by the browser.
        probe: what the microscope shows there; see `lessons_lib.widgets.stage.scene.probe_data`.
        crash: traceback of something that should not have happened, "" otherwise.
        box: [height, width] in device pixels of the room for a pane; set by the browser.
    """

    _esm = joined_modules("stage/stage.js")
    _css = joined_styles(*_STYLES)

    scene = traitlets.Dict().tag(sync=True)
    tables = traitlets.Dict().tag(sync=True)
    timing = traitlets.Dict().tag(sync=True)
    pointer = traitlets.Dict().tag(sync=True)
    probe = traitlets.Dict().tag(sync=True)
    crash = traitlets.Unicode("").tag(sync=True)
    box = traitlets.List(traitlets.Int(), [0, 0]).tag(sync=True)
    locals().update({f"pixels_{i}": traitlets.Bytes(b"").tag(sync=True) for i in range(SLOTS)})

    def __init__(self) -> None:
        tables = {name: colour_table(name) for name in TABLES}
        super().__init__(tables=tables, timing={"seq": 0, "milliseconds": 0.0})

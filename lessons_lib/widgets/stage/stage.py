"""The canvas widget: receives scenes and pixels, reports its size, clicks and chosen cures."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import anywidget
import traitlets

from lessons_lib.kit.look import Look
from lessons_lib.visualization.colours import TABLES, colour_table
from lessons_lib.widgets.shared.page import joined_modules, joined_styles

SLOTS = 8  # panes a stage can hold at once

STYLES = (
    "shared/lab.css",
    "shared/panel.css",
    "shared/controls.css",
    "shared/setting_links.css",
    "stage/stage.css",
    "stage/panes/panes.css",
    "stage/microscope.css",
    "shared/large_view.css",
    "stage/large_view.css",
)


class Stage(anywidget.AnyWidget):
    """Draws the newest scene and nothing else.

    Traits (the browser's keys are the same words):
        scene: what to show, a new dict each time; see `lessons_lib.widgets.stage.scene`.
        tables: colour tables by name, 1024 bytes each, sent once.
        pixels_0 ... pixels_7: the bytes of one pane each, so that an unchanged photo stays home.
        timing: {"key", "milliseconds"} of the layer, measured when the hand rests, and
            "compared", the milliseconds of what it is compared with, where there is that.
        pointer: {"pane", "row", "column"} of the output pixel under the microscope, {} for
            none; set by the browser.
        probe: what the microscope shows there; see `probe_data` in scene_data.py.
        crash: traceback of something that should not have happened, "" otherwise.
        moves: what a move of each control puts into the key of the state, so that the page finds it
            on its shelf; see `Panel.moves`.
        look: what the lab wishes from the page, see `lessons_lib.kit.look`; sent once.

    How much room the panes have belongs to each view, so it is told by message, not by a trait:
    {"type": "room", "view": name, "boxes": {pane: [height, width, scale]}}, and {"type": "gone"}
    when a view closes; {"type": "roll_call"} from here asks all views to tell it again. What is
    worked out ahead goes by message too, see `lessons_lib.widgets.shelf`.
    """

    _esm = joined_modules("stage/stage.js")
    _css = joined_styles(*STYLES)

    scene = traitlets.Dict().tag(sync=True)
    tables = traitlets.Dict().tag(sync=True)
    timing = traitlets.Dict().tag(sync=True)
    pointer = traitlets.Dict().tag(sync=True)
    probe = traitlets.Dict().tag(sync=True)
    crash = traitlets.Unicode("").tag(sync=True)
    moves: traitlets.List[Any] = traitlets.List().tag(sync=True)
    look = traitlets.Dict().tag(sync=True)
    locals().update({f"pixels_{i}": traitlets.Bytes(b"").tag(sync=True) for i in range(SLOTS)})

    def __init__(self, look: Look | None = None) -> None:
        tables = {name: colour_table(name) for name in TABLES}
        wishes = asdict(look or Look())
        super().__init__(tables=tables, timing={"key": "", "milliseconds": 0.0}, look=wishes)

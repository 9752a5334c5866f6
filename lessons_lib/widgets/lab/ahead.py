"""How a lab works ahead of the hand: what is worked out, and what the page shows by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from lessons_lib.kit.keys import rooms_in
from lessons_lib.kit.result import LabDefinition, Result
from lessons_lib.widgets.lab.panel import Panel
from lessons_lib.widgets.shelf.filling import COMING_SECONDS, START_SECONDS, Filled, Filling
from lessons_lib.widgets.shelf.shelf import Shelf
from lessons_lib.widgets.stage.scene import SceneWriter
from lessons_lib.widgets.stage.stage import Stage
from lessons_lib.widgets.work.job import running_loop


class Ahead:
    """Fills the shelf in the page for one lab.

    Args:
        lab: see `Filled`.
        definition, panel, writer, stage: of the lab.
        on: False: nothing is worked out ahead, and the page is told no moves.
    """

    def __init__(
        self,
        lab: Filled,
        definition: LabDefinition,
        panel: Panel,
        writer: SceneWriter,
        stage: Stage,
        on: bool,
    ) -> None:
        self._lab = lab
        self._definition = definition
        self._panel = panel
        self._writer = writer
        self._stage = stage
        self._on = on
        self._told = -1  # the version of the panel's moves that the page knows
        self._leaps: dict[str, Mapping[str, Any]] = {}  # by row: what the page says of its button
        self.shelf = Shelf(stage.send)
        self._filling = Filling(lab, self, self.shelf, writer)

    def moved(self, control: str) -> None:
        """Work out what the next moves of a control lead to, once nothing else is to be done."""
        self._land(control)
        self._fill(control, START_SECONDS)

    def _fill(self, control: str, wait: float) -> None:
        loop = running_loop()
        if self._on and loop is not None:
            self._filling.begin(loop, control, wait)

    def _land(self, control: str) -> None:
        """Tell the page that a button has done all that it does; the button itself comes later."""
        leap = self._leaps.get(control)
        if leap is not None and leap["index"] == self._panel.pressed(control):
            self._stage.send({"type": "leapt", "number": leap["number"]})
            del self._leaps[control]

    def take(self, content: Mapping[str, Any]) -> None:
        """Take a message of the page about its shelf, if it is one."""
        if content.get("type") == "hold":
            self._fill(content["control"], COMING_SECONDS)
        elif content.get("type") == "shelved":
            self.shelf.arrived(content["number"])
        elif content.get("type") == "leap":
            self._leaps[content["row"]] = content
            self._land(content["row"])
        elif content.get("type") == "shelf_lost":
            self.shelf.forget()

    def new_moves(self) -> dict[str, Any]:
        """Give the stage's trait that tells the page what its moves lead to, if it is not told."""
        if not self._on or self._told == self._panel.version:
            return {}
        self._told = self._panel.version
        return {"moves": self._panel.moves()}

    def shows(self, control: str, params: Any) -> bool:
        """Say whether the page shows a state by itself: no other view and no numbers wait for it.

        Args:
            control: that a hand has moved.
            params: that this leads to.
        """
        may = (
            len(self.shelf) > 0
            and running_loop() is not None
            and self._panel.is_number(control)
            and self._writer.rooms.views == 1
            and "row" not in self._stage.pointer
        )
        if not may:
            return False
        shown = self._stage.scene["key"]  # the page names states by the rooms in it
        key = self._lab.state_of(params).key
        return rooms_in(shown) == rooms_in(key) and self.shelf.is_there(key)

    def begin_anew(self) -> None:
        """Forget what the page has no use for any more, and fill the shelf again.

        Only for the hand that moved last in this kernel: the others may never come back.
        """
        self.shelf.forget()
        loop = running_loop()
        if loop is not None:
            self._filling.begin_anew(loop, START_SECONDS)

    def end(self) -> None:
        """Work out no more: the lab is closed."""
        self._filling.end()

    # --- what is worked out -----------------------------------------------------------------------

    def others(self, control: str) -> Iterator[Any]:
        """Give the parameters that the next move of a control leads to; not where work is due."""
        now = self._lab.params
        for settings in self._panel.others(control):
            params = replace(now, **settings)
            if not self._panel.works.hinders(now, params):
                yield params

    def previewed(self, params: Any) -> Result | None:
        """Compute a coarse result; None where the exact one is quick enough."""
        preview = self._definition.preview
        return None if preview is None else preview(params, self._writer.rooms.box)

    def computed(self, params: Any) -> Result:
        """Compute the exact result."""
        return self._definition.compute(params)

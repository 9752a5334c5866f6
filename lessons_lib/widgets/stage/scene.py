"""Turn a Result into one message for the stage: a scene, and the pixels that changed."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from lessons_lib.kit.cover import Cover, covered
from lessons_lib.kit.keys import digest
from lessons_lib.kit.result import IllegalSettingError, Pane, Result
from lessons_lib.visualization.pixels import Pixels
from lessons_lib.visualization.sheet import Tile
from lessons_lib.widgets.stage.drawings import drawing_of
from lessons_lib.widgets.stage.pane_pixels import looks_of, pixels_of
from lessons_lib.widgets.stage.rooms import Rooms
from lessons_lib.widgets.stage.scene_data import (
    NOTHING_SHOWN,
    pane_data,
    refused_data,
    shown_data,
    told_data,
)
from lessons_lib.widgets.stage.stage import SLOTS


@dataclass(frozen=True)
class _Shown:
    """What a slot holds: the same values with the same looks need not be sent again.

    The values are only pointed at: keeping megabytes alive makes the next step fetch fresh memory
    from the system, and that costs more than the convolution.
    """

    values: weakref.ref[torch.Tensor]
    looks: tuple[object, ...]
    pixels: Pixels
    name: str  # of the bytes, by their content


@dataclass(frozen=True)
class State:
    """What a scene says of the settings that it shows.

    Attributes:
        key: all that the scene hangs on, in one text; see `lessons_lib.kit.keys`.
        words: the settings in words, by the name of the parameter; what differs names an output
            that was kept.
    """

    key: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Shelved:
    """A scene that is not shown yet, with all its pixels by the name that the panes give them."""

    scene: dict[str, Any]
    pixels: dict[str, bytes]


class SceneWriter:
    """Writes scenes for one stage, and remembers what the stage already has.

    Args:
        cover: what is left out of each scene until the reader has guessed; it may be changed.

    Attributes:
        rooms: of the panes, in all views.
    """

    def __init__(self, cover: Cover | None = None) -> None:
        self.cover = cover
        self.rooms = Rooms()
        self._seq = 0
        self._slots: dict[str, int] = {}
        self._shown: dict[str, _Shown] = {}
        self._last: dict[str, Any] = NOTHING_SHOWN  # of the last setting that was not refused

    def write(
        self, result: Result, exact: bool = True, state: State | None = None
    ) -> dict[str, Any]:
        """Prepare the traits of the stage that show this result.

        Args:
            result: what a lab computed.
            exact: False for a preview, which the exact result follows.
            state: the settings.

        Returns:
            {"scene": ..., "pixels_<slot>": ...}, pixels of those panes only that changed.
        """
        self._seq += 1
        result = covered(result, self.cover)
        traits: dict[str, Any] = {}
        panes = []
        self._free_slots(result.panes)
        for pane in result.panes:
            shown, changed = self._render(pane)
            self._shown[pane.name] = shown
            slot = self._slots[pane.name]
            if changed:
                traits[f"pixels_{slot}"] = shown.pixels.data
            panes.append(pane_data(pane, shown.pixels, shown.name, slot))
        state = state or State()
        self._last = shown_data(result, panes, state.words)
        traits["scene"] = {**self._head(state.key), **self._last, **told_data(result, exact)}
        return traits

    def write_again(self, result: Result, exact: bool, state: State) -> dict[str, Any]:
        """Prepare the same scene for other rooms: nothing was computed, so its number stays.

        Args:
            result, exact: as they were last written.
            state: the same settings, with a key for the new rooms.

        Returns:
            as `write` does.
        """
        self._seq -= 1
        return self.write(result, exact, state)

    def write_refusal(self, error: IllegalSettingError, key: str = "") -> dict[str, Any]:
        """Prepare the scene that explains a refused setting over the last good panes.

        Args:
            error: torch's message, its explanation and the nearest legal setting.
            key: of the refused state.

        Returns:
            {"scene": ...}; no pixels change.
        """
        self._seq += 1
        return {"scene": {**self._head(key), **self._last, **refused_data(error)}}

    def shelved(self, result: Result, exact: bool, state: State) -> Shelved:
        """Prepare a scene that may be shown later; what the stage has now is left as it is.

        Args:
            result, exact, state: as in `write`.
        """
        result = covered(result, self.cover)
        shown = [(pane, self._render(pane)[0]) for pane in result.panes]
        panes = [pane_data(pane, each.pixels, each.name, slot=-1) for pane, each in shown]
        scene = {**shown_data(result, panes, state.words), **told_data(result, exact)}
        pixels = {each.name: each.pixels.data for _, each in shown}
        return Shelved({"seq": 0, "key": state.key, **scene}, pixels)

    def shelved_refusal(self, error: IllegalSettingError, key: str) -> Shelved:
        """Prepare a refusal that may be shown later, over the panes that are shown then.

        Args:
            error, key: as in `write_refusal`.
        """
        return Shelved({"seq": 0, "key": key, **NOTHING_SHOWN, **refused_data(error)}, {})

    def rendered(self) -> list[Tile]:
        """Give the panes of the last good state with their titles, for a static page."""
        return [_tile(pane, self._shown[pane["name"]].pixels) for pane in self._last["panes"]]

    @property
    def seq(self) -> int:
        """The number of the newest scene."""
        return self._seq

    def _head(self, key: str) -> dict[str, Any]:
        return {"seq": self._seq, "key": key}

    def _free_slots(self, panes: tuple[Pane, ...]) -> None:
        """Give each pane a slot: its own, one never used, or the one left alone for longest.

        A pane that has gone keeps its slot while there are others: its pixels are still there
        when it comes back.
        """
        if len(panes) > SLOTS:
            raise ValueError(
                f"pane {panes[SLOTS].name!r} is number {SLOTS + 1}, but a stage holds {SLOTS}"
            )
        shown = {pane.name: self._slots.pop(pane.name, -1) for pane in panes}
        free = [
            slot for slot in range(SLOTS) if slot not in {*shown.values(), *self._slots.values()}
        ]
        for name, slot in shown.items():
            if slot >= 0:
                continue
            if not free:
                gone = next(iter(self._slots))
                free.append(self._slots.pop(gone))
                self._shown.pop(gone, None)
            shown[name] = free.pop(0)
        self._slots |= shown  # the last ones are those seen last

    def _render(self, pane: Pane) -> tuple[_Shown, bool]:
        """Give a pane's pixels, and whether they are others than the stage has."""
        last = self._shown.get(pane.name)
        box = self.rooms.largest(pane.name).of((pane.shape[-2], pane.shape[-1]))
        looks = looks_of(pane, box)
        if last is not None and last.values() is pane.values and last.looks == looks:
            return last, False
        pixels = pixels_of(pane, box)
        return _Shown(weakref.ref(pane.values), looks, pixels, digest(pixels.data)), True


def _tile(pane: dict[str, Any], pixels: Pixels) -> Tile:
    drawing = drawing_of(pane, pixels)
    shape = "" if drawing else "  " + " × ".join(map(str, pane["shape"]))
    name = f"{pane['title']}{shape}"
    labels = tuple(pane["labels"][: None if pixels.shares else pixels.channels])
    apart = None if drawing else _apart(pane, pixels)
    return Tile(name, pixels, labels, apart, pane["per_row"], drawing)


def _apart(pane: dict[str, Any], pixels: Pixels) -> torch.Tensor | None:
    """Say which cells of a grid are drawn apart: those that are named, or those around a ring."""
    shape = (pixels.channels, pixels.height, pixels.width)
    if pane["outside"] is not None:
        return torch.frombuffer(bytearray(pane["outside"]), dtype=torch.uint8).view(-1, *shape[1:])
    if pane["ring"] is None:
        return None
    top, left, rows, columns = pane["ring"]
    apart = torch.ones(shape, dtype=torch.bool)
    apart[:, top : top + rows, left : left + columns] = False
    return apart

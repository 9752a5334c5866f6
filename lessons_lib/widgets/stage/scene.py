"""Turn a Result into one message for the stage: a scene, and the pixels that changed.

The scene is a contract with the stage's JavaScript; tests/fixtures/scene.json is an example that
the tests of both sides read.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch

from lessons_lib.kit.links import CellLinks, Links
from lessons_lib.kit.microscope import Part, Probe
from lessons_lib.kit.result import Axes, Compared, IllegalSettingError, Pane, Result, Stepper
from lessons_lib.kit.terms import Line
from lessons_lib.visualization.classes import legend_of
from lessons_lib.visualization.pixels import Pixels
from lessons_lib.visualization.sheet import Tile
from lessons_lib.widgets.stage.drawings import drawing_of
from lessons_lib.widgets.stage.pane_pixels import looks_of, pixels_of
from lessons_lib.widgets.stage.rooms import Rooms
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


class SceneWriter:
    """Writes scenes for one stage, and remembers what the stage already has."""

    def __init__(self) -> None:
        self.rooms = Rooms()
        self._seq = 0
        self._slots: dict[str, int] = {}
        self._shown: dict[str, _Shown] = {}
        self._last_panes: list[dict[str, Any]] = []
        self._last_links: list[dict[str, Any]] = []
        self._last_extras: dict[str, Any] = {
            "cell_links": [],
            "stepper": None,
            "microscopes": [],
            "state": {},
        }

    def write(
        self, result: Result, exact: bool = True, state: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Prepare the traits of the stage that show this result.

        Args:
            result: what a lab computed.
            exact: False for a preview, which the exact result follows.
            state: the settings in words, by the name of the parameter; what differs names an
                output that was kept.

        Returns:
            {"scene": ..., "pixels_<slot>": ...}, pixels of those panes only that changed.
        """
        traits: dict[str, Any] = {}
        panes = []
        self._free_slots(result.panes)
        for pane in result.panes:
            shown, changed = self._render(pane)
            slot = self._slots[pane.name]
            if changed:
                traits[f"pixels_{slot}"] = shown.pixels.data
            panes.append(_pane_data(pane, shown.pixels, slot))
        self._last_panes = panes
        self._last_links = [links_data(link) for link in result.links]
        self._last_extras = {
            "cell_links": [cell_links_data(link) for link in result.cell_links],
            "stepper": _stepper_data(result.stepper) if result.stepper else None,
            "microscopes": [each.output for each in result.microscopes],
            "state": dict(state or {}),
        }
        cost = asdict(result.cost) if result.cost else None
        scene = self._scene(result.sentence, result.formula, result.code, cost, None)
        compared = _compared_data(result.compared) if result.compared else None
        told = {"copied": result.copied, "exact": exact, "compared": compared}
        traits["scene"] = {**scene, **told}
        return traits

    def write_again(self, result: Result, exact: bool) -> dict[str, Any]:
        """Prepare the same scene for other rooms: nothing was computed, so its number stays.

        Args:
            result, exact: as they were last written.

        Returns:
            as `write` does.
        """
        self._seq -= 1
        return self.write(result, exact, self._last_extras["state"])

    def write_refusal(self, error: IllegalSettingError) -> dict[str, Any]:
        """Prepare the scene that explains a refused setting over the last good panes.

        Args:
            error: torch's message, its explanation and the nearest legal setting.

        Returns:
            {"scene": ...}; no pixels change.
        """
        moved = {name: value for name, value in error.nearest.items() if value is not None}
        told = {
            "title": error.title,
            "message": error.message,
            "explanation": error.explanation,
            "nearest": error.nearest,
            "nearest_text": ", ".join(f"{k} = {v}" for k, v in moved.items()),
        }
        sentence = f"{error.title}. {error.explanation}"
        return {"scene": self._scene(sentence, (), error.code, None, told)}

    def rendered(self) -> list[Tile]:
        """Give the panes of the last good state with their titles, for a static page."""
        return [_tile(pane, self._shown[pane["name"]].pixels) for pane in self._last_panes]

    @property
    def seq(self) -> int:
        """The number of the newest scene."""
        return self._seq

    def _scene(
        self, sentence: str, formula: tuple[Line, ...], code: Line, cost: Any, error: Any
    ) -> dict[str, Any]:
        self._seq += 1
        return {
            "seq": self._seq,
            "panes": self._last_panes,
            "links": self._last_links,
            **self._last_extras,
            "formula": [_line_data(line) for line in formula],
            "code": _line_data(code),
            "copied": "",
            "cost": cost,
            "compared": None,
            "sentence": sentence,
            "error": error,
            "exact": True,
        }

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
        last = self._shown.get(pane.name)
        box = self.rooms.largest(pane.name).of((pane.shape[-2], pane.shape[-1]))
        looks = looks_of(pane, box)
        if last is not None and last.values() is pane.values and last.looks == looks:
            return last, False
        shown = _Shown(weakref.ref(pane.values), looks, pixels_of(pane, box))
        self._shown[pane.name] = shown
        return shown, True


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


def _compared_data(compared: Compared) -> dict[str, Any]:
    return {"name": compared.name, "note": compared.note, "cost": asdict(compared.cost)}


def _line_data(line: Line) -> list[dict[str, str]]:
    return [{"text": term.text, "role": term.role, "style": term.style} for term in line]


def _pane_data(pane: Pane, pixels: Pixels, slot: int) -> dict[str, Any]:
    shown_height, shown_width = pixels.shown or (pixels.height, pixels.width)
    return {
        "name": pane.name,
        "title": pane.title,
        "role": pane.role,
        "kind": pane.kind,
        "shape": list(pane.shape),
        "slot": slot,
        "format": pixels.format,
        "channels": pixels.channels,
        "height": pixels.height,
        "width": pixels.width,
        "shown_height": shown_height,
        "shown_width": shown_width,
        "source_height": pane.shape[-2],
        "source_width": pane.shape[-1],
        "table": pixels.table,
        "low": pixels.low,
        "high": pixels.high,
        "reach": list(pixels.reach) if pixels.reach else None,
        "note": pane.note,
        "ring": list(pane.ring) if pane.ring else None,
        "outside": None if pane.outside is None else _flags(pane.outside),
        "labels": list(pane.labels),
        "details": list(pane.details),
        "legend": [list(each) for each in legend_of(pixels.shares, pane.labels)]
        if pixels.shares
        else [],
        "marked": [list(rectangle) for rectangle in pane.marked],
        "click_sets": list(pane.click_sets),
        "keepable": pane.keepable,
        "across": pane.across,
        "per_row": pane.per_row,
        "room": list(pane.room) if pane.room else None,
        "axes": _axes_data(pane),
        "wires": None if pane.wires is None else _table(pane.wires),
        "groups": None if pane.groups is None else _table(pane.groups),
    }


def _axes_data(pane: Pane) -> dict[str, Any] | None:
    if pane.axes is None and pane.kind != "curves":
        return None
    return asdict(pane.axes or Axes("sample"))


def links_data(links: Links) -> dict[str, Any]:
    """Prepare one link for the stage: its tables as int32 bytes, with their taps per row."""
    return {
        "output": links.output,
        "source": links.source,
        "rows": _table(links.rows),
        "row_taps": links.rows.shape[1],
        "columns": _table(links.columns),
        "column_taps": links.columns.shape[1],
        "channels": None if links.channels is None else _table(links.channels),
        "channel_taps": 0 if links.channels is None else links.channels.shape[1],
        "kernel": links.kernel,
        "shared_kernel": links.shared_kernel,
        "transposed": links.transposed,
        "spans": links.spans,
    }


def cell_links_data(links: CellLinks) -> dict[str, Any]:
    """Prepare links between single cells: the table as int32 bytes, with its partners per cell."""
    return {
        "first": links.first,
        "second": links.second,
        "cells": _table(links.cells),
        "partners": links.cells.shape[1],
        "verb": links.verb,
        "reverse": links.reverse,
        "strong": links.strong,
    }


def _stepper_data(stepper: Stepper) -> dict[str, Any]:
    return {
        "output": stepper.output,
        "biases": list(stepper.biases),
        "walks": stepper.walks,
        "paintings": None if stepper.paintings is None else _floats(stepper.paintings),
        "operation": stepper.operation,
        "roles": list(stepper.roles),
        "bias_label": stepper.bias_label,
        "counts_outside": stepper.counts_outside,
    }


def _table(indices: torch.Tensor) -> bytes:
    return indices.to(torch.int32).contiguous().numpy().tobytes()


def probe_data(probe: Probe, seq: int, pane: Pane) -> dict[str, Any]:
    """Prepare what the microscope shows.

    Args:
        probe: the numbers behind one output pixel.
        seq: number of the scene it belongs to.
        pane: the output that it is a pixel of.

    Returns:
        its parts with float32 bytes, colours and cells that are drawn apart; and the written line.
    """
    return {
        "seq": seq,
        "row": probe.row,
        "column": probe.column,
        "pane": pane.name,
        "title": f"{pane.title} ({probe.row}, {probe.column})",
        "operation": probe.operation,
        "labels": list(probe.labels),
        "parts": [_part_data(part) for part in probe.parts],
        "line": _line_data(probe.line),
    }


def _part_data(part: Part) -> dict[str, Any]:
    channels, height, width = part.values.shape
    low, high = part.value_range
    return {
        "name": part.name,
        "title": part.title,
        "role": part.role,
        "channels": channels,
        "height": height,
        "width": width,
        "values": _floats(part.values),
        "table": part.table,
        "low": low,
        "high": high,
        "outside": None if part.outside is None else _flags(part.outside),
        "marked": None if part.marked is None else _flags(part.marked),
    }


def _flags(values: torch.Tensor) -> bytes:
    return values.to(torch.uint8).contiguous().numpy().tobytes()


def _floats(values: torch.Tensor) -> bytes:
    return values.to(torch.float32).contiguous().numpy().tobytes()

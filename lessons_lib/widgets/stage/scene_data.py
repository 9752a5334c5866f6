"""A result as plain data for the stage: JSON, and bytes for tables of numbers.

The scene that is made of these parts is a contract with the stage's JavaScript; an example is
tests/fixtures/scene.json, which the tests of both sides read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch

from lessons_lib.kit.links import CellLinks, Links
from lessons_lib.kit.microscope import Part, Probe
from lessons_lib.kit.result import Axes, Compared, IllegalSettingError, Pane, Result, Stepper
from lessons_lib.kit.terms import Line
from lessons_lib.visualization.classes import legend_of
from lessons_lib.visualization.pixels import Pixels


def shown_data(
    result: Result, panes: list[dict[str, Any]], words: Mapping[str, str]
) -> dict[str, Any]:
    """Prepare what of a scene stays on the screen while a later setting is refused.

    Args:
        result: what a lab computed.
        panes: of this result, from `pane_data`.
        words: the settings in words.
    """
    return {
        "panes": panes,
        "links": [links_data(link) for link in result.links],
        "cell_links": [cell_links_data(link) for link in result.cell_links],
        "stepper": _stepper_data(result.stepper) if result.stepper else None,
        "microscopes": [each.output for each in result.microscopes],
        "state": dict(words),
    }


NOTHING_SHOWN: dict[str, Any] = {
    "panes": [],
    "links": [],
    "cell_links": [],
    "stepper": None,
    "microscopes": [],
    "state": {},
}


def told_data(result: Result, exact: bool) -> dict[str, Any]:
    """Prepare the words of a result; `exact` is False for a preview."""
    return {
        "formula": [_line_data(line) for line in result.formula],
        "code": _line_data(result.code),
        "copied": result.copied,
        "cost": asdict(result.cost) if result.cost else None,
        "compared": _compared_data(result.compared) if result.compared else None,
        "sentence": result.sentence,
        "error": None,
        "exact": exact,
    }


def refused_data(error: IllegalSettingError) -> dict[str, Any]:
    """Prepare the words of a refused setting."""
    moved = {name: value for name, value in error.nearest.items() if value is not None}
    told = {
        "title": error.title,
        "message": error.message,
        "explanation": error.explanation,
        "nearest": error.nearest,
        "nearest_text": ", ".join(f"{k} = {v}" for k, v in moved.items()),
    }
    return {
        "formula": [],
        "code": _line_data(error.code),
        "copied": "",
        "cost": None,
        "compared": None,
        "sentence": f"{error.title}. {error.explanation}",
        "error": told,
        "exact": True,
    }


def _compared_data(compared: Compared) -> dict[str, Any]:
    return {"name": compared.name, "note": compared.note, "cost": asdict(compared.cost)}


def _line_data(line: Line) -> list[dict[str, str]]:
    return [{"text": term.text, "role": term.role, "style": term.style} for term in line]


def pane_data(pane: Pane, pixels: Pixels, name: str, slot: int) -> dict[str, Any]:
    """Prepare a pane.

    Args:
        pane: of a result.
        pixels: what it shows.
        name: of the pixels, by their content.
        slot: of the stage; -1 for none.
    """
    shown_height, shown_width = pixels.shown or (pixels.height, pixels.width)
    return {
        "name": pane.name,
        "title": pane.title,
        "role": pane.role,
        "kind": pane.kind,
        "shape": list(pane.shape),
        "slot": slot,
        "pixels": name,
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


def probe_data(probe: Probe, key: str, pane: Pane) -> dict[str, Any]:
    """Prepare what the microscope shows.

    Args:
        probe: the numbers behind one output pixel.
        key: of the state that it belongs to.
        pane: the output that it is a pixel of.

    Returns:
        its parts with float32 bytes, colours and cells that are drawn apart; and the written line.
    """
    return {
        "key": key,
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

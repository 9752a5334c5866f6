"""What a click on a pixel of a pane sets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lessons_lib.kit.controls import Slider
from lessons_lib.kit.result import Pane


def set_by_click(
    pane: Pane, row: int, column: int, names: Collection[str], specs: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the settings that a click on a pane stands for, as far as the lab has them.

    Args:
        pane: which was clicked.
        row: of the pixel in the pane, from 0.
        column: of the pixel in the pane, from 0; where the pane has axes, from their first.
        names: of the lab's parameters.
        specs: the controls, by the name of the parameter.
    """
    if pane.axes:
        column += pane.axes.first
    at = zip(pane.click_sets, (row, column), strict=False)
    found = {name: _held(specs.get(name), value) for name, value in at if name in names}
    return {**found, **pane.click_also} if found else {}


def _held(spec: Any, value: int) -> int:
    """Hold a clicked place where its slider can show it: a picture may be larger than that."""
    if not isinstance(spec, Slider):
        return value
    return round(min(max(value, spec.low), spec.high))

"""What of a pane is drawn by hand on a static page, such as curves with their axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from lessons_lib.kit.result import Axes
from lessons_lib.kit.vocabulary import Kind
from lessons_lib.visualization.covered import Covered
from lessons_lib.visualization.curves import Curves
from lessons_lib.visualization.layers import LayerBoxes
from lessons_lib.visualization.pixels import Pixels
from lessons_lib.visualization.wiring import Wiring

Drawing = Curves | Wiring | LayerBoxes | Covered


def drawing_of(pane: Mapping[str, Any], pixels: Pixels) -> Drawing | None:
    """Give what a still picture needs that is not made of pixels; None for other kinds.

    Args:
        pane: as it stands in the scene.
        pixels: what it shows.
    """
    draw = _DRAWN.get(pane["kind"])
    return draw(pane, pixels) if draw else None


def _numbers(pixels: Pixels) -> torch.Tensor:
    values = torch.frombuffer(bytearray(pixels.data), dtype=torch.float32)
    return values.view(pixels.height, pixels.width)


def _curves(pane: Mapping[str, Any], pixels: Pixels) -> Curves:
    axes = Axes(**pane["axes"])
    return Curves(
        _numbers(pixels),
        tuple(pane["labels"]) or ("",) * pixels.height,
        pixels.low,
        pixels.high,
        max(pane["across"], pixels.width),
        axes.x,
        axes.y,
        axes.log,
        axes.first,
        axes.present,
    )


def _wiring(pane: Mapping[str, Any], pixels: Pixels) -> Wiring:
    values = _numbers(pixels)
    groups = _table(pane["groups"])
    return Wiring(
        values.nan_to_num(0.0).long(),
        _table(pane["wires"]).view(-1, 3),
        groups.view(values.shape) if groups.numel() else None,
        tuple(pane["labels"]),
    )


def _layers(pane: Mapping[str, Any], pixels: Pixels) -> LayerBoxes:
    shapes = tuple((int(c), int(h), int(w)) for c, h, w in _numbers(pixels).tolist())
    rounded = frozenset(layer for _, layer, _, _ in pane["marked"])
    return LayerBoxes(shapes, tuple(pane["labels"]), rounded)


def _table(data: bytes | None) -> torch.Tensor:
    if not data:
        return torch.empty(0, dtype=torch.int32)
    return torch.frombuffer(bytearray(data), dtype=torch.int32)


# kind of pane -> what its drawing needs
_DRAWN: dict[Kind, Callable[[Mapping[str, Any], Pixels], Drawing]] = {
    "curves": _curves,
    "wiring": _wiring,
    "layers": _layers,
    "covered": lambda _pane, _pixels: Covered(),
}

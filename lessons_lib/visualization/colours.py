"""The colours of numbers: ramps of 256 colours, and which of them stands for a value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Literal, get_args

import torch

from lessons_lib.visualization.classes import class_palette

# Index 255 is kept for values that are not finite; 0..254 leaves zero exactly in the middle.
LAST_INDEX = 254


NOT_FINITE_INDEX = 255


ONE_VALUE = 1e-6  # values that differ by less are one, but for rounding
NOT_FINITE_COLOUR = (255, 214, 0)


# Anchor colours, evenly spaced. The signed ramp runs from teal through near-white to ruby: no
# role of the lessons uses these hues, and both ends differ in hue and are dark in print.
_SIGNED = (
    (0, 58, 66),
    (0, 122, 130),
    (112, 184, 186),
    (247, 247, 245),
    (222, 138, 160),
    (176, 36, 84),
    (92, 0, 40),
)


_GREY = ((0, 0, 0), (255, 255, 255))


_COUNT = ((247, 247, 245), (206, 201, 214), (150, 139, 170), (92, 78, 122), (40, 27, 66))


# "signed": zero in the middle; "grey": from black to white; "count": more is darker; "classes": a
# colour for each class number.
Table = Literal["signed", "grey", "count", "classes"]


TABLES: tuple[Table, ...] = get_args(Table)


@cache
def colour_table(name: Table) -> bytes:
    """Give the 256 colours that indices stand for, as RGBA bytes.

    Args:
        name: one of `TABLES`.

    Returns:
        1024 bytes; colour 255 marks values that are not finite, of classes what is ignored.

    Raises:
        ValueError: no table has that name.
    """
    if name == "classes":
        return _rgba(torch.tensor(class_palette()))
    anchors = {"signed": _SIGNED, "grey": _GREY, "count": _COUNT}.get(name)
    if anchors is None:
        known = "'signed', 'grey', 'count' or 'classes'"
        raise ValueError(f"`name` (={name!r}) is no colour table; use {known}")
    return _rgba(_ramp(anchors))


def _ramp(anchors: Sequence[tuple[int, int, int]]) -> torch.Tensor:
    """Go from anchor to anchor in 255 steps, and end with the colour of what is not finite."""
    stops = torch.tensor(anchors, dtype=torch.float32)  # (anchors, 3)
    at = torch.linspace(0, len(anchors) - 1, LAST_INDEX + 1)
    left = at.floor().clamp(max=len(anchors) - 2).long()
    part = (at - left).unsqueeze(1)
    ramp = stops[left] * (1 - part) + stops[left + 1] * part  # (255, 3)
    return torch.cat([ramp.round(), torch.tensor([NOT_FINITE_COLOUR], dtype=torch.float32)])


def _rgba(colours: torch.Tensor) -> bytes:
    """Give each of 256 colours its fourth byte."""
    rgba = torch.cat([colours, torch.full((256, 1), 255.0)], dim=1).to(torch.uint8)
    return rgba.numpy().tobytes()


def signed_range(values: torch.Tensor) -> tuple[float, float]:
    """Find the smallest range around zero that holds every finite value.

    What is one value everywhere has no range of its own: in the deepest colour it would look
    strong, however small it is. It gets at least -1..1, so that zeros are pale.

    Args:
        values: any shape, floating point.

    Returns:
        (-r, r) with r > 0, so that zero always falls on the middle colour.

    Example:
        >>> signed_range(torch.tensor([-0.5, 0.25]))
        (-0.5, 0.5)
    """
    if values.numel() == 0:
        return -1.0, 1.0
    low, high = (float(v) for v in torch.aminmax(values))
    reach = max(abs(low), abs(high))
    if not reach < float("inf"):  # also true for NaN
        finite = values[values.isfinite()]
        return signed_range(finite)
    if high - low <= ONE_VALUE * max(1.0, reach):
        reach = max(1.0, reach)
    return -reach, reach


def to_indices(values: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """Say for each value which of the 255 colours between low and high stands for it.

    Args:
        values: any shape, floating point.
        low: value of index 0.
        high: value of index 254; larger than low.

    Returns:
        uint8 tensor of the same shape; values outside are held at the ends, values that are not
        finite become 255.
    """
    scaled = values.sub(low).mul_(LAST_INDEX / (high - low)).round_().clamp_(0, LAST_INDEX)
    if bool(torch.isfinite(values.sum())):
        return scaled.to(torch.uint8)
    return scaled.masked_fill_(~values.isfinite(), NOT_FINITE_INDEX).to(torch.uint8)


def beyond_colours(values: torch.Tensor, low: float, high: float) -> tuple[float, float] | None:
    """Say how far values reach, where some lie beyond the colours and are held at their ends.

    Args:
        values: any shape, floating point.
        low: value of the first colour.
        high: value of the last colour; larger than low.

    Returns:
        (smallest, largest) finite value, where one of them is beyond by more than half a colour;
        else None.

    Example:
        >>> beyond_colours(torch.tensor([-0.5, 2.0]), -1.0, 1.0)
        (-0.5, 2.0)
    """
    if values.numel() == 0:
        return None
    smallest, largest = (float(value) for value in torch.aminmax(values))
    if not math.isfinite(smallest) or not math.isfinite(largest):
        return beyond_colours(values[values.isfinite()], low, high)
    half = (high - low) / LAST_INDEX / 2
    return (smallest, largest) if smallest < low - half or largest > high + half else None

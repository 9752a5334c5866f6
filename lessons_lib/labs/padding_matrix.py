"""Padding on the 4 x 4 matrix 1..16, with every number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from lessons_lib.geometry import PADDING_MODES, padded_indices, source_indices, usage_counts
from lessons_lib.kernels import weighted_layer
from lessons_lib.kit.controls import Choice, Presets, Slider
from lessons_lib.kit.grids import grid_pane
from lessons_lib.kit.layers import conv
from lessons_lib.kit.links import Links
from lessons_lib.kit.result import LabDefinition, Pane, Result
from lessons_lib.kit.vocabulary import Role
from lessons_lib.padding import pad2d

SIDE = 4
KERNEL_SIZES = (("1 × 1", 1), ("2 × 2", 2), ("3 × 3", 3))
LAST = float(SIDE * SIDE)
SHOWN = (("nothing", "nothing"), ("how often each is used", "usage"), ("the tiling", "tiling"))


@dataclass(frozen=True)
class PaddingMatrixParams:
    """The lesson starts with a mirrored ring of one, and a 1 x 1 kernel that changes nothing."""

    padding: int = 1
    padding_mode: str = "reflect"
    kernel_size: int = 1
    show: str = "nothing"


@torch.inference_mode()
def compute(params: PaddingMatrixParams) -> Result:
    """Pad the matrix and add up every window with a kernel of ones.

    Args:
        params: padding 0..5, padding_mode, kernel_size 1..3, show "nothing", "usage" or
            "tiling".

    Returns:
        Panes matrix (4, 4), padded (4 + 2p, 4 + 2p), output, and last: usage (4, 4) or tiling
        (12, 12).

    Raises:
        IllegalSettingError: torch has no cells to fill such a ring with.
    """
    p, mode, k = params.padding, params.padding_mode, params.kernel_size
    matrix = torch.arange(1.0, LAST + 1).reshape(1, 1, SIDE, SIDE)
    layer = weighted_layer(nn.Conv2d, torch.ones(1, 1, k, k), padding=p, padding_mode=mode)
    named = {"padding": "padding", "kernel_size": "kernel_size"}
    seen = conv.described(layer, matrix, named, grids=True, weights=True)
    padded = pad2d(matrix, p, mode)
    more = {
        "nothing": lambda: (),
        "usage": lambda: (usage_pane(params),),
        "tiling": lambda: (tiling_pane(matrix, p, mode),),
    }[params.show]()
    counts_up_to = (0.0, LAST)
    ring = (p, p, SIDE, SIDE)
    return seen.result(
        panes=(
            number_pane("input", "matrix", "input", matrix[0, 0], counts_up_to),
            number_pane(
                "padded", "padded matrix", "padding", padded[0, 0], counts_up_to, ring=ring
            ),
            number_pane("output", "output", "output", seen.output[0, 0], None, keepable=True),
            *more,
        ),
        sentence=_sentence(params, padded[0, 0]),
        links=_links(params),
    )


def number_pane(
    name: str,
    title: str,
    role: Role,
    values: torch.Tensor,
    value_range: tuple[float, float] | None,
    **more: Any,
) -> Pane:
    """Show a grid of counted numbers: more is darker."""
    low_high = value_range or (0.0, max(1.0, float(values.max())))
    given = {"shape": tuple(values.shape), "table": "count", "value_range": low_high, **more}
    return grid_pane(name, title, role, values.unsqueeze(0), **given)


def usage_pane(params: PaddingMatrixParams) -> Pane:
    """Count in how many windows each number of the matrix takes part, copies included."""
    used = usage_counts(SIDE, params.kernel_size, 1, params.padding, 1, params.padding_mode)
    counts = torch.outer(used, used).float()
    equal = "all used equally often" if counts.min() == counts.max() else "not used equally often"
    return number_pane("last", "how often each is used", "kernel", counts, None, note=equal)


def tiling_pane(matrix: torch.Tensor, p: int, mode: str) -> Pane:
    """Show three by three copies, with the window that circular padding cuts out of them."""
    tiling = matrix[0, 0].repeat(3, 3)
    window = (SIDE - p, SIDE - p, SIDE + 2 * p, SIDE + 2 * p)
    circular = mode == "circular"
    return number_pane(
        "last",
        "endless tiling, a part",
        "padding",
        tiling,
        (0.0, LAST),
        ring=(SIDE, SIDE, SIDE, SIDE),
        marked=(window,) if circular else (),
        note="the frame is what circular padding cuts out"
        if circular
        else "only padding_mode circular is cut out of it",
    )


def _links(params: PaddingMatrixParams) -> tuple[Links, ...]:
    p, mode, k = params.padding, params.padding_mode, params.kernel_size
    to_matrix = source_indices(SIDE, k, 1, p, 1, mode)
    to_padded = source_indices(SIDE + 2 * p, k)
    one_to_one = padded_indices(SIDE, p, mode).unsqueeze(1)
    return (
        Links("output", "padded", to_padded, to_padded),
        Links("output", "input", to_matrix, to_matrix),
        Links("padded", "input", one_to_one, one_to_one),
    )


def _sentence(params: PaddingMatrixParams, padded: torch.Tensor) -> str:
    if params.padding == 0:
        return "No padding: the padded matrix is the matrix itself."
    row = " ".join(f"{value:.0f}" for value in padded[0])
    what = {
        "zeros": "a ring of zeros",
        "reflect": "a mirror at the edge; the edge itself is not repeated",
        "replicate": "the edge repeated outwards",
        "circular": "the other side of the matrix, as if it were tiled",
    }[params.padding_mode]
    return f"padding_mode '{params.padding_mode}': {what}. First row: {row}."


LAB = LabDefinition(
    name="padding-matrix",
    title="Padding a 4 × 4 matrix",
    params=PaddingMatrixParams,
    compute=compute,
    controls=(
        Slider("padding", "padding", 0, 5, "padding"),
        Choice("padding_mode", "padding_mode", tuple((m, m) for m in PADDING_MODES), "padding"),
        Choice("kernel_size", "kernel of ones", KERNEL_SIZES, "kernel", more=True),
        Choice("show", "show also", SHOWN, more=True),
        Presets(
            "try",
            (
                *(
                    (f"{mode} 1", {"padding": 1, "padding_mode": mode, "kernel_size": 1})
                    for mode in PADDING_MODES
                ),
                (
                    "circular 1, tiling",
                    {"padding": 1, "padding_mode": "circular", "show": "tiling"},
                ),
                (
                    "zeros 1, 3 × 3",
                    {"padding": 1, "padding_mode": "zeros", "kernel_size": 3, "show": "usage"},
                ),
            ),
            "padding",
        ),
    ),
)

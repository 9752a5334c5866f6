"""Pooling on small grids, every number in sight, and what is put back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from lessons_lib.geometry import pool_window_indices
from lessons_lib.kit.controls import Choice, Presets, Slider, Toggle, preset_maker
from lessons_lib.kit.grids import grid_options, grid_pane, small_grid
from lessons_lib.kit.layers import pooling
from lessons_lib.kit.links import CellLinks, Links
from lessons_lib.kit.result import LabDefinition, Pane, Result, Stepper
from lessons_lib.kit.vocabulary import Role
from lessons_lib.visualization.numbers import counted, number_text, size_text

GRID_OPTIONS = grid_options("digits_4", "counting_5", "digits_3x5", "edge", "ones", "digits")
CHANNELS = (("1", 1), ("2", 2), ("3", 3))


@dataclass(frozen=True)
class PoolingGridParams:
    """The lesson starts with the example that can be checked by hand."""

    grid: str = "digits_4"
    channels: int = 1
    kind: str = "max"
    kernel_size: int = 2
    kernel_width: int = 2
    stride: int = 2
    stride_width: int = 2
    padding: int = 0
    dilation: int = 1
    ceil_mode: bool = False
    count_include_pad: bool = True


def layer_of(params: PoolingGridParams) -> nn.MaxPool2d | nn.AvgPool2d:
    """Build the pooling: a MaxPool2d or an AvgPool2d."""
    size = (params.kernel_size, params.kernel_width)
    stride = (params.stride, params.stride_width)
    return pooling.of_kind(
        params.kind,
        size,
        stride,
        params.padding,
        params.dilation,
        params.ceil_mode,
        params.count_include_pad,
    )


@torch.inference_mode()
def compute(params: PoolingGridParams) -> Result:
    """Pool small grids, each for itself.

    Args:
        params: kernel_size, stride per axis 1..4, padding 0..2 and dilation 1..3.

    Returns:
        Panes input (C, H + 2p, W + 2p) with its padding drawn apart, output (C, H_out, W_out), then
        of a max pooling places, where in its channel each number was found, and of an average
        counts, how many numbers each mean was made of, of the same shape; and unpooled (C, H, W).

    Raises:
        IllegalSettingError: torch refuses the setting.
    """
    layer = layer_of(params)
    grid = small_grid(params.grid, params.channels)
    size = (grid.shape[-2], grid.shape[-1])
    output, places = pooling.run(layer, grid, pooling.NAMED)
    seen = pooling.described(layer, grid, output=output, grids=True)
    window_links = _window_links(params, size)
    panes = (
        _input_pane(params, grid),
        _pane(params, "output", "output", output, keepable=True),
        _found_pane(params, output, places, window_links),
        _back_pane(params, pooling.unpooled(layer, output, places, size)),
    )
    more, cell_links = _partners(params, seen.links, places, size, output)
    return seen.result(
        panes=panes,
        sentence=_sentence(params, seen.size, output, places, window_links),
        links=(window_links, *more),
        cell_links=cell_links,
        stepper=Stepper(
            "output",
            operation="max" if params.kind == "max" else "mean",
            counts_outside=params.kind == "max" or params.count_include_pad,
        ),
    )


# ------------------------------------------------------------------------------------------- panes


def _pane(params: PoolingGridParams, name: str, title: str, values: Tensor, **more: Any) -> Pane:
    labels = tuple(str(c) for c in range(params.channels)) if params.channels > 1 else ()
    role: Role = "output" if name in ("output", "found") else ""
    return grid_pane(name, title, role, values[0], labels=labels, **more)


def _input_pane(params: PoolingGridParams, grid: Tensor) -> Pane:
    """Show the grids within their padding: zeros for a mean, for a maximum what never wins."""
    p = params.padding
    fill = 0.0 if params.kind == "average" else -torch.inf
    padded = nn.functional.pad(grid, (p, p, p, p), value=fill)
    return grid_pane(
        "input",
        "input with its padding" if p else "input",
        "input",
        padded[0],
        ring=(p, p, *grid.shape[-2:]) if p else None,
        labels=tuple(str(c) for c in range(params.channels)) if params.channels > 1 else (),
    )


def _found_pane(
    params: PoolingGridParams, output: Tensor, places: Tensor | None, links: Links
) -> Pane:
    if places is not None:
        cells = small_grid(params.grid)[0].numel()
        return _pane(params, "found", "places", places.float(), **_counting(cells - 1))
    counts = _counts(params, links).float().expand(output.shape)
    most = params.kernel_size * params.kernel_width
    return _pane(params, "found", "divided by", counts, **_counting(most))


def _counting(most: int) -> dict[str, Any]:
    return {"table": "count", "value_range": (0.0, max(1.0, float(most)))}


def _counts(params: PoolingGridParams, links: Links) -> Tensor:
    """Count the numbers that each mean is made of: (H_out, W_out)."""
    inside = []
    for axis, table in enumerate((links.rows, links.columns)):
        grid = small_grid(params.grid).shape[2 + axis]
        met = table >= 0  # of the padded grid
        if not params.count_include_pad:
            met = (table >= params.padding) & (table < params.padding + grid)
        inside.append(met.sum(dim=1))
    return inside[0][:, None] * inside[1]


def _back_pane(params: PoolingGridParams, back: Tensor) -> Pane:
    title = "put back" if params.kind == "max" else "spread back"
    return _pane(params, "unpooled", title, back)


# ------------------------------------------------------------------------------------------- links


def _window_links(params: PoolingGridParams, size: tuple[int, int]) -> Links:
    """Say which cells of the padded grid each output reads."""
    axes = zip(
        size,
        (params.kernel_size, params.kernel_width),
        (params.stride, params.stride_width),
        strict=True,
    )
    dilation = params.dilation if params.kind == "max" else 1
    rows, columns = (
        pool_window_indices(n, k, s, params.padding, dilation, params.ceil_mode) for n, k, s in axes
    )
    return Links("output", "input", rows, columns, _each_its_own(params))


def _each_its_own(params: PoolingGridParams) -> Tensor:
    """Say that every grid belongs to the grid of the same channel."""
    return torch.arange(params.channels)[:, None]


def _partners(
    params: PoolingGridParams,
    links: Links,
    places: Tensor | None,
    size: tuple[int, int],
    output: Tensor,
) -> tuple[tuple[Links, ...], tuple[CellLinks, ...]]:
    """Say what else belongs to an output: its place and where it is put back, or its spread."""
    same = torch.arange(output.numel())[:, None]
    if places is None:
        rows, columns = (
            pooling.readers(table, n)
            for table, n in zip((links.rows, links.columns), size, strict=True)
        )
        spread = Links("unpooled", "output", rows, columns, _each_its_own(params), transposed=True)
        return (spread,), (CellLinks("output", "found", same, "is", "divides"),)
    p = params.padding
    padded = (size[0] + 2 * p, size[1] + 2 * p)
    row, column = places // size[1] + p, places % size[1] + p
    in_ring = torch.where(places >= 0, row * padded[1] + column, -1)
    put_back = pooling.winner_links(places, size, source="unpooled")
    return (), (
        pooling.winner_links(in_ring, padded),
        CellLinks("output", "found", same, "has its place in", "is the place of"),
        replace(put_back, verb="stands again in", reverse="has its number from"),
    )


# ---------------------------------------------------------------------------------------- sentence


def _sentence(
    params: PoolingGridParams,
    size: tuple[int, ...],
    output: Tensor,
    places: Tensor | None,
    links: Links,
) -> str:
    start = f"The window stops at {size_text(size)} places"
    if params.channels > 1:
        start += f" of {counted(params.channels, 'channel')}, each for itself"
    if places is None:
        return f"{start}; each output is the mean of {_how_many(params, links)}."
    named = {(c, int(i)) for c, channel in enumerate(places[0]) for i in channel.flatten()}
    found = len({cell for cell in named if cell[1] >= 0})
    start += "; each output is the largest number in its window"
    if bool(output.isinf().any()):
        return f"{start}, and minus infinity where a window holds padding alone."
    if found < places.numel():
        all_of_them = f"All {places.numel()} come from {counted(found, 'cell')}"
        return f"{start}. {all_of_them}: windows that overlap may share one."
    if found == params.channels * small_grid(params.grid)[0, 0].numel():
        return f"{start}, each from a cell of its own: none is lost."
    return f"{start}, each from a cell of its own; the others are lost."


def _how_many(params: PoolingGridParams, links: Links) -> str:
    counts = _counts(params, links)
    least, most = int(counts.min()), int(counts.max())
    several = f"{number_text(least)} to {number_text(most)}" if least < most else number_text(most)
    numbers = f"{several} number{'' if most == 1 else 's'}"
    if not params.padding:
        return numbers
    zeros = "zeros of the padding counted" if params.count_include_pad else "padding not counted"
    return f"{numbers}, {zeros}"


_preset = preset_maker(
    grid="digits_4",
    channels=1,
    kind="max",
    kernel_size=2,
    kernel_width=2,
    stride=2,
    stride_width=2,
    padding=0,
    dilation=1,
    ceil_mode=False,
    count_include_pad=True,
)
_THREE = {"kernel_size": 3, "kernel_width": 3, "stride": 1, "stride_width": 1}

LAB = LabDefinition(
    name="pooling-grid",
    title="Pooling on a grid",
    params=PoolingGridParams,
    compute=compute,
    controls=(
        Choice("grid", "grid", GRID_OPTIONS, "input", in_header=True),
        Choice("channels", "channels", CHANNELS, "input", in_header=True, more=True),
        Choice("kind", "kind", pooling.KINDS, "output", in_header=True),
        Slider("kernel_size", "kernel down", 1, 4, "kernel"),
        Slider("kernel_width", "kernel across", 1, 4, "kernel"),
        Slider("stride", "stride down", 1, 4, "stride"),
        Slider("stride_width", "stride across", 1, 4, "stride"),
        Slider("padding", "padding", 0, 2, "padding", more=True),
        Slider("dilation", "dilation", 1, 3, "dilation", shown_with=("kind", "max"), more=True),
        Toggle("ceil_mode", "ceil_mode", "output", more=True),
        Toggle(
            "count_include_pad",
            "count_include_pad",
            "padding",
            shown_with=("kind", "average"),
            more=True,
        ),
        Presets(
            "try",
            (
                _preset("2 × 2"),
                _preset("average", kind="average"),
                _preset("windows overlap", **_THREE),
                _preset("channels", channels=3),
                _preset("ceil_mode", grid="digits_3x5", ceil_mode=True),
                _preset("padding", padding=1, **_THREE),
                _preset("average of ones", grid="ones", kind="average", padding=1, **_THREE),
                _preset(
                    "count_include_pad=False",
                    grid="ones",
                    kind="average",
                    padding=1,
                    count_include_pad=False,
                    **_THREE,
                ),
                _preset("padding 2", padding=2, **_THREE),
            ),
            "output",
        ),
    ),
)

"""MaxPool and AvgPool in one, two and three dimensions: the door for every pooling."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from lessons_lib.geometry import (
    IllegalSetting,
    explain_pool,
    pool_output_size,
    pool_source_indices,
)
from lessons_lib.geometry.pooling import PADDING
from lessons_lib.kit.formula import pool_line, pool_size_formula
from lessons_lib.kit.layers.described import Described, Named, parameters_of
from lessons_lib.kit.layers.pool_windows import Axis, can_be_ordered, largest, means, spread
from lessons_lib.kit.links import CellLinks, Links
from lessons_lib.kit.pool_microscope import PoolMicroscope
from lessons_lib.kit.result import Cost, IllegalSettingError
from lessons_lib.kit.terms import Line
from lessons_lib.kit.vocabulary import Table

MaxPool = nn.MaxPool1d | nn.MaxPool2d | nn.MaxPool3d
AvgPool = nn.AvgPool1d | nn.AvgPool2d | nn.AvgPool3d
Pool = MaxPool | AvgPool

Size = tuple[int, ...]
# the kinds as a lab offers them, and which of its parameters set an argument
KINDS = (("max", "max"), ("average", "average"))
NAMED: Named = {
    "kernel_size": ("kernel_size", "kernel_width"),
    "padding": "padding",
    "dilation": "dilation",
}
OVERLAP = 2  # in so many windows a cell must lie for halves to pay


def described(
    layer: Pool,
    image: Tensor,
    named: Named | None = None,
    output: Tensor | None = None,
    *,
    grids: bool = False,
    labels: tuple[str, ...] = (),
    table: Table = "grey",
) -> Described:
    """Say all that a lab tells of this pooling on this image.

    Args:
        layer: any MaxPool or AvgPool of nn.
        image: (1, C, L), (1, C, H, W) or (1, C, D, H, W).
        named: the lab's parameter, or parameters, for each argument of torch that it may change.
        output: where it is computed already; None: it is computed here.
        grids: whether the panes show each channel in a grid of its own.
        labels: a name per channel of the image, for the microscope.
        table: colours of the microscope's numbers.

    Raises:
        IllegalSettingError: torch refuses the setting.
    """
    if output is None:
        output, _ = run(layer, image, named)
    size = tuple(image.shape[2:])
    linked = links(layer, size, image.shape[1] if grids else 0)
    is_photo = axes_of(layer) == 2 and not grids
    return Described(
        output=output,
        size=output_size(layer, size),
        links=linked,
        formula=formula(layer, size),
        code=line(layer),
        copied="",
        cost=cost(layer, size, image.shape[1]),
        microscopes=(microscope(layer, image, linked, labels, table),) if is_photo else (),
        layer=lambda: layer(image),
    )


def of_kind(
    kind: str,
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: int,
    dilation: int,
    ceil_mode: bool,
    count_include_pad: bool,
) -> nn.MaxPool2d | nn.AvgPool2d:
    """Build the pooling of a picture by the name of its kind; each takes what it knows.

    Args:
        kind: "max" or "average".
        kernel_size, stride, padding, ceil_mode: of the layer.
        dilation: of a MaxPool2d.
        count_include_pad: of an AvgPool2d.
    """
    if kind == "average":
        return nn.AvgPool2d(kernel_size, stride, padding, ceil_mode, count_include_pad)
    return nn.MaxPool2d(kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)


def axes_of(layer: Pool) -> int:
    """Say how many axes this layer pools over."""
    if isinstance(layer, nn.MaxPool3d | nn.AvgPool3d):
        return 3
    return 2 if isinstance(layer, nn.MaxPool2d | nn.AvgPool2d) else 1


def averages(layer: Pool) -> bool:
    """Whether it keeps the mean of a window, and not its largest number."""
    return isinstance(layer, nn.AvgPool1d | nn.AvgPool2d | nn.AvgPool3d)


def arguments_of(layer: Pool) -> dict[str, Any]:
    """Give the layer's arguments by torch's names, in torch's order."""
    names = (
        "kernel_size",
        "stride",
        "padding",
        "dilation",
        "ceil_mode",
        "count_include_pad",
        "divisor_override",
    )
    return {name: getattr(layer, name) for name in names if hasattr(layer, name)}


def _per_axis(layer: Pool) -> tuple[Size, Size, Size, Size]:
    """Give kernel_size, stride, padding and dilation, a number per axis each."""
    axes = axes_of(layer)
    k, s, p, d = (
        _several(value, axes)
        for value in (layer.kernel_size, layer.stride, layer.padding, getattr(layer, "dilation", 1))
    )
    return k, s, p, d


def _several(value: Any, axes: int) -> Size:
    return (value,) * axes if isinstance(value, int) else tuple(value)


# --------------------------------------------------------------------------------------- the output


def run(layer: Pool, image: Tensor, named: Named | None = None) -> tuple[Tensor, Tensor | None]:
    """Apply the layer.

    Where windows overlap the lessons have a quicker way, and it gives the same.

    Args:
        layer, image, named: as in `described`.

    Returns:
        (1, C, ...), a size per axis; and of a max pooling the places of its numbers, int64 of the
        same shape, counted row after row in the channel; -1 for a window of padding alone.

    Raises:
        IllegalSettingError: torch refused and the lessons know why.
        RuntimeError: torch refused for another reason.
    """
    refused = _explained(layer, tuple(image.shape[2:]))
    try:
        if not refused and _goes_by_halves(layer, image):
            axes = _axes(layer, tuple(image.shape[2:]))
            if averages(layer):
                return means(image, axes, _counted(layer, tuple(image.shape[2:]))), None
            return largest(image, axes)
        return _at_once(layer, image)
    except RuntimeError as error:
        raise refusal(error, layer, image, named) or error from error


def _at_once(layer: Pool, image: Tensor) -> tuple[Tensor, Tensor | None]:
    if averages(layer):
        return layer(image), None
    pool: Callable[..., Any] = {
        1: nn.functional.max_pool1d,
        2: nn.functional.max_pool2d,
        3: nn.functional.max_pool3d,
    }[axes_of(layer)]
    given = arguments_of(layer)
    values, places = pool(image, **given, return_indices=True)
    if _may_miss(layer):
        places = places.masked_fill(_misses(layer, tuple(image.shape[2:])), -1)
    return values, places


def _may_miss(layer: Pool) -> bool:
    """Whether dilation may spread a window so that all of its cells meet padding."""
    _, _, p, d = _per_axis(layer)
    return max(p) > 0 and max(d) > 1


def _misses(layer: Pool, size: Size) -> Tensor:
    """Say which windows meet nothing but padding: bool, a size per axis."""
    meets = torch.ones((), dtype=torch.bool)
    for table in _tables(layer, size):
        meets = meets[..., None] & (table >= 0).any(dim=1)
    return ~meets


def _goes_by_halves(layer: Pool, image: Tensor) -> bool:
    """Whether windows overlap so much that putting short ones together is quicker."""
    if axes_of(layer) != 2 or getattr(layer, "divisor_override", None) is not None:
        return False
    k, s, _, _ = _per_axis(layer)
    if math.prod(k) < OVERLAP * math.prod(s):
        return False
    return image.dtype == torch.float32 if averages(layer) else can_be_ordered(image)


def _axes(layer: Pool, size: Size) -> tuple[Axis, ...]:
    k, s, p, d = _per_axis(layer)
    numbers = zip(output_size(layer, size), k, s, p, d, strict=True)
    return tuple(Axis(*each) for each in numbers)


def _counted(layer: Pool, size: Size) -> list[Tensor]:
    """Count along each axis the cells that every mean is divided by: the padding's too, or not."""
    least = PADDING if layer.count_include_pad else 0
    return [(table >= least).sum(dim=1) for table in _tables(layer, size)]


def refusal(
    error: Exception, layer: Pool, image: Tensor, named: Named | None = None
) -> IllegalSettingError | None:
    """Explain why torch refused, or give None where the lessons know no reason."""
    why = _explained(layer, tuple(image.shape[2:]))
    if why is None:
        return None
    nearest = parameters_of(why.nearest, named or {})
    return IllegalSettingError(str(error), why.explanation, nearest, line(layer))


def _explained(layer: Pool, size: Size) -> IllegalSetting | None:
    """Ask why torch refuses it; a stride that equals the kernel is taken to follow it.

    Unless the cure would be refused with the stride as it stands.
    """
    k, s, p, d = _per_axis(layer)
    asked: dict[str, Any] = {"kernel_size": k, "padding": p, "dilation": d}
    asked |= {"ceil_mode": bool(layer.ceil_mode), "average": averages(layer)}
    follows = [None if step == cells else step for step, cells in zip(s, k, strict=True)]
    why = explain_pool(size, **asked, stride=follows)
    if why is None or explain_pool(size, **{**asked, "stride": s, **why.nearest}) is None:
        return why
    return explain_pool(size, **asked, stride=s)


def unpooled(layer: Pool, output: Tensor, places: Tensor | None, size: Size) -> Tensor:
    """Put what was kept back into a picture of the input's size.

    Args:
        layer: a MaxPool2d or AvgPool2d.
        output: (1, C, H_out, W_out), what it kept.
        places: of a max pooling, as `run` gives them.
        size: (H, W) of its input.

    Returns:
        (1, C, H, W). Of a max pooling every number at its place and zeros elsewhere, as
        nn.MaxUnpool2d does; of an average pooling every mean over the whole of its window, where
        windows overlap the mean of their means. Zeros where no window was.
    """
    if places is not None:
        return _put_back(output, places, size)
    tables = zip(_tables(layer, size), size, strict=True)
    readers = [torch.bincount(table[table >= 0], minlength=n) for table, n in tables]
    return spread(output, _axes(layer, size), size) / torch.outer(*readers).clamp(min=1)


def _put_back(output: Tensor, places: Tensor, size: Size) -> Tensor:
    cells = size[0] * size[1]
    picture = output.new_zeros(*output.shape[:2], cells + 1)
    picture.scatter_(2, _or_beyond(places, cells), output.flatten(2))
    return picture[..., :cells].unflatten(2, size)


def count_found(layer: Pool, places: Tensor, size: Size) -> int:
    """Count the cells of the input that are the largest of some window, over all channels.

    Args:
        layer: the MaxPool2d.
        places: (1, C, H_out, W_out), as `run` gives them.
        size: (H, W) of the input.
    """
    k, s, _, d = _per_axis(layer)
    if max(d) == 1 and all(cells <= step for cells, step in zip(k, s, strict=True)):
        return places.numel()  # windows that do not overlap have cells of their own
    cells = size[0] * size[1]
    found = torch.zeros(*places.shape[:2], cells + 1, dtype=torch.bool)
    found.scatter_(2, _or_beyond(places, cells), True)
    return int(found[..., :cells].sum())


def _or_beyond(places: Tensor, cells: int) -> Tensor:
    """Flatten places; what has none gets the one behind the last."""
    flat = places.flatten(2)
    return flat if int(flat.min()) >= 0 else torch.where(flat >= 0, flat, cells)


# ------------------------------------------------------------------------------- what is said of it


def output_size(layer: Pool, size: Size) -> Size:
    """Give the output's size on an input of this size, per axis."""
    k, s, p, d = _per_axis(layer)
    return pool_output_size(size, k, s, p, d, bool(layer.ceil_mode))


def line(layer: Pool) -> Line:
    """Write the line that makes this layer: terms of Python."""
    return pool_line(type(layer).__name__, arguments_of(layer))


def formula(layer: Pool, size: Size) -> tuple[Line, ...]:
    """Fill the numbers of this layer on an input of this size into the size formula."""
    k, s, p, d = _per_axis(layer)
    return pool_size_formula(size, k, s, p, None if averages(layer) else d, bool(layer.ceil_mode))


def _tables(layer: Pool, size: Size) -> list[Tensor]:
    axes = zip(size, *_per_axis(layer), strict=True)
    return [_table(*axis, bool(layer.ceil_mode)) for axis in axes]


@lru_cache(maxsize=64)  # a lab asks for the same few several times a step
def _table(n: int, k: int, s: int, p: int, d: int, ceil_mode: bool) -> Tensor:
    return pool_source_indices(n, k, s, p, d, ceil_mode)


def links(layer: Pool, size: Size, channels: int = 0) -> Links:
    """Say which cells of the input each cell of the output was computed from.

    Args:
        layer: any pooling.
        size: of the input, per axis.
        channels: so many grids the panes show, each pooled for itself; 0: a photo, which shows all
            channels as one.

    Returns:
        Links from pane "output" to pane "input", without a kernel. A signal is one row. The slices
        of a volume are its grids: their depth takes the place of the channels.
    """
    tables = _tables(layer, size)
    if len(tables) == 1:
        tables.insert(0, torch.zeros(1, 1, dtype=torch.int64))
    grids = torch.arange(channels)[:, None] if channels else None
    if len(tables) == 3:
        grids = tables.pop(0)
    return Links("output", "input", tables[0], tables[1], grids)


def readers(table: Tensor, size: int) -> Tensor:
    """Turn a table round, along one axis: which windows read each cell.

    Args:
        table: int64 (windows, cells of a window) -> cell of the input, below 0 = none.
        size: cells of the input.

    Returns:
        int64 (size, most readers of a cell) -> window, -1 = no further one.

    Example:
        >>> readers(torch.tensor([[-1, 0, 1], [1, 2, -1]]), 3).tolist()
        [[0, -1], [0, 1], [1, -1]]
    """
    windows, taps = (table >= 0).nonzero(as_tuple=True)
    cells = table[windows, taps]
    counts = torch.bincount(cells, minlength=size)
    order = cells.argsort(stable=True)  # the windows of a cell stand together, in their order
    first = counts.cumsum(0) - counts
    found = torch.full((size, max(1, int(counts.max()))), -1)
    found[cells[order], torch.arange(len(order)) - first[cells[order]]] = windows[order]
    return found


def winner_links(
    places: Tensor, size: Size, output: str = "output", source: str = "input"
) -> CellLinks:
    """Say which cell of the input each number of a max pooling comes from.

    Args:
        places: (1, C, H_out, W_out), as `run` gives them.
        size: (H, W) of the source's pane, a grid for each channel.
        output, source: names of the panes.
    """
    first = torch.arange(places.shape[1]).view(1, -1, 1, 1) * size[0] * size[1]
    cells = torch.where(places >= 0, places + first, -1).view(-1, 1)
    return CellLinks(
        output, source, cells, "took its number from", "is the largest for", strong=True
    )


def cost(layer: Pool, size: Size, channels: int) -> Cost:
    """Count what is done with the numbers of an input of this size; nothing is learned.

    The largest of m numbers takes m - 1 comparisons, their sum as many additions. Padding costs
    nothing, and the division of a mean is not counted.
    """
    read, windows = channels, channels
    for table in _tables(layer, size):
        read *= int((table >= 0).sum())
        windows *= len(table)
    steps = max(0, read - windows)
    return Cost(0, 0, 0, additions=steps) if averages(layer) else Cost(0, 0, 0, comparisons=steps)


def microscope(
    layer: Pool,
    image: Tensor,
    links: Links,
    labels: tuple[str, ...] = (),
    table: Table = "grey",
) -> PoolMicroscope:
    """Set up the microscope for a MaxPool2d or AvgPool2d.

    Args:
        layer: what made the output.
        image: (1, C, H, W), what it reads.
        links: from the image's pane to the output's.
        labels: a name per channel of the image.
        table: colours of the numbers.

    Returns:
        a PoolMicroscope on the pane `links.output`.
    """
    return PoolMicroscope(
        links.output,
        image,
        links,
        averages(layer),
        getattr(layer, "count_include_pad", True),
        getattr(layer, "divisor_override", None),
        labels,
        table,
    )

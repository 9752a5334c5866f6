"""The bytes of a pane: a function for each kind."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from lessons_lib.kit.result import Pane
from lessons_lib.kit.vocabulary import Kind
from lessons_lib.visualization.colours import signed_range
from lessons_lib.visualization.curves import axis_range
from lessons_lib.visualization.pixels import (
    Pixels,
    block_means,
    class_pixels,
    fitted_size,
    grid_pixels,
    map_pixels,
    photo_pixels,
    signal_pixels,
)

Box = tuple[int, int]  # (height, width) of the room for a pane, in device pixels


def pixels_of(pane: Pane, box: Box) -> Pixels:
    """Prepare a pane for the canvas.

    Args:
        pane: of any kind.
        box: (height, width) in device pixels; larger pictures are reduced to fit.
    """
    write, _ = _KINDS[pane.kind]
    return write(pane, box)


def looks_of(pane: Pane, box: Box) -> tuple[object, ...]:
    """List everything but the values that a pane's pixels hang on."""
    _, reduces = _KINDS[pane.kind]
    return (
        pane.kind,
        pane.table,
        pane.value_range,
        pane.block,
        pane.shape[-2:],
        pane.axes and pane.axes.log,
        box if reduces else None,
    )


def _photo(pane: Pane, box: Box) -> Pixels:
    return photo_pixels(pane.values, box, _size(pane))


def _map(pane: Pane, box: Box) -> Pixels:
    size, values = _size(pane), pane.values
    colours = values
    if pane.block > 1 and fitted_size(size, box) != size:
        if (values.shape[-2], values.shape[-1]) == size:  # a preview has done it already
            values = block_means(values, pane.block)
        rows, columns = (max(1, n - 1) for n in values.shape)
        colours = values[:rows, :columns]  # the last blocks are parts: they must not set the range
    low, high = _range(pane, colours)
    return map_pixels(values, box, pane.table, low, high, size)


def _classes(pane: Pane, box: Box) -> Pixels:
    return class_pixels(pane.values, box, _size(pane))


def _grid(pane: Pane, _box: Box) -> Pixels:
    return grid_pixels(pane.values, pane.table, *_range(pane, pane.values))


def _signal(pane: Pane, _box: Box) -> Pixels:
    return signal_pixels(pane.values, pane.table, *_range(pane, pane.values))


def _curves(pane: Pane, _box: Box) -> Pixels:
    log = pane.axes is not None and pane.axes.log
    low, high = pane.value_range or axis_range(pane.values, log)
    return grid_pixels(pane.values.unsqueeze(0), pane.table, low, high)


def _wiring(pane: Pane, _box: Box) -> Pixels:
    return grid_pixels(pane.values.unsqueeze(0), pane.table, 0.0, 1.0)


def _layers(pane: Pane, _box: Box) -> Pixels:
    return grid_pixels(pane.values.unsqueeze(0), pane.table, 0.0, 1.0)


def _covered(pane: Pane, box: Box) -> Pixels:
    return map_pixels(pane.values, box, "grey", 0.0, 1.0)


def _size(pane: Pane) -> tuple[int, int]:
    return pane.shape[-2], pane.shape[-1]


def _range(pane: Pane, values: Tensor) -> tuple[float, float]:
    return pane.value_range or signed_range(values)


# how its bytes are made, and whether it is reduced to the room for it
_KINDS: dict[Kind, tuple[Callable[[Pane, Box], Pixels], bool]] = {
    "photo": (_photo, True),
    "map": (_map, True),
    "classes": (_classes, True),
    "grid": (_grid, False),
    "signal": (_signal, False),
    "curves": (_curves, False),
    "wiring": (_wiring, False),
    "layers": (_layers, False),
    "covered": (_covered, False),
}

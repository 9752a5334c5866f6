"""Pictures that are drawn by a formula: rings, a single pixel, squares."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Integral

import torch

from lessons_lib.images.picture import grey, whole_size


def zone_plate(size: int = 512) -> torch.Tensor:
    """Draw grey rings that get finer from the centre until, at the edge, no pixel grid shows finer.

    With x and y counted from the centre, the value is 0.5 + 0.5 cos(pi (x^2 + y^2) / size). Along x
    the phase grows by 2 pi x / size per pixel, that is x / size cycles per pixel: none in the
    centre, 1/2 (Nyquist: two pixels per cycle) at the edge, x = size / 2; the same along y. Every
    stride above 1 therefore meets rings too fine for it, and shows false ones instead.

    Args:
        size: height and width in pixels, at least 1.

    Returns:
        float32 tensor of shape (1, 3, size, size), values 0..1.

    Raises:
        TypeError: if `size` is no whole number.
        ValueError: if `size` is below 1.

    Example:
        >>> zone_plate().shape
        torch.Size([1, 3, 512, 512])
    """
    size = whole_size("size", size)
    from_centre = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    squared = from_centre[:, None] ** 2 + from_centre[None, :] ** 2
    return grey(0.5 + 0.5 * torch.cos(math.pi * squared / size))


def impulse(size: int = 512, row: int | None = None, column: int | None = None) -> torch.Tensor:
    """Draw one white pixel on black: what comes out of a layer is the layer's own kernel, flipped.

    Args:
        size: height and width in pixels, at least 1.
        row: row of the white pixel, 0 at the top; by default 3/8 of the way down.
        column: its column, 0 at the left; by default 5/8 of the way. Not the same as the row, so
            that swapped axes show.

    Returns:
        float32 tensor of shape (1, 3, size, size), values 0 and 1.

    Raises:
        TypeError: if an argument is no whole number.
        ValueError: if `size` is below 1, or the pixel is outside.

    Example:
        >>> impulse(8).nonzero()[0].tolist()
        [0, 0, 3, 5]
    """
    size = whole_size("size", size)
    row = size * 3 // 8 if row is None else _place("row", row, size)
    column = size * 5 // 8 if column is None else _place("column", column, size)
    image = torch.zeros(size, size)
    image[row, column] = 1.0
    return grey(image)


def _place(argument: str, value: int, size: int) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"`{argument}` (={value!r}) must be a whole number from 0 to {size - 1}")
    if not 0 <= value < size:
        raise ValueError(
            f"`{argument}` (={value}) is outside a picture of {size} x {size}: "
            f"choose 0 to {size - 1}"
        )
    return int(value)


def checkerboard(size: int = 512, cell: int = 2) -> torch.Tensor:
    """Draw a fine checkerboard, which a stride turns into a coarser one or into a plain surface.

    Args:
        size: height and width in pixels, at least 1.
        cell: side of one square in pixels, at least 1. With 2 the pattern repeats every 4 pixels,
            so stride 4 always lands on the same colour.

    Returns:
        float32 tensor of shape (1, 3, size, size), values 0 and 1; the top left square is white.

    Raises:
        TypeError: if `size` or `cell` is no whole number.
        ValueError: if `size` or `cell` is below 1.

    Example:
        >>> checkerboard(4, cell=2)[0, 0, 0].tolist()
        [1.0, 1.0, 0.0, 0.0]
    """
    size = whole_size("size", size)
    cell = whole_size("cell", cell)
    square = torch.arange(size) // cell
    return grey((square[:, None] + square[None, :] + 1) % 2)


DRAWN: dict[str, Callable[[], torch.Tensor]] = {
    # small enough for a pane to show it pixel by pixel: reduced, its rings would show false ones
    "zone plate": lambda: zone_plate(256),
    "impulse": impulse,
    "checkerboard": checkerboard,
}

"""Poolings whose windows overlap, each put together from halves: a few steps, however wide.

torch's own pooling looks at every cell of every window, and windows of 16 x 16 that move by one
pixel look at each pixel 256 times.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.windows import over_windows

# A key is one whole number: above, a number of the picture; below, its place, counted backwards.
PLACE_BITS = 32
LAST_PLACE = 2**PLACE_BITS - 1
NO_KEY = -(2**63)  # below every key: padding


class Axis(NamedTuple):
    """How the windows lie along one axis."""

    windows: int
    kernel: int
    step: int
    padding: int
    dilation: int

    @property
    def span(self) -> int:
        """Cells from the first one of the first window to the last one of the last."""
        return (self.windows - 1) * self.step + self.dilation * (self.kernel - 1) + 1


Axes = tuple[Axis, ...]  # down, across


def can_be_ordered(image: Tensor) -> bool:
    """Whether `largest` takes this picture: float32, and nowhere NaN."""
    # the sum is NaN also where infinite numbers of both signs meet; then torch's way is taken
    return image.dtype == torch.float32 and not bool(image.sum().isnan())


def largest(image: Tensor, axes: Axes) -> tuple[Tensor, Tensor]:
    """Keep the largest number of every window, and its place.

    Args:
        image: (N, C, H, W), as `can_be_ordered` says.
        axes: down and across.

    Returns:
        (N, C, H_out, W_out); and the places, int64, counted row after row in the channel: of equal
        numbers the first, -1 for a window of padding alone.
    """
    keys = _padded(_keys(image), axes, NO_KEY)
    for dim, axis in zip((-2, -1), axes, strict=True):
        keys = over_windows(keys, dim, axis.kernel, axis.step, torch.maximum, axis.dilation)
    if not _has_padding_alone(axes):
        places = keys.bitwise_not().bitwise_and_(LAST_PLACE)
        return _numbers_at(image, places), places
    alone = keys == NO_KEY
    places = keys.bitwise_not().bitwise_and_(LAST_PLACE).masked_fill_(alone, 0)
    numbers = _numbers_at(image, places).masked_fill_(alone, -torch.inf)
    return numbers, places.masked_fill_(alone, -1)


def _keys(image: Tensor) -> Tensor:
    """Give every cell a whole number, (N, C, H, W), so that the largest says which cell wins.

    The bits of a positive float32, read as a whole number, stand in its order; those of a negative
    one stand the wrong way round. The cells of a channel all have keys of their own.
    """
    bits = (image.detach() + 0.0).view(torch.int32)  # -0 becomes 0: they are equal
    order = bits.bitwise_xor_((bits >> 31).bitwise_and_(2**31 - 1))
    places = _places_backwards(image.shape[-2], image.shape[-1])
    return order.long().bitwise_left_shift_(PLACE_BITS).bitwise_or_(places)


@lru_cache(maxsize=4)
def _places_backwards(height: int, width: int) -> Tensor:
    """Count the cells from the largest number down: of equal numbers the first wins."""
    return LAST_PLACE - torch.arange(height * width).view(height, width)


def _has_padding_alone(axes: Axes) -> bool:
    return any(axis.padding and axis.dilation > 1 for axis in axes)


def _numbers_at(image: Tensor, places: Tensor) -> Tensor:
    return image.flatten(2).gather(2, places.flatten(2)).view_as(places)


def means(image: Tensor, axes: Axes, counts: list[Tensor]) -> Tensor:
    """Keep the mean of every window.

    Args:
        image: (N, C, H, W).
        axes: down and across.
        counts: per axis, of every window the cells that count: (windows,).

    Returns:
        (N, C, H_out, W_out).
    """
    sums = _padded(image, axes, 0.0)
    for dim, axis in zip((-2, -1), axes, strict=True):
        sums = over_windows(sums, dim, axis.kernel, axis.step, torch.add)
    return sums / torch.outer(*counts)


def spread(output: Tensor, axes: Axes, size: tuple[int, ...]) -> Tensor:
    """Add the number of every window to all the cells that it has: the way back from `means`.

    A cell lies in the windows that begin at it or up to a kernel before: again a window.

    Args:
        output: (N, C, H_out, W_out).
        axes: down and across.
        size: (H, W) to come back to.

    Returns:
        (N, C, H, W).
    """
    for dim, axis, cells in zip((-2, -1), axes, size, strict=True):
        shape = list(output.shape)
        shape[dim] = cells + axis.kernel - 1
        beginnings = output.new_zeros(shape)
        first = axis.kernel - 1 - axis.padding
        last = first + (axis.windows - 1) * axis.step
        at = slice(first, last + 1, axis.step)
        beginnings[(..., at) if dim == -1 else (..., at, slice(None))] = output
        output = over_windows(beginnings, dim, axis.kernel, 1, torch.add)
    return output


def _padded(values: Tensor, axes: Axes, fill: float) -> Tensor:
    """Lay the padding around, as far as windows reach."""
    down, across = axes
    below, right = (
        max(0, axis.span - axis.padding - cells)
        for axis, cells in zip(axes, values.shape[-2:], strict=True)
    )
    around = (across.padding, right, down.padding, below)
    return F.pad(values, around, value=fill) if any(around) else values

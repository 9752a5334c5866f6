"""Where the windows of a pooling lie: sizes, index tables, and why torch refuses a setting.

A pooling slides its window as a convolution does, with two differences: unless it is told
otherwise its stride is the kernel's own size, and with ceil_mode it adds a last window that
reaches beyond the padded input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import torch
from torch import Tensor

from lessons_lib.geometry.arguments import LOWEST, named_axes, to_tuple, to_whole
from lessons_lib.geometry.refusals import (
    IllegalSetting,
    Setting,
    counted_axes,
    explained,
    words_for,
)
from lessons_lib.geometry.sizes import effective_kernel_size

PADDING, BEYOND = -1, -2  # what a tap reads that does not meet the input


@overload
def pool_output_size(
    input_size: int,
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> int: ...


@overload
def pool_output_size(
    input_size: Sequence[int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
) -> tuple[int, ...]: ...


def pool_output_size(
    input_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
) -> int | tuple[int, ...]:
    """Say how large a pooling's output is.

    Args:
        input_size: pixels n along each axis, at least 1.
        kernel_size: cells k of the window along each axis, at least 1.
        stride: step s of the window, at least 1; None: the kernel size, window beside window.
        padding: cells p added on both sides, 0 to k // 2.
        dilation: distance d between neighbouring cells of the window, at least 1.
        ceil_mode: whether a last window counts that is not wholly inside.

    Returns:
        floor((n + 2p - d(k - 1) - 1) / s) + 1, or with ceil_mode the same with ceil, less 1 where
        the last window would begin behind the input: a whole number when `input_size` is one, else
        a tuple with one size per axis.

    Raises:
        ValueError: nothing is left of the output, or a number is out of range.

    Source:
        "Shape" in torch's pages on `nn.MaxPool2d` and `nn.AvgPool2d`.

    Example:
        >>> pool_output_size(5, 2), pool_output_size(5, 2, ceil_mode=True)
        (2, 3)
        >>> pool_output_size((512, 451), kernel_size=3, stride=2, padding=1)
        (256, 226)
    """
    axes = named_axes(input_size=input_size)
    dims = axes or 1
    n = to_tuple(input_size, dims, "input_size", 1)
    k, s, p, d = pool_arguments(dims, kernel_size, stride, padding, dilation)
    sizes = tuple(
        _axis_size(*numbers, ceil_mode=ceil_mode) for numbers in zip(n, k, s, p, d, strict=True)
    )
    return sizes if axes else sizes[0]


Axes = tuple[int, ...]  # one number per axis


def pool_arguments(
    dims: int,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> tuple[Axes, Axes, Axes, Axes]:
    """Turn the arguments of a pooling into one number per axis, and check them.

    Args:
        dims: how many axes there are.
        kernel_size, stride, padding, dilation: as in `pool_output_size`; torch also takes an
            empty sequence for a stride that is left out.

    Returns:
        kernel_size, stride, padding and dilation.

    Raises:
        ValueError, TypeError: a number is out of range, or none at all; the message says why.

    Example:
        >>> pool_arguments(2, (2, 3))
        ((2, 3), (2, 3), (0, 0), (1, 1))
    """
    k = to_tuple(kernel_size, dims, "kernel_size", 1)
    left_out = stride is None or (isinstance(stride, Sequence) and not len(stride))
    s = k if left_out or stride is None else to_tuple(stride, dims, "stride", 1)
    p = to_tuple(padding, dims, "padding", 0)
    d = to_tuple(dilation, dims, "dilation", 1)
    for cells, ring in zip(k, p, strict=True):
        if ring > cells // 2:
            raise ValueError(
                f"`padding` (={ring}) must be at most half of `kernel_size` (={cells}), "
                f"{cells} // 2 = {cells // 2}: torch does not take more, for then a window "
                "could hold padding only, which has no largest number and no mean; "
                f"pad by {cells // 2}, or use a kernel of {2 * ring}."
            )
    return k, s, p, d


def _axis_size(n: int, k: int, s: int, p: int, d: int, *, ceil_mode: bool) -> int:
    size = _windows(n, k, s, p, d, ceil_mode=ceil_mode)
    if size < 1:
        spread = f" with `dilation` (={d})" if d > 1 else ""
        raise ValueError(
            f"`kernel_size` (={k}){spread} spans {effective_kernel_size(k, d)} pixels and must fit "
            f"into the padded input of {n} + {p} + {p} = {n + 2 * p}: make the kernel smaller."
        )
    return size


def _windows(n: int, k: int, s: int, p: int, d: int, *, ceil_mode: bool) -> int:
    """Count the windows along one axis; 0 or less where not even one has room."""
    room = n + 2 * p - effective_kernel_size(k, d)  # how far the window can move
    if not ceil_mode:
        return room // s + 1
    windows = -(-room // s) + 1
    # the last one must begin in the input or in the padding before it
    return windows - 1 if (windows - 1) * s >= n + p else windows


def pool_window_indices(
    input_size: int,
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """Tell for every window and every cell of it where it lies on the padded axis.

    Args:
        input_size, kernel_size, stride, padding, dilation, ceil_mode: as in `pool_output_size`,
            for one axis.

    Returns:
        int64 of shape (output size, k): 0 is the first cell of the padding, input_size +
        2 * padding - 1 the last; -2 lies beyond, where ceil_mode lets a window reach.

    Raises:
        ValueError: the setting is illegal; the message says why.

    Example:
        >>> pool_window_indices(5, 2, ceil_mode=True).tolist()
        [[0, 1], [2, 3], [4, -2]]
    """
    n, kernel_size = to_whole(input_size, "input_size", 1), to_whole(kernel_size, "kernel_size", 1)
    stride = kernel_size if stride is None else to_whole(stride, "stride", 1)
    padding, dilation = to_whole(padding, "padding", 0), to_whole(dilation, "dilation", 1)
    (k,), (s,), (p,), (d,) = pool_arguments(1, kernel_size, stride, padding, dilation)
    first = torch.arange(_axis_size(n, k, s, p, d, ceil_mode=ceil_mode)) * s
    place = first[:, None] + torch.arange(k) * d  # (output, cell of the window)
    return place.masked_fill(place >= n + 2 * p, BEYOND)


def pool_source_indices(
    input_size: int,
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """Tell for every window and every cell of it which input pixel it reads, along one axis.

    Args:
        input_size, kernel_size, stride, padding, dilation, ceil_mode: as in
            `pool_window_indices`.

    Returns:
        int64 of shape (output size, k): the pixel's index; -1 where the cell meets padding, which a
        mean may count as 0; -2 beyond the padding, which never counts.

    Raises:
        ValueError: the setting is illegal; the message says why.

    Example:
        >>> pool_source_indices(4, 3, stride=2, padding=1, ceil_mode=True).tolist()
        [[-1, 0, 1], [1, 2, 3], [3, -1, -2]]
    """
    place = pool_window_indices(input_size, kernel_size, stride, padding, dilation, ceil_mode)
    pixel = place - padding
    inside = (pixel >= 0) & (pixel < input_size)
    return torch.where(inside, pixel, torch.where(place == BEYOND, BEYOND, PADDING))


# ----------------------------------------------------------------------------------------- refusals


@dataclass(frozen=True)
class _PoolSetting(Setting):
    """The arguments of a pooling; an axis without a stride of its own jumps by its kernel."""

    padding: tuple[int, ...]
    own_stride: tuple[bool, ...]
    ceil_mode: bool
    average: bool

    @property
    def steps(self) -> tuple[int, ...]:
        axes = zip(self.own_stride, self.stride, self.kernel_size, strict=True)
        return tuple(s if own else k for own, s, k in axes)


def _padding_beyond_half(setting: _PoolSetting) -> str | None:
    for k, p in zip(setting.kernel_size, setting.padding, strict=True):
        if p > k // 2:
            return (
                f"Padding may be at most half of the kernel, {k} // 2 = {k // 2}, and here it is "
                f"{p}. torch does not take more, for then a window without holes could hold "
                "padding only, which has no largest number and no mean. "
                f"A padding of {k // 2} is nearest; a kernel of {2 * p} would do too."
            )
    return None


def _no_room(setting: _PoolSetting, dilation: tuple[int, ...]) -> str | None:
    words = words_for(setting)
    axes = zip(setting.input_size, setting.kernel_size, setting.steps, strict=True)
    more = zip(setting.padding, dilation, words.sides, strict=True)
    for (n, k, s), (p, d, side) in zip(axes, more, strict=True):
        if _windows(n, k, s, p, d, ceil_mode=setting.ceil_mode) < 1:
            far = f" with dilation {d} spans {d} * ({k} - 1) + 1 =" if d > 1 else " spans"
            return (
                f"A window of {k}{far} {words.counted(effective_kernel_size(k, d))}, but the "
                f"padded input is only {words.counted(n + 2 * p)} {side}."
            )
    return None


def _kernel_beyond_volume(setting: _PoolSetting) -> str | None:
    if not setting.average or len(setting.input_size) < 3:
        return None
    words = words_for(setting)
    for n, k, side in zip(setting.input_size, setting.kernel_size, words.sides, strict=True):
        if k > n:
            return (
                f"torch averages a {words.whole} only where the window fits into it without its "
                f"padding, and a window of {k} does not fit into one {words.counted(n)} {side}."
            )
    return None


def _kernel_beyond_input(setting: _PoolSetting) -> str | None:
    return _no_room(setting, (1,) * len(setting.input_size))


def _span_beyond_input(setting: _PoolSetting) -> str | None:
    return _no_room(setting, setting.dilation)


_REASONS = {
    "kernel_size": "A window needs at least one cell",
    "stride": "The window must move on by at least one pixel",
    "padding": "Padding adds cells and cannot take any away",
    "dilation": "Neighbouring cells of a window stand at least one pixel apart",
}
# A smaller kernel allows less padding: so that rule is asked again.
_RULES = (
    (_padding_beyond_half, ("padding",)),
    (_kernel_beyond_volume, ("kernel_size",)),
    (_kernel_beyond_input, ("kernel_size",)),
    (_padding_beyond_half, ("padding",)),
    (_span_beyond_input, ("dilation",)),
)


def explain_pool(
    input_size: tuple[int, ...],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int | None] | None = None,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    average: bool = False,
) -> IllegalSetting | None:
    """Explain why torch refuses a max or average pooling on an input of this size.

    Args:
        input_size: (length,), (height, width) or (depth, height, width), each at least 1.
        kernel_size, stride, padding, dilation, ceil_mode: as for the layer; values that are too
            small are explained as well. A stride may be None along one axis only.
        average: whether it is an average pooling: torch has one rule more for those of volumes.

    Returns:
        None when torch accepts the setting. Otherwise the explanation and the nearest legal values.
        Too much padding is cured by less of it: the padding is never further from what torch takes
        than the kernel is.

    Raises:
        TypeError, ValueError: an argument is no number at all; or the axes are not one to three.

    Example:
        >>> explain_pool((28, 28), 3, padding=2).nearest
        {'padding': 1}
        >>> explain_pool((4, 9), 5).nearest
        {'kernel_size': 4}
    """
    dims = counted_axes(input_size)
    anything = LOWEST  # too small is explained below, not refused at the door
    several = isinstance(stride, Sequence) and not isinstance(stride, str)
    steps: Any = stride if several else (stride,) * dims
    setting = _PoolSetting(
        input_size=to_tuple(input_size, dims, "input_size", 1),
        kernel_size=to_tuple(kernel_size, dims, "kernel_size", anything),
        stride=to_tuple([1 if s is None else s for s in steps], dims, "stride", anything),
        padding=to_tuple(padding, dims, "padding", anything),
        dilation=to_tuple(dilation, dims, "dilation", anything),
        padding_mode="zeros",
        own_stride=tuple(s is not None for s in steps),
        ceil_mode=ceil_mode,
        average=average,
    )
    return explained(setting, _REASONS, _RULES)

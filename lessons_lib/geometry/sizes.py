"""How large the output of a convolution is, along one axis or all."""

from collections.abc import Sequence
from typing import overload

from torch import nn

from lessons_lib.geometry.arguments import check_padding_word, named_axes, to_tuple, to_whole


def one_axis_padding(
    padding: int | str | Sequence[int], kernel_size: int, stride: int, dilation: int
) -> tuple[int, int]:
    """Say how many cells one axis gets before and after it."""
    if isinstance(padding, str):
        check_padding_word(padding, (stride,))
        return same_padding(kernel_size, dilation) if padding == "same" else (0, 0)
    before, after = to_tuple(padding, 2, "padding", 0)
    return before, after


def effective_kernel_size(kernel_size: int, dilation: int = 1) -> int:
    """Say how many pixels a kernel spans when its taps stand `dilation` pixels apart.

    Args:
        kernel_size: number of taps k along the axis, at least 1.
        dilation: distance d between neighbouring taps, at least 1.

    Returns:
        d(k - 1) + 1.

    Raises:
        ValueError: a number is below 1.

    Example:
        >>> effective_kernel_size(3, dilation=4)
        9
    """
    k = to_whole(kernel_size, "kernel_size", 1)
    d = to_whole(dilation, "dilation", 1)
    return d * (k - 1) + 1


def same_padding(kernel_size: int, dilation: int = 1) -> tuple[int, int]:
    """Say how many cells padding='same' puts before and after an axis.

    An odd total cannot be halved; torch then puts the smaller half before.

    Args:
        kernel_size: number of taps k along the axis, at least 1.
        dilation: distance d between neighbouring taps, at least 1.

    Returns:
        (before, after), together d(k - 1).

    Raises:
        ValueError: a number is below 1.

    Example:
        >>> same_padding(4)
        (1, 2)
    """
    total = effective_kernel_size(kernel_size, dilation) - 1
    return total // 2, total - total // 2


def axis_output_size(
    n: int, k: int, s: int, before: int, after: int, d: int, *, kernel: str = ""
) -> int:
    """Say how large one axis becomes; `kernel` is what the caller was given in place of a size."""
    span, padded = d * (k - 1) + 1, n + before + after
    if span > padded:
        named = kernel or f"`kernel_size` (={k})"
        raise ValueError(
            f"{named} with `dilation` (={d}) spans {span} pixels and must fit "
            f"into the padded input of {n} + {before} + {after} = {padded}: "
            "make the kernel or its dilation smaller, or pad more."
        )
    return (padded - span) // s + 1


@overload
def conv_output_size(
    input_size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int | str = 0,
    dilation: int = 1,
) -> int: ...


@overload
def conv_output_size(
    input_size: Sequence[int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> tuple[int, ...]: ...


@overload
def conv_output_size(
    input_size: int,
    kernel_size: Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> tuple[int, ...]: ...


def conv_output_size(
    input_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> int | tuple[int, ...]:
    """Say how large a convolution's output is.

    Args:
        input_size: pixels n along each axis, at least 1.
        kernel_size: taps k along each axis, at least 1.
        stride: step s of the window, at least 1.
        padding: cells p added on both sides, at least 0; or 'valid' (none) or 'same'.
        dilation: distance d between neighbouring taps, at least 1.
            Each is a whole number or one number per axis, height first; mix them freely.

    Returns:
        floor((n + 2p - d(k - 1) - 1) / s) + 1: a whole number when all arguments are whole
        numbers, else a tuple with one size per axis.

    Raises:
        ValueError: the kernel is larger than the padded input, or a number is out of range,
            or padding='same' meets a stride above 1.

    Source:
        The formula under "Shape" in torch's page on `nn.Conv2d`.

    Example:
        >>> conv_output_size((512, 512), kernel_size=3, stride=(1, 5))
        (510, 102)
    """
    axes = named_axes(
        input_size=input_size,
        kernel_size=kernel_size,
        stride=stride,
        dilation=dilation,
        padding=padding,
    )
    dims = axes or 1
    n = to_tuple(input_size, dims, "input_size", 1)
    k = to_tuple(kernel_size, dims, "kernel_size", 1)
    s = to_tuple(stride, dims, "stride", 1)
    d = to_tuple(dilation, dims, "dilation", 1)
    sizes = sizes_along(n, k, s, padding_sides(padding, k, s, d), d)
    return sizes if axes else sizes[0]


def sizes_along(
    n: Sequence[int],
    k: Sequence[int],
    s: Sequence[int],
    sides: Sequence[tuple[int, int]],
    d: Sequence[int],
    kernel: str = "",
) -> tuple[int, ...]:
    """Say how large every axis becomes, all numbers checked; `kernel` as in `axis_output_size`."""
    axes = zip(n, k, s, sides, d, strict=True)
    return tuple(
        axis_output_size(size, taps, step, *around, apart, kernel=kernel)
        for size, taps, step, around, apart in axes
    )


def layer_output_size(
    layer: nn.Conv1d | nn.Conv2d | nn.Conv3d, n: Sequence[int]
) -> tuple[int, ...]:
    """Say how large a layer's output is; a refusal names the `layer`, which tells the kernel."""
    sides = padding_sides(layer.padding, layer.kernel_size, layer.stride, layer.dilation)
    kernel = f"the kernel of `layer` ({layer})"
    return sizes_along(n, layer.kernel_size, layer.stride, sides, layer.dilation, kernel)


def padding_sides(
    padding: int | str | Sequence[int], k: Sequence[int], s: Sequence[int], d: Sequence[int]
) -> list[tuple[int, int]]:
    """Turn `padding` into (before, after) for every axis."""
    if isinstance(padding, str):
        check_padding_word(padding, s)
        if padding == "valid":
            return [(0, 0)] * len(k)
        return [same_padding(*pair) for pair in zip(k, d, strict=True)]
    return [(p, p) for p in to_tuple(padding, len(k), "padding", 0)]

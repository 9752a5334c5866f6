"""Where a transposed convolution paints: sizes, index tables, overlaps, cost.

Everything is counted along one axis at a time; a two-dimensional count is the outer product of the
counts of its two axes.
"""

from collections.abc import Sequence
from typing import overload

import torch
from torch import Tensor

from lessons_lib.geometry.arguments import SMALLEST, named_axes, to_axes, to_tuple, to_whole
from lessons_lib.geometry.cost import count_multiply_adds
from lessons_lib.geometry.refusals import WORDS


def transposed_axis_size(n: int, k: int, s: int, p: int, extra: int, d: int) -> int:
    """Say how large one axis becomes; 0 or less where padding crops everything away."""
    return (n - 1) * s - 2 * p + d * (k - 1) + extra + 1


def _checked_size(n: int, k: int, s: int, p: int, extra: int, d: int) -> int:
    if extra >= max(s, d):
        raise ValueError(
            f"`output_padding` (={extra}) must be smaller than `stride` (={s}) or `dilation` "
            f"(={d}): use at most {max(s, d) - 1}, or a larger stride."
        )
    size = transposed_axis_size(n, k, s, p, extra, d)
    if size < 1:
        whole = size + 2 * p
        raise ValueError(
            f"`padding` (={p}) crops both ends of a painting of {WORDS[2].counted(whole)} and must "
            f"leave at least one: use at most {(whole - 1) // 2}."
        )
    return size


@overload
def conv_transpose_output_size(
    input_size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> int: ...


@overload
def conv_transpose_output_size(
    input_size: Sequence[int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> tuple[int, ...]: ...


@overload
def conv_transpose_output_size(
    input_size: int,
    kernel_size: Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> tuple[int, ...]: ...


def conv_transpose_output_size(
    input_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> int | tuple[int, ...]:
    """Say how large a transposed convolution's output is.

    The order of the arguments is that of `nn.ConvTranspose2d`.

    Args:
        input_size: pixels n along each axis, at least 1.
        kernel_size: taps k along each axis, at least 1.
        stride: pixels s from one stamp to the next, at least 1.
        padding: cells p cropped from both ends, at least 0.
        output_padding: cells added at the bottom and at the right only, at least 0, smaller than
            the stride or smaller than the dilation.
        dilation: distance d between neighbouring taps, at least 1.
            Each is a whole number or one number per axis, height first; mix them freely.

    Returns:
        (n - 1)s - 2p + d(k - 1) + output_padding + 1: a whole number when all arguments are whole
        numbers, else a tuple with one size per axis.

    Raises:
        ValueError: padding crops everything away, output_padding reaches both the stride and the
            dilation, or a number is out of range.

    Source:
        The formula under "Shape" in torch's page on `nn.ConvTranspose2d`.

    Example:
        >>> [conv_transpose_output_size(512, 3, stride=s) for s in (1, 2, 3)]
        [514, 1025, 1536]
    """
    given = (input_size, kernel_size, stride, padding, output_padding, dilation)
    dims = named_axes(**dict(zip(_NAMES, given, strict=True)))
    sizes = tuple(_checked_size(*axis) for axis in _axes(dims or 1, *given))
    return sizes if dims else sizes[0]


_NAMES = ("input_size", "kernel_size", "stride", "padding", "output_padding", "dilation")


_Axis = tuple[int, int, int, int, int, int]  # n, k, s, p, output_padding, d


def _axes(
    dims: int,
    input_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int],
    padding: int | Sequence[int],
    output_padding: int | Sequence[int],
    dilation: int | Sequence[int],
) -> list[_Axis]:
    """Check the arguments and bring them to one number for every axis."""
    return list(
        zip(
            to_tuple(input_size, dims, "input_size", 1),
            to_tuple(kernel_size, dims, "kernel_size", 1),
            to_tuple(stride, dims, "stride", 1),
            to_tuple(padding, dims, "padding", 0),
            to_tuple(output_padding, dims, "output_padding", 0),
            to_tuple(dilation, dims, "dilation", 1),
            strict=True,
        )
    )


def _one_axis(*given: int) -> list[int]:
    """Check the arguments of a table along one axis."""
    named = zip(_NAMES, given, strict=True)
    return [to_whole(number, name, SMALLEST.get(name, 1)) for name, number in named]


@overload
def output_padding_for(
    wanted_size: int,
    input_size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> int | None: ...


@overload
def output_padding_for(
    wanted_size: Sequence[int],
    input_size: Sequence[int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> tuple[int, ...] | None: ...


def output_padding_for(
    wanted_size: int | Sequence[int],
    input_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> int | tuple[int, ...] | None:
    """Find the output_padding with which a transposed convolution gives a wanted size.

    A stride sends several sizes to one and the same output; on the way back output_padding picks
    one of them.

    Args:
        wanted_size: pixels that should come out along each axis, at least 1.
        input_size, kernel_size, stride, padding, dilation: as in `conv_transpose_output_size`.

    Returns:
        The output_padding, a whole number or one per axis, like the sizes; None where there is
        none that torch accepts.

    Raises:
        ValueError: a number is out of range.

    Example:
        >>> kept = {1: 510, 2: 255, 3: 170, 5: 102, 10: 51}  # Conv2d, kernel 3, of 512 pixels
        >>> [output_padding_for(512, n, 3, stride) for stride, n in kept.items()]
        [0, 1, 2, 4, 9]
        >>> output_padding_for(512, 256, 3, stride=1) is None
        True
    """
    given = (input_size, kernel_size, stride, padding, 0, dilation)
    dims = named_axes(wanted_size=wanted_size, **dict(zip(_NAMES, given, strict=True)))
    axes = _axes(dims or 1, *given)
    wanted = to_tuple(wanted_size, len(axes), "wanted_size", 1)
    found = tuple(w - transposed_axis_size(*axis) for w, axis in zip(wanted, axes, strict=True))
    limits = (max(s, d) for _, _, s, _, _, d in axes)
    if any(not 0 <= extra < limit for extra, limit in zip(found, limits, strict=True)):
        return None
    return found if dims else found[0]


def transposed_source_indices(
    input_size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> Tensor:
    """Tell for every output of a transposed convolution which input pixel each tap brings there.

    Read along a row it answers "who painted here?". Output o, tap t: the input i with
    i * s - p + t * d = o. `transposed_target_indices` is the same table seen from the input.

    Args:
        input_size, kernel_size, stride, padding, output_padding, dilation: whole numbers, as in
            `conv_transpose_output_size`.

    Returns:
        int64 of shape (output size, k): the input's index, -1 where this tap brings nothing.

    Raises:
        ValueError: the setting is illegal; the message says why.

    Example:
        >>> transposed_source_indices(2, kernel_size=3, stride=2).tolist()
        [[0, -1, -1], [-1, 0, -1], [1, -1, 0], [-1, 1, -1], [-1, -1, 1]]
    """
    n, k, s, p, extra, d = _one_axis(
        input_size, kernel_size, stride, padding, output_padding, dilation
    )
    outputs = torch.arange(_checked_size(n, k, s, p, extra, d))
    place = outputs[:, None] + p - torch.arange(k) * d  # (output, tap): where the stamp began
    source = place.div(s, rounding_mode="floor")
    return torch.where((place % s == 0) & (source >= 0) & (source < n), source, -1)


def transposed_target_indices(
    input_size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> Tensor:
    """Tell for every input pixel of a transposed convolution where each tap of its stamp lands.

    Args:
        input_size, kernel_size, stride, padding, output_padding, dilation: whole numbers, as in
            `conv_transpose_output_size`.

    Returns:
        int64 of shape (input_size, k): the output's index, -1 where padding crops the tap away.

    Raises:
        ValueError: the setting is illegal; the message says why.

    Example:
        >>> transposed_target_indices(2, kernel_size=3, stride=2, padding=1).tolist()
        [[-1, 0, 1], [1, 2, -1]]
    """
    n, k, s, p, extra, d = _one_axis(
        input_size, kernel_size, stride, padding, output_padding, dilation
    )
    outputs = _checked_size(n, k, s, p, extra, d)
    target = torch.arange(n)[:, None] * s - p + torch.arange(k) * d  # (input, tap)
    return torch.where((target >= 0) & (target < outputs), target, -1)


def stuffed_indices(
    input_size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> Tensor:
    """Lay out the axis over which the turned kernel slides: pixels, zeros between and around.

    s - 1 zeros stand between two pixels, d(k - 1) - p before the first, and as many and
    output_padding more after the last. Where that is negative, pixels are cropped instead.
    Output o reads the cells o, o + d, ..., o + d(k - 1), with the kernel turned.

    Args:
        input_size, kernel_size, stride, padding, output_padding, dilation: whole numbers, as in
            `conv_transpose_output_size`.

    Returns:
        int64 of shape (output size + d(k - 1),): the input's index, -1 for a stuffed zero.

    Raises:
        ValueError: the setting is illegal; the message says why.

    Example:
        >>> stuffed_indices(2, kernel_size=3, stride=2).tolist()
        [-1, -1, 0, -1, 1, -1, -1]
    """
    n, k, s, p, extra, d = _one_axis(
        input_size, kernel_size, stride, padding, output_padding, dilation
    )
    before = d * (k - 1) - p
    place = torch.arange(_checked_size(n, k, s, p, extra, d) + d * (k - 1)) - before
    source = place.div(s, rounding_mode="floor")
    return torch.where((place % s == 0) & (source >= 0) & (source < n), source, -1)


def overlap_counts(
    input_size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> Tensor:
    """Count how many stamps lie on each output pixel of a transposed convolution, along one axis.

    In two dimensions the counts are the outer product of the two axes' counts. Where they
    alternate, a flat picture comes out as a checkerboard; where they are 0, only the bias is left.

    Args:
        input_size, kernel_size, stride, padding, output_padding, dilation: whole numbers, as in
            `conv_transpose_output_size`.

    Returns:
        int64 of shape (output size,).

    Raises:
        ValueError: the setting is illegal; the message says why.

    Example:
        >>> overlap_counts(3, kernel_size=3, stride=2).tolist()
        [1, 1, 2, 1, 2, 1, 1]
    """
    source = transposed_source_indices(
        input_size, kernel_size, stride, padding, output_padding, dilation
    )
    return (source >= 0).sum(1)


def inside_overlap_counts(kernel_size: int, stride: int) -> tuple[int, ...]:
    """Count how many stamps lie on an output far from the border, for each of the stride phases.

    Args:
        kernel_size, stride: of one axis, each at least 1.

    Example:
        >>> inside_overlap_counts(3, 2)
        (2, 1)
    """
    kernel_size = to_whole(kernel_size, "kernel_size", 1)
    stride = to_whole(stride, "stride", 1)
    pixels = 2 * (-(-kernel_size // stride)) + 2  # enough that the middle meets no border
    middle = pixels // 2 * stride
    return tuple(overlap_counts(pixels, kernel_size, stride)[middle : middle + stride].tolist())


def count_transposed_multiply_adds(
    in_channels: int,
    out_channels: int,
    kernel_size: int | Sequence[int],
    input_size: int | Sequence[int],
    groups: int = 1,
) -> int:
    """Count the multiplications (each followed by an addition) of one pass over one picture.

    Every input pixel stamps its whole kernels, also where padding crops them. It is the cost of
    the convolution that is transposed. The weights are counted by `count_weights`, as always.

    Args:
        in_channels, out_channels: at least 1, both divisible by `groups`.
        kernel_size, input_size: a whole number stands for both axes of a picture; for other
            dimensions give one number per axis.
        groups: number of separate channel groups, at least 1.

    Returns:
        Number of input values * out_channels / groups * product of kernel_size; the bias' addition
        is not counted.

    Raises:
        ValueError: a number is out of range, or `groups` does not divide the channels.

    Example:
        >>> count_transposed_multiply_adds(3, 1, 3, (512, 512))
        7077888
    """
    places = to_axes(input_size, "input_size", 1)
    # in * out / groups is the same both ways; only the places are counted at the other end
    return count_multiply_adds(in_channels, out_channels, kernel_size, places, groups)

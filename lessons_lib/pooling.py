"""Pooling from first principles: of every window one number is kept, the largest or the mean.

torch has all of this in one line. It stands here because that line hides the loop, and the edge
cases: what counts at the border, what ceil_mode adds, where a largest number came from. Nothing
below calls torch's own pooling; the tests compare with it.

Pooling a whole picture to one number per channel, global average pooling, needs no window:
`image.mean(dim=(-2, -1))`. It is `avg_pool2d(image, image.shape[-2:])` without the last two axes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product

import torch
from torch import Tensor

from lessons_lib.geometry import pool_output_size, pool_source_indices
from lessons_lib.geometry.arguments import to_tuple
from lessons_lib.geometry.pooling import BEYOND, PADDING, pool_arguments
from lessons_lib.pooling_checks import check_averaged, check_compared, check_unpooled
from lessons_lib.tensors import PLANE, check_tensor, for_sums

Size = int | Sequence[int]

# -------------------------------------------------------------------------------------- one picture


def pool2d(
    image: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    keep: Callable[[Tensor], Tensor] = torch.amax,
) -> Tensor:
    """Slide a window over the image; at each stop keep one number of what lies in it.

    Args:
        image: (H, W), any dtype that `keep` takes.
        kernel_size: of the window, not larger than the image; one number, or (height, width).
        stride: step of the window, at least 1; one number, or (height, width). None: the kernel
            size, so that every pixel lies in one window at most.
        keep: what is kept: from a window (kh, kw) to one number, such as torch.amax or torch.mean.

    Returns:
        (H_out, W_out), same dtype; the sizes as in `pool_output_size`.

    Raises:
        ValueError: the image is not two-dimensional, or the window does not fit into it.

    Example:
        >>> image = torch.arange(16.0).view(4, 4)
        >>> pool2d(image, 2).tolist(), pool2d(image, 2, keep=torch.mean).tolist()
        ([[5.0, 7.0], [13.0, 15.0]], [[2.5, 4.5], [10.5, 12.5]])
    """
    cure = "pick one picture and one channel, or use max_pool2d or avg_pool2d for all of them."
    check_tensor(image, "image", PLANE, cure=cure)
    (kh, kw), (down, across), _, _ = pool_arguments(2, kernel_size, stride)
    height, width = pool_output_size(tuple(image.shape), (kh, kw), (down, across))
    output = image.new_zeros(height, width)
    for i, j in product(range(height), range(width)):
        top, left = i * down, j * across
        output[i, j] = keep(image[top : top + kh, left : left + kw])
    return output


# -------------------------------------------------------------------------------------- the largest


def max_pool1d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Keep the largest number of every window along a signal, as torch's `F.max_pool1d` does.

    Args:
        input: (N, C, L) or (C, L); floating point, with `return_indices` whole numbers too.
        kernel_size, stride, padding, dilation, ceil_mode, return_indices: as in `max_pool2d`.

    Returns, Raises: as in `max_pool2d`, with one axis.

    Example:
        >>> max_pool1d(torch.tensor([[1.0, 5.0, 2.0, 4.0]]), 2).tolist()
        [[5.0, 4.0]]
    """
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Keep the largest number of every window, as `torch.nn.functional.max_pool2d` does.

    A number that is no number (NaN) counts as the largest. Padding is minus infinity: it never
    wins, unless a window, its cells spread by dilation, holds nothing else.

    Args:
        input: (N, C, H, W) or (C, H, W), floating point or whole numbers.
        kernel_size: of the window, at least 1; one number, or (height, width).
        stride: step of the window, at least 1; None: the kernel size.
        padding: cells added on both sides, 0 to kernel_size // 2.
        dilation: distance between neighbouring cells of the window, at least 1.
        ceil_mode: whether a last window counts that reaches beyond the padding. It must begin in
            the input or in the padding before it.
        return_indices: whether the place of every largest number is wanted too.

    Returns:
        (N, C, H_out, W_out) or (C, H_out, W_out), same dtype; the sizes as in `pool_output_size`.
        With `return_indices` also int64 of that shape: where in its channel, counted row after
        row, each number comes from. Of equal ones it is the first, of several NaN the last.

    Raises:
        ValueError, TypeError: shape, dtype or settings do not fit; the message says why.

    Example:
        >>> x = torch.tensor([[[1, 5, 2], [4, 3, 9], [8, 7, 6]]])
        >>> values, places = max_pool2d(x, 2, stride=1, return_indices=True)
        >>> values.tolist(), places.tolist()
        ([[[5, 9], [8, 9]]], [[[1, 5], [6, 5]]])
    """
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    dilation: Size = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Keep the largest number of every window through a volume, as torch's `F.max_pool3d` does.

    Args:
        input: (N, C, D, H, W) or (C, D, H, W), floating point or whole numbers.
        kernel_size, stride, padding, dilation, ceil_mode, return_indices: as in `max_pool2d`;
            triples are (depth, height, width).

    Returns, Raises: as in `max_pool2d`, with three axes.

    Example:
        >>> max_pool3d(torch.arange(8.0).view(1, 2, 2, 2), (1, 2, 2)).flatten().tolist()
        [3.0, 7.0]
    """
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def _max_pool(
    dims: int,
    input: Tensor,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    dilation: Size,
    ceil_mode: bool,
    return_indices: bool,
) -> Tensor | tuple[Tensor, Tensor]:
    """Meet the cells of all windows one after the other: what is larger takes the place."""
    check_compared(dims, input, return_indices)
    k, s, p, d = pool_arguments(dims, kernel_size, stride, padding, dilation)
    batch = input if input.dim() == dims + 2 else input.unsqueeze(0)
    sizes = tuple(batch.shape[2:])
    tables = _tables(sizes, k, s, p, d, ceil_mode)
    outputs = [len(table) for table in tables]

    first = [_first_places(*axis) for axis in zip(outputs, s, p, d, strict=True)]
    shape = (*batch.shape[:2], *outputs)
    largest = batch.new_full(shape, _lowest(batch.dtype))
    where = _flat(first, sizes).expand(shape)
    for tap in product(*map(range, k)):
        places = [table[:, t] for table, t in zip(tables, tap, strict=True)]
        met = _met(batch, places)
        takes = ((met > largest) | met.isnan()) & _inside(places)
        largest = torch.where(takes, met, largest)
        where = torch.where(takes, _flat(places, sizes), where)
    if batch is not input:
        largest, where = largest.squeeze(0), where.squeeze(0)
    return (largest, where) if return_indices else largest


def _first_places(outputs: int, s: int, p: int, d: int) -> Tensor:
    """Say where each window's first cell lies that is not in the padding before the axis."""
    begin = torch.arange(outputs) * s - p
    skipped = (-begin).clamp(min=0).add(d - 1).div(d, rounding_mode="floor")
    return begin + skipped * d


def _lowest(dtype: torch.dtype) -> float:
    return -math.inf if dtype.is_floating_point else torch.iinfo(dtype).min


def _flat(places: Sequence[Tensor], sizes: Sequence[int]) -> Tensor:
    """Count cells row after row: from the places along each axis to one number per cell."""
    flat = places[0]
    for place, size in zip(places[1:], sizes[1:], strict=True):
        flat = flat[..., None] * size + place
    return flat


# ----------------------------------------------------------------------- back to where it came from


def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Put every number back where it came from, zeros elsewhere, as torch's `F.max_unpool2d` does.

    The other numbers of a window are gone for good: this is no inverse of pooling. Windows that
    overlap may name the same cell; it then holds one of their numbers, not the sum. Straight after
    `max_pool2d` these are all the same.

    Args:
        input: (N, C, H, W) or (C, H, W), floating point.
        indices: int64 of the same shape, places counted row after row, as `max_pool2d` gives them.
        kernel_size, stride, padding: of the pooling.
        output_size: (height, width) or (N, C, height, width) to come back to, less than one stride
            away from what is taken else. None: (H - 1) * stride - 2 * padding + kh, and the same
            across: the smallest picture that the pooling may have had.

    Returns:
        (N, C, height, width) or (C, height, width), same dtype.

    Raises:
        ValueError, TypeError: shapes, dtypes, sizes or places do not fit; the message says why.

    Example:
        >>> x = torch.tensor([[[1.0, 5.0, 2.0, 0.0], [4.0, 3.0, 9.0, 7.0]]])
        >>> max_unpool2d(*max_pool2d(x, 2, return_indices=True), 2).tolist()
        [[[0.0, 5.0, 0.0, 0.0], [0.0, 0.0, 9.0, 0.0]]]
    """
    check_unpooled(input, indices)
    height, width = _unpooled_size(
        (input.shape[-2], input.shape[-1]), kernel_size, stride, padding, output_size
    )
    places = indices.flatten(-2)
    if places.numel() and not 0 <= int(places.min()) <= int(places.max()) < height * width:
        raise ValueError(
            f"`indices` (from {int(places.min())} to {int(places.max())}) must lie between 0 and "
            f"{height * width - 1}, within the output of {height} x {width}: give the size of the "
            "pooling's input as output_size."
        )
    output = input.new_zeros(*input.shape[:-2], height * width)
    return output.scatter(-1, places, input.flatten(-2)).unflatten(-1, (height, width))


def _unpooled_size(
    size: tuple[int, int],
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    output_size: Sequence[int] | None,
) -> tuple[int, int]:
    """Give the size that is asked for, if the pooling may have come from it."""
    k = to_tuple(kernel_size, 2, "kernel_size", 1)
    s = to_tuple(kernel_size if stride is None else stride, 2, "stride", 1)
    p = to_tuple(padding, 2, "padding", 0)
    usual = [(size[i] - 1) * s[i] + k[i] - 2 * p[i] for i in range(2)]
    if output_size is None and min(usual) < 1:
        raise ValueError(
            f"`padding` (={padding!r}) crops away all of an output of {size[0]} x {size[1]}: "
            "use less of it, or give the size of the pooling's input as output_size."
        )
    wanted = usual if output_size is None else output_size
    batched = isinstance(wanted, Sequence) and len(wanted) == 4  # (N, C, height, width)
    asked = to_tuple(wanted[2:] if batched else wanted, 2, "output_size", 1)
    for i, side in enumerate(("height", "width")):
        if abs(asked[i] - usual[i]) >= s[i]:
            raise ValueError(
                f"`output_size` (={output_size}) has the {side} {asked[i]}, but a pooling with "
                f"this output had an input of more than {usual[i] - s[i]} and less than "
                f"{usual[i] + s[i]} there: give the size of its input."
            )
    return asked[0], asked[1]


# ----------------------------------------------------------------------------------------- the mean


def avg_pool1d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Keep the mean of every window along a signal, as `torch.nn.functional.avg_pool1d` does.

    Args:
        input: (N, C, L) or (C, L), floating point or int64.
        kernel_size, stride, padding, ceil_mode, count_include_pad: as in `avg_pool2d`.

    Returns, Raises: as in `avg_pool2d`, with one axis.

    Example:
        >>> avg_pool1d(torch.tensor([[1.0, 5.0, 2.0, 4.0]]), 2).tolist()
        [[3.0, 3.0]]
    """
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Keep the mean of every window, as `torch.nn.functional.avg_pool2d` does.

    Args:
        input: (N, C, H, W) or (C, H, W), floating point or int64.
        kernel_size: of the window, at least 1; one number, or (height, width).
        stride: step of the window, at least 1; None: the kernel size.
        padding: zeros added on both sides, 0 to kernel_size // 2.
        ceil_mode: whether a last window counts that reaches beyond the padding. It must begin in
            the input or in the padding before it; its cells beyond the padding never count.
        count_include_pad: whether the zeros of the padding count as numbers of the window.
        divisor_override: what each sum is divided by instead of the count; not 0.

    Returns:
        (N, C, H_out, W_out) or (C, H_out, W_out), same dtype; the sizes as in `pool_output_size`.
        Means of whole numbers are cut off at the point. Half precision is summed up in float32.

    Raises:
        ValueError, TypeError: shape, dtype or settings do not fit; the message says why.

    Example:
        >>> ones = torch.ones(1, 4, 4)
        >>> avg_pool2d(ones, 4, padding=2).tolist()
        [[[0.25, 0.25], [0.25, 0.25]]]
        >>> avg_pool2d(ones, 4, padding=2, count_include_pad=False).tolist()
        [[[1.0, 1.0], [1.0, 1.0]]]
    """
    return _avg_pool(
        2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def avg_pool3d(
    input: Tensor,
    kernel_size: Size,
    stride: Size | None = None,
    padding: Size = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Keep the mean of every window through a volume, as torch's `F.avg_pool3d` does.

    Args:
        input: (N, C, D, H, W) or (C, D, H, W), float32, float64 or int64.
        kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override: as in
            `avg_pool2d`; triples are (depth, height, width).

    Returns, Raises: as in `avg_pool2d`, with three axes.

    Example:
        >>> avg_pool3d(torch.arange(8.0).view(1, 2, 2, 2), (2, 1, 1)).flatten().tolist()
        [2.0, 3.0, 4.0, 5.0]
    """
    return _avg_pool(
        3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def _avg_pool(
    dims: int,
    input: Tensor,
    kernel_size: Size,
    stride: Size | None,
    padding: Size,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Tensor:
    """Add up the cells of all windows one after the other, and divide by what counts."""
    check_averaged(dims, input, divisor_override)
    k, s, p, d = pool_arguments(dims, kernel_size, stride, padding)
    batch = input if input.dim() == dims + 2 else input.unsqueeze(0)
    sizes = tuple(batch.shape[2:])
    tables = _tables(sizes, k, s, p, d, ceil_mode)
    if dims == 3 and any(cells > n for cells, n in zip(k, sizes, strict=True)):
        raise ValueError(
            f"`kernel_size` (={k}) must fit into the volume {sizes} without its padding, or torch "
            "refuses to average it: use a smaller window."
        )

    summed = for_sums(batch)
    total = torch.zeros((), dtype=summed.dtype)
    for tap in product(*map(range, k)):
        places = [table[:, t] for table, t in zip(tables, tap, strict=True)]
        total = total + _met(summed, places).where(_inside(places), 0)
    if divisor_override is not None:
        count = torch.tensor(divisor_override)
    else:
        count = _counted(tables, BEYOND if count_include_pad else PADDING)
    whole = None if summed.is_floating_point() else "trunc"
    output = total.div(count, rounding_mode=whole).to(input.dtype)
    return output if batch is input else output.squeeze(0)


def _counted(tables: Sequence[Tensor], mark: int) -> Tensor:
    """Count for every window its cells with an index above this mark: a number per output."""
    count = torch.ones((), dtype=torch.int64)
    for table in tables:
        count = count[..., None] * (table > mark).sum(dim=1)
    return count


# ----------------------------------------------------------------------------------- what all share


def _tables(
    sizes: Sequence[int],
    k: Sequence[int],
    s: Sequence[int],
    p: Sequence[int],
    d: Sequence[int],
    ceil_mode: bool,
) -> list[Tensor]:
    """Look up, axis by axis, which pixel each cell of each window reads: (output, cell) each."""
    return [
        pool_source_indices(*axis, ceil_mode=ceil_mode)
        for axis in zip(sizes, k, s, p, d, strict=True)
    ]


def _met(batch: Tensor, places: Sequence[Tensor]) -> Tensor:
    """Take the pixels that one cell of all windows meets; any pixel where it meets none."""
    for axis, place in enumerate(places, start=2):
        batch = batch.index_select(axis, place.clamp(min=0))
    return batch  # (N, C, H_out, W_out)


def _inside(places: Sequence[Tensor]) -> Tensor:
    """Say for which outputs that cell lies on the input along every axis: (H_out, W_out)."""
    inside = torch.ones((), dtype=torch.bool)
    for place in places:
        inside = inside[..., None] & (place >= 0)
    return inside

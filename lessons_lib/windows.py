"""Combining all that lies in a window, for every window at once, by putting short ones together.

A window of 8 is two of 4, and those are two of 2 each: three steps instead of seven. This holds
wherever the order does not matter, for sums and for maxima.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from lessons_lib.geometry.arguments import to_whole
from lessons_lib.tensors import check_tensor


def over_windows(
    values: Tensor,
    dim: int,
    size: int,
    step: int,
    combine: Callable[[Tensor, Tensor], Tensor],
    dilation: int = 1,
) -> Tensor:
    """Combine what lies in every window along one axis.

    About 2 log2(size) steps do what `size - 1` would do one by one; of those that are needed once
    only, no more is worked out than every `step`-th window.

    Args:
        values: any shape; along `dim` at least as long as a window.
        dim: the axis.
        size: cells of a window, at least 1.
        step: cells from one window to the next, at least 1.
        combine: of two tensors of one shape, number by number, such as torch.add or torch.maximum.
        dilation: distance between neighbouring cells of a window, at least 1.

    Returns:
        the same shape, but along `dim` a number for each window: so many of them as fit.

    Raises:
        TypeError, ValueError: a number is not whole or too small, or no window fits.

    Example:
        >>> over_windows(torch.tensor([1, 2, 3, 4, 5]), 0, size=3, step=2, combine=torch.add)
        tensor([ 6, 12])
    """
    check_tensor(values, "values")
    if not callable(combine):
        raise TypeError(f"`combine` (={combine!r}) must be a function of two tensors.")
    dim = to_whole(dim, "dim", -values.dim(), values.dim() - 1)
    size, step = to_whole(size, "size", 1), to_whole(step, "step", 1)
    dilation = to_whole(dilation, "dilation", 1)
    if values.shape[dim] <= dilation * (size - 1):
        raise ValueError(
            f"`values` (shape {tuple(values.shape)}) must be at least as long as a window along "
            f"`dim` (={dim}), {dilation * (size - 1) + 1}: take a smaller window."
        )
    windows = (values.shape[dim] - dilation * (size - 1) - 1) // step + 1
    span = (windows - 1) * step + 1
    blocks, length = values, 1  # every block of so many cells, combined
    found, done = None, 0
    left = size  # how many blocks of this length a window still lacks
    while left:
        takes = left if left < 4 else left % 2
        for _ in range(takes):
            block = _every(blocks.narrow(dim, done * dilation, span), dim, step)
            found = block if found is None else combine(found, block)
            done += length
        left = (left - takes) // 2
        if left:
            shift = length * dilation
            rest = blocks.shape[dim] - shift
            blocks = combine(blocks.narrow(dim, 0, rest), blocks.narrow(dim, shift, rest))
            length *= 2
    assert found is not None
    return found


def _every(values: Tensor, dim: int, step: int) -> Tensor:
    return values.unfold(dim, 1, step).squeeze(-1)

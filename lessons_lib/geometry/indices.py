"""Which pixel every tap of every output reads: the index tables of a convolution.

Everything is counted along one axis at a time, because a convolution treats height and width alike
and apart. A two-dimensional count is the outer product of the counts of its two axes.
"""

import torch
from torch import Tensor

from lessons_lib.geometry.arguments import check_padding_mode, to_tuple, to_whole
from lessons_lib.geometry.sizes import axis_output_size, one_axis_padding


def padded_indices(
    size: int, padding: int | tuple[int, int], padding_mode: str = "zeros"
) -> Tensor:
    """Tell for every cell of a padded axis which pixel it copies.

    With padding 2 the four pixels 1234 become
        zeros      1234 -> 00|1234|00
        reflect    1234 -> 32|1234|32
        replicate  1234 -> 11|1234|44
        circular   1234 -> 34|1234|12

    Args:
        size: number of pixels on the axis, at least 1.
        padding: cells added on both sides, or (before, after); at least 0.
            reflect needs padding < size, circular needs padding <= size.
        padding_mode: 'zeros', 'reflect', 'replicate' or 'circular'.

    Returns:
        int64 of shape (before + size + after,): the pixel's index, or -1 where the cell holds a
        padding zero and copies nothing.

    Raises:
        ValueError: the padding is beyond the mode's limit, or the mode is unknown.

    Example:
        >>> padded_indices(4, 2, "reflect").tolist()
        [2, 1, 0, 1, 2, 3, 2, 1]
    """
    n = to_whole(size, "size", 1)
    before, after = to_tuple(padding, 2, "padding", 0)
    check_padding_mode(padding_mode)
    limit = padding_limit(n, padding_mode)
    if limit is not None and max(before, after) > limit:
        sign = "<" if padding_mode == "reflect" else "<="
        raise ValueError(
            f"`padding` (={max(before, after)}) must be {sign} the size (={n}) with "
            f"padding_mode={padding_mode!r}: use at most {limit}, or another padding_mode."
        )
    place = torch.arange(-before, n + after)
    if padding_mode == "zeros":
        return torch.where((place >= 0) & (place < n), place, -1)
    if padding_mode == "reflect":
        # the distance to the last pixel, folded at the first: |place| mirrors the left end
        return (n - 1) - ((n - 1) - place.abs()).abs()
    if padding_mode == "replicate":
        return place.clamp(0, n - 1)
    return place.remainder(n)


def padding_limit(size: int, padding_mode: str) -> int | None:
    """Say how far one axis can be padded; None = as far as you like."""
    return {"reflect": size - 1, "circular": size}.get(padding_mode)


def source_indices(
    input_size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int | str | tuple[int, int] = 0,
    dilation: int = 1,
    padding_mode: str = "zeros",
) -> Tensor:
    """Tell for every output and every kernel tap which input pixel they read, along one axis.

    Args:
        input_size: pixels n on the axis, at least 1.
        kernel_size: taps k, at least 1.
        stride: step s of the window, at least 1.
        padding: cells on both sides, or (before, after), or 'valid' or 'same'.
        dilation: distance d between neighbouring taps, at least 1.
        padding_mode: 'zeros', 'reflect', 'replicate' or 'circular'.

    Returns:
        int64 of shape (output size, k): the pixel's index, -1 where the tap meets a padding zero.

    Raises:
        ValueError: the setting is illegal; the message says why.

    Example:
        >>> source_indices(4, kernel_size=3, padding=1).tolist()
        [[-1, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, -1]]
    """
    n = to_whole(input_size, "input_size", 1)
    k = to_whole(kernel_size, "kernel_size", 1)
    s = to_whole(stride, "stride", 1)
    d = to_whole(dilation, "dilation", 1)
    before, after = one_axis_padding(padding, k, s, d)
    source = padded_indices(n, (before, after), padding_mode)
    outputs = axis_output_size(n, k, s, before, after, d)
    first = torch.arange(outputs) * s
    taps = torch.arange(k) * d
    return source[first[:, None] + taps]  # (output, tap)

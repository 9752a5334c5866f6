"""How often each pixel of a picture is read, and which are never read."""

from collections.abc import Sequence

import torch
from torch import Tensor

from lessons_lib.geometry.arguments import to_tuple
from lessons_lib.geometry.indices import source_indices
from lessons_lib.geometry.sizes import padding_sides


def usage_counts(
    input_size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int | str | tuple[int, int] = 0,
    dilation: int = 1,
    padding_mode: str = "zeros",
) -> Tensor:
    """Count how often every input pixel is used, along one axis.

    In two dimensions the counts are the outer product of the two axes' counts:
    `torch.outer(rows, columns)`.

    Args:
        input_size, kernel_size, stride, padding, dilation, padding_mode: as in `source_indices`.

    Returns:
        int64 of shape (input_size,): the number of (output, tap) pairs that read the pixel.

    Raises:
        ValueError: the setting is illegal; the message says why.

    Example:
        >>> usage_counts(4, kernel_size=3, padding=1).tolist()
        [2, 3, 3, 2]
    """
    source = source_indices(input_size, kernel_size, stride, padding, dilation, padding_mode)
    return torch.bincount(source[source >= 0], minlength=input_size)


def read_mask(
    input_size: tuple[int, int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Show which pixels of a picture the layer reads at all.

    Args:
        input_size: (height, width), each at least 1.
        kernel_size, stride, padding, dilation: as in `conv_output_size`, height first.

    Returns:
        bool of shape (height, width): True where at least one output reads the pixel.

    Raises:
        ValueError: the setting is illegal; the message says why.

    Example:
        >>> read_mask((1, 4), kernel_size=1, stride=2).tolist()
        [[True, False, True, False]]
    """
    n = to_tuple(input_size, 2, "input_size", 1)
    k = to_tuple(kernel_size, 2, "kernel_size", 1)
    s = to_tuple(stride, 2, "stride", 1)
    d = to_tuple(dilation, 2, "dilation", 1)
    sides = padding_sides(padding, k, s, d)
    rows, columns = (usage_counts(n[i], k[i], s[i], sides[i], d[i]) > 0 for i in range(2))
    return rows[:, None] & columns


def unread_fraction(
    input_size: tuple[int, int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> float:
    """Say which part of a picture's pixels no output ever reads.

    Args:
        input_size: (height, width), each at least 1.
        kernel_size, stride, padding, dilation: as in `conv_output_size`, height first.

    Returns:
        A number from 0 (all pixels are read) up to, but never, 1.

    Raises:
        ValueError: the setting is illegal; the message says why.

    Example:
        >>> unread_fraction((4, 4), kernel_size=1, stride=2)
        0.75
    """
    mask = read_mask(input_size, kernel_size, stride, padding, dilation)
    return 1 - int(mask.sum()) / mask.numel()

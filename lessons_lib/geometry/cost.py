"""What a convolution costs: weights and multiply-adds."""

import math
from collections.abc import Sequence

from lessons_lib.geometry.arguments import to_axes, to_tuple, to_whole


def count_weights(
    in_channels: int,
    out_channels: int,
    kernel_size: int | Sequence[int],
    groups: int = 1,
    bias: bool = True,
) -> int:
    """Count the numbers a convolution layer learns.

    Args:
        in_channels, out_channels: at least 1, both divisible by `groups`.
        kernel_size: a whole number stands for both axes of a picture; for other dimensions give
            one number per axis.
        groups: number of separate channel groups, at least 1.
        bias: whether each output channel has one more number of its own.

    Returns:
        out_channels * in_channels / groups * product of kernel_size (+ out_channels with bias).

    Raises:
        ValueError: a number is out of range, or `groups` does not divide the channels.
        TypeError: an argument is no whole number.

    Example:
        >>> count_weights(64, 128, 3, groups=4, bias=False)
        18432
    """
    in_channels, out_channels, groups = check_groups(in_channels, out_channels, groups)
    taps = math.prod(to_axes(kernel_size, "kernel_size", 1))
    return out_channels * (in_channels // groups * taps + bool(bias))


def count_multiply_adds(
    in_channels: int,
    out_channels: int,
    kernel_size: int | Sequence[int],
    output_size: int | Sequence[int],
    groups: int = 1,
) -> int:
    """Count the multiplications (each followed by an addition) of one pass over one picture.

    Args:
        in_channels, out_channels: at least 1, both divisible by `groups`.
        kernel_size, output_size: a whole number stands for both axes of a picture; for other
            dimensions give one number per axis.
        groups: number of separate channel groups, at least 1.

    Returns:
        Number of output values * in_channels / groups * product of kernel_size; the bias' addition
        is not counted.

    Raises:
        ValueError: a number is out of range, or `groups` does not divide the channels.

    Example:
        >>> count_multiply_adds(3, 1, 3, (510, 510))
        7022700
    """
    in_channels, out_channels, groups = check_groups(in_channels, out_channels, groups)
    places = to_axes(output_size, "output_size", 1)
    taps = to_tuple(kernel_size, len(places), "kernel_size", 1)
    return math.prod(places) * out_channels * (in_channels // groups) * math.prod(taps)


def check_groups(in_channels: int, out_channels: int, groups: int) -> tuple[int, int, int]:
    """Give the three back, or refuse groups that do not divide both channel counts."""
    groups = to_whole(groups, "groups", 1)
    in_channels = to_whole(in_channels, "in_channels", 1)
    out_channels = to_whole(out_channels, "out_channels", 1)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise ValueError(
                f"`{name}` (={channels}) must be divisible by `groups` (={groups}): "
                "every group takes the same number of channels; choose another `groups`."
            )
    return in_channels, out_channels, groups

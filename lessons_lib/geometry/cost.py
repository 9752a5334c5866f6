"""What a convolution costs: weights and multiply-adds."""

from collections.abc import Sequence

from lessons_lib.geometry.arguments import to_tuple


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

    Example:
        >>> count_weights(64, 128, 3, groups=4, bias=False)
        18432
    """
    check_groups(in_channels, out_channels, groups)
    return out_channels * _taps(in_channels, kernel_size, groups) + (out_channels if bias else 0)


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
    check_groups(in_channels, out_channels, groups)
    dims = 2 if isinstance(output_size, int) else len(output_size)
    places = 1
    for size in to_tuple(output_size, dims, "output_size", 1):
        places *= size
    to_tuple(kernel_size, dims, "kernel_size", 1)
    if isinstance(kernel_size, int):
        kernel_size = (kernel_size,) * dims
    return places * out_channels * _taps(in_channels, kernel_size, groups)


def _taps(in_channels: int, kernel_size: int | Sequence[int], groups: int) -> int:
    """Count the weights behind one output channel."""
    dims = 2 if isinstance(kernel_size, int) else len(kernel_size)
    taps = in_channels // groups
    for k in to_tuple(kernel_size, dims, "kernel_size", 1):
        taps *= k
    return taps


def check_groups(in_channels: int, out_channels: int, groups: int) -> None:
    """Refuse groups that do not divide both channel counts, with a ValueError that says which."""
    to_tuple(groups, 1, "groups", 1)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        to_tuple(channels, 1, name, 1)
        if channels % groups:
            raise ValueError(
                f"`{name}` (={channels}) must be divisible by `groups` (={groups}): "
                "every group takes the same number of channels; choose another `groups`."
            )

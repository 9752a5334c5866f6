"""The door of all geometry: one number or one per axis, checked before any arithmetic."""

from collections.abc import Sequence

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


SMALLEST = {"kernel_size": 1, "stride": 1, "padding": 0, "output_padding": 0, "dilation": 1}


def to_tuple(value: int | Sequence[int], dims: int, name: str, minimum: int) -> tuple[int, ...]:
    """Turn "one number for all axes, or one number per axis" into one number per axis.

    Args:
        value: a whole number, or a sequence of `dims` whole numbers.
        dims: how many axes there are.
        name: the argument's name, for the error message.
        minimum: the smallest number allowed.

    Returns:
        A tuple of `dims` whole numbers.

    Raises:
        TypeError: `value` is neither a whole number nor a sequence of whole numbers.
        ValueError: the sequence has the wrong length, or a number is below `minimum`.

    Example:
        >>> to_tuple(3, 2, "kernel_size", 1)
        (3, 3)
    """
    alone = isinstance(value, int)
    numbers = (value,) * dims if isinstance(value, int) else value
    if isinstance(numbers, str) or not isinstance(numbers, Sequence):
        numbers = (None,)
    if any(isinstance(n, bool) or not isinstance(n, int) for n in numbers):
        raise TypeError(
            f"`{name}` (={value!r}) must be a whole number or {dims} of them, one per axis: "
            f"give for example {name}={max(minimum, 1)}."
        )
    if len(numbers) != dims:
        raise ValueError(
            f"`{name}` (={value!r}) must hold {dims} numbers, one per axis, but holds "
            f"{len(numbers)}: give {dims} numbers, or one for all axes."
        )
    if min(numbers, default=minimum) < minimum:
        raise ValueError(
            f"`{name}` (={value!r}) must be at least {minimum}{'' if alone else ' on every axis'}: "
            f"raise it to {minimum} or more."
        )
    return tuple(numbers)


def check_padding_mode(padding_mode: str) -> None:
    """Refuse a word that torch does not know."""
    if padding_mode not in PADDING_MODES:
        allowed = ", ".join(repr(mode) for mode in PADDING_MODES)
        raise ValueError(f"`padding_mode` (={padding_mode!r}) must be one of {allowed}.")


def check_padding_word(padding: str, stride: Sequence[int]) -> None:
    if padding not in ("valid", "same"):
        raise ValueError(
            f"`padding` (={padding!r}) must be a whole number, 'valid' or 'same': "
            "the way of filling goes into `padding_mode`."
        )
    if padding == "same" and max(stride) > 1:
        raise ValueError(
            f"`stride` (={max(stride)}) must be 1 with padding='same', because larger strides "
            "cannot give the input's size back: set stride=1, or give the padding as a number."
        )

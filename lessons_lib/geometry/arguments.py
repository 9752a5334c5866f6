"""The door of all geometry: whole numbers, alone or one per axis, checked before any arithmetic."""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, TypeGuard

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


SMALLEST = {"kernel_size": 1, "stride": 1, "padding": 0, "output_padding": 0, "dilation": 1}

LOWEST, HIGHEST = -(2**63), 2**63 - 1  # torch counts in 64 bits


def is_whole(value: object) -> TypeGuard[int]:
    """Tell whether it is a whole number, Python's or numpy's; True and False are none."""
    plain = type(value) is int  # asked first: it is the usual case, and ten times as fast
    return plain or (isinstance(value, Integral) and not isinstance(value, bool))


def is_real(value: object) -> TypeGuard[float]:
    """Tell whether it is a number, Python's or numpy's; True and False are none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def to_whole(value: int, name: str, minimum: int = LOWEST, maximum: int = HIGHEST) -> int:
    """Check one whole number.

    Args:
        value: a whole number, Python's or numpy's.
        name: the argument's name, for the error message.
        minimum, maximum: the smallest and the largest number allowed.

    Returns:
        The number, as Python's own.

    Raises:
        TypeError: `value` is no whole number.
        ValueError: it is below `minimum` or above `maximum`.

    Example:
        >>> to_whole(3, "groups", 1)
        3
    """
    if not is_whole(value):
        raise TypeError(
            f"`{name}` (={value!r}) must be a whole number: "
            f"give for example {name}={max(minimum, 1)}."
        )
    if value < minimum:
        raise ValueError(f"`{name}` (={value}) must be at least {minimum}: give {minimum} or more.")
    if value > maximum:
        raise ValueError(f"`{name}` (={value}) must be at most {maximum}: give {maximum} or less.")
    return int(value)


def to_real(value: float, name: str, minimum: float = -math.inf) -> float:
    """Check one finite number, Python's or numpy's, that is above `minimum`.

    Raises:
        TypeError: `value` is no number.
        ValueError: it is NaN, infinite, or not above `minimum`.

    Example:
        >>> to_real(0.1, "learning_rate", 0)
        0.1
    """
    if not is_real(value):
        raise TypeError(f"`{name}` (={value!r}) must be a number: give for example {name}=0.1.")
    if not minimum < value < math.inf:
        bound = f"a number above {minimum}" if minimum > -math.inf else "a finite number"
        raise ValueError(f"`{name}` (={value}) must be {bound}.")
    return float(value)


def to_seed(value: int) -> int:
    """Check a seed: any whole number that fits into 64 bits, with a sign or without."""
    return to_whole(value, "seed", LOWEST, 2**64 - 1)


def to_tuple(value: int | Sequence[int], dims: int, name: str, minimum: int) -> tuple[int, ...]:
    """Turn "one number for all axes, or one number per axis" into one number per axis.

    Args:
        value: a whole number, Python's or numpy's, or a sequence of `dims` whole numbers.
        dims: how many axes there are, at least 1.
        name: the argument's name, for the error message.
        minimum: the smallest number allowed.

    Returns:
        A tuple of `dims` whole numbers, Python's own.

    Raises:
        TypeError: `value` is neither a whole number nor a sequence of whole numbers.
        ValueError: the sequence has the wrong length, or a number is below `minimum` or does not
            fit into 64 bits.

    Example:
        >>> to_tuple(3, 2, "kernel_size", 1)
        (3, 3)
    """
    alone = is_whole(value)
    several = not alone and isinstance(value, Sequence) and not isinstance(value, str)
    numbers: Sequence[Any] = tuple(value) if several else (value,) * dims  # type: ignore[arg-type]
    if not all(is_whole(n) for n in numbers):
        several_words = f" or {dims} of them, one per axis" if dims > 1 else ""
        raise TypeError(
            f"`{name}` (={value!r}) must be a whole number{several_words}: "
            f"give for example {name}={max(minimum, 1)}."
        )
    if len(numbers) != dims:
        cure = f"give {dims} numbers, or one for all axes" if dims > 1 else "there is one axis"
        raise ValueError(
            f"`{name}` (={value!r}) must hold {dims} number{'s' * (dims > 1)}, one per axis, "
            f"but holds {len(numbers)}: {cure}."
        )
    if min(numbers, default=minimum) < minimum:
        raise ValueError(
            f"`{name}` (={value!r}) must be at least {minimum}{'' if alone else ' on every axis'}: "
            f"raise it to {minimum} or more."
        )
    if max(numbers, default=minimum) > HIGHEST:
        raise ValueError(f"`{name}` (={value!r}) must fit into 64 bits: give less than 2^63.")
    return tuple(int(n) for n in numbers)


def named_axes(**given: object) -> int | None:
    """Say how many axes some arguments name: the length of the first sequence; None: all are one.

    Raises:
        ValueError: a sequence is empty; the message names it.
    """
    found = None
    for name, numbers in given.items():
        if is_whole(numbers) or isinstance(numbers, str) or not isinstance(numbers, Sequence):
            continue
        if not numbers:
            raise ValueError(f"`{name}` (={numbers!r}) must hold a number for each axis.")
        found = found or len(numbers)
    return found


def to_axes(value: int | Sequence[int], name: str, minimum: int, alone: int = 2) -> tuple[int, ...]:
    """Check an argument that says itself how many axes there are; one number stands for `alone`."""
    return to_tuple(value, named_axes(**{name: value}) or alone, name, minimum)


def check_padding_mode(padding_mode: str) -> None:
    """Refuse a word that torch does not know."""
    if padding_mode not in PADDING_MODES:
        allowed = ", ".join(repr(mode) for mode in PADDING_MODES)
        raise ValueError(f"`padding_mode` (={padding_mode!r}) must be one of {allowed}.")


def check_padding_word(padding: str, stride: Sequence[int]) -> None:
    if padding not in ("valid", "same"):
        raise ValueError(
            f"`padding` (={padding!r}) must be a whole number, 'valid' or 'same': it says how far. "
            "For another filling than zeros pad first, with pad2d, or give a layer a padding_mode."
        )
    if padding == "same" and max(stride) > 1:
        raise ValueError(
            f"`stride` (={max(stride)}) must be 1 with padding='same', because larger strides "
            "cannot give the input's size back: set stride=1, or give the padding as a number."
        )

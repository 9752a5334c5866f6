"""One picture as the labs use it, whatever it came from."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral

import torch

MAX_SIDE = 768
"""Longest side, in pixels, at which a lab still computes a setting within a frame or two."""


class PictureError(ValueError):
    """A picture that cannot be used; the message is one sentence and ends with the cure."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture as the labs use it.

    Two pictures are equal only if they are the same object, so that a lab can ask "is this still
    the picture I have sent to the screen?" without comparing a million numbers.

    Args:
        name: what the reader calls it, such as "lena" or "holiday.jpg".
        image: float32 tensor of shape (1, 3, height, width), values 0..1. The bundled pictures are
            shared by all labs: do not write into it (`load_image` gives a copy to write into).
        note: what was changed when it was read, in words; empty when nothing was.
    """

    name: str
    image: torch.Tensor
    note: str = ""


def grey(values: torch.Tensor) -> torch.Tensor:
    """Give one channel three times.

    Args:
        values: (height, width), 0..1.

    Returns:
        float32 (1, 3, height, width), contiguous.
    """
    height, width = values.shape
    return values.float().expand(1, 3, height, width).contiguous()


def whole_max_side(max_side: int | None) -> int | None:
    """Give a longest side as an int, or None; refuse what is neither pixels nor None."""
    if max_side is None:
        return None
    return whole_size("max_side", max_side, " or None (no limit)")


def whole_size(argument: str, value: int, otherwise: str = "") -> int:
    """Give a number of pixels as an int; numpy's whole numbers are whole numbers too.

    Args:
        argument: its name, for the message.
        value: what was given.
        otherwise: what else is allowed, in words.

    Raises:
        TypeError: no whole number.
        ValueError: below 1.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"`{argument}` (={value!r}) must be a whole number of pixels{otherwise}")
    if value < 1:
        raise ValueError(f"`{argument}` (={value}) must be at least 1 pixel{otherwise}")
    return int(value)


def shortened(text: str, limit: int = 120) -> str:
    """Cut what others wrote to a length that an error message can carry."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def reason(error: BaseException) -> str:
    """Give the words of somebody else's exception, on one line."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return shortened(" ".join(str(text).split()))

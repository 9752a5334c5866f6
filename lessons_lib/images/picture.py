"""One picture as the labs use it, whatever it came from."""

from __future__ import annotations

from dataclasses import dataclass

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


def check_max_side(max_side: int | None) -> None:
    """Refuse a longest side that is neither a whole number of pixels nor None."""
    if max_side is not None:
        check_size("max_side", max_side, " or None (no limit)")


def check_size(argument: str, value: int, otherwise: str = "") -> None:
    """Refuse what is no whole number of pixels, at least 1.

    Args:
        argument: its name, for the message.
        value: what was given.
        otherwise: what else is allowed, in words.

    Raises:
        TypeError: no whole number.
        ValueError: below 1.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"`{argument}` (={value!r}) must be a whole number of pixels{otherwise}")
    if value < 1:
        raise ValueError(f"`{argument}` (={value}) must be at least 1 pixel{otherwise}")


def shortened(text: str, limit: int = 120) -> str:
    """Cut what others wrote to a length that an error message can carry."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def reason(error: BaseException) -> str:
    """Give the words of somebody else's exception, on one line."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return shortened(" ".join(str(text).split()))

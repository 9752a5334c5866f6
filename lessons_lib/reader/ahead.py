"""Whether labs work ahead of the hand, for all notebooks of a machine or a class."""

from __future__ import annotations

import os

VARIABLE = "LESSONS_AHEAD"
_OFF = ("0", "no", "off", "false")


def works_ahead() -> bool:
    """Say whether labs work out, while the hand rests, what its next moves lead to.

    Returns:
        False where the environment variable LESSONS_AHEAD is "off" (or 0, no, false): a machine
        with many readers and little memory may prefer that.

    Example:
        >>> works_ahead()
        True
    """
    return os.environ.get(VARIABLE, "").strip().lower() not in _OFF

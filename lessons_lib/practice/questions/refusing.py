"""Asking torch whether it takes a setting, for the questions that are about refusals."""

from __future__ import annotations

from collections.abc import Callable


def refusal(call: Callable[[], object]) -> str:
    """Give torch's own words when it refuses; "" when it takes the setting.

    Args:
        call: makes a layer, or applies one.

    Example:
        >>> refusal(lambda: torch.nn.Conv2d(3, 8, 3, groups=2))
        'in_channels must be divisible by groups'
    """
    try:
        call()
    except (RuntimeError, ValueError) as error:
        return str(error).partition("\n")[0]
    return ""

"""Bringing greys of more than 8 bits, whole or not, to 0..1."""

from __future__ import annotations

import numpy as np

FULL_16_BIT = 65535


def to_unit(values: np.ndarray, full: float) -> tuple[np.ndarray, str]:
    """Bring greys of any depth to 0..1, by one rule.

    The rule: numbers within 0..full, of which at least one reaches a quarter of it, are taken as
    they are, 0 = black and full = white. All others are stretched from the smallest to the largest.

    A camera of 12 bits fills a sixteenth of a 16-bit file, one of 14 bits just less than a quarter:
    taken as they are, both would be black or nearly so. So would be counts and labels. Heights and
    temperatures have no agreed black and white at all. A photo whose brightest pixel is below a
    quarter of white is stretched too; the note says so.

    Args:
        values: whole numbers or floats, of any shape.
        full: what white is: 65535 for whole numbers, 1 for floats.

    Returns:
        float32 of the same shape, 0..1, with 0 where a value is not finite; and a note, "" when
        nothing was stretched.

    Example:
        >>> to_unit(np.array([1000, 2000, 5000]), 65535)[0].tolist()
        [0.0, 0.25, 1.0]
    """
    finite = np.isfinite(values)
    if not finite.any():
        return np.zeros(values.shape, np.float32), ""
    low, high = float(values[finite].min()), float(values[finite].max())
    inside = low >= 0 and high <= full
    bottom, top, note = 0.0, full, ""
    if not inside or (high < full / 4 and high > low):
        why = "none reaches a quarter of" if inside else "they leave the range 0 .."
        bottom, top = low, high
        note = f"greys stretched from {_said(low)} .. {_said(high)} to 0 .. 1: {why} {full:g}"
    scaled = np.where(finite, values, bottom).astype(np.float64, copy=False)
    scaled -= bottom
    scaled /= top - bottom or 1.0
    return scaled.astype(np.float32), note


def _said(value: float) -> str:
    return f"{value:.6g}" if value.is_integer() else f"{value:.4g}"

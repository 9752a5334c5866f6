"""Bringing greys of more than 8 bits, whole or not, to 0..1."""

from __future__ import annotations

import numpy as np
from PIL import Image


def deep_grey(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """Scale greys of more than 8 bits to 0..1; Pillow's own conversion would clip them to white.

    Args:
        image: of one of Pillow's modes for deep greys: "F", or one that begins with "I".

    Returns:
        the picture in mode "F", 0..1, and a note if its range was stretched.
    """
    values = np.asarray(image, dtype=np.float64)
    finite = np.isfinite(values)
    low, high = (values[finite].min(), values[finite].max()) if finite.any() else (0.0, 0.0)
    notes = []
    if image.mode.startswith("I") and low >= 0 and high <= 65535:
        scaled = values / 65535
    elif image.mode == "F" and low >= 0 and high <= 1:
        scaled = values
    else:  # heights, temperatures, ...: no agreed black and white, so the range is taken
        scaled = (values - low) / (high - low or 1.0)
        notes = [f"greys stretched from {low:.4g} .. {high:.4g} to 0 .. 1"]
    scaled = np.where(finite, scaled, 0.0)
    return Image.fromarray(scaled.astype(np.float32)), notes

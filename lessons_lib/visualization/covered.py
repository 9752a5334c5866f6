"""The still picture of what is covered."""

from __future__ import annotations

from PIL import Image, ImageDraw

from lessons_lib.visualization.fonts import font_of

SIDE = 180  # pixels
STRIPE = 14  # pixels from one to the next


class Covered:
    """Says of a tile that it is covered."""


def covered_image() -> Image.Image:
    """Draw stripes and a question mark.

    Returns:
        RGB image.

    Example:
        >>> covered_image().size
        (180, 180)
    """
    image = Image.new("RGB", (SIDE, SIDE), "#f0f0f0")
    draw = ImageDraw.Draw(image)
    for start in range(-SIDE, SIDE, STRIPE):
        draw.line([(start, SIDE), (start + SIDE, 0)], fill="#d8d8d8", width=2)
    draw.text((SIDE / 2, SIDE / 2), "?", fill="#333333", font=font_of(64), anchor="mm")
    return image

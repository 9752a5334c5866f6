"""The type of still pictures."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@cache
def font_of(size: int) -> Font:
    """Find a font that has × and −: Pillow's own has not, the one that matplotlib ships has.

    Args:
        size: in pixels.
    """
    spec = find_spec("matplotlib")  # its folder; importing it would cost time and memory
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "mpl-data/fonts/ttf/DejaVuSans.ttf"
        if path.exists():
            return ImageFont.truetype(path, size)
    return ImageFont.load_default(size)

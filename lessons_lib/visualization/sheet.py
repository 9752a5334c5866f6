"""Still pictures of panes, for pages on which nothing moves."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont

from lessons_lib.visualization.colours import colour_table, to_indices
from lessons_lib.visualization.pixels import Pixels

CURVE_SIZE = (360, 120)  # width and height of a signal on a static page, in pixels


def coloured(pixels: Pixels) -> Image.Image:
    """Draw pixels as a Pillow image, as the canvas would.

    Args:
        pixels: of any format; the channels of a float32 grid are put below each other.

    Returns:
        RGB image.
    """
    if pixels.curve:
        return _curve(pixels)
    picture = _unstretched(pixels)
    height, width = pixels.shown or (picture.height, picture.width)
    return picture.resize((width, height), Image.Resampling.BILINEAR)


def _curve(pixels: Pixels) -> Image.Image:
    """Draw a signal and its zero line; values that are not finite leave a gap."""
    image = Image.new("RGB", CURVE_SIZE, "white")
    draw = ImageDraw.Draw(image)
    values = torch.frombuffer(bytearray(pixels.data), dtype=torch.float32)
    wide, high = CURVE_SIZE
    x = (torch.arange(pixels.width) + 0.5) * (wide / pixels.width)
    y = (high - 9) * (pixels.high - values) / (pixels.high - pixels.low) + 4
    zero = (high - 9) * pixels.high / (pixels.high - pixels.low) + 4
    draw.line([(0, zero), (wide, zero)], fill="#b0b0b0")
    points = list(zip(x.tolist(), y.tolist(), strict=True))
    for start, end in pairwise(points):
        if math.isfinite(start[1] + end[1]):
            draw.line([start, end], fill="#333333", width=2)
    if len(points) == 1 and math.isfinite(points[0][1]):
        draw.circle(points[0], 3, fill="#333333")
    return image


def _unstretched(pixels: Pixels) -> Image.Image:
    if pixels.format == "rgb8":
        return Image.frombytes("RGB", (pixels.width, pixels.height), pixels.data)
    data = pixels.data
    rows = pixels.height
    if pixels.format == "float32":
        values = torch.frombuffer(bytearray(data), dtype=torch.float32)
        data = to_indices(values, pixels.low, pixels.high).numpy().tobytes()
        rows = pixels.height * pixels.channels
    indexed = Image.frombytes("P", (pixels.width, rows), data)
    table = colour_table(pixels.table)
    indexed.putpalette([table[i + c] for i in range(0, 1024, 4) for c in range(3)])
    return indexed.convert("RGB")


def sheet_png(pictures: Sequence[tuple[str, Pixels]], caption: str) -> bytes:
    """Put pictures side by side with their names above and one sentence below.

    Args:
        pictures: (name, pixels) pairs, drawn from left to right.
        caption: one sentence.

    Returns:
        a PNG file's bytes.
    """
    font = _font(13)
    tiles = [(name, _enlarged(coloured(pixels), 360)) for name, pixels in pictures]
    gap, line = 16, 22
    width = max(400, gap + sum(tile.width + gap for _, tile in tiles))
    height = max((tile.height for _, tile in tiles), default=0) + 2 * gap + 2 * line
    sheet = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(sheet)
    left = gap
    for name, tile in tiles:
        draw.text((left, gap // 2), name, fill="black", font=font)
        sheet.paste(tile, (left, gap // 2 + line))
        left += tile.width + gap
    draw.text((gap, height - line - gap // 2), caption, fill="black", font=font)
    return png_bytes(sheet)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Find a font that has × and −: Pillow's own has not, the one that matplotlib ships has."""
    spec = find_spec("matplotlib")  # its folder; importing it would cost time and memory
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "mpl-data/fonts/ttf/DejaVuSans.ttf"
        if path.exists():
            return ImageFont.truetype(path, size)
    return ImageFont.load_default(size)


def png_bytes(image: Image.Image) -> bytes:
    """Encode a Pillow image as PNG.

    Args:
        image: any Pillow image.

    Returns:
        the file's bytes.
    """
    stream = io.BytesIO()
    image.save(stream, format="PNG")
    return stream.getvalue()


def _enlarged(image: Image.Image, side: int) -> Image.Image:
    factor = max(1, side // max(image.size))
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)

"""Still pictures of panes, for pages on which nothing moves."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from PIL import Image, ImageDraw

from lessons_lib.visualization.cells import Cells, cells_of
from lessons_lib.visualization.classes import class_palette, legend_of
from lessons_lib.visualization.colours import LAST_INDEX, colour_table, to_indices
from lessons_lib.visualization.covered import Covered, covered_image
from lessons_lib.visualization.curves import Curves, curves_image
from lessons_lib.visualization.fonts import Font, font_of
from lessons_lib.visualization.layers import LayerBoxes, layers_image
from lessons_lib.visualization.numbers import scale_ends, scale_words
from lessons_lib.visualization.pixels import Pixels
from lessons_lib.visualization.wiring import Wiring, wiring_image

SIDE = 360  # of a picture, in pixels; smaller ones are enlarged by whole numbers
WIDEST = 1500  # a row of pictures
GAP, LINE = 16, 22
LEAST_CELL = 26  # of a grid
RAMP = (110, 10)  # width and height of the colours of a scale
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
    mixes = pixels.table != "classes"  # between two classes there is no third one
    way = Image.Resampling.BILINEAR if mixes else Image.Resampling.NEAREST
    return picture.resize((width, height), way)


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


@dataclass(frozen=True, eq=False)
class Tile:
    """One picture of a sheet.

    Attributes:
        name: what stands above it.
        pixels: what it shows.
        labels: a name per grid, where there are several.
        apart: bool, a cell each, those of padding, which are drawn pale; None: none.
        per_row: grids side by side; 0: all of them.
        drawing: what is drawn instead of the pixels' own colours; None: these.
    """

    name: str
    pixels: Pixels
    labels: tuple[str, ...] = ()
    apart: torch.Tensor | None = None
    per_row: int = 0
    drawing: Curves | Wiring | LayerBoxes | Covered | None = None


def beyond_words(tiles: Sequence[Tile]) -> str:
    """Say of which pictures some numbers are beyond the colours; "" where all have a colour."""
    beyond = [(tile.name, tile.pixels) for tile in tiles if tile.pixels.reach]
    return " ".join(
        f"{name}: {scale_words(pixels.low, pixels.high, pixels.reach)}."
        for name, pixels in beyond
        if pixels.reach
    )


def sheet_png(tiles: Sequence[Tile], caption: str) -> bytes:
    """Put pictures side by side, in rows, with their names above and one sentence below.

    Args:
        tiles: from left to right.
        caption: one sentence; it is broken into lines.

    Returns:
        a PNG file's bytes.
    """
    font = font_of(13)
    drawn = [(tile.name, _drawn(tile)) for tile in tiles]
    rows = _rows([_room(name, image, font) for name, image in drawn])
    width = max([400, *(GAP + sum(room + GAP for room in row) for row in rows)])
    lines = _broken(caption, width - 2 * GAP, font)
    pictures = iter(drawn)
    taken = [[next(pictures) for _ in row] for row in rows]
    heights = [max(image.height for _, image in row) + LINE + GAP for row in taken]
    sheet = Image.new("RGB", (width, GAP + sum(heights) + LINE * len(lines) + GAP), "white")
    draw = ImageDraw.Draw(sheet)
    top = GAP // 2
    for rooms, row, height in zip(rows, taken, heights, strict=True):
        left = GAP
        for room, (name, image) in zip(rooms, row, strict=True):
            draw.text((left, top), name, fill="black", font=font)
            sheet.paste(image, (left, top + LINE))
            left += room + GAP
        top += height
    for number, line in enumerate(lines):
        draw.text((GAP, top + number * LINE), line, fill="black", font=font)
    return png_bytes(sheet)


def _rows(rooms: list[int]) -> list[list[int]]:
    """Break widths into rows of at most `WIDEST`."""
    rows: list[list[int]] = []
    for room in rooms:
        if not rows or sum(rows[-1]) + GAP * len(rows[-1]) + room > WIDEST:
            rows.append([])
        rows[-1].append(room)
    return rows


def _room(name: str, image: Image.Image, font: Font) -> int:
    return max(image.width, math.ceil(font.getlength(name)))


def _broken(text: str, width: int, font: Font) -> list[str]:
    """Break a text into lines that fit."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _drawn(tile: Tile) -> Image.Image:
    if isinstance(tile.drawing, Curves):
        return curves_image(tile.drawing)
    if isinstance(tile.drawing, Wiring):
        return wiring_image(tile.drawing)
    if isinstance(tile.drawing, LayerBoxes):
        return layers_image(tile.drawing)
    if isinstance(tile.drawing, Covered):
        return covered_image()
    pixels = tile.pixels
    if pixels.format == "float32" and not pixels.curve:
        return _grids(tile)
    picture = _enlarged(coloured(pixels), SIDE)
    if pixels.format == "index8" and not pixels.shares:
        return _with_scale(picture, pixels)
    return _with_legend(picture, tile) if pixels.shares else picture


def _with_scale(picture: Image.Image, pixels: Pixels) -> Image.Image:
    """Draw the colours below a map, with what both ends stand for, and how far numbers go on."""
    font = font_of(12)
    ends = scale_ends(pixels.low, pixels.high, pixels.reach)
    first, last = (math.ceil(font.getlength(text)) + 6 for text in ends)
    ramp = Image.frombytes("P", (LAST_INDEX + 1, 1), bytes(range(LAST_INDEX + 1)))
    ramp.putpalette(colour_table(pixels.table), "RGBA")
    width, top = max(picture.width, first + RAMP[0] + last), picture.height + 4
    whole = Image.new("RGB", (width, top + LINE), "white")
    whole.paste(picture, (0, 0))
    whole.paste(ramp.convert("RGB").resize(RAMP), (first, top + 3))
    draw = ImageDraw.Draw(whole)
    draw.text((0, top), ends[0], fill="black", font=font)
    draw.text((first + RAMP[0] + 6, top), ends[1], fill="black", font=font)
    return whole


def _with_legend(picture: Image.Image, tile: Tile) -> Image.Image:
    """Name the colours of the classes below their picture, with the share that each has."""
    font = font_of(12)
    legend = legend_of(tile.pixels.shares, tile.labels)
    entries = [(number, f"{name} {share}") for number, name, share in legend if share]
    widest = max(math.ceil(font.getlength(text)) for _, text in entries) + LINE + GAP
    across = max(1, picture.width // widest)
    down = -(-len(entries) // across)
    size = (max(picture.width, across * widest), picture.height + 4 + down * LINE)
    whole = Image.new("RGB", size, "white")
    whole.paste(picture, (0, 0))
    draw = ImageDraw.Draw(whole)
    palette = class_palette()
    for place, (number, text) in enumerate(entries):
        left, top = place % across * widest, picture.height + 6 + place // across * LINE
        draw.rectangle((left, top, left + 13, top + 13), fill=palette[number], outline="#707070")
        draw.text((left + LINE - 3, top - 1), text, fill="black", font=font)
    return whole


def _grids(tile: Tile) -> Image.Image:
    """Draw the grids of a tile with their numbers, what is padding pale."""
    pixels = tile.pixels
    values = torch.frombuffer(bytearray(pixels.data), dtype=torch.float32)
    values = values.view(pixels.channels, pixels.height, pixels.width)
    apart = torch.zeros_like(values) if tile.apart is None else tile.apart
    apart = apart.bool().expand(values.shape)
    pictures = [
        _grid(cells_of(grid, pixels.table, pixels.low, pixels.high), pale)
        for grid, pale in zip(values, apart, strict=True)
    ]
    head = LINE if tile.labels else 0
    across = tile.per_row or len(pictures)
    wide, high = pictures[0].width + GAP, pictures[0].height + head + GAP
    down = -(-len(pictures) // across)
    whole = Image.new("RGB", (across * wide - GAP, down * high - GAP), "white")
    draw = ImageDraw.Draw(whole)
    for number, picture in enumerate(pictures):
        left, top = number % across * wide, number // across * high
        if tile.labels:
            draw.text((left, top), tile.labels[number], fill="black", font=font_of(12))
        whole.paste(picture, (left, top + head))
    return whole


def _grid(cells: Cells, apart: torch.Tensor) -> Image.Image:
    rows, columns = len(cells.words), len(cells.words[0])
    font = font_of(11)
    longest = max(font.getlength(word) for words in cells.words for word in words)
    side = max(LEAST_CELL, math.ceil(longest) + 6)
    image = Image.new("RGB", (columns * side, rows * LEAST_CELL), "white")
    draw = ImageDraw.Draw(image)
    for row, words in enumerate(cells.words):
        for column, word in enumerate(words):
            pale = bool(apart[row, column])
            colour = cells.colours[row, column].float()
            if pale:
                colour = 0.35 * colour + 0.65 * 255
            box = (column * side, row * LEAST_CELL)
            corner = (box[0] + side - 2, box[1] + LEAST_CELL - 2)
            draw.rectangle((box, corner), fill=tuple(colour.to(torch.uint8).tolist()))
            ink = "white" if cells.dark[row, column] and not pale else "black"
            middle = (box[0] + side / 2 - 1, box[1] + LEAST_CELL / 2 - 1)
            draw.text(middle, word, fill=ink, font=font, anchor="mm")
    return image


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

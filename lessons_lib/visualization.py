"""Turn tensors into what a screen can show: bytes with a colour table, and PNG pictures.

A pane of a lab travels as one byte per pixel plus a table of 256 colours, because a quarter of
the bytes is a quarter of the waiting. No widgets here: a script can use every function.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont

# Index 255 is kept for values that are not finite; 0..254 leaves zero exactly in the middle.
LAST_INDEX = 254
NOT_FINITE_INDEX = 255
NOT_FINITE_COLOUR = (255, 214, 0)
CURVE_SIZE = (360, 120)  # width and height of a signal on a static page, in pixels

# Anchor colours, evenly spaced. The signed ramp runs from teal through near-white to ruby: no
# role of the lessons uses these hues, and both ends differ in hue and are dark in print.
_SIGNED = ((0, 58, 66), (0, 122, 130), (112, 184, 186), (247, 247, 245), (222, 138, 160),
           (176, 36, 84), (92, 0, 40))  # fmt: skip
_GREY = ((0, 0, 0), (255, 255, 255))
_COUNT = ((247, 247, 245), (206, 201, 214), (150, 139, 170), (92, 78, 122), (40, 27, 66))


@dataclass(frozen=True)
class Pixels:
    """What one pane sends to the canvas.

    Attributes:
        data: the bytes, row by row; `rgb8` three bytes a pixel, `index8` one, `float32` four.
        format: "rgb8", "index8" or "float32".
        channels: how many grids of `height` x `width` follow each other in `data` (`float32`).
        height: rows in `data`.
        width: columns in `data`.
        table: name of the colour table of `index8` and `float32`.
        low: the value that the table's first colour stands for.
        high: the value that the table's last colour stands for.
        shown: (height, width) on the screen; larger than the data for a coarse preview, which is
            stretched. None: as large as the data.
        curve: whether `float32` numbers are drawn as a curve instead of cells.
    """

    data: bytes
    format: str
    channels: int
    height: int
    width: int
    table: str = ""
    low: float = 0.0
    high: float = 1.0
    shown: tuple[int, int] | None = None
    curve: bool = False


@cache
def colour_table(name: str) -> bytes:
    """Give the 256 colours that indices stand for, as RGBA bytes.

    Args:
        name: "signed" (zero in the middle), "grey" or "count" (more is darker).

    Returns:
        1024 bytes; colour 255 marks values that are not finite.

    Raises:
        ValueError: no table has that name.
    """
    anchors = {"signed": _SIGNED, "grey": _GREY, "count": _COUNT}.get(name)
    if anchors is None:
        raise ValueError(f"`name` (={name!r}) is no colour table; use 'signed', 'grey' or 'count'")
    stops = torch.tensor(anchors, dtype=torch.float32)  # (anchors, 3)
    at = torch.linspace(0, len(anchors) - 1, LAST_INDEX + 1)
    left = at.floor().clamp(max=len(anchors) - 2).long()
    part = (at - left).unsqueeze(1)
    ramp = stops[left] * (1 - part) + stops[left + 1] * part  # (255, 3)
    colours = torch.cat([ramp.round(), torch.tensor([NOT_FINITE_COLOUR], dtype=torch.float32)])
    rgba = torch.cat([colours, torch.full((256, 1), 255.0)], dim=1).to(torch.uint8)
    return rgba.numpy().tobytes()


def signed_range(values: torch.Tensor) -> tuple[float, float]:
    """Find the smallest range around zero that holds every finite value.

    Args:
        values: any shape, floating point.

    Returns:
        (-r, r) with r > 0, so that zero always falls on the middle colour.

    Example:
        >>> signed_range(torch.tensor([-0.5, 0.25]))
        (-0.5, 0.5)
    """
    if values.numel() == 0:
        return -1.0, 1.0
    low, high = (float(v) for v in torch.aminmax(values))
    reach = max(abs(low), abs(high))
    if not reach < float("inf"):  # also true for NaN
        finite = values[values.isfinite()]
        return signed_range(finite)
    return (-reach, reach) if reach > 0 else (-1.0, 1.0)


def to_indices(values: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """Say for each value which of the 255 colours between low and high stands for it.

    Args:
        values: any shape, floating point.
        low: value of index 0.
        high: value of index 254; larger than low.

    Returns:
        uint8 tensor of the same shape; values outside are held at the ends, values that are not
        finite become 255.
    """
    scaled = values.sub(low).mul_(LAST_INDEX / (high - low)).round_().clamp_(0, LAST_INDEX)
    if bool(torch.isfinite(values.sum())):
        return scaled.to(torch.uint8)
    return scaled.masked_fill_(~values.isfinite(), NOT_FINITE_INDEX).to(torch.uint8)


def fitted_size(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """Give the largest size with the picture's proportions that fits the box, never enlarging.

    Args:
        size: (height, width) of the picture.
        box: (height, width) of the room for it.

    Returns:
        (height, width), each at least 1.

    Example:
        >>> fitted_size((1534, 767), (400, 400))
        (400, 200)
    """
    ratio = min(1.0, box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))


def reduced(image: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Make a picture smaller so that each new pixel is a mean over the area it covers.

    torch's own antialiased reduction weighs the covered pixels by a triangle; picking single
    pixels instead would turn fine texture into patterns that are not there (moire).

    Args:
        image: (C, H, W), floating point or uint8.
        size: (height, width) wanted, not larger than the picture.

    Returns:
        (C, height, width); the same tensor where the size is already right.
    """
    if tuple(image.shape[-2:]) == size:
        return image
    return torch.nn.functional.interpolate(
        as_batch(image), size=size, mode="bilinear", antialias=True
    ).squeeze(0)


def as_bytes(image: torch.Tensor) -> torch.Tensor:
    """Round a photo of values 0..1 to the 256 levels that a screen has.

    Args:
        image: (3, H, W), values 0..1; others are held at the ends.

    Returns:
        uint8 of the same shape, with the three channels of a pixel side by side in memory: four
        times less to copy, and reduced several times faster.
    """
    levels = image.mul(255).round_().clamp_(0, 255).to(torch.uint8)
    return levels.unsqueeze(0).contiguous(memory_format=torch.channels_last)[0]


def as_batch(image: torch.Tensor) -> torch.Tensor:
    """Make a batch of one picture without hiding from torch how it lies in memory.

    `unsqueeze` gives the new axis a stride by which torch no longer sees that the channels of a
    pixel lie side by side, and takes a path several times slower.

    Args:
        image: (C, H, W).

    Returns:
        (1, C, H, W), the same memory.
    """
    return image.as_strided((1, *image.shape), (image.numel(), *image.stride()))


def _fitted(
    image: torch.Tensor, box: tuple[int, int], size: tuple[int, int] | None
) -> tuple[torch.Tensor, tuple[int, int]]:
    """Reduce (C, H, W) to what is shown of a picture of `size`; a coarser one stays as it is."""
    own = (image.shape[-2], image.shape[-1])
    fitted = fitted_size(size or own, box)
    least = (min(own[0], fitted[0]), min(own[1], fitted[1]))
    return reduced(image, least), fitted


def photo_pixels(
    image: torch.Tensor, box: tuple[int, int], size: tuple[int, int] | None = None
) -> Pixels:
    """Prepare a photo for the canvas.

    Args:
        image: (3, H, W), uint8 0..255 or floating point 0..1.
        box: (height, width) in device pixels; a larger photo is reduced to fit.
        size: as in `map_pixels`.

    Returns:
        Pixels of format rgb8.
    """
    levels = image if image.dtype == torch.uint8 else as_bytes(image)
    small, shown = _fitted(levels, box, size)
    height, width = small.shape[-2:]
    data = small.permute(1, 2, 0).contiguous().numpy().tobytes()
    return Pixels(data, "rgb8", 3, height, width, shown=shown)


def map_pixels(
    values: torch.Tensor,
    box: tuple[int, int],
    table: str,
    low: float,
    high: float,
    size: tuple[int, int] | None = None,
) -> Pixels:
    """Prepare one channel of numbers for the canvas.

    Args:
        values: (H, W), any finite or non-finite floating point values.
        box: (height, width) in device pixels; a larger map is reduced to fit.
        table: name of the colour table.
        low: value of the first colour.
        high: value of the last colour.
        size: the true (height, width), where `values` are a coarser preview of it, to be
            stretched to the size at which the whole would be shown.

    Returns:
        Pixels of format index8.
    """
    small, shown = _fitted(values.unsqueeze(0), box, size)
    height, width = small.shape[-2:]
    data = to_indices(small, low, high).contiguous().numpy().tobytes()
    return Pixels(data, "index8", 1, height, width, table, low, high, shown)


def block_means(values: torch.Tensor, block: int) -> torch.Tensor:
    """Average a map over blocks of block x block, the last ones over what is left of them.

    Args:
        values: (H, W), floating point.
        block: rows and columns of a block, at least 1.

    Returns:
        (ceil(H / block), ceil(W / block)).

    Example:
        >>> block_means(torch.tensor([[1.0, 3.0, 5.0], [1.0, 3.0, 7.0]]), 2).tolist()
        [[2.0, 6.0]]
    """
    return torch.nn.functional.avg_pool2d(values[None, None], block, ceil_mode=True)[0, 0]


def grid_pixels(values: torch.Tensor, table: str, low: float, high: float) -> Pixels:
    """Prepare small grids whose numbers are printed.

    Args:
        values: (C, H, W), floating point.
        table: name of the colour table behind the numbers.
        low: value of the first colour.
        high: value of the last colour.

    Returns:
        Pixels of format float32.
    """
    channels, height, width = values.shape
    data = values.to(torch.float32).contiguous().numpy().tobytes()
    return Pixels(data, "float32", channels, height, width, table, low, high)


def signal_pixels(values: torch.Tensor, table: str, low: float, high: float) -> Pixels:
    """Prepare a signal that is drawn as a curve.

    Args:
        values: (1, L), floating point.
        table: name of a colour table, for those who print its numbers in cells.
        low: value at the lower edge.
        high: value at the upper edge.

    Returns:
        Pixels of format float32 with one row.
    """
    return replace(grid_pixels(values.unsqueeze(0), table, low, high), curve=True)


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

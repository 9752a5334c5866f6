"""The layers of a network as boxes drawn to scale: a still picture."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageDraw

from lessons_lib.visualization.fonts import font_of

COLUMN = 92  # pixels that the words of a layer take
LARGEST = 150  # of the largest box
HEAD, LINE = 20, 15  # for the name above a box, for each line below
_SHEETS = 4  # at most so many edges hint at the channels behind the first


@dataclass(frozen=True)
class LayerBoxes:
    """What a still picture of layers shows.

    Attributes:
        shapes: (channels, height, width) of what each layer gives.
        names: one per layer.
        rounded: numbers of the layers whose size was rounded.
    """

    shapes: tuple[tuple[int, int, int], ...]
    names: tuple[str, ...]
    rounded: frozenset[int] = frozenset()


def layers_image(layers: LayerBoxes) -> Image.Image:
    """Draw a box for each layer, its name above and its shape below.

    Args:
        layers: from the picture to the output.

    Returns:
        RGB image.

    Example:
        >>> layers_image(LayerBoxes(((3, 20, 40), (8, 10, 20)), ("input", "conv1"))).size
        (250, 145)
    """
    scale = LARGEST / max(max(h, w) for _, h, w in layers.shapes)
    tallest = max(h for _, h, _ in layers.shapes) * scale
    columns = [max(COLUMN, w * scale + 2 * _SHEETS) for _, _, w in layers.shapes]
    size = (round(sum(columns)), round(HEAD + tallest + 2 * _SHEETS + 3 * LINE - 3))
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    left = 0.0
    for layer, (shape, wide) in enumerate(zip(layers.shapes, columns, strict=True)):
        middle = (left + wide / 2, HEAD + 2 * _SHEETS + tallest / 2)
        _draw_box(draw, middle, shape, scale)
        foot = HEAD + 2 * _SHEETS + tallest + 2
        _draw_words(draw, middle[0], foot, layers, layer)
        left += wide
    return image


def _draw_box(
    draw: ImageDraw.ImageDraw,
    middle: tuple[float, float],
    shape: tuple[int, int, int],
    scale: float,
) -> None:
    channels, height, width = shape
    half = max(1.0, width * scale / 2), max(1.0, height * scale / 2)
    sheets = min(_SHEETS, (channels.bit_length() - 1) // 2)
    for sheet in range(sheets, -1, -1):
        x, y = middle[0] + 2 * sheet, middle[1] - 2 * sheet
        box = (x - half[0], y - half[1], x + half[0], y + half[1])
        draw.rectangle(box, fill="white", outline="black")


def _draw_words(
    draw: ImageDraw.ImageDraw, middle: float, top: float, layers: LayerBoxes, layer: int
) -> None:
    name = layers.names[layer] if layer < len(layers.names) else ""
    draw.text((middle, 3), name, fill="black", font=font_of(12), anchor="ma")
    lines = [" × ".join(map(str, layers.shapes[layer]))]
    lines += ["rounded"] if layer in layers.rounded else []
    for number, text in enumerate(lines):
        draw.text((middle, top + number * LINE), text, fill="black", font=font_of(11), anchor="ma")

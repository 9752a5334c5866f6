"""The still picture of a network's layers: boxes to scale, with their words."""

from __future__ import annotations

import io

import numpy
import torch
from PIL import Image

from lessons_lib.visualization.layers import HEAD, LARGEST, LayerBoxes, layers_image
from lessons_lib.visualization.pixels import grid_pixels
from lessons_lib.visualization.sheet import Tile, sheet_png

SHAPES = ((1, 40, 80), (1, 20, 40), (1, 5, 10))
NAMES = ("input", "conv1", "conv2")


def sides(image: Image.Image, row: int) -> list[int]:
    """Where a row of pixels crosses a line."""
    grey = numpy.asarray(image.convert("L"))[row]
    return numpy.flatnonzero(grey < 128).tolist()


def test_boxes_are_as_wide_against_each_other_as_the_layers() -> None:
    image = layers_image(LayerBoxes(SHAPES, ("", "", "")))
    tallest = LARGEST * 40 // 80
    left, right, *others = sides(image, HEAD + 8 + tallest // 2)
    assert abs(right - left - LARGEST) <= 1
    assert abs(others[1] - others[0] - LARGEST / 2) <= 1
    assert abs(others[3] - others[2] - LARGEST / 8) <= 1
    assert len(others) == 4


def test_names_shapes_and_roundings_are_written() -> None:
    plain = layers_image(LayerBoxes(SHAPES, NAMES))
    rounded = layers_image(LayerBoxes(SHAPES, NAMES, frozenset({1})))
    assert plain.size == rounded.size
    changed = numpy.asarray(plain) != numpy.asarray(rounded)
    rows, columns, _ = changed.nonzero()
    assert rows.min() > plain.height - 35
    third = plain.width // 3
    assert third / 2 < columns.min() < columns.max() < plain.width - third / 2


def test_a_sheet_shows_layers_as_boxes() -> None:
    pixels = grid_pixels(torch.tensor([SHAPES]).float(), "", 0.0, 1.0)
    boxes = LayerBoxes(SHAPES, NAMES)
    sheet = Image.open(
        io.BytesIO(sheet_png([Tile("layers", pixels, drawing=boxes)], "A sentence."))
    )
    assert sheet.width >= layers_image(boxes).width

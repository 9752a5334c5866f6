"""The still picture of what is covered."""

import io

import torch
from PIL import Image

from lessons_lib.visualization.covered import Covered, covered_image
from lessons_lib.visualization.pixels import map_pixels
from lessons_lib.visualization.sheet import Tile, sheet_png


def test_a_covered_tile_shows_stripes_and_nothing_of_its_pixels() -> None:
    sheets = []
    for value in (0.0, 1.0):
        pixels = map_pixels(torch.full((2, 3), value), (100, 100), "grey", 0.0, 1.0)
        sheets.append(sheet_png([Tile("output", pixels, drawing=Covered())], "Covered."))
    assert sheets[0] == sheets[1]
    shown = Image.open(io.BytesIO(sheets[0])).convert("RGB")
    assert (0xD8, 0xD8, 0xD8) in {colour for _, colour in shown.getcolors(1 << 20) or []}


def test_the_question_mark_stands_in_the_middle() -> None:
    picture = covered_image().convert("L")
    left, top, right, bottom = (
        picture.point(lambda value: 255 * (value < 100)).getbbox() or (0,) * 4
    )
    assert abs((left + right) / 2 - 90) < 6
    assert abs((top + bottom) / 2 - 90) < 12
    assert bottom - top > 30

"""Which channels feed which: a still picture of stages of channels and the wires between them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from PIL import Image, ImageDraw

from lessons_lib.visualization.fonts import font_of

HEIGHT = 340  # of the channels, in pixels
HEAD = 22  # above them stand the names of the stages
APART = 150  # from stage to stage
BOX = (44, 22)  # of a channel at most, width and height
BAND = 20  # of a group's band left of its channels
NUMBERED = 14  # pixels from row to row, from which on every channel has its number
_BANDS = ("#e3e3e3", "#f3f3f3")


@dataclass(frozen=True, eq=False)
class Wiring:
    """What a still picture of a wiring shows.

    Attributes:
        stands: int64 (rows, stages), so many channels each box stands for, 0 where there is none.
        wires: int64 (wires, 3) of (stage, row, row in the next stage).
        groups: int64 (rows, stages), -1: none; or None.
        names: one per stage.
    """

    stands: torch.Tensor
    wires: torch.Tensor
    groups: torch.Tensor | None
    names: tuple[str, ...]


def wiring_image(wiring: Wiring) -> Image.Image:
    """Draw channels as boxes with their numbers, the wires between, and bands for groups.

    Args:
        wiring: what is to be seen.

    Returns:
        RGB image.
    """
    stages = wiring.stands.shape[1]
    image = Image.new("RGB", (stages * APART, HEIGHT + HEAD), "white")
    draw = ImageDraw.Draw(image)
    for stage, name in enumerate(wiring.names):
        draw.text((_across(stage), 2), name, fill="black", font=font_of(12), anchor="ma")
    for stage in range(stages):
        _draw_bands(draw, wiring, stage)
    band = 0 if wiring.groups is None else BAND
    for stage, start, end in wiring.wires.tolist():
        places = [
            (_across(stage) + BOX[0] / 2, _down(wiring, stage, start)),
            (_across(stage + 1) - BOX[0] / 2 - band, _down(wiring, stage + 1, end)),
        ]
        draw.line(places, fill="#707070")
    for stage in range(stages):
        _draw_boxes(draw, wiring, stage)
    return image


def _across(stage: int) -> float:
    return (stage + 0.5) * APART


def _pitch(wiring: Wiring, stage: int) -> float:
    return HEIGHT / (max([0, *_standing(wiring, stage)]) + 1)


def _standing(wiring: Wiring, stage: int) -> list[int]:
    return wiring.stands[:, stage].nonzero().flatten().tolist()


def _down(wiring: Wiring, stage: int, row: int) -> float:
    return HEAD + (row + 0.5) * _pitch(wiring, stage)


def _draw_bands(draw: ImageDraw.ImageDraw, wiring: Wiring, stage: int) -> None:
    if wiring.groups is None:
        return
    pitch = _pitch(wiring, stage)
    for start, stop, group in bands_of(wiring.groups[:, stage].tolist()):
        left, right = _across(stage) - BOX[0] / 2 - BAND, _across(stage) + BOX[0] / 2 + 4
        box = (left, HEAD + start * pitch + 1, right, HEAD + stop * pitch - 2)
        draw.rectangle(box, fill=_BANDS[group % 2], outline="#a0a0a0")
        middle = (left + 10, HEAD + (start + stop) / 2 * pitch)
        draw.text(middle, f"g{group}", fill="black", font=font_of(9), anchor="mm")


def bands_of(groups: list[int]) -> list[tuple[int, int, int]]:
    """Join neighbours of one group to (first row, row after the last, group).

    Example:
        >>> bands_of([0, 0, 1, -1])
        [(0, 2, 0), (2, 3, 1)]
    """
    bands: list[tuple[int, int, int]] = []
    for row, group in enumerate(groups):
        if group < 0:
            continue
        if bands and bands[-1][1:] == (row, group):
            bands[-1] = (bands[-1][0], row + 1, group)
        else:
            bands.append((row, row + 1, group))
    return bands


def _draw_boxes(draw: ImageDraw.ImageDraw, wiring: Wiring, stage: int) -> None:
    pitch = _pitch(wiring, stage)
    half = min(BOX[1], pitch - 2) / 2
    every = 1 if pitch >= NUMBERED else 8
    for row in _standing(wiring, stage):
        x, y = _across(stage), _down(wiring, stage, row)
        box = (x - BOX[0] / 2, y - half, x + BOX[0] / 2, y + half)
        draw.rectangle(box, fill="white", outline="black")
        if row % every == 0:
            size = 12 if every == 1 else 9
            first = row * int(wiring.stands.max())
            last = first + int(wiring.stands[row, stage]) - 1
            text = str(first) if first == last else f"{first}–{last}"
            draw.text((x, y), text, fill="black", font=font_of(size), anchor="mm")

"""Several curves over one axis: the range of the axis, and a still picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from PIL import Image, ImageDraw

from lessons_lib.visualization.fonts import font_of
from lessons_lib.visualization.numbers import number_text, significant_text, tick_text

SIZE = (520, 240)  # width and height on a static page, in pixels
MARGINS = (64, 24, 40)  # left, top, bottom
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)  # the steps that a linear axis may have, times a power of ten
_SHADES = ("#0072b2", "#b84a00", "#117733", "#aa3a93", "#75620a", "#332288")
_DASHES = ((), (9, 5), (3, 4), (10, 4, 3, 4), (16, 5), (3, 3, 3, 8))
_LINE = 16  # height of a name


@dataclass(frozen=True, eq=False)
class Curves:
    """What a still picture of curves shows.

    Attributes:
        values: float32 (curves, samples); NaN: no sample there.
        names: one per curve.
        low, high: the ends of the y axis.
        across: samples that the axis has room for, at least those there are.
        x, y: what stands along the axes.
        log: whether the y axis goes by powers of ten.
        first: x of the first sample.
        present: x at which a line stands; None: none.
    """

    values: torch.Tensor
    names: tuple[str, ...]
    low: float
    high: float
    across: int
    x: str
    y: str
    log: bool
    first: int
    present: int | None


def axis_range(values: torch.Tensor, log: bool = False) -> tuple[float, float]:
    """Find the ends of an axis that holds every finite value, and that seldom moves.

    Args:
        values: any shape, floating point; what is not finite, and on a log axis what is not above
            0, is left out.
        log: whether the axis goes by powers of ten.

    Returns:
        (low, high), low < high: whole powers of ten on a log axis, else round numbers.

    Example:
        >>> axis_range(torch.tensor([0.03, 0.7])), axis_range(torch.tensor([0.03, 0.7]), log=True)
        ((0.0, 0.8), (0.01, 1.0))
    """
    shown = values[values.isfinite() & (values > 0)] if log else values[values.isfinite()]
    if not shown.numel():
        return (0.1, 1.0) if log else (0.0, 1.0)
    low, high = (float(value) for value in torch.aminmax(shown.double()))
    if log:
        first, last = _decade(low, math.floor), _decade(high, math.ceil)
        return 10.0**first, 10.0 ** max(last, first + 1)
    if low == high:
        low, high = (min(low, 0.0), max(high, 0.0)) if low else (-1.0, 1.0)
    step = round_step((high - low) / 4)
    return math.floor(low / step + 1e-6) * step, math.ceil(high / step - 1e-6) * step


def _decade(value: float, towards: object) -> int:
    """Give the power of ten next to a value; float32 writes 0.01 as 0.00999999977."""
    power = math.log10(value)
    near = round(power)
    if abs(power - near) < 1e-6:
        return near
    return math.floor(power) if towards is math.floor else math.ceil(power)


def round_step(least: float) -> float:
    """Give the smallest round number from `least` on.

    Example:
        >>> round_step(0.17), round_step(3.0)
        (0.2, 5.0)
    """
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _ROUND if step * power >= least * (1 - 1e-9))


def ticks_of(low: float, high: float, log: bool) -> list[float]:
    """Give the values that are numbered at a y axis, at most about six of them.

    Example:
        >>> ticks_of(0.01, 10.0, log=True), ticks_of(0.0, 0.8, log=False)
        ([0.01, 0.1, 1.0, 10.0], [0.0, 0.2, 0.4, 0.6000000000000001, 0.8])
    """
    if not log:
        step = round_step((high - low) / 5)
        return [n * step for n in range(math.ceil(low / step - 1e-6), _below(high / step) + 1)]
    first, last = math.ceil(math.log10(low) - 1e-6), _below(math.log10(high))
    if last - first < 1:
        return [low, high]
    return [10.0**power for power in range(first, last + 1, max(1, -(-(last - first) // 5)))]


def _below(value: float) -> int:
    return math.floor(value + 1e-6)


def spread(wanted: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Move places apart as little as one pass up and one pass down can, within two ends.

    Args:
        wanted: places, in any order.
        apart: the least distance of two.
        low, high: the ends; where there is no room for all, the last ones stand beyond `low`.

    Returns:
        a place for each.

    Example:
        >>> spread([10.0, 11.0, 50.0], 5.0, 0.0, 100.0)
        [10.0, 15.0, 50.0]
    """
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    places = [0.0] * len(wanted)
    floor = low
    for n in order:
        places[n] = max(wanted[n], floor)
        floor = places[n] + apart
    ceiling = high
    for n in reversed(order):
        places[n] = min(places[n], ceiling)
        ceiling = places[n] - apart
    return places


def curves_image(curves: Curves) -> Image.Image:
    """Draw curves with their axes, each with its own dashes and its name at its end.

    Args:
        curves: what is to be seen.

    Returns:
        RGB image.
    """
    names = max([0.0, *(font_of(12).getlength(name) for name in curves.names)])
    left, top, bottom = MARGINS
    wide, high = SIZE[0] + math.ceil(names) + 24, SIZE[1]
    image = Image.new("RGB", (wide, high), "white")
    draw = ImageDraw.Draw(image)
    room = (left, top, SIZE[0], high - bottom)
    _draw_axes(draw, curves, room)
    inside = Image.new("RGB", (room[2] - left, room[3] - top), "white")
    ends = _draw_lines(ImageDraw.Draw(inside), curves, inside.size)
    grid = image.crop(room)
    image.paste(Image.composite(inside, grid, _inked(inside)), (left, top))
    places = spread(ends, _LINE, _LINE / 2, inside.height - _LINE / 2)
    for n, (name, place) in enumerate(zip(curves.names, places, strict=True)):
        draw.text((room[2] + 8, top + place), name, fill=_shade(n), font=font_of(12), anchor="lm")
    return image


def _inked(image: Image.Image) -> Image.Image:
    """Give the mask of all that is not white."""
    return image.convert("L").point([255] * 255 + [0])


def _shade(n: int) -> str:
    return _SHADES[n % len(_SHADES)]


def _height(curves: Curves, value: float, high: float) -> float:
    """Give how far below the top a value stands; infinity stands just beyond an end."""
    if math.isinf(value):
        return -0.1 * high if value > 0 else 1.1 * high
    low, top = curves.low, curves.high
    if curves.log:
        low, top, value = math.log10(low), math.log10(top), math.log10(value)
    return min(max(high * (top - value) / (top - low), -0.1 * high), 1.1 * high)


def _draw_lines(draw: ImageDraw.ImageDraw, curves: Curves, size: tuple[int, int]) -> list[float]:
    """Draw every curve; gives the height at which each ends."""
    wide, high = size
    unit = wide / curves.across
    ends = []
    for n, row in enumerate(curves.values.tolist()):
        points = [
            None
            if math.isnan(value) or (curves.log and value <= 0)
            else ((sample + 0.5) * unit, _height(curves, value, high))
            for sample, value in enumerate(row)
        ]
        _draw_dashed(draw, points, _DASHES[n % len(_DASHES)], _shade(n))
        seen = [point for point in points if point]
        ends.append(seen[-1][1] if seen else high / 2)
    if curves.present is not None:
        x = (curves.present - curves.first + 0.5) * unit
        draw.line([(x, 0), (x, high)], fill="#444444")
        _draw_numbers(draw, curves, x, high)
    return ends


def _draw_numbers(draw: ImageDraw.ImageDraw, curves: Curves, x: float, high: int) -> None:
    """Write every curve's value beside the line of the present state."""
    sample = (curves.present or 0) - curves.first
    if not 0 <= sample < curves.values.shape[1]:
        return
    column = curves.values[:, sample].tolist()
    seen = [
        (n, value)
        for n, value in enumerate(column)
        if not math.isnan(value) and not (curves.log and value <= 0)
    ]
    heights = [_height(curves, value, high) - _LINE / 2 for _, value in seen]
    places = spread(heights, _LINE, _LINE / 2, high - _LINE / 2)
    for (n, value), place in zip(seen, places, strict=True):
        text = significant_text(value) if math.isfinite(value) else number_text(value)
        draw.text((x + 5, place), text, fill=_shade(n), font=font_of(11), anchor="lm")


_Point = tuple[float, float]


def _draw_dashed(
    draw: ImageDraw.ImageDraw, points: Sequence[_Point | None], dash: tuple[int, ...], fill: str
) -> None:
    """Draw a line with gaps where there is no point; a point alone is a dot."""
    travelled = 0.0
    for n, point in enumerate(points):
        alone = (n == 0 or points[n - 1] is None) and (n + 1 == len(points) or not points[n + 1])
        if point and alone:
            draw.circle(point, 3, fill=fill)
    for start, end in pairwise(points):
        if not (start and end):
            continue
        length = math.dist(start, end)
        for begin, stop in _dashes(travelled, length, dash):
            ends = [
                (start[0] + (end[0] - start[0]) * at, start[1] + (end[1] - start[1]) * at)
                for at in (begin / length, stop / length)
            ]
            draw.line(ends, fill=fill, width=2)
        travelled += length


def _dashes(travelled: float, length: float, dash: tuple[int, ...]) -> list[tuple[float, float]]:
    """Give the drawn parts of a piece of a line that begins so far along the dashes."""
    if not dash or not length:
        return [(0.0, length)] if length else []
    parts = []
    at = -(travelled % sum(dash))
    n = 0
    while at < length:
        if n % 2 == 0 and at + dash[n % len(dash)] > 0:
            parts.append((max(0.0, at), min(length, at + dash[n % len(dash)])))
        at += dash[n % len(dash)]
        n += 1
    return parts


def _draw_axes(draw: ImageDraw.ImageDraw, curves: Curves, room: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = room
    small = font_of(11)
    for value in ticks_of(curves.low, curves.high, curves.log):
        y = top + _height(curves, value, bottom - top)
        draw.line([(left, y), (right, y)], fill="#d9d9d9")
        draw.text((left - 6, y), tick_text(value), fill="black", font=small, anchor="rm")
    unit = (right - left) / curves.across
    step = max(1, math.ceil(round_step(max(1.0, 44 / unit))))
    start = -(-curves.first // step) * step
    for x in range(start, curves.first + curves.across, step):
        at = left + (x - curves.first + 0.5) * unit
        draw.line([(at, bottom), (at, bottom + 4)], fill="black")
        draw.text((at, bottom + 6), number_text(x), fill="black", font=small, anchor="ma")
    draw.line([(left, bottom), (right, bottom)], fill="#808080")
    draw.text((left, top - 8), curves.y, fill="black", font=small, anchor="ls")
    middle = ((left + right) / 2, bottom + 22)
    draw.text(middle, curves.x, fill="black", font=small, anchor="ma")

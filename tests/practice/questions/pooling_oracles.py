"""The right answers of lesson 06 once more, by looking at each window in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import inf

import numpy as np

from lessons_lib.practice.questions import Asked
from lessons_lib.practice.questions.kinds import Answer
from lessons_lib.practice.questions.pooling import Pool

Pair = tuple[int, int]
Grid = list[list[float]]


def begins(n: int, k: int, s: int, p: int, up: bool = False) -> list[int]:
    """Where the windows begin along an axis; with `up` one that sticks out, if it begins inside."""
    all_of_them = range(-p, n + p, s)
    inside = [start for start in all_of_them if start + k <= n + p]
    further = all_of_them[len(inside) : len(inside) + 1]
    leaves_something = not inside or inside[-1] + k < n + p
    return [*inside, *(start for start in further if up and leaves_something and start < n)]


def size_of(pool: Pool, n: Pair) -> Pair:
    axes = zip(n, pool.k, pool.s or pool.k, pool.p, strict=True)
    height, width = (len(begins(*axis, pool.ceil_mode)) for axis in axes)
    return height, width


def size(asked: Asked) -> Answer:
    return size_of(asked.settings["pool"], asked.settings["n"])


def smallest_first(asked: Asked) -> Answer:
    n = asked.settings["n"]
    return tuple(
        np.argsort([size_of(pool, (n, n))[0] for pool in asked.settings["pools"]]).tolist()
    )


def seen(picture: Grid, start: Pair, k: Pair) -> dict[Pair, float]:
    """The pixels of a window that are there, with their numbers."""
    places = product(range(start[0], start[0] + k[0]), range(start[1], start[1] + k[1]))
    rows, columns = len(picture), len(picture[0])
    return {(y, x): picture[y][x] for y, x in places if 0 <= y < rows and 0 <= x < columns}


def picture_of(asked: Asked) -> Grid:
    grid: Grid = asked.shown[0].values.tolist()
    return grid


def output(asked: Asked) -> Answer:
    picture, k = picture_of(asked), asked.settings["k"]
    rows, columns = (range(0, size, step) for size, step in zip(np.shape(picture), k, strict=True))
    windows = [[*seen(picture, start, k).values()] for start in product(rows, columns)]
    keep = np.mean if asked.settings["average"] else np.max
    return tuple(float(keep(window)) for window in windows)


def largest_place(asked: Asked) -> Answer:
    at, s = asked.settings["at"], asked.settings["s"]
    window = seen(picture_of(asked), (at[0] * s[0], at[1] * s[1]), asked.settings["k"])
    return max(window, key=window.__getitem__)


def mean_at_border(asked: Asked) -> Answer:
    row, column = asked.settings["at"]
    window = seen(picture_of(asked), (row - 1, column - 1), (3, 3))
    return (sum(window.values()) / (9 if asked.settings["counted"] else len(window)),)


def max_with_border(asked: Asked) -> Answer:
    picture, k = picture_of(asked), asked.settings["k"]
    framed = np.pad(np.array(picture), 1, constant_values=-inf)
    return tuple(float(framed[i : i + k, j : j + k].max()) for i in (0, 2) for j in (0, 2))


def most_padding(asked: Asked) -> Answer:
    """At most as much of a window in the padding as in the picture, on the side of the padding."""
    return tuple(max(p for p in range(k) if p <= k - p) for k in asked.settings["k"])


def field(asked: Asked) -> Answer:
    first, pool, second = asked.settings["layers"]
    read = {pool * a + b + c for a in range(second) for b in range(pool) for c in range(first)}
    return (len(read),)


def places_moved(asked: Asked) -> Answer:
    k, column, by = (asked.settings[name] for name in ("k", "column", "by"))
    windows = [range(start, start + k) for start in range(0, 5 * k, k)]
    before, after = (
        next(at for at, window in enumerate(windows) if place in window)
        for place in (column, column + by)
    )
    return (after - before,)


POOLING_ORACLES: dict[str, Callable[[Asked], Answer]] = {
    "pooling_output": output,
    "pooling_field": field,
    "pooling_size": size,
    "pooling_order": smallest_first,
    "pooling_ceil": size,
    "pooling_corner": mean_at_border,
    "pooling_border": max_with_border,
    "pooling_padding": most_padding,
    "pooling_place": largest_place,
    "pooling_moved": places_moved,
}

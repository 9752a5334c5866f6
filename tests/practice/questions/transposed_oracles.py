"""The right answers about transposed convolutions once more: painted stamp by stamp."""

from itertools import product

import numpy as np

from lessons_lib.practice.questions import Asked
from lessons_lib.practice.questions.kinds import Answer


def landings(n: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> list[list[int]]:
    """The places along one axis onto which each pixel's stamp falls."""
    return [[place * s + tap * d - p for tap in range(k)] for place in range(n)]


def painted_size(n: int, k: int, s: int = 1, p: int = 0, extra: int = 0, d: int = 1) -> int:
    """From the first place that is not cropped to the last one."""
    return max(max(stamp) for stamp in landings(n, k, s, 0, d)) + 1 - 2 * p + extra


def size(asked: Asked) -> Answer:
    painting = asked.settings["painting"]
    return tuple(
        painted_size(*axis)
        for axis in zip(
            painting.n,
            painting.k,
            painting.s,
            painting.p,
            painting.extra,
            painting.d,
            strict=True,
        )
    )


def extra(asked: Asked) -> Answer:
    n, k, s, p = (asked.settings[name] for name in "nksp")
    starts = range(-p, n + p - k + 1, s)
    return (n - painted_size(len(starts), k, s, p),)


def by_hand(asked: Asked) -> Answer:
    picture, kernel = (np.array(shown.values.tolist()) for shown in asked.shown)
    canvas = np.zeros(np.array(picture.shape) + kernel.shape - 1)
    for (i, j), value in np.ndenumerate(picture):
        for (u, v), weight in np.ndenumerate(kernel):
            canvas[i + u, j + v] += value * weight
    return tuple(canvas.flatten().tolist())


def cropped(asked: Asked) -> Answer:
    painting, (above, aside) = asked.shown[0].values.tolist(), asked.settings["padding"]
    rows, columns = len(painting), len(painting[0])
    return tuple(
        painting[row][column]
        for row, column in product(range(rows), range(columns))
        if above <= row < rows - above and aside <= column < columns - aside
    )


def landing(asked: Asked) -> Answer:
    at, tap, s, d = (asked.settings[name] for name in ("at", "tap", "s", "d"))
    axes = zip(s, d, at, tap, strict=True)
    return tuple(
        landings(4, 3, step, asked.settings["p"], apart)[place][which]
        for step, apart, place, which in axes
    )


def stamps(asked: Asked) -> Answer:
    k, s, at = (asked.settings[name] for name in ("k", "s", "at"))
    rows, columns = (
        sum(place in stamp for stamp in landings(20, size, step))
        for size, step, place in zip(k, s, at, strict=True)
    )
    return (rows * columns,)


def same(asked: Asked) -> Answer:
    """The line whose kernel is turned, with as many zeros around as a stamp sticks out."""
    k, p = asked.settings["k"], asked.settings["p"]
    sticks_out = max(landings(1, k)[0])
    wanted = f"`F.conv2d(stuffed, turned, padding={sticks_out - p})`"
    return (asked.kind.options.index(wanted),)  # type: ignore[attr-defined]


def matrix_row(asked: Asked) -> Answer:
    columns, number = asked.settings["columns"], asked.settings["row"]
    kernel = np.array(asked.shown[0].values.tolist())
    i, j = divmod(number, columns - 1)
    row = np.zeros((3, columns))
    row[i : i + 2, j : j + 2] = kernel
    return tuple(row.flatten().tolist())


def weight(asked: Asked) -> Answer:
    (c_in, c_out), g = asked.settings["channels"], asked.settings["g"]
    group = [channel * g // c_in for channel in range(c_in)]
    painted = [channel for channel in range(c_out) if channel * g // c_out == group[-1]]
    return (asked.settings["shapes"].index((len(group), len(painted), *asked.settings["k"])),)


def smallest_first(asked: Asked) -> Answer:
    n, layers = asked.settings["n"], asked.settings["layers"]
    return tuple(np.argsort([painted_size(n, *layer) for layer in layers]).tolist())


TRANSPOSED = {
    "transposed_hand": by_hand,
    "transposed_landing": landing,
    "transposed_cropped": cropped,
    "transposed_size": size,
    "transposed_stamps": stamps,
    "transposed_same": same,
    "transposed_weight": weight,
    "transposed_matrix": matrix_row,
    "transposed_extra": extra,
    "transposed_order": smallest_first,
}

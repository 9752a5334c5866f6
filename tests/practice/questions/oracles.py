"""The right answers once more, written another way: by counting in plain Python, without torch."""

from collections.abc import Callable
from itertools import product

import numpy as np

from lessons_lib.practice.questions import Asked
from lessons_lib.practice.questions.kinds import Answer
from tests.practice.questions.channel_oracles import CHANNEL_ORACLES
from tests.practice.questions.learning_oracles import LEARNING_ORACLES
from tests.practice.questions.pooling_oracles import POOLING_ORACLES
from tests.practice.questions.reconstruction_oracles import RECONSTRUCTION
from tests.practice.questions.segmentation_oracles import SEGMENTATION
from tests.practice.questions.transposed_oracles import TRANSPOSED
from tests.practice.questions.variants_oracles import VARIANTS

Pair = tuple[int, int]
Oracle = Callable[[Asked], Answer]


def windows(n: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> list[list[int]]:
    """The places that each window reads along one axis; those in the padding are outside 0..n-1."""
    starts = range(-p, n + p - d * (k - 1), s)
    return [[start + d * tap for tap in range(k)] for start in starts]


def grid_windows(n: Pair, k: Pair, s: Pair) -> list[list[list[Pair]]]:
    """The pixels that each window reads, row by row."""
    rows, columns = (windows(*axis) for axis in zip(n, k, s, strict=True))
    return [[list(product(row, column)) for column in columns] for row in rows]


def size(asked: Asked) -> Answer:
    sizes = asked.settings["sizes"]
    axes = zip(sizes.n, sizes.k, sizes.s, sizes.p, sizes.d, strict=True)
    return tuple(len(windows(*axis)) for axis in axes)


def unread(asked: Asked) -> Answer:
    n, k, s = (asked.settings[name] for name in "nks")
    read = {place for window in windows(n, k, s) for place in window}
    return (n - len(read),)


def overlap(asked: Asked) -> Answer:
    first, second = windows(100, asked.settings["k"], asked.settings["s"])[:2]
    if set(first) & set(second):
        return (0,)
    return (1,) if second[0] == first[-1] + 1 else (2,)


def window(asked: Asked) -> Answer:
    (rows, columns), s, (row, column) = (asked.settings[name] for name in ("shape", "s", "at"))
    return grid_windows((rows, columns), (1, 1), s)[row][column][0]


def place(asked: Asked) -> Answer:
    shape, s, at = (asked.settings[name] for name in ("shape", "s", "at"))
    return tuple(windows(n, 3, s)[begin][1] for n, begin in zip(shape, at, strict=True))


def kept(asked: Asked) -> Answer:
    (down, across), shown = asked.settings["stride"], asked.shown[0].values.tolist()
    return tuple(
        value
        for i, row in enumerate(shown)
        for j, value in enumerate(row)
        if i % down == 0 and j % across == 0
    )


def smallest_first(asked: Asked) -> Answer:
    n, layers = asked.settings["n"], asked.settings["layers"]
    sizes = np.array([len(windows(n, k, s)) for k, s in layers])
    return tuple(np.argsort(sizes).tolist())


def border(picture: list[list[float]], p: int, mode: str) -> list[list[float]]:
    """A picture with its border, by numpy."""
    named = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    return np.pad(np.array(picture), p, mode=named[mode]).tolist()  # type: ignore[call-overload]


def first_row(asked: Asked) -> Answer:
    picture = asked.shown[0].values.tolist()
    return tuple(border(picture, 1, asked.settings["mode"])[0])


def mode_of(asked: Asked) -> Answer:
    (rows, columns), p = asked.settings["shape"], asked.settings["p"]
    padded = asked.shown[0].values.tolist()
    picture = [row[p : p + columns] for row in padded[p : p + rows]]
    modes = ("constant", "reflect", "replicate", "circular")
    (found,) = [at for at, mode in enumerate(modes) if border(picture, p, mode) == padded]
    return (found,)


def source(asked: Asked) -> Answer:
    (rows, columns), p, mode = (asked.settings[name] for name in ("shape", "p", "mode"))
    row, column = asked.settings["at"]
    numbered = np.arange(rows * columns).reshape(rows, columns).tolist()
    return divmod(int(border(numbered, p, mode)[row][column]), columns)


def times_read(n: int, k: int, p: int, at: int) -> int:
    return sum(at in window for window in windows(n, k, p=p))


def usage(asked: Asked) -> Answer:
    shape, k, p, at = (asked.settings[name] for name in ("shape", "k", "p", "at"))
    down, across = (times_read(n, k, p, place) for n, place in zip(shape, at, strict=True))
    return (down * across,)


def corner(asked: Asked) -> Answer:
    picture, kernel = (shown.values.tolist() for shown in asked.shown)
    row, column = asked.settings["at"]
    total = asked.settings["bias"]
    for i, j in product(range(3), repeat=2):
        y, x = row + i - 1, column + j - 1
        if 0 <= y < len(picture) and 0 <= x < len(picture[0]):
            total += picture[y][x] * kernel[i][j]
    return (total,)


def least_read_first(asked: Asked) -> Answer:
    n, k, places = (asked.settings[name] for name in ("n", "k", "places"))
    counts = [times_read(n, k, k // 2, row) * times_read(n, k, k // 2, col) for row, col in places]
    return tuple(np.argsort(counts).tolist())


def same(asked: Asked) -> Answer:
    return tuple(
        next(p for p in range(20) if len(windows(40, k, p=p)) == 40) for k in asked.settings["k"]
    )


def correlated(picture: list[list[float]], kernel: list[list[float]]) -> list[list[float]]:
    """Each output by its sum."""
    size = (len(picture), len(picture[0])), (len(kernel), len(kernel[0])), (1, 1)
    return [
        [
            sum(
                picture[y][x] * weight
                for (y, x), weight in zip(read, [w for line in kernel for w in line], strict=True)
            )
            for read in row
        ]
        for row in grid_windows(*size)
    ]


def output_of(asked: Asked) -> list[list[float]]:
    picture, kernel = (shown.values.tolist() for shown in asked.shown)
    return correlated(picture, kernel)


def window_sum(asked: Asked) -> Answer:
    row, column = asked.settings["at"]
    return (output_of(asked)[row][column],)


def whole_output(asked: Asked) -> Answer:
    return tuple(value for row in output_of(asked) for value in row)


def largest(asked: Asked) -> Answer:
    output = np.array(output_of(asked))
    row, column = np.unravel_index(output.argmax(), output.shape)
    return int(row), int(column)


def kernel_of(asked: Asked) -> Answer:
    picture, output = (shown.values.tolist() for shown in asked.shown)
    kernels = [kernel.tolist() for kernel in asked.settings["kernels"]]
    (found,) = [at for at, kernel in enumerate(kernels) if correlated(picture, kernel) == output]
    return (found,)


def fewest_first(asked: Asked) -> Answer:
    counts = [height * width + int(bias) for height, width, bias in asked.settings["layers"]]
    return tuple(np.argsort(counts).tolist())


def largest_dilation(asked: Asked) -> Answer:
    n, k = asked.settings["n"], asked.settings["k"]
    return (max(d for d in range(1, n) if windows(n, k, d=d)),)


def tap(asked: Asked) -> Answer:
    at, taps, d = (asked.settings[name] for name in ("at", "tap", "d"))
    axes = zip(asked.shown[0].values.shape, d, at, taps, strict=True)
    return tuple(windows(n, 3, d=step)[place][which] for n, step, place, which in axes)


def spread_row(asked: Asked) -> Answer:
    (row,), (kernel,) = (shown.values.tolist() for shown in asked.shown)
    read = windows(len(row), len(kernel), d=asked.settings["d"])
    return tuple(sum(row[x] * w for x, w in zip(each, kernel, strict=True)) for each in read)


def read_by_stack(dilations: tuple[int, ...]) -> set[int]:
    """The places, from the middle, that one output of a stack of kernels of 3 reads."""
    steps = [(-d, 0, d) for d in dilations]
    return {sum(each) for each in product(*steps)}


def field(asked: Asked) -> Answer:
    read = read_by_stack(asked.settings["dilations"])
    return (max(read) - min(read) + 1,)


def holes(asked: Asked) -> Answer:
    read = read_by_stack(asked.settings["dilations"])
    return (int(set(range(min(read), max(read) + 1)) != read),)


def narrowest_first(asked: Asked) -> Answer:
    spans = [1 + windows(100, k, d=d)[0][-1] for k, d in asked.settings["kernels"]]
    return tuple(np.argsort(spans).tolist())


ORACLES: dict[str, Oracle] = {
    "window_size": size,
    "window_sum": window_sum,
    "window_impulse": whole_output,
    "window_best": largest,
    "window_kernel": kernel_of,
    "window_weights": fewest_first,
    "stride_size": size,
    "stride_unread": unread,
    "stride_overlap": overlap,
    "stride_window": window,
    "stride_kept": kept,
    "stride_order": smallest_first,
    "stride_place": place,
    "padding_size": size,
    "padding_row": first_row,
    "padding_mode": mode_of,
    "padding_source": source,
    "padding_corner": corner,
    "padding_usage": usage,
    "padding_order": least_read_first,
    "padding_same": same,
    "dilation_size": size,
    "dilation_span": largest_dilation,
    "dilation_tap": tap,
    "dilation_row": spread_row,
    "dilation_field": field,
    "dilation_holes": holes,
    "dilation_order": narrowest_first,
    **CHANNEL_ORACLES,
    **POOLING_ORACLES,
    **LEARNING_ORACLES,
    **VARIANTS,
    **TRANSPOSED,
    **RECONSTRUCTION,
    **SEGMENTATION,
}

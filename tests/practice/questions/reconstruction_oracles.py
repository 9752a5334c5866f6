"""The right answers about reconstruction once more: pixel by pixel, in plain Python."""

import math
from collections import Counter

import numpy as np

from lessons_lib.practice.questions import Asked
from lessons_lib.practice.questions.kinds import Answer
from tests.practice.questions.transposed_oracles import landings, painted_size


def starts(n: int, k: int, s: int, p: int = 0, d: int = 1) -> range:
    """Where the windows of a convolution begin."""
    return range(-p, n + p - d * (k - 1), s)


def back(asked: Asked) -> Answer:
    sizes = asked.settings["sizes"]
    axes = zip(sizes.n, sizes.k, sizes.s, sizes.p, strict=True)
    return tuple(painted_size(len(starts(n, k, s, p)), k, s, p) for n, k, s, p in axes)


def decibel(asked: Asked) -> Answer:
    before, times = asked.settings["before"], asked.settings["times"]
    error = math.sqrt(10 ** (-before / 10))
    smaller = error / math.sqrt(times) if asked.settings["squared"] else error / times
    return (round(20 * math.log10(1 / smaller)),)


def kernels(asked: Asked) -> Answer:
    k, s, p, channels = (asked.settings[name] for name in ("k", "s", "p", "channels"))
    places = math.prod(len(starts(n, k, s, p)) for n in asked.settings["n"])
    needed = channels * math.prod(asked.settings["n"])
    return (next(count for count in range(1, 1000) if count * places >= needed),)


def fewest_first(asked: Asked) -> Answer:
    counts = [count * len(starts(64, s, s)) ** 2 for count, s in asked.settings["layers"]]
    return tuple(np.argsort(counts).tolist())


def unread(asked: Asked) -> Answer:
    n, k, s, d = (asked.settings[name] for name in "nksd")
    is_read = np.zeros(n, dtype=bool)
    for start in starts(n, k, s, d=d):
        is_read[start : start + d * (k - 1) + 1 : d] = True
    return (n - int(is_read.sum()),)


def stamped(n: int, k: int, s: int) -> list[int]:
    counts = Counter(place for stamp in landings(n, k, s) for place in stamp)
    return [counts[place] for place in range(painted_size(n, k, s))]


def counts_of_row(asked: Asked) -> Answer:
    ((level, *rest),) = asked.shown[0].values.tolist()
    k, s = asked.settings["k"], asked.settings["s"]
    return tuple(level * count for count in stamped(1 + len(rest), k, s))


def flat(asked: Asked) -> Answer:
    """Stripes run along the rows where neighbouring rows have other numbers of stamps."""
    k, s = asked.settings["k"], asked.settings["s"]
    rows, columns = (len(set(stamped(20, *axis)[40 // 2 : 28])) for axis in zip(k, s, strict=True))
    return ({(1, 1): 0, (2, 1): 1, (1, 2): 2, (2, 2): 3}[min(rows, 2), min(columns, 2)],)


def tent(distance: float) -> float:
    return max(0.0, 1 - abs(distance))


def weights(n: int, factor: int, place: int) -> list[float]:
    """How much each small pixel counts, by nearness; beyond the edge stands the edge pixel."""
    middle = min(max((place + 0.5) / factor - 0.5, 0), n - 1)
    return [tent(middle - small) for small in range(n)]


def between(asked: Asked) -> Answer:
    picture = np.array(asked.shown[0].values.tolist())
    row, column = asked.settings["at"]
    rows, columns = picture.shape
    return (float(np.array(weights(rows, 2, row)) @ picture @ weights(columns, 2, column)),)


def nearest(asked: Asked) -> Answer:
    shape, at, factor = (asked.settings[name] for name in ("shape", "at", "f"))
    axes = zip(shape, at, strict=True)
    return tuple(int(np.argmax(weights(n, factor, place))) for n, place in axes)


RECONSTRUCTION = {
    "reconstruction_back": back,
    "reconstruction_decibel": decibel,
    "reconstruction_kernels": kernels,
    "reconstruction_order": fewest_first,
    "reconstruction_unread": unread,
    "reconstruction_counts": counts_of_row,
    "reconstruction_flat": flat,
    "reconstruction_between": between,
    "reconstruction_nearest": nearest,
}

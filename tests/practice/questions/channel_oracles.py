"""The right answers of lesson 05 once more, by counting in plain Python and numpy."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

from lessons_lib.practice.questions import Asked
from lessons_lib.practice.questions.kinds import Answer


def connections(ins: int, outs: int, groups: int) -> list[tuple[int, int]]:
    """Which output channel reads which input channel: those with the same share of all before."""
    return [
        (o, i)
        for o, i in product(range(outs), range(ins))
        if o * groups // outs == i * groups // ins
    ]


def weight_shape(asked: Asked) -> Answer:
    ins, outs, groups, k = (asked.settings[name] for name in ("ins", "outs", "groups", "k"))
    pairs = connections(ins, outs, groups)
    return len({o for o, _ in pairs}), sum(o == 0 for o, _ in pairs), *k


def numbers_to_learn(asked: Asked) -> Answer:
    ins, outs, groups, k = (asked.settings[name] for name in ("ins", "outs", "groups", "k"))
    weights = [
        (*pair, *tap)
        for pair in connections(ins, outs, groups)
        for tap in product(range(k), repeat=2)
    ]
    return (len(weights) + outs,)


def film_size(asked: Asked) -> Answer:
    axes = zip(asked.settings["size"], asked.settings["k"], strict=True)
    return tuple(sum(start + k <= n for start in range(n)) for n, k in axes)


def one_sum(asked: Asked) -> Answer:
    first, second, *kernels = (np.array(shown.values.tolist()) for shown in asked.shown)
    return (float(np.vdot([first, second], kernels)) + asked.settings["bias"],)


def grouped_sums(asked: Asked) -> Answer:
    (pixel,), weight = (shown.values.tolist() for shown in asked.shown)
    full = np.zeros((4, len(pixel)))
    for at, (o, i) in enumerate(connections(len(pixel), 4, 2)):
        full[o, i] = np.ravel(weight)[at]
    return tuple((full @ pixel).tolist())


def weight_between(asked: Asked) -> Answer:
    ins, groups, channel_out = (asked.settings[name] for name in ("ins", "groups", "out"))
    outs = asked.shown[0].values.shape[0]
    read = [i for o, i in connections(ins, outs, groups) if o == channel_out]
    return channel_out, read.index(asked.settings["in"])


def lightest_first(asked: Asked) -> Answer:
    layers = asked.settings["layers"]
    counts = [len(connections(i, o, groups)) * k * k for i, o, k, groups in layers]
    return tuple(np.argsort(counts).tolist())


def groups_taken(asked: Asked) -> Answer:
    ins, outs = asked.settings["ins"], asked.settings["outs"]
    (found,) = [
        at for at, groups in enumerate(asked.settings["groups"]) if np.gcd(ins, outs) % groups == 0
    ]
    return (found,)


CHANNEL_ORACLES: dict[str, Callable[[Asked], Answer]] = {
    "channels_sum": one_sum,
    "channels_weight": weight_shape,
    "channels_groups": groups_taken,
    "channels_place": weight_between,
    "channels_grouped": grouped_sums,
    "channels_count": numbers_to_learn,
    "channels_order": lightest_first,
    "channels_film": film_size,
}

"""The right answers about the kinds of convolution once more: counted weight by weight."""

from collections.abc import Sequence
from itertools import combinations, product
from math import prod

import numpy as np

from lessons_lib.practice.questions import Asked
from lessons_lib.practice.questions.kinds import Answer


def counted_weights(c_in: int, c_out: int, k: tuple[int, int], groups: int) -> int:
    """One kernel for each pair of channels in the same group."""
    inputs, outputs = np.arange(c_in) * groups // c_in, np.arange(c_out) * groups // c_out
    return int((outputs[:, None] == inputs).sum()) * len(list(product(*map(range, k))))


def weights(asked: Asked) -> Answer:
    return (sum(counted_weights(*layer) for layer in asked.settings["layers"]),)


def work(asked: Asked) -> Answer:
    (weights_once,) = weights(asked)
    s = asked.settings["s"]
    places = [len(range(0, n + 2 - 2, s)) for n in asked.settings["n"]]
    return (weights_once * prod(places),)


def lines(asked: Asked) -> Answer:
    """Along each axis, the places of the block that lie on its edge."""
    block = np.zeros(asked.settings["block"])
    return (sum(len(np.moveaxis(block, axis, 0)) for axis in range(3)),)


def column_and_row(asked: Asked) -> Answer:
    (rows, columns), (high, wide) = asked.settings["n"], asked.settings["k"]
    after_column = np.lib.stride_tricks.sliding_window_view(np.zeros((rows, columns)), (high, 1))
    after_row = np.lib.stride_tricks.sliding_window_view(after_column[..., 0, 0], (1, wide))
    return after_row.shape[:2]


def is_multiple(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a * d == b * c for (a, b), (c, d) in combinations(zip(one, other, strict=True), 2))


def changed_number(asked: Asked) -> Answer:
    """The number without which all rows are multiples of each other."""
    kernel = np.array(asked.shown[0].values.tolist())

    def fits(at: tuple[int, int]) -> bool:
        rest = np.delete(kernel, at[0], 0), np.delete(kernel, at[1], 1)
        return all(is_multiple(*pair) for grid in rest for pair in combinations(grid.tolist(), 2))

    rows, columns = map(range, kernel.shape)
    (found,) = [at for at in product(rows, columns) if fits(at)]
    return found


def rank(asked: Asked) -> Answer:
    """By determinants, in whole numbers."""
    kernel = [[int(value) for value in row] for row in asked.shown[0].values.tolist()]
    (a, b, c), (d, e, f), (g, h, i) = kernel
    if a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g):
        return (2,)
    return (0,) if all(is_multiple(*rows) for rows in combinations(kernel, 2)) else (1,)


def shuffled(asked: Asked) -> Answer:
    (channels,), groups = asked.shown[0].values.tolist(), asked.settings["groups"]
    size = len(channels) // groups
    hands = [channels[start : start + size] for start in range(0, len(channels), size)]
    return tuple(channel for turn in zip(*hands, strict=True) for channel in turn)


def reached(asked: Asked) -> Answer:
    """By the product of the layers' matrices of ways."""
    stack = asked.settings["stack"]
    size = stack.channels // stack.groups
    layer = np.kron(np.eye(stack.groups), np.ones((size, size)))
    order = np.arange(stack.channels).reshape(stack.groups, size).T.flatten()
    between = np.eye(stack.channels)[order] if stack.shuffle else np.eye(stack.channels)
    ways = layer
    for _ in range(stack.layers - 1):
        ways = layer @ between @ ways
    return (float(np.count_nonzero(ways[:, 0])),)


def cheapest_first(asked: Asked) -> Answer:
    kinds = asked.settings["kinds"]
    counts = [sum(counted_weights(*layer) for layer in layers) for layers in kinds]
    return tuple(np.argsort(counts).tolist())


VARIANTS = {
    "variants_size": column_and_row,
    "variants_wrong": changed_number,
    "variants_rank": rank,
    "variants_separable": weights,
    "variants_lines": lines,
    "variants_groups": weights,
    "variants_reach": reached,
    "variants_shuffle": shuffled,
    "variants_order": cheapest_first,
    "variants_work": work,
}

"""The right answers about segmentation once more: pixel by pixel, with sets of places."""

import math
from itertools import product

import numpy as np

from lessons_lib.practice.questions import Asked
from lessons_lib.practice.questions.kinds import Answer

Places = set[tuple[int, ...]]


def size(asked: Asked) -> Answer:
    """Each layer takes every second place; each place becomes a block again."""
    halvings = asked.settings["halvings"]
    sizes = []
    for n in asked.settings["n"]:
        places = list(range(n))
        for _ in range(halvings):
            places = places[::2]
        sizes.append(len(places) * 2**halvings)
    return tuple(sizes)


def kernel(asked: Asked) -> Answer:
    """What the last stamp must reach beyond its step, with what is cropped."""
    s, p = asked.settings["s"], asked.settings["p"]
    begins = [place * s - p for place in range(9)]
    return (9 * s + p - begins[-1],)


def field(asked: Asked) -> Answer:
    """The pixels that one number sees, followed back layer by layer."""
    seen = {0}
    for k, s in reversed(asked.settings["layers"]):
        seen = {place * s + tap for place, tap in product(seen, range(k))}
    return (len(seen),)


def only_shape(asked: Asked) -> Answer:
    ground, shape = (np.array(shown.values.tolist()) for shown in asked.shown)
    (found,) = [at for at in np.ndindex(*ground.shape) if shape[at] > ground[at]]
    return found


def places_of(number: int, grid: list[list[float]]) -> Places:
    rows, columns = len(grid), len(grid[0])
    return {(i, j) for i, j in product(range(rows), range(columns)) if grid[i][j] == number}


def confusion(asked: Asked) -> Answer:
    truth, said = (shown.values.tolist() for shown in asked.shown)
    pairs = product((0, 1), repeat=2)
    return tuple(len(places_of(true, truth) & places_of(told, said)) for true, told in pairs)


def iou(asked: Asked) -> Answer:
    truth, said = (places_of(1, shown.values.tolist()) for shown in asked.shown)
    return (len(truth & said) / len(truth | said),)


def spread_out(table: list[list[float]]) -> list[tuple[int, int]]:
    """The pixels of a confusion matrix, each as (truth, said)."""
    both = product((0, 1), (0, 1))
    return [(true, said) for true, said in both for _ in range(int(table[true][said]))]


def mean_iou_of(table: list[list[float]]) -> float:
    pixels = spread_out(table)
    ious = []
    for number in (0, 1):
        either = [pixel for pixel in pixels if number in pixel]
        ious.append(either.count((number, number)) / len(either))
    return sum(ious) / 2


def mean_iou(asked: Asked) -> Answer:
    return (mean_iou_of(asked.shown[0].values.tolist()),)


def better(asked: Asked) -> Answer:
    a, b = (shown.values.tolist() for shown in asked.shown)
    right_of_a, right_of_b = (sum(t == s for t, s in spread_out(table)) for table in (a, b))
    by_accuracy, by_iou = right_of_a > right_of_b, mean_iou_of(a) > mean_iou_of(b)
    return ({(True, True): 0, (False, False): 1, (True, False): 2}.get((by_accuracy, by_iou), 3),)


def smallest_loss_first(asked: Asked) -> Answer:
    true, rows = asked.settings["true"], asked.settings["scores"].tolist()
    shares = [math.exp(row[true]) / sum(map(math.exp, row)) for row in rows]
    return tuple(np.argsort([-share for share in shares]).tolist())


SEGMENTATION = {
    "segmentation_kernel": kernel,
    "segmentation_size": size,
    "segmentation_found": only_shape,
    "segmentation_iou": iou,
    "segmentation_confusion": confusion,
    "segmentation_mean_iou": mean_iou,
    "segmentation_better": better,
    "segmentation_loss": smallest_loss_first,
    "segmentation_field": field,
}

"""Questions of lesson 11: an answer for every pixel, how large it is, how good it is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

import torch
from torch.nn import functional as F

from lessons_lib.practice.questions.answers import places_in_order, row_of, telling
from lessons_lib.practice.questions.asked import Asked, Draw, Shown, Slip
from lessons_lib.practice.questions.drawing import (
    Pair,
    are_different,
    different_numbers,
    numbers,
    one_of,
    pair,
    until,
    whole,
)
from lessons_lib.practice.questions.kinds import Cell, Choice, Grid, Number, Order, Shape
from lessons_lib.practice.questions.sizes import ORDER

NEAR = 0.01  # how far an IoU may be off
TWICE = "You counted what is in both twice. The union has each pixel once."


def segmentation_size(generator: torch.Generator) -> Asked:
    """Ask for the size of the scores of a body that halves."""

    def draw() -> tuple[int, Pair]:
        return whole(generator, 2, 4), pair(generator, 20, 80)

    def fair(drawn: tuple[int, Pair]) -> bool:
        halvings, n = drawn
        whole_ones = any(size % 2**halvings == 0 for size in n)
        key = [-(-size // 2**halvings) for size in n]
        return not whole_ones and key[0] != key[1]

    halvings, n = until(draw, fair)
    factor = 2**halvings
    key = tuple(-(-size // factor) * factor for size in n)
    slips = [
        Slip(
            "what the other layers round stays rounded: the last makes a multiple of its stride.",
            n,
        ),
        Slip(ORDER, key[::-1], whole=True),
        Slip("you rounded down. These layers round a half up.", tuple(x - factor for x in key)),
        Slip(
            "this is the size of the map, before it is enlarged.", tuple(x // factor for x in key)
        ),
    ]
    body = f"nn.Sequential(*[nn.MaxPool2d(3, stride=2, padding=1)] * {halvings})"
    picture = f"torch.ones(1, 1, {n[0]}, {n[1]})"
    kernel = f"torch.ones(1, 1, {factor}, {factor})"
    return Asked(
        f"In a network {halvings} layers halve the picture, each with `kernel_size=3, stride=2, "
        f"padding=1`. The last layer makes the map {factor} times as large. A picture of {n[0]} × "
        f"{n[1]} pixels goes in. What is the size of the output?",
        Shape(),
        f"F.conv_transpose2d({body}({picture}), {kernel}, stride={factor}).shape[-2:]",
        {},
        tuple,
        telling(key, slips),
        settings={"halvings": halvings, "n": n},
    )


def segmentation_kernel(generator: torch.Generator) -> Asked:
    """Ask for the kernel of a layer that enlarges by its stride."""

    def draw() -> Pair:
        return whole(generator, 3, 16), whole(generator, 1, 8)

    s, p = until(draw, lambda drawn: drawn[0] != drawn[1] and drawn[0] != 2 * drawn[1])
    key = 2 * p + s
    slips = [
        Slip("You counted the padding once. It crops on both sides.", (p + s,)),
        Slip("With that kernel and no padding the output has the size. The padding crops.", (s,)),
        Slip("That holds where the padding is half of the stride.", (2 * s,)),
        Slip(
            "You took the padding off. The kernel must make up for what is cropped.", (s - 2 * p,)
        ),
    ]
    weight = "torch.ones(1, 1, k)"
    search = f"F.conv_transpose1d(torch.ones(1, 1, 9), {weight}, stride={s}, padding={p})"
    return Asked(
        f"A transposed layer with `stride={s}, padding={p}` shall make each map exactly {s} times "
        "as large. Which `kernel_size` does it need?",
        Number(),
        f"next(k for k in range({p}, 100) if {search}.numel() == {9 * s})",
        {},
        lambda found: (found,),
        telling((key,), [slip for slip in slips if slip.answer[0] > 0]),
        settings={"s": s, "p": p},
    )


def segmentation_field(generator: torch.Generator) -> Asked:
    """Ask how far one number of a small body sees."""

    def draw() -> list[Pair]:
        kinds = ((3, 1), (5, 1), (2, 2))
        return [one_of(generator, kinds) for _ in range(whole(generator, 3, 5))]

    def fair(layers: list[Pair]) -> bool:
        apart = all(not one == other == (2, 2) for one, other in pairwise(layers))
        return layers[0][1] == 1 and layers[-1][1] == 1 and (2, 2) in layers and apart

    layers = until(draw, fair)
    key = _field(layers)
    slips = [
        Slip(
            "You left the strides out. Behind a pooling one step is two pixels of the picture.",
            (_field([(k, 1) for k, _ in layers]),),
        ),
        Slip(
            "You left the poolings' own windows out. Each sees 2 of what is before it.",
            (_field([(1 if s == 2 else k, s) for k, s in layers]),),
        ),
        Slip(
            "You began at the wrong end: the strides before a layer count, not those behind it.",
            (_field(layers[::-1]),),
        ),
        Slip("You forgot the pixel itself: one more.", (key - 1,)),
    ]
    named = [f"a {'pooling' if s == 2 else 'convolution'} of {k}" for k, s in layers]
    line = "torch.ones(1, 1, 1)"
    for k, s in reversed(layers):
        stride = ", stride=2" if s == 2 else ""
        line = f"F.conv_transpose1d({line}, torch.ones(1, 1, {k}){stride})"
    return Asked(
        f"Along one side, a picture goes through {', '.join(named[:-1])} and {named[-1]}. The "
        "convolutions have stride 1, the poolings stride 2. How many pixels wide is the receptive "
        "field of one number behind them?",
        Number("pixels"),
        f"{line}.numel()",
        {},
        lambda found: (found,),
        telling((key,), slips),
        settings={"layers": layers},
    )


def _field(layers: list[Pair]) -> int:
    seen = 1
    for k, s in reversed(layers):
        seen = (seen - 1) * s + k
    return seen


def segmentation_found(generator: torch.Generator) -> Asked:
    """Ask for the only pixel that is called a shape."""

    def draw() -> tuple[torch.Tensor, torch.Tensor]:
        one, other = (different_numbers(generator, (3, columns)) for _ in range(2))
        is_shape = torch.zeros(3, columns, dtype=torch.bool)
        is_shape[whole(generator, 0, 2), whole(generator, 0, columns - 1)] = True
        larger, smaller = torch.maximum(one, other), torch.minimum(one, other)
        return torch.where(is_shape, smaller, larger), torch.where(is_shape, larger, smaller)

    def fair(drawn: tuple[torch.Tensor, torch.Tensor]) -> bool:
        ground, scores = drawn
        places = (scores > ground).flatten().nonzero()
        return len(places) == 1 and int(places[0]) not in (scores.argmax(), ground.argmin())

    columns = whole(generator, 3, 4)
    ground, scores = until(draw, fair)
    key = divmod(int((scores > ground).int().argmax()), columns)
    slips = [
        Slip(
            "There the score of the shape is largest. It must be larger than that of the ground.",
            divmod(int(scores.argmax()), columns),
        ),
        Slip(
            "There the score of the ground is smallest. That of the shape is smaller still.",
            divmod(int(ground.argmin()), columns),
        ),
    ]
    return Asked(
        "These are the scores of two classes for each pixel. Only one pixel is called a shape. "
        "Which one? Click on it.",
        Cell("scores of the shape"),
        "torch.stack([ground, shape]).argmax(0).argmax()",
        {"ground": ground, "shape": scores},
        lambda found: divmod(int(found), columns),
        telling(key, slips),
        (
            Shown("scores of the ground", ground, "input"),
            Shown("scores of the shape", scores, "output"),
        ),
    )


def segmentation_confusion(generator: torch.Generator) -> Asked:
    """Ask for the confusion matrix of a small answer."""

    def draw() -> tuple[torch.Tensor, torch.Tensor]:
        return numbers(generator, (3, 4), 0, 1), numbers(generator, (3, 4), 0, 1)

    def fair(drawn: tuple[torch.Tensor, torch.Tensor]) -> bool:
        a, b, c, d = _confusion(*drawn)
        return are_different((a, b, c, d)) and a + d > b + c

    truth, said = until(draw, fair)
    a, b, c, d = key = _confusion(truth, said)
    slips = [
        Slip("You took rows and columns for each other. The rows are the truth.", (a, c, b, d)),
        Slip(
            "You began with class 1. The first row and column are those of class 0.", (d, c, b, a)
        ),
        Slip("What is right stands on the diagonal.", (b, a, d, c)),
    ]
    return Asked(
        "Fill in the confusion matrix of this answer: a row for each true class, a column for each "
        "class that was said.",
        Grid("rows: truth, columns: said", 2, 2),
        "torch.bincount(2 * truth.flatten() + said.flatten(), minlength=4).view(2, 2)",
        {"truth": truth.long(), "said": said.long()},
        row_of,
        telling(key, slips),
        (Shown("truth", truth, "input"), Shown("said", said, "output")),
    )


def _confusion(truth: torch.Tensor, said: torch.Tensor) -> tuple[int, int, int, int]:
    """Count the pixels for both classes that are true, and both that are said."""
    a, b, c, d = torch.bincount((2 * truth + said).flatten().long(), minlength=4).tolist()
    return a, b, c, d


def segmentation_iou(generator: torch.Generator) -> Asked:
    """Ask for the IoU of one class."""

    def draw() -> tuple[torch.Tensor, torch.Tensor]:
        return numbers(generator, (3, 5), 0, 1), numbers(generator, (3, 5), 0, 1)

    def fair(drawn: tuple[torch.Tensor, torch.Tensor]) -> bool:
        _, missed, found, both = _confusion(*drawn)
        return both > 1 and missed > 0 and found > 0 and _are_apart(_shares(*drawn))

    truth, said = until(draw, fair)
    key, twice, accuracy, recall, precision = _shares(truth, said)
    slips = [
        Slip(TWICE, (twice,)),
        Slip("This is the accuracy: it asks about both classes at once.", (accuracy,)),
        Slip("You divided by the pixels of the truth. Divide by those of the union.", (recall,)),
        Slip("You divided by the pixels that were said. Divide by the union.", (precision,)),
    ]
    return Asked(
        "What is the IoU (intersection over union) of class 1 here? A number between 0 and 1; two "
        "places behind the point are enough.",
        Number(tolerance=NEAR),
        "(truth & said).sum() / (truth | said).sum()",
        {"truth": truth.bool(), "said": said.bool()},
        lambda found: (round(float(found), 2),),
        telling((key,), slips),
        (Shown("truth", truth, "input"), Shown("said", said, "output")),
    )


def _shares(truth: torch.Tensor, said: torch.Tensor) -> tuple[float, ...]:
    """Give the IoU of class 1, and what typical slips make of it."""
    right, missed, found, both = _confusion(truth, said)
    are, called = missed + both, found + both
    shares = (both / (are + called - both), both / (are + called), (right + both) / truth.numel())
    return *shares, both / are, both / called


def _are_apart(shares: tuple[float, ...]) -> bool:
    """Say whether no two of some numbers are so near that a guess could be both."""
    return all(abs(one - other) > 3 * NEAR for one, other in combinations(shares, 2))


def segmentation_mean_iou(generator: torch.Generator) -> Asked:
    """Ask for the mean IoU of a confusion matrix."""

    def draw() -> torch.Tensor:
        table = numbers(generator, (2, 2), 1, 12)
        table[0, 0] += whole(generator, 10, 40)
        return table

    table = until(draw, lambda drawn: _are_apart(_means(drawn.tolist())))
    key, accuracy, twice, recall, last = _means(table.tolist())
    slips = [
        Slip("This is the pixel accuracy. It flatters where one class is large.", (accuracy,)),
        Slip(TWICE, (twice,)),
        Slip("You divided by the rows: by what is true. Divide by the union.", (recall,)),
        Slip("This is the IoU of class 1. Take the mean over the classes.", (last,)),
    ]
    return Asked(
        "This is a confusion matrix: a row for each true class, a column for each class that was "
        "said. What is the mean IoU? A number between 0 and 1; two places behind the point are "
        "enough.",
        Number(tolerance=NEAR),
        "(table.diag() / (table.sum(0) + table.sum(1) - table.diag())).mean()",
        {"table": table},
        lambda found: (round(float(found), 2),),
        telling((key,), slips),
        (Shown("rows: truth, columns: said", table, "output"),),
    )


def _means(table: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Give the mean IoU, and what typical slips make of it."""
    (a, b), (c, d) = table  # the diagonal is a and d
    ious = a / (a + b + c), d / (b + c + d)
    twice = a / (2 * a + b + c) + d / (b + c + 2 * d)
    accuracy, recalls = (a + d) / (a + b + c + d), a / (a + b) + d / (c + d)
    return sum(ious) / 2, accuracy, twice / 2, recalls / 2, ious[1]


def segmentation_better(generator: torch.Generator) -> Asked:
    """Ask which of two answers is better by accuracy, and which by mean IoU."""

    def draw() -> list[list[list[int]]]:
        ground, shape = whole(generator, 30, 60), whole(generator, 6, 14)
        wrong = [(whole(generator, 0, 12), whole(generator, 0, shape)) for _ in range(2)]
        return [[[ground - b, b], [c, shape - c]] for b, c in wrong]

    def fair(tables: list[list[list[int]]]) -> bool:
        (iou, accuracy, *_), (other_iou, other_accuracy, *_) = map(_means, tables)
        apart = abs(iou - other_iou) > 0.05 and abs(accuracy - other_accuracy) > 0.03
        agree = (iou > other_iou) == (accuracy > other_accuracy)
        return apart and agree == (right < 2)

    right = whole(generator, 0, 3)
    first, second = until(draw, fair)
    a_is_better = _means(first)[1] > _means(second)[1]  # by accuracy
    tables = torch.tensor([first, second] if a_is_better == (right in (0, 2)) else [second, first])
    both = "Work out both numbers for both answers: they need not agree."
    other = "Work out both numbers once more: the mean IoU asks about each class in turn."
    about = (both, both, other, other)
    slips = [Slip(about[place], (place,)) for place in range(4) if place != right]
    of_a_class = "diag / (tables.sum(1) + tables.sum(2) - diag)"
    return Asked(
        "Two answers for the same picture: class 0 is the background, class 1 a shape. The rows of "
        "each confusion matrix are the truth, its columns what was said. Which answer is better?",
        Choice(
            (
                "A, by accuracy and by mean IoU.",
                "B, by accuracy and by mean IoU.",
                "A by accuracy, B by mean IoU.",
                "B by accuracy, A by mean IoU.",
            )
        ),
        "torch.stack([(diag := tables.diagonal(0, 1, 2)).sum(1), "
        f"({of_a_class}).mean(1)]).argmax(1)",
        {"tables": tables},
        lambda found: (((0, 0), (1, 1), (0, 1), (1, 0)).index(tuple(found.tolist())),),
        tuple(slips),
        (Shown("A", tables[0], "output"), Shown("B", tables[1], "output")),
    )


def segmentation_loss(generator: torch.Generator) -> Asked:
    """Ask at which of some pixels the loss is larger."""

    def draw() -> tuple[int, torch.Tensor]:
        return whole(generator, 0, 2), numbers(generator, (4, 3), 0, 6)

    def fair(drawn: tuple[int, torch.Tensor]) -> bool:
        losses = _losses(*drawn)
        ordered = sorted(losses)
        gaps = [after - before for before, after in pairwise(ordered)]
        return min(gaps) > 0.3 and losses != ordered

    true, scores = until(draw, fair)
    key = places_in_order(_losses(true, scores))
    own = [int(row[true]) for row in scores.tolist()]
    slips = [
        Slip("You began with the largest loss. It is small where the true class leads.", key[::-1]),
        Slip(
            "You went by the true class's own score. What counts is how far it leads the others.",
            places_in_order([-score for score in own]),
        ),
    ]
    return Asked(
        f"Four pixels of class {true}; these are their scores for the classes 0, 1 and 2. Put them "
        "in order by their loss (cross-entropy).",
        Order(
            tuple(f"scores {_listed(row)}" for row in scores.tolist()),
            "smallest loss",
            "largest loss",
        ),
        f"F.cross_entropy(torch.tensor({scores.tolist()}), torch.tensor(4 * [{true}]), "
        'reduction="none")',
        {},
        lambda found: places_in_order(found.tolist()),
        telling(key, slips),
        settings={"true": true, "scores": scores},
    )


def _losses(true: int, scores: torch.Tensor) -> list[float]:
    return F.cross_entropy(scores, torch.full((len(scores),), true), reduction="none").tolist()


def _listed(row: list[float]) -> str:
    return f"({', '.join(f'{score:.0f}' for score in row)})"


SEGMENTATION: dict[str, Draw] = {
    "segmentation_kernel": segmentation_kernel,
    "segmentation_size": segmentation_size,
    "segmentation_found": segmentation_found,
    "segmentation_iou": segmentation_iou,
    "segmentation_confusion": segmentation_confusion,
    "segmentation_mean_iou": segmentation_mean_iou,
    "segmentation_better": segmentation_better,
    "segmentation_loss": segmentation_loss,
    "segmentation_field": segmentation_field,
}

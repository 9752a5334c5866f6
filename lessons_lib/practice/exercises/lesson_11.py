"""The exercises of lesson 11: how good an answer for every pixel is."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from lessons_lib.practice.exercises.exercise import Draw, Exercise, Slip, Trait, all_zeros


def share_right(truth: Tensor, said: Tensor, ignored: int) -> float:
    """Say which share of the pixels is right; those whose true class is `ignored` do not count."""
    right = counted = 0
    for row in range(truth.shape[0]):
        for column in range(truth.shape[1]):
            if truth[row, column] != ignored:
                counted += 1
                right += int(said[row, column] == truth[row, column])
    return right / counted


def count_pairs(truth: Tensor, said: Tensor, classes: int, ignored: int) -> Tensor:
    """Count in a table how many pixels of each true class (row) were called what (column)."""
    table = torch.zeros(classes, classes)
    for row in range(truth.shape[0]):
        for column in range(truth.shape[1]):
            if truth[row, column] != ignored:
                table[truth[row, column], said[row, column]] += 1
    return table


def mean_iou_of(truth: Tensor, said: Tensor, classes: int, ignored: int) -> float:
    """Take the mean, over the classes that are there, of intersection over union."""
    counted = truth != ignored
    shares = []
    for number in range(classes):
        true, called = (truth == number) & counted, (said == number) & counted
        both, either = int((true & called).sum()), int((true | called).sum())
        if either > 0:  # a class that is in neither has no share
            shares.append(both / either)
    return sum(shares) / len(shares)


def _share(truth: Tensor, said: Tensor, ignored: int) -> float:
    return float((truth == said)[truth != ignored].double().mean())


def _table(truth: Tensor, said: Tensor, classes: int, ignored: int) -> Tensor:
    counted = truth != ignored
    pairs = torch.bincount(classes * truth[counted] + said[counted], minlength=classes**2)
    return pairs.view(classes, classes)


def _mean(truth: Tensor, said: Tensor, classes: int, ignored: int) -> float:
    table = _table(truth, said, classes, ignored).double()
    shares = table.diag() / (table.sum(0) + table.sum(1) - table.diag())  # 0 / 0 is NaN
    return float(shares.nanmean())


def _answers(draw: Draw) -> Iterator[tuple[Tensor, Tensor, int, int]]:
    """Draw truths and answers that agree in about a half; in some, pixels do not count."""

    def answer(size: tuple[int, int], classes: int, ignored: int, away: int) -> tuple[Tensor, ...]:
        present = [n for n in range(classes) if n != ignored]
        truth = draw.labels(*size, present)
        said = torch.where(draw.labels(*size, [0, 1]) == 1, truth, draw.labels(*size, present))
        pixels = truth.numel() - 1  # at least one counts
        truth.view(-1)[[draw.whole(1, pixels) for _ in range(away)]] = ignored
        return truth, said

    yield torch.tensor([[0]]), torch.tensor([[0]]), 1, 255
    yield torch.tensor([[1, 0]]), torch.tensor([[1, 1]]), 2, 255
    yield torch.tensor([[0, 1], [0, 0]]), torch.tensor([[0, 0], [0, 0]]), 2, 255
    yield torch.tensor([[0, 0], [0, 0]]), torch.tensor([[0, 0], [0, 1]]), 2, 255
    yield torch.tensor([[0, 255], [1, 1]]), torch.tensor([[0, 0], [1, 0]]), 2, 255
    for ignored, away in [(255, 0), (255, 0), (255, 3), (255, 2), (255, 3), (3, 3), (3, 2), (4, 3)]:
        classes = draw.whole(2, 3) if ignored == 255 else ignored
        truth, said = answer(draw.unlike(2, 5), classes, ignored, away)
        yield truth, said, classes, ignored
    for _ in range(3):  # a class that is nowhere, and is not asked
        truth, said = answer(draw.unlike(3, 5), 3, 255, 1)
        yield truth, said, 5, 255


def _answers_without_classes(draw: Draw) -> Iterator[tuple[Tensor, Tensor, int]]:
    for truth, said, _, ignored in _answers(draw):
        yield truth, said, ignored


def _everywhere(truth: Tensor, said: Tensor, ignored: int) -> float:
    return float((truth == said).double().mean())


def _all_counted(truth: Tensor, said: Tensor, classes: int, ignored: int) -> Tensor:
    """Count ignored pixels as pixels of class 0."""
    return _table(truth.where(truth != ignored, 0), said, classes, ignored)


def _ious(truth: Tensor, said: Tensor, classes: int, ignored: int) -> Tensor:
    """Intersection over union of each class, 0 for one that is nowhere."""
    table = _table(truth, said, classes, ignored).double()
    either = table.sum(0) + table.sum(1) - table.diag()
    return table.diag() / either.clamp(min=1)


def _without_background(truth: Tensor, said: Tensor, classes: int, ignored: int) -> float:
    table = _table(truth, said, classes, ignored).double()
    return float((table.diag() / (table.sum(0) + table.sum(1) - table.diag()))[1:].nanmean())


def _with_false_pixels(truth: Tensor, said: Tensor, classes: int, ignored: int) -> float:
    """What is said of ignored pixels makes the unions larger."""
    shares = []
    for number in range(classes):
        true, called = truth == number, said == number
        if (true | called).any():
            shares.append(float((true & called).sum() / (true | called).sum()))
    return sum(shares) / len(shares)


def _recall(truth: Tensor, said: Tensor, classes: int, ignored: int) -> float:
    table = _table(truth, said, classes, ignored).double()
    return float((table.diag() / table.sum(1)).nanmean())


def _precision(truth: Tensor, said: Tensor, classes: int, ignored: int) -> float:
    table = _table(truth, said, classes, ignored).double()
    return float((table.diag() / table.sum(0)).nanmean())


def _of_classes_in(which: int, truth: Tensor, said: Tensor, classes: int, ignored: int) -> float:
    """Take the mean of the classes that are in the truth (0), or of those that were said (1)."""
    there = (truth, said)[which][truth != ignored].unique()
    return float(_ious(truth, said, classes, ignored)[there].mean())


def _dice(truth: Tensor, said: Tensor, classes: int, ignored: int) -> float:
    return 2 * _sum_below(truth, said, classes, ignored)


def _sum_below(truth: Tensor, said: Tensor, classes: int, ignored: int) -> float:
    table = _table(truth, said, classes, ignored).double()
    return float((table.diag() / (table.sum(0) + table.sum(1))).nanmean())


def _of_all(truth: Tensor, said: Tensor, classes: int, ignored: int) -> float:
    """One intersection of all classes over one union."""
    table = _table(truth, said, classes, ignored).double()
    return float(table.diag().sum() / (2 * table.sum() - table.diag().sum()))


def _is_last_nowhere(truth: Tensor, said: Tensor, classes: int, ignored: int) -> bool:
    table = _table(truth, said, classes, ignored)
    return not bool(table[-1].any() or table[:, -1].any())


_LAST_CLASS_NOWHERE = Trait("where the last class is nowhere", _is_last_nowhere)

EXERCISES = (
    Exercise(
        "11",
        "share",
        share_right,
        _share,
        _answers_without_classes,
        hints=(
            "Which pixels count? Only there ask whether both are the same.",
            "`counted = truth != ignored` is a mask. Divide by the number of pixels that count, "
            "not by that of all.",
            "`(truth == said)[counted]` holds True and False; its mean as a float is the answer.",
        ),
        slips=(
            Slip(
                "You count the ignored pixels as wrong; they do not count at all.",
                _everywhere,
            ),
            Slip(
                "You count the ignored pixels as right; they do not count at all.",
                lambda truth, said, ignored: float(
                    ((truth == said) | (truth == ignored)).double().mean()
                ),
            ),
            Slip(
                "You give the share that is wrong.",
                lambda truth, said, ignored: 1 - _share(truth, said, ignored),
            ),
            Slip(
                "You give the number of right pixels; divide it by the number of those that count.",
                lambda truth, said, ignored: int((truth == said).sum()),
            ),
            Slip(
                "You give per cent; a share lies between 0 and 1.",
                lambda truth, said, ignored: 100 * _share(truth, said, ignored),
            ),
        ),
        traits=(
            Trait(
                "where pixels are ignored",
                lambda truth, said, ignored: bool((truth == ignored).any()),
            ),
        ),
    ),
    Exercise(
        "11",
        "grid",
        count_pairs,
        _table,
        _answers,
        hints=(
            "Each pixel that counts makes one cell of the table larger by 1. Which one?",
            "Row: what is true. Column: what was said. `table[truth[i, j], said[i, j]] += 1`.",
            "Leave out the pixels where `truth == ignored`. The table has `classes` rows and "
            "columns, also for classes that are nowhere.",
        ),
        slips=(
            Slip(
                "Rows and columns are swapped: a row for what is true, a column for what was said.",
                lambda *arguments: _table(*arguments).T,
            ),
            Slip(
                "You count the ignored pixels as class 0; they do not count at all.",
                _all_counted,
            ),
            Slip(
                "Each row adds up to 1 in yours; counts are asked for, not shares.",
                lambda *arguments: (
                    _table(*arguments) / _table(*arguments).sum(1, keepdim=True).clamp(min=1)
                ),
            ),
            Slip(
                "You note that a pair is there; count how often.",
                lambda *arguments: _table(*arguments).clamp(max=1),
            ),
            Slip(
                "You count the right pixels only; the wrong ones stand beside the diagonal.",
                lambda *arguments: torch.diag(_table(*arguments).diag()),
            ),
            Slip(
                "You count the wrong pixels only; the right ones stand on the diagonal.",
                lambda *arguments: _table(*arguments) - torch.diag(_table(*arguments).diag()),
            ),
            all_zeros(_table),
        ),
        traits=(
            Trait(
                "where pixels are ignored",
                lambda truth, said, classes, ignored: bool((truth == ignored).any()),
            ),
            _LAST_CLASS_NOWHERE,
        ),
    ),
    Exercise(
        "11",
        "share",
        mean_iou_of,
        _mean,
        _answers,
        hints=(
            "One class: how many pixels are of it and were called so; how many are of it, or "
            "were called so? Ignored pixels are in neither.",
            "Divide the first number by the second. A class of which the second is 0 is left out.",
            "`both / either` for each class that is there, and their mean. With `count_pairs`: "
            "`both` is the diagonal, `either` is row + column − diagonal.",
        ),
        slips=(
            Slip(
                "What is said of ignored pixels makes your unions larger; they do not count at "
                "all.",
                _with_false_pixels,
            ),
            Slip(
                "A class that is nowhere counts 0 in yours; leave it out of the mean.",
                lambda *arguments: float(_ious(*arguments).mean()),
            ),
            Slip(
                "You divide by row and column of the class together, and so count what is in "
                "both twice.",
                _sum_below,
            ),
            Slip(
                "A class that was said counts as well, where it is true nowhere: with 0.",
                lambda *arguments: _of_classes_in(0, *arguments),
            ),
            Slip(
                "A class that is true somewhere counts as well, where nobody said it: with 0.",
                lambda *arguments: _of_classes_in(1, *arguments),
            ),
            Slip(
                "You count what is in both twice, above and below the line (that is called "
                "Dice); here it counts once.",
                _dice,
            ),
            Slip(
                "You divide by the pixels that are of the class; those that were only called so "
                "belong to the union too.",
                _recall,
            ),
            Slip(
                "You divide by the pixels that were called so; those that are of the class "
                "belong to the union too.",
                _precision,
            ),
            Slip(
                "You add up all classes before you divide; divide for each class, then take the "
                "mean.",
                _of_all,
            ),
            Slip(
                "You add the classes up; the mean is asked for.",
                lambda *arguments: float(_ious(*arguments).sum()),
            ),
            Slip(
                "That is the share of right pixels, not intersection over union.",
                lambda truth, said, classes, ignored: _share(truth, said, ignored),
            ),
            Slip(
                "You leave class 0 out; it is a class as well.",
                _without_background,
            ),
        ),
        traits=(
            Trait(
                "where pixels are ignored",
                lambda truth, said, classes, ignored: bool((truth == ignored).any()),
            ),
            _LAST_CLASS_NOWHERE,
        ),
    ),
)

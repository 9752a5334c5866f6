"""Say in numbers how well every pixel was told: from counts, as they can be counted by hand.

All numbers come from one table, the confusion matrix: how many pixels of each true class were
taken for each class. On this example of 4 x 4 pixels everything can be counted::

    truth      predicted      confusion       pixels right   13 of 16
    0 0 0 0    0 0 0 0        10  1           IoU of 0       10 / (10 + 1 + 2)
    0 0 0 0    0 0 0 0         2  3           IoU of 1        3 / (3 + 1 + 2)
    0 0 1 1    0 1 1 1
    0 1 1 1    0 0 0 1
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from lessons_lib.geometry.arguments import to_whole
from lessons_lib.tensors import REAL, WHOLE, check_tensor

IGNORED = 255
"""The label of pixels that nobody counts, such as the outlines in VOC."""


def confusion_matrix(
    predicted: Tensor, labels: Tensor, classes: int, ignore: int = IGNORED
) -> Tensor:
    """Count how many pixels of each class were taken for each class.

    Args:
        predicted: whole numbers of any shape, 0..classes - 1.
        labels: the truth, the same shape; `ignore` where it is not to be counted.
        classes: how many there are.
        ignore: the label of pixels that are left out.

    Returns:
        int64 (classes, classes): a row for each true class, a column for each predicted one. Those
        of several batches may be added.

    Raises:
        TypeError, ValueError: the shapes differ, numbers are not whole, or beyond the classes.

    Example:
        >>> labels = torch.tensor([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 1], [0, 1, 1, 1]])
        >>> predicted = torch.tensor([[0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 1, 1], [0, 0, 0, 1]])
        >>> confusion_matrix(predicted, labels, 2).tolist()
        [[10, 1], [2, 3]]
    """
    classes, ignore = to_whole(classes, "classes", 1), to_whole(ignore, "ignore")
    check_tensor(predicted, "predicted")
    check_tensor(labels, "labels")
    if predicted.shape != labels.shape:
        raise ValueError(
            f"`predicted` (shape {tuple(predicted.shape)}) must have the shape of `labels` "
            f"({tuple(labels.shape)}); scores become classes by scores.argmax(1)."
        )
    counted = labels != ignore
    truth = _numbers("labels", labels[counted], classes)
    told = _numbers("predicted", predicted[counted], classes)
    pairs = torch.bincount(classes * truth + told, minlength=classes * classes)
    return pairs.reshape(classes, classes)


def _numbers(name: str, values: Tensor, classes: int) -> Tensor:
    if values.dtype not in WHOLE:
        raise ValueError(f"`{name}` ({values.dtype}) must be whole numbers, one class each.")
    if len(values) and (int(values.min()) < 0 or int(values.max()) >= classes):
        raise ValueError(
            f"`{name}` ({int(values.min())} to {int(values.max())}) must be 0 to {classes - 1}, "
            f"as there are {classes} `classes`."
        )
    return values.long()


def pixel_accuracy(confusion: Tensor) -> float:
    """Give the share of pixels whose class was told: it flatters where one class is everywhere.

    Args:
        confusion: as from `confusion_matrix`.

    Returns:
        0..1; NaN where no pixel was counted.

    Example:
        >>> pixel_accuracy(torch.tensor([[10, 1], [2, 3]]))
        0.8125
    """
    counts = _counts(confusion)
    return float(counts.diag().sum() / counts.sum())


def class_iou(confusion: Tensor) -> Tensor:
    """Give for each class the intersection over the union of what is so and what was told.

    Args:
        confusion: as from `confusion_matrix`.

    Returns:
        float64 (classes,), 0..1; NaN for a class that is neither in the truth nor predicted.

    Example:
        >>> class_iou(torch.tensor([[10, 1], [2, 3]])).tolist()  # 10 / 13 and 3 / 6
        [0.7692307692307693, 0.5]
    """
    counts = _counts(confusion)
    both = counts.diag()
    return both / (counts.sum(0) + counts.sum(1) - both)  # 0 / 0 is NaN


def mean_iou(confusion: Tensor) -> float:
    """Give the mean of `class_iou` over the classes that are there.

    Args:
        confusion: as from `confusion_matrix`.

    Returns:
        0..1; NaN where no pixel was counted.

    Example:
        >>> mean_iou(torch.tensor([[9, 1, 0], [6, 4, 0], [0, 0, 0]]))  # 9 / 16 and 4 / 11
        0.4630681818181818
    """
    iou = class_iou(confusion)
    known = iou[~iou.isnan()]
    return float(known.mean()) if len(known) else math.nan


def _counts(confusion: Tensor) -> Tensor:
    check_tensor(confusion, "confusion", (), REAL)
    if confusion.dim() != 2 or confusion.shape[0] != confusion.shape[1] or not len(confusion):
        raise ValueError(
            f"`confusion` (shape {tuple(confusion.shape)}) must have a row and a column for each "
            "class, as from confusion_matrix."
        )
    counts = confusion.double()
    if not bool(counts.isfinite().all()) or bool((counts < 0).any()):
        raise ValueError("`confusion` must hold counts, each 0 or more.")
    return counts

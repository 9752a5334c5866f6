"""The counts are those of a loop over all pixels, and the shares are those counted by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from lessons_lib.segmentation.metrics import (
    class_iou,
    confusion_matrix,
    mean_iou,
    pixel_accuracy,
)

LABELS = torch.tensor([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 1], [0, 1, 1, 1]])
PREDICTED = torch.tensor([[0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 1, 1], [0, 0, 0, 1]])


def counted_by_a_loop(predicted: Tensor, labels: Tensor, classes: int) -> Tensor:
    counts = torch.zeros(classes, classes, dtype=torch.int64)
    for told, truth in zip(predicted.flatten().tolist(), labels.flatten().tolist(), strict=True):
        if truth != 255:
            counts[truth, told] += 1
    return counts


def random_labels(seed: int, classes: int, ignored: float = 0.0) -> Tensor:
    chance = torch.Generator().manual_seed(seed)
    labels = torch.randint(classes, (3, 7, 5), generator=chance)
    labels[torch.rand(labels.shape, generator=chance) < ignored] = 255
    return labels


def test_the_four_by_four_example_is_as_counted_by_hand() -> None:
    confusion = confusion_matrix(PREDICTED, LABELS, 2)
    assert confusion.tolist() == [[10, 1], [2, 3]]
    assert confusion.dtype == torch.int64
    assert pixel_accuracy(confusion) == 13 / 16
    assert class_iou(confusion).tolist() == [10 / 13, 3 / 6]
    assert mean_iou(confusion) == pytest.approx((10 / 13 + 3 / 6) / 2, abs=1e-15)


@pytest.mark.parametrize("ignored", [0.0, 0.3, 1.0])
def test_the_counts_are_those_of_a_loop(ignored: float) -> None:
    labels, predicted = random_labels(1, 6, ignored), random_labels(2, 6)
    assert torch.equal(
        confusion_matrix(predicted, labels, 6), counted_by_a_loop(predicted, labels, 6)
    )


def test_what_is_predicted_at_ignored_pixels_does_not_matter() -> None:
    labels, predicted = random_labels(1, 3, ignored=0.5), random_labels(2, 3)
    other = torch.where(labels == 255, 2 - predicted, predicted)
    assert not torch.equal(other, predicted)
    assert torch.equal(confusion_matrix(other, labels, 3), confusion_matrix(predicted, labels, 3))


def test_another_label_can_be_the_ignored_one() -> None:
    confusion = confusion_matrix(PREDICTED, LABELS, 2, ignore=0)
    assert confusion.tolist() == [[0, 0], [2, 3]]


def test_bytes_count_as_well_as_long_numbers() -> None:
    labels, predicted = random_labels(1, 21, ignored=0.2), random_labels(2, 21)
    assert torch.equal(
        confusion_matrix(predicted.byte(), labels.byte(), 21),
        confusion_matrix(predicted, labels, 21),
    )


def test_counts_of_batches_add_up() -> None:
    labels, predicted = random_labels(1, 4), random_labels(2, 4)
    parts = [confusion_matrix(*pair, 4) for pair in zip(predicted, labels, strict=True)]
    assert torch.equal(sum(parts[1:], parts[0]), confusion_matrix(predicted, labels, 4))


def test_a_class_that_is_nowhere_is_left_out_of_the_mean() -> None:
    confusion = torch.tensor([[9, 1, 0], [6, 4, 0], [0, 0, 0]])
    iou = class_iou(confusion)
    assert iou[:2].tolist() == [9 / 16, 4 / 11]
    assert math.isnan(iou[2])
    assert mean_iou(confusion) == pytest.approx((9 / 16 + 4 / 11) / 2, abs=1e-15)


def test_a_class_that_is_only_predicted_or_only_true_has_an_iou_of_nought() -> None:
    assert class_iou(torch.tensor([[5, 2, 0], [0, 0, 0], [3, 0, 0]])).tolist() == [0.5, 0, 0]


def test_without_a_counted_pixel_nothing_is_known() -> None:
    empty = confusion_matrix(PREDICTED, torch.full_like(LABELS, 255), 2)
    assert int(empty.sum()) == 0
    assert math.isnan(pixel_accuracy(empty))
    assert math.isnan(mean_iou(empty))


def test_shares_are_exact_where_float32_would_round() -> None:
    confusion = torch.tensor([[2**24, 1], [0, 2**24]])
    assert pixel_accuracy(confusion) == 2**25 / (2**25 + 1) < 1
    assert class_iou(confusion).dtype == torch.float64


@pytest.mark.parametrize(
    ("predicted", "labels", "said"),
    [
        (PREDICTED[:3], LABELS, r"`predicted` \(shape \(3, 4\)\) must have the shape of `labels`"),
        (PREDICTED.float(), LABELS, r"`predicted` \(torch.float32\) must be whole numbers"),
        (PREDICTED, LABELS.bool(), r"`labels` \(torch.bool\) must be whole numbers"),
        (PREDICTED, LABELS + 1, r"`labels` \(1 to 2\) must be 0 to 1, as there are 2 `classes`"),
        (PREDICTED - 1, LABELS, r"`predicted` \(-1 to 0\) must be 0 to 1"),
        (PREDICTED, LABELS - 1, r"`labels` \(-1 to 0\) must be 0 to 1"),
        (PREDICTED + 254, LABELS, r"`predicted` \(254 to 255\) must be 0 to 1"),
    ],
)
def test_what_cannot_be_counted_is_refused_by_name(
    predicted: Tensor, labels: Tensor, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        confusion_matrix(predicted, labels, 2)


def test_classes_and_tables_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match=r"`classes` \(=0\) must be at least 1"):
        confusion_matrix(PREDICTED, LABELS, 0)
    for wrong in (torch.ones(2, 3), torch.ones(4), torch.ones(0, 0)):
        with pytest.raises(ValueError, match=r"a row and a column for each class"):
            mean_iou(wrong)
    for wrong in (torch.tensor([[1, -1], [0, 1]]), torch.tensor([[1.0, math.nan], [0, 1]])):
        with pytest.raises(ValueError, match=r"must hold counts"):
            pixel_accuracy(wrong)

"""What maps follow: correlations with the classes, against torch's own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from lessons_lib.segmentation.look_inside import feature_maps
from lessons_lib.segmentation.meaning import (
    OUTLINE,
    TARGETS,
    class_correlations,
    sums_of,
    target_maps,
)
from lessons_lib.segmentation.network import small_fcn
from lessons_lib.segmentation.scenes import CLASSES, HELD_OUT, Scenes


def scenes(count: int) -> tuple[Tensor, Tensor]:
    drawn = [Scenes(count, first=HELD_OUT)[i] for i in range(count)]
    images, labels = (torch.stack(each) for each in zip(*drawn, strict=True))
    return images, labels


def test_a_place_of_a_map_holds_shares_of_classes_and_whether_an_outline_is_there() -> None:
    labels = torch.zeros(1, 4, 8, dtype=torch.int64)
    labels[0, :, 6:] = CLASSES.index("ring")
    labels[0, 0, 5] = CLASSES.index("ring")
    targets = target_maps(labels, (2, 2))
    assert targets.shape == (1, len(CLASSES) + 1, 2, 2)
    assert targets[0, CLASSES.index("ring")].tolist() == [[0, 5 / 8], [0, 4 / 8]]
    assert targets[0, 0].tolist() == [[1, 3 / 8], [1, 4 / 8]]
    assert targets[0, TARGETS.index(OUTLINE)].tolist() == [[0, 1], [0, 1]]
    assert not target_maps(torch.full((1, 3, 5), 2), (3, 5))[0, -1].any()


def test_correlations_are_torchs_whether_pictures_come_together_or_in_parts() -> None:
    images, labels = scenes(13)
    body, layer = small_fcn(5).body, 4
    maps = feature_maps(body, images, layer)[:, :7].detach()
    targets = target_maps(labels, (maps.shape[-2], maps.shape[-1]))
    both = torch.cat([maps, targets], dim=1).transpose(0, 1).flatten(1).double()
    expected = torch.corrcoef(both)[:7, 7:]
    whole = sums_of(maps, targets)
    parts = sums_of(maps[:4], targets[:4]) + sums_of(maps[4:], targets[4:])
    assert float(expected.abs().max()) > 0.05
    for found in (whole, parts):
        torch.testing.assert_close(found.correlations(), expected, atol=1e-4, rtol=0)
    in_batches = class_correlations(body, images, labels, layer)
    torch.testing.assert_close(in_batches[:7], expected, atol=1e-4, rtol=0)


def test_a_map_that_is_the_class_itself_follows_it_and_a_dead_one_follows_nothing() -> None:
    _, labels = scenes(8)
    shares = target_maps(labels, (12, 16))
    triangles = shares[:, CLASSES.index("triangle")]
    maps = torch.stack([3 * triangles + 1, -triangles, torch.zeros_like(triangles)], dim=1)
    found = sums_of(maps, shares).correlations()
    at = CLASSES.index("triangle")
    assert found[0, at].item() == pytest.approx(1, abs=1e-5)
    assert int(found[0].argmax()) == at
    assert found[1, at].item() == pytest.approx(-1, abs=1e-5)
    assert not found[2].any()


def test_another_kind_of_layer_is_refused() -> None:
    images, labels = scenes(2)
    with pytest.raises(ValueError, match="BatchNorm2d"):
        class_correlations(nn.Sequential(nn.BatchNorm2d(3)), images, labels, 0)

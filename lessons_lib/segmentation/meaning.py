"""What a feature map follows: how well it agrees with each class, place by place, over pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lessons_lib.geometry.arguments import to_tuple
from lessons_lib.segmentation.look_inside import BATCH, feature_maps
from lessons_lib.segmentation.scenes import CLASSES
from lessons_lib.tensors import check_tensor

OUTLINE = "outline"
TARGETS = (*CLASSES, OUTLINE)  # what a map may follow


def target_maps(labels: Tensor, size: tuple[int, int]) -> Tensor:
    """Say for each place of a map how much of each class is there, and whether an outline is.

    Args:
        labels: int64 (N, H, W), numbers in `CLASSES`.
        size: (height, width) of the map, not larger than the labels.

    Returns:
        float32 (N, classes + 1, height, width), 0..1, in the order of `TARGETS`.

    Raises:
        TypeError, ValueError: labels are not such numbers, or the size is not whole or below 1.

    Example:
        >>> target_maps(torch.tensor([[[0, 0, 1, 1]]]), (1, 2))[0, :2].tolist()
        [[[1.0, 0.0]], [[0.0, 1.0]]]
    """
    check_tensor(labels, "labels", ["batch, height, width"], (torch.int64,))
    size = cast("tuple[int, int]", to_tuple(size, 2, "size", 1))
    if labels.numel() and not 0 <= int(labels.min()) <= int(labels.max()) < len(CLASSES):
        raise ValueError(
            f"`labels` (from {int(labels.min())} to {int(labels.max())}) must lie between 0 and "
            f"{len(CLASSES) - 1}."
        )
    classes = F.one_hot(labels, len(CLASSES)).permute(0, 3, 1, 2).float()
    near = F.max_pool2d(classes, 3, stride=1, padding=1)
    outline = (near.sum(1, keepdim=True) > 1).float()  # two classes among a pixel's neighbours
    return torch.cat(
        [F.adaptive_avg_pool2d(classes, size), F.adaptive_max_pool2d(outline, size)], 1
    )


@dataclass(frozen=True, eq=False)
class Sums:
    """What must be known of maps and targets for their correlations, added up over pictures.

    Attributes:
        places: how many.
        maps, map_squares: float64 (maps,).
        targets, target_squares: float64 (targets,).
        products: float64 (maps, targets).
    """

    places: int
    maps: Tensor
    map_squares: Tensor
    targets: Tensor
    target_squares: Tensor
    products: Tensor

    def __add__(self, other: Sums) -> Sums:
        """Add other pictures."""
        return Sums(
            self.places + other.places,
            self.maps + other.maps,
            self.map_squares + other.map_squares,
            self.targets + other.targets,
            self.target_squares + other.target_squares,
            self.products + other.products,
        )

    def correlations(self) -> Tensor:
        """Give float64 (maps, targets), -1..1; 0 for what is one number everywhere."""
        map_spread = self.map_squares - self.maps.square() / self.places
        target_spread = self.target_squares - self.targets.square() / self.places
        together = self.products - torch.outer(self.maps, self.targets) / self.places
        scale = torch.outer(map_spread.clamp(min=0), target_spread.clamp(min=0)).sqrt()
        return torch.where(scale > 0, together / scale, 0.0)


def sums_of(maps: Tensor, targets: Tensor) -> Sums:
    """Add up what the correlations need.

    Args:
        maps: (N, maps, h, w).
        targets: (N, targets, h, w).
    """
    one, other = (each.transpose(0, 1).flatten(1) for each in (maps, targets))  # (maps, places)
    sums = (one.sum(1), _squares(one), other.sum(1), _squares(other), one @ other.T)
    return Sums(one.shape[1], *(each.double() for each in sums))


def _squares(values: Tensor) -> Tensor:
    return torch.linalg.vector_norm(values, dim=1).double().square()


@torch.inference_mode()
def class_correlations(body: nn.Sequential, images: Tensor, labels: Tensor, layer: int) -> Tensor:
    """Say how well each map of a layer follows each class, over many pictures.

    Args:
        body: of Conv2d, ReLU and MaxPool2d.
        images: (N, 3, H, W).
        labels: int64 (N, H, W), numbers in `CLASSES`.
        layer: the index of the layer, from 0 on.

    Returns:
        float64 (maps, classes + 1): the correlation of a map's numbers with the share of a class
        at their places, -1..1, in the order of `TARGETS`; the last column is for outlines.
    """
    parts: Sequence[Sums] = [
        _sums(feature_maps(body, image, layer), truth)
        for image, truth in zip(images.split(BATCH), labels.split(BATCH), strict=True)
    ]
    return sum(parts[1:], start=parts[0]).correlations()


def _sums(maps: Tensor, labels: Tensor) -> Sums:
    return sums_of(maps, target_maps(labels, (maps.shape[-2], maps.shape[-1])))

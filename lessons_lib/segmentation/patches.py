"""What moves a feature map most: the parts of many pictures in which it is largest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lessons_lib.geometry.arguments import LOWEST, to_tuple
from lessons_lib.segmentation.look_inside import BATCH, Place, feature_maps, receptive_window
from lessons_lib.tensors import check_tensor, layouts

Window = tuple[int, int, int, int]  # (top, left, height, width), may reach beyond the picture


@dataclass(frozen=True, eq=False)
class Patch:
    """The part of a picture that moves a map most.

    Attributes:
        pixels: (3, height, width), the receptive field; black where it is beyond the picture.
        value: of the map there.
        picture: which of the pictures it was cut out of.
        place: (row, column) in the map.
        window: (top, left, height, width) in the picture.
    """

    pixels: Tensor
    value: float
    picture: int
    place: Place
    window: Window


@dataclass(frozen=True, eq=False)
class Strongest:
    """Where each map of a layer is largest in each of many pictures.

    Attributes:
        values: (pictures, maps).
        rows, columns: int64 (pictures, maps).
    """

    values: Tensor
    rows: Tensor
    columns: Tensor


def strongest_of(maps: Tensor) -> Strongest:
    """Find where each map is largest.

    Args:
        maps: (pictures, maps, h, w).
    """
    values, flat = maps.flatten(2).max(dim=2)
    return Strongest(values, flat // maps.shape[-1], flat % maps.shape[-1])


def joined(parts: Sequence[Strongest]) -> Strongest:
    """Put what was found in some pictures behind what was found in others."""
    found = ((part.values, part.rows, part.columns) for part in parts)
    return Strongest(*(torch.cat(each) for each in zip(*found, strict=True)))


@torch.inference_mode()
def strongest_places(body: nn.Sequential, images: Tensor, layer: int) -> Strongest:
    """Find where each map of a layer is largest in each picture.

    Args:
        body: of Conv2d, ReLU and MaxPool2d.
        images: (N, 3, H, W).
        layer: the index of the layer, from 0 on.

    Example:
        >>> images = torch.tensor([[[[0.0, 2.0]]], [[[3.0, 1.0]]]])
        >>> strongest_places(nn.Sequential(nn.ReLU()), images, 0).columns.tolist()
        [[1], [0]]
    """
    return joined([strongest_of(feature_maps(body, part, layer)) for part in images.split(BATCH)])


def strongest_patches(
    body: nn.Sequential, images: Tensor, layer: int, channel: int, count: int = 9
) -> list[Patch]:
    """Cut the parts that move a map most out of many pictures, at most one of each picture.

    Args:
        body: of Conv2d, ReLU and MaxPool2d.
        images: (N, 3, H, W).
        layer: the index of the layer, from 0 on.
        channel: the number of the map.
        count: how many.

    Returns:
        the strongest first; none of pictures in which the map is nowhere above 0.
    """
    found = strongest_places(body, images, layer)
    return patches_of(
        found, channel, count, images.__getitem__, lambda at: receptive_window(body, layer, at)
    )


def patches_of(
    found: Strongest,
    channel: int,
    count: int,
    image_of: Callable[[int], Tensor],
    window_of: Callable[[Place], Window],
) -> list[Patch]:
    """Cut patches where it is known already in which pictures a map is largest.

    Args:
        found: of all pictures.
        channel: the number of the map.
        count: how many.
        image_of: gives the picture of a number, (3, H, W).
        window_of: gives what a place of the map sees.

    Returns:
        as in `strongest_patches`.
    """
    values, order = found.values[:, channel].sort(descending=True, stable=True)
    patches = []
    for value, picture in zip(values[:count].tolist(), order[:count].tolist(), strict=True):
        if value <= 0:
            break
        place = int(found.rows[picture, channel]), int(found.columns[picture, channel])
        window = window_of(place)
        patches.append(Patch(cut_out(image_of(picture), window), value, picture, place, window))
    return patches


def cut_out(image: Tensor, window: Window, beyond: float = 0.0) -> Tensor:
    """Cut a window out of a picture.

    Args:
        image: (C, H, W).
        window: (top, left, height, width); it may lie beyond the picture.
        beyond: what stands there, such as the 0 of the padding.

    Returns:
        (C, height, width).

    Raises:
        TypeError, ValueError: the image is none, or the window not four whole numbers.

    Example:
        >>> cut_out(torch.ones(1, 2, 2), (-1, 0, 2, 3)).tolist()
        [[[0.0, 0.0, 0.0], [1.0, 1.0, 0.0]]]
    """
    check_tensor(image, "image", [layouts(2)[1]])
    top, left, height, width = to_tuple(window, 4, "window", LOWEST)
    if min(height, width) < 0:
        raise ValueError(f"`window` (={window}) must not be of negative height or width.")
    part = image.new_full((image.shape[0], height, width), beyond)
    first, last = max(top, 0), min(top + height, image.shape[1])
    begin, end = max(left, 0), min(left + width, image.shape[2])
    if first < last and begin < end:
        inside = part[:, first - top : last - top, begin - left : end - left]
        inside.copy_(image[:, first:last, begin:end])
    return part

"""What a segmenting network looks at: a held-out scene with its truth, or a picture without."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.images import Picture
from lessons_lib.kit.result import Pane
from lessons_lib.kit.vocabulary import Role
from lessons_lib.segmentation.scenes import CLASSES, HELD_OUT, draw_scene
from lessons_lib.visualization.numbers import size_text
from lessons_lib.visualization.pixels import as_bytes


def classes_pane(name: str, title: str, labels: Tensor, role: Role = "", **more: Any) -> Pane:
    """Show a class of the scenes for each pixel.

    Args:
        name, title, role: of the pane.
        labels: int64 (H, W), numbers of `CLASSES`.
        more: further fields of `Pane`.
    """
    return Pane(name, title, role, labels, "classes", tuple(labels.shape), labels=CLASSES, **more)


@dataclass(frozen=True, eq=False)
class Seen:
    """What is shown to the network; the same tensors every time.

    Attributes:
        name: of the picture, or of the scene.
        image: float32 (1, 3, H, W), 0..1.
        levels: the same as a screen shows it, uint8 (3, H, W).
        labels: the truth, int64 (H, W); None: nobody knows it.
        note: what was changed.
    """

    name: str
    image: Tensor
    levels: Tensor
    labels: Tensor | None
    note: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.image.shape[-2], self.image.shape[-1]

    def pane(self) -> Pane:
        """Show it as it is."""
        shape = tuple(self.levels.shape)
        return Pane("input", self.name, "input", self.levels, "photo", shape, note=self.note)

    def truth_pane(self) -> Pane:
        """Show what each pixel is."""
        if self.labels is None:
            raise ValueError(f"nobody knows the truth of {self.name}")
        return classes_pane("truth", "truth", self.labels)


@lru_cache(maxsize=32)
def seen_scene(number: int) -> Seen:
    """Give a held-out scene, by its number from 0."""
    scene = draw_scene(HELD_OUT + number)
    return Seen(f"scene {number}", scene.image, as_bytes(scene.image[0]), scene.labels)


@lru_cache(maxsize=4)
def seen_picture(picture: Picture, longest: int) -> Seen:
    """Give a picture, scaled down until no side is longer.

    Args:
        picture: any.
        longest: in pixels. The shapes that the network knows are 20 to 50 pixels wide.
    """
    image = picture.image
    height, width = image.shape[-2:]
    scale = min(1.0, longest / max(height, width))
    if scale == 1:
        return Seen(picture.name, image, as_bytes(image[0]), None, picture.note)
    size = max(1, round(scale * height)), max(1, round(scale * width))
    with torch.inference_mode(False), torch.no_grad():
        image = F.interpolate(image, size, mode="bilinear", antialias=True).clamp(0, 1)
    scaled = f"scaled down from {size_text((height, width))}"
    note = " · ".join(filter(None, (picture.note, scaled)))
    return Seen(picture.name, image, as_bytes(image[0]), None, note)

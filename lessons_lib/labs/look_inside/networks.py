"""The networks that are looked into, and what moves each of their maps most."""

from __future__ import annotations

import copy
import hashlib
import threading
from dataclasses import dataclass, field
from functools import lru_cache

import torch
from torch import Tensor, nn

from lessons_lib.images import Picture
from lessons_lib.kernels import seeded_draws
from lessons_lib.kit.course import MEASURED, held_out_scenes
from lessons_lib.segmentation.look_inside import (
    Place,
    all_feature_maps,
    convolutions,
    feature_maps,
    spans,
)
from lessons_lib.segmentation.meaning import Sums, sums_of, target_maps
from lessons_lib.segmentation.network import FCN, check_fcn, small_fcn
from lessons_lib.segmentation.patches import Strongest, joined, strongest_of
from lessons_lib.segmentation.trained import trained_fcn

SCENES = MEASURED  # held out, in which the patches are searched
TOGETHER = 10  # so many at once
TRAINED, UNTRAINED = "trained", "untrained"


@dataclass(frozen=True)
class MapLayer:
    """A convolution with its ReLU, whose maps are looked at.

    Attributes:
        name: conv1, conv2, ...
        index: of the last of its layers in the body.
        maps: how many.
        down, across: (start, step, field) of what its numbers see; see `spans`.
    """

    name: str
    index: int
    maps: int
    down: tuple[int, int, int]
    across: tuple[int, int, int]

    @property
    def field(self) -> tuple[int, int]:
        """Height and width in pixels that each of its numbers sees."""
        return self.down[2], self.across[2]

    def window(self, place: Place) -> tuple[int, int, int, int]:
        """Give `receptive_window` of a place, without asking all layers again."""
        (top, down, height), (left, across, width) = self.down, self.across
        return top + place[0] * down, left + place[1] * across, height, width


class Inside:
    """A network's body as it is looked into: its layers with maps, and the search for patches."""

    def __init__(self, body: nn.Sequential) -> None:
        self.body = body
        weights = [layer for layer in body if isinstance(layer, nn.Conv2d)]
        self.layers = tuple(
            MapLayer(f"conv{number}", index, layer.out_channels, *spans(body, index))
            for number, (index, layer) in enumerate(
                zip(convolutions(body), weights, strict=True), start=1
            )
        )
        self.search = Search(body)


@dataclass(frozen=True, eq=False)
class Found:
    """What some scenes have told of the maps of a layer.

    Attributes:
        strongest: where each map is largest in each scene.
        sums: for the correlations with the classes.
    """

    strongest: Strongest
    sums: Sums


class Search:
    """What so many scenes as are searched so far tell of each map; any thread may ask."""

    def __init__(self, body: nn.Sequential) -> None:
        self._body = body
        self._lock = threading.Lock()
        self._parts: list[dict[int, Found]] = []

    @property
    def count(self) -> int:
        """How many scenes are searched."""
        return len(self._parts) * TOGETHER

    def missing(self, scenes: int) -> int:
        """Say how many scenes must be searched before there are so many, or all there are."""
        return max(0, min(scenes, SCENES) - self.count)

    def advance(self) -> None:
        """Search some scenes more."""
        with self._lock, torch.inference_mode():
            if self.count >= SCENES:
                return
            scenes = [held_out_scenes()[self.count + i] for i in range(TOGETHER)]
            images, labels = (torch.stack(each) for each in zip(*scenes, strict=True))
            targets = {}
            part = {}
            for layer, maps in all_feature_maps(self._body, images):
                size = (maps.shape[-2], maps.shape[-1])
                if size not in targets:
                    targets[size] = target_maps(labels, size)
                part[layer] = Found(strongest_of(maps), sums_of(maps, targets[size]))
            self._parts.append(part)

    def found(self, layer: int, scenes: int) -> Found | None:
        """Give what the first scenes tell of a layer, None as long as none is searched.

        Scenes are searched some at a time: those that were begun with count in full.
        """
        parts = [part[layer] for part in self._parts[: -(-scenes // TOGETHER)]]
        if not parts:
            return None
        sums = sum((part.sums for part in parts[1:]), start=parts[0].sums)
        return Found(joined([part.strongest for part in parts]), sums)


# --------------------------------------------------------------------------------- the pictures


@lru_cache(maxsize=8)
def scene_picture(number: int) -> Picture:
    """Give a held-out scene as a picture: the same one every time."""
    return Picture(f"scene {number}", held_out_scenes()[number][0].unsqueeze(0))


@lru_cache(maxsize=2)  # of a large picture they take 28 MB
@torch.inference_mode()
def maps_of(inside: Inside, picture: Picture, layer: MapLayer) -> Tensor:
    """Give the maps of a layer for a picture, (maps, h, w).

    Raises:
        ValueError: the picture is too small for the layer.
    """
    return feature_maps(inside.body, picture.image, layer.index)[0]


# --------------------------------------------------------------------------------- the networks


@dataclass(frozen=True)
class _Named:
    """A body known by the digest of its weights: it may be trained further and is another then."""

    digest: str
    body: nn.Sequential = field(compare=False)


_making = threading.Lock()


def inside_of(weights: str, seed: int, network: FCN | None) -> Inside:
    """Give the network that is wanted, ready to be looked into.

    Args:
        weights: "trained" or "untrained".
        seed: of the untrained one.
        network: the reader's own; None: the lesson's.

    Raises:
        TypeError: it is no `FCN`.
        ValueError: it has layers that the way back does not know.
    """
    if network is not None:
        check_fcn(network)
    with _making:  # two threads that asked at once would search apart
        if network is not None:
            own = _redrawn(network.body, seed) if weights == UNTRAINED else network.body
            return _inside(_Named(_digest(own), own))
        return _of_the_lesson(None if weights == TRAINED else seed)


@lru_cache(maxsize=4)
def _of_the_lesson(seed: int | None) -> Inside:
    with torch.inference_mode(False):
        return Inside((trained_fcn() if seed is None else small_fcn(seed)).body.eval())


@lru_cache(maxsize=2)
def _inside(named: _Named) -> Inside:
    with torch.inference_mode(False):
        return Inside(copy.deepcopy(named.body).cpu().float().eval())


def _digest(body: nn.Sequential) -> str:
    found = hashlib.sha256(str(body).encode())
    for weight in body.parameters():
        found.update(weight.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()


def is_small(body: nn.Sequential) -> bool:
    """Say whether a network has the layers of the lesson's own, so that its start is known."""
    return str(body) == str(small_fcn().body)


def _redrawn(body: nn.Sequential, seed: int) -> nn.Sequential:
    """Give the same layers with new weights: those of `small_fcn`, or else as torch draws them."""
    with torch.inference_mode(False):
        if is_small(body):
            return small_fcn(seed).body
        again = copy.deepcopy(body)
        with seeded_draws(seed):
            for layer in again:
                if isinstance(layer, nn.Conv2d):
                    layer.reset_parameters()
    return again

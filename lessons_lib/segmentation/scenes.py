"""Pictures to learn from that need no download: coloured shapes, and the class of every pixel.

What a shape is made of, its colour, pattern, size and place, is drawn without asking which shape
it is. So its outline is all that tells the class, and a network has to learn outlines.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.data import Dataset

from lessons_lib.geometry.arguments import to_tuple, to_whole
from lessons_lib.images import BUNDLED, load_picture

CLASSES: tuple[str, ...] = ("background", "disc", "ring", "square", "triangle")
SIZE = (96, 128)
"""Height and width of a scene, in pixels."""
HELD_OUT = 1_000_000
"""Scenes from this seed on are never learned from: they are for measuring."""

_SURFACES = ("flat", "gradient", "noise", "photo")
_RADII = (0.18, 0.32)  # of a shape, as shares of the shorter side
_SHAPES = (2, 6)  # how many: from the first to below the second
_TRIES = 12  # to place one
_APART = 0.9  # of two radii: so far apart are the middles of two shapes at least
_TURNED = 0.25  # radians, to either side
_WIDTHS = (0.5, 0.65)  # of a ring, as shares of its radius
_SIDES = {"square": (4, 0.8), "triangle": (3, 0.62)}  # and how far from the middle they are
_CONTRAST = 0.4  # least distance of two colours of one scene, in a cube of side 1
_NOISE = 0.05  # largest standard deviation of the noise over all


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture and its truth.

    Attributes:
        image: float32 (1, 3, H, W), 0..1, in steps of 1/255 as a file has them.
        labels: int64 (H, W), the number in `CLASSES` of what each pixel shows.
    """

    image: Tensor
    labels: Tensor


def draw_scene(seed: int, size: tuple[int, int] = SIZE) -> Scene:
    """Draw a scene: up to five shapes, later ones over earlier ones, on a ground.

    Args:
        seed: the same seed gives the same scene, always. What is learned from begins at 0, what is
            measured on at `HELD_OUT`.
        size: height and width in pixels, each at least 1.

    Raises:
        TypeError, ValueError: a side is not whole or below 1, or the seed not whole or below 0.

    Example:
        >>> scene = draw_scene(3)
        >>> scene.image.shape, scene.labels.shape
        (torch.Size([1, 3, 96, 128]), torch.Size([96, 128]))
    """
    _check_size(size)
    chance = torch.Generator().manual_seed(to_whole(seed, "seed", 0))
    colours = [_colour(chance, [])]
    image = _surface(chance, colours[0], size)  # (3, H, W)
    labels = torch.zeros(size, dtype=torch.int64)
    for row, column, radius in _places(chance, size):
        kind = int(_uniform(chance, 1, len(CLASSES)))
        colours.append(_colour(chance, colours))
        turned, width = _uniform(chance, -_TURNED, _TURNED), _uniform(chance, *_WIDTHS)
        offsets = _offsets(size, row, column)
        beyond = beyond_outline(CLASSES[kind], offsets, radius, turned, width)  # (H, W)
        cover = (0.5 - beyond).clamp(0, 1)  # the outline's pixels are mixed, as a camera does
        image += cover * (_surface(chance, colours[-1], size) - image)
        labels[beyond < 0] = kind
    noise = torch.randn(image.shape, generator=chance)
    image += _uniform(chance, 0, _NOISE) * noise
    steps = (255 * image.clamp(0, 1)).round()
    return Scene(steps.div(255).unsqueeze(0), labels)


class Scenes(Dataset[tuple[Tensor, Tensor]]):
    """Many scenes, as torch's loaders and our training take them.

    Each is drawn when it is first asked for, and kept as bytes: 49 kB a scene of the usual size.

    Args:
        count: how many.
        first: the seed of the first; for measuring `HELD_OUT`.
        size: height and width in pixels.

    Raises:
        TypeError, ValueError: a number is not whole, the count or a side below 1, or the first seed
            below 0.

    Example:
        >>> image, labels = Scenes(10, first=HELD_OUT)[9]
        >>> image.shape, labels.shape
        (torch.Size([3, 96, 128]), torch.Size([96, 128]))
    """

    def __init__(self, count: int, first: int = 0, size: tuple[int, int] = SIZE) -> None:
        count, first = to_whole(count, "count", 1), to_whole(first, "first", 0)
        _check_size(size)
        self.first, self.size = first, size
        self._drawn: list[tuple[Tensor, Tensor] | None] = [None] * count

    def __len__(self) -> int:
        return len(self._drawn)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Give the image (3, H, W), float32, and its labels (H, W), int64."""
        index = range(len(self))[index]
        kept = self._drawn[index]
        if kept is None:
            scene = draw_scene(self.first + index, self.size)
            kept = (255 * scene.image[0]).round().byte(), scene.labels.byte()
            self._drawn[index] = kept
        image, labels = kept
        return image.float().div(255), labels.long()


# ---------------------------------------------------------------------------- chance


def _uniform(chance: torch.Generator, low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand((), generator=chance))


def _colour(chance: torch.Generator, others: list[Tensor]) -> Tensor:
    """Draw a colour, (3, 1, 1), that can be told from the others."""
    while True:
        colour = 0.1 + 0.8 * torch.rand(3, 1, 1, generator=chance)
        if all(float((colour - other).norm()) >= _CONTRAST for other in others):
            return colour


def _places(chance: torch.Generator, size: tuple[int, int]) -> list[tuple[float, float, float]]:
    """Draw row, column and radius of some shapes that hide each other only in part."""
    places: list[tuple[float, float, float]] = []
    wanted = int(_uniform(chance, *_SHAPES))
    for _ in range(_TRIES):
        radius = min(size) * _uniform(chance, *_RADII)
        row, column = (_uniform(chance, 0.7 * radius, side - 0.7 * radius) for side in size)
        if len(places) < wanted and all(
            math.hypot(row - other[0], column - other[1]) >= _APART * (radius + other[2])
            for other in places
        ):
            places.append((row, column, radius))
    return places


# ---------------------------------------------------------------------------- outlines


def _offsets(size: tuple[int, int], row: float, column: float) -> tuple[Tensor, Tensor]:
    """How far down and right of a place the middle of each pixel lies: (H, 1) and (1, W)."""
    down = torch.arange(size[0]) + 0.5 - row
    right = torch.arange(size[1]) + 0.5 - column
    return down[:, None], right[None, :]


def beyond_outline(
    name: str,
    offsets: tuple[Tensor, Tensor],
    radius: float,
    turned: float = 0.0,
    width: float = 0.5,
) -> Tensor:
    """Say how far each pixel lies beyond the outline of a shape.

    Args:
        name: "disc", "ring", "square" or "triangle".
        offsets: how far down and right of the shape's middle the pixels lie, (H, 1) and (1, W).
        radius: of disc and ring, in pixels. A square reaches 0.8 of it to each side, so that it
            covers about as much as the disc does; a triangle stands 0.62 of it below its middle.
        turned: by how much square and triangle are turned, in radians.
        width: of the ring, as a share of its radius.

    Returns:
        (H, W), in pixels: below 0 inside, above 0 outside, around corners less than the distance.

    Example:
        >>> line = torch.zeros(1, 1), torch.tensor([[0.0, 2.0, 5.0, 7.0]])
        >>> beyond_outline("disc", line, 5)[0].tolist()
        [-5.0, -3.0, 0.0, 2.0]
        >>> beyond_outline("ring", line, 5, width=0.4)[0].tolist()
        [3.0, 1.0, 0.0, 2.0]
    """
    down, right = offsets
    if name in ("disc", "ring"):
        half = radius if name == "disc" else radius * width / 2
        from_middle = (down.square() + right.square()).sqrt()
        return (from_middle - (radius - half)).abs() - half
    sides, inner = _SIDES[name]
    angles = [turned + math.pi / 2 + 2 * math.pi * side / sides for side in range(sides)]
    beyond = [math.sin(angle) * down + math.cos(angle) * right for angle in angles]
    return torch.stack(beyond).amax(0) - inner * radius


# ---------------------------------------------------------------------------- surfaces


def _surface(chance: torch.Generator, colour: Tensor, size: tuple[int, int]) -> Tensor:
    """Draw what a shape or the ground is made of, (3, H, W): a colour and a pattern around it."""
    kind = _SURFACES[int(_uniform(chance, 0, len(_SURFACES)))]
    strength = _uniform(chance, 0.1, 0.3)
    if kind == "flat":
        return colour.expand(3, *size).clone()
    if kind == "gradient":
        return colour + strength * _gradient(chance, size)
    if kind == "noise":
        return colour + strength * (torch.rand(3, *size, generator=chance) - 0.5)
    return colour + 1.5 * strength * _photo_pattern(chance, size)


def _gradient(chance: torch.Generator, size: tuple[int, int]) -> Tensor:
    """Rise from -1 to 1 at most across the picture, in any direction: (H, W)."""
    angle = _uniform(chance, 0, 2 * math.pi)
    down, right = _offsets(size, size[0] / 2, size[1] / 2)
    return (math.sin(angle) * down + math.cos(angle) * right) / (max(size) / 2)


def _photo_pattern(chance: torch.Generator, size: tuple[int, int]) -> Tensor:
    """Cut a piece out of a bundled photo and take its mean colour away: (3, H, W)."""
    name = BUNDLED[int(_uniform(chance, 0, len(BUNDLED)))]
    photo = _photo(name, size)
    row, column = (
        int(_uniform(chance, 0, have - want + 1))
        for have, want in zip(photo.shape[1:], size, strict=True)
    )
    piece = photo[:, row : row + size[0], column : column + size[1]]
    return piece - piece.mean((1, 2), keepdim=True)


@functools.lru_cache(maxsize=8)
def _photo(name: str, size: tuple[int, int]) -> Tensor:
    """Read a photo, (3, H, W), repeated as in mirrors until the size can be cut out of it."""
    photo = load_picture(name).image[0]
    for axis, side in enumerate(size, start=1):
        while photo.shape[axis] < side:
            photo = torch.cat([photo, photo.flip(axis)], axis)
    return photo


def _check_size(size: tuple[int, int]) -> None:
    to_tuple(size, 2, "size", 1)

"""What is to be learned, from what, and what is known before the first step."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import torch
from torch import Tensor, nn

from lessons_lib.images import Picture
from lessons_lib.kernels import (
    fresh_layer,
    named_kernel,
    photo_weight,
    seeded_layer,
    weighted_layer,
)
from lessons_lib.kit import photo
from lessons_lib.kit.grids import Rows, small_grid
from lessons_lib.kit.layers import conv
from lessons_lib.kit.result import IllegalSettingError
from lessons_lib.training import (
    LOSSES,
    Solution,
    Valley,
    loss_valley,
    solve_kernel,
    squared_loss,
)

NOISE = (96, 128)
FLAT = (48, 64)
KEPT = 4  # tasks: a photo and its output take 4 MB at 512 x 512


@dataclass(frozen=True)
class Source:
    """What the layer reads: `make` takes the picture and the seed and gives (1, C, H, W)."""

    label: str
    make: Callable[[Picture, int], Tensor]


def _noise(_picture: Picture, seed: int) -> Tensor:
    return torch.randn((1, 1, *NOISE), generator=torch.Generator().manual_seed(seed))


SOURCES = {
    "rgb": Source("photo, R G B", lambda picture, _seed: picture.image),
    "grey": Source("photo, grey", lambda picture, _seed: picture.image.mean(1, keepdim=True)),
    "noise": Source("noise", _noise),
    "flat": Source("flat grey", lambda _picture, _seed: torch.full((1, 1, *FLAT), 0.5)),
    "edge": Source("black bar, 6 × 8", lambda _picture, _seed: small_grid("edge")),
}
OWN, RANDOM = "own", "random"
EDGE: Rows = ((1.0, -1.0),)
NAMED = {
    "edge": "edge [1, −1]",
    "sobel_x": "Sobel x",
    "emboss": "emboss",
    "sharpen": "sharpen",
    "laplacian": "Laplacian",
}
STARTS = {"random": "random, by seed", "zeros": "all zeros"}


@dataclass(frozen=True)
class Wish:
    """All that a task hangs on: settings of the lab."""

    picture: Picture
    seed: int
    data: str
    hidden: str
    kernel: Rows
    start: str
    bias: bool


class Task:
    """A picture, the output that is wanted of it, and the kernel that is hidden in the output."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.image = _image(wish.picture, wish.seed, wish.data)
        channels = self.image.shape[1]
        self.target = hidden_kernel(wish, channels)  # (1, C, kh, kw)
        made = weighted_layer(nn.Conv2d, self.target)
        try:
            self.wanted = conv.run(made, self.image)
        except IllegalSettingError as error:
            raise self._with_cure(error) from error

    def _with_cure(self, error: IllegalSettingError) -> IllegalSettingError:
        """Give a kernel that is as large as the picture allows."""
        rows, columns = self.image.shape[-2:]
        fitting = self.target[0].sum(0)[:rows, :columns]
        nearest = {"hidden": OWN, "kernel": tuple(tuple(row) for row in fitting.tolist())}
        return IllegalSettingError(error.message, error.explanation, nearest, error.code)

    @property
    def size(self) -> tuple[int, int]:
        """Give height and width of the kernel."""
        return self.target.shape[-2], self.target.shape[-1]

    def first_layer(self) -> nn.Conv2d:
        """Build the layer as it is before the first step; each call gives another one."""
        with torch.inference_mode(False):  # it is to learn
            layer = fresh_layer(
                self.wish.seed, self.image.shape[1], 1, self.size, bias=self.wish.bias
            )
            if self.wish.start == "zeros":
                for each in layer.parameters():
                    nn.init.zeros_(each)
        return layer

    @cached_property
    def valley(self) -> Valley:
        """The shape of the loss."""
        wish = self.wish
        return _valley(wish.picture, wish.seed, wish.data, self.size, wish.bias)

    @cached_property
    def solution(self) -> Solution:
        """The lowest point, found at once."""
        return solve_kernel(self.image, self.wanted, self.size, self.wish.bias, self.valley)

    @cached_property
    def solution_error(self) -> float:
        """The largest distance of a weight of the solution from the hidden kernel's."""
        return float((self.solution.kernel - self.target).abs().max())

    @cached_property
    def first_losses(self) -> dict[str, float]:
        """The loss before the first step, by its name."""
        output = self.first_layer()(self.image)
        return {name: float(squared_loss(output, self.wanted, name)) for name in LOSSES}


def hidden_kernel(wish: Wish, channels: int) -> Tensor:
    """Give the kernel that is to be found, (1, channels, kh, kw)."""
    if wish.hidden == RANDOM:
        return seeded_layer(wish.seed, channels).weight.detach()
    if wish.hidden in (OWN, "edge"):
        rows = torch.tensor(wish.kernel if wish.hidden == OWN else EDGE)
    else:
        rows = named_kernel(wish.hidden)
    return photo_weight(rows, channels)


def _image(picture: Picture, seed: int, data: str) -> Tensor:
    # only noise is drawn: another seed, with the same photo, is no other task
    return _cached_image(picture, seed if data == "noise" else 0, data)


@lru_cache(maxsize=KEPT)
def _cached_image(picture: Picture, seed: int, data: str) -> Tensor:
    with torch.inference_mode():
        return photo.fast(SOURCES[data].make(picture, seed))


def _valley(picture: Picture, seed: int, data: str, size: tuple[int, int], bias: bool) -> Valley:
    return _cached_valley(picture, seed if data == "noise" else 0, data, size, bias)


@lru_cache(maxsize=16)
def _cached_valley(
    picture: Picture, seed: int, data: str, size: tuple[int, int], bias: bool
) -> Valley:
    with torch.inference_mode():
        return loss_valley(_image(picture, seed, data), size, bias)


_preparing = threading.Lock()


@lru_cache(maxsize=KEPT)
def _prepare(wish: Wish) -> Task:
    with torch.inference_mode():
        return Task(wish)


def prepared(wish: Wish) -> Task:
    """Give a task, made once; any thread may ask.

    Raises:
        IllegalSettingError: the picture is smaller than the kernel.
    """
    with _preparing:
        return _prepare(wish)

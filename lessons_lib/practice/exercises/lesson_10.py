"""The exercise of lesson 10: to enlarge smoothly."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib.practice.exercises.exercise import Draw, Exercise, Slip, Trait


def bilinear_kernel(stride: int) -> Tensor:
    """Make the kernel with which a transposed layer enlarges `stride` times, in straight lines."""
    size = 2 * stride - stride % 2
    middle = (size - 1) / 2
    distance = (torch.arange(size) - middle).abs()
    side = 1 - distance / stride
    return side[:, None] * side[None, :]


def _tent(stride: int) -> Tensor:
    """Let torch enlarge a picture with a single one in it, and cut out what is not 0."""
    picture = torch.zeros(1, 1, 5, 5)
    picture[..., 2, 2] = 1
    grown = F.interpolate(picture, scale_factor=stride, mode="bilinear", align_corners=False)[0, 0]
    first, last = (grown != 0).any(1).nonzero()[[0, -1], 0].tolist()
    return grown[first : last + 1, first : last + 1]


def _strides(draw: Draw) -> Iterator[tuple[int]]:
    yield from [(1,), (2,), (3,), (4,), (5,), (6,)]


def _side(size: int, middle: float, reach: float) -> Tensor:
    side = 1 - (torch.arange(size) - middle).abs() / reach
    return side[:, None] * side[None, :]


EXERCISES = (
    Exercise(
        "10",
        "grid",
        bilinear_kernel,
        _tent,
        _strides,
        hints=(
            "Begin with one axis: a tent, 1 at its middle, falling in a straight line to 0 at the "
            "neighbours, which are `stride` pixels away.",
            "The cells that are not 0 number 2 · stride − stride % 2. Their middle lies between "
            "two cells where that is even.",
            "One side is `1 - distance / stride`; the kernel is the product of two sides, one as "
            "a column and one as a row.",
        ),
        slips=(
            Slip(
                "The middle is half a cell off: it is (size − 1) / 2.",
                lambda s: _side(2 * s - s % 2, (2 * s - s % 2) // 2, s),
            ),
            Slip(
                "Your kernel is 2 · stride − 1 wide for every stride; for even ones it is "
                "2 · stride.",
                lambda s: _side(2 * s - 1, s - 1, s),
            ),
            Slip(
                "Your kernel adds up to 1. Each output lies under several stamps; the kernel "
                "adds up to stride².",
                lambda s: _tent(s) / _tent(s).sum(),
            ),
            Slip(
                "Your kernel is flat, so each pixel becomes a block: the nearest neighbour.",
                lambda s: torch.ones(s, s),
            ),
            Slip(
                "You add the two sides; multiply them.",
                lambda s: _tent(s)[:, :1] + _tent(s)[:1, :],
            ),
            Slip(
                "You give back one side; the kernel is the product of two.",
                lambda s: torch.diagonal(_tent(s)).sqrt(),
            ),
            Slip(
                "You scale the kernel so that its largest weight is 1. For even strides none lies "
                "on the pixel itself, so none is 1.",
                lambda s: _tent(s) / _tent(s).max(),
            ),
        ),
        traits=(
            Trait("with an even stride", lambda stride: stride % 2 == 0),
            Trait("with an odd stride", lambda stride: stride % 2 == 1),
        ),
    ),
)

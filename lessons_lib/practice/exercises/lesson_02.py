"""The exercises of lesson 02: a window that jumps."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib.practice.exercises.exercise import (
    Draw,
    Exercise,
    Slip,
    Trait,
    all_zeros,
    as_planes,
    swapped,
    unlike,
)


def output_size(input_size: int, kernel_size: int, stride: int) -> int:
    """Say how large the output is along one axis."""
    return (input_size - kernel_size) // stride + 1


def strided_correlate2d(image: Tensor, kernel: Tensor, stride: tuple[int, int]) -> Tensor:
    """Slide the kernel over the image with a stride (height, width)."""
    (height, width), (kh, kw) = image.shape, kernel.shape
    down, across = stride
    rows, columns = (height - kh) // down + 1, (width - kw) // across + 1
    output = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            top, left = i * down, j * across
            output[i, j] = (image[top : top + kh, left : left + kw] * kernel).sum()
    return output


def _size(input_size: int, kernel_size: int, stride: int) -> int:
    signal, kernel = torch.zeros(1, 1, input_size), torch.zeros(1, 1, kernel_size)
    return F.conv1d(signal, kernel, stride=stride).shape[-1]


def _strided(image: Tensor, kernel: Tensor, stride: tuple[int, int]) -> Tensor:
    return as_planes(F.conv2d, image, kernel, stride=stride)


def _sizes(draw: Draw) -> Iterator[tuple[int, int, int]]:
    yield from [(1, 1, 1), (1, 1, 3), (5, 5, 2), (6, 3, 1), (7, 3, 2), (8, 3, 2), (512, 3, 5)]
    for _ in range(30):
        kernel_size, stride = draw.whole(1, 7), draw.whole(1, 6)
        yield kernel_size + draw.whole(0, 30), kernel_size, stride


def _strides(draw: Draw) -> Iterator[tuple[Tensor, Tensor, tuple[int, int]]]:
    yield draw.grid(1, 1), draw.grid(1, 1), (1, 1)
    yield draw.grid(1, 4), draw.grid(1, 2), (1, 2)
    yield draw.grid(4, 1), draw.grid(2, 1), (2, 1)
    yield draw.grid(2, 3), draw.grid(2, 2), (3, 3)
    for _ in range(6):
        stride = draw.whole(1, 3)
        yield draw.grid(*draw.pair(3, 6)), draw.grid(*draw.pair(1, 3)), (stride, stride)
    for _ in range(10):
        yield draw.grid(*draw.pair(3, 6)), draw.grid(*draw.pair(1, 3)), draw.unlike(1, 3)
    for _ in range(4):
        yield draw.fractions(*draw.unlike(4, 7)), draw.fractions(2, 3), draw.unlike(1, 3)


def _with_gaps(image: Tensor, kernel: Tensor, stride: tuple[int, int]) -> Tensor:
    every_place = _strided(image, kernel, (1, 1))
    output = torch.zeros_like(every_place)
    output[:: stride[0], :: stride[1]] = every_place[:: stride[0], :: stride[1]]
    return output


def _one_axis_only(axis: int, image: Tensor, kernel: Tensor, stride: tuple[int, int]) -> Tensor:
    return _strided(image, kernel, (stride[0], 1) if axis == 0 else (1, stride[1]))


_NO_FLOOR = (
    "A part of a window is no place for it: round down. `//` divides and rounds down in one step."
)
_ONE_AXIS = "Your stride works along the {} only; each axis has a stride of its own."
_SIZE_TRAITS = (
    Trait(
        "where the division leaves a remainder",
        lambda input_size, kernel_size, stride: (input_size - kernel_size) % stride != 0,
    ),
    Trait("with a stride above 1", lambda input_size, kernel_size, stride: stride > 1),
    Trait("with a kernel larger than 1", lambda input_size, kernel_size, stride: kernel_size > 1),
)

EXERCISES = (
    Exercise(
        "02",
        "number",
        output_size,
        _size,
        _sizes,
        hints=(
            "With `stride=1` there are n − k + 1 places. Which of them does a larger stride keep?",
            "The first place is always there. How many jumps of `stride` pixels fit into the "
            "n − k pixels behind it?",
            "As many jumps as whole strides fit into n − k: `(n - k) // stride`. And there is one "
            "place more than there are jumps.",
        ),
        slips=(
            Slip(_NO_FLOOR, lambda n, k, s: (n - k) / s + 1),
            Slip(
                "One is missing: there is one place more than there are jumps.",
                lambda n, k, s: (n - k) // s,
            ),
            Slip(
                "You round up; a window that does not fit inside is left out. Round down.",
                lambda n, k, s: math.ceil((n - k) / s) + 1,
            ),
            Slip(
                "You round to the nearest; a window that does not fit is left out. Round down.",
                lambda n, k, s: round((n - k) / s) + 1,
            ),
            Slip("You do not use the stride.", lambda n, k, s: n - k + 1),
            Slip("You do not use the kernel's size: it takes room too.", lambda n, k, s: n // s),
            Slip(
                "You do not use the kernel's size: it takes room too.",
                lambda n, k, s: (n - 1) // s + 1,
            ),
            Slip(
                "The 1 belongs outside the division: first count the jumps, then add one place.",
                lambda n, k, s: (n - k + 1) // s,
            ),
        ),
        traits=_SIZE_TRAITS,
    ),
    Exercise(
        "02",
        "grid",
        strided_correlate2d,
        _strided,
        _strides,
        hints=(
            "How large is the output? Each axis has a size and a stride of its own.",
            "Let the loops count the output's rows and columns. Where does the window of "
            "`output[i, j]` begin?",
            "At row `i * stride[0]` and column `j * stride[1]`; all else is as without a stride.",
        ),
        slips=(
            Slip(
                _ONE_AXIS.format("height"),
                lambda *arguments: _one_axis_only(0, *arguments),
            ),
            Slip(
                _ONE_AXIS.format("width"),
                lambda *arguments: _one_axis_only(1, *arguments),
            ),
            Slip(
                "Your strides are swapped: `stride[0]` belongs to the rows.",
                lambda image, kernel, stride: _strided(image, kernel, stride[::-1]),
            ),
            Slip(
                "You use `stride[0]` along both axes.",
                lambda image, kernel, stride: _strided(image, kernel, (stride[0], stride[0])),
            ),
            Slip(
                "You use `stride[1]` along both axes.",
                lambda image, kernel, stride: _strided(image, kernel, (stride[1], stride[1])),
            ),
            Slip(
                "You do not use the stride.",
                lambda image, kernel, stride: _strided(image, kernel, (1, 1)),
            ),
            Slip(
                "You pull the kernel's weights apart: that is dilation. Let the window jump.",
                lambda image, kernel, stride: as_planes(F.conv2d, image, kernel, dilation=stride),
            ),
            Slip(
                "You leave gaps in the output: windows begin at multiples of the stride, but "
                "their results stand side by side.",
                _with_gaps,
            ),
            Slip(
                "The kernel is turned by 180 degrees; torch lays it on as it is.",
                lambda image, kernel, stride: _strided(image, kernel.flip(0, 1), stride),
            ),
            Slip(
                "The last place is missing: (n − k) // stride + 1 windows fit.",
                lambda image, kernel, stride: _strided(image, kernel, stride)[:-1, :-1],
            ),
            all_zeros(_strided),
            swapped(_strided),
        ),
        traits=(
            Trait(
                "with a stride above 1 along an axis",
                lambda image, kernel, stride: max(stride) > 1,
            ),
            Trait(
                "where the stride differs per axis",
                lambda image, kernel, stride: unlike(stride),
            ),
            Trait(
                "where the kernel is not as high as wide",
                lambda image, kernel, stride: unlike(kernel.shape),
            ),
            Trait(
                "where the image is not as high as wide",
                lambda image, kernel, stride: unlike(image.shape),
            ),
        ),
    ),
)

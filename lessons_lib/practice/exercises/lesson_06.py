"""The exercises of lesson 06: one number of each window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib.practice.exercises.exercise import (
    Draw,
    Exercise,
    Slip,
    Trait,
    all_zeros,
    swapped,
    unlike,
)

Pair = tuple[int, int]


def max_pool2d(image: Tensor, kernel_size: tuple[int, int], stride: tuple[int, int]) -> Tensor:
    """Keep the largest number of every window."""
    (height, width), (kh, kw) = image.shape, kernel_size
    down, across = stride
    output = torch.zeros((height - kh) // down + 1, (width - kw) // across + 1)
    for i in range(output.shape[0]):
        for j in range(output.shape[1]):
            top, left = i * down, j * across
            output[i, j] = image[top : top + kh, left : left + kw].max()
    return output


def avg_pool2d(image: Tensor, kernel_size: tuple[int, int], padding: tuple[int, int]) -> Tensor:
    """Keep the mean of windows side by side; zeros of the padding count as numbers."""
    (kh, kw), (above, left) = kernel_size, padding
    height, width = image.shape
    padded = torch.zeros(height + 2 * above, width + 2 * left)
    padded[above : above + height, left : left + width] = image
    output = torch.zeros(padded.shape[0] // kh, padded.shape[1] // kw)
    for i in range(output.shape[0]):
        for j in range(output.shape[1]):
            output[i, j] = padded[i * kh : (i + 1) * kh, j * kw : (j + 1) * kw].mean()
    return output


def _largest(image: Tensor, kernel_size: Pair, stride: Pair) -> Tensor:
    return F.max_pool2d(image[None, None], kernel_size, stride)[0, 0]


def _mean(image: Tensor, kernel_size: Pair, padding: Pair, **more: Any) -> Tensor:
    return F.avg_pool2d(image[None, None], kernel_size, padding=padding, **more)[0, 0]


def _windows(draw: Draw) -> Iterator[tuple[Tensor, Pair, Pair]]:
    yield draw.grid(1, 1), (1, 1), (1, 1)
    yield draw.grid(1, 4), (1, 2), (1, 2)
    yield draw.grid(4, 1), (2, 1), (2, 1)
    yield draw.grid(4, 4), (2, 2), (2, 2)
    yield -draw.grid(3, 4).abs(), (2, 2), (1, 2)
    yield draw.grid(2, 4) * 100 - 2000, (2, 2), (1, 2)
    for _ in range(14):
        kernel_size = draw.pair(1, 3)
        yield draw.grid(*draw.pair(3, 6)), kernel_size, draw.pair(1, 3)
    for _ in range(4):
        yield draw.fractions(*draw.unlike(4, 7)), draw.unlike(1, 3), draw.unlike(1, 3)


def _tiles(draw: Draw) -> Iterator[tuple[Tensor, Pair, Pair]]:
    yield draw.grid(1, 1), (1, 1), (0, 0)
    yield draw.grid(2, 4), (2, 2), (0, 0)
    yield draw.grid(1, 3), (1, 3), (0, 1)
    yield draw.grid(3, 1), (3, 1), (1, 0)
    yield draw.grid(3, 5), (4, 5), (2, 1)
    yield draw.grid(4, 3), (3, 5), (1, 2)
    for _ in range(14):
        kh, kw = draw.pair(1, 3)
        padding = draw.whole(0, kh // 2), draw.whole(0, kw // 2)
        yield draw.grid(*draw.pair(3, 6)), (kh, kw), padding
    for _ in range(4):
        yield draw.fractions(*draw.unlike(4, 7)), draw.unlike(2, 3), draw.unlike(0, 1)


_WINDOW_TRAITS = (
    Trait(
        "where the window is not as high as wide",
        lambda image, kernel_size, setting: unlike(kernel_size),
    ),
    Trait(
        "where the image is not as high as wide",
        lambda image, kernel_size, setting: unlike(image.shape),
    ),
)

EXERCISES = (
    Exercise(
        "06",
        "grid",
        max_pool2d,
        _largest,
        _windows,
        hints=(
            "The output is as large as that of a convolution with this kernel size and stride.",
            "The window of `output[i, j]` begins at row `i * stride[0]`, column `j * stride[1]`.",
            "`window.max()` is the number to keep. All of it may be below 0.",
        ),
        slips=(
            Slip(
                "You begin the comparison with 0; where all numbers are negative, 0 wins. Begin "
                "with the window's own numbers.",
                lambda image, kernel_size, stride: _largest(image, kernel_size, stride).clamp(0),
            ),
            Slip(
                "You begin the comparison with a number that is not in the window; where all of "
                "its numbers are smaller, it wins. Begin with one of its own.",
                lambda image, kernel_size, stride: _largest(image, kernel_size, stride).clamp(-100),
            ),
            Slip(
                "You take the mean; the largest number is asked for.",
                lambda image, kernel_size, stride: F.avg_pool2d(
                    image[None, None], kernel_size, stride
                )[0, 0],
            ),
            Slip(
                "You take the smallest number.",
                lambda image, kernel_size, stride: -_largest(-image, kernel_size, stride),
            ),
            Slip(
                "You take the number that is farthest from 0; −9 is smaller than 1.",
                lambda image, kernel_size, stride: _largest(image.abs(), kernel_size, stride),
            ),
            Slip(
                "You do not use the stride.",
                lambda image, kernel_size, stride: _largest(image, kernel_size, (1, 1)),
            ),
            Slip(
                "Your window moves on by its own size; here the stride says how far.",
                lambda image, kernel_size, stride: _largest(image, kernel_size, kernel_size),
            ),
            Slip(
                "Your stride works along the height only; each axis has its own.",
                lambda image, kernel_size, stride: _largest(image, kernel_size, (stride[0], 1)),
            ),
            Slip(
                "Your stride works along the width only; each axis has its own.",
                lambda image, kernel_size, stride: _largest(image, kernel_size, (1, stride[1])),
            ),
            Slip(
                "You use `stride[0]` along both axes.",
                lambda image, kernel_size, stride: _largest(image, kernel_size, (stride[0],) * 2),
            ),
            Slip(
                "The strides are swapped: `stride[0]` belongs to the rows.",
                lambda image, kernel_size, stride: _largest(image, kernel_size, stride[::-1]),
            ),
            Slip(
                "The window's sides are swapped: `kernel_size[0]` is its height.",
                lambda image, kernel_size, stride: _largest(image, kernel_size[::-1], stride),
            ),
            Slip(
                "You count windows that do not fit inside; torch leaves them out.",
                lambda image, kernel_size, stride: F.max_pool2d(
                    image[None, None], kernel_size, stride, ceil_mode=True
                )[0, 0],
            ),
            all_zeros(_largest),
            swapped(_largest),
        ),
        traits=(
            *_WINDOW_TRAITS,
            Trait(
                "where the stride differs per axis",
                lambda image, kernel_size, stride: unlike(stride),
            ),
            Trait(
                "with a stride above 1 along an axis",
                lambda image, kernel_size, stride: max(stride) > 1,
            ),
        ),
    ),
    Exercise(
        "06",
        "grid",
        avg_pool2d,
        _mean,
        _tiles,
        hints=(
            "Put the zeros around the image first; then no window has to know of a border.",
            "Windows lie side by side: that of `output[i, j]` begins at row `i * kernel_size[0]`. "
            "How many fit?",
            "`padded[i * kh : (i + 1) * kh, j * kw : (j + 1) * kw].mean()`.",
        ),
        slips=(
            Slip(
                "You leave the zeros of the padding out of the count. torch counts them, unless "
                "it is told not to (`count_include_pad=False`).",
                lambda image, kernel_size, padding: _mean(
                    image, kernel_size, padding, count_include_pad=False
                ),
            ),
            Slip(
                "You take the sum; divide it by the number of cells.",
                lambda image, kernel_size, padding: _mean(
                    image, kernel_size, padding, divisor_override=1
                ),
            ),
            Slip(
                "You do not pad.",
                lambda image, kernel_size, padding: _mean(image, kernel_size, (0, 0)),
            ),
            Slip(
                "You take the largest number; the mean is asked for.",
                lambda image, kernel_size, padding: F.max_pool2d(
                    image[None, None], kernel_size, padding=padding
                )[0, 0],
            ),
            Slip(
                "Your windows overlap: they move on by one pixel. They lie side by side.",
                lambda image, kernel_size, padding: _mean(image, kernel_size, padding, stride=1),
            ),
            Slip(
                "The window's sides are swapped: `kernel_size[0]` is its height.",
                lambda image, kernel_size, padding: _mean(image, kernel_size[::-1], padding),
            ),
            Slip(
                "The paddings are swapped: `padding[0]` are rows.",
                lambda image, kernel_size, padding: _mean(
                    F.pad(image, (padding[0], padding[0], padding[1], padding[1])),
                    kernel_size,
                    (0, 0),
                ),
            ),
            Slip(
                "You pad above and on the left only; the other two sides need it too.",
                lambda image, kernel_size, padding: _mean(
                    F.pad(image, (padding[1], 0, padding[0], 0)), kernel_size, (0, 0)
                ),
            ),
            all_zeros(_mean),
            swapped(_mean),
        ),
        traits=(
            *_WINDOW_TRAITS,
            Trait("with padding", lambda image, kernel_size, padding: max(padding) > 0),
            Trait(
                "where the padding differs per axis",
                lambda image, kernel_size, padding: unlike(padding),
            ),
        ),
    ),
)

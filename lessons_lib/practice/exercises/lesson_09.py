"""The exercises of lesson 09: painting with the kernel."""

from __future__ import annotations

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

Pair = tuple[int, int]


def transposed_output_size(
    input_size: int, kernel_size: int, stride: int, padding: int, output_padding: int
) -> int:
    """Say how large the output of a transposed convolution is along one axis."""
    return (input_size - 1) * stride + kernel_size - 2 * padding + output_padding


def paint2d(
    image: Tensor, kernel: Tensor, stride: tuple[int, int], padding: tuple[int, int]
) -> Tensor:
    """Stamp the kernel once for every pixel, then cut `padding` cells off on all sides."""
    (height, width), (kh, kw) = image.shape, kernel.shape
    down, across = stride
    canvas = torch.zeros((height - 1) * down + kh, (width - 1) * across + kw)
    for i in range(height):
        for j in range(width):
            top, left = i * down, j * across
            canvas[top : top + kh, left : left + kw] += image[i, j] * kernel
    above, aside = padding
    return canvas[above : canvas.shape[0] - above, aside : canvas.shape[1] - aside]


def conv_matrix(kernel: Tensor, input_size: tuple[int, int]) -> Tensor:
    """Write a convolution as a matrix: a row for each output, a column for each pixel."""
    (kh, kw), (height, width) = kernel.shape, input_size
    rows, columns = height - kh + 1, width - kw + 1
    matrix = torch.zeros(rows * columns, height * width)
    for i in range(rows):
        for j in range(columns):
            picture = torch.zeros(height, width)
            picture[i : i + kh, j : j + kw] = kernel
            matrix[i * columns + j] = picture.flatten()
    return matrix


def _size(n: int, k: int, stride: int, padding: int, output_padding: int) -> int:
    signal, kernel = torch.zeros(1, 1, n), torch.zeros(1, 1, k)
    return F.conv_transpose1d(signal, kernel, None, stride, padding, output_padding).shape[-1]


def _painted(image: Tensor, kernel: Tensor, stride: Pair, padding: Pair) -> Tensor:
    return as_planes(F.conv_transpose2d, image, kernel, stride=stride, padding=padding)


def _matrix(kernel: Tensor, input_size: Pair) -> Tensor:
    """Convolve pictures with a single one in them: each gives a column."""
    count = input_size[0] * input_size[1]
    impulses = torch.eye(count).view(count, 1, *input_size)
    return F.conv2d(impulses, kernel[None, None]).flatten(1).T


def _sizes(draw: Draw) -> Iterator[tuple[int, int, int, int, int]]:
    yield from [(1, 1, 1, 0, 0), (2, 2, 2, 0, 0), (3, 3, 2, 1, 1), (7, 4, 2, 1, 0)]
    for _ in range(30):
        kernel_size, stride = draw.whole(1, 7), draw.whole(1, 5)
        yield (
            draw.whole(2, 12),
            kernel_size,
            stride,
            draw.whole(0, kernel_size // 2),
            draw.whole(0, stride - 1),
        )


def _stamps(draw: Draw) -> Iterator[tuple[Tensor, Tensor, Pair, Pair]]:
    one, none = (1, 1), (0, 0)
    yield draw.grid(1, 1), draw.grid(1, 1), one, none
    yield draw.grid(1, 1), draw.grid(2, 3), one, none
    yield draw.grid(1, 2), draw.grid(1, 2), one, none
    yield draw.grid(2, 1), draw.grid(2, 1), one, none
    yield draw.grid(2, 2), draw.grid(3, 3), (2, 2), one
    yield draw.grid(2, 3), draw.grid(4, 3), (2, 1), (2, 1)
    yield draw.grid(3, 2), draw.grid(3, 4), (1, 3), (0, 2)
    for _ in range(14):
        kh, kw = draw.pair(1, 3)
        padding = draw.whole(0, kh // 2), draw.whole(0, kw // 2)
        yield draw.grid(*draw.pair(2, 3)), draw.grid(kh, kw), draw.pair(1, 3), padding
    for _ in range(4):
        yield draw.fractions(2, 3), draw.fractions(3, 2), draw.unlike(1, 2), (1, 0)


def _small_pictures(draw: Draw) -> Iterator[tuple[Tensor, Pair]]:
    yield draw.grid(1, 1), (1, 1)
    yield draw.grid(1, 2), (1, 3)
    yield draw.grid(2, 1), (3, 1)
    yield draw.grid(2, 2), (3, 3)
    yield draw.grid(2, 2), (2, 3)
    for _ in range(10):
        kh, kw = draw.pair(1, 2)
        yield draw.grid(kh, kw), (kh + draw.whole(0, 2), kw + draw.whole(0, 2))
    for _ in range(3):
        yield draw.fractions(2, 2), draw.unlike(2, 4)


def _last_stamp(image: Tensor, kernel: Tensor, stride: Pair, padding: Pair) -> Tensor:
    canvas = torch.zeros(_painted(image, kernel, stride, (0, 0)).shape)
    kh, kw = kernel.shape
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            top, left = i * stride[0], j * stride[1]
            canvas[top : top + kh, left : left + kw] = image[i, j] * kernel
    return _cropped(canvas, padding)


def _cropped(canvas: Tensor, padding: Pair) -> Tensor:
    (height, width), (above, aside) = canvas.shape, padding
    return canvas[above : height - above, aside : width - aside]


def _one_end(image: Tensor, kernel: Tensor, stride: Pair, padding: Pair) -> Tensor:
    return _painted(image, kernel, stride, (0, 0))[padding[0] :, padding[1] :]


def _widened(image: Tensor, kernel: Tensor, stride: Pair, padding: Pair) -> Tensor:
    (above, aside) = padding
    return F.pad(_painted(image, kernel, stride, (0, 0)), (aside, aside, above, above))


def _band(kernel: Tensor, input_size: Pair) -> Tensor:
    """Shift every row on by one place, also where a line of the picture ends."""
    right = _matrix(kernel, input_size)
    return torch.stack([right[0].roll(shift) for shift in range(len(right))])


def _close_together(kernel: Tensor, input_size: Pair) -> Tensor:
    """Set the kernel's rows side by side, without the pixels that lie between them."""
    right = torch.zeros_like(_matrix(kernel, input_size))
    for place, row in enumerate(right):
        first = place // (input_size[1] - kernel.shape[1] + 1) * input_size[1]
        first += place % (input_size[1] - kernel.shape[1] + 1)
        row[first : first + kernel.numel()] = kernel.flatten()
    return right


EXERCISES = (
    Exercise(
        "09",
        "number",
        transposed_output_size,
        _size,
        _sizes,
        hints=(
            "Where does the last stamp begin, and where does it end?",
            "n stamps have n − 1 jumps of `stride` between them. The last stamp is as long as the "
            "kernel.",
            "`padding` is cut off at both ends, `output_padding` is added at one end.",
        ),
        slips=(
            Slip(
                "You add the padding. A transposed layer cuts it off: its output gets smaller.",
                lambda n, k, s, p, o: (n - 1) * s + k + 2 * p + o,
            ),
            Slip(
                "You cut the padding off once; it is cut off at both ends.",
                lambda n, k, s, p, o: (n - 1) * s + k - p + o,
            ),
            Slip(
                "n stamps have n − 1 jumps between them, not n.",
                lambda n, k, s, p, o: n * s + k - 2 * p + o,
            ),
            Slip(
                "You do not use `output_padding`.",
                lambda n, k, s, p, o: (n - 1) * s + k - 2 * p,
            ),
            Slip(
                "You add `output_padding` at both ends; it is added at one.",
                lambda n, k, s, p, o: (n - 1) * s + k - 2 * p + 2 * o,
            ),
            Slip(
                "You do not use the kernel's size: the last stamp is as long as the kernel.",
                lambda n, k, s, p, o: n * s - 2 * p + o,
            ),
            Slip(
                "That is the size of an ordinary convolution.",
                lambda n, k, s, p, o: (n + 2 * p - k) // s + 1,
            ),
            Slip(
                "You do not use the padding.",
                lambda n, k, s, p, o: (n - 1) * s + k + o,
            ),
        ),
        traits=(
            Trait("with padding", lambda n, k, s, p, o: p > 0),
            Trait("with output_padding", lambda n, k, s, p, o: o > 0),
            Trait("with a stride above 1", lambda n, k, s, p, o: s > 1),
        ),
    ),
    Exercise(
        "09",
        "grid",
        paint2d,
        _painted,
        _stamps,
        hints=(
            "First without padding: how large is the canvas for all stamps?",
            "The stamp of `image[i, j]` begins at row `i * stride[0]`, column `j * stride[1]`; "
            "where stamps overlap they add up.",
            "Cut off at the end: `canvas[p : canvas.shape[0] - p]`. (A slice `[p:-p]` is empty for "
            "p = 0.)",
        ),
        slips=(
            Slip(
                "Where stamps overlap the last one stays; they add up: use +=.",
                _last_stamp,
            ),
            Slip(
                "You turn the kernel; each stamp is the kernel as it is.",
                lambda image, kernel, *more: _painted(image, kernel.flip(0, 1), *more),
            ),
            Slip(
                "You do not cut the padding off.",
                lambda image, kernel, stride, padding: _painted(image, kernel, stride, (0, 0)),
            ),
            Slip("The padding makes yours larger; a transposed layer cuts it off.", _widened),
            Slip("You cut off above and on the left only; cut all four sides.", _one_end),
            Slip(
                "Your stride works along the height only; each axis has its own.",
                lambda image, kernel, stride, padding: _painted(
                    image, kernel, (stride[0], 1), padding
                ),
            ),
            Slip(
                "Your stride works along the width only; each axis has its own.",
                lambda image, kernel, stride, padding: _painted(
                    image, kernel, (1, stride[1]), padding
                ),
            ),
            Slip(
                "The strides are swapped: `stride[0]` belongs to the rows.",
                lambda image, kernel, stride, padding: _painted(
                    image, kernel, stride[::-1], padding
                ),
            ),
            Slip(
                "You do not use the stride.",
                lambda image, kernel, stride, padding: _painted(image, kernel, (1, 1), padding),
            ),
            Slip(
                "That is an ordinary convolution: it reads windows. Here each pixel paints one.",
                lambda image, kernel, stride, padding: as_planes(
                    F.conv2d, image, kernel, stride=stride, padding=padding
                ),
            ),
            all_zeros(_painted),
            swapped(_painted),
        ),
        traits=(
            Trait("with padding", lambda image, kernel, stride, padding: max(padding) > 0),
            Trait("without padding", lambda image, kernel, stride, padding: min(padding) == 0),
            Trait(
                "where the stride differs per axis",
                lambda image, kernel, stride, padding: unlike(stride),
            ),
            Trait(
                "with a stride above 1 along an axis",
                lambda image, kernel, stride, padding: max(stride) > 1,
            ),
            Trait(
                "where the kernel is not as high as wide",
                lambda image, kernel, stride, padding: unlike(kernel.shape),
            ),
        ),
    ),
    Exercise(
        "09",
        "grid",
        conv_matrix,
        _matrix,
        _small_pictures,
        hints=(
            "How many outputs are there, and how many pixels? That is the matrix's size.",
            "One row at a time: which pixels does output [i, j] read, and with which weights? Lay "
            "them into a picture of zeros.",
            "The row of output [i, j] is number `i * columns + j`, and holds `picture.flatten()`.",
        ),
        slips=(
            Slip(
                "Rows and columns are swapped: yours is the matrix of the transposed convolution.",
                lambda kernel, input_size: _matrix(kernel, input_size).T,
            ),
            Slip(
                "You shift each row on by one pixel. Where the window begins a new line it moves "
                "on further.",
                _band,
            ),
            Slip(
                "The kernel's rows stand side by side; in the picture a whole line lies between "
                "them.",
                _close_together,
            ),
            Slip(
                "You turn the kernel by 180 degrees.",
                lambda kernel, input_size: _matrix(kernel.flip(0, 1), input_size),
            ),
            Slip(
                "You turn the kernel over its diagonal.",
                lambda kernel, input_size: _matrix(kernel.T, input_size),
            ),
            Slip(
                "You take the picture's height for its width: `input_size` is (height, width).",
                lambda kernel, input_size: _matrix(kernel, input_size[::-1]),
            ),
            all_zeros(_matrix),
        ),
        traits=(
            Trait(
                "where the picture is not as high as wide",
                lambda kernel, input_size: unlike(input_size),
            ),
            Trait(
                "where the kernel has more than one row",
                lambda kernel, input_size: kernel.shape[0] > 1,
            ),
        ),
    ),
)

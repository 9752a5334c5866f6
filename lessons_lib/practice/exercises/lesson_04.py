"""The exercises of lesson 04: a kernel that is spread."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

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


def effective_kernel_size(kernel_size: int, dilation: int) -> int:
    """Say how many pixels a spread kernel spans along one axis."""
    return dilation * (kernel_size - 1) + 1


def dilated_correlate2d(image: Tensor, kernel: Tensor, dilation: tuple[int, int]) -> Tensor:
    """Slide a kernel whose taps stand dilation (height, width) pixels apart over the image."""
    (height, width), (kh, kw) = image.shape, kernel.shape
    down, across = dilation
    tall, wide = down * (kh - 1) + 1, across * (kw - 1) + 1
    output = torch.zeros(height - tall + 1, width - wide + 1)
    for i in range(output.shape[0]):
        for j in range(output.shape[1]):
            window = image[i : i + tall : down, j : j + wide : across]
            output[i, j] = (window * kernel).sum()
    return output


def conv_output_size(
    input_size: tuple[int, int],
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
) -> tuple[int, int]:
    """Say how large the output of any convolution is: (height, width)."""

    def along(axis: int) -> int:
        spanned = dilation[axis] * (kernel_size[axis] - 1) + 1
        return (input_size[axis] + 2 * padding[axis] - spanned) // stride[axis] + 1

    return along(0), along(1)


def receptive_field(kernel_sizes: tuple[int, ...], dilations: tuple[int, ...]) -> int:
    """Say how many pixels of one axis an output of stacked layers sees; each has stride 1."""
    seen = 1
    for kernel_size, dilation in zip(kernel_sizes, dilations, strict=True):
        seen += dilation * (kernel_size - 1)
    return seen


def _span(kernel_size: int, dilation: int) -> int:
    """Count the pixels from the first to the last one that one output reads."""
    return _seen((kernel_size,), (dilation,))


def _seen(kernel_sizes: tuple[int, ...], dilations: tuple[int, ...]) -> int:
    """Ask autograd which inputs of a long signal one output depends on: the first and the last."""
    with torch.inference_mode(False), torch.enable_grad():
        signal = torch.ones(1, 1, 400, requires_grad=True)
        output = signal
        for kernel_size, dilation in zip(kernel_sizes, dilations, strict=True):
            output = F.conv1d(output, torch.ones(1, 1, kernel_size), dilation=dilation)
        (gradient,) = torch.autograd.grad(output[0, 0, 0], signal)
    return int(gradient.nonzero()[:, -1].max()) + 1


def _dilated(image: Tensor, kernel: Tensor, dilation: Pair) -> Tensor:
    return as_planes(F.conv2d, image, kernel, dilation=dilation)


def _size(n: Pair, k: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Pair:
    image, kernel = torch.zeros(1, 1, *n), torch.zeros(1, 1, *k)
    height, width = F.conv2d(image, kernel, None, stride, padding, dilation).shape[2:]
    return height, width


def _kernels(draw: Draw) -> Iterator[tuple[int, int]]:
    yield from [(1, 1), (1, 4), (3, 1), (2, 2), (3, 2), (5, 3)]
    for _ in range(20):
        yield draw.pair(1, 9)


def _spread_kernels(draw: Draw) -> Iterator[tuple[Tensor, Tensor, Pair]]:
    yield draw.grid(1, 1), draw.grid(1, 1), (1, 1)
    yield draw.grid(1, 1), draw.grid(1, 1), (3, 2)
    yield draw.grid(1, 4), draw.grid(1, 2), (1, 2)
    yield draw.grid(4, 1), draw.grid(2, 1), (2, 1)
    yield draw.grid(5, 5), draw.grid(3, 3), (2, 2)
    for same in (True,) * 4 + (False,) * 10:
        kh, kw = draw.pair(1, 3)
        down, across = draw.unlike(1, 3)
        across = down if same else across
        tall, wide = down * (kh - 1) + 1, across * (kw - 1) + 1
        image = draw.grid(tall + draw.whole(0, 2), wide + draw.whole(0, 2))
        yield image, draw.grid(kh, kw), (down, across)
    for _ in range(3):
        yield draw.fractions(5, 6), draw.fractions(2, 3), draw.unlike(1, 2)


def _settings(draw: Draw) -> Iterator[tuple[Pair, Pair, Pair, Pair, Pair]]:
    one, none = (1, 1), (0, 0)
    yield one, one, one, none, one
    yield (5, 7), (3, 3), one, none, one
    yield (6, 9), (3, 3), (2, 2), one, one
    yield (9, 8), (3, 2), one, none, (2, 3)
    for _ in range(30):
        k, s, p, d = draw.pair(1, 5), draw.pair(1, 4), draw.pair(0, 3), draw.pair(1, 3)
        least = [max(1, d[axis] * (k[axis] - 1) + 1 - 2 * p[axis]) for axis in (0, 1)]
        yield (least[0] + draw.whole(0, 12), least[1] + draw.whole(0, 12)), k, s, p, d


def _stacks(draw: Draw) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    yield (1,), (1,)
    yield (3,), (1,)
    yield (3, 3), (1, 1)
    yield (3, 3, 3), (1, 2, 4)
    for _ in range(16):
        pairs = [draw.pair(1, 6) for _ in range(draw.whole(1, 5))]
        yield tuple(k for k, _ in pairs), tuple(d for _, d in pairs)


def _per_axis(along: Callable[..., int | float]) -> Callable[..., tuple[int | float, ...]]:
    """Make of one axis' formula that of two."""

    def both(*settings: Pair) -> tuple[int | float, ...]:
        return tuple(along(*axis) for axis in zip(*settings, strict=True))

    return both


_WITHOUT_PADDING_TWICE = _per_axis(lambda n, k, s, p, d: (n + p - d * (k - 1) - 1) // s + 1)

EXERCISES = (
    Exercise(
        "04",
        "number",
        effective_kernel_size,
        _span,
        _kernels,
        hints=(
            "Draw three taps with dilation 2 on paper: how many pixels from the first to the last?",
            "Three taps have two gaps between them. How long is one step from tap to tap?",
            "k − 1 steps of `dilation` pixels, and the first pixel itself.",
        ),
        slips=(
            Slip(
                "k taps have k − 1 steps between them, not k.",
                lambda k, d: k * d,
            ),
            Slip("The first pixel is missing: add 1.", lambda k, d: d * (k - 1)),
            Slip(
                "Dilation d puts d − 1 pixels between two taps, not d: dilation 1 is the "
                "ordinary kernel.",
                lambda k, d: (d + 1) * (k - 1) + 1,
            ),
            Slip("You do not use the dilation.", lambda k, d: k),
            Slip("You add the dilation once; each step has it.", lambda k, d: k + d - 1),
            Slip("k and d have changed places.", lambda k, d: k * (d - 1) + 1),
        ),
        traits=(
            Trait("with a dilation above 1", lambda kernel_size, dilation: dilation > 1),
            Trait("with more than one tap", lambda kernel_size, dilation: kernel_size > 1),
        ),
    ),
    Exercise(
        "04",
        "grid",
        dilated_correlate2d,
        _dilated,
        _spread_kernels,
        hints=(
            "The output has the size for a kernel as large as the spread one: use "
            "`effective_kernel_size` per axis.",
            "The weight [u, v] meets the pixel `image[i + u * dilation[0], j + v * dilation[1]]`.",
            "A slice can leave out pixels: `image[i : i + tall : dilation[0], ...]` with tall, the "
            "height of the spread kernel.",
        ),
        slips=(
            Slip(
                "Your dilation works along the height only; each axis has its own.",
                lambda image, kernel, d: _dilated(image, kernel, (d[0], 1)),
            ),
            Slip(
                "Your dilation works along the width only; each axis has its own.",
                lambda image, kernel, d: _dilated(image, kernel, (1, d[1])),
            ),
            Slip(
                "The dilations are swapped: `dilation[0]` belongs to the rows.",
                lambda image, kernel, d: _dilated(image, kernel, d[::-1]),
            ),
            Slip(
                "You use `dilation[0]` along both axes.",
                lambda image, kernel, d: _dilated(image, kernel, (d[0], d[0])),
            ),
            Slip(
                "You use `dilation[1]` along both axes.",
                lambda image, kernel, d: _dilated(image, kernel, (d[1], d[1])),
            ),
            Slip(
                "You do not use the dilation.",
                lambda image, kernel, d: _dilated(image, kernel, (1, 1)),
            ),
            Slip(
                "You let the window jump: that is stride. The window moves on by one pixel.",
                lambda image, kernel, d: as_planes(F.conv2d, image, kernel, stride=d),
            ),
            Slip(
                "The window is spread, and it jumps as well: it moves on by one pixel only.",
                lambda image, kernel, d: as_planes(F.conv2d, image, kernel, stride=d, dilation=d),
            ),
            Slip(
                "The kernel is turned by 180 degrees; torch lays it on as it is.",
                lambda image, kernel, d: _dilated(image, kernel.flip(0, 1), d),
            ),
            Slip(
                "The last row and column are missing: n − (spread size) + 1 places.",
                lambda image, kernel, d: _dilated(image, kernel, d)[:-1, :-1],
            ),
            all_zeros(_dilated),
            swapped(_dilated),
        ),
        traits=(
            Trait("with a dilation above 1", lambda image, kernel, dilation: max(dilation) > 1),
            Trait(
                "where the dilation differs per axis",
                lambda image, kernel, dilation: unlike(dilation),
            ),
            Trait(
                "where the kernel is not as high as wide",
                lambda image, kernel, dilation: unlike(kernel.shape),
            ),
        ),
    ),
    Exercise(
        "04",
        "sizes",
        conv_output_size,
        _size,
        _settings,
        hints=(
            "Do one axis first: a small function of five numbers. Then call it twice.",
            "Start with lesson 03: (n + 2p − k) // s + 1. What stands in place of k now?",
            "The spread kernel spans d(k − 1) + 1 pixels.",
        ),
        slips=(
            Slip("You count the padding once; it stands on both sides.", _WITHOUT_PADDING_TWICE),
            Slip(
                "You do not use the dilation.",
                _per_axis(lambda n, k, s, p, d: (n + 2 * p - k) // s + 1),
            ),
            Slip(
                "A spread kernel spans d(k − 1) + 1 pixels, not d · k.",
                _per_axis(lambda n, k, s, p, d: (n + 2 * p - d * k) // s + 1),
            ),
            Slip(
                "A part of a window is no place for it: round down, with `//`.",
                _per_axis(lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) / s + 1),
            ),
            Slip(
                "Height and width are swapped: height comes first.",
                lambda *settings: _size(*settings)[::-1],
            ),
            Slip(
                "One is missing along each axis: there is one place more than there are jumps.",
                _per_axis(lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) // s),
            ),
            Slip(
                "You do not use the stride.",
                _per_axis(lambda n, k, s, p, d: n + 2 * p - d * (k - 1)),
            ),
            Slip(
                "You do not use the padding.",
                _per_axis(lambda n, k, s, p, d: (n - d * (k - 1) - 1) // s + 1),
            ),
            Slip(
                "You use the stride of the height along both axes.",
                lambda n, k, s, p, d: _size(n, k, (s[0], s[0]), p, d),
            ),
            Slip(
                "You give back the height twice; the width has settings of its own.",
                lambda *settings: (_size(*settings)[0],) * 2,
            ),
        ),
        traits=(
            Trait("with padding", lambda n, k, s, p, d: max(p) > 0),
            Trait("with a dilation above 1", lambda n, k, s, p, d: max(d) > 1),
            Trait("with a stride above 1", lambda n, k, s, p, d: max(s) > 1),
        ),
    ),
    Exercise(
        "04",
        "number",
        receptive_field,
        _seen,
        _stacks,
        hints=(
            "Without any layer one output sees one pixel. What does the first layer add?",
            "A layer adds what its kernel spans beyond one pixel.",
            "Begin with 1; each layer adds dilation · (kernel_size − 1).",
        ),
        slips=(
            Slip(
                "You add up all spans; neighbouring layers share one pixel. Add span − 1 each.",
                lambda ks, ds: sum(d * (k - 1) + 1 for k, d in zip(ks, ds, strict=True)),
            ),
            Slip(
                "The pixel that is there without any layer is missing: begin with 1.",
                lambda ks, ds: sum(d * (k - 1) for k, d in zip(ks, ds, strict=True)),
            ),
            Slip(
                "You do not use the dilations.",
                lambda ks, ds: 1 + sum(k - 1 for k in ks),
            ),
            Slip(
                "You multiply the layers' spans; each layer adds to what is seen.",
                lambda ks, ds: math.prod(d * (k - 1) + 1 for k, d in zip(ks, ds, strict=True)),
            ),
            Slip(
                "You look at the last layer only.",
                lambda ks, ds: ds[-1] * (ks[-1] - 1) + 1,
            ),
            Slip(
                "You look at the largest layer only; each layer adds to what is seen.",
                lambda ks, ds: max(d * (k - 1) + 1 for k, d in zip(ks, ds, strict=True)),
            ),
            Slip(
                "k taps have k − 1 steps between them, not k.",
                lambda ks, ds: 1 + sum(d * k for k, d in zip(ks, ds, strict=True)),
            ),
        ),
        traits=(
            Trait("with more than one layer", lambda ks, ds: len(ks) > 1),
            Trait("with a dilation above 1", lambda ks, ds: max(ds) > 1),
        ),
    ),
)

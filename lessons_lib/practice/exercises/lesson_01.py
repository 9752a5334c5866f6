"""The exercises of lesson 01: a window that slides."""

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


def correlate2d(image: Tensor, kernel: Tensor) -> Tensor:
    """Slide the kernel over the image; at each stop multiply and add up."""
    height, width = image.shape
    kh, kw = kernel.shape
    output = torch.zeros(height - kh + 1, width - kw + 1)
    for i in range(height - kh + 1):
        for j in range(width - kw + 1):
            window = image[i : i + kh, j : j + kw]
            output[i, j] = (window * kernel).sum()
    return output


def convolve2d(image: Tensor, kernel: Tensor) -> Tensor:
    """Convolve as mathematicians do: the kernel turned by 180 degrees slides over the image."""
    turned = kernel.flip(0, 1)
    height, width = image.shape
    kh, kw = turned.shape
    output = torch.zeros(height - kh + 1, width - kw + 1)
    for i in range(height - kh + 1):
        for j in range(width - kw + 1):
            window = image[i : i + kh, j : j + kw]
            output[i, j] = (window * turned).sum()
    return output


def combined_kernel(first: Tensor, second: Tensor) -> Tensor:
    """Find the one kernel that does what two layers do, one after the other."""
    fh, fw = first.shape
    sh, sw = second.shape
    combined = torch.zeros(fh + sh - 1, fw + sw - 1)
    for i in range(sh):
        for j in range(sw):
            combined[i : i + fh, j : j + fw] += second[i, j] * first
    return combined


def _correlated(image: Tensor, kernel: Tensor) -> Tensor:
    return as_planes(F.conv2d, image, kernel)


def _convolved(image: Tensor, kernel: Tensor) -> Tensor:
    return _correlated(image, kernel.flip(0, 1))


def _combined(first: Tensor, second: Tensor) -> Tensor:
    """Full convolution: a row is every place where the kernels can meet."""
    (sh, sw) = second.shape
    return as_planes(F.conv2d, first, second.flip(0, 1), padding=(sh - 1, sw - 1))


def _images_and_kernels(draw: Draw) -> Iterator[tuple[Tensor, Tensor]]:
    yield draw.grid(1, 1), draw.grid(1, 1)
    yield draw.grid(1, 4), draw.grid(1, 2)
    yield draw.grid(4, 1), draw.grid(2, 1)
    yield draw.grid(2, 3), draw.grid(2, 3)
    for _ in range(12):
        kh, kw = draw.pair(1, 3)
        yield draw.grid(kh + draw.whole(0, 3), kw + draw.whole(0, 4)), draw.grid(kh, kw)
    for _ in range(4):
        side = draw.whole(2, 3)
        yield draw.grid(side + 2, side + 2), draw.grid(side, side)
    for _ in range(4):
        (kh, kw), (down, across) = draw.unlike(1, 3), draw.unlike(0, 3)
        yield draw.fractions(kh + down, kw + across), draw.fractions(kh, kw)


def _two_kernels(draw: Draw) -> Iterator[tuple[Tensor, Tensor]]:
    yield draw.grid(1, 1), draw.grid(1, 1)
    yield draw.grid(3, 3), draw.grid(3, 3)
    for _ in range(12):
        yield draw.grid(*draw.pair(1, 3)), draw.grid(*draw.pair(1, 3))
    for _ in range(4):
        yield draw.fractions(*draw.unlike(1, 3)), draw.fractions(*draw.unlike(1, 3))


def _one_less(image: Tensor, kernel: Tensor) -> Tensor:
    return _correlated(image, kernel)[:-1, :-1]


def _kept_size(image: Tensor, kernel: Tensor) -> Tensor:
    sides = [n for k in reversed(kernel.shape) for n in ((k - 1) // 2, k // 2)]
    return _correlated(F.pad(image, sides), kernel)


def _last_stamp(first: Tensor, second: Tensor) -> Tensor:
    (fh, fw), (sh, sw) = first.shape, second.shape
    combined = torch.zeros(fh + sh - 1, fw + sw - 1)
    for i in range(sh):
        for j in range(sw):
            combined[i : i + fh, j : j + fw] = second[i, j] * first
    return combined


_MEAN = "You take the mean of the products; a convolution takes their sum."
_ONE_LESS = "Your output is one row and one column too small: n − k + 1 places, not n − k."
_KEPT_SIZE = "You pad the image; here the kernel must lie inside it, so the output gets smaller."
_NO_KERNEL = "You add up the window's pixels, but do not multiply them by the kernel's weights."
_IMAGE_TRAITS = (
    Trait("where the kernel is not as high as wide", lambda image, kernel: unlike(kernel.shape)),
    Trait("where the image is not as high as wide", lambda image, kernel: unlike(image.shape)),
    Trait("where the kernel has more than one weight", lambda image, kernel: kernel.numel() > 1),
)

EXERCISES = (
    Exercise(
        "01",
        "grid",
        correlate2d,
        _correlated,
        _images_and_kernels,
        hints=(
            "How many places are there for a kernel of kh rows in an image of H rows? "
            "Make an output of that size first.",
            "Two loops: i over the output's rows, j over its columns. The window there is "
            "`image[i : i + kh, j : j + kw]`.",
            "One number of the output: `(window * kernel).sum()`. No loop over the window is "
            "needed.",
        ),
        slips=(
            Slip(
                "You turn the kernel by 180 degrees. That is the mathematician's convolution; "
                "torch lays the kernel on as it is.",
                _convolved,
            ),
            all_zeros(_correlated),
            Slip(_ONE_LESS, _one_less),
            Slip(_KEPT_SIZE, _kept_size),
            Slip(_MEAN, lambda image, kernel: _correlated(image, kernel) / kernel.numel()),
            Slip(_NO_KERNEL, lambda image, kernel: _correlated(image, torch.ones_like(kernel))),
            Slip(
                "You turn the kernel over its diagonal: weight [u, v] belongs to the window's "
                "pixel [u, v].",
                lambda image, kernel: _correlated(image, kernel.T),
            ),
            swapped(_correlated),
        ),
        traits=_IMAGE_TRAITS,
    ),
    Exercise(
        "01",
        "grid",
        convolve2d,
        _convolved,
        _images_and_kernels,
        hints=(
            "It is `correlate2d` with another kernel: which one?",
            "The last weight meets the window's first pixel: rows and columns run backwards.",
            "`kernel.flip(0, 1)` turns rows and columns round; then do as in `correlate2d`.",
        ),
        slips=(
            Slip(
                "The kernel lies on the image as it is. That is what torch does; here it is "
                "turned by 180 degrees first.",
                _correlated,
            ),
            Slip(
                "You turn only the order of the rows. Turned by 180 degrees, the columns change "
                "their order too.",
                lambda image, kernel: _correlated(image, kernel.flip(0)),
            ),
            Slip(
                "You turn only the order of the columns. Turned by 180 degrees, the rows change "
                "their order too.",
                lambda image, kernel: _correlated(image, kernel.flip(1)),
            ),
            Slip(
                "You turn the kernel over its diagonal (`kernel.T`); turned by 180 degrees it "
                "keeps its height and width.",
                lambda image, kernel: _correlated(image, kernel.T),
            ),
            Slip(
                "You turn the image; then the whole output is turned as well. Turn the kernel.",
                lambda image, kernel: _correlated(image.flip(0, 1), kernel),
            ),
            all_zeros(_convolved),
            Slip(_MEAN, lambda image, kernel: _convolved(image, kernel) / kernel.numel()),
            swapped(_convolved),
        ),
        traits=_IMAGE_TRAITS,
    ),
    Exercise(
        "01",
        "grid",
        combined_kernel,
        _combined,
        _two_kernels,
        hints=(
            "Two layers of 3 × 3 see 5 × 5 pixels. How large is the kernel for two layers of "
            "other sizes?",
            "Weight [i, j] of the second layer looks at one number of the first layer, and that "
            "one looks at a window which begins at pixel [i, j].",
            "So for all i and j: `combined[i : i + fh, j : j + fw] += second[i, j] * first`.",
        ),
        slips=(
            Slip(
                "You slide one kernel over the other and keep the places inside. All places "
                "where they meet count, so the result is larger than both.",
                _correlated,
            ),
            Slip(
                "One of the kernels is turned by 180 degrees too often.",
                lambda first, second: _combined(first, second.flip(0, 1)),
            ),
            Slip(
                "One of the kernels is turned by 180 degrees too often.",
                lambda first, second: _combined(first.flip(0, 1), second),
            ),
            Slip(
                "The result is turned by 180 degrees.",
                lambda first, second: _combined(first, second).flip(0, 1),
            ),
            all_zeros(_combined),
            Slip(
                "A place where several products meet gets their sum, not the last one: use +=.",
                _last_stamp,
            ),
            Slip(
                "You multiply the kernels weight by weight, as they lie.",
                lambda first, second: first * second,
            ),
            swapped(_combined),
        ),
        traits=(
            Trait(
                "where a kernel is not as high as wide",
                lambda first, second: unlike(first.shape) or unlike(second.shape),
            ),
            Trait(
                "where both kernels have more than one weight",
                lambda first, second: first.numel() > 1 and second.numel() > 1,
            ),
            Trait(
                "where the kernels differ in size",
                lambda first, second: first.shape != second.shape,
            ),
        ),
    ),
)

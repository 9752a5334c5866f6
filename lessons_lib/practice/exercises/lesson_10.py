"""The exercises of lesson 10: to enlarge, in blocks and smoothly."""

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
    swapped,
    unlike,
)

Pair = tuple[int, int]


def enlarge_nearest(image: Tensor, factor: tuple[int, int]) -> Tensor:
    """Make a block of every pixel, factor[0] rows high and factor[1] columns wide."""
    (height, width), (down, across) = image.shape, factor
    output = torch.zeros(height * down, width * across)
    for i in range(output.shape[0]):
        for j in range(output.shape[1]):
            output[i, j] = image[i // down, j // across]
    return output


def enlarge_bilinear(image: Tensor, factor: int) -> Tensor:
    """Enlarge in straight lines from pixel to pixel, as torch does with align_corners=False."""
    height, width = image.shape

    def neighbours(place: int, size: int) -> tuple[int, int, float]:
        back = (place + 0.5) / factor - 0.5  # where the middle of the new pixel lies
        back = min(max(back, 0), size - 1)  # beyond the edge there is the edge
        first = int(back)
        return first, min(first + 1, size - 1), back - first

    output = torch.zeros(height * factor, width * factor)
    for i in range(output.shape[0]):
        top, bottom, down = neighbours(i, height)
        for j in range(output.shape[1]):
            left, right, across = neighbours(j, width)
            above = (1 - across) * image[top, left] + across * image[top, right]
            below = (1 - across) * image[bottom, left] + across * image[bottom, right]
            output[i, j] = (1 - down) * above + down * below
    return output


def tent_kernel(stride: int) -> Tensor:
    """Make the kernel with which a transposed layer enlarges `stride` times, in straight lines."""
    size = 2 * stride - stride % 2
    middle = (size - 1) / 2
    distance = (torch.arange(size) - middle).abs()
    side = 1 - distance / stride
    return side[:, None] * side[None, :]


def _blocks(image: Tensor, factor: Pair) -> Tensor:
    return F.interpolate(image[None, None], scale_factor=factor, mode="nearest")[0, 0]


def _smooth(image: Tensor, factor: int, align_corners: bool = False) -> Tensor:
    """Let torch enlarge, to a size that is said: a factor would say the places as well."""
    size = (image.shape[0] * factor, image.shape[1] * factor)
    picture = image[None, None]
    return F.interpolate(picture, size, mode="bilinear", align_corners=align_corners)[0, 0]


def _tent(stride: int) -> Tensor:
    """Let torch enlarge a picture with a single one in it, and cut out what is not 0."""
    picture = torch.zeros(1, 1, 5, 5)
    picture[..., 2, 2] = 1
    grown = F.interpolate(picture, scale_factor=stride, mode="bilinear", align_corners=False)[0, 0]
    first, last = (grown != 0).any(1).nonzero()[[0, -1], 0].tolist()
    return grown[first : last + 1, first : last + 1]


def _strides(draw: Draw) -> Iterator[tuple[int]]:
    yield from [(1,), (2,), (3,), (4,), (5,), (6,)]


def _pictures(draw: Draw) -> Iterator[tuple[Tensor, Pair]]:
    yield draw.grid(1, 1), (1, 1)
    yield draw.grid(1, 1), (2, 3)
    yield draw.grid(1, 2), (1, 2)
    yield draw.grid(2, 1), (2, 1)
    yield draw.grid(2, 2), (2, 2)
    for _ in range(10):
        yield draw.grid(*draw.unlike(1, 4)), draw.unlike(1, 4)
    for _ in range(3):
        yield draw.fractions(2, 3), draw.unlike(1, 3)


def _pictures_to_smooth(draw: Draw) -> Iterator[tuple[Tensor, int]]:
    yield draw.grid(1, 1), 1
    yield draw.grid(1, 1), 2
    yield draw.grid(1, 2), 2
    yield draw.grid(2, 1), 2
    yield draw.grid(2, 2), 2
    yield draw.grid(2, 3), 1
    for factor in (2, 2, 3, 3, 4):
        yield draw.grid(*draw.unlike(2, 4)), factor
    for factor in (2, 3):
        yield draw.fractions(*draw.unlike(2, 4)), factor


def _stuffed(image: Tensor, factor: Pair) -> Tensor:
    output = torch.zeros_like(_blocks(image, factor))
    output[:: factor[0], :: factor[1]] = image
    return output


def _from_corners(image: Tensor, factor: int) -> Tensor:
    """Map the output's corners back, i / factor, and stop at the last pixel."""
    rows, columns = ((torch.arange(n * factor) / factor).clamp(max=n - 1) for n in image.shape)
    return _between(image, rows, columns)


def _between(image: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Read a picture between its pixels."""
    for places in (rows, columns):
        first = places.long()
        share = (places - first)[:, None]
        image = (1 - share) * image[first] + share * image[(first + 1).clamp(max=len(image) - 1)]
        image = image.T
    return image


def _one_axis(image: Tensor, factor: int, axis: int) -> Tensor:
    """Smooth along one axis, and repeat pixels along the other."""
    wide = image.repeat_interleave(factor, 1 - axis)
    size = [n * factor if a == axis else n for a, n in enumerate(wide.shape)]
    return F.interpolate(wide[None, None], size, mode="bilinear")[0, 0]


def _darkened(image: Tensor, factor: int) -> Tensor:
    """Stamp tents, and cut off what is too much: beyond the edge there is 0."""
    kernel = _tent(factor)
    padding = (len(kernel) - factor) // 2
    picture = F.conv_transpose2d(image[None, None], kernel[None, None], stride=factor)[0, 0]
    (height, width) = image.shape
    return picture[padding:, padding:][: height * factor, : width * factor]


def _side(size: int, middle: float, reach: float) -> Tensor:
    side = 1 - (torch.arange(size) - middle).abs() / reach
    return side[:, None] * side[None, :]


EXERCISES = (
    Exercise(
        "10",
        "grid",
        enlarge_nearest,
        _blocks,
        _pictures,
        hints=(
            "How large is the output? Which pixel does each place of it show?",
            "With factor 3 the rows 0, 1 and 2 show row 0; the rows 3, 4 and 5 show row 1.",
            "`output[i, j] = image[i // factor[0], j // factor[1]]`.",
        ),
        slips=(
            Slip(
                "The factors are swapped: `factor[0]` belongs to the rows.",
                lambda image, factor: _blocks(image, factor[::-1]),
            ),
            Slip(
                "You lay whole pictures side by side; each pixel becomes a block (`%` where `//` "
                "is needed, or `repeat` for `repeat_interleave`).",
                lambda image, factor: image.repeat(*factor),
            ),
            Slip(
                "You leave zeros between the pixels; each pixel fills its block.",
                _stuffed,
            ),
            Slip(
                "You use `factor[0]` along both axes.",
                lambda image, factor: _blocks(image, (factor[0], factor[0])),
            ),
            Slip(
                "You use `factor[1]` along both axes.",
                lambda image, factor: _blocks(image, (factor[1], factor[1])),
            ),
            Slip(
                "You enlarge along the height only.",
                lambda image, factor: _blocks(image, (factor[0], 1)),
            ),
            Slip(
                "You enlarge along the width only.",
                lambda image, factor: _blocks(image, (1, factor[1])),
            ),
            all_zeros(_blocks),
            swapped(_blocks),
        ),
        traits=(
            Trait("where the factor differs per axis", lambda image, factor: unlike(factor)),
            Trait("with a factor above 1", lambda image, factor: max(factor) > 1),
            Trait(
                "where the image is not as high as wide",
                lambda image, factor: unlike(image.shape),
            ),
        ),
    ),
    Exercise(
        "10",
        "grid",
        enlarge_bilinear,
        _smooth,
        _pictures_to_smooth,
        hints=(
            "Three steps: go from the middle of a new pixel back to the picture; find the two "
            "neighbours along each axis; take of each the more, the nearer it is.",
            "The middle of new pixel i lies at (i + 0.5) / factor − 0.5 in the picture. Below 0 "
            "and beyond the last pixel it is held at the edge.",
            "Between row `top` and the next one, a share `down` of the way: "
            "`(1 - down) * image[top] + down * image[top + 1]`; then the same along the width.",
        ),
        slips=(
            Slip(
                "You lay the corner pixels on the corners (`align_corners=True`); here the "
                "pictures' edges meet.",
                lambda image, factor: _smooth(image, factor, align_corners=True),
            ),
            Slip(
                "You go back to i / factor. Pixels have a middle: (i + 0.5) / factor − 0.5.",
                _from_corners,
            ),
            Slip(
                "Each pixel is a block in yours: the nearest neighbour.",
                lambda image, factor: _blocks(image, (factor, factor)),
            ),
            Slip(
                "It gets dark at the border: there is no 0 beyond the edge, the edge goes on.",
                _darkened,
            ),
            Slip(
                "You smooth along the height only; along the width yours has blocks.",
                lambda image, factor: _one_axis(image, factor, 0),
            ),
            Slip(
                "You smooth along the width only; along the height yours has blocks.",
                lambda image, factor: _one_axis(image, factor, 1),
            ),
            all_zeros(_smooth),
            swapped(_smooth),
        ),
        traits=(
            Trait("with a factor above 1", lambda image, factor: factor > 1),
            Trait("with an even factor", lambda image, factor: factor % 2 == 0),
            Trait("with an odd factor", lambda image, factor: factor % 2 == 1),
            Trait(
                "where the image is not as high as wide",
                lambda image, factor: unlike(image.shape),
            ),
        ),
    ),
    Exercise(
        "10",
        "grid",
        tent_kernel,
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

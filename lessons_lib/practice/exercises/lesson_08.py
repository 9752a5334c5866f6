"""The exercises of lesson 08: kinds of convolution that save weights."""

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


def separable2d(image: Tensor, column: Tensor, row: Tensor) -> Tensor:
    """Apply a column kernel, then a row kernel: two passes along one axis each."""
    height, width = image.shape
    between = torch.zeros(height - len(column) + 1, width)
    for i in range(len(between)):
        for u in range(len(column)):
            between[i] += column[u] * image[i + u]
    output = torch.zeros(len(between), width - len(row) + 1)
    for j in range(output.shape[1]):
        for v in range(len(row)):
            output[:, j] += row[v] * between[:, j + v]
    return output


def depthwise2d(image: Tensor, weight: Tensor) -> Tensor:
    """Convolve each channel with a kernel of its own."""
    channels, height, width = image.shape
    _, kh, kw = weight.shape
    output = torch.zeros(channels, height - kh + 1, width - kw + 1)
    for c in range(channels):
        for i in range(height - kh + 1):
            for j in range(width - kw + 1):
                output[c, i, j] = (image[c, i : i + kh, j : j + kw] * weight[c]).sum()
    return output


def grouped2d(image: Tensor, weight: Tensor, groups: int) -> Tensor:
    """Convolve in groups: each kernel sees only the channels of its own group."""
    _, height, width = image.shape
    kernels, deep, kh, kw = weight.shape  # deep is channels // groups
    output = torch.zeros(kernels, height - kh + 1, width - kw + 1)
    for o in range(kernels):
        first = o // (kernels // groups) * deep  # the first channel of its group
        for i in range(height - kh + 1):
            for j in range(width - kw + 1):
                window = image[first : first + deep, i : i + kh, j : j + kw]
                output[o, i, j] = (window * weight[o]).sum()
    return output


def channel_shuffle(image: Tensor, groups: int) -> Tensor:
    """Lay the channels in another order: one of each group in turn."""
    deep = len(image) // groups
    order = [group * deep + place for place in range(deep) for group in range(groups)]
    return image[order]


def _passes(image: Tensor, column: Tensor, row: Tensor) -> Tensor:
    return as_planes(F.conv2d, image, torch.outer(column, row))


def _depthwise(image: Tensor, weight: Tensor) -> Tensor:
    return F.conv2d(image, weight[:, None], groups=len(image))


def _grouped(image: Tensor, weight: Tensor, groups: int) -> Tensor:
    return F.conv2d(image, weight, groups=groups)


def _shuffled(image: Tensor, groups: int) -> Tensor:
    return F.channel_shuffle(image[None], groups)[0]


def _lines(draw: Draw) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    yield draw.grid(1, 1), draw.grid(1, 1)[0], draw.grid(1, 1)[0]
    yield draw.grid(1, 3), draw.grid(1, 1)[0], draw.grid(1, 2)[0]
    yield draw.grid(3, 1), draw.grid(1, 2)[0], draw.grid(1, 1)[0]
    yield draw.grid(3, 3), draw.grid(1, 2)[0], draw.grid(1, 2)[0]
    for _ in range(10):
        (kh, kw), (down, across) = draw.unlike(1, 3), draw.pair(0, 3)
        yield draw.grid(kh + down, kw + across), draw.grid(1, kh)[0], draw.grid(1, kw)[0]
    for _ in range(3):
        yield draw.fractions(4, 6), draw.fractions(1, 3)[0], draw.fractions(1, 2)[0]


def _channels(draw: Draw) -> Iterator[tuple[Tensor, Tensor]]:
    yield draw.planes(1, 1, 1), draw.planes(1, 1, 1)
    yield draw.planes(2, 1, 3), draw.planes(2, 1, 2)
    yield draw.planes(2, 3, 1), draw.planes(2, 2, 1)
    yield draw.planes(3, 2, 2), draw.planes(3, 2, 2)
    for _ in range(8):
        channels, (kh, kw), (down, across) = draw.whole(2, 4), draw.unlike(1, 3), draw.pair(0, 2)
        yield draw.planes(channels, kh + down, kw + across), draw.planes(channels, kh, kw)
    for _ in range(2):
        yield draw.planes(3, 4, 3) / 7, draw.planes(3, 2, 3) / 3


def _groups(draw: Draw) -> Iterator[tuple[Tensor, Tensor, int]]:
    def task(groups: int, sides: Pair, kernel: Pair, more: Pair) -> tuple[Tensor, Tensor, int]:
        deep, wide = sides
        image = draw.planes(groups * deep, kernel[0] + more[0], kernel[1] + more[1])
        weight = draw.planes(groups * wide * deep, *kernel)
        return image, weight.view(groups * wide, deep, *kernel), groups

    one, none = (1, 1), (0, 0)
    yield task(1, one, one, none)
    yield task(2, one, one, (0, 1))
    yield task(2, (2, 1), one, none)
    yield task(2, (1, 2), (2, 1), none)
    yield task(2, (2, 2), one, (1, 0))
    for _ in range(8):
        yield task(draw.whole(1, 3), draw.unlike(1, 3), draw.unlike(1, 2), draw.pair(0, 2))
    image, weight, groups = task(2, (2, 3), (1, 2), (1, 1))
    yield image / 7, weight / 3, groups


def _hands(draw: Draw) -> Iterator[tuple[Tensor, int]]:
    yield draw.planes(1, 1, 1), 1
    yield draw.planes(4, 1, 1), 2
    yield draw.planes(3, 2, 1), 3
    yield draw.planes(3, 1, 2), 1
    for groups, deep in [(2, 3), (3, 2), (4, 2), (2, 4), (3, 3), (4, 3), (3, 4)]:
        yield draw.planes(groups * deep, *draw.unlike(1, 2)), groups
    yield draw.planes(6, 2, 1) / 7, 2


def _with_groups_taken_in_turn(image: Tensor, weight: Tensor, groups: int) -> Tensor:
    """Group g gets the channels g, g + groups, g + 2 · groups ..."""
    return _grouped(_shuffled(image, len(image) // groups), weight, groups)


def _first_group(image: Tensor, weight: Tensor, groups: int) -> Tensor:
    return F.conv2d(image[: len(image) // groups], weight)


def _outputs_in_turn(image: Tensor, weight: Tensor, groups: int) -> Tensor:
    """Kernel o takes group o % groups."""
    deep = len(image) // groups
    parts = [
        F.conv2d(image[o % groups * deep :][:deep], weight[o : o + 1]) for o in range(len(weight))
    ]
    return torch.cat(parts)


_TURNED = "You turn the kernel by 180 degrees; torch lays it on as it is."
_OVER = "You turn the kernel over its diagonal: its first index counts rows."
_ALL_FIRST = "All channels meet the first kernel; `weight[c]` belongs to channel c."

EXERCISES = (
    Exercise(
        "08",
        "grid",
        separable2d,
        _passes,
        _lines,
        hints=(
            "First the column alone: output row i is the sum of all `column[u] * image[i + u]`. "
            "How many rows are left?",
            "Keep what comes out, and do the same along the width with the row.",
            "`between[:, j + v]` is a whole column of it: `output[:, j] += row[v] * "
            "between[:, j + v]`.",
        ),
        slips=(
            Slip(
                "Column and row are swapped: `column` runs along the height.",
                lambda image, column, row: _passes(image, row, column),
            ),
            Slip(
                "You turn the two kernels round; torch lays them on as they are.",
                lambda image, column, row: _passes(image, column.flip(0), row.flip(0)),
            ),
            Slip(
                "You turn the column round.",
                lambda image, column, row: _passes(image, column.flip(0), row),
            ),
            Slip(
                "You turn the row round.",
                lambda image, column, row: _passes(image, column, row.flip(0)),
            ),
            Slip(
                "You apply the column only; the row comes after it.",
                lambda image, column, row: as_planes(F.conv2d, image, column[:, None]),
            ),
            Slip(
                "You apply the row only; the column comes before it.",
                lambda image, column, row: as_planes(F.conv2d, image, row[None]),
            ),
            Slip(
                "You add the two kernels; one pass after the other multiplies them.",
                lambda image, column, row: as_planes(F.conv2d, image, column[:, None] + row),
            ),
            all_zeros(_passes),
            swapped(_passes),
        ),
        traits=(
            Trait("where the row has several weights", lambda image, column, row: len(row) > 1),
            Trait(
                "where the column has several weights", lambda image, column, row: len(column) > 1
            ),
            Trait(
                "where column and row differ in length",
                lambda image, column, row: len(column) != len(row),
            ),
        ),
    ),
    Exercise(
        "08",
        "grid",
        depthwise2d,
        _depthwise,
        _channels,
        hints=(
            "As many channels come out as go in. What does channel c of the output see?",
            "One channel is the convolution of lesson 01: `image[c]` with `weight[c]`.",
            "A loop over the channels around the two loops of lesson 01. Nothing is added up over "
            "the channels.",
        ),
        slips=(
            Slip(
                "You add up the channels; here each one stays by itself.",
                lambda image, weight: _depthwise(image, weight).sum(0),
            ),
            Slip(
                "You add up the channels; here each one stays by itself.",
                lambda image, weight: _depthwise(image, weight).sum(0).expand(len(image), -1, -1),
            ),
            Slip(
                _ALL_FIRST,
                lambda image, weight: _depthwise(image, weight[:1].expand_as(weight)),
            ),
            Slip(
                "All your outputs see the first channel; channel c sees `image[c]`.",
                lambda image, weight: _depthwise(image[:1].expand_as(image), weight),
            ),
            Slip(_TURNED, lambda image, weight: _depthwise(image, weight.flip(1, 2))),
            Slip(_OVER, lambda image, weight: _depthwise(image, weight.mT)),
            Slip(
                "Your channels meet the kernels in the wrong order.",
                lambda image, weight: _depthwise(image, weight.flip(0)),
            ),
            all_zeros(_depthwise),
            swapped(_depthwise),
        ),
        traits=(
            Trait("with several channels", lambda image, weight: len(image) > 1),
            Trait(
                "where the kernel is not as high as wide",
                lambda image, weight: unlike(weight.shape[1:]),
            ),
            Trait(
                "where the image is not as high as wide",
                lambda image, weight: unlike(image.shape[1:]),
            ),
        ),
    ),
    Exercise(
        "08",
        "grid",
        grouped2d,
        _grouped,
        _groups,
        hints=(
            "Cut the channels into `groups` equal parts, and the kernels too. The first part of "
            "the kernels sees the first part of the channels.",
            "Each part is the convolution of lesson 05 by itself. Lay the results one behind the "
            "other.",
            "Kernel o is in group `o // (kernels // groups)`. Its channels begin at that number "
            "times `weight.shape[1]`.",
        ),
        slips=(
            Slip(
                "All your kernels see the first group of channels; each group has its own.",
                _first_group,
            ),
            Slip(
                "You deal the channels out in turn. Groups are blocks of neighbours: the first "
                "channels // groups of them, then the next.",
                _with_groups_taken_in_turn,
            ),
            Slip(
                "You deal the kernels out in turn. The first kernels // groups of them belong to "
                "the first group.",
                _outputs_in_turn,
            ),
            Slip(
                "The groups come out in the wrong order.",
                lambda image, weight, groups: torch.cat(
                    _grouped(image, weight, groups).chunk(groups)[::-1]
                ),
            ),
            Slip(
                "You shuffle the channels of the output; lay the groups one behind the other.",
                lambda image, weight, groups: _shuffled(_grouped(image, weight, groups), groups),
            ),
            Slip(
                _TURNED,
                lambda image, weight, groups: _grouped(image, weight.flip(2, 3), groups),
            ),
            Slip(_OVER, lambda image, weight, groups: _grouped(image, weight.mT, groups)),
            Slip(
                "You add the groups up; each has output channels of its own.",
                lambda image, weight, groups: sum(_grouped(image, weight, groups).chunk(groups)),
            ),
            all_zeros(_grouped),
            swapped(_grouped),
        ),
        traits=(
            Trait("with several groups", lambda image, weight, groups: groups > 1),
            Trait(
                "where a group has several channels",
                lambda image, weight, groups: weight.shape[1] > 1,
            ),
            Trait(
                "where a group has several kernels",
                lambda image, weight, groups: len(weight) > groups,
            ),
            Trait(
                "where the kernel is not as high as wide",
                lambda image, weight, groups: unlike(weight.shape[2:]),
            ),
        ),
    ),
    Exercise(
        "08",
        "grid",
        channel_shuffle,
        _shuffled,
        _hands,
        hints=(
            "Write the numbers of 6 channels in 2 groups side by side: 0 1 2 and 3 4 5. Which "
            "come first, if each group lays down one in turn?",
            "0 3 1 4 2 5: the first of each group, then the second of each group, and so on.",
            "As a table: a row for each group. Read it column by column: `image.view(groups, "
            "channels // groups, ...)`, exchange the first two axes, and flatten them.",
        ),
        slips=(
            Slip(
                "You take `groups` for the number of channels in a group.",
                lambda image, groups: _shuffled(image, len(image) // groups),
            ),
            Slip(
                "Your channels stay where they are.",
                lambda image, groups: image,
            ),
            Slip(
                "You turn the order of the groups round; let each lay down one channel in turn.",
                lambda image, groups: torch.cat(image.chunk(groups)[::-1]),
            ),
            Slip(
                "You turn the order of all channels round.",
                lambda image, groups: image.flip(0),
            ),
            Slip(
                "You move all channels on by one group; let each group lay down one in turn.",
                lambda image, groups: image.roll(len(image) // groups, 0),
            ),
            all_zeros(_shuffled),
            swapped(_shuffled),
        ),
        traits=(
            Trait("with several groups", lambda image, groups: groups > 1),
            Trait("where a group has several channels", lambda image, groups: len(image) > groups),
            Trait(
                "where there are not as many groups as channels in a group",
                lambda image, groups: groups**2 != len(image),
            ),
        ),
    ),
)

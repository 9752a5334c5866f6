"""The colours of classes, for segmentations: a colour for each class, and never a mixed one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch.nn import functional

IGNORED = 255  # the class number of pixels that do not count, as on the edges of VOC's objects
FEW = 8  # so many classes are all named, though some may not occur
IGNORED_COLOUR = (250, 250, 246)

# Class 0, the background, is a quiet grey. The next four stand 14 or more of 100 steps of
# lightness apart, so that they differ in grey print too; the first eight differ for readers who
# do not see red and green, or blue. No role of the lessons has one of these colours.
CLASS_COLOURS = (
    (206, 206, 206),
    (56, 174, 186),
    (216, 72, 72),
    (112, 48, 168),
    (0, 52, 44),
    (216, 160, 0),
    (136, 104, 224),
    (160, 48, 96),
    (80, 0, 112),
    (48, 80, 32),
    (160, 104, 144),
    (160, 184, 136),
    (192, 128, 248),
    (128, 88, 168),
    (208, 120, 128),
    (104, 40, 88),
    (96, 0, 0),
    (72, 144, 192),
    (152, 216, 96),
    (128, 48, 128),
    (232, 104, 72),
)


def class_palette() -> list[tuple[int, int, int]]:
    """Give the colour of each class number from 0 to 255.

    Returns:
        256 colours (red, green, blue); beyond the last of `CLASS_COLOURS` those of class 1 and on
        come again; number 255 is what is ignored.
    """
    first, others = CLASS_COLOURS[0], CLASS_COLOURS[1:]
    return [first, *(others[n % len(others)] for n in range(IGNORED - 1)), IGNORED_COLOUR]


def class_colours(labels: torch.Tensor) -> torch.Tensor:
    """Show a picture of class numbers as a picture of colours.

    Args:
        labels: (H, W), whole numbers 0..255; 255 is what is ignored.

    Returns:
        uint8 (3, H, W), red, green and blue.

    Raises:
        ValueError: a number is below 0 or above 255.

    Example:
        >>> class_colours(torch.tensor([[0, 2]]))[0].tolist()  # red of the background, of class 2
        [[206, 216]]
    """
    if labels.numel() and not 0 <= int(labels.min()) <= int(labels.max()) <= IGNORED:
        low, high = int(labels.min()), int(labels.max())
        raise ValueError(f"`labels` holds {low}..{high}; class numbers are 0..{IGNORED}")
    colours = torch.tensor(class_palette(), dtype=torch.uint8)  # (256, 3)
    return colours[labels.long()].permute(2, 0, 1).contiguous()


def class_shares(labels: torch.Tensor) -> list[tuple[int, float]]:
    """Say which classes occur in a picture, and how much of it each takes.

    Args:
        labels: (H, W), whole numbers 0..255.

    Returns:
        (class number, share 0..1) of those that occur, by their numbers.

    Example:
        >>> class_shares(torch.tensor([[0, 2], [2, 2]]))
        [(0, 0.25), (2, 0.75)]
    """
    counts = torch.bincount(labels.flatten().long(), minlength=1)
    found = counts.nonzero().flatten().tolist()
    return [(each, int(counts[each]) / labels.numel()) for each in found]


def legend_of(
    shares: Sequence[tuple[int, float]], labels: Sequence[str]
) -> list[tuple[int, str, str]]:
    """Write a legend: which class, its name, and how much of the picture it takes.

    Args:
        shares: as `class_shares` gives them.
        labels: a name per class; those that have none are called by their number.

    Returns:
        (class number, name, share in words) of each class that occurs, by their numbers. Where the
        labels are few, those of classes that do not occur stand among them, with no share: so the
        legend stays as it is while the picture changes.

    Example:
        >>> legend_of([(1, 0.125), (255, 0.002)], ("background", "disc"))
        [(0, 'background', ''), (1, 'disc', '13 %'), (255, 'ignored', '0.2 %')]
    """
    found = dict(shares)
    named = range(len(labels)) if len(labels) <= FEW else ()
    return [
        (number, class_name(number, labels), share_text(found[number]) if number in found else "")
        for number in sorted({*named, *found})
    ]


def class_name(number: int, labels: Sequence[str]) -> str:
    """Name a class: by its label, else by its number; 255 is what is ignored."""
    if number == IGNORED:
        return "ignored"
    return labels[number] if number < len(labels) else f"class {number}"


def share_text(share: float) -> str:
    """Print a share of 0..1 in per cent, small ones with a digit after the point, never as nothing.

    Example:
        >>> share_text(0.53), share_text(0.042), share_text(0.0004), share_text(0.9999)
        ('53 %', '4.2 %', '< 0.1 %', '> 99.9 %')
    """
    per_cent = 100 * share
    if 0 < per_cent < 0.05:
        return "< 0.1 %"
    if 99.95 <= per_cent < 100:
        return "> 99.9 %"
    exact = per_cent < 9.95 or 99 <= per_cent < 100
    return f"{per_cent:.1f} %" if exact and per_cent else f"{math.floor(per_cent + 0.5)} %"


def majority(labels: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Make a picture of class numbers smaller: each new pixel is the class that covers most of it.

    A mean would make classes that are not there: between the numbers 1 and 3 it finds 2.

    Args:
        labels: (H, W), whole numbers 0..255.
        size: (height, width) wanted, not larger than the picture.

    Returns:
        uint8 (height, width); of classes that cover as much the one with the lowest number.

    Example:
        >>> majority(torch.tensor([[1, 3, 3], [1, 1, 3]]), (1, 1)).tolist()
        [[1]]
    """
    numbers = labels.to(torch.uint8)
    if tuple(numbers.shape) == size:
        return numbers
    most = torch.zeros(size)  # how much of each new pixel the class takes that was found for it
    winners = torch.zeros(size, dtype=torch.uint8)
    for number, _ in class_shares(numbers):
        covered = functional.adaptive_avg_pool2d((numbers == number).float()[None], size)[0]
        winners[covered > most] = number
        most = torch.maximum(most, covered)
    return winners

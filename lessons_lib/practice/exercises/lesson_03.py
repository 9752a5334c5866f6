"""The exercises of lesson 03: what lies beyond the edge."""

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

_MODES = ("zeros", "reflect", "replicate", "circular")


def padded_output_size(input_size: int, kernel_size: int, stride: int, padding: int) -> int:
    """Say how large the output is along one axis that is padded on both sides."""
    return (input_size + 2 * padding - kernel_size) // stride + 1


def pad2d(image: Tensor, padding: tuple[int, int], padding_mode: str) -> Tensor:
    """Put a border around the image: padding[0] rows above and below, padding[1] left and right."""
    (height, width), (above, left) = image.shape, padding

    def source(place: int, size: int) -> int:
        if padding_mode == "circular":
            return place % size
        if padding_mode == "replicate":
            return min(max(place, 0), size - 1)
        if padding_mode == "reflect":
            return size - 1 - abs(size - 1 - abs(place))
        return place if 0 <= place < size else -1  # zeros

    output = torch.zeros(height + 2 * above, width + 2 * left)
    for i in range(output.shape[0]):
        for j in range(output.shape[1]):
            row, column = source(i - above, height), source(j - left, width)
            if row >= 0 and column >= 0:
                output[i, j] = image[row, column]
    return output


def _size(input_size: int, kernel_size: int, stride: int, padding: int) -> int:
    signal, kernel = torch.zeros(1, 1, input_size), torch.zeros(1, 1, kernel_size)
    return F.conv1d(signal, kernel, stride=stride, padding=padding).shape[-1]


def _padded(image: Tensor, padding: tuple[int, int], padding_mode: str) -> Tensor:
    sides = (padding[1], padding[1], padding[0], padding[0])
    mode = "constant" if padding_mode == "zeros" else padding_mode
    return F.pad(image[None, None], sides, mode=mode)[0, 0]


def _sizes(draw: Draw) -> Iterator[tuple[int, int, int, int]]:
    yield from [(1, 1, 1, 0), (1, 3, 1, 1), (2, 4, 3, 1), (5, 3, 1, 1), (6, 3, 2, 1)]
    yield from [(7, 4, 2, 1), (512, 7, 2, 3)]
    for _ in range(30):
        kernel_size, padding = draw.whole(1, 7), draw.whole(0, 4)
        least = max(1, kernel_size - 2 * padding)
        yield least + draw.whole(0, 20), kernel_size, draw.whole(1, 4), padding


def _borders(draw: Draw) -> Iterator[tuple[Tensor, tuple[int, int], str]]:
    yield draw.grid(1, 1), (1, 1), "zeros"
    yield draw.grid(1, 1), (2, 1), "replicate"
    yield draw.grid(1, 1), (1, 1), "circular"
    for mode in _MODES:
        yield draw.grid(2, 3), (0, 0), mode
        yield draw.grid(1, 3), (0, 1), mode
        yield draw.grid(3, 1), (1, 0), mode
        yield draw.grid(3, 3), (1, 1), mode
        yield draw.grid(3, 3), (2, 2), mode
        for _ in range(3):
            # reflect needs a padding below the size
            yield draw.grid(*draw.pair(3, 4)), draw.unlike(0, 2), mode
        yield draw.fractions(4, 3), (1, 2), mode


def _edge_twice(padding: int, size: int) -> Tensor:
    """Say which pixel each place of a padded axis copies where the edge is shown twice."""
    place = torch.arange(-padding, size + padding)
    place = torch.where(place < 0, -place - 1, place)
    return torch.where(place < size, place, 2 * size - 1 - place)


def _edge_repeated(image: Tensor, padding: tuple[int, int], padding_mode: str) -> Tensor:
    if padding_mode != "reflect":
        return _padded(image, padding, padding_mode)
    rows, columns = (_edge_twice(p, n) for p, n in zip(padding, image.shape, strict=True))
    return image[rows][:, columns]


def _other_mode(other: str, instead_of: str) -> Slip:
    def gives(image: Tensor, padding: tuple[int, int], padding_mode: str) -> Tensor:
        return _padded(image, padding, other if padding_mode == instead_of else padding_mode)

    return Slip(f"With '{instead_of}' you do what '{other}' does.", gives)


def _always(mode: str) -> Slip:
    return Slip(
        f"You pad as '{mode}' does, whatever `padding_mode` is.",
        lambda image, padding, padding_mode: _padded(image, padding, mode),
    )


def _one_side(image: Tensor, padding: tuple[int, int], padding_mode: str) -> Tensor:
    whole = _padded(image, padding, padding_mode)
    return whole[: image.shape[0] + padding[0], : image.shape[1] + padding[1]]


def _is_mode(mode: str) -> Trait:
    return Trait(f"with '{mode}'", lambda image, padding, padding_mode: padding_mode == mode)


EXERCISES = (
    Exercise(
        "03",
        "number",
        padded_output_size,
        _size,
        _sizes,
        hints=(
            "The window slides over the padded input. How large is that?",
            "`padding` cells stand before the input, and as many behind it.",
            "Take the formula of lesson 02 and put n + 2 · padding in place of n.",
        ),
        slips=(
            Slip(
                "You count the padding once; it stands on both sides.",
                lambda n, k, s, p: (n + p - k) // s + 1,
            ),
            Slip(
                "A part of a window is no place for it: round down, with `//`.",
                lambda n, k, s, p: (n + 2 * p - k) / s + 1,
            ),
            Slip(
                "One is missing: there is one place more than there are jumps.",
                lambda n, k, s, p: (n + 2 * p - k) // s,
            ),
            Slip("You do not use the padding.", lambda n, k, s, p: (n - k) // s + 1),
            Slip("You do not use the stride.", lambda n, k, s, p: n + 2 * p - k + 1),
            Slip(
                "The padding is there before the window jumps: it belongs inside the division.",
                lambda n, k, s, p: (n - k) // s + 1 + 2 * p,
            ),
            Slip(
                "You take the padding away; it makes the input larger.",
                lambda n, k, s, p: (n - 2 * p - k) // s + 1,
            ),
            Slip(
                "You round up; a window that does not fit inside is left out.",
                lambda n, k, s, p: -(-(n + 2 * p - k) // s) + 1,
            ),
            Slip(
                "You round to the nearest; a window that does not fit is left out. Round down.",
                lambda n, k, s, p: round((n + 2 * p - k) / s) + 1,
            ),
        ),
        traits=(
            Trait("with padding", lambda n, k, s, p: p > 0),
            Trait("with a stride above 1", lambda n, k, s, p: s > 1),
            Trait(
                "where the division leaves a remainder", lambda n, k, s, p: (n + 2 * p - k) % s > 0
            ),
        ),
    ),
    Exercise(
        "03",
        "grid",
        pad2d,
        _padded,
        _borders,
        hints=(
            "Begin with 'zeros': make a larger grid of zeros and copy the image into its middle, "
            "`output[a : a + height, b : b + width] = image`. What are a and b?",
            "In the other modes each new cell copies a pixel. Write a small function that says for "
            "a place of one axis, such as −1 or n, which index it copies.",
            "'circular': `place % n`. 'replicate': the nearest index inside. 'reflect': −1 copies "
            "1, not 0; n copies n − 2.",
        ),
        slips=(
            Slip(
                "Height and width of the padding are swapped: `padding[0]` are rows.",
                lambda image, padding, padding_mode: _padded(image, padding[::-1], padding_mode),
            ),
            Slip(
                "With 'reflect' you show the edge twice. The edge is the mirror: beyond it comes "
                "its neighbour.",
                _edge_repeated,
            ),
            _other_mode("circular", "reflect"),
            _other_mode("replicate", "reflect"),
            _other_mode("reflect", "circular"),
            _other_mode("replicate", "circular"),
            _other_mode("reflect", "replicate"),
            _other_mode("circular", "replicate"),
            *map(_always, _MODES),
            Slip("You pad above and on the left only; the other two sides need it too.", _one_side),
            Slip(
                "You use `padding[0]` along both axes.",
                lambda image, padding, mode: _padded(image, (padding[0], padding[0]), mode),
            ),
            Slip("You do not pad.", lambda image, padding, padding_mode: image),
            all_zeros(_padded),
            swapped(_padded),
        ),
        traits=(
            *map(_is_mode, _MODES),
            Trait(
                "where the padding differs per axis",
                lambda image, padding, padding_mode: unlike(padding),
            ),
            Trait("with padding", lambda image, padding, padding_mode: max(padding) > 0),
            Trait(
                "where the image is not as high as wide",
                lambda image, padding, padding_mode: unlike(image.shape),
            ),
        ),
    ),
)

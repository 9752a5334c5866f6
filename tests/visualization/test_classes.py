"""The colours of classes differ for every reader, and no class is made that is not there."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy
import pytest
import torch

from lessons_lib.visualization.classes import (
    CLASS_COLOURS,
    IGNORED,
    IGNORED_COLOUR,
    class_colours,
    class_palette,
    class_shares,
    legend_of,
    majority,
    share_text,
)
from lessons_lib.visualization.colours import NOT_FINITE_COLOUR, colour_table
from lessons_lib.visualization.pixels import class_pixels, reduced
from lessons_lib.visualization.sheet import Tile, coloured, sheet_png

Colour = tuple[int, int, int]
ROLES = (  # as in widgets/shared/lab.css, light and dark
    *("0072b2", "b84a00", "117733", "aa3a93", "75620a", "332288"),
    *("6cb8f0", "ff9a57", "5ccb8a", "e79ad6", "d9c25c", "ada4f7"),
)
# What a reader without one kind of cone sees, in linear light (Machado, Oliveira, Fernandes 2009).
SEEN_BY = {
    "everybody": numpy.eye(3),
    "protanopes": numpy.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopes": numpy.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopes": numpy.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def linear(colour: Colour) -> numpy.ndarray:
    each = numpy.array(colour) / 255
    return numpy.where(each <= 0.04045, each / 12.92, ((each + 0.055) / 1.055) ** 2.4)


def lab(light: numpy.ndarray) -> numpy.ndarray:
    """CIE L*, a*, b* of linear sRGB under D65."""
    to_xyz = numpy.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    x, y, z = (to_xyz @ light.clip(0, 1)) / (to_xyz @ numpy.ones(3))
    f = [v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z)]
    return numpy.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one: Colour, other: Colour, reader: str = "everybody") -> float:
    eyes = SEEN_BY[reader]
    return float(numpy.linalg.norm(lab(eyes @ linear(one)) - lab(eyes @ linear(other))))


@pytest.mark.parametrize("reader", SEEN_BY)
def test_eight_classes_and_what_is_ignored_differ_for_every_reader(reader: str) -> None:
    colours = (*CLASS_COLOURS[:8], IGNORED_COLOUR)
    found = {pair: apart(*pair, reader) for pair in combinations(colours, 2)}
    assert min(found.values()) > 14, min(found, key=lambda pair: found[pair])


def test_five_classes_differ_in_grey_print() -> None:
    light = sorted(lab(linear(colour))[0] for colour in (*CLASS_COLOURS[:5], IGNORED_COLOUR))
    assert min(b - a for a, b in pairwise(light)) > 13


def test_the_background_is_grey_and_no_class_has_the_colour_of_a_role() -> None:
    assert len(set(CLASS_COLOURS[0])) == 1
    roles = [tuple(bytes.fromhex(role)) for role in ROLES]
    for colour in CLASS_COLOURS[:8]:
        assert min(apart(colour, role) for role in (*roles, NOT_FINITE_COLOUR)) > 14, colour  # type: ignore[arg-type]  # three bytes each


def test_the_colour_table_has_the_palette_and_the_palette_goes_round() -> None:
    data = colour_table("classes")
    found = [tuple(data[at : at + 3]) for at in range(0, 1024, 4)]
    assert found == class_palette()
    assert set(data[3::4]) == {255}
    assert found[:21] == list(CLASS_COLOURS)
    assert (found[21], found[40], found[41]) == (found[1], found[20], found[1])
    assert found[IGNORED] == IGNORED_COLOUR
    assert found[0] not in found[1:]


def test_a_picture_of_numbers_becomes_a_picture_of_colours() -> None:
    labels = torch.tensor([[0, 1, 4], [IGNORED, 2, 0]])
    colours = class_colours(labels)
    assert (colours.shape, colours.dtype) == ((3, 2, 3), torch.uint8)
    for row, numbers in enumerate(labels.tolist()):
        for column, number in enumerate(numbers):
            assert tuple(colours[:, row, column].tolist()) == class_palette()[number]


@pytest.mark.parametrize("number", [-1, 256])
def test_numbers_that_are_no_class_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match=rf"`labels` holds .*{number}"):
        class_colours(torch.tensor([[number, 3]]))


# -------------------------------------------------------------------------------- made smaller


def test_a_smaller_picture_shows_no_class_that_is_not_there() -> None:
    labels = torch.full((12, 18), 1)
    labels[:, 9:] = 3
    assert 2 in reduced(labels.float()[None], (5, 7)).round().unique()  # what a mean would do
    found = majority(labels, (5, 7))
    assert (found.shape, found.dtype) == ((5, 7), torch.uint8)
    assert set(found.unique().tolist()) == {1, 3}


def test_each_pixel_shows_the_class_that_covers_most_of_it() -> None:
    rows = (
        (0, 0, 2, 2, 7, 7),
        (0, 1, 2, 1, 1, 255),
        (4, 4, 4, 255, 255, 1),
        (0, 4, 5, 255, 6, 1),
    )
    labels = torch.tensor(rows)
    assert majority(labels, (2, 3)).tolist() == [[0, 2, 7], [4, 255, 1]]
    assert majority(labels, (4, 6)).tolist() == labels.tolist()


def test_pixels_of_classes_take_a_byte_each_and_tell_the_shares_of_the_whole() -> None:
    labels = torch.zeros(40, 60, dtype=torch.int64)
    labels[:, :15] = 2
    labels[0, 59] = IGNORED
    whole = class_pixels(labels, (400, 400))
    assert (whole.format, whole.table, len(whole.data)) == ("index8", "classes", 2400)
    assert list(whole.data[:16]) == [2] * 15 + [0]
    small = class_pixels(labels, (10, 10))
    assert ((small.height, small.width), len(small.data)) == ((7, 10), 70)
    assert small.shares == whole.shares == ((0, 1799 / 2400), (2, 0.25), (IGNORED, 1 / 2400))
    coarse = class_pixels(labels[::2, ::2], (400, 400), (40, 60))
    assert ((coarse.height, coarse.width), coarse.shown) == ((20, 30), (40, 60))


def test_a_coarse_picture_is_stretched_without_mixing() -> None:
    labels = torch.tensor([[1, 3]])
    image = coloured(class_pixels(labels, (40, 80), (10, 20)))
    found = {colour for _, colour in image.getcolors() or []}
    assert (image.size, found) == ((20, 10), {CLASS_COLOURS[1], CLASS_COLOURS[3]})


# -------------------------------------------------------------------------------------- legend


def test_shares_are_those_of_the_picture() -> None:
    labels = torch.tensor([[3, 3, 0, 255], [3, 3, 3, 3]])
    assert class_shares(labels) == [(0, 0.125), (3, 0.75), (255, 0.125)]


def test_a_legend_of_few_classes_names_all_of_them_and_one_of_many_those_that_occur() -> None:
    shares = [(1, 0.96), (3, 0.04)]
    names = ("background", "disc", "ring")
    found = [(0, "background", ""), (1, "disc", "96 %"), (2, "ring", ""), (3, "class 3", "4.0 %")]
    assert legend_of(shares, names) == found
    many = tuple(f"name {n}" for n in range(21))
    assert legend_of(shares, many) == [(1, "name 1", "96 %"), (3, "name 3", "4.0 %")]
    assert legend_of([(255, 1.0)], ()) == [(255, "ignored", "100 %")]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1.0, "100 %"),
        (0.994, "99.4 %"),
        (0.9996, "> 99.9 %"),
        (0.985, "99 %"),
        (0.0996, "10 %"),
        (0.0994, "9.9 %"),
        (0.0005, "0.1 %"),
        (0.0004, "< 0.1 %"),
        (0.0, "0 %"),
    ],
)
def test_no_class_that_occurs_has_a_share_of_nothing_and_none_has_all_but_one_alone(
    share: float, text: str
) -> None:
    assert share_text(share) == text


def test_a_still_picture_of_classes_has_its_legend_below() -> None:
    labels = torch.zeros(30, 40, dtype=torch.int64)
    labels[5:9, 5:9] = 4
    pixels = class_pixels(labels, (100, 100))
    names = ("background", "disc", "ring", "square", "triangle")
    plain, named = (
        sheet_png([Tile("classes", each, names)], "A sentence.")
        for each in (class_pixels(torch.zeros_like(labels), (100, 100)), pixels)
    )
    assert plain != named


def test_up_to_eight_classes_are_all_named_of_more_only_those_that_occur() -> None:
    eight = tuple("abcdefgh")
    assert [name for _, name, _ in legend_of([(2, 1.0)], eight)] == list(eight)
    assert legend_of([(2, 1.0)], (*eight, "i")) == [(2, "c", "100 %")]


def test_a_share_is_all_only_where_it_is() -> None:
    shares = (0.98, 0.997, 0.9994, 0.9996, 1.0)
    assert [share_text(each) for each in shares] == [
        "98 %",
        "99.7 %",
        "99.9 %",
        "> 99.9 %",
        "100 %",
    ]


def test_of_classes_that_cover_as_much_the_lowest_number_is_shown() -> None:
    assert majority(torch.tensor([[3, 1], [1, 3]]), (1, 1)).tolist() == [[1]]

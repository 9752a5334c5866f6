"""Greys of every depth come to 0..1 by one rule, and the note says when they were stretched."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lessons_lib.images import picture_from_bytes
from lessons_lib.images.depth import FULL_16_BIT, to_unit
from tests.images.files import encoded, the_error
from tests.images.tiffs import Kind, changed, written

GREY = Kind("minisblack", 1, lambda values: values)
# Six different numbers of a camera with 12 bits; not square.
TWELVE_BITS = np.array([[120, 700, 1500], [2222, 3001, 4095]])


def seen(data: bytes) -> np.ndarray:
    return picture_from_bytes(data, "x").image[0, 1].numpy()


def test_what_reaches_a_quarter_of_white_is_taken_as_it_is() -> None:
    unit, note = to_unit(np.array([0, 200, 16384]), FULL_16_BIT)
    assert unit.tolist() == pytest.approx([0, 200 / 65535, 16384 / 65535])
    assert note == ""


def test_what_stays_below_a_quarter_of_white_is_stretched() -> None:
    unit, note = to_unit(np.array([1000, 4000, 16383]), FULL_16_BIT)
    assert unit.tolist() == pytest.approx([0, 3000 / 15383, 1])
    assert note == "greys stretched from 1000 .. 16383 to 0 .. 1: none reaches a quarter of 65535"


@pytest.mark.parametrize(("values", "said"), [([-5, 30000], "-5 .. 30000"), ([9, 70000], "70000")])
def test_what_leaves_the_range_is_stretched(values: list[int], said: str) -> None:
    unit, note = to_unit(np.array(values), FULL_16_BIT)
    assert unit.tolist() == [0, 1]
    assert said in note
    assert note.endswith("they leave the range 0 .. 65535")


def test_floats_follow_the_same_rule_with_1_as_white() -> None:
    assert to_unit(np.array([0.125, 0.25]), 1)[0].tolist() == [0.125, 0.25]
    unit, note = to_unit(np.array([0.125, 0.1875, 0.24]), 1)
    assert unit.tolist() == pytest.approx([0, 0.0625 / 0.115, 1])
    assert note == "greys stretched from 0.125 .. 0.24 to 0 .. 1: none reaches a quarter of 1"


@pytest.mark.parametrize("value", [0, 300, 65535])
def test_one_grey_all_over_has_nothing_to_stretch(value: int) -> None:
    unit, note = to_unit(np.full((2, 3), value), FULL_16_BIT)
    assert unit.tolist() == [[pytest.approx(value / 65535)] * 3] * 2
    assert note == ""


def test_numbers_that_are_not_finite_are_black() -> None:
    assert to_unit(np.array([np.nan, -2.0, np.inf, 6.0]), 1)[0].tolist() == [0, 0, 0, 1]
    assert to_unit(np.array([np.nan, np.inf]), 1)[0].tolist() == [0, 0]


@pytest.mark.parametrize("depth", ["<u2", ">u2", "<i2", ">i2", "<u4", "<i4", ">i4", "<f4", ">f4"])
def test_12_bits_in_a_deeper_tiff_are_not_black(depth: str) -> None:
    data = written(TWELVE_BITS.astype(depth), GREY, byteorder=depth[0])
    assert seen(data).ravel() == pytest.approx((TWELVE_BITS.ravel() - 120) / (4095 - 120))
    assert "greys stretched from 120 .. 4095 to 0 .. 1" in picture_from_bytes(data, "x").note


def test_12_bits_in_a_16_bit_png_are_not_black() -> None:
    data = encoded(Image.fromarray(TWELVE_BITS.astype(np.uint16)))
    assert seen(data).ravel() == pytest.approx((TWELVE_BITS.ravel() - 120) / (4095 - 120))


def test_12_bits_of_which_0_is_white_are_stretched_and_turned_round() -> None:
    data = written(TWELVE_BITS.astype("u2"), GREY._replace(photometric="miniswhite"))
    assert seen(data).ravel() == pytest.approx((4095 - TWELVE_BITS.ravel()) / (4095 - 120))


def test_where_0_is_white_a_number_that_is_missing_is_black_all_the_same() -> None:
    values = np.array([[0.25, np.nan, 1]], "f4")
    assert seen(written(values, GREY._replace(photometric="miniswhite"))).tolist() == [[0.75, 0, 0]]


def test_much_ink_of_16_bits_may_be_dark() -> None:
    ink = np.full((2, 3, 4), 60000, "u2")
    image = seen(written(ink, Kind("separated", 4, lambda values: values)))
    assert image.max() < 0.1


def test_labels_in_32_bits_are_not_black() -> None:
    labels = np.array([[0, 1, 2], [3, 4, 5]])
    assert seen(written(labels.astype("i4"), GREY)).ravel() == pytest.approx(labels.ravel() / 5)


def test_counts_above_two_thousand_million_are_not_negative() -> None:
    counts = np.array([[0, 2**31, 2**32 - 1]], "u4")
    assert seen(written(counts, GREY))[0] == pytest.approx([0, 0.5, 1])


def test_signed_numbers_of_8_bits_are_signed() -> None:
    values = np.array([[-100, 0, 100]], "i1")
    assert seen(written(values, GREY))[0] == pytest.approx([0, 0.5, 1])


def packed_in_12_bits(values: np.ndarray) -> bytes:
    """A TIFF of greys of 12 bits, two in three bytes; as wide as `values`, which are two a row."""
    first, second = values.T
    three = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], 1)
    data = changed(written(three.astype("u1"), GREY), "BitsPerSample", 12)
    return changed(data, "ImageWidth", 2)


def test_packed_12_bits_have_4095_as_white() -> None:
    values = np.array([[0, 4095], [1024, 77], [2222, 3001]])
    data = packed_in_12_bits(values)
    assert seen(data).tolist() == [pytest.approx(row) for row in (values / 4095).tolist()]
    assert picture_from_bytes(data, "x").note == ""


@pytest.mark.parametrize("order", ["<", ">"])
def test_dark_colours_of_16_bits_are_refused_not_shown_in_16_steps(order: str) -> None:
    colours = np.dstack([TWELVE_BITS, TWELVE_BITS // 2, TWELVE_BITS // 3]).astype("u2")
    data = written(colours, Kind("rgb", 3, lambda values: values), byteorder=order)
    message = the_error(lambda: picture_from_bytes(data, "cells.tif"))
    assert "'cells.tif' has colours of 16 bits which all stay below a quarter of white" in message
    assert "brighten it" in message


def test_8_bits_are_never_stretched() -> None:
    dark = np.array([[0, 1, 2], [3, 4, 5]], np.uint8)
    assert seen(encoded(Image.fromarray(dark))).ravel() == pytest.approx(dark.ravel() / 255)

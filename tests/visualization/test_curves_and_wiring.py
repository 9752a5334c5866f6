"""Curves and wirings: the ends of an axis, names apart, and the still pictures."""

import math

import numpy
import pytest
import torch
from PIL import ImageDraw

from lessons_lib.visualization.curves import (
    Curves,
    axis_range,
    curves_image,
    spread,
    ticks_of,
)
from lessons_lib.visualization.numbers import tick_text
from lessons_lib.visualization.wiring import HEAD, HEIGHT, Wiring, bands_of, wiring_image

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("values", "log", "ends"),
    [
        ([0.03, 0.7], False, (0.0, 0.8)),
        ([-3.0, 5.0], False, (-4.0, 6.0)),
        ([0.25, 0.25], False, (0.0, 0.3)),
        ([0.0, 0.0], False, (-1.0, 1.0)),
        ([NAN, INF], False, (0.0, 1.0)),
        ([0.03, 0.7], True, (0.01, 1.0)),
        ([0.01, 100.0], True, (0.01, 100.0)),  # float32 has 0.00999999977
        ([1.0, 1.0], True, (1.0, 10.0)),
        ([-1.0, 0.0, NAN, INF], True, (0.1, 1.0)),
        ([0.02, 3.0, INF, -7.0, NAN], True, (0.01, 10.0)),
        ([3e38], True, (1e38, 1e39)),
    ],
)
def test_an_axis_holds_every_finite_value_between_round_ends(
    values: list[float], log: bool, ends: tuple[float, float]
) -> None:
    assert axis_range(torch.tensor(values), log) == pytest.approx(ends)


def test_a_log_axis_grows_by_whole_decades_only() -> None:
    losses = torch.logspace(0, -5, 400)
    ends = {axis_range(losses[:steps], log=True)[0] for steps in range(2, 400)}
    assert sorted(ends) == pytest.approx([1e-5, 1e-4, 1e-3, 1e-2, 1e-1])


def test_ticks_are_few_and_round() -> None:
    assert [tick_text(tick) for tick in ticks_of(1e-12, 1.0, log=True)] == [
        "10⁻¹²",
        "10⁻⁹",
        "10⁻⁶",
        "0.001",
        "1",
    ]
    assert ticks_of(0.2, 0.8, log=True) == [0.2, 0.8]
    assert ticks_of(-4.0, 6.0, log=False) == [-4, -2, 0, 2, 4, 6]


def test_places_are_moved_apart_within_the_ends() -> None:
    assert spread([10.0, 11.0, 50.0], 5.0, 0.0, 100.0) == [10, 15, 50]
    assert spread([99.0, 98.0, 97.0], 5.0, 0.0, 100.0) == [100, 95, 90]


def curves(values: torch.Tensor, **changes: object) -> Curves:
    given: dict[str, object] = {
        "names": ("loss", "error")[: len(values)],
        "low": 0.0,
        "high": 1.0,
        "across": values.shape[1],
        "x": "step",
        "y": "size",
        "log": False,
        "first": 0,
        "present": None,
    }
    return Curves(values, **{**given, **changes})  # type: ignore[arg-type]


def coloured_part(picture: numpy.ndarray, colour: tuple[int, int, int]) -> numpy.ndarray:
    return (picture[:, :516].astype(int) == colour).all(axis=2)


def test_each_curve_of_a_still_picture_has_its_height_and_its_dashes() -> None:
    picture = numpy.asarray(curves_image(curves(torch.tensor([[0.75] * 40, [0.25] * 40]))))
    blue, brown = (coloured_part(picture, colour) for colour in ((0, 114, 178), (184, 74, 0)))
    heights = [numpy.nonzero(each)[0].mean() for each in (blue, brown)]
    assert heights == pytest.approx([24 + 0.25 * 176, 24 + 0.75 * 176], abs=1.5)
    across = [each.any(axis=0).sum() for each in (blue, brown)]
    assert 0.5 * across[0] < across[1] < 0.8 * across[0]


@pytest.mark.parametrize(
    "values", [[NAN], [1.0], [NAN, INF, -INF], [0.0, NAN, 1.0], [1e-30, -1.0, 5.0]]
)
@pytest.mark.parametrize("log", [False, True])
def test_gaps_infinities_and_one_sample_are_drawn_too(values: list[float], log: bool) -> None:
    shown = torch.tensor([values])
    low, high = axis_range(shown, log)
    drawn = curves(shown, low=low, high=high, log=log, present=0, across=9)
    assert curves_image(drawn).size[0] > 400


def test_a_still_wiring_has_its_wires_its_boxes_and_its_bands() -> None:
    stands = torch.tensor([[1, 1], [1, 1], [1, 0]]).bool()
    plain = Wiring(stands, torch.empty(0, 3, dtype=torch.int64), None, ("input", "output"))
    wired = Wiring(stands, torch.tensor([[0, 2, 0]]), None, ("input", "output"))
    pictures = [numpy.asarray(wiring_image(each)).astype(int) for each in (plain, wired)]
    changed = numpy.abs(pictures[0] - pictures[1]).sum(axis=2) > 0
    rows, columns = numpy.nonzero(changed)
    assert rows[columns.argmin()] == pytest.approx(HEAD + 5 / 6 * HEIGHT, abs=4)
    assert rows[columns.argmax()] == pytest.approx(HEAD + 1 / 4 * HEIGHT, abs=4)
    groups = torch.tensor([[0, 0], [0, 1], [1, -1]])
    banded = Wiring(stands, plain.wires, groups, ("input", "output"))
    dark = (numpy.asarray(wiring_image(banded)) == 0xE3).all(axis=2)
    assert dark[HEAD + 8, :75].any()
    assert not dark[HEAD + HEIGHT - 8, :75].any()  # group 1 is paler


# ------------------------------------------------------------------- what is written, and where

Texts = dict[str, tuple[float, float]]


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> Texts:
    """Where each text of the next picture is written."""
    found: Texts = {}
    usual = ImageDraw.ImageDraw.text

    def text(
        draw: ImageDraw.ImageDraw, at: tuple[float, float], words: str, **more: object
    ) -> None:
        found[words] = at
        usual(draw, at, words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", text)
    return found


def test_what_is_infinite_runs_out_of_its_own_end() -> None:
    for value, above in ((INF, True), (-INF, False)):
        shown = curves(torch.tensor([[0.5, 0.5, value, value]]))
        blue = coloured_part(numpy.asarray(curves_image(shown)), (0, 114, 178))
        rows = numpy.nonzero(blue)[0]
        assert (rows.min() < 40) == above
        assert (rows.max() > 180) == (not above)


def test_a_curve_is_named_at_the_height_of_its_last_value(texts: Texts) -> None:
    curves_image(curves(torch.tensor([[0.9, 0.5, 0.1, NAN], [0.1, 0.1, 0.5, 0.75]])))
    assert texts["loss"][1] == pytest.approx(24 + 0.9 * 176)
    assert texts["error"][1] == pytest.approx(24 + 0.25 * 176)


def test_samples_stand_in_the_middle_of_their_room_and_so_does_the_present_state(
    texts: Texts,
) -> None:
    unit = (520 - 64) / 10
    values = torch.tensor([[0.9, NAN, 0.3, NAN, 0.5]])
    picture = numpy.asarray(curves_image(curves(values, first=7, present=9, across=10)))
    blue = numpy.nonzero(coloured_part(picture, (0, 114, 178)))[1]  # dots of 7 pixels
    for sample in (0, 2, 4):
        assert abs(blue - (64 + (sample + 0.5) * unit)).min() < 2  # a line stands over one of them
    line = (picture[30:190] == 0x44).all(axis=2).sum(axis=0).argmax()
    assert line == pytest.approx(64 + 2.5 * unit, abs=1)
    assert texts["0.3"][0] == pytest.approx(2.5 * unit + 5)
    assert not {"0.9", "0.5"} & texts.keys()
    beyond = curves_image(curves(values, first=7, present=12, across=10))  # no sample there yet
    assert (numpy.asarray(beyond)[30:190] == 0x44).all(axis=2).any()


def test_close_samples_have_no_dots_but_one_between_gaps_has() -> None:
    def area(*values: float) -> int:
        drawn = curves_image(curves(torch.tensor([values]), across=400))
        return int(coloured_part(numpy.asarray(drawn), (0, 114, 178)).sum())

    assert area(0.5, 0.5, NAN, NAN) < area(NAN, 0.5, NAN, NAN)


def test_round_samples_are_numbered_and_the_axes_say_what_they_tell(texts: Texts) -> None:
    curves_image(curves(torch.full((1, 100), 0.5), first=7))
    assert {"10", "20", "100"} <= texts.keys()
    assert not {"7", "17"} & texts.keys()
    unit = (520 - 64) / 100
    assert texts["20"][0] == pytest.approx(64 + (20 - 7 + 0.5) * unit)
    assert texts["size"][1] < 24
    assert texts["step"][1] > 200


def wired(stands: torch.Tensor) -> Wiring:
    return Wiring(stands, torch.empty(0, 3, dtype=torch.int64), None, ("",) * stands.shape[1])


def test_a_box_of_several_channels_is_numbered_by_the_first_and_the_last(texts: Texts) -> None:
    wiring_image(wired(torch.tensor([[3, 3], [3, 1], [1, 0]])))
    assert texts.keys() == {"", "0–2", "3–5", "3", "6"}
    assert texts["3"][0] > texts["3–5"][0]


def test_of_many_low_boxes_each_eighth_is_numbered(texts: Texts) -> None:
    wiring_image(wired(torch.ones(32, 1, dtype=torch.int64)))
    assert texts.keys() == {"", "0", "8", "16", "24"}


def test_neighbours_of_one_group_are_joined_and_others_are_not() -> None:
    assert bands_of([0, 0, -1, 0, 1, 1]) == [(0, 2, 0), (3, 4, 0), (4, 6, 1)]
    assert bands_of([0, 1, 0, 1]) == [(0, 1, 0), (1, 2, 1), (2, 3, 0), (3, 4, 1)]

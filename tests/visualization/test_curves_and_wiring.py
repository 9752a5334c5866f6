"""Curves and wirings: the ends of an axis, names apart, and the still pictures."""

import math

import numpy
import pytest
import torch

from lessons_lib.visualization.curves import (
    Curves,
    axis_range,
    curves_image,
    spread,
    ticks_of,
)
from lessons_lib.visualization.numbers import tick_text
from lessons_lib.visualization.wiring import HEAD, HEIGHT, Wiring, wiring_image

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

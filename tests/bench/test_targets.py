"""Targets and the ratios that they are about."""

from typing import Any

import pytest

from bench.doubts import doubts
from bench.figures import figures, over_floor
from bench.report import table, targets_table
from bench.targets import TARGETS, Target
from bench.variants import AHEAD, VARIANTS, without_shelf


def summaries(**changed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every variant measured alike, and some of them otherwise."""
    alike = {
        "median_ms": 20.0,
        "old_median_ms": 10.0,
        "exact_median_ms": 30.0,
        "drag_fps": 40.0,
        "settle_ms": 24.0,
        "settle_exact_ms": 24.0,
        "settled_exactly": True,
        "pictures_differ": True,
        "missed": 0,
        "out_of_order": 0,
        "shelf_not_full": 0,
        "slider_px": 314.0,
    }
    return {variant.name: alike | changed.get(variant.name, {}) for variant in VARIANTS}


def found(**changed: dict[str, Any]) -> dict[str, Any]:
    return figures(VARIANTS, over_floor(summaries(**changed)))


@pytest.mark.parametrize(
    ("bound", "value", "met"),
    [
        ("most", 0.8, True),
        ("most", 0.81, False),
        ("least", 0.8, True),
        ("least", 0.79, False),
        ("most", None, None),
    ],
)
def test_a_bar_is_reached_from_its_own_side(
    bound: Any, value: float | None, met: bool | None
) -> None:
    assert Target("share", bound, 0.8, "of something").met({"share": value}) is met


def test_every_figure_of_the_slider_that_a_target_names_is_made() -> None:
    parts = ("cold", "polite", "pointing", "startup", "learning", "training", "rss")
    named = {target.figure for targets in TARGETS.values() for target in targets}
    slider = {figure for figure in named if not figure.startswith(parts)}
    assert len(slider) > 8
    assert slider <= found().keys()


def test_the_slowest_of_a_group_speaks_for_it() -> None:
    slow = found(
        floor={"median_ms": 25.0, "old_median_ms": 10.0},
        pooling={"median_ms": 22.0},
        separable={"median_ms": 30.0},
    )
    assert (slow["ahead_over_floor"], slow["others_over_floor"]) == (0.88, 1.2)


def test_padding_100_has_a_frame_rate_of_its_own() -> None:
    slow = found(
        padding_100={"drag_fps": 30.0}, dilation={"drag_fps": 36.0}, shift={"drag_fps": 26.0}
    )
    ratios = [slow[f"{group}_drag_over_floor"] for group in ("padding", "smooth", "others")]
    assert ratios == [0.75, 0.9, 0.65]


def test_a_lab_that_was_not_measured_is_not_flattered_by_the_others() -> None:
    assert found(stride={"median_ms": None})["ahead_over_floor"] is None


def test_the_final_picture_counts_only_where_it_is_exact() -> None:
    assert found(stride={"settle_exact_ms": None})["ahead_settle_over_floor"] is None
    assert found(stride={"settle_exact_ms": 33.0})["ahead_settle_over_floor"] == 1.65


def test_the_old_rule_has_its_own_floor() -> None:
    rows = over_floor(summaries(floor={"old_median_ms": 8.0}))
    assert (rows["stride"]["over_floor"], rows["stride"]["old_over_floor"]) == (1.0, 1.25)


def test_the_old_rule_is_printed_on_the_direct_line_only() -> None:
    rows = over_floor(summaries())
    assert "old ms" in table(VARIANTS, rows, 0)
    assert "old ms" not in table(VARIANTS, rows, 100)


def test_every_variant_has_its_line_and_all_lines_their_columns() -> None:
    _, head, *lines = table(VARIANTS, over_floor(summaries()), 0).split("\n")
    assert len(lines) == len(VARIANTS)
    assert {len(line) for line in lines} == {len(head)}


def test_a_missed_target_is_said() -> None:
    target = Target("ahead_ms", "most", 17, "one frame")
    (line,) = targets_table([target], {"ahead_ms": 118.25}, 100).split("\n")[2:]
    assert line.split()[:5] == ["ahead_ms", "118.25", "<=", "17", "MISSED"]


def test_a_line_of_which_no_pictures_are_compared_is_not_doubted_for_it() -> None:
    untold = summaries(stride={"pictures_differ": None})
    assert doubts(untold) == ["stride: pictures of different values gave no digest"]
    assert doubts(untold, compared=False) == []


def test_turns_before_the_shelf_was_full_are_doubtful() -> None:
    (doubt,) = doubts(summaries(pooling={"shelf_not_full": 2}))
    assert doubt == "pooling: 2 turns began before the shelf was full"


def test_a_lab_without_its_shelf_differs_in_the_call_only() -> None:
    for lab in (variant for variant in VARIANTS if variant.name in AHEAD):
        without = without_shelf(lab)
        assert without.name != lab.name
        assert without.source.replace(", ahead=False)", ")") == lab.source
        assert without.source.count("ahead=False") == 1
        compile(without.source, "cell", "exec")

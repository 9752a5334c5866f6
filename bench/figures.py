"""The ratios that the targets are about, from the summaries of all variants on one line."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from bench.variants import AHEAD, SMOOTH, Variant

Figures = dict[str, Any]


def ratio(over: float | None, under: float | None, digits: int = 2) -> float | None:
    """Divide, where both are known and the divisor is not zero."""
    return round(over / under, digits) if over is not None and under else None


def over_floor(measured: Mapping[str, Figures]) -> dict[str, Figures]:
    """Add to each row its ratios to the floor's, by the old rule too."""
    floor = measured.get("floor", {})
    ratios = {
        "over_floor": "median_ms",
        "old_over_floor": "old_median_ms",
        "drag_over_floor": "drag_fps",
    }
    return {
        name: row | {new: ratio(row.get(old), floor.get(old)) for new, old in ratios.items()}
        for name, row in measured.items()
    }


def figures(variants: Sequence[Variant], rows: Mapping[str, Figures]) -> Figures:
    """Reduce the rows of `over_floor` to the figures of one line.

    The slowest lab of a group speaks for it. With one of its labs not measured a figure stays None:
    the others would flatter.
    """
    labs = [variant.name for variant in variants if variant.role == "lab"]
    heavy = rows.get(next((each.name for each in variants if each.role == "heavy"), ""), {})
    groups: dict[str, Collection[str]] = {
        "lab": labs,
        "ahead": [name for name in labs if name in AHEAD],
        "smooth": [name for name in labs if name in SMOOTH],
        "padding": [name for name in labs if name == "padding_100"],
        "others": [name for name in labs if name not in AHEAD],
    }

    def worst(group: str, figure: str, pick: Callable[[Iterable[float]], float]) -> float | None:
        return extreme([rows.get(name, {}).get(figure) for name in groups[group]], pick)

    floor, interact, png = (rows.get(name, {}) for name in ("floor", "interact", "image_png"))
    lab_ms, lab_fps = worst("lab", "median_ms", max), worst("lab", "drag_fps", min)
    return {
        "floor_ms": floor.get("median_ms"),
        "interact_ms": interact.get("median_ms"),
        "image_png_ms": png.get("median_ms"),
        "lab_ms": lab_ms,
        "ahead_ms": worst("ahead", "median_ms", max),
        "lab_over_floor": worst("lab", "over_floor", max),
        "ahead_over_floor": worst("ahead", "over_floor", max),
        "others_over_floor": worst("others", "over_floor", max),
        "interact_over_lab": ratio(interact.get("median_ms"), lab_ms),
        "drag_fps": lab_fps,
        "ahead_drag_fps": worst("ahead", "drag_fps", min),
        "drag_floor_fps": floor.get("drag_fps"),
        "drag_interact_fps": interact.get("drag_fps"),
        "drag_over_floor": worst("lab", "drag_over_floor", min),
        "smooth_drag_over_floor": worst("smooth", "drag_over_floor", min),
        "padding_drag_over_floor": worst("padding", "drag_over_floor", min),
        "others_drag_over_floor": worst("others", "drag_over_floor", min),
        "drag_over_interact": ratio(lab_fps, interact.get("drag_fps")),
        "settle_ms": worst("lab", "settle_ms", max),
        "settle_floor_ms": floor.get("settle_ms"),
        "ahead_settle_over_floor": ratio(
            worst("ahead", "settle_exact_ms", max), floor.get("median_ms")
        ),
        "heavy_first_ms": heavy.get("median_ms"),
        "heavy_exact_ms": heavy.get("exact_median_ms"),
        "heavy_settle_ms": heavy.get("settle_ms"),
        "heavy_first_over_floor": heavy.get("over_floor"),
    }


def extreme(
    values: Sequence[float | None], pick: Callable[[Iterable[float]], float]
) -> float | None:
    """Pick one of the values, such as the largest; None where one is missing, or all are."""
    known = [value for value in values if value is not None]
    return pick(known) if known and len(known) == len(values) else None

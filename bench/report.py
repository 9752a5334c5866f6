"""The tables that are printed."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.targets import Target
from bench.variants import Variant

# head -> key of a summary
COLUMNS = {
    "median ms": "median_ms",
    "/ floor": "over_floor",
    "old ms": "old_median_ms",
    "/ its floor": "old_over_floor",
    "p95": "p95_ms",
    "exact ms": "exact_median_ms",
    "presses": "presses",
    "drag fps": "drag_fps",
    "fps / floor": "drag_over_floor",
    "old fps": "old_drag_fps",
    "settle ms": "settle_ms",
    "worst": "settle_worst_ms",
    "on shelf": "found_on_shelf",
}
OLD_RULE = ("old ms", "/ its floor", "old fps")  # once is enough: on the direct line
WORDS = {True: "met", False: "MISSED", None: "not measured"}


def number(value: object) -> str:
    """Write a figure shortly."""
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def line_name(round_trip: int) -> str:
    """Name a line."""
    return f"over a line of {round_trip} ms" if round_trip else "direct line"


def table(variants: Sequence[Variant], rows: Mapping[str, Any], round_trip: int) -> str:
    """Lay out the summaries of one line, by the round trip in ms."""
    heads = [head for head in COLUMNS if not (round_trip and head in OLD_RULE)]
    title = f"key to pixels, {line_name(round_trip)}"
    lines = ["", f"{title:38}" + "".join(f"{head:>12}" for head in heads)]
    for variant in variants:
        cells = [number(rows[variant.name].get(COLUMNS[head])) for head in heads]
        lines.append(f"{variant.title:38}" + "".join(f"{cell:>12}" for cell in cells))
    return "\n".join(lines)


def targets_table(targets: Sequence[Target], figures: Mapping[str, Any], round_trip: int) -> str:
    """Lay out the bars of one line and whether they are reached."""
    lines = ["", f"{'target, ' + line_name(round_trip):38}{'measured':>10}{'bar':>10}"]
    for target in targets:
        sign = "<=" if target.bound == "most" else ">="
        value, bar = number(figures.get(target.figure)), f"{sign} {target.bar:g}"
        said = WORDS[target.met(figures)]
        lines.append(f"{target.figure:38}{value:>10}{bar:>10}  {said:13}{target.meaning}")
    return "\n".join(lines)

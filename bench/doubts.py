"""What makes the figures of a line doubtful."""

from collections.abc import Mapping
from typing import Any


def doubts(measured: Mapping[str, dict[str, Any]], compared: bool = True) -> list[str]:
    """List it, variant by variant.

    Args:
        measured: the summaries.
        compared: whether the pictures were compared, so that they must have been told apart.
    """
    widths = {row["slider_px"] for row in measured.values() if row.get("slider_px")}
    found = [f"sliders differ in width: {sorted(widths)} px"] if len(widths) > 1 else []
    for name, row in measured.items():
        found += [f"{name}: {doubt}" for doubt in doubts_of(row, compared)]
    return found


def doubts_of(row: dict[str, Any], compared: bool) -> list[str]:
    """List what makes one summary doubtful."""
    if "failed" in row:
        return [f"not measured, {row['failed']}"]
    found = []
    if compared and row["pictures_differ"] is not True:
        said = "are the same" if row["pictures_differ"] is False else "gave no digest"
        found.append(f"pictures of different values {said}")
    counted = {
        "missed": "presses had no answer",
        "out_of_order": "old frames",
        "shelf_not_full": "turns began before the shelf was full",
    }
    found += [f"{row[figure]} {words}" for figure, words in counted.items() if row[figure]]
    if not row["settled_exactly"]:
        found.append("the exact picture never came after a release")
    return found

"""What was measured of one variant, and its summary."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.changes import (
    Drag,
    Move,
    Press,
    answer,
    frames_by_old_rule,
    settling,
    share_found,
    states_shown,
)


def median(values: Sequence[float]) -> float | None:
    """Return the middle value to a tenth, or None without values."""
    return round(statistics.median(values), 1) if values else None


def percentile_95(values: Sequence[float]) -> float | None:
    """Return the value that 95 of 100 do not exceed, or None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 1)


@dataclass
class Record:
    """Everything measured for one variant.

    Attributes:
        first_ms, exact_ms, old_ms: of the key presses, see `changes.Answer`.
        missed: key presses that nothing came of.
        moves: of key presses and drags, where the lab tells them.
        drags: for the frame rate.
        settles: drags whose pictures were compared after the release.
        shelves: what the lab said of its shelf before each turn, None: it has none.
        pictures_differ: whether pictures of different values do; None: it was not told.
        failed: why nothing could be measured.
    """

    first_ms: list[float] = field(default_factory=list)
    exact_ms: list[float] = field(default_factory=list)
    old_ms: list[float] = field(default_factory=list)
    missed: int = 0
    moves: list[Move] = field(default_factory=list)
    drags: list[Drag] = field(default_factory=list)
    settles: list[Drag] = field(default_factory=list)
    shelves: list[str | None] = field(default_factory=list)
    pictures_differ: bool | None = None
    failed: str | None = None

    def note_press(self, press: Press) -> None:
        """Add a key press."""
        self.moves += press["moves"]
        found = answer(press)
        if found.first_ms is None:
            self.missed += 1
            return
        self.first_ms.append(found.first_ms)
        if found.exact_ms is not None:
            self.exact_ms.append(found.exact_ms)
        if found.old_ms is not None:
            self.old_ms.append(found.old_ms)

    def note_drags(self, drag: Drag, settle: Drag) -> None:
        """Add a drag for the frame rate and one for the settling."""
        self.moves += drag["moves"] + settle["moves"]
        self.drags.append(drag)
        self.settles.append(settle)

    def summary(self) -> dict[str, Any]:
        """Reduce to the figures of latest.json; times in milliseconds, None where nothing came."""
        if self.failed is not None:
            return {"failed": self.failed}
        return {**self._presses(), **self._drags(), **self._shelf()}

    def _presses(self) -> dict[str, Any]:
        return {
            "median_ms": median(self.first_ms),
            "p95_ms": percentile_95(self.first_ms),
            "exact_median_ms": median(self.exact_ms),
            "exact_p95_ms": percentile_95(self.exact_ms),
            "old_median_ms": median(self.old_ms),
            "presses": len(self.first_ms),
            "missed": self.missed,
            "pictures_differ": self.pictures_differ,
        }

    def _drags(self) -> dict[str, Any]:
        ends = [settling(drag) for drag in self.settles]
        settled = [ms for ms, _ in ends if ms is not None]
        exactly = all(exact for _, exact in ends)

        def a_second(count: Callable[[Drag], int]) -> float | None:
            return median([1000 * count(d) / (d["released"] - d["down"]) for d in self.drags])

        return {
            "drag_fps": a_second(states_shown),
            "old_drag_fps": a_second(frames_by_old_rule),
            "moves_per_second": a_second(lambda drag: drag["sent"]),
            "settle_ms": median(settled),
            "settle_worst_ms": round(max(settled), 1) if settled else None,
            "settle_exact_ms": median(settled) if exactly else None,
            "settled_exactly": exactly,
            "out_of_order": sum(drag["out_of_order"] for drag in self.drags + self.settles),
            "slider_px": self.drags[0]["width"] if self.drags else None,
        }

    def _shelf(self) -> dict[str, Any]:
        return {
            "found_on_shelf": share_found(self.moves),
            "shelf_not_full": self.shelves.count("filling"),
        }

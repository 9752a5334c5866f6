"""The bars, one table for each line: what is on the page's shelf does not know how long it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Target:
    """A bar for one figure: `most` or `least` says on which side of it to be."""

    figure: str
    bound: Literal["most", "least"]
    bar: float
    meaning: str

    def met(self, figures: Mapping[str, Any]) -> bool | None:
        """Say whether the bar is reached; None where the figure could not be measured."""
        value = figures.get(self.figure)
        if value is None:
            return None
        return bool(value <= self.bar if self.bound == "most" else value >= self.bar)


DIRECT = (
    Target("ahead_over_floor", "most", 0.8, "key to pixels over the floor, labs ahead of the hand"),
    Target("others_over_floor", "most", 1.3, "the same, slowest of the other labs"),
    Target("interact_over_lab", "least", 8, "how much faster than interact, slowest lab"),
    Target("cold_over_today", "most", 1.1, "first key press, shelf not filled, over none at all"),
    Target("smooth_drag_over_floor", "least", 0.9, "frame rate while dragging, over the floor's"),
    Target("padding_drag_over_floor", "least", 0.8, "the same, padding 100"),
    Target("others_drag_over_floor", "least", 0.6, "the same, slowest of the other labs"),
    Target("drag_over_interact", "least", 11, "frame rate while dragging, over interact's"),
    Target("settle_ms", "most", 100, "release to the final picture, slowest lab"),
    Target("heavy_first_over_floor", "most", 2, "padding 512 circular, first picture"),
    Target("heavy_exact_ms", "most", 300, "padding 512 circular, exact picture"),
    Target("polite_percent", "most", 5, "a cell beside the filling of the shelf, slower by"),
    Target("pointing_grid_ms", "most", 17, "pointer to outlines on a grid: one frame"),
    Target("pointing_photo_ms", "most", 50, "pointer to the microscope's numbers on a photo"),
    Target("startup_s", "most", 4, "kernel start to the first lab, seconds"),
    Target("learning_shown_fps", "least", 20, "steps of the kernel's learning shown a second"),
    Target("training_s", "most", 30, "training the reconstruction lab's decoder, slowest encoder"),
    Target("rss_mb", "most", 300, "kernel's memory with one lab open, MB"),
)

OVER_100_MS = (
    Target("ahead_ms", "most", 17, "key to pixels, labs ahead of the hand: one frame"),
    Target("ahead_drag_fps", "least", 45, "states shown a second while dragging, slowest of them"),
    Target("ahead_settle_over_floor", "most", 1.5, "release to the exact picture, over the floor"),
)

# By the round trip of the line, in ms; 0 is the direct one.
TARGETS: dict[int, tuple[Target, ...]] = {0: DIRECT, 100: OVER_100_MS}

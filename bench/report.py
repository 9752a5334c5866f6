"""What the figures say: the ratios, the targets and whether they are met, as table and as JSON."""

from dataclasses import dataclass
from typing import Any

from bench.variants import Variant

Figures = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A bar for one figure: `most` or `least` says on which side of it to be."""

    figure: str
    bound: str
    bar: float
    meaning: str

    def met(self, figures: Figures) -> bool | None:
        """Say whether the bar is reached; None where the figure could not be measured."""
        value = figures.get(self.figure)
        if value is None:
            return None
        return bool(value <= self.bar if self.bound == "most" else value >= self.bar)


TARGETS = (
    Target("lab_over_floor", "most", 1.3, "key to pixels, slowest lab over the floor"),
    Target("interact_over_lab", "least", 8, "how much faster than interact"),
    Target("drag_over_floor", "least", 0.6, "frame rate while dragging, over the floor's"),
    Target("drag_over_interact", "least", 5, "frame rate while dragging, over interact's"),
    Target("settle_ms", "most", 100, "release to the final picture"),
    Target("heavy_first_over_floor", "most", 2, "padding 512 circular, first picture"),
    Target("heavy_exact_ms", "most", 300, "padding 512 circular, exact picture"),
    Target("pointing_grid_ms", "most", 17, "pointer to outlines on a grid: one frame"),
    Target("pointing_photo_ms", "most", 50, "pointer to the microscope's numbers on a photo"),
    Target("startup_s", "most", 4, "kernel start to the first lab, seconds"),
    Target("learning_shown_fps", "least", 20, "steps of the kernel's learning shown a second"),
    Target("training_s", "most", 30, "training the reconstruction lab's decoder, slowest encoder"),
    Target("rss_mb", "most", 300, "kernel's memory with one lab open, MB"),
)


def ratio(over: float | None, under: float | None, digits: int = 2) -> float | None:
    """Divide, where both are known and the divisor is not zero."""
    return round(over / under, digits) if over is not None and under else None


def figures(variants: tuple[Variant, ...], measured: dict[str, Figures]) -> Figures:
    """Reduce the summaries of all variants to the figures the targets are about.

    The slowest lab speaks for all: its median for key presses, its frame rate and settling time for
    drags. With a lab missing these stay None: the others would flatter.
    """
    labs = [measured.get(variant.name, {}) for variant in variants if variant.role == "lab"]
    heavies = [measured.get(variant.name, {}) for variant in variants if variant.role == "heavy"]
    heavy = heavies[0] if heavies else {}

    def of(name: str, figure: str = "median_ms") -> float | None:
        return measured.get(name, {}).get(figure)

    def worst(figure: str, pick: Any) -> float | None:
        values = [lab.get(figure) for lab in labs]
        return pick(values) if values and None not in values else None

    lab_ms, lab_fps = worst("median_ms", max), worst("drag_fps", min)
    return {
        "floor_ms": of("floor"),
        "interact_ms": of("interact"),
        "image_png_ms": of("image_png"),
        "lab_ms": lab_ms,
        "lab_over_floor": ratio(lab_ms, of("floor")),
        "interact_over_lab": ratio(of("interact"), lab_ms),
        "drag_fps": lab_fps,
        "drag_floor_fps": of("floor", "drag_fps"),
        "drag_interact_fps": of("interact", "drag_fps"),
        "drag_over_floor": ratio(lab_fps, of("floor", "drag_fps")),
        "drag_over_interact": ratio(lab_fps, of("interact", "drag_fps")),
        "settle_ms": worst("settle_ms", max),
        "settle_floor_ms": of("floor", "settle_ms"),
        "heavy_first_ms": heavy.get("median_ms"),
        "heavy_exact_ms": heavy.get("exact_median_ms"),
        "heavy_settle_ms": heavy.get("settle_ms"),
        "heavy_first_over_floor": ratio(heavy.get("median_ms"), of("floor")),
    }


def doubts(measured: dict[str, Figures]) -> list[str]:
    """List what makes a variant's figures doubtful."""
    found = []
    widths = {row["slider_px"] for row in measured.values() if row.get("slider_px")}
    if len(widths) > 1:
        found.append(f"sliders differ in width: {sorted(widths)} px")
    for name, row in measured.items():
        if "failed" in row:
            found.append(f"{name}: not measured, {row['failed']}")
            continue
        if row["pictures_differ"] is not True:
            said = "are the same" if row["pictures_differ"] is False else "gave no digest"
            found.append(f"{name}: pictures of different values {said}")
        for figure, words in (("missed", "presses had no answer"), ("out_of_order", "old frames")):
            if row[figure]:
                found.append(f"{name}: {row[figure]} {words}")
        if not row["settled_exactly"]:
            found.append(f"{name}: the exact picture never came after a release")
    return found


def table(variants: tuple[Variant, ...], measured: dict[str, Figures], found: Figures) -> str:
    """Lay everything out for reading."""

    def number(value: object) -> str:
        return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)

    heads = ("median ms", "p95", "exact ms", "presses", "drag fps", "settle ms", "worst")
    keys = ("median_ms", "p95_ms", "exact_median_ms", "presses", "drag_fps", "settle_ms")
    lines = ["", f"{'key press to changed pixels':34}" + "".join(f"{head:>11}" for head in heads)]
    for variant in variants:
        row = measured[variant.name]
        cells = [number(row.get(key)) for key in (*keys, "settle_worst_ms")]
        lines.append(f"{variant.title:34}" + "".join(f"{cell:>11}" for cell in cells))
    lines += ["", f"{'target':24}{'measured':>10}{'bar':>10}"]
    words = {True: "met", False: "MISSED", None: "not measured"}
    for target in TARGETS:
        sign = "<=" if target.bound == "most" else ">="
        value, bar = number(found.get(target.figure)), f"{sign} {target.bar:g}"
        lines.append(
            f"{target.figure:24}{value:>10}{bar:>10}  {words[target.met(found)]:13}{target.meaning}"
        )
    return "\n".join([*lines, ""])

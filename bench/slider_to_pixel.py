"""From the hand to the picture: key presses and drags, for every variant, in one open notebook.

Variants take turns, round after round, so that whatever else the machine does hits all alike.
Pictures are proved to differ in a pass of their own, apart from the timing.
"""

import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Browser, ViewportSize

from bench.variants import SETUP, Variant
from tests.browser.live_jupyter import LiveJupyter, LiveNotebook, notebook

NOTEBOOK = "bench.ipynb"
VIEWPORT: ViewportSize = {"width": 1280, "height": 1000}
# All handles run over the same number of pixels, whatever stands beside a slider.
STYLE = ".slider-container { flex: 0 0 auto !important; width: 330px !important; }"
MEASURE = Path(__file__).with_name("measure.js")
PICTURE = Path(__file__).parent.parent / "assets" / "lena.png"

WALK = 5  # key presses in one direction before turning round


@dataclass(frozen=True)
class Plan:
    """How often everything is done.

    Attributes:
        rounds: turns each variant gets.
        presses: key presses in one turn.
        drags: drags of each variant in all.
        drag_seconds: length of a drag.
        settle_seconds: length of the drags whose pictures are compared after the release.
        quiet_ms: how long nothing may change before the next press.
        drag_quiet_ms: the same after a release; longer than the slowest variant needs.
        limit_ms: an answer that takes longer counts as missed.
    """

    rounds: int = 5
    presses: int = 9
    drags: int = 3
    drag_seconds: float = 3.0
    settle_seconds: float = 1.0
    quiet_ms: int = 250
    drag_quiet_ms: int = 1200
    limit_ms: int = 8000


QUICK = Plan(rounds=2, presses=4, drags=1, drag_seconds=1.5)


@dataclass
class Record:
    """Everything measured for one variant."""

    first_ms: list[float] = field(default_factory=list)
    exact_ms: list[float] = field(default_factory=list)
    missed: int = 0
    drags: list[dict[str, Any]] = field(default_factory=list)
    settles: list[dict[str, Any]] = field(default_factory=list)
    pictures_differ: bool | None = None
    failed: str | None = None

    def summary(self) -> dict[str, Any]:
        """Reduce to the figures of latest.json; times in milliseconds, None where nothing came."""
        if self.failed is not None:
            return {"failed": self.failed}
        settles = [drag["settle_ms"] for drag in self.settles if drag["settle_ms"] is not None]
        return {
            "median_ms": median(self.first_ms),
            "p95_ms": percentile_95(self.first_ms),
            "exact_median_ms": median(self.exact_ms),
            "exact_p95_ms": percentile_95(self.exact_ms),
            "presses": len(self.first_ms),
            "missed": self.missed,
            "pictures_differ": self.pictures_differ,
            "drag_fps": median([drag["frames"] / drag["seconds"] for drag in self.drags]),
            "moves_per_second": median([drag["sent"] / drag["seconds"] for drag in self.drags]),
            "settle_ms": median(settles),
            "settle_worst_ms": round(max(settles), 1) if settles else None,
            "settled_exactly": all(drag["settled_exactly"] for drag in self.settles),
            "out_of_order": sum(drag["out_of_order"] for drag in self.drags + self.settles),
            "slider_px": self.drags[0]["width"] if self.drags else None,
        }


def median(values: Sequence[float]) -> float | None:
    """Return the middle value to a tenth, or None without values."""
    return round(statistics.median(values), 1) if values else None


def percentile_95(values: Sequence[float]) -> float | None:
    """Return the value that 95 of 100 do not exceed, or None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 1)


class Turn:
    """One variant's turn: its cell in view, its slider's handle in hand."""

    def __init__(self, live: LiveNotebook, plan: Plan, variant: Variant, index: int) -> None:
        """Bring the variant's cell into view, with the handle on the start value.

        Args:
            live: the open notebook.
            plan: how long to wait.
            variant: the one to measure.
            index: its cell.
        """
        self.page, self.plan, self.variant = live.page, plan, variant
        self.handle = live.cell(index).locator(variant.handle).first
        live.cell(index).evaluate("cell => cell.scrollIntoView({ block: 'start' })")
        self.page.evaluate(
            "([index, shows]) => { window.bench.watch(index, shows); }", [index, variant.shows]
        )
        self.page.wait_for_timeout(150)
        self.handle.evaluate(
            "(handle, [value, quiet, limit]) => window.bench.place(handle, value, quiet, limit)",
            [variant.start, plan.drag_quiet_ms, plan.limit_ms],
        )
        self.handle.focus()

    def press(self, key: str) -> dict[str, Any]:
        """Press a real key and measure the answer; the pause before it has no fixed rhythm."""
        self.page.wait_for_timeout(random.uniform(20, 70))
        self.page.evaluate(
            "limits => { window.bench_answer = window.bench.answer(...limits); }",
            [self.plan.quiet_ms, self.plan.limit_ms],
        )
        self.page.keyboard.press(key)
        answer: dict[str, Any] = self.page.evaluate("() => window.bench_answer")
        return answer

    def presses(self, count: int) -> list[dict[str, Any]]:
        """Walk up and down from the start value, or down and up where it is the last one."""
        keys = ["ArrowRight", "ArrowLeft"]
        if self.handle.evaluate("h => h.getAttribute('aria-valuenow') === h.ariaValueMax"):
            keys.reverse()
        return [self.press(keys[n // WALK % 2]) for n in range(count)]

    def drag(self, seconds: float) -> dict[str, Any]:
        """Drag over the whole range for so many seconds."""
        result: dict[str, Any] = self.handle.evaluate(
            "(handle, [seconds, quiet, limit]) => window.bench.drag(handle, seconds, quiet, limit)",
            [seconds, self.plan.drag_quiet_ms, self.plan.limit_ms],
        )
        return result

    def comparing_pictures(self, on: bool) -> None:
        """Let stages and pictures tell a digest of what they show, outside the timing."""
        self.page.evaluate("on => { window.__lessonDigest = on; }", on)


def build(variants: Sequence[Variant]) -> tuple[nbformat.NotebookNode, dict[str, int]]:
    """Make the bench's notebook; returns it and the index of each variant's cell."""
    sources, index = [SETUP], {}
    for variant in variants:
        index[variant.name] = len(sources)
        sources += [variant.source, variant.after] if variant.after else [variant.source]
    made = notebook(*(source.strip() for source in sources))
    for cell in made.cells:
        cell.metadata["jupyter"] = {"source_hidden": True}
    return made, index


def run_cells(
    live: LiveNotebook, variants: Sequence[Variant], index: dict[str, int]
) -> dict[str, Record]:
    """Run the cells one by one; a variant whose cells fail keeps the reason in its record."""
    live.run_cell(0)
    if live.cell_errors():
        raise RuntimeError(f"the bench's first cell failed: {live.cell_errors()}")
    records = {}
    for variant in variants:
        known = len(live.cell_errors())
        live.run_cell(index[variant.name])
        if variant.after and len(live.cell_errors()) == known:
            live.run_cell(index[variant.name] + 1)
        errors = live.cell_errors()[known:]
        records[variant.name] = Record(failed=errors[0] if errors else None)
    return records


def note_presses(record: Record, answers: Sequence[dict[str, Any]]) -> None:
    """Add the answers to key presses to a record."""
    for answer in answers:
        if answer["first_ms"] is None:
            record.missed += 1
            continue
        record.first_ms.append(answer["first_ms"])
        if answer["exact_ms"] is not None:
            record.exact_ms.append(answer["exact_ms"])


def compare_pictures(turn: Turn) -> bool | None:
    """Say whether each of a few pictures differs from the one before; None: it was not told."""
    turn.comparing_pictures(True)
    answers = turn.presses(WALK)
    turn.comparing_pictures(False)
    seen = [answer["key" if turn.variant.shows == "label" else "digest"] for answer in answers]
    if None in seen:
        return None
    return all(before != after for before, after in pairwise(seen))


def measure_drags(turn: Turn, record: Record) -> None:
    """Drag once for the frame rate, and once more, comparing pictures, for the settling time."""
    record.drags.append(turn.drag(turn.plan.drag_seconds))
    turn.comparing_pictures(turn.variant.shows == "stage")
    record.settles.append(turn.drag(turn.plan.settle_seconds))
    turn.comparing_pictures(False)


def measure(
    jupyter: LiveJupyter,
    chromium: Browser,
    variants: Sequence[Variant],
    plan: Plan,
    say: Callable[[str], None] = print,
) -> dict[str, dict[str, Any]]:
    """Measure all variants; returns the summary of each by its name."""
    made, index = build(variants)
    jupyter.write(NOTEBOOK, made)
    jupyter.write("lena.png", PICTURE.read_bytes())
    page = chromium.new_context(viewport=VIEWPORT).new_page()
    with LiveNotebook(page, jupyter.url, NOTEBOOK) as live:
        live.only_notebook()
        records = run_cells(live, variants, index)
        page.add_style_tag(content=STYLE)
        page.evaluate(MEASURE.read_text())
        able = [variant for variant in variants if records[variant.name].failed is None]
        _measure_rounds(live, plan, able, index, records, say)
        if live.errors:
            say("errors in the page: " + "; ".join(live.errors[:5]))
    return {name: record.summary() for name, record in records.items()}


def _measure_rounds(
    live: LiveNotebook,
    plan: Plan,
    variants: Sequence[Variant],
    index: dict[str, int],
    records: dict[str, Record],
    say: Callable[[str], None],
) -> None:
    def turn(variant: Variant) -> Turn:
        return Turn(live, plan, variant, index[variant.name])

    say("comparing pictures (this also warms everything up)")
    for variant in variants:
        records[variant.name].pictures_differ = compare_pictures(turn(variant))
    for number in range(plan.rounds):
        say(f"key presses, round {number + 1} of {plan.rounds}")
        for variant in variants:
            note_presses(records[variant.name], turn(variant).presses(plan.presses))
    for number in range(plan.drags):
        say(f"drags, round {number + 1} of {plan.drags}")
        for variant in variants:
            measure_drags(turn(variant), records[variant.name])

"""One variant's turn: its cell in view, its slider's handle in hand."""

import random
from pathlib import Path

from bench.changes import Drag, Press
from bench.plan import Plan
from bench.variants import Variant
from tests.browser.live_jupyter import LiveNotebook

# All handles run over the same number of pixels, whatever stands beside a slider.
STYLE = ".slider-container { flex: 0 0 auto !important; width: 330px !important; }"
SCRIPTS = [Path(__file__).with_name(name) for name in ("measure.js", "hand.js")]
WALK = 5  # key presses in one direction before turning round


def prepare(live: LiveNotebook) -> None:
    """Give the page what every turn needs."""
    live.page.add_style_tag(content=STYLE)
    for script in SCRIPTS:
        live.page.evaluate(script.read_text())


class Turn:
    """One variant in the hand.

    Attributes:
        shelf: what the lab says of its shelf, once it is waited for: "full", "off", or "filling"
            where that took too long; None where it has none.
    """

    def __init__(self, live: LiveNotebook, plan: Plan, variant: Variant, index: int) -> None:
        """Bring the variant's cell into view, with the handle on the start value.

        Args:
            live: the open notebook, prepared.
            plan: how long to wait.
            variant: the one to measure.
            index: its cell.
        """
        self.page, self.plan, self.variant = live.page, plan, variant
        self.handle = live.cell(index).locator(variant.handle).first
        self.shelf: str | None = None
        live.cell(index).evaluate("cell => cell.scrollIntoView({ block: 'start' })")
        self.page.evaluate(
            "([index, shows]) => { window.bench.watch(index, shows); }", [index, variant.shows]
        )
        self.page.wait_for_timeout(150)
        self.handle.evaluate(
            "(handle, limits) => window.bench_hand.place(handle, ...limits)",
            [variant.start, plan.drag_quiet_ms, plan.limit_ms],
        )
        self.handle.focus()

    def wait_for_shelf(self) -> None:
        """Wait until the lab has put the slider's other states on the page's shelf."""
        self.shelf = self.page.evaluate("limit => window.bench.shelf(limit)", self.plan.shelf_ms)

    def press(self, key: str) -> Press:
        """Press a real key and watch the answer; the pause before it has no fixed rhythm."""
        self.page.wait_for_timeout(random.uniform(20, 70))
        self.page.evaluate(
            "limits => { window.bench_answer = window.bench_hand.answer(...limits); }",
            [self.plan.quiet_ms, self.plan.limit_ms],
        )
        self.page.keyboard.press(key)
        press: Press = self.page.evaluate("() => window.bench_answer")
        return press

    def presses(self, count: int) -> list[Press]:
        """Walk up and down from the start value, or down and up where it is the last one."""
        keys = ["ArrowRight", "ArrowLeft"]
        if self.handle.evaluate("h => h.getAttribute('aria-valuenow') === h.ariaValueMax"):
            keys.reverse()
        return [self.press(keys[n // WALK % 2]) for n in range(count)]

    def drag(self, seconds: float) -> Drag:
        """Drag over the whole range for so many seconds."""
        drag: Drag = self.handle.evaluate(
            "(handle, limits) => window.bench_hand.drag(handle, ...limits)",
            [seconds, self.plan.drag_quiet_ms, self.plan.limit_ms],
        )
        return drag

    def comparing_pictures(self, on: bool) -> None:
        """Let stages and pictures tell a digest of what they show, outside the timing."""
        self.page.evaluate("on => { window.__lessonDigest = on; }", on)


def fresh_turn(live: LiveNotebook, plan: Plan, variant: Variant, index: int) -> Turn:
    """Make the variant's lab anew, with nothing on its shelf, and take its slider in hand."""
    live.run_cell(index)
    live.run_cell(index + 1)
    return Turn(live, plan, variant, index)


def can_do_without_shelf(live: LiveNotebook, variant: Variant, index: int) -> bool:
    """Say whether labs have a shelf that can be switched off: a variant `without_shelf` runs."""
    live.run_cell(index)
    return not live.cell_errors()

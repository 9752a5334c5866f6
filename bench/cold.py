"""The first key press in a fresh lab, before the page's shelf is filled, beside no shelf at all."""

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser

from bench.changes import Move, Press, answer, share_found
from bench.plan import Plan
from bench.record import median
from bench.slider_to_pixel import PICTURE, VIEWPORT, build
from bench.turn import can_do_without_shelf, fresh_turn, prepare
from bench.variants import AHEAD, Variant, without_shelf
from tests.browser.live_jupyter import LiveJupyter, LiveNotebook

NOTEBOOK = "cold.ipynb"
FAR = "PageUp"  # five steps: nearer states are put on the shelf first
FILLING_MS = 300  # the key comes within them, before the filling begins or soon after


@dataclass
class FirstPresses:
    """First presses of one lab, with the shelf and without, one after the other each time."""

    with_ms: list[float] = field(default_factory=list)
    without_ms: list[float] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)

    def note(self, with_shelf: Press, without: Press) -> None:
        """Add a pair, unless a press was not answered, or answered from the shelf."""
        self.moves += with_shelf["moves"]
        with_ms, without_ms = answer(with_shelf).first_ms, answer(without).first_ms
        if with_ms is None or without_ms is None or share_found(with_shelf["moves"]):
            return
        self.with_ms.append(with_ms)
        self.without_ms.append(without_ms)

    def ratios(self) -> list[float]:
        """How much slower the first key press is for the shelf's sake, pair by pair."""
        return [a / b for a, b in zip(self.with_ms, self.without_ms, strict=True)]


def measure(
    jupyter: LiveJupyter, chromium: Browser, variants: Sequence[Variant], plan: Plan
) -> dict[str, Any]:
    """Press one key in each fresh lab, with the shelf and without, as often as planned.

    A lab is made anew by running its cell again, so that its shelf is empty. The key leads to a
    state that is put there late; where it lay there nevertheless, the pair is left out, and the
    share of those is told.

    Returns:
        cold_over_today: median over the pairs of all labs; cold: ms and share by lab. Nothing where
        labs have no shelf.
    """
    labs = [variant for variant in variants if variant.name in AHEAD]
    pairs = {lab.name: (lab, without_shelf(lab)) for lab in labs}
    made, index = build([variant for pair in pairs.values() for variant in pair])
    jupyter.write(NOTEBOOK, made)
    jupyter.write("lena.png", PICTURE.read_bytes())
    found = {name: FirstPresses() for name in pairs}
    page = chromium.new_context(viewport=VIEWPORT).new_page()
    with LiveNotebook(page, jupyter.url, NOTEBOOK) as live:
        live.only_notebook()
        live.run_cell(0)
        prepare(live)
        able = [
            name
            for name, (_, without) in pairs.items()
            if can_do_without_shelf(live, without, index[without.name])
        ]
        for _ in range(plan.cold_repeats):
            for name in able:
                press_pair(live, plan, pairs[name], index, found[name])
    page.context.close()
    return summary({name: found[name] for name in able})


def press_pair(
    live: LiveNotebook,
    plan: Plan,
    pair: tuple[Variant, Variant],
    index: dict[str, int],
    found: FirstPresses,
) -> None:
    """Press a key in both labs, in an order drawn by lot, after the same pause."""
    presses: dict[str, Press] = {}
    pause = random.uniform(0, FILLING_MS)
    for variant in random.sample(pair, 2):
        turn = fresh_turn(live, plan, variant, index[variant.name])
        turn.page.wait_for_timeout(pause)
        presses[variant.name] = turn.press(FAR)
        turn.wait_for_shelf()  # the filling is beside no other press
    found.note(*(presses[variant.name] for variant in pair))


def summary(found: dict[str, FirstPresses]) -> dict[str, Any]:
    """Reduce to the figures of latest.json."""
    ratios = [ratio for each in found.values() for ratio in each.ratios()]
    if not ratios:
        return {}
    by_lab = {
        name: {
            "with_shelf_ms": median(each.with_ms),
            "without_ms": median(each.without_ms),
            "found_on_shelf": share_found(each.moves),
        }
        for name, each in found.items()
    }
    return {"cold_over_today": round(statistics.median(ratios), 2), "cold": by_lab}

"""Every lab on every screen: nothing cut, nothing overlapping, and pictures as large as promised.

All labs of one screen stand in few notebooks, because opening one takes longer than looking at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.live_jupyter import LiveNotebook, OpenNotebook
from tests.labs.all_labs import all_labs

NAMES = [lab.name for lab in all_labs()]
SEEN = 599  # pixels of cells that are seen at 1280 x 720 with the list of files open
# Boxes of photo panes in the large view at 1280 x 720, in pixels, at least.
LARGE_BOXES = {
    "stride": 400,
    "dilation": 400,
    "transposed": 320,
    "padding": 280,
    "bias": 260,
    "channels": 200,
}
DETAIL_BOX = 220
# Those with the longest lists, the most buttons beside the code, and scales side by side.
WIDEST = ("bilinear", "learn-kernel", "receptive-field", "reconstruction", "round-trip")
LEAST_CODE = 200  # CSS pixels that a line of code has

# What is asked of the page: `every_screen.look(lab)` and the numbers that were cut.
SCRIPT = (Path(__file__).parent / "every_screen.js").read_text("utf-8")


def pictures_of(name: str) -> set[str]:
    """The panes of a lab that are pictures, at its start."""
    lab = next(each for each in all_labs() if each.name == name)
    panes = lab.compute(lab.params()).panes
    return {pane.name for pane in panes if pane.kind in ("photo", "map", "classes")}


class Screen:
    """All labs, open on one screen, and what was seen of each."""

    def __init__(self, live: LiveNotebook) -> None:
        self.live = live
        self.found: dict[str, Any] = {}

    def lab(self, name: str) -> Locator:
        return self.live.page.locator(f".lesson-lab-{name}")

    def look(self, name: str) -> Any:
        """Look when nothing has been drawn or moved for a moment."""
        self.live.page.wait_for_timeout(350)
        return self.lab(name).evaluate("lab => window.every_screen.look(lab)")

    def enlarge(self, name: str) -> None:
        self.lab(name).locator(".lesson-large-button").click()


def opened(
    open_notebook: OpenNotebook,
    width: int,
    height: int,
    names: Sequence[str] = NAMES,
    **context: Any,
) -> Screen:
    calls = [f"{lab.function}()" for lab in all_labs() if lab.name in names]
    live = open_notebook("from lessons_lib.widgets import *", *calls, fresh=True, **context)
    live.set_viewport(width, height)
    live.page.evaluate(f"() => {{ {SCRIPT} }}")
    live.run_all()
    for name in names:
        expect(live.page.locator(f".lesson-lab-{name} .lesson-sentence")).not_to_be_empty()
    return Screen(live)


def problems(screen: Screen, found: dict[str, Any]) -> list[str]:
    """What is cut or lies on something else, with the names of the labs."""
    cut = screen.live.page.evaluate("() => window.every_screen.cut_numbers")
    faults = [f"{name}: {fault}" for name, each in found.items() for fault in each["faults"]]
    return faults + [f"a number is cut: {each}" for each in dict.fromkeys(cut)] + screen.live.errors


def test_in_a_notebook_and_enlarged_on_a_small_screen(open_notebook: OpenNotebook) -> None:
    screen = opened(open_notebook, 1280, 720)
    column = {name: screen.look(name) for name in NAMES}
    too_far = {name: each["reach"] for name, each in column.items() if each["reach"] > SEEN}
    assert too_far == {}, "the slider and what it changes are not seen together"
    assert problems(screen, column) == []

    large = {}
    for name in NAMES:
        screen.enlarge(name)
        large[name] = screen.look(name)
        screen.enlarge(name)
    assert problems(screen, large) == []
    assert {name: each["scrolls"] for name, each in large.items() if each["scrolls"]} == {}
    small = {}
    for name in NAMES:
        least = LARGE_BOXES.get(name, 0)
        for pane in pictures_of(name):
            before, after = column[name]["panes"][pane], large[name]["panes"][pane]
            wanted = DETAIL_BOX if pane == "detail" else least
            fits = min(after["width"], after["height"]) if pane != "detail" else after["width"]
            if fits < wanted or after["drawn"] < before["drawn"]:
                small[f"{name}: {pane}"] = (before, after)
    assert small == {}


def test_on_a_wide_screen_without_side_panels(open_notebook: OpenNotebook) -> None:
    screen = opened(open_notebook, 1920, 1080)
    screen.live.only_notebook()
    found = {name: screen.look(name) for name in NAMES}
    assert problems(screen, found) == []


def test_on_a_tablet_that_is_touched(open_notebook: OpenNotebook) -> None:
    screen = opened(open_notebook, 820, 1180, has_touch=True)
    screen.live.only_notebook()
    found = {name: screen.look(name) for name in NAMES}
    assert problems(screen, found) == []


def test_in_a_narrow_window(open_notebook: OpenNotebook) -> None:
    screen = opened(open_notebook, 420, 800, WIDEST)
    screen.live.only_notebook()
    found = {name: screen.look(name) for name in WIDEST}
    assert problems(screen, found) == []
    assert {name: each["scrolls"] for name, each in found.items() if each["scrolls"]} == {}
    codes = {name: screen.lab(name).locator(".lesson-code").bounding_box() for name in WIDEST}
    assert {name: code for name, code in codes.items() if code and code["width"] < LEAST_CODE} == {}

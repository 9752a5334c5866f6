"""Labs in a notebook that a hand plays with, and what was seen on their stages meanwhile."""

from __future__ import annotations

import ast
import json
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import ElementHandle, Locator, expect

from tests.browser.live_jupyter import LiveNotebook, OpenNotebook

SCRIPT = (Path(__file__).parent / "hand_and_frames.js").read_text("utf-8")
LIMIT = 60.0  # seconds: the cores may be shared
START = f"""import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from tests.browser.computed_anew import Anew
from lessons_lib.widgets import *
labs, anew = [], []"""
LAB = "labs.append({call})\nanew.append(Anew(labs[-1]))\nlabs[-1]"

Event = dict[str, Any]


class PlayedLabs:
    """A notebook with a lab in each cell from the second one on, and a last cell to ask with.

    Args:
        open_notebook: the fixture.
        folder: for what is handed from the page to the kernel.
        calls: that make the labs.
        before: code that runs before the labs are made.
        cells: more code cells, between the labs and the last one.
    """

    def __init__(
        self,
        open_notebook: OpenNotebook,
        folder: Path,
        *calls: str,
        before: str = "",
        cells: tuple[str, ...] = (),
    ) -> None:
        labs = [LAB.format(call=call) for call in calls]
        self.live: LiveNotebook = open_notebook(f"{START}\n{before}", *labs, *cells, "", fresh=True)
        self.folder = folder
        self.ask = 1 + len(labs) + len(cells)
        self.live.page.evaluate(f"() => {{ {SCRIPT} }}")
        for cell in range(1 + len(labs)):
            self.live.run_cell(cell)
        self.labs = [self.live.cell(1 + n).locator(".lesson-lab") for n in range(len(labs))]
        self.calls = calls
        for lab in self.labs:
            expect(lab.locator(".lesson-sentence")).not_to_be_empty(timeout=1000 * LIMIT)
            if lab.locator(".lesson-more-button").count():
                lab.locator(".lesson-more-button").click()

    # --- the kernel -------------------------------------------------------------------------------

    def value(self, expression: str) -> Any:
        """What a Python expression is in the kernel; it must be one that `repr` can write."""
        self.live.page.evaluate(
            "([path, n, source]) => { window.live.panel(path).content.widgets[n].model"
            ".sharedModel.setSource(source); }",
            [self.live.path, self.ask, f"print(repr({expression}))"],
        )
        self.live.run_cell(self.ask, timeout=4 * LIMIT)
        outputs = self.live.outputs(self.ask)
        assert [each["output_type"] for each in outputs] == ["stream"], outputs
        return ast.literal_eval(outputs[0]["text"])

    def set(self, settings: str, lab: int = 0) -> None:
        """Set parameters from a cell."""
        self.element(lab).evaluate("lab => window.hand_and_frames.other(lab)")
        self.value(f"labs[{lab}].set({settings})")

    # --- the page ---------------------------------------------------------------------------------

    def element(self, lab: int = 0, view: int = 0) -> ElementHandle:
        """The lab as its n-th view shows it; the first one stands in the notebook."""
        name = self.calls[lab].partition("(")[0].removesuffix("_lab").replace("_", "-")
        views = self.live.page.locator(f".lesson-lab-{name}")
        found = views.nth(view).element_handle()
        assert found is not None
        return found

    def watch(self, lab: int = 0, view: int = 0) -> None:
        """Note what is drawn from now on."""
        self.element(lab, view).evaluate(
            "(lab, path) => window.hand_and_frames.watch(lab, path)", self.live.path
        )
        self.rest(lab, view)

    def control(self, name: str, lab: int = 0) -> Locator:
        return self.labs[lab].locator(f".lesson-control-{name}").first

    def come_to(self, control: Locator, lab: int = 0) -> None:
        """Move the mouse to a control, and wait until its next moves lie on the shelf."""
        control.hover()
        self.full(lab)

    def full(self, lab: int = 0) -> None:
        """Wait until all that the present state asks for lies on the shelf."""
        stage = self.labs[lab].locator(".lesson-stage")
        expect(stage).to_have_attribute("data-shelf", "full", timeout=1000 * LIMIT)

    def start(self, moves: int, seed: int, lab: int = 0) -> None:
        """Begin to play: so many moves of all controls."""
        play = "window.hand_and_frames.play(lab, seed, moves)"
        self.live.page.evaluate(
            f"([lab, seed, moves]) => window.live.start({play})",
            [self.element(lab), seed, moves],
        )

    def play(self, moves: int, seed: int, lab: int = 0) -> None:
        self.start(moves, seed, lab)
        self.live.wait_task(LIMIT + moves)

    def rest(self, lab: int = 0, view: int = 0) -> None:
        """Wait until an exact picture has been shown for a moment, and nothing is on its way."""
        self.live.page.wait_for_function(
            """([lab, path]) => {
              const now = performance.now();
              window.live.last_busy ??= now;
              if (!window.hand_and_frames.is_at_rest(lab, path)) window.live.last_busy = now;
              return now - window.live.last_busy > 300;
            }""",
            arg=[self.element(lab, view), self.live.path],
            timeout=1000 * LIMIT,
            polling=50,
        )

    def wait_until_exact(self, lab: int = 0) -> None:
        """Wait until the kernel has computed what is shown: what it skips, it computes later."""
        end = time.monotonic() + LIMIT
        while not self.value(f"anew[{lab}].lab.exact"):
            assert time.monotonic() < end, f"not computed after {LIMIT} s"

    def story(self, lab: int = 0, view: int = 0) -> list[Event]:
        story: list[Event] = self.element(lab, view).evaluate(
            "lab => window.hand_and_frames.story(lab)"
        )
        return story

    def frames(self, lab: int = 0, view: int = 0) -> list[Event]:
        return [each for each in self.story(lab, view) if each["type"] == "frame"]

    def moves(self, lab: int = 0, view: int = 0) -> list[Event]:
        """The hand's moves, and whether their states were found on the shelf."""
        return [each for each in self.story(lab, view) if each["type"] == "move"]

    # --- what must be so --------------------------------------------------------------------------

    def problems(self, lab: int = 0, view: int = 0) -> list[str]:
        """All that was wrong with what a view of a lab has shown since `watch`."""
        story = self.story(lab, view)
        path = self.folder / f"story-{lab}-{view}.json"
        path.write_text(json.dumps(story))
        page = self.element(lab, view).evaluate("lab => window.hand_and_frames.controls(lab)")
        self.wait_until_exact(lab)
        key, kernel, faults = self.value(f"anew[{lab}].compared({str(path)!r})")
        differ = {name for name, value in page.items() if kernel.get(name, value) != value}
        frames = self.frames(lab, view)
        return [
            *faults,
            *painted_differently(story),
            *gone_back(story),
            *told_wrongly(story),
            *([] if frames[-1]["key"] == key else [f"{frames[-1]['key']} is shown, not {key}"]),
            *(f"{name}: {page[name]} here, {kernel[name]} in the kernel" for name in differ),
            *self.live.errors,
            *self.live.cell_errors(),
        ]


def painted_differently(story: list[Event]) -> list[str]:
    """States that did not look the same each time, although their panes had the same sizes."""
    seen: dict[tuple[Any, ...], Event] = {}
    found = []
    for frame in story:
        if frame["type"] != "frame" or frame["refused"]:
            continue
        name = (frame["key"], frame["exact"], *frame["sizes"])
        first = seen.setdefault(name, frame)
        if frame["canvas"] != first["canvas"]:
            found.append(f"{frame['key']} was painted as {frame['canvas']}, {first['canvas']}")
    return found


def gone_back(story: list[Event]) -> list[str]:
    """Frames that show another state than the hand's last one, though that was shown already.

    A move is not looked at where an earlier one may undo it: see `watch` in hand_and_frames.js.
    """
    found = []
    wanted, reached = "", False
    for number, event in enumerate(story):
        if event["type"] == "other":  # such as an edited kernel
            wanted = ""
        elif event["type"] == "move":
            wanted, reached = settings(event["key"]) if event["sure"] else "", False
        elif event["type"] == "frame" and wanted:
            now = settings(event["key"])
            if reached and now != wanted:
                found.append(f"event {number}: back from {wanted} to {now}")
            reached = reached or now == wanted
    return found


def told_wrongly(story: list[Event]) -> list[str]:
    """Frames on which the microscope shows numbers of another state."""
    found = []
    good = probed = ""
    for number, event in enumerate(story):
        if event["type"] == "probe":  # its frame, if it has one, comes next
            probed = event["key"]
            is_new = number + 1 < len(story) and story[number + 1].get("key") == probed
            good = probed if is_new else good
        if event["type"] == "frame":
            good = good if event["refused"] else event["key"]
        if event.get("card") and good and probed != good:
            found.append(f"event {number}: numbers of {probed} beside {good}")
    return found


def settings(key: str) -> str:
    """A key without the rooms of the panes."""
    return key.partition("|")[2]

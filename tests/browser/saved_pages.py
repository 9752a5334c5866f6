"""Pages without a kernel in a real browser: opened from disk, offline, played by the keyboard."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page

from lessons_lib.kit.controls import Presets
from lessons_lib.kit.keys import state_key
from lessons_lib.kit.result import IllegalSettingError, LabDefinition
from lessons_lib.widgets.saved.saved_lab import ROOM, ROOMS
from lessons_lib.widgets.saved.states import classic_settings, saved_values
from lessons_lib.widgets.stage.scene import SceneWriter, State

# Notes each drawn state, the bytes that its panes were drawn from, and whether that was in the
# first frame after the key that led to it. (Space on a box clicks it when it is let go.)
WATCH = """
window.__lessonDigest = true;
window.drawn = new Map();
const press = () => {
  const pressed = { frame: 0 };
  window.pressed = pressed;
  requestAnimationFrame((time) => { pressed.frame = time; });
};
for (const name of ["keydown", "click"]) window.addEventListener(name, press, true);
const digits = (byte) => byte.toString(16).padStart(2, "0");
const hex = (bytes) => [...new Uint8Array(bytes)].map(digits).join("");
document.addEventListener("lesson-drawn", async ({ detail, target }) => {
  const { pressed } = window;
  const error = target.querySelector(".lesson-error-title")?.textContent ?? "";
  const hashed = async ([name, bytes]) => [name, hex(await crypto.subtle.digest("SHA-256", bytes))];
  const panes = Object.fromEntries(await Promise.all(Object.entries(detail.drawn).map(hashed)));
  await new Promise((resolve) => setTimeout(resolve)); // until the frame has passed
  const at_once = pressed?.frame === detail.frame_time;
  window.drawn.set(detail.key, { at_once, error, panes });
});
"""
DRAWN = """async (key) => {
  for (let tries = 0; tries < 200 && !window.drawn.has(key); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  const found = window.drawn.get(key) ?? null;
  window.drawn.delete(key);
  return found;
}"""
READY = ".lesson-stage[data-shelf='full']"


@dataclass
class SavedPage:
    """A page that is open.

    Attributes:
        page: of the browser.
        errors: what was written to its console, and what it wanted of the network.
    """

    page: Page
    errors: list[str]

    @property
    def lab(self) -> Locator:
        """The first lab of the page."""
        return self.page.locator(".lesson-lab").first

    def control(self, name: str) -> Locator:
        """What takes the keyboard of a control."""
        inside = "input[type=range], input[type=checkbox], select"
        return self.lab.locator(f".lesson-control-{name}").locator(inside)


@contextmanager
def opened(browser: Browser, file: Path, **context: Any) -> Iterator[SavedPage]:
    """Open a file with the network off; its labs have drawn, and all their states are unpacked."""
    own = browser.new_context(viewport={"width": 1280, "height": 900}, **context)
    own.set_offline(True)
    page = own.new_page()
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    far = ("http:", "https:", "ws:", "wss:")
    page.on("request", lambda sent: errors.append(sent.url) if sent.url.startswith(far) else None)
    page.add_init_script(WATCH)
    try:
        page.goto(file.as_uri())
        page.wait_for_selector(READY)
        yield SavedPage(page, errors)
    finally:
        own.close()


@dataclass
class Swept:
    """What a sweep has found.

    Attributes:
        states: how many were drawn.
        wrong: those that are not what Python computes.
        late: those that were not drawn in the first frame after the key.
        absent: those that the page says it does not hold.
        skipped: controls that are not there at the start.
    """

    states: int = 0
    wrong: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


class Sweep:
    """Moves each control of a lab from the start through all its values, by the keyboard.

    Args:
        saved: the page.
        definition: of its lab.
        start: the parameters at which it begins.
        data: of the lab, from `SavedLab.data`.
    """

    def __init__(
        self, saved: SavedPage, definition: LabDefinition, start: Any, data: dict[str, Any]
    ) -> None:
        self._saved = saved
        self._definition = definition
        self._start = start
        self._data = data
        self.found = Swept()

    def run(self) -> Swept:
        """Move all controls."""
        more = self._saved.lab.locator(".lesson-more-button")
        if more.count():
            more.click()
        presets = 0
        for spec in self._data["controls"]:
            self._reset()
            if spec["kind"] == "presets":
                self._press_buttons(f".lesson-presets-{presets}", self._sets(spec))
                presets += 1
            elif spec["kind"] != "kernel" and len(spec["values"]) > 1:
                self._move(spec)
        return self.found

    def _reset(self) -> None:
        self._now = self._data["start"]
        self._saved.lab.locator(".lesson-reset").click()

    def _move(self, spec: dict[str, Any]) -> None:
        keys = [self._with({spec["place"]: value["part"]}) for value in spec["values"]]
        control = self._saved.lab.locator(f".lesson-control-{spec['name']}")
        if not control.is_visible():
            self.found.skipped.append(spec["name"])
            return
        if spec["kind"] == "chips":
            self._press_buttons(f".lesson-control-{spec['name']}", keys)
            return
        self._saved.control(spec["name"]).focus()
        if spec["kind"] == "toggle":
            for _ in keys:
                now = keys.index(self._now)
                self._press(" ", keys[1 - now])
            return
        step = "ArrowRight" if spec["kind"] == "slider" else "ArrowDown"
        self._press("Home", keys[0])
        for key in keys[1:]:
            self._press(step, key)

    def _press_buttons(self, row: str, keys: list[str]) -> None:
        buttons = self._saved.lab.locator(f"{row} button")
        if not buttons.first.is_visible():
            self.found.skipped.append(row)
            return
        for index, key in enumerate(keys):
            self._reset()
            buttons.nth(index).focus()
            self._press("Enter", key)

    def _press(self, key_on_board: str, wanted: str) -> None:
        """Press a key, and compare what is drawn."""
        if wanted == self._now:
            return
        self._now = wanted
        self._saved.page.evaluate("key => window.drawn.delete(key)", wanted)
        self._saved.page.keyboard.press(key_on_board)
        drawn = self._saved.page.evaluate(DRAWN, wanted)
        self.found.states += 1
        if drawn is None:
            self.found.wrong.append(f"{wanted}: never drawn")
            return
        if drawn["error"] == "not on this page":
            self.found.absent.append(wanted)
            return
        expected = hashes(self._definition, self._params[wanted])
        if bool(drawn["error"]) != (expected is None):
            self.found.wrong.append(f"{wanted}: refused by one only")
        elif expected is not None and drawn["panes"] != expected:
            self.found.wrong.append(wanted)
        if not drawn["at_once"]:
            self.found.late.append(wanted)

    @cached_property
    def _params(self) -> dict[str, Any]:
        """The parameters of each state that one move leads to, by its key."""
        definition, start = self._definition, self._start
        found = {}
        for params in moved_once(definition, start):
            found[state_key(definition.controls, params, ROOMS)] = params
        return found

    def _sets(self, spec: dict[str, Any]) -> list[str]:
        """The keys that the buttons of a row lead to from the start."""
        return [self._with(button["sets"]) for button in spec["buttons"]]

    def _with(self, parts: dict[Any, str]) -> str:
        all_parts = self._data["start"].split("|")
        for place, part in parts.items():
            all_parts[int(place)] = part  # a name in JSON
        return "|".join(all_parts)


def moved_once(definition: LabDefinition, start: Any) -> Iterator[Any]:
    """Give the parameters to which one move of a control, or one button, leads from the start."""
    classic = classic_settings(definition.controls, start)
    yield from classic
    for spec in definition.controls:
        if isinstance(spec, Presets) or not hasattr(start, spec.name):
            continue
        wanted = tuple(dict.fromkeys(getattr(each, spec.name) for each in classic))
        for value in saved_values(spec, getattr(start, spec.name), wanted):
            yield replace(start, **{spec.name: value})


def hashes(definition: LabDefinition, params: Any) -> dict[str, str] | None:
    """Compute a state anew: what its panes are drawn from, as SHA-256; None for a refused one."""
    try:
        result = definition.compute(params)
    except IllegalSettingError:
        return None
    writer = SceneWriter()
    writer.rooms.take("page", {pane.name: (ROOM, ROOM, 0) for pane in result.panes})
    shelved = writer.shelved(result, True, State())
    return {
        pane["name"]: hashlib.sha256(shelved.pixels[pane["pixels"]]).hexdigest()
        for pane in shelved.scene["panes"]
    }

"""Curves and a wiring in the real JupyterLab: said, clicked, drawn while they move, both themes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.live_jupyter import LiveNotebook, OpenNotebook

PANES = """from lessons_lib.widgets.lab.lab import Lab
from tests.labs.panes_lab import LAB
lab = Lab(LAB)
lab"""
GROW = "for step in range(41, 60):\n    lab.set(step=step, samples=3 * step)"
# What a picture has in its middle: colours that differ from each other
COLOURS = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let i = 0; i < data.length; i += 4)
    if (data[i + 3] === 255) seen.add(data.slice(i, i + 3).join());
  return [...seen];
}"""
BOXES = """(lab) => [...lab.querySelectorAll(".lesson-pane-box")].map((box) => {
  const { width, height } = box.getBoundingClientRect();
  return [width, height];
})"""


@pytest.fixture
def opened(open_notebook: OpenNotebook) -> tuple[LiveNotebook, Locator]:
    live = open_notebook(PANES, GROW)

    live.run_cell(0)
    lab = live.cell(0).locator(".lesson-lab")
    expect(lab.locator(".lesson-sentence")).not_to_be_empty()
    return live, lab


def point(live: LiveNotebook, canvas: Locator, x: float, y: float) -> None:
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    live.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_a_hand_on_the_curves_reads_them_and_a_click_moves_the_lab(
    opened: tuple[LiveNotebook, Locator],
) -> None:
    live, lab = opened
    canvas = lab.locator(".lesson-pane-curves canvas")
    said = lab.locator(".lesson-pointer")
    point(live, canvas, 0.22, 0.5)
    expect(said).to_have_text(
        re.compile(r"^loss and error, step \d+ \(loss [\d.]+, kernel error [\d.]+, a rate too")
    )
    step = re.search(r"step (\d+)", said.inner_text())
    assert step is not None
    live.page.mouse.down()
    live.page.mouse.up()
    readout = lab.locator(".lesson-slider .widget-readout").first
    expect(readout).to_have_text(step.group(1))
    box = lab.locator(".lesson-pane-curves .lesson-pane-box")
    box.press("ArrowRight")
    box.press("Enter")
    expect(readout).to_have_text(str(int(step.group(1)) + 1))
    assert live.errors == []


def test_curves_that_grow_move_nothing_on_the_page(opened: tuple[LiveNotebook, Locator]) -> None:
    live, lab = opened
    before = lab.evaluate(BOXES)
    point(live, lab.locator(".lesson-pane-curves canvas"), 0.2, 0.5)
    said = lab.locator(".lesson-pointer").inner_text()
    live.run_cell(1)
    assert lab.evaluate(BOXES) == before
    expect(lab.locator(".lesson-pointer")).to_have_text(said)
    assert live.errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_curves_and_wires_are_drawn_in_the_colours_of_the_theme(
    opened: tuple[LiveNotebook, Locator], theme: str
) -> None:
    live, lab = opened
    live.set_theme(theme)
    live.wait_idle()
    wanted = {"light": ["17,119,51", "184,74,0"], "dark": ["92,203,138", "255,154,87"]}[theme]
    colours = lab.locator(".lesson-pane-curves canvas").evaluate(COLOURS)
    assert set(wanted) <= set(colours)
    wanted = {"light": ["0,114,178", "17,119,51"], "dark": ["108,184,240", "92,203,138"]}[theme]
    colours = lab.locator(".lesson-pane-wiring canvas").evaluate(COLOURS)
    assert set(wanted) <= set(colours)


def test_pointing_at_a_channel_lights_all_that_it_reaches(
    opened: tuple[LiveNotebook, Locator],
) -> None:
    live, lab = opened
    box = lab.locator(".lesson-pane-wiring .lesson-pane-box")
    box.press("ArrowDown")
    expect(lab.locator(".lesson-pointer")).to_have_text(
        "input channel 1 (group 0) reaches after layer 1 channels 0–3, after layer 2 channels 0–3"
    )
    strong = lab.locator(".lesson-pane-wiring .lesson-strong").get_attribute("d") or ""
    assert strong.count("M") == 4 + 16
    assert live.errors == []

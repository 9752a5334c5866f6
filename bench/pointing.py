"""Pointing: from a moved pointer to the outlines on a grid, and to the microscope on a photo."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from bench.record import median, percentile_95
from bench.slider_to_pixel import VIEWPORT
from tests.browser.live_jupyter import LiveJupyter, LiveNotebook, notebook

NOTEBOOK = "pointing.ipynb"
SCRIPT = Path(__file__).with_suffix(".js")
LIMIT_MS = 2000

# kind -> the cell that makes the lab
CELLS = {
    "grid": "from lessons_lib.widgets import sliding_window_lab, stride_lab\n\n"
    'sliding_window_lab(grid="digits", padding=1, padding_width=1)',
    "photo": "stride_lab(stride=2)",
}


def measure(jupyter: LiveJupyter, chromium: Browser, times: int = 45) -> dict[str, Any]:
    """Point `times` times into the output of a grid lab and of a photo lab.

    Returns:
        pointing_grid_ms and pointing_photo_ms, medians, each with its p95 and the count of moves
        that were not answered.
    """
    jupyter.write(NOTEBOOK, notebook(*CELLS.values()))
    page = chromium.new_context(viewport=VIEWPORT).new_page()
    found: dict[str, Any] = {}
    with LiveNotebook(page, jupyter.url, NOTEBOOK) as live:
        live.only_notebook()
        live.run_all()
        page.add_script_tag(content=SCRIPT.read_text())
        for index, kind in enumerate(CELLS):
            answers = [point(live, index, kind, n) for n in range(-5, times)][5:]  # five warm up
            known = [answer for answer in answers if answer is not None]
            found[f"pointing_{kind}_ms"] = median(known)
            found[f"pointing_{kind}_p95_ms"] = percentile_95(known)
            found[f"pointing_{kind}_missed"] = len(answers) - len(known)
    return found


def point(live: LiveNotebook, index: int, kind: str, number: int) -> float | None:
    """Move the pointer to another cell of the output; returns milliseconds to the answer."""
    cell, page = live.cell(index), live.page
    if number == -5:
        cell.evaluate("cell => cell.scrollIntoView({ block: 'start' })")
    box = cell.locator(".lesson-pane-output .lesson-pane-picture").bounding_box()
    if box is None:
        raise RuntimeError(f"the {kind} lab shows no output to point at")
    page.wait_for_timeout(60 + number % 7)
    page.evaluate(
        "([index, kind, limit]) => { window.pointed = window.pointing(index, kind, limit); }",
        [index, kind, LIMIT_MS],
    )
    # a walk that comes to another cell with every step
    x, y = (number * 0.37) % 1, (number * 0.23) % 1
    page.mouse.move(box["x"] + x * (box["width"] - 2) + 1, box["y"] + y * (box["height"] - 2) + 1)
    answer: float | None = page.evaluate("() => window.pointed")
    return answer

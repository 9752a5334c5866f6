"""Learning live: how many steps of the kernel lab are shown a second, and what else may run."""

import time
from typing import Any

from playwright.sync_api import Browser

from bench.slider_to_pixel import VIEWPORT
from tests.browser.live_jupyter import LiveJupyter, LiveNotebook, notebook

NOTEBOOK = "learning.ipynb"
CELL = """
from lessons_lib.widgets import learn_kernel_lab

learn_kernel_lab(picture="lena", data="rgb", optimizer="gradient_descent", steps=3000)
"""
WARM_SECONDS = 1.0

# Each frame that a stage has painted is told; what counts is that another step is seen in it.
WATCH = """
(cell) => {
  const title = cell.querySelector(".lesson-pane-present .lesson-pane-title");
  window.steps_shown = new Set();
  document.addEventListener("lesson-drawn", () => window.steps_shown.add(title.textContent));
}
"""


def measure(jupyter: LiveJupyter, chromium: Browser, seconds: float = 6.0) -> dict[str, Any]:
    """Learn on lena in colour, 512 x 512, and count the steps that are seen.

    Args:
        jupyter: the running server.
        chromium: the browser.
        seconds: how long it is watched.

    Returns:
        learning_shown_fps: different steps painted a second; learning_cell_ms: how long another
        cell takes meanwhile, from asking for it to its end.
    """
    jupyter.write(NOTEBOOK, notebook(CELL, "1 + 1"))
    page = chromium.new_context(viewport=VIEWPORT).new_page()
    with LiveNotebook(page, jupyter.url, NOTEBOOK) as live:
        live.only_notebook()
        live.run_cell(0)
        cell = live.cell(0)
        cell.locator(".lesson-job-button").click()
        page.wait_for_timeout(1000 * WARM_SECONDS)
        cell.evaluate(WATCH)
        page.wait_for_timeout(1000 * seconds)
        shown = page.evaluate("() => window.steps_shown.size")
        begin = time.perf_counter()
        live.run_cell(1, wait=False)
        cell_output = live.cell(1).locator(".jp-OutputArea-output")
        cell_output.wait_for()
        waited = 1000 * (time.perf_counter() - begin)
        cell.locator(".lesson-job-button").click()
    page.context.close()  # else it goes on drawing
    return {"learning_shown_fps": round(shown / seconds, 1), "learning_cell_ms": round(waited)}

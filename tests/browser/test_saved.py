"""Notebooks that were saved with their labs and results, and are opened again without being run."""

import os

from nbclient import NotebookClient
from playwright.sync_api import expect

from lessons_lib.reader.front_end import KEEP_VIEWS
from tests.browser.live_jupyter import LiveJupyter, OpenNotebook, notebook

TRUST = (
    "path => { for (const { model } of live.panel(path).content.widgets) model.trusted = true; }"
)


def test_a_saved_lab_says_that_it_has_no_kernel_and_cannot_be_moved(
    live_jupyter: LiveJupyter, open_notebook: OpenNotebook
) -> None:
    saved = notebook("from lessons_lib.widgets import stride_lab\nstride_lab()")
    NotebookClient(saved, store_widget_state=True).execute(env={**os.environ, KEEP_VIEWS: "1"})
    live = open_notebook(live_jupyter.write("saved.ipynb", saved))
    # JupyterLab shows widgets only in notebooks that it trusts, such as those that it saved itself.
    live.page.evaluate(TRUST, live.path)
    lab = live.cell(0).locator(".lesson-lab")
    expect(lab.locator(".lesson-kernel-state")).to_contain_text("Run All Cells", timeout=20_000)
    expect(lab.locator(".lesson-kernel-state")).to_contain_text("no kernel")
    handle = lab.locator(".lesson-control-stride .noUi-handle")
    assert handle.evaluate("e => { e.focus(); return document.activeElement !== e; }")
    live.run_all()
    expect(lab.locator(".lesson-kernel-state")).to_be_hidden()
    handle.press("ArrowRight")
    expect(lab.locator(".lesson-pane-output .lesson-pane-shape")).to_have_text("1 × 170 × 170")

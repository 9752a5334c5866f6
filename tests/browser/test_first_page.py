"""What `make lab` opens: the first lesson alone, with room for its labs on a small screen."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.live_jupyter import PAGE_SCRIPT, LiveJupyter

FIRST, SECOND = "notebooks/00_start_here.ipynb", "notebooks/01_sliding_window.ipynb"
LEFT = "() => jupyterapp.shell.leftCollapsed ? 'folded' : 'open'"


@pytest.fixture
def first_page(live_jupyter: LiveJupyter, chromium: Browser, repository: Path) -> Iterator[Page]:
    """The address that the Makefile names, opened."""
    shutil.copytree(repository / "notebooks", live_jupyter.root / "notebooks", dirs_exist_ok=True)
    found = re.search(r"^FIRST_PAGE = (\S+)$", (repository / "Makefile").read_text(), re.M)
    assert found
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    page.add_init_script(PAGE_SCRIPT)
    page.goto(live_jupyter.url + found[1])
    wait_for_kernel(page, FIRST)
    page.wait_for_function("() => !document.getElementById('jupyterlab-splash')")
    yield page
    for path in (FIRST, SECOND):
        page.evaluate("path => window.live.panel(path)?.sessionContext.shutdown()", path)
    page.close()


def wait_for_kernel(page: Page, path: str) -> None:
    idle = "path => window.live?.kernel(path)?.status === 'idle'"
    page.wait_for_function(idle, arg=path, timeout=60_000)


def test_a_lab_has_the_width_of_a_small_screen_and_links_and_the_list_of_files_still_work(
    first_page: Page,
) -> None:
    assert first_page.evaluate(LEFT) == "folded"
    run = "() => window.live.start(jupyterapp.commands.execute('notebook:run-all-cells'))"
    first_page.evaluate(run)
    lab = first_page.locator(".lesson-lab").first
    lab.locator("canvas").first.wait_for(timeout=120_000)
    box = lab.bounding_box()
    assert box is not None
    assert box["width"] > 1050  # of 1280; with the list of files open it is under 850

    first_page.locator("a[href*='01_sliding_window']").first.click()
    wait_for_kernel(first_page, SECOND)
    shown = first_page.evaluate("() => jupyterapp.shell.currentWidget.context.path")
    assert shown == SECOND
    assert first_page.evaluate(LEFT) == "folded"

    first_page.keyboard.press("Control+b")
    first_page.wait_for_function("() => !jupyterapp.shell.leftCollapsed")
    first_page.locator(".jp-DirListing-item", has_text="00_start").wait_for()

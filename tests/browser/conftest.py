"""What a browser test asks for: one JupyterLab and one Chromium for all, a fresh notebook for each.

def test_one_and_one_is_two(open_notebook):
    live = open_notebook("1 + 1")
    live.run_all()
    assert live.outputs(0)[0]["data"]["text/plain"] == "2"
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize

from tests.browser.live_jupyter import (
    LiveJupyter,
    LiveNotebook,
    OpenNotebook,
    find_chromium,
    notebook,
    open_chromium,
)

VIEWPORT: ViewportSize = {"width": 1280, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder as a browser test."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium; without one the tests are skipped, or fail where it is required."""
    if find_chromium() is None:
        reason = "no Chromium is installed (set LESSONS_CHROMIUM to its path if it is elsewhere)"
        if os.environ.get("LESSONS_REQUIRE_BROWSER") == "1":
            pytest.fail(f"LESSONS_REQUIRE_BROWSER=1, but {reason}")
        pytest.skip(reason)
    with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def live_jupyter(chromium: Browser) -> Iterator[LiveJupyter]:
    """The running JupyterLab; it comes after the browser, so that skipping starts no server."""
    with LiveJupyter() as jupyter:
        yield jupyter


@pytest.fixture(scope="session")
def shared_context(chromium: Browser) -> Iterator[BrowserContext]:
    """One browser context for all tests: its cache saves loading JupyterLab anew each time."""
    context = chromium.new_context(viewport=VIEWPORT)
    yield context
    context.close()


@pytest.fixture
def open_notebook(
    live_jupyter: LiveJupyter,
    chromium: Browser,
    shared_context: BrowserContext,
    request: pytest.FixtureRequest,
) -> Iterator[OpenNotebook]:
    """Open a notebook from the sources of its cells, or an .ipynb file by its path.

    Keyword arguments (`has_touch=True`, `device_scale_factor=2`, ...) give the page a browser
    context of its own. At the end of the test the page closes and its kernel ends.
    """
    numbers = count()
    with ExitStack() as stack:

        def open_it(*cells: str | Path | nbformat.NotebookNode, **context: Any) -> LiveNotebook:
            name = f"{request.node.nodeid.rpartition('::')[2]}-{next(numbers)}.ipynb"
            name = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)
            paths = [cell for cell in cells if isinstance(cell, Path)]
            sources = [cell for cell in cells if not isinstance(cell, Path)]
            if paths and (sources or len(paths) > 1):
                raise ValueError(f"cells (={cells}) must be one path, or sources only")
            content = paths[0].read_bytes() if paths else notebook(*sources)
            live_jupyter.write(name, content)
            browser_context = shared_context
            if context:
                browser_context = chromium.new_context(**{"viewport": VIEWPORT, **context})
                stack.callback(browser_context.close)
            page = browser_context.new_page()
            stack.callback(page.close)
            return stack.enter_context(LiveNotebook(page, live_jupyter.url, name))

        yield open_it

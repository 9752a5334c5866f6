"""What a browser test asks for: one JupyterLab and one Chromium for all, a fresh notebook for each.

def test_one_and_one_is_two(open_notebook):
    live = open_notebook("1 + 1")
    live.run_all()
    assert live.outputs(0)[0]["data"]["text/plain"] == "2"
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from tests.browser.live_jupyter import (
    LiveJupyter,
    LiveNotebook,
    OpenNotebook,
    find_chromium,
    notebook,
    open_chromium,
)

VIEWPORT: ViewportSize = {"width": 1280, "height": 900}
NOTEBOOKS_A_PAGE = 20  # then JupyterLab starts anew: closed notebooks leave memory behind


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
def live_jupyter(chromium: Browser, ready_kernels: None) -> Iterator[LiveJupyter]:
    """The running JupyterLab; it comes after the browser, so that skipping starts no server."""
    kernels = {name: os.environ[name] for name in ["JUPYTER_PATH"] if name in os.environ}
    with LiveJupyter(kernels) as jupyter:
        yield jupyter


@pytest.fixture(scope="session")
def shared_context(chromium: Browser) -> Iterator[BrowserContext]:
    """One browser context for all tests: its cache saves loading JupyterLab anew each time."""
    context = chromium.new_context(viewport=VIEWPORT)
    yield context
    context.close()


class SharedPage:
    """A page for one notebook after the other: starting JupyterLab costs more than most tests."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page | None = None
        self.left = 0

    def take(self) -> Page:
        """The page as it was left, or a new one; whoever has it is its only user."""
        page, self.page = self.page, None
        if page is None or page.is_closed():
            self.left = 0
            return self.context.new_page()
        page.set_viewport_size(VIEWPORT)
        return page

    def put_back(self, live: LiveNotebook, session: pytest.Session, failed: int) -> None:
        """Leave the page to the next test, but not after a failure, nor for ever."""
        used_up = self.page is not None or self.left == NOTEBOOKS_A_PAGE
        if used_up or live.errors or session.testsfailed > failed:
            live.close()
            return
        live.leave()
        self.page, self.left = live.page, self.left + 1


@pytest.fixture(scope="session")
def shared_page(shared_context: BrowserContext) -> SharedPage:
    """The page that the tests of this process hand on to each other."""
    return SharedPage(shared_context)


@pytest.fixture
def open_notebook(
    live_jupyter: LiveJupyter,
    chromium: Browser,
    shared_page: SharedPage,
    request: pytest.FixtureRequest,
) -> Iterator[OpenNotebook]:
    """Open a notebook from the sources of its cells, or an .ipynb file by its path.

    Keyword arguments (`has_touch=True`, `device_scale_factor=2`, ...) give the page a browser
    context of its own. With `fresh=True` the page is used for this notebook only: for tests that
    change the page itself. At the end of the test the notebook closes and its kernel ends.
    """
    numbers, failed = count(), request.session.testsfailed
    with ExitStack() as stack:

        def open_it(
            *cells: str | Path | nbformat.NotebookNode, fresh: bool = False, **context: Any
        ) -> LiveNotebook:
            name = f"{request.node.nodeid.rpartition('::')[2]}-{next(numbers)}.ipynb"
            name = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)
            paths = [cell for cell in cells if isinstance(cell, Path)]
            sources = [cell for cell in cells if not isinstance(cell, Path)]
            if paths and (sources or len(paths) > 1):
                raise ValueError(f"cells (={cells}) must be one path, or sources only")
            content = paths[0].read_bytes() if paths else notebook(*sources)
            live_jupyter.write(name, content)
            if context:
                own = chromium.new_context(**{"viewport": VIEWPORT, **context})
                stack.callback(own.close)
                return stack.enter_context(LiveNotebook(own.new_page(), live_jupyter.url, name))
            page = shared_page.context.new_page() if fresh else shared_page.take()
            live = LiveNotebook(page, live_jupyter.url, name)
            put_back = partial(shared_page.put_back, live, request.session, failed)
            stack.callback(live.close if fresh else put_back)
            return live

        yield open_it

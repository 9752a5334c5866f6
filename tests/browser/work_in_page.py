"""Long work as it is seen on the page: its button, its bar and its words."""

import re

from playwright.sync_api import Locator

from tests.browser.live_jupyter import LiveNotebook

LIMIT = 60_000  # ms: the cores may be shared
THREADS = "import threading\n[t.name for t in threading.enumerate() if t.name == 'lesson-job']"


class WorkInPage:
    """The lab in one cell, and one of its works.

    Args:
        live: the notebook.
        index: of the lab's cell.
        name: of the work.
    """

    def __init__(self, live: LiveNotebook, index: int, name: str) -> None:
        self.cell: Locator = live.cell(index)
        self.row: Locator = self.cell.locator(f".lesson-control-{name}")
        self.button: Locator = self.row.locator(".lesson-job-button")
        self.back: Locator = self.row.locator(".lesson-job-reset")
        self.words: Locator = self.row.locator(".lesson-job-words")
        self.bar: Locator = self.row.locator("progress")
        self.sentence: Locator = self.cell.locator(".lesson-sentence")

    def title(self, pane: str) -> Locator:
        """What stands above a pane."""
        return self.cell.locator(f".lesson-pane-{pane} .lesson-pane-title")

    def handle(self, control: str) -> Locator:
        """The handle of a slider."""
        return self.cell.locator(f".lesson-control-{control} .noUi-handle")

    def step(self) -> int:
        """The step that the bar tells of, also when it has stopped."""
        found = re.search(r"step (\d+) of", self.words.text_content() or "")
        assert found, self.words.text_content()
        return int(found[1])

    def is_beyond(self, step: int) -> None:
        """Wait until a later step is shown."""
        self.cell.page.wait_for_function(
            """([words, step]) => Number(/step (\\d+) of/.exec(words.textContent)?.[1]) > step""",
            arg=[self.words.element_handle(), step],
            timeout=LIMIT,
        )


def value_of(live: LiveNotebook, cell: int) -> str:
    """Run a cell, and give what its last line is."""
    live.run_cell(cell)
    return str(live.outputs(cell)[0]["data"]["text/plain"])

"""A kernel is learnt in the real JupyterLab: it moves, stops, goes on, explodes and is cured."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.live_jupyter import LiveNotebook, OpenNotebook

IMPORT = "from lessons_lib.widgets import learn_kernel_lab"
CALL = 'lab = learn_kernel_lab(picture="lena", steps=3000)\nlab'
STATE = "lab.params.learning is None, lab.stage.crash"
LIMIT = 60_000  # ms: the cores may be shared


class Learning:
    """The lab in one cell."""

    def __init__(self, live: LiveNotebook, index: int) -> None:
        self.cell: Locator = live.cell(index)
        row = self.cell.locator(".lesson-control-learning")
        self.button: Locator = row.locator(".lesson-job-button")
        self.back: Locator = row.locator(".lesson-job-reset")
        self.words: Locator = row.locator(".lesson-job-words")
        self.title: Locator = self.cell.locator(".lesson-pane-present .lesson-pane-title")
        self.sentence: Locator = self.cell.locator(".lesson-sentence")
        self.rate: Locator = self.cell.locator(".lesson-control-rate .noUi-handle")

    def step(self) -> int:
        """The step whose kernel is shown; its title goes on with the shape."""
        found = re.match(r"step (\d+) of|stopped at step (\d+) of", self.words.text_content() or "")
        assert found, self.words.text_content()
        return int(found[1] or found[2])

    def is_beyond(self, step: int) -> None:
        """Wait until a later step is shown."""
        self.cell.page.wait_for_function(
            """([words, step]) => Number(/step (\\d+) of/.exec(words.textContent)?.[1]) > step""",
            arg=[self.words.element_handle(), step],
            timeout=LIMIT,
        )


def value_of(live: LiveNotebook, cell: int) -> str:
    live.run_cell(cell)
    return str(live.outputs(cell)[0]["data"]["text/plain"])


def test_it_learns_stops_goes_on_and_is_reset_by_keys(open_notebook: OpenNotebook) -> None:
    live = open_notebook(IMPORT, CALL, STATE)
    live.run_cell(0)
    live.run_cell(1)
    lab = Learning(live, 1)
    expect(lab.title).to_contain_text("kernel at step 0")
    expect(lab.button).to_have_text("learn")
    expect(lab.back).to_have_attribute("aria-disabled", "true")
    lab.button.press("Enter")
    expect(lab.button).to_have_text("stop")
    lab.is_beyond(1)
    expect(lab.title).not_to_contain_text("kernel at step 0")
    assert value_of(live, 2) == "(False, '')", "another cell runs meanwhile"
    lab.button.press(" ")
    expect(lab.button).to_have_text("resume", timeout=LIMIT)
    expect(lab.button).to_be_focused()
    stopped = lab.step()
    lab.button.press("Enter")
    lab.is_beyond(stopped)
    lab.back.press("Enter")
    expect(lab.button).to_have_text("learn")
    expect(lab.title).to_contain_text("kernel at step 0")
    expect(lab.sentence).to_contain_text("Nothing is learnt yet")
    assert value_of(live, 2) == "(True, '')"
    assert live.errors == []
    assert live.cell_errors() == []


def test_a_rate_that_is_too_high_explodes_and_one_click_cures_it(
    open_notebook: OpenNotebook,
) -> None:
    live = open_notebook(IMPORT, CALL, STATE)
    live.run_cell(0)
    live.run_cell(1)
    lab = Learning(live, 1)
    chip = lab.cell.locator(".lesson-presets button").filter(has_text="too fast")
    chip.click()
    expect(lab.sentence).to_contain_text("is above the limit 0.124")
    lab.button.click()
    error = lab.cell.locator(".lesson-error")
    expect(error).to_contain_text("the learning has diverged", timeout=LIMIT)
    expect(error).to_contain_text("loss: 0.124 here")
    expect(lab.words).to_contain_text("diverged")
    expect(error.locator(".lesson-nearest")).to_have_text("use rate = 0.12")
    error.locator(".lesson-nearest").click()
    expect(error).not_to_be_visible()
    expect(lab.title).to_contain_text("kernel at step 0")
    expect(lab.button).to_have_text("learn")
    lab.button.click()
    lab.is_beyond(1)
    assert value_of(live, 2) == "(False, '')"
    assert live.errors == []
    assert live.cell_errors() == []


def test_the_slider_steers_what_runs_and_two_labs_learn_at_once(
    open_notebook: OpenNotebook,
) -> None:
    live = open_notebook(
        IMPORT, CALL, f"other = {CALL.partition('= ')[2]}".replace("\nlab", "\nother")
    )
    live.run_cell(0)
    live.run_cell(1)
    live.run_cell(2)
    first, second = Learning(live, 1), Learning(live, 2)
    for lab in (first, second):
        lab.button.click()
        lab.is_beyond(1)
    first.rate.press("ArrowLeft")
    expect(first.cell.locator(".lesson-control-rate .widget-readout")).to_have_text("0.08")
    expect(first.cell.locator(".lesson-formula")).to_contain_text("kernel − 0.08 · slope")
    for lab in (first, second):
        lab.is_beyond(lab.step())
        expect(lab.button).to_have_text("stop")
    live.run_cell(1)  # the new lab begins, the old one ends
    expect(Learning(live, 1).title).to_contain_text("kernel at step 0")
    second.is_beyond(second.step())
    assert live.errors == []
    assert live.cell_errors() == []

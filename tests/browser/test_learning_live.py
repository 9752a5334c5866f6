"""A kernel is learned in the real JupyterLab: it moves, stops, goes on, explodes and is cured."""

from playwright.sync_api import expect

from tests.browser.live_jupyter import LiveNotebook, OpenNotebook
from tests.browser.work_in_page import LIMIT, WorkInPage, value_of

IMPORT = "from lessons_lib.widgets import learn_kernel_lab"
CALL = 'lab = learn_kernel_lab(picture="lena", steps=3000)\nlab'
STATE = "lab.params.learning is None, lab.stage.crash"


def learning_in(live: LiveNotebook, index: int) -> WorkInPage:
    return WorkInPage(live, index, "learning")


def test_it_learns_stops_goes_on_and_is_reset_by_keys(open_notebook: OpenNotebook) -> None:
    live = open_notebook(IMPORT, CALL, STATE)
    live.run_cell(0)
    live.run_cell(1)
    lab = learning_in(live, 1)
    expect(lab.title("present")).to_contain_text("kernel at step 0")
    expect(lab.button).to_have_text("learn")
    expect(lab.back).to_have_attribute("aria-disabled", "true")
    lab.button.press("Enter")
    expect(lab.button).to_have_text("stop")
    lab.is_beyond(1)
    expect(lab.title("present")).not_to_contain_text("kernel at step 0")
    assert value_of(live, 2) == "(False, '')", "another cell runs meanwhile"
    lab.button.press(" ")
    expect(lab.button).to_have_text("resume", timeout=LIMIT)
    expect(lab.button).to_be_focused()
    stopped = lab.step()
    lab.button.press("Enter")
    lab.is_beyond(stopped)
    lab.back.press("Enter")
    expect(lab.button).to_have_text("learn")
    expect(lab.title("present")).to_contain_text("kernel at step 0")
    expect(lab.sentence).to_contain_text("Nothing is learned yet")
    assert value_of(live, 2) == "(True, '')"
    assert live.errors == []
    assert live.cell_errors() == []


def test_a_rate_that_is_too_high_explodes_and_one_click_cures_it(
    open_notebook: OpenNotebook,
) -> None:
    live = open_notebook(IMPORT, CALL, STATE)
    live.run_cell(0)
    live.run_cell(1)
    lab = learning_in(live, 1)
    chip = lab.cell.locator(".lesson-presets button").filter(has_text="rate 0.2")
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
    expect(lab.title("present")).to_contain_text("kernel at step 0")
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
    first, second = learning_in(live, 1), learning_in(live, 2)
    for lab in (first, second):
        lab.button.click()
        lab.is_beyond(1)
    first.handle("rate").press("ArrowLeft")
    expect(first.cell.locator(".lesson-control-rate .widget-readout")).to_have_text("0.08")
    expect(first.cell.locator(".lesson-formula")).to_contain_text("kernel − 0.08 · slope")
    for lab in (first, second):
        lab.is_beyond(lab.step())
        expect(lab.button).to_have_text("stop")
    live.run_cell(1)  # the new lab begins, the old one ends
    expect(learning_in(live, 1).title("present")).to_contain_text("kernel at step 0")
    second.is_beyond(second.step())
    assert live.errors == []
    assert live.cell_errors() == []

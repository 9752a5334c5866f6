"""Results that wait for a guess: Run All Cells folds them, one click opens them, in JupyterLab."""

from typing import Any

import nbformat
from playwright.sync_api import expect

from lessons_lib.reader.folding import TAG
from tests.browser.live_jupyter import LiveJupyter, LiveNotebook, OpenNotebook

LINE = "details.lesson-folded > summary"


def cell(source: str, *tags: str) -> Any:
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)} if tags else {})


def opened(open_notebook: OpenNotebook, *cells: Any) -> LiveNotebook:
    start = cell("from lessons_lib.reader.folding import fold_results\nfold_results()")
    live = open_notebook(start, *cells)
    live.run_all()
    return live


def test_run_all_folds_what_is_tagged_and_one_click_opens_it(open_notebook: OpenNotebook) -> None:
    live = opened(open_notebook, cell("print('the answer')", TAG), cell("print('no question')"))
    expect(live.cell(1).get_by_text("Result: guess first")).to_be_visible()
    expect(live.cell(1).locator("pre", has_text="the answer").last).to_be_hidden()
    expect(live.cell(2).get_by_text("no question", exact=True)).to_be_visible()
    live.cell(1).locator(LINE).click()
    expect(live.cell(1).get_by_text("the answer", exact=True)).to_be_visible()
    assert live.errors == []


def test_the_enter_key_opens_it_and_a_second_run_shows_it(open_notebook: OpenNotebook) -> None:
    live = opened(open_notebook, cell("print('the answer')", TAG))
    answer = live.cell(1).get_by_text("the answer", exact=True)
    live.cell(1).locator(LINE).focus()
    live.page.keyboard.press("Enter")
    expect(answer).to_be_visible()
    live.run_cell(1)
    expect(live.cell(1).locator(LINE)).to_have_count(0)
    expect(answer).to_be_visible()


def test_an_error_is_never_folded(open_notebook: OpenNotebook) -> None:
    live = opened(open_notebook, cell("print('the answer')\n1 / 0", TAG))
    expect(live.cell(1).locator(LINE)).to_be_visible()
    expect(live.cell(1).locator("pre", has_text="ZeroDivisionError").last).to_be_visible()


def test_saved_and_opened_again_the_result_is_still_folded(
    open_notebook: OpenNotebook, live_jupyter: LiveJupyter
) -> None:
    live = opened(open_notebook, cell("print('the answer')", TAG))
    live.command("docmanager:save")
    again = open_notebook(live_jupyter.root / live.path)
    answer = again.cell(1).locator("pre", has_text="the answer").last
    expect(again.cell(1).locator(LINE)).to_be_visible()
    expect(answer).to_be_hidden()
    again.cell(1).locator(LINE).click()
    expect(answer).to_be_visible()

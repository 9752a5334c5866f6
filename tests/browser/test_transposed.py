"""Transposed convolution in the real JupyterLab: stamps one by one, and a refusal with its cure."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.live_jupyter import OpenNotebook

IMPORT = "from lessons_lib.widgets import transposed_grid_lab, transposed_lab\n"


def test_stamps_are_put_down_by_key_and_both_readings_end_in_the_same_numbers(
    open_notebook: OpenNotebook,
) -> None:
    live = open_notebook(IMPORT + 'transposed_grid_lab(stride=2, reading="paint")')
    live.run_all()
    lab = live.cell(0).locator(".lesson-lab")
    scrub, count = lab.locator(".lesson-step-scrub"), lab.locator(".lesson-step-count")
    written = lab.locator(".lesson-written")
    expect(count).to_have_text("all 4 shown")
    scrub.press("Home")
    for _ in range(3):
        scrub.press("ArrowRight")
    expect(count).to_have_text("step 3 of 4")
    expect(written).to_have_text(
        "input (1, 0):  2·0 = 0 at (2, 0), 2·1 = 2 at (2, 1), 2·2 = 4 at (3, 0), 2·3 = 6 at (3, 1)"
    )
    scrub.press("End")
    output = lab.locator(".lesson-pane-output")
    output.locator(".lesson-pane-box").focus()
    for key in ("Home", "PageUp", "ArrowUp", "ArrowUp", "ArrowUp"):
        live.page.keyboard.press(key)
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"):
        live.page.keyboard.press(key)
    expect(written).to_have_text("output (3, 3):  3·3 = 9")
    lab.locator(".lesson-header select").nth(1).select_option(label="stuff zeros, then slide")
    expect(count).to_have_text(re.compile(r"of 16$|^all 16 shown$"))
    expect(written).to_have_text(re.compile(r"^output \(3, 3\):  3·3 \+ 0·2 .* = 9$"))
    assert live.errors == []
    assert live.cell_errors() == []


def test_a_refused_padding_mode_says_torchs_words_and_offers_the_cure(
    open_notebook: OpenNotebook,
) -> None:
    live = open_notebook(IMPORT + "transposed_lab()")
    live.run_all()
    lab = live.cell(0).locator(".lesson-lab")
    expect(lab.locator(".lesson-sentence")).to_contain_text("1025 × 1025")
    lab.locator(".lesson-more-button").click()
    lab.get_by_text("padding_mode reflect", exact=True).click()
    expect(lab.locator(".lesson-error-message")).to_contain_text("zeros")
    lab.locator(".lesson-nearest").click()
    expect(lab.locator(".lesson-error-message")).to_have_count(0)
    expect(lab.locator(".lesson-sentence")).to_contain_text("514 × 514")
    assert live.errors == []

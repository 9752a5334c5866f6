"""What only the page can show of pooling: the winner in its window, and what is written of it."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.live_jupyter import OpenNotebook


def paths(lab: Locator, pane: str, name: str) -> int:
    """How many boxes of this kind are drawn in a pane."""
    path = lab.locator(f".lesson-pane-{pane} .lesson-{name}-light")
    return (path.get_attribute("d") or "").count("M")


def test_the_winner_is_framed_where_it_stands_and_where_it_is_put_back(
    open_notebook: OpenNotebook,
) -> None:
    live = open_notebook("from lessons_lib.widgets import *\npooling_grid_lab(padding=1)")
    live.run_all()
    lab = live.cell(0).locator(".lesson-lab")
    lab.locator(".lesson-step-first").click()
    lab.locator(".lesson-step-next").click()
    expect(lab.locator(".lesson-written")).to_have_text(
        "output (0, 0):  max((−∞), (−∞), (−∞), 4) = 4"
    )
    assert (paths(lab, "input", "window"), paths(lab, "input", "chosen")) == (1, 1)
    assert paths(lab, "unpooled", "chosen") == 1
    told = lab.locator(".lesson-pointer")
    expect(told).to_contain_text("has its place in places row 0, column 0")
    expect(told).to_contain_text("stands again in put back row 0, column 0")
    lab.locator(".lesson-control-kind select").select_option(label="average")
    expect(lab.locator(".lesson-written")).to_have_text("output (0, 0):  (0 + 0 + 0 + 4) / 4 = 1")
    assert paths(lab, "input", "chosen") == 0
    assert live.errors == []


def test_too_much_padding_is_explained_and_cured_by_a_click(open_notebook: OpenNotebook) -> None:
    live = open_notebook("from lessons_lib.widgets import *\npooling_lab(kernel_size=3, padding=1)")
    live.run_all()
    lab = live.cell(0).locator(".lesson-lab")
    lab.locator(".lesson-control-padding .noUi-handle").press("ArrowRight")
    error = lab.locator(".lesson-error")
    expect(error).to_contain_text("pad should be at most half of effective kernel size")
    expect(error).to_contain_text("which has no largest number and no mean")
    lab.locator(".lesson-nearest").click()
    expect(error).to_be_empty()
    expect(lab.locator(".lesson-code")).to_have_text("nn.MaxPool2d(kernel_size=3, padding=1)")
    expect(lab.locator(".lesson-sentence")).to_contain_text(re.compile("largest number is kept"))
    assert live.errors == []

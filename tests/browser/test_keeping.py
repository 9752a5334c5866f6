"""Outputs kept beside the next ones, and the card of the microscope, in the real JupyterLab."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.live_jupyter import LiveNotebook, OpenNotebook

KERNEL = "from lessons_lib.widgets import kernel_lab\nlab = kernel_lab()\nlab"
STRIDE = "from lessons_lib.widgets import stride_lab\nlab = stride_lab(stride={})\nlab"

# Whether the card covers the outline of a pane, each as the page shows it
COVERED = """(lab) => {
  const card = lab.querySelector(".lesson-microscope").getBoundingClientRect();
  return [...lab.querySelectorAll(".lesson-pane-input, .lesson-pane-output")].map((pane) => {
    const box = pane.querySelector(".lesson-window-dark").getBoundingClientRect();
    return box.width > 0 && box.left < card.right && box.right > card.left &&
      box.top < card.bottom && box.bottom > card.top;
  });
}"""


def opened(open_notebook: OpenNotebook, *cells: str) -> tuple[LiveNotebook, Locator]:
    live = open_notebook(*cells)
    live.run_cell(0)
    lab = live.cell(0).locator(".lesson-lab")
    expect(lab.locator(".lesson-sentence")).not_to_be_empty()
    return live, lab


def test_kept_outputs_are_named_by_their_kernels_and_a_reset_removes_them(
    open_notebook: OpenNotebook,
) -> None:
    live, lab = opened(open_notebook, KERNEL)
    keep, kept = lab.locator(".lesson-keep"), lab.locator(".lesson-kept")
    keep.click()
    expect(kept).to_have_count(1)
    lab.locator(".lesson-presets button", has_text="Sobel y").click()
    expect(kept.locator(".lesson-role")).to_have_text("kept: Sobel x")
    keep.click()
    names = kept.locator(".lesson-role")
    expect(names).to_have_text(["kept: Sobel x", "kept: Sobel y"])
    lab.locator(".lesson-presets button", has_text="emboss").click()
    expect(names).to_have_text(["kept: Sobel x", "kept: Sobel y"])
    for index in range(2):
        pane = kept.nth(index)
        picture = pane.locator(".lesson-pane-picture").bounding_box()
        ends = pane.locator(".lesson-pane-range").bounding_box()
        assert picture is not None
        assert ends is not None
        assert picture["y"] + picture["height"] <= ends["y"] + 1, "it covers its own scale"
    lab.locator(".lesson-pane-output .lesson-pane-box").press("ArrowRight")
    expect(lab.locator(".lesson-microscope")).to_contain_text("pinned")
    lab.locator(".lesson-reset").click()
    expect(kept).to_have_count(0)
    expect(lab.locator(".lesson-microscope")).to_be_hidden()
    assert live.errors == []


def test_the_card_covers_neither_the_pixel_nor_the_window_that_it_explains(
    open_notebook: OpenNotebook,
) -> None:
    live, lab = opened(open_notebook, STRIDE.format(2))
    card = lab.locator(".lesson-microscope")
    canvas = lab.locator(".lesson-pane-output .lesson-pane-picture")
    canvas.scroll_into_view_if_needed()
    for x, y in ((0.1, 0.1), (0.5, 0.5), (0.9, 0.35), (0.3, 0.95)):
        box = canvas.bounding_box()
        assert box is not None
        live.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        expect(card).to_be_visible()
        live.wait_idle()
        assert lab.evaluate(COVERED) == [False, False], (x, y)
    assert live.errors == []


def test_a_weight_at_a_large_stride_is_summed_up_and_the_lab_does_not_jump(
    open_notebook: OpenNotebook,
) -> None:
    live, lab = opened(open_notebook, STRIDE.format(20))
    said = lab.locator(".lesson-pointer")
    before = lab.bounding_box()
    weight = lab.locator(".lesson-pane-kernel .lesson-pane-box")
    weight.press("Home")
    expect(said).to_have_text(
        re.compile(r"touches input in 676 windows: every 20th row and column$")
    )
    markers = lab.locator(".lesson-pane-input .lesson-window-dark").get_attribute("d")
    assert markers is not None
    assert 0 < markers.count("M") <= 64
    after = lab.bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] == before["height"]
    assert live.errors == []

"""Few controls first: the others are unfolded and folded by mouse and by key, in any width."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.live_jupyter import LiveNotebook, OpenNotebook

LABS = (
    "from lessons_lib.widgets import sliding_window_lab, stride_lab",
    "stride_lab()",
    'sliding_window_lab(padding=1, controls=("grid", "kernel"))',
)
STRIDE, WINDOW = 1, 2


@pytest.fixture
def live(open_notebook: OpenNotebook) -> Iterator[LiveNotebook]:
    """Two labs with more behind them; at the end the page must have seen no error."""
    live = open_notebook(*LABS)
    live.run_all()
    for index in (STRIDE, WINDOW):
        expect(lab(live, index).locator(".lesson-sentence")).not_to_be_empty()
    yield live
    assert live.errors == []
    assert live.cell_errors() == []


def lab(live: LiveNotebook, index: int) -> Locator:
    return live.cell(index).locator(".lesson-lab")


def control(root: Locator, name: str) -> Locator:
    return root.locator(f".lesson-control-{name}")


def button(root: Locator) -> Locator:
    return root.get_by_role("button", name="more")


def test_a_click_unfolds_what_waits_and_a_click_folds_it(live: LiveNotebook) -> None:
    root = lab(live, STRIDE)
    expect(control(root, "stride")).to_be_visible()
    expect(control(root, "show_unread")).to_be_hidden()
    expect(button(root)).to_have_attribute("aria-expanded", "false")
    place = button(root).bounding_box()
    button(root).click()
    expect(button(root)).to_have_attribute("aria-expanded", "true")
    expect(control(root, "show_unread")).to_be_visible()
    expect(control(root, "stride_width")).to_be_hidden()
    assert button(root).bounding_box() == place, "the button left the pointer"
    place = control(root, "per_axis").bounding_box()
    control(root, "per_axis").get_by_text("own stride across").click()
    expect(control(root, "stride_width")).to_be_visible()
    assert control(root, "per_axis").bounding_box() == place, "the box left the pointer"
    expect(root.locator(".lesson-pane-output .lesson-pane-shape")).to_have_text("1 × 255 × 128")
    button(root).click()
    expect(control(root, "stride_width")).to_be_hidden()
    expect(button(root)).to_contain_text("own stride across")
    root.locator(".lesson-reset").click()
    expect(button(root)).to_have_text("▸more")


def test_the_keyboard_unfolds_and_goes_on_to_the_controls(live: LiveNotebook) -> None:
    root, page = lab(live, STRIDE), live.page
    button(root).focus()
    page.keyboard.press("Space")
    expect(button(root)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(control(root, "per_axis").locator("input")).to_be_checked()
    expect(control(root, "stride_width")).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(button(root)).to_be_focused()
    page.keyboard.press("Enter")
    expect(button(root)).to_have_attribute("aria-expanded", "false")
    expect(button(root)).to_be_focused()
    page.keyboard.press("Tab")
    assert not root.locator(".lesson-folded :focus").count(), "a folded control has the focus"


def test_a_folded_setting_is_told_and_stays_unfolded_while_it_is_dragged(
    live: LiveNotebook,
) -> None:
    root = lab(live, WINDOW)
    expect(button(root)).to_contain_text("padding down 1")
    button(root).click()
    handle = control(root, "padding").locator(".noUi-handle")
    heights = set()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "Home"):
        handle.press(key)
        live.page.wait_for_timeout(150)
        box = root.locator(".lesson-controls").bounding_box()
        assert box
        heights.add(box["height"])
    assert len(heights) == 1
    expect(handle).to_be_focused()
    expect(control(root, "padding")).to_be_visible()
    button(root).click()
    expect(button(root)).to_have_text("▸more")


def test_in_the_large_view_nothing_folded_is_seen(live: LiveNotebook) -> None:
    live.set_viewport(1280, 720)  # a projector: the controls stand beside the pictures
    root = lab(live, STRIDE)
    root.locator(".lesson-large-button").click()
    expect(root).to_have_class(re.compile("lesson-controls-aside"))
    folded = root.locator(".lesson-folded > *")
    assert folded.count() > 1
    assert not any(each.is_visible() for each in folded.all())
    button(root).click()
    expect(control(root, "show_unread")).to_be_visible()


@pytest.mark.parametrize("width", [420, 760])
def test_in_a_narrow_window_nothing_stands_outside_the_lab(live: LiveNotebook, width: int) -> None:
    for index in (STRIDE, WINDOW):
        root = lab(live, index)
        root.evaluate("(lab, width) => { lab.style.width = `${width}px`; }", width)
        for unfolded in ("false", "true"):
            expect(button(root)).to_have_attribute("aria-expanded", unfolded)
            whole = root.bounding_box()
            assert whole
            for part in root.locator(".lesson-controls .lesson-control, .lesson-more-button").all():
                if (box := part.bounding_box()) is not None:
                    assert box["x"] >= whole["x"]
                    assert box["x"] + box["width"] <= whole["x"] + whole["width"]
            button(root).click()

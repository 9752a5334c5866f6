"""A finger on a lab: a swipe scrolls the page, also where it begins on a photo."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.live_jupyter import OpenNotebook

SCROLLED = "() => document.querySelector('.jp-WindowedPanel-outer').scrollTop"


def test_a_swipe_on_a_photo_scrolls_the_page(open_notebook: OpenNotebook) -> None:
    call = "from lessons_lib.widgets import stride_lab\nstride_lab()"
    live = open_notebook(call, *["1"] * 40, has_touch=True)
    live.only_notebook()
    live.run_cell(0)
    photo = live.cell(0).locator(".lesson-pane-input canvas")
    expect(photo).to_be_visible()
    live.page.wait_for_timeout(500)  # the panes get their room
    photo.scroll_into_view_if_needed()
    before = live.page.evaluate(SCROLLED)
    box = photo.bounding_box()
    assert box
    finger = {"x": box["x"] + 30, "y": box["y"] + box["height"] / 2}
    touch = live.page.context.new_cdp_session(live.page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [finger]})
    for step in range(1, 13):
        moved = {**finger, "y": finger["y"] - 15 * step}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [moved]})
        live.page.wait_for_timeout(16)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    live.page.wait_for_function(f"before => ({SCROLLED})() > before + 50", arg=before)
    assert live.errors == []

"""One lab as one file: drawn from disk, with the network off, played by the keyboard.

`LESSONS_SAVED=all` sweeps every control of every lab, `LESSONS_SAVED=stride,padding` of those.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, expect

from lessons_lib.images import Picture
from lessons_lib.labs.conv3d import LAB as CONV3D
from lessons_lib.labs.stride import LAB as STRIDE
from lessons_lib.widgets import stride_lab
from lessons_lib.widgets.saved.buffers import Buffers
from lessons_lib.widgets.saved.page import page_of
from lessons_lib.widgets.saved.saved_lab import SavedLab
from tests.browser.axe_faults import serious_faults
from tests.browser.saved_pages import SavedPage, Sweep, opened
from tests.labs.all_labs import all_labs
from tests.widgets.saved_file import things_in

LABS = {definition.name: definition for definition in all_labs()}
CHOSEN = os.environ.get("LESSONS_SAVED", "")
FOLDER = "Seiten für Übung 1"
ENLARGED = """([saved, ratio, least]) => {
    const { height, style } = document.querySelector(".lesson-pane-input .lesson-pane-picture");
    const times = (ratio * parseFloat(style.height)) / height;
    return height === saved && times > least - 0.01 && Math.abs(times - Math.round(times)) < 0.01;
}"""
PICTURE = "canvas => canvas.toDataURL()"
KERNEL = "document.querySelector('.lesson-pane-kernel canvas')"
MEGABYTES = 2  # of a lab that is swept whole: what does not fit says so


@pytest.mark.skipif(not CHOSEN, reason="sweeps whole labs: set LESSONS_SAVED=all, or their names")
@pytest.mark.parametrize("name", LABS if CHOSEN == "all" else CHOSEN.split(","))
def test_every_state_of_a_lab_is_drawn_from_the_bytes_that_python_computes(
    name: str, chromium: Browser, tmp_path: Path
) -> None:
    definition = LABS[name]
    start = definition.params()
    buffers = Buffers()
    saved = SavedLab(definition, start, buffers, limit=MEGABYTES * 2**20)
    data = saved.data()
    file = tmp_path / f"{name}.html"
    file.write_text(page_of(definition.title, [data], buffers), "utf-8")
    began = time.monotonic()
    with opened(chromium, file) as page:
        found = Sweep(page, definition, start, data).run()
        assert page.errors == []
    print(
        f"{name}: {found.states} moves in {time.monotonic() - began:.0f} s, {saved.states} states "
        f"saved of {saved.wanted}, {len(found.absent)} absent, {len(found.late)} late, "
        f"skipped {found.skipped}"
    )
    assert found.wrong == []
    if not saved.left_out:
        assert found.absent == []


def blocks() -> Picture:
    """Coloured blocks, 310 x 270: larger than the room for which pictures are saved."""
    blocks = torch.rand(1, 3, 31, 27, generator=torch.Generator().manual_seed(5))
    return Picture("blocks", blocks.repeat_interleave(10, 2).repeat_interleave(10, 3))


class Opened:
    """A page of the stride lab, with all that is known of it."""

    def __init__(self, saved: SavedPage, file: Path, start: Any, data: dict[str, Any]) -> None:
        self.saved = saved
        self.file = file
        self.start = start
        self.data = data


@pytest.fixture(scope="module")
def stride(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """The stride lab on a small picture, in a folder with spaces and an umlaut in its name."""
    folder = tmp_path_factory.mktemp("pages") / FOLDER
    folder.mkdir()
    file = folder / "stride.html"
    lab = stride_lab(picture=blocks(), stride=3)
    lab.save_page(file, ("stride", "display", "per_axis"))
    (data,) = things_in(file)
    with opened(chromium, file) as saved:
        yield Opened(saved, file, lab.params, data)


@pytest.fixture
def page(stride: Opened) -> Iterator[SavedPage]:
    """The same page, back at its start."""
    stride.saved.lab.locator(".lesson-reset").click()
    yield stride.saved
    assert stride.saved.errors == []


def test_each_control_leads_to_the_bytes_that_python_computes_in_the_next_frame(
    stride: Opened, page: SavedPage
) -> None:
    found = Sweep(page, STRIDE, stride.start, stride.data).run()
    assert found.states > 40
    assert (found.wrong, found.absent, found.late) == ([], [], [])


def test_a_lab_of_grids_does_so_as_well(chromium: Browser, tmp_path: Path) -> None:
    start = replace(CONV3D.params(), padding=1)
    buffers = Buffers()
    data = SavedLab(CONV3D, start, buffers).data()
    file = tmp_path / "conv3d.html"
    file.write_text(page_of("Film", [data], buffers), "utf-8")
    with opened(chromium, file) as saved:
        found = Sweep(saved, CONV3D, start, data).run()
        assert (found.wrong, found.absent, found.late) == ([], [], [])
        assert saved.errors == []


def test_a_slider_goes_by_keys_and_takes_a_number(page: SavedPage) -> None:
    slider = page.control("stride")
    readout = page.lab.locator(".lesson-control-stride .widget-readout")
    sentence = page.lab.locator(".lesson-sentence")
    for key, number in [("ArrowRight", 4), ("End", 32), ("ArrowLeft", 31), ("Home", 1)]:
        slider.press(key)
        expect(readout).to_have_value(str(number))
        expect(sentence).to_contain_text(f"Stride {number}:" if number > 1 else "tride 1")
    readout.fill("20.4")
    readout.press("Enter")
    expect(readout).to_have_value("20")
    expect(sentence).to_contain_text("Stride 20:")


def test_a_state_that_is_not_there_says_how_to_see_it_and_leads_back(page: SavedPage) -> None:
    page.control("display").select_option(index=1)
    page.control("stride").press("End")
    error = page.lab.locator(".lesson-error")
    expect(error).to_contain_text("stride_lab(picture='blocks', stride=32, display='fixed')")
    expect(page.lab.locator(".lesson-sentence")).to_contain_text("In JupyterLab")
    error.get_by_role("button", name="the nearest setting").click()
    expect(error).to_be_empty()
    expect(page.lab.locator(".lesson-control-stride .widget-readout")).to_have_value("3")


def test_what_waits_behind_more_is_told_and_unfolds(page: SavedPage) -> None:
    more = page.lab.locator(".lesson-more-button")
    across = page.control("per_axis")
    if more.get_attribute("aria-expanded") == "false":
        more.click()
    across.press(" ")
    more.click()
    expect(across).to_be_hidden()
    expect(more).to_contain_text("own stride across")


def test_reset_leaves_nothing_that_only_the_page_knows_of(page: SavedPage) -> None:
    page.control("stride").press("End")
    page.lab.locator(".lesson-keep").click()
    kept = page.lab.locator(".lesson-kept")
    expect(kept).to_have_count(1)
    page.lab.locator(".lesson-reset").click()
    expect(kept).to_have_count(0)


def test_the_large_view_fills_the_window_and_escape_leaves_it(page: SavedPage) -> None:
    page.lab.locator(".lesson-large-button").click()
    width = page.page.evaluate("innerWidth")
    page.page.wait_for_function(
        f"document.querySelector('.lesson-lab').getBoundingClientRect().width >= {width - 2}"
    )
    page.page.keyboard.press("Escape")
    expect(page.lab.locator(".lesson-large-button")).to_have_text("large view")


def show(page: SavedPage, theme: Any) -> None:
    """Let the reader's system ask for a theme."""
    page.page.emulate_media(color_scheme=theme)
    light = str(theme == "light").lower()
    expect(page.page.locator("html")).to_have_attribute("data-jp-theme-light", light)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_has_no_serious_fault_for_those_who_hear_or_hardly_see_it(
    page: SavedPage, theme: Any
) -> None:
    show(page, theme)
    assert serious_faults(page.page) == []


def test_what_is_written_beside_grids_follows_the_theme(page: SavedPage) -> None:
    kernel = page.lab.locator(".lesson-pane-kernel canvas")
    show(page, "light")
    light = kernel.evaluate(PICTURE)
    show(page, "dark")
    page.page.wait_for_function(f"before => ({PICTURE})({KERNEL}) !== before", arg=light)
    show(page, "light")
    page.page.wait_for_function(f"before => ({PICTURE})({KERNEL}) === before", arg=light)


@pytest.mark.parametrize(("width", "ratio", "least"), [(360, 1, 1), (390, 3, 3), (1920, 1, 2)])
def test_a_page_is_as_wide_as_its_window_and_pictures_grow_by_whole_numbers(
    width: int, ratio: int, least: int, page: SavedPage
) -> None:
    session = page.page.context.new_cdp_session(page.page)
    window = {"width": width, "height": 1200, "deviceScaleFactor": ratio, "mobile": False}
    session.send("Emulation.setDeviceMetricsOverride", window)
    try:
        page.page.wait_for_function(ENLARGED, arg=[260, ratio, least])
        page.page.wait_for_function(
            "width => document.documentElement.scrollWidth === width", arg=width
        )
    finally:
        session.send("Emulation.clearDeviceMetricsOverride")
        session.detach()


def test_a_page_lives_in_a_frame_that_may_keep_nothing(
    stride: Opened, page: SavedPage, chromium: Browser
) -> None:
    slides = stride.file.with_name("slides.html")
    frame = '<iframe sandbox="allow-scripts" width="900" height="800" src="stride.html"></iframe>'
    slides.write_text(f"<!doctype html><title>slides</title>{frame}", "utf-8")
    context = chromium.new_context(offline=True)
    errors: list[str] = []
    try:
        outer = context.new_page()
        outer.on("pageerror", lambda error: errors.append(str(error)))
        outer.goto(slides.as_uri())
        inner = outer.frame_locator("iframe")
        inner.locator(".lesson-control-stride input[type=range]").press("End")
        expect(inner.locator(".lesson-sentence")).to_contain_text("Stride 32:")
        inner.locator(".lesson-copy").click()
        expect(inner.locator(".lesson-copy")).to_have_text("select it")
        assert errors == []
    finally:
        context.close()

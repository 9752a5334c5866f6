"""The site from disk, without a network: two short lessons and their front page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from lessons_lib.site.writing import write_site
from tests.browser.axe_faults import serious_faults
from tests.site.small_site import write_lessons

WIDTHS = (360, 820, 1280, 1920)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, ready_kernels: None) -> Path:
    """In a folder whose name a web server would write otherwise."""
    folder = tmp_path_factory.mktemp("a site äß")
    notebooks = write_lessons(folder / "notebooks")
    write_site(notebooks, folder / "site", page_bytes=200_000, say=lambda line: None)
    return folder / "site"


@pytest.fixture
def page(chromium: Browser, site: Path) -> Iterator[Page]:
    """The second lesson."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text))
    page.on("requestfailed", lambda request: errors.append(request.url))
    page.goto((site / "01_on.html").as_uri())
    expect(page.locator(".lesson-sentence")).not_to_be_empty()
    yield page
    context.close()
    assert errors == []


def test_a_word_in_the_text_sets_the_lab_below_it(page: Page) -> None:
    readout = page.locator(".lesson-control-stride .widget-readout")
    expect(readout).to_have_value("3")
    page.get_by_role("link", name="stride 1").click()
    expect(readout).to_have_value("1")
    expect(page.locator(".lesson-link-said")).to_have_text("Set in the lab below: stride 1.")


def test_a_result_is_folded_until_the_reader_opens_it(page: Page) -> None:
    result = page.get_by_text("guess 42")
    expect(result).not_to_be_visible()
    page.locator(".lesson-folded summary").click()
    expect(result).to_be_visible()


def test_a_section_is_found_by_its_words_and_opened_by_the_keyboard(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("far")
    expect(page.locator(".site-found a")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/01_on\.html#Far-away$"))
    page.keyboard.press("Escape")
    expect(page.locator(".site-found")).not_to_be_visible()


def test_who_finds_nothing_is_told(page: Page) -> None:
    page.locator(".site-search input").fill("zebra")
    expect(page.locator(".site-found")).to_have_text("No section has all these words.")


def test_a_lesson_leads_to_the_one_before_it_and_back(page: Page) -> None:
    page.get_by_role("link", name="← 00 Begin").click()
    expect(page.locator("h1")).to_contain_text("00 Begin")
    page.get_by_role("link", name="01 Go on →").click()
    expect(page.locator(".site-lessons [aria-current]")).to_have_text("01 Go on")


def test_the_chosen_theme_stays(page: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    page.get_by_role("button", name="show the page dark").click()
    dark = page.evaluate(ground)
    assert dark != "rgb(255, 255, 255)"
    page.reload()
    assert page.evaluate(ground) == dark


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_width_makes_the_page_scroll_sideways_and_nobody_is_shut_out(
    page: Page, theme: str
) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 720})
        page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)
        if width in (360, 1280):
            assert serious_faults(page) == [], width


def test_without_scripts_all_can_be_read(chromium: Browser, site: Path) -> None:
    context = chromium.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((site / "01_on.html").as_uri())
    expect(page.locator("math").first).to_be_visible()
    expect(page.locator(".lesson-thing img")).to_be_visible()
    expect(page.locator(".site-search")).not_to_be_visible()
    page.locator(".lesson-folded summary").click()
    expect(page.get_by_text("guess 42")).to_be_visible()
    context.close()


def test_the_front_page_begins_with_a_lab(page: Page, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    expect(page.locator(".lesson-sentence")).not_to_be_empty()
    expect(page.locator(".lesson-lab")).to_have_count(1)

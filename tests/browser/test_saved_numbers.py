"""The numbers behind a pixel on a page without a kernel, opened as a file in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lessons_lib.kit.microscope import Microscope, Probe
from lessons_lib.kit.result import LabDefinition
from lessons_lib.widgets.saved.buffers import Buffers
from lessons_lib.widgets.saved.page import page_of
from lessons_lib.widgets.saved.saved_lab import SavedLab
from tests.labs.all_labs import lab_named, start, written


@dataclass(frozen=True)
class Unknown:
    """A microscope of a kind that no page knows."""

    known: Microscope

    @property
    def output(self) -> str:
        return self.known.output

    def look(self, row: int, column: int) -> Probe:
        return self.known.look(row, column)


def with_an_unknown_microscope(lab: LabDefinition) -> LabDefinition:
    def compute(params: Any) -> Any:
        result = lab.compute(params)
        return replace(result, microscopes=tuple(Unknown(each) for each in result.microscopes))

    return replace(lab, compute=compute)


@dataclass(frozen=True)
class SavedPage:
    """A page with the labs stride, pooling, segmentation, and one of an unknown microscope."""

    page: Page
    params: list[Any]
    errors: list[str]

    def lab(self, number: int) -> Locator:
        return self.page.locator(".lesson-lab").nth(number)

    def card(self, number: int) -> Locator:
        return self.lab(number).locator(".lesson-microscope")

    def point(self, number: int, pane: str) -> None:
        """Move the mouse to a pixel right of the middle and above it."""
        box = self.canvas(number, pane).bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.3 * box["height"])

    def canvas(self, number: int, pane: str) -> Locator:
        canvas = self.lab(number).locator(f".lesson-pane-{pane} canvas").first
        canvas.scroll_into_view_if_needed()
        return canvas

    def place(self, number: int) -> tuple[int, int]:
        """The pixel that the card names."""
        title = self.card(number).locator(".lesson-microscope-title").inner_text()
        found = re.fullmatch(r".+ \((\d+), (\d+)\)", title)
        assert found is not None, title
        return int(found[1]), int(found[2])


LABS = (("stride", "output"), ("pooling", "output"), ("segmentation", "prediction"))


@pytest.fixture(scope="module")
def saved(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedPage]:
    buffers = Buffers()
    definitions = [lab_named(name) for name, _ in LABS]
    definitions.append(with_an_unknown_microscope(lab_named("stride")))
    params = [start(lab) for lab in definitions]
    labs = [
        SavedLab(lab, at, buffers, vary=["stride"] if lab.name == "stride" else [])
        for lab, at in zip(definitions, params, strict=True)
    ]
    file = tmp_path_factory.mktemp("numbers under the pointer") / "page.html"
    file.write_text(page_of("numbers", [lab.data() for lab in labs], buffers), "utf-8")
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(file.as_uri())
    for number in range(len(labs)):
        shown = page.locator(".lesson-lab").nth(number).locator(".lesson-sentence")
        expect(shown).not_to_be_empty()
    yield SavedPage(page, params, errors)
    page.close()


def looked(lab: str, params: Any, pane: str, place: tuple[int, int]) -> Probe:
    """What Python says of a pixel."""
    microscope = lab_named(lab).compute(params).microscope(pane)
    assert microscope is not None
    return microscope.look(*place)


@pytest.mark.parametrize("number", range(len(LABS)), ids=[name for name, _ in LABS])
def test_the_card_of_a_pixel_says_what_python_says(saved: SavedPage, number: int) -> None:
    name, pane = LABS[number]
    saved.point(number, pane)
    card = saved.card(number)
    expect(card).to_have_class(re.compile("lesson-shown"))
    expect(card).not_to_have_class(re.compile("lesson-waiting"))
    probe = looked(name, saved.params[number], pane, saved.place(number))
    assert card.locator(".lesson-microscope-sum").text_content() == written(probe.line)
    titles = card.locator(".lesson-microscope-row .lesson-role").all_text_contents()
    assert titles == [part.title for part in probe.parts]
    assert saved.errors == []


def test_a_click_pins_the_card_and_an_arrow_key_moves_it(saved: SavedPage) -> None:
    saved.point(0, "output")
    saved.page.mouse.down()
    saved.page.mouse.up()
    expect(saved.card(0)).to_have_class(re.compile("lesson-pinned"))
    row, column = saved.place(0)
    saved.page.keyboard.press("ArrowRight")
    expect(saved.card(0).locator("strong")).to_have_text(f"output ({row}, {column + 1})")
    line = written(looked("stride", saved.params[0], "output", (row, column + 1)).line)
    expect(saved.card(0).locator(".lesson-microscope-sum")).to_have_text(line)
    saved.page.keyboard.press("Escape")
    expect(saved.card(0)).not_to_have_class(re.compile("lesson-shown"))
    assert saved.errors == []


def test_the_pinned_card_follows_a_slider(saved: SavedPage) -> None:
    saved.point(0, "output")
    saved.page.mouse.down()
    saved.page.mouse.up()
    place = saved.place(0)
    saved.lab(0).locator(".lesson-saved-range").press("ArrowRight")
    stepped = replace(saved.params[0], stride=saved.params[0].stride + 1)
    line = written(looked("stride", stepped, "output", place).line)
    expect(saved.card(0).locator(".lesson-microscope-sum")).to_have_text(line)
    saved.lab(0).locator(".lesson-saved-range").press("ArrowLeft")
    saved.card(0).locator(".lesson-microscope-close").click()
    assert saved.errors == []


def test_a_microscope_that_the_page_does_not_know_says_that_it_needs_a_kernel(
    saved: SavedPage,
) -> None:
    saved.point(len(LABS), "output")
    line = saved.card(len(LABS)).locator(".lesson-microscope-sum")
    expect(line).to_have_text(re.compile("need a kernel"))
    assert saved.errors == []

"""What every reader gets from a lab: names, colours in both themes, a page to swipe."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

import lessons_lib.widgets
from tests.browser.axe_faults import serious_faults
from tests.browser.live_jupyter import LiveNotebook, OpenNotebook

LABS = [name for name in lessons_lib.widgets.__all__ if name.endswith(("_lab", "_game"))]
ROLES = ("input", "kernel", "output", "stride", "padding", "dilation")
COLOUR = "e => getComputedStyle(e).color"
GROUND = "e => getComputedStyle(e).backgroundColor"


def opened(open_notebook: OpenNotebook, *calls: str, **context: Any) -> LiveNotebook:
    live = open_notebook("from lessons_lib.widgets import *", *calls, **context)
    live.run_all()
    for index in range(1, len(calls) + 1):
        expect(live.cell(index).locator(".lesson-sentence")).not_to_be_empty()
    return live


def test_no_lab_has_a_serious_fault_for_those_who_hear_or_hardly_see_it(
    open_notebook: OpenNotebook,
) -> None:
    live = opened(open_notebook, *(f"{name}()" for name in LABS))
    for more in live.page.locator(".lesson-more-button").all():
        more.click()
    for theme in ("light", "dark"):
        live.set_theme(theme)
        assert serious_faults(live.page, ".lesson-lab") == [], theme


@pytest.fixture
def live(open_notebook: OpenNotebook) -> Iterator[LiveNotebook]:
    """A lab with controls of all six roles, all of them in sight."""
    live = opened(open_notebook, "transposed_grid_lab()")
    live.cell(1).locator(".lesson-more-button").click()
    yield live
    live.set_theme("light")
    assert live.errors == []


def test_touching_a_control_lights_its_term_for_every_role(live: LiveNotebook) -> None:
    lab = live.cell(1).locator(".lesson-lab")
    for role in ROLES:
        control = lab.locator(f".lesson-role-of-{role}:visible").first
        terms = lab.locator(f".lesson-foot .lesson-role-{role}")
        lab.locator(".lesson-title").hover()
        expect(terms.first).to_have_css("box-shadow", "none")
        control.hover()
        for term in terms.all():
            expect(term).not_to_have_css("box-shadow", "none")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_label_handle_and_term_have_their_roles_colour(live: LiveNotebook, theme: str) -> None:
    live.set_theme(theme)
    lab = live.cell(1).locator(".lesson-lab")
    colours = set()
    for role in ROLES:
        term = lab.locator(f".lesson-foot .lesson-role-{role}").first.evaluate(COLOUR)
        control = lab.locator(f".lesson-role-of-{role}:not(.lesson-presets)")
        for label in control.locator(".widget-label").all():
            assert label.evaluate(COLOUR) == term, role
        for handle in control.locator(".noUi-handle").all():
            assert handle.evaluate(GROUND) == term, role
        colours.add(term)
    assert len(colours) == len(ROLES)


def test_lists_and_sliders_are_named_by_their_labels(open_notebook: OpenNotebook) -> None:
    live = opened(open_notebook, "stride_lab()")
    for role, name in (("combobox", "picture"), ("slider", "stride"), ("group", "try")):
        expect(live.cell(1).get_by_role(role, name=name, exact=True)).to_have_count(1)  # type: ignore[arg-type]

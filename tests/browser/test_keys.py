"""Keys pressed in a lab: the notebook around it stays as it is, whatever has the focus."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import ElementHandle, Locator, expect

import lessons_lib.widgets
from tests.browser.live_jupyter import LiveNotebook, OpenNotebook

LABS = [name for name in lessons_lib.widgets.__all__ if name.endswith(("_lab", "_game"))]
# What inserts, converts, deletes and cuts cells in JupyterLab, and what goes from cell to cell.
KEYS = ("b", "m", "a", "d", "d", "x", "ArrowUp", "ArrowDown", "Shift+Enter", "Enter", "Escape")
AFTER_ESCAPE = ("b", "d", "d", "Enter")

NOTEBOOK = """path => {
  const { content } = live.panel(path);
  const cells = content.widgets.map(({ model }) =>
    [model.id, model.type, model.sharedModel.getSource(), model.executionCount ?? null]);
  return JSON.stringify([cells, content.mode, content.activeCellIndex]);
}"""
# Everything in a lab that can have the focus; of a grid of cells, or a row of buttons, both ends.
CONTROLS = """lab => {
  const all = [...lab.querySelectorAll(
    'a, button, input, select, textarea, summary, [tabindex], [contenteditable="true"]')];
  const seen = all.filter(each => each.checkVisibility({ visibilityProperty: true })
    && each.tabIndex >= 0 && !each.disabled && each.type !== 'file');
  const alike = (a, b) => a && b && a.className === b.className
    && a.parentElement === b.parentElement && /kernel-cell|toggle-button/.test(a.className);
  return seen.filter((each, i) => !(alike(seen[i - 1], each) && alike(each, seen[i + 1])));
}"""
KIND = """control => [control.tagName, control.type, control.getAttribute('role'),
  ...[...control.classList].filter(each => !each.startsWith('mod-'))].join(' ')"""
FOCUS = """(lab, control) => {
  const name = each => `${each.tagName} ${each.classList[0] ?? ''} ${each.textContent}`;
  const same = each => name(each) === name(control);
  (control.isConnected ? control : [...lab.querySelectorAll('*')].find(same)).focus();
  return name(control);
}"""


def opened(open_notebook: OpenNotebook, *calls: str) -> LiveNotebook:
    live = open_notebook("from lessons_lib.widgets import *", *calls)
    live.page.on("filechooser", lambda _: None)  # the upload's Enter opens no real dialog
    live.run_all()
    assert live.cell_errors() == []
    return live


def controls(lab: Locator) -> list[ElementHandle]:
    expect(lab.locator(".lesson-sentence")).not_to_be_empty()
    handles = lab.evaluate_handle(CONTROLS).get_properties().values()
    return [element for handle in handles if (element := handle.as_element())]


def focus(lab: Locator, control: ElementHandle) -> str:
    """Give a control the focus, or what was made anew in its place; its name."""
    return str(lab.evaluate(FOCUS, control))


def press(live: LiveNotebook, *keys: str) -> None:
    for key in keys:
        live.page.keyboard.press(key)


def cells(live: LiveNotebook) -> str:
    return str(live.page.evaluate(NOTEBOOK, live.path))


def test_no_key_on_any_control_of_any_lab_acts_on_the_notebook(open_notebook: OpenNotebook) -> None:
    """All keys on each kind of control, and on every control the first of them."""
    live = opened(open_notebook, *(f"{name}()" for name in LABS))
    count, kinds = 0, set()
    for index, lab_name in enumerate(LABS, 1):
        lab = live.cell(index).locator(".lesson-lab")
        found = controls(lab)
        focus(lab, found[0])
        before = cells(live)
        for control in found:
            kind, name = control.evaluate(KIND), focus(lab, control)
            if kind in kinds:
                press(live, KEYS[0])
            else:
                press(live, *KEYS, *AFTER_ESCAPE)
                assert cells(live) == before, f"{lab_name}: {name}"
            kinds.add(kind)
            count += 1
        assert cells(live) == before, lab_name
    assert count > 10 * len(LABS)
    assert 15 < len(kinds) < count / 4
    assert live.cell_errors() == []
    assert live.errors == []


def test_no_key_acts_on_the_notebook_from_behind_the_large_view(
    open_notebook: OpenNotebook,
) -> None:
    live = opened(open_notebook, "sliding_window_lab()")
    lab = live.cell(1).locator(".lesson-lab")
    before = cells(live)
    found = controls(lab)
    for control in found:
        lab.locator(".lesson-large-button").focus()
        if "lesson-large" not in (lab.get_attribute("class") or ""):
            press(live, "Enter")
        expect(lab).to_have_class(re.compile("lesson-large"))
        name = focus(lab, control)
        press(live, *(key for key in KEYS if key != "Escape"))
        assert cells(live) == before, name
    assert len(found) > 20


@pytest.fixture
def stride(open_notebook: OpenNotebook) -> Iterator[LiveNotebook]:
    live = opened(open_notebook, "stride_lab()", "1 + 1")
    expect(live.cell(1).locator(".lesson-sentence")).not_to_be_empty()
    yield live
    assert live.errors == []


def test_a_list_takes_its_letters_and_arrows(stride: LiveNotebook) -> None:
    pictures = stride.cell(1).locator(".lesson-control-picture select")
    expect(pictures).to_have_value("lena")
    pictures.press("a")
    expect(pictures).to_have_value("astronaut")
    pictures.press("ArrowDown")
    expect(pictures).to_have_value("chelsea")
    expect(pictures).to_be_focused()


def test_enter_on_a_pane_pins_the_card_and_edits_no_cell(stride: LiveNotebook) -> None:
    lab = stride.cell(1).locator(".lesson-lab")
    lab.locator(".lesson-pane-output .lesson-pane-box").focus()
    before = cells(stride)
    press(stride, "ArrowRight")
    expect(lab.locator(".lesson-microscope")).to_have_class(re.compile("lesson-pinned"))
    press(stride, "Enter")
    expect(lab.locator(".lesson-microscope")).not_to_have_class(re.compile("lesson-pinned"))
    assert cells(stride) == before


def test_escape_leaves_a_control_for_its_lab_and_the_next_one_closes_the_card(
    stride: LiveNotebook,
) -> None:
    lab = stride.cell(1).locator(".lesson-lab")
    card = lab.locator(".lesson-microscope")
    lab.locator(".lesson-pane-output .lesson-pane-box").click(position={"x": 40, "y": 40})
    expect(card).to_be_visible()
    lab.locator(".lesson-control-seed input").focus()
    press(stride, "Escape")
    expect(lab).to_be_focused()
    expect(card).to_be_visible()
    press(stride, "Escape")
    expect(card).to_be_hidden()


def test_chords_are_still_jupyters(stride: LiveNotebook) -> None:
    dirty = "path => live.panel(path).context.model.dirty"
    stride.cell(1).locator(".lesson-control-stride .noUi-handle").focus()
    assert stride.page.evaluate(dirty, stride.path)
    press(stride, "b", "Control+s")
    stride.page.wait_for_function(f"path => !({dirty})(path)", arg=stride.path)


def test_undo_in_the_kernel_editor_undoes_there_and_nowhere_else(
    open_notebook: OpenNotebook,
) -> None:
    live = opened(open_notebook, "kernel_lab()")
    cell = live.cell(1).locator(".lesson-kernel-cell").first
    start = cell.input_value()
    live.page.evaluate(
        "path => live.panel(path).content.widgets[1].model.sharedModel.setSource('typed by hand')",
        live.path,
    )
    before = cells(live)
    cell.click()
    press(live, "Shift+ArrowUp", "Shift+ArrowUp")
    expect(cell).not_to_have_value(start)
    press(live, "Control+z")
    expect(cell).to_have_value(re.compile(start.replace("−", "[-−]")))
    for control in (cell, live.cell(1).locator(".lesson-reset")):
        control.focus()
        press(live, "Control+z", "Control+z", "Control+a", "Control+Shift+ArrowUp")
    assert cells(live) == before

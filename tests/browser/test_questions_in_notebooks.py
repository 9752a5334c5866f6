"""Questions among other cells: labs they cover, results they open, kernels that go, saved pages."""

import os
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import Locator, expect

from lessons_lib.reader.folding import TAG
from lessons_lib.reader.front_end import KEEP_VIEWS
from tests.browser.axe_faults import serious_faults
from tests.browser.live_jupyter import LiveJupyter, LiveNotebook, OpenNotebook, notebook
from tests.browser.test_keys import AFTER_ESCAPE, CONTROLS, KEYS, cells, press

IMPORT = "from lessons_lib.widgets import question, stride_lab"
# One of each kind; a wrong guess brings the last button.
KINDS = ("stride_unread", "stride_size", "stride_overlap", "stride_order", "stride_window")
ALL = (*KINDS, "stride_place", "stride_kept")
SAVED = (
    "path => { for (const { model } of live.panel(path).content.widgets) model.trusted = true; }"
)


def folded(source: str) -> Any:
    return nbformat.v4.new_code_cell(source, metadata={"tags": [TAG]})


def commit(card: Locator, height: str, width: str) -> None:
    fields = card.locator(".lesson-question-field")
    fields.nth(0).fill(height)
    fields.nth(1).fill(width)
    fields.nth(1).press("Enter")


def right_size(card: Locator) -> tuple[str, str]:
    """The answer to `stride_size`, from its text."""
    numbers = card.evaluate(
        "card => card.querySelector('.lesson-question-text').textContent.match(/\\d+/g).map(Number)"
    )
    height, width, *k_and_s = numbers
    (kh, kw, sh, sw) = k_and_s
    return str((height - kh) // sh + 1), str((width - kw) // sw + 1)


def test_a_right_guess_opens_the_results_up_to_the_next_question(
    open_notebook: OpenNotebook,
) -> None:
    live = open_notebook(
        f"{IMPORT}\nfrom lessons_lib.reader.folding import fold_results\nfold_results()",
        "question('stride_size')",
        folded("print('first answer')"),
        folded("print('second answer')"),
        "question('stride_unread')",
        folded("print('third answer')"),
    )
    live.run_all()
    card = live.cell(1).locator(".lesson-question")
    first, second, third = (
        live.cell(at).get_by_text(f"{word} answer", exact=True)
        for at, word in ((2, "first"), (3, "second"), (5, "third"))
    )
    commit(card, "1", "1")
    expect(card.locator(".lesson-question-message")).not_to_be_empty()
    expect(first).to_be_hidden()
    commit(card, *right_size(card))
    expect(first).to_be_visible()
    expect(second).to_be_visible()
    expect(third).to_be_hidden()
    assert live.errors == []


def test_a_covered_lab_is_uncovered_by_the_right_guess(open_notebook: OpenNotebook) -> None:
    live = open_notebook(
        f"{IMPORT}\nlab = stride_lab(stride=7)\nquestion('stride_size', covers=lab)", "lab"
    )
    live.run_all()
    card, lab = live.cell(0).locator(".lesson-question"), live.cell(1).locator(".lesson-lab")
    sentence = lab.locator(".lesson-sentence")
    expect(sentence).to_have_text("Covered: answer the question first.")
    expect(lab.locator(".lesson-pane-output")).to_have_class(
        r"lesson-pane lesson-pane-output lesson-covered"
    )
    lab.locator(".lesson-control-stride .noUi-handle").press("ArrowRight")
    live.wait_idle()
    expect(sentence).to_have_text("Covered: answer the question first.")
    expect(lab.locator(".lesson-formula")).to_be_empty()
    assert "63" not in lab.inner_text()  # (512 - 3) // 8 + 1 = 64, and 73 at stride 7
    commit(card, *right_size(card))
    expect(sentence).to_contain_text("64")
    expect(lab.locator(".lesson-pane-output .lesson-pane-shape")).to_have_text("1 × 64 × 64")
    expect(lab.locator(".lesson-covered")).to_have_count(0)
    assert live.errors == []


def test_two_views_of_a_question_show_the_same(open_notebook: OpenNotebook) -> None:
    live = open_notebook(f"{IMPORT}\nquestion('stride_size')")
    live.run_all()
    cards = live.page.locator(".lesson-question")
    live.page.evaluate(
        "path => { window.live.panel(path).content.activeCellIndex = 0; }", live.path
    )
    live.command("notebook:create-output-view")
    expect(cards).to_have_count(2)
    commit(cards.last, "1", "1")
    message = cards.first.locator(".lesson-question-message")
    expect(message).not_to_be_empty()
    expect(cards.first.locator(".lesson-question-field").first).to_have_value("1")
    commit(cards.first, *right_size(cards.first))
    expect(cards.last.locator(".lesson-code")).to_contain_text("F.conv2d")
    assert live.errors == []


def test_run_again_the_cell_asks_anew_and_the_old_question_is_gone(
    open_notebook: OpenNotebook,
) -> None:
    live = open_notebook(f"{IMPORT}\nasked = question('stride_size')\nasked", "asked.said['state']")
    live.run_all()
    card = live.cell(0).locator(".lesson-question")
    before = card.locator(".lesson-question-text").inner_text()
    live.run_cell(0)
    expect(card).to_have_count(1)
    expect(card.locator(".lesson-question-text")).not_to_have_text(before)
    commit(card, *right_size(card))
    expect(card.locator(".lesson-code")).to_be_visible()
    live.run_cell(1)
    assert live.outputs(1)[0]["data"]["text/plain"] == "'right'"


def test_a_restarted_kernel_is_said_and_takes_no_guess(open_notebook: OpenNotebook) -> None:
    live = open_notebook(f"{IMPORT}\nquestion('stride_size')")
    live.run_all()
    card = live.cell(0).locator(".lesson-question")
    live.restart_kernel()
    said = card.locator(".lesson-question-kernel")
    expect(said).to_contain_text("Run All Cells to bring the question back")
    field = card.locator(".lesson-question-field").first
    assert field.evaluate("e => { e.focus(); return document.activeElement !== e; }")
    live.run_all()
    expect(card.locator(".lesson-question-kernel")).to_be_hidden()
    commit(card, *right_size(card))
    expect(card.locator(".lesson-code")).to_be_visible()


def test_a_saved_question_is_shown_without_its_answer(
    live_jupyter: LiveJupyter, open_notebook: OpenNotebook
) -> None:
    saved = notebook(f"{IMPORT}\nquestion('stride_size', seed=4)")
    NotebookClient(saved, store_widget_state=True).execute(env={**os.environ, KEEP_VIEWS: "1"})
    assert "torch.ones" not in nbformat.writes(saved)
    live = open_notebook(live_jupyter.write("saved-question.ipynb", saved))
    live.page.evaluate(SAVED, live.path)
    card = live.cell(0).locator(".lesson-question")
    expect(card.locator(".lesson-question-kernel")).to_contain_text("no kernel", timeout=20_000)
    expect(card.locator(".lesson-question-text")).to_contain_text("What is the size of the output?")


@pytest.fixture
def all_kinds(open_notebook: OpenNotebook) -> LiveNotebook:
    live = open_notebook(IMPORT, *(f"question({name!r}, seed=4)" for name in ALL))
    live.run_all()
    expect(live.page.locator(".lesson-question")).to_have_count(len(ALL))
    return live


def test_no_key_on_any_part_of_a_question_acts_on_the_notebook(all_kinds: LiveNotebook) -> None:
    for index, name in enumerate(ALL, 1):
        card = all_kinds.cell(index).locator(".lesson-question")
        handles = card.evaluate_handle(CONTROLS).get_properties().values()
        found = [element for handle in handles if (element := handle.as_element())]
        assert len(found) >= 4, name
        found[0].focus()
        before = cells(all_kinds)
        for control in found:
            if not control.evaluate("e => { e.focus(); return e.isConnected; }"):
                continue  # "another one" was pressed: what it draws comes from the kernel
            press(all_kinds, *(key for key in KEYS if key != "Enter"), *AFTER_ESCAPE)
            assert cells(all_kinds) == before, name
    assert all_kinds.errors == []


def test_no_question_has_a_serious_fault_for_those_who_hear_or_hardly_see_it(
    all_kinds: LiveNotebook,
) -> None:
    for card in all_kinds.page.locator(".lesson-question-commit").all():
        card.click()
    for theme in ("light", "dark"):
        all_kinds.set_theme(theme)
        assert serious_faults(all_kinds.page, ".lesson-question") == [], theme
    all_kinds.set_theme("light")


def test_a_large_question_fills_the_window_and_escape_leaves_it(all_kinds: LiveNotebook) -> None:
    card = all_kinds.cell(1).locator(".lesson-question")
    card.locator(".lesson-large-button").click()
    box = card.bounding_box()
    size = all_kinds.page.viewport_size
    assert box
    assert size
    assert (box["width"], box["height"]) == (size["width"], size["height"])
    all_kinds.page.keyboard.press("Escape")
    expect(card.locator(".lesson-large-button")).to_have_text("large view")


def test_touch_chooses_a_cell_and_moves_an_item(open_notebook: OpenNotebook) -> None:
    live = open_notebook(
        IMPORT,
        "question('stride_window', seed=4)",
        "question('stride_order', seed=4)",
        has_touch=True,
    )
    live.run_all()
    window, order = (live.cell(at).locator(".lesson-question") for at in (1, 2))
    window.locator(".lesson-question-cell").nth(10).tap()
    expect(window.locator(".lesson-question-at")).to_have_text("row 1, column 2")  # 8 columns
    words = order.locator(".lesson-question-words")
    second = words.nth(1).inner_text()
    order.locator(".lesson-question-item").nth(1).locator(".lesson-question-step").first.tap()
    expect(words.nth(0)).to_have_text(second)
    assert live.errors == []

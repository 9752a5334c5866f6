"""Words in the text that set the lab below them, by mouse and key, in each view of a notebook.

And links to a section of another lesson, which the same module of the page follows.
"""

import nbformat
from playwright.sync_api import Locator, expect

from tests.browser.live_jupyter import LiveJupyter, LiveNotebook, OpenNotebook, notebook

TEXT = """## Words

Take [stride 5](#set-stride=5), [stride 20](#set-stride=20&kernel=box_3x3),
[the unequal strides](#set-try=3+×+5+kernel,+stride+(3,+4)), or [dilation 256](#set-dilation=256).
[Far](far.ipynb#Why-3-×-3?).
"""
PLACE = """() => [location.href, document.querySelector('.jp-WindowedPanel-outer').scrollTop]"""
FOCUS = "() => document.activeElement.textContent"


def link(place: Locator, words: str) -> Locator:
    return place.get_by_role("link", name=words, exact=True)


def said(live: LiveNotebook, words: str) -> None:
    expect(live.page.locator(".lesson-link-said[role=status]")).to_contain_text(words)


def test_a_word_in_the_text_sets_the_next_lab_below_it_and_the_reader_stays_there(
    live_jupyter: LiveJupyter, open_notebook: OpenNotebook
) -> None:
    markdown = nbformat.v4.new_markdown_cell
    long = "a line\n\n" * 30
    far = [markdown(text) for text in (long, long, long, "## Why 3 × 3?", long, long)]
    live_jupyter.write("far.ipynb", notebook(*far))
    live = open_notebook(
        "from lessons_lib.widgets import dilation_lab, stride_lab\nstride_lab(stride=7)",
        markdown(TEXT),
        "stride_lab(stride=7)",
        markdown(f"#{TEXT}"),
        "dilation_lab()",
    )
    sentences = live.page.locator(".lesson-sentence")
    live.run_cell(0)
    expect(sentences).to_contain_text("Stride 7:")
    link(live.cell(1), "stride 20").click()
    said(live, "not there yet")
    live.run_cell(2)
    word = link(live.cell(1), "stride 5")
    word.hover()
    place = live.page.evaluate(PLACE)
    word.click()
    expect(sentences.nth(1)).to_contain_text("Stride 5:")
    assert live.page.evaluate(FOCUS) == "stride 5"
    word = link(live.cell(1), "the unequal strides")
    assert word.evaluate("word => getComputedStyle(word).textDecorationStyle") == "dotted"
    word.focus()
    live.page.keyboard.press("Enter")
    expect(sentences.nth(1)).to_contain_text("Stride 3 down and 4 across:")
    assert live.page.evaluate(FOCUS) == "the unequal strides"
    assert live.page.evaluate(PLACE) == place
    expect(live.cell(1).locator(".jp-RenderedMarkdown")).to_be_visible()  # Enter did not edit it
    expect(sentences.nth(0)).to_contain_text("Stride 7:")

    live.run_cell(4)
    link(live.cell(3), "dilation 256").click()
    expect(live.cell(4).locator(".lesson-error-message")).to_contain_text(
        "Kernel size can't be greater"
    )

    live.command("docmanager:clone")
    view = live.page.locator(".jp-NotebookPanel:visible").last
    expect(live.page.locator(".jp-NotebookPanel")).to_have_count(2)
    link(view, "stride 20").first.click()
    expect(view.locator(".lesson-sentence").nth(1)).to_contain_text("Stride 20 down")

    live.restart_kernel()
    link(view, "stride 5").first.click()
    said(live, "The kernel has stopped")
    link(view, "Far").first.click()
    heading = live.page.locator("h2", has_text="Why 3 × 3?")
    expect(heading).to_be_in_viewport(timeout=15_000)
    live.page.evaluate("() => window.jupyterapp.shell.currentWidget.dispose()")
    assert live.errors == []

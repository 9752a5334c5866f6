"""The reader's progress on the page: at once, and after the kernel has begun anew."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.live_jupyter import OpenNotebook
from tests.browser.test_questions_in_notebooks import commit, right_size

CELLS = (
    "from lessons_lib import practice\nfrom lessons_lib.widgets import question\n"
    "practice.reset_progress(really=True)",
    "question('stride_size')",
    "def output_size(input_size, kernel_size, stride):\n"
    "    return (input_size - kernel_size) // stride + 1",
    "practice.check('output_size', output_size)",
    "from lessons_lib.practice import progress\n\nprogress('02_stride')",
)


def test_what_was_answered_is_shown_at_once_and_still_there_with_a_new_kernel(
    open_notebook: OpenNotebook,
) -> None:
    live = open_notebook(*CELLS)
    live.run_all()
    line = live.cell(4).locator(".lesson-progress")
    expect(line).to_contain_text("0 of 7 questions right, 1 of 2 exercises passed")
    card = live.cell(1).locator(".lesson-question")
    commit(card, *right_size(card))
    done = "Lesson 02: 1 of 7 questions right (1 at the first try), 1 of 2 exercises passed."
    expect(line).to_contain_text(done)
    assert done in live.outputs(4)[0]["data"]["text/plain"]  # as it is saved
    live.restart_kernel()
    live.run_cell(4)
    expect(line).to_have_count(1)
    expect(line).to_contain_text(done)
    assert live.errors == []

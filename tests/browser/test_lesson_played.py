"""A learner's way through lesson 02: all cells are run, predictions made, a function written."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, expect

from lessons_lib.practice.questions.sizes import ORDER, Sizes
from tests.browser.live_jupyter import LiveNotebook, OpenNotebook
from tests.notebooks.lessons import read
from tests.practice.questions.drawn import pairs_in

WITHOUT_FLOOR = """def output_size(input_size, kernel_size, stride):
    return (input_size - kernel_size) / stride + 1"""
COVERED = ".lesson-lab:not(.lesson-question) .lesson-covered"
SET_SOURCE = """([path, index, source]) => {
  window.live.panel(path).content.widgets[index].model.sharedModel.setSource(source);
}"""


class Lesson:
    """Lesson 02 in the page, with its cells by their ids."""

    def __init__(self, live: LiveNotebook, path: Path) -> None:
        self.live = live
        self.places = {cell.id: at for at, cell in enumerate(read(path).cells)}

    def cell(self, name: str) -> Locator:
        return self.live.cell(self.places[name])

    def card(self, name: str) -> Locator:
        return self.cell(name).locator(".lesson-question")

    def run(self, name: str, source: str | None = None) -> None:
        """Run a cell again, with another text in it if one is given."""
        at = self.places[name]
        if source is not None:
            self.live.page.evaluate(SET_SOURCE, [self.live.path, at, source])
        self.live.run_cell(at)


def size_of(card: Locator) -> tuple[int, int]:
    """The answer to `stride_size`, from its text."""
    text = card.locator(".lesson-question-text").inner_text()
    picture, *settings = text.partition(" pixels")[0], *pairs_in(text)[-2:]
    height, width = (int(word) for word in picture.removeprefix("A picture of ").split(" × "))
    return Sizes((height, width), *settings).output


def commit(card: Locator, height: int, width: int) -> None:
    fields = card.locator(".lesson-question-field")
    fields.nth(0).fill(str(height))
    fields.nth(1).fill(str(width))
    fields.nth(1).press("Enter")


def test_a_learners_way_through_lesson_02(open_notebook: OpenNotebook, repository: Path) -> None:
    path = repository / "notebooks" / "02_stride.ipynb"
    live = open_notebook(path)
    lesson = Lesson(live, path)
    live.run_all()
    assert live.cell_errors() == [], "it stops nowhere"
    nothing_is_revealed(live)

    card, result = lesson.card("02-45-covered"), lesson.cell("02-46-719005")
    lab = lesson.cell("02-48-b06e9d").locator(".lesson-lab")
    height, width = size_of(card)
    commit(card, width, height)
    expect(card.locator(".lesson-question-message")).to_have_text(ORDER)
    expect(lab.locator(".lesson-covered")).to_have_count(1)
    commit(card, height, width)
    expect(card.locator(".lesson-question-message")).to_contain_text("Right.")
    expect(lab.locator(".lesson-pane-output .lesson-pane-shape")).to_have_text("1 × 170 × 127")
    expect(result.locator(".lesson-folded[open]")).to_have_count(1)
    expect(live.page.locator(".lesson-folded[open]")).to_have_count(1)

    checked = lesson.cell("02-write-output-size-check").locator(".lesson-check")
    lesson.run("02-write-output-size-yours", WITHOUT_FLOOR)
    lesson.run("02-write-output-size-check")
    expect(checked).to_contain_text("✗ output_size: not yet")
    expect(checked).to_contain_text("round down")
    lesson.run("02-write-output-size-yours", 'practice.hint("output_size")')
    hint = lesson.cell("02-write-output-size-yours").locator(".jp-OutputArea")
    expect(hint).to_contain_text("Hint 1 of 3")
    lesson.run("02-write-output-size-yours", WITHOUT_FLOOR.replace("/", "//"))
    lesson.run("02-write-output-size-check")
    expect(checked).to_contain_text("✓ output_size")
    assert live.errors == []


def nothing_is_revealed(live: LiveNotebook) -> None:
    """No fold is open, covered labs are covered, no answer and no solution is shown."""
    page = live.page
    assert page.locator(".lesson-folded").count() > 10
    expect(page.locator("details[open]")).to_have_count(0)
    expect(page.locator(COVERED)).to_have_count(2)
    answers = page.locator(".lesson-question .lesson-code").all_inner_texts()
    assert answers == [""] * 7
    checks = page.locator(".lesson-check").all_inner_texts()
    assert [" ".join(text.split())[:1] for text in checks] == ["…"] * 2

"""Questions, covered labs and trainings on a page from disk: no kernel, no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, expect

from lessons_lib.images import load_picture
from lessons_lib.kit.cover import SENTENCE, Cover
from lessons_lib.labs import learn_kernel, stride
from lessons_lib.practice.questions import QUESTIONS, Asked, key_of
from lessons_lib.practice.questions.kinds import Answer
from lessons_lib.widgets.saved.buffers import Buffers
from lessons_lib.widgets.saved.needs_kernel import GAME, words_data
from lessons_lib.widgets.saved.page import page_of
from lessons_lib.widgets.saved.saved_lab import SavedLab
from lessons_lib.widgets.saved.saved_question import SavedQuestion
from tests.browser.test_questions import choose, fill, point, put_in_order, type_fields

SEED = 2
COVERED, COVERING, TRAINED, WORDS = 0, 1, 2, 3
PLAYED: list[tuple[str, Callable[[Locator, Asked, Answer], None]]] = [
    ("stride_unread", type_fields),
    ("padding_size", type_fields),
    ("stride_overlap", choose),
    ("stride_order", put_in_order),
    ("stride_window", point),
    ("stride_place", point),
    ("stride_kept", fill),
]
LEARNED = learn_kernel.LearnKernelParams(
    data="edge", hidden="edge", loss="sum", rate=0.03, steps=10
)


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One page for all tests: a covered lab, the question that covers it, and the others."""
    buffers = Buffers()
    start = stride.StrideParams(picture=load_picture("coffee"), stride=7)
    things = [
        SavedLab(stride.LAB, start, buffers, vary=("show_unread",), cover=Cover()).data(),
        SavedQuestion("stride_size", buffers, seed=SEED).data(covers=COVERED),
        SavedLab(learn_kernel.LAB, LEARNED, buffers, vary=("learning",)).data(),
        words_data(GAME, "stride_game()"),
        *(SavedQuestion(name, buffers, seed=SEED).data() for name, _ in PLAYED),
    ]
    file = tmp_path_factory.mktemp("saved") / "things.html"
    file.write_text(page_of("things", things, buffers), "utf-8")
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text))
    page.context.set_offline(True)
    page.goto(file.as_uri())
    expect(thing(page, COVERED).locator(".lesson-sentence")).not_to_be_empty()
    yield page
    page.close()
    assert errors == []


def thing(page: Page, number: int) -> Locator:
    return page.locator(f'[data-lesson-thing="{number}"]')


def asked_first(name: str) -> Asked:
    return QUESTIONS[name](torch.Generator().manual_seed(SEED))


def asked_next(name: str) -> Asked:
    generator = torch.Generator().manual_seed(SEED)
    QUESTIONS[name](generator)
    return QUESTIONS[name](generator)


@pytest.mark.parametrize(("number", "name", "give"), [(n, *each) for n, each in enumerate(PLAYED)])
def test_a_question_without_a_kernel_is_played_with_the_keyboard_alone(
    page: Page, number: int, name: str, give: Callable[[Locator, Asked, Answer], None]
) -> None:
    asked = asked_first(name)
    card = thing(page, WORDS + 1 + number).locator(".lesson-question")
    message, answer = card.locator(".lesson-question-message"), card.locator(".lesson-code")
    give(card, asked, asked.slips[0].answer)
    page.keyboard.press("Enter")
    expect(message).to_contain_text(asked.slips[0].message[1:].replace("`", ""))
    expect(answer).to_be_hidden()

    key = key_of(asked)
    give(card, asked, key.answer)
    page.keyboard.press("Enter")
    expect(message).to_have_text(f"Right. {asked.kind.words(key.answer)}".replace("`", ""))
    expect(answer).to_have_text(asked.code)
    expect(card.locator(".lesson-question-result")).to_have_text(key.result)
    expect(card.locator(".lesson-question-another")).to_be_focused()
    page.keyboard.press("Enter")
    expect(message).to_have_text("")
    expect(card.locator(".lesson-question-text")).to_have_text(
        asked_next(name).text.replace("`", "")
    )


def test_a_photo_in_a_question_is_drawn(page: Page) -> None:
    number = [name for name, _ in PLAYED].index("stride_place")
    image = thing(page, WORDS + 1 + number).locator("img")
    page.wait_for_function("image => image.naturalWidth > 100", arg=image.element_handle())


def test_a_covered_lab_is_uncovered_when_its_question_is_answered(page: Page) -> None:
    lab, card = thing(page, COVERED), thing(page, COVERING).locator(".lesson-question")
    sentence, size = lab.locator(".lesson-sentence"), lab.locator(".lesson-pane-output")
    expect(sentence).to_have_text(SENTENCE)
    expect(size).not_to_contain_text("57")
    lab.locator(".lesson-more-button").click()
    lab.locator(".lesson-control-show_unread input").click()
    expect(lab.locator(".lesson-control-show_unread input")).to_be_checked()
    expect(sentence).to_have_text(SENTENCE)
    asked = asked_first("stride_size")
    type_fields(card, asked, (1.0, 1.0))
    page.keyboard.press("Enter")
    expect(card.locator(".lesson-question-feedback")).to_have_attribute("data-state", "wrong")
    expect(sentence).to_have_text(SENTENCE)
    card.locator(".lesson-question-show").click()
    expect(sentence).not_to_have_text(SENTENCE)
    expect(size).to_contain_text("57")  # (400 - 3) // 7 + 1
    expect(lab.locator(".lesson-control-show_unread input")).to_be_checked()


def test_a_training_is_replayed_and_says_that_another_needs_a_kernel(page: Page) -> None:
    lab = thing(page, TRAINED)
    slider, words = lab.locator(".lesson-saved-step"), lab.locator(".lesson-job-words")
    sentence = lab.locator(".lesson-sentence")
    expect(words).to_have_text("not begun")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(words).to_contain_text("step 1 of 10")
    expect(sentence).to_contain_text("After 1 step")
    page.keyboard.press("Home")
    expect(words).to_have_text("not begun")
    button = lab.locator(".lesson-job-button")
    button.click()
    expect(button).to_have_text("stop")
    expect(words).to_contain_text("step 10 of 10")
    expect(sentence).to_contain_text("After 10 steps")
    expect(button).to_have_text("replay")
    expect(lab.locator(".lesson-saved-anew")).to_have_text("learn: needs a kernel")


def test_a_game_is_a_line_of_words(page: Page) -> None:
    expect(thing(page, WORDS)).to_have_text(f"{GAME} stride_game()")

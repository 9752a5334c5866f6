"""Questions in the real JupyterLab, played with the keyboard alone."""

import base64
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from lessons_lib.practice.questions import QUESTIONS, Asked, key_of
from lessons_lib.practice.questions.kinds import Answer, Grid, Order
from tests.browser.live_jupyter import LiveNotebook, OpenNotebook
from tests.practice.questions.drawn import pairs_in

SEED = 2
FIRST_FIELD = ".lesson-question-field >> nth=0"


def asked_with(name: str) -> Asked:
    """The question that the page asks as well."""
    return QUESTIONS[name](torch.Generator().manual_seed(SEED))


def typed(number: float) -> str:
    return f"{number:g}"


def type_fields(card: Locator, _asked: Asked, guess: Answer) -> None:
    """One field after the other, by Tab."""
    page = card.page
    card.locator(FIRST_FIELD).focus()
    for at, number in enumerate(guess):
        if at:
            page.keyboard.press("Tab")
        page.keyboard.press("Control+a")
        page.keyboard.type(typed(number))


def choose(card: Locator, asked: Asked, guess: Answer) -> None:
    """Space on the first one, then the arrows."""
    card.locator("input[type=radio] >> nth=0").focus()
    card.page.keyboard.press("Space")
    for _ in range(int(guess[0])):
        card.page.keyboard.press("ArrowDown")


def put_in_order(card: Locator, asked: Asked, guess: Answer) -> None:
    """Move each item up to its place, the first place first."""
    assert isinstance(asked.kind, Order)
    for to, place in enumerate(guess):
        shown = card.locator(".lesson-question-words").all_inner_texts()
        at = shown.index(asked.kind.items[int(place)])
        card.locator(".lesson-question-item").nth(at).focus()
        for _ in range(at - to):
            card.page.keyboard.press("ArrowUp")


def point(card: Locator, asked: Asked, guess: Answer) -> None:
    """From the place chosen before, from the cell at the top left, or the middle of the photo."""
    rows, columns = asked.shown[0].values.shape[-2:]
    is_photo = asked.shown[0].values.ndim == 3
    chosen = pairs_in(card.locator(".lesson-question-at").inner_text())
    begin = (rows // 2, columns // 2) if is_photo else (0, 0)
    card.locator(".lesson-question-clicked[tabindex='0'], [role=gridcell][tabindex='0']").focus()
    walk(card.page.keyboard.press, chosen[0] if chosen else begin, guess)


def walk(press: Callable[[str], None], start: tuple[int, int], end: Sequence[float]) -> None:
    """Ten steps at once with Shift, then single ones."""
    ways = (("ArrowUp", "ArrowDown"), ("ArrowLeft", "ArrowRight"))
    for here, there, (back, on) in zip(start, end, ways, strict=True):
        key, steps = (on, int(there) - here) if there >= here else (back, here - int(there))
        for _ in range(steps // 10):
            press(f"Shift+{key}")
        for _ in range(steps % 10):
            press(key)


def fill(card: Locator, asked: Asked, guess: Answer) -> None:
    """Row by row: the right arrow goes on within a row, Tab to the next one."""
    assert isinstance(asked.kind, Grid)
    page = card.page
    card.locator(FIRST_FIELD).focus()
    for at, number in enumerate(guess):
        page.keyboard.press("Control+a")
        page.keyboard.type(typed(number))
        page.keyboard.press("ArrowRight" if (at + 1) % asked.kind.columns else "Tab")


PLAYED: list[tuple[str, Callable[[Locator, Asked, Answer], None]]] = [
    ("stride_unread", type_fields),
    ("stride_size", type_fields),
    ("stride_overlap", choose),
    ("stride_order", put_in_order),
    ("stride_window", point),
    ("stride_place", point),
    ("stride_kept", fill),
]


def heard(page: Page) -> list[str]:
    """All that the kernel tells the page from now on."""
    told: list[str] = []

    def hear(event: dict[str, Any]) -> None:
        frame = event["response"]
        is_text = frame["opcode"] == 1
        told.append(frame["payloadData"] if is_text else decoded(frame["payloadData"]))

    wire = page.context.new_cdp_session(page)
    wire.on("Network.webSocketFrameReceived", hear)
    wire.send("Network.enable")
    return told


def decoded(payload: str) -> str:
    return base64.b64decode(payload).decode(errors="replace")


def opened(live: LiveNotebook) -> Locator:
    live.run_all()
    assert live.cell_errors() == []
    card = live.page.locator(".lesson-question")
    expect(card).to_be_visible()
    return card


@pytest.mark.parametrize(("name", "give"), PLAYED)
def test_a_question_is_played_with_the_keyboard_alone(
    open_notebook: OpenNotebook,
    name: str,
    give: Callable[[Locator, Asked, Answer], None],
) -> None:
    asked = asked_with(name)
    key, slip = key_of(asked), asked.slips[0]
    live = open_notebook(
        "from lessons_lib.widgets import question", f"question({name!r}, seed={SEED})"
    )
    frames = heard(live.page)
    card = opened(live)
    message, answer = card.locator(".lesson-question-message"), card.locator(".lesson-code")

    live.page.keyboard.press("Escape")
    give(card, asked, slip.answer)
    live.page.keyboard.press("Enter")
    expect(message).to_contain_text(slip.message[1:])
    expect(answer).to_be_hidden()
    everything = live.page.content() + "".join(frames)
    assert '"missing"' in everything  # it was listened to
    assert asked.code not in everything

    give(card, asked, key.answer)
    live.page.keyboard.press("Enter")
    expect(message).to_have_text(f"Right. {asked.kind.words(key.answer)}")
    expect(answer).to_have_text(asked.code)
    expect(card.locator(".lesson-question-another")).to_be_focused()
    live.page.keyboard.press("Enter")
    expect(message).to_have_text("")
    assert live.errors == []


def test_in_the_large_view_a_photo_leaves_room_for_the_buttons_and_the_answer(
    open_notebook: OpenNotebook,
) -> None:
    asked = asked_with("stride_place")
    code = f"question('stride_place', seed={SEED})"
    live = open_notebook(f"from lessons_lib.widgets import question; {code}")
    card = opened(live)
    live.set_viewport(1280, 720)
    card.locator(".lesson-large-button").click()
    point(card, asked, key_of(asked).answer)
    live.page.keyboard.press("Enter")
    expect(card.locator(".lesson-question-message")).to_contain_text("Right.")
    card.evaluate("(card) => card.scrollTo(0, 0)")
    for seen in (".lesson-question-photo", ".lesson-question-message", ".lesson-question-another"):
        expect(card.locator(seen)).to_be_in_viewport(ratio=1)

"""A game is played with the keyboard: colder, warmer, found; and a chip makes it harder."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.live_jupyter import OpenNotebook

PLAYED = """from lessons_lib.labs.stride_game import GAME
from lessons_lib.widgets import stride_game
game = stride_game(target=3)
game"""
ANSWER = "print(GAME.goal(game.params).settings['stride'], game.result.reached)"


def test_a_target_is_hit_by_steps_of_the_slider_and_the_next_one_is_not(
    open_notebook: OpenNotebook,
) -> None:
    live = open_notebook(PLAYED, ANSWER)
    live.run_cell(0)
    lab = live.page.locator(".lesson-lab-stride-game")
    sentence = lab.locator(".lesson-sentence")
    expect(sentence).to_have_text(
        re.compile(r"^Ice cold \(1 of 7\): yours is .+, the target .+\.$")
    )
    live.run_cell(1)
    answer = int(live.outputs(1)[0]["text"].split()[0])
    handle = lab.locator(".lesson-control-stride .noUi-handle")
    handle.focus()
    for _ in range(answer - 1):
        handle.press("ArrowRight")
    expect(sentence).to_have_text(re.compile("^Found: the error is 0"))
    live.run_cell(1)
    assert live.outputs(1)[0]["text"].split() == [str(answer), "True"]

    across = lab.locator(".lesson-control-stride_width")
    expect(across).to_be_hidden()
    lab.get_by_role("button", name="2: + stride across").click()
    expect(across).to_be_visible()
    expect(sentence).not_to_have_text(re.compile("^Found"))
    lab.locator(".lesson-control-hint select").select_option("what is wrong")
    expect(sentence).to_have_text(re.compile(r"Hint: .+ wrong\.$"))
    assert live.errors == []

"""No wrong picture, ever: whatever is drawn is what Python computes for the state named in it.

`LESSONS_MOVES=1000` plays so many moves of each lab, by hand.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.browser.live_jupyter import OpenNotebook
from tests.browser.played_labs import PlayedLabs

MOVES = int(os.environ.get("LESSONS_MOVES", "30"))
SEED = int(os.environ.get("LESSONS_SEED", "1"))
LABS = (
    "stride_lab()",
    "padding_lab()",
    "transposed_lab()",
    "pooling_lab()",
    "dilation_lab()",
    "transposed_grid_lab()",
)


def test_what_is_drawn_is_what_python_computes_for_it(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    played = PlayedLabs(open_notebook, tmp_path, *LABS)
    found = {}
    for lab, call in enumerate(LABS):
        played.watch(lab)
        played.play(MOVES, SEED + lab, lab)
        played.rest(lab)
        found[call] = played.problems(lab)
    assert {call: each for call, each in found.items() if each} == {}


def test_a_button_s_picture_stays_until_python_has_heard_of_it(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    slow = (
        "import time\nset_now = labs[0].set\n"
        "labs[0].set = lambda **settings: (time.sleep(0.3), set_now(**settings))"
    )
    played = PlayedLabs(open_notebook, tmp_path, "stride_lab()", cells=(slow,))
    played.live.run_cell(2)
    played.watch()
    buttons = played.labs[0].locator(".lesson-presets button")
    played.come_to(buttons.first)
    # each change of the window's size draws anew
    played.live.page.evaluate(
        "() => { window.anew = setInterval(() => window.dispatchEvent(new Event('resize')), 10); }"
    )
    for label in ("10", "3", "20"):
        buttons.get_by_text(label, exact=True).click()
    played.rest()
    played.live.page.evaluate("() => clearInterval(window.anew)")
    assert any(each["shelf"] for each in played.frames())
    assert played.problems() == []

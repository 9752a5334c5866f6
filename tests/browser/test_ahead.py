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

"""No wrong picture, ever: whatever is drawn is what Python computes for the state named in it.

`LESSONS_MOVES=1000` plays so many moves of each lab, by hand.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.computed_anew import differences
from tests.browser.live_jupyter import OpenNotebook
from tests.browser.played_labs import PlayedLabs, painted_differently

MOVES = int(os.environ.get("LESSONS_MOVES", "12"))
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
    assert [each["found"] for each in played.moves()] == [True, True, True]
    assert played.problems() == []


BUSY = """import torch
try:
    print("begun")
    while True:
        torch.randn(300, 300) @ torch.randn(300, 300)
except KeyboardInterrupt:
    print("interrupted")"""


def test_beside_a_cell_that_computes_two_views_show_what_python_computes(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    played = PlayedLabs(open_notebook, tmp_path, "stride_lab()", cells=(BUSY,))
    select = "path => { window.live.panel(path).content.activeCellIndex = 1; }"
    played.live.page.evaluate(select, played.live.path)
    played.live.command("notebook:create-output-view")
    expect(played.live.page.locator(".lesson-lab")).to_have_count(2)
    for view in (0, 1):
        played.watch(view=view)
    handle = played.control("stride").locator(".noUi-handle")
    played.come_to(handle)
    played.live.run_cell(2, wait=False)
    expect(played.live.cell(2).locator(".jp-OutputArea")).to_contain_text("begun")
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        handle.press(key)
    played.play(10, SEED)
    played.live.command("notebook:interrupt-kernel")
    played.live.wait_idle()
    for view in (0, 1):
        played.rest(view=view)
        assert any(each["shelf"] for each in played.frames(view=view))
        assert played.problems(view=view) == []
    assert played.live.outputs(2)[0]["text"] == "begun\ninterrupted\n"


OWN = """from lessons_lib.images import Picture
from lessons_lib.kit.keys import part_of
def own(value):
    image = torch.full((1, 3, 40, 60), value)
    image[..., :7, :11] = 1 - value
    return Picture("photo.png", image)
import torch
first, second = own(0.2), own(0.7)"""


def test_a_picture_is_never_taken_for_an_earlier_one_of_the_same_name(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    played = PlayedLabs(open_notebook, tmp_path, "stride_lab()", cells=(OWN,))
    played.live.run_cell(2)
    pictures = played.control("picture").locator("select")
    played.watch()
    played.set("picture=first")
    pictures.select_option(label="lena")
    played.come_to(pictures)  # the first one lies on the shelf now
    before = len(played.frames())
    played.set("picture=second")
    for label in ("lena", "photo.png", "lena"):
        pictures.select_option(label=label)
    played.rest()
    played.come_to(pictures)
    pictures.select_option(label="photo.png")
    played.rest()
    later = [each["key"].split("|")[1] for each in played.frames()[before:]]
    assert played.value("part_of(None, first)") not in later
    assert later[-1] == played.value("part_of(None, second)")
    assert played.problems() == []
    assert [each["found"] for each in played.moves()][-1] is True


def test_behind_a_refused_setting_stand_the_last_pictures_that_were_shown(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    call = "padding_lab(picture=own(0.3), padding=38, padding_mode='reflect')"
    played = PlayedLabs(open_notebook, tmp_path, call, before=OWN)
    played.watch()
    handle = played.control("padding").locator(".noUi-handle")
    played.come_to(handle)
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight", "ArrowLeft"):
        handle.press(key)
    played.rest()
    assert played.problems() == []
    refused = [each["refused"] for each in played.frames()]  # two moves may share a frame
    assert refused[0] is False
    assert len(refused) > 2
    assert all(refused[1:])
    assert any(each["refused"] and each["shelf"] for each in played.frames())


def test_after_the_kernel_was_restarted_nothing_wrong_is_drawn(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    played = PlayedLabs(open_notebook, tmp_path, "stride_lab()")
    played.watch()
    handle = played.control("stride").locator(".noUi-handle")
    played.come_to(handle)
    scenes = played.value(
        "{key: anew[0].scene(key, True) for key in labs[0]._ahead.shelf._entries}"
    )
    drag = "handle => { window.dragged = window.hand_and_frames.drag_on(handle, 200); }"
    handle.evaluate(drag)
    played.live.restart_kernel()
    played.live.page.wait_for_function("() => window.dragged.then(() => true)")
    state = played.labs[0].locator(".lesson-kernel-state")
    expect(state).to_contain_text("The kernel has stopped or was restarted.")
    frames = played.frames()
    assert len(frames) > 5
    assert [each["key"] for each in frames if differences(each, scenes[each["key"]])] == []
    assert painted_differently(frames) == []


def test_the_shelf_never_takes_more_than_its_limit(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    played = PlayedLabs(open_notebook, tmp_path, "padding_lab()")
    limit = 1_500_000  # bytes: a few of the states that are wanted
    played.value(f"setattr(labs[0]._ahead.shelf, '_limit', {limit})")
    played.watch()
    played.come_to(played.control("padding"))
    played.play(20, SEED)
    played.rest()
    taken = [each["bytes"] for each in played.story() if each["type"] == "shelf"]
    assert limit / 2 < max(taken) <= limit
    assert played.problems() == []


def test_a_lab_that_does_not_work_ahead_has_no_shelf(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    played = PlayedLabs(open_notebook, tmp_path, "stride_lab(ahead=False)")
    played.watch()
    played.control("stride").hover()
    played.play(8, SEED)
    played.rest()
    assert played.problems() == []
    assert {each["type"] for each in played.story()} == {"frame", "other"}
    assert not any(each["shelf"] for each in played.frames())
    expect(played.labs[0].locator(".lesson-stage")).to_have_attribute("data-shelf", "off")


def test_while_the_shelf_is_filled_the_first_press_is_answered_and_a_cell_can_be_interrupted(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    played = PlayedLabs(open_notebook, tmp_path, "dilation_lab()", cells=(BUSY,))
    stage = played.labs[0].locator(".lesson-stage")
    played.watch()
    handle = played.control("dilation").locator(".noUi-handle")
    handle.press("ArrowRight")
    expect(stage).to_have_attribute("data-shelf", "filling")
    played.live.run_cell(2, wait=False)
    expect(played.live.cell(2).locator(".jp-OutputArea")).to_contain_text("begun")
    played.live.command("notebook:interrupt-kernel")
    played.live.wait_idle()
    assert played.live.outputs(2)[0]["text"] == "begun\ninterrupted\n"
    handle.press("ArrowRight")
    played.full()
    handle.press("ArrowRight")
    played.rest()
    assert played.problems() == []
    frames = played.frames()
    assert not frames[0]["shelf"]
    assert [each["found"] for each in played.moves()][-1] is True


def test_the_microscope_tells_the_numbers_of_the_drawn_state_or_none(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    played = PlayedLabs(open_notebook, tmp_path, "stride_lab(stride=5)")
    handle = played.control("stride").locator(".noUi-handle")
    played.watch()
    played.come_to(handle)
    output = played.labs[0].locator(".lesson-pane-output .lesson-pane-picture")
    output.click(position={"x": 20, "y": 30})
    card = played.labs[0].locator(".lesson-microscope")
    expect(card).to_contain_text("pinned")
    for _ in range(3):
        played.full()
        for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
            handle.press(key)
        played.rest()
        expect(card).not_to_have_class(re.compile("lesson-waiting"), timeout=20_000)
    handle.evaluate("handle => window.hand_and_frames.drag_on(handle, 30)")
    played.rest()
    story = played.story()
    assert any(each["type"] == "frame" and each["shelf"] and not each["card"] for each in story)
    assert [each["card"] for each in story if "card" in each][-1]
    assert played.problems() == []

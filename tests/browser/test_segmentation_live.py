"""A segmentation is learned in the real JupyterLab while scenes are turned, and bears every end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.live_jupyter import LiveNotebook, OpenNotebook
from tests.browser.work_in_page import LIMIT, THREADS, WorkInPage, value_of

IMPORT = "from lessons_lib.widgets import segmentation_lab"
CALL = "lab = segmentation_lab(steps=1200)\nlab"
STATE = "lab.params.training is None, lab.stage.crash"
IS_WHOLE = "e => e.scrollWidth <= e.clientWidth + 1 && e.scrollHeight <= e.clientHeight + 1"


def training_in(live: LiveNotebook, index: int) -> WorkInPage:
    return WorkInPage(live, index, "training")


def opened(open_notebook: OpenNotebook, *cells: str) -> tuple[LiveNotebook, WorkInPage]:
    live = open_notebook(IMPORT, CALL, *cells)
    live.run_cell(0)
    live.run_cell(1)
    return live, training_in(live, 1)


def interrupt(live: LiveNotebook) -> None:
    live.start_task(f"window.live.kernel('{live.path}').interrupt()")
    live.wait_task(60.0)


def test_it_trains_while_scenes_are_turned_stops_goes_on_and_is_reset(
    open_notebook: OpenNotebook,
) -> None:
    live, lab = opened(open_notebook, STATE)
    expect(lab.title("prediction")).to_have_text(re.compile("^prediction"))
    expect(lab.sentence).to_contain_text("Nothing is learned yet: the weights are random.")
    lab.button.press("Enter")
    expect(lab.button).to_have_text("stop")
    lab.is_beyond(1)
    for number in range(1, 6):
        lab.handle("scene").press("ArrowRight")
        expect(lab.title("input")).to_contain_text(f"scene {number}")
    expect(lab.button).to_have_text("stop")
    expect(lab.title("prediction")).to_contain_text("at step ")
    lab.is_beyond(lab.step())
    assert value_of(live, 2) == "(False, '')", "another cell runs meanwhile"
    lab.button.press(" ")
    expect(lab.button).to_have_text("resume", timeout=LIMIT)
    stopped = lab.step()
    lab.button.press("Enter")
    lab.is_beyond(stopped)
    lab.back.press("Enter")
    expect(lab.button).to_have_text("train")
    expect(lab.sentence).to_contain_text("Nothing is learned yet")
    expect(lab.title("input")).to_contain_text("scene 5")
    assert value_of(live, 2) == "(True, '')"
    assert live.errors == []
    assert live.cell_errors() == []


def test_an_interrupt_ends_the_cell_and_not_the_training(open_notebook: OpenNotebook) -> None:
    live, lab = opened(open_notebook, STATE, "import time\nprint('asleep')\ntime.sleep(600)")
    lab.button.click()
    lab.is_beyond(1)
    live.run_cell(3, wait=False)
    # a cell that only waits for its turn is no cell that an interrupt could end
    expect(live.cell(3).locator(".jp-OutputArea")).to_contain_text("asleep", timeout=LIMIT)
    interrupt(live)
    live.wait_idle()
    assert "KeyboardInterrupt" in str(live.outputs(3))
    lab.is_beyond(lab.step())
    interrupt(live)  # now with no cell to end
    lab.is_beyond(lab.step())
    lab.handle("scene").press("ArrowRight")
    expect(lab.title("input")).to_contain_text("scene 1")
    lab.button.click()
    expect(lab.button).to_have_text("resume", timeout=LIMIT)
    assert value_of(live, 2) == "(False, '')"


def test_a_cell_that_runs_again_ends_the_training_of_its_earlier_lab(
    open_notebook: OpenNotebook,
) -> None:
    live, lab = opened(open_notebook, STATE, THREADS)
    lab.button.click()
    lab.is_beyond(1)
    live.run_cell(1)
    lab = training_in(live, 1)
    expect(lab.button).to_have_text("train")
    live.page.wait_for_timeout(1000)
    assert value_of(live, 3) == "[]"
    lab.button.click()
    lab.is_beyond(1)
    live.restart_kernel()
    expect(lab.cell.locator(".lesson-kernel-state")).to_contain_text("Run All Cells")
    for cell in (0, 1):
        live.run_cell(cell)
    lab = training_in(live, 1)
    lab.button.click()
    lab.is_beyond(1)
    assert live.errors == []


@pytest.mark.parametrize(("mode", "size"), [("L", (20, 20)), ("RGBA", (1000, 750))])
def test_a_picture_of_the_readers_is_named_pixel_by_pixel(
    open_notebook: OpenNotebook, tmp_path: Path, mode: str, size: tuple[int, int]
) -> None:
    file = tmp_path / "holiday.png"
    Image.new(mode, size).save(file)
    live, lab = opened(open_notebook, STATE)
    lab.cell.locator(".lesson-upload input[type=file]").set_input_files(file)
    expect(lab.title("input")).to_contain_text("holiday.png (yours)", timeout=LIMIT)
    expect(lab.sentence).to_contain_text("Of holiday.png (yours) it calls")
    expect(lab.title("sure")).to_contain_text("how sure")
    expect(lab.handle("scene")).not_to_be_visible()
    lab.button.click()
    lab.is_beyond(1)
    lab.button.click()
    expect(lab.button).to_have_text("resume", timeout=LIMIT)
    assert value_of(live, 2) == "(False, '')"
    assert live.errors == []
    assert live.cell_errors() == []


def test_a_pixel_that_is_pointed_at_tells_its_scores_and_what_was_seen(
    open_notebook: OpenNotebook,
) -> None:
    live, lab = opened(open_notebook, STATE)
    for pane in ("prediction", "truth", "input"):
        canvas = lab.cell.locator(f".lesson-pane-{pane} canvas").first
        canvas.hover(position={"x": 61, "y": 47})
        expect(lab.cell.locator(".lesson-microscope")).to_contain_text("scores → softmax:")
    assert live.errors == []


def test_what_is_told_of_a_training_is_told_whole(open_notebook: OpenNotebook) -> None:
    live = open_notebook(IMPORT + ", upsampling_lab", "segmentation_lab()", "upsampling_lab()")
    live.set_viewport(1280, 720)
    for cell in (0, 1, 2):
        live.run_cell(cell)
    for cell in (1, 2):
        row = live.cell(cell).locator(".lesson-work")
        row.locator(".lesson-job-button").click()
        words = row.locator(".lesson-job-words")
        expect(words).to_contain_text("mean IoU", timeout=LIMIT)
        row.locator(".lesson-job-button").click()
        expect(words).to_contain_text("stopped at", timeout=LIMIT)
        assert words.evaluate(IS_WHOLE), words.text_content()
        live.cell(cell).locator(".lesson-large-button").click()
        live.page.wait_for_timeout(600)
        assert words.evaluate(IS_WHOLE), words.text_content()
        live.cell(cell).locator(".lesson-large-button").click()
    assert live.errors == []


def test_a_long_title_has_lines_beside_the_button_in_a_narrow_window(
    open_notebook: OpenNotebook,
) -> None:
    live = open_notebook("from lessons_lib.widgets import upsampling_lab", "upsampling_lab()")
    live.only_notebook()
    live.set_viewport(500, 900)
    live.run_all()
    lab = live.cell(1).locator(".lesson-lab")
    expect(lab.locator(".lesson-sentence")).not_to_be_empty()
    title, button = (lab.locator(f".lesson-{each}") for each in ("title", "large-button"))
    title_box, button_box = title.bounding_box(), button.bounding_box()
    assert title_box
    assert button_box
    assert title_box["x"] + title_box["width"] <= button_box["x"]
    assert title.evaluate(IS_WHOLE)
    assert lab.locator(".lesson-header").evaluate("header => header.scrollHeight <= 140")

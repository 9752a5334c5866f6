"""Long work in the real JupyterLab: begun, shown step by step, stopped, ended with its cell."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.live_jupyter import OpenNotebook
from tests.browser.work_in_page import LIMIT, THREADS, WorkInPage, value_of

CELL = "from lessons_lib.widgets import reconstruction_lab\nlab = reconstruction_lab()\nlab"
STATE = "lab.params.iterations, lab.params.training is None, lab.stage.crash"
# without this, a training of a second may be over before the test has found the button
LONG = "from lessons_lib.labs import reconstruction\nreconstruction.TRAINING_STEPS = 20000"


def test_a_training_is_started_stopped_and_ends_with_its_cell(open_notebook: OpenNotebook) -> None:
    live = open_notebook(LONG, CELL, STATE, THREADS)
    live.run_cell(0)
    live.run_cell(1)
    row = WorkInPage(live, 1, "training")
    expect(row.button).to_have_text("train")
    expect(row.title("learned")).to_contain_text("6.1 dB")
    row.button.press("Enter")
    expect(row.button).to_have_text("stop")
    expect(row.words).to_have_text(re.compile(r"^step [1-9]\d* of 20000 · .* dB$"), timeout=LIMIT)
    expect(row.title("learned")).not_to_contain_text("6.1 dB", timeout=LIMIT)
    row.button.press(" ")
    expect(row.words).to_have_text(re.compile(r"^stopped at step \d+ of 20000"), timeout=LIMIT)
    expect(row.button).to_have_text("train")
    expect(row.button).to_be_focused()
    reached = (row.words.text_content() or "").split(" · ")[-1]
    expect(row.title("learned")).to_contain_text(reached)
    assert value_of(live, 2) == "(10, False, '')"

    row.button.click()
    expect(row.button).to_have_text("stop")
    live.run_cell(1)  # a new lab, and the old one's thread has nothing more to do
    expect(WorkInPage(live, 1, "training").button).to_have_text("train")
    live.page.wait_for_timeout(1000)
    assert value_of(live, 3) == "[]"
    assert live.errors == []
    assert live.cell_errors() == []


def test_a_far_iteration_comes_step_by_step_and_a_near_one_at_once(
    open_notebook: OpenNotebook,
) -> None:
    live = open_notebook("1", CELL, STATE)
    live.run_cell(1)
    row = WorkInPage(live, 1, "search")
    expect(row.button).not_to_be_visible()
    live.cell(1).locator(".lesson-presets button").filter(has_text="50 iterations").click()
    expect(row.words).to_have_text(re.compile(r"^done: step 50 of 50 · 100 %"), timeout=LIMIT)
    expect(row.button).not_to_be_visible()
    expect(row.title("least_squares")).to_contain_text("76.7 dB")
    live.cell(1).locator(".lesson-presets button").filter(has_text="20 iterations").click()
    expect(row.title("least_squares")).to_contain_text("46.0 dB")
    assert value_of(live, 2) == "(20, True, '')"
    assert live.errors == []
    assert live.cell_errors() == []


# as a long step does that the lab itself makes: it ends when the test lets it
HELD = """
import pathlib, threading, time

held, end = threading.Event(), pathlib.Path({end!r})

def hold():
    with lab.lock:
        held.set()
        while not end.exists():
            time.sleep(0.05)

threading.Thread(target=hold, daemon=True).start()
held.wait()
"""


def test_a_lab_that_must_wait_says_so_and_moves_nothing(
    open_notebook: OpenNotebook, tmp_path: Path
) -> None:
    end = tmp_path / "end"
    lab_cell = "from lessons_lib.widgets import stride_lab\nlab = stride_lab()\nlab"
    live = open_notebook(lab_cell, HELD.format(end=str(end)))
    live.run_cell(0)
    lab = live.page.locator(".lesson-lab-stride")
    top = """lab => {
        const y = (element) => element.getBoundingClientRect().y;
        return y(lab.querySelector(".lesson-pane-input canvas")) - y(lab);
    }"""
    expect(lab.locator(".lesson-sentence")).not_to_be_empty()
    live.run_cell(1)
    live.page.wait_for_timeout(500)
    before = lab.evaluate(top)
    lab.locator(".lesson-control-stride .noUi-handle").press("ArrowRight")
    note = lab.locator(".lesson-kernel-state")
    expect(note).to_contain_text("The kernel is busy", timeout=LIMIT)
    assert lab.evaluate(top) == before
    end.touch()
    expect(note).to_be_hidden(timeout=LIMIT)

"""The harness itself: cells run in the real JupyterLab, and what goes wrong there is noticed."""

from pathlib import Path

import pytest

from tests.browser import live_jupyter
from tests.browser.live_jupyter import OpenNotebook


def test_cells_run_in_the_real_jupyterlab(open_notebook: OpenNotebook) -> None:
    live = open_notebook("1 + 1", "print(_ * 21)")
    live.run_all()
    assert live.outputs(0)[0]["data"]["text/plain"] == "2"
    assert live.outputs(1)[0]["text"] == "42\n"
    assert live.errors == []


def test_a_cell_can_be_run_again(open_notebook: OpenNotebook) -> None:
    live = open_notebook("n = 0", "n += 1\nn")
    live.run_all()
    live.run_cell(1)
    assert live.outputs(1)[0]["data"]["text/plain"] == "2"


def test_an_exception_in_a_cell_is_listed(open_notebook: OpenNotebook) -> None:
    live = open_notebook("1 / 0")
    live.run_all()
    assert live.cell_errors() == ["cell 0: ZeroDivisionError: division by zero"]


def test_an_exception_in_the_page_is_listed(open_notebook: OpenNotebook) -> None:
    live = open_notebook("1")
    live.page.evaluate("() => { setTimeout(() => { throw new Error('broken on purpose'); }); }")
    live.page.wait_for_timeout(200)
    assert [error for error in live.errors if "broken on purpose" in error]


def test_a_slider_follows_a_key_and_reports_to_python(open_notebook: OpenNotebook) -> None:
    live = open_notebook("import ipywidgets\ns = ipywidgets.IntSlider(3, 1, 32)\ns", "s.value")
    live.run_cell(0)
    live.cell(0).locator(".noUi-handle").press("ArrowRight")
    live.wait_idle()
    live.run_cell(1)
    assert live.outputs(1)[0]["data"]["text/plain"] == "4"


def test_the_page_turns_dark_and_light_again(open_notebook: OpenNotebook) -> None:
    live = open_notebook("1")
    ground = "() => getComputedStyle(document.body).getPropertyValue('--jp-layout-color0').trim()"
    light = live.page.evaluate(ground)
    live.set_theme("dark")
    assert live.page.evaluate(ground) != light
    live.set_theme("light")
    assert live.page.evaluate(ground) == light


def test_a_lesson_is_opened_by_its_path(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    path = tmp_path / "lesson.ipynb"
    live_jupyter.nbformat.write(live_jupyter.notebook("7 * 6"), path)
    live = open_notebook(path)
    live.run_all()
    assert live.outputs(0)[0]["data"]["text/plain"] == "42"


def test_a_chosen_chromium_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LESSONS_CHROMIUM", "no-such-chromium")
    with pytest.raises(FileNotFoundError, match="no-such-chromium"):
        live_jupyter.find_chromium()

"""The upload button in the real JupyterLab: large, broken and empty files, keys and dropping."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, expect

from lessons_lib.images import assets_folder
from tests.browser.live_jupyter import LiveJupyter, LiveNotebook, notebook

BUTTON = """
import hashlib
from lessons_lib.images import picture_from_bytes
from lessons_lib.widgets.upload.upload import Upload

files, pictures = [], []

def use(data, name):
    files.append([name, len(data), hashlib.sha256(data).hexdigest()])
    pictures.append(list(picture_from_bytes(data, name).image.shape))

upload = Upload()
upload.on_file(use)
upload
"""
CELLS = (
    BUTTON,
    "print(files)",
    "print(pictures)",
    "print(upload.message)",
    "upload.message = ''",
    "upload.patience = 0.5",
    "import time; time.sleep(2)",
)

DROP = """
(button, files) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([text], name));
  const options = { bubbles: true, cancelable: true, dataTransfer: transfer };
  return ["dragover", "drop"].map((kind) => !button.dispatchEvent(new DragEvent(kind, options)));
}
"""


class Page:
    """The notebook with the button, as a reader sees it."""

    def __init__(self, live: LiveNotebook) -> None:
        self.live = live
        live.run_cell(0)
        self.button = live.page.locator(".lesson-upload-button")
        self.input = live.page.locator(".lesson-upload input[type=file]")
        self.message = live.page.get_by_role("status").and_(
            live.page.locator(".lesson-upload-message")
        )
        expect(self.button).to_be_visible()

    def choose(self, path: Path) -> None:
        """Choose a file and wait until the button is free again."""
        self.input.set_input_files(path)
        self.wait_free()

    def wait_free(self) -> None:
        expect(self.button).to_have_text("your picture…", timeout=60_000)
        self.live.wait_idle()

    def printed(self, index: int) -> str:
        """What the cell with this index prints now."""
        self.live.run_cell(index)
        outputs = self.live.outputs(index)
        return str(outputs[0]["text"]).strip() if outputs else ""


@pytest.fixture(scope="module")
def live(live_jupyter: LiveJupyter, shared_context: BrowserContext) -> Iterator[LiveNotebook]:
    """One notebook for all tests here: opening one takes longer than most of them."""
    live_jupyter.write("upload.ipynb", notebook(*CELLS))
    with LiveNotebook(shared_context.new_page(), live_jupyter.url, "upload.ipynb") as live:
        yield live


@pytest.fixture
def page(live: LiveNotebook) -> Iterator[Page]:
    """A new button, and nothing chosen yet; at the end the page must have met no error."""
    live.errors.clear()
    yield Page(live)
    assert live.errors == []


def facts(path: Path) -> list[Any]:
    data = path.read_bytes()
    return [path.name, len(data), hashlib.sha256(data).hexdigest()]


def test_a_picture_of_15_megabytes_arrives_whole(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "large.bmp"
    Image.linear_gradient("L").convert("RGB").resize((2600, 1950)).save(path)
    assert path.stat().st_size > 15_000_000
    page.input.set_input_files(path)
    seen = page.live.page.wait_for_function(
        "() => /sending [1-9]\\d? %/.test(document.querySelector('.lesson-upload-button')"
        ".textContent)",
        polling="raf",
    )
    assert seen
    expect(page.button).to_have_attribute("aria-disabled", "true")
    page.wait_free()
    assert page.printed(1) == str([facts(path)])
    assert page.printed(2) == "[[1, 3, 576, 768]]"
    expect(page.message).to_have_text("")


def test_a_file_of_70_megabytes_is_refused_with_the_way_out(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate(70_000_000)
    page.choose(path)
    for part in ("'huge.png' has 70 MB", 'stride_lab(picture="/path/to/photo.jpg")', "load_image"):
        expect(page.message).to_contain_text(part)
    assert page.printed(1) == "[]"
    assert "huge.png" in page.printed(3)
    page.choose(assets_folder() / "coffee.png")
    expect(page.message).to_have_text("")
    assert page.printed(2) == "[[1, 3, 400, 600]]"


def test_broken_files_give_one_sentence_each_and_the_next_one_works(
    page: Page, tmp_path: Path
) -> None:
    coffee = assets_folder() / "coffee.png"
    cut = tmp_path / "cut.png"
    cut.write_bytes(coffee.read_bytes()[:20_000])
    empty = tmp_path / "empty.png"
    empty.touch()
    page.choose(cut)
    expect(page.message).to_contain_text("'cut.png' is cut off or damaged")
    page.choose(empty)
    expect(page.message).to_contain_text("'empty.png' is empty (0 bytes)")
    page.choose(coffee)
    expect(page.message).to_have_text("")
    page.choose(coffee)  # the same file again
    assert page.printed(1) == str([facts(path) for path in (cut, empty, coffee, coffee)])
    assert page.printed(2) == "[[1, 3, 400, 600], [1, 3, 400, 600]]"


def test_a_message_taken_away_in_python_goes_from_the_page(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate(70_000_000)
    page.choose(path)
    expect(page.message).to_contain_text("huge.png")
    page.live.run_cell(4)
    expect(page.message).to_have_text("")


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_key_opens_the_file_dialog(page: Page, key: str) -> None:
    page.button.focus()
    with page.live.page.expect_file_chooser() as chooser:
        page.button.press(key)
    chooser.value.set_files(assets_folder() / "coffee.png")
    page.wait_free()
    expect(page.button).to_be_focused()
    assert page.printed(2) == "[[1, 3, 400, 600]]"


def test_the_keys_of_the_button_do_not_reach_jupyter(page: Page) -> None:
    cells = page.live.page.locator(".jp-Notebook .jp-Cell")
    page.button.focus()
    with page.live.page.expect_file_chooser():
        page.button.press("Enter")
    for key in ("b", "d", "d", "m"):
        page.button.press(key)
    expect(cells).to_have_count(len(CELLS))
    mode = "path => live.panel(path).content.mode"
    assert page.live.page.evaluate(mode, page.live.path) == "command"


def test_focus_is_visible_and_the_button_is_named(page: Page) -> None:
    page.button.focus()
    page.live.page.keyboard.press("Tab")
    page.live.page.keyboard.press("Shift+Tab")
    expect(page.button).to_be_focused()
    assert style(page.button, "outlineStyle") == "solid"
    name = page.live.page.get_by_role("button", name="your picture… (choose a picture")
    expect(name).to_have_count(1)


def style(target: Locator, name: str) -> str:
    return str(target.evaluate("(element, name) => getComputedStyle(element)[name]", name))


def test_colours_follow_the_theme(page: Page) -> None:
    light = style(page.button, "color"), style(page.button, "backgroundColor")
    page.live.set_theme("dark")
    dark = style(page.button, "color"), style(page.button, "backgroundColor")
    page.live.set_theme("light")
    assert light[0] != dark[0]
    assert light[1] != dark[1]


def test_a_file_dropped_on_the_button_is_sent(page: Page) -> None:
    file = io.BytesIO()
    Image.new("RGB", (5, 3)).save(file, "PPM")  # black: all bytes are text
    content = file.getvalue().decode("ascii")
    handled = page.button.evaluate(DROP, [["small.ppm", content]])
    assert handled == [True, True]
    page.wait_free()
    assert page.printed(2) == "[[1, 3, 3, 5]]"


def test_a_drop_without_a_file_is_a_sentence(page: Page) -> None:
    page.button.evaluate(DROP, [])
    expect(page.message).to_contain_text("no file")


def test_a_silent_kernel_is_said_and_the_file_is_used_when_it_answers(page: Page) -> None:
    # Whether a running cell keeps widgets waiting depends on ipykernel: what is sent is held back.
    live = page.live
    live.run_cell(5)
    live.page.evaluate(
        "path => { window.held = []; const socket = window.live.kernel(path)._ws;"
        " socket.send = (data) => window.held.push(data); }",
        live.path,
    )
    page.input.set_input_files(assets_folder() / "coffee.png")
    expect(page.message).to_contain_text("the kernel does not answer")
    expect(page.button).to_have_text("your picture…")
    live.page.evaluate(
        "path => { const socket = window.live.kernel(path)._ws; delete socket.send;"
        " for (const data of window.held) socket.send(data); }",
        live.path,
    )
    expect(page.message).to_have_text("")
    page.wait_free()
    assert page.printed(2) == "[[1, 3, 400, 600]]"


def test_a_file_chosen_while_a_cell_is_running_arrives(page: Page) -> None:
    # During the cell or after it: that depends on the version of ipykernel.
    page.live.run_cell(6, wait=False)
    page.input.set_input_files(assets_folder() / "coffee.png")
    expect(page.live.cell(6).locator(".jp-InputPrompt")).to_have_text("[*]:")
    page.wait_free()
    assert page.printed(2) == "[[1, 3, 400, 600]]"


def test_a_button_whose_kernel_was_restarted_says_so(page: Page) -> None:
    page.live.restart_kernel()
    page.input.set_input_files(assets_folder() / "coffee.png")
    expect(page.message).to_contain_text("run the cells again")
    expect(page.button).to_have_text("your picture…")

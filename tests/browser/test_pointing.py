"""Pointing and stepping in the real JupyterLab: by mouse, by key, and nothing left behind."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.live_jupyter import LiveNotebook, OpenNotebook

SLIDING = (
    "from lessons_lib.widgets import kernel_lab, sliding_window_lab, stride_lab\n"
    'sliding_window_lab(grid="counting_5", kernel=((0.0, 1.0), (2.0, 3.0)), padding=1)'
)
STRIDE = "from lessons_lib.widgets import stride_lab\nlab = stride_lab(stride=5)\nlab"


def opened(open_notebook: OpenNotebook, *cells: str) -> tuple[LiveNotebook, Locator]:
    live = open_notebook(*cells)
    live.run_cell(0)
    lab = live.cell(0).locator(".lesson-lab")
    expect(lab.locator(".lesson-sentence")).not_to_be_empty()
    return live, lab


def middle(page: Page, canvas: Locator, x: float = 0.5, y: float = 0.5) -> None:
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_a_hundred_steps_by_key_go_through_the_output_and_leave_the_notebook_alone(
    open_notebook: OpenNotebook,
) -> None:
    live, lab = opened(
        open_notebook,
        SLIDING.replace("padding=1", 'padding=3, padding_width=3, channels="1_to_2"'),
        "1 + 1",
    )
    count = lab.locator(".lesson-step-count")
    scrub = lab.locator(".lesson-step-scrub")
    expect(count).to_have_text("all 220 shown")  # 2 x 10 x 11
    scrub.press("Home")
    expect(count).to_have_text("step 0 of 220")
    for _ in range(100):
        scrub.press("ArrowRight")
    expect(count).to_have_text("step 100 of 220")
    # the hundredth cell of 10 x 11: row 9, column 0
    expect(lab.locator(".lesson-written")).to_have_text(re.compile(r"^output 0 \(9, 0\):"))
    expect(scrub).to_be_focused()
    scrub.press("ArrowLeft")
    expect(count).to_have_text("step 99 of 220")
    assert live.errors == []


def test_play_steps_by_itself_and_pause_stops_it(open_notebook: OpenNotebook) -> None:
    live, lab = opened(open_notebook, SLIDING)
    count = lab.locator(".lesson-step-count")
    lab.locator(".lesson-step-speed").select_option(label="20 a second")
    lab.locator(".lesson-step-play").click()
    expect(lab.locator(".lesson-step-play")).to_have_text("▮▮ pause")
    expect(count).not_to_have_text(re.compile("^step [0-3] "))
    lab.locator(".lesson-step-play").click()
    stopped = count.inner_text()
    live.page.wait_for_timeout(300)
    assert count.inner_text() == stopped
    assert live.errors == []


def test_pointing_at_input_kernel_and_output_says_what_belongs_together(
    open_notebook: OpenNotebook,
) -> None:
    live, lab = opened(open_notebook, SLIDING)
    said = lab.locator(".lesson-pointer")
    middle(live.page, lab.locator(".lesson-pane-output .lesson-pane-picture"), 0.05, 0.05)
    expect(said).to_have_text(
        "output (0, 0) was computed from input with its padding rows 0–1, columns 0–1"
    )
    middle(live.page, lab.locator(".lesson-pane-input .lesson-pane-picture"), 0.05, 0.05)
    expect(said).to_have_text(re.compile(r"\(0, 0\) is read by output row 0, column 0$"))
    middle(live.page, lab.locator(".lesson-pane-kernel .lesson-pane-picture"), 0.9, 0.9)
    expect(said).to_have_text(re.compile(r"^kernel \(1, 1\) touches .* rows 1–6, columns 1–5$"))
    assert live.errors == []


def test_the_microscope_opens_pins_moves_and_closes(open_notebook: OpenNotebook) -> None:
    live, lab = opened(
        open_notebook, STRIDE, "p = lab.stage.probe; print(p['row'], p['column'], p['key'])"
    )
    canvas = lab.locator(".lesson-pane-output .lesson-pane-picture")
    card = lab.locator(".lesson-microscope")
    expect(card).to_be_hidden()
    middle(live.page, canvas)
    expect(card).to_be_visible()
    expect(card).to_contain_text("click to pin")
    title = card.locator(".lesson-microscope-title")
    in_the_middle = title.inner_text()
    live.page.mouse.move(5, 5)
    expect(card).to_be_hidden()
    middle(live.page, canvas, 0.25, 0.5)
    live.page.mouse.down()
    live.page.mouse.up()
    expect(card).to_contain_text("pinned")
    live.page.mouse.move(5, 5)
    expect(card).to_be_visible()
    expect(title).not_to_have_text(in_the_middle)
    row, column = (int(each) for each in re.findall(r"\d+", title.inner_text()))
    box = lab.locator(".lesson-pane-output .lesson-pane-box")
    box.press("ArrowRight")
    box.press("ArrowDown")
    expect(title).to_have_text(f"output ({row + 1}, {column + 1})")
    lab.locator(".lesson-control-stride .noUi-handle").press("ArrowRight")
    expect(card).to_be_visible()
    live.run_cell(1)
    assert live.outputs(1)[0]["text"].split()[:2] == [str(row + 1), str(column + 1)]
    box.press("Escape")
    expect(card).to_be_hidden()
    assert live.errors == []


UNDER = "([x, y]) => document.elementFromPoint(x, y).className"


@pytest.mark.parametrize(
    "lab_call",
    ["stride_lab(stride=2)", "channels_lab()", "round_trip_lab()", "pooling_lab(kernel_size=3)"],
)
def test_the_microscope_never_covers_the_pixel_that_it_shows(
    open_notebook: OpenNotebook, lab_call: str
) -> None:
    live, lab = opened(open_notebook, f"from lessons_lib.widgets import *\n{lab_call}")
    live.set_viewport(1280, 720)
    card = lab.locator(".lesson-microscope")
    picture = lab.locator(".lesson-pane-output .lesson-pane-picture").first
    for y in (0.03, 0.25, 0.5, 0.75, 0.97):
        middle(live.page, picture, 0.4, y)
        expect(card).to_be_visible()
        live.page.wait_for_timeout(200)  # a card under the hand would close again
        expect(card).to_be_visible()
        box, shown = picture.bounding_box(), card.bounding_box()
        assert box
        assert shown
        at = box["y"] + y * box["height"]
        assert not shown["y"] - 4 < at < shown["y"] + shown["height"] + 4
        seen = live.page.evaluate(UNDER, [box["x"] + 0.4 * box["width"], at])
        assert "lesson-pane-picture" in seen
        live.page.mouse.move(5, 5)
        expect(card).to_be_hidden()
    assert live.errors == []


def test_a_pinned_microscope_leaves_the_sliders_free(open_notebook: OpenNotebook) -> None:
    live, lab = opened(open_notebook, STRIDE)
    live.set_viewport(1280, 720)
    picture = lab.locator(".lesson-pane-output .lesson-pane-picture")
    middle(live.page, picture, 0.5, 0.95)
    live.page.mouse.down()
    live.page.mouse.up()
    card = lab.locator(".lesson-microscope")
    expect(card).to_have_class(re.compile("lesson-pinned"))
    panes = lab.locator(".lesson-panes")
    edges = "([a, b]) => a.getBoundingClientRect().top - b.getBoundingClientRect().top"
    both = [card.element_handle(), panes.element_handle()]
    live.page.wait_for_function(f"both => ({edges})(both) >= 0", arg=both)
    lab.locator(".lesson-control-stride .noUi-handle").click()  # not intercepted
    assert live.errors == []


def test_the_card_of_a_gallery_follows_the_hand_from_picture_to_picture(
    open_notebook: OpenNotebook,
) -> None:
    live, lab = opened(
        open_notebook, "from lessons_lib.widgets import *\nseed_gallery_lab(relu=True)"
    )
    title = lab.locator(".lesson-microscope-title")
    for seed, name in ((3, "seed_0"), (7, "seed_4")):
        middle(live.page, lab.locator(f".lesson-pane-{name} .lesson-pane-picture"))
        expect(title).to_have_text(re.compile(rf"^seed {seed} \(\d+, \d+\)$"))
        expect(lab.locator(".lesson-microscope-sum")).to_contain_text("after ReLU")
    assert live.errors == []


def test_a_typed_kernel_cell_changes_the_output(open_notebook: OpenNotebook) -> None:
    live, lab = opened(
        open_notebook,
        SLIDING.replace("sliding_window_lab(", "lab = sliding_window_lab(") + "\nlab",
        "print(lab.params.kernel)",
    )
    cell = lab.locator(".lesson-control-kernel input").first
    cell.fill("−2.5")
    cell.press("Enter")
    expect(lab.locator(".lesson-written")).to_contain_text("(−2.50)")
    live.run_cell(1)
    assert live.outputs(1)[0]["text"] == "((-2.5, 1.0), (2.0, 3.0))\n"
    cell.fill("abc")
    cell.press("Enter")
    expect(lab.locator(".lesson-control-kernel")).to_contain_text("abc")
    live.run_cell(1)
    assert live.outputs(1)[0]["text"] == "((-2.5, 1.0), (2.0, 3.0))\n"
    assert live.errors == []


COUNT = "from ipywidgets.widgets.widget import _instances\nimport gc\nprint(len(_instances))"
# What the labs' modules, which come from Blob URLs, listen to on the page as a whole.
LISTENERS = """() => {
    const { addEventListener, removeEventListener } = EventTarget.prototype;
    const page = new Map([[window, 'window'], [document, 'document']]);
    const heard = [];
    const same = (...wanted) => (one) => [0, 1, 2].every((i) => one[i] === wanted[i]);
    EventTarget.prototype.addEventListener = function (...all) {
        const ours = page.has(this) && new Error().stack.includes('blob:');
        if (ours && !heard.some(same(this, ...all))) heard.push([this, ...all]);
        return addEventListener.apply(this, all);
    };
    EventTarget.prototype.removeEventListener = function (...all) {
        const found = heard.findIndex(same(this, ...all));
        if (found >= 0) heard.splice(found, 1);
        return removeEventListener.apply(this, all);
    };
    window.listening = () => heard.map(([target, type]) => `${page.get(target)} ${type}`).sort();
}"""


def test_closing_and_running_again_leaves_no_listener_model_or_comm(
    open_notebook: OpenNotebook,
) -> None:
    live = open_notebook(SLIDING, COUNT, fresh=True)
    lab = live.cell(0).locator(".lesson-lab")
    live.page.evaluate(LISTENERS)
    heard, models = [], []
    for _ in range(4):
        live.run_cell(0)
        expect(lab.locator(".lesson-step-count")).to_have_text(re.compile(r"^all \d+ shown$"))
        live.run_cell(1)
        heard.append(live.page.evaluate("window.listening()"))
        models.append(live.outputs(1)[0]["text"])
        lab.locator(".lesson-step-first").click()
        lab.locator(".lesson-step-next").click()
        middle(live.page, lab.locator(".lesson-pane-output .lesson-pane-picture"))
    assert len(heard[0]) > 5
    assert heard[1:] == [heard[0]] * 3
    assert models[1:] == [models[0]] * 3
    assert lab.count() == 1
    assert live.errors == []


def test_in_the_large_view_the_card_stands_beside_the_controls_and_not_on_them(
    open_notebook: OpenNotebook,
) -> None:
    live, lab = opened(open_notebook, STRIDE)
    live.set_viewport(1280, 720)
    lab.locator(".lesson-large-button").click()
    live.page.wait_for_timeout(400)
    middle(live.page, lab.locator(".lesson-pane-output .lesson-pane-picture"), 0.3, 0.3)
    card = lab.locator(".lesson-microscope")
    expect(card).to_be_visible()
    shown, controls = card.bounding_box(), lab.locator(".lesson-controls").bounding_box()
    assert shown
    assert controls
    assert shown["x"] + shown["width"] <= controls["x"]
    assert shown["width"] > 280
    assert card.evaluate("card => card.scrollWidth <= card.clientWidth")
    assert live.errors == []

"""The labs in the real JupyterLab: what a hand does and an eye sees."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from lessons_lib.images import load_picture
from lessons_lib.labs import dilation, stride
from lessons_lib.visualization.colours import signed_range
from lessons_lib.visualization.pixels import map_pixels
from lessons_lib.visualization.sheet import coloured
from tests.browser.live_jupyter import LiveNotebook, OpenNotebook

IMPORT = "from lessons_lib.widgets import dilation_lab, padding_lab, stride_lab\n"
PIXELS = """canvas => {
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    return [canvas.width, canvas.height, Array.from(data).filter((_, i) => i % 4 < 3)];
}"""


class LabPage:
    """One lab on the page, by its parts."""

    def __init__(self, live: LiveNotebook, index: int) -> None:
        self.live = live
        self.root = live.cell(index).locator(".lesson-lab")
        expect(self.root.locator(".lesson-sentence")).not_to_be_empty()

    def handle(self, name: str) -> Locator:
        return self.root.locator(f".lesson-control-{name} .noUi-handle").first

    def part(self, css: str) -> Locator:
        return self.root.locator(f".lesson-{css}")

    def shape(self, pane: str) -> Locator:
        return self.root.locator(f".lesson-pane-{pane} .lesson-pane-shape")

    def pixels(self, pane: str) -> tuple[int, int, list[int]]:
        width, height, data = self.root.locator(f".lesson-pane-{pane} canvas").evaluate(PIXELS)
        return width, height, data

    def preset(self, label: str) -> Locator:
        exactly = re.compile(f"^{re.escape(label)}$")
        return self.root.locator(".lesson-presets button").filter(has_text=exactly)


def open_lab(open_notebook: OpenNotebook, call: str, *more: str, **context: Any) -> LabPage:
    live = open_notebook(IMPORT + call, *more, **context)
    live.run_cell(0)
    return LabPage(live, 0)


@pytest.fixture
def stride_page(open_notebook: OpenNotebook) -> Iterator[LabPage]:
    """A stride lab; at the end the page must have seen no error."""
    page = open_lab(open_notebook, "stride_lab()")
    yield page
    assert page.live.errors == []
    assert page.live.cell_errors() == []


def wanted_pixels(module: Any, settings: dict[str, Any], box: tuple[int, int]) -> list[int]:
    params = module.LAB.params(picture=load_picture("lena"), **settings)
    values = module.compute(params).pane("output").values
    low, high = signed_range(values)
    image = coloured(map_pixels(values, box, "signed", low, high))
    return list(image.tobytes())


def test_a_key_on_the_slider_changes_pixels_shape_formula_and_code(stride_page: LabPage) -> None:
    before = stride_page.pixels("output")
    handle = stride_page.handle("stride")
    for _ in range(3):
        handle.press("ArrowRight")
    expect(stride_page.shape("output")).to_have_text("1 × 102 × 102")
    expect(stride_page.part("formula")).to_contain_text("⌊101.80⌋ + 1 = 102")
    expect(stride_page.part("code").first).to_have_text("nn.Conv2d(3, 1, kernel_size=3, stride=5)")
    expect(stride_page.part("sentence")).to_contain_text("64.28 %")
    after = stride_page.pixels("output")
    assert after[:2] == (102, 102)
    assert after != before
    assert after[2] == wanted_pixels(stride, {"stride": 5}, (102, 102))


def test_dragging_by_mouse_ends_at_the_value_under_the_hand(stride_page: LabPage) -> None:
    stride_page.live.page.evaluate(
        "() => { window.seen = []; document.addEventListener('lesson-drawn',"
        " ({ detail }) => detail.shelf || window.seen.push(detail.seq)); }"
    )
    heights = [stride_page.root.bounding_box()]
    handle = stride_page.handle("stride")
    handle.press("Control+a")  # what is selected must not be dragged in the handle's place
    handle.hover()  # waits until nothing moves under the hand any more
    box = handle.bounding_box()
    assert box
    mouse = stride_page.live.page.mouse
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x, y)
    mouse.down()
    for step in range(1, 31):
        mouse.move(x + 8 * step, y)
    mouse.up()
    slider = stride_page.root.locator(".lesson-control-stride .widget-readout")
    # where the cores are busy, the page may still have moves to handle
    stride_page.live.page.wait_for_function(
        "readout => Number(readout.innerText) > 5", arg=slider.element_handle()
    )
    value = int(slider.inner_text())
    side = (512 - 3) // value + 1
    expect(stride_page.shape("output")).to_have_text(f"1 × {side} × {side}")
    heights.append(stride_page.root.bounding_box())
    assert heights[0]
    assert heights[1]
    assert heights[0]["height"] == heights[1]["height"], "the lab jumped while dragging"
    seen = stride_page.live.page.evaluate("window.seen")
    assert seen == sorted(seen)


def test_presets_set_the_lessons_setting_and_reset_goes_back(stride_page: LabPage) -> None:
    stride_page.preset("20").click()
    expect(stride_page.shape("output")).to_have_text("1 × 26 × 26")
    expect(stride_page.preset("20")).to_have_class(re.compile("mod-active"))
    stride_page.handle("stride").press("ArrowLeft")
    expect(stride_page.shape("output")).to_have_text("1 × 27 × 27")
    expect(stride_page.preset("20")).not_to_have_class(re.compile("mod-active"))
    stride_page.root.locator(".lesson-reset").click()
    expect(stride_page.shape("output")).to_have_text("1 × 255 × 255")


def test_pointing_at_an_output_pixel_names_the_pixels_it_came_from(stride_page: LabPage) -> None:
    box = stride_page.root.locator(".lesson-pane-output canvas")
    box.hover(position={"x": 10.5, "y": 20.5})
    expect(stride_page.part("pointer")).to_have_text(
        "output (20, 10) was computed from input rows 40–42, columns 20–22"
    )
    outline = stride_page.root.locator(".lesson-pane-input .lesson-window-light")
    assert outline.get_attribute("d")
    pane = stride_page.root.locator(".lesson-pane-output .lesson-pane-box")
    pane.focus()
    pane.press("ArrowDown")
    pane.press("ArrowRight")
    expect(stride_page.part("pointer")).to_contain_text("output (21, 11)")
    expect(stride_page.part("pointer")).to_contain_text("rows 42–44, columns 22–24")


TYPE = "cell => parseFloat(getComputedStyle(cell).fontSize)"


def test_the_large_view_enlarges_the_kernel_editor(open_notebook: OpenNotebook) -> None:
    live = open_notebook("from lessons_lib.widgets import kernel_lab\nkernel_lab()")
    live.run_all()
    live.set_viewport(1280, 720)
    page = LabPage(live, 0)
    cell = page.part("kernel-cell").first
    before = cell.evaluate(TYPE)
    page.part("large-button").click()
    expect(page.root).to_have_class(re.compile("lesson-large"))
    assert cell.evaluate(TYPE) >= 1.4 * before
    assert live.errors == []


def test_beside_a_side_panel_each_lab_shows_its_panes_four_in_a_row(
    open_notebook: OpenNotebook,
) -> None:
    calls = ("bias_lab()", "checkerboard_lab()", 'padding_matrix_lab(show="usage")')
    live = open_notebook("from lessons_lib.widgets import *", *calls)
    live.set_viewport(1280, 720)
    live.run_all()
    live.page.wait_for_timeout(400)
    for index, call in enumerate(calls, 1):
        boxes = LabPage(live, index).root.locator(".lesson-pane-box")
        tops = boxes.evaluate_all("all => all.map(e => Math.round(e.getBoundingClientRect().top))")
        assert len(tops) == 4, call
        assert len(set(tops)) == 1, call
    assert live.errors == []


def test_rows_of_grids_do_not_shrink_under_a_moving_slider(open_notebook: OpenNotebook) -> None:
    call = 'sliding_window_lab(grid="counting_5", kernel=((1.0,) * 3,) * 3, stride=1)'
    live = open_notebook(f"from lessons_lib.widgets import sliding_window_lab\n{call}")
    live.set_viewport(460, 720)
    live.run_all()
    live.only_notebook()
    page = LabPage(live, 0)
    panes = page.root.locator(".lesson-pane").all()
    heights = set()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        live.page.wait_for_timeout(200)
        boxes = [pane.bounding_box() for pane in panes]
        heights.add(page.part("panes").evaluate("panes => panes.clientHeight"))
        page.handle("stride").press(key)
    assert len({box["y"] for box in boxes if box}) > 1, "the panes stand in one row"
    assert len(heights) == 1
    assert live.errors == []


def test_curves_and_slices_keep_their_height_while_a_slider_moves(
    open_notebook: OpenNotebook,
) -> None:
    calls = ('conv1d_lab(controls="all")', 'conv3d_lab(controls="all")')
    live = open_notebook("from lessons_lib.widgets import *", *calls)
    live.run_all()
    live.set_viewport(1280, 720)
    live.only_notebook()
    for index, control in ((1, "stride"), (1, "dilation"), (2, "stride_depth"), (2, "stride")):
        page = LabPage(live, index)
        handle = page.handle(control)
        heights = set()
        for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
            handle.press(key)
            live.page.wait_for_timeout(150)
            box = page.root.bounding_box()
            assert box
            heights.add(round(box["height"]))
        assert len(heights) == 1, f"{control}: {heights}"
    assert live.errors == []


def test_an_output_can_be_kept_and_the_lab_enlarged(stride_page: LabPage) -> None:
    stride_page.part("keep").click()
    stride_page.handle("stride").press("ArrowRight")
    expect(stride_page.shape("output").first).to_have_text("1 × 170 × 170")
    kept = stride_page.root.locator(".lesson-kept")
    expect(kept).to_contain_text("stride=2")
    kept.locator(".lesson-remove").click()
    expect(kept).to_have_count(0)
    stride_page.part("large-button").click()
    expect(stride_page.root).to_have_class(re.compile("lesson-large"))
    stride_page.live.page.keyboard.press("Escape")
    expect(stride_page.root).not_to_have_class(re.compile("lesson-large"))


def test_a_refused_setting_is_explained_and_left_again(open_notebook: OpenNotebook) -> None:
    page = open_lab(open_notebook, 'padding_lab(padding=511, padding_mode="reflect")')
    expect(page.shape("output")).to_have_text("1 × 1532 × 1532")
    page.handle("padding").press("ArrowRight")
    expect(page.part("error")).to_contain_text("Padding size should be less")
    expect(page.part("error")).to_contain_text("mirror")
    expect(page.part("panes")).to_have_css("opacity", "0.3")
    page.part("nearest").click()
    expect(page.part("error")).to_be_hidden()
    expect(page.part("panes")).to_have_css("opacity", "1")
    expect(page.shape("output")).to_have_text("1 × 1532 × 1532")
    page.preset("circular 512").click()
    expect(page.shape("output")).to_have_text("1 × 1534 × 1534")
    assert page.live.errors == []


def test_the_exact_picture_follows_the_preview(open_notebook: OpenNotebook) -> None:
    page = open_lab(open_notebook, 'padding_lab(padding=90, padding_mode="circular", ahead=False)')
    page.live.page.wait_for_timeout(800)
    page.live.page.evaluate(
        "() => { window.exact = []; document.addEventListener('lesson-drawn',"
        " event => window.exact.push(event.detail.exact)); }"
    )
    page.handle("padding").press("ArrowRight")
    page.live.page.wait_for_function("() => window.exact.at(-1) === true")
    assert page.live.page.evaluate("window.exact") == [False, True]


def test_running_a_cell_again_leaves_one_lab_and_no_widget_more(
    open_notebook: OpenNotebook,
) -> None:
    count = (
        "from ipywidgets.widgets.widget import _instances\n"
        "print(len(_instances), sum(type(w).__name__ == 'Lab' for w in _instances.values()))"
    )
    live = open_notebook(IMPORT + "dilation_lab()", count)
    live.run_cell(0)
    LabPage(live, 0)
    live.run_cell(1)
    once = live.outputs(1)[0]["text"]
    live.run_cell(0)
    LabPage(live, 0)
    live.run_cell(1)
    assert live.outputs(1)[0]["text"] == once
    assert once.split()[1] == "1"
    assert live.cell(0).locator(".lesson-lab").count() == 1
    assert live.errors == []


DRAWING = """
import time, torch
def draw():
    torch.manual_seed(7)
    total = 0.0
    for _ in range(40):
        total += float(torch.rand(1000).sum())
        time.sleep(0.04)
    return total
print(draw())
"""


def test_dragging_beside_a_running_cell_leaves_its_random_numbers_alone(
    open_notebook: OpenNotebook,
) -> None:
    page = open_lab(open_notebook, "stride_lab()", DRAWING, DRAWING)
    page.live.run_cell(1)
    page.live.run_cell(2, wait=False)
    for _ in range(10):
        page.handle("stride").press("ArrowRight")
        page.live.page.wait_for_timeout(60)
    page.live.wait_idle()
    assert page.live.outputs(2)[0]["text"] == page.live.outputs(1)[0]["text"]
    expect(page.shape("output")).to_have_text("1 × 43 × 43")


BREAK = """
import dataclasses
def broken(params):
    raise ZeroDivisionError("broken on purpose")
lab._definition = dataclasses.replace(lab._definition, compute=broken)
"""


def test_what_breaks_in_a_lab_is_seen_in_the_lab(open_notebook: OpenNotebook) -> None:
    page = open_lab(open_notebook, "lab = stride_lab()\nlab", BREAK)
    page.live.run_cell(1)
    page.handle("stride").press("ArrowRight")
    expect(page.part("crash")).to_be_visible()
    expect(page.part("crash")).to_contain_text("ZeroDivisionError: broken on purpose")


def test_a_restarted_kernel_is_said(open_notebook: OpenNotebook) -> None:
    page = open_lab(open_notebook, "stride_lab()")
    page.live.restart_kernel()
    expect(page.part("kernel-state")).to_contain_text("Run All Cells")


def relative_luminance(colour: str) -> float:
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_role_colours_can_be_read_in_both_themes(open_notebook: OpenNotebook, theme: str) -> None:
    page = open_lab(open_notebook, "dilation_lab()")
    page.live.set_theme(theme)
    ground = page.root.evaluate("e => getComputedStyle(e).backgroundColor")
    for css in (".lesson-pane-title .lesson-role", ".lesson-control-dilation .widget-label"):
        for colour in page.root.locator(css).evaluate_all(
            "all => all.map(e => getComputedStyle(e).color)"
        ):
            light, dark = sorted(map(relative_luminance, (ground, colour)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (css, colour, ground)
    page.live.set_theme("light")


@pytest.mark.parametrize(("width", "columns"), [(1100, 3), (760, 2), (400, 1)])
def test_panes_stand_side_by_side_as_the_width_allows(
    open_notebook: OpenNotebook, width: int, columns: int
) -> None:
    page = open_lab(open_notebook, "dilation_lab()")
    page.root.evaluate("(e, w) => { e.style.width = `${w}px`; }", width)
    page.live.page.wait_for_timeout(300)
    tops = page.root.locator(".lesson-pane").evaluate_all(
        "all => all.map(e => Math.round(e.getBoundingClientRect().top))"
    )
    assert tops.count(tops[0]) == columns


def test_a_picture_at_one_to_one_has_the_pixels_that_python_computed(
    open_notebook: OpenNotebook,
) -> None:
    page = open_lab(open_notebook, "dilation_lab(dilation=200)")
    expect(page.shape("output")).to_have_text("1 × 112 × 112")
    wanted = wanted_pixels(dilation, {"dilation": 200}, (112, 112))
    assert page.pixels("output") == (112, 112, wanted)

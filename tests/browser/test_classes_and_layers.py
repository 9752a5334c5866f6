"""Pictures of classes and layers of a network in the real JupyterLab: pointed at, by keys too."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.live_jupyter import LiveNotebook, OpenNotebook

CLASSES = """from lessons_lib.widgets.lab.lab import Lab
from tests.labs.classes_lab import LAB
Lab(LAB)"""
LAYERS = """from lessons_lib.widgets import fcn_shapes_lab
fcn_shapes_lab(height=300, width=450, network="small")"""
SIZES = """from lessons_lib.widgets import fcn_shapes_lab
fcn_shapes_lab()"""
# The colours of a canvas, how many pixels have each.
COLOURS = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let i = 0; i < data.length; i += 4) seen.add(data.slice(i, i + 3).join());
  return [...seen];
}"""


def opened(open_notebook: OpenNotebook, cell: str) -> tuple[LiveNotebook, Locator]:
    live = open_notebook(cell)
    live.run_cell(0)
    lab = live.cell(0).locator(".lesson-lab")
    expect(lab.locator(".lesson-sentence")).not_to_be_empty()
    return live, lab


def point(live: LiveNotebook, canvas: Locator, x: float, y: float) -> None:
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    live.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_a_pixel_of_a_prediction_says_its_class_its_scores_and_where_it_looked(
    open_notebook: OpenNotebook,
) -> None:
    live, lab = opened(open_notebook, CLASSES)
    point(live, lab.locator(".lesson-pane-prediction canvas"), 0.35, 0.4)
    said = lab.locator(".lesson-pointer")
    expect(said).to_have_text(
        re.compile(r"^prediction \(\d+, \d+\) is disc; was computed from truth rows \d+–\d+, col")
    )
    table = lab.locator(".lesson-scores")
    expect(table.locator("tr").first).to_have_text("backgrounddiscringsquaretriangle")
    expect(lab.locator(".lesson-largest")).to_have_count(2)
    expect(lab.locator(".lesson-microscope-sum")).to_have_text(
        re.compile(r"^scores → softmax: disc 0\.\d{4}, .*; largest: disc; computed from 23 × 23")
    )
    frame = lab.locator(".lesson-pane-truth .lesson-window-light").get_attribute("d") or ""
    assert frame.count("M") == 1
    assert live.errors == []


def test_arrow_keys_go_through_a_picture_that_nothing_belongs_to(
    open_notebook: OpenNotebook,
) -> None:
    live, lab = opened(open_notebook, CLASSES)
    box = lab.locator(".lesson-pane-truth .lesson-pane-box")
    box.press("Home")
    box.press("ArrowDown")
    expect(lab.locator(".lesson-pointer")).to_have_text(
        re.compile(r"^truth \(1, 0\) is background; is read by prediction")
    )
    assert live.errors == []


def test_a_smaller_view_has_no_colour_that_is_not_in_the_legend(
    open_notebook: OpenNotebook,
) -> None:
    live, lab = opened(open_notebook, CLASSES.replace("LAB)", "LAB, height=480, width=512)"))
    live.set_viewport(620, 800)
    live.only_notebook()
    live.wait_idle()
    canvas = lab.locator(".lesson-pane-truth canvas")
    expect(lab.locator(".lesson-pane-truth .lesson-pane-note")).to_have_text(re.compile("at .* %"))
    swatches = lab.locator(".lesson-pane-truth .lesson-swatch").evaluate_all(
        "all => all.map((each) => getComputedStyle(each).backgroundColor.replace(/[^0-9,]/g, ''))"
    )
    assert set(canvas.evaluate(COLOURS)) <= set(swatches)
    assert live.errors == []


def test_pointing_at_a_layer_and_arrow_keys_say_what_it_does(open_notebook: OpenNotebook) -> None:
    live, lab = opened(open_notebook, LAYERS)
    said = lab.locator(".lesson-pointer")
    canvas = lab.locator(".lesson-pane-layers canvas")
    point(live, canvas, 0.02, 0.5)
    expect(said).to_have_text("input: 3 × 300 × 450")
    box = lab.locator(".lesson-pane-layers .lesson-pane-box")
    for _ in range(4):
        box.press("ArrowRight")
    expect(said).to_have_text(
        "maxpool2: 32 × 75 × 112; the largest of 2 × 2, stride 2: height ⌊(150 − 2) / 2⌋ + 1 = 75, "
        "width ⌊(225 − 2) / 2⌋ + 1 = 112; 225 is no multiple of 2: rounded down"
    )
    frames = lab.locator(".lesson-pane-layers .lesson-frame-light").get_attribute("d") or ""
    assert frames.count("M") == 2
    assert live.errors == []


def test_sizes_that_change_move_nothing_on_the_page(open_notebook: OpenNotebook) -> None:
    live, lab = opened(open_notebook, SIZES)
    heights = set()
    for keys in (("PageDown", "PageDown"), ("Home", "End"), ("End", "Home")):
        for slider, key in zip(("height", "width"), keys, strict=True):
            lab.locator(f".lesson-control-{slider} .noUi-handle").press(key)
        for slider in ("height", "width"):
            value = lab.locator(f".lesson-control-{slider} .widget-readout").inner_text()
            expect(lab.locator(".lesson-formula")).to_contain_text(f"{slider} {value} ")
        live.page.wait_for_timeout(300)
        heights.add(lab.locator(".lesson-panes").evaluate("panes => panes.offsetHeight"))
    assert len(heights) == 1, heights
    assert live.errors == []

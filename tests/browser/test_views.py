"""Two views of one lab: each fits its own room, and a view that closes takes its room back."""

from playwright.sync_api import expect

from tests.browser.live_jupyter import OpenNotebook

LAB = "from lessons_lib.widgets import stride_lab\nlab = stride_lab(stride=1)\nlab"
ROOMS = "print(len(lab._writer.rooms._told), lab.stage.scene['seq'])"
SIZES = """labs => labs.map(lab => [...lab.querySelectorAll('.lesson-pane-output')].map(pane => {
    const [box, picture] = ['.lesson-pane-box', '.lesson-pane-picture'].map(css =>
        pane.querySelector(css).getBoundingClientRect());
    return [box.width, box.height, picture.width, picture.height];
})[0])"""


def test_each_view_fits_its_own_room_and_nothing_is_computed_for_that(
    open_notebook: OpenNotebook,
) -> None:
    live = open_notebook(LAB, ROOMS)
    live.set_viewport(1500, 900)
    live.run_cell(0)
    labs = live.page.locator(".lesson-lab")
    expect(labs.locator(".lesson-sentence")).not_to_be_empty()
    live.page.evaluate(
        "path => { window.live.panel(path).content.activeCellIndex = 0; }", live.path
    )
    live.command("notebook:create-output-view")
    expect(labs).to_have_count(2)
    expect(labs.locator(".lesson-sentence").last).not_to_be_empty()
    live.page.wait_for_timeout(500)
    widest = []
    for box_width, box_height, width, height in labs.evaluate_all(SIZES):
        assert 100 < width <= box_width + 1
        assert 100 < height <= box_height + 1
        widest.append(width)
    live.run_cell(1)
    assert live.outputs(1)[0]["text"].split() == ["2", "1"], "opening computes once"

    live.page.locator(".lm-TabBar-tab.lm-mod-current .lm-TabBar-tabCloseIcon").last.click()
    expect(labs).to_have_count(1)
    live.run_cell(1)
    assert live.outputs(1)[0]["text"].split()[0] == "1"
    assert live.errors == []

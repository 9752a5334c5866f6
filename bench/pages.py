"""Measure labs on a page from disk, without a kernel: `python -m bench.pages`.

How long after its loading a lab shows its first picture, and how long after a key its next one.
Both by the page's own clock: `lesson-drawn` is sent when the stage has drawn, and the frame that
shows it begins at the next call of `requestAnimationFrame`.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect

from bench.record import percentile_95
from lessons_lib.labs import dilation, padding, pooling, stride
from lessons_lib.widgets import Lab
from tests.browser.live_jupyter import open_chromium

LABS = {
    "stride": (stride.LAB, "stride"),
    "dilation": (dilation.LAB, "dilation"),
    "padding": (padding.LAB, "padding"),
    "pooling": (pooling.LAB, "kernel_size"),
}
LOADS = 5
PRESSES = 60
LIMIT = 64 * 2**20  # bytes of a page
WATCH = """
window.drawn = [];
let pressed = 0;
addEventListener("keydown", ({ timeStamp }) => { pressed = timeStamp; }, true);
addEventListener("lesson-drawn", () => {
  const since = pressed;
  requestAnimationFrame((now) => window.drawn.push([since, performance.now() - since]));
}, true);
"""


def measured(browser: Browser, file: Path, control: str) -> tuple[list[float], list[float]]:
    """Load a page several times and move a slider by keys.

    Args:
        browser: Chromium.
        file: the page.
        control: name of the slider.

    Returns:
        milliseconds from the navigation to the first picture, and from each key to its picture.
    """
    first, presses = [], []
    for _ in range(LOADS):
        context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.goto(file.as_uri())
        page.wait_for_function("window.drawn.length > 0")
        first.append(page.evaluate("window.drawn[0][1]"))
        stage = page.locator(".lesson-stage")
        expect(stage).to_have_attribute("data-shelf", "full", timeout=60_000)
        slider = page.locator(f".lesson-control-{control} input[type=range]")
        slider.focus()
        for press in range(PRESSES // LOADS):
            page.evaluate("window.drawn.length = 0")
            slider.press("ArrowLeft" if press % 2 else "ArrowRight")
            page.wait_for_function("window.drawn.length > 0")
            presses.append(page.evaluate("window.drawn.at(-1)[1]"))
        context.close()
    return first, presses


def main() -> None:
    """Measure each lab and print a table."""
    argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__).parse_args()
    head = f"{'lab':10}{'MB':>6}{'first picture':>16}{'key':>8}{'95 %':>8}   ms, medians"
    print(head)
    with open_chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for name, (definition, control) in LABS.items():
            file = Path(folder, f"{name}.html")
            lab = Lab(definition)
            lab.save_page(file, vary=(control,), limit=LIMIT)
            lab.close()
            first, presses = measured(browser, file, control)
            size = file.stat().st_size / 2**20
            key, late = statistics.median(presses), percentile_95(presses)
            print(f"{name:10}{size:6.1f}{statistics.median(first):16.0f}{key:8.1f}{late:8.1f}")


if __name__ == "__main__":
    main()

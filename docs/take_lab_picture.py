"""Take the moving picture of the README from the real JupyterLab.

Run `python -m docs.take_lab_picture`. It needs what the browser tests need: the test packages and
a Chromium.
"""

import io
from pathlib import Path

from PIL import Image

from tests.browser.live_jupyter import LiveJupyter, LiveNotebook, notebook, open_chromium

TARGET = Path(__file__).with_name("stride_lab.gif")
STRIDES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20)
WIDTH = 720
CELL = "from lessons_lib.widgets import stride_lab\nlab = stride_lab(stride=1)\nlab"


def main() -> None:
    """Open a lab, move its slider, and write what was on the screen as a GIF."""
    frames = []
    with open_chromium() as browser, LiveJupyter() as jupyter:
        page = browser.new_page(viewport={"width": 1280, "height": 1150})
        jupyter.write("lab.ipynb", notebook(CELL))
        with LiveNotebook(page, jupyter.url, "lab.ipynb") as live:
            live.run_all()
            lab = page.locator(".lesson-lab")
            lab.scroll_into_view_if_needed()
            handle = lab.locator(".lesson-control-stride .noUi-handle").first
            at = 1
            for stride in STRIDES:
                for _ in range(stride - at):
                    handle.press("ArrowRight")
                at = stride
                page.wait_for_timeout(1200)  # the hand rests: presets marked, layer timed
                frames.append(Image.open(io.BytesIO(lab.screenshot())).convert("RGB"))
    small = [
        f.resize((WIDTH, f.height * WIDTH // f.width), Image.Resampling.LANCZOS) for f in frames
    ]
    shared = small[3].quantize(256)
    palette = [f.quantize(palette=shared, dither=Image.Dither.NONE) for f in small]
    palette[0].save(
        TARGET, save_all=True, append_images=palette[1:], duration=900, loop=0, optimize=True
    )
    print(f"{TARGET.name}: {len(frames)} frames, {TARGET.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()

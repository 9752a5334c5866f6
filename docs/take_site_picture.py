"""Take the README's picture of the web site: `python -m docs.take_site_picture`, after `make site`.

It needs what the browser tests need: the test packages and a Chromium.
"""

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tests.browser.live_jupyter import open_chromium

SITE = Path("build/site/index.html")
TARGET = Path(__file__).with_name("site.png")


def main() -> None:
    """Open the front page, and write what is on the screen in few colours."""
    with open_chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.goto(SITE.resolve().as_uri())
        expect(page.locator(".lesson-stage")).to_have_attribute("data-shelf", "full")
        shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shot.quantize(128).save(TARGET, optimize=True)
    print(f"{TARGET.name}: {TARGET.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()

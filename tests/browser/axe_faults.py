"""What axe-core finds in a page."""

from __future__ import annotations

import json

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# A page from disk may not fetch its own style sheets again; the rules used here need none.
OPTIONS = {"resultTypes": ["violations"], "preload": False}


def serious_faults(page: Page, within: str | None = None, rules: int = 11) -> list[str]:
    """List what axe-core calls serious or critical.

    Args:
        page: the page.
        within: a selector; None: the whole page.
        rules: so many at least must have found something that is right: else nothing was looked at.
    """
    found = Axe().run(page, within, OPTIONS).response
    assert len(found["passes"]) >= rules
    return [
        json.dumps([fault["id"], node["html"]])
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]

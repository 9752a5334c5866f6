"""A checked exercise on the page: what failed, in both themes, for those who hear or see it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.axe_faults import serious_faults
from tests.browser.live_jupyter import LiveNotebook, OpenNotebook

NEGATIVE = """
def pad2d(image, padding, padding_mode):
    (above, left), (height, width) = padding, image.shape
    output = torch.zeros(height + 2 * above, width + 2 * left)
    output[above : above + height, left : left + width] = -image
    return output
"""


@pytest.fixture
def live(open_notebook: OpenNotebook) -> LiveNotebook:
    live = open_notebook(
        "import torch\nfrom lessons_lib import practice", NEGATIVE, 'practice.check("pad2d", pad2d)'
    )
    live.run_all()
    return live


def test_the_failing_case_stands_side_by_side_with_its_first_wrong_cell(
    live: LiveNotebook,
) -> None:
    check = live.cell(2).locator(".lesson-check")
    expect(check).to_contain_text("✗ pad2d: not yet")
    tables = check.get_by_role("table")
    names = [str(table.get_attribute("aria-label")) for table in tables.all()]
    assert [name.partition(",")[0] for name in names] == ["image", "expected", "yours"]
    boxes = [table.bounding_box() for table in tables.all()]
    assert len({box["y"] for box in boxes if box is not None}) == 1
    expect(check.locator("td").filter(has_text="▸")).to_have_count(2)


def test_a_check_has_no_serious_fault_for_those_who_hear_or_hardly_see_it(
    live: LiveNotebook,
) -> None:
    for theme in ("light", "dark"):
        live.set_theme(theme)
        assert serious_faults(live.page, ".lesson-check", rules=1) == [], theme
    live.set_theme("light")

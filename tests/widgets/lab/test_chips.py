"""A choice that stands as a row of buttons, as the level of a game does."""

from __future__ import annotations

from collections.abc import Iterator

import ipywidgets
import pytest

from lessons_lib.labs.stride_game import LAB
from lessons_lib.widgets.lab.lab import Lab
from tests.widgets.hand import browser_sets, control, small_picture


@pytest.fixture
def lab() -> Iterator[Lab]:
    lab = Lab(LAB, picture=small_picture(), level=2)
    yield lab
    lab.close()


def test_the_button_of_the_present_value_is_pressed_and_another_one_moves_the_lab(lab: Lab) -> None:
    level = control(lab, "level")
    assert isinstance(level, ipywidgets.ToggleButtons)
    assert (level.index, level.label) == (1, "2: + stride across")
    browser_sets(level, index=2)
    assert lab.params.level == 3
    assert control(lab, "kernel_size").layout.display == ""
    lab.set(level=1)
    assert level.index == 0
    assert control(lab, "kernel_size").layout.display == "none"


def test_it_stands_in_the_header_and_looks_like_other_rows_of_buttons(lab: Lab) -> None:
    level = control(lab, "level")
    assert level in lab.panel.header.children
    assert "lesson-presets" in level._dom_classes

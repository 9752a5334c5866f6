"""The pane that shows the reader's picture."""

from __future__ import annotations

import torch

from lessons_lib.images import Picture
from lessons_lib.kit.photo import photo_pane

CHANGED = Picture("mine", torch.zeros(1, 3, 4, 5), "greys stretched")


def test_what_was_changed_in_a_picture_is_said_before_the_note_of_the_lab() -> None:
    assert photo_pane(CHANGED, note="click it").note == "greys stretched · click it"


def test_a_picture_as_it_was_and_a_lab_that_says_nothing_make_no_empty_note() -> None:
    assert photo_pane(CHANGED).note == "greys stretched"
    assert photo_pane(Picture("mine", torch.zeros(1, 3, 4, 5)), note="click it").note == "click it"

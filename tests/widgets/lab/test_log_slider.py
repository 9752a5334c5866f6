"""A slider of powers of ten: it goes through round numbers, and keeps any other it is set to."""

from __future__ import annotations

from itertools import pairwise

import pytest

from lessons_lib.kit.controls import Slider, round_numbers
from lessons_lib.widgets.lab.bindings import bind

RATE = Slider("rate", "learning rate", 1e-7, 10.0, "kernel", log=True)


def test_its_numbers_are_round_and_about_evenly_far_apart() -> None:
    numbers = round_numbers(1e-7, 10.0)
    assert (numbers[0], numbers[-1], len(numbers)) == (1e-7, 10.0, 81)
    ratios = [after / before for before, after in pairwise(numbers)]
    assert 1.19 < min(ratios) < max(ratios) < 1.34
    assert round_numbers(0.07, 0.11) == (0.07, 0.08, 0.1, 0.11), "the ends are there"


def test_its_places_are_named_by_their_numbers() -> None:
    widget = bind(RATE).widget
    assert [label for label, _ in widget.options][:2] == ["10⁻⁷", "1.2·10⁻⁷"]
    assert "lesson-slider" in widget._dom_classes


def test_any_number_between_its_ends_can_be_set_and_is_kept_as_it_is() -> None:
    binding = bind(RATE)
    for value in (1e-7, 0.1236, 3, 0.1236, 10.0):
        binding.set(value)
        assert binding.get() == value
    values = [value for _, value in binding.widget.options]
    assert values == sorted({*round_numbers(1e-7, 10.0), 0.1236})


@pytest.mark.parametrize("value", [9e-8, 10.1, -7, 0])
def test_a_number_beyond_the_ends_is_refused_with_both(value: float) -> None:
    with pytest.raises(ValueError, match=r"`rate` \(=.*\) must be from 1e-07 to 10.0"):
        bind(RATE).set(value)
    with pytest.raises(TypeError, match="must be a number from 1e-07"):
        bind(RATE).set("fast")


def test_between_whole_ends_it_goes_through_whole_numbers_and_takes_no_other() -> None:
    binding = bind(Slider("iterations", "iterations", 1, 200, "output", log=True))
    values = [value for _, value in binding.widget.options]
    assert values[:9] == [1, 2, 3, 4, 5, 6, 8, 10, 12]
    assert values[-3:] == [120, 150, 200]
    binding.set(7)
    assert binding.get() == 7
    assert {type(value) for _, value in binding.widget.options} == {int}
    with pytest.raises(TypeError, match=r"`iterations` \(=7.5\) must be a whole number"):
        binding.set(7.5)

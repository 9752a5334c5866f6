"""A slider of powers of ten: its ends are values, its steps are parts of a power."""

from __future__ import annotations

import pytest

from lessons_lib.kit.controls import Slider
from lessons_lib.widgets.lab.bindings import bind

RATE = Slider("rate", "learning rate", 1e-7, 10.0, "kernel", step=0.1, log=True)


def test_its_ends_are_the_values_and_its_steps_the_powers() -> None:
    widget = bind(RATE).widget
    assert (widget.base, widget.min, widget.max, widget.step) == (10, -7, 1, 0.1)
    assert "lesson-slider" in widget._dom_classes


def test_any_value_between_them_can_be_set_and_is_kept_as_it_is() -> None:
    binding = bind(RATE)
    for value in (1e-7, 0.1236, 3, 10.0):
        binding.set(value)
        assert binding.get() == value


@pytest.mark.parametrize("value", [9e-8, 10.1, -7, 0])
def test_a_value_beyond_the_ends_is_refused_with_both(value: float) -> None:
    with pytest.raises(ValueError, match=r"`rate` \(=.*\) must be from 1e-07 to 10.0"):
        bind(RATE).set(value)
    with pytest.raises(TypeError, match="must be a number from 1e-07"):
        bind(RATE).set("fast")

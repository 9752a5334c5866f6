"""Controls as data: when each is there, and what a setting is called in words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lessons_lib.kit.controls import (
    Choice,
    Control,
    KernelEdit,
    PictureChoice,
    Presets,
    Seed,
    Slider,
    Toggle,
    Work,
    is_there,
)
from lessons_lib.kit.state import state_words

BORDERS = (("a mirror", "mirror"), ("zeros", "zeros"))


def of_every_kind(**place: Any) -> list[Control]:
    """One control of each kind, told where it stands."""
    return [
        Slider("size", "size", 0, 9, **place),
        Choice("border", "border", BORDERS, **place),
        Toggle("wide", "wide", **place),
        KernelEdit(**place),
        Seed(**place),
        PictureChoice(**place),
        Presets("try", (("9", {"size": 9}),), **place),
        Work("search", "search", lambda _: iter(()), (), **place),
    ]


@pytest.mark.parametrize(
    "control", of_every_kind(shown_with="wide"), ids=lambda c: type(c).__name__
)
def test_any_control_can_be_shown_with_a_toggle_only(control: Control) -> None:
    assert is_there(control, SimpleNamespace(wide=True))
    assert not is_there(control, SimpleNamespace(wide=False))


@pytest.mark.parametrize(
    "control",
    of_every_kind(shown_with=("border", ("mirror", "own"))),
    ids=lambda c: type(c).__name__,
)
def test_any_control_can_be_shown_with_several_values_of_another(control: Control) -> None:
    there = [is_there(control, SimpleNamespace(border=name)) for name in ("mirror", "own", "none")]
    assert there == [True, True, False]


@pytest.mark.parametrize(
    "control", of_every_kind(shown_with=("border", "mirror")), ids=lambda c: type(c).__name__
)
def test_any_control_can_be_shown_with_a_value_of_another_only(control: Control) -> None:
    assert is_there(control, SimpleNamespace(border="mirror"))
    assert not is_there(control, SimpleNamespace(border="zeros"))


@pytest.mark.parametrize("control", of_every_kind(), ids=lambda c: type(c).__name__)
def test_without_a_condition_a_control_is_always_there(control: Control) -> None:
    assert is_there(control, SimpleNamespace())


def test_a_condition_may_ask_for_a_value_that_is_not_true() -> None:
    assert is_there(Toggle("wide", "wide", shown_with=("size", 0)), SimpleNamespace(size=0))


def test_settings_are_said_in_the_words_of_their_controls() -> None:
    params = SimpleNamespace(
        size=-2.5,
        border="mirror",
        wide=False,
        kernel=((1.0, -1.0),),
        seed=4,
        picture=SimpleNamespace(name="lena"),
        search=None,
    )
    assert state_words(of_every_kind(), params) == {
        "size": "size −2.5",
        "border": "a mirror",
        "wide": "not: wide",
        "kernel": "kernel 1 −1",
        "seed": "seed 4",
        "picture": "lena",
    }
    hidden = [Slider("size", "size", 0, 9, shown_with="wide")]
    assert state_words(hidden, params) == {}

"""The functions that notebooks call: one line makes each, and `help` shows all its settings."""

from __future__ import annotations

import inspect
import pydoc
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import lessons_lib.labs
from lessons_lib import widgets
from lessons_lib.kit.controls import Choice, PictureChoice, Presets, Slider, Work
from lessons_lib.kit.result import LabDefinition
from lessons_lib.labs import stride
from lessons_lib.widgets.lab.lab import Lab
from tests.labs.all_labs import all_labs
from tests.widgets.hand import small_picture


def function_of(definition: LabDefinition) -> Callable[..., Lab]:
    function: Callable[..., Lab] = getattr(widgets, definition.function)
    return function


every_lab = pytest.mark.parametrize("definition", all_labs(), ids=lambda lab: lab.name)


def test_each_file_in_labs_holds_the_lab_of_its_name_and_has_its_function() -> None:
    folder = Path(lessons_lib.labs.__path__[0])
    files = {each.stem for each in folder.iterdir() if each.suffix == ".py"} - {"__init__"}
    folders = {each.parent.name for each in folder.glob("*/__init__.py")}
    assert {lab.name.replace("-", "_") for lab in all_labs()} == files | folders
    functions = {name for name in widgets.__all__ if name.endswith(("_lab", "_game"))}
    assert {lab.function for lab in all_labs()} == functions


def test_a_lab_costs_one_line_and_no_more() -> None:
    text = Path(str(widgets.__file__)).read_text("utf-8")
    for definition in all_labs():
        name = definition.name.replace("-", "_")
        lines = [line for line in text.splitlines() if line.startswith(definition.function)]
        assert lines == [f'{definition.function} = lab_call("{name}")']


@every_lab
def test_the_signature_names_every_setting_with_its_default(definition: LabDefinition) -> None:
    signature = inspect.signature(function_of(definition))
    found = {spec.name for spec in definition.controls if isinstance(spec, Work)}
    names = [field.name for field in fields(definition.params) if field.name not in found]
    assert list(signature.parameters) == [*names, "controls", "ahead", "covered"]
    for name, parameter in signature.parameters.items():
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        if name != "picture":
            default = False if name == "covered" else getattr(definition.params, name, None)
            assert parameter.default == default, name
    assert len(str(signature)) < 900, "a picture's pixels are in it"


@every_lab
def test_help_says_what_each_control_takes(definition: LabDefinition) -> None:
    function = function_of(definition)
    text = pydoc.plain(pydoc.render_doc(function))
    assert function.__name__ in text.splitlines()[0]
    assert max(map(len, (function.__doc__ or "").splitlines())) <= 100
    words = " ".join(text.split())  # however its lines are broken
    for spec in definition.controls:
        if isinstance(spec, Presets | Work):
            continue
        assert f" {spec.name}: " in words
        if isinstance(spec, Slider):
            assert f"from {spec.low} to {spec.high}" in words
        elif isinstance(spec, Choice):
            for _, value in spec.options:
                assert repr(value) in text, "a value is broken in two"
        elif isinstance(spec, PictureChoice):
            assert "the name of a picture, a path, or a `Picture`" in words


@every_lab
def test_the_first_line_says_what_the_lab_is_about(definition: LabDefinition) -> None:
    first = (function_of(definition).__doc__ or "").splitlines()[0]
    assert first[0].isupper()
    assert first.endswith(".")


def test_the_settings_reach_the_lab() -> None:
    given: dict[str, Any] = {"picture": small_picture(), "stride": 5, "controls": ("stride",)}
    lab = widgets.stride_lab(**given)
    assert lab.params == stride.StrideParams(picture=given["picture"], stride=5)
    assert lab.panel.bindings["display"].widget in lab.panel.controls.children[-1].children
    lab.close()


def test_a_setting_that_is_none_is_an_error_that_lists_all() -> None:
    with pytest.raises(TypeError, match=r"`strides` is no setting of this lab; it has picture, "):
        widgets.stride_lab(strides=5)

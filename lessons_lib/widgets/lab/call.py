"""The function by which a notebook calls a lab, with all its settings in its signature."""

from __future__ import annotations

import importlib
import inspect
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, fields
from typing import Any

from lessons_lib.kit.controls import (
    Choice,
    KernelEdit,
    PictureChoice,
    Presets,
    Seed,
    Setting,
    Slider,
    Work,
)
from lessons_lib.kit.result import LabDefinition
from lessons_lib.reader.ahead import works_ahead
from lessons_lib.widgets.lab.lab import Lab
from lessons_lib.widgets.lab.more import Chosen

_TIED = "\N{NO-BREAK SPACE}"  # holds a value together while its line is broken
_END = """\
    controls: which controls stand in sight, by the names above, or "all"; the others wait under
        "more". By default the lab chooses, and shows those of the settings that are given.
    ahead: False: work out no states before the hand comes to them. By default the variable
        LESSONS_AHEAD decides; without it they are.
    covered: True: what the reader is to guess is covered from the beginning, so that nothing of it
        is sent; `question(..., covers=lab)` or `lab.uncover()` shows it.

Returns:
    The lab. As the last line of a cell it is shown.
"""


class _Words:
    """Stands in a signature for a default that is made with each call."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __repr__(self) -> str:
        return self._words


def lab_call(name: str) -> Callable[..., Lab]:
    """Make the function that shows a lab.

    Args:
        name: of its module in `lessons_lib.labs`, such as "stride" for `stride_lab`; a game's
            ends with `_game`, and so does its function.

    Returns:
        a function of the lab's settings; `help` and Shift + Tab show them.
    """
    module = importlib.import_module(f"lessons_lib.labs.{name}")
    definition: LabDefinition = module.LAB

    def call(
        *,
        controls: Chosen = None,
        ahead: bool | None = None,
        covered: bool = False,
        **settings: Any,
    ) -> Lab:
        ahead = works_ahead() if ahead is None else ahead
        return Lab(definition, controls=controls, ahead=ahead, covered=covered, **settings)

    call.__name__ = call.__qualname__ = definition.function
    call.__module__ = "lessons_lib.widgets"
    call.__doc__ = _described(_first_line(module.__doc__), definition)
    vars(call)["__signature__"] = _signature(definition)
    return call


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n\n")[0]


def _settings(definition: LabDefinition) -> dict[Field[Any], Setting | None]:
    """Give each parameter that a reader may set, with its control; not what work finds."""
    controls = {spec.name: spec for spec in definition.controls if not isinstance(spec, Presets)}
    return {
        field: controls.get(field.name)
        for field in fields(definition.params)
        if not isinstance(controls.get(field.name), Work)
    }


def _signature(definition: LabDefinition) -> inspect.Signature:
    keyword = inspect.Parameter.KEYWORD_ONLY
    settings = [
        inspect.Parameter(
            field.name, keyword, default=_default(field), annotation=_kind(field, control)
        )
        for field, control in _settings(definition).items()
    ]
    chosen = inspect.Parameter("controls", keyword, default=None, annotation="names | 'all' | None")
    ahead = inspect.Parameter("ahead", keyword, default=None, annotation="bool | None")
    covered = inspect.Parameter("covered", keyword, default=False, annotation="bool")
    return inspect.Signature([*settings, chosen, ahead, covered], return_annotation="Lab")


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    return _Words(f"<the default {field.name}>")


def _kind(field: Field[Any], control: Setting | None) -> str:
    if isinstance(control, PictureChoice):
        return "Picture | str | Path"
    return "rows of numbers" if isinstance(control, KernelEdit) else str(field.type)


def _described(first_line: str, definition: LabDefinition) -> str:
    """Write a docstring: what the lab is about, and what each setting can be."""
    settings = {field.name: _meaning(each) for field, each in _settings(definition).items()}
    lines = [_wrapped(f"{name}: {meaning}") for name, meaning in settings.items()]
    return "\n".join([first_line, "", "Args, each of them optional:", *lines, _END])


def _wrapped(text: str) -> str:
    filled = textwrap.fill(text, 96, initial_indent=" " * 4, subsequent_indent=" " * 8)
    return filled.replace(_TIED, " ")


def _meaning(control: Setting | None) -> str:
    """Say what a setting is and which values it takes."""
    if control is None:
        return "has no control; it is set from Python."
    label = "" if control.label == control.name else f" ({control.label})"
    if isinstance(control, Slider):
        kind = "a whole number" if isinstance(control.step, int) else "a number"
        return f"{kind} from {control.low} to {control.high}{label}."
    if isinstance(control, Seed):
        what = "random weights" if control.label == "seed" else control.label
        return f"a whole number from {control.low} to {control.high}, for the {what}."
    if isinstance(control, Choice):
        return f"{_listed(value for _, value in control.options)}{label}."
    if isinstance(control, KernelEdit):
        return "1 × 1 to 7 × 7 numbers, such as ((1, -1),)."
    if isinstance(control, PictureChoice):
        return "the name of a picture, a path, or a `Picture`."
    return f"True or False{label}."


def _listed(values: Iterable[Any]) -> str:
    *most, last = [repr(value).replace(" ", _TIED) for value in values]
    return f"{', '.join(most)} or {last}" if most else last

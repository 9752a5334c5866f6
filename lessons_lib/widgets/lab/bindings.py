"""Make ipywidgets of control specs, each with one way to read and one to set its value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import ipywidgets

from lessons_lib.geometry.arguments import is_real, is_whole
from lessons_lib.images import BUNDLED, GENERATED, Picture, load_picture
from lessons_lib.kit.controls import (
    Choice,
    Control,
    KernelEdit,
    PictureChoice,
    Seed,
    Slider,
    Toggle,
    round_numbers,
    step_index,
    value_at_step,
)
from lessons_lib.kit.keys import part_of, part_of_known
from lessons_lib.visualization.numbers import short_text
from lessons_lib.widgets.kernel_editor.kernel_editor import KernelEditor

# so many steps to either side of where it stands are worked out ahead
MOST_STEPS = 600  # of a slider
MOST_SEEDS = 20


class Binding:
    """A control on the page and the parameter it stands for."""

    def __init__(self, spec: Control, name: str, widget: ipywidgets.Widget) -> None:
        self.spec = spec
        self.name = name
        self.widget = widget
        self.version = 0  # of what `move` tells
        if not isinstance(widget, KernelEditor):  # an anywidget with a tooltip shows no view
            widget.tooltip = spec.label
        for css in ("lesson-control", f"lesson-control-{name}"):
            widget.add_class(css)
        if role := getattr(spec, "role", ""):
            widget.add_class(f"lesson-role-of-{role}")

    def get(self) -> Any:
        """Read the value as the lab's Params take it."""
        return self.widget.value

    def set(self, value: Any) -> None:
        """Move the control; a value it cannot show is an error that names both."""
        self.widget.value = value

    def taken(self, value: Any) -> Any:
        """Say what `get` gives once this was set; the control is not moved.

        Raises:
            TypeError, ValueError: as `set` does.
        """
        return value

    def others(self) -> Iterable[Any]:
        """Give the other values that the hand may choose, the nearest first."""
        return ()

    def move(self, part: int) -> dict[str, Any] | None:
        """Tell the page what a move of this control puts into the key of the state.

        Args:
            part: which part of the key it is, see `lessons_lib.kit.keys`.

        Returns:
            the model's `attribute` that a hand changes; its value is counted in steps from `low`,
            or `sets` has for each a dict from part to text. None: nothing is told.
        """
        return None

    def observe(self, callback: Callable[[Any], None]) -> None:
        """Call back when the reader or a program changes the value."""
        self.widget.observe(callback, names="value")


def nearest_first(values: Sequence[Any], present: int) -> list[Any]:
    """Sort the values of a list by how far they stand from the one at index `present`."""
    others = (n for n in range(len(values)) if n != present)
    return [values[n] for n in sorted(others, key=lambda n: abs(n - present))]


class RangeBinding(Binding):
    """A number with limits: a slider or a seed."""

    spec: Slider | Seed

    def get(self) -> Any:
        """Read the value; a step between two fractions is always written as the same number."""
        value = self.widget.value
        if self._is_whole():
            return value
        index = step_index(self.spec, value)
        return value if index is None else value_at_step(self.spec, index)

    def set(self, value: Any) -> None:
        self.widget.value = self._checked(value)

    def taken(self, value: Any) -> Any:
        return self._checked(value)

    def others(self) -> Iterable[Any]:
        low, high = (step_index(self.spec, end) for end in (self.widget.min, self.widget.max))
        present = step_index(self.spec, self.get())
        if low is None or high is None or present is None:
            return []
        most = MOST_SEEDS if isinstance(self.spec, Seed) else MOST_STEPS
        first, last = max(low, present - most), min(high, present + most)
        steps = [value_at_step(self.spec, index) for index in range(first, last + 1)]
        return nearest_first(steps, present - first)

    def move(self, part: int) -> dict[str, Any]:
        step = 1 if isinstance(self.spec, Seed) else self.spec.step
        return {"attribute": "value", "part": part, "low": self.spec.low, "step": step}

    def _checked(self, value: Any) -> Any:
        """Refuse what is no number, or beyond the limits; numpy's numbers become Python's."""
        low, high = self.spec.low, self.spec.high
        whole = self._is_whole()
        if not (is_whole(value) if whole else is_real(value)):
            kind = "whole number" if whole else "number"
            raise TypeError(f"`{self.name}` (={value!r}) must be a {kind} from {low} to {high}")
        if not low <= value <= high:
            raise ValueError(f"`{self.name}` (={value}) must be from {low} to {high}")
        return int(value) if is_whole(value) else float(value)

    def _is_whole(self) -> bool:
        return isinstance(self.widget, ipywidgets.IntSlider | ipywidgets.BoundedIntText)


class LogBinding(RangeBinding):
    """A slider through the powers of ten.

    Not a FloatLogSlider: that one moves every value that is set from Python to the nearest of its
    steps and sends it back, so that a rate just below a limit may come to stand above it.
    """

    spec: Slider

    def __init__(self, spec: Slider) -> None:
        self._options = round_numbers(spec.low, spec.high)
        slider = ipywidgets.SelectionSlider(options=_named(self._options), description=spec.label)
        slider.add_class("lesson-slider")
        super().__init__(spec, spec.name, slider)

    def set(self, value: Any) -> None:
        exact = self._checked(value) if self._is_whole() else float(self._checked(value))
        with self.widget.hold_sync():
            if exact not in self._options:  # it takes a place of its own between the others
                self._options = tuple(sorted({*self._options, exact}))
                self.widget.options = _named(self._options)
                self.version += 1
            self.widget.value = exact

    def get(self) -> Any:
        return self.widget.value

    def others(self) -> Iterable[Any]:
        return nearest_first(self._options, self.widget.index)

    def move(self, part: int) -> dict[str, Any]:
        return _listed(part, [part_of(self.spec, value) for value in self._options])

    def _is_whole(self) -> bool:
        return isinstance(self.spec.low, int) and isinstance(self.spec.high, int)


def _named(values: tuple[float, ...]) -> list[tuple[str, float]]:
    return [(short_text(value), value) for value in values]


def _listed(part: int, texts: Iterable[str], attribute: str = "index") -> dict[str, Any]:
    return {"attribute": attribute, "sets": [{part: text} for text in texts]}


class ToggleBinding(Binding):
    """Something that is on or off."""

    def set(self, value: Any) -> None:
        self.widget.value = self.taken(value)

    def taken(self, value: Any) -> Any:
        if not isinstance(value, bool):
            raise TypeError(f"`{self.name}` (={value!r}) must be True or False")
        return value

    def others(self) -> Iterable[Any]:
        return [not self.widget.value]

    def move(self, part: int) -> dict[str, Any]:
        return _listed(part, [part_of(self.spec, value) for value in (False, True)], "value")


class ChoiceBinding(Binding):
    """One of several values; what the list says for a value is understood as well."""

    def set(self, value: Any) -> None:
        self.widget.value = self.taken(value)

    def taken(self, value: Any) -> Any:
        allowed = [option for _, option in self.widget.options]
        if value not in allowed:
            named = [option for label, option in self.widget.options if label == value]
            if not named:
                raise ValueError(f"`{self.name}` (={value!r}) must be one of {allowed}")
            (value,) = named
        return value

    def others(self) -> Iterable[Any]:
        return nearest_first([option for _, option in self.widget.options], self.widget.index)

    def move(self, part: int) -> dict[str, Any]:
        return _listed(part, [part_of(self.spec, value) for _, value in self.widget.options])


class PictureBinding(Binding):
    """The picture: a list of names that grows by the reader's own files."""

    def __init__(self, spec: PictureChoice) -> None:
        names = [*BUNDLED, *GENERATED]
        choice = ipywidgets.Dropdown(options=names, description=spec.label)
        super().__init__(spec, spec.name, choice)
        self._own: dict[str, Picture] = {}

    def get(self) -> Picture:
        return self._named(self.widget.value)

    def _named(self, name: str) -> Picture:
        return self._own[name] if name in self._own else load_picture(name)

    def taken(self, value: Picture | str) -> Picture:
        return load_picture(value)

    def others(self) -> Iterable[Picture]:
        names = nearest_first(self.widget.options, self.widget.index)
        return (self._named(name) for name in names)  # each is loaded when it is its turn

    def move(self, part: int) -> dict[str, Any]:
        def text(name: str) -> str:
            own = self._own.get(name)
            return part_of_known(name) if own is None else part_of(self.spec, own)

        return _listed(part, map(text, self.widget.options))

    def set(self, value: Picture | str) -> None:
        picture = load_picture(value)
        known = picture.name in (*BUNDLED, *GENERATED)
        if not known or load_picture(picture.name) is not picture:
            self._own[picture.name] = picture
            self.version += 1
            if picture.name not in self.widget.options:
                self.widget.options = [*self.widget.options, picture.name]
        self.widget.value = picture.name


class KernelBinding(Binding):
    """The kernel editor; the parameter is a tuple of rows."""

    def get(self) -> tuple[tuple[float, ...], ...]:
        return tuple(tuple(row) for row in self.widget.values)

    def set(self, value: Any) -> None:
        self.widget.values = [list(row) for row in value]

    def taken(self, value: Any) -> Any:
        return tuple(tuple(row) for row in value)

    def observe(self, callback: Callable[[Any], None]) -> None:
        self.widget.observe(callback, names="values")


def bind(spec: Control) -> Binding:
    """Make the widget for a spec.

    Args:
        spec: any control but `Presets`, which stand for no parameter of their own.

    Returns:
        its binding; the value is set by the lab afterwards.

    Raises:
        TypeError: the spec is none that is known here.
    """
    if isinstance(spec, Slider) and spec.log:
        return LogBinding(spec)
    if isinstance(spec, Slider):
        return RangeBinding(spec, spec.name, _slider(spec))
    if isinstance(spec, Seed):
        seed = ipywidgets.BoundedIntText(min=spec.low, max=spec.high, description=spec.label)
        return RangeBinding(spec, spec.name, seed)
    if isinstance(spec, Choice):
        kind = ipywidgets.ToggleButtons if spec.chips else ipywidgets.Dropdown
        choice = kind(options=spec.options, description=spec.label)
        if spec.chips:
            choice.add_class("lesson-presets")
        return ChoiceBinding(spec, spec.name, choice)
    if isinstance(spec, Toggle):
        box = ipywidgets.Checkbox(description=spec.label, indent=False)
        box.add_class("lesson-toggle")
        return ToggleBinding(spec, spec.name, box)
    if isinstance(spec, PictureChoice):
        return PictureBinding(spec)
    if isinstance(spec, KernelEdit):
        return KernelBinding(spec, spec.name, KernelEditor())
    raise TypeError(f"no widget is known for {type(spec).__name__}")


def _slider(spec: Slider) -> ipywidgets.Widget:
    whole = isinstance(spec.step, int)
    make = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
    slider = make(min=spec.low, max=spec.high, step=spec.step, description=spec.label)
    slider.add_class("lesson-slider")
    return slider

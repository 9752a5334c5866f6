"""The controls of a lab: made from their specs, read and moved together, there when they count."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, Protocol

import ipywidgets

from lessons_lib.images import BUNDLED, GENERATED, Picture, load_picture, picture_from_bytes
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
)
from lessons_lib.kit.result import LabDefinition
from lessons_lib.widgets.kernel_editor.kernel_editor import KernelEditor
from lessons_lib.widgets.upload.upload import Upload
from lessons_lib.widgets.work.row import Workplace, WorkRow


class Binding:
    """A control on the page and the parameter it stands for."""

    def __init__(self, spec: Control, name: str, widget: ipywidgets.Widget) -> None:
        self.spec = spec
        self.name = name
        self.widget = widget
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

    def observe(self, callback: Callable[[Any], None]) -> None:
        """Call back when the reader or a program changes the value."""
        self.widget.observe(callback, names="value")


class RangeBinding(Binding):
    """A number with limits: a slider or a seed."""

    def set(self, value: Any) -> None:
        low, high = self.widget.min, self.widget.max
        whole = isinstance(self.widget, ipywidgets.IntSlider | ipywidgets.BoundedIntText)
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            kind = "whole number" if whole else "number"
            raise TypeError(f"`{self.name}` (={value!r}) must be a {kind} from {low} to {high}")
        if not low <= value <= high:
            raise ValueError(f"`{self.name}` (={value}) must be from {low} to {high}")
        self.widget.value = value


class ToggleBinding(Binding):
    """Something that is on or off."""

    def set(self, value: Any) -> None:
        if not isinstance(value, bool):
            raise TypeError(f"`{self.name}` (={value!r}) must be True or False")
        self.widget.value = value


class ChoiceBinding(Binding):
    """One of several values."""

    def set(self, value: Any) -> None:
        allowed = [option for _, option in self.widget.options]
        if value not in allowed:
            raise ValueError(f"`{self.name}` (={value!r}) must be one of {allowed}")
        self.widget.value = value


class PictureBinding(Binding):
    """The picture: a list of names that grows by the reader's own files."""

    def __init__(self, spec: PictureChoice) -> None:
        names = [*BUNDLED, *GENERATED]
        super().__init__(spec, spec.name, ipywidgets.Dropdown(options=names, description=""))
        self._own: dict[str, Picture] = {}

    def get(self) -> Picture:
        name = self.widget.value
        return self._own[name] if name in self._own else load_picture(name)

    def set(self, value: Picture | str) -> None:
        picture = load_picture(value)
        known = picture.name in (*BUNDLED, *GENERATED)
        if not known or load_picture(picture.name) is not picture:
            self._own[picture.name] = picture
            if picture.name not in self.widget.options:
                self.widget.options = [*self.widget.options, picture.name]
        self.widget.value = picture.name


class KernelBinding(Binding):
    """The kernel editor; the parameter is a tuple of rows."""

    def get(self) -> tuple[tuple[float, ...], ...]:
        return tuple(tuple(row) for row in self.widget.values)

    def set(self, value: Any) -> None:
        self.widget.values = [list(row) for row in value]

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
    if isinstance(spec, Slider):
        return RangeBinding(spec, spec.name, _slider(spec))
    if isinstance(spec, Seed):
        seed = ipywidgets.BoundedIntText(min=spec.low, max=spec.high, description=spec.label)
        return RangeBinding(spec, spec.name, seed)
    if isinstance(spec, Choice):
        label = "" if spec.in_header else spec.label
        choice = ipywidgets.Dropdown(options=spec.options, description=label)
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


class PresetRow:
    """Buttons for the settings of the lesson; the one that is in force is marked."""

    def __init__(self, spec: Presets, apply: Callable[[Mapping[str, Any]], None]) -> None:
        self._apply = apply
        self._settings = [settings for _, settings in spec.settings]
        options = [(label, index) for index, (label, _) in enumerate(spec.settings)]
        self.widget = ipywidgets.ToggleButtons(options=options, value=None, description=spec.label)
        for css in ("lesson-control", "lesson-presets", f"lesson-role-of-{spec.role}"):
            self.widget.add_class(css)
        self.widget.observe(self._chosen, names="value")

    def _chosen(self, change: Any) -> None:
        if change["new"] is not None:
            self._apply(self._settings[change["new"]])

    def mark(self, params: Any) -> None:
        """Mark the button whose settings are those of params, if there is one."""
        fits = (
            index
            for index, settings in enumerate(self._settings)
            if all(getattr(params, name) == value for name, value in settings.items())
        )
        self.widget.value = next(fits, None)


class Host(Workplace, Protocol):
    """What a panel asks of its lab."""

    def by_hand(self, action: Callable[[], None]) -> None:
        """Act for the reader, unless the lab itself moves its controls."""

    def reset(self) -> None:
        """Go back to the settings that the lab began with."""


class Panel:
    """All controls of a lab.

    Args:
        definition: the lab as data.
        lab: what the controls act on.

    Attributes:
        header: title, picture, seed and reset.
        controls: what stands below.
        bindings: by the name of the parameter.
        works: long work, by its name.
        quiet: True while the lab itself moves controls.
    """

    def __init__(self, definition: LabDefinition, lab: Host) -> None:
        self._definition = definition
        self._lab = lab
        self.quiet = False
        self.bindings: dict[str, Binding] = {}
        self.works: dict[str, WorkRow] = {}
        self._presets: list[PresetRow] = []
        self._unbound: dict[str, Any] = {}  # parameters without a control, such as a clicked pixel
        title = ipywidgets.HTML(f'<span class="lesson-title">{definition.title}</span>')
        header: list[ipywidgets.Widget] = [title]
        body: list[ipywidgets.Widget] = []
        for spec in definition.controls:
            in_header = isinstance(spec, PictureChoice | Seed) or getattr(spec, "in_header", False)
            (header if in_header else body).append(self._make(spec))
            if isinstance(spec, PictureChoice):
                header.append(self._make_upload())
        header.append(self._make_reset())
        self.header = _row(header, "lesson-header")
        self.controls = _row(_beside_editor(body), "lesson-controls")

    # --- making -----------------------------------------------------------------------------------

    def _make(self, spec: Control) -> ipywidgets.Widget:
        if isinstance(spec, Presets):
            self._presets.append(PresetRow(spec, self._apply))
            return self._presets[-1].widget
        if isinstance(spec, Work):
            self.works[spec.name] = WorkRow(spec, self._lab)
            return self.works[spec.name].widget
        binding = bind(spec)
        self.bindings[binding.name] = binding
        if isinstance(spec, KernelEdit):
            binding.widget.on_crash(self._lab.crashed)
        return binding.widget

    def _make_upload(self) -> Upload:
        function = self._definition.name.replace("-", "_")
        upload = Upload(lab_call=f'{function}_lab(picture="/path/to/photo.jpg")')
        upload.on_file(self._take_file)
        upload.on_crash(self._lab.crashed)
        return upload

    def _take_file(self, data: bytes, name: str) -> None:
        picture = picture_from_bytes(data, name)  # a PictureError becomes the upload's sentence
        self._lab.set(picture=Picture(f"{name} (yours)", picture.image, picture.note))

    def _make_reset(self) -> ipywidgets.Button:
        reset = ipywidgets.Button(description="reset", tooltip="back to the lesson's start")
        reset.add_class("lesson-reset")
        reset.on_click(lambda _: self._lab.by_hand(self._lab.reset))
        return reset

    def _apply(self, settings: Mapping[str, Any]) -> None:
        self._lab.by_hand(lambda: self._lab.set(**settings))

    # --- reading and moving -----------------------------------------------------------------------

    def read(self) -> Any:
        """Give the parameters that the controls stand for."""
        bound = {name: binding.get() for name, binding in self.bindings.items()}
        return self._definition.params(**bound, **self._unbound)

    def move(self, settings: Mapping[str, Any], start: Any) -> None:
        """Move all controls at once, without a word to the lab.

        Args:
            settings: parameters by name.
            start: parameters for all others.

        Raises:
            TypeError, ValueError: a value that its control cannot show.
        """
        with self.silence():
            for field in fields(start):
                value = settings.get(field.name, getattr(start, field.name))
                if field.name in self.bindings:
                    self.bindings[field.name].set(value)
                else:
                    self._unbound[field.name] = value

    def keep(self, name: str, value: Any) -> None:
        """Set a parameter that has no control."""
        self._unbound[name] = value

    def listen(self, callback: Callable[[Any], None]) -> None:
        """Call back when any control is moved."""
        for binding in self.bindings.values():
            binding.observe(callback)

    def is_whole(self, name: str) -> bool:
        """Say whether this is a slider of whole numbers."""
        return isinstance(self.bindings[name].widget, ipywidgets.IntSlider)

    @contextlib.contextmanager
    def silence(self) -> Iterator[None]:
        """Let controls move without each move being an update of its own."""
        before, self.quiet = self.quiet, True
        try:
            yield
        finally:
            self.quiet = before

    # --- what is there, and what is marked --------------------------------------------------------

    def show_or_hide(self, params: Any) -> None:
        """Take away the controls that count for nothing with these parameters."""
        for binding in self.bindings.values():
            if isinstance(binding.spec, Slider) and binding.spec.shown_with:
                shown = getattr(params, binding.spec.shown_with)
                binding.widget.layout.display = "" if shown else "none"

    def mark_presets(self, params: Any) -> None:
        """Mark the presets that are in force."""
        with self.silence():
            for row in self._presets:
                row.mark(params)


def _row(widgets: list[ipywidgets.Widget], css: str) -> ipywidgets.HBox:
    row = ipywidgets.HBox(widgets)
    row.add_class(css)
    return row


def _beside_editor(controls: list[ipywidgets.Widget]) -> list[ipywidgets.Widget]:
    """Put the other controls into a box of their own where there is a tall kernel editor."""
    editors = [each for each in controls if isinstance(each, KernelEditor)]
    if not editors:
        return controls
    rest = [each for each in controls if each not in editors]
    return [*editors, _row(rest, "lesson-controls-rest")]

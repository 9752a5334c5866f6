"""The controls of a lab: made from their specs, read and moved together, there when they count."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, Protocol

import ipywidgets

from lessons_lib.images import Picture, picture_from_bytes
from lessons_lib.kit.controls import (
    Choice,
    Control,
    KernelEdit,
    PictureChoice,
    Placed,
    Presets,
    Seed,
    Slider,
    Work,
    is_there,
    shown_by,
)
from lessons_lib.kit.keys import part_of, place_in_key
from lessons_lib.kit.result import LabDefinition
from lessons_lib.widgets.kernel_editor.kernel_editor import KernelEditor
from lessons_lib.widgets.lab.bindings import Binding, bind
from lessons_lib.widgets.lab.more import More
from lessons_lib.widgets.lab.presets import PresetRow, in_order, usual_values
from lessons_lib.widgets.upload.upload import Upload
from lessons_lib.widgets.work.row import Workplace, WorkRow
from lessons_lib.widgets.work.works import Works

TRY = "try"  # no parameter: the name by which the page calls a button of a row


class Host(Workplace, Protocol):
    """What a panel asks of its lab."""

    def by_hand(self, action: Callable[[], None]) -> None:
        """Act for the reader, unless the lab itself moves its controls."""

    def reset(self) -> None:
        """Go back to the settings that the lab began with."""

    def held(self, name: str) -> None:
        """A hand is at a control, or at a row of presets, of this name."""


class Panel:
    """All controls of a lab.

    Args:
        definition: the lab as data.
        lab: what the controls act on.
        settings: parameters by name, as the notebook gives them; they are not set here.
        sight: names of the controls that stand in sight; see `in_sight`.

    Attributes:
        plain: the parameters at which a lab of this kind begins.
        header: title, picture, seed and reset.
        controls: what stands below.
        bindings: by the name of the parameter.
        works: long work.
        sight: names of the controls that stand in sight.
        quiet: True while the lab itself moves controls.
    """

    def __init__(
        self,
        definition: LabDefinition,
        lab: Host,
        settings: Mapping[str, Any],
        sight: Collection[str],
    ) -> None:
        self._definition = definition
        self._lab = lab
        self.plain = definition.params()
        self.quiet = False
        self.bindings: dict[str, Binding] = {}
        self.works = Works(self.keep)
        self._presets: list[PresetRow] = []
        self._conditional: list[tuple[Placed, ipywidgets.Widget]] = []
        self._unbound: dict[str, Any] = {}  # parameters without a control, such as a clicked pixel
        self._more: More | None = None
        self.sight = sight
        title = ipywidgets.HTML(f'<span class="lesson-title">{definition.title}</span>')
        header: list[ipywidgets.Widget] = [title]
        body: list[ipywidgets.Widget] = []
        folded: list[ipywidgets.Widget] = []
        for spec in self._in_order(settings):
            place = header if self._in_header(spec) else body if self._is_first(spec) else folded
            place.append(self._make(spec))
            if isinstance(spec, PictureChoice):
                header.append(self._make_upload(spec))
        header.append(self._make_reset())
        if folded:
            self._more = More(
                definition.controls, self._folded(), folded, self.plain, lambda: lab.params
            )
            body.append(self._more.widget)
        self.header = _row(header, "lesson-header")
        self.controls = _row(_beside_editor(body), "lesson-controls")

    # --- places -----------------------------------------------------------------------------------

    def _folded(self) -> set[str]:
        specs = (spec for spec in self._definition.controls if not isinstance(spec, Presets))
        return {spec.name for spec in specs}.difference(self.sight)

    def _is_first(self, spec: Control) -> bool:
        return spec.name in self.sight if not isinstance(spec, Presets) else not spec.more

    def _in_header(self, spec: Control) -> bool:
        if isinstance(spec, PictureChoice | Seed):
            return True
        return isinstance(spec, Choice) and spec.in_header and self._is_first(spec)

    def _in_order(self, settings: Mapping[str, Any]) -> Iterator[Control]:
        names = [field.name for field in fields(self.plain)]
        for spec in self._definition.controls:
            if (condition := shown_by(spec)) and condition not in names:
                raise ValueError(f"`shown_with` (={condition!r}) must be one of {names}")
        named = {name: value for name, value in settings.items() if name in self._folded()}
        usual = usual_values(self._folded(), self.plain, replace(self.plain, **named))
        return in_order(self._definition.controls, usual)

    # --- making -----------------------------------------------------------------------------------

    def _make(self, spec: Control) -> ipywidgets.Widget:
        widget = self._widget(spec)
        if shown_by(spec):
            self._conditional.append((spec, widget))
        return widget

    def _widget(self, spec: Control) -> ipywidgets.Widget:
        if isinstance(spec, Presets):
            name = f"presets-{len(self._presets)}"
            self._presets.append(PresetRow(spec, name, self._apply))
            return self._presets[-1].widget
        if isinstance(spec, Work):
            row = WorkRow(spec, self._lab)
            self.works.add(row)
            return row.widget
        binding = bind(spec)
        self.bindings[binding.name] = binding
        if isinstance(spec, KernelEdit):
            binding.widget.on_crash(self._lab.crashed)
        return binding.widget

    def _make_upload(self, spec: PictureChoice) -> Upload:
        more = "".join(f", {parameter}={value!r}" for parameter, value in spec.uploaded)
        upload = Upload(lab_call=f'{self._definition.function}(picture="/path/to/photo.jpg"{more})')
        upload.on_file(functools.partial(self._take_file, dict(spec.uploaded)))
        upload.on_crash(self._lab.crashed)
        if shown_by(spec) and not spec.uploaded:
            self._conditional.append((spec, upload))
        return upload

    def _take_file(self, more: Mapping[str, Any], data: bytes, name: str) -> None:
        picture = picture_from_bytes(data, name)  # a PictureError becomes the upload's sentence
        own = Picture(f"{name} (yours)", picture.image, picture.note)
        self._lab.set(picture=own, **more)

    def _make_reset(self) -> ipywidgets.Button:
        reset = ipywidgets.Button(description="reset", tooltip="back to where this lab began")
        reset.add_class("lesson-reset")
        reset.on_click(lambda _: self._lab.by_hand(self._lab.reset))
        return reset

    def _apply(self, settings: Mapping[str, Any], row: str) -> None:
        def act() -> None:
            try:
                self._lab.set(**settings)
            finally:
                self._lab.held(row)

        self._lab.by_hand(act)

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

    def spelled_out(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Give settings from the page: `try` stands for a button of a row, by its label.

        Raises:
            ValueError: there is no such button.
        """
        given = dict(settings)
        if TRY not in given:
            return given
        rows = [spec for spec in self._definition.controls if isinstance(spec, Presets)]
        buttons = {label: values for row in rows for label, values in row.settings}
        label = given.pop(TRY)
        if label not in buttons:
            raise ValueError(f"`{TRY}` (={label!r}) must be one of {list(buttons)}")
        return {**buttons[label], **given}

    def listen(self, callback: Callable[[Any], None]) -> None:
        """Call back when any control is moved."""
        for binding in self.bindings.values():
            binding.observe(callback)

    def is_number(self, name: str) -> bool:
        """Say whether this is a slider or a number, on which no other control's presence hangs."""
        conditions = {shown_by(spec) for spec, _ in self._conditional}
        return isinstance(self.bindings[name].spec, Slider | Seed) and name not in conditions

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

    # --- ahead of the hand ------------------------------------------------------------------------

    def name_of(self, widget: ipywidgets.Widget) -> str:
        """Give the name of the parameter that this control sets."""
        return next(name for name, each in self.bindings.items() if each.widget is widget)

    def others(self, name: str) -> Iterator[dict[str, Any]]:
        """Give the settings that the next move of a control leads to, the nearest first.

        Args:
            name: of a parameter or of a row of presets; of any other there are none.
        """
        if name in self.bindings:
            return ({name: value} for value in self.bindings[name].others())
        rows = [row for row in self._presets if row.name == name]
        each = (self._taken(settings) for row in rows for settings in row.settings)
        return (settings for settings in each if settings is not None)

    def _taken(self, settings: Mapping[str, Any]) -> dict[str, Any] | None:
        """Say what the parameters are once these were set; None where a control refuses one."""
        try:
            return {
                name: self.bindings[name].taken(value) if name in self.bindings else value
                for name, value in settings.items()
            }
        except (TypeError, ValueError):
            return None

    def pressed(self, row: str) -> int | None:
        """Say which button of a row of presets is pressed."""
        index: int | None = next(each.widget.index for each in self._presets if each.name == row)
        return index

    @property
    def version(self) -> int:
        """It is another one when `moves` has become another list."""
        return sum(binding.version for binding in self.bindings.values())

    def moves(self) -> list[dict[str, Any]]:
        """Tell the page what a move of each control puts into the key of the state.

        Returns:
            for each control its `name`, the id of its `model` and the rest from `Binding.move`.
        """
        part = functools.partial(place_in_key, self._definition.params)
        told = [
            {"name": name, "model": binding.widget.model_id, **move}
            for name, binding in self.bindings.items()
            if (move := binding.move(part(name))) is not None
        ]
        for row in self._presets:
            sets = [self._parts(self._taken(settings)) for settings in row.settings]
            told.append(
                {
                    "name": row.name,
                    "model": row.widget.model_id,
                    "attribute": "index",
                    "leaps": True,  # Python moves the other controls afterwards
                    "sets": sets,
                }
            )
        return told

    def _parts(self, settings: Mapping[str, Any] | None) -> dict[int, str] | None:
        if settings is None:
            return None
        specs = {name: binding.spec for name, binding in self.bindings.items()}
        return {
            place_in_key(self._definition.params, name): part_of(specs.get(name), value)
            for name, value in settings.items()
        }

    # --- what is there, and what is marked --------------------------------------------------------

    def show_or_hide(self, params: Any) -> None:
        """Take away the controls that count for nothing with these parameters."""
        self.works.offer(params)
        for spec, widget in self._conditional:
            widget.layout.display = "" if is_there(spec, params) else "none"
        if self._more is not None:
            self._more.moved(params)

    def mark_presets(self, params: Any) -> None:
        """Mark the presets that are in force, and tell what is set out of sight."""
        if self._more is not None:
            self._more.tell(params)
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

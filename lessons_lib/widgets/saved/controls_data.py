"""The controls of a lab as plain data for a page that draws them itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lessons_lib.images import Picture
from lessons_lib.kit.controls import (
    Choice,
    Control,
    KernelEdit,
    PictureChoice,
    Placed,
    Presets,
    Seed,
    Setting,
    Slider,
    Toggle,
    Work,
    round_numbers,
    shown_by,
    step_index,
)
from lessons_lib.kit.keys import part_of, place_in_key
from lessons_lib.visualization.numbers import short_text
from lessons_lib.widgets.lab.presets import in_order, usual_values
from lessons_lib.widgets.saved.states import loaded

Values = Mapping[str, Sequence[Any]]
Parts = dict[int, str]


@dataclass(frozen=True)
class Saved:
    """What of a lab a page holds.

    Attributes:
        controls: of the lab.
        plain: the parameters at which a lab of this kind begins.
        start: the parameters at which the page begins.
        values: what each varied control offers, by name.
        sight: names of the controls that are not folded away.
    """

    controls: Sequence[Control]
    plain: Any
    start: Any
    values: Values
    sight: Collection[str]

    @property
    def specs(self) -> dict[str, Setting]:
        """The controls that stand for one parameter, by its name."""
        specs = {spec.name: spec for spec in self.controls if not isinstance(spec, Presets)}
        return {name: spec for name, spec in specs.items() if hasattr(self.start, name)}

    def offered(self, name: str) -> Sequence[Any]:
        """Give the values that the page has of a parameter; one where it does not move."""
        return self.values.get(name) or (getattr(self.start, name),)

    def place(self, name: str) -> int:
        """Give the place of a parameter in the key of a state."""
        return place_in_key(type(self.start), name)


def controls_data(saved: Saved) -> list[dict[str, Any]]:
    """Prepare the controls.

    Args:
        saved: what the page holds.

    Returns:
        in the order in which they stand, for each control its kind, words and place, and its
        `values`, each with its `text`, the `part` that it puts into the key of a state, and the
        `word` that a call of the lab has for it; for a row of buttons what each of them `sets`. A
        control that does not move here has one value.
    """
    specs = saved.specs
    usual = usual_values(specs.keys() - set(saved.sight), saved.plain, saved.start)
    told = []
    for spec in in_order(saved.controls, usual):
        if isinstance(spec, Presets):
            told.append(_presets_data(saved, spec))
        elif spec.name in specs and not isinstance(spec, Work):
            told.append(_setting_data(saved, spec))
    return [each for each in told if each is not None]


def _setting_data(saved: Saved, spec: Setting) -> dict[str, Any]:
    first = spec.name in saved.sight
    return {
        "kind": _kind(spec),
        "name": spec.name,
        "label": spec.label,
        "role": getattr(spec, "role", ""),
        "in_header": isinstance(spec, PictureChoice | Seed)
        or (isinstance(spec, Choice) and spec.in_header and first),
        "more": not first,
        "place": saved.place(spec.name),
        "plain": part_of(spec, getattr(saved.plain, spec.name)),
        "needs": _needs(saved, spec),
        "values": [
            {"text": _text(spec, value), "part": part_of(spec, value), "word": _word(value)}
            for value in saved.offered(spec.name)
        ],
    }


def _kind(spec: Setting) -> str:
    if isinstance(spec, Slider):
        return "slider"
    if isinstance(spec, Toggle):
        return "toggle"
    if isinstance(spec, KernelEdit):
        return "kernel"  # the page has no editor: buttons set it
    return "chips" if isinstance(spec, Choice) and spec.chips else "list"


def _needs(saved: Saved, spec: Placed) -> dict[str, Any] | None:
    """Say with which parts of the key a control is there; None: always."""
    name = shown_by(spec)
    if not name:
        return None
    wanted = (True,) if isinstance(spec.shown_with, str) else spec.shown_with[1]
    each = wanted if isinstance(wanted, tuple) else (wanted,)
    parts = [part_of(saved.specs.get(name), value) for value in each]
    return {"place": saved.place(name), "parts": parts}


def _text(spec: Setting, value: Any) -> str:
    if isinstance(value, Picture):
        return value.name
    if isinstance(spec, Choice):
        return next((label for label, each in spec.options if each == value), str(value))
    if isinstance(spec, Slider) and spec.log:
        return short_text(value)
    if isinstance(spec, Slider):  # as ipywidgets writes it
        return f"{value:{'d' if isinstance(spec.step, int) else '.2f'}}".replace("-", "−")
    return str(value)


def _word(value: Any) -> str:
    return repr(value.name if isinstance(value, Picture) else value)


def _presets_data(saved: Saved, row: Presets) -> dict[str, Any] | None:
    each = [(label, _parts_set(saved, settings)) for label, settings in row.settings]
    buttons = [{"text": label, "sets": parts} for label, parts in each if parts is not None]
    if not buttons:
        return None
    told = {"kind": "presets", "label": row.label, "role": row.role, "more": row.more}
    return {**told, "needs": _needs(saved, row), "buttons": buttons}


def _parts_set(saved: Saved, settings: Mapping[str, Any]) -> Parts | None:
    """Give the parts of the key that a button sets; None where the page lacks one of its values."""
    parts: Parts = {}
    for name, value in loaded(saved.controls, settings).items():
        spec = saved.specs.get(name)
        part = part_of(spec, value)
        if part not in [part_of(spec, each) for each in saved.offered(name)]:
            return None
        parts[saved.place(name)] = part
    return parts


def controls_note(saved: Saved, chosen: bool) -> str:
    """Say what the controls of the lab can do only with a kernel; "" for nothing.

    Args:
        saved: what the page holds.
        chosen: whether somebody has chosen what moves; what was left out is then not missed.
    """
    moving = [spec for name, spec in saved.specs.items() if len(saved.offered(name)) > 1]
    held = [
        f"{len(saved.offered(spec.name))} of the {count:,} values of {spec.label}"
        for spec in moving
        if isinstance(spec, Slider) and (count := _count(spec)) > len(saved.offered(spec.name))
    ]
    others = [spec for spec in saved.controls if not chosen and not isinstance(spec, Presets)]
    wanted = [words for spec in (*moving, *others) if (words := _with_kernel(spec))]
    sentences = []
    if held:
        sentences.append(f"This page holds {_listed(held)}.")
    if wanted:
        sentences.append(f"Only in JupyterLab: {_listed(list(dict.fromkeys(wanted)))}.")
    return " ".join(sentences)


def _count(spec: Slider) -> int:
    """Count the values of a slider."""
    if spec.log:
        return len(round_numbers(spec.low, spec.high))
    return 1 + (step_index(spec, spec.high) or 0)


def _with_kernel(spec: Setting) -> str:
    if isinstance(spec, PictureChoice):
        return "your own picture"
    if isinstance(spec, Seed):
        return "all other seeds"
    if isinstance(spec, KernelEdit):
        return "a kernel of your own"
    return ""


def _listed(words: Sequence[str]) -> str:
    """Give "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)

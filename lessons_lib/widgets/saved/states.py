"""Which states of a lab are saved: from each classic setting one control at a time moves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from lessons_lib.geometry.arguments import is_whole
from lessons_lib.images import BUNDLED, GENERATED, load_picture
from lessons_lib.kit.controls import (
    Choice,
    Control,
    PictureChoice,
    Presets,
    Seed,
    Setting,
    Slider,
    Toggle,
    round_numbers,
    step_index,
    value_at_step,
)

MOST_STEPS = 32  # of a slider that is saved whole
MOST_SEEDS = 4


def saved_values(spec: Setting, present: Any, classic: Collection[Any]) -> tuple[Any, ...]:
    """Give the values of a control that a page without a kernel offers, in the control's order.

    A list and a slider of few steps are saved whole. Of a longer slider there are the present
    value, the classic ones, and as many between, evenly, as make `MOST_STEPS`.

    Args:
        spec: the control.
        present: the value at which the lab stands.
        classic: values to which buttons of the lab set it.

    Returns:
        of what cannot be moved without a kernel, such as a kernel to be edited, the present value
        and the classic ones: buttons set them.
    """
    if isinstance(spec, Choice):
        return tuple(value for _, value in spec.options)
    if isinstance(spec, Toggle):
        return (False, True)
    if isinstance(spec, PictureChoice):
        known = [load_picture(name) for name in (*BUNDLED, *GENERATED)]
        return tuple(known if present in known else [*known, present])
    if isinstance(spec, Seed):
        seeds = range(spec.low, min(spec.low + MOST_SEEDS, spec.high + 1))
        return tuple(sorted({present, *classic, *seeds}))
    if isinstance(spec, Slider):
        return _slider_values(spec, {present, *classic})
    return tuple(dict.fromkeys((present, *classic)))


def _slider_values(spec: Slider, wanted: Collection[Any]) -> tuple[Any, ...]:
    if spec.log:
        return tuple(sorted({*round_numbers(spec.low, spec.high), *wanted}))
    last = step_index(spec, spec.high)
    assert last is not None, f"`high` (={spec.high}) is no step from `low`"
    if last < MOST_STEPS:
        steps: Sequence[int] = range(last + 1)
    else:
        between = MOST_STEPS - len(wanted)
        steps = [round(n * last / max(1, between - 1)) for n in range(between)]
    values = {value_at_step(spec, index) for index in steps}
    return tuple(sorted({*values, *(v if is_whole(v) else round(v, 10) for v in wanted)}))


def classic_settings(controls: Sequence[Control], start: Any) -> list[Any]:
    """Give the parameters that the lab starts with and those its buttons lead to, without repeats.

    Args:
        controls: of the lab.
        start: its parameters.
    """
    found = [start]
    for row in controls:
        if isinstance(row, Presets):
            for _, settings in row.settings:
                params = replace(start, **loaded(controls, settings))
                if params not in found:
                    found.append(params)
    return found


def loaded(controls: Sequence[Control], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Give the settings of a button with the picture itself in place of its name.

    Args:
        controls: of the lab.
        settings: parameters by name.
    """
    pictures = {spec.name for spec in controls if isinstance(spec, PictureChoice)}
    return {
        name: load_picture(value) if name in pictures else value for name, value in settings.items()
    }


def saved_states(
    controls: Sequence[Control], start: Any, values: Mapping[str, Sequence[Any]]
) -> Iterator[Any]:
    """Give the parameters of all states to save, the most wanted first.

    Args:
        controls: of the lab.
        start: the parameters at which the page begins.
        values: what each varied control offers, by name.
    """
    specs = {spec.name: spec for spec in controls if not isinstance(spec, Presets)}
    seen: set[Any] = set()

    def new(params: Any) -> bool:
        fresh = params not in seen
        seen.add(params)
        return fresh

    fixed = [field.name for field in fields(start) if field.name not in values]

    def is_offered(base: Any) -> bool:
        return all(getattr(base, name) in offered for name, offered in values.items()) and all(
            getattr(base, name) == getattr(start, name) for name in fixed
        )

    bases = [base for base in classic_settings(controls, start) if is_offered(base)]
    sliders_first = sorted(values, key=lambda name: not isinstance(specs[name], Slider))
    yield from filter(new, bases[:1])
    yield from filter(new, _moved(bases[:1], sliders_first[:1], values))
    yield from filter(new, bases)
    yield from filter(new, _moved(bases, sliders_first, values))


def _moved(
    bases: Sequence[Any], names: Sequence[str], values: Mapping[str, Sequence[Any]]
) -> Iterator[Any]:
    return (
        replace(base, **{name: value}) for base in bases for name in names for value in values[name]
    )

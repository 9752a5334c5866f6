"""The buttons of the lesson's settings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import ipywidgets

from lessons_lib.kit.controls import Control, Presets


class PresetRow:
    """Buttons for the settings of the lesson; the one that is in force is marked.

    Args:
        spec: the buttons.
        name: of the row, in the page; no parameter has it.
        apply: takes the settings of a button that was pressed, and the name of the row.
    """

    def __init__(
        self, spec: Presets, name: str, apply: Callable[[Mapping[str, Any], str], None]
    ) -> None:
        self.name = name
        self._apply = apply
        self.settings = [settings for _, settings in spec.settings]
        options = [(label, index) for index, (label, _) in enumerate(spec.settings)]
        self.widget = ipywidgets.ToggleButtons(options=options, value=None, description=spec.label)
        place = f"lesson-{name}"
        for css in ("lesson-control", "lesson-presets", place, f"lesson-role-of-{spec.role}"):
            self.widget.add_class(css)
        self.widget.observe(self._chosen, names="value")

    def _chosen(self, change: Any) -> None:
        if change["new"] is not None:
            self._apply(self.settings[change["new"]], self.name)

    def mark(self, params: Any) -> None:
        """Mark the button whose settings are those of params, if there is one."""
        fits = (
            index
            for index, settings in enumerate(self.settings)
            if all(getattr(params, name) == value for name, value in settings.items())
        )
        self.widget.value = next(fits, None)


def in_order(
    controls: Sequence[Control], usual: Mapping[str, Collection[Any]]
) -> Iterator[Control]:
    """Give each control; presets that move folded ones are made a row of their own.

    Args:
        controls: of a lab.
        usual: see `usual_values`.
    """
    for spec in controls:
        if not isinstance(spec, Presets) or spec.more:
            yield spec
            continue
        first, apart = split_presets(spec, usual)
        if first is not None:
            yield first
        if apart is not None:
            yield replace(apart, more=True)


def usual_values(folded: Collection[str], *params: Any) -> dict[str, tuple[Any, ...]]:
    """Give for each control that is folded away the values at which it does not stand out.

    Args:
        folded: names of the controls.
        params: parameters that are nothing out of the ordinary.
    """
    names = [field.name for field in fields(params[0]) if field.name in folded]
    return {name: tuple(getattr(each, name) for each in params) for name in names}


def split_presets(
    spec: Presets, folded: Mapping[str, Collection[Any]]
) -> tuple[Presets | None, Presets | None]:
    """Take out the presets that move folded controls: they stand with these.

    Args:
        spec: one row of them.
        folded: for each control that is folded away, the values at which it does not stand out.

    Returns:
        the presets that stand in sight, and those that are folded away; None where there are none.
    """

    def stays(settings: Mapping[str, Any]) -> bool:
        return all(value in folded.get(name, (value,)) for name, value in settings.items())

    def row(in_sight: bool) -> Presets | None:
        chosen = tuple(each for each in spec.settings if stays(each[1]) == in_sight)
        return replace(spec, settings=chosen) if chosen else None

    return row(in_sight=True), row(in_sight=False)

"""Few controls first: which of them stand in sight, and the button that shows the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import anywidget
import ipywidgets
import traitlets

from lessons_lib.kit.controls import (
    Control,
    PictureChoice,
    Presets,
    Seed,
    Setting,
    Work,
    is_there,
    shown_by,
)
from lessons_lib.kit.state import state_words
from lessons_lib.widgets.shared.page import joined_modules

ALL = "all"

# What a notebook may say: names of controls, one name, "all", or None for the lab's own choice.
Chosen = Iterable[str] | str | None


def in_sight(
    controls: Sequence[Control], chosen: Chosen = None, named: Collection[str] = ()
) -> frozenset[str]:
    """Say which controls stand in sight; all others wait until the reader asks for more.

    The picture, the seed and the bar of work that begins by itself always stand there. A control
    that is shown with another one goes where that one goes.

    Args:
        controls: of the lab.
        chosen: what the notebook says.
        named: parameters that the notebook sets; where it chooses nothing, their controls stand
            in sight, too.

    Returns:
        names of parameters, or of work.

    Raises:
        TypeError: `chosen` is no name and no row of names.
        ValueError: a control of that name is not there.
    """
    specs = {spec.name: spec for spec in controls if not isinstance(spec, Presets)}
    if chosen == ALL:
        return frozenset(specs)
    listed = set(named if chosen is None else _checked(chosen, list(specs)))

    def stands(spec: Any) -> bool:
        if spec.name in listed or isinstance(spec, PictureChoice | Seed):
            return True
        if isinstance(spec, Work) and spec.due is not None:
            return True
        if chosen is None and spec.more:
            return False
        other = specs.get(shown_by(spec))
        return stands(other) if other is not None else chosen is None

    return frozenset(name for name, spec in specs.items() if stands(spec))


def _checked(chosen: Iterable[str] | str, allowed: Sequence[str]) -> tuple[str, ...]:
    """Give the names that were chosen; each must be one of a control."""
    names = (chosen,) if isinstance(chosen, str) else chosen
    cure = f'"{ALL}", or names out of {", ".join(allowed)}'
    if not isinstance(names, Iterable):
        raise TypeError(f"`controls` (={chosen!r}) must be {cure}")
    names = tuple(names)
    for name in names:
        if name not in allowed:
            raise ValueError(f"`controls` (={name!r}): no control has this name; take {cure}")
    return names


class MoreButton(anywidget.AnyWidget):
    """The button; the page itself folds and unfolds what stands behind it in its box.

    Traits (the browser's keys are the same words):
        unfolded: whether the controls are shown.
        inside: what is set there, told while they are not shown.
    """

    # as text: of a path anywidget keeps one object for all, which holds every widget for good
    _esm = joined_modules("lab/more.js")

    unfolded = traitlets.Bool(False).tag(sync=True)
    inside = traitlets.Unicode("").tag(sync=True)


class More:
    """The box of the folded controls, with its button.

    Args:
        controls: all those of the lab.
        folded: names of those that are folded away.
        widgets: what stands in the box, in their order.
        plain: the parameters at which a lab of this kind begins; what differs is told.
        present: gives the parameters of now.

    Attributes:
        widget: the box.
    """

    def __init__(
        self,
        controls: Sequence[Control],
        folded: Collection[str],
        widgets: Sequence[ipywidgets.Widget],
        plain: Any,
        present: Callable[[], Any],
    ) -> None:
        self._controls = controls
        self._plain = plain
        self._specs = [
            spec
            for spec in controls
            if not isinstance(spec, Presets) and spec.name in folded and hasattr(plain, spec.name)
        ]
        self._button = MoreButton()
        self._button.observe(lambda _: self.moved(present()), names="unfolded")
        for widget in widgets:
            widget.add_class("lesson-folded")
        self.widget = ipywidgets.HBox([self._button, *widgets])
        self.widget.add_class("lesson-more")

    def moved(self, params: Any) -> None:
        """Tell what is set, unless it can be seen: a drag in here then sends nothing more."""
        if not self._button.unfolded:
            self.tell(params)

    def tell(self, params: Any) -> None:
        """Tell what is set in here and differs from a lab's usual beginning."""
        changed = [
            spec
            for spec in self._specs
            if getattr(params, spec.name) != getattr(self._plain, spec.name)
            and is_there(spec, params)
        ]
        words = state_words(self._controls, params) if changed else {}
        self._button.inside = ", ".join(_told(spec, words.get(spec.name, "")) for spec in changed)


def _told(spec: Setting, words: str) -> str:
    """Say a setting so that its control is found: with its label."""
    return words if spec.label in words else f"{spec.label} {words}".rstrip()

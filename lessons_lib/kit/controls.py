"""Controls of a lab as plain data; lessons_lib.widgets makes real ones of them.

Every control's `name` is the field of the lab's Params that it sets. `role` is the colour role:
input, kernel, output, stride, padding, dilation, or "" for none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lessons_lib.kit.vocabulary import Role

# When a control is there: with a toggle that is on, by its name, or with (name, value) of any
# other, or (name, values) with any of several; "" is always.
Condition = str | tuple[str, Any]


@dataclass(frozen=True, kw_only=True)
class Placed:
    """What every control may say about its place.

    Attributes:
        shown_with: the condition under which the control is there.
        more: folded away until the reader asks for more; a notebook may choose otherwise.
    """

    shown_with: Condition = ""
    more: bool = False


@dataclass(frozen=True)
class Slider(Placed):
    """A number the reader drags; whole numbers where `step` is an int.

    With `log` it goes through the `round_numbers` from `low` to `high`, both above 0, and only
    through the whole ones where both are int; `step` says nothing then.
    """

    name: str
    label: str
    low: float
    high: float
    role: Role = ""
    step: float = 1
    log: bool = False


def round_numbers(low: float, high: float) -> tuple[float, ...]:
    """Give ten round numbers for each power of ten, about as far apart as each other in the log.

    Args:
        low, high: the ends, above 0; both are among the numbers. Of two ints only whole numbers
            stand between.

    Example:
        >>> round_numbers(0.5, 2.0), round_numbers(8, 20)
        ((0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0), (8, 10, 12, 15, 20))
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    numbers = {float(f"{digits}e{power}") for power in powers for digits in _DIGITS}
    between = [number for number in numbers if low < number < high]
    if isinstance(low, int) and isinstance(high, int):
        return (low, *sorted(int(number) for number in between if number.is_integer()), high)
    return tuple(sorted({low, high, *between}))


_DIGITS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)


@dataclass(frozen=True)
class Choice(Placed):
    """One of several named values: a list to open, or with `chips` a row of buttons."""

    name: str
    label: str
    options: tuple[tuple[str, Any], ...]
    role: Role = ""
    in_header: bool = False
    chips: bool = False


@dataclass(frozen=True)
class Toggle(Placed):
    """Something that is on or off."""

    name: str
    label: str
    role: Role = ""


@dataclass(frozen=True)
class KernelEdit(Placed):
    """A kernel of 1 x 1 to 7 x 7 numbers to edit; its value is a tuple of rows."""

    name: str = "kernel"
    label: str = "kernel"
    role: Role = "kernel"


@dataclass(frozen=True)
class Seed(Placed):
    """What something is drawn from, such as the random weights, in the lab's header."""

    name: str = "seed"
    label: str = "seed"
    low: int = 0
    high: int = 9999


@dataclass(frozen=True)
class PictureChoice(Placed):
    """The picture: bundled, generated or the reader's own file, in the lab's header.

    `uploaded` are further parameters that are set when the reader brings a file, as (name, value):
    a lab that shows something else at first turns to the picture by them.
    """

    name: str = "picture"
    label: str = "picture"
    uploaded: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Presets(Placed):
    """A row of buttons, each of which sets several parameters at once."""

    label: str
    settings: tuple[tuple[str, Mapping[str, Any]], ...]
    role: Role = ""


@dataclass(frozen=True, eq=False)
class Progress:
    """How far long work is.

    Attributes:
        step, steps: steps made, of so many.
        words: what the newest step has reached, in a few words, such as "27.3 dB".
        found: what the newest step has found; it becomes the parameter that the work is named for.
    """

    step: int
    steps: int
    words: str = ""
    found: Any = None


@dataclass(frozen=True)
class Work(Placed):
    """Work that takes seconds: done in a thread of its own, with progress, and stopped at will.

    There are two kinds. One begins at the reader's word, such as a training: `name` is a field of
    the lab's Params that is None at first and then holds what the newest step has found. The other
    is begun by the lab where a setting takes too long to be computed while the hand waits: `due`
    says so, its `run` leaves what it finds where `compute` will look, and no field is set.

    Attributes:
        name: the field of Params; of work that is due, any name of its own.
        label: on the button that starts it, or before the bar of work that is due.
        run: a pure function from Params to the steps, each of them short; it may be cut off after
            any step. It is called in the worker's thread.
        depends_on: fields of Params; when one changes, what was found is of no use any more.
        due: whether `compute` would take too long for these Params; None: the reader starts it.
        meanwhile: what is shown while it is due.
        given_up: settings that are not due, for a reader who stops it.
        hint: what it would do, told while nothing is done.
        every: seconds between two reports of its newest step, each of which is shown.
        goes_on: of work that the reader starts: whether it can go on from what it has found so far,
            which `run` reads from Params then; otherwise that field is None and `run` begins anew.
            The reader can also take it back. None: it always begins anew, whatever was found.
        steered_by: fields of Params that may change while such work runs: it goes on with the new
            value from its newest step.
        replays: on a page without a kernel its steps are shown again: those from so many settings,
            where the lab starts and where its buttons lead.
    """

    name: str
    label: str
    run: Callable[[Any], Iterator[Progress]]
    depends_on: tuple[str, ...]
    role: Role = ""
    due: Callable[[Any], bool] | None = None
    meanwhile: Callable[[Any], Any] | None = None
    given_up: Callable[[Any], Mapping[str, Any]] | None = None
    hint: str = ""
    every: float = 0.1
    goes_on: Callable[[Any], bool] | None = None
    steered_by: tuple[str, ...] = ()
    replays: int = 1


def step_index(control: Slider | Seed, value: float) -> int | None:
    """Count the steps of a slider from its low end to a value.

    Args:
        control: not one through the powers of ten.
        value: of its parameter; it may lie beyond the ends.

    Returns:
        None where the value stands between two steps, or the slider has no even ones.

    Example:
        >>> tenth = Slider("gain", "gain", -2.0, 2.0, step=0.1)
        >>> step_index(tenth, 0.3), step_index(tenth, 0.30000000000000004), step_index(tenth, 0.31)
        (23, 23, None)
    """
    step = 1 if isinstance(control, Seed) else control.step
    if isinstance(control, Slider) and control.log:
        return None
    steps = (value - control.low) / step
    return round(steps) if abs(steps - round(steps)) < 1e-6 else None


def value_at_step(control: Slider | Seed, index: int) -> float:
    """Give the value of a step, an int where `step` is one; the counterpart of `step_index`.

    Example:
        >>> value_at_step(Slider("gain", "gain", -2.0, 2.0, step=0.1), 23)
        0.3
    """
    if isinstance(control, Seed):
        return control.low + index
    value = control.low + index * control.step
    return value if isinstance(control.step, int) else round(value, 10)


def shown_by(control: Placed) -> str:
    """Give the name of the parameter that a control's condition asks for, "" for none."""
    return control.shown_with if isinstance(control.shown_with, str) else control.shown_with[0]


def is_there(control: Placed, params: Any) -> bool:
    """Say whether a control is there with these parameters, folded or not.

    Args:
        control: any of a lab.
        params: of that lab.

    Example:
        >>> from types import SimpleNamespace
        >>> mode = Toggle("mirror", "mirror", shown_with=("border", "own"))
        >>> [is_there(mode, SimpleNamespace(border=border)) for border in ("own", "none")]
        [True, False]
    """
    name = shown_by(control)
    if not name:
        return True
    value = getattr(params, name)
    if isinstance(control.shown_with, str):
        return bool(value)
    wanted = control.shown_with[1]
    return value in wanted if isinstance(wanted, tuple) else value == wanted


# What stands for one parameter, and what moves several.
Setting = Slider | Choice | Toggle | KernelEdit | Seed | PictureChoice | Work
Control = Setting | Presets


def preset_maker(**plain: Any) -> Callable[..., tuple[str, dict[str, Any]]]:
    """Give what makes presets that put back what other presets may have changed.

    Args:
        plain: the settings that a preset has where it does not say otherwise.

    Returns:
        takes a label and settings, gives a line of `Presets`.

    Example:
        >>> preset_maker(stride=1, padding=0)("stride 2", stride=2)
        ('stride 2', {'stride': 2, 'padding': 0})
    """

    def preset(label: str, **settings: Any) -> tuple[str, dict[str, Any]]:
        return label, {**plain, **settings}

    return preset

"""Why a setting is refused, and the nearest one that is legal: what all kinds of layer share."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from lessons_lib.geometry.arguments import SMALLEST


@dataclass(frozen=True)
class IllegalSetting:
    """Why torch refuses a setting, and the nearest one that it accepts.

    Attributes:
        explanation: one or two sentences for the learner.
        nearest: the arguments to change and their new values, each for all axes.
    """

    explanation: str
    nearest: dict[str, Any]  # whole numbers; padding_mode is a word


@dataclass(frozen=True)
class Setting:
    """The arguments of one layer as they were asked for, a number per axis."""

    input_size: tuple[int, ...]
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...] | str
    dilation: tuple[int, ...]
    padding_mode: str


@dataclass(frozen=True)
class _Words:
    """How one speaks of an input with so many axes."""

    whole: str
    cells: str
    sides: tuple[str, ...]

    def counted(self, count: int) -> str:
        """Say how many cells: "1 pixel", "2 pixels"."""
        return f"{count} {self.cells.removesuffix('s') if count == 1 else self.cells}"


WORDS = {
    1: _Words("signal", "samples", ("long",)),
    2: _Words("picture", "pixels", ("high", "wide")),
    3: _Words("volume", "cells", ("deep", "high", "wide")),
}


def counted_axes(input_size: Sequence[int]) -> int:
    """Say how many axes a size names: one, two or three, or a refusal."""
    if not isinstance(input_size, Sequence) or isinstance(input_size, str):
        raise TypeError(
            f"`input_size` (={input_size!r}) must name the axes: give for example (5,) for a "
            "signal, or (5, 5) for a picture."
        )
    if len(input_size) not in WORDS:
        raise ValueError(f"`input_size` (={input_size}) must name one, two or three axes.")
    return len(input_size)


def words_for(setting: Setting) -> _Words:
    """Pick the words for the input of this setting."""
    return WORDS[len(setting.input_size)]


def _too_small(setting: Setting, reasons: Mapping[str, str]) -> tuple[str, str] | None:
    """Find an argument below its minimum: (the argument, why it is refused)."""
    for name, reason in reasons.items():
        asked = getattr(setting, name)
        if not isinstance(asked, str) and min(asked) < SMALLEST[name]:
            return name, f"{reason}: {name}={min(asked)} must be {SMALLEST[name]} or more."
    return None


_S = TypeVar("_S", bound=Setting)


_Rule = Callable[[_S], str | None]


def explained(
    setting: _S, reasons: Mapping[str, str], rules: Iterable[tuple[_Rule[_S], Sequence[str]]]
) -> IllegalSetting | None:
    """Mend a setting one rule at a time, and collect what had to be said on the way.

    Args:
        setting: what was asked for.
        reasons: for each argument that is a number, why it cannot be smaller than it can.
        rules: what complains of a setting, or says None; with the arguments to make smaller then,
            the first that helps.

    Returns:
        None when nobody complains.
    """
    sentences: list[str] = []
    nearest: dict[str, Any] = {}
    while small := _too_small(setting, reasons):
        name, sentence = small
        sentences.append(sentence)
        nearest[name] = SMALLEST[name]
        setting = _changed(setting, name, nearest[name])
    for rule, cures in rules:
        if complaint := rule(setting):
            sentences.append(complaint)
            name = next(c for c in cures if _can_cure(setting, c, rule))
            nearest[name] = _nearest_value(setting, name, rule)
            setting = _changed(setting, name, nearest[name])
    return IllegalSetting(" ".join(sentences), nearest) if sentences else None


def _changed(setting: _S, name: str, value: int) -> _S:
    return replace(setting, **{name: (value,) * len(setting.input_size)})  # type: ignore[arg-type]


def _can_cure(setting: _S, name: str, rule: _Rule[_S]) -> bool:
    """Say whether making this argument as small as possible satisfies the rule."""
    if isinstance(getattr(setting, name), str):
        return False
    return rule(_changed(setting, name, SMALLEST[name])) is None


def _nearest_value(setting: _S, name: str, rule: _Rule[_S]) -> int:
    """Find the largest value of this argument that satisfies the rule, by halving the range."""
    values = range(SMALLEST[name], max(getattr(setting, name)) + 1)
    refused = bisect_left(values, True, key=lambda v: rule(_changed(setting, name, v)) is not None)
    return values[refused - 1]

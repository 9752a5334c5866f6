"""A lab's settings in a few words each, as an output that was kept is named by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lessons_lib.kit.controls import (
    Choice,
    Control,
    KernelEdit,
    PictureChoice,
    Presets,
    Seed,
    Slider,
    Toggle,
    is_there,
)


def state_words(controls: Sequence[Control], params: Any) -> dict[str, str]:
    """Say each setting that has a control, in a few words.

    Args:
        controls: of the lab.
        params: the present ones.

    Returns:
        by the parameter's name, such as {"kernel": "Sobel x", "seed": "seed 4", "stride":
        "stride 3"}; a setting that is hidden at present is left out.
    """
    words: dict[str, str] = {}
    for control in controls:
        if isinstance(control, Presets) or not hasattr(params, control.name):
            continue
        if not is_there(control, params):
            continue
        value = getattr(params, control.name)
        if isinstance(control, KernelEdit):
            words[control.name] = _kernel(value, control, controls)
        elif said := _said(control, value):
            words[control.name] = said
    return words


def _said(control: Control, value: Any) -> str:
    if isinstance(control, Slider):
        return f"{control.label} {_number(value)}"
    if isinstance(control, Seed):
        return f"{control.label} {value}"
    if isinstance(control, Toggle):
        return control.label if value else f"not: {control.label}"
    if isinstance(control, Choice):
        label = next((label for label, each in control.options if each == value), str(value))
        return label if any(c.isalpha() for c in label) else f"{control.label} {label}"
    if isinstance(control, PictureChoice):
        return str(value.name)
    return ""


def _kernel(rows: Any, control: KernelEdit, controls: Sequence[Control]) -> str:
    """Name an edited kernel as the preset that sets just it, or by its few numbers."""
    for presets in controls:
        if isinstance(presets, Presets):
            for label, settings in presets.settings:
                if dict(settings) == {control.name: rows}:
                    return label
    if len(rows) * len(rows[0]) > 9:
        return f"{control.label} {len(rows)} × {len(rows[0])}"
    written = "; ".join(" ".join(_number(value) for value in row) for row in rows)
    return f"{control.label} {written}"


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")

"""Controls of a lab as plain data; lessons_lib.widgets makes real ones of them.

Every control's `name` is the field of the lab's Params that it sets. `role` is the colour role:
input, kernel, output, stride, padding, dilation, or "" for none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Slider:
    """A number the reader drags; whole numbers where `step` is an int."""

    name: str
    label: str
    low: float
    high: float
    role: str = ""
    step: float = 1
    shown_with: str = ""  # name of a toggle; the slider is there only while that is on


@dataclass(frozen=True)
class Choice:
    """One of several named values."""

    name: str
    label: str
    options: tuple[tuple[str, Any], ...]
    role: str = ""
    in_header: bool = False


@dataclass(frozen=True)
class Toggle:
    """Something that is on or off."""

    name: str
    label: str
    role: str = ""


@dataclass(frozen=True)
class KernelEdit:
    """A kernel of 1 x 1 to 7 x 7 numbers to edit; its value is a tuple of rows."""

    name: str = "kernel"
    label: str = "kernel"
    role: str = "kernel"


@dataclass(frozen=True)
class Seed:
    """The seed of the random weights, in the lab's header."""

    name: str = "seed"
    label: str = "seed"
    low: int = 0
    high: int = 9999


@dataclass(frozen=True)
class PictureChoice:
    """The picture: bundled, generated or the reader's own file, in the lab's header."""

    name: str = "picture"
    label: str = "picture"


@dataclass(frozen=True)
class Presets:
    """A row of buttons, each of which sets several parameters at once."""

    label: str
    settings: tuple[tuple[str, Mapping[str, Any]], ...]
    role: str = ""


Control = Slider | Choice | Toggle | KernelEdit | Seed | PictureChoice | Presets

"""The key of a state: one text for all that a lab's picture hangs on.

It has a part for the rooms of the panes and one for each parameter, so that the page can say what a
move of one control leads to by putting another part in its place. It never writes a number itself:
it counts a slider's steps, and is told the part for each line of a list.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import re
import weakref
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from torch import nn

from lessons_lib.images import BUNDLED, GENERATED, Picture, load_picture
from lessons_lib.kit.controls import Control, Presets, Seed, Slider, step_index

BETWEEN = "|"  # stands in no part
_PLAIN = re.compile(r"[\w.+-]{1,40}")

_content: weakref.WeakKeyDictionary[Picture, str] = weakref.WeakKeyDictionary()
_numbers: dict[int, tuple[weakref.ref[Any], int]] = {}  # by id, of objects that are only themselves
_count = itertools.count(1)


def state_key(controls: Sequence[Control], params: Any, rooms: str) -> str:
    """Give the key of a state.

    Args:
        controls: of the lab.
        params: the lab's parameters, a dataclass.
        rooms: what names the rooms of the panes.

    Returns:
        the parts in the order of the fields, the rooms first. Two states have the same key only if
        they show the same.

    Example:
        >>> from lessons_lib.labs.stride import LAB, StrideParams
        >>> state_key(LAB.controls, StrideParams(picture=load_picture("lena"), stride=4), "r")
        'r|lena|3|random_3x3|own|3|False|3|False'
    """
    specs = {spec.name: spec for spec in controls if not isinstance(spec, Presets)}
    parts = (
        part_of(specs.get(field.name), getattr(params, field.name)) for field in fields(params)
    )
    return BETWEEN.join([rooms, *parts])


def rooms_in(key: str) -> str:
    """Give the part of a key that names the rooms."""
    return key.partition(BETWEEN)[0]


def place_in_key(params: type, name: str) -> int:
    """Say which part of the key a parameter has."""
    return 1 + [field.name for field in fields(params)].index(name)


def part_of(control: Control | None, value: Any) -> str:
    """Give the part of a key for one parameter's value.

    Args:
        control: that sets it, None for none.
        value: anything that a lab's Params hold.
    """
    if isinstance(control, Slider | Seed) and (index := step_index(control, value)) is not None:
        return str(index)
    if isinstance(value, Picture):
        return _picture(value)
    if isinstance(value, nn.Module):
        return f"{_itself(value)}.{_changes(value)}"
    if value is None or isinstance(value, bool | int | float):
        return f"={value!r}" if isinstance(control, Slider | Seed) else repr(value)
    if isinstance(value, str):
        return _named(value)
    if isinstance(value, tuple):
        return digest(repr(_as_floats(value)).encode())
    return _itself(value)


def digest(data: bytes) -> str:
    """Give a short name for bytes: 16 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def part_of_known(name: str) -> str:
    """Give the part for a bundled or generated picture, without loading it."""
    return _named(name)


def _named(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else digest(text.encode())


def _picture(picture: Picture) -> str:
    """Name a bundled picture; others by their content: two files may have one name."""
    known = picture.name in (*BUNDLED, *GENERATED)
    if known and load_picture(picture.name) is picture:
        return part_of_known(picture.name)
    if picture not in _content:
        image = picture.image.contiguous()
        told = repr((tuple(image.shape), picture.note))  # a pane says both
        _content[picture] = digest(told.encode() + image.numpy().tobytes())
    return _content[picture]


def _as_floats(value: Any) -> Any:
    """Write each number in one way: on its way through the page 1.0 becomes 1."""
    if isinstance(value, tuple):
        return tuple(map(_as_floats, value))
    return float(value) if isinstance(value, int | float) else value


def _changes(network: nn.Module) -> int:
    """Count how often anybody has written into the weights: they may be trained in another cell."""
    return sum(each._version for each in (*network.parameters(), *network.buffers()))


def _itself(value: Any) -> str:
    """Number what equals nothing but itself, such as what a training has found."""
    reference, number = _numbers.get(id(value), (None, 0))
    if reference is None or reference() is not value:
        number, known = next(_count), id(value)
        with contextlib.suppress(TypeError):  # what has no weak reference is a new one each time
            _numbers[known] = (weakref.ref(value, lambda _: _numbers.pop(known, None)), number)
    return f"n{number}"

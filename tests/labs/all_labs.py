"""Every lab there is, found by looking, and every setting that its controls can reach."""

from __future__ import annotations

import importlib
import pkgutil
import random
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from functools import cache
from typing import Any

import torch
from torch import nn

import lessons_lib.labs
from lessons_lib.images import Picture, checkerboard, impulse, load_picture, zone_plate
from lessons_lib.kit.controls import (
    Choice,
    KernelEdit,
    PictureChoice,
    Presets,
    Seed,
    Slider,
    Toggle,
    Work,
    round_numbers,
)
from lessons_lib.kit.result import LabDefinition, Result
from lessons_lib.kit.terms import Line

KERNELS = (
    ((-2.0,),),
    ((0.0, 1.0), (2.0, 3.0)),
    ((1.0, -2.0, 0.5), (0.25, 3.0, -1.0)),
    tuple(tuple(0.1 * (7 * r + c) - 2 for c in range(7)) for r in range(7)),
)


@cache
def all_labs() -> tuple[LabDefinition, ...]:
    """The LAB of every module of lessons_lib.labs that has one."""
    names = [module.name for module in pkgutil.iter_modules(lessons_lib.labs.__path__)]
    modules = [importlib.import_module(f"lessons_lib.labs.{name}") for name in names]
    return tuple(module.LAB for module in modules if hasattr(module, "LAB"))


def lab_named(name: str) -> LabDefinition:
    return next(lab for lab in all_labs() if lab.name == name)


@cache
def small_pictures() -> tuple[Picture, ...]:
    """Pictures that are computed in no time; the first two are not square."""
    return (
        load_picture(chelsea_path(), max_side=45),  # 30 x 45
        Picture("dot", impulse(27, 5, 20)[..., :19, :]),
        Picture("checks", checkerboard(16)),
        Picture("zones", zone_plate(24)),
        Picture("pixel", impulse(1)),
    )


def chelsea_path() -> str:
    from lessons_lib.images import assets_folder

    return str(assets_folder() / "chelsea.png")


def names_of(lab: LabDefinition) -> set[str]:
    return {field.name for field in fields(lab.params)}


def has_picture(lab: LabDefinition) -> bool:
    return "picture" in names_of(lab)


def start(lab: LabDefinition, picture: Picture | None = None, **settings: Any) -> Any:
    """The lab's first parameters, with some changed; `picture` where the lab has one."""
    if has_picture(lab):
        settings = {"picture": picture or small_pictures()[0], **settings}
    if "scenes" in names_of(lab):
        settings = {"scenes": 20, **settings}  # are soon searched
    return lab.params(**settings)


def choices_of(control: object) -> list[dict[str, Any]]:
    """What one control can be set to: ends and steps of a range, all of a few values."""
    if isinstance(control, Slider):
        if control.log:
            numbers = round_numbers(control.low, control.high)
            return [{control.name: value} for value in (*numbers[::13], numbers[-1])]
        whole = isinstance(control.step, int)
        parts = (0.0, 0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 0.99, 1.0)
        span = control.high - control.low
        steps = [control.low + round(part * span / control.step) * control.step for part in parts]
        return [{control.name: int(value) if whole else value} for value in dict.fromkeys(steps)]
    if isinstance(control, Seed):
        return [{control.name: seed} for seed in (control.low, 1, 42, control.high)]
    if isinstance(control, Choice):
        return [{control.name: value} for _, value in control.options]
    if isinstance(control, Toggle):
        return [{control.name: False}, {control.name: True}]
    if isinstance(control, KernelEdit):
        return [{control.name: kernel} for kernel in KERNELS]
    if isinstance(control, Presets):
        return [dict(settings) for _, settings in control.settings]
    if isinstance(control, PictureChoice):
        return [{control.name: picture} for picture in small_pictures()]
    if isinstance(control, Work):
        return [{}]  # it is started, not set; tests/widgets/test_job.py
    raise TypeError(f"how is a {type(control).__name__} swept?")


def sweep(lab: LabDefinition, mixed: int = 40) -> Iterator[Any]:
    """Parameters: each control through its range alone, then some of all controls at once."""
    for control in lab.controls:
        for settings in choices_of(control):
            yield replace(start(lab), **settings)
    chance = random.Random(lab.name)
    for _ in range(mixed):
        together: dict[str, Any] = {}
        for control in lab.controls:
            if not isinstance(control, Presets):
                together |= chance.choice(choices_of(control))
        yield replace(start(lab), **together)


def written(line: Line) -> str:
    """The text of a line of terms."""
    return "".join(term.text for term in line)


def coded_layer(line: Line) -> nn.Module:
    """What the line to copy makes; the global random numbers stay as they are."""
    with torch.random.fork_rng(devices=[]):
        return eval(written(line), {"nn": nn})


def same(first: Result, second: Result) -> bool:
    """Say whether two results are the same in every number and word."""
    words = [
        (r.sentence, r.formula, r.code, r.cost, [_words(pane.__dict__) for pane in r.panes])
        for r in (first, second)
    ]
    tensors = [
        [pane.values for pane in r.panes]
        + [t for link in r.links for t in (link.rows, link.columns)]
        + [link.cells for link in r.cell_links]
        for r in (first, second)
    ]
    return words[0] == words[1] and all(
        torch.equal(*(_numbers(each) for each in pair)) for pair in zip(*tensors, strict=True)
    )


def _numbers(values: torch.Tensor) -> torch.Tensor:
    """The same values with a number for each gap, for no NaN equals another."""
    return values.nan_to_num(nan=-12345.0) if values.is_floating_point() else values


def _words(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.tolist() if isinstance(value, torch.Tensor) else value
        for name, value in attributes.items()
        if name != "values"
    }

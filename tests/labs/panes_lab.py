"""A lab of curves and a wiring, as small as can be, to try both kinds of pane in the page."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lessons_lib.kit.controls import Slider
from lessons_lib.kit.links import CellLinks
from lessons_lib.kit.result import Axes, LabDefinition, Pane, Result

STAGES = ("input", "after layer 1", "after layer 2")


@dataclass(frozen=True)
class PanesParams:
    """It starts at step 40 of 120."""

    step: int = 40
    samples: int = 120
    channels: int = 8
    groups: int = 2


def compute(params: PanesParams) -> Result:
    """Show three curves over the steps, and two grouped layers."""
    return Result(
        (_curves(params), _wiring(params)), "Curves and a wiring.", cell_links=_links(params)
    )


def _curves(params: PanesParams) -> Pane:
    steps = torch.arange(params.samples)
    values = torch.stack([0.9 ** (steps / 3), 2 * 0.99**steps, 1e-3 * 1.12**steps])
    values[0, 60:70] = float("nan")
    values[2, 200:] = float("inf")
    axes = Axes("step", "size", True, ("output", "kernel", "stride"), present=params.step)
    names = ("loss", "kernel error", "a rate too high")
    across = max(200, params.samples)
    return Pane(
        "curves",
        "loss and error",
        "",
        values,
        "curves",
        tuple(values.shape),
        labels=names,
        axes=axes,
        across=across,
        click_sets=("", "step"),
        keepable=True,
    )


def _feeds(params: PanesParams) -> torch.Tensor:
    """Say which channels of one layer feed which of the next: bool (from, to)."""
    group = torch.arange(params.channels) * params.groups // params.channels
    return group[:, None] == group


def _wiring(params: PanesParams) -> Pane:
    wires = [(stage, *pair) for stage in range(2) for pair in _feeds(params).nonzero().tolist()]
    group = torch.arange(params.channels) * params.groups // params.channels
    return Pane(
        "wiring",
        "who feeds whom",
        "",
        torch.ones(params.channels, 3),
        "wiring",
        (params.channels, 3),
        labels=STAGES,
        wires=torch.tensor(wires),
        groups=group[:, None].expand(-1, 3),
    )


def _links(params: PanesParams) -> tuple[CellLinks, ...]:
    """Link every channel to all that it reaches, counted row after row."""
    feeds = _feeds(params)
    table = torch.full((params.channels * 3, 2 * params.channels), -1)
    for row in range(params.channels):
        for stage in range(2):
            reached = [
                to * 3 + later for later in range(stage + 1, 3) for to in feeds[row].nonzero()
            ]
            table[row * 3 + stage, : len(reached)] = torch.tensor(reached)
    return (CellLinks("wiring", "wiring", table, "reaches", "is reached by"),)


LAB = LabDefinition(
    "panes",
    "Curves and wiring",
    PanesParams,
    compute,
    (
        Slider("step", "step", 0, 2000, "input"),
        Slider("samples", "samples", 1, 5000),
        Slider("channels", "channels", 1, 64),
        Slider("groups", "groups", 1, 8),
    ),
)

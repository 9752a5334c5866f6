"""A game: find the transposed convolution that painted the target out of six numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from lessons_lib.geometry import conv_transpose_output_size
from lessons_lib.kernels import weighted_layer
from lessons_lib.kit.controls import Choice, Slider
from lessons_lib.kit.game import Game, GoalParams, Hidden, play
from lessons_lib.kit.grids import grid_pane, kernel_grid, small_grid
from lessons_lib.kit.layers import transposed
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import LabDefinition, Result

GRID = "counting_2x3"
SIZES = (1, 2, 3, 4)
# torch's argument -> the game's parameter
NAMED = {name: name for name in ("stride", "padding", "output_padding")}


@dataclass(frozen=True)
class TransposedGameParams(GoalParams):
    """The game starts with stride 1."""

    stride: int = 1
    padding: int = 0
    kernel_size: int = 3
    output_padding: int = 0


def _weight(params: TransposedGameParams) -> torch.Tensor:
    k = params.kernel_size
    return torch.arange(1.0, k * k + 1).view(1, 1, k, k)


def _arguments(params: TransposedGameParams) -> dict[str, Any]:
    return {name: getattr(params, name) for name in NAMED}


def layer_of(params: TransposedGameParams) -> nn.ConvTranspose2d:
    """Build the layer: its weights count from 1."""
    return weighted_layer(nn.ConvTranspose2d, _weight(params), None, **_arguments(params))


def _picture(params: TransposedGameParams) -> torch.Tensor:
    return layer_of(params)(small_grid(GRID))


def _fits(params: TransposedGameParams) -> bool:
    if params.padding >= params.kernel_size:  # hardly anything but zeros may be left
        return False
    size = tuple(small_grid(GRID).shape[2:])
    try:
        conv_transpose_output_size(size, params.kernel_size, **_arguments(params))
    except ValueError:
        return False
    return True


GAME = Game(
    (
        Hidden("stride", (1, 2, 3, 4)),
        Hidden("padding", (0, 1, 2), (2, 3)),
        Hidden("kernel_size", SIZES, (3,)),
        Hidden("output_padding", (0, 1, 2, 3), (3,)),
    ),
    _picture,
    _fits,
)


@torch.inference_mode()
def compute(params: TransposedGameParams) -> Result:
    """Paint with a transposed convolution beside what the target's made of the same numbers.

    Args:
        params: stride 1..4; from level 2 on padding 0..3; at level 3 kernel_size 1..4 and
            output_padding 0..3.

    Returns:
        Panes input (1, 2, 3), kernel, target and output.

    Raises:
        IllegalSettingError: torch refuses the setting.
    """
    now = GAME.counted(params)
    grid, named = small_grid(GRID), GAME.named(now.level, NAMED)
    asked = {**_arguments(now), "kernel_size": now.kernel_size, "bias": False}
    layer = transposed.built(lambda: layer_of(now), grid, 1, asked, named)
    seen = transposed.described(layer, grid, named, weights=True)
    one = play(GAME, now, seen.output, seen.code)
    return seen.result(
        panes=(
            grid_pane("input", "input", "input", grid[0]),
            kernel_grid(layer.weight.detach()[0, 0]),
            *one.target_and_own("grid"),
        ),
        sentence=one.sentence,
        microscopes=(),
        reached=one.near.reached,
    )


LAB = LabDefinition(
    name="transposed-game",
    title="Hit the target: transposed",
    params=TransposedGameParams,
    compute=compute,
    look=Look(sentence_lines=3),
    ahead=False,
    controls=(
        *GAME.controls(),
        Slider("stride", "stride", 1, 4, "stride"),
        Slider("padding", "padding", 0, 3, "padding", shown_with=("level", (2, 3))),
        Choice(
            "kernel_size",
            "kernel_size",
            tuple((f"{k} × {k}", k) for k in SIZES),
            "kernel",
            shown_with=("level", 3),
        ),
        Slider("output_padding", "output_padding", 0, 3, "output", shown_with=("level", 3)),
    ),
)

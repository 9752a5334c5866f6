"""A game: find the padding, and more, that made the target out of the photo."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from lessons_lib.geometry import PADDING_MODES
from lessons_lib.kernels import named_kernel, photo_weight, weighted_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, PictureChoice, Slider
from lessons_lib.kit.game import Game, GoalParams, Hidden, photo_result
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import LabDefinition, Result

MOST = 100
SIZES = (1, 3, 5, 7)


@dataclass(frozen=True)
class PaddingGameParams(photo.PictureParams, GoalParams):
    """The game starts with a border of zeros that is easy to see."""

    padding: int = 40
    padding_mode: str = "zeros"
    kernel_size: int = 3


def _layer(params: PaddingGameParams) -> nn.Conv2d:
    weight = photo_weight(named_kernel("box", params.kernel_size))
    return weighted_layer(
        nn.Conv2d, weight, padding=params.padding, padding_mode=params.padding_mode
    )


def _picture(params: PaddingGameParams) -> torch.Tensor:
    return _layer(params)(photo.fast_image(params.picture))


def _fits(params: PaddingGameParams) -> bool:
    side, p = min(params.picture.image.shape[2:]), params.padding
    most = {"reflect": side - 1, "circular": side}.get(params.padding_mode, p)
    return p <= most and params.kernel_size <= side + 2 * p


GAME = Game(
    (
        Hidden("padding", tuple(range(MOST + 1)), (2, 3)),
        Hidden("padding_mode", PADDING_MODES),
        Hidden("kernel_size", SIZES, (3,)),
    ),
    _picture,
    _fits,
)


@torch.inference_mode()
def compute(params: PaddingGameParams) -> Result:
    """Pad the photo like this and take means over windows, beside those of the target.

    Args:
        params: padding_mode, one of torch's four; from level 2 on padding 0..100, at level 3
            kernel_size 1, 3, 5 or 7.

    Returns:
        Panes input (3, H, W), target, output and difference (1, ...).

    Raises:
        IllegalSettingError: torch has no pixels for such a border, or no target fits the photo.
    """
    now = GAME.counted(params)
    return photo_result(GAME, now, _layer(now), GAME.named(now.level, {"padding": "padding"}))


LAB = LabDefinition(
    name="padding-game",
    title="Hit the target: padding",
    params=PaddingGameParams,
    compute=compute,
    look=Look(same_scale=("input", "target", "output"), sentence_lines=3),
    preview=photo.coarse_preview(compute, "input", "target"),
    ahead=False,
    controls=(
        PictureChoice(),
        *GAME.controls(),
        Choice("padding_mode", "padding_mode", tuple((m, m) for m in PADDING_MODES), "padding"),
        Slider("padding", "padding", 0, MOST, "padding", shown_with=("level", (2, 3))),
        Choice(
            "kernel_size",
            "kernel_size",
            tuple((f"{k} × {k}", k) for k in SIZES),
            "kernel",
            shown_with=("level", 3),
        ),
    ),
)

"""A game: find the stride, and more, that made the target out of the photo."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from lessons_lib.kernels import named_kernel, photo_weight, weighted_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, PictureChoice, Slider
from lessons_lib.kit.game import Game, GoalParams, Hidden, photo_result
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import LabDefinition, Result

STRIDES = tuple(range(1, 21))
SIZES = (1, 2, 3, 5, 7)


@dataclass(frozen=True)
class StrideGameParams(photo.PictureParams, GoalParams):
    """The game starts with stride 1."""

    stride: int = 1
    stride_width: int = 1
    kernel_size: int = 3


def _layer(params: StrideGameParams) -> nn.Conv2d:
    across = params.stride if params.level == 1 else params.stride_width
    weight = photo_weight(named_kernel("box", params.kernel_size))
    return weighted_layer(nn.Conv2d, weight, stride=(params.stride, across))


def _picture(params: StrideGameParams) -> torch.Tensor:
    return _layer(params)(photo.fast_image(params.picture))


def _fits(params: StrideGameParams) -> bool:
    return params.kernel_size <= min(params.picture.image.shape[2:])


GAME = Game(
    (
        Hidden("stride", STRIDES),
        Hidden("stride_width", STRIDES, (2, 3), "stride across"),
        Hidden("kernel_size", SIZES, (3,)),
    ),
    _picture,
    _fits,
)


@torch.inference_mode()
def compute(params: StrideGameParams) -> Result:
    """Take means over windows of the photo with this stride, beside those of the target.

    Args:
        params: stride 1..20; from level 2 on stride_width, at level 3 kernel_size 1, 2, 3, 5 or 7.

    Returns:
        Panes input (3, H, W), target, output and difference (1, ...).

    Raises:
        IllegalSettingError: the kernel is larger than the photo, or no target fits the photo.
    """
    now = GAME.counted(params)
    return photo_result(GAME, now, _layer(now))


LAB = LabDefinition(
    name="stride-game",
    title="Hit the target: stride",
    params=StrideGameParams,
    compute=compute,
    look=Look(same_scale=("input", "target", "output"), sentence_lines=3),
    preview=photo.coarse_preview(compute, "input", "target"),
    ahead=False,
    controls=(
        PictureChoice(),
        *GAME.controls(),
        Slider("stride", "stride", 1, 20, "stride"),
        Slider("stride_width", "stride across", 1, 20, "stride", shown_with=("level", (2, 3))),
        Choice(
            "kernel_size",
            "kernel_size",
            tuple((f"{k} × {k}", k) for k in SIZES),
            "kernel",
            shown_with=("level", 3),
        ),
    ),
)

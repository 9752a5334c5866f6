"""A game: find the dilation, and more, that made the target out of the photo."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from lessons_lib.geometry import effective_kernel_size
from lessons_lib.kernels import named_kernel, photo_weight, weighted_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, PictureChoice, Slider
from lessons_lib.kit.game import Game, GoalParams, Hidden, photo_result
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import LabDefinition, Result

MOST = 32
SIZES = (2, 3, 4, 5)


@dataclass(frozen=True)
class DilationGameParams(photo.PictureParams, GoalParams):
    """The game starts with the ordinary kernel."""

    dilation: int = 1
    kernel_size: int = 3
    dilation_width: int = 1


def _dilation(params: DilationGameParams) -> tuple[int, int]:
    return params.dilation, params.dilation_width if params.level == 3 else params.dilation


def _layer(params: DilationGameParams) -> nn.Conv2d:
    weight = photo_weight(named_kernel("box", params.kernel_size))
    return weighted_layer(nn.Conv2d, weight, dilation=_dilation(params))


def _picture(params: DilationGameParams) -> torch.Tensor:
    return _layer(params)(photo.fast_image(params.picture))


def _fits(params: DilationGameParams) -> bool:
    spans = (effective_kernel_size(params.kernel_size, d) for d in _dilation(params))
    sides = params.picture.image.shape[2:]
    return all(span <= n for span, n in zip(spans, sides, strict=True))


GAME = Game(
    (
        Hidden("dilation", tuple(range(1, MOST + 1))),
        Hidden("kernel_size", SIZES, (2, 3)),
        Hidden("dilation_width", tuple(range(1, MOST + 1)), (3,), "dilation across"),
    ),
    _picture,
    _fits,
)


@torch.inference_mode()
def compute(params: DilationGameParams) -> Result:
    """Take the mean of the photo's pixels under a kernel spread like this, beside the target.

    Args:
        params: dilation 1..32; from level 2 on kernel_size 2..5, at level 3 dilation_width.

    Returns:
        Panes input (3, H, W), target, output and difference (1, ...).

    Raises:
        IllegalSettingError: the spread kernel is larger than the photo, or no target fits it.
    """
    now = GAME.counted(params)
    across = ("dilation_width",) if now.level == 3 else ()
    return photo_result(GAME, now, _layer(now), {"dilation": ("dilation", *across)})


LAB = LabDefinition(
    name="dilation-game",
    title="Hit the target: dilation",
    params=DilationGameParams,
    compute=compute,
    look=Look(same_scale=("input", "target", "output"), sentence_lines=3),
    preview=photo.coarse_preview(compute, "input", "target"),
    ahead=False,
    controls=(
        PictureChoice(),
        *GAME.controls(),
        Slider("dilation", "dilation", 1, MOST, "dilation"),
        Slider("dilation_width", "dilation across", 1, MOST, "dilation", shown_with=("level", 3)),
        Choice(
            "kernel_size",
            "kernel_size",
            tuple((f"{k} × {k}", k) for k in SIZES),
            "kernel",
            shown_with=("level", (2, 3)),
        ),
    ),
)

"""A game: find the kernel that made the target out of the photo."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import nn

from lessons_lib.kernels import named_kernel, photo_weight, weighted_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, KernelEdit, PictureChoice
from lessons_lib.kit.game import Game, GoalParams, Hidden, photo_result
from lessons_lib.kit.grids import Rows, rows_of
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import LabDefinition, Result

# the first one is the identity
KERNELS = tuple(name for name, choice in photo.KERNELS.items() if choice.name != photo.RANDOM)
TURNS = (("as it is", 0), ("turned by 90°", 1), ("turned by 180°", 2), ("turned by 270°", 3))
MIDDLE = rows_of(named_kernel("identity", 3))


def _two_weights() -> tuple[Rows, ...]:
    """Give all kernels of 3 x 3 of which one weight is 1, one -1, and all others 0."""
    kernels = []
    for plus, minus in itertools.permutations(range(9), 2):
        kernel = torch.zeros(9)
        kernel[plus], kernel[minus] = 1, -1
        kernels.append(rows_of(kernel.view(3, 3)))
    return tuple(kernels)


@dataclass(frozen=True)
class KernelGameParams(photo.PictureParams, GoalParams):
    """The game starts with a kernel that changes nothing."""

    kernel: str = "identity"
    turns: int = 0
    weights: Rows = MIDDLE


def _kernel(params: KernelGameParams) -> torch.Tensor:
    if params.level == 3:
        return torch.tensor(params.weights)
    choice = photo.KERNELS[params.kernel]
    # turned against the clock, as photos are
    return torch.rot90(named_kernel(choice.name, choice.size[0]), params.turns)


def _layer(params: KernelGameParams) -> nn.Conv2d:
    return weighted_layer(nn.Conv2d, photo_weight(_kernel(params)))


def _picture(params: KernelGameParams) -> torch.Tensor:
    return _layer(params)(photo.fast_image(params.picture))


def _fits(params: KernelGameParams) -> bool:
    return max(_kernel(params).shape) <= min(params.picture.image.shape[2:])


GAME = Game(
    (
        Hidden("kernel", KERNELS[1:], (1, 2)),
        Hidden("turns", (0, 1, 2, 3), (2,), "turn"),
        Hidden("weights", _two_weights(), (3,), "kernel of 1 and −1"),
    ),
    _picture,
    _fits,
)


@torch.inference_mode()
def compute(params: KernelGameParams) -> Result:
    """Apply the chosen kernel to the photo, beside what the target's kernel makes of it.

    Args:
        params: kernel, by its name in the list; at level 2 turns, so many times by 90 degrees; at
            level 3 weights instead, 1 x 1 to 7 x 7.

    Returns:
        Panes input (3, H, W), target, output and difference (1, ...).

    Raises:
        IllegalSettingError: the kernel is larger than the photo, or no target fits the photo.
    """
    now = GAME.counted(params)
    return photo_result(GAME, now, _layer(now))


LAB = LabDefinition(
    name="kernel-game",
    title="Hit the target: kernel",
    params=KernelGameParams,
    compute=compute,
    look=Look(columns=4, same_scale=("input", "target", "output"), sentence_lines=3),
    preview=photo.coarse_preview(compute, "input", "target"),
    ahead=False,
    controls=(
        PictureChoice(),
        *GAME.controls(),
        Choice(
            "kernel",
            "kernel",
            tuple((photo.KERNELS[name].label, name) for name in KERNELS),
            "kernel",
            shown_with=("level", (1, 2)),
        ),
        Choice("turns", "turn", TURNS, "kernel", shown_with=("level", 2)),
        KernelEdit("weights", "weights", shown_with=("level", 3)),
    ),
)

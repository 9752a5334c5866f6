"""A game: find how a piece of the photo was reduced, and how it was enlarged again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn

from lessons_lib.images import Picture
from lessons_lib.kernels import bilinear_kernel, weighted_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, PictureChoice, Slider
from lessons_lib.kit.formula import code_with_weights
from lessons_lib.kit.game import Game, GoalParams, Hidden, play
from lessons_lib.kit.layers import pooling, transposed
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import LabDefinition, Result
from lessons_lib.kit.terms import Term

SIDE = 60  # of the piece; each factor divides it
FINER = 4  # at most so many pixels of the photo, down and across, become one of the piece
MOST = 6
REDUCED = (("its first pixel", "one"), ("its mean", "mean"), ("its largest values", "max"))
ENLARGED = (
    ("one pixel", "dots"),
    ("a block", "blocks"),
    ("a block, one wider", "wide"),
    ("a tent (bilinear)", "tents"),
)


@dataclass(frozen=True)
class EnlargingGameParams(photo.PictureParams, GoalParams):
    """The game starts with nothing lost."""

    factor: int = 1
    enlarged: str = "blocks"
    reduced: str = "mean"


@lru_cache(maxsize=4)
def _piece(picture: Picture) -> Picture:
    """Cut out the middle of a picture and reduce it by means, until no side is above `SIDE`."""
    height, width = picture.image.shape[2:]
    finer = max(1, min(FINER, height // SIDE, width // SIDE))
    side = finer * SIDE
    top, left = max(0, height - side) // 2, max(0, width - side) // 2
    middle = picture.image[..., top : top + side, left : left + side]
    return Picture(picture.name, nn.functional.avg_pool2d(middle, finer), picture.note)


def _there(params: EnlargingGameParams) -> pooling.Pool:
    f = params.factor
    if params.reduced == "one":  # a window of a single pixel: the stride skips the others
        return nn.MaxPool2d(1, f)
    return nn.AvgPool2d(f) if params.reduced == "mean" else nn.MaxPool2d(f)


def _back(params: EnlargingGameParams) -> nn.ConvTranspose2d:
    f = params.factor
    if params.enlarged == "tents":
        weight, padding = bilinear_kernel(f), f // 2
    else:
        side = {"dots": 1, "blocks": f, "wide": f + 1}[params.enlarged]
        weight, padding = torch.ones(3, 1, side, side), 0
    return weighted_layer(nn.ConvTranspose2d, weight, stride=f, padding=padding, groups=3)


def _picture(params: EnlargingGameParams) -> Tensor:
    return _back(params)(_there(params)(_piece(params.picture).image))


def _fits(params: EnlargingGameParams) -> bool:
    return params.factor <= min(params.picture.image.shape[2:])


GAME = Game(
    (
        Hidden("factor", tuple(range(2, MOST + 1))),
        Hidden("enlarged", tuple(value for _, value in ENLARGED), (2, 3), "the stamp"),
        Hidden("reduced", tuple(value for _, value in REDUCED), (3,), "what is kept"),
    ),
    _picture,
    _fits,
)


@torch.inference_mode()
def compute(params: EnlargingGameParams) -> Result:
    """Reduce a piece of the photo and enlarge it again, beside what the target went through.

    Args:
        params: factor 1..6; from level 2 on enlarged, what each pixel stamps; at level 3 reduced,
            what is kept of each block of factor x factor pixels.

    Returns:
        Panes input, target, output (3, ...) and difference (1, ...).

    Raises:
        IllegalSettingError: the factor is larger than the photo, or no target fits the photo.
    """
    now = GAME.counted(params)
    piece, there, back = _piece(now.picture), _there(now), _back(now)
    small = pooling.described(there, piece.image)
    large = transposed.described(back, small.output)
    line = (Term("nn.Sequential("), *small.code, Term(", "), *large.code, Term(")"))
    one = play(GAME, now, large.output, line)
    both = nn.Sequential(there, back)
    return Result(
        panes=(
            photo.photo_pane(piece, note="the middle, reduced"),
            *one.target_and_own("photo"),
            one.difference_pane(),
        ),
        sentence=one.sentence,
        formula=(
            *((Term(f"{type(there).__name__}: "), *each) for each in small.formula),
            *((Term("ConvTranspose2d: "), *each) for each in large.formula),
        ),
        code=line,
        copied=code_with_weights(line, both),
        cost=small.cost + large.cost,
        layer=lambda: both(piece.image),
        reached=one.near.reached,
    )


LAB = LabDefinition(
    name="enlarging-game",
    title="Hit the target: enlarging",
    params=EnlargingGameParams,
    compute=compute,
    look=Look(same_scale=("input", "target", "output"), pointer_lines=0, sentence_lines=3),
    ahead=False,
    controls=(
        PictureChoice(),
        *GAME.controls(),
        Slider("factor", "factor", 1, MOST, "stride"),
        Choice("enlarged", "each pixel stamps", ENLARGED, "kernel", shown_with=("level", (2, 3))),
        Choice("reduced", "kept of a block", REDUCED, "input", shown_with=("level", 3)),
    ),
)

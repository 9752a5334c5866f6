"""What the upsampling lab says: the sentence, a line of the formula, and the code to copy."""

from __future__ import annotations

from lessons_lib.kit.course import MEASURED, written
from lessons_lib.kit.terms import Line, Term
from lessons_lib.labs.upsampling.duel import BILINEAR, RANDOM, Duel
from lessons_lib.segmentation.trained import SCENES
from lessons_lib.visualization.numbers import (
    counted,
    fixed_text,
    percent_text,
    signed_text,
)

FOUND = 0.16  # the mean IoU of an answer that is all background stays below it
LEVEL = 0.005  # nearer than that the two are called level: three looks differ by more


def sentence(duel: Duel, here: str) -> str:
    """Say what the state means: who is ahead and by how much, and what is seen here.

    Args:
        duel: where both stand.
        here: what `rough` or `right` says.
    """
    if duel.step:
        return f"After {counted(duel.step, 'step')} {_ahead(duel)} {here}"
    return (
        "Nothing is learned yet: both networks are the same but for the layer that enlarges, which "
        f"begins bilinear in one and random (by Xavier's rule) in the other. {here}"
    )


def rough(shape: str, first: float, second: float) -> str:
    """Say how smooth the enlarged scores of a class are.

    Args:
        shape: the class.
        first, second: how far neighbouring pixels are apart, as a share of the scores' range, with
            the bilinear layer and with the random one.
    """
    return (
        f"From a pixel to its right neighbour, the enlarged scores of {shape} change on average by "
        f"{percent_text(first)} of their range with the bilinear layer, by {percent_text(second)} "
        "with the random one."
    )


def right(first: float, second: float) -> str:
    """Say which shares of the scene's pixels are right, with the bilinear and the random start."""
    return (
        f"Here {percent_text(first)} of the pixels are right with the bilinear start, "
        f"{percent_text(second)} with the random one."
    )


def _ahead(duel: Duel) -> str:
    first, second = (each.mean_iou for each in duel.both)
    when = duel.bilinear.checked_at
    where = f"on {duel.bilinear.scenes} held-out scenes"
    if when < duel.step:
        where += f" at step {when}"
    values = f"mean IoU {fixed_text(first, 3)} and {fixed_text(second, 3)} {where}"
    if max(first, second) < FOUND:
        return f"neither has found the shapes yet: {values}."
    if abs(first - second) < LEVEL:
        return f"the two are level: {values}."
    name = BILINEAR if first > second else RANDOM
    return f"the {name} start is ahead by {fixed_text(abs(first - second), 3)}: {values}."


def difference(duel: Duel) -> Line:
    """Write both mean IoUs and their difference."""
    first, second = (each.mean_iou for each in duel.both)
    printed = round(first, 3) - round(second, 3)
    equals = " = " if abs(printed - round(first - second, 3)) < 1e-9 else " ≈ "
    return (
        Term("mean IoU: "),
        Term(f"{BILINEAR} {fixed_text(first, 3)}", "output"),
        Term(" − "),
        Term(f"{RANDOM} {fixed_text(second, 3)}", "padding"),
        Term(equals),
        Term(signed_text(first - second, 3)),
    )


def words(duel: Duel) -> str:
    """Say in a few words how far both are."""
    if duel.is_lost:
        return "diverged"
    if duel.bilinear.is_measuring:
        return f"measured on {counted(duel.bilinear.scenes, 'scene')}"
    return f"mean IoU {', '.join(fixed_text(each.mean_iou, 3) for each in duel.both)}"


def program(seed: int, rate: float, steps: int, frozen: bool) -> str:
    """Write the whole experiment as PyTorch that runs by itself.

    Args:
        seed, rate, steps, frozen: of the lab.
    """
    freeze = [f'    network.enlarge.requires_grad_(start != "{BILINEAR}")'] if frozen else []
    return "\n".join(
        [
            "import torch",
            "from torch import nn",
            "from lessons_lib.segmentation.metrics import mean_iou",
            "from lessons_lib.segmentation.network import small_fcn",
            "from lessons_lib.segmentation.scenes import HELD_OUT, Scenes",
            "from lessons_lib.segmentation.training import evaluate, scheduled_rate",
            "",
            f"scenes, held_out = Scenes({SCENES}), Scenes({MEASURED}, HELD_OUT)",
            f'for start in ("{BILINEAR}", "{RANDOM}"):',
            f"    network = small_fcn({seed}, start)",
            *freeze,
            *(f"    {line}" for line in written(seed, rate, steps)),
            "    print(start, loss.item(), mean_iou(evaluate(network, held_out)))",
        ]
    )

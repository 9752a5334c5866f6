"""Upsampling: two networks learn side by side; only the layer that enlarges begins otherwise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from lessons_lib.kit.controls import (
    Choice,
    Presets,
    Progress,
    Seed,
    Slider,
    Toggle,
    Work,
    preset_maker,
)
from lessons_lib.kit.course import (
    CHECKED,
    FASTEST,
    MEASURED,
    RATE,
    REPORT_SECONDS,
    SLOWEST,
    Course,
)
from lessons_lib.kit.layers import transposed
from lessons_lib.kit.links import Links
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import Axes, IllegalSettingError, LabDefinition, Pane, Result
from lessons_lib.kit.seen import Seen, classes_pane, seen_scene
from lessons_lib.kit.vocabulary import Role
from lessons_lib.labs.upsampling import told
from lessons_lib.labs.upsampling.duel import BILINEAR, RANDOM, Duel, start_of, steps_of
from lessons_lib.machine.threads import one_core
from lessons_lib.segmentation.network import Upsampling
from lessons_lib.segmentation.scenes import CLASSES
from lessons_lib.visualization.colours import signed_range
from lessons_lib.visualization.numbers import short_text

PREDICTIONS, SCORES = "predictions", "scores"
SHOWN = (("what they say", PREDICTIONS), ("scores of one class", SCORES))
MEANS, LOSSES = "means", "losses"
CURVES = (("mean IoU", MEANS), ("loss", LOSSES))
LOSS_AXIS = 2.0  # the top of the axis: the loss of a guess among five classes is 1.61
CLASS_OPTIONS = tuple((name, name) for name in CLASSES)


@dataclass(frozen=True)
class UpsamplingParams:
    """The lesson starts before the first step, with the scores that both networks enlarge."""

    seed: int = 3
    scene: int = 0
    shape: str = "disc"
    show: str = SCORES
    curve: str = MEANS
    rate: float = RATE
    steps: int = 400
    frozen: bool = False
    training: Duel | None = None


@torch.inference_mode()
def compute(params: UpsamplingParams) -> Result:
    """Show both networks as far as they are trained: their upsampling kernels, and what these do.

    Args:
        params: `training` is how far `train` has come, None: the start; shape one of `CLASSES`.

    Returns:
        Panes coarse_*, kernel_* and enlarged_* of the one class; or input and prediction_*;
        * is bilinear and random. And curves of both.
    """
    duel = _of_use(params) or start_of(params.seed)
    if duel.is_lost:
        raise _diverged(params, duel)
    seen, number = seen_scene(params.scene), CLASSES.index(params.shape)
    sides: _Sides = {
        name: _Side(name, course, seen, number)
        for name, course in zip((BILINEAR, RANDOM), duel.both, strict=True)
    }
    if params.show == SCORES:
        panes = _scores(sides)
        here = told.rough(params.shape, *(side.roughness for side in sides.values()))
    else:
        panes = _predictions(seen, sides)
        here = told.right(*(side.right for side in sides.values()))
    first = sides[BILINEAR]
    size = (first.coarse.shape[-2], first.coarse.shape[-1])
    layer, coarse = first.course.network.enlarge, first.coarse
    return Result(
        panes=(*panes, _curves(params, duel)),
        sentence=told.sentence(duel, here),
        formula=(*transposed.formula(layer, size), told.difference(duel)),
        code=transposed.line(layer),
        copied=told.program(params.seed, params.rate, params.steps, params.frozen),
        cost=transposed.cost(layer, size),
        links=_links(sides) if params.show == SCORES else (),
        layer=lambda: one_pass(layer, coarse),
    )


def one_pass(layer: nn.ConvTranspose2d, coarse: Tensor) -> Tensor:
    """Run the layer as the training does: on one core, so that timing it holds nobody up."""
    with one_core():
        return layer(coarse)


class _Side:
    """One of the two, with what it makes of the scene."""

    def __init__(self, name: str, course: Course, seen: Seen, number: int) -> None:
        self.name, self.course, self.number = name, course, number
        network = course.network
        self.coarse = network.score(network.body(seen.image))  # (1, classes, h, w)
        self.enlarged = network.enlarge(self.coarse)  # (1, classes, H, W)
        self.predicted = self.enlarged[0].argmax(0)  # (H, W)
        self.right = float((self.predicted == seen.labels).double().mean())

    @property
    def roughness(self) -> float:
        """How far neighbouring pixels of the enlarged scores are apart, as a share of the range."""
        scores = self.enlarged[0, self.number]
        low, high = scores.aminmax()
        return float(scores.diff(dim=1).abs().mean() / (high - low).clamp(min=1e-12))

    def coarse_pane(self) -> Pane:
        """The scores of the class, a number for each place of the body's output."""
        return _map(
            f"coarse_{self.name}", f"scores, {self.name}", "input", self.coarse[0, self.number]
        )

    def kernel_pane(self) -> Pane:
        """What a score of the class stamps into the enlarged scores of the class."""
        weight = self.course.network.enlarge.weight[self.number, self.number]
        return _map(f"kernel_{self.name}", f"kernel, {self.name}", "kernel", weight)

    def enlarged_pane(self) -> Pane:
        """The scores of the class, a number for each pixel."""
        scores = self.enlarged[0, self.number]
        title = f"enlarged, {self.name}"
        return _map(f"enlarged_{self.name}", title, "output", scores, keepable=True)

    def prediction_pane(self) -> Pane:
        """The class with the highest score, for each pixel."""
        title = f"prediction, {self.name}"
        return classes_pane(
            f"prediction_{self.name}", title, self.predicted, "output", keepable=True
        )


_Sides = dict[Upsampling, _Side]


def _map(name: str, title: str, role: Role, values: Tensor, **more: Any) -> Pane:
    values = values.contiguous()
    kept: dict[str, Any] = {"table": "signed", "value_range": signed_range(values), **more}
    return Pane(name, title, role, values, "map", (1, *values.shape), **kept)


def _scores(sides: _Sides) -> tuple[Pane, ...]:
    """Show how each network's scores of one class are enlarged, a row each."""
    return tuple(
        pane
        for side in sides.values()
        for pane in (side.coarse_pane(), side.kernel_pane(), side.enlarged_pane())
    )


def _predictions(seen: Seen, sides: _Sides) -> tuple[Pane, ...]:
    """Show what each network says of the scene."""
    return (seen.pane(), *(side.prediction_pane() for side in sides.values()))


def _links(sides: _Sides) -> tuple[Links, ...]:
    """Say from which coarse scores each enlarged one is made."""
    return tuple(
        replace(
            transposed.links(side.course.network.enlarge, tuple(side.coarse.shape[-2:])),
            output=f"enlarged_{name}",
            source=f"coarse_{name}",
            kernel="",
        )
        for name, side in sides.items()
    )


def _curves(params: UpsamplingParams, duel: Duel) -> Pane:
    means = params.curve == MEANS
    values = torch.stack([each.means if means else each.losses for each in duel.both])
    roles: tuple[Role, ...] = ("output", "padding")
    most = 1.0 if means else max(LOSS_AXIS, math.ceil(float(values.nan_to_num(0.0).max())))
    return Pane(
        "curves",
        "mean IoU" if means else "loss",
        "output",
        values,
        "curves",
        tuple(values.shape),
        value_range=(0.0, most),
        labels=(BILINEAR, RANDOM),
        across=max(params.steps, duel.step) + 1,
        axes=Axes("step", roles=roles),
        note=f"on {CHECKED} held-out scenes; at the end on {MEASURED}" if means else "",
    )


def train(params: UpsamplingParams) -> Iterator[Progress]:
    """Train both, from the start or from where they stand, then measure both."""
    start = params.training or start_of(params.seed)
    for duel in steps_of(start, params.seed, params.rate, params.steps, params.frozen):
        yield Progress(duel.step, max(params.steps, duel.step), told.words(duel), duel)


def goes_on(params: UpsamplingParams) -> bool:
    """Say whether there is a step to go on from, and something left to do."""
    duel = _of_use(params)
    if duel is None or duel.is_lost:
        return False
    return duel.step < params.steps or not duel.is_measured


def _of_use(params: UpsamplingParams) -> Duel | None:
    """Give what was learned, unless it is lost and another rate is to do better."""
    duel = params.training
    if duel is not None and duel.is_lost and params.rate != duel.bilinear.rate:
        return None
    return duel


def _diverged(params: UpsamplingParams, duel: Duel) -> IllegalSettingError:
    losses = ", ".join(str(each.loss) for each in duel.both)
    return IllegalSettingError(
        f"step {duel.step}: losses {losses}",
        f"At a rate of {short_text(params.rate)} each step goes too far: the numbers in a network "
        "became too large to be added up.",
        {"rate": RATE, "training": None},
        transposed.line(duel.random.network.enlarge),
        title="the training has diverged",
    )


# ------------------------------------------------------------------------------------- controls

_preset = preset_maker(show=SCORES, shape="disc", frozen=False, rate=RATE)

LAB = LabDefinition(
    name="upsampling",
    title="Upsampling: a bilinear start against a random one",
    params=UpsamplingParams,
    compute=compute,
    look=Look(columns=3, note_lines=0, sentence_lines=3),
    controls=(
        Seed(),
        Slider("scene", "held-out scene", 0, MEASURED - 1, "input"),
        Choice("show", "show", SHOWN, "output"),
        Choice("shape", "class", CLASS_OPTIONS, "kernel", shown_with=("show", SCORES)),
        Choice("curve", "curves", CURVES, "output", more=True),
        Toggle("frozen", "the bilinear layer stays as it is", "kernel", more=True),
        Slider("rate", "learning rate", SLOWEST, FASTEST, "stride", log=True, more=True),
        Slider("steps", "steps", 50, 800, "output", step=50, more=True),
        Work(
            name="training",
            label="train both",
            run=train,
            depends_on=("seed", "frozen"),
            role="kernel",
            hint="both learn from the same scenes, in the same order",
            every=REPORT_SECONDS,
            goes_on=goes_on,
            steered_by=("rate",),
        ),
        Presets(
            "try",
            (
                _preset("scores of discs"),
                _preset("scores of rings", shape="ring"),
                _preset("what they say", show=PREDICTIONS),
                _preset("bilinear and fixed", frozen=True),
                _preset("slowly", rate=0.002),
            ),
            "stride",
            more=True,
        ),
    ),
)

"""Learning a kernel: a hidden one is found again from a picture and its output, step by step."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lessons_lib.kit.controls import (
    Choice,
    KernelEdit,
    PictureChoice,
    Presets,
    Progress,
    Seed,
    Slider,
    Toggle,
    Work,
    preset_maker,
    round_numbers,
)
from lessons_lib.kit.grids import Rows, grid_pane
from lessons_lib.kit.layers import conv
from lessons_lib.kit.links import CellLinks
from lessons_lib.kit.look import Look
from lessons_lib.kit.photo import RGB, PictureParams
from lessons_lib.kit.result import Axes, IllegalSettingError, LabDefinition, Pane, Result
from lessons_lib.kit.terms import Line
from lessons_lib.kit.vocabulary import Role
from lessons_lib.labs.learn_kernel import told
from lessons_lib.labs.learn_kernel.task import (
    EDGE,
    NAMED,
    OWN,
    RANDOM,
    SOURCES,
    STARTS,
    Task,
    Wish,
    prepared,
)
from lessons_lib.machine.threads import one_core
from lessons_lib.training import LearningStep, learning_steps
from lessons_lib.visualization.numbers import short_text, signed_text

SLOWEST, FASTEST = 1e-8, 10.0  # the learning rates of the slider: sums over a photo need tiny ones
STEPS = (10, 20, 50, 100, 300, 1000, 3000)
RATES = round_numbers(SLOWEST, FASTEST)
REPORT_SECONDS = 0.033  # between two steps that are shown: 30 a second, where they are so quick
LOWEST = 1e-12  # of the axis: smaller numbers are rounding
DECADES = 3  # that the axis has below the start from the beginning on

SOURCE_OPTIONS = tuple((source.label, value) for value, source in SOURCES.items())
HIDDEN_OPTIONS = (
    *((label, value) for value, label in NAMED.items()),
    ("random, by seed", RANDOM),
    ("your own", OWN),
)
START_OPTIONS = tuple((label, value) for value, label in STARTS.items())
OPTIMIZER_OPTIONS = (
    ("gradient descent", "gradient_descent"),
    ("Adam", "adam"),
    ("L-BFGS", "lbfgs"),
)
LOSS_OPTIONS = (("mean of squares", "mean"), ("sum of squares", "sum"))


@dataclass(frozen=True, eq=False)
class Learned:
    """Where the learning stands.

    Attributes:
        last: the newest step.
        losses, errors: of all steps from the start on, float32.
        rate: the learning rate that led here.
    """

    last: LearningStep
    losses: Tensor
    errors: Tensor
    rate: float


@dataclass(frozen=True)
class LearnKernelParams(PictureParams):
    """The lesson starts at a rate that is legal on every bundled picture."""

    seed: int = 3
    data: str = "rgb"
    hidden: str = "sobel_x"
    kernel: Rows = EDGE
    start: str = "random"
    bias: bool = False
    optimizer: str = "gradient_descent"
    rate: float = 0.1
    loss: str = "mean"
    steps: int = 300
    learning: Learned | None = None


def task_of(params: LearnKernelParams) -> Task:
    """Give what the parameters ask to learn; see `prepared`."""
    own = params.kernel if params.hidden == OWN else ()
    return prepared(
        Wish(
            params.picture,
            params.seed,
            params.data,
            params.hidden,
            own,
            params.start,
            params.bias,
        )
    )


@torch.inference_mode()
def compute(params: LearnKernelParams) -> Result:
    """Show the kernel as far as it is learned, beside the one that is hidden in the output.

    Args:
        params: `learning` is what `learn` has found so far, None: the start.

    Returns:
        Panes target, present and difference, (channels, kh, kw) each, and curves: the loss and
        the kernel's error at each step.

    Raises:
        IllegalSettingError: the picture is smaller than the kernel, the learning has diverged, or
            the hidden kernel is so large that there is no loss to begin with.
    """
    task = task_of(params)
    learned = _of_use(params)
    now = learned or start_of(params, task)
    if not math.isfinite(float(now.losses[0])):
        raise _too_large(params, task)
    if now.last.trouble:
        raise _diverged(params, task, now)
    layer = task.first_layer()
    return Result(
        panes=_panes(params, task, now),
        sentence=told.sentence(told.State(task, params, now.last, float(now.losses[0]))),
        formula=told.formula(task, params),
        code=_code(params, task),
        copied=told.program(task, params),
        cost=conv.cost(layer, tuple(task.image.shape[2:])),
        cell_links=_links(task),
        layer=lambda: one_pass(layer, task.image),
    )


def one_pass(layer: nn.Conv2d, image: Tensor) -> Tensor:
    """Run the layer as the learning does: on one core, so that timing it holds nobody up."""
    with one_core():
        return layer(image)


def start_of(params: LearnKernelParams, task: Task) -> Learned:
    """Give what stands there before the first step."""
    layer = task.first_layer()
    kernel = layer.weight.detach()
    bias = None if layer.bias is None else layer.bias.detach()
    loss = task.first_losses[params.loss]
    error = float((kernel - task.target).abs().max())
    step = LearningStep(0, loss, kernel, bias, error)
    return Learned(step, torch.tensor([loss]), torch.tensor([error]), params.rate)


def _of_use(params: LearnKernelParams) -> Learned | None:
    """Give what was learned, unless it is lost and another rate is to do better."""
    learned = params.learning
    if learned is None or (learned.last.trouble and params.rate != learned.rate):
        return None
    return learned


# ------------------------------------------------------------------------------------ the learning


def learn(params: LearnKernelParams) -> Iterator[Progress]:
    """Learn the kernel, from the start or from where it stands."""
    task = task_of(params)
    found = params.learning
    steps = learning_steps(
        task.first_layer(),
        task.image,
        task.wanted,
        params.steps,
        params.rate,
        optimizer=params.optimizer,
        loss=params.loss,
        target=task.target,
        resume=None if found is None else found.last,
    )
    while True:
        with one_core():
            step = next(steps, None)
        if step is None:
            return
        found = _with(found, step, params.rate)
        yield Progress(step.step, params.steps, _words(step), found)


def _with(before: Learned | None, step: LearningStep, rate: float) -> Learned:
    loss, error = torch.tensor([step.loss]), torch.tensor([step.error])
    if before is not None:
        loss, error = torch.cat([before.losses, loss]), torch.cat([before.errors, error])
    return Learned(step, loss, error, rate)


def _words(step: LearningStep) -> str:
    if step.trouble:
        return "diverged"
    return f"error {short_text(step.error)}"


def goes_on(params: LearnKernelParams) -> bool:
    """Say whether there is a step to go on from, and one to go to."""
    learned = _of_use(params)
    return learned is not None and not learned.last.trouble and learned.last.step < params.steps


def _diverged(params: LearnKernelParams, task: Task, learned: Learned) -> IllegalSettingError:
    limit = task.valley.learning_rate_limit(params.loss)
    nearest: dict[str, Any] = {"rate": legal_rate(limit), "learning": None}
    step = learned.last
    if params.optimizer != "gradient_descent":
        nearest["optimizer"] = "gradient_descent"
        why = "Its numbers became too large."
    else:
        why = (
            f"At a rate of {short_text(params.rate)} each step goes beyond the middle of the "
            "valley and ends further away on the other side than it began. The limit is 2 divided "
            f"by the largest curvature of the loss: {short_text(limit)} here."
        )
    return IllegalSettingError(
        f"step {step.step}: loss = {step.loss}",
        why,
        nearest,
        _code(params, task),
        title="the learning has diverged",
    )


def _too_large(params: LearnKernelParams, task: Task) -> IllegalSettingError:
    """Refuse a kernel of the reader's own, for only that can be so large: no rate helps."""
    most = max(abs(weight) for row in params.kernel for weight in row)
    scaled = tuple(tuple(weight / most for weight in row) for row in params.kernel)
    return IllegalSettingError(
        f"step 0: loss = {task.first_losses[params.loss]}",
        "The hidden kernel is so large that the squares of the errors add up to more than a "
        f"float32 can hold: {short_text(torch.finfo(torch.float32).max)}.",
        {"kernel": scaled, "learning": None},
        _code(params, task),
        title="the loss is too large a number",
    )


def legal_rate(limit: float) -> float:
    """Give the learning rate of the slider that is nearest below the limit."""
    return max((rate for rate in RATES if rate < limit), default=SLOWEST)


# --------------------------------------------------------------------------------------- the panes


def _panes(params: LearnKernelParams, task: Task, now: Learned) -> tuple[Pane, ...]:
    target, kernel = task.target[0], now.last.kernel[0]
    most = float(target.abs().max()) or 1.0
    # one scale for all three: what is far off stands out, and what is found fades away
    held: dict[str, Any] = {"value_range": (-most, most), "labels": RGB if len(target) > 1 else ()}
    difference = kernel - target
    return (
        grid_pane("target", "hidden kernel", "kernel", target, **held),
        grid_pane(
            "present",
            f"kernel at step {now.last.step}",
            "kernel",
            kernel,
            note=_bias_note(now),
            **held,
        ),
        grid_pane(
            "difference",
            "difference",
            "output",
            difference,
            note=f"largest {short_text(now.last.error)}",
            **held,
        ),
        _curves(params, task, now),
    )


def _bias_note(now: Learned) -> str:
    return "" if now.last.bias is None else f"bias {signed_text(float(now.last.bias[0]), 4)}"


def _curves(params: LearnKernelParams, task: Task, now: Learned) -> Pane:
    values = torch.stack([now.losses, now.errors])  # (2, steps so far)
    roles: tuple[Role, ...] = ("output", "kernel")
    return Pane(
        "curves",
        "loss and kernel error",
        "output",
        values,
        "curves",
        tuple(values.shape),
        value_range=_decades(values),
        labels=("loss", "kernel error"),
        across=max(params.steps, now.last.step) + 1,
        axes=Axes("step", log=True, roles=roles),
        note=f"solved at once by least squares: kernel error {short_text(task.solution_error)}",
    )


def _decades(values: Tensor) -> tuple[float, float]:
    """Give whole powers of ten for the axis; it never shrinks while the learning goes on."""
    seen = values[values > LOWEST]
    low, high = (float(seen.min()), float(seen.max())) if seen.numel() else (LOWEST, 1.0)
    first = float(values[:, 0].min())
    bottom = min(low, max(first, LOWEST) / 10**DECADES)
    return 10.0 ** math.floor(math.log10(bottom)), 10.0 ** math.ceil(math.log10(high) + 1e-9)


def _links(task: Task) -> tuple[CellLinks, ...]:
    """Let a weight be pointed at in all three grids at once."""
    each = torch.arange(task.target.numel())[:, None]
    return (
        CellLinks("present", "target", each, "is to become", "is sought by"),
        CellLinks("difference", "present", each, "is how far off stands", "is off by"),
        CellLinks("difference", "target", each, "is the distance to", "is missed by"),
    )


def _code(params: LearnKernelParams, task: Task) -> Line:
    return (*conv.line(task.first_layer()), *told.rule(params))


# ---------------------------------------------------------------------------------------- controls

_preset = preset_maker(
    data="rgb",
    hidden="sobel_x",
    start="random",
    bias=False,
    optimizer="gradient_descent",
    loss="mean",
    rate=0.1,
    steps=300,
)

LAB = LabDefinition(
    name="learn-kernel",
    title="Learning a kernel",
    params=LearnKernelParams,
    compute=compute,
    look=Look(shapes="first", sentence_lines=2),
    controls=(
        PictureChoice(),
        Seed(),
        Choice("data", "data", SOURCE_OPTIONS, "input"),
        Choice("hidden", "hidden", HIDDEN_OPTIONS, "kernel"),
        KernelEdit(shown_with=("hidden", OWN)),
        Choice("start", "start", START_OPTIONS, "kernel", more=True),
        Toggle("bias", "with a bias", "kernel", more=True),
        Choice("loss", "loss", LOSS_OPTIONS, "output"),
        Choice("optimizer", "optimiser", OPTIMIZER_OPTIONS, "stride"),
        Slider("rate", "learning rate", SLOWEST, FASTEST, "stride", log=True),
        Choice("steps", "steps", tuple((str(n), n) for n in STEPS), "output"),
        Work(
            name="learning",
            label="learn",
            run=learn,
            depends_on=(
                *("picture", "seed", "data", "hidden", "kernel", "start", "bias"),
                *("loss", "optimizer"),
            ),
            role="kernel",
            hint="another rate goes on from where it is, all else begins anew",
            every=REPORT_SECONDS,
            goes_on=goes_on,
            steered_by=("rate",),
            replays=7,  # of the start and all buttons below
        ),
        Presets(
            "try",
            (
                _preset(
                    "two edges",
                    data="edge",
                    hidden="edge",
                    loss="sum",
                    rate=0.03,
                    steps=10,
                ),
                _preset("the photo"),
                _preset("the photo, rate 0.2", rate=0.2),
                _preset("the photo, L-BFGS", optimizer="lbfgs", steps=20),
                _preset("noise", data="noise", rate=0.5, steps=50),
                _preset("flat grey", data="flat", steps=100),
            ),
            "stride",
        ),
    ),
)

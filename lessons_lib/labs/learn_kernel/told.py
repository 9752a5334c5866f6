"""What the lab of learning a kernel says: the sentence, the formula, and the code."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from lessons_lib.images import BUNDLED, GENERATED
from lessons_lib.kit.terms import Line, Term
from lessons_lib.labs.learn_kernel.task import Task
from lessons_lib.training import LearningStep
from lessons_lib.visualization.numbers import count_text, counted, percent_text, short_text

FOUND = 0.01  # of the largest weight: when all are nearer than that, the kernel is found
NEARLY = 0.1  # and nearly found
SMALL = 0.1  # a loss that is such a share of the first one is called small
ROUND, SHORT = 1.5, 3  # valleys that are no longer than so many times their width
UNMOVED = 0.995  # a share of the first loss that would be written as 100 %


@dataclass(frozen=True, eq=False)
class State:
    """What the sentence is about.

    Attributes:
        task: what is learned.
        params: of the lab: optimizer, rate and loss.
        step: the newest.
        first_loss: the loss of the start.
    """

    task: Task
    params: Any
    step: LearningStep
    first_loss: float


def sentence(state: State) -> str:
    """Say what the state means: how far the loss is, how far the kernel, and why."""
    return f"{_reached(state)} {_reason(state)}"


def _reached(state: State) -> str:
    step = state.step
    if not step.step:
        return (
            f"Nothing is learned yet: the loss is {short_text(step.loss)}, "
            f"and a weight is up to {short_text(step.error)} off."
        )
    after = f"After {counted(step.step, 'step')}"
    far = step.error / (float(state.task.target.abs().max()) or 1.0)
    if far < NEARLY:
        word = "found" if far < FOUND else "nearly found"
        off = f"more than {short_text(step.error)} off" if step.error else "off"
        return f"{after} the kernel is {word}: no weight is {off}."
    if not state.first_loss:
        return f"The loss was 0 from the start, yet a weight is up to {short_text(step.error)} off."
    if step.loss > state.first_loss:
        return f"{after} the loss is {short_text(step.loss)}: it has grown."
    share = step.loss / state.first_loss
    kernel = f"a weight is up to {short_text(step.error)} off"
    if share < SMALL:
        text = f"only {percent_text(share)}" if share >= 0.001 else "less than 0.1 %"
        return f"{after} {text} of the loss is left, yet {kernel}: it is not the kernel."
    left = percent_text(share, 0) if share < UNMOVED else "nearly 100 %"
    return f"{after} the loss is {left} of what it was; {kernel}."


def _reason(state: State) -> str:
    valley, params = state.task.valley, state.params
    numbers = len(valley.steepness)
    limit = valley.learning_rate_limit(params.loss)
    if params.optimizer == "gradient_descent" and params.rate > limit:
        return (
            f"The rate {short_text(params.rate)} is above the limit {short_text(limit)}: across "
            "the valley, each step ends further from the middle than it began."
        )
    if valley.rank < numbers:
        return (
            f"This picture tells {counted(valley.rank, 'number')} of {numbers}: along "
            f"{counted(numbers - valley.rank, 'direction')} the output does not change at all, so "
            "that nothing can tell how far to go."
        )
    if numbers == 1:
        return "There is one number to learn: the loss has one direction only."
    longer = valley.condition_number
    shape = f"The valley of the loss is {short_text(longer)} times as long as it is wide"
    if longer < ROUND:
        return f"The valley of the loss is nearly round ({short_text(longer)} : 1)."
    if longer < SHORT:
        return f"The valley of the loss is only {short_text(longer)} times as long as it is wide."
    if params.optimizer == "gradient_descent":
        share = 2 * params.rate / limit / longer**2
        return f"{shape}: a step goes {short_text(100 * share)} % of the way along it."
    return f"{shape}."


def formula(task: Task, params: Any) -> tuple[Line, ...]:
    """Write the step and its limit, and what the picture can tell."""
    valley = task.valley
    limit = valley.learning_rate_limit(params.loss)
    curvature = 2 / limit if math.isfinite(limit) else 0.0
    steps: dict[str, Line] = {
        "gradient_descent": (
            Term("kernel", "kernel"),
            Term(" ← kernel − "),
            Term(short_text(params.rate), "stride"),
            Term(" · slope"),
        ),
        "adam": (
            Term("kernel", "kernel"),
            Term(" ← kernel − "),
            Term(short_text(params.rate), "stride"),
            Term(" · mean slope / its usual size"),
        ),
        "lbfgs": (
            Term("kernel", "kernel"),
            Term(" ← kernel − a length that it finds · slope, straightened by the curvature"),
        ),
    }
    bound: Line = (
        Term("limit of plain descent 2 / "),
        Term(short_text(curvature), "output"),
        Term(" = "),
        Term(short_text(limit), "stride"),
    )
    return ((*steps[params.optimizer], Term(";  "), *bound), _known(task))


def _known(task: Task) -> Line:
    valley = task.valley
    numbers, plural = len(valley.steepness), "" if valley.positions == 1 else "s"
    return (
        Term(f"{count_text(valley.positions)} equation{plural}", "input"),
        Term(" for "),
        Term(counted(numbers, "number"), "kernel"),
        Term(f", {valley.rank} of them independent; condition number "),
        Term(short_text(valley.condition_number), "output"),
    )


def rule(params: Any) -> Line:
    """Write the optimiser behind the layer's line."""
    if params.optimizer == "lbfgs":
        call: Line = (Term('torch.optim.LBFGS(…, line_search_fn="strong_wolfe")'),)
    else:
        name = "SGD" if params.optimizer == "gradient_descent" else "Adam"
        call = (Term(f"torch.optim.{name}(…, "), Term(f"lr={params.rate:.4g}", "stride"), Term(")"))
    return (Term("  # "), *call)


def program(task: Task, params: Any) -> str:
    """Write the whole experiment as plain PyTorch that runs by itself."""
    channels, (rows, columns) = task.target.shape[1], task.size
    optimizer = {
        "gradient_descent": f"torch.optim.SGD(layer.parameters(), lr={params.rate:.6g})",
        "adam": f"torch.optim.Adam(layer.parameters(), lr={params.rate:.6g})",
        "lbfgs": 'torch.optim.LBFGS(layer.parameters(), line_search_fn="strong_wolfe")',
    }[params.optimizer]
    weights = [
        [[float(f"{value:.6g}") for value in row] for row in grid]
        for grid in task.target[0].tolist()
    ]
    start = ["nn.init.zeros_(layer.weight)"] if task.wish.start == "zeros" else []
    if start and params.bias:
        start.append("nn.init.zeros_(layer.bias)")
    return "\n".join(
        [
            "import torch",
            "from torch import nn",
            "",
            *_picture(task),
            f"target = torch.tensor([{weights}])",
            "wanted = nn.functional.conv2d(image, target)",
            f"torch.manual_seed({task.wish.seed})",
            f"layer = nn.Conv2d({channels}, 1, ({rows}, {columns}), bias={params.bias})",
            *start,
            f"optimizer = {optimizer}",
            "",
            "def slope():",
            "    optimizer.zero_grad()",
            f"    loss = (layer(image) - wanted).square().{params.loss}()",
            "    loss.backward()",
            "    return loss",
            "",
            f"for step in range({params.steps}):",
            "    optimizer.step(slope)",
            "print(slope().item(), (layer.weight - target).abs().max().item())",
        ]
    )


def _picture(task: Task) -> list[str]:
    """Write how the picture is made."""
    wish = task.wish
    name = wish.picture.name
    load = f"image = load_image({name!r})"
    own = [] if name in BUNDLED + GENERATED else ["# a picture of your own: give its path"]
    source = "from lessons_lib.images import load_image"
    shape = ", ".join(str(n) for n in task.image.shape)
    return {
        "rgb": [source, *own, load],
        "grey": [source, *own, f"{load}.mean(dim=1, keepdim=True)"],
        "noise": [
            f"generator = torch.Generator().manual_seed({wish.seed})",
            f"image = torch.randn(({shape}), generator=generator)",
        ],
        "flat": [f"image = torch.full(({shape}), 0.5)"],
        "edge": [f"image = torch.ones({shape})", "image[..., 2:6] = 0"],
    }[wish.data]

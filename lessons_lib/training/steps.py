"""Learn a kernel step by step down the slope of the loss, as every network is trained."""

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from lessons_lib.geometry.arguments import to_real, to_whole
from lessons_lib.tensors import FLOATING, check_same_shape, check_tensor, layouts
from lessons_lib.training.loss import LOSSES, squared_loss

OPTIMIZERS = ("gradient_descent", "adam", "lbfgs")


@dataclass(frozen=True, eq=False)
class LearningStep:
    """Where the learning stands.

    Attributes:
        step: how often the weights were changed; 0 at the start.
        loss: of this kernel, the sum or the mean of the squared errors.
        kernel: (out_channels, in_channels, kh, kw), a tensor of its own.
        bias: (out_channels,), None where the layer has none.
        error: the largest distance of a weight from the target's; NaN where no target was given.
        trouble: what went wrong, in a sentence; "" where nothing did.
        memory: what the optimiser knows of the steps before, so that it can go on from here.
    """

    step: int
    loss: float
    kernel: Tensor
    bias: Tensor | None
    error: float
    trouble: str = ""
    memory: Mapping[str, Any] = field(default_factory=dict, repr=False)


def make_optimizer(layer: nn.Module, name: str, learning_rate: float) -> torch.optim.Optimizer:
    """Choose how the steps are made.

    Args:
        layer: whose weights are changed.
        name: "gradient_descent" (the slope times the learning rate), "adam" (each weight has its
            own rate, from the slopes of late) or "lbfgs" (learns how the valley bends; one step is
            up to 20 small ones, of lengths that it finds by looking ahead along the line).
        learning_rate: of the first two; "lbfgs" needs none and tries 1.

    Raises:
        TypeError, ValueError: no such name, or a rate that is no number above 0.

    Example:
        >>> type(make_optimizer(nn.Conv2d(1, 1, 3), "gradient_descent", 0.1)).__name__
        'SGD'
    """
    if not isinstance(layer, nn.Module):
        raise TypeError(f"`layer` (={layer!r}) must be an nn.Module.")
    if name not in OPTIMIZERS:
        raise ValueError(f"`name` (={name!r}) must be one of {', '.join(OPTIMIZERS)}.")
    learning_rate = to_real(learning_rate, "learning_rate", 0)
    if name == "gradient_descent":
        return torch.optim.SGD(layer.parameters(), lr=learning_rate)
    if name == "adam":
        return torch.optim.Adam(layer.parameters(), lr=learning_rate)
    return torch.optim.LBFGS(layer.parameters(), line_search_fn="strong_wolfe")


def learning_steps(
    layer: nn.Conv2d,
    image: Tensor,
    wanted: Tensor,
    steps: int,
    learning_rate: float = 0.03,
    *,
    optimizer: str = "gradient_descent",
    loss: str = "sum",
    target: Tensor | None = None,
    resume: LearningStep | None = None,
) -> Iterator[LearningStep]:
    """Teach a layer to make the wanted output of the picture, a step at a time.

    To stop, take no further step. To go on later, give the last step as `resume`: nothing is lost,
    even what the optimiser has learned of the valley; another learning rate is allowed then.

    Args:
        layer: gives the start; its weights are changed in place.
        image: (N, C, H, W), what the layer reads.
        wanted: (N, out_channels, H_out, W_out), what it shall make of it.
        steps: the number of the last step, at least 1.
        learning_rate, optimizer: as in `make_optimizer`.
        loss: as in `squared_loss`.
        target: the kernel that is to be found, where it is known, only to tell the error.
        resume: the step to go on from, with the same optimizer.

    Returns:
        A generator of `LearningStep`: from step 0, which shows the start, or from the one after
        `resume`. It ends early where the loss is no number any more, and the last step says so.

    Raises:
        TypeError: the layer is no Conv2d, or a picture is not floating point.
        ValueError: steps not whole or below 1, an unknown word, a picture of other channels than
            the layer's; or, at the first step, an output that does not fit.

    Example:
        >>> layer = nn.Conv2d(1, 1, 1, bias=False)
        >>> _ = nn.init.zeros_(layer.weight)
        >>> picture = torch.ones(1, 1, 1, 2)
        >>> found = learning_steps(layer, picture, 3 * picture, steps=2, learning_rate=0.25)
        >>> [step.loss for step in found]
        [18.0, 0.0, 0.0]
    """
    if not isinstance(layer, nn.Conv2d):
        raise TypeError(f"`layer` (a {type(layer).__name__}) must be an nn.Conv2d.")
    steps = to_whole(steps, "steps", 1)
    if loss not in LOSSES:
        raise ValueError(f"`loss` (={loss!r}) must be one of {', '.join(LOSSES)}.")
    check_tensor(image, "image", [layouts(2)[0]], FLOATING)
    check_tensor(wanted, "wanted", [layouts(2)[0]], FLOATING)
    if image.shape[1] != layer.in_channels:
        raise ValueError(
            f"`image` (shape {tuple(image.shape)}) must have {layer.in_channels} channels, as many "
            "as the layer reads."
        )
    if target is not None:
        check_tensor(target, "target", (), FLOATING)
        check_same_shape(target, layer.weight, "target", "layer.weight")
    rule = make_optimizer(layer, optimizer, learning_rate)
    with torch.inference_mode(False):  # a lab's tensors may be made under it, but these must learn
        image, wanted = (each.detach().to(layer.weight).clone() for each in (image, wanted))
    first = 0
    if resume is not None:
        first = resume.step + 1
        _go_back_to(resume, layer, rule)
    return _learn(layer, image, wanted, range(first, steps + 1), rule, loss, target)


def _go_back_to(step: LearningStep, layer: nn.Conv2d, rule: torch.optim.Optimizer) -> None:
    rates = [group["lr"] for group in rule.param_groups]
    with torch.inference_mode(False), torch.no_grad():
        layer.weight.copy_(step.kernel)
        if layer.bias is not None and step.bias is not None:
            layer.bias.copy_(step.bias)
        rule.load_state_dict(copy.deepcopy(dict(step.memory)))
    for group, rate in zip(rule.param_groups, rates, strict=True):
        group["lr"] = rate  # the memory has the old one


def _learn(
    layer: nn.Conv2d,
    image: Tensor,
    wanted: Tensor,
    steps: range,
    rule: torch.optim.Optimizer,
    loss: str,
    target: Tensor | None,
) -> Iterator[LearningStep]:
    def slope() -> Tensor:
        """Leave the slope of the loss in each weight's .grad."""
        rule.zero_grad()
        error = squared_loss(layer(image), wanted, loss)
        error.backward()
        return error

    def change() -> None:
        # L-BFGS looks at many places in one step; the others have seen all they need
        rule.step(slope) if isinstance(rule, torch.optim.LBFGS) else rule.step()

    if steps.start > 0:
        with torch.inference_mode(False), torch.enable_grad():
            slope()
            change()
    for step in steps:
        # entered anew each time: a mode held across `yield` would be the caller's mode as well
        with torch.inference_mode(False), torch.enable_grad():
            error = slope().item()
        found = _seen(step, error, layer, rule, target)
        yield found
        if found.trouble or step == steps.stop - 1:
            return
        with torch.inference_mode(False), torch.enable_grad():
            change()


def _seen(
    step: int, loss: float, layer: nn.Conv2d, rule: torch.optim.Optimizer, target: Tensor | None
) -> LearningStep:
    kernel = layer.weight.detach().clone()
    bias = None if layer.bias is None else layer.bias.detach().clone()
    error = math.nan if target is None else float((kernel - target).abs().max())
    trouble = ""
    if not math.isfinite(loss) or not bool(kernel.isfinite().all()):
        trouble = f"It diverged: at step {step} the loss is {loss}. {_why_lost(rule, step)}"
    memory = copy.deepcopy(rule.state_dict())
    return LearningStep(step, loss, kernel, bias, error, trouble, memory)


def _why_lost(rule: torch.optim.Optimizer, step: int) -> str:
    if step == 0 or not isinstance(rule, torch.optim.SGD):  # no rate is to blame
        return "The numbers are too large for this kind of float: scale picture and output down."
    rate = rule.param_groups[0]["lr"]
    return (
        "Each step went further beyond the lowest point than the one before: the learning rate "
        f"(={rate:g}) is too high for this picture."
    )


def learn_kernel(
    layer: nn.Conv2d,
    image: Tensor,
    wanted: Tensor,
    steps: int,
    learning_rate: float = 0.03,
    on_step: Callable[[LearningStep], bool | None] | None = None,
    **settings: Any,
) -> LearningStep:
    """Teach a layer to make the wanted output of the picture, and give the last step.

    Args:
        layer, image, wanted, steps, learning_rate: as in `learning_steps`.
        on_step: is called with each step, the start included; if it returns True, no further step
            is made.
        settings: optimizer, loss, target, resume, as in `learning_steps`.

    Returns:
        The last step. Read its `trouble`: a learning rate that is too high is no error here.

    Raises:
        ValueError: as in `learning_steps`; or there is no step left after `resume`.

    Example:
        >>> layer = nn.Conv2d(1, 1, 1, bias=False)
        >>> picture = torch.ones(1, 1, 2, 2)
        >>> last = learn_kernel(layer, picture, 3 * picture, 9, 0.1, lambda step: step.loss < 1e-6)
        >>> round(last.kernel.item(), 3)
        3.0
    """
    last = None
    for last in learning_steps(layer, image, wanted, steps, learning_rate, **settings):
        if on_step is not None and on_step(last) is True:
            break
    if last is None:
        raise ValueError(f"`steps` (={steps}) must be beyond the step of `resume`.")
    return last

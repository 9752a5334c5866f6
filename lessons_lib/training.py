"""Learn a kernel: given a picture and the output that is wanted, find the weights between them.

There are two ways. Step by step down the slope of the loss, as every network is trained
(`learn_kernel`); or at once, because for one layer the loss is a valley with a single lowest point
(`solve_kernel`). `loss_valley` says how that valley is shaped, and so how long the steps will take.
"""

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.grad import conv2d_weight

from lessons_lib.geometry.arguments import to_real, to_tuple, to_whole
from lessons_lib.tensors import FLOATING, check_finite, check_same_shape, check_tensor, layouts

OPTIMIZERS = ("gradient_descent", "adam", "lbfgs")
LOSSES = ("sum", "mean")
STRIP = 32  # rows of windows that are held as a matrix at a time
RESOLVED = 1e-12  # steepness below this share of the steepest is rounding: nothing is known there


# ------------------------------------------------------------------------------------ step by step


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


def squared_loss(output: Tensor, wanted: Tensor, loss: str = "sum") -> Tensor:
    """Say in one number how far an output is from the one that is wanted.

    Args:
        output, wanted: the same shape, floating point.
        loss: "sum" of all squared errors, or their "mean".

    Raises:
        TypeError, ValueError: the shapes differ, they are not floating point, or no such word.

    Example:
        >>> squared_loss(torch.tensor([1.0, 5.0]), torch.tensor([3.0, 5.0]), "mean").item()
        2.0
    """
    if loss not in LOSSES:
        raise ValueError(f"`loss` (={loss!r}) must be one of {', '.join(LOSSES)}.")
    check_tensor(output, "output", (), FLOATING)
    check_tensor(wanted, "wanted", (), FLOATING)
    if output.shape != wanted.shape:
        raise ValueError(
            f"`wanted` (shape {tuple(wanted.shape)}) must have the shape of the layer's output "
            f"({tuple(output.shape)})."
        )
    square = (output - wanted).square()
    return square.sum() if loss == "sum" else square.mean()


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


# ----------------------------------------------------------------------------------------- at once


def window_matrix(image: Tensor, kernel_size: tuple[int, int], bias: bool = False) -> Tensor:
    """Write all windows of a picture as the rows of one matrix.

    The layer's output is this matrix times the kernel written as one column, so that learning the
    kernel is solving equations: one for each pixel of the output.

    Args:
        image: (1, C, H, W), floating point; better a small one, for k x k needs k * k times as
            much memory as the picture.
        kernel_size: (kh, kw).
        bias: whether a column of ones for the bias follows.

    Returns:
        (H_out * W_out, C * kh * kw), one more column with a bias.

    Raises:
        TypeError, ValueError: it is no single picture, not floating point, or smaller than the
            kernel.

    Example:
        >>> window_matrix(torch.arange(6.0).reshape(1, 1, 2, 3), (2, 2)).tolist()
        [[0.0, 1.0, 3.0, 4.0], [1.0, 2.0, 4.0, 5.0]]
    """
    kernel_size = _checked_size(image, kernel_size)
    rows = F.unfold(image, kernel_size)[0].T  # (positions, C * kh * kw)
    if bias:
        rows = torch.cat([rows, rows.new_ones(len(rows), 1)], dim=1)
    return rows


def _checked_size(image: Tensor, kernel_size: tuple[int, int]) -> tuple[int, int]:
    """Refuse what is no single picture, or a kernel larger than it; (kh, kw) of what is."""
    check_tensor(image, "image", ["1, channels, height, width"], FLOATING)
    if len(image) != 1:
        raise ValueError(
            f"`image` (shape {tuple(image.shape)}) must be one picture: give image[:1]."
        )
    kh, kw = to_tuple(kernel_size, 2, "kernel_size", 1)
    if image.shape[-2] < kh or image.shape[-1] < kw:
        raise ValueError(
            f"`image` (shape {tuple(image.shape)}) must be at least as large as `kernel_size` "
            f"(={kernel_size})."
        )
    return kh, kw


@dataclass(frozen=True, eq=False)
class Valley:
    """The shape of the loss around its lowest point, the same for every wanted output.

    Attributes:
        positions: pixels of the output: so many squared errors are summed.
        kernel_size: (in_channels, kh, kw).
        bias: whether the last number of a direction is the bias.
        steepness: float64 (n,), from flat to steep: how fast the SUM of squares grows with the
            square of the distance along each direction; eigenvalues of A^T A, A the window matrix.
        directions: float64 (n, n), a column for each; all at right angles.
    """

    positions: int
    kernel_size: tuple[int, int, int]
    bias: bool
    steepness: Tensor
    directions: Tensor

    @property
    def rank(self) -> int:
        """Say how many directions change the output at all."""
        return int((self.steepness > RESOLVED * self.steepness[-1]).sum())

    @property
    def unknown(self) -> Tensor:
        """Give the directions along which the loss does not change: float64 (n, n - rank)."""
        return self.directions[:, : len(self.steepness) - self.rank]

    @property
    def condition_number(self) -> float:
        """Give how much longer than wide the valley is: infinity where a direction is unknown."""
        if self.rank < len(self.steepness):
            return math.inf
        return math.sqrt(float(self.steepness[-1] / self.steepness[0]))

    def learning_rate_limit(self, loss: str = "sum") -> float:
        """Give the rate above which plain gradient descent diverges: 2 over the largest curvature.

        Args:
            loss: "sum", whose second derivative is 2 A^T A, or "mean", 2 A^T A / positions.
        """
        if loss not in LOSSES:
            raise ValueError(f"`loss` (={loss!r}) must be one of {', '.join(LOSSES)}.")
        share = 1 if loss == "sum" else self.positions
        steepest = float(self.steepness[-1])
        return share / steepest if steepest > 0 else math.inf

    def distances(self, kernel: Tensor, target: Tensor) -> Tensor:
        """Measure how far a kernel is from another along each direction.

        Args:
            kernel, target: (1, in_channels, kh, kw); with a bias flat, the bias at the end.

        Returns:
            float64 (n,), in the order of `steepness`.
        """
        check_tensor(kernel, "kernel", (), FLOATING)
        check_tensor(target, "target", (), FLOATING)
        check_same_shape(kernel, target, "kernel", "target")
        if kernel.numel() != len(self.steepness):
            raise ValueError(
                f"`kernel` (shape {tuple(kernel.shape)}) must hold {len(self.steepness)} numbers, "
                "as many as the valley has directions."
            )
        return self.directions.T @ (kernel - target).double().flatten()


def loss_valley(image: Tensor, kernel_size: tuple[int, int], bias: bool = False) -> Valley:
    """Find out how the loss depends on the kernel, for a layer of one kernel on this picture.

    Neighbouring pixels are alike, so that many kernels make nearly the same output: along such
    directions the valley is nearly flat, and going down the slope takes for ever.

    Args:
        image: (1, C, H, W), floating point, at least as large as the kernel.
        kernel_size: (kh, kw); stride 1 and no padding.
        bias: whether the layer has a bias.

    Raises:
        TypeError, ValueError: the picture is not one, not floating point, not finite, or smaller
            than the kernel.

    Example:
        >>> valley = loss_valley(torch.tensor([[[[1.0, 0.0, 0.0, 2.0]]]]), (1, 1))
        >>> valley.steepness.tolist(), valley.learning_rate_limit("sum")
        ([5.0], 0.2)
    """
    kh, kw = kernel_size = _checked_size(image, kernel_size)
    check_finite(image, "image")
    rows = image.shape[-2] - kh + 1
    size = image.shape[1] * kh * kw + bias
    gram = torch.zeros(size, size, dtype=torch.float64)
    for top in range(0, rows, STRIP):  # the whole matrix would not fit into a small machine
        strip = image[..., top : min(top + STRIP, rows) + kh - 1, :].detach().double()
        windows = window_matrix(strip, kernel_size, bias)
        gram += windows.T @ windows
    steepness, directions = torch.linalg.eigh(gram)
    positions = rows * (image.shape[-1] - kw + 1)
    shape = (int(image.shape[1]), kh, kw)
    return Valley(positions, shape, bias, steepness.clamp(min=0), directions)


@dataclass(frozen=True, eq=False)
class Solution:
    """The lowest point of the loss.

    Attributes:
        kernel: float64 (1, in_channels, kh, kw).
        bias: float64 (1,), None where there is none.
    """

    kernel: Tensor
    bias: Tensor | None


def solve_kernel(
    image: Tensor,
    wanted: Tensor,
    kernel_size: tuple[int, int],
    bias: bool = False,
    valley: Valley | None = None,
) -> Solution:
    """Find the kernel at once, by least squares.

    At the lowest point the slope is zero: A^T A kernel = A^T wanted (the normal equations), solved
    in float64 along the directions of the valley. Along a direction that the picture tells nothing
    about, the answer stays at 0: of all kernels that fit, it is the smallest.

    Args:
        image: (1, C, H, W).
        wanted: (1, 1, H - kh + 1, W - kw + 1).
        kernel_size: (kh, kw).
        bias: whether the layer has a bias.
        valley: of this picture, kernel size and bias, where it is known already.

    Raises:
        TypeError, ValueError: as in `loss_valley`, or wanted or valley do not fit.

    Example:
        >>> picture = torch.tensor([[[[1.0, 0.0, 0.0, 2.0]]]])
        >>> solve_kernel(picture, -3 * picture, (1, 1)).kernel.item()
        -3.0
    """
    kernel_size = _checked_size(image, kernel_size)
    check_tensor(wanted, "wanted", [layouts(2)[0]], FLOATING)
    sizes = (image.shape[-2] - kernel_size[0] + 1, image.shape[-1] - kernel_size[1] + 1)
    if tuple(wanted.shape) != (1, 1, *sizes):
        raise ValueError(
            f"`wanted` (shape {tuple(wanted.shape)}) must be {(1, 1, *sizes)}, which is what such "
            "a kernel makes of the image."
        )
    valley = valley or loss_valley(image, kernel_size, bias)
    if (valley.kernel_size, valley.bias) != ((image.shape[1], *kernel_size), bias):
        raise ValueError(
            f"`valley` is of a kernel {valley.kernel_size}, bias {valley.bias}, but asked for is "
            f"{(image.shape[1], *kernel_size)}, bias {bias}: leave it out."
        )
    picture, output = image.detach().double(), wanted.detach().double()
    shape = (1, picture.shape[1], *kernel_size)
    # A^T wanted without A: the slope by the weights of the sum of output * wanted
    pull = conv2d_weight(picture, shape, output).flatten()
    if bias:
        pull = torch.cat([pull, output.sum().reshape(1)])
    known = slice(len(pull) - valley.rank, None)
    along = valley.directions[:, known]
    found = along @ ((along.T @ pull) / valley.steepness[known])
    kernel = found[:-1] if bias else found
    return Solution(kernel.reshape(shape), found[-1:] if bias else None)

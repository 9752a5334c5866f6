"""The exercises of lesson 07: a kernel that is learned."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.practice.exercises.exercise import (
    Draw,
    Exercise,
    Slip,
    Symptom,
    Trait,
    all_zeros,
    as_planes,
    swapped,
    unlike,
)

Pair = tuple[int, int]


def loss_gradient(image: Tensor, kernel: Tensor, wanted: Tensor) -> Tensor:
    """Say for each weight how fast the sum of the squared errors grows when it grows."""
    (kh, kw), (height, width) = kernel.shape, wanted.shape
    gradient = torch.zeros(kh, kw)
    for i in range(height):
        for j in range(width):
            window = image[i : i + kh, j : j + kw]
            error = (window * kernel).sum() - wanted[i, j]
            gradient += 2 * error * window
    return gradient


def descend(
    image: Tensor, wanted: Tensor, kernel: Tensor, learning_rate: float, steps: int
) -> Tensor:
    """Take steps of gradient descent on the sum of the squared errors, from a given kernel."""
    (kh, kw), (height, width) = kernel.shape, wanted.shape
    for _ in range(steps):
        gradient = torch.zeros(kh, kw)
        for i in range(height):
            for j in range(width):
                window = image[i : i + kh, j : j + kw]
                gradient += 2 * ((window * kernel).sum() - wanted[i, j]) * window
        kernel = kernel - learning_rate * gradient  # a new one: the first stays as it is
    return kernel


def find_kernel(image: Tensor, output: Tensor, kernel_size: tuple[int, int]) -> Tensor:
    """Find the kernel that made the output of the image, by gradient descent or in any way."""
    windows = image.unfold(0, kernel_size[0], 1).unfold(1, kernel_size[1], 1)
    windows = windows.flatten(2).flatten(0, 1)  # (places, weights)
    rate = 0.5 / torch.linalg.matrix_norm(windows, 2) ** 2  # half of what is allowed
    weights = torch.zeros(windows.shape[1])
    for _ in range(400):
        error = windows @ weights - output.flatten()
        weights = weights - rate * 2 * windows.T @ error
    return weights.view(kernel_size)


def _correlated(image: Tensor, kernel: Tensor) -> Tensor:
    return as_planes(F.conv2d, image, kernel)


def _slopes(image: Tensor, kernel: Tensor, wanted: Tensor) -> Tensor:
    with torch.inference_mode(False), torch.enable_grad():
        weight = kernel.clone().requires_grad_()
        loss = (_correlated(image.clone(), weight) - wanted.clone()).square().sum()
        (gradient,) = torch.autograd.grad(loss, weight)
    return gradient


def _descended(
    image: Tensor, wanted: Tensor, kernel: Tensor, learning_rate: float, steps: int
) -> Tensor:
    for _ in range(steps):
        kernel = kernel - learning_rate * _slopes(image, kernel, wanted)
    return kernel


def _least_squares(image: Tensor, output: Tensor, kernel_size: Pair) -> Tensor:
    windows = F.unfold(image[None, None], kernel_size)[0].T.double()
    found = torch.linalg.lstsq(windows, output.flatten().double()[:, None]).solution
    return found.view(kernel_size).float()


def _errors(draw: Draw) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    def task(kernel: Pair, more: Pair) -> tuple[Tensor, Tensor, Tensor]:
        image = draw.grid(kernel[0] + more[0], kernel[1] + more[1]) / 10
        return image, draw.grid(*kernel), draw.grid(more[0] + 1, more[1] + 1)

    yield task((1, 1), (0, 0))
    yield task((1, 2), (0, 0))
    yield task((1, 2), (2, 1))
    yield task((2, 1), (0, 2))
    yield task((2, 2), (1, 1))
    for _ in range(8):
        yield task(draw.unlike(1, 3), draw.pair(0, 3))
    for _ in range(3):
        yield draw.fractions(3, 5), draw.fractions(2, 3), draw.fractions(2, 3)


def _descents(draw: Draw) -> Iterator[tuple[Tensor, Tensor, Tensor, float, int]]:
    """Rates are a share of the limit, and of one digit, so that they can be read."""
    sizes = [((1, 1), (0, 0), 1), ((1, 2), (0, 1), 1), ((2, 1), (1, 0), 2), ((2, 2), (1, 1), 3)]
    sizes += [(draw.unlike(1, 3), draw.pair(1, 3), draw.whole(2, 5)) for _ in range(8)]
    for (kh, kw), (down, across), steps in sizes:
        image = draw.fractions(kh + down, kw + across)
        windows = F.unfold(image[None, None], (kh, kw))[0]
        limit = 1 / float(torch.linalg.matrix_norm(windows, 2)) ** 2
        rate = float(f"{0.4 * limit:.0e}")
        yield image, draw.grid(down + 1, across + 1), draw.grid(kh, kw), rate, steps


def _forgotten(draw: Draw) -> Iterator[tuple[Tensor, Tensor, Pair]]:
    """Noise, far more places than weights: no weight is hard to find."""
    for kh, kw in [(1, 1), (1, 2), (2, 1), draw.unlike(1, 3), (3, 2)]:
        image = (draw.fractions(kh + 5, kw + 7) * 10).round() / 10
        yield image, _correlated(image, draw.grid(kh, kw)), (kh, kw)


def _gradients_kept(
    image: Tensor, wanted: Tensor, kernel: Tensor, learning_rate: float, steps: int
) -> Tensor:
    gradient = torch.zeros_like(kernel)
    for _ in range(steps):
        gradient = gradient + _slopes(image, kernel, wanted)
        kernel = kernel - learning_rate * gradient
    return kernel


def _is_far_off(found: Tensor, hidden: Tensor) -> bool:
    return not bool(found.abs().max() < 20 * hidden.abs().max())  # NaN is far off too


def _is_on_its_way(found: Tensor, hidden: Tensor) -> bool:
    return bool((found - hidden).norm() < 0.75 * hidden.norm())  # no nearer than that by chance


_UPHILL = "You go uphill: take the gradient away from the kernel, do not add it."
_HALF = "The factor 2 is missing: the slope of a square is twice what is squared."
_TURNED = "Your result is turned by 180 degrees."
_MEAN = "You take the mean of the squares; here it is their sum."

EXERCISES = (
    Exercise(
        "07",
        "grid",
        loss_gradient,
        _slopes,
        _errors,
        hints=(
            "Look at one place only. Its error is (window · kernel summed up) − wanted. How does "
            "its square grow when weight [u, v] grows?",
            "The slope of one square is 2 · error · window[u, v]. Each weight is used at every "
            "place.",
            "So for all i and j: `gradient += 2 * error * image[i : i + kh, j : j + kw]`.",
        ),
        slips=(
            Slip(_HALF, lambda *arguments: _slopes(*arguments) / 2),
            Slip(
                "The sign is turned: the error is the output − what is wanted.",
                lambda *arguments: -_slopes(*arguments),
            ),
            Slip(
                _MEAN,
                lambda image, kernel, wanted: _slopes(image, kernel, wanted) / wanted.numel(),
            ),
            Slip(_TURNED, lambda *arguments: _slopes(*arguments).flip(0, 1)),
            Slip(
                "Your error does not take away what is wanted.",
                lambda image, kernel, wanted: _slopes(image, kernel, torch.zeros_like(wanted)),
            ),
            Slip(
                "You leave the kernel's output out of the error.",
                lambda image, kernel, wanted: _slopes(image, torch.zeros_like(kernel), wanted),
            ),
            Slip(
                "You do not multiply by the window: each weight has a slope of its own.",
                lambda image, kernel, wanted: torch.full_like(
                    kernel, 2 * float((_correlated(image, kernel) - wanted).sum())
                ),
            ),
            Slip(
                "That is the slope at the last place only: add up over all places, with +=.",
                lambda image, kernel, wanted: _slopes(
                    image[-kernel.shape[0] :, -kernel.shape[1] :], kernel, wanted[-1:, -1:]
                ),
            ),
            all_zeros(_slopes),
            swapped(_slopes),
        ),
        traits=(
            Trait("with more than one place", lambda image, kernel, wanted: wanted.numel() > 1),
            Trait(
                "where the kernel is not as high as wide",
                lambda image, kernel, wanted: unlike(kernel.shape),
            ),
        ),
    ),
    Exercise(
        "07",
        "grid",
        descend,
        _descended,
        _descents,
        hints=(
            "One step: work out the gradient at the present kernel, as `loss_gradient` does, and "
            "take `learning_rate` times it from the kernel.",
            "The next step begins at the new kernel: its gradient is another one.",
            "Do not write into the kernel that you were given: "
            "`kernel = kernel - learning_rate * gradient` makes a new one.",
        ),
        slips=(
            Slip(
                _UPHILL,
                lambda image, wanted, kernel, rate, steps: _descended(
                    image, wanted, kernel, -rate, steps
                ),
            ),
            Slip(
                _HALF,
                lambda image, wanted, kernel, rate, steps: _descended(
                    image, wanted, kernel, rate / 2, steps
                ),
            ),
            Slip(
                _MEAN,
                lambda image, wanted, kernel, rate, steps: _descended(
                    image, wanted, kernel, rate / wanted.numel(), steps
                ),
            ),
            Slip(
                "You take one step only; `steps` says how many.",
                lambda image, wanted, kernel, rate, steps: _descended(
                    image, wanted, kernel, rate, 1
                ),
            ),
            Slip(
                "You work the gradient out once; after each step it is another one.",
                lambda image, wanted, kernel, rate, steps: _descended(
                    image, wanted, kernel, rate * steps, 1
                ),
            ),
            Slip(
                "You take one step too few.",
                lambda image, wanted, kernel, rate, steps: _descended(
                    image, wanted, kernel, rate, steps - 1
                ),
            ),
            Slip(
                "You take one step too many.",
                lambda image, wanted, kernel, rate, steps: _descended(
                    image, wanted, kernel, rate, steps + 1
                ),
            ),
            Slip(
                "Your kernel has not moved: is it set anew in each step?",
                lambda image, wanted, kernel, rate, steps: kernel,
            ),
            Slip(
                "You begin at a kernel of zeros; begin at the one that is given.",
                lambda image, wanted, kernel, rate, steps: _descended(
                    image, wanted, torch.zeros_like(kernel), rate, steps
                ),
            ),
            Slip(
                "The gradients added up: torch keeps that of the step before, until it is told to "
                "forget it (`zero_grad`, or `kernel.grad = None`).",
                _gradients_kept,
            ),
            all_zeros(_descended),
        ),
        traits=(
            Trait("with several steps", lambda image, wanted, kernel, rate, steps: steps > 1),
            Trait(
                "where the kernel is not as high as wide",
                lambda image, wanted, kernel, rate, steps: unlike(kernel.shape),
            ),
        ),
    ),
    Exercise(
        "07",
        "grid",
        find_kernel,
        _least_squares,
        _forgotten,
        hints=(
            "Begin with zeros, and go down: your `descend` does it, if you know a good rate and "
            "enough steps.",
            "The rate must stay below 1 divided by (the largest singular value of the windows)². A "
            "fixed one, such as 0.003, is good enough for these pictures with 100 steps.",
            "In one go: the windows are the rows of a matrix, the weights a vector. "
            "`torch.linalg.lstsq(windows, output.view(-1, 1)).solution` finds it.",
        ),
        slips=(
            Slip(_TURNED, lambda *arguments: _least_squares(*arguments).flip(0, 1)),
            Slip(
                "Your kernel has the wrong sign: the error is the output − what is wanted.",
                lambda *arguments: -_least_squares(*arguments),
            ),
            Slip(
                "Your kernel stays at its start: 0 everywhere. Do the steps change it?",
                lambda *arguments: torch.zeros_like(_least_squares(*arguments)),
            ),
            swapped(_least_squares),
            Slip(
                "Your kernel is scaled so that its weights add up to 1; the hidden ones need not.",
                lambda *arguments: _least_squares(*arguments) / _least_squares(*arguments).sum(),
            ),
        ),
        traits=(
            Trait(
                "where the kernel has more than one weight",
                lambda image, output, kernel_size: max(kernel_size) > 1,
            ),
            Trait(
                "where the kernel is not as high as wide",
                lambda image, output, kernel_size: unlike(kernel_size),
            ),
        ),
        tolerance=0.01,
        symptoms=(
            Symptom(
                "Your steps are too large: each one jumps farther than the one before. Take a "
                "smaller rate.",
                _is_far_off,
            ),
            Symptom(
                "Your kernel is on its way, and not there yet: take more steps, or a larger rate.",
                _is_on_its_way,
            ),
        ),
    ),
)

"""Moving a picture in a circle, and counting what of a layer's answer changes.

Two words to keep apart, for a layer f and a picture x that is moved:

    invariant    f(moved x) = f(x)          the answer stays as it is
    equivariant  f(moved x) = moved f(x)    the answer moves with the picture

A layer that makes the picture smaller by a step of s moves its answer by 1 where the picture moves
by s. In between there is no whole number of outputs to move back by.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from lessons_lib.geometry.arguments import to_real, to_whole
from lessons_lib.kernels import weighted_layer
from lessons_lib.tensors import (
    FLOATING,
    PLANES,
    REAL,
    check_same_shape,
    check_tensor,
    for_sums,
)
from lessons_lib.windows import over_windows

ROUNDING = 1e-6  # numbers of 0..1 that lie closer are one
HALF_A_GREY_LEVEL = 1 / 510  # of 0..1 in 255 steps: less cannot be seen, nor is it rounding


# ------------------------------------------------------------------------------ moving in a circle


def moved(image: Tensor, down: int = 0, across: int = 0) -> Tensor:
    """Move a picture; what leaves it on one side comes in again on the other.

    Args:
        image: (..., H, W), any dtype.
        down, across: pixels; below 0: up, and to the left.

    Returns:
        the same shape: pixel (i, j) comes from (i - down, j - across).

    Raises:
        TypeError, ValueError: the image has no height and width, or a number is not whole.

    Example:
        >>> moved(torch.tensor([[1, 2, 3, 4]]), across=1).tolist()
        [[4, 1, 2, 3]]
    """
    check_tensor(image, "image", PLANES)
    for pixels, dim in ((to_whole(down, "down"), -2), (to_whole(across, "across"), -1)):
        if pixels:  # a roll by nothing copies all the same
            image = torch.roll(image, pixels, dim)
    return image


def whole_steps(image: Tensor, step: int) -> Tensor:
    """Cut off the last rows and columns that do not fill a step.

    Only then do the steps close to a circle: the window after the last one is the first one.

    Args:
        image: (..., H, W), each side at least `step`.
        step: pixels from one window to the next, at least 1.

    Returns:
        (..., H', W'), the largest multiples of `step` that fit; a view.

    Raises:
        TypeError, ValueError: the step is not whole or below 1, or a side is shorter.

    Example:
        >>> whole_steps(torch.zeros(300, 451), 2).shape
        torch.Size([300, 450])
    """
    check_tensor(image, "image", PLANES)
    step = to_whole(step, "step")
    height, width = image.shape[-2:]
    if step < 1 or step > min(height, width):
        raise ValueError(
            f"`step` (={step}) must be 1 to {min(height, width)} for a picture of {height} x "
            f"{width}: no window would fit."
        )
    return image[..., : height // step * step, : width // step * step]


def steps_moved(pixels: int, step: int) -> int:
    """Say how many outputs the answer has moved by: the nearest whole number, of two the smaller.

    Args:
        pixels: that the picture was moved by.
        step: pixels from one output to the next, at least 1.

    Raises:
        TypeError, ValueError: a number is not whole, or the step is below 1.

    Example:
        >>> [steps_moved(pixels, 2) for pixels in range(5)]
        [0, 0, 1, 1, 2]
    """
    pixels, step = to_whole(pixels, "pixels"), to_whole(step, "step", 1)
    return -((step - 2 * pixels) // (2 * step))  # the ceiling of pixels / step - 1/2, in wholes


# ------------------------------------------------------------------------- maximum, blur, and jump


def _circle(image: Tensor, dim: int, before: int, after: int) -> Tensor:
    """Close one axis to a circle: the last pixels once more before it, the first ones after it."""
    last = image.narrow(dim, image.shape[dim] - before, before)
    return torch.cat([last, image, image.narrow(dim, 0, after)], dim)


def circular_max(image: Tensor, size: int, step: int) -> Tensor:
    """Give the maximum over every window, where the picture is a circle.

    The largest number of each column of a window, and of these the largest. Where whole windows
    fit it equals max pooling, and is several times faster.

    Args:
        image: (..., H, W), whole or floating point; no side is shorter than `size`.
        size: rows and columns of a window, at least 1.
        step: pixels from one window to the next, at least 1.

    Returns:
        (..., H', W'), H' = ceil(H / step), same dtype.

    Raises:
        TypeError, ValueError: the image has no height and width or is not real, a number is not
            whole or below 1, or a side is shorter than the window.

    Example:
        >>> circular_max(torch.tensor([[1, 2], [4, 3]]), size=2, step=1).tolist()
        [[4, 4], [4, 4]]
    """
    check_tensor(image, "image", PLANES, REAL)
    size = to_whole(size, "size", 1)
    if size > min(image.shape[-2:]):
        raise ValueError(
            f"`size` (={size}) must be at most {min(image.shape[-2:])}, the shorter side of the "
            "image: a window goes round the circle once."
        )
    for dim in (-2, -1):
        circle = _circle(image, dim, 0, size - 1)
        image = over_windows(circle, dim, size, step, torch.maximum)
    return image


def binomial(size: int) -> Tensor:
    """Give a row of Pascal's triangle as weights that sum to 1: a small, smooth hill.

    Args:
        size: how many weights, at least 1.

    Returns:
        float32 (size,).

    Raises:
        TypeError, ValueError: the size is not whole, or below 1.

    Example:
        >>> (4 * binomial(3)).tolist(), (16 * binomial(5)).tolist()
        ([1.0, 2.0, 1.0], [1.0, 4.0, 6.0, 4.0, 1.0])
    """
    size = to_whole(size, "size", 1)
    row = [math.comb(size - 1, i) / 2 ** (size - 1) for i in range(size)]
    return torch.tensor(row, dtype=torch.float32)


def blur_weight(step: int, channels: int = 3) -> Tensor:
    """Give the blur that goes before a step: as wide as two windows, each channel by itself.

    Args:
        step: at least 1; step 2 gives 1 2 1 in each direction.
        channels: at least 1.

    Returns:
        float32 (channels, 1, k, k), k = 2 * step - 1; the weights of a channel sum to 1.

    Raises:
        TypeError, ValueError: a number is not whole, or below 1.
    """
    step, channels = to_whole(step, "step", 1), to_whole(channels, "channels", 1)
    hill = binomial(2 * step - 1)
    return torch.outer(hill, hill).repeat(channels, 1, 1, 1)


def blur_pool(image: Tensor, step: int) -> Tensor:
    """Max pooling with a blur in it: the maximum at every pixel, a blur, then every step-th of it.

    Max pooling is two things at once: a maximum over each window, and a jump to the next window.
    The jump is what aliases, and before a jump one blurs. Beyond the edge the picture begins anew
    on the other side, as for `moved`.

    Args:
        image: (..., H, W), floating point; no side is shorter than `step`.
        step: side of the window and step at once, at least 1.

    Returns:
        (..., H', W'), H' = ceil(H / step), same dtype; half precision is added up in float32.

    Raises:
        TypeError, ValueError: the image has no height and width or is not floating point, or the
            step is not whole, below 1 or longer than a side.

    Source:
        R. Zhang: Making Convolutional Networks Shift-Invariant Again (2019).

    See also:
        blur_pool_layer, the same made of torch's layers.

    Example:
        >>> blur_pool(torch.tensor([[0.0, 0, 16, 0, 0, 0]] * 2), 2).tolist()
        [[4.0, 12.0, 0.0]]
    """
    check_tensor(image, "image", PLANES, FLOATING)
    step = to_whole(step, "step", 1, min(image.shape[-2:]))
    dtype = image.dtype
    image = for_sums(circular_max(image, step, 1))
    reach = step - 1
    for dim in (-2, -1):
        windows = _circle(image, dim, reach, reach).unfold(dim, 2 * step - 1, step).unbind(-1)
        weights = binomial(2 * step - 1).tolist()
        image = sum(weight * copy for weight, copy in zip(weights, windows, strict=True))
    return image.to(dtype)


def blur_pool_layer(step: int, channels: int = 3) -> nn.Sequential:
    """Build `blur_pool` from torch's own layers.

    Args:
        step, channels: as for `blur_weight`.

    Returns:
        takes (N, channels, H, W) to (N, channels, H', W'), H' = ceil(H / step).
    """
    step, channels = to_whole(step, "step", 1), to_whole(channels, "channels", 1)
    beyond = step - 1
    return nn.Sequential(
        nn.CircularPad2d((0, beyond, 0, beyond)),  # the last windows begin anew on the other side
        nn.MaxPool2d(step, stride=1),
        nn.CircularPad2d(beyond),
        weighted_layer(nn.Conv2d, blur_weight(step, channels), stride=step, groups=channels),
    )


# ----------------------------------------------------------------------------- what of it changed?


def _check_answers(first: Tensor, second: Tensor) -> None:
    check_tensor(first, "first", (), FLOATING)
    check_tensor(second, "second", (), FLOATING)
    check_same_shape(second, first, "second", "first")
    if not first.numel():
        raise ValueError(f"`first` (shape {tuple(first.shape)}) must not be empty.")


def difference(first: Tensor, second: Tensor) -> Tensor:
    """Give how far two answers lie apart, place by place.

    Args:
        first, second: of one shape, floating point.

    Raises:
        TypeError, ValueError: the shapes differ, or they are not floating point.
    """
    _check_answers(first, second)
    return (first - second).abs()


def share_changed(first: Tensor, second: Tensor, more_than: float = HALF_A_GREY_LEVEL) -> float:
    """Count the numbers that differ, as a share of all.

    Args:
        first, second: of one shape, floating point.
        more_than: what is not counted as a change; 0 counts every last bit.

    Returns:
        0 (none differs) to 1 (all do).

    Example:
        >>> share_changed(torch.tensor([0.5, 0.5]), torch.tensor([0.5, 0.6]))
        0.5
    """
    more_than = to_real(more_than, "more_than")
    return float((difference(first, second) > more_than).float().mean())


def spread(first: Tensor, second: Tensor) -> float:
    """Say how far the numbers of two answers lie from their mean: the standard deviation.

    Args:
        first, second: of one shape, floating point.
    """
    _check_answers(first, second)
    return float(for_sums(torch.stack([first, second])).std(correction=0))


def amount_changed(first: Tensor, second: Tensor) -> float:
    """Say by how much the numbers change on the average, measured by their own spread.

    So answers of different size can be compared: those of a photo, and those of an edge kernel.

    Args:
        first, second: of one shape, floating point.

    Returns:
        0: nothing changes. About 1: as if the numbers were dealt out anew.

    Example:
        >>> amount_changed(torch.tensor([0.0, 2.0]), torch.tensor([2.0, 0.0]))
        2.0
    """
    scale = spread(first, second)
    if scale < ROUNDING:  # all of them are one number
        return 0.0
    return float(for_sums(difference(first, second)).mean()) / scale

"""The four ways to a smaller picture that the shift lab compares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn

from lessons_lib.kernels import seeded_layer
from lessons_lib.kit.formula import layer_line
from lessons_lib.kit.layers import conv, pooling
from lessons_lib.kit.result import Cost
from lessons_lib.kit.terms import Line, Term
from lessons_lib.kit.vocabulary import Role
from lessons_lib.shifting import blur_pool, blur_pool_layer, circular_max

SEED = 3  # of the convolution, the recipe of the lessons


@dataclass(frozen=True)
class Way:
    """A way to a smaller picture, or, for comparison, to one as large.

    Attributes:
        label: for people.
        role: colour of its curve.
        apply: from a picture (1, 3, H, W) and the size of the window to the answer.
        layer: torch's layers that give the same; they are what is counted and timed.
        code: the PyTorch line that makes them.
        window: (kernel size, padding) of the layer that jumps, for the size formula.
        reach: pixels before and after the first pixel of an output's own window that it hangs on.
        jumps: whether the step is the size; else it is 1.
    """

    label: str
    role: Role
    apply: Callable[[Tensor, int], Tensor]
    layer: Callable[[int], nn.Module]
    code: Callable[[int], Line]
    window: Callable[[int], tuple[int, int]]
    reach: Callable[[int], tuple[int, int]]
    jumps: bool = True

    def step(self, size: int) -> int:
        """Give the pixels from one output to the next."""
        return size if self.jumps else 1

    def sources(self, n: int, size: int) -> Tensor:
        """Say which of n pixels each output hangs on, in a circle: int64 (outputs, taps)."""
        before, after = self.reach(size)
        step = self.step(size)
        first = torch.arange(n // step) * step
        return (first[:, None] + torch.arange(-before, after + 1)) % n


def _plain_stride(image: Tensor, size: int) -> Tensor:
    return image[..., ::size, ::size]


@lru_cache(maxsize=1)
def convolution() -> nn.Conv2d:
    """Give the convolution of the lessons, that goes on at the other side."""
    with torch.inference_mode(False):  # kept for calls outside of it as well
        return seeded_layer(SEED, padding=1, padding_mode="circular").requires_grad_(False)


@lru_cache(maxsize=4)
def blur_layer(size: int) -> nn.Sequential:
    """Give the anti-aliased pooling, made of torch's layers, for three channels."""
    with torch.inference_mode(False):
        return blur_pool_layer(size)


def max_code(size: int) -> Line:
    """Write the line that makes the max pooling."""
    return (Term("nn.MaxPool2d("), Term(f"kernel_size={size}", "kernel"), Term(")"))


def _stride_code(size: int) -> Line:
    return (
        Term("nn.MaxPool2d("),
        Term("kernel_size=1", "kernel"),
        Term(", "),
        Term(f"stride={size}", "stride"),
        Term(")"),
    )


def _blur_code(size: int) -> Line:
    beyond = size - 1
    blur = {"kernel_size": 2 * size - 1, "stride": size, "groups": 3, "bias": False}
    return (
        Term("nn.Sequential("),
        Term(f"nn.CircularPad2d((0, {beyond}, 0, {beyond}))", "padding"),
        Term(", nn.MaxPool2d("),
        Term(f"kernel_size={size}", "kernel"),
        Term(", "),
        Term("stride=1", "stride"),
        Term("), "),
        Term(f"nn.CircularPad2d({beyond})", "padding"),
        Term(", "),
        *layer_line("Conv2d", 3, 3, blur),
        Term(")"),
    )


def _convolution_code(_size: int) -> Line:
    return layer_line("Conv2d", 3, 1, {"kernel_size": 3, "padding": 1, "padding_mode": "circular"})


WAYS = {
    "max": Way(
        label="max pooling",
        role="output",
        apply=lambda image, size: circular_max(image, size, size),
        layer=nn.MaxPool2d,
        code=max_code,
        window=lambda size: (size, 0),
        reach=lambda size: (0, size - 1),
    ),
    "stride": Way(
        label="plain stride",
        role="stride",
        apply=_plain_stride,
        layer=lambda size: nn.MaxPool2d(1, stride=size),
        code=_stride_code,
        window=lambda _: (1, 0),
        reach=lambda _: (0, 0),
    ),
    "blur": Way(
        label="anti-aliased pooling",
        role="kernel",
        apply=blur_pool,
        layer=blur_layer,
        code=_blur_code,
        window=lambda size: (2 * size - 1, size - 1),
        reach=lambda size: (size - 1, 2 * (size - 1)),
    ),
    "convolution": Way(
        label="convolution, stride 1",
        role="input",
        apply=lambda image, _: convolution()(image),
        layer=lambda _: convolution(),
        code=_convolution_code,
        window=lambda _: (3, 1),
        reach=lambda _: (1, 1),
        jumps=False,
    ),
}


# ------------------------------------------------------------------------------------ what it costs


def cost(layer: nn.Module, size: tuple[int, ...], channels: int = 3) -> Cost:
    """Count what a way costs on a picture of this size.

    Args:
        layer: of a way.
        size: (height, width).
        channels: of the picture.

    Returns:
        the sum over its layers. A ring that is laid around costs nothing; those numbers are read
        by the layer behind it as all others are.
    """
    total = Cost(0, 0, 0)
    for part in layer if isinstance(layer, nn.Sequential) else (layer,):
        if isinstance(part, nn.CircularPad2d):
            left, right, above, below = part.padding
            size = (size[0] + above + below, size[1] + left + right)
        elif isinstance(part, nn.Conv2d):
            total += conv.cost(part, size)
            size, channels = conv.output_size(part, size), part.out_channels
        elif isinstance(part, nn.MaxPool2d):
            total += pooling.cost(part, size, channels)
            size = pooling.output_size(part, size)
    return total

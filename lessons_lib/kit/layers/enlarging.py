"""The door for ways to enlarge a picture: a transposed layer, or a convolution before or after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from lessons_lib.geometry import source_indices
from lessons_lib.kit.formula import shuffled_size_formula
from lessons_lib.kit.layers import conv, transposed
from lessons_lib.kit.result import Cost
from lessons_lib.kit.terms import Line, Term
from lessons_lib.upsampling import (
    convolution_of,
    resize_convolution,
    shuffle_convolution,
    transposed_upsampling,
)

Size = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Way:
    """One way to make a picture larger.

    Attributes:
        layer: takes (1, C, H, W) to (1, C_out, s * H, s * W); a transposed one of stride 1 with an
            even kernel to one row and column more.
        line: of Python, that makes it.
        formula: from (H, W) to the size formula.
        cost: from (H, W) to what one pass costs.
        sources: from the length of an axis to the input pixels that each output takes from.
        stamps: whether it is a transposed convolution, whose pixels stamp the kernel.
    """

    layer: nn.Module
    line: Line
    formula: Callable[[Size], tuple[Line, ...]]
    cost: Callable[[Size], Cost]
    sources: Callable[[int], Tensor]
    stamps: bool = False


def stamped(weight: Tensor, stride: int) -> Way:
    """Enlarge by a transposed convolution of this weight (in_channels, out_channels, k, k)."""
    layer = transposed_upsampling(weight, stride)
    return Way(
        layer,
        transposed.line(layer),
        lambda size: transposed.formula(layer, size),
        lambda size: transposed.cost(layer, size),
        lambda n: transposed.links(layer, (n, n)).rows,
        stamps=True,
    )


def resized(weight: Tensor, factor: int) -> Way:
    """Repeat pixels, then convolve with this weight (out_channels, in_channels, k, k), k odd."""
    layer = resize_convolution(weight, factor)
    part = convolution_of(layer)

    def sources(n: int) -> Tensor:
        large = conv.links(part, (n * factor, n * factor)).rows
        return large.div(factor, rounding_mode="floor")  # -1, a padding, stays -1

    return Way(
        layer,
        (
            Term("nn.Sequential("),
            Term(f"nn.Upsample(scale_factor={factor})", "stride"),
            Term(", "),
            *conv.line(part),
            Term(")"),
        ),
        lambda size: conv.formula(part, _times(size, factor)),
        lambda size: conv.cost(part, _times(size, factor)),
        sources,
    )


def shuffled(weight: Tensor, factor: int) -> Way:
    """Convolve with this weight (factor**2, in_channels, k, k), k odd, then lay side by side."""
    layer = shuffle_convolution(weight, factor)
    part = convolution_of(layer)
    k, p = part.kernel_size, part.kernel_size[0] // 2
    return Way(
        layer,
        (
            Term("nn.Sequential("),
            *conv.line(part),
            Term(", "),
            Term(f"nn.PixelShuffle({factor})", "stride"),
            Term(")"),
        ),
        lambda size: shuffled_size_formula(size, k, (p, p), factor),
        lambda size: conv.cost(part, size),
        lambda n: source_indices(n, k[0], 1, p).repeat_interleave(factor, dim=0),
    )


def _times(size: Size, factor: int) -> Size:
    return tuple(n * factor for n in size)

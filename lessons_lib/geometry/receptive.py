"""How far a stack of layers sees: its receptive field, and how often each pixel counts in it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lessons_lib.geometry.arguments import SMALLEST, to_tuple, to_whole
from lessons_lib.geometry.sizes import axis_output_size
from lessons_lib.geometry.transposed import transposed_axis_size

_MOST_PATHS = 2**63 - 1  # what an int64 holds


def _checked(layers: Sequence[tuple[int, int, int]]) -> list[tuple[int, ...]]:
    """Check (kernel_size, stride, dilation) of each layer: one number does not stand for it."""
    if not isinstance(layers, Sequence) or not all(isinstance(each, Sequence) for each in layers):
        raise TypeError(
            f"`layers` (={layers!r}) must be (kernel_size, stride, dilation) of each layer: "
            "give for example [(3, 1, 1), (2, 2, 1)]."
        )
    return [to_tuple(layer, 3, "layers", 1) for layer in layers]


def _checked_axis(layers: Sequence["AxisLayer"]) -> None:
    if not isinstance(layers, Sequence) or not all(isinstance(each, AxisLayer) for each in layers):
        raise TypeError(f"`layers` (={layers!r}) must be a sequence of AxisLayer.")


def receptive_field_counts(layers: Sequence[tuple[int, int, int]]) -> Tensor:
    """Count the ways from one output of a stack of layers back to every input pixel it can see.

    A zero inside means a hole: the pixel lies within the field and is never touched. In two
    dimensions the counts are the outer product of the two axes' counts.

    Args:
        layers: (kernel_size, stride, dilation) of each layer, the first layer first.

    Returns:
        int64 of shape (receptive field,): the number of paths along one axis.

    Raises:
        TypeError: a layer is not three whole numbers.
        ValueError: a number is below 1, or the counts could grow beyond an int64: 42 layers of
            kernel 3 and stride 1 are counted, 43 are not.

    Example:
        >>> receptive_field_counts([(3, 1, 1), (3, 1, 1)]).tolist()
        [1, 2, 3, 2, 1]
    """
    counts = torch.ones(1, dtype=torch.int64)
    for k, s, d in reversed(_checked(layers)):  # from the output back to the picture
        if int(counts.max()) > _MOST_PATHS // k:  # each new count is the sum of k old ones at most
            raise ValueError(
                f"`layers` ({len(layers)} of them) make more paths than 64 bits can count: "
                "give fewer layers, or smaller kernels."
            )
        reach = (len(counts) - 1) * s  # distance between the first and the last window
        wider = torch.zeros(reach + d * (k - 1) + 1, dtype=torch.int64)
        for tap in range(k):
            wider[tap * d : tap * d + reach + 1 : s] += counts
        counts = wider
    return counts


def receptive_field(layers: Sequence[tuple[int, int, int]]) -> int:
    """Say how many input pixels in a row one output of a stack of layers can see.

    Args:
        layers: (kernel_size, stride, dilation) of each layer, the first layer first.

    Returns:
        1 + the sum over the layers of d(k - 1) times the strides of all layers before.

    Raises:
        TypeError: a layer is not three whole numbers.
        ValueError: a number is below 1.

    Example:
        >>> receptive_field([(3, 1, 1), (3, 1, 2), (3, 1, 3)])
        13
    """
    field, step = 1, 1
    for k, s, d in _checked(layers):
        field += d * (k - 1) * step
        step *= s
    return field


@dataclass(frozen=True)
class AxisLayer:
    """What one layer of a stack does along one axis.

    Attributes:
        kernel_size, stride, padding, dilation: of a convolution or a pooling.
        transposed: whether it is a transposed convolution, which enlarges.
        output_padding: of a transposed one.

    Raises:
        TypeError, ValueError: a number is not whole or too small.
    """

    kernel_size: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    transposed: bool = False
    output_padding: int = 0

    def __post_init__(self) -> None:
        for name, minimum in SMALLEST.items():
            object.__setattr__(self, name, to_whole(getattr(self, name), name, minimum))

    def output_size(self, size: int) -> int:
        """Say how many outputs it gives for so many inputs.

        Args:
            size: of the input, at least 1.

        Raises:
            ValueError: there is none.

        Example:
            >>> AxisLayer(7, 2, 3).output_size(320)
            160
            >>> AxisLayer(64, 32, 16, transposed=True).output_size(10)
            320
        """
        size = to_whole(size, "size", 1)
        k, s, p, d = self.kernel_size, self.stride, self.padding, self.dilation
        if not self.transposed:
            return axis_output_size(size, k, s, p, p, d)
        found = transposed_axis_size(size, k, s, p, self.output_padding, d)
        if found < 1:
            raise ValueError(f"`padding` (={p}) crops all that {size} inputs paint: use less.")
        return found

    def sources(self, first: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        """Say from which to which input cell the outputs from `first` to `last` are computed.

        Args:
            first, last: int64, any shape.

        Returns:
            the same shape; not yet held inside the input.
        """
        k, s, p, d = self.kernel_size, self.stride, self.padding, self.dilation
        reach = d * (k - 1)
        if not self.transposed:  # output o reads from o s - p on
            return first * s - p, last * s - p + reach
        # input i paints from i s - p on: the first one that still reaches `first` is rounded up
        return -(-(first + p - reach) // s), (last + p) // s


def receptive_spans(layers: Sequence[AxisLayer], size: int) -> Tensor:
    """Say from which to which input cell each output of a stack of layers can see.

    Going back from the output, each layer widens what is seen; what lies beyond its input is cut
    off, for padding is nothing that could be seen.

    Args:
        layers: the first layer first.
        size: of the input along this axis, at least 1.

    Returns:
        int64 (outputs, 3): the first and the last input cell, and 1 where at any layer the window
        met padding, else 0. An output that sees nothing, because nothing was painted there, has
        last < first. Where taps stand apart and one falls on padding, the span may end up to a
        gap further out than the last pixel that counts.

    Raises:
        ValueError: a layer has no output.

    Example:
        >>> receptive_spans([AxisLayer(3, 1, 1), AxisLayer(2, 2)], 6).tolist()
        [[0, 2, 1], [1, 4, 0], [3, 5, 1]]
    """
    _checked_axis(layers)
    sizes = [to_whole(size, "size", 1)]
    for layer in layers:
        sizes.append(layer.output_size(sizes[-1]))
    first = torch.arange(sizes[-1])
    last = first.clone()
    padded = torch.zeros(sizes[-1], dtype=torch.bool)
    for layer, n in zip(reversed(layers), reversed(sizes[:-1]), strict=True):
        start, end = layer.sources(first, last)
        if not layer.transposed:  # where nothing is painted, no padding is met
            padded |= (start < 0) | (end >= n)
        nothing = last < first
        first, last = start.clamp(min=0), end.clamp(max=n - 1)
        last = torch.where(nothing, first - 1, last)
    return torch.stack([first, last, padded.long()], dim=1)


def receptive_steps(layers: Sequence[AxisLayer]) -> tuple[int, int, int]:
    """Say where the outputs of a stack of layers look, wherever the input ends.

    Output i sees the pixels from start + i * step on, so many as the field says. Where that is
    below 0, or beyond the input, they lie in the padding; `receptive_spans` cuts them off.

    Args:
        layers: the first layer first; none of them enlarges.

    Returns:
        (start, step, field), in pixels of the input.

    Raises:
        ValueError: a layer enlarges: its outputs do not all look alike.

    Example:
        >>> receptive_steps([AxisLayer(3, 1, 1), AxisLayer(2, 2), AxisLayer(3, 1, 1)])
        (-3, 2, 8)
    """
    _checked_axis(layers)
    if any(layer.transposed for layer in layers):
        raise ValueError("`layers` must not hold a transposed one: use `receptive_spans`.")
    start, step, field = 0, 1, 1
    for layer in layers:
        start -= layer.padding * step
        field += layer.dilation * (layer.kernel_size - 1) * step
        step *= layer.stride
    return start, step, field

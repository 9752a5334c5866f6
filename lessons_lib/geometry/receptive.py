"""How far a stack of layers sees: its receptive field, and how often each pixel counts in it."""

from collections.abc import Sequence

import torch
from torch import Tensor

from lessons_lib.geometry.arguments import to_tuple


def receptive_field_counts(layers: Sequence[tuple[int, int, int]]) -> Tensor:
    """Count the ways from one output of a stack of layers back to every input pixel it can see.

    A zero inside means a hole: the pixel lies within the field and is never touched. In two
    dimensions the counts are the outer product of the two axes' counts.

    Args:
        layers: (kernel_size, stride, dilation) of each layer, the first layer first.

    Returns:
        int64 of shape (receptive field,): the number of paths along one axis.

    Raises:
        ValueError: a number is below 1.

    Example:
        >>> receptive_field_counts([(3, 1, 1), (3, 1, 1)]).tolist()
        [1, 2, 3, 2, 1]
    """
    counts = torch.ones(1, dtype=torch.int64)
    for layer in reversed(layers):  # from the output back to the picture
        k, s, d = to_tuple(layer, 3, "layers", 1)
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
        ValueError: a number is below 1.

    Example:
        >>> receptive_field([(3, 1, 1), (3, 1, 2), (3, 1, 3)])
        13
    """
    field, step = 1, 1
    for layer in layers:
        k, s, d = to_tuple(layer, 3, "layers", 1)
        field += d * (k - 1) * step
        step *= s
    return field

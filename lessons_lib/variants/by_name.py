"""All kinds by their names, and the plain convolution that each of them equals."""

from __future__ import annotations

from typing import Any

from torch import nn

from lessons_lib.kernels import seeded_draws, weighted_layer
from lessons_lib.variants.base import Variant, Whole
from lessons_lib.variants.channels import (
    DepthwiseConv2d,
    DepthwiseSeparableConv2d,
    GroupedConv2d,
    PointwiseConv2d,
    ShuffledGroupedConv2d,
)
from lessons_lib.variants.connectivity import spread_groups
from lessons_lib.variants.lines import FlattenedConv2d, SpatiallySeparableConv2d

KINDS: dict[str, type[Variant] | type[nn.Conv2d]] = {
    "plain": nn.Conv2d,
    "spatially_separable": SpatiallySeparableConv2d,
    "depthwise": DepthwiseConv2d,
    "pointwise": PointwiseConv2d,
    "depthwise_separable": DepthwiseSeparableConv2d,
    "flattened": FlattenedConv2d,
    "grouped": GroupedConv2d,
    "shuffled_grouped": ShuffledGroupedConv2d,
}
WITH_GROUPS = ("grouped", "shuffled_grouped")


def seeded_variant(
    kind: str,
    in_channels: int,
    out_channels: int,
    kernel_size: Whole = 3,
    groups: int = 1,
    seed: int = 3,
    **arguments: Any,
) -> Variant | nn.Conv2d:
    """Build a kind of convolution by its name, with the same random weights for the same seed.

    Args:
        kind: one of KINDS.
        in_channels, out_channels: at least 1.
        kernel_size: left out by "pointwise", whose kernels are 1 x 1.
        groups: used by "grouped" and "shuffled_grouped" alone.
        seed: any whole number that fits into 64 bits.
        arguments: stride, padding, bias, padding_mode, and dilation but for "pointwise".

    Raises:
        ValueError: the name is unknown, or the kind refuses the numbers.

    Example:
        >>> seeded_variant("grouped", 4, 8, groups=2).grouped
        Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1), groups=2)
    """
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"`kind` (={kind!r}) must be one of {', '.join(KINDS)}.")
    given = dict(arguments)
    if kind != "pointwise":
        given["kernel_size"] = kernel_size
    if kind in WITH_GROUPS:
        given["groups"] = groups
    with seeded_draws(seed):
        return KINDS[kind](in_channels, out_channels, **given)


def plain_equivalent(layer: Variant | nn.Conv2d) -> nn.Conv2d:
    """Give the plain convolution that computes the same as this layer, from its weights.

    Args:
        layer: any kind, and nn.Conv2d with or without groups.

    Raises:
        TypeError: it is neither.

    Returns:
        A Conv2d with one group, and weights of its own.

    Example:
        >>> plain_equivalent(nn.Conv2d(4, 8, 3, groups=2)).weight.shape
        torch.Size([8, 4, 3, 3])
    """
    if isinstance(layer, Variant):
        return layer.as_plain()
    if not isinstance(layer, nn.Conv2d):
        raise TypeError(f"`layer` (a {type(layer).__name__}) must be a kind or an nn.Conv2d.")
    names = ("stride", "padding", "dilation", "padding_mode")
    weight = spread_groups(layer.weight.detach(), layer.groups)
    bias = None if layer.bias is None else layer.bias.detach().clone()
    settings: dict[str, Any] = {name: getattr(layer, name) for name in names}
    return weighted_layer(nn.Conv2d, weight, bias, **settings)

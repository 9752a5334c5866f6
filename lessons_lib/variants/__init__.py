"""Kinds of convolution: which channels feed which, and how a kernel is taken apart.

Each kind is made of torch's own layers, applied one after the other, and each says which plain
convolution it equals: one kernel as deep as the input for each output channel, most of its weights
zero or tied to each other. torch has no layer for most of them, as two lines make them.
"""

from lessons_lib.variants.base import Variant
from lessons_lib.variants.by_name import KINDS, WITH_GROUPS, plain_equivalent, seeded_variant
from lessons_lib.variants.channels import (
    DepthwiseConv2d,
    DepthwiseSeparableConv2d,
    GroupedConv2d,
    PointwiseConv2d,
    ShuffledGroupedConv2d,
)
from lessons_lib.variants.connectivity import (
    channel_paths,
    channel_shuffle,
    channel_wires,
    multiply_adds_of,
    parts_of,
    shuffled_order,
    spread_groups,
    weights_of,
)
from lessons_lib.variants.lines import FlattenedConv2d, SpatiallySeparableConv2d

__all__ = [
    "KINDS",
    "WITH_GROUPS",
    "DepthwiseConv2d",
    "DepthwiseSeparableConv2d",
    "FlattenedConv2d",
    "GroupedConv2d",
    "PointwiseConv2d",
    "ShuffledGroupedConv2d",
    "SpatiallySeparableConv2d",
    "Variant",
    "channel_paths",
    "channel_shuffle",
    "channel_wires",
    "multiply_adds_of",
    "parts_of",
    "plain_equivalent",
    "seeded_variant",
    "shuffled_order",
    "spread_groups",
    "weights_of",
]

"""Who feeds whom: the channels that each output channel comes from, through layers and shuffles."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lessons_lib.geometry import count_multiply_adds, count_weights
from lessons_lib.geometry.arguments import HIGHEST, to_axes, to_whole
from lessons_lib.geometry.cost import check_groups
from lessons_lib.geometry.sizes import layer_output_size
from lessons_lib.tensors import check_tensor

Part = nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.ChannelShuffle

# ------------------------------------------------------------------------------ groups, shuffled


def spread_groups(weight: Tensor, groups: int) -> Tensor:
    """Write the weight of a grouped convolution as that of a plain one, with zeros.

    Args:
        weight: (out_channels, in_channels / groups, ...).
        groups: divides out_channels.

    Returns:
        (out_channels, in_channels, ...): blocks along the diagonal.

    Raises:
        TypeError, ValueError: the weight is none, or `groups` does not divide the output channels.

    Example:
        >>> spread_groups(torch.ones(2, 1, 1, 1), 2).flatten(1).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    check_tensor(weight, "weight", ["out_channels, in_channels / groups, ..."])
    out_channels, taps = weight.shape[:2]
    groups = to_whole(groups, "groups", 1)
    check_groups(taps * groups, out_channels, groups)
    plain = weight.new_zeros(out_channels, taps * groups, *weight.shape[2:])
    kernels = out_channels // groups
    for g in range(groups):
        own = slice(g * kernels, (g + 1) * kernels)
        plain[own, g * taps : (g + 1) * taps] = weight[own]
    return plain


def channel_shuffle(image: Tensor, groups: int) -> Tensor:
    """Deal the channels out anew: one of each group in turn, as `nn.ChannelShuffle` does.

    Args:
        image: (N, C, ...).
        groups: divides C.

    Returns:
        (N, C, ...), the same channels in another order.

    Raises:
        TypeError, ValueError: there are no channels, or `groups` does not divide them.

    Source:
        Zhang et al.: ShuffleNet (2017): reshape, transpose, flatten.

    Example:
        >>> channel_shuffle(torch.arange(6).reshape(1, 6, 1, 1), 2).flatten().tolist()
        [0, 3, 1, 4, 2, 5]
    """
    check_tensor(image, "image", ["batch, channels, ..."])
    channels, _, groups = check_groups(image.shape[1], image.shape[1], groups)
    apart = image.unflatten(1, (groups, channels // groups))  # (N, groups, C / groups, ...)
    return apart.transpose(1, 2).flatten(1, 2)  # (N, C, ...)


def shuffled_order(channels: int, groups: int) -> Tensor:
    """Say which channel comes to each place in a shuffle: int64 (channels,)."""
    channels = to_whole(channels, "channels", 1)
    return channel_shuffle(torch.arange(channels)[None], groups)[0]


# ------------------------------------------------------------------------------ through layers


def parts_of(*layers: nn.Module) -> tuple[Part, ...]:
    """Take layers apart into the convolutions and shuffles they are made of, in their order.

    Args:
        layers: convolutions, `nn.ChannelShuffle`, or modules that apply their children one after
            the other, such as nn.Sequential and those of `lessons_lib.variants`.

    Raises:
        TypeError: something else is among them.

    Example:
        >>> [type(part).__name__ for part in parts_of(nn.Conv2d(4, 4, 3), nn.ChannelShuffle(2))]
        ['Conv2d', 'ChannelShuffle']
    """
    parts: list[Part] = []
    for layer in layers:
        if isinstance(layer, Part):
            parts.append(layer)
            continue
        if not isinstance(layer, nn.Module):
            raise TypeError(f"`layers` holds {layer!r}, which is no layer: leave it out.")
        children = tuple(layer.children())
        if not children:
            raise TypeError(
                f"`layers` holds {type(layer).__name__}, which is neither a convolution nor a "
                "shuffle of channels: leave it out."
            )
        parts += parts_of(*children)
    return tuple(parts)


def channel_wires(*layers: nn.Module) -> list[Tensor]:
    """Say, for each convolution and each shuffle, which of its inputs each output reads.

    Args:
        layers: as for `parts_of`; the first is no shuffle, as a shuffle does not tell how many
            channels it has.

    Returns:
        For each part int64 (its outputs, its inputs), 1 where the output reads the input.

    Raises:
        ValueError: a part gives another number of channels than the next one takes.

    Example:
        >>> [each.tolist() for each in channel_wires(nn.Conv2d(2, 2, 3, groups=2))]
        [[[1, 0], [0, 1]]]
    """
    wires: list[Tensor] = []
    for part in parts_of(*layers):
        given = len(wires[-1]) if wires else None
        if isinstance(part, nn.ChannelShuffle):
            if given is None:
                raise ValueError(
                    "`layers` must begin with a convolution, which tells the channels."
                )
            wires.append(torch.eye(given, dtype=torch.int64)[shuffled_order(given, part.groups)])
            continue
        if given not in (None, part.in_channels):
            raise ValueError(
                f"`layers`: one gives {given} channels, and the next takes {part.in_channels}: "
                f"set its in_channels={given}."
            )
        ones = torch.ones(part.weight.shape[:2], dtype=torch.int64)
        wires.append(spread_groups(ones, part.groups))
    return wires


def channel_paths(*layers: nn.Module) -> Tensor:
    """Count the ways from each input channel to each output channel; 0: it cannot reach it.

    Only the structure counts, not the weights: a weight of 0 is a way as well.

    Args:
        layers: as for `channel_wires`, at least one.

    Returns:
        int64 (out_channels, in_channels).

    Raises:
        ValueError: there is no layer, there are more ways than an int64 counts, or as
            `channel_wires` does.

    Example:
        >>> grouped = nn.Conv2d(4, 4, 3, groups=2)
        >>> channel_paths(grouped, nn.ChannelShuffle(2), grouped)[:, 0].tolist()
        [1, 1, 1, 1]
    """
    wires = channel_wires(*layers)
    if not wires:
        raise ValueError("`layers` must hold at least one convolution.")
    paths = wires[0]
    for each in wires[1:]:
        if int(paths.max()) > HIGHEST // int(each.sum(1).max()):
            raise ValueError("`layers` make more ways than 64 bits can count: give fewer layers.")
        paths = each @ paths
    return paths


# ------------------------------------------------------------------------------ what they cost


def weights_of(*layers: nn.Module) -> int:
    """Count the weights of all parts, the biases left out.

    Args:
        layers: as for `parts_of`.

    Example:
        >>> weights_of(nn.Conv2d(64, 64, 3, groups=64), nn.Conv2d(64, 128, 1))
        8768
    """
    return sum(
        count_weights(part.in_channels, part.out_channels, part.kernel_size, part.groups, False)
        for part in parts_of(*layers)
        if not isinstance(part, nn.ChannelShuffle)
    )


def multiply_adds_of(input_size: int | Sequence[int], *layers: nn.Module) -> int:
    """Count the multiplications (each followed by an addition) of all parts on one picture.

    Args:
        input_size: of the picture; a whole number stands for both sides.
        layers: as for `parts_of`.

    Raises:
        TypeError, ValueError: the size is not whole or below 1, or a kernel is larger than what
            it gets.

    Example:
        >>> multiply_adds_of((10, 10), nn.Conv2d(1, 1, (3, 1)), nn.Conv2d(1, 1, (1, 3)))
        432
    """
    size, count = to_axes(input_size, "input_size", 1), 0
    for part in parts_of(*layers):
        if isinstance(part, nn.ChannelShuffle):
            continue
        if len(part.kernel_size) != len(size):
            raise ValueError(f"`input_size` (={size}) must have the axes of {part}.")
        size = layer_output_size(part, size)
        channels = (part.in_channels, part.out_channels)
        count += count_multiply_adds(*channels, part.kernel_size, size, part.groups)
    return count

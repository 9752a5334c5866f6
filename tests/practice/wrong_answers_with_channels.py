"""Wrong answers to the exercises of lessons 05 and 08, as learners write them."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from tests.practice.wrong_answers import answers, formula

# ------------------------------------------------------------------------------- mix_channels


@answers("mix_channels", "The output should be")
def from_columns(image, weight):  # type: ignore[no-untyped-def]
    return torch.einsum("co,chw->ohw", weight, image)


@answers("mix_channels", "the mean over the channels")
def means_of_channels(image, weight):  # type: ignore[no-untyped-def]
    return torch.stack([(row[:, None, None] * image).mean(0) for row in weight])


@answers("mix_channels", "Only the last channel counts")
def last_channel(image, weight):  # type: ignore[no-untyped-def]
    out = torch.zeros(len(weight), *image.shape[1:])
    for o in range(len(weight)):
        for c in range(len(image)):
            out[o] = weight[o, c] * image[c]
    return out


@answers("mix_channels", "do not multiply them by the weights")
def sums_of_channels(image, weight):  # type: ignore[no-untyped-def]
    return image.sum(0).repeat(len(weight), 1, 1)


@answers("mix_channels", "use the first row of the weight")
def one_mixture(image, weight):  # type: ignore[no-untyped-def]
    mixed = sum(weight[0, c] * image[c] for c in range(len(image)))
    return torch.stack([mixed for _ in weight])


@answers("mix_channels", "The output should be")
def channels_last(image, weight):  # type: ignore[no-untyped-def]
    return torch.tensordot(image, weight, dims=([0], [1]))


@answers("mix_channels", "All your numbers are 0")
def mixed_nowhere(image, weight):  # type: ignore[no-untyped-def]
    out = torch.zeros(len(weight), *image.shape[1:])
    for plane in out:
        plane = weight[0, 0] * image[0]  # noqa: F841
    return out


# ------------------------------------------------------------------------------- conv2d_channels


def summed(image, weight):  # type: ignore[no-untyped-def]
    """Right but for the bias."""
    windows = image.unfold(1, weight.shape[2], 1).unfold(2, weight.shape[3], 1)
    return torch.einsum("cijuv,ocuv->oij", windows, weight)


@answers("conv2d_channels", "You forget the bias")
def without_bias(image, weight, bias):  # type: ignore[no-untyped-def]
    return summed(image, weight)


@answers("conv2d_channels", "the bias once for each input channel")
def bias_in_the_loop(image, weight, bias):  # type: ignore[no-untyped-def]
    out = torch.zeros_like(summed(image, weight))
    for c in range(len(image)):
        out += summed(image[c : c + 1], weight[:, c : c + 1]) + bias[:, None, None]
    return out


@answers("conv2d_channels", "the first bias to all")
def one_bias(image, weight, bias):  # type: ignore[no-untyped-def]
    return summed(image, weight) + bias[0]


@answers("conv2d_channels", "use the first kernel")
def one_kernel(image, weight, bias):  # type: ignore[no-untyped-def]
    return summed(image, weight[:1]) + bias[:, None, None]


@answers("conv2d_channels", "the first channel of the kernel")
def thin_kernels(image, weight, bias):  # type: ignore[no-untyped-def]
    return summed(image.sum(0)[None], weight[:, :1]) + bias[:, None, None]


@answers("conv2d_channels", "turn the kernels by 180 degrees")
def turned_kernels(image, weight, bias):  # type: ignore[no-untyped-def]
    return summed(image, torch.rot90(weight, 2, (2, 3))) + bias[:, None, None]


@answers("conv2d_channels", "only where the kernel is not as high as wide")
def square_channels_only(image, weight, bias):  # type: ignore[no-untyped-def]
    k = weight.shape[2]
    return torch.stack(
        [
            torch.stack(
                [
                    (image[:, i : i + k, j : j + k] * weight).sum((1, 2, 3)) + bias
                    for j in range(image.shape[2] - k + 1)
                ]
            )
            for i in range(image.shape[1] - k + 1)
        ]
    ).permute(2, 0, 1)


@answers("conv2d_channels", "The output should be")
def not_summed(image, weight, bias):  # type: ignore[no-untyped-def]
    windows = image.unfold(1, weight.shape[2], 1).unfold(2, weight.shape[3], 1)
    return torch.einsum("cijuv,ocuv->ocij", windows, weight) + bias[:, None, None, None]


# ------------------------------------------------------------------------------- conv_parameters

formula("conv_parameters", "You forget the bias", lambda c, o, k, g, b: c * o * k[0] * k[1] // g)
formula(
    "conv_parameters",
    "a bias where there is none",
    lambda c, o, k, g, b: o * (c * k[0] * k[1] // g + 1),
)
formula(
    "conv_parameters",
    "do not use the groups",
    lambda c, o, k, g, b: o * (c * k[0] * k[1] + int(b)),
)
formula(
    "conv_parameters",
    "divide by the groups twice",
    lambda c, o, k, g, b: c * o * k[0] * k[1] // g**2 + (o if b else 0),
)
formula(
    "conv_parameters",
    "one bias for the whole layer",
    lambda c, o, k, g, b: c // g * o * k[0] * k[1] + int(b),
)
formula(
    "conv_parameters",
    "a bias for each input channel",
    lambda c, o, k, g, b: c // g * o * k[0] * k[1] + c * int(b),
)
formula(
    "conv_parameters",
    "take the kernel for a square",
    lambda c, o, k, g, b: c // g * o * k[0] * k[0] + o * int(b),
)


# ------------------------------------------------------------------------------- separable2d


@answers("separable2d", "Column and row are swapped")
def lines_swapped(image, column, row):  # type: ignore[no-untyped-def]
    kernel = row[:, None] * column[None]
    return F.conv2d(image[None, None], kernel[None, None])[0, 0]


@answers("separable2d", "You apply the column only")
def column_alone(image, column, row):  # type: ignore[no-untyped-def]
    return F.conv2d(image[None, None], column.view(1, 1, -1, 1))[0, 0]


@answers("separable2d", "You turn the two kernels round")
def lines_turned(image, column, row):  # type: ignore[no-untyped-def]
    kernel = torch.outer(column, row).rot90(2)
    return F.conv2d(image[None, None], kernel[None, None])[0, 0]


@answers("separable2d", "You add the two kernels")
def lines_added(image, column, row):  # type: ignore[no-untyped-def]
    kernel = column[:, None] + row[None]
    return F.conv2d(image[None, None], kernel[None, None])[0, 0]


@answers("separable2d", "should be")
def passes_side_by_side(image, column, row):  # type: ignore[no-untyped-def]
    down = F.conv2d(image[None, None], column.view(1, 1, -1, 1), padding="same")
    return (down + F.conv2d(image[None, None], row.view(1, 1, 1, -1), padding="same"))[0, 0]


# ------------------------------------------------------------------------------- depthwise2d


def apart(image, weight):  # type: ignore[no-untyped-def]
    windows = image.unfold(1, weight.shape[1], 1).unfold(2, weight.shape[2], 1)
    return torch.einsum("cijuv,cuv->cij", windows, weight)


@answers("depthwise2d", "You add up the channels")
def added_up(image, weight):  # type: ignore[no-untyped-def]
    return F.conv2d(image, weight[None])[0]


@answers("depthwise2d", "All channels meet the first kernel")
def first_kernel(image, weight):  # type: ignore[no-untyped-def]
    return apart(image, weight[[0] * len(weight)])


@answers("depthwise2d", "see the first channel")
def first_channel(image, weight):  # type: ignore[no-untyped-def]
    return F.conv2d(image[:1], weight[:, None])


@answers("depthwise2d", "turn the kernel by 180 degrees")
def each_turned(image, weight):  # type: ignore[no-untyped-def]
    return apart(image, weight.rot90(2, (1, 2)))


@answers("depthwise2d", "All your numbers are 0")
def nothing_written(image, weight):  # type: ignore[no-untyped-def]
    return apart(image * 0, weight)


@answers("depthwise2d", "The output should be")
def each_with_each(image, weight):  # type: ignore[no-untyped-def]
    return torch.cat([F.conv2d(plane[None], weight[:, None]) for plane in image])


# ------------------------------------------------------------------------------- grouped2d


@answers("grouped2d", "see the first group of channels")
def first_group_only(image, weight, groups):  # type: ignore[no-untyped-def]
    return summed(image[: weight.shape[1]], weight)


@answers("grouped2d", "deal the channels out in turn")
def channels_dealt(image, weight, groups):  # type: ignore[no-untyped-def]
    kernels = weight.chunk(groups)
    return torch.cat([summed(image[g::groups], kernels[g]) for g in range(groups)])


@answers("grouped2d", "deal the kernels out in turn")
def kernels_dealt(image, weight, groups):  # type: ignore[no-untyped-def]
    parts = image.chunk(groups)
    return torch.cat([summed(parts[o % groups], weight[o][None]) for o in range(len(weight))])


@answers("grouped2d", "shuffle the channels of the output")
def shuffled_afterwards(image, weight, groups):  # type: ignore[no-untyped-def]
    parts = [summed(*pair) for pair in zip(image.chunk(groups), weight.chunk(groups), strict=True)]
    return torch.stack(parts, dim=1).flatten(0, 1)


@answers("grouped2d", "It fails only with several groups")
def no_groups(image, weight, groups):  # type: ignore[no-untyped-def]
    return F.conv2d(image, weight)


@answers("grouped2d", "add the groups up")
def groups_added(image, weight, groups):  # type: ignore[no-untyped-def]
    pairs = zip(image.chunk(groups), weight.chunk(groups), strict=True)
    return torch.stack([summed(*pair) for pair in pairs]).sum(0)


# ------------------------------------------------------------------------------- channel_shuffle


@answers("channel_shuffle", "for the number of channels in a group")
def the_other_way(image, groups):  # type: ignore[no-untyped-def]
    return image.unflatten(0, (len(image) // groups, groups)).transpose(0, 1).flatten(0, 1)


@answers("channel_shuffle", "stay where they are")
def only_reshaped(image, groups):  # type: ignore[no-untyped-def]
    return image.view(groups, len(image) // groups, *image.shape[1:]).reshape(image.shape)


@answers("channel_shuffle", "the order of the groups round")
def groups_turned(image, groups):  # type: ignore[no-untyped-def]
    return image.unflatten(0, (groups, -1)).flip(0).flatten(0, 1)


@answers("channel_shuffle", "the order of all channels round")
def all_turned(image, groups):  # type: ignore[no-untyped-def]
    return torch.stack([*image][::-1])


@answers("channel_shuffle", "on by one group")
def moved_on(image, groups):  # type: ignore[no-untyped-def]
    deep = len(image) // groups
    return torch.cat([image[-deep:], image[:-deep]])


@answers("channel_shuffle", "The output should be")
def grouped_axis(image, groups):  # type: ignore[no-untyped-def]
    return image.unflatten(0, (groups, -1)).transpose(0, 1)

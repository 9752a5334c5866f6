"""The exercises of lesson 05: kernels that see several channels."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.practice.exercises.exercise import (
    Draw,
    Exercise,
    Slip,
    Trait,
    all_zeros,
    swapped,
    unlike,
)

Pair = tuple[int, int]


def mix_channels(image: Tensor, weight: Tensor) -> Tensor:
    """Apply a kernel of 1 × 1: at every pixel each output is a weighted sum of the channels."""
    channels, height, width = image.shape
    output = torch.zeros(len(weight), height, width)
    for o in range(len(weight)):
        for c in range(channels):
            output[o] += weight[o, c] * image[c]
    return output


def conv2d_channels(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve all channels with several kernels, and add a bias to each output channel."""
    _, height, width = image.shape
    kernels, _, kh, kw = weight.shape
    output = torch.zeros(kernels, height - kh + 1, width - kw + 1)
    for o in range(kernels):
        for i in range(height - kh + 1):
            for j in range(width - kw + 1):
                window = image[:, i : i + kh, j : j + kw]  # (channels, kh, kw)
                output[o, i, j] = (window * weight[o]).sum() + bias[o]
    return output


def conv_parameters(
    in_channels: int, out_channels: int, kernel_size: tuple[int, int], groups: int, bias: bool
) -> int:
    """Count what a layer learns: its weights and, where it has one, its bias."""
    kh, kw = kernel_size
    weights = out_channels * (in_channels // groups) * kh * kw
    return weights + (out_channels if bias else 0)


def _mixed(image: Tensor, weight: Tensor) -> Tensor:
    return F.conv2d(image, weight[:, :, None, None])


def _layer(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.conv2d(image, weight, bias)


def _count(in_channels: int, out_channels: int, kernel_size: Pair, groups: int, bias: bool) -> int:
    layer = nn.Conv2d(
        in_channels, out_channels, kernel_size, groups=groups, bias=bias, device="meta"
    )
    return sum(parameter.numel() for parameter in layer.parameters())


def _pictures_to_mix(draw: Draw) -> Iterator[tuple[Tensor, Tensor]]:
    yield draw.planes(1, 1, 1), draw.grid(1, 1)
    yield draw.planes(1, 2, 3), draw.grid(2, 1)
    yield draw.planes(3, 1, 1), draw.grid(1, 3)
    yield draw.planes(2, 2, 2), draw.grid(2, 2)
    for _ in range(8):
        channels, outputs = draw.unlike(1, 4)
        yield draw.planes(channels, *draw.unlike(1, 4)), draw.grid(outputs, channels)
    for _ in range(2):
        yield draw.planes(3, 2, 3) / 7, draw.fractions(2, 3)


def _layers(draw: Draw) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    def layer(channels: int, outputs: int, kernel: Pair, more: Pair) -> tuple[Tensor, ...]:
        image = draw.planes(channels, kernel[0] + more[0], kernel[1] + more[1])
        weight = draw.planes(outputs * channels, *kernel).view(outputs, channels, *kernel)
        return image, weight, draw.grid(1, outputs)[0]

    one, none = (1, 1), (0, 0)
    settings = [(1, 1, one, none), (1, 2, (1, 2), (0, 1)), (2, 1, (2, 1), (1, 0))]
    settings += [(2, 2, (2, 2), one)]
    settings += [(*draw.unlike(1, 3), draw.unlike(1, 3), draw.pair(0, 2)) for _ in range(8)]
    settings += [(2, 3, draw.unlike(1, 2), draw.pair(1, 2)) for _ in range(2)]
    for each in settings:
        image, weight, bias = layer(*each)
        yield image, weight, bias
    image, weight, bias = layer(3, 2, (2, 3), (1, 1))
    yield image / 7, weight / 3, bias / 9


def _settings(draw: Draw) -> Iterator[tuple[int, int, Pair, int, bool]]:
    yield from [(1, 1, (1, 1), 1, False), (1, 1, (3, 3), 1, True), (3, 16, (3, 3), 1, True)]
    yield from [(4, 8, (3, 5), 2, True), (6, 3, (3, 2), 3, False), (64, 64, (3, 3), 64, True)]
    for bias in (True, False) * 10:
        groups, (inputs, outputs) = draw.whole(1, 4), draw.unlike(1, 5)
        yield groups * inputs, groups * outputs, draw.pair(1, 5), groups, bias


def _one_for_all(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return _layer(image, weight[:1].expand_as(weight), bias)


_NO_SUM = "Every output channel sees one input channel only; it is the sum over all of them."

EXERCISES = (
    Exercise(
        "05",
        "grid",
        mix_channels,
        _mixed,
        _pictures_to_mix,
        hints=(
            "One output channel is a picture as large as the input. Of what is it the sum?",
            "Output channel o is the sum of all `weight[o, c] * image[c]`.",
            "At one pixel: `weight @ image[:, i, j]`. Two loops over i and j, or one over the "
            "channels, are enough.",
        ),
        slips=(
            Slip(
                "Rows and columns of the weight are swapped: row o belongs to output channel o.",
                lambda image, weight: _mixed(image, weight.T),
            ),
            Slip(
                "You take the mean over the channels; a convolution takes the sum.",
                lambda image, weight: _mixed(image, weight) / len(image),
            ),
            Slip(
                _NO_SUM,
                lambda image, weight: weight[:, :1, None] * image[:1],
            ),
            Slip(
                "You add up the channels, but do not multiply them by the weights.",
                lambda image, weight: _mixed(image, torch.ones_like(weight)),
            ),
            Slip(
                "All your output channels use the first row of the weight; each has its own.",
                lambda image, weight: _mixed(image, weight[:1].expand_as(weight)),
            ),
            Slip(
                "Only the last channel counts in yours: add up, with +=.",
                lambda image, weight: weight[:, -1:, None] * image[-1:],
            ),
            all_zeros(_mixed),
            swapped(_mixed),
        ),
        traits=(
            Trait("with several input channels", lambda image, weight: len(image) > 1),
            Trait("with several output channels", lambda image, weight: len(weight) > 1),
            Trait(
                "where the image is not as high as wide",
                lambda image, weight: unlike(image.shape[1:]),
            ),
        ),
    ),
    Exercise(
        "05",
        "grid",
        conv2d_channels,
        _layer,
        _layers,
        hints=(
            "First one kernel: `weight[0]` is as deep as the image has channels. What is one "
            "number of output channel 0?",
            "The window is `image[:, i : i + kh, j : j + kw]`: all channels of it. Multiply by "
            "`weight[o]`, add up everything, and add the bias once.",
            "Three loops: o over the kernels, i and j over the places. "
            "`output[o, i, j] = (window * weight[o]).sum() + bias[o]`.",
        ),
        slips=(
            Slip(
                "You forget the bias. It is added to every output.",
                lambda image, weight, bias: F.conv2d(image, weight),
            ),
            Slip(
                "You add the bias once for each input channel; it is added once.",
                lambda image, weight, bias: _layer(image, weight, bias * len(image)),
            ),
            Slip(
                "You add the first bias to all output channels; each has its own.",
                lambda image, weight, bias: _layer(image, weight, bias[:1].expand_as(bias)),
            ),
            Slip(
                _NO_SUM,
                lambda image, weight, bias: _layer(image[:1], weight[:, :1], bias),
            ),
            Slip(
                "All your output channels use the first kernel; `weight[o]` belongs to channel o.",
                _one_for_all,
            ),
            Slip(
                "All input channels meet the first channel of the kernel; `weight[o, c]` belongs "
                "to input channel c.",
                lambda image, weight, bias: _layer(image, weight[:, :1].expand_as(weight), bias),
            ),
            Slip(
                "You turn the kernels by 180 degrees; torch lays them on as they are.",
                lambda image, weight, bias: _layer(image, weight.flip(2, 3), bias),
            ),
            Slip(
                "You turn the kernels over their diagonal: `weight[o, c, u, v]` belongs to row u, "
                "column v of the window.",
                lambda image, weight, bias: _layer(image, weight.mT, bias),
            ),
            Slip(
                "You take the mean over the channels; a convolution takes the sum.",
                lambda image, weight, bias: _layer(image, weight / len(image), bias),
            ),
            Slip(
                "The kernels come in the wrong order: `weight[o, c]` has the output channel first.",
                lambda image, weight, bias: _layer(image, weight.transpose(0, 1), bias),
            ),
            all_zeros(_layer),
            swapped(_layer),
        ),
        traits=(
            Trait("with several input channels", lambda image, weight, bias: len(image) > 1),
            Trait("with several output channels", lambda image, weight, bias: len(weight) > 1),
            Trait(
                "where the kernel is not as high as wide",
                lambda image, weight, bias: unlike(weight.shape[2:]),
            ),
            Trait(
                "where the image is not as high as wide",
                lambda image, weight, bias: unlike(image.shape[1:]),
            ),
        ),
    ),
    Exercise(
        "05",
        "number",
        conv_parameters,
        _count,
        _settings,
        hints=(
            "How many kernels are there? How many numbers has one kernel, if there is one group?",
            "With `groups` a kernel is only in_channels // groups deep. The number of kernels "
            "stays.",
            "out_channels · (in_channels // groups) · kh · kw, and one bias for each output "
            "channel.",
        ),
        slips=(
            Slip(
                "You forget the bias: one number for each output channel.",
                lambda c, o, k, g, bias: o * (c // g) * k[0] * k[1],
            ),
            Slip(
                "You count a bias where there is none.",
                lambda c, o, k, g, bias: o * (c // g) * k[0] * k[1] + o,
            ),
            Slip(
                "You count one bias for the whole layer; each output channel has its own.",
                lambda c, o, k, g, bias: o * (c // g) * k[0] * k[1] + bias,
            ),
            Slip(
                "You count a bias for each input channel; there is one for each output channel.",
                lambda c, o, k, g, bias: o * (c // g) * k[0] * k[1] + bias * c,
            ),
            Slip(
                "You do not use the groups: with them a kernel is only in_channels // groups deep.",
                lambda c, o, k, g, bias: o * c * k[0] * k[1] + bias * o,
            ),
            Slip(
                "You divide by the groups twice. Each kernel gets thinner; their number stays.",
                lambda c, o, k, g, bias: (o // g) * (c // g) * k[0] * k[1] + bias * o,
            ),
            Slip(
                "You divide the bias by the groups too; each output channel has one all the same.",
                lambda c, o, k, g, bias: (o * c * k[0] * k[1] + bias * o) // g,
            ),
            Slip(
                "You do not use the input channels: a kernel is as deep as it sees channels.",
                lambda c, o, k, g, bias: o * k[0] * k[1] + bias * o,
            ),
            Slip(
                "You take the kernel for a square: its size is (height, width).",
                lambda c, o, k, g, bias: o * (c // g) * k[0] ** 2 + bias * o,
            ),
        ),
        traits=(
            Trait("with several groups", lambda c, o, k, g, bias: g > 1),
            Trait("with a bias", lambda c, o, k, g, bias: bias),
            Trait("without a bias", lambda c, o, k, g, bias: not bias),
        ),
    ),
)

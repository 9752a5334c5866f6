"""Channels: a kernel for each channel of the photo, and one sum."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import nn

from lessons_lib.images import Picture
from lessons_lib.kernels import weighted_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import (
    Choice,
    PictureChoice,
    Presets,
    Seed,
    Slider,
    preset_maker,
)
from lessons_lib.kit.layers import conv
from lessons_lib.kit.links import Links
from lessons_lib.kit.look import Look
from lessons_lib.kit.microscope import SumMicroscope
from lessons_lib.kit.result import LabDefinition, Pane, Result
from lessons_lib.visualization.colours import signed_range
from lessons_lib.visualization.numbers import size_text, term_text

CHANNELS = ("red", "green", "blue")
ONES, GREY = "ones_1x1", "grey_1x1"
# 1 x 1 kernels of this lab: the weights of red, green and blue.
# Grey: how bright each primary looks, ITU-R BT.601.
MIXES = {ONES: (1.0, 1.0, 1.0), GREY: (0.299, 0.587, 0.114)}
OPTIONS = (*photo.KERNEL_OPTIONS, ("ones 1 × 1", ONES), ("grey 1 × 1", GREY))


@dataclass(frozen=True)
class ChannelsParams(photo.PictureParams):
    """The lesson starts with its usual random layer, and a bias that is easy to see."""

    seed: int = 3
    kernel: str = "random_3x3"
    red: float = 1.0
    green: float = 1.0
    blue: float = 1.0
    bias: float = 0.2


def channels_layer(params: ChannelsParams) -> nn.Conv2d:
    """Build the layer: the chosen kernel, each channel's part times its factor, and the bias.

    Args:
        params: `kernel` is one of `OPTIONS`.

    Returns:
        Conv2d of weight (1, 3, kh, kw) and bias (1,).
    """
    if params.kernel in MIXES:
        weight = torch.tensor(MIXES[params.kernel]).reshape(1, 3, 1, 1)
    else:
        chosen = photo.PhotoParams(params.picture, params.seed, params.kernel)
        weight = photo.photo_layer(chosen).weight.detach()
    factors = torch.tensor([params.red, params.green, params.blue]).reshape(1, 3, 1, 1)
    return weighted_layer(nn.Conv2d, weight * factors, torch.tensor([params.bias]))


@torch.inference_mode()
def compute(params: ChannelsParams) -> Result:
    """Apply the layer to the photo, and each of its three kernels to its channel alone.

    Args:
        params: red, green and blue -2..2 multiply that channel's kernel; bias -1..1.

    Returns:
        Panes red, green, blue (1, H, W), kernel (3 grids), red_result, green_result, blue_result
        and output (1, H_out, W_out); the output is the sum of the three results and the bias.

    Raises:
        IllegalSettingError: the kernel is larger than the photo.
    """
    layer = channels_layer(params)
    image = photo.fast_image(params.picture)
    seen = conv.described(layer, image, labels=photo.RGB, weights=True)
    parts = _apart(layer, params.picture)
    common = signed_range(parts)
    return seen.result(
        panes=(
            *(_channel_pane(params.picture, index) for index in range(3)),
            photo.kernel_pane(layer),
            *(_part_pane(parts, index, common) for index in range(3)),
            _sum_pane(seen.output, params.kernel),
        ),
        sentence=_sentence(layer),
        links=_links(seen.links),
        microscopes=(*seen.microscopes, *_part_microscopes(layer, image, seen.links)),
    )


def _part_microscopes(layer: nn.Conv2d, image: torch.Tensor, links: Links) -> list[SumMicroscope]:
    """Look at the result of each channel's kernel alone; the bias comes with the sum."""
    return [
        SumMicroscope(
            f"{name}_result",
            image[:, index : index + 1],
            layer.weight[:, index : index + 1],
            None,
            links,
        )
        for index, name in enumerate(CHANNELS)
    ]


def _apart(layer: nn.Conv2d, picture: Picture) -> torch.Tensor:
    """Apply each kernel to its own channel: (1, 3, H_out, W_out), nothing added up."""
    kernels = layer.weight.reshape(3, 1, *layer.kernel_size)  # three layers 1 -> 1, side by side
    return torch.nn.functional.conv2d(picture.image, kernels, groups=3)


@lru_cache(maxsize=4)
def _channel_maps(picture: Picture) -> tuple[torch.Tensor, ...]:
    """Give the three (H, W): the same tensors every time, so that they are sent only once."""
    return tuple(picture.image[0])


def _channel_pane(picture: Picture, index: int) -> Pane:
    values = _channel_maps(picture)[index]
    shape = (1, *values.shape)
    name = CHANNELS[index]
    return Pane(name, name, "input", values, "map", shape, "grey", (0.0, 1.0), picture.note)


def _sum_pane(output: torch.Tensor, kernel: str) -> Pane:
    """Show the output; a mix of the channels that is a picture again, 0..1, as one in grey."""
    pane = photo.signed_pane(output, title="sum + bias")
    low, high = (float(value) for value in torch.aminmax(output))
    if kernel in MIXES and low >= -1e-6 and high <= 1 + 1e-6:
        return replace(pane, table="grey", value_range=(0.0, 1.0))
    return pane


def _part_pane(parts: torch.Tensor, index: int, value_range: tuple[float, float]) -> Pane:
    name = CHANNELS[index]
    channel = parts[:, index : index + 1]
    # "keep output" keeps the sum
    return photo.signed_pane(
        channel, value_range, f"{name}_result", f"{name} result", role="", keepable=False
    )


def _links(links: Links) -> tuple[Links, ...]:
    """Link the sum to all channels, each result to its own, and all of them to their weights."""
    bare = replace(links, kernel="")
    sums = [replace(bare, source=name) for name in CHANNELS]
    parts = [replace(bare, output=f"{name}_result", source=name) for name in CHANNELS]
    weights = [_weight_links(links, "output", (0, 1, 2))]
    weights += [_weight_links(links, f"{name}_result", (i,)) for i, name in enumerate(CHANNELS)]
    return (*sums, weights[0], *parts, *weights[1:])


def _weight_links(links: Links, output: str, channels: tuple[int, ...]) -> Links:
    """Say which grids of the kernel an output was computed from: all their weights, everywhere.

    The kernel stands as a source of its own, because `Links.kernel` belongs to one source, and
    here each grid reads another pane.
    """
    rows, columns = (
        torch.arange(table.shape[1]).expand(table.shape) for table in (links.rows, links.columns)
    )
    return Links(output, "kernel", rows, columns, torch.tensor([channels]))


def _sentence(layer: nn.Conv2d) -> str:
    one = "Here: one output channel, one bias."
    if layer.kernel_size != (1, 1):
        parts = f"three parts of {size_text(layer.kernel_size)}, one per channel"
        return (
            f"One kernel with {parts}: their results are added, plus one bias per output channel. "
            f"{one}"
        )
    weights = layer.weight.detach().flatten().tolist()
    mix = " ".join(
        f"{term_text(value)}·{name}" for value, name in zip(weights, CHANNELS, strict=True)
    ).removeprefix("+ ")
    bias = term_text(float(layer.bias.detach()[0])) if layer.bias is not None else ""
    return (
        f"A 1 × 1 kernel for three channels is three numbers: an output pixel is {mix} {bias} of "
        f"that pixel alone, as from a dense layer at each pixel. {one}"
    )


_preset = preset_maker(red=1.0, green=1.0, blue=1.0, bias=0.0)


LAB = LabDefinition(
    name="channels",
    title="Channels",
    params=ChannelsParams,
    compute=compute,
    look=Look(columns=4, pointer_lines=2),
    controls=(
        PictureChoice(),
        Seed(),
        Choice("kernel", "kernel", OPTIONS, "kernel", in_header=True),
        *(Slider(name, f"{name} ×", -2.0, 2.0, "kernel", step=0.1) for name in CHANNELS),
        Slider("bias", "bias", -1.0, 1.0, "kernel", step=0.05),
        Presets(
            "try",
            (
                _preset("random 3 × 3", kernel="random_3x3", bias=0.2),
                _preset("random: 0, 0, 1", kernel="random_3x3", red=0.0, green=0.0),
                _preset("Sobel x", kernel="sobel_x"),
                _preset("Sobel x: 1, −1, 0", kernel="sobel_x", green=-1.0, blue=0.0),
                _preset("1 × 1: only blue", kernel=ONES, red=0.0, green=0.0),
                _preset("1 × 1: red minus green", kernel=ONES, green=-1.0, blue=0.0),
                _preset("1 × 1: grey", kernel=GREY),
                _preset("1 × 1: random", kernel="random_1x1"),
            ),
            "kernel",
        ),
    ),
)

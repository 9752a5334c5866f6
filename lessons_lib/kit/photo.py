"""What the photo labs share: the layer, its panes, its cost and how a refusal is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch
from torch import nn

from lessons_lib.geometry import (
    IllegalSetting,
    count_multiply_adds,
    count_weights,
    explain_conv,
    source_indices,
)
from lessons_lib.images import Picture, load_picture
from lessons_lib.kernels import Conv, named_kernel, photo_weight, seeded_layer, weighted_layer
from lessons_lib.kit.controls import Choice, PictureChoice, Seed
from lessons_lib.kit.formula import conv_line
from lessons_lib.kit.links import Links
from lessons_lib.kit.result import Cost, IllegalSettingError, Pane
from lessons_lib.kit.terms import Line
from lessons_lib.reader.preferences import default_picture
from lessons_lib.visualization.colours import signed_range
from lessons_lib.visualization.pixels import as_bytes

RANDOM = "random"

# label -> (name of the kernel, its size)
KERNELS: dict[str, tuple[str, tuple[int, int]]] = {
    "random 3 × 3": (RANDOM, (3, 3)),
    "random 3 × 5": (RANDOM, (3, 5)),
    "random 5 × 5": (RANDOM, (5, 5)),
    "random 1 × 1": (RANDOM, (1, 1)),
    "identity": ("identity", (1, 1)),
    "box 3 × 3": ("box", (3, 3)),
    "box 7 × 7": ("box", (7, 7)),
    "Gaussian 5 × 5": ("gaussian", (5, 5)),
    "sharpen": ("sharpen", (3, 3)),
    "emboss": ("emboss", (3, 3)),
    "Sobel x": ("sobel_x", (3, 3)),
    "Sobel y": ("sobel_y", (3, 3)),
    "Laplacian": ("laplacian", (3, 3)),
    "Laplacian, 8 neighbours": ("laplacian_8", (3, 3)),
}
RANGES = (("own range", "own"), ("fixed range", "fixed"))


@dataclass(frozen=True)
class PhotoParams:
    """What every photo lab starts from: the recipe of the lessons."""

    picture: Picture = field(default_factory=lambda: load_picture(default_picture()))
    seed: int = 3
    kernel: str = "random 3 × 3"
    display: str = "own"


HEADER = (
    PictureChoice(),
    Seed(),
    Choice("kernel", "kernel", tuple((label, label) for label in KERNELS), "kernel", True),
)
DISPLAY = Choice("display", "colours", RANGES, "output")


def photo_layer(params: PhotoParams, bias: bool | None = None, **arguments: Any) -> nn.Conv2d:
    """Build the layer a photo lab shows: three channels in, one out.

    Args:
        params: the lab's parameters; `kernel` is a key of `KERNELS`.
        bias: with or without; None: a random layer has one, a named kernel has none.
        arguments: stride, padding, dilation, padding_mode of `nn.Conv2d`.

    Returns:
        A Conv2d of weight (1, 3, kh, kw).
    """
    name, size = KERNELS[params.kernel]
    with_bias = name == RANDOM if bias is None else bias
    # Always drawn with a bias: without one the same seed would give other weights.
    layer = seeded_layer(params.seed, 3, 1, size, **arguments)
    if not with_bias:
        layer.bias = None
    if name != RANDOM:
        weight = photo_weight(named_kernel(name, size[0]))
        layer.weight = nn.Parameter(weight)
    return layer


def plain_layer(weight: torch.Tensor, **arguments: Any) -> nn.Conv2d:
    """Build a layer without bias around a given weight.

    Args:
        weight: (out_channels, in_channels / groups, kh, kw).
        arguments: stride, padding, dilation, groups, padding_mode of `nn.Conv2d`.

    Returns:
        a Conv2d of that weight.
    """
    return weighted_layer(nn.Conv2d, weight, **arguments)


def preview_step(size: tuple[int, int], box: tuple[int, int]) -> int:
    """Say how far apart the values of a preview lie, to be half as fine as their pane.

    Args:
        size: (height, width) of the whole.
        box: (height, width) of the room for it, in pixels.

    Returns:
        1 where the whole has room: then a preview gains nothing.
    """
    if size[0] <= box[0] and size[1] <= box[1]:
        return 1
    return max(-(-2 * n // room) for n, room in zip(size, box, strict=True))


def kernel_size_of(layer: nn.Conv2d) -> tuple[int, int]:
    """Give the kernel's (height, width)."""
    return layer.kernel_size[0], layer.kernel_size[1]


def layer_line(layer: Conv) -> Line:
    """Write the line that makes this layer.

    Args:
        layer: any Conv1d, Conv2d or Conv3d.

    Returns:
        Terms of one line of Python.
    """
    arguments = {
        "kernel_size": layer.kernel_size, "stride": layer.stride, "padding": layer.padding,
        "dilation": layer.dilation, "groups": layer.groups, "bias": layer.bias is not None,
        "padding_mode": layer.padding_mode,
    }  # fmt: skip
    return conv_line(type(layer).__name__, layer.in_channels, layer.out_channels, arguments)


# torch's argument -> the lab's parameter, or parameters, that set it
Named = Mapping[str, str | tuple[str, ...]]


def run(layer: Conv, image: torch.Tensor, named: Named) -> torch.Tensor:
    """Apply a layer, turning torch's refusal into an explanation.

    Args:
        layer: any Conv1d, Conv2d or Conv3d.
        image: (1, C, H, W); (1, C, L) for a Conv1d, (1, C, D, H, W) for a Conv3d.
        named: the lab's parameter for each argument of torch that it may change, such as
            {"padding": "padding"}; several where height and width have their own.

    Returns:
        (1, out_channels, H_out, W_out), or with L_out, or with D_out, H_out and W_out.

    Raises:
        IllegalSettingError: torch refused and the lessons know why.
        RuntimeError: torch refused for another reason.
    """
    try:
        return layer(image)
    except RuntimeError as error:
        raise refusal(error, layer, image, named) or error from error


def refusal(
    error: Exception, layer: Conv, image: torch.Tensor, named: Named
) -> IllegalSettingError | None:
    """Explain why torch refused, or give None where the lessons know no reason."""
    padding: Any = layer.padding
    why: IllegalSetting | None = explain_conv(
        tuple(image.shape[2:]), layer.kernel_size, layer.stride, padding, layer.dilation,
        layer.padding_mode,
    )  # fmt: skip
    if why is None:
        return None
    # Half a cure would be refused again: a picture smaller than the kernel, say.
    curable = why.nearest.keys() <= named.keys()
    nearest = {
        parameter: value
        for argument, value in why.nearest.items() if curable
        for parameter in _several(named[argument])
    }  # fmt: skip
    return IllegalSettingError(str(error), why.explanation, nearest, layer_line(layer))


def _several(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names


def fast(image: torch.Tensor) -> torch.Tensor:
    """Put the channels of a pixel side by side in memory.

    torch's three-to-one convolution runs two to six times faster on this layout; the numbers are
    the same to rounding.
    """
    return image.contiguous(memory_format=torch.channels_last)


@lru_cache(maxsize=4)
def fast_image(picture: Picture) -> torch.Tensor:
    """Give a picture's (1, 3, H, W) in the layout of `fast`, made once per picture."""
    return fast(picture.image)


def fast_ones(picture: Picture) -> torch.Tensor:
    """Give all ones in the size of a picture, (1, 3, H, W), in the layout of `fast`."""
    return _ones(picture.image.shape[-2], picture.image.shape[-1])


@lru_cache(maxsize=4)
def _ones(height: int, width: int) -> torch.Tensor:
    return fast(torch.ones(1, 3, height, width))


@lru_cache(maxsize=4)
def screen_bytes(picture: Picture) -> torch.Tensor:
    """Give a picture as a screen shows it, (3, H, W) uint8: the same tensor every time.

    The same tensor tells the stage that this pane has not changed.
    """
    return as_bytes(picture.image[0])


def photo_pane(picture: Picture, name: str = "input", title: str = "input", **more: Any) -> Pane:
    """Show a picture in colour."""
    image = screen_bytes(picture)
    note = more.pop("note", picture.note)
    return Pane(name, title, "input", image, "photo", tuple(image.shape), note=note, **more)


def signed_pane(
    output: torch.Tensor,
    value_range: tuple[float, float] | None = None,
    name: str = "output",
    title: str = "output",
    size: tuple[int, ...] | None = None,
) -> Pane:
    """Show one channel of signed numbers, zero in the middle of the colours.

    Args:
        output: (1, 1, H, W).
        value_range: values of the first and last colour; None: the output's own.
        name, title: of the pane.
        size: the true (H, W), where `output` is a coarser preview of it.
    """
    shape = (1, *(size or output.shape[-2:]))
    return Pane(name, title, "output", output[0, 0], "map", shape, "signed", value_range)


def chosen_range(params: PhotoParams, layer: nn.Conv2d) -> tuple[float, float] | None:
    """Give the range that `display` asks for: None for "own", the plain layer's for "fixed"."""
    if params.display == "own":
        return None
    return plain_range(params.picture, params.kernel, params.seed, layer.bias is not None)


@lru_cache(maxsize=16)
def plain_range(picture: Picture, kernel: str, seed: int, bias: bool) -> tuple[float, float] | None:
    """Give the range of the plain layer's output: stride 1, no padding, no dilation.

    Colours held at this range can be compared from one setting to the next. None: the picture is
    smaller than the kernel, and the plain layer has no output.
    """
    layer = photo_layer(PhotoParams(picture, seed, kernel), bias)
    sides = zip(picture.image.shape[-2:], layer.kernel_size, strict=True)
    if any(n < k for n, k in sides):
        return None
    with torch.inference_mode():
        return signed_range(layer(fast_image(picture)))


def kernel_pane(layer: nn.Conv2d) -> Pane:
    """Show the weights, a grid per input channel, with their numbers."""
    weight = layer.weight.detach()[0]
    return Pane(
        "kernel", "kernel", "kernel", weight, "grid", tuple(layer.weight.shape), "signed",
        labels=("R", "G", "B"), note=_bias_note(layer),
    )  # fmt: skip


def _bias_note(layer: nn.Conv2d) -> str:
    if layer.bias is None:
        return "no bias"
    return f"bias {signed_text(float(layer.bias.detach()[0]), 4)}"


def signed_text(value: float, digits: int) -> str:
    """Print a number with its sign, a true minus, and so many digits after the point."""
    return f"{value:+.{digits}f}".replace("-", "−")


def links(
    layer: nn.Conv2d, image: torch.Tensor, source: str = "input", grids: bool = False
) -> Links:
    """Say which input pixels each output pixel was computed from.

    Args:
        layer: any Conv2d with its padding in numbers.
        image: (1, C, H, W), what it reads.
        source: name of the pane that shows the image.
        grids: whether the panes show each channel in a grid of its own.
    """
    tables = []
    for axis in (0, 1):
        padding: Any = layer.padding
        tables.append(
            source_indices(
                image.shape[axis - 2], layer.kernel_size[axis], layer.stride[axis], padding[axis],
                layer.dilation[axis], layer.padding_mode,
            )
        )  # fmt: skip
    channels = channel_indices(layer) if grids else None
    return Links("output", source, tables[0], tables[1], channels, "kernel")


def channel_indices(layer: nn.Conv2d) -> torch.Tensor:
    """Say which input channels each output channel reads: int64 (out, in / groups)."""
    taps = layer.in_channels // layer.groups
    group = torch.arange(layer.out_channels) * layer.groups // layer.out_channels
    return group[:, None] * taps + torch.arange(taps)


def cost(layer: Conv, size: tuple[int, ...]) -> Cost:
    """Count the layer's weights and the multiply-adds of an output of this size, per axis."""
    return Cost(
        count_weights(
            layer.in_channels, layer.out_channels, layer.kernel_size, layer.groups, bias=False
        ),
        0 if layer.bias is None else layer.out_channels,
        count_multiply_adds(
            layer.in_channels, layer.out_channels, layer.kernel_size, tuple(size), layer.groups
        ),
    )

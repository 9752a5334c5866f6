"""Conv1d, Conv2d and Conv3d: the door for every ordinary convolution."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from lessons_lib.geometry import (
    conv_output_size,
    count_multiply_adds,
    count_weights,
    explain_conv,
    source_indices,
)
from lessons_lib.kernels import Conv
from lessons_lib.kit.formula import code_with_weights, layer_line, size_formula
from lessons_lib.kit.layers.described import Described, Named, parameters_of
from lessons_lib.kit.links import Links
from lessons_lib.kit.microscope import SumMicroscope
from lessons_lib.kit.result import Cost, IllegalSettingError
from lessons_lib.kit.terms import Line


def described(
    layer: Conv,
    image: Tensor,
    named: Named | None = None,
    output: Tensor | None = None,
    *,
    grids: bool = False,
    labels: tuple[str, ...] = (),
    weights: bool = False,
) -> Described:
    """Say all that a lab tells of this layer on this image.

    Args:
        layer: any Conv1d, Conv2d or Conv3d, its padding in numbers.
        image: (1, C, L), (1, C, H, W) or (1, C, D, H, W).
        named: the lab's parameter, or parameters, for each argument of torch that it may change.
        output: where it is computed already, whole or as a preview; None: it is computed here.
        grids: whether the panes show each channel in a grid of its own.
        labels: a name per channel of the image, for the microscope.
        weights: whether the code that is copied holds the weights.

    Raises:
        IllegalSettingError: torch refuses the setting.
    """
    if output is None:
        output = run(layer, image, named)
    size = tuple(image.shape[2:])
    linked = links(layer, size, grids)
    is_photo = isinstance(layer, nn.Conv2d) and not grids
    return Described(
        output=output,
        size=output_size(layer, size),
        links=linked,
        formula=formula(layer, size),
        code=line(layer),
        copied=code_with_weights(line(layer), layer) if weights else "",
        cost=cost(layer, size),
        microscopes=(microscope(layer, image, linked, labels=labels),) if is_photo else (),
        layer=lambda: layer(image),
    )


def run(layer: Conv, image: Tensor, named: Named | None = None) -> Tensor:
    """Apply the layer.

    Args:
        layer, image, named: as in `described`.

    Returns:
        (1, out_channels, ...), a size per axis.

    Raises:
        IllegalSettingError: torch refused and the lessons know why.
        RuntimeError: torch refused for another reason.
    """
    try:
        return layer(image)
    except RuntimeError as error:
        raise refusal(error, layer, image, named) or error from error


def refusal(
    error: Exception, layer: Conv, image: Tensor, named: Named | None = None
) -> IllegalSettingError | None:
    """Explain why torch refused, or give None where the lessons know no reason."""
    padding: Any = layer.padding
    why = explain_conv(
        tuple(image.shape[2:]),
        layer.kernel_size,
        layer.stride,
        padding,
        layer.dilation,
        layer.padding_mode,
    )
    if why is None:
        return None
    nearest = parameters_of(why.nearest, named or {})
    return IllegalSettingError(str(error), why.explanation, nearest, line(layer))


def output_size(layer: Conv, size: tuple[int, ...]) -> tuple[int, ...]:
    """Give the output's size on an input of this size, per axis."""
    padding: Any = layer.padding
    return conv_output_size(size, layer.kernel_size, layer.stride, padding, layer.dilation)


def line(layer: Conv) -> Line:
    """Write the line that makes this layer: terms of Python."""
    names = ("kernel_size", "stride", "padding", "dilation", "groups", "padding_mode")
    arguments = {name: getattr(layer, name) for name in names}
    arguments["bias"] = layer.bias is not None
    return layer_line(type(layer).__name__, layer.in_channels, layer.out_channels, arguments)


def formula(layer: Conv, size: tuple[int, ...]) -> tuple[Line, ...]:
    """Fill the numbers of this layer on an input of this size into the size formula."""
    padding: Any = layer.padding
    return size_formula(size, layer.kernel_size, layer.stride, padding, layer.dilation)


def links(layer: Conv, size: tuple[int, ...], grids: bool = False) -> Links:
    """Say which cells of the input each cell of the output was computed from.

    Args:
        layer: any Conv1d, Conv2d or Conv3d, its padding in numbers.
        size: of the input, per axis.
        grids: whether the panes show each channel in a grid of its own.

    Returns:
        Links from pane "output" to pane "input", with pane "kernel". A signal is one row. The
        slices of a volume are its grids: their depth takes the place of the channels.
    """
    padding: Any = layer.padding
    tables = [
        source_indices(n, k, s, p, d, layer.padding_mode)
        for n, k, s, p, d in zip(
            size, layer.kernel_size, layer.stride, padding, layer.dilation, strict=True
        )
    ]
    if len(tables) == 1:
        tables.insert(0, torch.zeros(1, 1, dtype=torch.int64))
    rows, columns = tables[-2:]
    if len(tables) == 3:
        return Links("output", "input", rows, columns, tables[0], "kernel", shared_kernel=True)
    return Links(
        "output", "input", rows, columns, channel_indices(layer) if grids else None, "kernel"
    )


def channel_indices(layer: Conv) -> Tensor:
    """Say which input channels each output channel reads: int64 (out, in / groups)."""
    taps = layer.in_channels // layer.groups
    group = torch.arange(layer.out_channels) * layer.groups // layer.out_channels
    return group[:, None] * taps + torch.arange(taps)


def cost(layer: Conv, size: tuple[int, ...]) -> Cost:
    """Count the layer's weights, and its multiply-adds on an input of this size."""
    channels = (layer.in_channels, layer.out_channels)
    return Cost(
        count_weights(*channels, layer.kernel_size, layer.groups, bias=False),
        0 if layer.bias is None else layer.out_channels,
        count_multiply_adds(*channels, layer.kernel_size, output_size(layer, size), layer.groups),
    )


def microscope(
    layer: Conv,
    image: Tensor,
    links: Links,
    channel: int = 0,
    relu: bool = False,
    labels: tuple[str, ...] = (),
) -> SumMicroscope:
    """Set up the microscope for one output channel of a Conv2d.

    Args:
        layer: what made the output.
        image: (1, C, H, W), what it reads.
        links: from the image's pane to the output's.
        channel: of the output.
        relu: whether ReLU follows the layer.
        labels: a name per channel of the image.

    Returns:
        a SumMicroscope on the pane `links.output`.
    """
    bias = None if layer.bias is None else float(layer.bias.detach()[channel])
    if layer.groups > 1:
        read = channel_indices(layer)[channel]
        image = image[:, read]
        labels = tuple(labels[index] for index in read.tolist() if index < len(labels))
    weight = layer.weight[channel : channel + 1]
    return SumMicroscope(links.output, image, weight, bias, links, relu, labels=labels)

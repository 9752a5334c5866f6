"""What the labs of transposed convolution share: how the layer is run, explained and linked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from lessons_lib.geometry import (
    count_transposed_multiply_adds,
    count_weights,
    explain_conv_transpose2d,
    transposed_source_indices,
)
from lessons_lib.kit.formula import conv_line, transposed_size_formula
from lessons_lib.kit.links import Links
from lessons_lib.kit.result import Cost, IllegalSettingError
from lessons_lib.kit.terms import Line


def layer_line(in_channels: int, out_channels: int, arguments: Mapping[str, Any]) -> Line:
    """Write the `nn.ConvTranspose2d(...)` that makes a layer, leaving torch's defaults out.

    Args:
        in_channels, out_channels: at least 1.
        arguments: torch's keyword arguments; also those of a layer that torch refuses to build.

    Returns:
        Terms of one line of Python.
    """
    return conv_line("ConvTranspose2d", in_channels, out_channels, arguments)


def run(layer: Callable[[torch.Tensor], torch.Tensor], image: torch.Tensor) -> torch.Tensor:
    """Apply a transposed layer; where torch gives an output without any value, refuse it too.

    Args:
        layer: a ConvTranspose2d, or a function that computes the same.
        image: (1, C, H, W).

    Raises:
        RuntimeError: torch refused, or padding cuts everything off.
    """
    output = layer(image)
    if not output.numel():
        raise RuntimeError(f"the output has the shape {tuple(output.shape)}: nothing is left of it")
    return output


def refusal(
    error: Exception,
    image: torch.Tensor,
    out_channels: int,
    arguments: Mapping[str, Any],
    named: Mapping[str, str],
) -> IllegalSettingError | None:
    """Explain why torch refused to build or to run a transposed layer.

    Args:
        error: what torch raised.
        image: (1, C, H, W), what the layer was to read.
        out_channels: of the layer.
        arguments: torch's keyword arguments of the layer; kernel_size is one of them.
        named: the lab's parameter for each argument of torch that it may change.

    Returns:
        None where the lessons know no reason.
    """
    geometry = {name: value for name, value in arguments.items() if name not in ("bias", "groups")}
    why = explain_conv_transpose2d((image.shape[-2], image.shape[-1]), **geometry)
    if why is None:
        return None
    curable = why.nearest.keys() <= named.keys()
    nearest = {named[name]: value for name, value in why.nearest.items() if curable}
    line = layer_line(image.shape[1], out_channels, arguments)
    return IllegalSettingError(str(error), why.explanation, nearest, line)


def formula(layer: nn.ConvTranspose2d, image: torch.Tensor) -> tuple[Line, ...]:
    """Fill the numbers of a layer on an image (1, C, H, W) into the size formula."""
    padding: Any = layer.padding
    return transposed_size_formula(
        (image.shape[-2], image.shape[-1]), _pair(layer.kernel_size), _pair(layer.stride),
        _pair(padding), _pair(layer.output_padding), _pair(layer.dilation),
    )  # fmt: skip


def _pair(values: tuple[int, ...]) -> tuple[int, int]:
    return values[0], values[1]


def links(layer: nn.ConvTranspose2d, image: torch.Tensor, kernel: str = "kernel") -> Links:
    """Say which input pixels stamped on each output pixel.

    Args:
        layer: any ConvTranspose2d.
        image: (1, C, H, W), what it reads.
        kernel: name of the pane with the weights, "" for none.

    Returns:
        Links from pane "output" to pane "input".
    """
    padding: Any = layer.padding
    rows, columns = (
        transposed_source_indices(
            image.shape[axis - 2], layer.kernel_size[axis], layer.stride[axis], padding[axis],
            layer.output_padding[axis], layer.dilation[axis],
        )
        for axis in (0, 1)
    )  # fmt: skip
    return Links("output", "input", rows, columns, kernel=kernel, transposed=True)


def cost(layer: nn.ConvTranspose2d, image: torch.Tensor) -> Cost:
    """Count the layer's weights and the multiply-adds on an image (1, C, H, W)."""
    channels = (layer.in_channels, layer.out_channels)
    kernel_size = _pair(layer.kernel_size)
    return Cost(
        count_weights(*channels, kernel_size, layer.groups, bias=False),
        0 if layer.bias is None else layer.out_channels,
        count_transposed_multiply_adds(
            *channels, kernel_size, (image.shape[-2], image.shape[-1]), layer.groups
        ),
    )

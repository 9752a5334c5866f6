"""ConvTranspose2d: the door for transposed convolutions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from lessons_lib.geometry import (
    conv_transpose_output_size,
    count_transposed_multiply_adds,
    count_weights,
    explain_conv_transpose2d,
    transposed_source_indices,
)
from lessons_lib.kit.formula import code_with_weights, layer_line, transposed_size_formula
from lessons_lib.kit.layers.described import Described, Named, parameters_of
from lessons_lib.kit.links import Links
from lessons_lib.kit.microscope import SumMicroscope
from lessons_lib.kit.result import Cost, IllegalSettingError
from lessons_lib.kit.terms import Line

_ARGUMENTS = (
    "kernel_size",
    "stride",
    "padding",
    "output_padding",
    "dilation",
    "groups",
    "padding_mode",
)


def described(
    layer: nn.ConvTranspose2d,
    image: Tensor,
    named: Named | None = None,
    output: Tensor | None = None,
    *,
    labels: tuple[str, ...] = (),
    weights: bool = False,
) -> Described:
    """Say all that a lab tells of this layer on this image.

    Args:
        layer: any ConvTranspose2d.
        image: (1, C, H, W).
        named, output, labels, weights: as in `conv.described`.

    Raises:
        IllegalSettingError: torch refuses the setting, or nothing is left of the output.
    """
    if output is None:
        output = run(layer, image, named)
    size = tuple(image.shape[2:])
    linked = links(layer, size)
    return Described(
        output=output,
        size=output_size(layer, size),
        links=linked,
        formula=formula(layer, size),
        code=line(layer),
        copied=code_with_weights(line(layer), layer) if weights else "",
        cost=cost(layer, size),
        microscopes=(microscope(layer, image, linked, labels=labels),),
        layer=lambda: layer(image),
    )


def built(
    make: Callable[[], nn.ConvTranspose2d],
    image: Tensor,
    out_channels: int,
    arguments: Mapping[str, Any],
    named: Named | None = None,
) -> nn.ConvTranspose2d:
    """Build a layer that torch may refuse to build.

    Args:
        make: builds it.
        image: (1, C, H, W), what it is to read.
        out_channels: of the layer.
        arguments: torch's keyword arguments that are asked for; kernel_size is one of them.
        named: as in `described`.

    Raises:
        IllegalSettingError: torch refused and the lessons know why.
        ValueError: torch refused for another reason.
    """
    try:
        return make()
    except ValueError as error:
        raise _explained(error, image, out_channels, arguments, named) or error from error


def run(
    layer: nn.ConvTranspose2d,
    image: Tensor,
    named: Named | None = None,
    apply: Callable[[Tensor], Tensor] | None = None,
) -> Tensor:
    """Apply the layer; where torch gives an output without any value, refuse it too.

    Args:
        layer, image, named: as in `described`.
        apply: a quicker way to the same output; None: the layer itself.

    Returns:
        (1, out_channels, H_out, W_out).

    Raises:
        IllegalSettingError: torch refused and the lessons know why, or nothing is left.
        RuntimeError: torch refused for another reason.
    """
    try:
        output = (apply or layer)(image)
        if not output.numel():
            shape = tuple(output.shape)
            raise RuntimeError(f"the output has the shape {shape}: nothing is left of it")
    except RuntimeError as error:
        raise refusal(error, layer, image, named) or error from error
    return output


def refusal(
    error: Exception, layer: nn.ConvTranspose2d, image: Tensor, named: Named | None = None
) -> IllegalSettingError | None:
    """Explain why torch refused, or give None where the lessons know no reason."""
    return _explained(error, image, layer.out_channels, _arguments(layer), named)


def _explained(
    error: Exception,
    image: Tensor,
    out_channels: int,
    arguments: Mapping[str, Any],
    named: Named | None,
) -> IllegalSettingError | None:
    geometry = {name: value for name, value in arguments.items() if name not in ("bias", "groups")}
    why = explain_conv_transpose2d((image.shape[-2], image.shape[-1]), **geometry)
    if why is None:
        return None
    code = layer_line("ConvTranspose2d", image.shape[1], out_channels, arguments)
    nearest = parameters_of(why.nearest, named or {})
    return IllegalSettingError(str(error), why.explanation, nearest, code)


def output_size(layer: nn.ConvTranspose2d, size: tuple[int, ...]) -> tuple[int, ...]:
    """Give the output's size on an input of this size, per axis."""
    padding: Any = layer.padding
    return conv_transpose_output_size(
        size, layer.kernel_size, layer.stride, padding, layer.output_padding, layer.dilation
    )


def _arguments(layer: nn.ConvTranspose2d) -> dict[str, Any]:
    return {
        **{name: getattr(layer, name) for name in _ARGUMENTS},
        "bias": layer.bias is not None,
    }


def line(layer: nn.ConvTranspose2d) -> Line:
    """Write the line that makes this layer: terms of Python."""
    return layer_line("ConvTranspose2d", layer.in_channels, layer.out_channels, _arguments(layer))


def formula(layer: nn.ConvTranspose2d, size: tuple[int, ...]) -> tuple[Line, ...]:
    """Fill the numbers of this layer on an input of this size into the size formula."""
    padding: Any = layer.padding
    return transposed_size_formula(
        size, layer.kernel_size, layer.stride, padding, layer.output_padding, layer.dilation
    )


def links(layer: nn.ConvTranspose2d, size: tuple[int, ...]) -> Links:
    """Say which cells of the input stamped on each cell of the output.

    Args:
        layer: any ConvTranspose2d.
        size: (height, width) of the input.

    Returns:
        Links from pane "output" to pane "input", with pane "kernel".
    """
    padding: Any = layer.padding
    rows, columns = (
        transposed_source_indices(
            size[axis],
            layer.kernel_size[axis],
            layer.stride[axis],
            padding[axis],
            layer.output_padding[axis],
            layer.dilation[axis],
        )
        for axis in (0, 1)
    )
    return Links("output", "input", rows, columns, kernel="kernel", transposed=True)


def cost(layer: nn.ConvTranspose2d, size: tuple[int, ...]) -> Cost:
    """Count the layer's weights, and its multiply-adds on an input of this size."""
    channels = (layer.in_channels, layer.out_channels)
    kernel_size = (layer.kernel_size[0], layer.kernel_size[1])
    return Cost(
        count_weights(*channels, kernel_size, layer.groups, bias=False),
        0 if layer.bias is None else layer.out_channels,
        count_transposed_multiply_adds(*channels, kernel_size, size, layer.groups),
    )


def microscope(
    layer: nn.ConvTranspose2d,
    image: Tensor,
    links: Links,
    channel: int = 0,
    labels: tuple[str, ...] = (),
) -> SumMicroscope:
    """Set up the microscope for one output channel.

    Args:
        layer: what made the output.
        image: (1, C, H, W), what it reads.
        links: from the image's pane to the output's.
        channel: of the output.
        labels: a name per channel of the image.

    Returns:
        a SumMicroscope on the pane `links.output`.
    """
    bias = None if layer.bias is None else float(layer.bias.detach()[channel])
    group, at = divmod(channel, layer.out_channels // layer.groups)
    taps = layer.in_channels // layer.groups
    read = slice(group * taps, (group + 1) * taps)  # the input channels of its group
    weight = layer.weight[read, at : at + 1].transpose(0, 1)
    image, labels = image[:, read], labels[read]
    return SumMicroscope(links.output, image, weight, bias, links, labels=labels)

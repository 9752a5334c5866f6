"""Bias: same input, same weights, and yet another output."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import nn

from lessons_lib.kit import photo
from lessons_lib.kit.controls import Presets, Slider
from lessons_lib.kit.layers import conv
from lessons_lib.kit.result import LabDefinition, Result
from lessons_lib.visualization.colours import signed_range
from lessons_lib.visualization.numbers import signed_text


@dataclass(frozen=True)
class BiasParams(photo.PhotoParams):
    """The lesson starts with a bias that is easy to see, and a border of zeros."""

    bias: float = 0.3
    padding: int = 40


@torch.inference_mode()
def compute(params: BiasParams) -> Result:
    """Apply one layer without and with a bias, and subtract.

    Args:
        params: bias -1..1, padding 0..100 zeros.

    Returns:
        Panes input, without, with (output) and difference, the last three in one range of colours.
    """
    image = photo.fast_image(params.picture)
    arguments = {"padding": params.padding}
    named = {"padding": "padding"}
    without = photo.photo_layer(params, bias=False, **arguments)
    layer = photo.photo_layer(params, bias=True, **arguments)
    layer.bias = nn.Parameter(torch.tensor([params.bias]))
    plain, seen = (
        conv.described(each, image, named, labels=photo.RGB, weights=True)
        for each in (without, layer)
    )
    difference = seen.output - plain.output
    common = signed_range(torch.stack([plain.output, seen.output]))
    links_without = replace(plain.links, output="without")
    return seen.result(
        panes=(
            photo.photo_pane(params.picture),
            photo.signed_pane(plain.output, common, "without", "without bias", keepable=False),
            photo.signed_pane(seen.output, common, title="with bias"),
            photo.signed_pane(difference, common, "difference", "with − without", keepable=False),
        ),
        sentence=_sentence(params, layer.kernel_size, difference, seen.output),
        links=(seen.links, links_without),
        microscopes=(
            *seen.microscopes,
            conv.microscope(without, image, links_without, labels=photo.RGB),
        ),
    )


def _sentence(
    params: BiasParams,
    kernel_size: tuple[int, ...],
    difference: torch.Tensor,
    output: torch.Tensor,
) -> str:
    low, high = (signed_text(float(v), 3) for v in torch.aminmax(difference))
    same = f"Every output differs by {low}" if low == high else f"Differences: {low} to {high}"
    start = f"{same}: the bias is added to all of them alike."
    if params.padding < max(kernel_size):
        return start
    corner = signed_text(float(output[0, 0, 0, 0]), 3)
    return f"{start} Where a window sees only padded zeros, the output is the bias: {corner}."


LAB = LabDefinition(
    name="bias",
    title="Bias",
    params=BiasParams,
    compute=compute,
    controls=(
        *photo.HEADER,
        Slider("bias", "bias", -1.0, 1.0, "kernel", step=0.01),
        Slider("padding", "padding", 0, 100, "padding"),
        Presets(
            "try",
            tuple((f"bias {b}".replace("-", "−"), {"bias": b}) for b in (-0.5, 0.0, 0.3, 1.0)),
            "kernel",
        ),
    ),
)

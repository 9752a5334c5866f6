"""Bias: same input, same weights, and yet another output."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from lessons_lib.kit import photo
from lessons_lib.kit.controls import Presets, Slider
from lessons_lib.kit.formula import size_formula
from lessons_lib.kit.microscope import microscope_of
from lessons_lib.kit.result import LabDefinition, Result
from lessons_lib.visualization.colours import signed_range


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
    p = params.padding
    without = photo.photo_layer(params, bias=False, padding=p)
    layer = photo.photo_layer(params, bias=True, padding=p)
    layer.bias = torch.nn.Parameter(torch.tensor([params.bias]))
    first, second = (photo.run(each, image, {"padding": "padding"}) for each in (without, layer))
    difference = second - first
    common = signed_range(torch.stack([first, second]))
    height, width = image.shape[-2:]
    links = photo.links(layer, image)
    links_without = replace(links, output="without")
    panes = (
        photo.photo_pane(params.picture),
        *(
            photo.signed_pane(values, common, name, title)
            for name, title, values in (
                ("without", "without bias", first),
                ("output", "with bias", second),
                ("difference", "with − without", difference),
            )
        ),
    )
    return Result(
        panes=panes,
        sentence=_sentence(params, difference, second),
        formula=size_formula((height, width), photo.kernel_size_of(layer), padding=(p, p)),
        code=photo.layer_line(layer),
        cost=photo.cost(layer, second.shape[-2:]),
        links=(links, links_without),
        microscopes=(
            microscope_of(layer, image, links),
            microscope_of(without, image, links_without),
        ),
        layer=lambda: layer(image),
    )


def _sentence(params: BiasParams, difference: torch.Tensor, output: torch.Tensor) -> str:
    low, high = (_signed(float(v)) for v in torch.aminmax(difference))
    same = f"Every output differs by {low}" if low == high else f"Differences: {low} to {high}"
    start = f"{same}: the bias is added to all of them alike."
    if params.padding < 7:
        return start
    corner = _signed(float(output[0, 0, 0, 0]))
    return f"{start} Where a window sees only padded zeros, the output is the bias: {corner}."


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


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

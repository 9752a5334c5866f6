"""Dilation: the same few weights, spread apart."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lessons_lib.geometry import effective_kernel_size
from lessons_lib.labs import photo
from lessons_lib.labs.controls import Presets, Slider
from lessons_lib.labs.formula import size_formula
from lessons_lib.labs.result import LabDefinition, Result


@dataclass(frozen=True)
class DilationParams(photo.PhotoParams):
    """The lesson starts with a dilation of 8."""

    dilation: int = 8


@torch.inference_mode()
def compute(params: DilationParams) -> Result:
    """Apply one layer with this dilation to the photo.

    Args:
        params: dilation 1..256.

    Returns:
        Panes input (3, H, W), output (1, H_out, W_out) and kernel.

    Raises:
        IllegalSettingError: the spread kernel is larger than the photo.
    """
    d = params.dilation
    image = photo.fast_image(params.picture)
    layer = photo.photo_layer(params, dilation=d)
    output = photo.run(layer, image, {"dilation": "dilation"})
    height, width = image.shape[-2:]
    return Result(
        panes=(
            photo.photo_pane(params.picture),
            photo.signed_pane(output, photo.chosen_range(params, layer)),
            photo.kernel_pane(layer),
        ),
        sentence=_sentence(d, layer.kernel_size, output),
        formula=size_formula((height, width), photo.kernel_size_of(layer), dilation=(d, d)),
        code=photo.layer_line(layer),
        cost=photo.cost(layer, output.shape[-2:]),
        links=(photo.links(layer, image),),
        layer=lambda: layer(image),
    )


def _sentence(d: int, kernel_size: tuple[int, ...], output: torch.Tensor) -> str:
    span = " × ".join(str(effective_kernel_size(k, d)) for k in kernel_size)
    taps = kernel_size[0] * kernel_size[1]
    height, width = output.shape[-2:]
    if d == 1:
        return f"Dilation 1: the ordinary kernel, {taps} neighbouring pixels per channel."
    return (
        f"Dilation {d}: the same {taps} weights per channel, {d} pixels apart, look at an area of "
        f"{span} pixels; the output has {height} × {width} values."
    )


LAB = LabDefinition(
    name="dilation",
    title="Dilation",
    params=DilationParams,
    compute=compute,
    controls=(
        *photo.HEADER,
        Slider("dilation", "dilation", 1, 256, "dilation"),
        photo.DISPLAY,
        Presets(
            "try",
            tuple((str(d), {"dilation": d}) for d in (1, 2, 4, 8, 16, 32, 64, 128, 200, 255, 256)),
            "dilation",
        ),
    ),
)

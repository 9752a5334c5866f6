"""A lab made of known parts in one file, as the next one will be: it must need no other edit."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from lessons_lib.kernels import named_kernel, photo_weight, weighted_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import PictureChoice, Presets, Slider
from lessons_lib.kit.layers import conv
from lessons_lib.kit.result import LabDefinition, Result
from lessons_lib.visualization.numbers import size_text


@dataclass(frozen=True)
class BlurParams(photo.PictureParams):
    """It starts with a small blur."""

    stride: int = 1
    reach: int = 1


@torch.inference_mode()
def compute(params: BlurParams) -> Result:
    """Blur the photo by a box."""
    side = 2 * params.reach + 1
    layer = weighted_layer(nn.Conv2d, photo_weight(named_kernel("box", side)), stride=params.stride)
    seen = conv.described(
        layer, photo.fast_image(params.picture), {"stride": "stride"}, labels=photo.RGB
    )
    return seen.result(
        panes=(
            photo.photo_pane(params.picture),
            photo.signed_pane(seen.output),
            photo.kernel_pane(layer),
        ),
        sentence=f"Each output is a mean: {size_text(seen.size)} values.",
    )


LAB = LabDefinition(
    name="blur",
    title="Blur",
    params=BlurParams,
    compute=compute,
    controls=(
        PictureChoice(),
        Slider("reach", "reach", 0, 3, "kernel"),
        Slider("stride", "stride", 1, 4, "stride", more=True),
        Presets("try", (("small", {"reach": 1}), ("large", {"reach": 3})), "kernel"),
    ),
)

"""Dilation: the same few weights, spread apart."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from lessons_lib.geometry import effective_kernel_size
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Presets, Slider
from lessons_lib.kit.layers import conv
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import LabDefinition, Result
from lessons_lib.visualization.numbers import size_text


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
    image = photo.fast_image(params.picture)
    layer = photo.photo_layer(params, dilation=params.dilation)
    return _result(params, layer, conv.run(layer, image, {"dilation": "dilation"}))


@torch.inference_mode()
def preview(params: DilationParams, box: tuple[int, int]) -> Result | None:
    """Compute only some of the outputs of a picture that is larger than its pane: a sample.

    Args:
        params: as for `compute`.
        box: (height, width) of the room for a pane, in pixels.

    Returns:
        the Result with an output half as fine as its pane, each value exact; None where the whole
        output has room, and where torch refuses the setting.
    """
    layer = photo.photo_layer(params, dilation=params.dilation)
    image = photo.fast_image(params.picture)
    try:
        height, width = conv.output_size(layer, tuple(image.shape[-2:]))
    except ValueError:
        return None  # the exact way tells why
    step = photo.preview_step((height, width), box)
    if step == 1:
        return None
    output = torch.nn.functional.conv2d(
        image, layer.weight, layer.bias, stride=step, dilation=params.dilation
    )
    return _result(params, layer, output)


def _result(params: DilationParams, layer: nn.Conv2d, output: torch.Tensor) -> Result:
    seen = conv.described(
        layer, photo.fast_image(params.picture), output=output, **photo.door_arguments(params)
    )
    value_range = photo.chosen_range(params, layer)
    return seen.result(
        panes=(
            photo.photo_pane(params.picture),
            photo.signed_pane(output, value_range, size=seen.size),
            photo.kernel_pane(layer),
        ),
        sentence=_sentence(params.dilation, layer.kernel_size, seen.size),
    )


def _sentence(d: int, kernel_size: tuple[int, ...], size: tuple[int, ...]) -> str:
    span = size_text([effective_kernel_size(k, d) for k in kernel_size])
    taps = kernel_size[0] * kernel_size[1]
    if d == 1:
        return f"Dilation 1: the ordinary kernel, {taps} neighbouring pixels per channel."
    return (
        f"Dilation {d}: the same {taps} weights per channel, {d} pixels apart, look at an area of "
        f"{span} pixels; the output has {size_text(size)} values."
    )


LAB = LabDefinition(
    name="dilation",
    title="Dilation",
    params=DilationParams,
    compute=compute,
    look=Look(same_scale=("input", "output")),
    preview=preview,
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

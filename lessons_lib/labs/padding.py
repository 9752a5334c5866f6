"""Padding on the photo: how much is added, and with what."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from lessons_lib.geometry import PADDING_MODES, source_indices
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, Presets, Slider, Toggle
from lessons_lib.kit.layers import conv
from lessons_lib.kit.links import Links
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import LabDefinition, Pane, Result
from lessons_lib.padding import pad2d, pad2d_at
from lessons_lib.visualization.numbers import signed_text, size_text
from lessons_lib.visualization.pixels import as_batch

MODES = tuple((mode, mode) for mode in PADDING_MODES)


@dataclass(frozen=True)
class PaddingParams(photo.PhotoParams):
    """The lesson starts with a wide mirrored border, so that the border is seen at once."""

    padding: int = 100
    padding_mode: str = "reflect"
    bias: bool = True


@torch.inference_mode()
def compute(params: PaddingParams) -> Result:
    """Pad the photo and apply one layer to it.

    The padded photo is made once and read by the layer: a test holds the output equal to
    `nn.Conv2d(padding=..., padding_mode=...)` on the photo itself.

    Args:
        params: padding 0..520, padding_mode one of torch's four, bias on or off.

    Returns:
        Panes input (3, H, W), padded (3, H + 2p, W + 2p) and output.

    Raises:
        IllegalSettingError: torch has no pixels to fill such a border with.
    """
    p, mode = params.padding, params.padding_mode
    layer = _layer(params)
    try:
        padded = photo.fast(pad2d(params.picture.image, p, mode))
        output = torch.nn.functional.conv2d(padded, layer.weight, layer.bias)
    except (RuntimeError, ValueError):
        conv.run(layer, params.picture.image, {"padding": "padding"})  # torch's own words
        raise
    levels = pad2d(as_batch(photo.screen_bytes(params.picture)), p, mode)[0]
    return _result(params, layer, levels, output)


@torch.inference_mode()
def preview(params: PaddingParams, box: tuple[int, int]) -> Result | None:
    """Compute only some of the outputs of a picture that is larger than its pane: a sample.

    Each value is exact; what lies between them is left out until the hand rests.

    Args:
        params: as for `compute`.
        box: (height, width) of the room for a pane, in pixels.

    Returns:
        the Result with pictures half as fine as their panes, or None where the whole has room.
    """
    p, mode = params.padding, params.padding_mode
    height, width = params.picture.image.shape[-2:]
    size = (height + 2 * p, width + 2 * p)
    step = photo.preview_step(size, box)
    if step == 1:
        return None
    layer = _layer(params)
    image = photo.fast_image(params.picture)
    kernel_size = layer.kernel_size
    try:
        rows, columns = (
            (torch.arange(0, n - k + 1, step)[:, None] + torch.arange(k)).flatten()
            for n, k in zip(size, kernel_size, strict=True)
        )
        windows = pad2d_at(image, p, mode, rows, columns)  # the windows side by side, none shared
        output = torch.nn.functional.conv2d(windows, layer.weight, layer.bias, stride=kernel_size)
        rows, columns = (torch.arange(0, n, step) for n in size)
        levels = pad2d_at(photo.screen_bytes(params.picture), p, mode, rows, columns)
    except (RuntimeError, ValueError):
        conv.run(layer, image, {"padding": "padding"})
        raise
    return _result(params, layer, levels, output)


def _layer(params: PaddingParams) -> nn.Conv2d:
    p, mode = params.padding, params.padding_mode
    return photo.photo_layer(params, params.bias, padding=p, padding_mode=mode)


def _result(
    params: PaddingParams, layer: nn.Conv2d, levels: torch.Tensor, output: torch.Tensor
) -> Result:
    p = params.padding
    image = params.picture.image
    height, width = image.shape[-2:]
    padded_size = (height + 2 * p, width + 2 * p)
    seen = conv.described(layer, image, output=output, **photo.door_arguments(params))
    value_range = photo.chosen_range(params, layer)
    return seen.result(
        panes=(
            photo.photo_pane(params.picture),
            Pane(
                "padded",
                "padded input",
                "padding",
                levels,
                "photo",
                (3, *padded_size),
                marked=((p, p, height, width),),
            ),
            photo.signed_pane(output, value_range, size=seen.size),
        ),
        sentence=_sentence(params, (height, width), seen.size, output, layer),
        links=(seen.links, _padded_links(padded_size, layer.kernel_size)),
    )


def _padded_links(size: tuple[int, int], kernel_size: tuple[int, ...]) -> Links:
    rows, columns = (source_indices(n, k) for n, k in zip(size, kernel_size, strict=True))
    return Links("output", "padded", rows, columns)


def _sentence(
    params: PaddingParams,
    input_size: tuple[int, int],
    size: tuple[int, ...],
    output: torch.Tensor,
    layer: nn.Conv2d,
) -> str:
    p, mode = params.padding, params.padding_mode
    if p == 0:
        return f"No padding: the output has {size_text(size)} values, fewer than the input."
    grown = f"Padding {p} adds {2 * p} rows and {2 * p} columns"
    same = ": the output is as large as the input." if size == input_size else "."
    if mode == "zeros" and p >= max(layer.kernel_size):
        value = signed_text(float(output[0, 0, 0, 0]), 4)
        why = "exactly the bias" if params.bias else "zero, as there is no bias"
        only = "Where a window sees only padding, the output is"
        return f"{grown} of zeros{same} {only} {value}: {why}."
    what = {
        "zeros": "of zeros",
        "reflect": "that mirror the photo; the edge itself is not repeated",
        "replicate": "that repeat the edge pixels",
        "circular": "cut out of the photo's endless tiling",
    }[mode]
    return f"{grown} {what}{same}"


LAB = LabDefinition(
    name="padding",
    title="Padding",
    params=PaddingParams,
    compute=compute,
    look=Look(same_scale=("input", "padded", "output")),
    preview=preview,
    controls=(
        *photo.HEADER,
        Slider("padding", "padding", 0, 520, "padding"),
        Choice("padding_mode", "padding_mode", MODES, "padding"),
        Toggle("bias", "bias", "kernel", more=True),
        photo.DISPLAY,
        Presets(
            "try",
            (
                ("0", {"padding": 0}),
                ("1", {"padding": 1}),
                *(
                    (f"{mode} 100", {"padding": 100, "padding_mode": mode})
                    for mode in PADDING_MODES
                ),
                ("circular 512", {"padding": 512, "padding_mode": "circular"}),
            ),
            "padding",
        ),
    ),
)

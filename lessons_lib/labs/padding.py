"""Padding on the photo: how much is added, and with what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from lessons_lib.geometry import PADDING_MODES, conv_output_size, source_indices
from lessons_lib.images import Picture
from lessons_lib.labs import photo
from lessons_lib.labs.controls import Choice, Presets, Slider, Toggle
from lessons_lib.labs.formula import size_formula
from lessons_lib.labs.result import LabDefinition, Links, Pane, Result
from lessons_lib.padding import pad2d
from lessons_lib.visualization import as_batch

MODES = tuple((mode, mode) for mode in PADDING_MODES)


@dataclass(frozen=True)
class PaddingParams(photo.PhotoParams):
    """The lesson starts with a wide mirrored border, so that the border is seen at once."""

    padding: int = 100
    padding_mode: str = "reflect"
    bias: bool = True


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
    return _result(params, step=1)


def preview(params: PaddingParams, box: tuple[int, int]) -> Result | None:
    """Compute only the outputs that a small pane has room for: every second or third, say.

    Each value is exact; what lies between them is left out until the hand rests.

    Args:
        params: as for `compute`.
        box: (height, width) of the room for a pane, in pixels.

    Returns:
        the Result with a coarser output, or None where the whole output has room.
    """
    height, width = (n + 2 * params.padding for n in params.picture.image.shape[-2:])
    step = max(-(-height // box[0]), -(-width // box[1]))
    return _result(params, step) if step > 1 else None


@torch.inference_mode()
def _result(params: PaddingParams, step: int) -> Result:
    p, mode = params.padding, params.padding_mode
    image = params.picture.image
    layer = photo.photo_layer(params, params.bias, padding=p, padding_mode=mode)
    try:
        padded = pad2d(image, p, mode)
        if step == 1:
            padded = photo.fast(padded)  # pays only where every output is computed
        output = torch.nn.functional.conv2d(padded, layer.weight, layer.bias, stride=step)
    except (RuntimeError, ValueError):
        photo.run(layer, image, {"padding": "padding"})  # torch's own words
        raise
    height, width = image.shape[-2:]
    kernel_size = photo.kernel_size_of(layer)
    size = conv_output_size((height, width), kernel_size, padding=p)
    return Result(
        panes=(
            photo.photo_pane(params.picture),
            _padded_pane(params.picture, p, mode),
            photo.signed_pane(output, photo.chosen_range(params, layer), size=size),
        ),
        sentence=_sentence(params, (height, width), size, output, layer),
        formula=size_formula((height, width), kernel_size, padding=(p, p)),
        code=photo.layer_line(layer),
        cost=photo.cost(layer, size),
        links=(
            photo.links(layer, image),
            _padded_links((height + 2 * p, width + 2 * p), kernel_size),
        ),
        layer=lambda: layer(image),
    )


def _padded_pane(picture: Picture, p: int, mode: str) -> Pane:
    levels = pad2d(as_batch(photo.screen_bytes(picture)), p, mode)[0]
    height, width = picture.image.shape[-2:]
    return Pane(
        "padded", "padded input", "padding", levels, "photo", tuple(levels.shape),
        marked=((p, p, height, width),),
    )  # fmt: skip


def _padded_links(size: tuple[int, int], kernel_size: tuple[int, int]) -> Links:
    rows, columns = (source_indices(n, k) for n, k in zip(size, kernel_size, strict=True))
    return Links("output", "padded", rows, columns)


def _sentence(
    params: PaddingParams,
    input_size: tuple[int, int],
    size: tuple[int, ...],
    output: torch.Tensor,
    layer: Any,
) -> str:
    p, mode = params.padding, params.padding_mode
    height, width = size
    if p == 0:
        return f"No padding: the output has {height} × {width} values, fewer than the input."
    grown = f"Padding {p} adds {2 * p} rows and {2 * p} columns"
    same = ": the output is as large as the input." if size == input_size else "."
    if mode == "zeros" and p >= max(layer.kernel_size):
        ring = float(output[0, 0, 0, 0])
        value = f"{ring:+.4f}".replace("-", "−")
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
    preview=preview,
    controls=(
        *photo.HEADER,
        Slider("padding", "padding", 0, 520, "padding"),
        Choice("padding_mode", "padding_mode", MODES, "padding"),
        Toggle("bias", "bias", "kernel"),
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
                ("reflect 511", {"padding": 511, "padding_mode": "reflect"}),
                ("reflect 512", {"padding": 512, "padding_mode": "reflect"}),
                ("circular 512", {"padding": 512, "padding_mode": "circular"}),
                ("circular 513", {"padding": 513, "padding_mode": "circular"}),
            ),
            "padding",
        ),
    ),
)

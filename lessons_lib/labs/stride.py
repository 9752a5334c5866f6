"""Stride: how far the window jumps, and what it therefore never reads."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lessons_lib.geometry import read_mask
from lessons_lib.images import Picture
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Presets, Slider, Toggle
from lessons_lib.kit.layers import conv
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import LabDefinition, Pane, Result
from lessons_lib.visualization.numbers import counted, percent_text, size_text

CORNER = 48  # rows and columns of the corner that is shown enlarged


@dataclass(frozen=True)
class StrideParams(photo.PhotoParams):
    """The lesson starts with a stride of 2."""

    stride: int = 2
    per_axis: bool = False
    stride_width: int = 4
    show_unread: bool = False


@torch.inference_mode()
def compute(params: StrideParams) -> Result:
    """Apply one layer with this stride to the photo.

    Args:
        params: stride 1..32, or stride (down) and stride_width (across) with per_axis.

    Returns:
        Panes input (3, H, W), output (1, H_out, W_out) and kernel; sizes as torch gives them.
    """
    pair = (params.stride, params.stride_width if params.per_axis else params.stride)
    image = photo.fast_image(params.picture)
    layer = photo.photo_layer(params, stride=pair)
    seen = conv.described(layer, image, {"stride": "stride"}, **photo.door_arguments(params))
    height, width = image.shape[-2:]
    read = read_mask((height, width), layer.kernel_size, pair)
    inputs = (
        _unread_panes(params.picture, read)
        if params.show_unread
        else (photo.photo_pane(params.picture),)
    )
    return seen.result(
        panes=(
            *inputs,
            photo.signed_pane(seen.output, photo.chosen_range(params, layer)),
            photo.kernel_pane(layer),
        ),
        sentence=_sentence(pair, layer.kernel_size, seen.size, read),
    )


def _unread_panes(picture: Picture, read: torch.Tensor) -> tuple[Pane, Pane]:
    image = picture.image[0] * read
    unread = 1 - int(read.sum()) / read.numel()
    corner = image[:, -CORNER:, -CORNER:]
    return (
        Pane(
            name="input",
            title="input",
            role="input",
            values=image,
            kind="photo",
            shape=tuple(image.shape),
            note=f"black: never read ({percent_text(unread, 2)})",
        ),
        Pane(
            name="corner",
            title="last corner",
            role="input",
            values=corner,
            kind="photo",
            shape=tuple(corner.shape),
            note="the corner at the bottom right, enlarged",
        ),
    )


def _sentence(
    stride: tuple[int, int],
    kernel_size: tuple[int, ...],
    size: tuple[int, ...],
    read: torch.Tensor,
) -> str:
    steps = f"{stride[0]}" if stride[0] == stride[1] else f"{stride[0]} down and {stride[1]} across"
    start = f"Stride {steps}: the output has {size_text(size)} values."
    unread = 1 - int(read.sum()) / read.numel()
    if unread == 0:
        return f"{start} Every pixel is read by at least one window."
    between = [s > k for s, k in zip(stride, kernel_size, strict=True)]
    if any(between):
        lost = percent_text(unread, 2)
        return f"{start} Windows jump over pixels: {lost} of the picture is never read."
    left = [int((~read.any(dim=1 - axis)).sum()) for axis in (0, 1)]
    ends = [_last(n, word) for n, word in zip(left, ("row", "column"), strict=True) if n]
    verb = "is" if len(ends) == 1 and 1 in left else "are"
    share = percent_text(unread, 2)
    return f"{start} The last {' and the last '.join(ends)} {verb} never read ({share})."


def _last(count: int, word: str) -> str:
    return word if count == 1 else counted(count, word)


LAB = LabDefinition(
    name="stride",
    title="Stride",
    params=StrideParams,
    compute=compute,
    look=Look(same_scale=("input", "output")),
    controls=(
        *photo.HEADER,
        Slider("stride", "stride", 1, 32, "stride"),
        Toggle("per_axis", "own stride across", "stride", more=True),
        Toggle("show_unread", "show unread pixels", more=True),
        Slider("stride_width", "stride across", 1, 32, "stride", shown_with="per_axis", more=True),
        photo.DISPLAY,
        Presets(
            "try",
            (
                *(
                    (str(s), {"stride": s, "per_axis": False})
                    for s in (1, 2, 3, 4, 5, 8, 10, 15, 20)
                ),
                (
                    "3 × 5 kernel, stride (3, 4)",
                    {"kernel": "random_3x5", "stride": 3, "per_axis": True, "stride_width": 4},
                ),
            ),
            "stride",
        ),
    ),
)

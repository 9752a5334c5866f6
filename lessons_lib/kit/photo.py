"""What the photo labs share: the picture, the layer, and the panes that show both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import nn

from lessons_lib.images import Picture, load_picture
from lessons_lib.kernels import named_kernel, photo_weight, seeded_layer
from lessons_lib.kit.controls import Choice, PictureChoice, Seed
from lessons_lib.kit.result import Pane, Result
from lessons_lib.reader.preferences import default_picture
from lessons_lib.visualization.colours import signed_range
from lessons_lib.visualization.numbers import signed_text
from lessons_lib.visualization.pixels import as_bytes, fitted_size, reduced

RANDOM = "random"
RGB = ("R", "G", "B")  # what the channels of a photo are called


class KernelChoice(NamedTuple):
    """A kernel that a photo lab can start from.

    Attributes:
        label: for people.
        name: of the kernel in `named_kernel`, or "random".
        size: (height, width).
    """

    label: str
    name: str
    size: tuple[int, int]


KERNELS = {
    "random_3x3": KernelChoice("random 3 × 3", RANDOM, (3, 3)),
    "random_3x5": KernelChoice("random 3 × 5", RANDOM, (3, 5)),
    "random_1x1": KernelChoice("random 1 × 1", RANDOM, (1, 1)),
    "random_2x2": KernelChoice("random 2 × 2", RANDOM, (2, 2)),
    "random_4x4": KernelChoice("random 4 × 4", RANDOM, (4, 4)),
    "random_5x5": KernelChoice("random 5 × 5", RANDOM, (5, 5)),
    "random_6x6": KernelChoice("random 6 × 6", RANDOM, (6, 6)),
    "random_7x7": KernelChoice("random 7 × 7", RANDOM, (7, 7)),
    "identity": KernelChoice("identity", "identity", (1, 1)),
    "box_3x3": KernelChoice("box 3 × 3", "box", (3, 3)),
    "box_7x7": KernelChoice("box 7 × 7", "box", (7, 7)),
    "gaussian_5x5": KernelChoice("Gaussian 5 × 5", "gaussian", (5, 5)),
    "sharpen": KernelChoice("sharpen", "sharpen", (3, 3)),
    "emboss": KernelChoice("emboss", "emboss", (3, 3)),
    "sobel_x": KernelChoice("Sobel x", "sobel_x", (3, 3)),
    "sobel_y": KernelChoice("Sobel y", "sobel_y", (3, 3)),
    "laplacian": KernelChoice("Laplacian", "laplacian", (3, 3)),
    "laplacian_8": KernelChoice("Laplacian, 8 neighbours", "laplacian_8", (3, 3)),
}
KERNEL_OPTIONS = tuple((choice.label, value) for value, choice in KERNELS.items())
RANGES = (("own range", "own"), ("fixed range", "fixed"))


@dataclass(frozen=True)
class PictureParams:
    """What every lab on a photo starts from: the reader's picture."""

    picture: Picture = field(default_factory=lambda: load_picture(default_picture()))


@dataclass(frozen=True)
class PhotoParams(PictureParams):
    """What every lab of one layer on a photo starts from: the recipe of the lessons."""

    seed: int = 3
    kernel: str = "random_3x3"
    display: str = "own"


HEADER = (
    PictureChoice(),
    Seed(),
    Choice("kernel", "kernel", KERNEL_OPTIONS, "kernel", in_header=True),
)
DISPLAY = Choice("display", "colours", RANGES, "output")


def photo_layer(params: PhotoParams, bias: bool | None = None, **arguments: Any) -> nn.Conv2d:
    """Build the layer a photo lab shows: three channels in, one out.

    Args:
        params: the lab's parameters; `kernel` is a key of `KERNELS`.
        bias: with or without; None: a random layer has one, a named kernel has none.
        arguments: stride, padding, dilation, padding_mode of `nn.Conv2d`.

    Returns:
        A Conv2d of weight (1, 3, kh, kw).
    """
    _, name, size = KERNELS[params.kernel]
    with_bias = name == RANDOM if bias is None else bias
    # Always drawn with a bias: without one the same seed would give other weights.
    layer = seeded_layer(params.seed, 3, 1, size, **arguments)
    if not with_bias:
        layer.bias = None
    if name != RANDOM:
        layer.weight = nn.Parameter(photo_weight(named_kernel(name, size[0])))
    return layer


def is_drawn(params: PhotoParams) -> bool:
    """Whether the weights come from the seed, and not from a name."""
    return KERNELS[params.kernel].name == RANDOM


def door_arguments(params: PhotoParams) -> dict[str, Any]:
    """Give what every photo lab asks of the door of its layer: names of channels, code to copy.

    A random layer is drawn from its seed; the weights of a named kernel go into the code.
    """
    return {"labels": RGB, "weights": not is_drawn(params)}


def preview_step(size: tuple[int, int], box: tuple[int, int]) -> int:
    """Say how far apart the values of a preview lie, to be half as fine as their pane.

    Args:
        size: (height, width) of the whole.
        box: (height, width) of the room for it, in pixels.

    Returns:
        1 where the whole has room: then a preview gains nothing.
    """
    if size[0] <= box[0] and size[1] <= box[1]:
        return 1
    return max(-(-2 * n // room) for n, room in zip(size, box, strict=True))


def coarse_preview(
    compute: Callable[[Any], Result], *still: str
) -> Callable[[Any, tuple[int, int]], Result]:
    """Give the preview of a lab that computes quickly, but changes several pictures at once.

    The bytes are what takes time then.

    Args:
        compute: of the lab; that it keeps its last result saves computing it again when the hand
            rests.
        still: as in `coarser`.

    Returns:
        as `LabDefinition.preview`.
    """
    return lambda params, box: coarser(compute(params), box, still)


def coarser(result: Result, box: tuple[int, int], still: tuple[str, ...] = ()) -> Result:
    """Make the pictures of an exact result half as fine as their panes.

    Args:
        result: with photos and maps.
        box: (height, width) of the room for a pane, in pixels.
        still: names of panes that do not change while the hand moves: these are not sent again.

    Returns:
        the same with means over areas instead of pixels; pictures that have room are whole.
    """
    panes = tuple(
        each if each.name in still or each.kind not in ("photo", "map") else _coarser(each, box)
        for each in result.panes
    )
    return replace(result, panes=panes)


def _coarser(pane: Pane, box: tuple[int, int]) -> Pane:
    size = (pane.values.shape[-2], pane.values.shape[-1])
    if preview_step(size, box) == 1:
        return pane
    height, width = (-(-n // 2) for n in fitted_size(size, box))
    if pane.kind == "photo":
        return replace(pane, values=reduced(pane.values, (height, width)))
    colours = pane.value_range or signed_range(pane.values)  # those of the exact numbers
    values = reduced(pane.values.unsqueeze(0), (height, width))[0]
    return replace(pane, values=values, value_range=colours)


def fast(image: torch.Tensor) -> torch.Tensor:
    """Put the channels of a pixel side by side in memory.

    torch's three-to-one convolution runs two to six times faster on this layout; the numbers are
    the same to rounding.
    """
    return image.contiguous(memory_format=torch.channels_last)


@lru_cache(maxsize=4)
def fast_image(picture: Picture) -> torch.Tensor:
    """Give a picture's (1, 3, H, W) in the layout of `fast`, made once per picture."""
    return fast(picture.image)


def fast_ones(picture: Picture) -> torch.Tensor:
    """Give all ones in the size of a picture, (1, 3, H, W), in the layout of `fast`."""
    return _ones(picture.image.shape[-2], picture.image.shape[-1])


@lru_cache(maxsize=4)
def _ones(height: int, width: int) -> torch.Tensor:
    return fast(torch.ones(1, 3, height, width))


@lru_cache(maxsize=4)
def screen_bytes(picture: Picture) -> torch.Tensor:
    """Give a picture as a screen shows it, (3, H, W) uint8: the same tensor every time.

    The same tensor tells the stage that this pane has not changed.
    """
    return as_bytes(picture.image[0])


def photo_pane(picture: Picture, name: str = "input", title: str = "input", **more: Any) -> Pane:
    """Show a picture in colour; a note of the lab stands behind what was changed in the picture."""
    image = screen_bytes(picture)
    note = " · ".join(filter(None, (picture.note, more.pop("note", ""))))
    return Pane(name, title, "input", image, "photo", tuple(image.shape), note=note, **more)


def signed_pane(
    output: torch.Tensor,
    value_range: tuple[float, float] | None = None,
    name: str = "output",
    title: str = "output",
    size: tuple[int, ...] | None = None,
    **more: Any,
) -> Pane:
    """Show one channel of signed numbers, zero in the middle of the colours.

    Args:
        output: (1, 1, H, W).
        value_range: values of the first and last colour; None: the output's own.
        name, title: of the pane.
        size: the true (H, W), where `output` is a coarser preview of it.
        more: further fields of `Pane`.
    """
    shape = (1, *(size or output.shape[-2:]))
    given = {
        "role": "output",
        "table": "signed",
        "value_range": value_range,
        "keepable": True,
        **more,
    }
    return Pane(name, title, values=output[0, 0], kind="map", shape=shape, **given)


def chosen_range(params: PhotoParams, layer: nn.Conv2d) -> tuple[float, float] | None:
    """Give the range that `display` asks for: None for "own", the plain layer's for "fixed"."""
    if params.display == "own":
        return None
    return plain_range(params.picture, params.kernel, params.seed, layer.bias is not None)


@lru_cache(maxsize=16)
def plain_range(picture: Picture, kernel: str, seed: int, bias: bool) -> tuple[float, float] | None:
    """Give the range of the plain layer's output: stride 1, no padding, no dilation.

    Colours held at this range can be compared from one setting to the next. None: the picture is
    smaller than the kernel, and the plain layer has no output.
    """
    layer = photo_layer(PhotoParams(picture, seed, kernel), bias)
    sides = zip(picture.image.shape[-2:], layer.kernel_size, strict=True)
    if any(n < k for n, k in sides):
        return None
    with torch.inference_mode():
        return signed_range(layer(fast_image(picture)))


def kernel_pane(layer: nn.Conv2d) -> Pane:
    """Show the weights, a grid per input channel, with their numbers."""
    weight = layer.weight.detach()[0]
    return Pane(
        name="kernel",
        title="kernel",
        role="kernel",
        values=weight,
        kind="grid",
        shape=tuple(layer.weight.shape),
        table="signed",
        labels=RGB,
        note=_bias_note(layer),
    )


def _bias_note(layer: nn.Conv2d) -> str:
    if layer.bias is None:
        return "no bias"
    return f"bias {signed_text(float(layer.bias.detach()[0]), 4)}"

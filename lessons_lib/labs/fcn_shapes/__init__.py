"""Sizes of a fully convolutional network: every layer's, and what a multiple of 32 is good for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.images import Picture
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, PictureChoice, Presets, Slider
from lessons_lib.kit.look import Look
from lessons_lib.kit.photo import PictureParams
from lessons_lib.kit.result import IllegalSettingError, LabDefinition, Pane, Result
from lessons_lib.kit.terms import Line, Term
from lessons_lib.kit.vocabulary import Role
from lessons_lib.labs.fcn_shapes import told
from lessons_lib.labs.fcn_shapes.networks import (
    NAMES,
    NoOutputError,
    Shape,
    cost_of,
    line_of,
    shapes_of,
    stages_of,
    timed_network,
)
from lessons_lib.segmentation.network import fitted
from lessons_lib.visualization.pixels import as_bytes

AS_IS, PAD, CROP = "as_is", "pad", "crop"
FITS = (("stays as it is", AS_IS), ("is padded", PAD), ("is cropped", CROP))
NETWORKS = tuple((label, name) for name, label in NAMES.items())
LARGEST = 640
ROOM = (320, 480)  # of the picture on the page, whatever its size: nothing moves with a slider
PALE = 0.3  # of the picture that is left in what is padded or cut off
EMPTY = 190  # grey where the output has pixels and the picture has none


@dataclass(frozen=True)
class FcnShapesParams(PictureParams):
    """The lesson starts with a size that all layers halve without a remainder."""

    height: int = 320
    width: int = 480
    network: str = "resnet18"
    fit: str = AS_IS


@dataclass(frozen=True)
class Sizes:
    """The sizes of one state, (height, width) each.

    Attributes:
        picture: as the sliders have it.
        given: what goes into the network, after padding or cropping.
        output: what comes out.
        multiple: of which both sides have to be.
    """

    picture: tuple[int, int]
    given: tuple[int, int]
    output: tuple[int, int]
    multiple: int

    @property
    def too_many(self) -> tuple[int, int]:
        """Rows and columns that the output has more than what went in; below 0: fewer."""
        return self.output[0] - self.given[0], self.output[1] - self.given[1]


@lru_cache(maxsize=1)  # a preview is followed by the exact picture
def compute(params: FcnShapesParams) -> Result:
    """Send a picture of this size through the network's layers, of which only the shapes are there.

    Args:
        params: height and width that the picture is scaled to; network a key of `NAMES`; fit
            "as_is", "pad" or "crop".

    Returns:
        Panes picture (3, ...), with what was padded or cut off pale, and layers (layers, 3).

    Raises:
        IllegalSettingError: torch refuses a layer, or a crop would leave nothing.
    """
    multiple = network_stride(params.network)
    size = (params.height, params.width)
    given = _given(params, size, multiple)
    try:
        shapes = shapes_of(params.network, given)
    except NoOutputError as error:
        raise _refusal(error, params, multiple) from error
    sizes = Sizes(size, given, shapes[-1][1:], multiple)
    return Result(
        panes=(_picture_pane(params, sizes), _layers_pane(params.network, shapes)),
        sentence=told.sentence(sizes, params.fit, rounds_up=params.network == "resnet18"),
        formula=_chains(shapes),
        code=line_of(params.network),
        copied=told.copied(line_of(params.network), sizes, params.fit),
        cost=cost_of(params.network, shapes),
        layer=lambda: timed_network(params.network)(torch.zeros(1, 3, *given)),
    )


def network_stride(name: str) -> int:
    """Give how many pixels of the picture one place of the smallest map stands for."""
    return stages_of(name)[-1].resizes.stride


def _given(params: FcnShapesParams, size: tuple[int, int], multiple: int) -> tuple[int, int]:
    """Let the lesson's own function pad or crop; only the size is there."""
    if params.fit == AS_IS:
        return size
    fit: Any = params.fit
    try:
        return tuple(fitted(torch.empty(1, 1, *size, device="meta"), multiple, fit).shape[-2:])  # type: ignore[return-value]  # two sides
    except ValueError as error:
        raise IllegalSettingError(
            str(error),
            f"A picture of {size[0]} × {size[1]} has a side that is shorter than {multiple}, and "
            f"the multiple of {multiple} below it is 0.",
            {"fit": PAD},
            line_of(params.network),
            "a crop leaves nothing",
        ) from error


def _refusal(error: NoOutputError, params: FcnShapesParams, multiple: int) -> IllegalSettingError:
    stage = stages_of(params.network)[error.stage]
    _, height, width = error.shapes[-1]
    explanation = (
        f"{stage.name} ({stage.words}) gets {height} × {width}, and not one window has room in "
        f"that: each pooling halves the sides and drops what is over, so both sides of the "
        f"picture must have at least {multiple} pixels. Pad it, or make it larger."
    )
    return IllegalSettingError(str(error), explanation, {"fit": PAD}, line_of(params.network))


# ------------------------------------------------------------------------------------- panes


@lru_cache(maxsize=2)
def _levels(picture: Picture) -> Tensor:
    return as_bytes(picture.image[0])


@lru_cache(maxsize=8)
def scaled(picture: Picture, size: tuple[int, int]) -> Tensor:
    """Scale a picture to (height, width), whatever its proportions: uint8 (3, H, W)."""
    image = _levels(picture).unsqueeze(0)
    return F.interpolate(image, size=size, mode="bilinear", antialias=True)[0]


def _picture_pane(params: FcnShapesParams, sizes: Sizes) -> Pane:
    image = scaled(params.picture, sizes.picture)
    if params.fit == CROP:
        values, frame = _cropped(image, sizes)
        title, note = "picture", "pale: cut off"
    elif params.fit == PAD:
        values, frame = _padded(image, sizes.given)
        title, note = "padded picture", "pale: added, copies of the last row and column"
    else:
        values, frame = _within(image, sizes.output)
        larger = values.shape != image.shape
        title = "picture within its output" if larger else "picture"
        note = "frame: the output" if sizes.output != sizes.picture else ""
    whole = frame == (0, 0, *values.shape[-2:])
    note = "" if whole and params.fit != AS_IS else note
    return Pane(
        name="picture",
        title="picture" if whole and params.fit == PAD else title,
        role="input",
        values=values,
        kind="photo",
        shape=tuple(values.shape),
        marked=() if whole and not note else (frame,),
        room=ROOM,
        note=" · ".join(filter(None, (params.picture.note, note, _scaled_note(params)))),
    )


def _scaled_note(params: FcnShapesParams) -> str:
    own = tuple(params.picture.image.shape[-2:])
    return "" if own == (params.height, params.width) else f"scaled from {own[0]} × {own[1]}"


Frame = tuple[int, int, int, int]  # row, column, height, width


def _cropped(image: Tensor, sizes: Sizes) -> tuple[Tensor, Frame]:
    """Show the whole picture, and a frame around what is kept, in its middle."""
    height, width = sizes.given
    top, left = ((n - kept) // 2 for n, kept in zip(sizes.picture, sizes.given, strict=True))
    values = _pale(image)
    values[:, top : top + height, left : left + width] = image[
        :, top : top + height, left : left + width
    ]
    return values, (top, left, height, width)


def _padded(image: Tensor, given: tuple[int, int]) -> tuple[Tensor, Frame]:
    """Repeat the last row and the last column, pale, as often as it takes."""
    height, width = image.shape[-2:]
    rows, columns = (torch.arange(n) for n in given)
    whole = image[:, rows.clamp(max=height - 1)[:, None], columns.clamp(max=width - 1)]
    values = _pale(whole)
    values[:, :height, :width] = image
    return values, (0, 0, height, width)


def _within(image: Tensor, output: tuple[int, int]) -> tuple[Tensor, Frame]:
    """Lay the picture into the room of its output, where that is larger."""
    height, width = image.shape[-2:]
    room = (max(height, output[0]), max(width, output[1]))
    values = torch.full((3, *room), EMPTY, dtype=torch.uint8)
    values[:, :height, :width] = image
    return values, (0, 0, *output)


def _pale(image: Tensor) -> Tensor:
    return (PALE * image + (1 - PALE) * 255).round().to(torch.uint8)


def _layers_pane(name: str, shapes: tuple[Shape, ...]) -> Pane:
    stages = stages_of(name)
    rounded = [n + 1 for n, stage in enumerate(stages) if told.is_rounded(stage.resizes, shapes[n])]
    return Pane(
        name="layers",
        title="what each layer gives",
        role="",
        values=torch.tensor(shapes, dtype=torch.float32),
        kind="layers",
        shape=(len(shapes), 3),
        labels=("input", *(stage.name for stage in stages)),
        details=("", *(told.detail(stage, shapes[n]) for n, stage in enumerate(stages))),
        marked=tuple((0, layer, 1, 1) for layer in rounded),
        note="to scale; point at a layer" + ("; dashed: rounded" if rounded else ""),
    )


def _chains(shapes: tuple[Shape, ...]) -> tuple[Line, ...]:
    """Write each axis from layer to layer, both in one line where they are alike."""
    heights, widths = ([shape[axis] for shape in shapes] for axis in (1, 2))
    if heights == widths:
        return (_chain("height and width ", heights),)
    return _chain("height ", heights), _chain("width ", widths)


def _chain(word: str, numbers: list[int]) -> Line:
    """Write sizes without repeating those that stay: 320 -> 160 -> 80."""
    changes = [n for i, n in enumerate(numbers) if i == 0 or n != numbers[i - 1]]
    last = len(changes) - 1
    terms = [Term(word)]
    for place, number in enumerate(changes):
        role: Role = "input" if place == 0 else "output" if place == last else ""
        terms += [Term(" → " if place else ""), Term(str(number), role)]
    return tuple(term for term in terms if term.text)


def _size(height: int, width: int, **more: Any) -> tuple[str, dict[str, Any]]:
    return f"{height} × {width}", {"height": height, "width": width, **more}


LAB = LabDefinition(
    name="fcn-shapes",
    title="Sizes, layer by layer",
    params=FcnShapesParams,
    compute=compute,
    preview=photo.coarse_preview(compute),
    look=Look(pointer_lines=3, code_lines=2, note_lines=1),
    controls=(
        PictureChoice(),
        Choice("network", "network", NETWORKS, "kernel"),
        Choice("fit", "a size that does not fit", FITS, "padding"),
        Slider("height", "height", 1, LARGEST, "input"),
        Slider("width", "width", 1, LARGEST, "input"),
        Presets(
            "try",
            (
                *(_size(*size) for size in ((320, 480), (300, 451), (224, 224), (96, 128))),
                *(_size(*size) for size in ((100, 150), (32, 32), (20, 20), (5, 9))),
            ),
            "input",
        ),
    ),
)

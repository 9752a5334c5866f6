"""Bilinear enlarging: a transposed convolution whose kernel is chosen instead of drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import nn

from lessons_lib.kernels import bilinear_kernel, upsample_bilinear, weighted_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, PictureChoice, Presets, Slider, Toggle
from lessons_lib.kit.layers import transposed
from lessons_lib.kit.links import Links
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import LabDefinition, Pane, Result
from lessons_lib.kit.terms import Line, Term
from lessons_lib.visualization.numbers import power_text
from lessons_lib.visualization.pixels import as_bytes

BORDERS = (
    ("no repair", "dark"),
    ("lay the edge around, crop", "replicate"),
    ("divide by enlarged ones", "divide"),
)
QUICK = 1_200_000  # pixels of an output that is computed exactly while the hand moves
DIFFERENCES = (-0.75, 0.75)  # a corner without repair keeps more than a quarter, at any factor
STRIP = 32  # input rows that are enlarged at once


@dataclass(frozen=True)
class BilinearParams(photo.PictureParams):
    """The lesson starts with twice the size and the dark border."""

    factor: int = 2
    border: str = "dark"
    white: bool = False


@dataclass(frozen=True, eq=False)
class _Enlarged:
    """Both enlargements, whole or a sample of their pixels.

    Attributes:
        ours: uint8 (3, h, w), by the transposed convolution.
        theirs: uint8 (3, h, w), by F.interpolate.
        difference: float32 (h, w), ours - theirs, the mean of the channels.
        inside: largest difference of a channel away from the border; None: all is border, or
            `border` is None.
        border: the same within factor // 2 pixels of the border; None: of a sample, whose largest
            is not that of the whole.
    """

    ours: torch.Tensor
    theirs: torch.Tensor
    difference: torch.Tensor
    inside: float | None
    border: float | None


def image_of(params: BilinearParams) -> torch.Tensor:
    """Give what is enlarged, (1, 3, H, W): the picture, or all ones of its size."""
    return photo.fast_ones(params.picture) if params.white else photo.fast_image(params.picture)


@torch.inference_mode()
def compute(params: BilinearParams) -> Result:
    """Enlarge the photo by the transposed convolution and by F.interpolate.

    Args:
        params: factor 2..8, border "dark", "replicate" or "divide"; white: all ones instead of
            the photo.

    Returns:
        Panes input (3, H, W), output and interpolated (3, fH, fW), kernel (1, k, k), difference
        (fH, fW), and the first pixels of both and of their difference: corner,
        corner_interpolated, corner_difference.
    """
    f = params.factor
    image = image_of(params)
    height, width = image.shape[-2:]
    size = (height * f, width * f)
    return _result(params, _compared(size, _strips(image, f, params.border), f // 2))


_Strip = tuple[int, slice, torch.Tensor, torch.Tensor]  # channel, rows, ours and theirs (h, w)


def _strips(image: torch.Tensor, f: int, border: str) -> Iterator[_Strip]:
    """Enlarge channel by channel, ours a few rows at a time: several whole ones fill a memory.

    F.interpolate rounds the place of a pixel by how far down it lies: it has to enlarge a channel
    as a whole.
    """
    height = image.shape[-2]
    for channel in range(3):
        one = image[:, channel : channel + 1].contiguous()
        theirs = F.interpolate(one, scale_factor=f, mode="bilinear", align_corners=False)[0, 0]
        for first in range(0, height, STRIP):
            behind = min(height, first + STRIP)
            above = max(0, first - 1)  # a pixel reaches no further than its neighbours' places
            ours = upsample_bilinear(one[:, :, above : behind + 1].contiguous(), f, border)[0, 0]
            rows = slice(first * f, behind * f)
            cut = (first - above) * f
            yield channel, rows, ours[cut : cut + (behind - first) * f], theirs[rows]
        del theirs  # before the next channel's is made


@torch.inference_mode()
def preview(params: BilinearParams, box: tuple[int, int]) -> Result | None:
    """Compute only some pixels of a large output: a sample, each value exact.

    Args:
        params: as for `compute`.
        box: (height, width) of the room for a pane, in pixels.

    Returns:
        the Result with an output about half as fine as its pane; None where the whole is computed
        quickly enough.
    """
    f = params.factor
    height, width = params.picture.image.shape[-2:]
    step = photo.preview_step((height * f, width * f), box)
    if step == 1 or height * width * f * f <= QUICK:
        return None
    image = image_of(params)[0]
    ours, theirs = (
        _taps(height, f, border, step) @ image @ _taps(width, f, border, step).T
        for border in (params.border, "interpolate")
    )
    strips = ((channel, slice(None), ours[channel], theirs[channel]) for channel in range(3))
    sample = _compared((ours.shape[-2], ours.shape[-1]), strips, 0)
    return _result(params, replace(sample, inside=None, border=None))


@lru_cache(maxsize=8)
def _taps(n: int, factor: int, border: str, step: int) -> torch.Tensor:
    """Give what every step-th output of an axis takes from each of its n inputs: (outputs, n)."""
    return _all_taps(n, factor, border)[::step].contiguous()


def _all_taps(n: int, factor: int, border: str) -> torch.Tensor:
    impulses = torch.eye(n)[:, None, None]  # (n, 1, 1, n): a picture of one row for each input
    if border == "interpolate":
        return F.interpolate(impulses, size=(1, n * factor), mode="bilinear")[:, 0, 0].T
    tent = bilinear_kernel(factor, 1).sum(2, keepdim=True) / factor  # (1, 1, 1, k)
    more = 1 if border == "replicate" else 0
    padding = (0, factor // 2 + more * factor)
    edged = F.pad(impulses, (more, more, 0, 0), mode="replicate")
    taps = F.conv_transpose2d(edged, tent, stride=(1, factor), padding=padding)[:, 0, 0].T
    return taps / taps.sum(1, keepdim=True) if border == "divide" else taps


def _compared(size: tuple[int, int], strips: Iterable[_Strip], edge: int) -> _Enlarged:
    """Subtract strip by strip, and round both to bytes.

    Args:
        size: (height, width) of both pictures.
        strips: from top to bottom; each is used up before the next is made.
        edge: so many rows and columns on every side are border.
    """
    height, width = size
    ours, theirs = (
        torch.empty(height, width, 3, dtype=torch.uint8).permute(2, 0, 1) for _ in range(2)
    )
    mean = torch.zeros(size)
    inside, border = None, 0.0
    for channel, rows, mine, other in strips:
        ours[channel, rows] = as_bytes(mine[None])[0]
        theirs[channel, rows] = as_bytes(other[None])[0]
        difference = mine - other
        mean[rows] += difference
        first = rows.start or 0
        inner = difference.abs_()[
            max(0, edge - first) : max(0, height - edge - first), edge : max(edge, width - edge)
        ]
        if inner.numel():
            inside = max(inside or 0.0, float(inner.max()))
            inner.zero_()
        border = max(border, float(difference.max()))
        del mine, other  # they hold the whole channel
    return _Enlarged(ours, theirs, mean.div_(3), inside, border)


def layer_of(params: BilinearParams) -> nn.ConvTranspose2d:
    """Build the layer, a channel apart from the other; "replicate" crops the enlarged ring too."""
    f = params.factor
    return weighted_layer(
        nn.ConvTranspose2d,
        bilinear_kernel(f),
        stride=f,
        groups=3,
        padding=f // 2 + (f if params.border == "replicate" else 0),
    )


def _result(params: BilinearParams, enlarged: _Enlarged) -> Result:
    f = params.factor
    image = image_of(params)
    height, width = image.shape[-2:]
    size = (height * f, width * f)
    layer = layer_of(params)
    more = 1 if params.border == "replicate" else 0
    read = (height + 2 * more, width + 2 * more)
    return Result(
        panes=(
            _input_pane(params),
            Pane(
                "output", "transposed", "output", enlarged.ours, "photo", (3, *size), keepable=True
            ),
            Pane(
                name="interpolated",
                title="F.interpolate",
                role="output",
                values=enlarged.theirs,
                kind="photo",
                shape=(3, *size),
                note="it rounds places by about 10⁻⁵" if f & (f - 1) else "",
            ),
            _kernel_pane(f),
            *_corner_panes(params),
            Pane(
                name="difference",
                title="difference",
                role="output",
                values=enlarged.difference,
                kind="map",
                shape=(1, *size),
                table="signed",
                value_range=DIFFERENCES,
                note="of the whole, mean of R, G and B",
            ),
        ),
        sentence=_sentence(params, enlarged),
        formula=transposed.formula(layer, read),
        code=_code(params),
        cost=transposed.cost(layer, read),
        links=(_links(params),),
        layer=lambda: upsample_bilinear(image, f, params.border),
    )


def _input_pane(params: BilinearParams) -> Pane:
    if not params.white:
        return photo.photo_pane(params.picture)
    image = image_of(params)[0]
    return Pane("input", "input", "input", image, "photo", tuple(image.shape), note="all ones")


@lru_cache(maxsize=8)
def _kernel(factor: int) -> torch.Tensor:
    return bilinear_kernel(factor, 1)[0]


def _kernel_pane(factor: int) -> Pane:
    kernel = _kernel(factor)
    parts = factor**2 if factor % 2 else 4 * factor**2
    rounded = "rounded" if factor & (factor - 1) else "exact"  # binary fractions or not
    return Pane(
        name="kernel",
        title="kernel",
        role="kernel",
        values=kernel,
        kind="grid",
        shape=tuple(kernel.shape),
        table="count",
        value_range=(0.0, 1.0),
        note=f"for R, G and B; whole numbers / {parts}, {rounded} in float32",
    )


def _corner_panes(params: BilinearParams) -> tuple[Pane, Pane, Pane]:
    """Enlarge the first corner by itself: ours, F.interpolate's and the difference.

    Numbers are shown where all is white.
    """
    f = params.factor
    image = image_of(params)
    side = f // 2 + 3 if params.white else 6 * f
    rows, columns = (min(side, n * f) for n in image.shape[-2:])
    taken = image[..., : rows // f + 2, : columns // f + 2].contiguous()
    theirs = F.interpolate(taken, scale_factor=f, mode="bilinear", align_corners=False)
    ours = upsample_bilinear(taken, f, params.border)
    ours, theirs = (each[0, :, :rows, :columns] for each in (ours, theirs))
    pictures = (
        ("corner", "transposed, corner", ours),
        ("corner_interpolated", "F.interpolate, corner", theirs),
    )
    difference = (ours - theirs).mean(0, keepdim=True)
    name, title = "corner_difference", "difference, corner"
    if params.white:
        first, second = (
            Pane(
                name=key,
                title=words,
                role="output",
                values=values[:1].clone(),
                kind="grid",
                shape=(1, rows, columns),
                table="grey",
                value_range=(0.0, 1.0),
                note="one channel of three",
            )
            for key, words, values in pictures
        )
        third = Pane(
            name, title, "output", difference, "grid", (1, rows, columns), "signed", DIFFERENCES
        )
        return first, second, third
    first, second = (
        Pane(key, words, "output", values, "photo", (3, rows, columns), note="enlarged")
        for key, words, values in pictures
    )
    third = Pane(
        name=name,
        title=title,
        role="output",
        values=difference[0],
        kind="map",
        shape=(1, rows, columns),
        table="signed",
        value_range=DIFFERENCES,
        note="mean of R, G and B",
    )
    return first, second, third


def _links(params: BilinearParams) -> Links:
    """Say which pixels stamped on each; the ring laid around shows the edge pixel it copies."""
    height, width = params.picture.image.shape[-2:]
    if params.border != "replicate":
        return transposed.links(layer_of(params), (height, width))
    links = transposed.links(layer_of(params), (height + 2, width + 2))
    rows, columns = (
        torch.where(table < 0, -1, (table - 1).clamp(0, n - 1))
        for table, n in ((links.rows, height), (links.columns, width))
    )
    return replace(links, rows=rows, columns=columns)


def _code(params: BilinearParams) -> Line:
    f = params.factor
    line = transposed.line(layer_of(params))
    if params.border == "replicate":
        first = Term("nn.Sequential("), Term("nn.ReplicationPad2d(1)", "padding"), Term(", ")
        line = (*first, *line, Term(")"))
    weight = f"weight: bilinear_kernel({f})"
    division = ", then / layer(ones)" if params.border == "divide" else ""
    return (*line, Term(f"  # {weight}{division}"))


@lru_cache(maxsize=32)
def white_corner(factor: int, border: str) -> float:
    """Say what becomes of the corner pixel of an all-ones picture."""
    return float(upsample_bilinear(torch.ones(1, 1, 3, 3), factor, border)[0, 0, 0, 0])


def _sentence(params: BilinearParams, enlarged: _Enlarged) -> str:
    f = params.factor
    corner = f"{white_corner(f, params.border):.4f}"
    if params.border == "dark":
        inside, differs = "Inside it is F.interpolate", "differs"
        if enlarged.border is not None:
            differs += f" by up to {power_text(enlarged.border)}"
            inside = (
                "All is border"
                if enlarged.inside is None
                else f"{inside} (largest difference {power_text(enlarged.inside)})"
            )
        return (
            f"{inside}; at the border nothing stamps from beyond, and it {differs}: on all ones "
            f"the corner is {corner} instead of 1."
        )
    how = {
        "replicate": "With the edge laid once more around the picture",
        "divide": "Divided by what all ones become",
    }[params.border]
    told = ""
    if enlarged.border is not None:
        largest = max(enlarged.border, enlarged.inside or 0.0)
        told = f" (largest difference {power_text(largest)})"
    return f"{how}, it is F.interpolate everywhere{told}; on all ones the corner is {corner}."


LAB = LabDefinition(
    name="bilinear",
    title="Bilinear enlarging",
    params=BilinearParams,
    compute=compute,
    look=Look(same_scale=("input", "output", "interpolated"), columns=4),
    preview=preview,
    controls=(
        PictureChoice(),
        Slider("factor", "factor = stride", 2, 8, "stride"),
        Choice("border", "border", BORDERS, "padding"),
        Toggle("white", "all ones instead of the picture", "input"),
        Presets(
            "try",
            (
                ("× 2", {"factor": 2, "border": "dark", "white": False}),
                ("× 2, all ones", {"factor": 2, "border": "dark", "white": True}),
                ("× 2, repaired", {"factor": 2, "border": "replicate", "white": False}),
                ("× 3, all ones", {"factor": 3, "border": "dark", "white": True}),
                ("× 4", {"factor": 4, "border": "dark", "white": False}),
            ),
            "stride",
        ),
    ),
)

"""Bilinear enlarging: a transposed convolution whose kernel is chosen instead of drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import nn

from lessons_lib.images import Picture, load_picture
from lessons_lib.kernels import bilinear_kernel, upsample_bilinear, weighted_layer
from lessons_lib.labs import photo, transposed_layer
from lessons_lib.labs.controls import Choice, PictureChoice, Presets, Slider, Toggle
from lessons_lib.labs.result import LabDefinition, Line, Links, Pane, Result, Term
from lessons_lib.preferences import default_picture
from lessons_lib.visualization import as_bytes

BORDERS = (
    ("no repair", "dark"),
    ("lay the edge around, crop", "replicate"),
    ("divide by enlarged ones", "divide"),
)
QUICK = 1_200_000  # pixels of an output that is computed exactly while the hand moves
DIFFERENCES = (-0.5, 0.5)


@dataclass(frozen=True)
class BilinearParams:
    """The lesson starts with twice the size and the dark border."""

    picture: Picture = field(default_factory=lambda: load_picture(default_picture()))
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
        inside: largest difference of a channel away from the border; None: all is border.
        border: the same within factor // 2 pixels of the border.
    """

    ours: torch.Tensor
    theirs: torch.Tensor
    difference: torch.Tensor
    inside: float | None
    border: float


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
    ours = upsample_bilinear(image, f, params.border)
    # F.interpolate, unlike the convolution, is quicker on channels that lie one after the other.
    theirs = F.interpolate(image.contiguous(), scale_factor=f, mode="bilinear", align_corners=False)
    rows, columns = (torch.arange(n) for n in ours.shape[-2:])
    return _result(params, _compared(params, ours, theirs, rows, columns))


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
    rows, columns = torch.arange(0, height * f, step), torch.arange(0, width * f, step)
    image = image_of(params)[0]
    ours, theirs = (
        (_taps(height, f, border)[rows] @ image @ _taps(width, f, border)[columns].T)[None]
        for border in (params.border, "interpolate")
    )
    return _result(params, _compared(params, ours, theirs, rows, columns))


@lru_cache(maxsize=8)
def _taps(n: int, factor: int, border: str) -> torch.Tensor:
    """Give what every output of one axis takes from every input: (n * factor, n)."""
    impulses = torch.eye(n)[:, None, None]  # (n, 1, 1, n): a picture of one row for each input
    if border == "interpolate":
        return F.interpolate(impulses, size=(1, n * factor), mode="bilinear")[:, 0, 0].T
    tent = bilinear_kernel(factor, 1).sum(2, keepdim=True) / factor  # (1, 1, 1, k)
    more = 1 if border == "replicate" else 0
    padding = (0, factor // 2 + more * factor)
    edged = F.pad(impulses, (more, more, 0, 0), mode="replicate")
    taps = F.conv_transpose2d(edged, tent, stride=(1, factor), padding=padding)[:, 0, 0].T
    return taps / taps.sum(1, keepdim=True) if border == "divide" else taps


def _compared(
    params: BilinearParams,
    ours: torch.Tensor,
    theirs: torch.Tensor,
    rows: torch.Tensor,
    columns: torch.Tensor,
) -> _Enlarged:
    """Subtract; rows and columns say which pixels of the whole output these are."""
    edge = params.factor // 2
    pictures = as_bytes(ours[0]), as_bytes(theirs[0])
    red, green, blue = ours.sub_(theirs)[0]  # one by one: several times quicker than amax(0)
    mean = (red + green).add_(blue).div_(3)
    reach = torch.maximum(torch.maximum(red.abs(), green.abs()), blue.abs())  # (h, w)
    inner = [
        (places >= edge) & (places < n * params.factor - edge)
        for places, n in zip((rows, columns), params.picture.image.shape[-2:], strict=True)
    ]
    (top, bottom), (left, right) = (_ends(each) for each in inner)
    within = reach[top:bottom, left:right]
    inside = float(within.max()) if within.numel() else None
    within.zero_()
    return _Enlarged(*pictures, mean, inside, float(reach.max()))


def _ends(inner: torch.Tensor) -> tuple[int, int]:
    places = inner.nonzero().flatten()
    return (int(places[0]), int(places[-1]) + 1) if len(places) else (0, 0)


def layer_of(params: BilinearParams) -> nn.ConvTranspose2d:
    """Build the layer, a channel apart from the other; "replicate" crops the enlarged ring too."""
    f = params.factor
    return weighted_layer(
        nn.ConvTranspose2d, bilinear_kernel(f), stride=f, groups=3,
        padding=f // 2 + (f if params.border == "replicate" else 0),
    )  # fmt: skip


def _result(params: BilinearParams, enlarged: _Enlarged) -> Result:
    f = params.factor
    image = image_of(params)
    height, width = image.shape[-2:]
    size = (height * f, width * f)
    layer = layer_of(params)
    more = 1 if params.border == "replicate" else 0
    read = torch.empty(1, 3, height + 2 * more, width + 2 * more, device="meta")  # its size only
    return Result(
        panes=(
            _input_pane(params),
            Pane("output", "transposed", "output", enlarged.ours, "photo", (3, *size)),
            Pane("interpolated", "F.interpolate", "output", enlarged.theirs, "photo", (3, *size),
                 note="it rounds places by about 10⁻⁵" if f & (f - 1) else ""),
            _kernel_pane(f),
            *_corner_panes(params),
            Pane("difference", "difference", "output", enlarged.difference, "map", (1, *size),
                 "signed", DIFFERENCES, "of the whole, mean of R, G and B"),
        ),
        sentence=_sentence(params, enlarged),
        formula=transposed_layer.formula(layer, read),
        code=_code(params),
        cost=transposed_layer.cost(layer, read),
        links=(_links(params),),
        layer=lambda: upsample_bilinear(image, f, params.border),
    )  # fmt: skip


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
        "kernel", "kernel", "kernel", kernel, "grid", tuple(kernel.shape),
        "count", (0.0, 1.0),
        note=f"for R, G and B; whole numbers / {parts}, {rounded} in float32",
    )  # fmt: skip


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
    pictures = (("corner", "transposed, corner", ours),
                ("corner_interpolated", "F.interpolate, corner", theirs))  # fmt: skip
    difference = (ours - theirs).mean(0, keepdim=True)
    last = ("corner_difference", "difference, corner", "output")
    if params.white:
        first, second = (
            Pane(name, title, "output", values[:1].clone(), "grid", (1, rows, columns), "grey",
                 (0.0, 1.0), "one channel of three")
            for name, title, values in pictures
        )  # fmt: skip
        third = Pane(*last, difference, "grid", (1, rows, columns), "signed", DIFFERENCES)
        return first, second, third
    first, second = (
        Pane(name, title, "output", values, "photo", (3, rows, columns), note="enlarged")
        for name, title, values in pictures
    )
    third = Pane(
        *last, difference[0], "map", (1, rows, columns), "signed", DIFFERENCES,
        "mean of R, G and B",
    )  # fmt: skip
    return first, second, third


def _links(params: BilinearParams) -> Links:
    """Say which pixels stamped on each; the ring laid around shows the edge pixel it copies."""
    if params.border != "replicate":
        return transposed_layer.links(layer_of(params), params.picture.image)
    height, width = params.picture.image.shape[-2:]
    ringed = torch.empty(1, 3, height + 2, width + 2, device="meta")
    links = transposed_layer.links(layer_of(params), ringed)
    rows, columns = (
        torch.where(table < 0, -1, (table - 1).clamp(0, n - 1))
        for table, n in ((links.rows, height), (links.columns, width))
    )
    return Links("output", "input", rows, columns, kernel="kernel", transposed=True)


def _code(params: BilinearParams) -> Line:
    f = params.factor
    layer = layer_of(params)
    line = transposed_layer.layer_line(
        3, 3, {"kernel_size": layer.kernel_size, "stride": f, "padding": layer.padding,
               "groups": 3, "bias": False},
    )  # fmt: skip
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


def small_number(value: float) -> str:
    """Print a number of 0 or more in a few signs, tiny ones as a power of ten.

    Args:
        value: finite, at least 0.

    Example:
        >>> small_number(0.41), small_number(1.2e-7), small_number(0.0)
        ('0.4100', '1·10⁻⁷', '0')
    """
    if value == 0:
        return "0"
    if value >= 1e-3:
        return f"{value:.4f}"
    digit, power = f"{value:.0e}".split("e")
    return f"{digit}·10{power.replace('-0', '-').translate(_RAISED)}"


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _sentence(params: BilinearParams, enlarged: _Enlarged) -> str:
    f = params.factor
    corner = f"{white_corner(f, params.border):.4f}"
    if params.border == "dark":
        inside = (
            "All is border" if enlarged.inside is None
            else f"Inside it is F.interpolate (largest difference {small_number(enlarged.inside)})"
        )  # fmt: skip
        return (
            f"{inside}; at the border nothing stamps from beyond, and it differs by up to "
            f"{small_number(enlarged.border)}: on all ones the corner is {corner} instead of 1."
        )
    how = {
        "replicate": "With the edge laid once more around the picture",
        "divide": "Divided by what all ones become",
    }[params.border]
    largest = max(enlarged.border, enlarged.inside or 0.0)
    return (
        f"{how}, it is F.interpolate everywhere (largest difference {small_number(largest)}); "
        f"on all ones the corner is {corner}."
    )


LAB = LabDefinition(
    name="bilinear",
    title="Bilinear enlarging",
    params=BilinearParams,
    compute=compute,
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
)  # fmt: skip

"""Why transposed convolutions paint checkerboards, and what helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from lessons_lib.geometry import inside_overlap_counts, overlap_counts
from lessons_lib.kernels import (
    bilinear_kernel,
    photo_weight,
    seeded_layer,
    seeded_transposed_layer,
)
from lessons_lib.kit import photo
from lessons_lib.kit.controls import (
    Choice,
    PictureChoice,
    Presets,
    Seed,
    Slider,
    Toggle,
    preset_maker,
)
from lessons_lib.kit.layers import enlarging
from lessons_lib.kit.layers.enlarging import Way
from lessons_lib.kit.links import Links
from lessons_lib.kit.result import LabDefinition, Pane, Result
from lessons_lib.upsampling import block_mean_kernel, fitting_padding, spread, tent
from lessons_lib.visualization.numbers import fixed_text
from lessons_lib.visualization.pixels import block_means

KERNELS = (("ones", "ones"), ("random", "random"), ("bilinear (a tent)", "bilinear"))
REMEDIES = (
    ("none", "none"),
    ("kernel_size divisible by stride", "divisible"),
    ("resize, then convolve", "resize"),
    ("bilinear kernel", "bilinear"),
    ("pixel shuffle", "shuffle"),
)
NAMES = {
    "none": "transposed",
    "divisible": "divisible kernel",
    "resize": "resize, then convolve",
    "bilinear": "bilinear kernel",
    "shuffle": "pixel shuffle",
}
FLAT_SIDE = 8  # outputs of a flat picture that are shown with their numbers
DETAIL_SIDE = 40  # outputs of the photo that are shown enlarged
HALO = 9  # input pixels around a part; no kernel of the lab reaches further
QUICK = 1_200_000  # pixels of an output that is computed exactly while the hand moves


@dataclass(frozen=True)
class CheckerboardParams(photo.PictureParams):
    """The lesson starts with overlaps 1, 2 and 4, and a remedy that paints none."""

    seed: int = 3
    kernel: str = "ones"
    photo: bool = False
    kernel_size: int = 3
    stride: int = 2
    remedy: str = "resize"
    row: int = 256
    column: int = 256


def _weight(params: CheckerboardParams, out_channels: int, size: int) -> torch.Tensor:
    """Give a convolution's weight (out_channels, 3, size, size), the named ones without colour."""
    if params.kernel == "random":
        return seeded_layer(params.seed, 3, out_channels, size, bias=False).weight.detach()
    kernel = torch.ones(size, size) if params.kernel == "ones" else tent(size)
    return photo_weight(kernel).repeat(out_channels, 1, 1, 1)


def way_of(params: CheckerboardParams, remedy: str) -> Way:
    """Build what a remedy puts in the place of the transposed convolution.

    Args:
        params: kernel, kernel_size, stride and seed.
        remedy: one of `REMEDIES`; "none" is the plain transposed convolution. "divisible" takes
            the next larger kernel where necessary, "resize" and "shuffle" the next odd one.
    """
    s, k = params.stride, params.kernel_size
    odd = k | 1  # with an even kernel no padding keeps the size
    if remedy == "resize":
        return enlarging.resized(_weight(params, 1, odd), s)
    if remedy == "shuffle":
        return enlarging.shuffled(_weight(params, s * s, odd), s)
    if remedy == "bilinear":
        return enlarging.stamped(photo_weight(bilinear_kernel(s, 1)[0, 0]).transpose(0, 1), s)
    if remedy == "divisible":
        k = -(-k // s) * s
    if params.kernel == "random":
        drawn = seeded_transposed_layer(params.seed, 3, 1, k, False)
        return enlarging.stamped(drawn.weight.detach(), s)
    return enlarging.stamped(_weight(params, 1, k).transpose(0, 1), s)


@torch.inference_mode()
def flat_inside(way: Way, stride: int) -> torch.Tensor:
    """Enlarge all ones and take the middle, where no border reaches: (8 * stride, 8 * stride)."""
    flat = way.layer(torch.ones(1, 3, 26, 26))
    return flat[0, 0, HALO * stride : (HALO + 8) * stride, HALO * stride : (HALO + 8) * stride]


@torch.inference_mode()
def compute(params: CheckerboardParams) -> Result:
    """Enlarge a flat picture or the photo by the plain way and by the chosen remedy.

    Args:
        params: kernel_size 1..8, stride 1..4, kernel "ones", "random" or "bilinear", remedy one of
            `REMEDIES`; photo: the picture instead of all ones; row and column of the input around
            which the detail of the photo lies.

    Returns:
        Panes counts (the overlap map on a small grid) or, of the photo, input; plain and, with a
        remedy, remedied (details of both outputs); output (the whole, with the remedy).
    """
    way = way_of(params, params.remedy)
    return _result(params, way, way.layer(image_of(params)))


@torch.inference_mode()
def preview(params: CheckerboardParams, box: tuple[int, int]) -> Result | None:
    """Compute the details exactly, and means over blocks of a large whole.

    A block is stride x stride, one repetition of the pattern: so the pattern cannot beat against
    the pixels of the screen, nor be magnified with them.

    Args:
        params: as for `compute`.
        box: (height, width) of the room for a pane, in pixels.

    Returns:
        the Result with a coarser output; None where the whole is computed quickly enough.
    """
    s = params.stride
    height, width = params.picture.image.shape[-2:]
    fits = photo.preview_step((height * s, width * s), box) == 1
    if fits or s == 1 or height * width * s * s <= QUICK:
        return None
    way = way_of(params, params.remedy)
    return _result(params, way, _means(params, way))


def _means(params: CheckerboardParams, way: Way) -> torch.Tensor:
    """Average the output over blocks of stride x stride without making it: (1, 1, H, W).

    All of them: the colours' range may hang on a few blocks at the border.
    """
    kernel = block_mean_kernel(way.layer, params.stride, HALO)
    return nn.functional.conv2d(image_of(params), kernel, padding=kernel.shape[-1] // 2)


def image_of(params: CheckerboardParams) -> torch.Tensor:
    """Give what is enlarged, (1, 3, H, W): the photo, or all ones of its size."""
    return photo.fast_image(params.picture) if params.photo else photo.fast_ones(params.picture)


def _result(params: CheckerboardParams, way: Way, output: torch.Tensor) -> Result:
    image = image_of(params)
    size = (image.shape[-2], image.shape[-1])
    plain = way_of(params, "none") if params.remedy != "none" else way
    sources = [way.sources(n) for n in size]
    whole = (len(sources[0]), len(sources[1]))
    shown = [("plain", "none", plain)]
    if params.remedy != "none":
        shown.append(("remedied", params.remedy, way))
    top, left, rows, columns = _part(params)
    details, links = [], []
    for name, remedy, each in shown:
        details.append(_detail_pane(params, name, remedy, each))
        if params.photo:
            tables = (each.sources(size[0]), each.sources(size[1]))
            s = params.stride
            links.append(
                Links(
                    name,
                    "input",
                    tables[0][top * s : (top + rows) * s],
                    tables[1][left * s : (left + columns) * s],
                    transposed=each.stamps,
                )
            )
    if params.photo:
        links.append(Links("output", "input", sources[0], sources[1], transposed=way.stamps))
    # As the whole is shown: of a large one its means, and the preview has nothing else.
    averaged = output.shape[-2:] == whole and whole[0] * whole[1] > QUICK
    coloured = block_means(output[0, 0], params.stride) if averaged else output
    return Result(
        panes=(
            _input_pane(params) if params.photo else _counts_pane(params),
            *details,
            Pane(
                name="output",
                title="whole output",
                role="output",
                values=output[0, 0],
                kind="map",
                shape=(1, *whole),
                note="made smaller to fit, it hides a fine pattern",
                block=params.stride,
                keepable=True,
                **_colours(params, params.remedy, coloured),
            ),
        ),
        sentence=_sentence(params, plain, way),
        formula=way.formula(size),
        code=way.line,
        cost=way.cost(size),
        links=tuple(links),
        layer=lambda: way.layer(image),
    )


def _counts_pane(params: CheckerboardParams) -> Pane:
    """Count the stamps of the plain layer on each output of a small grid."""
    k, s = params.kernel_size, params.stride
    n = max(4, 12 // s)
    counts = overlap_counts(n, k, s, *fitting_padding(k, s))
    grid = torch.outer(counts, counts).float().unsqueeze(0)
    return Pane(
        name="counts",
        title="overlaps",
        role="kernel",
        values=grid,
        kind="grid",
        shape=tuple(grid.shape),
        table="count",
        value_range=(0.0, max(2.0, float(grid.max()))),
        note=f"stamps on each output of {n} × {n} pixels, without a remedy",
    )


def _products(k: int, s: int) -> list[int]:
    counts = inside_overlap_counts(k, s)
    return sorted({a * b for a in counts for b in counts})


def _listed(numbers: list[int]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}" if first else last


def _part(params: CheckerboardParams) -> tuple[int, int, int, int]:
    """Give the part of the input whose outputs are shown enlarged: top, left, rows, columns."""
    height, width = params.picture.image.shape[-2:]
    rows, columns = (min(DETAIL_SIDE // params.stride, n) for n in (height, width))
    top = min(max(params.row - rows // 2, 0), height - rows)
    left = min(max(params.column - columns // 2, 0), width - columns)
    return top, left, rows, columns


def detail(params: CheckerboardParams, way: Way) -> torch.Tensor:
    """Compute a part of the photo's output, from that part of the photo and a few pixels more.

    Args:
        params: picture, stride, row and column.
        way: how it is enlarged.

    Returns:
        float32 (stride * rows, stride * columns), as in the whole output.
    """
    s = params.stride
    top, left, rows, columns = _part(params)
    above, before = max(0, top - HALO), max(0, left - HALO)
    taken = params.picture.image[
        ..., above : top + rows + HALO, before : left + columns + HALO
    ].contiguous()
    first, start = (top - above) * s, (left - before) * s
    return way.layer(taken)[0, 0, first : first + rows * s, start : start + columns * s]


def _detail_pane(params: CheckerboardParams, name: str, remedy: str, way: Way) -> Pane:
    cost = way.cost((params.picture.image.shape[-2], params.picture.image.shape[-1]))
    note = f"{cost.weights} weights, {cost.multiply_adds / 1e6:.1f} M multiply-adds"
    if params.photo:
        values = detail(params, way)
        return Pane(
            name=name,
            title=NAMES[remedy],
            role="output",
            values=values,
            kind="map",
            shape=(1, *values.shape),
            note=note,
            **_colours(params, remedy, values),
        )
    values = flat_inside(way, params.stride)[:FLAT_SIDE, :FLAT_SIDE].unsqueeze(0)
    colours = _colours(params, remedy, values)
    if colours["table"] == "grey":
        colours["table"] = "count"
    return Pane(
        name, NAMES[remedy], "output", values, "grid", tuple(values.shape), note=note, **colours
    )


def _colours(params: CheckerboardParams, remedy: str, values: torch.Tensor) -> dict[str, Any]:
    """Choose greys where no weight is negative, else colours with zero in the middle."""
    if params.kernel == "random" and remedy != "bilinear":
        return {"table": "signed"}
    return {"table": "grey", "value_range": (0.0, float(values.max()) or 1.0)}


def _input_pane(params: CheckerboardParams) -> Pane:
    top, left, rows, columns = _part(params)
    return photo.photo_pane(
        params.picture,
        marked=((top, left, rows, columns),),
        click_sets=("row", "column"),
        note="beside it: the framed part; click to move the frame",
    )


def _sentence(params: CheckerboardParams, plain: Way, way: Way) -> str:
    s = params.stride
    counts = _products(params.kernel_size, s)
    if s == 1:
        lie = "With stride 1 every pixel inside has as many stamps as its neighbours"
    elif len(counts) == 1:
        lie = f"Inside, {counts[0]} stamps lie on every pixel"
    else:
        lie = f"Inside, {_listed(counts)} stamps lie on the pixels in turn"
    text = f"{lie}: a flat picture comes out {_told(flat_inside(plain, s))}."
    if params.remedy == "none":
        return text
    remedied = flat_inside(way, s)
    why = "" if _even(remedied) else _why(params)
    name = NAMES[params.remedy]
    return f"{text} {name[0].upper()}{name[1:]}: {_told(remedied)}{why}."


def _even(values: torch.Tensor) -> bool:
    return spread(values) <= 1e-5 * max(1.0, float(values.abs().max()))


def _told(values: torch.Tensor) -> str:
    low, high = (fixed_text(float(each), 2) for each in torch.aminmax(values))
    if _even(values):
        return f"as {high} everywhere (spread 0)"
    return f"as {low} to {high} (spread {spread(values):.2f})"


def _why(params: CheckerboardParams) -> str:
    if params.remedy == "shuffle":
        return f": each of the {params.stride**2} phases has a kernel of its own"
    return ": equally many stamps, but each phase adds other weights"


_preset = preset_maker(kernel="ones")

LAB = LabDefinition(
    name="checkerboard",
    title="Checkerboards",
    params=CheckerboardParams,
    compute=compute,
    preview=preview,
    controls=(
        PictureChoice(),
        Seed(),
        Choice("kernel", "kernel", KERNELS, "kernel", in_header=True),
        Slider("kernel_size", "kernel_size", 1, 8, "kernel"),
        Slider("stride", "stride", 1, 4, "stride"),
        Choice("remedy", "remedy", REMEDIES, "output"),
        Toggle("photo", "the picture instead of all ones", "input", more=True),
        Slider("row", "row", 0, 767, "input", shown_with="photo"),
        Slider("column", "column", 0, 767, "input", shown_with="photo"),
        Presets(
            "try",
            (
                _preset("k 3, s 2", kernel_size=3, stride=2),
                _preset("k 4, s 2", kernel_size=4, stride=2),
                _preset("k 5, s 3", kernel_size=5, stride=3),
                _preset("k 6, s 3", kernel_size=6, stride=3),
                _preset("k 2, s 3: gaps", kernel_size=2, stride=3),
                _preset("k 4, s 2, random", kernel_size=4, stride=2, kernel="random"),
            ),
            "stride",
        ),
    ),
)

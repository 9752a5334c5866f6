"""Why transposed convolutions paint checkerboards, and what helps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch
from torch import nn

from lessons_lib.geometry import overlap_counts, source_indices
from lessons_lib.images import Picture, load_picture
from lessons_lib.kernels import (
    bilinear_kernel,
    seeded_layer,
    seeded_transposed_layer,
    weighted_layer,
)
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, PictureChoice, Presets, Seed, Slider, Toggle
from lessons_lib.kit.formula import conv2d_line, shuffled_size_formula, size_formula
from lessons_lib.kit.layers import transposed as transposed_layer
from lessons_lib.kit.links import Links
from lessons_lib.kit.result import Cost, LabDefinition, Pane, Result
from lessons_lib.kit.terms import Line, Term
from lessons_lib.reader.preferences import default_picture
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
    "none": "transposed", "divisible": "divisible kernel",
    "resize": "resize, then convolve", "bilinear": "bilinear kernel", "shuffle": "pixel shuffle",
}  # fmt: skip
FLAT_SIDE = 8  # outputs of a flat picture that are shown with their numbers
DETAIL_SIDE = 40  # outputs of the photo that are shown enlarged
HALO = 9  # input pixels around a part; no kernel of the lab reaches further
QUICK = 1_200_000  # pixels of an output that is computed exactly while the hand moves


@dataclass(frozen=True)
class CheckerboardParams:
    """The lesson starts with overlaps 1, 2 and 4, and a remedy that paints none."""

    picture: Picture = field(default_factory=lambda: load_picture(default_picture()))
    seed: int = 3
    kernel: str = "ones"
    photo: bool = False
    kernel_size: int = 3
    stride: int = 2
    remedy: str = "resize"
    row: int = 256
    column: int = 256


@dataclass(frozen=True, eq=False)
class Way:
    """One way to make a picture larger: three channels in, one out, no bias.

    Attributes:
        layer: takes (1, 3, H, W) to (1, 1, s * H, s * W); a transposed one of stride 1 with an
            even kernel to (1, 1, H + 1, W + 1).
        line: of Python, that makes it.
        formula: from (H, W) to the size formula.
        cost: from (H, W) to what one pass costs.
        sources: from the length of an axis to the input pixels that each output takes from.
        stamps: whether it is a transposed convolution, whose pixels stamp the kernel.
    """

    layer: nn.Module
    line: Line
    formula: Callable[[tuple[int, int]], tuple[Line, ...]]
    cost: Callable[[tuple[int, int]], Cost]
    sources: Callable[[int], torch.Tensor]
    stamps: bool = False


def tent(size: int) -> torch.Tensor:
    """Give a kernel that falls in straight lines from its middle, (size, size).

    Source:
        the rule by which fully convolutional networks fill an upsampling kernel of any size; for
        size 2s - s % 2 it is `bilinear_kernel(s)`.
    """
    distance = (torch.arange(size) - (size - 1) / 2).abs()
    side = 1 - distance / ((size + 1) // 2)
    return torch.outer(side, side)


def _weight(params: CheckerboardParams, out_channels: int, size: int) -> torch.Tensor:
    """Give a convolution's weight (out_channels, 3, size, size), the named ones without colour."""
    if params.kernel == "random":
        return seeded_layer(params.seed, 3, out_channels, size, bias=False).weight.detach()
    kernel = torch.ones(size, size) if params.kernel == "ones" else tent(size)
    return photo.photo_weight(kernel).repeat(out_channels, 1, 1, 1)


def _transposed(weight: torch.Tensor, stride: int) -> Way:
    """Enlarge by a transposed convolution of this weight (3, 1, k, k)."""
    k = weight.shape[-1]
    padding, extra = _fitting(k, stride)
    layer = weighted_layer(
        nn.ConvTranspose2d, weight, stride=stride, padding=padding, output_padding=extra
    )
    arguments = {
        "kernel_size": k, "stride": stride, "padding": padding, "output_padding": extra,
        "bias": False,
    }  # fmt: skip
    return Way(
        layer,
        transposed_layer.layer_line(3, 1, arguments),
        lambda size: transposed_layer.formula(layer, _sized(size)),
        lambda size: transposed_layer.cost(layer, _sized(size)),
        lambda n: transposed_layer.links(layer, _sized((n, n))).rows,
        stamps=True,
    )


def _fitting(k: int, s: int) -> tuple[int, int]:
    """Give the padding and output_padding that make every side s times as long.

    Stride 1 with an even kernel makes it one longer: torch has no setting in between.
    """
    if s == 1:
        return (k - 1) // 2, 0
    padding = max(0, (k - s + 1) // 2)
    return padding, s - k + 2 * padding


def _sized(size: tuple[int, int]) -> torch.Tensor:
    return torch.empty(1, 3, *size, device="meta")


def _resized(weight: torch.Tensor, s: int) -> Way:
    conv, k, p = _same_size(weight)

    def sources(n: int) -> torch.Tensor:
        large = source_indices(n * s, k, 1, p)
        return torch.where(large < 0, -1, large.div(s, rounding_mode="floor"))

    return Way(
        nn.Sequential(nn.Upsample(scale_factor=s), conv),
        _sequence(Term(f"nn.Upsample(scale_factor={s})", "stride"), *_comma(_conv_line(conv))),
        lambda size: size_formula((size[0] * s, size[1] * s), (k, k), padding=(p, p)),
        lambda size: photo.cost(conv, (size[0] * s, size[1] * s)),
        sources,
    )


def _shuffled(weight: torch.Tensor, s: int) -> Way:
    conv, k, p = _same_size(weight)
    return Way(
        nn.Sequential(conv, nn.PixelShuffle(s)),
        _sequence(*_conv_line(conv), Term(", "), Term(f"nn.PixelShuffle({s})", "stride")),
        lambda size: shuffled_size_formula(size, (k, k), (p, p), s),
        lambda size: photo.cost(conv, size),
        lambda n: source_indices(n, k, 1, p).repeat_interleave(s, dim=0),
    )


def _same_size(weight: torch.Tensor) -> tuple[nn.Conv2d, int, int]:
    """Build the convolution that keeps the size: with its kernel size and padding."""
    k = weight.shape[-1]
    return photo.plain_layer(weight, padding=k // 2), k, k // 2


def _conv_line(conv: nn.Conv2d) -> Line:
    arguments = {"kernel_size": conv.kernel_size, "padding": conv.padding, "bias": False}
    return conv2d_line(conv.in_channels, conv.out_channels, arguments)


def _comma(line: Line) -> Line:
    return (Term(", "), *line)


def _sequence(*terms: Term) -> Line:
    return (Term("nn.Sequential("), *terms, Term(")"))


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
        return _resized(_weight(params, 1, odd), s)
    if remedy == "shuffle":
        return _shuffled(_weight(params, s * s, odd), s)
    if remedy == "bilinear":
        return _transposed(photo.photo_weight(bilinear_kernel(s, 1)[0, 0]).transpose(0, 1), s)
    if remedy == "divisible":
        k = -(-k // s) * s
    if params.kernel == "random":
        return _transposed(seeded_transposed_layer(params.seed, 3, 1, k, False).weight.detach(), s)
    return _transposed(_weight(params, 1, k).transpose(0, 1), s)


@lru_cache(maxsize=64)
def inside_counts(kernel_size: int, stride: int) -> tuple[int, ...]:
    """Count how many stamps lie on an output far from the border, for each of the stride phases."""
    middle = overlap_counts(32, kernel_size, stride)[16 * stride : 17 * stride]
    return tuple(middle.tolist())


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

    Every pixel adds the same to the blocks around its own, whatever the way. So what one pixel
    adds, found by enlarging an impulse, is the kernel of an ordinary convolution that gives the
    means. All of them: the colours' range may hang on a few blocks at the border.
    """
    kernel = _added_by_a_pixel(way, params.stride)
    return nn.functional.conv2d(image_of(params), kernel, padding=kernel.shape[-1] // 2)


def _added_by_a_pixel(way: Way, stride: int) -> torch.Tensor:
    """Find the kernel (1, 3, n, n) by which a convolution of the input gives the means of blocks.

    n is odd, and the middle belongs to the block's own pixel.
    """
    side = 2 * HALO + 1
    impulses = torch.zeros(3, 3, side, side)  # one for each channel
    impulses[range(3), range(3), HALO, HALO] = 1
    enlarged = way.layer(impulses)[:, 0]
    means = torch.stack([block_means(each, stride)[:side, :side] for each in enlarged])
    kernel = means.flip(1, 2).unsqueeze(0)  # a convolution looks back at what reaches it
    touched = kernel.abs().sum((0, 1)).nonzero()
    reach = int((touched - HALO).abs().max())
    middle = slice(HALO - reach, HALO + reach + 1)
    return kernel[..., middle, middle].contiguous()


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
                Links(name, "input", tables[0][top * s : (top + rows) * s],
                      tables[1][left * s : (left + columns) * s],
                      transposed=each.stamps)
            )  # fmt: skip
    if params.photo:
        links.append(Links("output", "input", sources[0], sources[1], transposed=way.stamps))
    # As the whole is shown: of a large one its means, and the preview has nothing else.
    averaged = output.shape[-2:] == whole and whole[0] * whole[1] > QUICK
    coloured = block_means(output[0, 0], params.stride) if averaged else output
    return Result(
        panes=(
            _input_pane(params) if params.photo else _counts_pane(params),
            *details,
            Pane("output", "whole output", "output", output[0, 0], "map",
                 (1, *whole), note="made smaller to fit, it hides a fine pattern",
                 block=params.stride, **_colours(params, params.remedy, coloured)),
        ),
        sentence=_sentence(params, plain, way),
        formula=way.formula(size),
        code=way.line,
        cost=way.cost(size),
        links=tuple(links),
        layer=lambda: way.layer(image),
    )  # fmt: skip


def _counts_pane(params: CheckerboardParams) -> Pane:
    """Count the stamps of the plain layer on each output of a small grid."""
    k, s = params.kernel_size, params.stride
    n = max(4, 12 // s)
    counts = overlap_counts(n, k, s, *_fitting(k, s))
    grid = torch.outer(counts, counts).float().unsqueeze(0)
    return Pane(
        "counts", "overlaps", "kernel", grid, "grid", tuple(grid.shape), "count",
        (0.0, max(2.0, float(grid.max()))),
        f"stamps on each output of {n} × {n} pixels, without a remedy",
    )  # fmt: skip


def _products(k: int, s: int) -> list[int]:
    counts = inside_counts(k, s)
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
            name, NAMES[remedy], "output", values, "map", (1, *values.shape), note=note,
            **_colours(params, remedy, values),
        )  # fmt: skip
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
        params.picture, marked=((top, left, rows, columns),), clickable=True,
        note="beside it: the framed part; click to move the frame",
    )  # fmt: skip


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


def spread(values: torch.Tensor) -> float:
    """Measure the pattern on a flat picture: the largest value less the smallest."""
    return float(values.max() - values.min())


def _told(values: torch.Tensor) -> str:
    low, high = (f"{float(each):.2f}".replace("-", "−") for each in torch.aminmax(values))
    if _even(values):
        return f"as {high} everywhere (spread 0)"
    return f"as {low} to {high} (spread {spread(values):.2f})"


def _why(params: CheckerboardParams) -> str:
    if params.remedy == "shuffle":
        return f": each of the {params.stride**2} phases has a kernel of its own"
    return ": equally many stamps, but each phase adds other weights"


def _try(
    label: str, kernel_size: int, stride: int, kernel: str = "ones"
) -> tuple[str, dict[str, object]]:
    return label, {"kernel_size": kernel_size, "stride": stride, "kernel": kernel}


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
        Toggle("photo", "the picture instead of all ones", "input"),
        Slider("row", "row", 0, 767, "input", shown_with="photo"),
        Slider("column", "column", 0, 767, "input", shown_with="photo"),
        Presets(
            "try",
            (
                _try("k 3, s 2", 3, 2),
                _try("k 4, s 2", 4, 2),
                _try("k 5, s 3", 5, 3),
                _try("k 6, s 3", 6, 3),
                _try("k 2, s 3: gaps", 2, 3),
                _try("k 4, s 2, random", 4, 2, "random"),
            ),
            "stride",
        ),
    ),
)

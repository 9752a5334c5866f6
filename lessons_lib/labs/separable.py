"""Separable kernels: columns times rows, what they keep of a kernel, and what the photo loses."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from lessons_lib.images import Picture
from lessons_lib.kernels import named_kernel, photo_weight, seeded_layer, weighted_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, KernelEdit, PictureChoice, Presets, Seed, Slider
from lessons_lib.kit.grids import SOBEL_X, Rows, grid_pane, rows_of
from lessons_lib.kit.layers import conv, sequence
from lessons_lib.kit.layers.described import Described
from lessons_lib.kit.links import CellLinks, Links
from lessons_lib.kit.look import Look
from lessons_lib.kit.microscope import SumMicroscope
from lessons_lib.kit.photo import KernelChoice, PictureParams
from lessons_lib.kit.result import Compared, Cost, LabDefinition, Pane, Result
from lessons_lib.separable import (
    columns_and_rows,
    kernel_rank,
    layer_of,
    share_kept,
    singular_values,
)
from lessons_lib.variants import SpatiallySeparableConv2d
from lessons_lib.visualization.colours import signed_range
from lessons_lib.visualization.numbers import counted, percent_text, size_text

MOST = 7  # the largest kernel that can be edited has so many rows
ROUNDING = 1e-6  # of the largest sum that the kernel could make of a picture: float32's own error
OUTPUTS = ("output", "part_output", "difference")
OWN, DIAGONAL = "own", "diagonal"
KERNELS = {
    "sobel_x": KernelChoice("Sobel x", "sobel_x", (3, 3)),
    "sobel_y": KernelChoice("Sobel y", "sobel_y", (3, 3)),
    "box_3x3": KernelChoice("box 3 × 3", "box", (3, 3)),
    "gaussian_3x3": KernelChoice("Gaussian 3 × 3", "gaussian", (3, 3)),
    "gaussian_7x7": KernelChoice("Gaussian 7 × 7", "gaussian", (7, 7)),
    "laplacian": KernelChoice("Laplacian", "laplacian", (3, 3)),
    "sharpen": KernelChoice("sharpen", "sharpen", (3, 3)),
    "emboss": KernelChoice("emboss", "emboss", (3, 3)),
    "diagonal": KernelChoice("diagonal", DIAGONAL, (5, 5)),
    "random_3x3": KernelChoice("random 3 × 3", photo.RANDOM, (3, 3)),
    "random_3x5": KernelChoice("random 3 × 5", photo.RANDOM, (3, 5)),
    "random_7x7": KernelChoice("random 7 × 7", photo.RANDOM, (7, 7)),
}
OPTIONS = (*((choice.label, name) for name, choice in KERNELS.items()), ("your own", OWN))
RANGES = (("as the output", "same"), ("own range", "own"))


@dataclass(frozen=True)
class SeparableParams(PictureParams):
    """The lesson starts with a kernel that is one column times one row."""

    seed: int = 3
    named: str = "sobel_x"
    kernel: Rows = SOBEL_X
    rank: int = 1
    display: str = "same"


@dataclass(frozen=True, eq=False)
class _Apart:
    """A kernel, and the part of it that the slider asks for.

    Attributes:
        kernel: (kh, kw).
        cells: (1, kh, kw), the kernel as its pane shows it.
        values: (1, 1, min(kh, kw)), its singular values, those that are but rounding 0.
        whole: its rank.
        rank: of the part: what the slider asks for, and no more than the shorter side.
        columns, rows: (kh, rank) and (rank, kw).
        rest: what their product lacks, (kh, kw).
        kept: the part's share of the kernel's sum of squares.
        layer: two convolutions that answer as the part does.
    """

    kernel: Tensor
    cells: Tensor
    values: Tensor
    whole: int
    rank: int
    columns: Tensor
    rows: Tensor
    rest: Tensor
    kept: float
    layer: SpatiallySeparableConv2d

    @property
    def part(self) -> Tensor:
        """The best kernel of that rank."""
        return self.kernel - self.rest

    @property
    def left(self) -> float:
        """The share of the kernel's sum of squares that the part lacks."""
        return 1 - self.kept if self.rank < self.whole else 0.0


@lru_cache(maxsize=1)  # a preview is followed by the exact pictures
@torch.inference_mode()
def compute(params: SeparableParams) -> Result:
    """Apply the kernel to the photo, and the best part of it that is `rank` columns times rows.

    Args:
        params: named, a key of `KERNELS` or "own"; kernel, the reader's own, 1 x 1 to 7 x 7; rank
            1..7, of which the kernel's shorter side is taken at most; display "same" (the
            difference in the colours of the output) or "own".

    Returns:
        Panes kernel, table (columns at the left, rows above, their product the part), rest (what
        the part lacks), values (the singular values), input, output (of the kernel), part_output
        (of the part) and difference.

    Raises:
        IllegalSettingError: the kernel is larger than the photo.
    """
    image = photo.fast_image(params.picture)
    kernel = rows_of(kernel_of(params))
    seen, whole = _whole(params.picture, kernel)
    apart = _taken_apart(kernel, params.rank)
    layer = apart.layer
    part = layer(image)
    difference = part - seen.output
    lost = _lost(difference, seen.output, apart.kernel)
    two = (layer.down, layer.across)
    costs = (seen.cost, sequence.cost(two, tuple(image.shape[2:])))
    return seen.result(
        panes=(*_grids(apart, costs), *_photos(params, (whole, part, difference), lost)),
        sentence=_sentence(apart, params.rank, lost, costs),
        code=sequence.line(two),
        copied=sequence.copied(two),
        cost=costs[1],
        links=tuple(replace(seen.links, output=name, kernel="") for name in OUTPUTS),
        cell_links=_cell_links(apart),
        microscopes=_microscopes(apart, image, seen.links),
        layer=lambda: layer(image),
        compared=Compared(f"whole {size_text(tuple(apart.kernel.shape))}", seen.cost, seen.layer),
    )


def kernel_of(params: SeparableParams) -> Tensor:
    """Give the kernel that is chosen: (kh, kw)."""
    if params.named == OWN:
        return torch.tensor(params.kernel)
    _, name, size = KERNELS[params.named]
    if name == photo.RANDOM:
        return seeded_layer(params.seed, 1, 1, size).weight.detach()[0, 0]
    return torch.eye(size[0]) if name == DIAGONAL else named_kernel(name, size[0])


@lru_cache(maxsize=4)
def _whole(picture: Picture, kernel: Rows) -> tuple[Described, Pane]:
    """Apply the whole kernel: once, while the slider of the rank moves; its pane stays the same.

    Its colours are those of the part and of the difference as well, so that they can be compared.
    """
    layer = weighted_layer(nn.Conv2d, photo_weight(torch.tensor(kernel)))
    seen = conv.described(layer, photo.fast_image(picture), labels=photo.RGB)
    colours = signed_range(seen.output)
    return seen, photo.signed_pane(seen.output, colours, title="output", keepable=False)


@lru_cache(maxsize=4)
def _weighed(rows: Rows) -> tuple[Tensor, Tensor, int]:
    """Give a kernel (1, kh, kw), its singular values (1, 1, n) and its rank.

    They are the same tensors every time, which tells the stage that their panes have not changed.
    """
    kernel = torch.tensor(rows)
    whole, values = kernel_rank(kernel), singular_values(kernel)
    values[whole:] = 0
    return kernel[None], values.float()[None, None], whole


@lru_cache(maxsize=2 * MOST)  # a slider comes back to the same few
@torch.inference_mode()
def _taken_apart(rows_of_kernel: Rows, asked: int) -> _Apart:
    cells, values, whole = _weighed(rows_of_kernel)
    kernel = cells[0]
    rank = min(asked, *kernel.shape)
    columns, rows = columns_and_rows(kernel, rank)
    rest = kernel - columns @ rows
    if rank >= whole:
        rest = torch.zeros_like(rest)  # the rest of the rest is rounding
        columns[:, whole:] = rows[whole:] = 0  # and so are the products beyond the kernel's rank
    columns, rows, rest = (each.float() for each in (columns, rows, rest))
    layer = layer_of(columns, rows)
    kept = share_kept(kernel, rank)
    return _Apart(kernel, cells, values, whole, rank, columns, rows, rest, kept, layer)


def _nothing(kernel: Tensor) -> float:
    """Say how large an output, or a difference, may come out where it should be 0."""
    return ROUNDING * float(kernel.abs().sum())


def _lost(difference: Tensor, whole: Tensor, kernel: Tensor) -> float:
    """Compare a difference with the whole output: root mean squares; inf: the output is 0."""
    off, size = (float(each.norm()) / math.sqrt(each.numel()) for each in (difference, whole))
    if off <= _nothing(kernel):
        return 0.0
    return off / size if size > _nothing(kernel) else math.inf


# ------------------------------------------------------------------------------------------ panes


def _grids(apart: _Apart, costs: tuple[Cost, Cost]) -> tuple[Pane, ...]:
    """Show the kernel, the part as a multiplication table, what remains, and how heavy each is."""
    common = signed_range(torch.stack([apart.kernel, apart.part]))
    before, after = (counted(cost.weights, "weight") for cost in costs)
    return (
        _grid("kernel", "kernel", apart.cells, before, common),
        _table_pane(apart, after),
        _grid(
            "rest", "rest", apart.rest[None], f"{_share_text(apart.left)} of its squares", common
        ),
        _grid(
            "values",
            "singular values",
            apart.values,
            f"rank {apart.whole}",
            marked=((0, 0, 1, apart.rank),),
        ),
    )


def _table_pane(apart: _Apart, note: str) -> Pane:
    """Write columns at the left, rows above, and where they cross the products, added up."""
    (height, width), rank = apart.kernel.shape, apart.rank
    table = torch.zeros(rank + height, rank + width)
    table[rank:, :rank], table[:rank, rank:] = apart.columns, apart.rows
    table[rank:, rank:] = apart.part
    corner = torch.zeros(1, *table.shape, dtype=torch.bool)
    corner[:, :rank, :rank] = True
    return _grid(
        "table",
        "column × row" if rank == 1 else "columns × rows",
        table[None],
        note,
        outside=corner,
        marked=((rank, 0, height, rank), (0, rank, rank, width)),
    )


def _grid(
    name: str,
    title: str,
    values: Tensor,
    note: str,
    value_range: tuple[float, float] | None = None,
    **more: Any,
) -> Pane:
    """Show a grid (1, rows, columns) of a kernel's numbers, in its own colours or given ones."""
    colours = value_range or signed_range(values)
    return grid_pane(name, title, "kernel", values, note=note, value_range=colours, **more)


def _photos(
    params: SeparableParams, answers: tuple[Pane, Tensor, Tensor], lost: float
) -> tuple[Pane, ...]:
    """Show what the kernel and its part make of the photo, and how these differ."""
    whole, part, difference = answers
    own = params.display == "own" and lost > 0  # rounding alone is not blown up to a picture
    return (
        photo.photo_pane(params.picture),
        whole,
        photo.signed_pane(
            part,
            whole.value_range,
            "part_output",
            "of the part",
        ),
        photo.signed_pane(
            difference,
            None if own else whole.value_range,
            "difference",
            "difference",
            note=_off(lost),
            keepable=False,
        ),
    )


def _off(lost: float) -> str:
    if lost == 0:
        return "none but rounding"
    return "the output was 0" if math.isinf(lost) else f"off by {_share_text(lost)}"


def _share_text(share: float) -> str:
    """Print a share in per cent; what is not 0, and not all, is not rounded to that."""
    if 0 < share < 0.0005:
        return f"under {percent_text(0.001)}"
    if 0.9995 <= share < 1:
        return f"over {percent_text(0.999)}"
    return percent_text(share, 0 if share > 1 else 1)


def _cell_links(apart: _Apart) -> tuple[CellLinks, ...]:
    """Link a number of the kernel to its row of the columns, its column of the rows, its rest."""
    (height, width), rank = apart.kernel.shape, apart.rank
    across = rank + width  # cells in a row of the table
    taps = torch.arange(rank)
    row, column = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    row, column = row.reshape(-1, 1), column.reshape(-1, 1)  # (height * width, 1)
    factors = ((rank + row) * across + taps, taps * across + rank + column)
    product = (rank + row) * across + rank + column
    return (
        CellLinks(
            "kernel",
            "table",
            torch.cat([product, *factors], dim=1),
            "is, but for the rest, made of",
            "makes, but for the rest,",
        ),
        CellLinks("kernel", "rest", row * width + column, "has left", "is left of"),
    )


def _microscopes(apart: _Apart, image: Tensor, links: Links) -> tuple[SumMicroscope, ...]:
    """Look at each output as the sum that it is; the difference is that of what was left out."""
    kernels = (apart.kernel, apart.part, -apart.rest)
    return tuple(
        SumMicroscope(
            output,
            image,
            photo_weight(kernel),
            None,
            replace(links, output=output, kernel=""),
            labels=photo.RGB,
        )
        for output, kernel in zip(OUTPUTS, kernels, strict=True)
    )


# ------------------------------------------------------------------------------------------ words


def _sentence(apart: _Apart, asked: int, lost: float, costs: tuple[Cost, Cost]) -> str:
    whole, two = (cost.weights for cost in costs)
    price = "fewer" if two < whole else "more, not fewer" if two > whole else "as many"
    weights = f"Weights: {two} instead of {whole}, {price}."
    return f"{_rank_words(apart, asked)} {_loss_words(apart, lost)} {weights}"


def _rank_words(apart: _Apart, asked: int) -> str:
    size = f"A kernel of {size_text(tuple(apart.kernel.shape))}"
    if asked > apart.rank:
        return f"{size} is never more than {counted(apart.rank, 'product')} of a column and a row."
    if apart.whole == 0:
        return f"{size} zeros has rank 0."
    made = "one column times one row" if apart.whole == 1 else "a sum of columns times rows"
    more = ", and more products are 0" if apart.rank > apart.whole else ""
    return f"This kernel has rank {apart.whole}: {made}{more}."


def _loss_words(apart: _Apart, lost: float) -> str:
    if apart.rank >= apart.whole:
        return "Nothing is lost."
    kept = _share_text(min(apart.kept, 1 - 1e-12))  # rounded up to 1 it is still not all
    part = f"Its best part of rank {apart.rank} keeps {kept} of its sum of squares"
    if not math.isfinite(lost):
        return f"{part}; on this photo the kernel answers 0, and the part does not."
    if lost == 0:
        return f"{part}; on this photo the output is off by rounding alone."
    return f"{part}; on this photo the output is off by {_share_text(lost)}."


# --------------------------------------------------------------------------------------- controls


PRESETS = ("sobel_x", "gaussian_7x7", "laplacian", "sharpen", "emboss", "diagonal", "random_7x7")

LAB = LabDefinition(
    name="separable",
    title="Separable",
    params=SeparableParams,
    compute=compute,
    preview=photo.coarse_preview(compute, "input", "output"),
    look=Look(columns=4, code_lines=2, pointer_lines=2),
    controls=(
        PictureChoice(),
        Seed(),
        Choice("named", "kernel", OPTIONS, "kernel", in_header=True),
        KernelEdit(shown_with=("named", OWN)),
        Slider("rank", "rank", 1, MOST, "kernel"),
        Choice("display", "difference", RANGES, "output"),
        Presets(
            "try",
            tuple((KERNELS[name].label, {"named": name, "rank": 1}) for name in PRESETS),
            "kernel",
        ),
    ),
)

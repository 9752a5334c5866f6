"""A convolution written as a matrix W, and the transposed convolution as W turned over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from lessons_lib.geometry import output_padding_for
from lessons_lib.kernels import weighted_layer
from lessons_lib.kit.controls import Choice, KernelEdit, Presets, Slider, preset_maker
from lessons_lib.kit.grids import (
    FROM_ONE,
    NINE,
    NINE_ONES,
    Rows,
    grid_options,
    grid_pane,
    small_grid,
)
from lessons_lib.kit.layers import conv, transposed
from lessons_lib.kit.links import CellLinks, Links
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import LabDefinition, Pane, Result, Stepper
from lessons_lib.transposed import conv_matrix
from lessons_lib.visualization.numbers import counted, significant_text

GRID_OPTIONS = grid_options("counting_3", "counting_4", "digits_3x5", "impulse_3", "ones")
SHOWN = (
    ("W and Wᵀ", "both"),
    ("W: convolution", "convolution"),
    ("Wᵀ: transposed", "transposed"),
)
# torch's argument -> the lab's parameter
NAMED = {name: name for name in ("stride", "padding", "dilation")}


@dataclass(frozen=True)
class MatrixParams:
    """The lesson starts with the example that can be checked by hand."""

    grid: str = "counting_3"
    show: str = "both"
    kernel: Rows = FROM_ONE
    stride: int = 1
    padding: int = 0
    dilation: int = 1


@dataclass(frozen=True)
class _Names:
    """What the panes are called; those that the shown layer reads and makes: input and output."""

    x: str
    y: str
    back: str


_NAMES = {
    "both": _Names("input", "output", "back"),
    "convolution": _Names("input", "output", ""),
    "transposed": _Names("x", "input", "output"),
}


@torch.inference_mode()
def compute(params: MatrixParams) -> Result:
    """Write the convolution of a small grid as W x, and the way back as W^T y.

    Args:
        params: kernel 1 x 1 to 7 x 7; the same stride, padding and dilation down and across;
            show "both", "convolution" or "transposed".

    Returns:
        Of x (1, H, W), W = "matrix" (1, H_out W_out, H W), y = W x (1, H_out, W_out), the kernel,
        W^T = "transposed" and W^T y (1, H, W) those that `show` asks for. With "transposed" y is
        the pane input and W^T y the pane output, else x is the input and y the output.

    Raises:
        IllegalSettingError: torch refuses the setting.
    """
    grid = small_grid(params.grid)
    geometry: dict[str, Any] = {
        "stride": params.stride,
        "padding": params.padding,
        "dilation": params.dilation,
    }
    weight = torch.tensor(params.kernel)[None, None]
    layer = weighted_layer(nn.Conv2d, weight, **geometry)
    forth = conv.described(layer, grid, NAMED, weights=True)
    back_layer = _back_layer(layer, grid, forth.output, geometry)
    back = transposed.described(back_layer, forth.output, weights=True)
    size = (grid.shape[-2], grid.shape[-1])
    matrix = conv_matrix(weight[0, 0], size, **geometry)
    taps = tap_matrix(layer, size)
    again = (matrix.T @ forth.output.flatten()).reshape(1, *size)
    seen = back if params.show == "transposed" else forth
    return seen.result(
        panes=_panes(params, grid[0], matrix, taps, forth.output[0], again),
        sentence=_sentence(params, grid, matrix, taps, forth.output, again),
        links=_links(params, forth.links, back.links),
        cell_links=_cell_links(params, taps),
        microscopes=(),
        stepper=Stepper("output"),
    )


def _back_layer(
    layer: nn.Conv2d, grid: torch.Tensor, output: torch.Tensor, geometry: dict[str, Any]
) -> nn.ConvTranspose2d:
    """Build the layer that is W^T: the output_padding gives x its own size back."""
    extra = output_padding_for(grid.shape[-2:], output.shape[-2:], layer.kernel_size, **geometry)
    weight = layer.weight.detach()
    return weighted_layer(nn.ConvTranspose2d, weight, output_padding=extra, **geometry)


def tap_matrix(layer: nn.Conv2d, size: tuple[int, int]) -> torch.Tensor:
    """Say which weight stands in each cell of W.

    Args:
        layer: one channel in and out, padded with zeros.
        size: (H, W) of the grid.

    Returns:
        int64 (H_out * W_out, H * W): index of the weight, row after row; -1 where there is none.
    """
    linked = conv.links(layer, size)
    rows, columns = linked.rows, linked.columns
    # (H_out, kh, W_out, kw): where each tap of each output falls
    down, across = rows[:, :, None, None], columns[None, None]
    inputs = torch.where((down >= 0) & (across >= 0), down * size[1] + across, -1)
    inputs = inputs.permute(0, 2, 1, 3).flatten(0, 1).flatten(1)  # (outputs, weights)
    taps = torch.full((len(inputs), size[0] * size[1]), -1)
    output, weight = (inputs >= 0).nonzero(as_tuple=True)
    taps[output, inputs[output, weight]] = weight
    return taps


def _panes(
    params: MatrixParams,
    grid: torch.Tensor,
    matrix: torch.Tensor,
    taps: torch.Tensor,
    output: torch.Tensor,
    back: torch.Tensor,
) -> tuple[Pane, ...]:
    names, empty, forth = _NAMES[params.show], taps < 0, params.show != "transposed"
    kernel = torch.tensor(params.kernel)[None]
    x = grid_pane(names.x, "x", "input", grid)
    y = grid_pane(names.y, "y", "output", output, note="= W x", keepable=forth)
    weights = grid_pane("kernel", "kernel", "kernel", kernel)
    there = _matrix_pane("matrix", "W", matrix, empty, "a row per output, a column per input")
    turned = _matrix_pane("transposed", "Wᵀ", matrix.T, empty.T, "rows and columns exchanged")
    note = "" if torch.equal(back, grid) else "the shape of x, not its numbers"
    again = grid_pane(names.back, "Wᵀ y", "output", back, note=note, keepable=not forth)
    return {
        "both": (x, there, y, weights, turned, again),
        "convolution": (x, weights, there, y),
        "transposed": (replace(y, role="input"), turned, again, weights, x),
    }[params.show]


def _matrix_pane(
    name: str, title: str, values: torch.Tensor, empty: torch.Tensor, note: str
) -> Pane:
    pane = grid_pane(name, title, "kernel", values[None], outside=empty[None], note=note)
    return replace(pane, shape=tuple(values.shape))


def _links(params: MatrixParams, there: Links, back: Links) -> tuple[Links, ...]:
    names = _NAMES[params.show]
    forth = replace(there, output=names.y, source=names.x)
    if params.show == "convolution":
        return (forth,)
    back = replace(back, output=names.back, source=names.y)
    if params.show == "transposed":
        return (back,)
    # the kernel lights what it touches on the way there; on the way back it would light all of y
    return (forth, back)


def _cell_links(params: MatrixParams, taps: torch.Tensor) -> tuple[CellLinks, ...]:
    """Bind each number of W to its output, to its input and to the weight that it copies."""
    names = _NAMES[params.show]
    matrices = {"matrix": (taps, names.y, names.x), "transposed": (taps.T, names.back, names.y)}
    shown = {
        "both": ("matrix", "transposed"),
        "convolution": ("matrix",),
        "transposed": ("transposed",),
    }[params.show]
    weights = len(params.kernel) * len(params.kernel[0])
    found: list[CellLinks] = []
    for name in shown:
        table, made, read = matrices[name]
        places = torch.arange(table.numel()).view(table.shape)
        found += [
            CellLinks(made, name, places, "is made by", "adds to"),
            CellLinks(read, name, places.T, "meets", "multiplies"),
            CellLinks("kernel", name, copies(table, weights), "is copied to", "copies"),
        ]
    if params.show == "both":
        mirrored = torch.arange(taps.numel()).view(taps.shape[::-1]).T.reshape(-1, 1)
        found.append(CellLinks("matrix", "transposed", mirrored, "is also", "is also"))
    return tuple(found)


def copies(taps: torch.Tensor, weights: int) -> torch.Tensor:
    """Say where each weight stands.

    Args:
        taps: int64, as `tap_matrix` gives it.
        weights: how many there are.

    Returns:
        int64 (weights, most copies): cells of the matrix, row after row; -1 = no more.
    """
    found = [(taps.flatten() == weight).nonzero()[:, 0] for weight in range(weights)]
    return nn.utils.rnn.pad_sequence(found, batch_first=True, padding_value=-1)


def _sentence(
    params: MatrixParams,
    grid: torch.Tensor,
    matrix: torch.Tensor,
    taps: torch.Tensor,
    output: torch.Tensor,
    back: torch.Tensor,
) -> str:
    rows, columns = matrix.shape
    empty = int((taps < 0).sum())
    different = len(taps[taps >= 0].unique())
    name = "Wᵀ" if params.show == "transposed" else "W"
    shape = f"{columns} × {rows}" if params.show == "transposed" else f"{rows} × {columns}"
    numbers = counted(taps.numel(), "number")
    told = f"{name} has {shape} = {numbers}: {_filled(empty, different)}."
    if params.show == "convolution":
        return told
    left = float(output.double().square().sum())
    right = float((grid[0].double() * back.double()).sum())
    equal = "=" if significant_text(left) == significant_text(right) else "≈"
    inverse = "but Wᵀ y is not x: Wᵀ is not the inverse of W."
    if torch.equal(back, grid[0]):
        every = torch.equal(matrix.T @ matrix, torch.eye(columns))
        known = ": W loses nothing" if every else ", though not for every x"
        inverse = f"and Wᵀ y is x itself{known}."
    products = f"⟨W x, y⟩ = {significant_text(left)} {equal} {significant_text(right)} = ⟨x, Wᵀ y⟩"
    return f"{told} {products}, {inverse}"


def _filled(empty: int, different: int) -> str:
    """Say what the numbers of W are: so many without a weight, the others copies of so many."""
    weights = counted(different, "weight")
    if not different:
        return "all are zero because every weight meets padding"
    if not empty:
        return f"all are copies of {weights}"
    zero = "1 is zero" if empty == 1 else f"{empty} are zero"
    return f"{zero} because no weight is there, the others are copies of {weights}"


_preset = preset_maker(grid="counting_3", kernel=FROM_ONE, stride=1, padding=0, dilation=1)

LAB = LabDefinition(
    name="matrix",
    title="Convolution as a matrix",
    params=MatrixParams,
    compute=compute,
    look=Look(pointer_lines=2),
    controls=(
        Choice("grid", "grid", GRID_OPTIONS, "input", in_header=True),
        Choice("show", "show", SHOWN, "output", in_header=True),
        KernelEdit(),
        Slider("stride", "stride", 1, 4, "stride"),
        Slider("padding", "padding", 0, 2, "padding"),
        Slider("dilation", "dilation", 1, 3, "dilation"),
        Presets(
            "try",
            (
                _preset("by hand"),
                _preset("impulse", grid="impulse_3"),
                _preset("stride 2", grid="counting_4", stride=2),
                _preset("stride 3, pixels never read", grid="counting_4", stride=3),
                _preset("padding 1", kernel=NINE, padding=1),
                _preset("dilation 2", grid="digits_3x5", dilation=2),
                _preset("all ones", grid="ones", kernel=NINE_ONES),
                _preset("refused", kernel=NINE, dilation=2),
            ),
            "output",
        ),
    ),
)

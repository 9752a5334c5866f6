"""A convolution written as a matrix W, and the transposed convolution as W turned over."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from lessons_lib.geometry import output_padding_for, source_indices
from lessons_lib.kernels import weighted_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, KernelEdit, Presets, Slider
from lessons_lib.kit.formula import size_formula
from lessons_lib.kit.layers import transposed as transposed_layer
from lessons_lib.kit.links import CellLinks, Links
from lessons_lib.kit.result import LabDefinition, Pane, Result, Stepper
from lessons_lib.kit.terms import Line
from lessons_lib.transposed import conv_matrix

Rows = tuple[tuple[float, ...], ...]

GRIDS = (
    ("0 … 8, 3 × 3", "counting_3"),
    ("1 … 16, 4 × 4", "counting_4"),
    ("digits, 3 × 5", "digits"),
    ("impulse, 3 × 3", "impulse"),
    ("all ones, 4 × 4", "ones"),
)
SHOWN = (
    ("W and Wᵀ", "both"),
    ("W: convolution", "convolution"),
    ("Wᵀ: transposed", "transposed"),
)
COUNTING: Rows = ((1.0, 2.0), (3.0, 4.0))
NINE: Rows = ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0), (7.0, 8.0, 9.0))
THREE_ONES: Rows = ((1.0, 1.0, 1.0),) * 3
# torch's argument -> the lab's parameter
NAMED = {name: name for name in ("stride", "padding", "dilation")}


@dataclass(frozen=True)
class MatrixParams:
    """The lesson starts with the example that can be checked by hand."""

    grid: str = "counting_3"
    show: str = "both"
    kernel: Rows = COUNTING
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


def small_grid(name: str) -> torch.Tensor:
    """Give a small picture.

    Args:
        name: one of `GRIDS`.

    Returns:
        float32 (1, 1, H, W).
    """
    grid = {
        "counting_3": lambda: torch.arange(9.0).reshape(3, 3),
        "counting_4": lambda: torch.arange(1.0, 17.0).reshape(4, 4),
        "digits": lambda: torch.tensor([[3.0, 0, 7, 1, 4], [2.0, 9, 0, 5, 6], [8.0, 1, 4, 0, 3]]),
        "impulse": lambda: torch.eye(9)[4].reshape(3, 3),
        "ones": lambda: torch.ones(4, 4),
    }[name]()
    return grid[None, None]


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
    geometry = {"stride": params.stride, "padding": params.padding, "dilation": params.dilation}
    weight = torch.tensor(params.kernel)[None, None]
    layer = photo.plain_layer(weight, **geometry)
    output = photo.run(layer, grid, NAMED)
    back_layer = _back_layer(layer, grid, output, geometry)
    height, width = grid.shape[-2:]
    matrix = conv_matrix(weight[0, 0], (height, width), **geometry)
    taps = tap_matrix(layer, (height, width))
    back = (matrix.T @ output.flatten()).reshape(1, height, width)
    forth = params.show != "transposed"
    panes = _panes(params, grid[0], matrix, taps, output[0], back)
    return Result(
        panes=panes,
        sentence=_sentence(params, grid, matrix, taps, output, back),
        formula=size_formula((height, width), photo.kernel_size_of(layer),
                             *((value, value) for value in geometry.values()))
        if forth else transposed_layer.formula(back_layer, output),
        code=photo.layer_line(layer) if forth else _back_line(back_layer),
        cost=photo.cost(layer, output.shape[-2:]) if forth
        else transposed_layer.cost(back_layer, output),
        links=_links(params, layer, grid, back_layer, output),
        cell_links=_cell_links(params, taps),
        stepper=Stepper("output"),
        layer=(lambda: layer(grid)) if forth else (lambda: back_layer(output)),
    )  # fmt: skip


def _back_layer(
    layer: nn.Conv2d, grid: torch.Tensor, output: torch.Tensor, geometry: dict[str, int]
) -> nn.ConvTranspose2d:
    """Build the layer that is W^T: the output_padding gives x its own size back."""
    extra = output_padding_for(
        grid.shape[-2:], output.shape[-2:], photo.kernel_size_of(layer), **geometry
    )
    return weighted_layer(nn.ConvTranspose2d, layer.weight.detach(), output_padding=extra,
                          **geometry)  # fmt: skip


def _back_line(layer: nn.ConvTranspose2d) -> Line:
    names = ("kernel_size", "stride", "padding", "output_padding", "dilation")
    arguments: dict[str, Any] = {name: getattr(layer, name) for name in names}
    return transposed_layer.layer_line(1, 1, {**arguments, "bias": False})


def tap_matrix(layer: nn.Conv2d, size: tuple[int, int]) -> torch.Tensor:
    """Say which weight stands in each cell of W.

    Args:
        layer: one channel in and out, padded with zeros.
        size: (H, W) of the grid.

    Returns:
        int64 (H_out * W_out, H * W): index of the weight, row after row; -1 where there is none.
    """
    padding: Any = layer.padding
    rows, columns = (
        source_indices(size[axis], layer.kernel_size[axis], layer.stride[axis], padding[axis],
                       layer.dilation[axis])
        for axis in (0, 1)
    )  # fmt: skip
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
    names, empty = _NAMES[params.show], taps < 0
    kernel = torch.tensor(params.kernel)[None]
    x = _pane(names.x, "x", "input", grid)
    y = _pane(names.y, "y", "output", output, note="= W x")
    weights = _pane("kernel", "kernel", "kernel", kernel)
    forth = _matrix_pane("matrix", "W", matrix, empty, "a row per output, a column per input")
    turned = _matrix_pane("transposed", "Wᵀ", matrix.T, empty.T, "rows and columns exchanged")
    note = "" if torch.equal(back, grid) else "the shape of x, not its numbers"
    again = _pane(names.back, "Wᵀ y", "output", back, note=note)
    return {
        "both": (x, forth, y, weights, turned, again),
        "convolution": (x, weights, forth, y),
        "transposed": (replace(y, role="input"), turned, again, weights, x),
    }[params.show]


def _pane(name: str, title: str, role: str, values: torch.Tensor, **more: Any) -> Pane:
    values = values.contiguous()
    return Pane(name, title, role, values, "grid", tuple(values.shape), "signed", **more)


def _matrix_pane(
    name: str, title: str, values: torch.Tensor, empty: torch.Tensor, note: str
) -> Pane:
    pane = _pane(name, title, "kernel", values[None], outside=empty[None], note=note)
    return replace(pane, shape=tuple(values.shape))


def _links(
    params: MatrixParams,
    layer: nn.Conv2d,
    grid: torch.Tensor,
    back_layer: nn.ConvTranspose2d,
    output: torch.Tensor,
) -> tuple[Links, ...]:
    names = _NAMES[params.show]
    forth = replace(photo.links(layer, grid), output=names.y, source=names.x)
    if params.show == "convolution":
        return (forth,)
    back = transposed_layer.links(back_layer, output)
    back = replace(back, output=names.back, source=names.y)
    if params.show == "transposed":
        return (back,)
    # the kernel lights what it touches on the way there; on the way back it would light all of y
    return (forth, back)


def _cell_links(params: MatrixParams, taps: torch.Tensor) -> tuple[CellLinks, ...]:
    """Bind each number of W to its output, to its input and to the weight that it copies."""
    names = _NAMES[params.show]
    matrices = {"matrix": (taps, names.y, names.x), "transposed": (taps.T, names.back, names.y)}
    shown = {"both": ("matrix", "transposed"), "convolution": ("matrix",),
             "transposed": ("transposed",)}[params.show]  # fmt: skip
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
    weights = f"{different} weight{'s' if different != 1 else ''}"
    name = "Wᵀ" if params.show == "transposed" else "W"
    shape = f"{columns} × {rows}" if params.show == "transposed" else f"{rows} × {columns}"
    counted = (
        f"{name} has {shape} = {taps.numel()} numbers: {empty} are zero because no weight is "
        f"there, the others are copies of {weights}."
    )
    if params.show == "convolution":
        return counted
    left = float(output.double().square().sum())
    right = float((grid[0].double() * back.double()).sum())
    equal = "=" if _number(left) == _number(right) else "≈"
    inverse = (
        "and Wᵀ y is x itself: this kernel loses nothing."
        if torch.equal(back, grid[0])
        else "but of x only the shape comes back: Wᵀ is not the inverse of W."
    )
    return f"{counted} ⟨W x, y⟩ = {_number(left)} {equal} {_number(right)} = ⟨x, Wᵀ y⟩, {inverse}"


def _number(value: float) -> str:
    digits = 2 if value == 0 or abs(value) >= 0.01 else 2 - math.floor(math.log10(abs(value)))
    return f"{value:.{digits}f}".rstrip("0").rstrip(".").replace("-", "−")


def _preset(label: str, **settings: object) -> tuple[str, dict[str, object]]:
    """A preset that puts back what others may have changed."""
    plain = {"grid": "counting_3", "kernel": COUNTING, "stride": 1, "padding": 0, "dilation": 1}
    return label, {**plain, **settings}


LAB = LabDefinition(
    name="matrix",
    title="Convolution as a matrix",
    params=MatrixParams,
    compute=compute,
    controls=(
        Choice("grid", "grid", GRIDS, "input", in_header=True),
        Choice("show", "show", SHOWN, "output", in_header=True),
        KernelEdit(),
        Slider("stride", "stride", 1, 4, "stride"),
        Slider("padding", "padding", 0, 2, "padding"),
        Slider("dilation", "dilation", 1, 3, "dilation"),
        Presets(
            "try",
            (
                _preset("by hand"),
                _preset("impulse", grid="impulse"),
                _preset("stride 2", grid="counting_4", stride=2),
                _preset("stride 3, pixels never read", grid="counting_4", stride=3),
                _preset("padding 1", kernel=NINE, padding=1),
                _preset("dilation 2", grid="digits", dilation=2),
                _preset("all ones", grid="ones", kernel=THREE_ONES),
                _preset("refused", kernel=NINE, dilation=2),
            ),
            "output",
        ),
    ),
)

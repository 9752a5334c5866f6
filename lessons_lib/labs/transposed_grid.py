"""A transposed convolution on small grids, every number in sight, in two readings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from lessons_lib.geometry import PADDING_MODES, overlap_counts, source_indices, stuffed_indices
from lessons_lib.kernels import weighted_layer
from lessons_lib.kit.controls import Choice, KernelEdit, Presets, Slider, preset_maker
from lessons_lib.kit.grids import (
    FROM_ZERO,
    NINE,
    NINE_ONES,
    SIXTEEN_ONES,
    Rows,
    grid_options,
    grid_pane,
    kernel_grid,
    small_grid,
)
from lessons_lib.kit.layers import transposed
from lessons_lib.kit.layers.described import Described
from lessons_lib.kit.links import Links
from lessons_lib.kit.result import LabDefinition, Pane, Result, Stepper
from lessons_lib.transposed import stuff_zeros
from lessons_lib.visualization.numbers import counted, size_text

GRID_OPTIONS = grid_options("counting_2", "counting_3x4", "impulse_3", "ones", "digits_3x5")
READINGS = (("paint: every pixel stamps", "paint"), ("stuff zeros, then slide", "stuff"))
# torch's argument -> the lab's parameter
NAMED = {name: name for name in ("stride", "padding", "output_padding", "dilation", "padding_mode")}


@dataclass(frozen=True)
class TransposedGridParams:
    """The lesson starts with the example that can be checked by hand."""

    grid: str = "counting_2"
    kernel: Rows = FROM_ZERO
    reading: str = "paint"
    stride: int = 1
    padding: int = 0
    output_padding: int = 0
    dilation: int = 1
    bias: float = 0.0
    padding_mode: str = "zeros"


def _arguments(params: TransposedGridParams) -> dict[str, Any]:
    return {
        "kernel_size": (len(params.kernel), len(params.kernel[0])),
        "stride": params.stride,
        "padding": params.padding,
        "output_padding": params.output_padding,
        "dilation": params.dilation,
        "bias": bool(params.bias),
        "padding_mode": params.padding_mode,
    }


def layer_of(params: TransposedGridParams, **instead: int) -> nn.ConvTranspose2d:
    """Build the layer.

    Args:
        params: kernel, stride, padding, output_padding, dilation, bias and padding_mode.
        instead: arguments that are to differ.

    Returns:
        ConvTranspose2d of weight (1, 1, kh, kw).

    Raises:
        ValueError: torch refuses every padding_mode but zeros.
    """
    arguments = {**_arguments(params), **instead}
    del arguments["kernel_size"], arguments["bias"]
    return weighted_layer(
        nn.ConvTranspose2d,
        torch.tensor(params.kernel)[None, None],
        torch.tensor([params.bias]) if params.bias else None,
        **arguments,
    )


@torch.inference_mode()
def compute(params: TransposedGridParams) -> Result:
    """Transpose the convolution on a small grid, in the chosen reading.

    Args:
        params: kernel 1 x 1 to 7 x 7, the same stride, padding, output_padding and dilation down
            and across.

    Returns:
        Reading "paint": panes input, kernel and output (1, H_out + 2p, W_out + 2p), with the ring
        that padding cuts off drawn apart. Reading "stuff": panes input, stuffed (the input with
        its zeros), turned (the kernel) and output (1, H_out, W_out). The output_padding rows are
        framed in both.

    Raises:
        IllegalSettingError: torch refuses the setting.
    """
    grid = small_grid(params.grid)
    layer = transposed.built(lambda: layer_of(params), grid, 1, _arguments(params), NAMED)
    seen = transposed.described(layer, grid, NAMED, weights=True)
    if params.reading == "paint":
        panes, links, stepper = _painted(params, layer, grid)
    else:
        panes, links, stepper = _stuffed(params, seen, grid)
    return seen.result(
        panes=(grid_pane("input", "input", "input", grid[0]), *panes),
        sentence=_sentence(params, layer, grid, seen.output),
        links=links,
        microscopes=(),
        stepper=stepper,
    )


_Shown = tuple[tuple[Pane, ...], tuple[Links, ...], Stepper]


def _painted(params: TransposedGridParams, layer: nn.ConvTranspose2d, grid: torch.Tensor) -> _Shown:
    """Show the painting before it is cropped: stamp by stamp, with what is cut off drawn apart."""
    p, extra = params.padding, params.output_padding
    uncropped = layer_of(params, padding=0)
    cells = grid.numel()
    single = (torch.eye(cells) * grid.flatten()).view(cells, 1, *grid.shape[-2:])
    weight, bias = layer.weight, params.bias
    stamps = torch.nn.functional.conv_transpose2d(
        single, weight, None, layer.stride, 0, layer.output_padding, 1, layer.dilation
    )  # (cells, 1, H, W): one stamp each
    blank = torch.zeros_like(stamps[:1])
    paintings = torch.cat([blank, stamps.cumsum(0)]) + bias
    whole = uncropped(grid)[0]
    rows, columns = whole.shape[1] - 2 * p, whole.shape[2] - 2 * p
    output = grid_pane(
        name="output",
        title="painting" if p else "output",
        role="output",
        values=whole,
        ring=(p, p, rows, columns) if p else None,
        marked=_extra_rows((rows, columns), extra, p),
        keepable=True,
        note=" · ".join(
            [f"padding cuts off the dashed ring of {p}"] * bool(p)
            + ["framed: the output_padding rows and columns"] * bool(extra)
        ),
    )
    links = transposed.links(uncropped, tuple(grid.shape[2:]))
    stepper = Stepper("output", _biases(params), "input", paintings)
    return (kernel_grid(params.kernel), output), (links,), stepper


def _stuffed(params: TransposedGridParams, seen: Described, grid: torch.Tensor) -> _Shown:
    """Show the ordinary convolution that gives the same: zeros between, the kernel turned."""
    k = (len(params.kernel), len(params.kernel[0]))
    output = seen.output
    s, p, extra, d = params.stride, params.padding, params.output_padding, params.dilation
    field = stuff_zeros(grid, k, s, p, extra, d)
    rows, columns = (
        stuffed_indices(grid.shape[axis - 2], k[axis], s, p, extra, d) for axis in (0, 1)
    )
    turned = tuple(tuple(reversed(row)) for row in reversed(params.kernel))
    panes = (
        grid_pane(
            name="stuffed",
            title="stuffed input",
            role="padding",
            values=field[0],
            outside=((rows < 0)[:, None] | (columns < 0))[None],
        ),
        kernel_grid(turned, "turned", "turned kernel"),
        grid_pane(
            name="output",
            title="output",
            role="output",
            values=output[0],
            marked=_extra_rows((output.shape[2], output.shape[3]), extra, 0),
            keepable=True,
            note="framed: the output_padding rows and columns" if extra else "",
        ),
    )
    slide = [source_indices(field.shape[axis - 2], k[axis], 1, 0, d) for axis in (0, 1)]
    links = (
        Links("output", "stuffed", slide[0], slide[1], kernel="turned"),
        replace(seen.links, kernel=""),
        Links("stuffed", "input", rows[:, None], columns[:, None]),
    )
    return panes, links, Stepper("output", _biases(params))


def _biases(params: TransposedGridParams) -> tuple[float, ...]:
    return (params.bias,) if params.bias else ()


def _extra_rows(
    size: tuple[int, int], extra: int, padding: int
) -> tuple[tuple[int, int, int, int], ...]:
    """Frame what output_padding adds: the last rows and the last columns of the output."""
    if not extra:
        return ()
    rows, columns = size
    extra = min(extra, rows, columns)  # padding may have cut off more than is left
    return (
        (padding + rows - extra, padding, extra, columns),
        (padding, padding + columns - extra, rows, extra),
    )


def _sentence(
    params: TransposedGridParams,
    layer: nn.ConvTranspose2d,
    grid: torch.Tensor,
    output: torch.Tensor,
) -> str:
    size = f"the output has {size_text(output.shape[2:])} values"
    if params.reading == "stuff":
        between = params.stride - 1
        zeros = f"{counted(between, 'zero') if between else 'no zeros'} between the pixels"
        reach = [params.dilation * (k - 1) - params.padding for k in layer.kernel_size]
        around = f"at each end {_around(reach)}"
        if params.output_padding:
            after = _around([each + params.output_padding for each in reach])
            around = f"{_around(reach)} at the top and left, {after} at the bottom and right"
        return (
            f"An ordinary convolution: {zeros}, {around}, the kernel turned and slid "
            f"with stride 1; {size}, the same numbers as by painting."
        )
    counts = [
        overlap_counts(
            grid.shape[axis - 2],
            layer.kernel_size[axis],
            params.stride,
            params.padding,
            params.output_padding,
            params.dilation,
        )
        for axis in (0, 1)
    ]
    most, least = (
        max(int(counts[0].max() * counts[1].max()), 1),
        int(counts[0].min() * counts[1].min()),
    )
    piled = (
        f"Up to {most} stamps lie on one another and are added"
        if most > 1
        else ("No two stamps overlap")
    )
    value = "only the bias" if params.bias else "zero"
    bare = f"; where no stamp reaches there is {value}" if least == 0 else ""
    apart = "one cell" if params.stride == 1 else f"{params.stride} cells"
    return (
        f"Each of the {grid.numel()} input pixels stamps the kernel, times its value, {apart} "
        f"apart. {piled}{bare}; {size}."
    )


def _around(zeros: list[int]) -> str:
    """Say what is done at one end of the two axes."""
    down, across = (_end(each) for each in zeros)
    return down if down == across else f"{down} down and {across} across"


def _end(zeros: int) -> str:
    """Say what is done at one end of an axis: zeros are put there, or cells are cut off."""
    if zeros < 0:
        return f"{-zeros} cut off"
    return f"{zeros} added" if zeros else "nothing added"


_preset = preset_maker(
    grid="counting_2",
    kernel=FROM_ZERO,
    stride=1,
    padding=0,
    output_padding=0,
    dilation=1,
    bias=0.0,
    padding_mode="zeros",
)

LAB = LabDefinition(
    name="transposed-grid",
    title="Transposed, on a grid",
    params=TransposedGridParams,
    compute=compute,
    controls=(
        Choice("grid", "grid", GRID_OPTIONS, "input", in_header=True),
        Choice("reading", "reading", READINGS, "output", in_header=True, more=True),
        KernelEdit(),
        Slider("stride", "stride", 1, 4, "stride"),
        Slider("padding", "padding", 0, 3, "padding", more=True),
        Slider("output_padding", "output_padding", 0, 4, "output", more=True),
        Slider("dilation", "dilation", 1, 3, "dilation", more=True),
        Slider("bias", "bias", -5.0, 5.0, "kernel", step=0.5, more=True),
        Choice(
            "padding_mode",
            "padding_mode",
            tuple((m, m) for m in PADDING_MODES),
            "padding",
            more=True,
        ),
        Presets(
            "try",
            (
                _preset("by hand"),
                _preset("padding 1", padding=1),
                _preset("stride 2", stride=2),
                _preset("impulse", grid="impulse_3", kernel=NINE),
                _preset("overlaps", grid="ones", kernel=NINE_ONES, stride=2),
                _preset("equal overlaps", grid="ones", kernel=SIXTEEN_ONES, stride=2, padding=1),
                _preset(
                    "output_padding 1",
                    grid="digits_3x5",
                    kernel=NINE,
                    stride=2,
                    padding=1,
                    output_padding=1,
                ),
                _preset(
                    "bias only",
                    grid="digits_3x5",
                    kernel=NINE,
                    stride=3,
                    output_padding=2,
                    bias=0.5,
                ),
                _preset("dilation 2", grid="counting_3x4", kernel=NINE, dilation=2),
                _preset("refused", stride=2, output_padding=2),
            ),
            "output",
        ),
    ),
)

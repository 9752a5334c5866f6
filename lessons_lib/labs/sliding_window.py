"""Sliding a window over small grids, every number in sight."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import nn

from lessons_lib.geometry import PADDING_MODES
from lessons_lib.kernels import weighted_layer
from lessons_lib.kit.controls import Choice, KernelEdit, Presets, Slider, preset_maker
from lessons_lib.kit.formula import FLIPPED
from lessons_lib.kit.grids import FROM_ZERO, NINE, Rows, grid_options, grid_pane, small_grid
from lessons_lib.kit.layers import conv
from lessons_lib.kit.layers.described import Named
from lessons_lib.kit.result import LabDefinition, Pane, Result, Stepper
from lessons_lib.kit.vocabulary import Role
from lessons_lib.padding import pad2d
from lessons_lib.visualization.numbers import counted, signed_text, size_text

GRID_OPTIONS = grid_options("counting_3", "counting_5", "edge", "impulse", "digits")
# value -> label, (in_channels, out_channels, groups)
CHANNELS = {
    "1_to_1": ("1 → 1", (1, 1, 1)),
    "2_to_1": ("2 → 1", (2, 1, 1)),
    "1_to_2": ("1 → 2", (1, 2, 1)),
    "3_to_2": ("3 → 2", (3, 2, 1)),
    "2_to_2_groups_2": ("2 → 2, groups 2", (2, 2, 2)),
    "4_to_2_groups_2": ("4 → 2, groups 2", (4, 2, 2)),
}
CHANNEL_OPTIONS = tuple((label, value) for value, (label, _) in CHANNELS.items())
FLIPS = (("cross-correlation (torch)", False), ("true convolution", True))


@dataclass(frozen=True)
class SlidingWindowParams:
    """The lesson starts with the example that can be checked by hand."""

    grid: str = "counting_3"
    kernel: Rows = FROM_ZERO
    flip: bool = False
    channels: str = "1_to_1"
    stride: int = 1
    stride_width: int = 1
    padding: int = 0
    padding_width: int = 0
    padding_mode: str = "zeros"
    dilation: int = 1
    bias: float = 0.0


def layer_of(params: SlidingWindowParams) -> nn.Conv2d:
    """Build the layer: every further kernel is the edited one times 2, 3, and so on.

    Args:
        params: kernel, channels, stride, padding, padding_mode, dilation and bias.

    Returns:
        Conv2d of weight (out, in / groups, kh, kw).
    """
    kernel = torch.tensor(params.kernel)
    used = kernel.flip(0, 1) if params.flip else kernel
    _, (in_channels, out_channels, groups) = CHANNELS[params.channels]
    count = out_channels * in_channels // groups
    times = torch.arange(1.0, count + 1).reshape(out_channels, in_channels // groups, 1, 1)
    return weighted_layer(
        nn.Conv2d,
        used * times,
        torch.full((out_channels,), params.bias) if params.bias else None,
        groups=groups,
        stride=(params.stride, params.stride_width),
        padding=(params.padding, params.padding_width),
        padding_mode=params.padding_mode,
        dilation=params.dilation,
    )


@torch.inference_mode()
def compute(params: SlidingWindowParams) -> Result:
    """Slide the window over the grid.

    Args:
        params: kernel 1 x 1 to 7 x 7; stride and padding per axis; bias the same for all outputs.

    Returns:
        Panes input (C, H + 2p, W + 2p) with its padding drawn apart, kernel and output.

    Raises:
        IllegalSettingError: the kernel is larger than the padded grid, or there are no cells to
            fill such a ring with.
    """
    layer = layer_of(params)
    grid = small_grid(params.grid, layer.in_channels)
    named: Named = {"padding": ("padding", "padding_width"), "dilation": "dilation"}
    seen = conv.described(layer, grid, named, grids=True, weights=True)
    pads = (params.padding, params.padding_width)
    padded = pad2d(grid, pads, params.padding_mode)
    unpadded = layer_of(replace(params, padding=0, padding_width=0))  # reads the padded grid
    ring = (*pads, *grid.shape[-2:])
    return seen.result(
        panes=(
            _pane("input", "input", "input", padded[0], ring if any(pads) else None),
            _kernel_pane(layer),
            _pane("output", "output", "output", seen.output[0], keepable=True),
        ),
        sentence=_sentence(params, layer, seen.output),
        code=(*seen.code, *FLIPPED) if params.flip else seen.code,
        links=(conv.links(unpadded, tuple(padded.shape[2:]), grids=True),),
        stepper=Stepper("output", _biases(layer)),
    )


def _pane(
    name: str,
    title: str,
    role: Role,
    values: torch.Tensor,
    ring: tuple[int, int, int, int] | None = None,
    keepable: bool = False,
) -> Pane:
    labels = tuple(str(c) for c in range(len(values))) if len(values) > 1 else ()
    title = f"{title} with its padding" if ring else title
    return grid_pane(name, title, role, values, ring=ring, labels=labels, keepable=keepable)


def _kernel_pane(layer: nn.Conv2d) -> Pane:
    weight = layer.weight.detach()
    per_output = weight.shape[1]
    several = len(weight) * per_output > 1
    labels = [f"{o}·{i}" for o in range(len(weight)) for i in range(per_output)]
    notes = [f"bias {signed_text(float(layer.bias[0]), 2)}"] if layer.bias is not None else []
    if several:
        notes.append("the further ones: the edited kernel × 2, × 3, …, made by the lab")
    return grid_pane(
        "kernel",
        "kernel",
        "kernel",
        weight.flatten(0, 1),
        shape=tuple(weight.shape),
        labels=tuple(labels) if several else (),
        per_row=per_output,
        note=" · ".join(notes),
    )


def _biases(layer: nn.Conv2d) -> tuple[float, ...]:
    return () if layer.bias is None else tuple(layer.bias.detach().tolist())


def _sentence(params: SlidingWindowParams, layer: nn.Conv2d, output: torch.Tensor) -> str:
    channels = output.shape[1]
    places = f"{size_text(output.shape[2:])} places"
    kind = "turned by 180 degrees, then slid" if params.flip else "slid as it is"
    read = layer.in_channels // layer.groups
    each = f"{layer.weight[0].numel()} products" if layer.weight[0].numel() > 1 else "one product"
    bias = " and the bias" if layer.bias is not None else ""
    start = f"The kernel is {kind} over {places}; each output is the sum of {each}{bias}"
    if layer.groups > 1:
        return f"{start}. With groups {layer.groups} an output sees {read} of the channels only."
    if layer.in_channels * channels == 1:
        return f"{start}."
    return f"{start} over {counted(read, 'channel')}; {counted(channels, 'output channel')}."


_preset = preset_maker(
    flip=False,
    channels="1_to_1",
    stride=1,
    stride_width=1,
    padding=0,
    padding_width=0,
    padding_mode="zeros",
    dilation=1,
    bias=0.0,
)

LAB = LabDefinition(
    name="sliding-window",
    title="Sliding a window",
    params=SlidingWindowParams,
    compute=compute,
    controls=(
        Choice("grid", "grid", GRID_OPTIONS, "input", in_header=True),
        Choice("channels", "channels", CHANNEL_OPTIONS, "input", in_header=True, more=True),
        Choice("flip", "kind", FLIPS, "kernel", in_header=True, more=True),
        KernelEdit(),
        Slider("stride", "stride down", 1, 4, "stride", more=True),
        Slider("stride_width", "stride across", 1, 4, "stride", more=True),
        Slider("padding", "padding down", 0, 3, "padding", more=True),
        Slider("padding_width", "padding across", 0, 3, "padding", more=True),
        Choice(
            "padding_mode",
            "padding_mode",
            tuple((m, m) for m in PADDING_MODES),
            "padding",
            more=True,
        ),
        Slider("dilation", "dilation", 1, 3, "dilation", more=True),
        Slider("bias", "bias", -5.0, 5.0, "kernel", step=0.5, more=True),
        Presets(
            "try",
            (
                _preset("by hand", grid="counting_3", kernel=FROM_ZERO),
                _preset("edges", grid="edge", kernel=((1.0, -1.0),)),
                _preset("edges, turned", grid="edge", kernel=((1.0,), (-1.0,))),
                _preset("impulse", grid="impulse", kernel=NINE, padding=1, padding_width=1),
                _preset(
                    "impulse, flipped",
                    grid="impulse",
                    kernel=NINE,
                    padding=1,
                    padding_width=1,
                    flip=True,
                ),
                _preset(
                    "stride (3, 2)",
                    grid="counting_3",
                    kernel=FROM_ZERO,
                    stride=3,
                    stride_width=2,
                    padding=1,
                    padding_width=1,
                ),
                _preset(
                    "groups", grid="counting_5", kernel=((1.0, -1.0),), channels="4_to_2_groups_2"
                ),
            ),
            "kernel",
        ),
    ),
)

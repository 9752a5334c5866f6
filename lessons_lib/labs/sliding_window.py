"""Sliding a window over small grids, every number in sight."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import nn

from lessons_lib.geometry import PADDING_MODES
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, KernelEdit, Presets, Slider
from lessons_lib.kit.formula import size_formula
from lessons_lib.kit.result import LabDefinition, Pane, Result, Stepper
from lessons_lib.padding import pad2d

Rows = tuple[tuple[float, ...], ...]

GRIDS = (
    ("0 … 8, 3 × 3", "counting_3"),
    ("1 … 30, 5 × 6", "counting_5"),
    ("black bar, 6 × 8", "edge"),
    ("impulse, 5 × 5", "impulse"),
    ("random digits, 6 × 6", "digits"),
)
# label -> (in_channels, out_channels, groups)
CHANNELS = {
    "1 → 1": (1, 1, 1),
    "2 → 1": (2, 1, 1),
    "1 → 2": (1, 2, 1),
    "3 → 2": (3, 2, 1),
    "2 → 2, groups 2": (2, 2, 2),
    "4 → 2, groups 2": (4, 2, 2),
}
FLIPS = (("cross-correlation (torch)", False), ("true convolution", True))
IMPULSE_KERNEL: Rows = ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0), (7.0, 8.0, 9.0))


@dataclass(frozen=True)
class SlidingWindowParams:
    """The lesson starts with the example that can be checked by hand."""

    grid: str = "counting_3"
    kernel: Rows = ((0.0, 1.0), (2.0, 3.0))
    flip: bool = False
    channels: str = "1 → 1"
    stride: int = 1
    stride_width: int = 1
    padding: int = 0
    padding_width: int = 0
    padding_mode: str = "zeros"
    dilation: int = 1
    bias: float = 0.0


def small_grid(name: str, channels: int) -> torch.Tensor:
    """Give a small picture; further channels are the first one turned over.

    Args:
        name: one of `GRIDS`.
        channels: 1..4: as it is, mirrored left to right, top to bottom, and both.

    Returns:
        float32 (1, channels, H, W).
    """
    first = {
        "counting_3": lambda: torch.arange(9.0).reshape(3, 3),
        "counting_5": lambda: torch.arange(1.0, 31.0).reshape(5, 6),
        "edge": _black_bar,
        "impulse": _impulse,
        "digits": _digits,
    }[name]()
    turned = (first, first.flip(1), first.flip(0), first.flip(0, 1))
    return torch.stack(turned[:channels]).unsqueeze(0)


def _black_bar() -> torch.Tensor:
    grid = torch.ones(6, 8)
    grid[:, 2:6] = 0
    return grid


def _impulse() -> torch.Tensor:
    grid = torch.zeros(5, 5)
    grid[2, 2] = 1
    return grid


def _digits() -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randint(0, 10, (6, 6), generator=generator).float()


def layer_of(params: SlidingWindowParams) -> nn.Conv2d:
    """Build the layer: every further kernel is the edited one times 2, 3, and so on.

    Args:
        params: kernel, channels, stride, padding, padding_mode, dilation and bias.

    Returns:
        Conv2d of weight (out, in / groups, kh, kw).
    """
    kernel = torch.tensor(params.kernel)
    used = kernel.flip(0, 1) if params.flip else kernel
    in_channels, out_channels, groups = CHANNELS[params.channels]
    count = out_channels * in_channels // groups
    times = torch.arange(1.0, count + 1).reshape(out_channels, in_channels // groups, 1, 1)
    layer = photo.plain_layer(
        used * times,
        groups=groups,
        stride=(params.stride, params.stride_width),
        padding=(params.padding, params.padding_width),
        padding_mode=params.padding_mode,
        dilation=params.dilation,
    )
    if params.bias:
        layer.bias = nn.Parameter(torch.full((out_channels,), params.bias))
    return layer


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
    in_channels = CHANNELS[params.channels][0]
    grid = small_grid(params.grid, in_channels)
    layer = layer_of(params)
    named: photo.Named = {"padding": ("padding", "padding_width"), "dilation": "dilation"}
    output = photo.run(layer, grid, named)
    height, width = grid.shape[-2:]
    pads = (params.padding, params.padding_width)
    padded = pad2d(grid, pads, params.padding_mode)
    unpadded = layer_of(replace(params, padding=0, padding_width=0))  # reads the padded grid
    kernel_size = photo.kernel_size_of(layer)
    dilation = (params.dilation, params.dilation)
    stride = (params.stride, params.stride_width)
    return Result(
        panes=(
            _pane("input", "input", "input", padded[0], (pads[0], pads[1], height, width)),
            _kernel_pane(layer),
            _pane("output", "output", "output", output[0]),
        ),
        sentence=_sentence(params, layer, output),
        formula=size_formula((height, width), kernel_size, stride, pads, dilation),
        code=photo.layer_line(layer),
        cost=photo.cost(layer, output.shape[-2:]),
        links=(photo.links(unpadded, padded, grids=True),),
        stepper=Stepper("output", _biases(layer)),
        layer=lambda: layer(grid),
    )


def _pane(
    name: str,
    title: str,
    role: str,
    values: torch.Tensor,
    ring: tuple[int, int, int, int] | None = None,
) -> Pane:
    padded = ring is not None and (ring[0] or ring[1])
    labels = tuple(str(c) for c in range(len(values))) if len(values) > 1 else ()
    return Pane(
        name, f"{title} with its padding" if padded else title, role, values, "grid",
        tuple(values.shape), "signed", ring=ring if padded else None, labels=labels,
    )  # fmt: skip


def _kernel_pane(layer: nn.Conv2d) -> Pane:
    weight = layer.weight.detach()
    per_output = weight.shape[1]
    several = len(weight) * per_output > 1
    labels = [f"{o}·{i}" for o in range(len(weight)) for i in range(per_output)]
    return Pane(
        "kernel", "kernel", "kernel", weight.flatten(0, 1), "grid", tuple(weight.shape), "signed",
        labels=tuple(labels) if several else (), per_row=per_output,
        note=f"bias {photo.signed_text(float(layer.bias[0]), 2)}" if layer.bias is not None else "",
    )  # fmt: skip


def _biases(layer: nn.Conv2d) -> tuple[float, ...]:
    return () if layer.bias is None else tuple(layer.bias.detach().tolist())


def _sentence(params: SlidingWindowParams, layer: nn.Conv2d, output: torch.Tensor) -> str:
    _, channels, height, width = output.shape
    places = f"{height} × {width} places"
    kind = "turned by 180 degrees, then slid" if params.flip else "slid as it is"
    read = layer.in_channels // layer.groups
    each = f"{layer.weight[0].numel()} products" if layer.weight[0].numel() > 1 else "one product"
    start = f"The kernel is {kind} over {places}; each output is the sum of {each}"
    if layer.groups > 1:
        return f"{start}. With groups {layer.groups} an output sees {read} of the channels only."
    if layer.in_channels * channels == 1:
        return f"{start}."
    inputs = f"{read} channel{'s' if read > 1 else ''}"
    outputs = f"{channels} output channel{'s' if channels > 1 else ''}"
    return f"{start} over {inputs}; {outputs}."


def _preset(label: str, **settings: object) -> tuple[str, dict[str, object]]:
    """A preset that puts back what others may have changed."""
    plain = {
        "flip": False, "channels": "1 → 1", "stride": 1, "stride_width": 1, "padding": 0,
        "padding_width": 0, "padding_mode": "zeros", "dilation": 1, "bias": 0.0,
    }  # fmt: skip
    return label, {**plain, **settings}


LAB = LabDefinition(
    name="sliding-window",
    title="Sliding a window",
    params=SlidingWindowParams,
    compute=compute,
    controls=(
        Choice("grid", "grid", GRIDS, "input", in_header=True),
        Choice("channels", "channels", tuple((c, c) for c in CHANNELS), "input", in_header=True),
        Choice("flip", "kind", FLIPS, "kernel", in_header=True),
        KernelEdit(),
        Slider("stride", "stride down", 1, 4, "stride"),
        Slider("stride_width", "stride across", 1, 4, "stride"),
        Slider("padding", "padding down", 0, 3, "padding"),
        Slider("padding_width", "padding across", 0, 3, "padding"),
        Choice("padding_mode", "padding_mode", tuple((m, m) for m in PADDING_MODES), "padding"),
        Slider("dilation", "dilation", 1, 3, "dilation"),
        Slider("bias", "bias", -5.0, 5.0, "kernel", step=0.5),
        Presets(
            "try",
            (
                _preset("by hand", grid="counting_3", kernel=((0.0, 1.0), (2.0, 3.0))),
                _preset("edges", grid="edge", kernel=((1.0, -1.0),)),
                _preset("edges, turned", grid="edge", kernel=((1.0,), (-1.0,))),
                _preset("impulse", grid="impulse", kernel=IMPULSE_KERNEL, padding=1,
                        padding_width=1),
                _preset("impulse, flipped", grid="impulse", kernel=IMPULSE_KERNEL, padding=1,
                        padding_width=1, flip=True),
                _preset("stride (2, 3)", grid="counting_5", kernel=((1.0, 0.0), (0.0, -1.0)),
                        stride=2, stride_width=3),
                _preset("groups", grid="counting_5", kernel=((1.0, -1.0),),
                        channels="4 → 2, groups 2"),
            ),
            "kernel",
        ),
    ),
)  # fmt: skip

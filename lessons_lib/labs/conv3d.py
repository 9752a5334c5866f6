"""A kernel that slides in three dimensions, through a short clip or a volume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from lessons_lib.kernels import named_kernel, weighted_layer
from lessons_lib.kit.controls import Choice, Presets, Slider, preset_maker
from lessons_lib.kit.grids import grid_pane
from lessons_lib.kit.layers import conv
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import LabDefinition, Pane, Result, Stepper
from lessons_lib.kit.vocabulary import Role
from lessons_lib.visualization.numbers import counted

SIDE = 6  # slices, rows and columns


def moving_dot() -> torch.Tensor:
    """Film a dot that moves one column to the right in every frame, beside a block that rests.

    Returns:
        float32 (6, 6, 6), time first; the dot is in row 1, the block in rows 3-4, columns 1-2.
    """
    clip = torch.zeros(SIDE, SIDE, SIDE)
    clip[:, 3:5, 1:3] = 1
    frames = torch.arange(SIDE)
    clip[frames, 1, frames] = 1
    return clip


def ball() -> torch.Tensor:
    """Fill a ball in the middle of a volume.

    Returns:
        float32 (6, 6, 6), depth first: 1 within 2.6 cells of the middle, 0 outside.
    """
    from_middle = torch.arange(SIDE) - (SIDE - 1) / 2
    squares = from_middle**2
    distance = squares[:, None, None] + squares[:, None] + squares  # (D, H, W), squared
    return (distance <= 2.6**2).float()


def counting() -> torch.Tensor:
    """Give every cell a number that says where it stands: 235 is slice 2, row 3, column 5.

    Returns:
        float32 (6, 6, 6), depth first.
    """
    at = torch.arange(float(SIDE))
    return 100 * at[:, None, None] + 10 * at[:, None] + at


def _sobel_across() -> torch.Tensor:
    """Compare left and right, smoothed over depth and height: (3, 3, 3)."""
    return torch.tensor([1.0, 2.0, 1.0])[:, None, None] * named_kernel("sobel_x")


# value -> label, what makes it
VOLUMES: dict[str, tuple[str, Callable[[], torch.Tensor]]] = {
    "moving_dot": ("moving dot", moving_dot),
    "ball": ("ball", ball),
    "counting": ("counting", counting),
}
# value -> label, what makes (depth, height, width) of numbers
KERNELS: dict[str, tuple[str, Callable[[], torch.Tensor]]] = {
    "change": ("change in time 2 × 1 × 1", lambda: torch.tensor([-1.0, 1.0]).reshape(2, 1, 1)),
    "sum_2x2x2": ("sum 2 × 2 × 2", lambda: torch.ones(2, 2, 2)),
    "mean_3x3x3": ("mean 3 × 3 × 3", lambda: torch.full((3, 3, 3), 1 / 27)),
    "sobel_x": ("Sobel x 3 × 3 × 3", _sobel_across),
    "laplacian": ("Laplacian 1 × 3 × 3", lambda: named_kernel("laplacian").unsqueeze(0)),
}


@dataclass(frozen=True)
class Conv3dParams:
    """The lesson starts by looking for what moves."""

    volume: str = "moving_dot"
    kernel: str = "change"
    stride_depth: int = 1
    stride: int = 1
    padding: int = 0


@torch.inference_mode()
def compute(params: Conv3dParams) -> Result:
    """Slide the kernel along depth, height and width.

    Args:
        params: stride_depth and stride (down and across) 1..3; padding 0..1 zeros on all sides.

    Returns:
        Panes input (1, 6, 6, 6), kernel (1, 1, kd, kh, kw) and output (1, D_out, H_out, W_out),
        each with a grid per slice; sizes as torch gives them. Padding is not drawn.
    """
    volume = VOLUMES[params.volume][1]()
    weight = KERNELS[params.kernel][1]()[None, None]
    stride = (params.stride_depth, params.stride, params.stride)
    layer = weighted_layer(nn.Conv3d, weight, stride=stride, padding=params.padding)
    seen = conv.described(layer, volume[None, None], weights=True)
    letter = "t" if params.volume == "moving_dot" else "d"
    return seen.result(
        panes=(
            _slices("input", "input", volume[None], letter),
            _slices("kernel", "kernel", weight, "k"),
            _slices("output", "output", seen.output[0], letter),
        ),
        sentence=_sentence(params, layer.kernel_size, seen.size),
        stepper=Stepper("output"),
    )


def _slices(name: str, role: Role, values: torch.Tensor, letter: str) -> Pane:
    """Show (..., D, H, W) with a grid for each slice along depth."""
    grids = values.reshape(values.shape[-3:])
    labels = tuple(f"{letter}{index}" for index in range(len(grids)))
    return grid_pane(
        name,
        name,
        role,
        grids,
        shape=tuple(values.shape),
        labels=labels if len(grids) > 1 else (),
        keepable=name == "output",
    )


def _sentence(params: Conv3dParams, kernel_size: tuple[int, ...], size: tuple[int, ...]) -> str:
    depth, height, width = size
    places = counted(depth, "place")
    moves = f"It slides to {places} in depth, {height} down and {width} across"
    deep = kernel_size[0]
    seen = f"{deep} slices" if deep > 1 else "one slice"
    start = f"The kernel sees {seen} of {SIDE + 2 * params.padding} at a time. {moves}"
    if deep == 1:
        return f"{start}; every slice is filtered for itself, as by a 2-D kernel."
    if (params.kernel, params.volume) == ("change", "moving_dot"):
        if params.padding:
            return f"{start}; compared with padding, all of the first and last frame changes."
        return (
            f"{start}; the output is 0 where nothing moves, −1 where the dot was, +1 where it is."
        )
    return f"{start}; a 2-D layer with {SIDE} channels would add up all slices and not slide there."


_preset = preset_maker(stride_depth=1, stride=1, padding=0)


def _options(
    choices: dict[str, tuple[str, Callable[[], torch.Tensor]]],
) -> tuple[tuple[str, str], ...]:
    return tuple((label, value) for value, (label, _) in choices.items())


LAB = LabDefinition(
    name="conv3d",
    title="Through a clip",
    params=Conv3dParams,
    compute=compute,
    look=Look(written_lines=2),
    controls=(
        Choice("volume", "input", _options(VOLUMES), "input", in_header=True),
        Choice("kernel", "kernel", _options(KERNELS), "kernel", in_header=True),
        Slider("stride_depth", "stride in depth", 1, 3, "stride", more=True),
        Slider("stride", "stride down and across", 1, 3, "stride", more=True),
        Slider("padding", "padding", 0, 1, "padding", more=True),
        Presets(
            "try",
            (
                _preset("what moves?", volume="moving_dot", kernel="change"),
                _preset("slice by slice", volume="moving_dot", kernel="laplacian"),
                _preset("add up 8 numbers", volume="counting", kernel="sum_2x2x2"),
                _preset(
                    "every second slice", volume="counting", kernel="sum_2x2x2", stride_depth=2
                ),
                _preset("left and right of a ball", volume="ball", kernel="sobel_x", padding=1),
                _preset("a smoother ball", volume="ball", kernel="mean_3x3x3", padding=1),
            ),
            "kernel",
        ),
    ),
)

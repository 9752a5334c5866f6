"""A kernel that slides in one dimension, along a signal."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from lessons_lib import signals
from lessons_lib.kernels import named_kernel, seeded_layer, weighted_layer
from lessons_lib.kit.controls import Choice, Presets, Seed, Slider, preset_maker
from lessons_lib.kit.grids import grid_pane, signal_pane
from lessons_lib.kit.layers import conv
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import LabDefinition, Pane, Result, Stepper
from lessons_lib.visualization.numbers import counted, signed_text

SIGNALS = (
    ("heartbeats", "heartbeats"),
    ("sound with a burst", "burst"),
    ("step", "step"),
    ("noisy step", "noisy_step"),
)
KERNELS = (
    ("beat template", "beat"),
    ("box 5", "box_5"),
    ("box 9", "box_9"),
    ("Gaussian 7", "gaussian_7"),
    ("difference", "difference"),
    ("second difference", "second_difference"),
    ("random 5", "random_5"),
)
# A longer kernel is easier to know by its shape than by its numbers.
MOST_NUMBERS = 9


@dataclass(frozen=True)
class Conv1dParams:
    """The lesson starts by looking for heartbeats."""

    signal: str = "heartbeats"
    kernel: str = "beat"
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    seed: int = 3


def signal_of(params: Conv1dParams) -> torch.Tensor:
    """Give the signal: float32 (1, 200), one channel."""
    return {
        "heartbeats": lambda: signals.heartbeats(seed=params.seed),
        "burst": signals.tones,
        "step": signals.step,
        "noisy_step": lambda: signals.noisy_step(seed=params.seed),
    }[params.signal]()


def weight_of(params: Conv1dParams) -> torch.Tensor:
    """Give the kernel.

    Args:
        params: `kernel` is one of `KERNELS`; `seed` is that of the random one and of the beats.

    Returns:
        float32 (1, 1, k).
    """
    # A box or a bell is the same down and across: its columns add up to the one-dimensional one.
    taps = {
        "beat": lambda: signals.beat_template(params.seed),
        "box_5": lambda: named_kernel("box", 5).sum(0),
        "box_9": lambda: named_kernel("box", 9).sum(0),
        "gaussian_7": lambda: named_kernel("gaussian", 7).sum(0),
        "difference": lambda: torch.tensor([-1.0, 0.0, 1.0]),
        "second_difference": lambda: torch.tensor([1.0, -2.0, 1.0]),
        "random_5": lambda: (
            seeded_layer(params.seed, 1, 1, (1, 5), False).weight.detach().flatten()
        ),
    }[params.kernel]()
    return taps.reshape(1, 1, -1)


@torch.inference_mode()
def compute(params: Conv1dParams) -> Result:
    """Slide the kernel along the signal.

    Args:
        params: stride 1..8, padding 0..20 zeros on both sides, dilation 1..16.

    Returns:
        Panes input (1, 200), output (1, L_out), at one scale, and kernel (1, 1, k); L_out as torch
        gives it.

    Raises:
        IllegalSettingError: the kernel, with its dilation, is longer than the padded signal.
    """
    signal = signal_of(params)
    weight = weight_of(params)
    layer = weighted_layer(
        nn.Conv1d, weight, stride=params.stride, padding=params.padding, dilation=params.dilation
    )
    named = {"dilation": "dilation", "padding": "padding"}
    seen = conv.described(layer, signal[None], named)
    output = seen.output[0]
    samples = max(signal.shape[-1], output.shape[-1])  # both stand at one scale
    return seen.result(
        panes=(
            signal_pane("input", "input", "input", signal, across=samples),
            signal_pane("output", "output", "output", output, across=samples, keepable=True),
            _kernel_pane(weight),
        ),
        sentence=_sentence(params, seen.links.columns, output[0]),
        stepper=Stepper("output"),
    )


def _kernel_pane(weight: torch.Tensor) -> Pane:
    shape = tuple(weight.shape)
    if shape[-1] <= MOST_NUMBERS:
        return grid_pane("kernel", "kernel", "kernel", weight[0].unsqueeze(0), shape=shape)
    return signal_pane("kernel", "kernel", "kernel", weight[0], shape=shape)


_MEANINGS = {
    "beat": (
        "is one heartbeat, its mean taken off: the output is high where the signal looks like it"
    ),
    "box_5": "has 5 equal weights: each output is a mean, and what repeats every 5 samples is gone",
    "box_9": "has 9 equal weights: each output is a mean of 9 samples",
    "gaussian_7": "is a bell: each output is a mean in which near samples count more",
    "difference": (
        "computes what comes minus what was: above 0 where the signal rises, 0 where it is level"
    ),
    "second_difference": "measures how the signal bends: 0 on every straight piece",
    "random_5": "has 5 random weights, as an untrained layer has them",
}


def _sentence(params: Conv1dParams, columns: torch.Tensor, output: torch.Tensor) -> str:
    where = int(output.argmax())
    read = columns[where][columns[where] >= 0]
    found = f"samples {int(read[0])} to {int(read[-1])}" if len(read) else "padding alone"
    places = counted(len(output), "place") if len(output) > 1 else "one place"
    return (
        f"The kernel {_MEANINGS[params.kernel]}. It slides in one direction, to {places}; the "
        f"largest output is {signed_text(float(output[where]), 2)}, from {found}."
    )


_preset = preset_maker(stride=1, padding=0, dilation=1)

LAB = LabDefinition(
    name="conv1d",
    title="Along a signal",
    params=Conv1dParams,
    compute=compute,
    look=Look(written_lines=4),
    controls=(
        Choice("signal", "signal", SIGNALS, "input", in_header=True),
        Choice("kernel", "kernel", KERNELS, "kernel", in_header=True),
        Seed(),
        Slider("stride", "stride", 1, 8, "stride", more=True),
        Slider("padding", "padding", 0, 20, "padding", more=True),
        Slider("dilation", "dilation", 1, 16, "dilation", more=True),
        Presets(
            "try",
            (
                _preset("find the beats", signal="heartbeats", kernel="beat"),
                _preset("padding 10", signal="heartbeats", kernel="beat", padding=10),
                _preset("stride 4", signal="heartbeats", kernel="beat", stride=4),
                _preset("without the burst", signal="burst", kernel="box_5"),
                _preset("only the burst", signal="burst", kernel="second_difference"),
                _preset("noisy step, box 9", signal="noisy_step", kernel="box_9"),
                _preset("step, difference", signal="step", kernel="difference"),
                _preset("dilation 16", signal="burst", kernel="difference", dilation=16),
                _preset("dilation 12", signal="heartbeats", kernel="beat", dilation=12),
            ),
            "kernel",
        ),
    ),
)

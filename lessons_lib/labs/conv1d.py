"""A kernel that slides in one dimension, along a signal."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from lessons_lib import signals
from lessons_lib.geometry import source_indices
from lessons_lib.kernels import named_kernel, seeded_layer, weighted_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, Presets, Seed, Slider
from lessons_lib.kit.formula import size_formula
from lessons_lib.kit.links import Links
from lessons_lib.kit.result import LabDefinition, Pane, Result, Stepper

SIGNALS = ("heartbeats", "sound with a burst", "step", "noisy step")
BEAT = "beat template"
KERNELS = (
    BEAT, "box 5", "box 9", "Gaussian 7", "difference", "second difference", "random 5",
)  # fmt: skip
# A longer kernel is easier to know by its shape than by its numbers.
MOST_NUMBERS = 9


@dataclass(frozen=True)
class Conv1dParams:
    """The lesson starts by looking for heartbeats."""

    signal: str = "heartbeats"
    kernel: str = BEAT
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    seed: int = 3


def signal_of(params: Conv1dParams) -> torch.Tensor:
    """Give the signal: float32 (1, 200), one channel."""
    return {
        "heartbeats": lambda: signals.heartbeats(seed=params.seed),
        "sound with a burst": signals.tones,
        "step": signals.step,
        "noisy step": lambda: signals.noisy_step(seed=params.seed),
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
        BEAT: lambda: signals.beat_template(params.seed),
        "box 5": lambda: named_kernel("box", 5).sum(0),
        "box 9": lambda: named_kernel("box", 9).sum(0),
        "Gaussian 7": lambda: named_kernel("gaussian", 7).sum(0),
        "difference": lambda: torch.tensor([-1.0, 0.0, 1.0]),
        "second difference": lambda: torch.tensor([1.0, -2.0, 1.0]),
        "random 5": lambda: (
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
        Panes input (1, 200), kernel (1, 1, k) and output (1, L_out), L_out as torch gives it.

    Raises:
        IllegalSettingError: the kernel, with its dilation, is longer than the padded signal.
    """
    signal = signal_of(params)
    weight = weight_of(params)
    layer = weighted_layer(
        nn.Conv1d, weight, stride=params.stride, padding=params.padding, dilation=params.dilation
    )
    output = photo.run(layer, signal[None], {"dilation": "dilation", "padding": "padding"})[0]
    length, taps = signal.shape[-1], weight.shape[-1]
    columns = source_indices(length, taps, params.stride, params.padding, params.dilation)
    return Result(
        panes=(
            signal_pane("input", "input", "input", signal),
            _kernel_pane(weight),
            signal_pane("output", "output", "output", output),
        ),
        sentence=_sentence(params, columns, output[0]),
        formula=size_formula(
            (length,), (taps,), (params.stride,), (params.padding,), (params.dilation,)
        ),
        code=photo.layer_line(layer),
        cost=photo.cost(layer, output.shape[1:]),
        links=(
            Links("output", "input", torch.zeros(1, 1, dtype=torch.int64), columns,
                  kernel="kernel"),
        ),
        stepper=Stepper("output"),
        layer=lambda: layer(signal[None]),
    )  # fmt: skip


def signal_pane(name: str, title: str, role: str, values: torch.Tensor) -> Pane:
    """Show a signal as a curve; its range always holds zero, where the axis is.

    Args:
        name, title, role: of the pane.
        values: (1, L), one channel.
    """
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    return Pane(
        name, title, role, values, "signal", tuple(values.shape), "signed",
        (low, high) if low < high else (-1.0, 1.0),
    )  # fmt: skip


def _kernel_pane(weight: torch.Tensor) -> Pane:
    shape = tuple(weight.shape)
    if shape[-1] <= MOST_NUMBERS:
        return Pane("kernel", "kernel", "kernel", weight[0].unsqueeze(0), "grid", shape, "signed")
    pane = signal_pane("kernel", "kernel", "kernel", weight[0])
    return Pane("kernel", "kernel", "kernel", pane.values, "signal", shape, "signed",
                pane.value_range)  # fmt: skip


_MEANINGS = {
    BEAT: "is one heartbeat, its mean taken off: the output is high where the signal looks like it",
    "box 5": "has 5 equal weights: each output is a mean, and what repeats every 5 samples is gone",
    "box 9": "has 9 equal weights: each output is a mean of 9 samples",
    "Gaussian 7": "is a bell: each output is a mean in which near samples count more",
    "difference": (
        "computes what comes minus what was: above 0 where the signal rises, 0 where it is level"
    ),
    "second difference": "measures how the signal bends: 0 on every straight piece",
    "random 5": "has 5 random weights, as an untrained layer has them",
}


def _sentence(params: Conv1dParams, columns: torch.Tensor, output: torch.Tensor) -> str:
    where = int(output.argmax())
    read = columns[where][columns[where] >= 0]
    found = f"samples {int(read[0])} to {int(read[-1])}" if len(read) else "padding alone"
    places = f"{len(output)} places" if len(output) > 1 else "one place"
    return (
        f"The kernel {_MEANINGS[params.kernel]}. It slides in one direction, to {places}; the "
        f"largest output is {photo.signed_text(float(output[where]), 2)}, from {found}."
    )


def _preset(signal: str, kernel: str, **settings: int) -> dict[str, object]:
    """A preset that puts back what others may have changed."""
    plain = {"stride": 1, "padding": 0, "dilation": 1}
    return {"signal": signal, "kernel": kernel, **plain, **settings}


LAB = LabDefinition(
    name="conv1d",
    title="Along a signal",
    params=Conv1dParams,
    compute=compute,
    controls=(
        Choice("signal", "signal", tuple((s, s) for s in SIGNALS), "input", in_header=True),
        Choice("kernel", "kernel", tuple((k, k) for k in KERNELS), "kernel", in_header=True),
        Seed(),
        Slider("stride", "stride", 1, 8, "stride"),
        Slider("padding", "padding", 0, 20, "padding"),
        Slider("dilation", "dilation", 1, 16, "dilation"),
        Presets(
            "try",
            (
                ("find the beats", _preset("heartbeats", BEAT)),
                ("padding 10", _preset("heartbeats", BEAT, padding=10)),
                ("stride 4", _preset("heartbeats", BEAT, stride=4)),
                ("no burst", _preset("sound with a burst", "box 5")),
                ("burst only", _preset("sound with a burst", "second difference")),
                ("smooth the noise", _preset("noisy step", "box 9")),
                ("find the step", _preset("step", "difference")),
                (
                    "dilation 16",
                    _preset("sound with a burst", "difference", dilation=16),
                ),
                ("too long", _preset("heartbeats", BEAT, dilation=12)),
            ),
            "kernel",
        ),
    ),
)

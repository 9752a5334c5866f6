"""Where a network computes, and with how many digits: one argument each, automatic by default."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from typing import Literal

import torch
from torch import Tensor

DeviceName = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "full", "mixed"]
PRECISIONS: tuple[str, ...] = ("auto", "full", "mixed")


def available_devices() -> tuple[str, ...]:
    """Say where this machine can compute, the fastest first.

    Returns:
        Some of "cuda" (a graphics card by NVIDIA, or by AMD with its own build of torch) and "mps"
        (that of an Apple computer), and always "cpu".

    Example:
        >>> available_devices()[-1]
        'cpu'
    """
    found = []
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return (*found, "cpu")


def pick_device(device: DeviceName | str | torch.device = "auto") -> torch.device:
    """Choose where to compute.

    Args:
        device: "auto" takes the fastest there is: a CUDA card, else an Apple one, else the
            processor. "cpu", "cuda", "cuda:1", "mps" or a `torch.device` is taken as it is.

    Raises:
        ValueError: there is no such device in this machine; the message says which there are.

    Example:
        >>> pick_device("cpu")
        device(type='cpu')
    """
    there = available_devices()
    if isinstance(device, str) and device == "auto":
        return torch.device(there[0])
    try:
        asked = torch.device(device)
    except (RuntimeError, TypeError):  # torch's own words for what is no device at all
        raise ValueError(_not_there(device, there)) from None
    if asked.type not in there or not _numbered(asked):
        raise ValueError(_not_there(device, there))
    return asked


def _numbered(device: torch.device) -> bool:
    """Whether there are so many cards that this number is one of them."""
    count = torch.cuda.device_count() if device.type == "cuda" else 1
    return device.index is None or device.index < count


def _not_there(device: object, there: tuple[str, ...]) -> str:
    cards = torch.cuda.device_count() if "cuda" in there else 0
    many = f" ({cards} cards: cuda:0 to cuda:{cards - 1})" if cards > 1 else ""
    return (
        f"`device` (={str(device)!r}) is not in this machine, which has {', '.join(there)}{many}: "
        'choose one of these, or "auto".'
    )


class Arithmetic:
    """How many digits a training computes with: all 32 bits, or half of them where that is enough.

    A graphics card multiplies numbers of 16 bits several times as fast. In mixed precision the
    convolutions take 16 bits, while the weights, their changes and the loss keep 32. Numbers of 16
    bits end at 6e-8 (float16): smaller slopes would become 0. So the loss is multiplied by a large
    number before the way back and the slopes are divided by it afterwards; where they became
    infinite, the step is left out and the number halved.

    A processor gains little. It takes bfloat16, which reaches as far as 32 bits with fewer digits,
    and needs no such number.

    Args:
        device: where the network is.
        precision: "mixed", "full", or "auto": mixed on a CUDA card only.

    Attributes:
        dtype: of the convolutions: torch.float16, torch.bfloat16 or torch.float32.
        scaler: torch's own; it does nothing but for float16.

    Raises:
        ValueError: no such precision.

    Example:
        >>> arithmetic = Arithmetic(torch.device("cpu"), "mixed")
        >>> with arithmetic.forward():
        ...     print(torch.ones(2, 2).mm(torch.ones(2, 2)).dtype)
        torch.bfloat16
    """

    def __init__(self, device: torch.device, precision: Precision | str = "auto") -> None:
        if precision not in PRECISIONS:
            raise ValueError(
                f"`precision` (={precision!r}) must be one of {', '.join(PRECISIONS)}."
            )
        on_card = device.type == "cuda"
        self.device = device
        self.dtype = torch.float32
        if precision == "mixed" or (precision == "auto" and on_card):
            self.dtype = torch.float16 if on_card else torch.bfloat16
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.dtype == torch.float16)

    @property
    def is_mixed(self) -> bool:
        """Say whether convolutions take 16 bits."""
        return self.dtype != torch.float32

    def forward(self) -> AbstractContextManager[object]:
        """Open the part in which the network and its loss are computed: `with x.forward():`."""
        if not self.is_mixed:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=self.dtype)

    def backward_and_step(self, loss: Tensor, optimizer: torch.optim.Optimizer) -> None:
        """Find the slope of the loss and change the weights once; call it outside `forward()`.

        Args:
            loss: one number, of this step alone: slopes of the step before are forgotten.
            optimizer: of the network's weights.
        """
        optimizer.zero_grad()
        self.scaler.scale(loss).backward()
        self.scaler.step(optimizer)
        self.scaler.update()

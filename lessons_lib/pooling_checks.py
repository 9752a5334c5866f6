"""What a pooling refuses before any arithmetic: shapes, and dtypes that torch does not pool."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

HALF = (torch.float16, torch.bfloat16)
_FLOATING = (torch.float32, torch.float64, *HALF)
_WHOLE = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)


def check_shape(dims: int, input: Tensor) -> None:
    """Refuse what is no batch of channels; only the batch may be empty."""
    names = ", ".join(("depth", "height", "width")[-dims:] if dims > 1 else ("length",))
    if input.dim() not in (dims + 1, dims + 2):
        raise ValueError(
            f"`input` (shape {tuple(input.shape)}) must be (batch, channels, {names}) or "
            f"(channels, {names}): add the missing axis with input.unsqueeze(0)."
        )
    if 0 in input.shape[-dims - 1 :]:
        raise ValueError(
            f"`input` (shape {tuple(input.shape)}) has an axis without anything in it: "
            "only a batch may be empty."
        )


def check_comparable(dims: int, input: Tensor, return_indices: bool) -> None:
    """Refuse what torch finds no largest number in."""
    _check_dtype(input, (*_FLOATING, *_WHOLE), "Booleans and complex numbers have no largest")
    if dims == 1 and not return_indices:
        why = "torch's max_pool1d takes whole numbers with return_indices=True only"
        _check_dtype(input, _FLOATING, why)


def check_averaged(dims: int, input: Tensor, divisor_override: int | None) -> None:
    """Refuse what torch makes no means of."""
    if dims == 3:
        why = "torch averages volumes on a CPU in these only"
        _check_dtype(input, (torch.float32, torch.float64, torch.int64), why)
    why = "A mean is seldom a whole number, and torch makes an exception for int64 only"
    _check_dtype(input, (*_FLOATING, torch.int64), why)
    if divisor_override == 0:
        raise ValueError("`divisor_override` (=0) must not be 0: give another number, or None.")


def check_unpooled(input: Tensor, indices: Tensor) -> None:
    """Refuse numbers and places that do not belong together."""
    _check_dtype(input, _FLOATING, "torch puts back floating point only")
    if indices.dtype != torch.int64:
        raise TypeError(
            f"`indices` (dtype {indices.dtype}) must be torch.int64: use those of max_pool2d, or "
            "indices.long()."
        )
    if indices.shape != input.shape:
        raise ValueError(
            f"`indices` (shape {tuple(indices.shape)}) must have the shape of `input` "
            f"({tuple(input.shape)}): one place for every number."
        )


def _check_dtype(input: Tensor, allowed: Sequence[torch.dtype], why: str) -> None:
    if input.dtype not in allowed:
        names = ", ".join(str(dtype).removeprefix("torch.") for dtype in allowed)
        raise TypeError(
            f"`input` (dtype {input.dtype}) must be one of {names}. {why}: convert it, for example "
            "with input.float()."
        )

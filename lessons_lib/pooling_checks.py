"""What a pooling refuses before any arithmetic: shapes, and dtypes that torch does not pool."""

from __future__ import annotations

import torch
from torch import Tensor

from lessons_lib.geometry.arguments import to_whole
from lessons_lib.tensors import FLOATING, REAL, check_tensor, layouts

_CURE = "add the missing axis with input.unsqueeze(0)."


def check_compared(dims: int, input: Tensor, return_indices: bool) -> None:
    """Refuse what torch finds no largest number in."""
    why = "Booleans and complex numbers have no largest"
    check_tensor(input, "input", layouts(dims), REAL, _CURE, why)
    if dims == 1 and not return_indices:
        why = "torch's max_pool1d takes whole numbers with return_indices=True only"
        check_tensor(input, "input", layouts(dims), FLOATING, _CURE, why)


def check_averaged(dims: int, input: Tensor, divisor_override: int | None) -> None:
    """Refuse what torch makes no means of."""
    why = "A mean is seldom a whole number, and torch makes an exception for int64 only"
    check_tensor(input, "input", layouts(dims), (*FLOATING, torch.int64), _CURE, why)
    if dims == 3:
        why = "torch averages volumes on a CPU in these only"
        volumes = (torch.float32, torch.float64, torch.int64)
        check_tensor(input, "input", layouts(dims), volumes, _CURE, why)
    if divisor_override is None:
        return
    if to_whole(divisor_override, "divisor_override") == 0:
        raise ValueError("`divisor_override` (=0) must not be 0: give another number, or None.")


def check_unpooled(input: Tensor, indices: Tensor) -> None:
    """Refuse numbers and places that do not belong together."""
    check_tensor(input, "input", layouts(2), FLOATING, _CURE, "torch puts back floating point only")
    check_tensor(indices, "indices", (), (torch.int64,), why="max_pool2d gives such")
    if indices.shape != input.shape:
        raise ValueError(
            f"`indices` (shape {tuple(indices.shape)}) must have the shape of `input` "
            f"({tuple(input.shape)}): one place for every number."
        )

"""What the labs on small grids share: the grids, kernels as rows of numbers, and their panes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lessons_lib.kernels import named_kernel
from lessons_lib.kit.result import Pane
from lessons_lib.kit.vocabulary import Role

Rows = tuple[tuple[float, ...], ...]  # of a kernel, as a control holds it


def rows_of(kernel: Tensor) -> Rows:
    """Write a kernel (kh, kw) as rows of numbers."""
    return tuple(tuple(row) for row in kernel.tolist())


def _counted_rows(first: float, rows: int, columns: int) -> Rows:
    return rows_of(torch.arange(first, first + rows * columns).reshape(rows, columns))


FROM_ZERO = _counted_rows(0.0, 2, 2)
FROM_ONE = _counted_rows(1.0, 2, 2)
NINE = _counted_rows(1.0, 3, 3)
NINE_ONES: Rows = ((1.0,) * 3,) * 3
SIXTEEN_ONES: Rows = ((1.0,) * 4,) * 4
SOBEL_X = rows_of(named_kernel("sobel_x"))


def _black_bar() -> Tensor:
    grid = torch.ones(6, 8)
    grid[:, 2:6] = 0
    return grid


def _impulse(side: int) -> Tensor:
    grid = torch.zeros(side, side)
    grid[side // 2, side // 2] = 1
    return grid


def _mixed_digits() -> Tensor:
    """Give digits of which the largest of a quarter stands in a corner, elsewhere, and twice."""
    return torch.tensor([[4.0, 1, 0, 7], [2.0, 9, 5, 3], [8.0, 0, 2, 6], [1.0, 3, 6, 4]])


def _random_digits() -> Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randint(0, 10, (6, 6), generator=generator).float()


# name -> (label, what makes it (H, W))
GRIDS: dict[str, tuple[str, Callable[[], Tensor]]] = {
    "counting_2": ("0 … 3, 2 × 2", lambda: torch.arange(4.0).reshape(2, 2)),
    "counting_2x3": ("1 … 6, 2 × 3", lambda: torch.arange(1.0, 7.0).reshape(2, 3)),
    "counting_3": ("0 … 8, 3 × 3", lambda: torch.arange(9.0).reshape(3, 3)),
    "counting_3x4": ("1 … 12, 3 × 4", lambda: torch.arange(1.0, 13.0).reshape(3, 4)),
    "counting_4": ("1 … 16, 4 × 4", lambda: torch.arange(1.0, 17.0).reshape(4, 4)),
    "counting_5": ("1 … 30, 5 × 6", lambda: torch.arange(1.0, 31.0).reshape(5, 6)),
    "digits_4": ("digits, 4 × 4", _mixed_digits),
    "edge": ("black bar, 6 × 8", _black_bar),
    "impulse_3": ("impulse, 3 × 3", lambda: _impulse(3)),
    "impulse": ("impulse, 5 × 5", lambda: _impulse(5)),
    "ones": ("all ones, 4 × 4", lambda: torch.ones(4, 4)),
    "digits_3x5": (
        "digits, 3 × 5",
        lambda: torch.tensor([[3.0, 0, 7, 1, 4], [2.0, 9, 0, 5, 6], [8.0, 1, 4, 0, 3]]),
    ),
    "digits": ("random digits, 6 × 6", _random_digits),
}


def grid_options(*names: str) -> tuple[tuple[str, str], ...]:
    """Give the options of a list of small grids.

    Args:
        names: keys of `GRIDS`.
    """
    return tuple((GRIDS[name][0], name) for name in names)


def small_grid(name: str, channels: int = 1) -> Tensor:
    """Give a small picture; further channels are the first one turned over.

    Args:
        name: a key of `GRIDS`.
        channels: 1..4: as it is, mirrored left to right, top to bottom, and both.

    Returns:
        float32 (1, channels, H, W).

    Example:
        >>> small_grid("counting_2", 2).flatten(2).tolist()
        [[[0.0, 1.0, 2.0, 3.0], [1.0, 0.0, 3.0, 2.0]]]
    """
    first = GRIDS[name][1]()
    turned = (first, first.flip(1), first.flip(0), first.flip(0, 1))
    return torch.stack(turned[:channels]).unsqueeze(0)


def grid_pane(name: str, title: str, role: Role, values: Tensor, **more: Any) -> Pane:
    """Show grids with their numbers, zero in the middle of the colours.

    Args:
        name, title, role: of the pane.
        values: (C, H, W), a grid for each channel.
        more: further fields of `Pane`.
    """
    values = values.contiguous()
    given: dict[str, Any] = {
        "kind": "grid",
        "shape": tuple(values.shape),
        "table": "signed",
        **more,
    }
    return Pane(name, title, role, values, **given)


def kernel_grid(kernel: Rows | Tensor, name: str = "kernel", title: str = "kernel") -> Pane:
    """Show one kernel (kh, kw) with its numbers; the shape is that of a layer's weight."""
    values = torch.as_tensor(kernel, dtype=torch.float32).unsqueeze(0)
    return grid_pane(name, title, "kernel", values, shape=(1, *values.shape))


def signal_pane(name: str, title: str, role: Role, values: Tensor, **more: Any) -> Pane:
    """Show a signal as a curve; its range always holds zero, where the axis is.

    Args:
        name, title, role: of the pane.
        values: (1, L), one channel.
        more: further fields of `Pane`.
    """
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    value_range = (low, high) if low < high else (-1.0, 1.0)
    given: dict[str, Any] = {
        "kind": "signal",
        "shape": tuple(values.shape),
        "table": "signed",
        "value_range": value_range,
        **more,
    }
    return Pane(name, title, role, values, **given)

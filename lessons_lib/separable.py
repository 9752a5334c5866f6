"""Taking a kernel apart into columns times rows: its singular values, its rank, its best part.

A kernel that is one column times one row needs k + k numbers instead of k x k, and two short
passes over the picture instead of one wide one. Few kernels are. Every kernel is a sum of such
products, and the singular value decomposition gives the shortest sum, the heaviest product first.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from lessons_lib.geometry.arguments import to_real, to_whole
from lessons_lib.kernels import photo_weight, seeded_draws, weighted_layer
from lessons_lib.tensors import FLOATING, PLANE, REAL, check_alike, check_finite, check_tensor
from lessons_lib.variants import SpatiallySeparableConv2d

TOLERANCE = 1e-6  # of the largest singular value: float32 rounds at 6e-8, and a product twice
# numbers up to here are looked for when a column is written in whole numbers
_WHOLE = torch.arange(1.0, 13.0, dtype=torch.float64)


def singular_values(kernel: Tensor) -> Tensor:
    """Say how heavy each product of a column and a row is of which the kernel is the sum.

    Args:
        kernel: (kh, kw), floating point or whole, finite.

    Returns:
        float64 (min(kh, kw),), the largest first, none negative; their squares add up to the sum
        of the kernel's squares.

    Raises:
        TypeError: the kernel is no tensor, or neither floating point nor whole.
        ValueError: it is not two-dimensional, is empty or not finite.

    Example:
        >>> singular_values(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).tolist()
        [4.0, 3.0]
    """
    return torch.linalg.svdvals(_checked(kernel))


def kernel_rank(kernel: Tensor, tolerance: float = TOLERANCE) -> int:
    """Count the products of a column and a row that the kernel is the sum of, at the least.

    Args:
        kernel: (kh, kw), as in `singular_values`.
        tolerance: singular values up to this share of the largest one count as rounding.

    Returns:
        0 for a kernel of zeros, at most min(kh, kw).

    Raises:
        ValueError: as in `singular_values`, or the tolerance is not within 0 .. 1.

    Example:
        >>> kernel_rank(torch.ones(3, 3)), kernel_rank(torch.eye(3))
        (1, 3)
    """
    if not 0 <= to_real(tolerance, "tolerance") < 1:
        raise ValueError(f"`tolerance` (={tolerance}) must be at least 0 and below 1.")
    values = singular_values(kernel)
    return int((values > tolerance * values[0]).sum())


def columns_and_rows(kernel: Tensor, rank: int | None = None) -> tuple[Tensor, Tensor]:
    """Take a kernel apart: its heaviest products of a column and a row, the heaviest first.

    Any factor can be moved from a column to its row. Here the column is written in the smallest
    whole numbers (up to 12) where it has such; else the largest number of both is equally large.
    The number of a column that lies furthest from 0 is positive.

    Args:
        kernel: (kh, kw), as in `singular_values`.
        rank: how many products, 0 .. min(kh, kw); None: as many as the kernel's rank.

    Returns:
        columns float64 (kh, rank) and rows float64 (rank, kw); columns @ rows is the best kernel
        of that rank: no other differs less from the whole one, in the sum of squares.

    Raises:
        ValueError: as in `singular_values`, or the rank is out of range.

    Source:
        Eckart, Young: The approximation of one matrix by another of lower rank (1936).

    Example:
        >>> columns, rows = columns_and_rows(torch.tensor([[2.0, -2.0], [6.0, -6.0]]))
        >>> columns.flatten().tolist(), rows.round(decimals=6).flatten().tolist()
        ([1.0, 3.0], [2.0, -2.0])
    """
    checked = _checked(kernel)
    rank = kernel_rank(kernel) if rank is None else _checked_rank(rank, checked)
    left, values, right = torch.linalg.svd(checked, full_matrices=False)
    columns, rows = left[:, :rank], values[:rank, None] * right[:rank]
    found = [_friendly_factor(*each) for each in zip(columns.T, rows, strict=True)]
    factors = torch.tensor(found, dtype=torch.float64)
    columns, rows = columns * factors, rows / factors[:, None]
    return _tidied(columns), _tidied(rows)


def _checked_rank(rank: int, kernel: Tensor) -> int:
    rank, most = to_whole(rank, "rank"), min(kernel.shape)
    if not 0 <= rank <= most:
        raise ValueError(
            f"`rank` (={rank}) must be at least 0 and at most {most}, the shorter side of a "
            f"kernel of {kernel.shape[0]} x {kernel.shape[1]}."
        )
    return rank


def low_rank_part(kernel: Tensor, rank: int) -> Tensor:
    """Give the best kernel of a rank: the sum of the heaviest products of a column and a row.

    Args:
        kernel, rank: as in `columns_and_rows`.

    Returns:
        (kh, kw), in the kernel's dtype where it is floating point, else float32.

    Example:
        >>> low_rank_part(torch.tensor([[3.0, 0.0], [0.0, 4.0]]), 1).tolist()
        [[0.0, 0.0], [0.0, 4.0]]
    """
    columns, rows = columns_and_rows(kernel, to_whole(rank, "rank"))
    return (columns @ rows).to(kernel.dtype if kernel.is_floating_point() else torch.float32)


def share_kept(kernel: Tensor, rank: int) -> float:
    """Say which share of the kernel's sum of squares its best part of a rank has.

    Args:
        kernel, rank: as in `columns_and_rows`.

    Returns:
        0 .. 1; 1 for a kernel of zeros, which loses nothing.

    Raises:
        TypeError, ValueError: as in `columns_and_rows`.

    Example:
        >>> share_kept(torch.tensor([[3.0, 0.0], [0.0, 4.0]]), 1)
        0.64
    """
    squares = singular_values(kernel).square()
    rank = _checked_rank(rank, kernel)
    total = float(squares.sum())
    return float(squares[:rank].sum()) / total if total else 1.0


def separable_layer(kernel: Tensor, rank: int, in_channels: int = 3) -> SpatiallySeparableConv2d:
    """Build the two layers that answer as the best part of a kernel does, on a colour picture.

    Args:
        kernel: (kh, kw), floating point; every channel gets it, as in `photo_weight`.
        rank: 1 .. min(kh, kw): so many channels stand between the two layers.
        in_channels: of the picture, at least 1.

    Returns:
        A (kh x 1) convolution from in_channels to `rank` channels, and a (1 x kw) one to a single
        channel, without bias.

    Raises:
        TypeError, ValueError: as in `columns_and_rows`, the rank is 0, or the kernel is not
            floating point.

    Example:
        >>> layer = separable_layer(torch.ones(3, 3), 1)
        >>> layer.down.weight.shape, layer.across.weight.shape
        (torch.Size([1, 3, 3, 1]), torch.Size([1, 1, 1, 3]))
    """
    check_tensor(kernel, "kernel", PLANE, FLOATING)
    if to_whole(rank, "rank") < 1:
        raise ValueError(f"`rank` (={rank}) must be at least 1: a layer needs a channel.")
    columns, rows = columns_and_rows(kernel, rank)
    return layer_of(columns.to(kernel.dtype), rows.to(kernel.dtype), in_channels)


def layer_of(columns: Tensor, rows: Tensor, in_channels: int = 3) -> SpatiallySeparableConv2d:
    """Build the two layers that answer as columns times rows do, on a colour picture.

    Args:
        columns: (kh, rank), floating point, at least one of them.
        rows: (rank, kw), same dtype.
        in_channels: as in `separable_layer`.

    Returns:
        As in `separable_layer`.

    Raises:
        TypeError, ValueError: columns and rows do not fit together or are not floating point.

    Example:
        >>> layer_of(torch.ones(3, 2), torch.ones(2, 5), in_channels=1).down.weight.shape
        torch.Size([2, 1, 3, 1])
    """
    check_tensor(columns, "columns", ["height, rank"], FLOATING)
    check_tensor(rows, "rows", ["rank, width"], FLOATING)
    check_alike(rows, columns, "rows", "columns")
    if len(rows) != columns.shape[1]:
        raise ValueError(
            f"`rows` (shape {tuple(rows.shape)}) must be as many as there are `columns` (shape "
            f"{tuple(columns.shape)}): each column is multiplied by its row."
        )
    in_channels = to_whole(in_channels, "in_channels", 1)
    (height, rank), width = columns.shape, rows.shape[1]
    with seeded_draws(0):  # these weights go at once, and torch's random numbers are left alone
        layer = SpatiallySeparableConv2d(
            in_channels, 1, (height, width), bias=False, mid_channels=rank
        )
    down = torch.cat([photo_weight(column[:, None], in_channels) for column in columns.T])
    layer.down = weighted_layer(nn.Conv2d, down)  # (rank, in_channels, kh, 1)
    layer.across = weighted_layer(nn.Conv2d, rows[None, :, None])  # (1, rank, 1, kw)
    return layer


def _checked(kernel: Tensor) -> Tensor:
    """Refuse what is no kernel; a float64 copy of what is one."""
    cure = "take one output channel and one input channel of a weight."
    check_tensor(kernel, "kernel", PLANE, REAL, cure)
    check_finite(kernel, "kernel")
    return kernel.detach().double()


def _friendly_factor(column: Tensor, row: Tensor) -> float:
    """Find what a column is multiplied by, and its row divided by, to be read with ease."""
    heights = column.abs()
    # the last of several that are equally large but for rounding: the sign is the same everywhere
    largest = float(column[heights > (1 - TOLERANCE) * heights.max()][-1])
    multiples = _WHOLE[:, None] * column / largest  # (12, kh)
    are_whole = ((multiples - multiples.round()).abs() <= TOLERANCE).all(dim=1)
    if bool(are_whole.any()):
        return float(_WHOLE[are_whole][0]) / largest
    widest = float(row.abs().max()) * abs(largest)
    return math.sqrt(widest) / largest if widest else 1 / largest


def _tidied(numbers: Tensor) -> Tensor:
    """Make whole what is whole but for the rounding of float64, and -0 to 0."""
    if numbers.numel() == 0:
        return numbers
    whole = numbers.round() + 0.0
    return torch.where((numbers - whole).abs() < 1e-12 * numbers.abs().max(), whole, numbers)

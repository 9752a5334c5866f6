"""Wirings: who feeds whom through layers of channels, as a pane and as links to point along."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lessons_lib.kit.links import CellLinks
from lessons_lib.kit.result import Pane


def bundled(table: Tensor, block: int) -> Tensor:
    """Add up a table over bundles of channels, the last one of what is left.

    Args:
        table: int64 (to, from).
        block: channels of a bundle, at least 1.

    Returns:
        int64 (ceil(to / block), ceil(from / block)).

    Example:
        >>> bundled(torch.eye(3, dtype=torch.int64), 2).tolist()
        [[2, 0], [0, 1]]
    """
    for axis in (0, 1):
        parts = [part.sum(axis) for part in table.split(block, axis)]
        table = torch.stack(parts, axis)
    return table


def wiring_pane(
    tables: Sequence[Tensor],
    labels: tuple[str, ...],
    groups: Sequence[int],
    block: int = 1,
    name: str = "wiring",
    title: str = "who feeds whom",
) -> Pane:
    """Show stages of channels and the wires from each to the next.

    Args:
        tables: for each step int64 (to, from), not 0 where a channel feeds another, as
            `lessons_lib.variants.channel_wires` gives them.
        labels: a name per stage, one more than tables.
        groups: per stage, into how many groups of neighbours its channels are split, 0 for none;
            less than 0: they are dealt out to so many groups in turn.
        block: so many channels each box stands for.
        name, title: of the pane.
    """
    counts = _counts(tables)
    boxes = [-(-count // block) for count in counts]
    values = torch.zeros(max(boxes), len(boxes))
    members = torch.full((max(boxes), len(boxes)), -1)
    for stage, (count, rows, split) in enumerate(zip(counts, boxes, groups, strict=True)):
        values[:rows, stage] = block
        values[rows - 1, stage] = count - (rows - 1) * block
        if split and block == 1:
            members[:rows, stage] = _members(count, split)
    thin = [bundled(table, block) for table in tables]
    wires = [
        torch.cat([torch.full((len(pairs), 1), stage), pairs.flip(1)], 1)
        for stage, pairs in enumerate(table.nonzero() for table in thin)
    ]
    shape = tuple(values.shape)
    bands = members if bool((members >= 0).any()) else None
    return Pane(
        name,
        title,
        "",
        values,
        "wiring",
        shape,
        labels=labels,
        wires=torch.cat(wires),
        groups=bands,
    )


def reach_links(tables: Sequence[Tensor], block: int = 1, name: str = "wiring") -> CellLinks:
    """Link every channel to all that it reaches, however many layers later.

    Args:
        tables, block, name: as in `wiring_pane`.
    """
    thin = [bundled(table, block) for table in tables]
    stages = len(thin) + 1
    pairs = []
    for start in range(stages - 1):
        reached = torch.eye(thin[start].shape[1], dtype=torch.bool)
        for stop in range(start + 1, stages):
            reached = _followed(thin[stop - 1], reached)
            found = reached.T.nonzero() * stages  # (from, to)
            pairs.append(found + torch.tensor([start, stop]))
    cells = max(_counts(thin)) * stages
    return CellLinks(name, name, _partners(torch.cat(pairs), cells), "reaches", "is reached by")


def path_links(
    tables: Sequence[Tensor], matrix: str, block: int = 1, name: str = "wiring"
) -> CellLinks:
    """Link every cell of the matrix of ways to the channels that its ways go through.

    Args:
        tables, block, name: as in `wiring_pane`.
        matrix: name of the pane (1, last channels, first channels) of the ways.
    """
    thin = [bundled(table, block) for table in tables]
    stages, inputs, outputs = len(thin) + 1, thin[0].shape[1], thin[-1].shape[0]
    there = [torch.eye(inputs, dtype=torch.bool)]  # (channel, input) of each stage
    for table in thin:
        there.append(_followed(table, there[-1]))
    on = [torch.eye(outputs, dtype=torch.bool)]  # (output, channel) of each stage
    for table in reversed(thin):
        on.insert(0, (on[0].float() @ (table > 0).float()) > 0)
    pairs = []
    for stage in range(stages):
        through = on[stage][:, None, :] & there[stage].T[None]  # (output, input, channel)
        output, read, channel = through.nonzero(as_tuple=True)
        pairs.append(torch.stack([output * inputs + read, channel * stages + stage], 1))
    table = _partners(torch.cat(pairs), outputs * inputs)
    return CellLinks(matrix, name, table, "counts the ways through", "is counted in")


def _counts(tables: Sequence[Tensor]) -> list[int]:
    return [tables[0].shape[1], *(table.shape[0] for table in tables)]


def _members(count: int, split: int) -> Tensor:
    place = torch.arange(count)
    return place * split // count if split > 0 else place % -split


def _followed(table: Tensor, reached: Tensor) -> Tensor:
    """Go one step on: bool (to, start), from bool (from, start)."""
    return ((table > 0).float() @ reached.float()) > 0  # floats multiply fast, bools not at all


def _partners(pairs: Tensor, cells: int) -> Tensor:
    """Write pairs (cell, partner) as a table: int64 (cells, most partners), -1 = no more."""
    order = torch.argsort(pairs[:, 0], stable=True)
    first, second = pairs[order].unbind(1)
    counts = torch.bincount(first, minlength=cells)
    place = torch.arange(len(first)) - (counts.cumsum(0) - counts)[first]
    table = torch.full((cells, max(1, int(counts.max()))), -1)
    table[first, place] = second
    return table

"""Wirings: who feeds whom through layers of channels, as a pane and as links to point along."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

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

    A box of several channels is linked to the boxes that one of them reaches: the wires between
    boxes may seem to lead on where no single channel does.

    Args:
        tables, block, name: as in `wiring_pane`.
    """
    stages = len(tables) + 1
    pairs = []
    for start in range(stages - 1):
        reached = torch.eye(tables[start].shape[1], dtype=torch.bool)  # channel by channel
        for stop in range(start + 1, stages):
            reached = _followed(tables[stop - 1], reached)
            found = _boxed(_boxed(reached, block).T, block).nonzero() * stages  # (from, to)
            pairs.append(found + torch.tensor([start, stop]))
    cells = -(-max(_counts(tables)) // block) * stages
    return CellLinks(name, name, _partners(torch.cat(pairs), cells), "reaches", "is reached by")


def path_links(
    tables: Sequence[Tensor], matrix: str, block: int = 1, name: str = "wiring"
) -> CellLinks:
    """Link every cell of the matrix of ways to the channels that its ways go through.

    Args:
        tables, block, name: as in `wiring_pane`.
        matrix: name of the pane (1, last channels, first channels) of the ways.
    """
    counts, stages = _counts(tables), len(tables) + 1
    there = [torch.eye(counts[0], dtype=torch.bool)]  # (channel, input) of each stage
    for table in tables:
        there.append(_followed(table, there[-1]))
    on = [torch.eye(counts[-1], dtype=torch.bool)]  # (output, channel) of each stage
    for table in reversed(tables):
        on.insert(0, (on[0].float() @ (table > 0).float()) > 0)
    inputs, outputs = (-(-counts[end] // block) for end in (0, -1))
    pairs = []
    for stage in range(stages):
        ends, starts = (_boxed(each, block).T for each in (on[stage].T, there[stage]))
        through = _boxed(ends[:, None, :] & starts[None], block)  # (output, input, box)
        output, read, box = through.nonzero(as_tuple=True)
        pairs.append(torch.stack([output * inputs + read, box * stages + stage], 1))
    table = _partners(torch.cat(pairs), outputs * inputs)
    return CellLinks(matrix, name, table, "counts the ways through", "is counted in")


def _counts(tables: Sequence[Tensor]) -> list[int]:
    return [tables[0].shape[1], *(table.shape[0] for table in tables)]


def _boxed(reached: Tensor, block: int) -> Tensor:
    """Say of each box along the last axis whether one of its channels is: bool (..., boxes)."""
    whole = F.pad(reached, (0, -reached.shape[-1] % block))  # the last box may hold fewer
    return whole.unflatten(-1, (-1, block)).any(-1)


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

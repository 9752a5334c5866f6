"""Which cells of one pane belong to a cell of another, as tables that are only looked up."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Links:
    """Which cells of one pane an output cell of another was computed from, per axis.

    Channels, rows and columns are looked up apart: a convolution treats each axis for itself.

    Attributes:
        output: name of the pane with the results.
        source: name of the pane that was read.
        rows: int64 (output rows, taps) -> source row, -1 = padding, -2 = beyond the padding, where
            a window of ceil_mode may reach and nothing counts.
        columns: int64 (output columns, taps) -> source column, -1 and -2 likewise.
        channels: int64 (output grids, taps) -> source grid, for panes of several grids; None:
            every grid of the one belongs to every grid of the other.
        kernel: name of the pane with the weights. Its grids follow each other as (output grid,
            tap): a kernel for each output. "": no pane shows them.
        shared_kernel: the grids of that pane are the taps alone: one kernel serves every output
            grid, as in a 3-D convolution whose grids are the slices.
        transposed: the tables are those of a transposed convolution: -1 means that this tap
            brings nothing to this output, not that it meets padding.
        spans: rows and columns are not tables of taps but int64 (outputs, 3): the first and the
            last source cell, all between them counting too, and 1 where padding was met, else 0.
            So travels what is large and has no gaps, such as the receptive field of many layers;
            see `lessons_lib.geometry.receptive_spans`.
    """

    output: str
    source: str
    rows: Tensor
    columns: Tensor
    channels: Tensor | None = None
    kernel: str = ""
    shared_kernel: bool = False
    transposed: bool = False
    spans: bool = False


@dataclass(frozen=True, eq=False)
class CellLinks:
    """Which single cells of two panes belong together, where rows and columns do not fall apart.

    An output belongs to a whole row of the convolution's matrix, a weight to all its copies in
    it: no table per axis can say that. Pointing works both ways.

    Attributes:
        first, second: names of the two panes.
        cells: int64 (cells of the first pane, most partners) -> cell of the second, both counted
            grid after grid, row after row; -1 = no further partner.
        verb: what a cell of the first pane does to its partners, such as "is copied to".
        reverse: what a cell of the second pane does to its own, such as "is a copy of".
        strong: the partners are framed more strongly than a window is, because they stand out in
            it: the largest number of all, say.
    """

    first: str
    second: str
    cells: Tensor
    verb: str
    reverse: str
    strong: bool = False

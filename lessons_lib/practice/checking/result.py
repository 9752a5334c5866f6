"""What a check found, as the learner sees it: sentences, and the smallest failing case as grids."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, product

import torch
from torch import Tensor

from lessons_lib.visualization.cells import Cells, cells_of
from lessons_lib.visualization.colours import signed_range
from lessons_lib.visualization.numbers import size_text

MOST_ROWS, MOST_COLUMNS = 12, 12  # shown of a grid
MOST_PLANES = 12  # shown of a tensor with channels
_MARK = "▸"

_BOX = (
    "border: 1px solid var(--jp-border-color2, #d9dce0); border-left: 4px solid {edge}; "
    "padding: 8px 12px; color: var(--jp-ui-font-color1, #212121); "
    "background: var(--jp-layout-color1, #fff); max-width: 60em;"
)
_ROW = "display: flex; flex-wrap: wrap; gap: 4px 20px;"
_EDGES = {
    "passed": "var(--jp-success-color1, #388e3c)",
    "failed": "var(--jp-warn-color1, #b26a00)",
    "untried": "var(--jp-border-color1, #bdbdbd)",
}
_SOFT = "color: var(--jp-ui-font-color2, #616161);"
_CELL = (
    "padding: 4px 7px; text-align: right; white-space: nowrap; color: {ink}; "
    "background: rgb{colour}; border: 1px solid var(--jp-layout-color1, #fff);"
)
# dark and light, so that it shows on any colour
_MARKED = " box-shadow: inset 0 0 0 2px #000, inset 0 0 0 4px #fff;"


@dataclass(frozen=True, eq=False)
class Grid:
    """Numbers of the failing case under a name.

    Attributes:
        name: "image", "expected", "yours" ...
        values: (H, W).
        place: of the cell that is marked.
        whole: the tensor that it is a channel of; its channels share their colours.
    """

    name: str
    values: Tensor
    place: tuple[int, ...] | None = None
    whole: Tensor | None = None

    @property
    def title(self) -> str:
        rows, columns = self.values.shape
        whole = f"{self.name}, {size_text((rows, columns))}"
        if rows <= MOST_ROWS and columns <= MOST_COLUMNS:
            return whole
        return (
            f"{whole}: its first {min(rows, MOST_ROWS)} rows, {min(columns, MOST_COLUMNS)} columns"
        )

    @property
    def cells(self) -> Cells:
        shown = self.values[:MOST_ROWS, :MOST_COLUMNS].to(torch.float64)
        coloured = shown if self.whole is None else self.whole.to(torch.float64)
        return cells_of(shown, "signed", *signed_range(coloured))


def grids_of(name: str, values: Tensor, place: tuple[int, ...] | None = None) -> list[Grid]:
    """Lay a tensor out as grids: a row of numbers as one row, channels side by side.

    Args:
        name: "image", "expected", "yours" ...
        values: (n), (H, W), (C, H, W) or (out, in, H, W); without numbers there is no grid.
        place: of the number that is marked, an index for each axis.

    Example:
        >>> [grid.name for grid in grids_of("weight", torch.zeros(1, 2, 3, 3))]
        ['weight[0, 0]', 'weight[0, 1]']
    """
    if not values.numel():
        return []
    if values.dim() == 1:
        return [Grid(name, values[None], None if place is None else (0, *place))]
    if values.dim() == 2:
        return [Grid(name, values, place)]
    channels = list(product(*map(range, values.shape[:-2])))[:MOST_PLANES]
    return [
        Grid(
            f"{name}[{', '.join(map(str, channel))}]",
            values[channel],
            place[-2:] if place is not None and place[:-2] == channel else None,
            values,
        )
        for channel in channels
    ]


@dataclass(frozen=True, eq=False)
class CheckResult:
    """What a check found.

    Attributes:
        exercise: its name.
        passed: every case was answered as torch answers it.
        tried: there was something to check.
        message: what to tell the learner, sentence by sentence.
        cases: how many were tried.
        failed: how many of them failed.
        call: the smallest failing case, where it is short enough for a line.
        grids: the smallest failing case: its arguments, what is expected and what came.
        printed: what the function printed then.
        slip: the likely mistake, as it is told within the message; "" where none fits.
    """

    exercise: str
    passed: bool
    tried: bool
    message: str
    cases: int = 0
    failed: int = 0
    call: str = ""
    grids: tuple[Grid, ...] = ()
    printed: str = ""
    slip: str = ""

    @property
    def head(self) -> str:
        if self.passed:
            return f"✓ {self.exercise}: passed"
        if self.tried:
            return f"✗ {self.exercise}: not yet"
        return f"… {self.exercise}: not tried yet"

    def __repr__(self) -> str:
        parts = [self.head, self.message, self.call, *map(_plain, self.grids)]
        if self.printed:
            parts.append(f"It printed:\n{self.printed}")
        return "\n".join(part for part in parts if part)

    def _repr_html_(self) -> str:
        state = "passed" if self.passed else "failed" if self.tried else "untried"
        lines = "".join(f"<div>{_with_code(line)}</div>" for line in self.message.splitlines())
        call = f"<div><code>{html.escape(self.call)}</code></div>" if self.call else ""
        grids = "".join(_in_a_row([*each]) for _, each in groupby(self.grids, _tensor))
        printed = (
            f"<div>It printed:</div><pre>{html.escape(self.printed)}</pre>" if self.printed else ""
        )
        stuck = f'<div style="{_SOFT}">Stuck? <code>practice.hint("{self.exercise}")</code></div>'
        return (
            f'<div class="lesson-check" style="{_BOX.format(edge=_EDGES[state])}">'
            f"<div><b>{html.escape(self.head)}</b></div>{lines}{call}"
            f'<div style="{_ROW}">{grids}</div>'
            f"{printed}{stuck if state == 'failed' else ''}</div>"
        )


def _with_code(text: str) -> str:
    """Set what stands between backquotes as code."""
    parts = html.escape(text).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def _plain(grid: Grid) -> str:
    rows = [
        [_MARK + word if (i, j) == grid.place else word for j, word in enumerate(row)]
        for i, row in enumerate(grid.cells.words)
    ]
    width = max((len(word) for row in rows for word in row), default=0)
    lines = ["  ".join(word.rjust(width) for word in row) for row in rows]
    return "\n".join([f"{grid.title}:", *lines])


def _tensor(grid: Grid) -> str:
    return grid.name.partition("[")[0]


def _in_a_row(grids: Sequence[Grid]) -> str:
    """Give the channels of a tensor a row of their own; a single grid stands beside others."""
    drawn = "".join(map(_drawn, grids))
    return drawn if len(grids) == 1 else f'<div style="{_ROW} flex-basis: 100%;">{drawn}</div>'


def _drawn(grid: Grid) -> str:
    cells = grid.cells
    rows = "".join(
        f"<tr>{''.join(_cell(grid, cells, i, j, word) for j, word in enumerate(row))}</tr>"
        for i, row in enumerate(cells.words)
    )
    title = html.escape(grid.title)
    return (
        f'<div style="margin: 8px 0;"><div>{title}</div><table aria-label="{title}" style="'
        "border-collapse: collapse; margin: 4px 0 0; "
        f'font-family: var(--jp-code-font-family, monospace);">{rows}</table></div>'
    )


def _cell(grid: Grid, cells: Cells, i: int, j: int, word: str) -> str:
    ink = "#fff" if cells.dark[i, j] else "#000"
    style = _CELL.format(ink=ink, colour=_triple(cells.colours[i, j].tolist()))
    if (i, j) != grid.place:
        return f'<td style="{style}">{word}</td>'
    return f'<td style="{style}{_MARKED}"><b>{_MARK}{word}</b></td>'


def _triple(colour: Sequence[int]) -> str:
    return f"({', '.join(map(str, colour))})"

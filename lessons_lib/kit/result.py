"""What a lab's compute function returns: panes, formula, code, cost, sentence and links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch

from lessons_lib.kit.controls import Control
from lessons_lib.kit.links import CellLinks, Links
from lessons_lib.kit.look import Look
from lessons_lib.kit.microscope import Microscope
from lessons_lib.kit.terms import Line
from lessons_lib.kit.vocabulary import Kind, Operation, Role, Table


@dataclass(frozen=True)
class Axes:
    """What stands along the axes of a pane of curves.

    Attributes:
        x: what the samples are counted by, such as "step" or "shift (pixels)".
        y: what the curves tell, such as "share of outputs changed".
        log: whether the y axis goes by powers of ten; values of 0 and less are not drawn then.
        roles: colour role per curve. Curves also differ by their dashes and are named at their
            ends: never by colour alone.
        first: x of the first sample.
        present: x of the sample that the lab's state stands at: a line with the values written at
            it; None: none.
    """

    x: str
    y: str = ""
    log: bool = False
    roles: tuple[Role, ...] = ()
    first: int = 0
    present: int | None = None


@dataclass(frozen=True, eq=False)
class Pane:
    """One picture of a lab.

    Attributes:
        name: key of the pane within its lab; links and clicks refer to it.
        title: what stands above it.
        role: colour role of the title.
        values: (3, H, W) for a photo, (H, W) for a map and for classes, (C, H, W) for grids,
            (1, L) for a signal, (curves, samples) for curves, (rows, stages) for a wiring,
            (layers, 3) for layers.
        kind: "photo" (values 0..1), "map" (one channel with a colour table), "classes" (a class
            number 0..255 per pixel, 255: ignored; never mixed), "grid" (numbers printed in cells),
            "signal" (one channel along a line, drawn as a curve), "curves" (several curves over
            one axis; NaN: no sample there), "wiring" (columns of channels, 1 where one stands,
            NaN or 0 where none does, and the wires between them; where a box stands for several
            channels, their number), "layers" (channels, height and width of what each layer of
            a network gives, a box for each, drawn to scale) or "covered" (nothing yet: the reader
            is to guess first).
        table: colour table of a map or grid: "signed", "grey" or "count".
        value_range: values of the first and last colour, of the lower and upper edge of a signal
            or of curves; None: the smallest range around zero, of curves the values' own, widened
            to round numbers or whole decades.
        shape: the true shape, as it is printed: (C, H, W) or (H, W); of a signal (1, L); of curves
            and of a wiring that of the values, which is not printed.
        note: a few words below the pane.
        ring: (rows above, columns left, rows, columns): the picture within its padding; the rest is
            drawn apart. None: no padding in this pane.
        outside: bool (C, H, W): single cells of a grid that are drawn apart, such as zeros between
            the pixels; None: none but those that `ring` leaves out.
        labels: a name per channel of a grid, such as R, G, B; per class; per curve; per stage of
            a wiring; per layer.
        details: of layers, what is said of each when it is pointed at, behind its name and shape.
        marked: cells drawn with a frame, as (row, column, height, width); of layers, which stand
            in one row, those whose size was rounded.
        click_sets: the two parameters of the lab that a click on a cell sets: to the cell's row,
            and to its column; on curves the second one, to the x. Those that a lab does not have
            are left alone; (): none.
        click_also: what such a click sets besides, by the parameter's name.
        keepable: "keep output" keeps this pane beside the next ones; of several, the first.
        across: so many samples the axis of a signal, or of curves, has room for, so that several
            signals stand at one scale; 0: as many as it has.
        per_row: how many grids stand side by side; 0: as many as make the cells largest.
        block: rows and columns of a map that make up one repetition of a pattern, such as one
            pixel's share of a stride. A map that is shown reduced is averaged over whole
            repetitions first: else the pattern beats against the pixels of the screen.
        room: (height, width) for which the page keeps room, whatever the shape: of a picture that a
            slider makes larger and smaller. None: the shape's.
        axes: of curves.
        wires: of a wiring: int64 (wires, 3) of (stage, row, row in the next stage).
        groups: of a wiring: int64 (rows, stages), the group each channel belongs to, -1: none. It
            is drawn as a band behind its channels, with its number. None: no groups.
    """

    name: str
    title: str
    role: Role
    values: torch.Tensor
    kind: Kind
    shape: tuple[int, ...]
    table: Table | Literal[""] = ""
    value_range: tuple[float, float] | None = None
    note: str = ""
    ring: tuple[int, int, int, int] | None = None
    outside: torch.Tensor | None = None
    labels: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    marked: tuple[tuple[int, int, int, int], ...] = ()
    click_sets: tuple[str, ...] = ()
    click_also: Mapping[str, Any] = field(default_factory=dict)
    keepable: bool = False
    across: int = 0
    per_row: int = 0
    block: int = 1
    room: tuple[int, int] | None = None
    axes: Axes | None = None
    wires: torch.Tensor | None = None
    groups: torch.Tensor | None = None


@dataclass(frozen=True, eq=False)
class Stepper:
    """Goes through an output cell by cell and writes out each sum, or stamps it source by source.

    Attributes:
        output: name of the pane it fills, a grid or a signal; one of its links names the source
            and, where numbers are weighed, the kernel.
        biases: one number per grid of the output; empty where there is no bias.
        walks: name of the pane whose cells are gone through; "": the output itself. A source
            pane is stamped cell by cell, and the output fills with the stamps.
        paintings: float32 (cells of that pane + 1, C, H, W), the output before the first stamp
            and after each; None where the output itself is gone through.
        operation: what is done with the numbers under the window, or with their products.
        roles: colour roles of the numbers of the source, and of the weights.
        bias_label: what the number added at the end is called.
        counts_outside: whether a tap beyond the source counts: as 0 in a sum and a mean, as a
            number below all others in a maximum. False: as if it were not there.
    """

    output: str
    biases: tuple[float, ...] = ()
    walks: str = ""
    paintings: torch.Tensor | None = None
    operation: Operation = "sum"
    roles: tuple[Role, Role] = ("input", "kernel")
    bias_label: str = "bias"
    counts_outside: bool = True


@dataclass(frozen=True)
class Cost:
    """What a setting costs; the milliseconds are measured when the hand rests.

    Attributes:
        weights, biases: numbers that are learned.
        multiply_adds: of one pass.
        comparisons: the same, of two numbers, of which the larger one is kept.
        additions: the same, of numbers that nothing weighs.
    """

    weights: int
    biases: int
    multiply_adds: int
    comparisons: int = 0
    additions: int = 0

    def __add__(self, other: Cost) -> Cost:
        """Add what a second layer costs."""
        return Cost(
            self.weights + other.weights,
            self.biases + other.biases,
            self.multiply_adds + other.multiply_adds,
            self.comparisons + other.comparisons,
            self.additions + other.additions,
        )


@dataclass(frozen=True, eq=False)
class Compared:
    """What a setting's cost is compared with, measured beside it.

    Attributes:
        name: of the other, such as "plain 3 × 3".
        cost: of the other.
        layer: runs the other once, on the same input; call it in inference mode.
        note: on what both are measured.
    """

    name: str
    cost: Cost
    layer: Callable[[], Any]
    note: str = ""


@dataclass(frozen=True, eq=False)
class Result:
    """Everything a lab shows for one state.

    Attributes:
        panes: from left to right.
        sentence: one sentence that says what the state means.
        formula: lines of terms: the size formula with the numbers filled in.
        code: the PyTorch line, to be read.
        copied: what is copied instead of the line, such as code with the weights; "": the line.
        cost: weights and multiply-adds, None where nothing is computed by a layer.
        links: which input cells each output cell was computed from.
        cell_links: what else belongs together, cell by cell.
        stepper: steps through the cells of a grid.
        microscopes: give the exact numbers behind a pixel of a photo's output, one for each pane
            that can be looked at; anything with `output` and `look` is one; see
            `lessons_lib.kit.microscope`.
        layer: runs the layer once, for the measured milliseconds; call it in inference mode.
        compared: what the cost is compared with, None for nothing.
        reached: of a game, whether the target is hit; None: this is no game.
    """

    panes: tuple[Pane, ...]
    sentence: str
    formula: tuple[Line, ...] = ()
    code: Line = ()
    copied: str = ""
    cost: Cost | None = None
    links: tuple[Links, ...] = ()
    cell_links: tuple[CellLinks, ...] = ()
    stepper: Stepper | None = None
    microscopes: tuple[Microscope, ...] = ()
    layer: Callable[[], Any] | None = None
    compared: Compared | None = None
    reached: bool | None = None

    def pane(self, name: str) -> Pane:
        """Give the pane of that name.

        Args:
            name: as in `Pane.name`.

        Raises:
            KeyError: no pane has that name.
        """
        for pane in self.panes:
            if pane.name == name:
                return pane
        raise KeyError(f"no pane {name!r}; there are {[pane.name for pane in self.panes]}")

    def microscope(self, output: str) -> Microscope | None:
        """Give the microscope on the pane of that name, or None where it has none."""
        return next((each for each in self.microscopes if each.output == output), None)


class IllegalSettingError(ValueError):
    """A setting that torch refuses, or that leads nowhere, with torch's words and what they mean.

    Attributes:
        message: torch's message.
        explanation: why, in a sentence or two.
        nearest: parameters of the lab that make the nearest legal setting.
        code: the PyTorch line that was refused.
        title: what has happened.
    """

    def __init__(
        self,
        message: str,
        explanation: str,
        nearest: Mapping[str, Any],
        code: Line,
        title: str = "torch refuses this setting",
    ) -> None:
        super().__init__(f"{message} - {explanation}")
        self.message = message
        self.explanation = explanation
        self.nearest = dict(nearest)
        self.code = code
        self.title = title


@dataclass(frozen=True)
class LabDefinition:
    """A lab before it has a face.

    Attributes:
        name: one word, also the CSS class.
        title: what stands at the top.
        params: the frozen dataclass of its parameters; its defaults are the lesson's start.
        compute: pure function from parameters to a Result.
        controls: from top to bottom.
        preview: for settings that take long: from parameters and the room for a pane (height,
            width, in pixels) to a coarser Result of the same shapes, or None where compute is
            quick enough. Shown while the hand moves; the exact Result follows when it rests.
        look: the few wishes of this lab from the page.
        ahead: False: no state is worked out before the hand comes to it, for the page would then
            hold what the reader is to find.
    """

    name: str
    title: str
    params: type
    compute: Callable[[Any], Result]
    controls: tuple[Control, ...] = ()
    preview: Callable[[Any, tuple[int, int]], Result | None] | None = None
    look: Look = field(default_factory=Look)
    ahead: bool = True

    @property
    def function(self) -> str:
        """The name by which a notebook calls it: a game by its own, others with `_lab` behind."""
        name = self.name.replace("-", "_")
        return name if self.is_game else f"{name}_lab"

    @property
    def is_game(self) -> bool:
        """Whether the reader is to find a target."""
        return self.name.endswith("game")

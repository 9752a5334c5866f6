"""The microscope: the exact numbers behind one output pixel, and what was done with them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from lessons_lib.kit.links import Links
from lessons_lib.kit.terms import Line, Term
from lessons_lib.kit.vocabulary import Operation, Role, Table
from lessons_lib.visualization.colours import signed_range

DIGITS = 4  # after the point, in a written sum
GRID_DIGITS = 2  # the same in the cells of a grid


@dataclass(frozen=True, eq=False)
class Part:
    """Numbers under a window that belong together: the pixels, the weights, their products.

    Attributes:
        name: key of the part, one word.
        title: what stands above it.
        role: colour role of the title.
        values: (C, kh, kw), a grid per channel.
        table, value_range: the colours of the numbers.
        outside: bool (C, kh, kw), cells drawn apart, as those beyond the edge; None: none.
        marked: bool (C, kh, kw), cells drawn with a frame, as the largest one; None: none.
    """

    name: str
    title: str
    role: Role
    values: Tensor
    table: Table
    value_range: tuple[float, float]
    outside: Tensor | None = None
    marked: Tensor | None = None


@dataclass(frozen=True, eq=False)
class Probe:
    """What one output pixel was computed from.

    Attributes:
        row, column: the output pixel.
        operation: what is done with the numbers of the last part.
        parts: from left to right, all of one shape (C, kh, kw).
        line: how the output pixel comes from them, written out.
        labels: a name per channel, such as R, G, B; empty where they have none.
        value: the output pixel.
    """

    row: int
    column: int
    operation: Operation
    parts: tuple[Part, ...]
    line: Line
    value: float
    labels: tuple[str, ...] = ()

    def part(self, name: str) -> Part:
        """Give the part of that name.

        Args:
            name: as in `Part.name`.

        Raises:
            KeyError: this probe has no such part.
        """
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(f"no part {name!r}; there are {[part.name for part in self.parts]}")


class Microscope(Protocol):
    """Whatever can say how each pixel of one pane came about."""

    @property
    def output(self) -> str:
        """Name of the pane that it looks at."""

    def look(self, row: int, column: int) -> Probe:
        """Give the numbers behind one pixel of that pane; places beyond are held at its edge."""


@dataclass(frozen=True, eq=False)
class SumMicroscope:
    """Looks at the sums of products that a convolution, or a transposed one, is made of.

    Attributes:
        output: name of the pane that it looks at.
        image: (1, C, H, W), what the layer reads.
        weight: (1, C, kh, kw).
        bias: of the one output channel, or None.
        links: which input pixels each output pixel was computed from.
        relu: whether ReLU follows the convolution.
        labels: a name per channel of the image.
        made: see `Made`; None: the image is no layer's.
    """

    output: str
    image: Tensor
    weight: Tensor
    bias: float | None
    links: Links
    relu: bool = False
    labels: tuple[str, ...] = ()
    made: Made | None = None

    def look(self, row: int, column: int) -> Probe:
        """Look up the window of one output pixel and multiply it by the kernel.

        Args:
            row, column: the output pixel; held inside the output.

        Returns:
            parts window, weight and products, float32 as the layer has them; the sums are added
            up in float64. Under a transposed layer window and weight are shown as they lie over
            each other where stuffed zeros are read by the kernel turned by 180 degrees.
        """
        row = min(max(row, 0), self.links.rows.shape[0] - 1)
        column = min(max(column, 0), self.links.columns.shape[0] - 1)
        rows, columns = self.links.rows[row], self.links.columns[column]
        window = self.image[0][:, rows.clamp(min=0)[:, None], columns.clamp(min=0)]  # (C, kh, kw)
        outside = ((rows < 0)[:, None] | (columns < 0)).expand(window.shape)
        window = window.masked_fill(outside, 0)
        weight = self.weight.detach()[0]
        if self.links.transposed:  # its tables go tap by tap: the photo upside down
            window, outside, weight = (each.flip(-2, -1) for each in (window, outside, weight))
        products = window.double() * weight.double()
        total = float(products.sum()) + (self.bias or 0.0)
        return Probe(
            row=row,
            column=column,
            operation="sum",
            parts=self._parts(window, outside, weight, products.float()),
            line=self._line(products, total),
            value=max(total, 0.0) if self.relu else total,
            labels=self.labels,
        )

    def _parts(
        self, window: Tensor, outside: Tensor, weight: Tensor, products: Tensor
    ) -> tuple[Part, ...]:
        seen = (min(0.0, float(window.min())), max(1.0, float(window.max())))
        kernel = "× turned kernel" if self.links.transposed else "× kernel"
        equals = "=" if multiplied(window, weight, products) else "≈"
        return (
            Part("window", "window", "input", window, "grey", seen, outside),
            Part("weight", kernel, "kernel", weight, "signed", signed_range(weight)),
            Part(
                name="products",
                title=f"{equals} products",
                role="output",
                values=products,
                table="signed",
                value_range=signed_range(products),
                outside=outside,
            ),
        )

    def _line(self, products: Tensor, total: float) -> Line:
        sums: list[float] = products.sum(dim=(1, 2)).tolist()
        addends: list[Addend] = [
            (_channel(self.labels, index, len(sums)), value, "") for index, value in enumerate(sums)
        ]
        if self.bias is not None:
            addends.append(("bias", self.bias, "kernel"))
        line = sum_line(addends, total)
        if self.relu:
            line += (Term(", after ReLU "), Term(_signed(max(total, 0.0)), "output"))
        return (*line, Term(", the output pixel"))


Made = Callable[[], tuple[SumMicroscope, ...]]
"""Of what a layer made: gives for each channel the sums that it was made of. These take far fewer
bytes, so a page without a kernel keeps them instead."""


# ---------------------------------------------------------------------- numbers as they are written

Addend = tuple[str, float, Role]  # what it is, its value, the role of its words


def sum_line(addends: list[Addend], total: float) -> Line:
    """Write a sum with the name of each addend.

    Args:
        addends: (name, value, role) each, in their order.
        total: their sum, as it was computed.

    Returns:
        Terms; "≈" instead of "=" where the printed numbers do not add up to the printed total.
    """
    terms: list[Term] = []
    for index, (name, value, role) in enumerate(addends):
        plus = "   +   " if index else ""
        words = (Term(f"{plus}{name} ", role),) if role else (Term(plus), Term(f"{name} "))
        terms += [*words, Term(_signed(value))]
    equals = "=" if adds_up([value for _, value, _ in addends], total, DIGITS) else "≈"
    return (*terms, Term(f"   {equals}   "), Term(_signed(total), "output"))


def adds_up(addends: list[float], total: float, digits: int) -> bool:
    """Say whether printed numbers add up to the printed total.

    The page's own sums obey the same rule: tests/fixtures/sums.json holds examples for both, see
    `adds_up` in widgets/stage/operations.js.

    Args:
        addends: the numbers, not yet rounded.
        total: what they are said to make.
        digits: so many are printed after the point.
    """
    printed = sum(round(value, digits) for value in addends)
    if not math.isfinite(total):
        return printed == total
    return abs(printed - round(total, digits)) < 0.5 * 10**-digits


def multiplied(first: Tensor, second: Tensor, products: Tensor) -> bool:
    """Say whether the numbers printed in two grids multiply to those printed in a third."""
    three = (first, second, products)
    one, other, made = (each.double().round(decimals=GRID_DIGITS) for each in three)
    return bool(((one * other - made).abs() < 1e-6).all())


def _channel(labels: tuple[str, ...], index: int, count: int) -> str:
    if count == 1:
        return "products"
    return labels[index] if index < len(labels) else f"channel {index}"


def _signed(value: float) -> str:
    return f"{round(value, DIGITS) + 0.0:+.{DIGITS}f}".replace("-", "−")

"""The microscope on a pooling: which number of a window is the largest, or what its mean is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lessons_lib.geometry.pooling import BEYOND, PADDING
from lessons_lib.kit.links import Links
from lessons_lib.kit.microscope import DIGITS, Made, Part, Probe
from lessons_lib.kit.terms import Line, Term
from lessons_lib.kit.vocabulary import Table
from lessons_lib.visualization.colours import signed_range
from lessons_lib.visualization.numbers import fixed_text, size_text

MOST_WRITTEN = 9  # more numbers are counted, not written out


@dataclass(frozen=True, eq=False)
class PoolMicroscope:
    """Looks at the windows that a pooling keeps one number of.

    Attributes:
        output: name of the pane that it looks at.
        image: (1, C, H, W), what is pooled.
        links: which input pixels each output pixel was computed from.
        averages: whether the mean is kept, and not the largest number.
        counts_padding: whether zeros of the padding count in a mean.
        divisor: what a sum is divided by instead of the count; None: the count.
        labels: a name per channel of the image.
        table: colours of the numbers.
        made: see `Made`; None: the image is no layer's.
    """

    output: str
    image: Tensor
    links: Links
    averages: bool = False
    counts_padding: bool = True
    divisor: int | None = None
    labels: tuple[str, ...] = ()
    table: Table = "grey"
    made: Made | None = None

    def look(self, row: int, column: int) -> Probe:
        """Look up the window of one output pixel.

        Args:
            row, column: the output pixel; held inside the output.

        Returns:
            part window, the numbers that count, float32 as they are; sums are added up in float64.
            Padding is drawn apart: minus infinity for a maximum, 0 for a mean. `value` is that of
            the first channel.
        """
        row = min(max(row, 0), self.links.rows.shape[0] - 1)
        column = min(max(column, 0), self.links.columns.shape[0] - 1)
        rows, columns = (
            self._counted(table[at])
            for table, at in ((self.links.rows, row), (self.links.columns, column))
        )
        window = self.image[0][:, rows.clamp(min=0)[:, None], columns.clamp(min=0)]  # (C, kh, kw)
        outside = ((rows < 0)[:, None] | (columns < 0)).expand(window.shape)
        window = window.masked_fill(outside, 0 if self.averages else -math.inf)
        values = self._kept(window)
        return Probe(
            row=row,
            column=column,
            operation="mean" if self.averages else "max",
            parts=(self._part(window, outside),),
            line=self._line(window, values),
            value=values[0],
            labels=self.labels if len(window) > 1 else (),
        )

    def _counted(self, taps: Tensor) -> Tensor:
        """Leave out what does not count: beyond the padding, and where it is not counted that."""
        least = PADDING if self.averages and not self.counts_padding else BEYOND
        return taps[taps > least]

    def _kept(self, window: Tensor) -> list[float]:
        """Keep one number per channel."""
        numbers = window.flatten(1).double()
        if not self.averages:
            return [float(value) for value in numbers.amax(dim=1)]
        divisor = self.divisor or numbers.shape[1]
        return [float(value) / divisor for value in numbers.sum(dim=1)]

    def _part(self, window: Tensor, outside: Tensor) -> Part:
        inside = window[~outside]
        seen = signed_range(window)
        if self.table == "grey" and inside.numel():
            seen = (min(0.0, float(inside.min())), max(1.0, float(inside.max())))
        marked = None
        if not self.averages:
            first = window.flatten(1).argmax(dim=1, keepdim=True)  # of equal ones the first
            marked = torch.zeros_like(window.flatten(1), dtype=torch.bool).scatter(1, first, True)
            marked = marked.view_as(window) & ~outside
        return Part("window", "window", "input", window, self.table, seen, outside, marked)

    def _line(self, window: Tensor, values: list[float]) -> Line:
        count = window[0].numel()
        if len(values) == 1 and count <= MOST_WRITTEN:
            terms = self._written(window[0], values[0])
        elif self.averages:
            terms = self._sums(window, values)
        else:
            cells = size_text(window.shape[1:])
            terms = (Term(f"the largest of {cells} numbers:"), *self._named(values))
        return (*terms, Term(", the output pixel"))

    def _written(self, window: Tensor, value: float) -> Line:
        """Write out a small window number by number."""
        numbers = window.flatten().tolist()
        best = -1 if self.averages else numbers.index(max(numbers))
        before, between = ("(", " + ") if self.averages else ("max(", ", ")
        terms = [Term(before)]
        for index, number in enumerate(numbers):
            style = "winner" if index == best else ""
            terms += [Term(between)] if index else []
            terms.append(Term(_text(number, signed=self.averages), "input", style))
        after = f") / {self.divisor or len(numbers)}" if self.averages else ")"
        printed = sum(_printed(number) for number in numbers) / (self.divisor or len(numbers))
        return (*terms, Term(after), self._equals(printed, value), Term(_text(value), "output"))

    def _sums(self, window: Tensor, values: list[float]) -> Line:
        count = window[0].numel()
        divisor = self.divisor or count
        terms: list[Term] = []
        for index, (numbers, value) in enumerate(zip(window, values, strict=True)):
            total = float(numbers.double().sum())
            name = f"{self._name(index)} " if len(values) > 1 else "the sum "
            terms += [Term(";   " if index else ""), Term(name), Term(_text(total), "input")]
            terms += [Term(f" / {divisor}"), self._equals(_printed(total) / divisor, value)]
            terms.append(Term(_text(value), "output"))
        return tuple(term for term in terms if term.text)

    def _named(self, values: list[float]) -> Line:
        terms: list[Term] = []
        for index, value in enumerate(values):
            name = f"  {self._name(index)} " if len(values) > 1 else " "
            terms += [Term(name), Term(_text(value), "output")]
        return tuple(terms)

    def _name(self, index: int) -> str:
        return self.labels[index] if index < len(self.labels) else f"channel {index}"

    def _equals(self, printed: float, value: float) -> Term:
        """Say "=" only where the printed numbers really make the printed one."""
        exact = not self.averages or abs(printed - _printed(value)) < 1e-9
        return Term(" = " if exact else " ≈ ")


def _printed(value: float) -> float:
    return round(value, DIGITS) if math.isfinite(value) else value


def _text(value: float, *, signed: bool = False) -> str:
    if math.isinf(value):
        return "−∞" if value < 0 else "∞"
    text = fixed_text(value, DIGITS)
    return f"({text})" if signed and text.startswith("−") else text

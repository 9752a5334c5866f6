"""The microscope: the exact numbers behind one output pixel of a layer on a photo."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lessons_lib.kit.links import Links
from lessons_lib.kit.terms import Line, Term

DIGITS = 4


@dataclass(frozen=True, eq=False)
class Probe:
    """What one output pixel was computed from.

    Attributes:
        row, column: the output pixel.
        window: (C, kh, kw), the input under the kernel; 0 where it is padded with zeros.
        outside: bool (C, kh, kw), True where the kernel meets such a zero.
        weight: (C, kh, kw).
        products: (C, kh, kw), window times weight.
        bias: added at the end; None where the layer has none.
        total: the sum of the products and the bias.
        relu: whether the output pixel is `total` after ReLU, and not `total` itself.
        turned: True for a transposed layer: window and weight are shown as they lie over each
            other where stuffed zeros are read by the kernel turned by 180 degrees.
    """

    row: int
    column: int
    window: torch.Tensor
    outside: torch.Tensor
    weight: torch.Tensor
    products: torch.Tensor
    bias: float | None
    total: float
    relu: bool
    turned: bool

    @property
    def shown(self) -> float:
        """Give the output pixel."""
        return max(self.total, 0.0) if self.relu else self.total


@dataclass(frozen=True, eq=False)
class Microscope:
    """Looks at single output pixels of a convolution.

    Attributes:
        output: name of the pane that it looks at.
        image: (1, C, H, W), what the layer reads.
        weight: (1, C, kh, kw).
        bias: of the one output channel, or None.
        links: which input pixels each output pixel was computed from.
        relu: whether ReLU follows the convolution.
    """

    output: str
    image: torch.Tensor
    weight: torch.Tensor
    bias: float | None
    links: Links
    relu: bool = False
    labels: tuple[str, ...] = ()

    def look(self, row: int, column: int) -> Probe:
        """Look up the window of one output pixel and multiply it by the kernel.

        Args:
            row, column: the output pixel; held inside the output.

        Returns:
            its numbers, float32 as the layer has them; the sums are added up in float64.
        """
        row = min(max(row, 0), self.links.rows.shape[0] - 1)
        column = min(max(column, 0), self.links.columns.shape[0] - 1)
        rows, columns = self.links.rows[row], self.links.columns[column]
        window = self.image[0][:, rows.clamp(min=0)[:, None], columns.clamp(min=0)]  # (C, kh, kw)
        outside = ((rows < 0)[:, None] | (columns < 0)).expand(window.shape)
        window = window.masked_fill(outside, 0)
        weight = self.weight.detach()[0]
        turned = self.links.transposed  # its tables go tap by tap: the photo upside down
        if turned:
            window, outside, weight = (each.flip(-2, -1) for each in (window, outside, weight))
        products = window.double() * weight.double()
        total = float(products.sum()) + (self.bias or 0.0)
        return Probe(
            row, column, window, outside, weight, products.float(), self.bias, total, self.relu,
            turned,
        )  # fmt: skip


def sum_line(probe: Probe, labels: tuple[str, ...]) -> Line:
    """Write the sum: one number per channel, the bias, the output pixel; ReLU where it follows.

    Args:
        probe: from `Microscope.look`.
        labels: a name per channel, such as R, G, B; the last one is used for those beyond.

    Returns:
        Terms; "≈" instead of "=" where the rounded numbers do not add up exactly.
    """
    sums = [float(each) for each in probe.products.double().sum(dim=(1, 2))]
    printed = [round(each, DIGITS) for each in sums]
    terms: list[Term] = []
    for index, value in enumerate(printed):
        label = labels[min(index, len(labels) - 1)] if labels else f"channel {index}"
        label = "products" if len(printed) == 1 else label
        terms += [Term("   +   " if index else ""), Term(f"{label} "), Term(_signed(value))]
    if probe.bias is not None:
        printed.append(round(probe.bias, DIGITS))
        terms += [Term("   +   bias ", "kernel"), Term(_signed(printed[-1]))]
    total = round(probe.total, DIGITS)
    closes = abs(sum(printed) - total) < 0.5 * 10**-DIGITS
    terms += [Term("   =   " if closes else "   ≈   "), Term(_signed(total), "output")]
    if probe.relu:
        terms += [Term(", after ReLU "), Term(_signed(round(probe.shown, DIGITS)), "output")]
    return (*terms, Term(", the output pixel"))


def _signed(value: float) -> str:
    return f"{value:+.{DIGITS}f}".replace("-", "−")

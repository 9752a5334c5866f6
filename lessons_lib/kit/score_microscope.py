"""The microscope on a segmentation: the score of each class at one pixel, and who wins."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lessons_lib.kit.links import Links
from lessons_lib.kit.microscope import Made, Part, Probe
from lessons_lib.kit.terms import Line, Term
from lessons_lib.visualization.classes import class_name
from lessons_lib.visualization.colours import signed_range
from lessons_lib.visualization.numbers import counted, power_text, size_text

MOST_WRITTEN = 5  # more classes are added up, the unlikely ones first


@dataclass(frozen=True, eq=False)
class ScoreMicroscope:
    """Looks at the scores that a pixel of a prediction was chosen by.

    Attributes:
        output: name of the pane that it looks at.
        scores: (classes, H, W), what the network gives for each class, before softmax.
        labels: a name per class.
        links: which pixels of the picture each pixel of the prediction was computed from; None:
            nothing is said of that.
        made: of the scores, see `Made`; None: they are kept as they are.
    """

    output: str
    scores: Tensor
    labels: tuple[str, ...] = ()
    links: Links | None = None
    made: Made | None = None

    def look(self, row: int, column: int) -> Probe:
        """Look up the scores of one pixel and turn them into shares.

        Args:
            row, column: the pixel; held inside the picture.

        Returns:
            parts score and share, (classes, 1, 1): the scores as they are, and their softmax in
            per cent, float64 before it is rounded. The largest is marked in both. `value` is its
            class number.
        """
        height, width = self.scores.shape[-2:]
        row, column = min(max(row, 0), height - 1), min(max(column, 0), width - 1)
        scores = self.scores[:, row, column].detach().double()
        shares = scores.softmax(dim=0)
        best = int(scores.argmax())
        return Probe(
            row=row,
            column=column,
            operation="scores",
            parts=_parts(scores, shares, best),
            line=(*self._shares(shares, best), *self._seen(row, column)),
            value=float(best),
            labels=tuple(self._name(number) for number in range(len(scores))),
        )

    def _shares(self, shares: Tensor, best: int) -> Line:
        """Write the shares from the largest on; the last ones are added up where they are many."""
        order = shares.argsort(descending=True, stable=True).tolist()
        few = len(order) <= MOST_WRITTEN + 1
        written = order if few else order[:MOST_WRITTEN]
        terms = [Term("scores → softmax: ")]
        for index, number in enumerate(written):
            style = "winner" if number == best else ""
            terms += [Term(", " if index else ""), Term(f"{self._name(number)} ", "", style)]
            terms.append(Term(power_text(float(shares[number])), "output", style))
        if not few:
            rest = order[MOST_WRITTEN:]
            terms.append(Term(f", {len(rest)} other classes together "))
            terms.append(Term(power_text(float(shares[rest].sum())), "output"))
        terms += [Term("; largest: "), Term(self._name(best), "output", "winner")]
        return tuple(term for term in terms if term.text)

    def _seen(self, row: int, column: int) -> Line:
        if self.links is None:
            return ()
        seen = [
            count_seen(table[at], spans=self.links.spans)
            for table, at in ((self.links.rows, row), (self.links.columns, column))
        ]
        pixels = f"{size_text(seen)} pixels" if min(seen) != 1 else counted(max(seen), "pixel")
        return (Term(f"; computed from {pixels} of the picture"),)

    def _name(self, number: int) -> str:
        return class_name(number, self.labels)


def _parts(scores: Tensor, shares: Tensor, best: int) -> tuple[Part, Part]:
    marked = (torch.arange(len(scores)) == best)[:, None, None]
    own, per_cent = (each.float()[:, None, None] for each in (scores, 100 * shares))
    colours = signed_range(scores)
    return (
        Part("score", "score", "output", own, "signed", colours, marked=marked),
        Part("share", "softmax in %", "output", per_cent, "count", (0.0, 100.0), marked=marked),
    )


def count_seen(row: Tensor, *, spans: bool) -> int:
    """Count the source cells along an axis that one row of a link's table names.

    Args:
        row: as in `Links.rows`.
        spans: as in `Links`.

    Example:
        >>> count_seen(torch.tensor([-1, 0, 1]), spans=False)
        2
    """
    if spans:
        return int(row[1] - row[0]) + 1
    return int((row >= 0).sum())

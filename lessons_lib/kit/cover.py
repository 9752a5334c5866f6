"""Covering what a lab shows until the reader has guessed: what is covered is not sent at all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import torch

from lessons_lib.kit.result import Pane, Result

SENTENCE = "Covered: answer the question first."

_NOTHING = torch.zeros(1, 1)  # one for all, so that it is sent once


@dataclass(frozen=True)
class Cover:
    """What is covered.

    Attributes:
        panes: by their names; None: all that have the colour role of the output.
        formula: the formula, and with it the cost, which is counted from the sizes.
        sentence: the sentence that says what the state means.
    """

    panes: tuple[str, ...] | None = None
    formula: bool = True
    sentence: bool = True

    @property
    def word(self) -> str:
        """A word for the key of a state: under another cover it shows something else."""
        panes = "all" if self.panes is None else "+".join(self.panes)
        return f"covered.{panes}.{self.formula:d}{self.sentence:d}"

    def hides(self, pane: Pane) -> bool:
        """Say whether a pane is covered."""
        return pane.role == "output" if self.panes is None else pane.name in self.panes


def covered(result: Result, cover: Cover | None) -> Result:
    """Take away what is covered, and all that leads to it: links, stepper, microscope.

    Args:
        result: what a lab computed.
        cover: None: nothing is covered.
    """
    if cover is None:
        return result
    hidden = {pane.name for pane in result.panes if cover.hides(pane)}
    stepper = result.stepper
    seen = replace(
        result,
        panes=tuple(_hidden(pane) if pane.name in hidden else pane for pane in result.panes),
        links=tuple(each for each in result.links if _is_free(hidden, each.output, each.source)),
        cell_links=tuple(
            each for each in result.cell_links if _is_free(hidden, each.first, each.second)
        ),
        stepper=stepper if stepper and _is_free(hidden, stepper.output, stepper.walks) else None,
        microscopes=tuple(each for each in result.microscopes if _is_free(hidden, each.output)),
    )
    if cover.formula:
        seen = replace(seen, formula=(), cost=None, compared=None)
    return replace(seen, sentence=SENTENCE) if cover.sentence else seen


def _is_free(hidden: Collection[str], *names: str) -> bool:
    return not any(name in hidden for name in names)


def _hidden(pane: Pane) -> Pane:
    """Give a pane that says nothing but its name: not even how large it is."""
    return Pane(pane.name, pane.title, pane.role, _NOTHING, "covered", (1, 1))

"""How a lab looks: the few wishes that its panes do not tell by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Look:
    """What a lab wishes from the page; the layout does the rest for every room.

    Lines are kept free so that nothing jumps when a text grows under a moving slider.

    Attributes:
        columns: how many panes stand in a row where there is room, halves of it where there is
            not; 0: as many as make the smallest pane largest.
        same_scale: names of panes whose true sizes the reader may compare: with "same scale" all of
            them are shown reduced, or enlarged, alike.
        shapes: "all" panes say their shape, or the "first" one for all of them.
        title_lines: lines of a pane's title and shape.
        note_lines: lines below a pane.
        pointer_lines: lines for what belongs to the pointed cell; 0: nothing can be pointed at.
        written_lines: lines for the sum that a stepper writes out.
        code_lines: lines of the PyTorch line.
        sentence_lines: lines of the sentence.
    """

    columns: int = 0
    same_scale: tuple[str, ...] = ()
    shapes: Literal["all", "first"] = "all"
    title_lines: int = 1
    note_lines: int = 1
    pointer_lines: int = 1
    written_lines: int = 3
    code_lines: int = 1
    sentence_lines: int = 2

"""The cells of a grid of numbers: what is printed in each, on which colour, in which ink."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from lessons_lib.visualization.colours import colour_table, to_indices
from lessons_lib.visualization.numbers import texts_alike

BRIGHT = 140  # brighter colours take black ink, of 0..255
_LUMA = (0.299, 0.587, 0.114)  # how bright each primary looks, ITU-R BT.601


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of one grid.

    Attributes:
        words: the numbers, row by row, all printed alike.
        colours: uint8 (H, W, 3).
        dark: bool (H, W), cells that take white ink.
    """

    words: list[list[str]]
    colours: Tensor
    dark: Tensor


def cells_of(values: Tensor, table: str, low: float, high: float) -> Cells:
    """Colour the cells of a grid and print their numbers.

    Args:
        values: (H, W), any finite or non-finite numbers.
        table: name of the colour table.
        low, high: values of the first and the last colour.

    Example:
        >>> cells_of(torch.tensor([[0.0, -1.0]]), "signed", -1.0, 1.0).words
        [['0', '−1']]
    """
    colours = table_colours(table)[to_indices(values, low, high).long()]  # (H, W, 3)
    texts = texts_alike(values.flatten().tolist())
    columns = values.shape[-1]
    words = [texts[start : start + columns] for start in range(0, len(texts), columns)]
    return Cells(words, colours, colours.float() @ torch.tensor(_LUMA) < BRIGHT)


@cache
def table_colours(name: str) -> Tensor:
    """Give the colours of a table: uint8 (256, 3)."""
    return torch.frombuffer(bytearray(colour_table(name)), dtype=torch.uint8).view(256, 4)[:, :3]

"""Convolutions applied one after the other: the line that makes them, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from lessons_lib.kit.formula import code_with_weights
from lessons_lib.kit.layers import conv
from lessons_lib.kit.result import Cost
from lessons_lib.kit.terms import Line, Term


def line(layers: Sequence[nn.Conv2d]) -> Line:
    """Write the `nn.Sequential(...)` that makes these layers: terms of Python."""
    terms: list[Term] = [Term("nn.Sequential(")]
    for number, layer in enumerate(layers):
        terms += [Term(", ")] if number else []
        terms += conv.line(layer)
    return (*terms, Term(")"))


def copied(layers: Sequence[nn.Conv2d]) -> str:
    """Write code that makes these layers with the weights they have.

    Returns:
        Python in a few lines that runs by itself and calls the whole `layer`.
    """
    return code_with_weights(line(layers), nn.Sequential(*layers))


def cost(layers: Sequence[nn.Conv2d], size: tuple[int, ...]) -> Cost:
    """Count the weights of all, and their multiply-adds on an input of this size."""
    total = Cost(0, 0, 0)
    for layer in layers:
        total += conv.cost(layer, size)
        size = conv.output_size(layer, size)
    return total

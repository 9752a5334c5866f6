"""What a door of kit/layers gives: all of a lab's result but for its panes and its sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from lessons_lib.kit.links import Links
from lessons_lib.kit.microscope import Microscope
from lessons_lib.kit.result import Cost, Pane, Result
from lessons_lib.kit.terms import Line

# torch's argument -> the lab's parameter, or parameters, that set it
Named = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Described:
    """All that a lab tells of one layer on one image.

    Attributes:
        output: (1, C_out, ...); coarser where it is a preview.
        size: of the true output, per axis.
        links: which cells of pane "input" each cell of pane "output" hangs on.
        formula: the size formula with the numbers filled in.
        code: the PyTorch line.
        copied: what is copied instead of the line, "" for the line itself.
        cost: of one pass.
        microscopes: on pane "output", none where it does not show a photo's answer.
        layer: runs it once, to be timed.
    """

    output: Tensor
    size: tuple[int, ...]
    links: Links
    formula: tuple[Line, ...]
    code: Line
    copied: str
    cost: Cost
    microscopes: tuple[Microscope, ...]
    layer: Callable[[], Tensor]

    def result(self, panes: tuple[Pane, ...], sentence: str, **instead: Any) -> Result:
        """Put panes and a sentence around it.

        Args:
            panes: from left to right.
            sentence: what the state means.
            instead: fields of `Result` that are to differ, such as more links.
        """
        told: dict[str, Any] = {
            "formula": self.formula,
            "code": self.code,
            "copied": self.copied,
            "cost": self.cost,
            "links": (self.links,),
            "microscopes": self.microscopes,
            "layer": self.layer,
        }
        return Result(panes=panes, sentence=sentence, **{**told, **instead})


def parameters_of(nearest: Mapping[str, Any], named: Named) -> dict[str, Any]:
    """Turn torch's arguments of the nearest legal setting into parameters of the lab.

    Args:
        nearest: argument -> value.
        named: which parameters of the lab set which argument.

    Returns:
        parameter -> value; empty where the lab cannot set all of them, for half a cure would be
        refused again: a picture smaller than the kernel, say.
    """
    if not nearest.keys() <= named.keys():
        return {}
    return {
        parameter: value
        for argument, value in nearest.items()
        for parameter in _several(named[argument])
    }


def _several(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names

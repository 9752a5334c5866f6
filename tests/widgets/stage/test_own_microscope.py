"""What looks and steps in other ways than sums of products works with the same stage."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy
import pytest
import torch

from lessons_lib.kit.controls import Slider
from lessons_lib.kit.links import Links
from lessons_lib.kit.microscope import Part, Probe
from lessons_lib.kit.result import LabDefinition, Pane, Result, Stepper
from lessons_lib.kit.terms import Term
from lessons_lib.widgets.lab.lab import Lab
from tests.widgets.hand import browser_sets, plain


@dataclass(frozen=True)
class Params:
    size: int = 2


@dataclass(frozen=True)
class LargestOf:
    """A microscope that knows nothing of weights: the largest number under a window."""

    output: str
    image: torch.Tensor  # (5 channels, H, W)
    size: int

    def look(self, row: int, column: int) -> Probe:
        top, left = row * self.size, column * self.size
        window = self.image[:, top : top + self.size, left : left + self.size]
        value = float(window.max())
        part = Part("window", "the largest of", "input", window, "count", (0.0, 99.0),
                    marked=window == value)  # fmt: skip
        line = (Term("max = "), Term(f"{value:g}", "output"))
        return Probe(row, column, "max", (part,), line, value, ("a", "b", "c", "d", "e"))


def compute(params: Params) -> Result:
    image = torch.arange(80.0).reshape(5, 4, 4).flip(-1)
    output = torch.nn.functional.max_pool2d(image, params.size).amax(0)
    table = torch.arange(4)[: 4 // params.size * params.size].reshape(-1, params.size)
    panes = (
        Pane("image", "image", "input", image, "grid", (5, 4, 4), "count"),
        Pane("largest", "largest", "", output, "map", tuple(output.shape), "count", keepable=True),
    )
    return Result(
        panes,
        "The largest number of each window.",
        links=(Links("largest", "image", table, table),),
        stepper=Stepper("largest", operation="max", counts_outside=False),
        microscopes=(LargestOf("largest", image, params.size),),
    )


LAB = LabDefinition("largest", "Largest", Params, compute, (Slider("size", "size", 1, 4),))


@pytest.fixture
def lab() -> Lab:
    return Lab(LAB)


def test_any_microscope_is_shown_by_its_parts(lab: Lab) -> None:
    at = {"pane": "largest", "row": 1, "column": 0}
    browser_sets(lab.stage, pointer=at)
    probe = lab.stage.probe
    (part,) = probe["parts"]
    assert (probe["operation"], probe["title"]) == ("max", "largest (1, 0)")
    assert probe["labels"] == ["a", "b", "c", "d", "e"]
    assert (part["channels"], part["height"], part["width"]) == (5, 2, 2)
    values = numpy.frombuffer(part["values"], numpy.float32)
    marked = numpy.frombuffer(part["marked"], numpy.uint8).astype(bool)
    assert values[marked].tolist() == [values.max()] == [79.0]
    assert part["outside"] is None
    assert lab.stage.crash == ""
    lab.close()


def test_a_stepper_says_what_it_does_as_data(lab: Lab) -> None:
    stepper = lab.stage.scene["stepper"]
    assert (stepper["operation"], stepper["counts_outside"]) == ("max", False)
    assert stepper["roles"] == ["input", "kernel"]
    json.dumps(plain(lab.stage.scene), allow_nan=False)
    lab.close()

"""What a static page draws of curves and of a wiring is what the pane on the live page has."""

from __future__ import annotations

from typing import Any

import torch

from lessons_lib.visualization.curves import Curves
from lessons_lib.visualization.layers import LayerBoxes
from lessons_lib.visualization.pixels import Pixels
from lessons_lib.visualization.wiring import Wiring
from lessons_lib.widgets.stage.drawings import drawing_of

VALUES = torch.tensor([[1.0, 2, float("nan")], [4, 5, 6]])
AXES: dict[str, Any] = {
    "x": "step",
    "y": "size",
    "log": True,
    "roles": (),
    "first": 3,
    "present": 4,
}


def numbers(values: torch.Tensor) -> Pixels:
    data = values.numpy().tobytes()
    return Pixels(data, "float32", 1, values.shape[0], values.shape[1], low=0.5, high=8.0)


def drawn_curves(**changes: Any) -> Curves:
    pane = {"kind": "curves", "labels": ("loss", "error"), "across": 9, "axes": AXES, **changes}
    drawing = drawing_of(pane, numbers(VALUES))
    assert isinstance(drawing, Curves)
    return drawing


def test_curves_keep_their_axes_their_ends_and_their_room() -> None:
    drawing = drawn_curves()
    torch.testing.assert_close(drawing.values, VALUES, equal_nan=True)
    assert (drawing.low, drawing.high, drawing.across) == (0.5, 8.0, 9)
    assert (drawing.x, drawing.y, drawing.log) == ("step", "size", True)
    assert (drawing.first, drawing.present) == (3, 4)
    assert drawing.names == ("loss", "error")


def test_curves_without_names_or_room_of_their_own_have_as_many_as_there_are() -> None:
    drawing = drawn_curves(labels=(), across=0)
    assert drawing.names == ("", "")
    assert drawing.across == 3


def test_a_wiring_keeps_its_boxes_its_wires_and_its_groups() -> None:
    stands = torch.tensor([[3.0, 3], [3, 1], [1, float("nan")]])
    wires = torch.tensor([[0, 2, 0], [0, 1, 1]], dtype=torch.int32)
    groups = torch.tensor([[0, 0], [0, 1], [1, -1]], dtype=torch.int32)
    pane: dict[str, Any] = {
        "kind": "wiring",
        "labels": ("input", "output"),
        "wires": wires.numpy().tobytes(),
        "groups": groups.numpy().tobytes(),
    }
    drawing = drawing_of(pane, numbers(stands))
    assert isinstance(drawing, Wiring)
    assert drawing.stands.tolist() == [[3, 3], [3, 1], [1, 0]]
    assert drawing.wires.tolist() == wires.tolist()
    assert drawing.groups is not None
    assert drawing.groups.tolist() == groups.tolist()
    assert drawing.names == ("input", "output")
    bare = drawing_of({**pane, "wires": None, "groups": None}, numbers(stands))
    assert isinstance(bare, Wiring)
    assert (bare.groups, bare.wires.shape) == (None, (0, 3))


def test_layers_keep_their_shapes_their_names_and_what_was_rounded() -> None:
    shapes = torch.tensor([[3.0, 30, 45], [64, 15, 23]])
    pane = {"kind": "layers", "labels": ("input", "conv1"), "marked": [[0, 1, 1, 1]]}
    drawing = drawing_of(pane, numbers(shapes))
    assert drawing == LayerBoxes(((3, 30, 45), (64, 15, 23)), ("input", "conv1"), frozenset({1}))


def test_other_kinds_are_no_drawings() -> None:
    assert drawing_of({"kind": "grid"}, numbers(VALUES)) is None

"""Code with weights: what is copied makes the very layer that the lab shows."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from lessons_lib.kit.result import LabDefinition, Result
from tests.labs.all_labs import lab_named, small_pictures, start

LOPSIDED = ((1.0, -2.0, 0.5), (0.25, 3.0, -0.1))


def made_by(code: str) -> nn.Module:
    names: dict[str, Any] = {}
    with torch.random.fork_rng(devices=[]):
        exec(code, names)
    return names["layer"]


def given_to(lab: LabDefinition, result: Result, params: Any) -> torch.Tensor:
    if hasattr(params, "picture"):
        return params.picture.image
    pane = result.pane("input")
    top, left, height, width = pane.ring or (0, 0, *pane.shape[-2:])
    return pane.values[None, :, top : top + height, left : left + width]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("kernel", {"kernel": LOPSIDED}),
        ("kernel", {"kernel": LOPSIDED, "flip": True}),
        ("sliding-window", {"kernel": LOPSIDED, "channels": "4_to_2_groups_2", "bias": 0.5}),
        ("sliding-window", {"kernel": LOPSIDED, "padding": 1, "padding_mode": "reflect"}),
        ("sliding-window", {"kernel": LOPSIDED, "flip": True, "stride": 2, "dilation": 1}),
        ("transposed-grid", {"kernel": LOPSIDED, "stride": 2, "reading": "stuff", "bias": -1.0}),
        ("matrix", {"kernel": LOPSIDED, "show": "convolution", "grid": "counting_4"}),
        ("matrix", {"kernel": LOPSIDED, "show": "transposed", "stride": 2, "grid": "counting_4"}),
        ("stride", {"kernel": "sobel_x", "stride": 3}),
        ("padding", {"kernel": "emboss", "padding": 4, "bias": True}),
        ("transposed", {"kernel": "box_7x7", "stride": 3}),
        ("bias", {"kernel": "random_3x3", "bias": -0.25, "padding": 3}),
        ("channels", {"kernel": "grey_1x1", "red": -2.0, "bias": 0.5}),
        ("conv3d", {"kernel": "mean_3x3x3"}),
        ("separable", {"named": "own", "kernel": LOPSIDED, "rank": 3}),
    ],
)
def test_the_copied_code_makes_the_layer_that_is_shown(name: str, settings: dict[str, Any]) -> None:
    lab = lab_named(name)
    params = start(lab, small_pictures()[0], **settings)
    result = lab.compute(params)
    layer = made_by(result.copied)
    given = given_to(lab, result, params)
    if name == "conv3d":
        given = given[None]
    with torch.no_grad():
        output = layer(given)[0]
    shown = result.pane("output").values
    torch.testing.assert_close(output.reshape(shown.shape), shown, atol=1e-5, rtol=1e-5)


def test_weights_that_are_drawn_from_a_seed_are_not_printed() -> None:
    lab = lab_named("stride")
    assert lab.compute(start(lab, kernel="random_3x3")).copied == ""


def test_a_true_convolution_says_that_the_kernel_is_turned() -> None:
    for name in ("kernel", "sliding-window"):
        lab = lab_named(name)
        code = "".join(term.text for term in lab.compute(start(lab, flip=True)).code)
        assert "kernel.flip(-2, -1)" in code
        assert "flip" not in "".join(term.text for term in lab.compute(start(lab)).code)

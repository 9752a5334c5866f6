"""W x is torch's convolution, W^T y torch's transposed one, and what is lit belongs together."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from lessons_lib.kit.grids import FROM_ONE
from lessons_lib.kit.links import CellLinks
from lessons_lib.kit.result import IllegalSettingError, Result
from lessons_lib.labs import matrix
from lessons_lib.labs.matrix import MatrixParams
from tests.labs.all_labs import written

LOPSIDED = ((1.0, -2.0, 0.5), (0.25, 3.0, -1.0))
SETTINGS: list[dict[str, Any]] = [
    {"grid": grid, "kernel": kernel, "stride": s, "padding": p, "dilation": d}
    for grid, kernel, s, p, d in product(
        ("counting_3", "counting_4", "digits_3x5"),
        (FROM_ONE, LOPSIDED),
        (1, 2, 3),
        (0, 1, 2),
        (1, 2),
    )
]


def shown(**settings: Any) -> Result:
    return matrix.compute(MatrixParams(**settings))


def values(result: Result, name: str) -> torch.Tensor:
    return result.pane(name).values[0]


def legal() -> list[tuple[dict[str, Any], Result]]:
    found = []
    for settings in SETTINGS:
        try:
            found.append((settings, shown(**settings)))
        except IllegalSettingError:
            continue
    return found


def test_the_example_by_hand() -> None:
    result = shown()
    assert values(result, "input").tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert values(result, "matrix").tolist() == [
        [1, 2, 0, 3, 4, 0, 0, 0, 0],
        [0, 1, 2, 0, 3, 4, 0, 0, 0],
        [0, 0, 0, 1, 2, 0, 3, 4, 0],
        [0, 0, 0, 0, 1, 2, 0, 3, 4],
    ]
    assert values(result, "output").tolist() == [[27, 37], [57, 67]]
    assert torch.equal(values(result, "transposed"), values(result, "matrix").T)


def test_every_product_is_torchs_layer_and_its_gradient() -> None:
    assert len(legal()) > 80
    for settings, result in legal():
        geometry = {name: settings[name] for name in ("stride", "padding", "dilation")}
        x = values(result, "input").clone()[None, None].requires_grad_()
        weight = torch.tensor(settings["kernel"])[None, None]
        with torch.enable_grad():
            y = F.conv2d(x, weight, **geometry)
            (gradient,) = torch.autograd.grad(y, x, y.detach())
        torch.testing.assert_close(values(result, "output"), y[0, 0].detach())
        torch.testing.assert_close(values(result, "back"), gradient[0, 0])
        W, Wt = values(result, "matrix"), values(result, "transposed")
        torch.testing.assert_close(W @ x.detach().flatten(), y.detach().flatten())
        torch.testing.assert_close(Wt @ y.detach().flatten(), gradient.flatten())


def test_the_line_of_the_transposed_layer_gives_what_w_turned_over_gives() -> None:
    for settings, result in legal():
        other = shown(**settings, show="transposed")
        assert torch.equal(other.pane("input").values, result.pane("output").values)
        assert torch.equal(other.pane("output").values, result.pane("back").values)
        layer = eval(written(other.code), {"nn": torch.nn})
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(settings["kernel"]))
            made = layer(other.pane("input").values[None])[0]
        torch.testing.assert_close(made, other.pane("output").values)


def test_what_stride_leaves_out_needs_an_output_padding_to_come_back() -> None:
    result = shown(grid="counting_4", stride=3, show="transposed")
    assert "output_padding=2" in written(result.code)
    assert values(result, "output").shape == (4, 4)


def test_zeros_without_a_weight_are_drawn_apart_and_counted() -> None:
    kernel = ((0.0, 2.0), (3.0, 4.0))  # the zero is a weight like the others
    result = shown(kernel=kernel)
    outside = result.pane("matrix").outside
    assert outside is not None
    assert int(outside.sum()) == 20
    assert not outside[0, 0, 0]
    assert "W has 4 × 9 = 36 numbers: 20 are zero because no weight is there" in result.sentence
    assert "the others are copies of 4 weights" in result.sentence
    turned = result.pane("transposed").outside
    assert turned is not None
    assert torch.equal(turned[0], outside[0].T)


def test_a_weight_that_only_meets_padding_is_not_in_w() -> None:
    result = shown(grid="counting_3", kernel=matrix.NINE, padding=2, stride=4)
    taps = values(result, "matrix")
    assert set(taps.unique().tolist()) == {0.0, 9.0, 7.0, 3.0, 1.0}
    assert "copies of 4 weights" in result.sentence


def test_the_sentence_weighs_both_products() -> None:
    assert "⟨W x, y⟩ = 9836 = 9836 = ⟨x, Wᵀ y⟩" in shown().sentence
    assert 27**2 + 37**2 + 57**2 + 67**2 == 9836
    assert "⟨" not in shown(show="convolution").sentence
    assert shown(show="transposed").sentence.startswith("Wᵀ has 9 × 4 = 36 numbers")
    assert "Wᵀ y is x itself" in shown(kernel=((1.0,),)).sentence


def test_what_is_said_of_w_holds_for_every_setting() -> None:
    told = set()
    kernels = (((1.0,),), FROM_ONE, LOPSIDED, ((1.0, 0.0), (0.0, 0.0)), matrix.NINE)
    for grid, kernel, s, p, d in product(
        ("counting_3", "impulse_3", "digits_3x5"), kernels, (1, 2, 4), (0, 1, 2), (1, 2)
    ):
        settings: dict[str, Any] = {"stride": s, "padding": p, "dilation": d}
        try:
            result = shown(grid=grid, kernel=kernel, **settings)
        except IllegalSettingError:
            continue
        x = values(result, "input")
        # torch writes the matrices: of other weights, each a number of its own, and of these
        marks = torch.arange(1.0, len(kernel) * len(kernel[0]) + 1).view(len(kernel), -1)
        marked, W = (
            F.conv2d(torch.eye(x.numel()).view(-1, 1, *x.shape), each[None, None], **settings)
            .flatten(1)
            .T
            for each in (marks, torch.tensor(kernel))
        )
        weights = len(marked[marked > 0].unique())
        zeros = int((marked == 0).sum())
        filled = f"copies of {weights} weight{'s' * (weights != 1)}."
        filled = "all are zero because every weight meets padding." if not weights else filled
        back = W.T @ W @ x.flatten()
        inverse = "Wᵀ is not the inverse of W."
        if torch.equal(back, x.flatten()):
            loses = not torch.equal(W.T @ W, torch.eye(x.numel()))
            inverse = "x itself, though not for every x." if loses else "W loses nothing."
        assert result.sentence.endswith(inverse), result.sentence
        assert filled in result.sentence
        if weights and zeros:
            assert re.search(rf"{zeros} (is|are) zero because no weight is", result.sentence)
        told |= {inverse, *re.findall("all are zero|all are copies", result.sentence)}
    assert len(told) == 5, "each of the sentences was met"


def cell_link(result: Result, first: str, second: str) -> CellLinks:
    (found,) = [link for link in result.cell_links if (link.first, link.second) == (first, second)]
    return found


def test_each_number_of_w_is_bound_to_its_output_its_input_and_its_weight() -> None:
    for settings, result in legal():
        weights = torch.tensor(settings["kernel"]).flatten()
        for name, made, read in (("matrix", "output", "input"), ("transposed", "back", "output")):
            table = values(result, name)
            rows, columns = table.shape
            outputs, inputs = cell_link(result, made, name), cell_link(result, read, name)
            assert outputs.cells.tolist() == [
                [i * columns + j for j in range(columns)] for i in range(rows)
            ]
            assert inputs.cells.tolist() == outputs.cells.T.tolist()
            copied = cell_link(result, "kernel", name).cells
            rebuilt = torch.zeros(table.numel())
            for weight, places in zip(weights, copied, strict=True):
                rebuilt[places[places >= 0]] += weight
            assert torch.equal(rebuilt.view_as(table), table)
        mirrored = cell_link(result, "matrix", "transposed").cells[:, 0]
        W, Wt = values(result, "matrix"), values(result, "transposed")
        assert torch.equal(Wt.flatten()[mirrored], W.flatten())


@pytest.mark.parametrize(
    ("show", "names"),
    [
        ("both", ["input", "matrix", "output", "kernel", "transposed", "back"]),
        ("convolution", ["input", "kernel", "matrix", "output"]),
        ("transposed", ["input", "transposed", "output", "kernel", "x"]),
    ],
)
def test_the_choice_names_what_is_shown(show: str, names: list[str]) -> None:
    result = shown(show=show)
    assert [pane.name for pane in result.panes] == names
    assert result.stepper is not None
    assert any(link.output == result.stepper.output and link.kernel for link in result.links)


def test_a_kernel_larger_than_the_grid_is_explained() -> None:
    with pytest.raises(IllegalSettingError) as caught:
        shown(kernel=matrix.NINE, dilation=2)
    assert caught.value.nearest
    shown(**{"kernel": matrix.NINE, "dilation": 2, **caught.value.nearest})

"""The lab of the kinds of convolution: its wires against autograd, its counts against torch."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from lessons_lib.kit.links import CellLinks
from lessons_lib.kit.result import IllegalSettingError, Pane, Result
from lessons_lib.kit.wiring import bundled, path_links, reach_links, wiring_pane
from lessons_lib.labs.variants import LAB, OPTIONS, SIDE, VariantsParams, compute
from tests.labs.all_labs import coded_layer, written

KINDS = [value for _, value in OPTIONS]


def legal(kind: str, **settings: Any) -> VariantsParams:
    """A setting in which channels in, out and groups differ, and every kind can be built."""
    return VariantsParams(**{"kind": kind, "in_channels": 4, "out_channels": 12, **settings})


def ways_of(result: Result) -> Tensor:
    return result.pane("matrix").values[0]


def whole_layer(result: Result) -> nn.Module:
    """What the copied code makes."""
    made: dict[str, Any] = {}
    with torch.random.fork_rng(devices=[]):
        exec(result.copied, made)
    layer: nn.Module = made["layer"]
    return layer


def counted(layer: nn.Module) -> int:
    return sum(weight.numel() for weight in layer.parameters())


# ----------------------------------------------------------------------------- who feeds whom


@pytest.mark.parametrize(("kind", "layers"), list(product(KINDS, (1, 2, 3))))
def test_the_ways_are_the_gradient_of_layers_whose_weights_are_all_one(
    kind: str, layers: int
) -> None:
    result = compute(legal(kind, layers=layers, kernel_size=1))
    layer = whole_layer(result)
    for weight in layer.parameters():
        nn.init.ones_(weight)
    jacobian = torch.autograd.functional.jacobian(layer, torch.zeros(1, 4, 1, 1))
    assert torch.equal(ways_of(result), jacobian[0, :, 0, 0, 0, :, 0, 0])


@pytest.mark.parametrize(("layers", "kind", "reached"), [
    (1, "grouped", 4),
    (1, "shuffled_grouped", 4),
    (2, "grouped", 4),
    (2, "shuffled_grouped", 8),
])  # fmt: skip
def test_a_shuffle_lets_an_input_reach_all_outputs_of_the_second_layer(
    layers: int, kind: str, reached: int
) -> None:
    result = compute(VariantsParams(kind, 8, 8, 2, layers=layers))
    assert int((ways_of(result)[:, 0] > 0).sum()) == reached
    assert f"reaches {reached} of 8 output channels" in result.sentence
    stages = result.pane("wiring").shape[1]
    table = result.cell_links[0].cells  # counted row after row
    ends = {int(cell) for cell in table[0] if cell >= 0 and int(cell) % stages == stages - 1}
    assert len(ends) == reached


def followed(wires: Tensor, starts: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """All (stage, row) that can be reached along the wires, one by one."""
    found, rest = set(), set(starts)
    while rest:
        stage, row = rest.pop()
        for at, start, end in wires.tolist():
            if (at, start) == (stage, row) and (at + 1, end) not in found:
                found.add((at + 1, end))
                rest.add((at + 1, end))
    return found


def partners(link: CellLinks, cell: int, stages: int) -> set[tuple[int, int]]:
    return {(int(c) % stages, int(c) // stages) for c in link.cells[cell] if c >= 0}


@pytest.mark.parametrize("kind", KINDS)
def test_a_channel_lights_all_that_can_be_reached_along_the_wires(kind: str) -> None:
    result = compute(legal(kind, layers=2))
    pane = result.pane("wiring")
    assert pane.wires is not None
    stages = pane.shape[1]
    reach, through = result.cell_links
    for row, stage in (pane.values > 0).nonzero().tolist():
        wanted = followed(pane.wires, {(stage, row)})
        assert partners(reach, row * stages + stage, stages) == wanted
    ways = ways_of(result)
    back = pane.wires.flip(1)  # (row in the next stage, row, stage)
    back = torch.stack([stages - 2 - back[:, 2], back[:, 0], back[:, 1]], 1)
    for output, read in ((0, 0), (11, 2), (5, 3)):
        ahead = followed(pane.wires, {(0, read)}) | {(0, read)}
        behind = followed(back, {(0, output)}) | {(0, output)}
        on_both = {(s, r) for s, r in ahead if (stages - 1 - s, r) in behind}
        assert partners(through, output * 4 + read, stages) == on_both
        assert bool(on_both) == bool(ways[output, read])


def test_the_groups_stand_on_bands_and_a_shuffle_deals_them_out() -> None:
    pane = compute(VariantsParams("shuffled_grouped", 4, 8, 2)).pane("wiring")
    assert pane.groups is not None
    columns = [column[column >= 0].tolist() for column in pane.groups.T]
    assert columns == [[0, 0, 1, 1], [0] * 4 + [1] * 4, [0, 1] * 4]
    assert compute(VariantsParams("shuffled_grouped", groups=1)).pane("wiring").groups is None
    assert compute(VariantsParams("plain")).pane("wiring").groups is None


def test_many_channels_are_drawn_in_bundles_that_add_up() -> None:
    result = compute(VariantsParams("grouped", 60, 120, 4))
    pane = result.pane("wiring")
    assert pane.values.sum(0).tolist() == [60, 120]
    assert pane.values[:, 0].unique().tolist() == [0, 4, 8]  # the last bundle holds what is left
    assert int(ways_of(result).sum()) == 60 * 120 // 4
    assert pane.wires is not None
    assert len(pane.wires) == int((ways_of(result) > 0).sum())
    assert "bundles of 8" in result.pane("matrix").note


def test_a_bundle_lights_only_what_one_of_its_channels_reaches() -> None:
    """40 channels in bundles of 3, groups of 5: a bundle of two groups joins them no further."""
    eye = torch.eye(8, dtype=torch.int64).repeat_interleave(5, 0).repeat_interleave(5, 1)
    result = compute(VariantsParams("grouped", 40, 40, 8, layers=3))
    reach, through = result.cell_links
    boxes = {(stage, row) for stage in (1, 2, 3) for row in (0, 1)}
    assert partners(reach, 0, 4) == boxes  # group 0: channels 0-4 in boxes 0 and 1
    more = {(stage, row) for stage in (1, 2, 3) for row in (2, 3)}
    assert partners(reach, 1 * 4, 4) == boxes | more  # channels 3-5, of groups 0 and 1
    reached = bundled(eye, 3) > 0
    for output, read in ((0, 0), (1, 3), (3, 0), (13, 13)):
        lit = partners(through, output * 14 + read, 4)
        assert bool(lit) == bool(reached[output, read])


def test_bundles_add_up_what_they_hold() -> None:
    table = torch.arange(15).reshape(3, 5)
    assert bundled(table, 2).tolist() == [[12, 20, 13], [21, 25, 14]]
    assert torch.equal(bundled(table, 1), table)


def test_links_of_a_wiring_with_a_dead_end_say_so_and_no_more() -> None:
    tables = [torch.tensor([[1, 0], [1, 0], [0, 0]]), torch.tensor([[0, 2, 0]])]
    pane: Pane = wiring_pane(tables, ("a", "b", "c"), [0, 0, 0])
    assert pane.wires is not None
    assert pane.wires.tolist() == [[0, 0, 0], [0, 0, 1], [1, 1, 0]]
    assert (pane.values > 0).sum(0).tolist() == [2, 3, 1]
    reach = reach_links(tables)
    assert [partners(reach, cell, 3) for cell in (0, 1, 3, 4)] == [
        {(1, 0), (1, 1), (2, 0)},
        set(),
        set(),
        {(2, 0)},
    ]
    through = path_links(tables, "matrix")
    assert partners(through, 0, 3) == {(0, 0), (1, 1), (2, 0)}
    assert partners(through, 1, 3) == set()


# ----------------------------------------------------------------------------- what it costs


def value_of(step: str) -> float:
    """What one step of a formula makes: 8·3² + 8 768 -> 8840."""
    step = re.sub(r"(?<=\d) (?=\d{3})", "", step)
    return float(eval(step.replace("·", "*").replace("²", "**2")))


@pytest.mark.parametrize(
    ("kind", "sizes"),
    list(product(KINDS, [(4, 12, 2, 3), (64, 128, 4, 3), (6, 6, 3, 7), (1, 5, 1, 1)])),
)
def test_every_step_of_the_formulas_is_the_number_of_weights_that_torch_makes(
    kind: str, sizes: tuple[int, int, int, int]
) -> None:
    result = compute(VariantsParams(kind, *sizes))
    first, share = (written(line).split(" = ") for line in result.formula)
    weights = counted(coded_layer(result.code))
    assert [value_of(step) for step in first[2:]] == [weights, weights]
    m, n, _, k = sizes
    plain = m * n * k * k
    assert result.cost is not None
    assert result.compared is not None
    assert (result.cost.weights, result.compared.cost.weights) == (weights, plain)
    division = value_of(share[0].removeprefix("of plain ones: "))
    assert division == pytest.approx(weights / plain)
    numbers = share[1:] if kind == "plain" else share[2:]
    assert [value_of(step) for step in numbers] == pytest.approx(
        [division] * len(numbers), rel=1e-3
    )


def test_the_lesson_s_numbers_are_counted() -> None:
    def weights(kind: str, groups: int = 1) -> int:
        cost = compute(VariantsParams(kind, 64, 128, groups)).cost
        assert cost is not None
        return cost.weights

    assert weights("plain") == 73_728
    assert weights("depthwise_separable") == 8_768
    assert weights("grouped", 4) == 18_432
    result = compute(VariantsParams("depthwise_separable", 64, 128))
    assert written(result.formula[1]) == (
        "of plain ones: 8 768 / 73 728 = 1/N + 1/k² = 1/128 + 1/3² = 0.1189"
    )


@pytest.mark.parametrize(("kind", "layers"), list(product(KINDS, (1, 2))))
def test_the_cost_is_what_torch_computes_for_this_kind_and_for_the_plain_one(
    kind: str, layers: int
) -> None:
    result = compute(legal(kind, layers=layers))
    assert result.cost is not None
    assert result.compared is not None
    assert result.layer is not None
    assert counted(whole_layer(result)) == result.cost.weights
    for run, cost in (
        (result.layer, result.cost),
        (result.compared.layer, result.compared.cost),
    ):
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            output = run()
        assert output.shape == (1, 12, SIDE, SIDE)
        assert counter.get_total_flops() == 2 * cost.multiply_adds


def test_the_time_is_measured_beside_that_of_plain_layers_on_a_stated_picture() -> None:
    compared = compute(VariantsParams("depthwise", kernel_size=5)).compared
    assert compared is not None
    assert compared.name == "plain 5 × 5"
    assert compared.note.startswith("64 × 64 pixels, ")
    three = compute(VariantsParams("depthwise", kernel_size=5, layers=3)).compared
    assert three is not None
    assert three.name == "plain 5 × 5, 3 layers"


# ----------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("params", "message", "nearest"),
    [
        (VariantsParams("grouped", 8, 12, 3), "in_channels must be divisible", {"groups": 2}),
        (VariantsParams("grouped", 9, 12, 2), "in_channels must be divisible", {"groups": 1}),
        (VariantsParams("grouped", 8, 12, 8), "out_channels must be divisible", {"groups": 4}),
        (VariantsParams("shuffled_grouped", 8, 8, 16), "in_channels", {"groups": 8}),
        (VariantsParams("depthwise", 8, 12), "out_channels must be", {"out_channels": 8}),
        (VariantsParams("depthwise", 5, 3), "out_channels must be", {"out_channels": 5}),
        (VariantsParams("depthwise", 7, 128), "out_channels must be", {"out_channels": 126}),
    ],
)
def test_channels_that_do_not_fit_are_refused_with_torch_s_words_and_the_nearest_that_do(
    params: VariantsParams, message: str, nearest: dict[str, Any]
) -> None:
    with pytest.raises(IllegalSettingError) as caught:
        compute(params)
    assert message in caught.value.message
    assert caught.value.nearest == nearest
    with pytest.raises(ValueError, match=message):
        coded_layer(caught.value.code)
    compute(replace(params, **nearest))


def test_every_kind_says_what_it_does_and_shows_the_line_that_makes_it() -> None:
    sentences = {compute(legal(kind)).sentence for kind in KINDS}
    assert len(sentences) == len(KINDS)
    for kind in KINDS:
        result = compute(legal(kind, layers=2))
        assert written(result.code).endswith("  # and 1 more of the kind, 12 → 12")
        assert coded_layer(result.code)(torch.zeros(1, 4, 9, 9)).shape == (1, 12, 9, 9)
        assert whole_layer(result)(torch.zeros(1, 4, 9, 9)).shape == (1, 12, 9, 9)
    assert LAB.params() == VariantsParams()


# ----------------------------------------------------------------------------- what is written


@pytest.mark.parametrize(
    ("kind", "layers", "names"),
    [
        ("plain", 1, ("input", "output")),
        ("depthwise_separable", 1, ("input", "after depthwise", "output")),
        ("spatially_separable", 1, ("input", "after 5 × 1", "output")),
        ("flattened", 1, ("input", "after 1 × 1", "after 5 × 1", "output")),
        ("plain", 2, ("input", "layer 1: plain", "output")),
        (
            "spatially_separable",
            2,
            ("input", "layer 1: 5 × 1", "layer 1: 1 × 5", "layer 2: 5 × 1", "output"),
        ),
    ],
)
def test_each_stage_is_named_by_the_part_that_it_stands_behind(
    kind: str, layers: int, names: tuple[str, ...]
) -> None:
    assert compute(legal(kind, layers=layers, kernel_size=5)).pane("wiring").labels == names


def test_32_channels_are_drawn_one_by_one_and_33_in_bundles() -> None:
    for channels, boxes in ((32, 32), (33, 11)):
        pane = compute(VariantsParams("plain", channels, 4)).pane("wiring")
        assert int((pane.values[:, 0] > 0).sum()) == boxes


def test_the_sentence_counts_the_outputs_that_an_input_reaches() -> None:
    said = compute(VariantsParams("depthwise", 3, 12)).sentence
    assert said.endswith("Each input channel reaches 4 of 12 output channels.")
    said = compute(VariantsParams("grouped", 4, 12, layers=2)).sentence
    assert said.endswith("Through 2 layers each input channel reaches 6 of 12 output channels.")


def test_the_formula_of_several_layers_counts_the_first_one_and_shares_all() -> None:
    first, share = compute(VariantsParams("depthwise_separable", 4, 12, layers=2)).formula
    weights = 4 * 9 + 4 * 12 + 12 * 9 + 12 * 12
    assert written(first) == ("weights of the first layer = M·k² + N·M = 4·3² + 12·4 = 84")
    assert written(share) == f"of plain ones: {weights} / 1 728 = {weights / 1728:.4g}"


def test_the_share_of_plain_layers_is_told_without_a_formula() -> None:
    assert written(compute(VariantsParams()).formula[1]) == "of plain ones: 576 / 576 = 1"


def test_letters_of_the_formula_have_the_colours_of_the_channels_they_count() -> None:
    line = compute(VariantsParams("depthwise_separable", 4, 12)).formula[0]
    roles = {term.text: term.role for term in line if term.text in ("M", "N", "k", "4", "12")}
    assert roles == {"M": "input", "4": "input", "N": "output", "12": "output", "k": "kernel"}


def test_links_of_a_wiring_say_which_way_they_go() -> None:
    reach, through = compute(VariantsParams()).cell_links
    assert (reach.verb, reach.reverse) == ("reaches", "is reached by")
    assert (through.verb, through.reverse) == ("counts the ways through", "is counted in")

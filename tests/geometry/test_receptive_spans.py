"""What a stack of layers can see is what autograd finds, no more and no less."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from lessons_lib.geometry import AxisLayer, receptive_field, receptive_spans

STACKS: dict[str, list[AxisLayer]] = {
    "one": [AxisLayer(3)],
    "padded": [AxisLayer(3, 1, 1), AxisLayer(3, 1, 1), AxisLayer(2, 2)],
    "strides": [AxisLayer(7, 2, 3), AxisLayer(3, 2, 1), AxisLayer(3, 2, 1), AxisLayer(1)],
    "there and back": [
        AxisLayer(3, 1, 1),
        AxisLayer(2, 2),
        AxisLayer(3, 1, 1),
        AxisLayer(2, 2),
        AxisLayer(8, 4, 2, transposed=True),
    ],
    "gaps": [AxisLayer(2, 2), AxisLayer(2, 3, 0, transposed=True), AxisLayer(1)],
    "resnet": [AxisLayer(7, 2, 3), AxisLayer(3, 2, 1)]
    + [AxisLayer(3, 1, 1)] * 4
    + [AxisLayer(3, 2, 1)]
    + [AxisLayer(3, 1, 1)] * 3
    + [AxisLayer(8, 4, 2, transposed=True)],
}


def module(layer: AxisLayer) -> nn.Module:
    """The layer with all weights one: every way to an input is open, and none cancels another."""
    if layer.transposed:
        made: nn.Conv1d | nn.ConvTranspose1d = nn.ConvTranspose1d(
            1, 1, layer.kernel_size, layer.stride, layer.padding, bias=False
        )
    else:
        made = nn.Conv1d(
            1, 1, layer.kernel_size, layer.stride, layer.padding, layer.dilation, bias=False
        )
    nn.init.ones_(made.weight)
    return made


def seen(layers: list[AxisLayer], size: int) -> Tensor:
    """Which inputs each output hangs on: bool (outputs, inputs)."""
    network = nn.Sequential(*map(module, layers)).double()
    image = torch.ones(1, 1, size, dtype=torch.float64)
    rows = torch.autograd.functional.jacobian(network, image)
    assert isinstance(rows, Tensor)
    return rows[0, 0, :, 0, 0] > 0


@pytest.mark.parametrize("size", [16, 23, 37])
@pytest.mark.parametrize("name", STACKS)
def test_an_output_sees_from_the_first_to_the_last_input_that_has_a_gradient(
    name: str, size: int
) -> None:
    layers = STACKS[name]
    reached = seen(layers, size)
    spans = receptive_spans(layers, size)
    assert len(spans) == len(reached)
    for (first, last, _), row in zip(spans.tolist(), reached, strict=True):
        places = row.nonzero().flatten().tolist()
        if places:
            assert (first, last) == (places[0], places[-1])
        else:
            assert last < first


@pytest.mark.parametrize("size", [16, 23, 37])
def test_dilation_at_an_edge_may_widen_a_span_by_less_than_a_gap(size: int) -> None:
    layers = [AxisLayer(3, 1, 2, 2), AxisLayer(3, 2, 4, 4)]
    for (first, last, padded), row in zip(
        receptive_spans(layers, size).tolist(), seen(layers, size), strict=True
    ):
        places = row.nonzero().flatten().tolist()
        gap = 4 if padded else 1
        assert 0 <= places[0] - first < gap
        assert 0 <= last - places[-1] < gap


def test_padding_is_met_where_any_layer_reads_beyond_its_input() -> None:
    layers = STACKS["padded"]
    spans = receptive_spans(layers, 16)
    assert spans[:, 2].tolist() == [1, 0, 0, 0, 0, 0, 0, 1]
    inside = spans[1:-1]
    assert (inside[:, 1] - inside[:, 0] + 1).tolist() == [6] * 6
    plain = receptive_field([(each.kernel_size, each.stride, each.dilation) for each in layers])
    assert plain == 6


def test_the_field_of_the_large_network_begins_where_its_strides_put_it() -> None:
    """Without the way back: output i begins at i jumps less all padding, each in its own jumps."""
    layers = STACKS["resnet"][:-1]
    start, jump = 0, 1
    for layer in layers:
        start, jump = start - layer.padding * jump, jump * layer.stride
    spans = receptive_spans(layers, 320)
    middle = spans[spans[:, 2] == 0]
    assert len(middle) > 3
    field = receptive_field([(each.kernel_size, each.stride, each.dilation) for each in layers])
    for index in (spans[:, 2] == 0).nonzero().flatten().tolist():
        first = start + index * jump
        assert spans[index].tolist() == [first, first + field - 1, 0]


def test_a_layer_without_an_output_is_refused() -> None:
    with pytest.raises(ValueError, match="`kernel_size`"):
        receptive_spans([AxisLayer(2, 2), AxisLayer(2, 2)], 3)
    with pytest.raises(ValueError, match="`padding`"):
        receptive_spans([AxisLayer(2, 1, 1, transposed=True)], 1)

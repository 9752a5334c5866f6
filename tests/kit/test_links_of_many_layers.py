"""What is lit is what torch reads: 200 random layers, one fixture for Python and JavaScript.

tests/fixtures/links.json holds the tables that the labs send and what autograd says of the same
layers. LESSONS_REWRITE_FIXTURES=1 writes it anew.
"""

from __future__ import annotations

import base64
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from lessons_lib.geometry import PADDING_MODES
from lessons_lib.kit.layers import conv
from lessons_lib.kit.links import Links
from lessons_lib.widgets.stage.scene_data import links_data

FIXTURE = Path(__file__).parents[1] / "fixtures" / "links.json"
COUNT = 200


def random_layers() -> list[tuple[nn.Conv2d, tuple[int, int]]]:
    """Layers that differ per axis in everything, each with the size of its input."""
    chance = random.Random(20)
    found: list[tuple[nn.Conv2d, tuple[int, int]]] = []
    while len(found) < COUNT:
        size = (chance.randint(3, 6), chance.randint(4, 7))
        channels, groups = chance.choice([((1, 1), 1), ((2, 1), 1), ((1, 2), 1), ((2, 2), 2)])
        layer = nn.Conv2d(
            *channels,
            kernel_size=(chance.randint(1, 3), chance.randint(1, 4)),
            stride=(chance.randint(1, 3), chance.randint(1, 3)),
            padding=(chance.randint(0, 2), chance.randint(0, 2)),
            dilation=(chance.randint(1, 2), chance.randint(1, 3)),
            groups=groups,
            padding_mode=chance.choice(PADDING_MODES),  # type: ignore[arg-type]  # four words
        )
        try:
            layer(torch.zeros(1, channels[0], *size))
        except RuntimeError:
            continue  # larger than its input: nothing to light
        found.append((layer, size))
    return found


def read_by_outputs(layer: nn.Conv2d, size: tuple[int, int]) -> torch.Tensor:
    """Which inputs each output depends on, by autograd: bool (outputs, inputs), both flat."""
    nn.init.ones_(layer.weight)  # no weight may cancel another

    def flat(pixels: torch.Tensor) -> torch.Tensor:
        return layer(pixels.view(1, layer.in_channels, *size)).flatten()

    start = torch.ones(layer.in_channels * size[0] * size[1])
    return torch.autograd.functional.jacobian(flat, start) != 0


def touched_by_weights(layer: nn.Conv2d, size: tuple[int, int]) -> torch.Tensor:
    """Which inputs each weight ever meets, by autograd: bool (weights, inputs), both flat."""
    rows = []
    for index in range(layer.weight.numel()):
        with torch.no_grad():
            layer.weight.zero_()
            layer.weight.view(-1)[index] = 1
        image = torch.ones(1, layer.in_channels, *size, requires_grad=True)
        layer(image).sum().backward()
        assert image.grad is not None
        rows.append(image.grad.flatten() != 0)
    return torch.stack(rows)


def packed(bits: torch.Tensor) -> str:
    """Eight bits a byte, the first one lowest, each row from a new byte."""
    rows, columns = bits.shape
    padded = torch.zeros(rows, -(-columns // 8) * 8, dtype=torch.int64)
    padded[:, :columns] = bits.long()
    values = (padded.view(rows, -1, 8) * 2 ** torch.arange(8)).sum(-1).to(torch.uint8)
    return base64.b64encode(values.numpy().tobytes()).decode("ascii")


def case(layer: nn.Conv2d, size: tuple[int, int]) -> dict[str, Any]:
    image = torch.zeros(1, layer.in_channels, *size)
    data = links_data(conv.links(layer, tuple(image.shape[2:]), grids=True))
    table = {
        key: base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
        for key, value in data.items()
    }
    return {
        "layer": str(layer),
        "input": [layer.in_channels, *size],
        "output": list(layer(image).shape[1:]),
        "kernel": [layer.weight.shape[0] * layer.weight.shape[1], *layer.kernel_size],
        "link": table,
        "windows": packed(read_by_outputs(layer, size)),
        "touched": packed(touched_by_weights(layer, size)),
    }


def lit(link: Links, channel: int, row: int, column: int, shape: tuple[int, ...]) -> torch.Tensor:
    """The same as the link's tables say it: bool (inputs,), flat."""
    mask = torch.zeros(shape, dtype=torch.bool)
    assert link.channels is not None
    for source in link.channels[channel].tolist():
        rows, columns = (table[table >= 0] for table in (link.rows[row], link.columns[column]))
        mask[source, rows[:, None], columns] = True
    return mask.flatten()


def test_the_fixture_is_what_torch_and_the_labs_say() -> None:
    cases = [case(layer, size) for layer, size in random_layers()]
    if os.environ.get("LESSONS_REWRITE_FIXTURES"):
        lines = ",\n".join(json.dumps(each) for each in cases)
        FIXTURE.write_text(f"[\n{lines}\n]\n", "utf-8")
    assert json.loads(FIXTURE.read_text("utf-8")) == cases


@pytest.mark.parametrize("part", range(4))
def test_the_lit_inputs_of_every_output_are_the_nonzeros_of_its_gradient(part: int) -> None:
    for layer, size in random_layers()[part::4]:
        image = torch.zeros(1, layer.in_channels, *size)
        link = conv.links(layer, tuple(image.shape[2:]), grids=True)
        wanted = read_by_outputs(layer, size)
        channels, height, width = layer(image).shape[1:]
        cells = [(c, r, k) for c in range(channels) for r in range(height) for k in range(width)]
        for index, cell in enumerate(cells):
            assert torch.equal(lit(link, *cell, image.shape[1:]), wanted[index]), (layer, cell)


@pytest.mark.parametrize("part", range(4))
def test_the_outputs_that_read_an_input_are_those_whose_gradient_reaches_it(part: int) -> None:
    for layer, size in random_layers()[part::4]:
        link = conv.links(layer, size, grids=True)
        assert link.channels is not None
        wanted = read_by_outputs(layer, size)
        # an output reads an input where each of the three axes does
        axes = [
            (table.unsqueeze(-1) == torch.arange(count)).any(dim=1)
            for table, count in zip(
                (link.channels, link.rows, link.columns), (layer.in_channels, *size), strict=True
            )
        ]
        found = torch.einsum("ac,br,kd->abkcrd", *(axis.int() for axis in axes))
        assert torch.equal(found.reshape(wanted.shape) > 0, wanted), layer


@pytest.mark.parametrize("part", range(4))
def test_the_inputs_that_a_weight_touches_are_those_its_gradient_meets(part: int) -> None:
    for layer, size in random_layers()[part::4]:
        link = conv.links(layer, size, grids=True)
        assert link.channels is not None
        found = []
        for source in link.channels.flatten().tolist():
            for i in range(link.rows.shape[1]):
                for j in range(link.columns.shape[1]):
                    rows, columns = link.rows[:, i], link.columns[:, j]
                    mask = torch.zeros(layer.in_channels, *size, dtype=torch.bool)
                    mask[source, rows[rows >= 0][:, None], columns[columns >= 0]] = True
                    found.append(mask.flatten())
        assert torch.equal(torch.stack(found), touched_by_weights(layer, size)), layer

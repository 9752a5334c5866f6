"""Under a microscope a grouped layer shows the channels of its group, by their names."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from lessons_lib.kernels import weighted_layer
from lessons_lib.kit.layers import conv, transposed

LABELS = ("a", "b", "c", "d")


def image() -> torch.Tensor:
    return torch.rand(1, 4, 5, 6, generator=torch.Generator().manual_seed(1))


def weight(*shape: int) -> torch.Tensor:
    return torch.arange(1.0, 1 + torch.Size(shape).numel()).reshape(shape)


@pytest.mark.parametrize(("channel", "names"), [(0, ("a", "b")), (1, ("c", "d"))])
def test_a_grouped_convolution(channel: int, names: tuple[str, ...]) -> None:
    layer = weighted_layer(nn.Conv2d, weight(2, 2, 2, 3), torch.tensor([0.5, -1.0]), groups=2)
    links = conv.links(layer, (5, 6))
    probe = conv.microscope(layer, image(), links, channel, labels=LABELS).look(2, 1)
    with torch.no_grad():
        expected = float(layer(image())[0, channel, 2, 1])
    assert probe.value == pytest.approx(expected, rel=1e-5)
    assert probe.labels == names


@pytest.mark.parametrize("channel", [0, 1, 2, 3])
def test_a_grouped_transposed_convolution(channel: int) -> None:
    bias = torch.tensor([0.5, -1.0, 2.0, 3.0])
    layer = weighted_layer(nn.ConvTranspose2d, weight(4, 2, 3, 2), bias, groups=2, stride=2)
    links = transposed.links(layer, (5, 6))
    probe = transposed.microscope(layer, image(), links, channel, labels=LABELS).look(4, 5)
    with torch.no_grad():
        expected = float(layer(image())[0, channel, 4, 5])
    assert probe.value == pytest.approx(expected, rel=1e-5)
    assert probe.labels == (("a", "b") if channel < 2 else ("c", "d"))

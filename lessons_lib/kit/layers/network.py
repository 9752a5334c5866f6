"""A whole network: what it costs, counted where torch applies each of its layers."""

from __future__ import annotations

import copy
import weakref
from dataclasses import replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from lessons_lib.kit.layers import conv, pooling, transposed
from lessons_lib.kit.result import Cost


def cost(network: nn.Module, size: tuple[int, int], channels: int = 3) -> Cost:
    """Count a network's weights, and what one pass over one picture takes.

    Args:
        network: of convolutions, transposed ones, poolings, and what costs next to nothing beside
            them, such as ReLU.
        size: height and width of the picture.
        channels: of the picture.

    Returns:
        the numbers that are learned, and what its layers take, each as often as it is applied.
    """
    return _cost(_Built(network), size, channels)


class _Built:
    """A network as far as its cost goes: those that are built alike are equal."""

    def __init__(self, network: nn.Module) -> None:
        self.network = weakref.ref(network)  # what is remembered must not keep it
        # the words alone would not tell one layer in two places from two layers
        shapes = tuple(each.shape for each in network.parameters())
        self._built = repr(network), shapes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Built) and self._built == other._built

    def __hash__(self) -> int:
        return hash(self._built)


@lru_cache(maxsize=64)
def _cost(built: _Built, size: tuple[int, int], channels: int) -> Cost:
    network = built.network()
    if network is None:
        raise RuntimeError("the network has gone before its cost was counted")
    applied: list[Cost] = []
    watched = copy.deepcopy(network).eval()  # another thread may use the network itself
    for module in watched.modules():
        if not any(module.children()):
            module.register_forward_hook(lambda *call: applied.append(_of_layer(*call)))
    with torch.inference_mode(False), torch.no_grad():
        watched(torch.zeros(1, channels, *size))
    biases = sum(each.numel() for name, each in network.named_parameters() if _is_bias(name))
    weights = sum(each.numel() for each in network.parameters()) - biases
    total = Cost(0, 0, 0)
    for each in applied:
        total += each
    return replace(total, weights=weights, biases=biases)


def _is_bias(name: str) -> bool:
    return name.rpartition(".")[2] == "bias"


def _of_layer(layer: nn.Module, given: tuple[Any, ...], _output: Any) -> Cost:
    image: Tensor = given[0]
    size = (image.shape[-2], image.shape[-1])
    if isinstance(layer, nn.Conv2d):
        return conv.cost(layer, size)
    if isinstance(layer, nn.ConvTranspose2d):
        return transposed.cost(layer, size)
    if isinstance(layer, nn.MaxPool2d | nn.AvgPool2d):
        return pooling.cost(layer, size, image.shape[1])
    return Cost(0, 0, 0)

"""The cost of a whole network is that of its layers, where torch applies them."""

from __future__ import annotations

import gc
import weakref
from collections import OrderedDict

import torch
from torch import nn

from lessons_lib.kernels import seeded_draws
from lessons_lib.kit.layers import conv, network, pooling, transposed
from lessons_lib.kit.result import Cost


def small() -> nn.Sequential:
    with seeded_draws(2):
        return nn.Sequential(
            nn.Conv2d(3, 7, (3, 5), padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(7, 5, 1, bias=False),
            nn.ConvTranspose2d(5, 5, 4, stride=2, padding=1),
        )


def test_the_cost_is_the_sum_over_the_layers_at_their_sizes() -> None:
    layers = small()
    parts = (
        conv.cost(layers[0], (18, 30)),  # type: ignore[arg-type]  # the layers above
        pooling.cost(layers[2], (18, 28), 7),  # type: ignore[arg-type]
        conv.cost(layers[3], (9, 14)),  # type: ignore[arg-type]
        transposed.cost(layers[4], (9, 14)),  # type: ignore[arg-type]
    )
    total = Cost(0, 0, 0)
    for part in parts:
        total += part
    assert network.cost(layers, (18, 30)) == total
    assert total.weights == 7 * 3 * 15 + 35 + 25 * 16
    assert (total.biases, total.comparisons) == (12, 7 * 9 * 14 * 3)


def test_a_layer_that_is_applied_twice_works_twice_and_is_learnt_once() -> None:
    one = nn.Conv2d(3, 3, 3, padding=1)
    twice = network.cost(nn.Sequential(OrderedDict(a=one, b=nn.Sequential(one))), (8, 9))
    once = network.cost(nn.Sequential(one), (8, 9))
    assert twice.multiply_adds == 2 * once.multiply_adds
    assert (twice.weights, twice.biases) == (once.weights, once.biases) == (81, 3)


def test_networks_that_read_alike_but_share_their_layers_are_told_apart() -> None:
    one, other = (nn.Conv2d(3, 3, 3, padding=1) for _ in range(2))
    shared, apart = nn.Sequential(one, one), nn.Sequential(one, other)
    assert str(shared) == str(apart)
    assert [network.cost(each, (6, 7)).weights for each in (shared, apart)] == [81, 162]


def test_counting_leaves_the_network_as_it_was_and_does_not_keep_it() -> None:
    layers = small().train()
    before = {name: value.clone() for name, value in layers.state_dict().items()}
    with torch.inference_mode():
        network.cost(layers, (17, 23))
    assert layers.training
    assert not any(module._forward_hooks for module in layers.modules())
    assert all(torch.equal(value, before[name]) for name, value in layers.state_dict().items())
    seen = weakref.ref(layers)
    del layers
    gc.collect()
    assert seen() is None


def test_means_of_windows_and_pictures_of_one_channel_are_counted_too() -> None:
    first, mean = nn.Conv2d(1, 4, 3), nn.AvgPool2d(2)
    total = network.cost(nn.Sequential(first, mean), (10, 14), channels=1)
    assert total == conv.cost(first, (10, 14)) + pooling.cost(mean, (8, 12), 4)
    assert total != network.cost(nn.Sequential(first), (10, 14), channels=1)

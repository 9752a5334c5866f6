"""Microscopes that look at what no lab's classic settings show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor, nn

from lessons_lib.kit.layers import conv, pooling
from lessons_lib.kit.links import Links
from lessons_lib.kit.microscope import Microscope, SumMicroscope
from lessons_lib.kit.pool_microscope import PoolMicroscope
from lessons_lib.kit.score_microscope import ScoreMicroscope

SIZE = (9, 11)
RGB = ("R", "G", "B")


def own_microscopes() -> Iterator[Microscope]:
    """Each looks at an output that is no larger than `SIZE`."""
    yield from _sums()
    yield from _poolings()
    yield from _scores()


def _numbers(channels: int) -> Tensor:
    """Few values, all different from channel to channel, some of them ties when rounded."""
    count = torch.arange(channels * SIZE[0] * SIZE[1])
    return ((count * 37 % 101) / 32 - 1.375).reshape(1, channels, *SIZE)


def _sums() -> Iterator[SumMicroscope]:
    layer = nn.Conv2d(3, 1, (2, 3), padding=1, bias=False)
    weight = torch.arange(-9, 9).reshape(1, 3, 2, 3) / 8
    sums = SumMicroscope("output", _numbers(3), weight, None, conv.links(layer, SIZE))
    yield sums
    yield replace(sums, image=sums.image.abs().clamp(0.25, 0.5), bias=0.03125, relu=True)
    yield replace(sums, weight=torch.zeros_like(weight), labels=RGB)
    links = conv.links(nn.Conv2d(1, 1, 1), SIZE)
    eighth, half = torch.full((1, 1, *SIZE), 0.125), torch.full((1, 1, 1, 1), 0.5)
    yield SumMicroscope("output", eighth, half, None, links)  # 0.12 times 0.50 is 0.06


def _poolings() -> Iterator[PoolMicroscope]:
    layers: list[nn.MaxPool2d | nn.AvgPool2d] = [
        nn.MaxPool2d(3, padding=1),
        nn.MaxPool2d((2, 3), ceil_mode=True, padding=1),
        nn.AvgPool2d(3, padding=1),
        nn.AvgPool2d(3, padding=1, count_include_pad=False),
        nn.AvgPool2d(3, 2, padding=1, ceil_mode=True),
        nn.AvgPool2d((2, 4), divisor_override=5),
        nn.MaxPool2d(2, dilation=3, padding=1),
    ]
    for layer in layers:
        for channels in (1, 2, 3):
            links = pooling.links(layer, SIZE)
            image = _numbers(channels)
            yield pooling.microscope(layer, image, links, RGB[:1], "signed")
            yield pooling.microscope(layer, image, links, RGB)
    yield _pooling_of_features()
    beyond = torch.tensor([[-1, -1], [0, 1]])  # a window with nothing but padding in it
    yield PoolMicroscope("output", _numbers(1), Links("output", "input", beyond, beyond))


def _pooling_of_features() -> PoolMicroscope:
    """Of what a layer made, with numbers on both sides of ReLU's zero."""
    weight = torch.arange(-5.5, 6).reshape(1, 3, 2, 2) / 7
    links = conv.links(nn.Conv2d(3, 1, 2), SIZE)
    sums = SumMicroscope("features", _numbers(3), weight, 0.3, links, relu=True)
    features = (nn.functional.conv2d(_numbers(3), weight) + 0.3).relu()
    layer = nn.AvgPool2d(2)
    size = (features.shape[2], features.shape[3])
    seen = pooling.microscope(layer, features, pooling.links(layer, size))
    return replace(seen, made=lambda: (sums,))


def _scores() -> Iterator[ScoreMicroscope]:
    rows, columns = (torch.tensor([[-1, 0, 1]] * n) for n in SIZE)
    alone, spans = torch.tensor([[3]] * SIZE[0]), torch.tensor([[2, 4, 1]] * SIZE[1])
    for classes in (1, 6, 7, 9):
        scores = 600 * _numbers(classes)[0]
        yield ScoreMicroscope("output", scores, ("sky", "sea"))
        yield ScoreMicroscope("output", scores / 1200, (), Links("output", "input", rows, columns))
    one = Links("output", "input", alone, columns)
    yield ScoreMicroscope("output", torch.zeros(3, *SIZE), (), one)
    yield ScoreMicroscope("output", scores / 400, (), replace(one, rows=spans, spans=True))

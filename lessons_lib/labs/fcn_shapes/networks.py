"""The two networks of the lesson, layer by layer: what torch makes of a size, and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import torch
from torch import nn

from lessons_lib.geometry import AxisLayer
from lessons_lib.kit.layers import conv, pooling, transposed
from lessons_lib.kit.layers.stack import axis_layer
from lessons_lib.kit.result import Cost
from lessons_lib.kit.terms import Line, Term
from lessons_lib.segmentation.network import FCN, small_fcn
from lessons_lib.segmentation.resnet import resnet18_fcn

LARGE, SMALL = "resnet18", "small"
NAMES = {LARGE: "ResNet-18 FCN", SMALL: "the small network"}
_BUILD: dict[str, Callable[[], FCN]] = {LARGE: resnet18_fcn, SMALL: small_fcn}
# What looks at each number for itself leaves every shape as it is, and on the meta device torch
# takes longer for it than for a convolution.
_EACH_FOR_ITSELF = (nn.BatchNorm2d, nn.ReLU)

NUMBER = 0.01  # of every weight of a network that is only timed

Shape = tuple[int, int, int]  # channels, height, width


@dataclass(frozen=True, eq=False)
class Stage:
    """A layer of the network, or several that give one size, as it is drawn.

    Attributes:
        name: as torchvision calls it, or in its manner.
        words: what it is.
        layers: what is applied; on the meta device: without numbers.
        resizes: what its first layer does along one axis, which all others leave as it is.
    """

    name: str
    words: str
    layers: nn.Sequential
    resizes: AxisLayer


class NoOutputError(ValueError):
    """torch refused a stage.

    Attributes:
        stage: its place in `stages_of`.
        shapes: of the picture and of what the stages before it gave.
    """

    def __init__(self, message: str, stage: int, shapes: tuple[Shape, ...]) -> None:
        super().__init__(message)
        self.stage = stage
        self.shapes = shapes


@cache
def timed_network(name: str) -> FCN:
    """Build a network to be timed: all its layers, with one number for every weight.

    To draw millions of random weights takes seconds, and the time of a pass does not hang on them.
    """
    with torch.inference_mode(False), torch.no_grad():
        network = _without_numbers(name).to_empty(device="cpu")
        for values in (*network.parameters(), *network.buffers()):
            values.fill_(NUMBER)
    return network


def _without_numbers(name: str) -> FCN:
    """Build a network of which only the shapes are there: it takes no memory and no time."""
    with torch.inference_mode(False), torch.device("meta"):
        return _BUILD[name]().eval()


@cache
def _shaped_network(name: str) -> FCN:
    return _without_numbers(name)


@cache
def stages_of(name: str) -> tuple[Stage, ...]:
    """Give the layers of a network in their order.

    Args:
        name: a key of `NAMES`.
    """
    network = _shaped_network(name)
    groups = _grouped(network.body)
    found = [_stage(kind, first, layers) for kind, first, layers in _numbered(groups)]
    return (
        *found,
        Stage("score", "convolution 1 × 1", nn.Sequential(network.score), AxisLayer(1)),
        _enlarging(network.enlarge),
    )


def _grouped(body: nn.Sequential) -> Iterator[tuple[str, list[nn.Module]]]:
    """Give the layers of a body and their kinds; convolutions that follow each other are one."""
    open_group: list[nn.Module] = []
    for layer in body:
        if isinstance(layer, _EACH_FOR_ITSELF):
            continue
        if isinstance(layer, nn.Conv2d):
            open_group.append(layer)
            continue
        if open_group:
            yield "conv", open_group
            open_group = []
        yield ("maxpool" if isinstance(layer, nn.MaxPool2d) else "layer"), [layer]
    if open_group:
        yield "conv", open_group


def _numbered(
    groups: Iterable[tuple[str, list[nn.Module]]],
) -> Iterator[tuple[str, str, list[nn.Module]]]:
    """Name them: conv1, maxpool1, conv2–5; each kind has its own numbers, a single pooling none."""
    found = list(groups)
    poolings = sum(kind == "maxpool" for kind, _ in found)
    counts: dict[str, int] = {}
    for kind, layers in found:
        first = counts.get(kind, 0) + 1
        last = counts[kind] = first + len(layers) - 1
        number = f"{first}–{last}" if last > first else str(first)
        yield kind, kind if kind == "maxpool" and poolings == 1 else f"{kind}{number}", layers


def _stage(kind: str, name: str, layers: Sequence[nn.Module]) -> Stage:
    convolutions = [each for layer in layers for each in _main_way(layer)]
    first = axis_layer(convolutions[0], 0)
    if first is None:
        raise TypeError(f"{name} does not begin with a layer that has a window")
    words = _words(kind, first, len(convolutions))
    return Stage(name, words, nn.Sequential(*map(_bare, layers)), first)


def _main_way(layer: nn.Module) -> list[nn.Module]:
    """Give the layers that a size goes through: of a residual block those that are not skipped."""
    if isinstance(layer, nn.Sequential):
        return [each for block in layer for each in _main_way(block)]
    if isinstance(layer, nn.Conv2d | nn.MaxPool2d):
        return [layer]
    return [each for name, each in layer.named_children() if name in ("conv1", "conv2")]


def _bare(layer: nn.Module) -> nn.Module:
    """Leave out, within a layer, what changes each number for itself."""
    for name, child in layer.named_children():
        setattr(layer, name, nn.Identity() if isinstance(child, _EACH_FOR_ITSELF) else _bare(child))
    return layer


def _words(kind: str, layer: AxisLayer, count: int) -> str:
    k, s, p = layer.kernel_size, layer.stride, layer.padding
    window = f"{k} × {k}"
    padding = f", padding {p}" if p else ""
    if kind == "maxpool":
        return f"the largest of {window}, stride {s}{padding}"
    if count == 1:
        return f"convolution {window}, stride {s}{padding}"
    first = f", the first with stride {s}" if s > 1 else ""
    return f"{count} convolutions {window}{padding}{first}"


def _enlarging(layer: nn.ConvTranspose2d) -> Stage:
    resizes = axis_layer(layer, 0)
    assert resizes is not None
    k, s, p = resizes.kernel_size, resizes.stride, resizes.padding
    words = f"transposed convolution {k} × {k}, stride {s}, padding {p}"
    return Stage("enlarge", words, nn.Sequential(layer), resizes)


@lru_cache(maxsize=256)
def shapes_of(name: str, size: tuple[int, int]) -> tuple[Shape, ...]:
    """Let torch say what every layer of a network gives, without computing a number.

    Args:
        name: a key of `NAMES`.
        size: (height, width) of the picture.

    Returns:
        of the picture and of each stage, in their order.

    Raises:
        NoOutputError: torch refuses one of them.
    """
    values = torch.empty(1, 3, *size, device="meta")
    found = [_shape(values)]
    for number, stage in enumerate(stages_of(name)):
        try:
            with torch.inference_mode():
                values = stage.layers(values)
        except RuntimeError as error:
            raise NoOutputError(str(error), number, tuple(found)) from error
        found.append(_shape(values))
    return tuple(found)


def _shape(values: torch.Tensor) -> Shape:
    _, channels, height, width = values.shape
    return channels, height, width


def cost_of(name: str, shapes: Sequence[Shape]) -> Cost:
    """Count a network's weights, and what it does on a picture, without doing it.

    The shapes are enough for that: `lessons_lib.kit.layers.network.cost` finds the same by a pass.

    Args:
        name: a key of `NAMES`.
        shapes: from `shapes_of`.

    Returns:
        the weights and shifts of normalizing layers count among the weights and the biases; their
        multiplications do not: for use they go into the convolution before them.
    """
    multiply_adds = comparisons = 0
    for stage, before, after in zip(stages_of(name), shapes, shapes[1:], strict=False):
        for layer in stage.layers.modules():
            if isinstance(layer, nn.Conv2d):  # a weight works once for each output place
                multiply_adds += layer.weight.numel() * after[1] * after[2]
            elif isinstance(layer, nn.ConvTranspose2d):  # and here once for each input place
                multiply_adds += layer.weight.numel() * before[1] * before[2]
            elif isinstance(layer, nn.MaxPool2d):
                comparisons += pooling.cost(layer, before[1:], before[0]).comparisons
    weights, biases = _learned(name)
    return Cost(weights, biases, multiply_adds, comparisons)


@cache
def _learned(name: str) -> tuple[int, int]:
    network = _without_numbers(name)
    counts = {True: 0, False: 0}
    for parameter, values in network.named_parameters():
        counts[parameter.endswith("bias")] += values.numel()
    return counts[False], counts[True]


def line_of(name: str) -> Line:
    """Write the line that makes a network: its body, and torch's own two layers after it."""
    network = _shaped_network(name)
    body = "*list(resnet18().children())[:-2]" if name == LARGE else "*small_fcn().body"
    ends = (conv.line(network.score), transposed.line(network.enlarge))
    return (
        Term(f"nn.Sequential({body}"),
        *(t for end in ends for t in (Term(", "), *end)),
        Term(")"),
    )

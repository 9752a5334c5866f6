"""Layers one after the other, seen as one: what each output of the last can see of the input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from torch import Tensor, nn

from lessons_lib.geometry import AxisLayer, receptive_spans
from lessons_lib.geometry.arguments import to_tuple
from lessons_lib.kit.links import Links

# What looks at each pixel for itself leaves the receptive field as it is.
_PIXEL_BY_PIXEL = (nn.ReLU, nn.BatchNorm2d, nn.Identity, nn.Dropout, nn.Dropout2d)


def receptive_links(
    layers: Iterable[nn.Module], size: tuple[int, int], output: str, source: str = "input"
) -> Links:
    """Link each pixel of a network's output with the pixels of the picture that it can see.

    Args:
        layers: from the picture to the output: `nn.Conv2d`, `nn.ConvTranspose2d`, `nn.MaxPool2d`,
            `nn.AvgPool2d`, layers that change each pixel for itself, and `nn.Sequential` of these.
        size: (height, width) of the picture.
        output: name of the pane that shows the output.
        source: name of the pane that shows the picture.

    Returns:
        links of spans: three numbers per row and per column, however large the field is.

    Raises:
        TypeError: a layer is of another kind.
        ValueError: a layer has no output.

    Example:
        >>> links = receptive_links([nn.Conv2d(1, 1, 3, padding=1), nn.MaxPool2d(2)], (6, 8), "out")
        >>> links.rows.tolist()
        [[0, 2, 1], [1, 4, 0], [3, 5, 1]]
    """
    flat = list(_leaves(layers))
    rows, columns = (
        _spans(tuple(layer for layer in (axis_layer(each, axis) for each in flat) if layer), n)
        for axis, n in enumerate(size)
    )
    return Links(output, source, rows, columns, spans=True)


@lru_cache(maxsize=32)
def _spans(layers: tuple[AxisLayer, ...], size: int) -> Tensor:
    return receptive_spans(layers, size)


def _leaves(layers: Iterable[nn.Module]) -> Iterator[nn.Module]:
    for layer in layers:
        if isinstance(layer, nn.Sequential):
            yield from _leaves(layer)
        else:
            yield layer


def axis_layer(layer: nn.Module, axis: int) -> AxisLayer | None:
    """Say what a layer does along one axis.

    Args:
        layer: of a kind that `receptive_links` takes.
        axis: 0 for the rows, 1 for the columns.

    Returns:
        None for a layer that changes each pixel for itself.

    Raises:
        TypeError: it is of another kind.
        ValueError: it rounds its size up, or pads by a word.

    Example:
        >>> axis_layer(nn.Conv2d(3, 8, (3, 5), stride=2), 1) == AxisLayer(kernel_size=5, stride=2)
        True
    """
    if isinstance(layer, _PIXEL_BY_PIXEL):
        return None
    if not isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.MaxPool2d | nn.AvgPool2d):
        raise TypeError(f"a receptive field through {type(layer).__name__} is not known")
    if getattr(layer, "ceil_mode", False) or isinstance(layer.padding, str):
        raise ValueError(f"{layer}: give the padding as a number, and ceil_mode=False")
    names = ("kernel_size", "stride", "padding", "dilation", "output_padding")
    k, s, p, d, extra = (
        _pair(getattr(layer, name, int(name == "dilation")))[axis] for name in names
    )
    return AxisLayer(k, s, p, d, isinstance(layer, nn.ConvTranspose2d), extra)


def _pair(value: int | tuple[int, ...]) -> tuple[int, ...]:
    return to_tuple(value, 2, "size", 0)

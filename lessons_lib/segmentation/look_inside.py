"""A look inside a network: from one number of a feature map back to the picture.

Forward, a layer of a network loses what cannot be got back: ReLU cuts off what is negative, a max
pooling keeps one number of a window. Zeiler and Fergus (2013) go back all the same, layer by layer,
with what is at hand: a maximum is put where it was found, ReLU keeps what is positive, and the
transposed convolution stamps the same weights. What arrives is a picture of what has moved that one
number. Almost the same steps make the gradient, as autograd goes back: the two differ at ReLU only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lessons_lib.geometry import AxisLayer, output_padding_for, receptive_steps
from lessons_lib.geometry.arguments import LOWEST, to_tuple, to_whole
from lessons_lib.tensors import FLOATING, PLANE, REAL, check_tensor, layouts

# What ReLU does on the way back.
Way = Literal["deconvnet", "gradient", "guided", "none"]
WAYS: tuple[Way, ...] = get_args(Way)
BATCH = 10  # pictures at once: the maps of many would fill the memory
Place = tuple[int, int]  # (row, column)


@dataclass(frozen=True, eq=False)
class Step:
    """What a layer leaves behind on the way forward.

    Attributes:
        layer: Conv2d, ReLU or MaxPool2d.
        given: what it was given, (N, C, H, W).
        places: of a pooling: where in its channel, counted row after row, each maximum was found.
    """

    layer: nn.Module
    given: Tensor
    places: Tensor | None = None


# ------------------------------------------------------------------------------------- there


def convolutions(body: nn.Sequential) -> list[int]:
    """Say where in a network its feature maps are: behind each convolution and its ReLU.

    Args:
        body: of Conv2d, ReLU and MaxPool2d.

    Returns:
        for each convolution the index of the layer to stop at.

    Example:
        >>> convolutions(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 4, 3)))
        [1, 2]
    """
    layers = list(body)
    return [
        index + 1 if isinstance(after, nn.ReLU) else index
        for index, (layer, after) in enumerate(zip(layers, [*layers[1:], None], strict=True))
        if isinstance(layer, nn.Conv2d)
    ]


def feature_maps(body: nn.Sequential, images: Tensor, layer: int) -> Tensor:
    """Give what one layer of a network makes of pictures.

    Args:
        body: of Conv2d, ReLU and MaxPool2d.
        images: (N, 3, H, W).
        layer: the index of the last layer that is run, from 0 on.

    Returns:
        (N, maps, h, w).

    Raises:
        IndexError: the network has no such layer.
        ValueError: another kind of layer, or a picture that is too small.

    Example:
        >>> body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())
        >>> feature_maps(body, torch.ones(1, 3, 5, 6), 1).shape
        torch.Size([1, 8, 3, 4])
    """
    return _way_there(body, images, layer)[0]


def all_feature_maps(body: nn.Sequential, images: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Give the maps behind each convolution and its ReLU, in one pass.

    Args:
        body: of Conv2d, ReLU and MaxPool2d.
        images: (N, 3, H, W).

    Returns:
        pairs of the layer's index, as `convolutions` gives it, and (N, maps, h, w).
    """
    first, maps = 0, images
    for layer in convolutions(body):
        maps = feature_maps(nn.Sequential(*list(body)[first : layer + 1]), maps, layer - first)
        first = layer + 1
        yield layer, maps


def _way_there(body: nn.Sequential, images: Tensor, layer: int) -> tuple[Tensor, list[Step]]:
    """Run the layers one by one, and write down what the way back needs."""
    check_tensor(images, "images", [layouts(2)[0]], FLOATING)
    steps: list[Step] = []
    signal = images
    for index, each in enumerate(_layers(body, layer)):
        try:
            output, places = _run(each, signal)
        except RuntimeError as error:
            size = " x ".join(str(n) for n in signal.shape[1:])
            raise ValueError(
                f"`images` {tuple(images.shape)} do not go through {type(each).__name__} at "
                f"{index}, which is given {size}: {error}"
            ) from error
        steps.append(Step(each, signal, places))
        signal = output
    return signal, steps


def _run(layer: nn.Module, given: Tensor) -> tuple[Tensor, Tensor | None]:
    if isinstance(layer, nn.MaxPool2d):
        window = (layer.kernel_size, layer.stride, layer.padding, layer.dilation, layer.ceil_mode)
        largest, places = F.max_pool2d(given, *window, return_indices=True)
        return largest, places
    # not the ReLU itself, which may write into what it is given
    return (F.relu(given) if isinstance(layer, nn.ReLU) else layer(given)), None


def _layers(body: nn.Sequential, layer: int) -> list[nn.Module]:
    if not 0 <= to_whole(layer, "layer") < len(body):
        raise IndexError(f"`layer` (={layer}) must be from 0 to {len(body) - 1} in this network.")
    layers = list(body)[: layer + 1]
    for index, each in enumerate(layers):
        if not isinstance(each, nn.Conv2d | nn.ReLU | nn.MaxPool2d):
            raise ValueError(
                f"`body` has a {type(each).__name__} at {index}, but the way back is known "
                "through Conv2d, ReLU and MaxPool2d only: choose a layer before it, or a network "
                "without one."
            )
        if isinstance(each, nn.Conv2d) and isinstance(each.padding, str):
            raise ValueError(
                f"`body` has padding={each.padding!r} at {index}: give the padding as a number."
            )
        if isinstance(each, nn.Conv2d) and each.padding_mode != "zeros":
            raise ValueError(
                f"`body` has padding_mode={each.padding_mode!r} at {index}, but the transposed "
                "convolution undoes a padding with zeros only."
            )
    return layers


def strongest_place(feature_map: Tensor) -> Place:
    """Find where a map is largest; of equal places it is the first, row after row.

    Args:
        feature_map: (H, W), whole or floating point.

    Returns:
        (row, column).

    Raises:
        TypeError, ValueError: it is no such map.

    Example:
        >>> strongest_place(torch.tensor([[1.0, 2.0, 0.0], [0.0, 5.0, 5.0]]))
        (1, 1)
    """
    check_tensor(feature_map, "feature_map", PLANE, REAL)
    row, column = divmod(int(feature_map.argmax()), feature_map.shape[-1])
    return row, column


# -------------------------------------------------------------------------------------- back


def way_back(
    body: nn.Sequential,
    image: Tensor,
    layer: int,
    channel: int,
    place: Place,
    relu: Way = "deconvnet",
) -> Tensor:
    """Go from one number of a feature map back to the picture, through the same layers.

    The way begins with 1 at the place, and 0 elsewhere. Zeiler and Fergus begin with the number
    itself: all that comes back is then so many times larger.

    Args:
        body: of Conv2d, ReLU and MaxPool2d.
        image: (1, 3, H, W), of the dtype of the weights.
        layer: the index of the layer whose map it is, from 0 on.
        channel: the number of the map.
        place: (row, column) in it.
        relu: what ReLU does on the way back. "deconvnet": it keeps what comes back and is positive
            (Zeiler and Fergus, 2013); "gradient": it lets pass where it let pass on the way there;
            "guided": both (Springenberg and others, 2014); "none": nothing, all is let through.

    Returns:
        (1, 3, H, W). With "gradient" it is the gradient, as autograd gives it.

    Raises:
        IndexError: no such layer, map or place.
        ValueError: another kind of layer, or no such way.

    Example:
        >>> body = nn.Sequential(nn.MaxPool2d(2))
        >>> image = torch.tensor([[[[1.0, 5.0, 2.0, 0.0], [4.0, 3.0, 9.0, 7.0]]]])
        >>> way_back(body, image, 0, 0, (0, 1)).tolist()
        [[[[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]]]
    """
    return ways_back(body, image, layer, channel, place, (relu,))[relu]


def ways_back(
    body: nn.Sequential,
    image: Tensor,
    layer: int,
    channel: int,
    place: Place,
    relus: Sequence[Way] = WAYS,
) -> dict[Way, Tensor]:
    """Go back in several ways after going there once; arguments and results as in `way_back`."""
    for relu in relus:
        if relu not in WAYS:
            raise ValueError(f"`relu` (={relu!r}) must be one of {', '.join(map(repr, WAYS))}.")
    maps, steps = _way_there(body, image, layer)
    _check_place(maps, channel, place)
    start = torch.zeros_like(maps)
    start[0, channel, place[0], place[1]] = 1
    return {relu: _way_back(steps, start, relu) for relu in relus}


def _way_back(steps: list[Step], back: Tensor, relu: Way) -> Tensor:
    for step in reversed(steps):
        if isinstance(step.layer, nn.Conv2d):
            back = _through_convolution(step.layer, back, step.given)
        elif step.places is not None:
            back = _to_the_maxima(back, step.places, step.given)
        else:
            back = _RELU[relu](back, step.given)
    return back


# What ReLU does with what comes back, knowing what it was given on the way there.
_RELU: dict[Way, Callable[[Tensor, Tensor], Tensor]] = {
    "deconvnet": lambda back, given: F.relu(back),
    "gradient": lambda back, given: back * (given > 0),
    "guided": lambda back, given: F.relu(back) * (given > 0),
    "none": lambda back, given: back,
}


def _through_convolution(layer: nn.Conv2d, back: Tensor, given: Tensor) -> Tensor:
    """Stamp the same weights: every number becomes a kernel. The size is that which was given."""
    padding: Any = layer.padding  # a word has been refused
    window = (layer.kernel_size, layer.stride, padding, layer.dilation)
    extra: Any = output_padding_for(tuple(given.shape[2:]), tuple(back.shape[2:]), *window)
    settings = (layer.stride, padding, extra, layer.groups, layer.dilation)
    return F.conv_transpose2d(back, layer.weight, None, *settings)


def _to_the_maxima(back: Tensor, places: Tensor, given: Tensor) -> Tensor:
    """Put every number where its maximum was found, as `max_unpool2d` does.

    Where windows overlap, one pixel may be the maximum of two: then it gets both numbers.
    """
    flat = torch.zeros_like(given).flatten(2)
    flat.scatter_add_(2, places.flatten(2), back.flatten(2))
    return flat.view_as(given)


def _check_place(maps: Tensor, channel: int, place: Place) -> None:
    to_tuple(place, 2, "place", LOWEST)
    for name, value, end in zip(
        ("channel", "place[0]", "place[1]"), (channel, *place), maps.shape[1:], strict=True
    ):
        if not 0 <= to_whole(value, name) < end:
            raise IndexError(f"`{name}` (={value}) must be from 0 to {end - 1} here.")


# ------------------------------------------------------------------------------- what it sees


def receptive_window(body: nn.Sequential, layer: int, place: Place) -> tuple[int, int, int, int]:
    """Say which part of the picture one number of a feature map can see.

    Args:
        body: of Conv2d, ReLU and MaxPool2d.
        layer: the index of the layer, from 0 on.
        place: (row, column) in its map.

    Returns:
        (top, left, height, width) in pixels; it may reach beyond the picture, into the padding.

    Example:
        >>> body = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        >>> receptive_window(body, 2, (0, 3))
        (-1, 5, 4, 4)
    """
    (top, down, height), (left, across, width) = spans(body, layer)
    return top + place[0] * down, left + place[1] * across, height, width


def spans(body: nn.Sequential, layer: int) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Give start, step and field of a layer's numbers down and across; see `receptive_steps`."""
    layers = [each for each in _layers(body, layer) if not isinstance(each, nn.ReLU)]
    down, across = (receptive_steps([_along(each, axis) for each in layers]) for axis in (0, 1))
    return down, across


def _along(layer: nn.Module, axis: int) -> AxisLayer:
    numbers = (getattr(layer, name) for name in ("kernel_size", "stride", "padding", "dilation"))
    k, s, p, d = (to_tuple(each, 2, "padding", 0)[axis] for each in numbers)
    return AxisLayer(k, s, p, d)


def seen_part(
    body: nn.Sequential, layer: int, place: Place, size: tuple[int, int]
) -> tuple[tuple[int, int, int, int], Place]:
    """Say which part of a picture is enough for the way back from a place.

    It begins at a whole number of steps, so that every pooling meets the same pixels together. The
    place must see some of the picture, and not padding alone.

    Args:
        body: of Conv2d, ReLU and MaxPool2d.
        layer: the index of the layer, from 0 on.
        place: (row, column) in its map.
        size: (height, width) of the picture.

    Returns:
        (top, left, height, width), all within the picture; and the place in the map of this part.

    Example:
        >>> body = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        >>> seen_part(body, 2, (5, 0), (96, 128))
        ((8, 0, 5, 3), (1, 0))
    """
    begins, lengths, within = [], [], []
    for (start, step, field), i, n in zip(spans(body, layer), place, size, strict=True):
        first = start + i * step
        skipped = max(0, first) // step
        begins.append(skipped * step)
        lengths.append(min(n, first + field) - skipped * step)
        within.append(i - skipped)
    return (begins[0], begins[1], lengths[0], lengths[1]), (within[0], within[1])

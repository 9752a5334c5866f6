"""Pooling on the photo: of every window one number is kept, and what that leaves of the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from lessons_lib.images import Picture, load_picture
from lessons_lib.kit import photo
from lessons_lib.kit.controls import (
    Choice,
    PictureChoice,
    Presets,
    Seed,
    Slider,
    Toggle,
    preset_maker,
)
from lessons_lib.kit.layers import conv, pooling
from lessons_lib.kit.layers.described import Described
from lessons_lib.kit.links import Links
from lessons_lib.kit.look import Look
from lessons_lib.kit.microscope import Made
from lessons_lib.kit.result import Cost, LabDefinition, Pane, Result
from lessons_lib.kit.terms import Line, Term
from lessons_lib.kit.vocabulary import Role
from lessons_lib.visualization.numbers import fixed_text, percent_text, size_text
from lessons_lib.visualization.pixels import as_bytes

BEFORE = (("the photo", "photo"), ("conv, ReLU", "conv_relu"))


@dataclass(frozen=True)
class PoolingParams(photo.PictureParams):
    """The lesson starts with windows of 2 x 2, side by side."""

    before: str = "photo"
    kind: str = "max"
    seed: int = 3
    kernel: str = "sobel_x"  # of the random one with seed 3 ReLU leaves little to be seen
    kernel_size: int = 2
    own_stride: bool = False
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    ceil_mode: bool = False
    count_include_pad: bool = True
    own_width: bool = False
    kernel_width: int = 2
    own_stride_width: bool = False
    stride_width: int = 1


def layer_of(params: PoolingParams) -> nn.MaxPool2d | nn.AvgPool2d:
    """Build the pooling.

    Args:
        params: without a stride of its own, an axis jumps by its kernel.

    Returns:
        MaxPool2d or AvgPool2d.
    """
    size = (params.kernel_size, params.kernel_width if params.own_width else params.kernel_size)
    down = params.stride if params.own_stride else size[0]
    across = params.stride if params.own_stride else size[1]
    stride = (down, params.stride_width if params.own_stride_width else across)
    return pooling.of_kind(
        params.kind,
        size,
        stride,
        params.padding,
        params.dilation,
        params.ceil_mode,
        params.count_include_pad,
    )


def _convolution(params: PoolingParams) -> nn.Conv2d:
    return photo.photo_layer(photo.PhotoParams(params.picture, params.seed, params.kernel))


@lru_cache(maxsize=4)
def _features(picture: Picture, seed: int, kernel: str) -> Tensor:
    """Give what convolution and ReLU make of a photo, (1, 1, H, W), worked out once."""
    layer = _convolution(PoolingParams(picture, seed=seed, kernel=kernel))
    return conv.run(layer, photo.fast_image(picture)).relu()


@lru_cache(maxsize=4)
def _features_made(picture: Picture, seed: int, kernel: str) -> Made:
    """Say what the features are sums of: the same function every time, as they are the same."""
    layer = _convolution(PoolingParams(picture, seed=seed, kernel=kernel))
    image = photo.fast_image(picture)
    links = conv.links(layer, (image.shape[-2], image.shape[-1]))
    return lambda: (conv.microscope(layer, image, links, relu=True, labels=photo.RGB),)


@lru_cache(maxsize=4)
def _feature_map(picture: Picture, seed: int, kernel: str) -> Tensor:
    """Give the same, (H, W): the same tensor every time tells the stage that it has not changed."""
    return _features(picture, seed, kernel)[0, 0]


@lru_cache(maxsize=1)  # a preview is followed by the exact pictures
@torch.inference_mode()
def compute(params: PoolingParams) -> Result:
    """Pool the photo, channel by channel, or a feature map that was made of it.

    Args:
        params: kernel_size and stride 1..16, padding 0..8, dilation 1..8.

    Returns:
        Panes input, output and unpooled, the last one of the input's size, three channels each;
        where convolution and ReLU come first, features takes the input's place, one channel each.

    Raises:
        IllegalSettingError: torch refuses the setting.
    """
    layer = layer_of(params)
    is_photo = params.before == "photo"
    image = (
        params.picture.image if is_photo else _features(params.picture, params.seed, params.kernel)
    )
    size = (image.shape[-2], image.shape[-1])
    output, places = pooling.run(layer, image, pooling.NAMED)
    shown = as_bytes(output[0]).unsqueeze(0) if is_photo else output
    # what is only moved can be moved as bytes, a quarter of the numbers
    back = pooling.unpooled(layer, output if places is None else shown, places, size)
    seen = pooling.described(
        layer,
        image,
        output=output,
        labels=photo.RGB if is_photo else (),
    )
    panes = _photos if is_photo else _maps
    result = seen.result(
        panes=panes(params, image, shown, back),
        sentence=_sentence(params, seen, image, places, back),
        links=(
            replace(seen.links, source="input" if is_photo else "features"),
            *_spread_links(seen.links, size, places),
        ),
    )
    return result if is_photo else _after_convolution(params, result, seen, image, layer)


def _spread_links(links: Links, size: tuple[int, int], places: Tensor | None) -> tuple[Links, ...]:
    """Say which means each pixel of the spread picture comes from; a maximum has one place only."""
    if places is not None:
        return ()
    rows, columns = (
        pooling.readers(table, n)
        for table, n in zip((links.rows, links.columns), size, strict=True)
    )
    return (Links("unpooled", "output", rows, columns, transposed=True),)


def _after_convolution(
    params: PoolingParams,
    result: Result,
    seen: Described,
    image: Tensor,
    layer: nn.MaxPool2d | nn.AvgPool2d,
) -> Result:
    """Put convolution and ReLU before the pooling: in the line, the cost and what is timed."""
    first = _convolution(params)
    size = tuple(params.picture.image.shape[2:])
    all_layers = nn.Sequential(first, nn.ReLU(), layer)
    relu = Cost(0, 0, 0, comparisons=image.numel())
    line: Line = (
        Term("nn.Sequential("),
        *conv.line(first),
        Term(", "),
        Term("nn.ReLU()"),
        Term(", "),
        *seen.code,
        Term(")"),
    )
    return replace(
        result,
        code=line,
        cost=conv.cost(first, size) + relu + seen.cost,
        microscopes=(
            replace(
                pooling.microscope(layer, image, seen.links),
                made=_features_made(params.picture, params.seed, params.kernel),
            ),
        ),
        layer=lambda: all_layers(photo.fast_image(params.picture)),
    )


# ------------------------------------------------------------------------------------------- panes


def _titles(params: PoolingParams) -> tuple[str, str, str]:
    output = "max pool" if params.kind == "max" else "average pool"
    back = "put back" if params.kind == "max" else "spread back"
    if params.before == "photo":
        return "input", output, back
    return "conv, ReLU", f"then {output}", back


def _photos(params: PoolingParams, image: Tensor, output: Tensor, back: Tensor) -> tuple[Pane, ...]:
    _, title, again = _titles(params)
    return (
        photo.photo_pane(params.picture),
        _photo("output", title, "output", output, keepable=True),
        _photo("unpooled", again, "", back, note=_note(params)),
    )


def _photo(
    name: str, title: str, role: Role, image: Tensor, *, note: str = "", keepable: bool = False
) -> Pane:
    values = image[0]
    return Pane(
        name, title, role, values, "photo", tuple(values.shape), note=note, keepable=keepable
    )


def _maps(params: PoolingParams, image: Tensor, output: Tensor, back: Tensor) -> tuple[Pane, ...]:
    before, after, again = _titles(params)
    colours = (0.0, max(1e-6, float(image.max())))
    features = _feature_map(params.picture, params.seed, params.kernel)

    def pane(name: str, title: str, role: Role, values: Tensor, **more: Any) -> Pane:
        given = {"role": role, "table": "grey", "keepable": False, **more}
        return photo.signed_pane(values, colours, name, title, **given)

    return (
        replace(pane("features", before, "input", image), values=features),
        pane("output", after, "output", output, keepable=True),
        pane("unpooled", again, "", back, note=_note(params)),
    )


def _note(params: PoolingParams) -> str:
    if params.kind == "max":
        return "0 where nothing was kept"
    layer = layer_of(params)
    axes = zip(_pair(layer.stride), _pair(layer.kernel_size), strict=True)
    overlap = any(step < cells for step, cells in axes)
    return "where windows overlap, their mean" if overlap else "each mean over its window"


def _pair(value: int | tuple[int, ...]) -> tuple[int, ...]:
    return (value, value) if isinstance(value, int) else value


# ---------------------------------------------------------------------------------------- sentence


def _sentence(
    params: PoolingParams, seen: Described, image: Tensor, places: Tensor | None, back: Tensor
) -> str:
    channels = image.shape[1]
    kept = channels * seen.size[0] * seen.size[1] / image.numel()
    what = "largest number" if params.kind == "max" else "mean"
    each = f"Of each of {size_text(seen.size)} windows the {what} is kept"
    many = f"{percent_text(kept)} as many numbers as before"
    return f"{each}: {many}. {_came_back(params, image, places, back)}{_edge(params, seen, image)}"


def _came_back(params: PoolingParams, image: Tensor, places: Tensor | None, back: Tensor) -> str:
    if places is None:
        missed = fixed_text(float((back - image).abs().mean()), 3)
        return f"Spread back over the windows, they miss the input by {missed} on average."
    count = pooling.count_found(layer_of(params), places, tuple(image.shape[2:]))
    share = count / image.numel()
    shared = count < int((places >= 0).sum())
    more = " Windows that overlap often share their largest number." if shared else ""
    found = f"{percent_text(share)} of the input is there again"
    return f"Put back where they were found, {found}.{more}"


def _edge(params: PoolingParams, seen: Described, image: Tensor) -> str:
    """Say what ceil_mode does here."""
    if not params.ceil_mode:
        return ""
    try:
        floor = pooling.output_size(
            layer_of(replace(params, ceil_mode=False)), tuple(image.shape[2:])
        )
    except ValueError:
        return " Without ceil_mode there would be no window at all."
    more = [a - b for a, b in zip(seen.size, floor, strict=True)]
    added = [word for word, n in zip(("row", "column"), more, strict=True) if n]
    if not added:
        return " ceil_mode changes nothing here."
    return f" ceil_mode adds the last {' and the last '.join(added)} of windows."


_preset = preset_maker(
    kernel_size=2,
    own_stride=False,
    stride=1,
    padding=0,
    dilation=1,
    ceil_mode=False,
    count_include_pad=True,
    own_width=False,
    own_stride_width=False,
)

LAB = LabDefinition(
    name="pooling",
    title="Pooling",
    params=PoolingParams,
    compute=compute,
    preview=photo.coarse_preview(compute, "input", "features"),
    look=Look(
        same_scale=("input", "features", "output", "unpooled"), sentence_lines=3, code_lines=2
    ),
    controls=(
        PictureChoice(),
        Choice("before", "pool", BEFORE, "input", in_header=True),
        Seed(shown_with=("before", "conv_relu")),
        Choice(
            "kernel",
            "kernel",
            photo.KERNEL_OPTIONS,
            "kernel",
            in_header=True,
            shown_with=("before", "conv_relu"),
        ),
        Choice("kind", "kind", pooling.KINDS, "output"),
        Slider("kernel_size", "kernel_size", 1, 16, "kernel"),
        Toggle("own_stride", "own stride", "stride"),
        Slider("stride", "stride", 1, 16, "stride", shown_with="own_stride"),
        Slider("padding", "padding", 0, 8, "padding", more=True),
        Slider("dilation", "dilation", 1, 8, "dilation", shown_with=("kind", "max"), more=True),
        Toggle("ceil_mode", "ceil_mode", "output", more=True),
        Toggle(
            "count_include_pad",
            "count_include_pad",
            "padding",
            shown_with=("kind", "average"),
            more=True,
        ),
        Toggle("own_width", "own kernel across", "kernel", more=True),
        Slider("kernel_width", "kernel across", 1, 16, "kernel", shown_with="own_width", more=True),
        Toggle("own_stride_width", "own stride across", "stride", more=True),
        Slider(
            "stride_width",
            "stride across",
            1,
            16,
            "stride",
            shown_with="own_stride_width",
            more=True,
        ),
        Presets(
            "try",
            (
                _preset("2 × 2"),
                _preset("8 × 8", kernel_size=8),
                _preset("3 × 3, stride 2", kernel_size=3, own_stride=True, stride=2),
                _preset("2 × 2, stride 1", own_stride=True, stride=1),
                _preset("zone plate", picture=load_picture("zone plate"), before="photo"),
                _preset(
                    "3 × 3, stride 2, padding 1",
                    kernel_size=3,
                    own_stride=True,
                    stride=2,
                    padding=1,
                ),
                _preset(
                    "3 × 3, stride 2, ceil_mode",
                    kernel_size=3,
                    own_stride=True,
                    stride=2,
                    ceil_mode=True,
                ),
                _preset("padding 2", kernel_size=3, own_stride=True, stride=2, padding=2),
            ),
            "output",
        ),
    ),
)

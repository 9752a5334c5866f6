"""There and back: a convolution of the photo, then a transposed convolution of the same setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from lessons_lib.geometry import output_padding_for
from lessons_lib.kernels import seeded_layer, seeded_transposed_layer
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
from lessons_lib.kit.layers import conv, transposed
from lessons_lib.kit.links import Links
from lessons_lib.kit.look import Look
from lessons_lib.kit.microscope import Microscope
from lessons_lib.kit.result import IllegalSettingError, LabDefinition, Pane, Result
from lessons_lib.kit.terms import Line, Term
from lessons_lib.visualization.numbers import counted, percent_text, signed_text, size_text

NAMED = {name: name for name in ("padding", "dilation", "kernel_size", "output_padding")}
BY_HAND = (("by hand", True), ("the one that returns the size", False))


@dataclass(frozen=True)
class RoundTripParams(photo.PictureParams):
    """The lesson starts with a stride that misses the size by one pixel."""

    seed: int = 3
    kernel_size: int = 3
    stride: int = 2
    padding: int = 0
    dilation: int = 1
    by_hand: bool = True
    output_padding: int = 0
    bias: bool = True


@dataclass(frozen=True, eq=False)
class _Trip:
    """Both layers, what goes through them, and the output_padding that returns the size."""

    layer: nn.Conv2d
    back_layer: nn.ConvTranspose2d
    image: torch.Tensor
    code: torch.Tensor
    cure: tuple[int, ...] | None


def compute(params: RoundTripParams) -> Result:
    """Send the photo through Conv2d(3, 1) and the result through ConvTranspose2d(1, 1).

    Args:
        params: kernel_size, stride, padding and dilation of both layers; output_padding of the
            second, by hand or the one that returns the photo's size; bias of both.

    Returns:
        Panes input (3, H, W), code (1, H_code, W_code) and output (1, H_out, W_out).

    Raises:
        IllegalSettingError: torch refuses one of the layers.
    """
    try:
        return _both_ways(params)
    except IllegalSettingError as error:
        error.nearest = _cure_of_both(params, error)
        raise


def _cure_of_both(params: RoundTripParams, error: IllegalSettingError) -> dict[str, Any]:
    """Go on from the cure of one layer until the other one accepts it too."""
    nearest = dict(error.nearest)
    for _ in NAMED:
        if not nearest:
            break
        try:
            _both_ways(replace(params, **nearest))
            return nearest
        except IllegalSettingError as other:
            nearest = {**nearest, **other.nearest} if other.nearest else {}
    return {}


@torch.inference_mode()
def _both_ways(params: RoundTripParams) -> Result:
    trip = _there(params)
    layer = trip.back_layer
    try:
        output = transposed.run(layer, trip.code, NAMED, quick_transpose(layer))
    except IllegalSettingError as error:
        raise _refusal(error, params, trip) from error
    there = conv.described(trip.layer, trip.image, output=trip.code, labels=photo.RGB)
    back = transposed.described(layer, trip.code, output=output)
    links = _links(there.links, back.links)
    (bare_rows, bare_columns) = (_unreached(table) for table in (links[0].rows, links[0].columns))
    return Result(
        panes=(
            photo.photo_pane(params.picture),
            _code_pane(trip),
            _output_pane(output, layer, bare_rows, bare_columns),
        ),
        sentence=_sentence(trip, back.size, bare_rows, bare_columns),
        formula=(
            *((Term("Conv2d: "), *line) for line in there.formula),
            *((Term("ConvTranspose2d: "), *line) for line in back.formula),
        ),
        code=_code(trip),
        cost=there.cost + back.cost,
        links=links,
        microscopes=_microscopes(trip, links),
        layer=lambda: layer(trip.layer(trip.image)),
    )


def _there(params: RoundTripParams) -> _Trip:
    geometry: dict[str, Any] = {
        "stride": params.stride,
        "padding": params.padding,
        "dilation": params.dilation,
    }
    image = photo.fast_image(params.picture)
    layer = seeded_layer(params.seed, 3, 1, params.kernel_size, **geometry)
    if not params.bias:
        layer.bias = None  # drawn with one: without it the same seed would give other weights
    code = conv.run(layer, image, NAMED)
    sizes = tuple(image.shape[-2:]), tuple(code.shape[-2:])
    cure = output_padding_for(*sizes, params.kernel_size, **geometry)
    extra: Any = (params.output_padding,) * 2 if params.by_hand else (cure or (0, 0))
    back_layer = seeded_transposed_layer(
        params.seed, 1, 1, params.kernel_size, output_padding=extra, **geometry
    )
    if not params.bias:
        back_layer.bias = None
    return _Trip(layer, back_layer, image, code, cure)


def quick_transpose(layer: nn.ConvTranspose2d) -> Callable[[torch.Tensor], torch.Tensor]:
    """Give the quickest way to a transposed layer's output, equal to rounding.

    Where padding crops more than d(k - 1), torch leaves its quick path and takes ten times as
    long. At stride 1 the turned kernel slides over the cropped input instead.

    Args:
        layer: one channel in and out.
    """
    padding: Any = layer.padding
    reach = [d * (k - 1) for d, k in zip(layer.dilation, layer.kernel_size, strict=True)]
    crop = [p - r for p, r in zip(padding, reach, strict=True)]
    if layer.stride != (1, 1) or min(crop) <= 0 or any(layer.output_padding):
        return layer
    turned = layer.weight.flip(2, 3)
    down, across = crop

    def slide(image: torch.Tensor) -> torch.Tensor:
        height, width = image.shape[-2:]
        if height - 2 * down - reach[0] < 1 or width - 2 * across - reach[1] < 1:
            return layer(image)  # nothing is left: torch says so
        middle = image[..., down : height - down, across : width - across]
        return F.conv2d(middle, turned, layer.bias, dilation=layer.dilation, padding=0)

    return slide


def _code(trip: _Trip) -> Line:
    return (
        Term("nn.Sequential("),
        *conv.line(trip.layer),
        Term(", "),
        *transposed.line(trip.back_layer),
        Term(")"),
    )


def _refusal(
    found: IllegalSettingError, params: RoundTripParams, trip: _Trip
) -> IllegalSettingError:
    """Find a cure for both layers of what the second one refused."""
    nearest = found.nearest
    if "padding" in nearest:
        # Less padding would change the code as well. A stride that fits into the picture leaves
        # fewer rows over than there are, and something comes back.
        stride = min(params.stride, *trip.image.shape[-2:])
        most = max(stride, params.dilation) - 1
        nearest = {"stride": stride, "output_padding": min(params.output_padding, most)}
    return IllegalSettingError(found.message, found.explanation, nearest, _code(trip))


def _links(there: Links, back: Links) -> tuple[Links, ...]:
    back = replace(back, source="code", kernel="")
    there = replace(there, output="code", kernel="")
    rows, columns = (
        through(*tables) for tables in ((back.rows, there.rows), (back.columns, there.columns))
    )
    return (back, there, Links("output", "input", rows, columns, transposed=True))


def through(second: torch.Tensor, first: torch.Tensor) -> torch.Tensor:
    """Chain two tables: what each output of the second layer was computed from in the first's.

    Args:
        second: int64 (outputs, taps) -> cell between the layers, -1 = none.
        first: int64 (cells between, taps) -> source, -1 = none.

    Returns:
        int64 (outputs, most sources) -> source, each once and in order, then -1.
    """
    found = first[second.clamp(min=0)].masked_fill((second < 0)[..., None], -1).flatten(1)
    found = found.sort(dim=1, descending=True).values
    again = found[:, 1:] == found[:, :-1]
    found[:, 1:] = found[:, 1:].masked_fill(again, -1)
    most = max(1, int((found >= 0).sum(1).max()))
    # -1 goes to the end, the others come in order
    beyond = torch.where(found < 0, torch.iinfo(found.dtype).max, found).sort(dim=1).values
    return torch.where(beyond == torch.iinfo(found.dtype).max, -1, beyond)[:, :most]


def _unreached(table: torch.Tensor) -> torch.Tensor:
    """Say which rows, or columns, of the output no stamp reaches: bool (outputs,)."""
    return (table < 0).all(1)


def _last(unreached: torch.Tensor) -> int:
    """Count how many there are in a row at the end."""
    return int(unreached.flip(0).int().cummin(0).values.sum())


def _bare(rows: torch.Tensor, columns: torch.Tensor) -> float:
    """Give the share of pixels that no stamp reaches."""
    return 1 - float((~rows).double().mean() * (~columns).double().mean())


def _code_pane(trip: _Trip) -> Pane:
    share = percent_text(trip.code.numel() / trip.image.numel())
    note = f"{share} as many numbers as the photo"
    return photo.signed_pane(trip.code, name="code", title="code", note=note, keepable=False)


def _output_pane(
    output: torch.Tensor, layer: nn.ConvTranspose2d, rows: torch.Tensor, columns: torch.Tensor
) -> Pane:
    value = None if layer.bias is None else float(layer.bias.detach()[0])
    notes = [] if value is None else [f"bias {signed_text(value, 4)}"]
    if rows.any() or columns.any():
        word = "zero" if value is None else "bias alone"
        notes.append(f"{percent_text(_bare(rows, columns))} {word}")
    return photo.signed_pane(output, title="result", note=" · ".join(notes))


def _microscopes(trip: _Trip, links: tuple[Links, ...]) -> tuple[Microscope, ...]:
    back, there, _ = links
    of_code = conv.microscope(trip.layer, trip.image, there, labels=photo.RGB)
    of_output = transposed.microscope(trip.back_layer, trip.code, back)
    return replace(of_output, made=lambda: (of_code,)), of_code


def _sentence(
    trip: _Trip,
    size: tuple[int, ...],
    rows: torch.Tensor,
    columns: torch.Tensor,
) -> str:
    start, code = tuple(trip.image.shape[-2:]), tuple(trip.code.shape[-2:])
    way = f"Sizes: {size_text(start)}, {size_text(code)}, {size_text(size)}"
    if size == start:
        told = f"{way}: the shape comes back, the picture does not."
    elif trip.cure is None:
        told = f"{way}; no output_padding brings {size_text(start)} back."
    else:
        told = f"{way}; output_padding {_per_axis(trip.cure)} brings {size_text(start)} back."
    last = _last(rows), _last(columns)
    if any(last):
        what = "zero" if trip.back_layer.bias is None else "pure bias"
        told += f" The last {_last_words(*last)} {_are(last)} {what}."
    return told


def _last_words(rows: int, columns: int) -> str:
    if rows == columns and rows > 1:
        return f"{rows} rows and columns"
    counts = [(rows, "row"), (columns, "column")]
    return " and ".join(word if n == 1 else counted(n, word) for n, word in counts if n)


def _are(last: tuple[int, int]) -> str:
    return "is" if sum(last) == 1 else "are"


def _per_axis(numbers: tuple[int, ...]) -> str:
    return str(numbers[0]) if len(set(numbers)) == 1 else str(numbers)


_preset = preset_maker(
    kernel_size=3, stride=1, padding=0, dilation=1, by_hand=True, output_padding=0
)

LAB = LabDefinition(
    name="round-trip",
    title="There and back",
    params=RoundTripParams,
    compute=compute,
    look=Look(same_scale=("input", "output"), note_lines=2, pointer_lines=2, code_lines=2),
    controls=(
        PictureChoice(),
        Seed(),
        Slider("kernel_size", "kernel size", 1, 7, "kernel"),
        Slider("stride", "stride", 1, 10, "stride"),
        Slider("padding", "padding", 0, 100, "padding"),
        Slider("dilation", "dilation", 1, 8, "dilation"),
        Choice("by_hand", "output_padding", BY_HAND, "output"),
        Slider("output_padding", "output_padding", 0, 9, "output", shown_with="by_hand"),
        Toggle("bias", "bias", "kernel", more=True),
        Presets(
            "try",
            (
                *(_preset(f"stride {s}", stride=s) for s in (1, 2, 3, 5, 10)),
                _preset("stride 2, size back", stride=2, output_padding=1),
                _preset("stride 10, size back", stride=10, output_padding=9),
                *(_preset(f"padding {p}", padding=p) for p in (1, 5, 50, 100)),
                *(_preset(f"dilation {d}", dilation=d) for d in (2, 4, 8)),
                _preset("refused", stride=2, output_padding=2),
            ),
            "output",
        ),
    ),
)

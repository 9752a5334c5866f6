"""The numbers that a page without a kernel reads, in as few bytes as give them back exactly."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from lessons_lib.kit.links import Links
from lessons_lib.kit.microscope import Made, SumMicroscope
from lessons_lib.widgets.stage.scene_data import links_data

Place = Callable[[bytes, tuple[int, int] | None], int]  # keeps bytes; gives their number
LEVELS = 256  # so many values at most have each a number of one byte


def tensor_data(
    values: Tensor, place: Place, made: Made | None = None, pictures: Sequence[Tensor] = ()
) -> dict[str, Any]:
    """Keep (C, H, W) so that the page reads each number as float32, bit by bit.

    Args:
        values: float32 (C, H, W) or (1, C, H, W).
        place: see `Buffers.place`.
        made: of the values, where they are what a layer made.
        pictures: (1, C, H, W) each, kept anyway: the values may be one channel of them.

    Returns:
        their `shape` and how they are kept: as a `channel` that lies `within` a picture; as a
        picture `of_255`, whose bytes are divided by 255; as a picture of `levels` with the `table`
        of their values; as the sums that they were `made` of, with the `steps` to the next numbers
        by which these miss them; or as `floats`.
    """
    shape = list(values.shape[-3:])
    kept = (
        _channel(values, place, pictures)
        or _picture(_channels(values), place)
        or _sums(values, place, made)
    )
    return {"shape": shape, **kept}


def sum_data(sums: SumMicroscope, place: Place, pictures: Sequence[Tensor] = ()) -> dict[str, Any]:
    """Keep what each pixel of a layer's output is the sum of; `pictures` as in `tensor_data`."""
    return {
        "image": tensor_data(sums.image, place, sums.made, pictures),
        "weight": tensor_data(sums.weight, place),
        "bias": sums.bias,
        "relu": sums.relu,
        "transposed": sums.links.transposed,
        **taps_data(sums.links, place),
    }


def taps_data(links: Links, place: Place) -> dict[str, Any]:
    """Keep what each row and column of a layer's output reads."""
    told = links_data(links)
    return {
        "rows": place(told["rows"], None),
        "row_taps": told["row_taps"],
        "columns": place(told["columns"], None),
        "column_taps": told["column_taps"],
    }


def _channels(values: Tensor) -> Tensor:
    """Give (C, H, W) of (C, H, W) or (1, C, H, W)."""
    return values.detach().to(torch.float32).reshape(values.shape[-3:])


# ------------------------------------------------------------------------------ values of a picture


def _channel(values: Tensor, place: Place, pictures: Sequence[Tensor]) -> dict[str, Any] | None:
    """Keep what is one channel of a picture; None: it is not."""
    own = _channels(values)
    for picture in pictures if len(own) == 1 else ():
        for channel, other in enumerate(_channels(picture)):
            if other.shape == own[0].shape and _same(other, own[0]):
                return {"channel": channel, "within": tensor_data(picture, place)}
    return None


def _picture(values: Tensor, place: Place) -> dict[str, Any] | None:
    """Keep what has few values; None: it has many."""
    channels, height, width = values.shape
    if channels not in (1, 3):
        return None

    def picture(levels: Tensor) -> int:
        pixels = levels.to(torch.uint8).permute(1, 2, 0)
        return place(_bytes(pixels), (height, width))

    whole = (values * 255).round().clamp(0, 255).to(torch.uint8)
    if _same(whole.float() / 255, values):
        return {"of_255": picture(whole)}
    few, levels = values.unique(return_inverse=True)
    if values.numel() <= LEVELS or len(few) > LEVELS or not _same(few[levels], values):
        return None
    return {"levels": picture(levels), "table": place(_bytes(few), None)}


def _same(first: Tensor, second: Tensor) -> bool:
    """Say whether two tensors are equal bit by bit: minus zero is not zero."""
    return torch.equal(*(each.contiguous().view(torch.int32) for each in (first, second)))


def _bytes(values: Tensor) -> bytes:
    return values.contiguous().numpy().tobytes()


# -------------------------------------------------------------------------------- values of a layer


def _sums(values: Tensor, place: Place, made: Made | None) -> dict[str, Any]:
    again = None if made is None else _made_again(values, made)
    if again is None:
        return {"floats": place(_bytes(_channels(values)), None)}
    sums, steps = again
    kept = place(_folded(steps), None) if steps.any() else None
    return {"made": [sum_data(each, place) for each in sums], "steps": kept}


@lru_cache(maxsize=4)  # several microscopes look at one tensor, and several states have it
def _made_again(values: Tensor, made: Made) -> tuple[tuple[SumMicroscope, ...], Tensor] | None:
    """Make values again.

    Returns:
        the sums, and by how many float32 numbers they miss the values, int64 (C, H, W); None where
        the values cannot be given back in this way.
    """
    sums = made()
    values = _channels(values)
    steps = _number(values) - _number(torch.stack([made_values(each) for each in sums]))
    has_minus_zero = bool(((values == 0) & values.signbit()).any())
    is_far = int(steps.abs().max()) >= 2**31
    return None if has_minus_zero or is_far else (sums, steps)


def made_values(sums: SumMicroscope) -> Tensor:
    """Add up all sums in the order of the page, each rounded to float32 as soon as it is made.

    torch's own order differs from layer to layer and from processor to processor. This is that of
    its layers on the usual ones, a chain of fused multiply-adds: tap by tap, in each all channels;
    in a transposed convolution each column of taps for itself; the bias last. Where torch has
    another order, the page corrects what comes out.

    Args:
        sums: of one output channel.

    Returns:
        float32 (H, W).
    """
    image, weight = sums.image[0].double(), sums.weight.detach()[0].double()
    rows, row_taps = _inside(sums.links.rows)
    columns, column_taps = _inside(sums.links.columns)

    def chain(across: Sequence[int]) -> Tensor:
        total = torch.zeros(len(rows), len(columns))
        for i, j in itertools.product(range(rows.shape[1]), across):
            down, right = rows[:, i, None], columns[:, j]
            inside = (down >= 0) & (right >= 0)
            pixels = image[:, down.clamp(min=0), right.clamp(min=0)] * inside
            weights = weight[:, row_taps[:, i, None], column_taps[:, j]]
            for product in pixels * weights:
                total = (total.double() + product).float()
        return total

    across = range(columns.shape[1])
    parts = [chain([j]) for j in across] if sums.links.transposed else [chain(across)]
    total = functools.reduce(torch.add, parts)
    result = (total.double() + (sums.bias or 0.0)).float()
    return result.clamp(min=0) if sums.relu else result


def _inside(table: Tensor) -> tuple[Tensor, Tensor]:
    """Give of each row of a table the taps that read something, in their order: sources and taps.

    Rows with fewer of them than others have are filled up with taps that read nothing.
    """
    reads = table >= 0
    most = max(1, int(reads.sum(dim=1).max()))
    taps = torch.argsort((~reads).to(torch.uint8), dim=1, stable=True)[:, :most]
    return table.gather(1, taps), taps


def _number(values: Tensor) -> Tensor:
    """Count float32 numbers from zero: neighbours differ by one."""
    bits = values.contiguous().view(torch.int32).long()
    return torch.where(bits >= 0, bits, -(bits & 0x7FFFFFFF))


def _folded(steps: Tensor) -> bytes:
    """Fold whole numbers at zero, so that small ones stay small without a sign; in planes."""
    folded = torch.where(steps >= 0, 2 * steps, -2 * steps - 1).flatten()
    planes = [(folded >> shift) & 255 for shift in (0, 8, 16, 24)]
    return torch.stack(planes).to(torch.uint8).numpy().tobytes()

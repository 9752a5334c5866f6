"""Turn tensors into what a canvas can show: bytes, each with a colour table.

A pane of a lab travels as one byte per pixel plus a table of 256 colours, because a quarter of
the bytes is a quarter of the waiting. No widgets here: a script can use every function.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from lessons_lib.visualization.classes import class_shares, majority
from lessons_lib.visualization.colours import beyond_colours, to_indices


@dataclass(frozen=True)
class Pixels:
    """What one pane sends to the canvas.

    Attributes:
        data: the bytes, row by row; `rgb8` three bytes a pixel, `index8` one, `float32` four.
        format: "rgb8", "index8" or "float32".
        channels: how many grids of `height` x `width` follow each other in `data` (`float32`).
        height: rows in `data`.
        width: columns in `data`.
        table: name of the colour table of `index8` and `float32`.
        low: the value that the table's first colour stands for.
        high: the value that the table's last colour stands for.
        shown: (height, width) on the screen; larger than the data for a coarse preview, which is
            stretched. None: as large as the data.
        curve: whether `float32` numbers are drawn as a curve instead of cells.
        reach: (smallest, largest) value of a map or a grid, where some are beyond the colours and
            held at their ends; None: all have a colour of their own.
        shares: of classes, (class number, share 0..1) of each that occurs in the whole picture.
    """

    data: bytes
    format: str
    channels: int
    height: int
    width: int
    table: str = ""
    low: float = 0.0
    high: float = 1.0
    shown: tuple[int, int] | None = None
    curve: bool = False
    reach: tuple[float, float] | None = None
    shares: tuple[tuple[int, float], ...] = ()


def fitted_size(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """Give the largest size with the picture's proportions that fits the box, never enlarging.

    Args:
        size: (height, width) of the picture.
        box: (height, width) of the room for it.

    Returns:
        (height, width), each at least 1.

    Example:
        >>> fitted_size((1534, 767), (400, 400))
        (400, 200)
    """
    ratio = min(1.0, box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))


def reduced(image: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Make a picture smaller so that each new pixel is a mean over the area it covers.

    torch's own antialiased reduction weighs the covered pixels by a triangle; picking single
    pixels instead would turn fine texture into patterns that are not there (moire).

    Args:
        image: (C, H, W), floating point or uint8.
        size: (height, width) wanted, not larger than the picture.

    Returns:
        (C, height, width); the same tensor where the size is already right.
    """
    if tuple(image.shape[-2:]) == size:
        return image
    if image.dtype == torch.uint8 and size[1] == 1:  # there torch 2.13 mixes the channels of bytes
        return reduced(image.float(), size).round_().to(torch.uint8)
    return torch.nn.functional.interpolate(
        as_batch(image), size=size, mode="bilinear", antialias=True
    ).squeeze(0)


def as_bytes(image: torch.Tensor) -> torch.Tensor:
    """Round a photo of values 0..1 to the 256 levels that a screen has.

    Args:
        image: (3, H, W), values 0..1; others are held at the ends.

    Returns:
        uint8 of the same shape, with the three channels of a pixel side by side in memory: four
        times less to copy, and reduced several times faster.
    """
    levels = image.mul(255).round_().clamp_(0, 255).to(torch.uint8)
    return levels.unsqueeze(0).contiguous(memory_format=torch.channels_last)[0]


def as_batch(image: torch.Tensor) -> torch.Tensor:
    """Make a batch of one picture without hiding from torch how it lies in memory.

    `unsqueeze` gives the new axis a stride by which torch no longer sees that the channels of a
    pixel lie side by side, and takes a path several times slower.

    Args:
        image: (C, H, W).

    Returns:
        (1, C, H, W), the same memory.
    """
    return image.as_strided((1, *image.shape), (image.numel(), *image.stride()))


def _fitted(
    image: torch.Tensor, box: tuple[int, int], size: tuple[int, int] | None
) -> tuple[torch.Tensor, tuple[int, int]]:
    """Reduce (C, H, W) to what is shown of a picture of `size`; a coarser one stays as it is."""
    own = (image.shape[-2], image.shape[-1])
    fitted = fitted_size(size or own, box)
    least = (min(own[0], fitted[0]), min(own[1], fitted[1]))
    return reduced(image, least), fitted


def photo_pixels(
    image: torch.Tensor, box: tuple[int, int], size: tuple[int, int] | None = None
) -> Pixels:
    """Prepare a photo for the canvas.

    Args:
        image: (3, H, W), uint8 0..255 or floating point 0..1.
        box: (height, width) in device pixels; a larger photo is reduced to fit.
        size: as in `map_pixels`.

    Returns:
        Pixels of format rgb8.
    """
    levels = image if image.dtype == torch.uint8 else as_bytes(image)
    small, shown = _fitted(levels, box, size)
    height, width = small.shape[-2:]
    data = small.permute(1, 2, 0).contiguous().numpy().tobytes()
    return Pixels(data, "rgb8", 3, height, width, shown=shown)


def map_pixels(
    values: torch.Tensor,
    box: tuple[int, int],
    table: str,
    low: float,
    high: float,
    size: tuple[int, int] | None = None,
) -> Pixels:
    """Prepare one channel of numbers for the canvas.

    Args:
        values: (H, W), any finite or non-finite floating point values.
        box: (height, width) in device pixels; a larger map is reduced to fit.
        table: name of the colour table.
        low: value of the first colour.
        high: value of the last colour.
        size: the true (height, width), where `values` are a coarser preview of it, to be
            stretched to the size at which the whole would be shown.

    Returns:
        Pixels of format index8.
    """
    small, shown = _fitted(values.unsqueeze(0), box, size)
    height, width = small.shape[-2:]
    data = to_indices(small, low, high).contiguous().numpy().tobytes()
    reach = beyond_colours(values, low, high)
    return Pixels(data, "index8", 1, height, width, table, low, high, shown, reach=reach)


def class_pixels(
    labels: torch.Tensor, box: tuple[int, int], size: tuple[int, int] | None = None
) -> Pixels:
    """Prepare a picture of class numbers for the canvas; no two classes are ever mixed.

    Args:
        labels: (H, W), whole numbers 0..255; 255 is what is ignored.
        box: (height, width) in device pixels; of a larger picture each pixel shows the class that
            covers most of it.
        size: as in `map_pixels`.

    Returns:
        Pixels of format index8 with the colour table "classes".
    """
    own = (labels.shape[-2], labels.shape[-1])
    shown = fitted_size(size or own, box)
    least = (min(own[0], shown[0]), min(own[1], shown[1]))
    data = majority(labels, least).contiguous().numpy().tobytes()
    shares = tuple(class_shares(labels))
    return Pixels(data, "index8", 1, *least, "classes", 0.0, 255.0, shown, shares=shares)


def block_means(values: torch.Tensor, block: int) -> torch.Tensor:
    """Average a map over blocks of block x block, the last ones over what is left of them.

    Args:
        values: (H, W), floating point.
        block: rows and columns of a block, at least 1.

    Returns:
        (ceil(H / block), ceil(W / block)).

    Example:
        >>> block_means(torch.tensor([[1.0, 3.0, 5.0], [1.0, 3.0, 7.0]]), 2).tolist()
        [[2.0, 6.0]]
    """
    return torch.nn.functional.avg_pool2d(values[None, None], block, ceil_mode=True)[0, 0]


def grid_pixels(values: torch.Tensor, table: str, low: float, high: float) -> Pixels:
    """Prepare small grids whose numbers are printed.

    Args:
        values: (C, H, W), floating point.
        table: name of the colour table behind the numbers.
        low: value of the first colour.
        high: value of the last colour.

    Returns:
        Pixels of format float32.
    """
    channels, height, width = values.shape
    data = values.to(torch.float32).contiguous().numpy().tobytes()
    reach = beyond_colours(values, low, high) if table else None  # curves have no colours
    return Pixels(data, "float32", channels, height, width, table, low, high, reach=reach)


def signal_pixels(values: torch.Tensor, table: str, low: float, high: float) -> Pixels:
    """Prepare a signal that is drawn as a curve.

    Args:
        values: (1, L), floating point.
        table: name of a colour table, for those who print its numbers in cells.
        low: value at the lower edge.
        high: value at the upper edge.

    Returns:
        Pixels of format float32 with one row.
    """
    return replace(grid_pixels(values.unsqueeze(0), table, low, high), curve=True, reach=None)

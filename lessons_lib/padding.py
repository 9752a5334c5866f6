"""Padding a picture in torch's four ways.

torch can pad as well; here the rule stands in the open: padding is looking up pixels that exist
already (geometry.padded_indices says which), apart from the zeros, which are new.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from lessons_lib.geometry import padded_indices
from lessons_lib.geometry.arguments import to_tuple
from lessons_lib.tensors import COPIED, PLANES, WHOLE, check_tensor


def pad2d(image: Tensor, padding: int | Sequence[int], padding_mode: str = "zeros") -> Tensor:
    """Put a border around a picture: how wide is `padding`, what it shows is `padding_mode`.

    Args:
        image: (..., H, W), numbers or booleans, any values; height and width at least 1.
        padding: cells added on each side, or (height, width): that many above and below, and that
            many left and right. At least 0; reflect needs padding < size, circular needs
            padding <= size.
        padding_mode: 'zeros', 'reflect', 'replicate' or 'circular'.

    Returns:
        (..., H + 2 * padding, W + 2 * padding), same dtype, a new tensor.

    Raises:
        TypeError, ValueError: too few dimensions, a padding beyond the mode's limit, or an
            unknown mode.

    Example:
        >>> pad2d(torch.tensor([[1, 2, 3]]), (0, 1), "circular").tolist()
        [[3, 1, 2, 3, 1]]
    """
    rows, columns = _row_and_column_sources(image, padding, padding_mode)
    # columns first: they are the slow half, and there are fewer rows to do them in now
    return _pad_axis(_pad_axis(image, -1, columns), -2, rows)


def pad2d_at(
    image: Tensor,
    padding: int | Sequence[int],
    padding_mode: str,
    rows: Tensor,
    columns: Tensor,
) -> Tensor:
    """Give some rows and columns of a padded picture without making the whole.

    Args:
        image, padding, padding_mode: as in `pad2d`.
        rows: whole numbers (R,), rows of the padded picture, 0 = the uppermost row of the padding.
        columns: whole numbers (C,), its columns, counted from the left.

    Returns:
        (..., R, C): the cells of `pad2d(image, padding, padding_mode)` where these rows and
        columns meet.

    Raises:
        as `pad2d`; ValueError: a row or column is not there (none is counted from the end);
            TypeError: they are no whole numbers.

    Example:
        >>> image = torch.tensor([[1, 2, 3]])
        >>> pad2d_at(image, (0, 1), "circular", torch.tensor([0]), torch.tensor([0, 4])).tolist()
        [[3, 1]]
    """
    all_rows, all_columns = _row_and_column_sources(image, padding, padding_mode)
    down = _picked("rows", rows, all_rows)
    across = _picked("columns", columns, all_columns)
    picked = image.movedim((-2, -1), (0, 1))  # whole pixels lie together: several times faster
    picked = picked.index_select(0, down.clamp(min=0)).index_select(1, across.clamp(min=0))
    if padding_mode == "zeros":
        picked[down < 0] = 0
        picked[:, across < 0] = 0
    return picked.movedim((0, 1), (-2, -1))


def _picked(name: str, places: Tensor, source: Tensor) -> Tensor:
    """Look places up in an axis' table from `padded_indices`; refuse those beyond it."""
    check_tensor(places, name, ["places"], WHOLE)
    if len(places):
        first, last = (int(end) for end in places.aminmax())
        if first < 0 or last >= len(source):
            raise ValueError(
                f"`{name}` (from {first} to {last}) must lie between 0 and {len(source) - 1}, "
                "within the padded picture."
            )
    return source[places.long()]


def _pad_axis(image: Tensor, dim: int, source: Tensor) -> Tensor:
    """Put the two borders on one axis; `source` is the axis' table from `padded_indices`."""
    size = image.shape[dim]
    before = (len(source) - size) // 2
    first_border = _border(image, dim, source[:before])
    last_border = _border(image, dim, source[before + size :])
    return torch.cat([first_border, image, last_border], dim)


def _border(image: Tensor, dim: int, source: Tensor) -> Tensor:
    """Give the part of the picture that a border shows.

    No border is longer than the picture where pixels differ, so it is always one run: zeros, one
    pixel repeated, or pixels in a row forwards or backwards. Views of runs are several times
    faster than looking up pixel by pixel.
    """
    count = len(source)
    if count == 0:
        return image.narrow(dim, 0, 0)
    first, last = int(source[0]), int(source[-1])
    if first < 0:
        shape = list(image.shape)
        shape[dim] = count
        return image.new_zeros(1).expand(shape)
    if first == last:
        shape = [-1] * image.dim()
        shape[dim] = count
        return image.narrow(dim, first, 1).expand(shape)
    run = image.narrow(dim, min(first, last), count)
    return run if first < last else run.flip(dim)


def pad2d_loops(image: Tensor, padding: int | Sequence[int], padding_mode: str = "zeros") -> Tensor:
    """Put a border around a picture, cell by cell: `pad2d` to read instead of to run.

    Args, Returns, Raises: as in `pad2d`.

    Example:
        >>> pad2d_loops(torch.tensor([[1, 2, 3]]), (0, 2), "reflect").tolist()
        [[3, 2, 1, 2, 3, 2, 1]]
    """
    rows, columns = _row_and_column_sources(image, padding, padding_mode)
    padded = image.new_zeros((*image.shape[:-2], len(rows), len(columns)))
    for i, row in enumerate(rows.tolist()):
        for j, column in enumerate(columns.tolist()):
            if row >= 0 and column >= 0:  # elsewhere the zero stays
                padded[..., i, j] = image[..., row, column]
    return padded


def _row_and_column_sources(
    image: Tensor, padding: int | Sequence[int], padding_mode: str
) -> tuple[Tensor, Tensor]:
    """Tell for every row and every column of the padded picture which one it copies."""
    check_tensor(image, "image", PLANES, COPIED, "give it at least two axes.")
    height, width = image.shape[-2:]
    vertical, horizontal = to_tuple(padding, 2, "padding", 0)
    rows = padded_indices(height, vertical, padding_mode)
    columns = padded_indices(width, horizontal, padding_mode)
    return rows, columns

"""Still figures for the lessons: pictures side by side, and grids with their numbers.

The live labs draw on a canvas of their own. These figures stand beside plain code, where nothing
moves, in the same colours: white is zero, and a signed range reaches equally far both ways.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from torch import Tensor

from lessons_lib.visualization.cells import Cells, cells_of, table_colours
from lessons_lib.visualization.colours import signed_range
from lessons_lib.visualization.pixels import Pixels, map_pixels, photo_pixels
from lessons_lib.visualization.sheet import coloured

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 100
_INK = "#7b7b7b"  # on no ground of its own: 4.2 : 1 on white and 4.5 : 1 on the dark page
_PAGE = 836  # widest figure, in pixels: wider ones are shrunk by the page, which smooths
_LARGEST_TILE = 512  # the bundled pictures at their own size
_GAP = 16
_TITLE = 62  # room for three lines
_SCALE = 46  # room for the colour scale below a map
_LARGEST_GRID = 32


def show_pictures(pictures: Mapping[str, Tensor], columns: int = 3) -> Figure:
    """Put pictures side by side, each with its name and its true shape.

    Small pictures are enlarged by a whole number of screen pixels, large ones reduced by the mean
    over an area; the title says so. Nothing is smoothed.

    Args:
        pictures: name -> tensor. Photos are (3, H, W) or (1, 3, H, W) with values 0..1, or uint8
            with values 0..255. Maps are (H, W), (1, H, W) or (1, 1, H, W): signed numbers in
            colour, zero in white, with the ends of the range printed; a map of True and False is
            white and black.
        columns: pictures in a row, at least 1; fewer columns make room for larger pictures.

    Returns:
        A figure, drawn by Jupyter where it is a cell's last line.

    Raises:
        ValueError: no picture, less than 1 column, or a tensor that is neither photo nor map.

    Example:
        >>> show_pictures({"input": torch.rand(1, 3, 512, 512)}).axes[0].get_title("left")
        'input\\n3 × 512 × 512'
    """
    if not pictures:
        raise ValueError("`pictures` is empty: give at least one name with its tensor.")
    if columns < 1:
        raise ValueError(f"`columns` (={columns}) must be at least 1.")
    columns = min(columns, len(pictures))
    side = min(_LARGEST_TILE, (_PAGE - _GAP) // columns - _GAP)
    tiles = [_tile(name, values, side) for name, values in pictures.items()]
    rows = [tiles[i : i + columns] for i in range(0, len(tiles), columns)]
    heights = [_TITLE + max(image.height for image, _, _ in row) + _below(row) for row in rows]
    width, height = _GAP + columns * (side + _GAP), sum(heights)
    figure = _new_figure(width, height)
    top = 0
    for row, row_height in zip(rows, heights, strict=True):
        for place, (image, title, pixels) in enumerate(row):
            left, above = _GAP + place * (side + _GAP), top + _TITLE
            axes = _axes(figure, left, above, image.width, image.height)
            axes.imshow(image, interpolation="nearest", aspect="auto")
            axes.set_title(title, fontsize=10, loc="left", pad=_title_pad(title), color=_INK)
            if pixels.table == "signed":
                _scale(figure, left, above + image.height + 8, image.width, pixels)
        top += row_height
    return figure


def show_grid(values: Tensor, title: str = "") -> Figure:
    """Show a small grid of numbers with each number printed in its cell.

    Args:
        values: (H, W), (1, H, W) or (1, 1, H, W), at most 32 x 32. Counts (whole-number tensors
            without negative numbers) are darker where they are larger; all other numbers are signed
            colours around zero.
        title: words above the grid; the shape is added.

    Returns:
        A figure, drawn by Jupyter where it is a cell's last line.

    Raises:
        ValueError: not one grid of numbers, or too large to print numbers in.

    Example:
        >>> show_grid(torch.eye(2), "identity").axes[0].get_title("left")
        'identity: 2 × 2'
    """
    return show_grids({title: values})


def show_grids(grids: Mapping[str, Tensor]) -> Figure:
    """Put small grids of numbers side by side, so that they can be compared.

    Args:
        grids: title -> values, each as in `show_grid`.

    Returns:
        A figure, drawn by Jupyter where it is a cell's last line.

    Raises:
        ValueError: no grid, or one that `show_grid` refuses.

    Example:
        >>> figure = show_grids({"upright": torch.eye(2), "turned": torch.eye(2).flip(0)})
        >>> [axes.get_title("left") for axes in figure.axes]
        ['upright: 2 × 2', 'turned: 2 × 2']
    """
    if not grids:
        raise ValueError("`grids` is empty: give at least one title with its grid.")
    sheets = [_Grid(title, values) for title, values in grids.items()]
    height = _TITLE + max(sheet.values.shape[0] * sheet.cell for sheet in sheets) + _GAP
    figure = _new_figure(sum(sheet.width for sheet in sheets), height)
    left = 0
    for sheet in sheets:
        sheet.draw(figure, left)
        left += sheet.width
    return figure


# -------------------------------------------------------------------------------------- one picture


def _below(row: list[tuple[Image.Image, str, Pixels]]) -> int:
    """Say how much room a row needs under its pictures."""
    return _SCALE if any(pixels.table == "signed" for _, _, pixels in row) else _GAP


def _title_pad(title: str) -> int:
    """Lift a title of two lines, so that the names in a row stand side by side."""
    return 6 if title.count("\n") == 2 else 18


def _tile(name: str, values: Tensor, side: int) -> tuple[Image.Image, str, Pixels]:
    """Draw one picture as it will stand on the page: (image, title, what it was drawn from)."""
    pixels, shape = _pixels(name, values, side)
    image = coloured(pixels)
    factor = max(1, side // max(image.size))
    title = f"{name}\n{' × '.join(str(n) for n in shape)}"
    if (image.height, image.width) != shape[-2:]:
        title += f"\nreduced to {image.height} × {image.width}"
    elif factor > 1:
        title += f"\neach pixel {factor} × {factor}"
    size = (image.width * factor, image.height * factor)
    return image.resize(size, Image.Resampling.NEAREST), title, pixels


def _pixels(name: str, values: Tensor, side: int) -> tuple[Pixels, tuple[int, ...]]:
    image = values.detach().cpu()
    photo = image.squeeze(0) if image.dim() == 4 and image.shape[0] == 1 else image
    if photo.dim() == 3 and photo.shape[0] == 3:
        colours = photo if photo.dtype == torch.uint8 else photo.float()
        return photo_pixels(colours, (side, side)), tuple(photo.shape)
    plane = _one_channel(name, image)
    shape = (1, *plane.shape)
    if plane.dtype == torch.bool:
        return map_pixels(plane.float(), (side, side), "grey", 0.0, 1.0), shape
    plane = plane.float()
    return map_pixels(plane, (side, side), "signed", *signed_range(plane)), shape


def _one_channel(name: str, values: Tensor) -> Tensor:
    """Take the one grid out of (H, W), (1, H, W) or (1, 1, H, W)."""
    grid = values.detach().cpu()
    if 2 <= grid.dim() <= 4 and grid.shape[:-2].numel() == 1 and grid.numel() > 0:
        return grid.reshape(grid.shape[-2:])
    raise ValueError(
        f"{name!r} has shape {tuple(values.shape)}, which is not one picture: give (H, W), "
        "(1, H, W) or (1, 1, H, W), for a photo (3, H, W) or (1, 3, H, W)."
    )


def _scale(figure: Figure, left: int, top: int, width: int, pixels: Pixels) -> None:
    """Draw the colours from the lowest to the highest value, with the two ends and zero printed."""
    axes = _axes(figure, left, top, width, 8)
    axes.imshow(table_colours("signed")[None, :255].numpy(), interpolation="nearest", aspect="auto")
    ends = [f"{pixels.low:+.3g}", "0", f"{pixels.high:+.3g}"]
    axes.set_xticks([0, 127, 254], [word.replace("-", "−") for word in ends])
    axes.tick_params(labelsize=8, length=2, pad=2, colors=_INK)
    lowest, _, highest = axes.get_xticklabels()
    lowest.set_horizontalalignment("left")
    highest.set_horizontalalignment("right")


# ------------------------------------------------------------------------------------------ grids


class _Grid:
    """One grid with its numbers: how much room it takes, in pixels, and how it is drawn."""

    def __init__(self, title: str, values: Tensor) -> None:
        self.values = _one_channel("values", values)
        rows, columns = self.values.shape
        if max(rows, columns) > _LARGEST_GRID:
            raise ValueError(
                f"`values` (shape {rows} x {columns}) is too large to print numbers in: take a "
                f"part of at most {_LARGEST_GRID} x {_LARGEST_GRID}, or use show_pictures."
            )
        self.cells = _cells(self.values)
        longest = max(len(word) for row in self.cells.words for word in row)
        self.cell = max(30, 14 + 8 * longest)
        self.title = f"{title}{': ' if title else ''}{rows} × {columns}"
        self.width = 3 * _GAP + max(columns * self.cell, 8 * len(self.title))

    def draw(self, figure: Figure, left: int) -> None:
        rows, columns = self.values.shape
        axes = _axes(figure, left + 2 * _GAP, _TITLE, columns * self.cell, rows * self.cell)
        axes.imshow(self.cells.colours.numpy(), interpolation="nearest", aspect="auto")
        for row, words in enumerate(self.cells.words):
            for column, word in enumerate(words):
                ink = "white" if self.cells.dark[row, column] else "black"
                axes.text(column, row, word, ha="center", va="center", color=ink, fontsize=9)
        axes.set_title(self.title, fontsize=10, loc="left", pad=18, color=_INK)
        axes.set_xticks(range(columns), [str(i) for i in range(columns)])
        axes.set_yticks(range(rows), [str(i) for i in range(rows)])
        axes.tick_params(top=True, labeltop=True, labelsize=7, length=0, pad=2)
        axes.tick_params(bottom=False, labelbottom=False, labelcolor=_INK)


def _cells(grid: Tensor) -> Cells:
    """Counts are darker where they are larger; all other numbers are signed colours."""
    counts = not grid.is_floating_point() and bool((grid >= 0).all())
    values = grid.float()
    low, high = (0.0, max(1.0, float(values.max()))) if counts else signed_range(values)
    return cells_of(values, "count" if counts else "signed", low, high)


# ---------------------------------------------------------------------------------------- the sheet


def _new_figure(width: int, height: int) -> Figure:
    """Make an empty figure of so many pixels."""
    figure: Figure = _figure_class()(
        figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor="none"
    )
    return figure


def _axes(figure: Figure, left: int, top: int, width: int, height: int) -> Axes:
    """Place axes by pixels from the figure's top left corner, so that no pixel is resampled."""
    across, down = figure.get_size_inches() * figure.dpi
    axes = figure.add_axes(
        (left / across, 1 - (top + height) / down, width / across, height / down)
    )
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_linewidth(0.5)
        spine.set_color("#999999")
    return axes


@cache
def _figure_class() -> Any:
    """Give matplotlib's Figure the one method by which Jupyter asks an object for a picture.

    With pyplot Jupyter learns it by itself, but pyplot keeps a list of all figures, which is state
    that cells and labs would share.
    """
    from matplotlib.figure import Figure

    class StillFigure(Figure):
        def _repr_png_(self) -> bytes:
            stream = io.BytesIO()
            self.savefig(stream, format="png", dpi=_DPI)
            return stream.getvalue()

    return StillFigure

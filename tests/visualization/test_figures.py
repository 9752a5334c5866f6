"""Still figures: what is drawn is what was given, pixel by pixel and number by number."""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from lessons_lib.visualization.figures import show_grid, show_grids, show_pictures


def drawn(figure: Figure) -> Tensor:
    """The picture that Jupyter would show: (H, W, 3) uint8."""
    png = figure._repr_png_()  # type: ignore[attr-defined]
    return torch.from_numpy(np.array(Image.open(io.BytesIO(png)).convert("RGB")))


def test_a_photo_is_shown_pixel_by_pixel_and_never_smoothed() -> None:
    photo = torch.tensor([[0.0, 1.0, 0.2], [0.6, 0.8, 0.4]]).expand(3, 2, 3)
    picture = drawn(show_pictures({"photo": photo}))
    factor = 512 // 3  # the largest whole number of screen pixels that fits
    colours, counts = picture.view(-1, 3).unique(dim=0, return_counts=True)
    found = {
        tuple(colour.tolist()): int(count) for colour, count in zip(colours, counts, strict=True)
    }
    for level in (51, 102, 153, 204):
        # all cells but a line at the edge, where the frame is drawn
        assert found[level, level, level] > 0.97 * factor**2


def test_a_photo_of_bytes_looks_like_the_same_photo_from_0_to_1() -> None:
    levels = torch.tensor([[0, 255, 51], [153, 204, 102]], dtype=torch.uint8).expand(3, 2, 3)
    assert torch.equal(
        drawn(show_pictures({"photo": levels})), drawn(show_pictures({"photo": levels / 255}))
    )


def test_titles_give_the_true_shape_and_say_when_a_picture_is_reduced() -> None:
    figure = show_pictures({"in": torch.rand(1, 3, 600, 300), "out": torch.rand(1, 1, 4, 7)})
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[0].startswith("in\n3 × 600 × 300\nreduced to")
    assert any(title.startswith("out\n1 × 4 × 7\neach pixel") for title in titles)


def test_a_signed_map_has_zero_in_the_middle_and_its_ends_printed() -> None:
    figure = show_pictures({"map": torch.tensor([[-0.25, 0.0, 0.125]])})
    _, scale = figure.axes
    assert [label.get_text() for label in scale.get_xticklabels()] == ["−0.25", "0", "+0.25"]


def test_a_map_of_true_and_false_is_black_and_white_without_a_scale() -> None:
    figure = show_pictures({"read": torch.tensor([[True, False]])})
    assert len(figure.axes) == 1
    assert {0, 255} <= set(drawn(figure)[100, :, 0].tolist())


def test_a_grid_prints_every_number_in_its_cell() -> None:
    values = torch.tensor([[1.5, -2.0, 0.0], [-0.0001, 3.25, 4.0]])
    (axes,) = show_grid(values, "numbers").axes
    words = {text.get_position(): text.get_text() for text in axes.texts}
    assert words[(1, 0)] == "−2.000"
    assert words[(0, 1)] == "0.000"
    assert words[(2, 1)] == "4.000"
    assert axes.get_title(loc="left") == "numbers: 2 × 3"


def test_grids_stand_side_by_side_and_do_not_touch() -> None:
    figure = show_grids({"wide": torch.arange(8.0).view(2, 4), "tall": torch.ones(5, 1)})
    wide, tall = figure.axes
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["wide: 2 × 4", "tall: 5 × 1"]
    assert wide.get_position().x1 < tall.get_position().x0
    assert tall.get_position().x1 < 1
    assert len(wide.texts) == 8
    assert len(tall.texts) == 5


def test_no_grid_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="`grids` is empty"):
        show_grids({})


def test_whole_numbers_are_printed_without_a_point() -> None:
    (axes,) = show_grid(torch.arange(6).view(1, 1, 2, 3)).axes
    assert [text.get_text() for text in axes.texts] == ["0", "1", "2", "3", "4", "5"]


def test_gradients_and_strange_values_do_not_disturb() -> None:
    values = torch.tensor([[float("nan"), 1.0], [float("inf"), -1.0]], requires_grad=True)
    drawn(show_pictures({"map": values}))
    drawn(show_grid(values))


def test_no_figure_is_left_behind_in_pyplot() -> None:
    show_grid(torch.ones(2, 2))
    if "matplotlib.pyplot" in sys.modules:
        assert sys.modules["matplotlib.pyplot"].get_fignums() == []


@pytest.mark.parametrize(
    ("pictures", "columns", "said"),
    [
        ({}, 3, "empty"),
        ({"a": torch.ones(2, 2)}, 0, "columns"),
        ({"a": torch.ones(2, 5, 5)}, 3, "'a' has shape"),
        ({"a": torch.ones(5)}, 3, "'a' has shape"),
    ],
)
def test_what_is_no_picture_is_refused(
    pictures: dict[str, Tensor], columns: int, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        show_pictures(pictures, columns)


def test_a_grid_too_large_for_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        show_grid(torch.ones(33, 2))


def test_a_figure_has_no_ground_of_its_own_and_its_words_read_on_a_light_and_a_dark_page() -> None:
    from matplotlib.colors import to_rgb, to_rgba

    def luminance(colour: Any) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for figure in (show_pictures({"a map": torch.eye(5)}), show_grid(torch.eye(3), "a grid")):
        assert to_rgba(figure.get_facecolor())[3] == 0
        for axes in figure.axes:
            words = [axes.title, axes._left_title, *axes.get_xticklabels()]  # type: ignore[attr-defined]
            for word in words:
                if not word.get_text():
                    continue
                ink = luminance(to_rgb(word.get_color()))
                for page in ((1.0, 1.0, 1.0), (0.067, 0.067, 0.067)):  # JupyterLab's two grounds
                    dark, light = sorted((ink, luminance(page)))
                    assert (light + 0.05) / (dark + 0.05) > 4.2, word.get_text()

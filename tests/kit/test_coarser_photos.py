"""A preview has the same panes, half as fine where they change."""

from __future__ import annotations

import pytest
import torch

from lessons_lib.kit import photo
from lessons_lib.kit.result import Pane, Result
from lessons_lib.visualization.colours import signed_range

BOX = (100, 130)


def result() -> Result:
    generator = torch.Generator().manual_seed(5)
    levels = torch.randint(0, 256, (3, 240, 300), generator=generator, dtype=torch.uint8)
    numbers = torch.randn(240, 300, generator=generator)
    numbers[7, 11] = 9.0  # one bright pixel that a mean would lose
    return Result(
        panes=(
            Pane("input", "input", "input", levels, "photo", (3, 240, 300)),
            Pane("moved", "moved", "", levels.flip(1), "photo", (3, 240, 300)),
            Pane("map", "map", "", numbers, "map", (1, 240, 300), table="signed"),
            Pane("small", "small", "", numbers[:90, :120], "map", (1, 90, 120), table="signed"),
            Pane("grid", "grid", "", numbers[None, :200, :9], "grid", (1, 200, 9), table="signed"),
        ),
        sentence="as it is",
    )


def test_what_changes_is_half_as_fine_as_its_pane_and_keeps_its_true_shape() -> None:
    exact, coarse = result(), photo.coarser(result(), BOX, still=("input",))
    assert coarse.sentence == exact.sentence
    assert [pane.shape for pane in coarse.panes] == [pane.shape for pane in exact.panes]
    sizes = {pane.name: tuple(pane.values.shape) for pane in coarse.panes}
    assert sizes["moved"] == (3, 50, 63)  # 240 x 300 is shown as 100 x 125
    assert sizes["map"] == (50, 63)
    assert sizes["grid"] == (1, 200, 9)


def test_what_stands_still_or_has_room_is_the_very_same_tensor() -> None:
    exact = result()
    coarse = photo.coarser(exact, BOX, still=("input",))
    for name in ("input", "small", "grid"):
        assert coarse.pane(name).values is exact.pane(name).values


def test_the_colours_of_a_preview_are_those_of_the_exact_numbers() -> None:
    exact = result()
    pane = photo.coarser(exact, BOX).pane("map")
    assert pane.value_range == signed_range(exact.pane("map").values)
    assert pane.value_range == pytest.approx((-9.0, 9.0))


def test_a_preview_is_made_of_means_and_not_of_single_pixels() -> None:
    stripes = torch.zeros(3, 200, 260)
    stripes[..., ::2] = 1.0
    pane = Pane("stripes", "stripes", "", stripes, "photo", (3, 200, 260))
    values = photo.coarser(Result((pane,), ""), BOX).pane("stripes").values
    assert values.shape == (3, 50, 65)
    assert float((values - 0.5).abs().max()) < 0.1

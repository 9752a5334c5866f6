"""The lab of columns times rows: its grids add up, its outputs are torch's, its words are true."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from lessons_lib.images import Picture, load_picture
from lessons_lib.kernels import named_kernel, photo_weight, seeded_layer
from lessons_lib.kit.controls import Presets
from lessons_lib.kit.grids import rows_of
from lessons_lib.kit.result import IllegalSettingError, Result
from lessons_lib.labs.separable import KERNELS, LAB, OUTPUTS
from lessons_lib.separable import kernel_rank, low_rank_part
from lessons_lib.widgets.stage.pane_pixels import pixels_of
from tests.labs.all_labs import KERNELS as EDITED
from tests.labs.all_labs import small_pictures, start, written

LOPSIDED = ((1.0, -2.0, 0.5, 2.0), (0.25, 3.0, -0.1, 1.0), (4.0, 0.5, -1.0, 0.0))


def noise() -> Picture:
    generator = torch.Generator().manual_seed(5)
    return Picture("noise", torch.rand(1, 3, 23, 31, generator=generator))


def shown(picture: Picture | None = None, **settings: Any) -> Result:
    if "kernel" in settings:
        settings["named"] = "own"
    return LAB.compute(start(LAB, picture or noise(), **settings))


def presets() -> dict[str, Any]:
    (presets,) = [control for control in LAB.controls if isinstance(control, Presets)]
    return dict(presets.settings)


@pytest.mark.parametrize("kernel", [LOPSIDED, *EDITED])
@pytest.mark.parametrize("rank", [1, 2, 3, 7])
def test_the_outputs_are_those_of_the_kernel_and_of_its_part(kernel: Any, rank: int) -> None:
    result = shown(kernel=kernel, rank=rank)
    whole = torch.tensor(kernel)
    part = low_rank_part(whole, min(rank, *whole.shape))
    expected = [F.conv2d(noise().image, photo_weight(each))[0, 0] for each in (whole, part)]
    scale = float(whole.abs().sum())
    for name, values in zip(("output", "part_output"), expected, strict=True):
        torch.testing.assert_close(result.pane(name).values, values, rtol=1e-5, atol=1e-6 * scale)
    difference = result.pane("part_output").values - result.pane("output").values
    torch.testing.assert_close(result.pane("difference").values, difference)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_the_table_multiplies_and_its_product_and_the_rest_are_the_kernel(rank: int) -> None:
    result = shown(kernel=LOPSIDED, rank=rank)
    table, rest = result.pane("table"), result.pane("rest").values[0]
    columns, rows = table.values[0, rank:, :rank], table.values[0, :rank, rank:]
    product = table.values[0, rank:, rank:]
    torch.testing.assert_close(columns @ rows, product)
    torch.testing.assert_close(product + rest, torch.tensor(LOPSIDED))
    assert table.outside is not None
    assert int(table.outside.sum()) == rank * rank
    assert bool(table.outside[0, :rank, :rank].all())
    assert table.marked == ((rank, 0, 3, rank), (0, rank, rank, 4))


def test_a_number_of_the_kernel_lights_its_row_its_column_and_its_rest() -> None:
    result = shown(kernel=LOPSIDED, rank=2)
    to_table, to_rest = result.cell_links
    across = result.pane("table").shape[-1]  # 2 rows of the table, then 4 columns of the kernel
    cell = 1 * 4 + 3  # row 1, column 3 of the kernel
    lit = {divmod(each, across) for each in to_table.cells[cell].tolist()}
    assert lit == {(2 + 1, 2 + 3), (2 + 1, 0), (2 + 1, 1), (0, 2 + 3), (1, 2 + 3)}
    assert to_rest.cells[cell].tolist() == [cell]


def test_each_microscope_tells_the_pixel_that_stands_there() -> None:
    result = shown(kernel=LOPSIDED, rank=1)
    for name in ("output", "part_output", "difference"):
        microscope = result.microscope(name)
        assert microscope is not None
        value = float(result.pane(name).values[4, 7])
        assert microscope.look(4, 7).value == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "rank", "words"),
    [
        ("sobel_x", 1, "This kernel has rank 1: one column times one row. Nothing is lost."),
        ("emboss", 3, "This kernel has rank 3: a sum of columns times rows. Nothing is lost."),
        ("laplacian", 2, "rank 2: a sum of columns times rows. Nothing is lost."),
        ("laplacian", 1, "Its best part of rank 1 keeps 99.0 % of its sum of squares; on this"),
        ("sobel_x", 2, "rank 1: one column times one row, and more products are 0. Nothing"),
        ("sobel_x", 5, "A kernel of 3 × 3 is never more than 3 products of a column and a row."),
    ],
)
def test_the_sentence_tells_rank_and_loss(name: str, rank: int, words: str) -> None:
    assert words in shown(kernel=rows_of(named_kernel(name)), rank=rank).sentence


@pytest.mark.parametrize(
    ("diagonal", "rank", "words", "rest", "off"),
    [
        (
            1e-2,
            1,
            "keeps over 99.9 % of its sum of squares;",
            "under 0.1 %",
            "off",
        ),
        (1e-2, 2, "on this photo the output is off by rounding alone.", "under 0.1 %", "none"),
        (1e-4, 1, "the output is off by under 0.1 %.", "under 0.1 %", "off by under"),
        (0.0, 1, "Nothing is lost.", "0.0 % of its squares", "none but rounding"),
    ],
)
def test_what_is_nearly_nothing_is_not_called_nothing(
    diagonal: float, rank: int, words: str, rest: str, off: str
) -> None:
    nearly = named_kernel("sobel_x") + diagonal * torch.eye(3)
    result = shown(kernel=rows_of(nearly), rank=rank)
    assert words in result.sentence
    assert result.pane("rest").note.startswith(rest)
    assert result.pane("difference").note.startswith(off)


def test_products_that_the_kernel_does_not_need_are_written_as_zeros() -> None:
    table = shown(kernel=rows_of(named_kernel("sobel_x")), rank=3).pane("table").values[0]
    assert table[3:, :3].tolist() == [[1, 0, 0], [2, 0, 0], [1, 0, 0]]
    assert table[:3, 3:].tolist() == [[-1, 0, 1], [0, 0, 0], [0, 0, 0]]


def test_the_sentence_tells_what_it_costs() -> None:
    seven = rows_of(torch.randn(7, 7, generator=torch.Generator().manual_seed(1)))
    said = {rank: shown(kernel=seven, rank=rank).sentence for rank in (1, 6)}
    assert "Weights: 28 instead of 147, fewer." in said[1]
    assert "Weights: 168 instead of 147, more, not fewer." in said[6]
    result = shown(kernel=seven, rank=2)
    assert result.cost is not None
    assert (result.cost.weights, result.cost.biases) == (2 * (3 * 7 + 7), 0)
    assert result.cost.multiply_adds == 2 * 3 * 7 * (17 * 31) + 2 * 7 * (17 * 25)
    assert result.compared is not None
    assert (result.compared.name, result.compared.cost.weights) == ("whole 7 × 7", 147)
    with torch.inference_mode():
        torch.testing.assert_close(
            result.compared.layer()[0, 0], result.pane("output").values, rtol=0, atol=0
        )


def test_zeros_have_rank_0() -> None:
    result = shown(kernel=((0.0, 0.0), (0.0, 0.0)))
    assert "A kernel of 2 × 2 zeros has rank 0. Nothing is lost." in result.sentence
    assert not result.pane("part_output").values.any()


def test_an_output_of_0_that_the_part_changes_is_no_share() -> None:
    flat = Picture("flat", torch.full((1, 3, 20, 25), 0.5))
    result = shown(flat, kernel=rows_of(named_kernel("laplacian")), rank=1)
    assert "on this photo the kernel answers 0, and the part does not" in result.sentence
    assert result.pane("difference").note == "the output was 0"


@pytest.mark.parametrize("display", ["same", "own"])
def test_rounding_alone_is_not_blown_up_to_a_picture(display: str) -> None:
    result = shown(kernel=rows_of(named_kernel("gaussian", 5)), display=display)
    assert result.pane("difference").value_range == result.pane("output").value_range
    assert result.pane("difference").note == "none but rounding"


def test_the_output_of_the_kernel_stays_while_the_rank_moves() -> None:
    picture = noise()
    first, second = (shown(picture, named="emboss", rank=rank) for rank in (1, 2))
    assert first.pane("output") is second.pane("output")  # nothing of it is sent again
    assert first.pane("part_output").value_range == first.pane("output").value_range


def test_what_the_colours_of_the_output_do_not_reach_is_said() -> None:
    photo = small_pictures()[0]

    def reaches(**settings: Any) -> list[bool]:
        result = shown(photo, named="laplacian", **settings)
        panes = [result.pane(name) for name in OUTPUTS[1:]]
        return [pixels_of(pane, (400, 400)).reach is not None for pane in panes]

    assert reaches(rank=2) == [False, False]
    assert reaches(rank=1) == [True, True]
    assert reaches(rank=1, display="own") == [True, False]


def test_how_far_the_part_is_off_is_said_in_per_cent() -> None:
    rank_1, rank_2 = (
        shown(small_pictures()[0], named="laplacian", rank=rank).pane("difference").note
        for rank in (1, 2)
    )
    assert rank_2 == "none but rounding"
    assert rank_1.startswith("off by ")
    assert rank_1.endswith(" %")


def test_a_loss_may_have_colours_of_its_own() -> None:
    same, own = (
        shown(kernel=rows_of(named_kernel("sharpen")), display=display).pane("difference")
        for display in ("same", "own")
    )
    assert same.value_range is not None
    assert own.value_range is None


@pytest.mark.parametrize("picture", ["lena", "chelsea", "coffee", "astronaut"])
def test_on_every_photo_the_laplacian_loses_little_of_itself_and_nearly_all_of_its_answer(
    picture: str,
) -> None:
    result = shown(load_picture(picture), kernel=rows_of(named_kernel("laplacian")), rank=1)
    lost = (
        result.pane("difference").values.square().mean()
        / result.pane("output").values.square().mean()
    )
    assert float(lost.sqrt()) > 2


RANKS = {"sobel_x": 1, "sobel_y": 1, "box_3x3": 1, "gaussian_3x3": 1, "gaussian_7x7": 1}
RANKS |= {"laplacian": 2, "sharpen": 2, "emboss": 3, "diagonal": 5}
RANKS |= {"random_3x3": 3, "random_3x5": 3, "random_7x7": 7}


@pytest.mark.parametrize("name", KERNELS)
def test_every_named_kernel_has_its_size_and_rank(name: str) -> None:
    pane = shown(named=name).pane("kernel")
    assert pane.shape == (1, *KERNELS[name].size)
    assert kernel_rank(pane.values[0]) == RANKS[name]
    assert f"rank {RANKS[name]}" == shown(named=name).pane("values").note


def test_presets_start_at_the_best_single_product() -> None:
    assert {settings["rank"] for settings in presets().values()} == {1}
    assert {settings["named"] for settings in presets().values()} < set(KERNELS)


def test_another_seed_is_another_random_kernel() -> None:
    first, second = (shown(named="random_3x5", seed=seed).pane("kernel").values for seed in (3, 4))
    assert not torch.allclose(first, second)
    assert torch.equal(first[0], seeded_layer(3, 1, 1, (3, 5)).weight.detach()[0, 0])


def test_the_line_makes_two_layers() -> None:
    code = written(shown(kernel=LOPSIDED, rank=2).code)
    assert code == (
        "nn.Sequential(nn.Conv2d(3, 2, kernel_size=(3, 1), bias=False), "
        "nn.Conv2d(2, 1, kernel_size=(1, 4), bias=False))"
    )


def test_a_kernel_larger_than_the_photo_is_refused() -> None:
    tiny = small_pictures()[-1]
    with pytest.raises(IllegalSettingError):
        shown(tiny, kernel=LOPSIDED)


def test_what_is_small_but_for_rounding_is_0_in_the_values_and_in_the_rest() -> None:
    whole = shown(named="gaussian_7x7", rank=1)
    assert whole.pane("values").values[0, 0, 1:].tolist() == [0] * 6
    assert not whole.pane("rest").values.any()


def test_the_values_that_are_kept_are_framed() -> None:
    assert shown(kernel=LOPSIDED, rank=2).pane("values").marked == ((0, 0, 1, 2),)
    assert shown(named="sobel_x", rank=3).pane("values").marked == ((0, 0, 1, 3),)


def test_each_grid_says_what_it_weighs() -> None:
    result = shown(named="laplacian", rank=1)
    notes = {name: result.pane(name).note for name in ("kernel", "table", "rest")}
    assert notes == {"kernel": "27 weights", "table": "12 weights", "rest": "1.0 % of its squares"}
    titles = [shown(kernel=LOPSIDED, rank=rank).pane("table").title for rank in (1, 2)]
    assert titles == ["column × row", "columns × rows"]


def test_as_many_weights_are_neither_fewer_nor_more() -> None:
    said = shown(kernel=((1.0, 2.0, 0.0), (0.0, 1.0, 5.0)), rank=2).sentence
    assert said.endswith("Weights: 18 instead of 18, as many.")


def test_the_colours_of_kernel_and_rest_reach_as_far_as_the_part_does() -> None:
    result = shown(kernel=((0.0, 1.0), (1.0, 1.0)), rank=1)
    largest = float(result.pane("table").values[0, 1:, 1:].max())
    assert largest > 1.1  # more than any number of the kernel
    for name in ("kernel", "rest"):
        assert result.pane(name).value_range == pytest.approx((-largest, largest))


def test_the_diagonal_goes_down_to_the_right() -> None:
    assert torch.equal(shown(named="diagonal").pane("kernel").values[0], torch.eye(5))


def test_what_the_rank_does_not_change_is_not_sent_again() -> None:
    picture = noise()
    first, second = (shown(picture, kernel=LOPSIDED, rank=rank) for rank in (1, 2))
    for name in ("kernel", "values", "input", "output"):
        assert first.pane(name).values is second.pane(name).values, name
    other = shown(picture, kernel=LOPSIDED[:2], rank=1)
    assert other.pane("kernel").values[0].tolist() == torch.tensor(LOPSIDED[:2]).tolist()

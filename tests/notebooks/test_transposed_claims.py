"""What lesson 09 says in words is what its own cells print, and what comes out without them."""

from __future__ import annotations

import ast
import contextlib
import io
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib import widgets
from lessons_lib.geometry import conv_output_size, overlap_counts
from lessons_lib.images import BUNDLED, load_picture
from lessons_lib.kernels import named_kernel, weighted_layer
from lessons_lib.kit.controls import Presets
from lessons_lib.labs import transposed, transposed_grid
from lessons_lib.reconstruction import (
    adjoint,
    at_best_brightness,
    blur_layer,
    encode,
    least_squares,
    psnr,
    with_noise,
)
from lessons_lib.transposed import stuff_zeros
from lessons_lib.widgets.lab.lab import Lab
from tests.widgets.hand import control

LESSON = Path(__file__).parents[2] / "notebooks" / "09_transposed_convolution.ipynb"
SLOW = {"09-deblur-run", "09-deblur-show"}  # run with the whole lesson; their numbers stand below


@pytest.fixture(scope="module")
def cells() -> dict[str, str]:
    return {cell.id: cell.source for cell in nbformat.read(LESSON, as_version=4).cells}


def shows_a_lab(source: str) -> bool:
    """Also a cell of one name alone: the lab that a cell before has made, covered."""
    names = [getattr(node, "id", "") for node in ast.walk(ast.parse(source))]
    return source.isidentifier() or any(name in widgets.__all__ for name in names)


@pytest.fixture(scope="module")
def run() -> tuple[dict[str, str], dict[str, Any]]:
    """What each cell prints, and the names that are left at the end; labs are left out."""
    printed: dict[str, str] = {}
    names: dict[str, Any] = {}
    for cell in nbformat.read(LESSON, as_version=4).cells:
        if cell.cell_type == "code" and cell.id not in SLOW and not shows_a_lab(cell.source):
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(cell.source, names)
            printed[cell.id] = out.getvalue()
    return printed, names


@pytest.fixture
def printed(run: tuple[dict[str, str], dict[str, Any]]) -> dict[str, str]:
    return run[0]


def test_the_lesson_has_as_many_claims_as_it_promises(cells: dict[str, str]) -> None:
    claims = sum(source.count("> **Claim:**") for source in cells.values())
    words = {4: "four", 5: "five", 6: "six"}
    assert f"test {words[claims]} sentences about" in cells["09-open"]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("09-hand-torch", "torch gives the same: True\n"),
        ("09-padding-run", "padding 1: [[4.0]]\n"),
        (
            "09-equal-run",
            "transposed, stride 1, padding 0: (6, 6), convolution with padding [2]\n"
            "transposed, stride 1, padding 1: (4, 4), convolution with padding [1]\n"
            "transposed, stride 2, padding 0: (9, 9), convolution with padding [2]\n"
            "transposed, stride 2, padding 1: (7, 7), convolution with padding [1]\n",
        ),
        ("09-four-run", "5 x 5 -> (6, 6) -> (5, 5)\n"),
        ("09-matrix-run", "conv_matrix writes the same: True\n"),
        ("09-gradient-run", "same shape:   True\nsame numbers: True\n"),
        (
            "09-extra-run",
            "16 -> 6 -> output_padding 0 -> 16\n"
            "17 -> 6 -> output_padding 1 -> 17\n"
            "18 -> 6 -> output_padding 2 -> 18\n",
        ),
        (
            "09-extra-rule-run",
            "15 -> 3 -> output_padding 0, 1, 4: [15, 16, 19]\n"
            "16 -> 3 -> output_padding 0, 1, 4: [15, 16, 19]\n"
            "17 -> 4 -> output_padding 0, 1, 4: [17, 18, 21]\n"
            "18 -> 4 -> output_padding 0, 1, 4: [17, 18, 21]\n"
            "19 -> 5 -> output_padding 0, 1, 4: [19, 20, 23]\n"
            "20 -> 5 -> output_padding 0, 1, 4: [19, 20, 23]\n",
        ),
        (
            "09-count-run",
            "145 of 336 settings return 512\n"
            "    with stride 1: 84 of 84\n"
            "    with stride 2: 24 of 84\n"
            "    with stride 3: 25 of 84\n"
            "    with stride 4: 12 of 84\n",
        ),
        (
            "09-double-run",
            "stride 2, padding 0: 2 times as large with kernel [2]\n"
            "stride 2, padding 1: 2 times as large with kernel [4]\n"
            "stride 2, padding 2: 2 times as large with kernel [6]\n"
            "stride 4, padding 2: 4 times as large with kernel [8]\n"
            "stride 8, padding 4: 8 times as large with kernel [16]\n",
        ),
        ("09-blur-run", "blurred: 29.0 dB, transposed: 26.7 dB\n"),
    ],
)
def test_a_cell_prints_what_its_answer_says(cell: str, said: str, printed: dict[str, str]) -> None:
    assert printed[cell] == said


@pytest.mark.parametrize("cell", ["09-inner-run", "09-reflect-run"])
def test_both_products_are_the_same_number(cell: str, printed: dict[str, str]) -> None:
    found = re.search(r"<W x, y> = (-?\d+),  <x, W\^T y> = (-?\d+)\n", printed[cell])
    assert found is not None
    assert found[1] == found[2] != "0"


def test_what_is_folded_in_equals_the_gradient_and_what_is_cut_off_does_not(
    printed: dict[str, str], run: tuple[dict[str, str], dict[str, Any]]
) -> None:
    assert printed["09-reflect-run"].startswith("equal to the gradient: True")
    names = run[1]
    cropped = names["painted"][1:-1, 1:-1]
    assert not torch.equal(cropped, names["gradient"][0, 0])


def test_the_row_of_five_numbers_is_laid_into_four_rows(
    run: tuple[dict[str, str], dict[str, Any]],
) -> None:
    W = run[1]["W"]
    assert W.shape == (4, 9)
    assert int((W == 0).sum()) == 20
    for row, first in zip(W, (0, 1, 3, 4), strict=True):
        assert row[first : first + 5].tolist() == [1, 2, 0, 3, 4]
        assert int((row != 0).sum()) == 4


def test_the_answers_to_the_exercises_say_what_the_text_says(
    run: tuple[dict[str, str], dict[str, Any]], cells: dict[str, str]
) -> None:
    names = dict(run[1])
    (sizes,) = re.findall(r"```python\n(.+?)```", cells["09-exercise-1"], re.S)
    *before, last = sizes.strip().splitlines()
    exec("\n".join(before), names)
    assert [shape[2:] for shape in eval(last, names)] == [(28, 28), (28, 28)]
    (nothing,) = re.findall(r"```python\n(.+?)```", cells["09-exercise-4"], re.S)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(nothing, names)
    assert out.getvalue().endswith("True\n")
    assert float(names["nothing"].norm()) == pytest.approx(1)
    third = F.conv_transpose2d(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 1, 1), stride=2)
    assert third.shape == (1, 1, 7, 7)
    assert int(third.sum()) == 16
    assert int(third[..., ::2, ::2].sum()) == 16


def test_what_random_weights_bring_back_is_no_closer_to_the_photo_than_grey(
    run: tuple[dict[str, str], dict[str, Any]], lena: Tensor
) -> None:
    result = run[1]["result"].double()
    assert result.shape == (1, 1, 512, 512)
    grey = lena.double().mean(1, keepdim=True)
    uniform = psnr(grey.mean().expand_as(grey), grey)
    assert psnr(at_best_brightness(result, grey), grey) == pytest.approx(uniform, abs=0.01)
    assert psnr(result.expand_as(lena), lena) < psnr(grey.mean().expand_as(lena), lena)


# --- with any picture as the default ----------------------------------------------------------


@pytest.mark.parametrize("picture", BUNDLED)
def test_the_lab_of_the_way_back_shows_the_sizes_of_the_text(
    picture: str, cells: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LESSONS_PICTURE", picture)
    lab: Lab = eval(cells["09-inverse-lab"], vars(widgets))
    for stride, extra in ((3, 2), (5, 4), (10, 9)):
        control(lab, "stride").value = stride
        sentence = lab.stage.scene["sentence"]
        assert f"output_padding {extra} brings 512 × 512 back" in sentence
    lab.set(stride=10, output_padding=9)
    assert "The last 9 rows and columns are pure bias." in lab.stage.scene["sentence"]
    lab.close()


@pytest.mark.parametrize("picture", BUNDLED)
def test_from_stride_4_on_pixels_of_the_photo_get_no_stamp(picture: str) -> None:
    for stride in (1, 2, 3, 4):
        params = transposed.TransposedParams(load_picture(picture), stride=stride)
        bare = "between or beyond them: zero" in transposed.compute(params).sentence
        assert bare == (stride > 3)


def test_away_from_the_border_three_numbers_come_out_of_a_flat_picture() -> None:
    (presets,) = [each for each in transposed_grid.LAB.controls if isinstance(each, Presets)]
    inside = {}
    for name, chosen in presets.settings:
        if name.endswith("overlaps"):
            result = transposed_grid.compute(transposed_grid.TransposedGridParams(**chosen))
            inside[name] = result.pane("output").values[0, 2:-2, 2:-2].unique().tolist()
    assert inside == {"overlaps": [1, 2, 4], "equal overlaps": [4]}


# --- enlarges and deblurs? ------------------------------------------------------------------------

STEPS = (1, 2, 5, 10, 20, 50, 100, 200)
WITHOUT_NOISE = [26.7, 29.3, 31.9, 33.3, 34.4, 36.0, 37.4, 38.8]
WITH_NOISE = [26.7, 29.3, 31.4, 30.9, 25.6, 15.1, 8.4, 2.7]


def noise_like(code: Tensor) -> Tensor:
    draw = torch.Generator().manual_seed(0)
    return 0.01 * torch.randn(code.shape, generator=draw, dtype=code.dtype)


def by_frequencies(lena: Tensor, noise: Tensor | None, steps: int) -> dict[int, float]:
    """Take the same steps where the blur only multiplies: no convolution, no code of ours.

    A Gaussian blurs rows and columns by one symmetric matrix. In its eigenvectors, turned to and
    back without a change of length, each number is multiplied by a gain of its own.
    """
    bell = named_kernel("gaussian", 7).double().sum(0)
    n = lena.shape[-1]
    band = torch.zeros(n, n, dtype=torch.float64)
    for offset in range(-3, 4):
        band += torch.diag(bell[offset + 3].expand(n - abs(offset)), offset)
    gains, vectors = torch.linalg.eigh(band)
    gain = torch.outer(gains, gains)
    photo = vectors.T @ lena.double() @ vectors
    residual = gain * photo
    if noise is not None:
        residual = residual + vectors.T @ noise @ vectors
    found, image = {}, torch.zeros_like(photo)
    direction = gradient = gain * residual
    for step in range(1, steps + 1):
        seen = gain * direction
        length = gradient.square().sum() / seen.square().sum()
        image, residual = image + length * direction, residual - length * seen
        before, gradient = gradient, gain * residual
        direction = gradient + gradient.square().sum() / before.square().sum() * direction
        if step in STEPS:
            found[step] = psnr(image, photo)
    return found


def test_deblurring_goes_on_without_noise_and_turns_back_with_it(lena: Tensor) -> None:
    for noise, said in ((None, WITHOUT_NOISE), (noise_like(lena.double()), WITH_NOISE)):
        found = by_frequencies(lena, noise, STEPS[-1])
        assert [round(each, 1) for each in found.values()] == said


def test_the_search_of_the_lesson_takes_these_steps(lena: Tensor) -> None:
    blur = blur_layer(7)
    blurred = encode(lena, blur)
    assert f"{psnr(blurred, lena):.1f}" == "29.0"
    assert f"{psnr(adjoint(blurred, blur, (512, 512)), lena):.1f}" == "26.7"
    for noise in (None, noise_like(blurred)):
        given = blurred if noise is None else with_noise(blurred, 0.01, seed=0)
        expected = by_frequencies(lena, noise, 5)
        for found in least_squares(given, blur, (512, 512), 5, torch.float32):
            if found.step in expected:
                assert psnr(found.image, lena) == pytest.approx(expected[found.step], abs=1e-3)


def test_the_text_names_the_figures_of_the_later_steps(cells: dict[str, str]) -> None:
    words = cells["09-deblur-answer"]
    told = [
        (float(db), int(step)) for db, step in re.findall(r"([\d.]+)(?: dB)? after (\d+)", words)
    ]
    without, with_noise = (
        dict(zip(STEPS, each, strict=True)) for each in (WITHOUT_NOISE, WITH_NOISE)
    )
    assert told == [(without[step], step) for step in (20, 50, 100, 200)] + [
        (with_noise[step], step) for step in (50, 100, 200)
    ]


def test_the_transposed_of_a_symmetric_blur_is_the_blur(lena: Tensor) -> None:
    layer = weighted_layer(torch.nn.Conv2d, named_kernel("gaussian", 7)[None, None], padding=3)
    grey = lena.mean(1, keepdim=True)
    torch.testing.assert_close(
        adjoint(grey, layer, (512, 512)), encode(grey, layer), atol=1e-12, rtol=0
    )


def test_stuffed_pixels_with_dilation_get_a_ring_as_the_answer_says() -> None:
    for d, p in ((1, 0), (2, 1), (3, 2)):
        field = stuff_zeros(torch.ones(2, 3), 3, 2, p, 0, d)
        rows, columns = field.nonzero().T
        assert (int(rows.min()), int(columns.min())) == (d * 2 - p, d * 2 - p)
        assert rows.unique().diff().tolist() == [2]


def test_several_sizes_share_an_output_and_few_return() -> None:
    assert {conv_output_size(n, 5, 3, 2) for n in (16, 17, 18)} == {6}
    assert conv_output_size(19, 5, 3, 2) == 7
    assert not overlap_counts(51, 3, 10, output_padding=9)[-9:].any()

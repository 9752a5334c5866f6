"""What a pane shows and what a word stands for, where only the right one of two may do."""

from __future__ import annotations

import pytest
import torch

from lessons_lib.images import BUNDLED, Picture, load_picture
from lessons_lib.kit.photo import PhotoParams, photo_layer, plain_range
from lessons_lib.kit.result import Result
from lessons_lib.labs import dilation, matrix, stride
from lessons_lib.labs.dilation import DilationParams
from lessons_lib.labs.matrix import MatrixParams
from lessons_lib.labs.stride import StrideParams
from lessons_lib.visualization.colours import signed_range
from lessons_lib.visualization.numbers import scale_ends
from lessons_lib.widgets.stage.pane_pixels import pixels_of

NOISE = Picture("noise", torch.rand(1, 3, 61, 83, generator=torch.Generator().manual_seed(8)))


def test_the_corner_pane_shows_the_last_rows_and_columns_of_the_picture() -> None:
    result = stride.compute(StrideParams(NOISE, stride=7, show_unread=True))
    whole, corner = result.pane("input").values, result.pane("corner").values
    height, width = corner.shape[-2:]
    assert (height, width) != tuple(whole.shape[-2:])
    assert torch.equal(corner, whole[:, -height:, -width:])
    assert not torch.equal(corner, whole[:, :height, :width])
    # 61 rows, windows of 3 from 0, 7, ...: the last one reads rows 56 to 58 and leaves two
    assert not corner[:, -2:].any()
    assert corner[:, -5:-2].any()


@pytest.mark.parametrize("seed", [3, 4, 11])
def test_the_fixed_range_is_that_of_the_plain_layer_with_its_bias(seed: int) -> None:
    layer = photo_layer(PhotoParams(NOISE, seed))
    assert layer.bias is not None
    with torch.inference_mode():
        plain = torch.nn.functional.conv2d(NOISE.image, layer.weight, layer.bias)
        bare = torch.nn.functional.conv2d(NOISE.image, layer.weight)
    assert plain_range(NOISE, "random_3x3", seed, True) == pytest.approx(signed_range(plain))
    assert plain_range(NOISE, "random_3x3", seed, False) == pytest.approx(signed_range(bare))
    assert signed_range(plain) != pytest.approx(signed_range(bare), rel=1e-3)
    for step in (1, 6):
        shown = stride.compute(StrideParams(NOISE, seed, display="fixed", stride=step))
        assert shown.pane("output").value_range == pytest.approx(signed_range(plain))


def scale_of(result: Result) -> tuple[str, str]:
    pixels = pixels_of(result.pane("output"), (900, 900))
    return scale_ends(pixels.low, pixels.high, pixels.reach)


def test_the_scale_says_how_far_a_dilation_leads_beyond_the_fixed_range() -> None:
    lena = load_picture("lena")
    plain, spread = (
        dilation.compute(DilationParams(lena, display="fixed", dilation=d)) for d in (1, 8)
    )
    assert scale_of(plain) == ("−0.47", "+0.47")
    assert scale_of(spread) == ("−0.80 ◂ −0.47", "+0.47")
    own = dilation.compute(DilationParams(lena, dilation=8))
    assert scale_of(own) == ("−0.80", "+0.80")


@pytest.mark.parametrize("name", BUNDLED)
def test_no_stride_leads_beyond_the_fixed_range(name: str) -> None:
    picture = load_picture(name)
    for step in (2, 5, 20):
        result = stride.compute(StrideParams(picture, display="fixed", stride=step))
        assert pixels_of(result.pane("output"), (900, 900)).reach is None


def verbs(result: Result) -> set[tuple[str, str, str, str]]:
    return {(link.first, link.verb, link.second, link.reverse) for link in result.cell_links}


def test_each_verb_of_the_matrix_says_what_its_pane_does_to_the_numbers() -> None:
    assert verbs(matrix.compute(MatrixParams())) == {
        ("output", "is made by", "matrix", "adds to"),
        ("input", "meets", "matrix", "multiplies"),
        ("kernel", "is copied to", "matrix", "copies"),
        ("back", "is made by", "transposed", "adds to"),
        ("output", "meets", "transposed", "multiplies"),
        ("kernel", "is copied to", "transposed", "copies"),
        ("matrix", "is also", "transposed", "is also"),
    }
    # shown alone, the transposed matrix reads the input and makes the output
    assert verbs(matrix.compute(MatrixParams(show="transposed"))) == {
        ("output", "is made by", "transposed", "adds to"),
        ("input", "meets", "transposed", "multiplies"),
        ("kernel", "is copied to", "transposed", "copies"),
    }

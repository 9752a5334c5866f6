"""What lesson 03 says in words about borders, biases and seeds is what comes out."""

from __future__ import annotations

import numpy
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lessons_lib.images import BUNDLED, load_image

NUMPY_MODES = {
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}
P = 8


def box(x: torch.Tensor, layers: int) -> torch.Tensor:
    for _ in range(layers):
        x = F.conv2d(x, torch.ones(1, 1, 3, 3, dtype=x.dtype))
    return x


@pytest.mark.parametrize(("layers", "left"), [(1, 510), (50, 412), (255, 2)])
def test_without_padding_each_layer_takes_two_rows_and_columns(layers: int, left: int) -> None:
    x = torch.empty(1, 1, 512, 512, device="meta")
    for _ in range(layers):
        x = F.conv2d(x, torch.empty(1, 1, 3, 3, device="meta"))
    assert tuple(x.shape[-2:]) == (left, left)


@pytest.mark.parametrize("layers", [1, 2, 3, 5])
def test_a_corner_is_seen_by_one_output_and_the_middle_by_all_in_its_reach(layers: int) -> None:
    def outputs_moved(row: int, column: int) -> int:
        pixel = torch.zeros(1, 1, 31, 31, dtype=torch.float64)
        pixel[..., row, column] = 1
        return int((box(pixel, layers) > 0).sum())

    assert outputs_moved(0, 0) == 1
    assert outputs_moved(15, 15) == (2 * layers + 1) ** 2


@pytest.mark.parametrize(("again", "alike"), [(False, True), (True, False)])
def test_a_bias_changes_only_what_is_drawn_after_it(again: bool, alike: bool) -> None:
    weights = []
    for bias in (True, False):
        torch.manual_seed(3)
        layer = nn.Conv2d(3, 1, 3, bias=bias)
        if again:
            nn.init.xavier_normal_(layer.weight)
        weights.append(layer.weight)
    assert torch.equal(*weights) == alike


def test_two_numbers_of_its_output_give_the_layer_of_the_puzzle_away() -> None:
    weight, bias = 0.2909 - 0.4084, 0.5259
    assert weight == pytest.approx(-0.1175)
    matrix = torch.arange(1.0, 17.0).view(1, 1, 4, 4)
    output = F.conv2d(matrix, torch.full((1, 1, 1, 1), weight), torch.tensor([bias]), padding=1)
    ring = torch.ones(6, 6, dtype=torch.bool)
    ring[1:5, 1:5] = False
    assert output[0, 0, ring].numpy() == pytest.approx(0.5259)
    assert output[0, 0, 1, 1:5].numpy() == pytest.approx([0.4084, 0.2909, 0.1734, 0.0559])


def cut_and_padded(name: str) -> tuple[numpy.ndarray, dict[str, numpy.ndarray]]:
    """A photo, and its middle padded back to its size in each mode, by numpy."""
    photo = load_image(name)[0].numpy().astype(numpy.float64)
    middle = photo[:, P:-P, P:-P]
    around = ((0, 0), (P, P), (P, P))
    return photo, {
        mode: numpy.pad(middle, around, mode=words)  # type: ignore[call-overload]
        for mode, words in NUMPY_MODES.items()
    }


@pytest.mark.parametrize("name", BUNDLED)
def test_replicate_is_closest_to_the_cut_off_border_and_reflect_comes_second(name: str) -> None:
    photo, padded = cut_and_padded(name)
    ring = numpy.ones(photo.shape[1:], dtype=bool)
    ring[P:-P, P:-P] = False
    errors = {mode: abs(each - photo)[:, ring].mean() for mode, each in padded.items()}
    assert sorted(errors, key=errors.__getitem__)[:2] == ["replicate", "reflect"]
    assert min(errors["zeros"], errors["circular"]) > 3 * errors["reflect"]


def step_outwards(photo: numpy.ndarray) -> float:
    turned = photo.transpose(0, 2, 1)
    sides = [
        each[:, rows, P:-P] for each in (photo, turned) for rows in (slice(P), slice(-P, None))
    ]
    return float(
        numpy.abs(numpy.concatenate([numpy.diff(s, axis=1).ravel() for s in sides])).mean()
    )


@pytest.mark.parametrize("name", BUNDLED)
def test_reflect_and_circular_have_the_texture_of_the_photo_and_the_others_none(name: str) -> None:
    photo, padded = cut_and_padded(name)
    truth = step_outwards(photo)
    for mode in ("reflect", "circular"):
        assert step_outwards(padded[mode]) == pytest.approx(truth, rel=0.35)
    assert step_outwards(padded["replicate"]) == step_outwards(padded["zeros"]) == 0

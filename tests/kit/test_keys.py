"""The key of a state: the same for what is the same, another one for everything else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from lessons_lib.images import Picture, load_picture
from lessons_lib.kit.controls import Seed, Slider, step_index, value_at_step
from lessons_lib.kit.keys import part_of, place_in_key, state_key
from lessons_lib.labs.stride import LAB, StrideParams

TENTHS = Slider("gain", "gain", -2.0, 2.0, step=0.1)


def test_each_parameter_has_its_part_in_the_order_of_the_fields() -> None:
    before = StrideParams(picture=load_picture("lena"))
    parts = state_key(LAB.controls, before, "rooms").split("|")
    moves: dict[str, Any] = {"stride": 7, "seed": 12, "show_unread": True, "kernel": "sobel_x"}
    for name, value in moves.items():
        after = state_key(LAB.controls, replace(before, **{name: value}), "rooms").split("|")
        changed = [n for n, pair in enumerate(zip(parts, after, strict=True)) if len(set(pair)) > 1]
        assert changed == [place_in_key(StrideParams, name)]
    assert state_key(LAB.controls, before, "others").split("|")[1:] == parts[1:]


@pytest.mark.parametrize("index", range(41))
def test_a_step_between_fractions_is_one_number_and_one_part(index: int) -> None:
    value = value_at_step(TENTHS, index)
    drifted = -2.0 + index * 0.1  # as a page may count
    assert step_index(TENTHS, value) == step_index(TENTHS, drifted) == index
    assert value == round(drifted, 1)
    assert part_of(TENTHS, value) == str(index)


def test_what_stands_between_two_steps_is_no_step() -> None:
    assert step_index(TENTHS, 0.25) is None
    assert part_of(TENTHS, 0.25) not in {str(index) for index in range(41)}
    assert step_index(Slider("size", "size", 1, 9, step=2), 4) is None
    assert step_index(Seed(), 17) == 17
    assert step_index(Slider("rate", "rate", 0.1, 10.0, log=True), 0.1) is None


def test_pictures_are_known_by_their_content_not_by_their_name() -> None:
    first, second = torch.rand(1, 3, 4, 6), torch.rand(1, 3, 4, 6)
    same = part_of(None, Picture("photo.png", first))
    assert part_of(None, Picture("photo.png", first.clone())) == same
    assert part_of(None, Picture("photo.png", second)) != same
    assert part_of(None, Picture("photo.png", first.view(1, 3, 6, 4))) != same
    assert part_of(None, Picture("photo.png", first, "scaled down")) != same
    assert part_of(None, Picture("lena", first)) == same
    assert part_of(None, load_picture("lena")) == "lena"


def test_a_kernel_is_known_by_its_numbers_whatever_their_type() -> None:
    whole = ((1, 0), (-1, 2))
    assert part_of(None, whole) == part_of(None, ((1.0, 0.0), (-1.0, 2.0)))
    assert part_of(None, whole) != part_of(None, ((1, 0, -1, 2),))


def test_a_network_that_was_trained_further_is_another_one() -> None:
    network = nn.Conv2d(1, 1, 2)
    before = part_of(None, network)
    assert part_of(None, network) == before
    assert part_of(None, nn.Conv2d(1, 1, 2)) != before
    with torch.no_grad():
        network.weight.add_(1.0)
    assert part_of(None, network) != before


def test_what_equals_only_itself_keeps_its_number_while_it_lives() -> None:
    class Found:
        """What a training may find."""

    first, second = Found(), Found()
    assert part_of(None, first) == part_of(None, first) != part_of(None, second)
    gone = part_of(None, first)
    del first
    assert gone not in {part_of(None, Found()) for _ in range(100)}


def test_what_cannot_be_followed_is_another_one_each_time() -> None:
    found = object()  # has no weak reference
    assert part_of(None, found) != part_of(None, found)

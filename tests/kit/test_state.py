"""The words by which an output that was kept is told from the present one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lessons_lib.kit.result import LabDefinition
from lessons_lib.kit.state import state_words
from tests.labs.all_labs import all_labs, lab_named, small_pictures, start


def words(name: str, **settings: Any) -> dict[str, str]:
    lab = lab_named(name)
    return state_words(lab.controls, start(lab, **settings))


def test_each_setting_is_said_in_a_few_words() -> None:
    said = words("stride", stride=3, seed=4, kernel="Sobel x")
    assert said == {
        "picture": small_pictures()[0].name,
        "seed": "seed 4",
        "kernel": "Sobel x",
        "stride": "stride 3",
        "per_axis": "not: own stride across",
        "show_unread": "not: show unread pixels",
        "display": "own range",
    }
    assert words("stride", per_axis=True, stride_width=5)["stride_width"] == "stride across 5"


def test_an_edited_kernel_is_named_as_its_preset_or_by_its_numbers() -> None:
    assert words("kernel")["kernel"] == "Sobel x"
    assert words("kernel", kernel=((1.0, -0.5), (0.25, 2.0)))["kernel"] == "kernel 1 −0.5; 0.25 2"
    assert words("kernel", kernel=((0.125,) * 7,) * 7)["kernel"] == "kernel 7 × 7"


def test_a_setting_that_changes_changes_its_own_words_only() -> None:
    before, after = words("stride", stride=3), words("stride", stride=4)
    assert {name for name in before if before[name] != after[name]} == {"stride"}


@pytest.mark.parametrize("lab", all_labs(), ids=lambda lab: lab.name)
def test_every_lab_has_words_for_its_settings(lab: LabDefinition) -> None:
    said = state_words(lab.controls, replace(start(lab)))
    assert said
    assert all(0 < len(each) < 60 for each in said.values()), said


def test_a_kernel_is_not_named_by_a_preset_that_sets_more() -> None:
    lab = lab_named("matrix")
    params = lab.params(kernel=((1.0, 2.0, 3.0), (4.0, 5.0, 6.0), (7.0, 8.0, 9.0)))
    assert state_words(lab.controls, params)["kernel"] == "kernel 1 2 3; 4 5 6; 7 8 9"

"""Pointing at a photo's output: the place goes to Python, the numbers come back."""

from __future__ import annotations

import numpy
import pytest

from lessons_lib.kit.microscope import SumMicroscope
from lessons_lib.labs import padding_matrix, stride
from lessons_lib.widgets.lab.lab import Lab
from tests.widgets.hand import Ear, browser_sets, control, small_picture


def point(lab: Lab, row: int, column: int) -> None:
    at = {"pane": "output", "row": row, "column": column}
    browser_sets(lab.stage, pointer=at)


def test_the_numbers_of_the_pointed_pixel_come_back_with_the_scene_they_belong_to() -> None:
    lab = Lab(stride.LAB, picture=small_picture(), stride=3)
    point(lab, 4, 7)
    probe = lab.stage.probe
    assert (probe["key"], probe["row"], probe["column"]) == (lab.stage.scene["key"], 4, 7)
    assert probe["operation"] == "sum"
    assert probe["labels"] == ["R", "G", "B"]
    parts = {part["name"]: part for part in probe["parts"]}
    assert all(p["channels"] == p["height"] == p["width"] == 3 for p in parts.values())
    window, weight, products = (
        numpy.frombuffer(parts[name]["values"], numpy.float32)
        for name in ("window", "weight", "products")
    )
    numpy.testing.assert_allclose(products, window * weight, rtol=1e-6)
    assert lab.result is not None
    microscope = lab.result.microscope("output")
    assert isinstance(microscope, SumMicroscope)
    bias = microscope.bias or 0.0
    shown = float(lab.result.pane("output").values[4, 7])
    assert float(products.sum()) + bias == pytest.approx(shown, abs=1e-5)
    lab.close()


def test_a_step_under_the_microscope_is_still_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(stride.LAB, picture=small_picture(), stride=3)
    point(lab, 4, 7)
    ear = Ear(lab.stage, monkeypatch)
    browser_sets(control(lab, "stride"), value=2)
    (state,) = [each for each in ear.states() if "scene" in each]
    assert state["probe"]["key"] == state["scene"]["key"]
    assert (state["probe"]["row"], state["probe"]["column"]) == (4, 7)
    lab.close()


def test_nobody_pointing_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(stride.LAB, picture=small_picture(), stride=3)
    point(lab, 4, 7)
    browser_sets(lab.stage, pointer={})
    ear = Ear(lab.stage, monkeypatch)
    browser_sets(control(lab, "stride"), value=2)
    assert all("probe" not in each for each in ear.states())
    lab.close()


def test_a_pointer_beyond_the_output_is_held_at_its_edge() -> None:
    lab = Lab(stride.LAB, picture=small_picture(), stride=3)
    point(lab, 9999, 0)
    assert lab.stage.probe["row"] == lab.stage.scene["panes"][1]["source_height"] - 1
    assert lab.stage.crash == ""
    lab.close()


def test_a_lab_without_a_microscope_does_not_mind_a_pointer() -> None:
    lab = Lab(padding_matrix.LAB)
    point(lab, 1, 1)
    assert lab.stage.probe == {}
    assert lab.stage.crash == ""
    lab.close()


def test_the_microscope_comes_back_after_a_refused_setting() -> None:
    lab = Lab(stride.LAB, picture=small_picture(16), stride=3, kernel="random_3x3")
    point(lab, 1, 1)
    before = lab.stage.probe
    lab.set(picture=small_picture(2))  # smaller than the kernel
    assert lab.stage.scene["error"]
    assert lab.stage.probe == before
    lab.set(picture=small_picture(16), stride=2)
    assert lab.stage.probe["key"] == lab.stage.scene["key"]
    lab.close()

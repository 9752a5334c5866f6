"""A click on a pane sets the parameters that the pane names; a reset is told to the page."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest
import torch
from PIL import Image

from lessons_lib.kit.controls import PictureChoice, Slider, Toggle
from lessons_lib.kit.photo import PictureParams, photo_pane
from lessons_lib.kit.result import Axes, LabDefinition, Pane, Result
from lessons_lib.labs import receptive_field, segmentation, stride
from lessons_lib.widgets.lab.clicks import set_by_click
from lessons_lib.widgets.lab.lab import Lab
from lessons_lib.widgets.upload.upload import Upload
from tests.widgets.hand import browser_says, control, small_picture


@dataclass(frozen=True)
class Params:
    line: int = 0
    place: int = 0


def definition(click_sets: tuple[str, ...]) -> LabDefinition:
    def compute(params: Params) -> Result:
        values = torch.ones(5, 4)
        values[params.line, params.place] = 2
        pane = Pane("map", "map", "", values, "map", (5, 4), "count", click_sets=click_sets)
        return Result((pane,), "One cell is darker.")

    controls = (Slider("line", "line", 0, 4), Slider("place", "place", 0, 3))
    return LabDefinition("clicked", "Clicked", Params, compute, controls)


@pytest.mark.parametrize(
    ("click_sets", "found"),
    [
        (("line", "place"), Params(3, 1)),
        (("place", "line"), Params(1, 3)),
        (("line",), Params(3, 0)),
        (("row", "place"), Params(0, 1)),
        (("row", "column"), Params(0, 0)),
        ((), Params(0, 0)),
    ],
)
def test_a_click_sets_the_parameters_that_the_pane_names_and_the_lab_has(
    click_sets: tuple[str, ...], found: Params
) -> None:
    lab = Lab(definition(click_sets))
    browser_says(lab.stage, type="click", pane="map", row=3, column=1)
    assert lab.params == found
    assert lab.stage.crash == ""
    lab.close()


def test_a_click_on_curves_sets_the_x_of_the_sample_whatever_the_first_one_is() -> None:
    def compute(params: Params) -> Result:
        axes = Axes("place", first=-2, present=params.place)
        values = torch.arange(8.0).reshape(1, 8)
        pane = Pane("map", "", "", values, "curves", (1, 8), axes=axes, click_sets=("", "place"))
        return Result((pane,), "A curve.")

    controls = (Slider("place", "place", -2, 5),)
    lab = Lab(LabDefinition("clicked", "Clicked", Params, compute, controls))
    for column in (0, 6):
        browser_says(lab.stage, type="click", pane="map", row=0, column=column)
        assert lab.params == Params(0, column - 2)
    assert lab.stage.crash == ""
    lab.close()


def test_a_click_on_a_pane_that_takes_none_or_is_gone_changes_nothing() -> None:
    lab = Lab(stride.LAB, picture=small_picture())
    before = lab.params
    for pane in ("input", "output", "no such pane"):
        browser_says(lab.stage, type="click", pane=pane, row=3, column=1)
    assert lab.params == before
    assert lab.stage.crash == ""
    lab.close()


def test_a_click_on_the_photo_moves_the_receptive_field() -> None:
    lab = Lab(receptive_field.LAB, picture=small_picture())
    browser_says(lab.stage, type="click", pane="input", row=11, column=29)
    assert (lab.params.row, lab.params.column) == (11, 29)
    lab.close()


def test_a_click_may_set_besides_how_its_place_is_meant() -> None:
    def compute(params: Params) -> Result:
        sets = {"click_sets": ("", "place"), "click_also": {"line": 4}}
        pane = Pane("map", "", "", torch.zeros(5, 4), "map", (5, 4), "count", **sets)  # type: ignore[arg-type]
        return Result((pane,), "A map.")

    controls = (Slider("line", "line", 0, 4), Slider("place", "place", 0, 4))
    lab = Lab(LabDefinition("clicked", "Clicked", Params, compute, controls))
    browser_says(lab.stage, type="click", pane="map", row=1, column=2)
    assert lab.params == Params(4, 2)
    assert lab.panel.bindings["line"].get() == 4
    lab.close()


@dataclass(frozen=True)
class PhotoOrNot(PictureParams):
    own: bool = False


def test_the_readers_file_is_asked_for_only_where_there_is_a_picture() -> None:
    def compute(params: PhotoOrNot) -> Result:
        return Result((photo_pane(params.picture),), "A photo.")

    controls = (Toggle("own", "own"), PictureChoice(shown_with="own"))
    lab = Lab(LabDefinition("asked", "Asked", PhotoOrNot, compute, controls))
    (upload,) = (each for each in lab.panel.header.children if isinstance(each, Upload))
    assert upload.layout.display == "none"
    lab.set(own=True)
    assert upload.layout.display == ""
    lab.close()


def test_a_click_beyond_what_a_slider_can_show_is_held_at_its_end() -> None:
    lab = Lab(definition(("line", "place")))
    browser_says(lab.stage, type="click", pane="map", row=9, column=1)
    assert lab.params == Params(4, 1)
    assert lab.stage.crash == ""
    lab.close()


def test_a_click_before_the_first_value_of_a_slider_is_held_there() -> None:
    pane = Pane("map", "", "", torch.zeros(5, 4), "map", (5, 4), click_sets=("line", "place"))
    sliders = {"line": Slider("line", "line", 2, 4)}
    assert set_by_click(pane, 0, 3, ["line", "place"], sliders) == {"line": 2, "place": 3}


def test_a_click_that_has_no_place_in_a_lab_sets_nothing_besides() -> None:
    pane = Pane(
        "map", "", "", torch.zeros(5, 4), "map", (5, 4), click_sets=("row",), click_also={"line": 4}
    )
    assert set_by_click(pane, 0, 3, ["line"], {}) == {}


def test_a_reset_is_told_to_the_page_once_the_settings_are_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lab = Lab(definition(("line", "place")))
    lab.set(line=2)
    told: list[tuple[dict[str, str], int]] = []
    monkeypatch.setattr(lab.stage, "send", lambda content: told.append((content, lab.params.line)))
    lab.reset()
    assert told == [({"type": "reset"}, 0)]
    lab.close()


def test_a_file_turns_the_lab_to_the_picture_and_keeps_what_was_said_of_it() -> None:
    file = io.BytesIO()
    Image.new("L", (900, 30), 90).save(file, "PNG")
    lab = Lab(segmentation.LAB)
    (upload,) = (each for each in lab.panel.header.children if isinstance(each, Upload))
    assert upload.layout.display in (None, ""), "a file may be brought while a scene is shown"
    assert upload.lab_call.endswith(", source='picture')")
    assert control(lab, "scene").layout.display in (None, "")
    lab.panel._take_file({"source": "picture"}, file.getvalue(), "wide.png")
    assert lab.params.picture.note.startswith("scaled down from 30 × 900")
    assert control(lab, "scene").layout.display == "none"
    assert lab.stage.crash == ""
    lab.close()

"""A lab in use: the browser's messages, the hand that moves and rests, cells that run again."""

from __future__ import annotations

import asyncio
import base64
import gc
import io
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import ipywidgets
import numpy as np
import pytest
import torch
from PIL import Image

from lessons_lib.images import Picture, PictureError, assets_folder
from lessons_lib.kit.controls import (
    Choice,
    KernelEdit,
    PictureChoice,
    Presets,
    Seed,
    Slider,
    Toggle,
    Work,
)
from lessons_lib.kit.result import LabDefinition, Result
from lessons_lib.labs import (
    bias,
    dilation,
    padding,
    padding_matrix,
    receptive_field,
    stride,
    variants,
)
from lessons_lib.widgets.lab.cells import close_earlier_labs
from lessons_lib.widgets.lab.lab import Lab
from lessons_lib.widgets.upload.upload import Upload
from tests.images.tiffs import Kind, written
from tests.labs.all_labs import all_labs, choices_of, has_picture
from tests.widgets.hand import Ear, browser_says, browser_sets, control, family, small_picture


@pytest.fixture
def make() -> Iterator[Callable[..., Lab]]:
    """Make labs with a small picture; they are closed at the end."""
    made: list[Lab] = []

    def one(definition: LabDefinition, **settings: Any) -> Lab:
        if has_picture(definition):
            settings = {"picture": small_picture(), **settings}
        made.append(Lab(definition, **settings))
        return made[-1]

    yield one
    for lab in made:
        lab.close()


Make = Callable[..., Lab]


def slot(lab: Lab, name: str) -> str:
    (found,) = [pane["slot"] for pane in lab.stage.scene["panes"] if pane["name"] == name]
    return f"pixels_{found}"


def preset_row(lab: Lab) -> ipywidgets.ToggleButtons:
    """The presets that stand in sight; others may follow, under "more"."""
    return next(each for each in family(lab) if isinstance(each, ipywidgets.ToggleButtons))


def while_running(steps: Callable[[], Any], seconds: float) -> None:
    """Do it inside an event loop, as a kernel does, and let the loop go on for so long."""

    async def run() -> None:
        steps()
        await asyncio.sleep(seconds)

    asyncio.run(run())


def wait_until(done: Callable[[], bool], steps: Callable[[], Any], limit: float = 5.0) -> None:
    """Do it inside an event loop and let the loop go on until it is so."""

    async def run() -> None:
        steps()
        end = time.monotonic() + limit
        while not done():
            assert time.monotonic() < end, f"still not so after {limit} s"
            await asyncio.sleep(0.01)

    asyncio.run(run())


# ------------------------------------------------------------------------- every control, by hand


@pytest.mark.parametrize("definition", all_labs(), ids=lambda lab: lab.name)
def test_every_control_moves_its_parameter_and_nothing_else(
    make: Make, definition: LabDefinition
) -> None:
    lab = make(definition)
    for spec in definition.controls:
        if isinstance(spec, Presets | PictureChoice | Work):
            continue
        for settings in choices_of(spec)[:3]:
            before = lab.params
            widget, value = control(lab, spec.name), settings[spec.name]
            if isinstance(spec, Choice):
                index = [option for _, option in spec.options].index(value)
                browser_sets(widget, index=index)
            elif isinstance(spec, Slider) and spec.log:
                browser_sets(widget, index=[option for _, option in widget.options].index(value))
            elif isinstance(spec, KernelEdit):
                widget.values = [list(row) for row in value]
            else:
                browser_sets(widget, value=value)
            assert lab.params == replace(before, **settings)
            assert lab.stage.crash == ""


def has_presets(definition: LabDefinition) -> bool:
    return any(isinstance(spec, Presets) for spec in definition.controls)


@pytest.mark.parametrize("definition", [*filter(has_presets, all_labs())], ids=lambda lab: lab.name)
def test_every_preset_sets_what_it_names_and_is_marked(
    make: Make, definition: LabDefinition
) -> None:
    lab = make(definition, controls="all")
    (presets,) = [spec for spec in definition.controls if isinstance(spec, Presets)]
    row = preset_row(lab)
    for index, (label, settings) in enumerate(presets.settings):
        browser_sets(row, index=index)
        assert {name: getattr(lab.params, name) for name in settings} == settings, label
        assert row.value is not None
        assert lab.stage.crash == ""


@pytest.mark.parametrize("definition", all_labs(), ids=lambda lab: lab.name)
def test_the_controls_begin_where_the_lesson_begins(make: Make, definition: LabDefinition) -> None:
    lab = make(definition)
    start = definition.params()
    kinds = (Slider, Seed, Choice, Toggle)
    for spec in definition.controls:
        if isinstance(spec, kinds):
            assert control(lab, spec.name).value == getattr(start, spec.name)


def test_a_preset_is_unmarked_when_a_slider_leaves_it(make: Make) -> None:
    lab = make(stride.LAB)
    browser_sets(preset_row(lab), index=3)
    assert lab.params.stride == 4
    browser_sets(control(lab, "stride"), value=7)
    assert preset_row(lab).value is None
    browser_sets(control(lab, "stride"), value=5)
    assert preset_row(lab).label == "5"


def test_the_browser_hears_one_message_per_step_with_the_changed_panes(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = make(stride.LAB)
    ear = Ear(lab.stage, monkeypatch)
    for number, value in enumerate((3, 4, 5), start=2):
        browser_sets(control(lab, "stride"), value=value)
        (state,) = ear.states()
        assert set(state) - {slot(lab, "kernel")} == {"scene", slot(lab, "output")}
        assert state["scene"]["seq"] == number
    assert sum(ear.sizes) < 3 * 4000  # the photo alone has 4050 bytes


@pytest.mark.parametrize("definition", [padding.LAB, dilation.LAB], ids=lambda lab: lab.name)
def test_the_unchanged_photo_stays_at_home_in_other_labs_too(
    make: Make, monkeypatch: pytest.MonkeyPatch, definition: LabDefinition
) -> None:
    lab = make(definition, **{definition.name: 3}, **padding_mode_for(definition))
    ear = Ear(lab.stage, monkeypatch)
    browser_sets(control(lab, definition.name), value=4)
    (state,) = ear.states()
    assert slot(lab, "input") not in state
    assert slot(lab, "output") in state


def padding_mode_for(definition: LabDefinition) -> dict[str, Any]:
    return {"padding_mode": "zeros"} if definition is padding.LAB else {}


def test_the_same_value_again_says_nothing(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = make(stride.LAB)
    ear = Ear(lab.stage, monkeypatch)
    browser_sets(control(lab, "stride"), value=2)
    lab.set()
    lab.reset()
    assert ear.states() == []


def test_a_slider_that_counts_for_nothing_changes_no_pixels(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = make(stride.LAB)
    assert control(lab, "stride_width").layout.display == "none"
    browser_sets(control(lab, "per_axis"), value=True)
    assert control(lab, "stride_width").layout.display != "none"
    assert lab.stage.scene["panes"][1]["shape"] == [1, 14, 11]


# -------------------------------------------------------------------------- set, refused and broken


def values_shown(lab: Lab) -> list[Any]:
    """The value of every control, in their order."""
    return [each.value for each in family(lab) if hasattr(each, "value")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kernel": "no such kernel"},
        {"seed": -1},
        {"picture": "no such picture"},
        {"strides": 3},
        {"per_axis": "maybe"},
        {"stride": True},
        {"stride": "5"},
        {"stride": 99},
        {"stride": 2.5},
        {"display": "pink"},
    ],
    ids=str,
)
def test_a_wrong_setting_is_an_error_and_leaves_the_lab_as_it_was(
    make: Make, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]
) -> None:
    lab = make(stride.LAB)
    before, shown = lab.params, values_shown(lab)
    ear = Ear(lab.stage, monkeypatch)
    with pytest.raises((TypeError, ValueError)):
        lab.set(**{"picture": "impulse", "seed": 8, "stride": 9, **wrong})
    assert lab.params == before
    assert values_shown(lab) == shown, "the controls show what the lab does not"
    assert ear.states() == []


@pytest.mark.parametrize("value", [True, "5", None])
def test_a_setting_of_the_wrong_kind_names_the_setting(make: Make, value: Any) -> None:
    with pytest.raises(TypeError, match=r"`stride` .* must be a whole number from 1 to 32"):
        make(stride.LAB, stride=value)


@pytest.mark.parametrize("kind", [np.int64, np.int8])
def test_a_setting_may_be_a_whole_number_of_numpy(make: Make, kind: Any) -> None:
    set_to = make(stride.LAB, stride=kind(5)).params.stride
    assert set_to == 5
    assert type(set_to) is int


def test_a_refusal_sends_words_only_and_the_nearest_setting_leaves_it(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = make(padding.LAB, padding=29)
    panes = lab.stage.scene["panes"]
    ear = Ear(lab.stage, monkeypatch)
    browser_sets(control(lab, "padding"), value=30)
    (state,) = ear.states()
    assert set(state) == {"scene"}
    error = state["scene"]["error"]
    assert "Padding size should be less than" in error["message"]
    assert "30 pixels high" in error["explanation"]
    assert error["nearest_text"] == "padding = 29"
    assert state["scene"]["panes"] == panes
    assert "padding=30" in "".join(term["text"] for term in state["scene"]["code"])
    browser_says(lab.stage, type="apply", settings=error["nearest"])
    assert control(lab, "padding").value == 29
    assert lab.stage.scene["error"] is None
    assert lab.stage.crash == ""


def test_a_word_in_the_text_presses_a_button_by_its_label() -> None:
    lab = Lab(stride.LAB, picture=small_picture(), stride=1)
    browser_says(lab.stage, type="apply", settings={"try": "3 × 5 kernel, stride (3, 4)"})
    assert (lab.params.kernel, lab.params.stride, lab.params.stride_width) == ("random_3x5", 3, 4)
    browser_says(lab.stage, type="apply", settings={"try": "8", "kernel": "box_3x3"})
    assert (lab.params.kernel, lab.params.stride, lab.params.per_axis) == ("box_3x3", 8, False)
    browser_says(lab.stage, type="apply", settings={"try": "21"})
    assert "`try` (='21') must be one of ['1', '2', '3'," in lab.stage.crash
    lab.close()


def test_a_lab_that_begins_refused_can_be_saved_and_left(make: Make) -> None:
    lab = make(dilation.LAB, dilation=256)
    assert lab.stage.scene["panes"] == []
    assert lab.stage.scene["sentence"].startswith("torch refuses this setting")
    png = base64.b64decode(lab._repr_mimebundle_()["image/png"])
    assert Image.open(io.BytesIO(png)).width >= 400
    browser_sets(control(lab, "dilation"), value=2)
    assert [pane["name"] for pane in lab.stage.scene["panes"]] == ["input", "output", "kernel"]


def broken(*_: Any) -> Result:
    raise ZeroDivisionError("broken on purpose")


def test_a_lab_that_cannot_even_begin_says_so_in_the_cell() -> None:
    with pytest.raises(ZeroDivisionError, match="broken on purpose"):
        Lab(replace(stride.LAB, compute=broken))


def test_a_broken_setting_is_told_and_a_good_one_heals(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    def fragile(params: Any) -> Result:
        return broken() if params.stride == 13 else stride.compute(params)

    lab = make(replace(stride.LAB, compute=fragile))
    panes = lab.stage.scene["panes"]
    browser_sets(control(lab, "stride"), value=13)
    assert "in fragile" in lab.stage.crash
    assert "ZeroDivisionError: broken on purpose" in lab.stage.crash
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert caplog.records[0].exc_info is not None
    assert lab.stage.scene["panes"] == panes
    browser_sets(control(lab, "stride"), value=14)
    assert lab.stage.crash == ""
    with pytest.raises(ZeroDivisionError):
        lab.set(stride=13)  # a program hears it itself


def test_a_refusal_heals_a_crash_too(make: Make) -> None:
    def fragile(params: Any) -> Result:
        return broken() if params.dilation == 3 else dilation.compute(params)

    lab = make(replace(dilation.LAB, compute=fragile), dilation=2)
    browser_sets(control(lab, "dilation"), value=3)
    assert lab.stage.crash
    browser_sets(control(lab, "dilation"), value=200)
    assert lab.stage.crash == ""
    assert lab.stage.scene["error"]


# ----------------------------------------------------------------------------- pictures


def upload_of(lab: Lab) -> Upload:
    (found,) = [each for each in family(lab) if isinstance(each, Upload)]
    return found


def upload(lab: Lab, data: bytes, name: str) -> None:
    piece = {"type": "piece", "id": "a", "index": 0, "count": 1, "name": name, "size": len(data)}
    message = {"content": {"data": {"method": "custom", "content": piece}}}
    upload_of(lab)._handle_msg({**message, "buffers": [memoryview(data)]})


def png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), (200, 100, 50)).save(file, "PNG")
    return file.getvalue()


def test_an_uploaded_picture_is_shown_and_can_be_chosen_again(make: Make) -> None:
    lab = make(stride.LAB)
    upload(lab, png(33, 21), "holiday.png")
    assert lab.params.picture.name == "holiday.png (yours)"
    assert lab.stage.scene["panes"][0]["shape"] == [3, 21, 33]
    choice = control(lab, "picture")
    browser_sets(choice, index=choice.options.index("chelsea"))
    assert lab.stage.scene["panes"][0]["shape"] == [3, 300, 451]
    browser_sets(choice, index=choice.options.index("holiday.png (yours)"))
    assert lab.stage.scene["panes"][0]["shape"] == [3, 21, 33]


def test_a_second_upload_of_the_same_name_replaces_the_first(make: Make) -> None:
    lab = make(stride.LAB)
    upload(lab, png(33, 21), "holiday.png")
    upload(lab, png(17, 29), "holiday.png")
    assert lab.stage.scene["panes"][0]["shape"] == [3, 29, 17]
    assert len([name for name in control(lab, "picture").options if "holiday" in name]) == 1


def test_an_upload_may_set_more_than_the_picture(make: Make) -> None:
    turned = (
        replace(each, uploaded=(("stride", 4),), shown_with=("stride", 4))
        if isinstance(each, PictureChoice)
        else each
        for each in stride.LAB.controls
    )
    lab = make(replace(stride.LAB, controls=tuple(turned)))
    assert lab.params.stride != 4
    assert control(lab, "picture").layout.display == "none"
    assert upload_of(lab).layout.display != "none", "it leads to the picture"
    assert upload_of(lab).lab_call == 'stride_lab(picture="/path/to/photo.jpg", stride=4)'
    upload(lab, png(33, 21), "holiday.png")
    assert (lab.params.picture.name, lab.params.stride) == ("holiday.png (yours)", 4)
    assert control(lab, "stride").value == 4


def test_an_upload_that_is_no_picture_is_a_sentence_and_changes_nothing(make: Make) -> None:
    lab = make(stride.LAB)
    scene = lab.stage.scene
    upload(lab, b"no picture", "notes.txt")
    assert "notes.txt" in upload_of(lab).message
    assert lab.stage.scene is scene
    assert lab.stage.crash == ""


def test_an_upload_that_cannot_be_read_right_is_named_for_what_it_is(make: Make) -> None:
    lab = make(stride.LAB)
    bands = np.zeros((4, 6, 5), np.float32)
    file = written(bands, Kind("minisblack", 5, np.copy, ("unspecified",) * 4))
    upload(lab, file, "satellite.tif")
    assert "'satellite.tif' is a TIFF of 5 bands of 32-bit floats" in upload_of(lab).message
    assert lab.params.picture.name != "satellite.tif (yours)"


def test_an_upload_of_12_bits_is_bright_and_says_under_the_picture_how(make: Make) -> None:
    lab = make(stride.LAB)
    cells = np.arange(48, dtype=np.uint16).reshape(6, 8) * 85 + 100
    upload(lab, written(cells, Kind("minisblack", 1, np.copy)), "cells.tif")
    assert lab.params.picture.image.max() == 1
    assert lab.stage.scene["panes"][0]["note"].startswith("greys stretched from 100 .. 4095 to")


def test_a_picture_smaller_than_the_kernel_is_refused_and_left_again(make: Make) -> None:
    for definition in (stride.LAB, padding.LAB, dilation.LAB, bias.LAB):
        settings = {"padding": 0} if definition in (padding.LAB, bias.LAB) else {}
        lab = make(definition, **settings)
        upload(lab, png(1, 1), "pixel.png")
        assert upload_of(lab).message == ""
        assert lab.stage.crash == ""
        assert lab.stage.scene["error"]["explanation"]
        lab.set(picture=small_picture(), **({"dilation": 2} if definition is dilation.LAB else {}))
        assert lab.stage.scene["error"] is None


def test_a_picture_can_be_a_path_or_a_picture(make: Make) -> None:
    lab = make(stride.LAB, picture=assets_folder() / "coffee.png")
    assert lab.stage.scene["panes"][0]["shape"] == [3, 400, 600]
    lab.set(picture=Picture("mine", torch.rand(1, 3, 9, 11)))
    assert lab.stage.scene["panes"][0]["shape"] == [3, 9, 11]
    with pytest.raises(PictureError):
        lab.set(picture="nowhere.png")
    assert lab.params.picture.name == "mine"


def test_reset_brings_the_first_picture_back(make: Make) -> None:
    lab = make(stride.LAB, stride=3)
    first = lab.params
    lab.set(picture="impulse", stride=9, seed=7)
    (button,) = [
        each for each in family(lab) if "lesson-reset" in getattr(each, "_dom_classes", ())
    ]
    browser_says(button, event="click")
    assert lab.params == first
    assert lab.params.picture is first.picture


# ----------------------------------------------------------------------------- room


def tell_room(lab: Lab, height: int, width: int, view: str = "only", scale: float = 0) -> None:
    names = [pane["name"] for pane in lab.stage.scene["panes"] if pane["format"] != "float32"]
    boxes = {name: [height, width, scale] for name in names}
    browser_says(lab.stage, type="room", view=view, boxes=boxes)


def test_a_smaller_room_brings_a_reduced_picture_a_larger_one_the_whole(make: Make) -> None:
    lab = make(stride.LAB, picture="chelsea", stride=1)  # 300 x 451
    assert lab.stage.scene["panes"][0]["width"] == 360
    tell_room(lab, 200, 200)
    scene = lab.stage.scene
    assert [(p["height"], p["width"]) for p in scene["panes"][:2]] == [(133, 200), (133, 200)]
    assert scene["panes"][1]["shape"] == [1, 298, 449]
    tell_room(lab, 900, 900)
    assert lab.stage.scene["panes"][0]["width"] == 451
    assert lab.stage.scene["seq"] == scene["seq"], "nothing was computed for that"


def test_the_same_room_again_changes_nothing(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = make(stride.LAB)
    tell_room(lab, 200, 200)
    ear = Ear(lab.stage, monkeypatch)
    tell_room(lab, 200, 200)
    assert not [state for state in ear.states() if "scene" in state]


def test_a_room_of_nothing_is_survived(make: Make) -> None:
    lab = make(stride.LAB)
    tell_room(lab, 0, 0)
    assert lab.stage.crash == ""
    tell_room(lab, 200, 200)
    assert lab.stage.scene["panes"][0]["height"] == 30


def test_another_room_shows_the_same_result_without_computing(make: Make) -> None:
    lab = make(stride.LAB, picture="chelsea")
    shown = lab.result
    for side in (100, 300):
        tell_room(lab, side, side)
        assert lab.result is shown
        assert lab.stage.scene["panes"][0]["width"] == side


def test_in_another_room_the_numbers_of_the_state_still_belong_to_it(make: Make) -> None:
    lab = make(stride.LAB, picture="chelsea")
    tell_room(lab, 200, 200)
    browser_sets(lab.stage, pointer={"pane": "output", "row": 3, "column": 5})
    lab.stage.timing = {"key": lab.stage.scene["key"], "milliseconds": 1.5}
    tell_room(lab, 100, 100)
    key = lab.stage.scene["key"]
    assert [lab.stage.probe["key"], lab.stage.timing["key"]] == [key, key]
    assert lab.stage.timing["milliseconds"] == 1.5


def test_of_two_views_the_larger_one_decides_until_it_closes(make: Make) -> None:
    lab = make(stride.LAB, picture="chelsea")

    def width() -> int:
        return int(lab.stage.scene["panes"][0]["width"])

    tell_room(lab, 300, 300, "projector")
    tell_room(lab, 100, 100, "window")
    assert width() == 300
    browser_says(lab.stage, type="gone", view="projector")
    tell_room(lab, 110, 110, "window")
    assert width() == 110


def test_when_a_larger_view_closes_the_page_hears_how_states_are_named_now(make: Make) -> None:
    lab = make(stride.LAB, picture="chelsea")
    tell_room(lab, 300, 300, "projector")
    tell_room(lab, 100, 100, "window")
    browser_says(lab.stage, type="gone", view="projector")
    assert lab.stage.scene["key"] == lab.state_of(lab.params).key
    assert lab.stage.scene["panes"][0]["width"] == 100


def test_when_the_last_view_closes_nothing_is_sent(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = make(stride.LAB)
    tell_room(lab, 200, 200)
    ear = Ear(lab.stage, monkeypatch)
    browser_says(lab.stage, type="gone", view="only")
    assert ear.states() == []


def test_a_view_that_vanished_without_a_word_is_missed_when_the_next_one_opens(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lessons_lib.widgets.lab.lab.ROLL_CALL_SECONDS", 0.05)
    lab = make(stride.LAB, picture="chelsea")
    asked: list[dict[str, str]] = []
    monkeypatch.setattr(lab.stage, "send", asked.append)

    def reload_the_page() -> None:
        tell_room(lab, 300, 300, "before the reload")
        tell_room(lab, 100, 100, "after it")
        tell_room(lab, 100, 100, "after it")  # its answer

    while_running(reload_the_page, 0.3)
    assert asked == [{"type": "roll_call"}]
    tell_room(lab, 100, 100, "after it")
    assert lab.stage.scene["panes"][0]["width"] == 100


def test_one_scale_for_several_pictures_keeps_their_sizes_comparable(make: Make) -> None:
    lab = make(padding.LAB, picture="chelsea", padding=100, padding_mode="zeros")  # 300 x 451
    tell_room(lab, 400, 400, scale=0.5)
    shown = [(p["shown_height"], p["shown_width"]) for p in lab.stage.scene["panes"]]
    assert shown == [(150, 226), (250, 326), (249, 324)]


def test_a_click_outside_the_sliders_reach_is_no_end(make: Make) -> None:
    lab = make(receptive_field.LAB)
    browser_says(lab.stage, type="click", pane="input", row=12, column=31)
    assert (lab.params.row, lab.params.column) == (12, 31)
    assert control(lab, "row").value == 12
    browser_says(lab.stage, type="something new")
    assert lab.stage.crash == ""


# ----------------------------------------------------------------- the hand that moves and rests


def test_while_the_hand_moves_a_preview_is_shown_and_then_the_exact_picture(make: Make) -> None:
    lab = make(padding.LAB, padding=20, padding_mode="zeros")
    tell_room(lab, 40, 40)
    seen: list[tuple[int, bool]] = []
    lab.stage.observe(
        lambda change: seen.append((change["new"]["seq"], change["new"]["exact"])), names="scene"
    )
    exact = lab.stage.pixels_2

    def drag() -> None:
        for value in (21, 22, 20):
            browser_sets(control(lab, "padding"), value=value)

    wait_until(lambda: bool(seen) and seen[-1][1], drag)
    assert [each for _, each in seen] == [False, False, False, True]
    assert [seq for seq, _ in seen] == sorted({seq for seq, _ in seen})
    assert lab.stage.pixels_2 == exact


def test_a_preview_is_made_anew_for_another_room(make: Make) -> None:
    lab = make(padding.LAB, picture="lena", padding=20, padding_mode="zeros")
    tell_room(lab, 40, 40)
    seen: list[tuple[int, bool]] = []
    lab.stage.observe(
        lambda change: seen.append((change["new"]["panes"][1]["width"], change["new"]["exact"])),
        names="scene",
    )

    def move_and_grow() -> None:
        browser_sets(control(lab, "padding"), value=60)
        tell_room(lab, 80, 80)

    wait_until(lambda: bool(seen) and seen[-1][1], move_and_grow)
    assert seen == [(20, False), (40, False), (80, True)]


def test_a_slider_let_go_brings_the_exact_picture_of_its_last_value_without_a_pause(
    make: Make,
) -> None:
    lab = make(padding.LAB, padding=20, padding_mode="zeros")
    tell_room(lab, 40, 40)
    seen: list[tuple[int, bool]] = []
    lab.stage.observe(
        lambda change: seen.append((lab.params.padding, change["new"]["exact"])), names="scene"
    )

    def drag() -> None:
        browser_sets(control(lab, "padding"), value=21)
        browser_says(lab.stage, type="released", name="padding", value=23.0)
        browser_sets(control(lab, "padding"), value=23)  # held back until now

    while_running(drag, 0.02)
    assert seen == [(21, False), (23, False), (23, True)]
    assert control(lab, "padding").value == 23


def test_what_long_work_finds_does_not_bring_back_the_value_before_a_release(make: Make) -> None:
    lab = make(stride.LAB, stride=4)
    browser_says(lab.stage, type="released", name="stride", value=5.0)
    lab.keep("kernel", "random_3x5")
    assert (lab.params.stride, lab.params.kernel) == (5, "random_3x5")
    browser_sets(control(lab, "stride"), value=5)  # held back until now
    assert lab.params.stride == 5


def test_the_release_of_a_slider_without_whole_numbers_changes_nothing(make: Make) -> None:
    lab = make(bias.LAB, bias=0.3)
    before = lab.stage.scene
    browser_says(lab.stage, type="released", name="bias", value=0.4)
    assert lab.stage.scene is before
    assert lab.stage.crash == ""


def test_when_the_hand_rests_the_layer_is_timed_for_the_newest_scene(make: Make) -> None:
    lab = make(stride.LAB)
    heard: list[dict[str, Any]] = []
    lab.stage.observe(lambda change: heard.append(change["new"]), names="timing")

    def drag() -> None:
        for value in (3, 4, 5):
            browser_sets(control(lab, "stride"), value=value)

    wait_until(lambda: bool(heard), drag)
    assert len(heard) == 1
    assert heard[0]["key"] == lab.stage.scene["key"]
    assert heard[0]["milliseconds"] > 0
    assert preset_row(lab).label == "5"


def test_what_a_layer_is_compared_with_is_timed_beside_it(make: Make) -> None:
    lab = make(variants.LAB, kind="grouped")
    wait_until(lambda: lab.stage.timing["key"], lambda: lab.set(kind="depthwise"))
    assert lab.stage.timing["key"] == lab.stage.scene["key"]
    assert lab.stage.timing["milliseconds"] > 0
    assert lab.stage.timing["compared"] > 0


def test_a_layer_that_breaks_while_it_is_timed_is_told(make: Make) -> None:
    def untimeable(params: Any) -> Result:
        return replace(stride.compute(params), layer=broken)

    lab = make(replace(stride.LAB, compute=untimeable))
    step = lambda: browser_sets(control(lab, "stride"), value=3)  # noqa: E731
    wait_until(lambda: bool(lab.stage.crash), step)
    assert "broken on purpose" in lab.stage.crash


def test_a_preview_that_breaks_is_told(make: Make) -> None:
    lab = make(replace(padding.LAB, preview=broken), padding=2)
    while_running(lambda: browser_sets(control(lab, "padding"), value=3), 0.01)
    assert "broken on purpose" in lab.stage.crash


def test_a_refused_setting_is_not_timed(make: Make) -> None:
    lab = make(padding.LAB, padding=2)
    before = lab.stage.timing
    while_running(lambda: browser_sets(control(lab, "padding"), value=30), 0.8)
    assert lab.stage.scene["error"]
    assert lab.stage.timing == before
    assert lab.stage.crash == ""


def test_a_lab_closed_while_the_hand_moves_stays_closed(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    lab = make(padding.LAB, padding=20, padding_mode="zeros")
    tell_room(lab, 40, 40)

    def drag_and_close() -> None:
        browser_sets(control(lab, "padding"), value=22)
        lab.close()

    while_running(drag_and_close, 0.8)
    assert lab.stage.crash == ""
    assert caplog.records == []


# ----------------------------------------------------------------------------- cells


class FakeShell:
    """Stands in for IPython while a cell runs."""

    def __init__(self, cell: str | None, run: str) -> None:
        metadata = {} if cell is None else {"cellId": cell}
        self._parent = {"metadata": metadata, "header": {"msg_id": run}}
        self.kernel = self

    def get_parent(self, channel: str | None = None) -> dict[str, Any]:
        return self._parent


class Closed:
    """A lab that only remembers how often it was closed."""

    def __init__(self) -> None:
        self.times = 0

    def close(self) -> None:
        self.times += 1


def in_cell(patch: pytest.MonkeyPatch, cell: str | None, run: str, lab: Closed) -> None:
    patch.setattr("IPython.core.getipython.get_ipython", lambda: FakeShell(cell, run))
    close_earlier_labs(lab)


def test_a_cell_that_runs_again_closes_what_it_made_before(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third, elsewhere = Closed(), Closed(), Closed(), Closed()
    in_cell(monkeypatch, "live-a", "run 1", first)
    in_cell(monkeypatch, "live-a", "run 1", second)
    in_cell(monkeypatch, "live-b", "run 2", elsewhere)
    assert (first.times, second.times) == (0, 0)
    in_cell(monkeypatch, "live-a", "run 3", third)
    assert [lab.times for lab in (first, second, third, elsewhere)] == [1, 1, 0, 0]
    in_cell(monkeypatch, "live-a", "run 4", Closed())
    assert [lab.times for lab in (first, second, third, elsewhere)] == [1, 1, 1, 0]


@pytest.mark.parametrize("cell", [None, ""])
def test_where_the_front_end_gives_no_cell_id_no_lab_closes_another(
    monkeypatch: pytest.MonkeyPatch, cell: str | None
) -> None:
    labs = [Closed() for _ in range(3)]
    for run, lab in enumerate(labs):
        in_cell(monkeypatch, cell, f"run {run}", lab)
    assert [lab.times for lab in labs] == [0, 0, 0]


def test_in_a_plain_script_nothing_is_closed() -> None:
    first, second = Closed(), Closed()
    close_earlier_labs(first)
    close_earlier_labs(second)
    assert (first.times, second.times) == (0, 0)


def test_a_real_lab_closes_its_forerunner(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    for run in ("run 1", "run 2"):
        shell = FakeShell("live-real", run)
        monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda shell=shell: shell)
        monkeypatch.setattr("lessons_lib.widgets.lab.lab.watch_cells", lambda: None)
        lab = make(padding_matrix.LAB)
        if run == "run 1":
            first = lab
    assert first.comm is None
    assert first.stage.comm is None
    assert lab.comm is not None


@pytest.mark.parametrize("definition", all_labs(), ids=lambda lab: lab.name)
def test_a_closed_lab_leaves_no_widget_behind(definition: LabDefinition) -> None:
    from ipywidgets.widgets import widget

    before = set(widget._instances)
    lab = Lab(definition)
    row, *_ = [each for each in family(lab) if isinstance(each, ipywidgets.ToggleButtons)]
    browser_sets(row, index=0)
    assert len(widget._instances) > len(before) + 10
    lab.close()
    left = [each for key, each in widget._instances.items() if key not in before]
    assert left == []


# ----------------------------------------------------------------------------- static pages


def runs(flags: torch.Tensor) -> list[tuple[int, int]]:
    """Where flags are on without a gap: (first, behind the last)."""
    steps = torch.cat([torch.tensor([False]), flags, torch.tensor([False])]).int().diff()
    first, behind = ((steps == step).nonzero()[:, 0].tolist() for step in (1, -1))
    return list(zip(first, behind, strict=True))


@pytest.mark.parametrize("definition", all_labs(), ids=lambda lab: lab.name)
def test_a_static_page_shows_every_pane_and_the_sentence(
    make: Make, definition: LabDefinition
) -> None:
    lab = make(definition)
    bundle = lab._repr_mimebundle_()
    widget = "application/vnd.jupyter.widget-view+json"
    assert set(bundle) >= {widget, "image/png", "text/plain"}
    assert bundle["text/plain"].startswith(f"{definition.title} lab. ")
    assert lab.stage.scene["sentence"] in bundle["text/plain"]
    sheet = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).convert("RGB")
    inked = torch.frombuffer(bytearray(sheet.tobytes()), dtype=torch.uint8)
    inked = inked.view(sheet.height, sheet.width, 3).ne(255).any(2)
    lines = runs(inked.any(1))
    pictures = [inked[first:behind].any(0) for first, behind in lines if behind - first > 20]
    assert sum(len(runs(row)) for row in pictures) >= len(lab.stage.scene["panes"])


@pytest.mark.parametrize("definition", all_labs(), ids=lambda lab: lab.name)
def test_a_closed_lab_is_forgotten(definition: LabDefinition) -> None:
    settings: dict[str, Any] = {"picture": small_picture()} if has_picture(definition) else {}
    lab = Lab(definition, **settings)
    known = weakref.ref(lab)
    lab.close()
    del lab
    gc.collect()
    assert known() is None


def test_a_layer_that_takes_long_is_timed_once(
    make: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = make(stride.LAB)
    assert lab.result is not None
    runs: list[None] = []
    monkeypatch.setattr("lessons_lib.widgets.lab.pace.MEASURE_SECONDS", 1e-9)
    lab._result = replace(lab.result, layer=lambda: runs.append(None))
    lab._measure()
    assert len(runs) == 1

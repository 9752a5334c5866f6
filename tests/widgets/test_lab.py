"""A lab without a browser: what its controls do, what it sends, and what it does with errors."""

import base64
import dataclasses
import io
import json
import threading
from collections.abc import Iterator
from typing import Any

import ipywidgets
import pytest
import torch
from ipywidgets.widgets.widget import _instances
from PIL import Image

from lessons_lib.images import PictureError
from lessons_lib.labs.result import Result
from lessons_lib.widgets import (
    Lab,
    bias_lab,
    cells,
    dilation_lab,
    padding_lab,
    padding_matrix_lab,
    receptive_field_lab,
    stride_lab,
)

MAKERS = [
    bias_lab,
    dilation_lab,
    padding_lab,
    padding_matrix_lab,
    receptive_field_lab,
    stride_lab,
]


@pytest.fixture
def lab() -> Iterator[Lab]:
    made = stride_lab()
    yield made
    made.close()


def control(lab: Lab, name: str) -> Any:
    """The widget that sets this parameter, found as a reader would: by its class."""

    def search(widget: Any) -> Any:
        if f"lesson-control-{name}" in getattr(widget, "_dom_classes", ()):
            return widget
        return next((hit for w in getattr(widget, "children", ()) if (hit := search(w))), None)

    return search(lab)


class Recorder:
    """Notes which keys the stage sends, message by message."""

    def __init__(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        self.messages: list[set[str]] = []
        send = lab.stage._send

        def noted(content: dict[str, Any], buffers: Any = None) -> None:
            keys = set(content.get("state", {}))
            keys |= {path[0] for path in content.get("buffer_paths", [])}
            self.messages.append(keys)
            send(content, buffers)

        monkeypatch.setattr(lab.stage, "_send", noted)


def crash_of(lab: Lab) -> str:
    return lab.stage.crash


def broken(_params: Any) -> Result:
    raise ZeroDivisionError("broken on purpose")


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_every_lab_starts_with_a_picture_a_sentence_and_no_crash(make: Any) -> None:
    lab = make()
    scene = lab.stage.scene
    assert scene["panes"]
    assert scene["sentence"].endswith(".")
    assert scene["error"] is None
    assert crash_of(lab) == ""
    for pane in scene["panes"]:
        unit = {"rgb8": 3, "index8": 1, "float32": 4 * pane["channels"]}[pane["format"]]
        data = getattr(lab.stage, f"pixels_{pane['slot']}")
        assert len(data) == pane["height"] * pane["width"] * unit
    lab.close()


def test_moving_a_slider_sends_one_message_without_the_unchanged_photo(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(lab, monkeypatch)
    slots = {pane["name"]: f"pixels_{pane['slot']}" for pane in lab.stage.scene["panes"]}
    control(lab, "stride").value = 5
    assert len(recorder.messages) == 1
    assert {"scene", slots["output"]} <= recorder.messages[0]
    assert slots["input"] not in recorder.messages[0]
    assert lab.stage.scene["panes"][1]["shape"] == [1, 102, 102]


def test_the_same_state_again_sends_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(lab, monkeypatch)
    lab.set(stride=2)
    assert recorder.messages == []


def test_the_sequence_number_rises_with_every_scene(lab: Lab) -> None:
    seen = []
    for stride in (3, 4, 9):
        control(lab, "stride").value = stride
        seen.append(lab.stage.scene["seq"])
    assert seen == sorted(set(seen))


def test_a_refused_setting_keeps_the_last_picture_and_can_be_left() -> None:
    lab = padding_lab(padding=511)
    panes = lab.stage.scene["panes"]
    lab.set(padding=512)
    error = lab.stage.scene["error"]
    assert "Padding size should be less" in error["message"]
    assert "mirror" in error["explanation"]
    assert error["nearest"] == {"padding": 511}
    assert lab.stage.scene["panes"] == panes
    lab._on_message(lab.stage, {"type": "apply", "settings": error["nearest"]}, [])
    assert lab.stage.scene["error"] is None
    assert control(lab, "padding").value == 511
    assert crash_of(lab) == ""
    lab.close()


def test_a_first_state_that_is_refused_shows_only_the_sentence() -> None:
    lab = dilation_lab(dilation=256)
    assert lab.stage.scene["panes"] == []
    assert lab.stage.scene["error"]["nearest"] == {"dilation": 255}
    lab.close()


def test_a_preset_sets_everything_it_names_in_one_step(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(lab, monkeypatch)
    row = next(w for w in lab.children[1].children if isinstance(w, ipywidgets.ToggleButtons))
    row.value = row.options[-1][1]
    assert (lab.params.kernel, lab.params.stride, lab.params.stride_width) == (
        "random 3 × 5",
        3,
        4,
    )
    assert len(recorder.messages) == 1
    assert control(lab, "stride_width").layout.display == ""
    lab.set(per_axis=False)
    assert control(lab, "stride_width").layout.display == "none"


def test_reset_goes_back_to_what_the_lab_began_with() -> None:
    lab = stride_lab(stride=7, seed=5)
    lab.set(stride=1, seed=9, kernel="Sobel x", picture="chelsea")
    button = next(w for w in lab.children[0].children if isinstance(w, ipywidgets.Button))
    button.click()
    assert (lab.params.stride, lab.params.seed) == (7, 5)
    assert lab.params.kernel == "random 3 × 3"
    assert lab.params.picture.name == "lena"
    lab.close()


def test_an_unknown_setting_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(TypeError, match=r"`strides` is no setting of this lab; it has .*stride"):
        stride_lab(strides=2)


@pytest.mark.parametrize("value", [0, 33])
def test_a_value_off_the_slider_is_an_error_that_names_its_ends(value: int) -> None:
    with pytest.raises(ValueError, match=rf"`stride` \(={value}\) must be from 1 to 32"):
        stride_lab(stride=value)


def test_a_kernel_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="`kernel`"):
        stride_lab(kernel="sobel")


def test_what_breaks_in_a_callback_is_shown_logged_and_survived(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    good = lab._definition
    monkeypatch.setattr(lab, "_definition", dataclasses.replace(good, compute=broken))
    control(lab, "stride").value = 7
    assert "ZeroDivisionError: broken on purpose" in crash_of(lab)
    assert "broken on purpose" in caplog.text
    monkeypatch.setattr(lab, "_definition", good)
    control(lab, "stride").value = 8
    assert crash_of(lab) == ""
    assert lab.stage.scene["panes"][1]["shape"] == [1, 64, 64]


def test_a_smaller_box_brings_reduced_pixels_of_the_same_shape(lab: Lab) -> None:
    lab.stage.box = [120, 150]
    pane = lab.stage.scene["panes"][0]
    assert (pane["height"], pane["width"]) == (120, 120)
    assert (pane["source_height"], pane["source_width"]) == (512, 512)
    assert pane["shape"] == [3, 512, 512]


def test_a_click_sets_the_place_of_the_receptive_field() -> None:
    lab = receptive_field_lab()
    lab._on_message(lab.stage, {"type": "click", "row": 40, "column": 90}, [])
    assert (lab.params.row, lab.params.column) == (40, 90)
    assert lab.stage.scene["panes"][0]["marked"] == [[34, 84, 13, 13]]
    lab.close()


def test_a_click_that_makes_no_sense_is_seen(lab: Lab) -> None:
    lab._on_message(lab.stage, {"type": "click", "row": 1, "column": 2}, [])
    assert "`row` is no setting of this lab" in crash_of(lab)


def test_closing_a_lab_leaves_no_widget_behind() -> None:
    before = set(_instances)
    lab = padding_lab()
    lab.close()
    assert {type(_instances[key]).__name__ for key in set(_instances) - before} == set()


def test_running_a_cell_again_closes_its_earlier_labs(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closable:
        closed = False

        def close(self) -> None:
            self.closed = True

    first, second, third, other = (Closable() for _ in range(4))
    for lab, cell, run in (
        (first, "a", "1"),
        (second, "a", "1"),
        (other, "b", "2"),
        (third, "a", "3"),
    ):
        monkeypatch.setattr(cells, "_running_cell", lambda cell=cell, run=run: (cell, run))
        cells.close_earlier_labs(lab, "stride")
    assert [lab.closed for lab in (first, second, third, other)] == [True, True, False, False]


def test_a_static_page_gets_the_panes_and_the_sentence(lab: Lab) -> None:
    bundle = lab._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert lab.stage.scene["sentence"] in bundle["text/plain"]
    sheet = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).convert("RGB")
    assert len(sheet.getcolors(maxcolors=1 << 24) or []) > 1000


def test_the_scene_is_json_apart_from_its_bytes(lab: Lab) -> None:
    json.dumps(lab.stage.scene, default=lambda data: len(data), allow_nan=False)


def test_labs_in_other_threads_leave_the_random_numbers_of_a_cell_alone(lab: Lab) -> None:
    def draw() -> torch.Tensor:
        torch.manual_seed(5)
        return torch.cat([torch.rand(1000) for _ in range(300)])

    alone = draw()
    stop = threading.Event()

    def drag() -> None:
        value = 1
        while not stop.is_set():
            value = value % 32 + 1
            lab.set(stride=value, seed=value)

    threads = [threading.Thread(target=drag) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        beside = draw()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert torch.equal(alone, beside)
    assert crash_of(lab) == ""


def test_a_picture_of_ones_own_is_shown_and_a_broken_one_keeps_the_last_state(lab: Lab) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (31, 20), "teal").save(stream, "PNG")
    lab._take_file(stream.getvalue(), "holiday.png")
    assert lab.params.picture.name == "holiday.png (yours)"
    assert lab.stage.scene["panes"][0]["shape"] == [3, 20, 31]
    with pytest.raises(PictureError, match=r"broken\.png"):  # the upload button shows this sentence
        lab._take_file(stream.getvalue()[:40], "broken.png")
    assert lab.params.picture.name == "holiday.png (yours)"
    assert lab.stage.scene["panes"][0]["shape"] == [3, 20, 31]

"""What a new lab of known parts gets without another edit: sweep, microscope, sheet, doors."""

from __future__ import annotations

import base64
import io

import pytest
import torch
from PIL import Image

from lessons_lib.kit.result import IllegalSettingError
from lessons_lib.widgets.lab.lab import Lab
from tests.labs.all_labs import small_pictures, start, sweep
from tests.labs.small_lab import LAB
from tests.labs.test_every_lab import check, check_refusal


def test_its_whole_range_is_computed_or_refused_with_reasons() -> None:
    legal = 0
    for params in sweep(LAB):
        try:
            result = LAB.compute(params)
        except IllegalSettingError:
            check_refusal(LAB, params)
            continue
        legal += 1
        check(LAB, params, result)
    assert legal > 20


def test_it_is_live_with_a_microscope() -> None:
    lab = Lab(LAB, picture=small_pictures()[0], reach=2, stride=2)
    scene = lab.stage.scene
    assert scene["microscopes"] == ["output"]
    lab.stage.pointer = {"pane": "output", "row": 3, "column": 5}
    shown = lab.stage.probe
    assert (shown["row"], shown["column"], shown["labels"]) == (3, 5, ["R", "G", "B"])
    lab.set(stride=4)
    assert lab.stage.scene["panes"][1]["shape"] == [1, 7, 11]
    lab.close()


def test_a_static_page_shows_its_panes_and_its_sentence() -> None:
    lab = Lab(LAB, picture=small_pictures()[0])
    bundle = lab._repr_mimebundle_()
    sheet = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert sheet.width > 400
    assert bundle["text/plain"].startswith("Blur lab. Each output is a mean")
    lab.close()


def test_an_output_of_it_can_be_kept_and_is_named_by_what_differs() -> None:
    lab = Lab(LAB, picture=small_pictures()[0], reach=3)
    (kept,) = [pane for pane in lab.stage.scene["panes"] if pane["keepable"]]
    assert kept["name"] == "output"
    assert lab.stage.scene["state"]["reach"] == "reach 3"
    lab.close()


@pytest.mark.parametrize("reach", [0, 3])
def test_it_shows_what_torch_computes(reach: int) -> None:
    params = start(LAB, reach=reach)
    image = params.picture.image.mean(1, keepdim=True)
    expected = torch.nn.functional.avg_pool2d(image, 2 * reach + 1, stride=1)[0, 0]
    torch.testing.assert_close(LAB.compute(params).pane("output").values, expected)

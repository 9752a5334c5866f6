"""The scene of every lab is data that a browser can take, whatever the numbers are."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
import torch

from lessons_lib.kit.result import LabDefinition, Pane, Result
from lessons_lib.widgets.lab.lab import Lab
from lessons_lib.widgets.stage.scene import SceneWriter
from tests.labs.all_labs import all_labs, has_picture
from tests.widgets.hand import plain, small_picture

BYTES = {"rgb8": 3, "index8": 1, "float32": 4}


@pytest.mark.parametrize("definition", all_labs(), ids=lambda lab: lab.name)
def test_a_scene_is_data_that_json_can_carry_with_the_bytes_it_promises(
    definition: LabDefinition,
) -> None:
    settings: dict[str, Any] = {"picture": small_picture()} if has_picture(definition) else {}
    lab = Lab(definition, **settings)
    scene = lab.stage.scene
    json.dumps(plain(scene), allow_nan=False)
    assert set(scene) == {
        "seq",
        "key",
        "panes",
        "links",
        "cell_links",
        "stepper",
        "microscopes",
        "formula",
        "code",
        "compared",
        "copied",
        "cost",
        "sentence",
        "error",
        "exact",
        "state",
    }
    panes = {pane["name"]: pane for pane in scene["panes"]}
    for name, pane in panes.items():
        grids = pane["channels"] if pane["format"] == "float32" else 1
        size = grids * pane["height"] * pane["width"] * BYTES[pane["format"]]
        assert len(getattr(lab.stage, f"pixels_{pane['slot']}")) == size, name
        drawn = pane["kind"] in ("photo", "curves", "wiring", "layers")  # not coloured by value
        assert drawn or pane["table"] in lab.stage.tables
        assert [pane["source_height"], pane["source_width"]] == pane["shape"][-2:]
    for link in scene["links"]:
        output = panes[link["output"]]
        assert link["source"] in panes
        for axis, rows in (("row", output["source_height"]), ("column", output["source_width"])):
            assert len(link[f"{axis}s"]) == 4 * rows * link[f"{axis}_taps"]
    for link in scene["cell_links"]:
        first, second = panes[link["first"]], panes[link["second"]]
        cells = torch.frombuffer(bytearray(link["cells"]), dtype=torch.int32)
        assert len(cells) == first["channels"] * math.prod(first["shape"][-2:]) * link["partners"]
        assert int(cells.min()) >= -1
        assert int(cells.max()) < second["channels"] * math.prod(second["shape"][-2:])
    lab.close()


def result_of(values: torch.Tensor, name: str = "output") -> Result:
    pane = Pane(name, name, "output", values, "map", (1, *values.shape), "signed")
    return Result((pane,), "A sentence.")


@pytest.mark.parametrize("values", [[[float("nan")] * 2], [[float("inf"), -float("inf")]]])
def test_a_pane_without_one_finite_number_is_shown_too(values: list[list[float]]) -> None:
    traits = SceneWriter().write(result_of(torch.tensor(values)))
    assert list(traits["pixels_0"]) == [255, 255]
    json.dumps(plain(traits["scene"]), allow_nan=False)


def test_pixels_go_out_only_when_the_values_or_the_room_changed() -> None:
    writer, values = SceneWriter(), torch.rand(30, 40)
    assert "pixels_0" in writer.write(result_of(values))
    assert "pixels_0" not in writer.write(result_of(values))
    assert "pixels_0" in writer.write(result_of(values.clone()))
    writer.rooms.take("view", {"output": (*(15, 40), 0)})
    assert len(writer.write(result_of(values))["pixels_0"]) == 15 * 20


def test_a_pane_keeps_its_slot_when_others_come_and_go() -> None:
    writer = SceneWriter()
    results = [result_of(torch.ones(2, 2), name) for name in ("a", "b", "a")]
    assert [writer.write(each)["scene"]["panes"][0]["slot"] for each in results] == [0, 1, 0]


def test_a_ninth_pane_is_an_error_that_names_it() -> None:
    writer = SceneWriter()
    nine = [result_of(torch.ones(2, 2), f"pane {number}").panes[0] for number in range(9)]
    assert len(writer.write(Result(tuple(nine[:8]), "Eight."))["scene"]["panes"]) == 8
    with pytest.raises(ValueError, match="'pane 8' is number 9, but a stage holds 8"):
        writer.write(Result(tuple(nine), "Nine."))


def test_slots_of_panes_that_have_gone_are_free_again_and_their_pixels_sent_anew() -> None:
    writer = SceneWriter()
    values = [torch.full((2, 2), float(number)) for number in range(20)]
    for number, each in enumerate(values):
        traits = writer.write(result_of(each, f"pane {number}"))
        slot = traits["scene"]["panes"][0]["slot"]
        assert slot == number % 8
        assert f"pixels_{slot}" in traits
    again = writer.write(result_of(values[19], "pane 19"))
    assert not [name for name in again if name.startswith("pixels_")]
    assert "pixels_4" in writer.write(result_of(values[0], "pane 0"))  # its slot was another's


def test_panes_on_the_stage_never_lose_their_slot_to_a_new_one() -> None:
    writer = SceneWriter()
    pane = {number: result_of(torch.ones(2, 2), f"pane {number}").panes[0] for number in range(12)}
    for names in ([*range(8)], [0, 1, 2, 8, 9], [10, 11, 0, 1, 2, 8, 9, 7]):
        shown = writer.write(Result(tuple(pane[name] for name in names), "Some."))["scene"]["panes"]
        slots = {each["name"]: each["slot"] for each in shown}
        assert len(set(slots.values())) == len(names)
        assert [slots["pane 0"], slots["pane 1"], slots["pane 2"]] == [0, 1, 2]


@pytest.mark.parametrize(
    "change",
    [{"table": "grey"}, {"block": 2}, {"value_range": (-3.0, 3.0)}, {"shape": (1, 20, 20)}],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_the_pixels_sends_them_again(change: dict[str, Any]) -> None:
    writer = SceneWriter()
    writer.rooms.take("view", {"output": (*(5, 5), 0)})
    values = torch.arange(100.0).view(10, 10)
    pane = Pane("output", "output", "output", values, "map", (1, 10, 10), "signed")
    before = writer.write(Result((pane,), "As it was."))["pixels_0"]
    other = writer.write(Result((replace(pane, **change),), "Changed."))
    assert "pixels_0" in other
    if "table" not in change and "shape" not in change:
        assert other["pixels_0"] != before

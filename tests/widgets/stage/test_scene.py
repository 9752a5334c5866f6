"""The scene is a contract with the browser: one example, read by these tests and by JavaScript's.

After a change of the contract run these tests once with LESSONS_REWRITE_FIXTURES=1.
"""

import base64
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from lessons_lib.kit.result import Axes, Pane, Result
from lessons_lib.labs import padding_matrix, sliding_window
from lessons_lib.visualization.colours import colour_table
from lessons_lib.widgets.stage.scene import SceneWriter, State
from tests.labs import classes_lab, panes_lab

FIXTURES = Path(__file__).parents[2] / "fixtures"


def as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    return value


def example(name: str) -> dict[str, Any]:
    """What Python sends for a small state: of the padding matrix, with a stepper, with classes."""
    matrix = padding_matrix.PaddingMatrixParams(1, "reflect", 3, "usage")
    sliding = sliding_window.SlidingWindowParams(
        "counting_5", ((1.0, -2.0), (3.0, 0.5)), channels="1_to_2", padding=1, bias=0.5
    )
    result, table = {
        "scene": (padding_matrix.compute(matrix), "count"),
        "stepper": (sliding_window.compute(sliding), "signed"),
        "classes": (classes_lab.compute(classes_lab.ClassesParams(6, 8)), "classes"),
    }[name]
    return as_json({**SceneWriter().write(result), "tables": {table: colour_table(table)}})


@pytest.mark.parametrize("name", ["scene", "stepper", "classes"])
def test_the_example_scenes_are_what_python_sends(name: str) -> None:
    fixture = FIXTURES / f"{name}.json"
    if os.environ.get("LESSONS_REWRITE_FIXTURES"):
        text = json.dumps(example(name), indent=1, ensure_ascii=False)
        fixture.write_text(f"{text}\n", "utf-8")
    assert json.loads(fixture.read_text("utf-8")) == example(name)


def test_values_that_are_not_finite_have_a_place_in_the_scene() -> None:
    values = torch.tensor([[0.5, float("nan")], [float("inf"), -1.0]])
    pane = Pane("output", "output", "output", values, "map", (2, 2), "signed")
    traits = SceneWriter().write(Result((pane,), "One number is missing."))
    shown = traits["scene"]["panes"][0]
    assert (shown["low"], shown["high"]) == (-1.0, 1.0)
    assert list(traits["pixels_0"]) == [190, 255, 255, 0]


def test_a_repeating_pattern_is_averaged_as_a_whole_before_a_map_is_reduced() -> None:
    comb = torch.tensor([0.0, 3.0, 0.0]).repeat(30).expand(90, 90)
    writer = SceneWriter()

    def shown(box: tuple[int, int]) -> tuple[dict[str, Any], set[int]]:
        writer.rooms.take("view", {"output": (*box, 0)})
        pane = Pane(
            "output", "output", "output", comb.clone(), "map", (1, 90, 90), "signed", block=3
        )
        traits = writer.write(Result((pane,), "A comb."))
        return traits["scene"]["panes"][0], set(traits["pixels_0"])

    reduced, colours = shown((40, 40))
    assert (reduced["height"], reduced["width"]) == (30, 30)
    assert (reduced["low"], reduced["high"]) == (-1.0, 1.0)
    assert colours == {254}  # every block has the mean 1: no beats
    whole, colours = shown((90, 90))
    assert (whole["height"], whole["high"]) == (90, 3.0)
    assert len(colours) == 2


def test_a_part_of_a_pattern_at_the_end_does_not_set_the_colours() -> None:
    comb = torch.tensor([3.0, 0.0, 0.0]).repeat(30)[:88].expand(88, 88)  # ends with a full tooth
    writer = SceneWriter()
    writer.rooms.take("view", {"output": (*(40, 40), 0)})
    pane = Pane("output", "output", "output", comb.clone(), "map", (1, 88, 88), "signed", block=3)
    shown = writer.write(Result((pane,), "A comb."))["scene"]["panes"][0]
    assert shown["high"] == 1.0


def test_only_panes_that_changed_send_pixels() -> None:
    writer = SceneWriter()
    photo = torch.rand(3, 8, 6)
    still = Pane("input", "input", "input", photo, "photo", (3, 8, 6))
    for step in range(2):
        values = torch.full((8, 6), float(step))
        moving = Pane("output", "output", "output", values, "map", (1, 8, 6), "signed")
        traits = writer.write(Result((still, moving), "A step."))
    assert set(traits) == {"scene", "pixels_1"}


def test_the_settings_in_words_stay_when_a_scene_is_written_again_for_another_room() -> None:
    pane = Pane("output", "output", "output", torch.ones(2, 2), "map", (2, 2), "signed")
    result, writer = Result((pane,), "As it was."), SceneWriter()
    assert writer.write(result)["scene"]["state"] == {}
    sobel = State("small|1", {"kernel": "Sobel x"})
    number = writer.write(result, state=sobel)["scene"]["seq"]
    again = writer.write_again(result, True, replace(sobel, key="large|1"))["scene"]
    assert (again["seq"], again["key"]) == (number, "large|1")
    assert again["state"] == {"kernel": "Sobel x"}
    assert writer.write(result)["scene"]["state"] == {}


def test_curves_and_wirings_send_their_numbers_with_what_they_are_drawn_by() -> None:
    writer = SceneWriter()
    traits = writer.write(panes_lab.compute(panes_lab.PanesParams(channels=4)))
    curves, wiring = traits["scene"]["panes"]
    assert (curves["channels"], curves["height"], curves["width"]) == (1, 3, 120)
    assert (curves["low"], curves["high"]) == (1e-3, 1e3)
    assert curves["axes"] == {
        "x": "step",
        "y": "size",
        "log": True,
        "roles": ("output", "kernel", "stride"),
        "first": 0,
        "present": 40,
    }
    wires = torch.frombuffer(bytearray(wiring["wires"]), dtype=torch.int32).view(-1, 3)
    assert wires[:4].tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1]]
    groups = torch.frombuffer(bytearray(wiring["groups"]), dtype=torch.int32)
    assert groups.view(4, 3)[:, 0].tolist() == [0, 0, 1, 1]
    assert [tile.name for tile in writer.rendered()] == ["loss and error", "who feeds whom"]


def test_a_state_that_moves_along_curves_sends_no_numbers_again() -> None:
    values = torch.rand(2, 30)
    writer = SceneWriter()
    for present in (3, 4):
        pane = Pane("c", "c", "", values, "curves", (2, 30), axes=Axes("step", present=present))
        traits = writer.write(Result((pane,), "A step."))
    assert set(traits) == {"scene"}
    log = Pane("c", "c", "", values, "curves", (2, 30), axes=Axes("step", log=True))
    assert set(writer.write(Result((log,), "A step."))) == {"scene", "pixels_0"}


def test_curves_without_words_for_their_axes_are_counted_by_samples() -> None:
    pane = Pane("c", "c", "", torch.rand(1, 5), "curves", (1, 5))
    writer = SceneWriter()
    shown = writer.write(Result((pane,), "A curve."))["scene"]["panes"][0]
    assert shown["axes"]["x"] == "sample"
    assert writer.rendered()[0].drawing is not None


def test_pictures_of_classes_are_named_and_their_shares_told() -> None:
    labels = torch.zeros(20, 30, dtype=torch.int64)
    labels[:, 27:] = 2
    labels[0, 0] = 255
    names = ("ground", "disc", "ring")
    pane = Pane("truth", "truth", "", labels, "classes", (20, 30), labels=names)
    writer = SceneWriter()
    writer.rooms.take("view", {"truth": (10, 15, 0)})
    traits = writer.write(Result((pane,), "Classes."))
    (shown,) = traits["scene"]["panes"]
    assert (shown["table"], shown["height"], shown["source_height"]) == ("classes", 10, 20)
    assert len(traits["pixels_0"]) == 150
    assert shown["legend"] == [
        [0, "ground", "90 %"],
        [1, "disc", ""],
        [2, "ring", "10 %"],
        [255, "ignored", "0.2 %"],
    ]
    assert writer.rendered()[0].labels == names

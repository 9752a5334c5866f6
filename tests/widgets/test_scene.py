"""The scene is a contract with the browser: one example, read by these tests and by JavaScript's.

After a change of the contract run these tests once with LESSONS_REWRITE_FIXTURES=1.
"""

import base64
import json
import os
from pathlib import Path
from typing import Any

import torch

from lessons_lib.labs.padding_matrix import PaddingMatrixParams, compute
from lessons_lib.labs.result import Pane, Result
from lessons_lib.visualization import colour_table
from lessons_lib.widgets.scene import SceneWriter

FIXTURE = Path(__file__).parents[1] / "fixtures" / "scene.json"


def as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    return value


def example() -> dict[str, Any]:
    params = PaddingMatrixParams(padding=1, padding_mode="reflect", kernel_size=3)
    traits = SceneWriter().write(compute(params))
    return as_json({**traits, "tables": {"count": colour_table("count")}})


def test_the_example_scene_is_what_python_sends() -> None:
    if os.environ.get("LESSONS_REWRITE_FIXTURES"):
        FIXTURE.write_text(json.dumps(example(), indent=1, ensure_ascii=False) + "\n", "utf-8")
    assert json.loads(FIXTURE.read_text("utf-8")) == example()


def test_values_that_are_not_finite_have_a_place_in_the_scene() -> None:
    values = torch.tensor([[0.5, float("nan")], [float("inf"), -1.0]])
    pane = Pane("output", "output", "output", values, "map", (2, 2), "signed")
    traits = SceneWriter().write(Result((pane,), "One number is missing."))
    shown = traits["scene"]["panes"][0]
    assert (shown["low"], shown["high"]) == (-1.0, 1.0)
    assert list(traits["pixels_0"]) == [190, 255, 255, 0]


def test_only_panes_that_changed_send_pixels() -> None:
    writer = SceneWriter()
    photo = torch.rand(3, 8, 6)
    still = Pane("input", "input", "input", photo, "photo", (3, 8, 6))
    for step in range(2):
        values = torch.full((8, 6), float(step))
        moving = Pane("output", "output", "output", values, "map", (1, 8, 6), "signed")
        traits = writer.write(Result((still, moving), "A step."))
    assert set(traits) == {"scene", "pixels_1"}

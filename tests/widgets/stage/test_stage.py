"""The stage's modules, joined into the one that a browser loads from memory."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lessons_lib.visualization.colours import colour_table
from lessons_lib.widgets.shared.page import FOLDER, joined_modules
from lessons_lib.widgets.stage.stage import SLOTS, Stage

NODE = shutil.which("node")


def test_the_joined_module_needs_no_neighbour() -> None:
    text = joined_modules("stage/stage.js")
    assert not re.findall(r"^\s*import\b.*", text, re.MULTILINE)
    assert not re.findall(r"\bimport\(", text)
    assert not re.findall(r"""from\s+["']\./""", text)
    assert len(re.findall(r"^export default", text, re.MULTILINE)) == 1
    assert Stage._esm == text or text in str(Stage._esm)


def test_every_module_is_joined_once_and_after_those_it_imports() -> None:
    text = joined_modules("stage/stage.js")
    order = [(FOLDER / "stage/stage.js").resolve()]
    starts: dict[Path, int] = {}
    for file in order:
        source = file.read_text("utf-8")
        assert text.count(source.splitlines()[0]) == 1
        starts[file] = text.find(source.splitlines()[0])
        for needed in re.findall(r'from "(\.[^"]+)"', source):
            if (other := (file.parent / needed).resolve()) not in order:
                order.append(other)
    for file in order:
        for needed in re.findall(r'from "(\.[^"]+)"', file.read_text("utf-8")):
            assert starts[(file.parent / needed).resolve()] < starts[file], f"{file} needs {needed}"
    assert len(order) > 10


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
def test_the_joined_module_loads_and_draws_itself(tmp_path: Path) -> None:
    file = tmp_path / "joined.mjs"
    file.write_text(joined_modules("stage/stage.js"), "utf-8")
    program = (
        f"const m = await import({file.as_uri()!r});"
        "console.log(typeof m.default.render, Object.keys(m).includes('render'));"
    )
    done = subprocess.run(
        [str(NODE), "--input-type=module", "-e", program], capture_output=True, text=True
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["function", "false"]


def test_a_stage_has_a_trait_for_the_pixels_of_each_pane_and_all_colour_tables() -> None:
    stage = Stage()
    slots = [name for name in stage.keys if name.startswith("pixels_")]
    assert slots == [f"pixels_{number}" for number in range(SLOTS)]
    assert stage.tables == {
        name: colour_table(name) for name in ("signed", "grey", "count", "classes")
    }
    assert (stage.crash, stage.look["columns"]) == ("", 0)
    stage.close()

"""The stage's modules, joined into the one that a browser loads from memory."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lessons_lib.visualization import colour_table
from lessons_lib.widgets.stage import SLOTS, Stage, joined_modules

NODE = shutil.which("node")


def test_the_joined_module_needs_no_neighbour() -> None:
    text = joined_modules()
    assert not re.findall(r"^\s*import\b.*", text, re.MULTILINE)
    assert not re.findall(r"\bimport\(", text)
    assert not re.findall(r"""from\s+["']\./""", text)
    assert len(re.findall(r"^export default", text, re.MULTILINE)) == 1
    assert Stage._esm == text or text in str(Stage._esm)


def test_every_module_beside_the_stage_is_joined_after_those_it_imports() -> None:
    folder = Path(joined_modules.__code__.co_filename).parent / "static"
    text = joined_modules()
    starts = {name.name: text.find(name.read_text("utf-8").splitlines()[0])
              for name in folder.glob("*.js")}  # fmt: skip
    order = ["stage.js"]
    for name in order:
        for needed in re.findall(r'from "\./([^"]+)"', (folder / name).read_text("utf-8")):
            assert 0 <= starts[needed] < starts[name], f"{name} needs {needed} before it"
            if needed not in order:
                order.append(needed)
    assert len(order) > 3


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
def test_the_joined_module_loads_and_draws_itself(tmp_path: Path) -> None:
    file = tmp_path / "joined.mjs"
    file.write_text(joined_modules(), "utf-8")
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
    assert stage.tables == {name: colour_table(name) for name in ("signed", "grey", "count")}
    assert (stage.crash, stage.box) == ("", [0, 0])
    stage.close()

"""What a kernel gives away of a lesson, and the file that things can be made into."""

import base64
import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
from bs4 import BeautifulSoup

from lessons_lib.widgets import question, stride_lab, transposed_grid_lab
from lessons_lib.widgets.lab.lab import Lab
from lessons_lib.widgets.saved import gathering
from lessons_lib.widgets.saved.buffers import Buffers
from lessons_lib.widgets.saved.gathering import gather, gathered
from lessons_lib.widgets.saved.needs_kernel import words_data
from lessons_lib.widgets.saved.page import PageData, page_of


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What each lab is told to take at most; it takes 1000 bytes that cannot be made smaller."""
    told: list[int] = []

    def page_data(self: Lab, buffers: Buffers, limit: int) -> dict[str, Any]:
        told.append(limit)
        noise = b"".join(bytes([(n * n * 7 + len(told) * 31) % 251]) for n in range(1000))
        buffers.place(noise)
        return {"kind": "lab", "id": self.model_id}

    monkeypatch.setattr(Lab, "page_data", page_data)
    return told


def told_of(data: PageData) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(data.things)))
    return told


def test_labs_and_questions_are_numbered_as_they_stand_and_nothing_else(
    limits: list[int], tmp_path: Path
) -> None:
    labs = [stride_lab(picture="coffee", stride=7, covered=True), transposed_grid_lab()]
    asks = question("stride_size", covers=labs[0])
    shown = [labs[0], asks, ipywidgets.Button(), labs[1]]
    ids = [each.model_id for each in shown]
    gather([*ids[:2], "gone", *ids[2:]], str(tmp_path / "told"), 10**6)
    places, data = gathered(tmp_path / "told")
    assert places == {ids[0]: 0, ids[1]: 1, ids[3]: 2}
    things = told_of(data)["things"]
    assert [thing["kind"] for thing in things] == ["lab", "question", "lab"]
    assert [thing.get("id") for thing in things] == [ids[0], None, ids[3]]
    assert things[1]["covers"] == 0


@pytest.mark.parametrize("room", [90_000, 2 * gathering.MOST_BYTES + 100_000_000, 0])
def test_labs_share_the_room_and_what_one_leaves_is_the_others(
    limits: list[int], tmp_path: Path, room: int
) -> None:
    labs = [transposed_grid_lab() for _ in range(3)]
    gather([each.model_id for each in labs], str(tmp_path / "told"), room)
    _, data = gathered(tmp_path / "told")
    used, expected = 0, []
    for left, (_, size, _) in zip((3, 2, 1), told_of(data)["buffers"], strict=True):
        expected.append(max(0, min(gathering.MOST_BYTES, (room - used) // left)))
        used += size
    assert limits == expected


def page(title: str, calls: Sequence[str]) -> BeautifulSoup:
    things = [words_data(f"{call}!", call) for call in calls]
    buffers = Buffers()
    buffers.place(b"abc")
    return BeautifulSoup(page_of(title, things, buffers), "html.parser")


def test_a_page_of_its_own_has_a_place_for_each_thing_their_data_and_one_beginning() -> None:
    found = page("A </title> & <b>", ["one()", "two()"])
    assert found.title
    assert found.title.text == "A </title> & <b>"
    assert [str(each["data-lesson-thing"]) for each in found.select("main > div")] == ["0", "1"]
    theme, data, script = (each.text for each in found.select("script"))
    assert "jpThemeLight" in theme
    things, text = (data.split('"')[n] for n in (1, 3))
    told = told_of(PageData(things, text))
    assert [each["call"] for each in told["things"]] == ["one()", "two()"]
    assert told["buffers"] == [["deflate", len(base64.b64decode(text)), 0]]
    assert zlib.decompress(base64.b64decode(text)) == b"abc"
    assert script.count("\nbegin(document);") == 1
    assert "<!-- " not in str(found.head)
    for part in (".lesson-question", ".lesson-lab", ".lesson-stage"):
        assert part in str(found.style)
    assert not [
        line for line in script.splitlines() if line.startswith(("export ", "import ", "default "))
    ]

"""A lab as one file: what it holds, what is refused, and how the file is written."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from lessons_lib.images import Picture
from lessons_lib.kit.controls import (
    KernelEdit,
    PictureChoice,
    Presets,
    Seed,
    Slider,
    Toggle,
)
from lessons_lib.kit.result import LabDefinition, Pane, Result
from lessons_lib.widgets import conv3d_lab, sliding_window_lab
from lessons_lib.widgets.lab.lab import Lab
from lessons_lib.widgets.saved.buffers import Buffers
from lessons_lib.widgets.saved.one_lab import lab_page
from lessons_lib.widgets.saved.saved_lab import SavedLab
from tests.widgets.saved_file import things_in

PICTURE = Picture("two rows", torch.rand(3, 2, 5, generator=torch.Generator().manual_seed(1)))
KERNELS = (((1.0, 2.0), (3.0, 4.0)), ((0.0, -1.0),))


@dataclass(frozen=True)
class Params:
    picture: Picture = PICTURE
    size: int = 3
    gain: float = 1.0
    own: bool = False
    across: int = 0
    seed: int = 7
    kernel: tuple[tuple[float, ...], ...] = KERNELS[0]


def computed(params: Params) -> Result:
    values = torch.arange(6.0).view(1, 2, 3) * params.size * params.gain + params.across
    return Result((Pane("out", "out", "output", values, "grid", (1, 2, 3)),), f"{params.size}")


LAB = LabDefinition(
    "small",
    "Small",
    Params,
    computed,
    (
        PictureChoice(),
        Slider("size", "size", 0, 500),
        Slider("gain", "gain", -1.0, 1.0, step=0.5),
        Toggle("own", "own size"),
        Slider("across", "size across", 0, 2, shown_with="own", more=True),
        Seed(),
        KernelEdit(),
        Presets(
            "try",
            (
                ("whole gain", {"gain": 1}),
                ("other kernel", {"kernel": KERNELS[1]}),
                ("wide", {"own": True, "across": 2}),
                ("size 13", {"size": 13}),
            ),
        ),
    ),
)


def data_of(**wanted: Any) -> dict[str, Any]:
    return SavedLab(LAB, Params(), Buffers(), **wanted).data()


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return data_of()


def spec(data: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in data["controls"] if each.get("name") == name)
    return found


def texts(data: dict[str, Any], name: str) -> list[str]:
    return [value["text"] for value in spec(data, name)["values"]]


def buttons(data: dict[str, Any], more: bool) -> list[str]:
    rows = [each for each in data["controls"] if each["kind"] == "presets" and each["more"] == more]
    return [button["text"] for row in rows for button in row["buttons"]]


# --- what a page holds ---------------------------------------------------------------------------


def test_a_long_slider_holds_its_ends_and_what_buttons_set_and_the_page_says_so(
    data: dict[str, Any],
) -> None:
    held = texts(data, "size")
    assert {"0", "3", "13", "500"} <= set(held)
    assert len(held) <= 32
    assert f"This page holds {len(held)} of the 501 values of size." in data["note"]


def test_numbers_of_a_slider_are_written_as_its_readout_writes_them(data: dict[str, Any]) -> None:
    assert texts(data, "gain") == ["−1.00", "−0.50", "0.00", "0.50", "1.00"]
    assert texts(data, "across") == ["0", "1", "2"]


def test_a_button_finds_its_value_however_the_number_is_written(data: dict[str, Any]) -> None:
    assert "whole gain" in buttons(data, more=False)


def test_a_button_sets_what_only_a_kernel_lets_the_hand_edit(data: dict[str, Any]) -> None:
    assert "other kernel" in buttons(data, more=False)
    assert spec(data, "kernel")["kind"] == "kernel"
    assert len(spec(data, "kernel")["values"]) == 2


def test_buttons_that_move_folded_controls_are_folded_with_them(data: dict[str, Any]) -> None:
    assert buttons(data, more=True) == ["wide"]
    assert "wide" not in buttons(data, more=False)


def test_the_page_says_what_needs_a_kernel(data: dict[str, Any]) -> None:
    wanted = "your own picture, all other seeds and a kernel of your own"
    assert data["note"].endswith(f"Only in JupyterLab: {wanted}.")


def test_nothing_is_missed_that_was_left_out_by_choice() -> None:
    assert data_of(vary=("gain",))["note"] == ""


def test_one_name_may_be_given_by_itself() -> None:
    one, row = data_of(vary="gain"), data_of(vary=("gain",))
    assert [each["key"] for each in one["scenes"]] == [each["key"] for each in row["scenes"]]
    assert len(one["scenes"]) == 5


def test_a_control_that_is_no_part_of_the_lab_is_named_with_those_that_are() -> None:
    with pytest.raises(
        ValueError, match=r"`vary` \(='colour'\) must be out of picture, size, gain"
    ):
        data_of(vary="colour")


def test_what_no_hand_moves_without_a_kernel_cannot_be_chosen() -> None:
    with pytest.raises(ValueError, match=r"`vary` \(='kernel'\) must be out of .*seed$"):
        data_of(vary=("gain", "kernel"))


# --- the file ------------------------------------------------------------------------------------


def test_a_page_begins_at_the_present_settings_with_the_controls_in_sight(tmp_path: Path) -> None:
    lab = conv3d_lab(padding=1, controls=("stride",))
    file = tmp_path / "Würfel 3 × 3.html"
    lab.save_page(file, vary="stride")
    (page,) = things_in(file)
    start = page["start"].split("|")
    padding = spec(page, "padding")
    assert start[padding["place"]] == padding["values"][0]["part"] == "1"
    in_sight = [each["name"] for each in page["controls"] if "name" in each and not each["more"]]
    assert in_sight == ["stride"]


def test_a_file_is_no_larger_than_its_limit_and_others_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "small.html"
    page = lab_page(LAB, Params())
    Lab(LAB, picture=PICTURE).save_page(file, limit=len(page.encode()))
    assert file.stat().st_size == len(page.encode())
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


@pytest.mark.parametrize("short_of", [1, 3_000])
def test_a_page_beyond_the_limit_says_how_much_fits_and_leaves_the_old_file(
    short_of: int, tmp_path: Path
) -> None:
    file = tmp_path / "small.html"
    file.write_text("the old one")
    limit = len(lab_page(LAB, Params()).encode()) - short_of
    with pytest.raises(ValueError, match="has room for about") as error:
        Lab(LAB, picture=PICTURE).save_page(file, limit=limit)
    said = str(error.value)
    assert f"`limit` (={limit:,} bytes) has room for about" in said
    assert re.search(r"\d+ of the \d+ states of this lab", said)
    assert "name fewer controls in `vary` (out of picture, size, " in said
    assert [file.read_text()] == [each.read_text() for each in tmp_path.iterdir()]


def test_a_limit_below_an_empty_page_is_refused() -> None:
    with pytest.raises(ValueError, match=r"`limit` \(=1,000\) must be more than \d+,\d+"):
        lab_page(LAB, Params(), limit=1000)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The states that were computed for a page."""
    states: list[Any] = []
    plain: Callable[..., bool] = SavedLab._save

    def counting(self: SavedLab, params: Any, most: int) -> bool:
        states.append(params)
        return plain(self, params, most)

    monkeypatch.setattr(SavedLab, "_save", counting)
    return states


def test_a_missing_folder_is_told_before_anything_is_computed(
    tmp_path: Path, counted: list[Any]
) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere"):
        sliding_window_lab().save_page(tmp_path / "nowhere" / "page.html")
    assert counted == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path, counted: list[Any]) -> None:
    with pytest.raises(IsADirectoryError, match="is a folder: name a file in it"):
        sliding_window_lab().save_page(str(tmp_path))
    assert counted == []


def test_a_covered_lab_is_not_saved(tmp_path: Path) -> None:
    lab = conv3d_lab(covered=True)
    with pytest.raises(ValueError, match="call `uncover` first"):
        lab.save_page(tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []

"""The picture of the whole series: chosen once, kept for all notebooks, never in the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from PIL import Image

from lessons_lib.images import PictureError, load_picture
from lessons_lib.reader import preferences
from lessons_lib.reader.preferences import (
    default_picture,
    preferences_file,
    reset_default_picture,
    set_default_picture,
)


@pytest.fixture(autouse=True)
def settings_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "settings"))
    monkeypatch.delenv("LESSONS_PICTURE", raising=False)
    return tmp_path / "settings"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    file = tmp_path / "mine.png"
    Image.new("RGB", (7, 5), (1, 2, 3)).save(file)
    return file


def test_at_first_it_is_lena_and_nothing_is_written(settings_folder: Path) -> None:
    assert default_picture() == "lena"
    assert not settings_folder.exists()


def test_the_file_lies_in_jupyters_settings_folder(settings_folder: Path) -> None:
    assert preferences_file().parent == settings_folder


def test_a_chosen_name_is_remembered() -> None:
    assert set_default_picture("astronaut") == "astronaut"
    assert default_picture() == "astronaut"


def test_another_kernel_sees_the_choice() -> None:
    set_default_picture("zone plate")
    program = "from lessons_lib.reader.preferences import default_picture; print(default_picture())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "zone plate", done.stderr


def test_a_path_is_kept_in_full_so_that_a_notebook_elsewhere_finds_it(
    mine: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(mine.parent)
    assert set_default_picture("mine.png") == str(mine)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert default_picture() == str(mine)
    assert load_picture(default_picture()).image.shape == (1, 3, 5, 7)


def test_the_variable_wins_over_the_stored_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    set_default_picture("astronaut")
    monkeypatch.setenv("LESSONS_PICTURE", "coffee")
    assert default_picture() == "coffee"


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LESSONS_PICTURE", " ")
    assert default_picture() == "lena"


def test_choosing_while_the_variable_is_set_says_that_the_variable_wins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LESSONS_PICTURE", "coffee")
    with pytest.warns(UserWarning, match=r"LESSONS_PICTURE \(='coffee'\) wins over it"):
        set_default_picture("astronaut")
    monkeypatch.delenv("LESSONS_PICTURE")
    assert default_picture() == "astronaut"


def test_reset_brings_lena_back() -> None:
    set_default_picture("astronaut")
    reset_default_picture()
    assert default_picture() == "lena"
    reset_default_picture()  # nothing left to forget is no error


def test_a_picture_that_does_not_load_is_refused_and_the_earlier_choice_stays(
    tmp_path: Path,
) -> None:
    set_default_picture("astronaut")
    (tmp_path / "letter.png").write_text("Dear Sir or Madam")
    for wrong in ("lenna", tmp_path / "letter.png", tmp_path, ""):
        with pytest.raises(PictureError):
            set_default_picture(wrong)
    assert default_picture() == "astronaut"


def test_a_picture_in_memory_cannot_be_remembered() -> None:
    with pytest.raises(TypeError, match="save the picture as PNG"):
        set_default_picture(load_picture("lena"))  # type: ignore[arg-type]


def test_a_picture_that_is_gone_falls_back_to_lena_and_says_so(mine: Path) -> None:
    set_default_picture(mine)
    mine.unlink()
    with pytest.warns(UserWarning, match=r"mine\.png.* cannot be used, so 'lena' is shown"):
        assert default_picture() == "lena"


def test_a_picture_that_broke_after_it_was_chosen_falls_back_to_lena(mine: Path) -> None:
    set_default_picture(mine)
    mine.write_bytes(mine.read_bytes()[:45])
    with pytest.warns(UserWarning, match="cut off or damaged"):
        assert default_picture() == "lena"


def test_a_variable_that_names_no_picture_falls_back_to_lena_and_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LESSONS_PICTURE", "chelsee")
    with pytest.warns(UserWarning, match="LESSONS_PICTURE") as caught:
        assert default_picture() == "lena"
    assert "did you mean 'chelsea'?" in str(caught[0].message)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"picture": 3}', '"lena"', "\x00\xff"], ids=repr
)
def test_a_broken_file_falls_back_to_lena_and_is_named(content: str) -> None:
    preferences_file().parent.mkdir()
    preferences_file().write_bytes(content.encode("latin-1"))
    with pytest.warns(UserWarning, match=preferences_file().name):
        assert default_picture() == "lena"
    set_default_picture("coffee")  # choosing again repairs it
    assert default_picture() == "coffee"


def test_a_file_that_cannot_be_read_falls_back_to_lena() -> None:
    preferences_file().mkdir(parents=True)  # a folder where the file should be
    with pytest.warns(UserWarning, match="cannot be read"):
        assert default_picture() == "lena"


def test_a_settings_folder_that_cannot_be_written_is_said_with_the_way_out(
    settings_folder: Path,
) -> None:
    settings_folder.write_text("a file where the folder should be")
    with pytest.raises(OSError, match="set the environment variable LESSONS_PICTURE instead"):
        set_default_picture("coffee")


def test_a_failed_write_leaves_the_earlier_choice_and_no_rubbish(
    monkeypatch: pytest.MonkeyPatch, settings_folder: Path
) -> None:
    set_default_picture("coffee")

    def fail(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        set_default_picture("astronaut")
    assert default_picture() == "coffee"
    assert [file.name for file in settings_folder.iterdir()] == [preferences_file().name]


def test_the_file_is_plain_json_that_a_teacher_can_copy() -> None:
    set_default_picture("coffee")
    assert json.loads(preferences_file().read_text()) == {"picture": "coffee"}


def test_asking_again_does_not_read_the_same_file_again(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_default_picture(mine)

    def never(*arguments: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(preferences, "load_picture", never)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert default_picture() == str(mine)

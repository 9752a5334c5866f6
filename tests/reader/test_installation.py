"""The check of the installation: right here, and with a cure where something is wrong."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
import torch

from lessons_lib.images import PictureError
from lessons_lib.reader import installation
from lessons_lib.reader.installation import Finding, check_installation, installation_table


def found(what: str) -> Finding:
    (finding,) = (finding for finding in check_installation() if finding.what == what)
    return finding


def test_everything_is_fine_here() -> None:
    wrong = [finding for finding in check_installation() if finding.verdict != "ok"]
    assert wrong == []


def test_versions_are_those_that_are_imported() -> None:
    assert found("torch").value == torch.__version__


def test_a_missing_package_is_named_with_a_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(installation, "version", version)
    assert found("anywidget") == (
        "anywidget",
        "missing",
        "install the lessons again: see README.md",
    )
    assert found("torchvision fits torch").value == "unknown"


def test_a_package_that_is_too_old_is_named_with_a_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "version", lambda name: "0.1")
    assert "need >=8" in found("ipywidgets").verdict
    assert "made for torch" in found("torchvision fits torch").verdict


def test_a_build_for_the_cpu_is_as_good_as_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "version", lambda name: "2.13.0+cpu")
    assert found("torch").verdict == "ok"
    assert found("torchvision fits torch").verdict == "ok"


def test_an_old_python_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "OLDEST_PYTHON", (99, 0))
    assert found("Python").verdict == "install 99.0 or newer"


@pytest.mark.parametrize(
    ("system", "user", "value"),
    [(None, None, "off"), (True, None, "on"), (True, False, "off"), (False, True, "on")],
)
def test_the_readers_own_settings_switch_the_extension(
    system: bool | None,
    user: bool | None,
    value: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folders = [tmp_path / "user", tmp_path / "system"]
    for folder, enabled in zip(folders, (user, system), strict=True):
        if enabled is not None:
            settings = {"ServerApp": {"jpserver_extensions": {"lessons_lib.server": enabled}}}
            (folder / "jupyter_server_config.d").mkdir(parents=True)
            file = folder / "jupyter_server_config.d" / "lessons_lib.json"
            file.write_text(json.dumps(settings), encoding="utf-8")
    monkeypatch.setattr(installation, "jupyter_config_path", lambda: [str(f) for f in folders])
    finding = found("server extension")
    assert finding.value == value
    assert (finding.verdict == "ok") == (value == "on")


def test_a_picture_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def load_picture(name: str) -> None:
        if name == "coffee":
            raise PictureError("gone")

    monkeypatch.setattr(installation, "load_picture", load_picture)
    finding = found("bundled pictures")
    assert finding.value == "3 of 4"
    assert "coffee" in finding.verdict


def test_the_table_has_a_line_per_finding_in_columns() -> None:
    lines = installation_table().splitlines()
    assert len(lines) == len(check_installation()) + 1
    column = lines[0].index("found")
    assert all(line[column - 1] == " " and line[column] != " " for line in lines)

"""The processor is named as the operating system names it, and never left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lessons_lib.machine import processor
from lessons_lib.machine.processor import processor_name


def test_linux_tells_the_model(tmp_path: Path) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text("processor\t: 0\nmodel name\t: Fast(R)  Chip: 9000\n" * 2)
    assert re.fullmatch(r"Fast\(R\) Chip: 9000, \d+ cores?", processor_name(told))


@pytest.mark.parametrize(
    ("named", "machine", "expected"),
    [("arm", "arm64", "arm"), ("", "arm64", "arm64"), ("", "", "processor")],
)
def test_elsewhere_what_python_knows_is_told(
    named: str, machine: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor.platform, "processor", lambda: named)
    monkeypatch.setattr(processor.platform, "machine", lambda: machine)
    silent = tmp_path / "cpuinfo"
    for text in (None, "flags: none\n"):
        if text is not None:
            silent.write_text(text)
        assert processor_name(silent).split(",")[0] == expected


def test_one_core_is_no_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, words in [({0}, "1 core"), ({0, 3}, "2 cores")]:
        monkeypatch.setattr(
            processor.os, "sched_getaffinity", lambda _, cores=cores: cores, raising=False
        )
        assert processor_name(tmp_path / "none").endswith(f", {words}")

"""The numbers behind a pixel that a page without a kernel looks up equal Python's own."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from lessons_lib.kit.controls import Choice, Toggle
from lessons_lib.kit.microscope import Microscope
from lessons_lib.kit.result import IllegalSettingError, LabDefinition, Pane, Result
from lessons_lib.visualization.numbers import fixed_text, power_text, signed_text
from lessons_lib.widgets.saved.looked_at import looked_at_data
from lessons_lib.widgets.saved.states import classic_settings
from lessons_lib.widgets.stage.scene_data import probe_data
from tests.labs.all_labs import all_labs, start
from tests.widgets.saved.own_microscopes import SIZE, own_microscopes

POINTS = 50  # of each lab
WHOLE = os.environ.get("LESSONS_PROBES") == "whole"  # with the photos as large as they are
NODE = Path(__file__).with_name("node_probes.mjs")
TIES = (0.03125, 0.09375, -0.03125, 0.00015, -0.00004, 0.0, -0.0, 2.5e-7, 1e-3, 9.995e-4, 123456.5)


class Kept:
    """The bytes of a page as they are, each once."""

    def __init__(self) -> None:
        self.numbers: dict[bytes, int] = {}

    def place(self, data: bytes, shape: tuple[int, int] | None) -> int:
        return self.numbers.setdefault(data, len(self.numbers))

    def texts(self) -> list[str]:
        return [text_of(data) for data in self.numbers]


def text_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def settings_of(lab: LabDefinition) -> Iterator[Any]:
    """The classic settings, and from the first one each choice alone."""
    first = lab.params() if WHOLE else start(lab)
    yield from classic_settings(lab.controls, first)
    for spec in lab.controls:
        if isinstance(spec, Choice):
            yield from (replace(first, **{spec.name: value}) for _, value in spec.options)
        elif isinstance(spec, Toggle):
            yield from (replace(first, **{spec.name: value}) for value in (False, True))


def results_of(lab: LabDefinition) -> Iterator[Result]:
    """What the lab shows, if it looks at pixels; it does so from its first setting on, or never."""
    for params in settings_of(lab):
        try:
            result = lab.compute(params)
        except IllegalSettingError:
            continue
        if not result.microscopes:
            return
        yield result


def looks_of(lab: LabDefinition, kept: Kept) -> Iterator[dict[str, Any]]:
    """Points of a lab, spread over its settings and panes, with what Python says of each."""
    chance = random.Random(lab.name)
    seen = [
        (result.pane(each.output), each, saved)
        for result in results_of(lab)
        for each, saved in zip(
            result.microscopes, looked_at_data(result.microscopes, kept.place), strict=True
        )
    ]
    chance.shuffle(seen)
    for n in range(POINTS if seen else 0):
        yield look(lab.name, chance, *seen[n % len(seen)])


def own_looks(kept: Kept) -> Iterator[dict[str, Any]]:
    """The same at points of microscopes that are no lab's."""
    chance = random.Random(0)
    pane = Pane("output", "output", "output", torch.zeros(SIZE), "map", SIZE, "signed")
    for microscope in own_microscopes():
        (saved,) = looked_at_data([microscope], kept.place)
        yield from (look("own", chance, pane, microscope, saved) for _ in range(6))


def look(
    lab: str, chance: random.Random, pane: Pane, microscope: Microscope, saved: dict[str, Any]
) -> dict[str, Any]:
    """One point, every now and then in a corner or beyond it, where windows meet padding."""
    height, width = pane.shape[-2:]
    at = {"row": chance.randrange(height), "column": chance.randrange(width)}
    if chance.random() < 0.3:
        at = {"row": chance.choice((-1, 0, height)), "column": chance.choice((0, width - 1))}
    probe = probe_data(microscope.look(**at), "key", pane)
    return {"lab": lab, "saved": saved, "at": at, "probe": probe}


def as_text(value: Any) -> str:
    assert isinstance(value, bytes), value
    return text_of(value)


@dataclass(frozen=True)
class Compared:
    labs: frozenset[str]
    kinds: frozenset[str]
    made: frozenset[str]
    compared: int
    wrong: list[dict[str, Any]]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Every lab's points, looked up by Python and by the page's modules."""
    node = shutil.which("node")
    if node is None:
        required = os.environ.get("LESSONS_REQUIRE_BROWSER") == "1"
        (pytest.fail if required else pytest.skip)("Node.js is not installed")
    kept = Kept()
    with torch.random.fork_rng(devices=[]):
        looks = [each for lab in all_labs() for each in looks_of(lab, kept)]
    looks += own_looks(kept)
    numbers = [number_texts(value) for value in TIES]
    file = tmp_path_factory.mktemp("probes") / "probes.json"
    told = {"buffers": kept.texts(), "numbers": numbers, "looks": looks}
    file.write_text(json.dumps(told, default=as_text))
    run = subprocess.run([node, str(NODE), str(file)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    labs = frozenset(each["lab"] for each in looks) - {"own"}
    kinds = frozenset(each["saved"]["kind"] for each in looks)
    made = frozenset(each["lab"] for each in looks if is_made(each["saved"])) - {"own"}
    return Compared(labs, kinds, made, **json.loads(run.stdout))


def is_made(saved: dict[str, Any]) -> bool:
    """Whether what is read is kept as the sums that a layer made it of."""
    return "made" in (saved["scores"] if saved["kind"] == "scores" else saved["image"])


def number_texts(value: float) -> dict[str, Any]:
    texts = {"signed": signed_text(value, 4), "fixed": fixed_text(value, 4)}
    return {"value": value, **texts, **({"power": power_text(value)} if value >= 0 else {})}


def test_the_page_looks_up_the_same_numbers_and_words_as_python(compared: Compared) -> None:
    assert compared.compared > POINTS * len(compared.labs)
    assert compared.wrong == []


def test_no_microscope_of_a_lab_needs_a_kernel(compared: Compared) -> None:
    assert compared.kinds == {"sum", "pool", "scores"}
    assert len(compared.labs) >= 16


def test_what_a_layer_made_is_kept_as_what_it_was_made_of(compared: Compared) -> None:
    assert compared.made == {"pooling", "round-trip", "segmentation"}

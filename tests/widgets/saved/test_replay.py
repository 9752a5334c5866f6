"""Trainings on a page without a kernel: which steps are kept, and with which settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch

from lessons_lib.kit.controls import Choice, Presets, Progress, Slider, Work
from lessons_lib.labs.learn_kernel import LAB, LearnKernelParams
from lessons_lib.widgets.saved.buffers import Buffers
from lessons_lib.widgets.saved.replay import (
    FOUND,
    MOST_STEPS,
    NOT_BEGUN,
    recorded,
    replays_of,
    without_outdated,
    works_data,
)
from lessons_lib.widgets.saved.saved_lab import SavedLab


class Found:
    """What a step finds."""

    def __init__(self, step: int, seed: int) -> None:
        self.step = step
        self.seed = seed


@dataclass(frozen=True)
class Params:
    """Of a lab that counts."""

    seed: int = 3
    view: str = "map"
    count: Found | None = None


def counted(params: Params, steps: int = 500) -> Iterator[Progress]:
    for step in range(steps + 1):
        yield Progress(step, steps, f"seed {params.seed}", Found(step, params.seed))
    yield Progress(steps, steps, "measured", Found(steps, params.seed))


WORK = Work("count", "count up", counted, depends_on=("seed",))
CONTROLS = (
    Slider("seed", "seed", 1, 9),
    Choice("view", "view", (("a map", "map"), ("a photo", "photo"))),
    WORK,
    Presets("try", (("three", {"seed": 3}), ("eight", {"seed": 8}), ("nine", {"seed": 9}))),
)
TWICE = tuple(replace(WORK, replays=2) if each is WORK else each for each in CONTROLS)
MOVING = ("seed", "view", "count")


def test_more_steps_are_kept_of_the_beginning_and_the_last_one_as_it_was_told_last() -> None:
    steps = [step.step for step in recorded(WORK, Params())]
    assert steps == sorted(set(steps))
    assert len(steps) == MOST_STEPS - 1  # half a step is none
    assert steps[:4] == [2, 4, 8, 12]
    assert recorded(WORK, Params())[-1].words == "measured"


def test_work_that_ends_early_is_kept_to_its_end() -> None:
    def diverging(params: Params) -> Iterator[Progress]:
        yield from (Progress(step, 1000, "", Found(step, 0)) for step in range(14))

    steps = recorded(replace(WORK, run=diverging), Params())
    assert [step.step for step in steps] == [1, 4, 9, 13]


def test_work_is_done_with_gradients_whatever_the_mode_of_the_caller() -> None:
    def learning(params: Params) -> Iterator[Progress]:
        weight = torch.ones(2, requires_grad=True)
        (weight**2).sum().backward()
        yield Progress(1, 1, "", weight.grad)

    with torch.inference_mode():
        (step,) = recorded(replace(WORK, run=learning), Params())
    assert step.found.tolist() == [2, 2]


def test_what_fits_of_a_training_is_spread_over_all_of_it() -> None:
    (replay,) = replays_of(CONTROLS, Params(), MOVING)
    first = [params.count.step for params in replay.states({})][:4]
    assert first[0] == 500
    assert sorted(first) == [31, 125, 281, 500]


def test_after_the_last_step_only_those_controls_move_that_leave_it_of_use() -> None:
    (replay,) = replays_of(CONTROLS, Params(), MOVING)
    moved = list(replay.states({"seed": (3, 4), "view": ("map", "photo")}))[len(replay.steps) :]
    assert [(params.seed, params.view, params.count.step) for params in moved] == [
        (3, "map", 500),
        (3, "photo", 500),
    ]


def test_other_classic_settings_are_trained_from_where_they_begin() -> None:
    found = replays_of(TWICE, replace(Params(), count=Found(7, 3)), MOVING)
    assert [(each.begin.seed, each.begin.count) for each in found] == [(3, None), (8, None)]
    assert found[1].steps[-1].found.seed == 8


def test_a_training_that_does_not_move_is_not_done() -> None:
    assert replays_of(CONTROLS, Params(), ("seed", "view")) == []
    assert [each.begin.seed for each in replays_of(TWICE, Params(), ("count",))] == [3]


def test_the_page_is_told_the_steps_in_words_after_that_nothing_was_found() -> None:
    start = replace(Params(), count=Found(7, 3))
    (work,) = works_data(CONTROLS, start, replays_of(CONTROLS, start, MOVING))
    texts = [step["text"] for step in work["steps"]]
    assert texts[:2] == [NOT_BEGUN, "step 2 of 500 · seed 3"]
    assert texts[-2:] == ["step 500 of 500 · measured", FOUND]
    assert work["place"] == 3
    assert len({step["part"] for step in work["steps"]}) == len(texts)


def test_what_was_found_for_other_settings_is_left_out() -> None:
    start = replace(Params(), count=Found(7, 3))
    assert without_outdated(CONTROLS, start, replace(start, seed=4)).count is None
    assert without_outdated(CONTROLS, start, replace(start, view="photo")).count is start.count
    other = replace(start, seed=4, count=Found(9, 4))
    assert without_outdated(CONTROLS, start, other) is other or other.count is not None


def test_a_saved_training_shows_what_the_lab_shows_at_its_steps() -> None:
    start = LearnKernelParams(data="edge", hidden="edge", loss="sum", rate=0.03, steps=10)
    data = SavedLab(LAB, start, Buffers(), vary=("learning",)).data()
    (work,) = data["works"]
    sentences = {scene["key"].rpartition("|")[2]: scene["sentence"] for scene in data["scenes"]}
    said = [sentences[step["part"]] for step in work["steps"]]
    found: list[Any] = [None, *(step.found for step in LAB_WORK.run(start) if step.step > 0)]
    assert said == [LAB.compute(replace(start, learning=each)).sentence for each in found]


LAB_WORK = next(each for each in LAB.controls if isinstance(each, Work))

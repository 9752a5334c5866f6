"""What the bench of many readers makes of hands, answers and alternating runs."""

from __future__ import annotations

from itertools import islice

import pytest

from bench.reader import Hand, walk
from bench.readers import Lesson, Plan, compared, figures, summary
from bench.steps import FIRST, milliseconds


def hand(*answers: float, missed: int = 0) -> Hand:
    return Hand(answers=list(answers), missed=missed)


def lesson(readers: int, median_ms: float, spinning: bool = False) -> Lesson:
    return Lesson(readers, spinning, median_ms, 2 * median_ms, 1.0, 0, 3.0, 200)


# ---------------------------------------------------------------------------- one hand


def test_a_walk_turns_round_at_both_ends_and_stays_at_neither() -> None:
    assert list(islice(walk(range(1, 5), 2), 9)) == [3, 4, 3, 2, 1, 2, 3, 4, 3]


def test_a_move_is_sent_at_once_where_nothing_is_under_way() -> None:
    assert Hand().move(5, now=0.0) == 5


def test_of_the_moves_that_wait_the_last_one_is_sent_when_the_kernel_is_done() -> None:
    moved = Hand()
    moved.move(5, now=0.0)
    assert [moved.move(6, now=0.1), moved.move(7, now=0.2)] == [None, None]
    assert moved.done() == 7
    assert moved.merged == 1


def test_when_the_kernel_is_done_and_nothing_waits_nothing_is_sent() -> None:
    moved = Hand()
    moved.move(5, now=0.0)
    assert moved.done() is None


def test_an_answers_time_runs_from_the_move_of_the_hand_and_not_from_the_message() -> None:
    moved = Hand()
    moved.move(5, now=0.0)
    moved.move(6, now=0.125)
    moved.see("stride 5", now=0.25)
    moved.done()
    moved.see("stride 6", now=0.5)
    assert moved.answers == [0.25, 0.375]


def test_a_scene_of_another_value_is_no_answer() -> None:
    moved = Hand()
    moved.move(15, now=0.0)
    moved.see("stride 1", now=0.1)
    moved.see("stride 5", now=0.1)
    assert moved.answers == []


def test_a_scene_that_comes_twice_is_one_answer() -> None:
    moved = Hand()
    moved.move(5, now=0.0)
    moved.see("stride 5", now=0.25)
    moved.see("stride 5", now=0.5)
    assert moved.answers == [0.25]


def test_a_change_that_no_scene_named_is_missed() -> None:
    moved = Hand()
    moved.move(5, now=0.0)
    moved.see("stride 4", now=0.25)
    moved.done()
    assert (moved.answers, moved.missed) == ([], 1)


# ---------------------------------------------------------------------------- a class


def test_a_class_is_summed_up_over_all_its_answers() -> None:
    hands = [hand(0.001, 0.002, 0.003), hand(0.004, 0.105, missed=2)]
    plan = Plan(seconds=2, rate=5)
    found = summary(hands, 4.26, [150_000_000, 250_000_000], True, plan)
    assert found == Lesson(2, True, 3.0, 105.0, 0.25, 2, 4.3, 200)


def test_a_class_without_any_answer_has_no_median() -> None:
    assert summary([hand()], 1.0, [1], False, Plan()).median_ms is None


def test_the_targets_are_about_the_short_wait_and_the_slowest_kind_of_training() -> None:
    lessons = [lesson(10, 7.0), lesson(10, 90.0, spinning=True), lesson(1, 3.0)]
    steps = {"one": {"over_spinning": 1.02}, "other": {"over_spinning": 0.97}}
    assert figures(lessons, steps) == {
        "ten_ms": 7.0,
        "thirty_ms": None,
        "training_over_spinning": 1.02,
    }


# ---------------------------------------------------------------------------- training


def test_runs_are_compared_with_their_neighbours() -> None:
    short = [{"step": 11.0}, {"step": 30.0}, {"step": 44.0}]
    spinning = [{"step": 10.0}, {"step": 20.0}, {"step": 40.0}]
    assert compared(short, spinning) == {
        "step": {"step_ms": 30.0, "spinning_step_ms": 20.0, "over_spinning": 1.1}
    }


def test_the_first_steps_of_a_turn_are_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter([0.0, 0.5, 1.0, 1.25, 2.0, 3.0])  # begin and end of each timed step, in seconds
    monkeypatch.setattr("bench.steps.time.perf_counter", lambda: next(told))
    steps = iter(range(1000))
    assert milliseconds(steps, 3) == 500.0
    assert next(steps) == FIRST + 3

"""What the bench of many readers makes of hands, answers and alternating runs."""

from __future__ import annotations

from itertools import islice

import pytest

from bench.page_shelf import PageShelf
from bench.reader import Hand, walk
from bench.readers import Lesson, Plan, compared, figures, summary
from bench.steps import FIRST, milliseconds


def hand(*answers: float, missed: int = 0) -> Hand:
    return Hand(answers=list(answers), missed=missed)


def lesson(readers: int, median_ms: float, spinning: bool = False, shelf: bool = False) -> Lesson:
    times = (median_ms, 2 * median_ms)
    return Lesson(readers, shelf, spinning, *times, 1.0, 0, float(shelf), 3.0, 1.0, 200)


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


def test_a_move_that_the_page_shows_by_itself_is_answered_at_once_and_told_the_kernel() -> None:
    moved = Hand()
    assert moved.move(5, now=1.0, found=True) == 5
    assert moved.move(6, now=1.1) is None
    assert moved.move(7, now=1.2, found=True) is None
    assert (moved.answers, moved.found, moved.merged) == ([0.0, 0.0], 2, 1)
    moved.see("stride 5", now=1.3)  # the kernel's confirmation
    assert moved.done() == 7
    assert (moved.answers, moved.missed) == ([0.0, 0.0], 0)


def test_a_shelf_knows_which_state_a_value_of_the_slider_leads_to() -> None:
    shelf = PageShelf("stride")
    assert not shelf.is_on
    shelf.learn({"scene": {}, "moves": [{"name": "stride", "part": 1, "low": 2, "step": 3}]})
    shelf.learn({"scene": {"key": "room|0|lena"}})
    assert shelf.is_on
    laid = [{"number": n, "scene": {"key": f"room|{n}|lena"}} for n in (1, 2, 3, 4, 5)]
    assert [shelf.take(each) for each in laid] == [None, None, None, 4, None]
    assert [value for value in range(2, 23, 3) if shelf.holds(value)] == [5, 8, 11, 14, 17]
    shelf.take({"drop": ["room|2|lena"], "full": True})
    assert (shelf.holds(8), shelf.full) == (False, True)
    shelf.take({"clear": True})
    assert not shelf.holds(5)


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
    hands[0].found = 3
    found = summary(hands, (4.26, 1.73), [150_000_000, 250_000_000], False, True, plan)
    assert found == Lesson(2, False, True, 3.0, 105.0, 0.25, 2, 0.15, 4.3, 1.7, 200)


def test_a_class_without_any_answer_has_no_median() -> None:
    assert summary([hand()], (1.0, 0.0), [1], True, False, Plan()).median_ms is None


def test_the_targets_are_about_the_short_wait_and_the_slowest_kind_of_training() -> None:
    lessons = [lesson(10, 7.0), lesson(10, 90.0, spinning=True), lesson(30, 1.0, shelf=True)]
    steps = {"one": {"over_spinning": 1.02}, "other": {"over_spinning": 0.97}}
    assert figures(lessons, steps) == {
        "ten_ms": 7.0,
        "thirty_ms": None,
        "thirty_with_shelf_ms": 1.0,
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

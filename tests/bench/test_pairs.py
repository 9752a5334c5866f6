"""Runs that take turns, with the shelf and without, reduced to one figure."""

from bench import cold, politeness
from bench.changes import Change, Press
from bench.cold import FirstPresses
from bench.politeness import Run


def press(ms: float | None, found: bool | None = None) -> Press:
    """A key press at 100 that is painted so many ms later; `found`: None where no move is told."""
    painted = 100 if ms is None else 100 + ms
    change: Change = {
        "frame": painted - 8,
        "noted": painted - 4,
        "painted": painted,
        "key": "b",
        "exact": True,
        "digest": None,
        "shelf": bool(found),
    }
    return {
        "pressed": 100.0,
        "handled": 101.0,
        "changes": [] if ms is None else [change],
        "moves": [] if found is None else [{"control": "stride", "found": found}],
    }


def test_first_presses_are_compared_pair_by_pair() -> None:
    # In each pair the shelf costs a tenth; the machine was three times as slow in the second.
    found = FirstPresses([22.0, 66.0], [20.0, 60.0])
    assert cold.summary({"stride": found})["cold_over_today"] == 1.1


def test_first_presses_of_all_labs_have_one_median() -> None:
    labs = {
        "stride": FirstPresses([20.0], [20.0]),
        "pooling": FirstPresses([24.0, 26.0], [20.0, 20.0]),
    }
    summary = cold.summary(labs)
    assert summary["cold_over_today"] == 1.2
    assert summary["cold"]["pooling"]["with_shelf_ms"] == 25.0


def test_without_a_pair_there_is_no_figure() -> None:
    assert cold.summary({"stride": FirstPresses()}) == {}


def test_a_first_press_answered_from_the_shelf_takes_its_pair_out() -> None:
    presses = FirstPresses()
    presses.note(press(5, found=True), press(20))
    presses.note(press(24, found=False), press(20))
    (lab,) = cold.summary({"stride": presses})["cold"].values()
    assert lab == {"with_shelf_ms": 24, "without_ms": 20, "found_on_shelf": 0.5}


def test_a_first_press_without_an_answer_takes_its_pair_out() -> None:
    presses = FirstPresses()
    presses.note(press(None, found=False), press(20))
    presses.note(press(24, found=False), press(None))
    assert presses.ratios() == []


def test_politeness_is_how_much_longer_the_whole_cell_takes() -> None:
    beside = [Run(1.1, 1.0, 12, True), Run(1.0, 1.0, 10, True), Run(3.0, 1.0, 11, False)]
    alone = [Run(1.0, 1.0, 0, False), Run(1.0, 0.9, 0, False), Run(2.0, 1.0, 0, False)]
    summary = politeness.summary(beside, alone)
    assert summary["polite_percent"] == 5.0
    assert summary["polite"]["with_shelf"] == {
        "torch_s": 1.1,
        "python_s": 1.0,
        "states": 11,
        "goes_on": 0.67,
    }

"""Runs that take turns, with the shelf and without, reduced to one figure."""

from bench import cold, politeness
from bench.cold import FirstPresses
from bench.politeness import Run


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


def test_politeness_is_how_much_longer_the_whole_cell_takes() -> None:
    beside = [Run(1.1, 1.0, 12), Run(1.0, 1.0, 10), Run(3.0, 1.0, 11)]
    alone = [Run(1.0, 1.0, 0), Run(1.0, 0.9, 0), Run(2.0, 1.0, 0)]
    summary = politeness.summary(beside, alone)
    assert summary["polite_percent"] == 5.0
    assert summary["polite"]["with_shelf"] == {"torch_s": 1.1, "python_s": 1.0, "states": 11}

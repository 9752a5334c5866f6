"""The rooms of several views: the largest decides, and none is kept for a view that has gone."""

from lessons_lib.widgets.stage.rooms import FIRST_BOX, Room, Rooms


def told(**views: tuple[float, float, float]) -> Rooms:
    rooms = Rooms()
    for view, box in views.items():
        rooms.take(view, {"output": box})
    return rooms


def test_before_any_view_has_told_there_is_a_first_room() -> None:
    assert Rooms().largest("output") == Room(*FIRST_BOX)
    assert Rooms().box == FIRST_BOX


def test_each_side_is_that_of_the_view_with_the_most_room() -> None:
    assert told(a=(100, 300, 0), b=(200, 150, 0)).largest("output") == Room(200, 300)


def test_one_view_that_fits_needs_more_pixels_than_one_with_a_scale() -> None:
    assert told(a=(90, 90, 0.5), b=(90, 90, 0.25)).largest("output").scale == 0.5
    assert told(a=(90, 90, 0.5), b=(90, 90, 0)).largest("output").scale == 0


def test_a_scale_limits_a_picture_to_its_share() -> None:
    assert Room(400, 400, 0.5).of((100, 300)) == (50, 150)
    assert Room(40, 400, 0.5).of((100, 300)) == (40, 150)
    assert Room(400, 400).of((100, 300)) == (400, 400)
    assert Room(400, 400, 0.001).of((100, 300)) == (1, 1)


def test_a_view_that_left_takes_its_room_back() -> None:
    rooms = told(a=(300, 300, 0), b=(100, 100, 0))
    rooms.leave("a")
    rooms.leave("never there")
    assert rooms.largest("output") == Room(100, 100)


def test_a_view_that_gives_no_answer_at_the_roll_call_is_forgotten() -> None:
    rooms = told(gone=(300, 300, 0), here=(100, 100, 0))
    asked = rooms.call_roll()
    assert asked
    assert not rooms.take("here", {"output": (100, 100, 0)})
    assert rooms.largest("output") == Room(300, 300), "it still has time"
    rooms.miss(asked)
    assert rooms.largest("output") == Room(100, 100)


def test_a_later_roll_call_has_time_of_its_own() -> None:
    rooms = told(a=(300, 300, 0), b=(100, 100, 0))
    first, second = rooms.call_roll(), rooms.call_roll()
    assert first
    assert second
    for view, side in (("a", 300), ("b", 100)):
        rooms.take(view, {"output": (side, side, 0)})
    third = rooms.call_roll()
    assert third
    rooms.miss(first)
    rooms.miss(second)
    assert rooms.largest("output") == Room(300, 300), "both have answered these two"
    rooms.miss(third)
    assert rooms.largest("output") == Room()


def test_a_single_view_is_not_asked_and_not_missed() -> None:
    rooms = told(only=(100, 100, 0))
    assert rooms.call_roll() is None
    assert rooms.largest("output") == Room(100, 100)


def test_a_room_of_nothing_is_one_pixel() -> None:
    assert told(a=(0, 0, 0)).largest("output") == Room(1, 1)

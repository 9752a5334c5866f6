"""Made-up events of a page, reduced to figures; frames every 16 ms, times in ms."""

from typing import Any

import pytest

from bench.changes import (
    Answer,
    Change,
    Drag,
    Move,
    Press,
    answer,
    frames_by_old_rule,
    settling,
    share_found,
    states_shown,
)
from bench.record import Record


def change(frame: float, key: str, **told: Any) -> Change:
    """A change in the frame that begins then: its callback runs 5 ms later, it shows after 9."""
    made: Change = {
        "frame": frame,
        "noted": frame + 5,
        "painted": frame + 9,
        "key": key,
        "exact": told.get("exact", True),
        "digest": told.get("digest"),
        "shelf": told.get("shelf", False),
    }
    return made


def press(pressed: float, *changes: Change) -> Press:
    return {"pressed": pressed, "handled": pressed + 1, "changes": [*changes], "moves": []}


def drag(*changes: Change, before: str = "a", released: float = 1000.0) -> Drag:
    return {
        "before": before,
        "down": 0.0,
        "released": released,
        "changes": [*changes],
        "moves": [],
        "out_of_order": 0,
        "sent": 59,
        "width": 314.0,
    }


# ---------------------------------------------------------------------------- key presses


def test_an_answer_counts_from_the_key_until_it_is_painted() -> None:
    assert answer(press(103, change(112, "b"))).first_ms == 112 + 9 - 103


def test_a_picture_painted_in_the_frame_that_handles_the_key_counts() -> None:
    found = answer(press(103, change(100, "b")))
    assert (found.first_ms, found.old_ms) == (6, None)


def test_the_old_rule_takes_the_beginning_of_the_first_frame_after_the_key() -> None:
    assert answer(press(103, change(100, "b"), change(116, "c"))).old_ms == 13


def test_what_was_drawn_before_the_page_heard_of_the_key_is_no_answer() -> None:
    # Its callback ran at 103, the page heard of the key at 104, and it was painted at 107.
    assert answer(press(103, change(98, "late"))).first_ms is None


def test_a_preview_is_first_and_the_exact_picture_after_it() -> None:
    found = answer(press(103, change(112, "b", exact=False), change(160, "b", digest="x")))
    assert found == Answer(first_ms=18, exact_ms=66, old_ms=9, key="b", digest="x")


def test_without_an_exact_picture_the_preview_tells_what_was_seen() -> None:
    found = answer(press(103, change(112, "b", exact=False, digest="coarse")))
    assert (found.exact_ms, found.digest) == (None, "coarse")


def test_a_key_that_never_came_has_no_answer() -> None:
    never: Press = {"pressed": None, "handled": None, "changes": [change(1, "b")], "moves": []}
    assert answer(never) == Answer()


# ---------------------------------------------------------------------------- drags


def test_every_new_state_counts_one_frame() -> None:
    assert states_shown(drag(change(16, "b"), change(32, "c"), change(48, "d"))) == 3


def test_there_and_back_counts_each_time() -> None:
    assert states_shown(drag(change(16, "b"), change(32, "a"), change(48, "b"))) == 3


def test_a_state_shown_again_counts_once() -> None:
    assert states_shown(drag(change(16, "b"), change(32, "b"), change(48, "c"))) == 2


def test_a_preview_and_its_exact_picture_are_one_state() -> None:
    assert states_shown(drag(change(16, "b", exact=False), change(32, "b"))) == 1


def test_the_state_shown_before_the_drag_counts_for_nothing() -> None:
    assert states_shown(drag(change(16, "a"), change(32, "b"), before="a")) == 1


def test_of_two_changes_in_one_frame_only_the_last_is_shown() -> None:
    assert states_shown(drag(change(16, "b"), change(16, "a"), change(32, "c"))) == 1


def test_what_is_painted_after_the_release_is_no_frame_of_the_drag() -> None:
    assert states_shown(drag(change(16, "b"), change(32, "c"), released=40)) == 1


def test_the_old_rule_counts_frames_not_states_and_by_their_beginning() -> None:
    preview, exact = change(16, "b", exact=False), change(32, "b")
    assert frames_by_old_rule(drag(preview, exact, change(38, "c"), released=40)) == 3


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([change(80, "b"), change(130, "c")], (39.0, True)),
        ([change(80, "b")], (0.0, True)),
        ([change(80, "b"), change(130, "c", exact=False)], (39.0, False)),
        ([change(80, "b", digest=1), change(130, "b", digest=1)], (0.0, True)),
        ([change(80, "b", digest=1, exact=False), change(130, "b", digest=1)], (39.0, True)),
        ([], (None, False)),
    ],
    ids=["new", "in time", "preview", "same pixels", "exact after its preview", "nothing"],
)
def test_settling_ends_with_the_last_new_picture(
    changes: list[Change], expected: tuple[float | None, bool]
) -> None:
    assert settling(drag(*changes, released=100)) == expected


# ---------------------------------------------------------------------------- one variant


def test_the_share_found_on_the_shelf_counts_presses_and_drags() -> None:
    def moves(*found: bool) -> list[Move]:
        return [{"control": "stride", "found": each} for each in found]

    record = Record()
    record.note_press({**press(103, change(112, "b")), "moves": moves(False)})
    record.note_drags({**drag(change(16, "b")), "moves": moves(True, True)}, drag())
    assert record.summary()["found_on_shelf"] == 0.67


def test_no_share_is_told_where_no_move_is() -> None:
    assert share_found([]) is None


def test_the_frame_rate_is_of_states_in_the_time_of_the_drag() -> None:
    record = Record()
    record.note_drags(drag(change(16, "b"), change(32, "c"), released=500), drag())
    assert record.summary()["drag_fps"] == 4.0


def test_an_exact_settling_is_told_only_where_the_exact_picture_came() -> None:
    record = Record()
    record.note_drags(drag(), drag(change(1100, "b", exact=False)))
    summary = record.summary()
    assert (summary["settle_ms"], summary["settle_exact_ms"]) == (109.0, None)


def test_a_press_that_nothing_came_of_is_missed() -> None:
    record = Record()
    record.note_press(press(103))
    record.note_press(press(203, change(212, "b")))
    summary = record.summary()
    assert (summary["missed"], summary["presses"], summary["median_ms"]) == (1, 1, 18.0)

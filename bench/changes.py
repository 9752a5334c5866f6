"""What the page saw of a key press or a drag, reduced to figures by one rule for every variant.

A change counts from the hand until it is painted: until a message arrives that was posted inside
the animation-frame callback that paints it. The rule of before took the frame's own time stamp, the
beginning of the frame, and knew only frames that begin after the key was pressed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TypedDict


class Change(TypedDict):
    """A frame that showed something new; all times in ms on the page's clock.

    frame: its time stamp; noted: when its callback ran; painted: when it was on the screen; key:
    what names the state that it shows; exact: no preview; digest: of its pixels, where they were
    asked for; shelf: drawn from the page's shelf.
    """

    frame: float
    noted: float
    painted: float
    key: str
    exact: bool
    digest: str | int | None
    shelf: bool


class Move(TypedDict):
    """A control moved by the hand, and whether its new state lay on the page's shelf."""

    control: str
    found: bool


class Press(TypedDict):
    """A key press: its time stamp, when the page heard of it, and what was seen after it."""

    pressed: float | None
    handled: float | None
    changes: list[Change]
    moves: list[Move]


class Drag(TypedDict):
    """A drag: the state shown before it, its first and last moment, and what was seen."""

    before: str | None
    down: float
    released: float
    changes: list[Change]
    moves: list[Move]
    out_of_order: int
    sent: int
    width: float


@dataclass(frozen=True)
class Answer:
    """What came of a key press; times in ms from the key, None where nothing came.

    Attributes:
        first_ms: until the first change is painted.
        exact_ms: until the first exact one is.
        old_ms: until the first change, by the rule of before.
        key: what names the state, the exact one if it came.
        digest: of its pixels.
    """

    first_ms: float | None = None
    exact_ms: float | None = None
    old_ms: float | None = None
    key: str | None = None
    digest: str | int | None = None


def answer(press: Press) -> Answer:
    """Reduce a key press: what the page painted before it heard of the key is no answer."""
    pressed, handled = press["pressed"], press["handled"]
    if pressed is None or handled is None:
        return Answer()
    changes = [change for change in press["changes"] if change["noted"] >= handled]
    exact = next((change for change in changes if change["exact"]), None)
    old = next((change for change in press["changes"] if change["frame"] >= pressed), None)
    told = exact or (changes[0] if changes else None)
    return Answer(
        first_ms=changes[0]["painted"] - pressed if changes else None,
        exact_ms=exact["painted"] - pressed if exact else None,
        old_ms=old["frame"] - pressed if old else None,
        key=told["key"] if told else None,
        digest=told["digest"] if told else None,
    )


def states_shown(drag: Drag) -> int:
    """Count the frames, painted while the hand dragged, that show another state than the last."""
    during = [c for c in drag["changes"] if drag["down"] <= c["painted"] <= drag["released"]]
    frames = [list(changes)[-1] for _, changes in groupby(during, lambda change: change["frame"])]
    shown = [drag["before"], *(change["key"] for change in frames)]
    return sum(before != after for before, after in pairwise(shown))


def frames_by_old_rule(drag: Drag) -> int:
    """Count the frames that began while the hand dragged and showed anything new."""
    frames = {change["frame"] for change in drag["changes"]}
    return sum(drag["down"] <= frame <= drag["released"] for frame in frames)


def settling(drag: Drag) -> tuple[float | None, bool]:
    """Give ms from the release until the last picture is painted, and whether it is exact.

    The same pixels drawn again are no new picture; the exact one after a preview always is.
    """
    pictures: list[Change] = []
    for change in drag["changes"]:
        last = pictures[-1] if pictures else None
        if last is None or is_new(change, last):
            pictures.append(change)
    if not pictures:
        return None, False
    return max(0.0, pictures[-1]["painted"] - drag["released"]), pictures[-1]["exact"]


def is_new(change: Change, last: Change) -> bool:
    """Say whether a change shows another picture than the last one."""
    return change["digest"] is None or change["digest"] != last["digest"] or not last["exact"]


def share_found(moves: Sequence[Move]) -> float | None:
    """Give the share of moves whose state lay on the shelf; None where no move was told."""
    return round(sum(move["found"] for move in moves) / len(moves), 2) if moves else None

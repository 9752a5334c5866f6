"""How often everything is done, and how long is waited."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Plan:
    """How often everything is done.

    Attributes:
        compares: whether pictures are proved to differ, in a pass of their own.
        rounds: turns each variant gets.
        presses: key presses in one turn.
        drags: drags of each variant in all.
        drag_seconds: length of a drag.
        settle_seconds: length of the drags whose pictures are compared after the release.
        quiet_ms: how long nothing may change before the next press.
        drag_quiet_ms: the same after a release; longer than the slowest variant needs.
        shelf_ms: how long a lab is waited for that puts its other states on the page's shelf.
        limit_ms: an answer that takes longer counts as missed.
        cold_repeats: first presses of each fresh lab, with the shelf and without.
        polite_repeats: runs of a cell beside the filling of the shelf, and with nothing to fill.
    """

    compares: bool = True
    rounds: int = 5
    presses: int = 9
    drags: int = 3
    drag_seconds: float = 3.0
    settle_seconds: float = 1.0
    quiet_ms: int = 250
    drag_quiet_ms: int = 1200
    shelf_ms: int = 20000
    limit_ms: int = 8000
    cold_repeats: int = 5
    polite_repeats: int = 10

    def over(self, round_trip: int) -> "Plan":
        """Plan for a line of so many milliseconds: fewer rounds, longer rests; 0: the same."""
        if not round_trip:
            return self
        return replace(
            self,
            compares=False,
            rounds=1,
            drags=1,
            drag_seconds=min(2.0, self.drag_seconds),
            quiet_ms=self.quiet_ms + round_trip,
            drag_quiet_ms=self.drag_quiet_ms + round_trip,
        )


QUICK = Plan(rounds=2, presses=4, drags=1, drag_seconds=1.5, cold_repeats=1, polite_repeats=3)

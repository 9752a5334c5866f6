"""How much room each pane has: every view of a lab tells its own, the largest one decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lessons_lib.kit.keys import digest

# Room for a pane until a page has said how large it is.
FIRST_BOX = (360, 360)


@dataclass(frozen=True)
class Room:
    """The room for one pane.

    Attributes:
        height, width: device pixels.
        scale: how many of them one pixel of the picture gets at most; 0: as fits. It is set where
            the true sizes of several pictures are to be comparable.
    """

    height: int = FIRST_BOX[0]
    width: int = FIRST_BOX[1]
    scale: float = 0.0

    def of(self, size: tuple[int, int]) -> tuple[int, int]:
        """Give the (height, width) that a picture of this size may take."""
        if not self.scale:
            return self.height, self.width
        height, width = (max(1, round(n * self.scale)) for n in size)
        return min(self.height, height), min(self.width, width)


class Rooms:
    """The rooms of all views of one lab.

    A view that closes says so; one that vanishes without a word (a page that was reloaded, a window
    that was closed) is missed at the next roll call.
    """

    def __init__(self) -> None:
        self._told: dict[str, dict[str, Room]] = {}
        self._calls: list[set[str]] = []  # of each roll call, the views that have not answered yet

    def take(self, view: str, boxes: Mapping[str, Sequence[float]]) -> bool:
        """Note what a view has told.

        Args:
            view: its name.
            boxes: by name of the pane: height, width and scale, see `Room`.

        Returns:
            whether the view was not known before.
        """
        new = view not in self._told
        for asked in self._calls:
            asked.discard(view)
        self._told[view] = {name: _room(box) for name, box in boxes.items()}
        return new

    def leave(self, view: str) -> None:
        """Forget a view that was closed."""
        self._told.pop(view, None)

    def call_roll(self) -> set[str] | None:
        """Expect an answer (`take`) of every view; `miss` forgets those that gave none.

        Returns:
            the call, for `miss`; None where there are no two views: one alone need not be asked.
        """
        if len(self._told) < 2:
            return None
        asked = set(self._told)
        self._calls.append(asked)
        return asked

    def miss(self, asked: set[str]) -> None:
        """Forget the views that have not answered a roll call.

        Args:
            asked: from `call_roll`.
        """
        self._calls = [call for call in self._calls if call is not asked]
        for view in asked:
            self._told.pop(view, None)

    def largest(self, pane: str) -> Room:
        """Give the room for a pane in which every view finds all the pixels that it can show."""
        rooms = [rooms[pane] for rooms in self._told.values() if pane in rooms]
        if not rooms:
            return Room()
        free = any(not room.scale for room in rooms)
        return Room(
            max(room.height for room in rooms),
            max(room.width for room in rooms),
            0.0 if free else max(room.scale for room in rooms),
        )

    @property
    def views(self) -> int:
        """How many views have told their rooms."""
        return len(self._told)

    @property
    def name(self) -> str:
        """A short name for all rooms as they are now; other rooms have another name."""
        panes = sorted({pane for rooms in self._told.values() for pane in rooms})
        return digest(repr([(pane, self.largest(pane)) for pane in panes]).encode())

    @property
    def box(self) -> tuple[int, int]:
        """The (height, width) of the largest pane, for who makes a preview of no pane by name."""
        rooms = [room for rooms in self._told.values() for room in rooms.values()]
        if not rooms:
            return FIRST_BOX
        return max(room.height for room in rooms), max(room.width for room in rooms)


def _room(box: Sequence[float]) -> Room:
    height, width, scale = box
    return Room(max(1, int(height)), max(1, int(width)), float(scale))

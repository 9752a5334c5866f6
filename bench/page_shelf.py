"""What lies on the shelf of a page, for a reader that has none: keys of states, and no pictures."""

from collections.abc import Mapping
from typing import Any

ACKNOWLEDGED = 4  # messages at once, as the page does


class PageShelf:
    """The keys of the states that the page could show by itself.

    Attributes:
        keys: of these states.
        full: whether Python has said that all is there.
    """

    def __init__(self, slider: str) -> None:
        """Begin with nothing.

        Args:
            slider: name of the control that will be moved; no other one is.
        """
        self._slider = slider
        self._move: Mapping[str, Any] = {}
        self._parts: list[str] = []
        self._unsaid = 0
        self.keys: set[str] = set()
        self.full = False

    @property
    def is_on(self) -> bool:
        """Whether the lab works ahead of the hand at all."""
        return bool(self._move)

    def learn(self, state: Mapping[str, Any]) -> None:
        """Take the stage's traits, those of them that have come."""
        for move in state.get("moves", ()):
            if move["name"] == self._slider:
                self._move = move
        if key := state.get("scene", {}).get("key"):
            self._parts = key.split("|")

    def take(self, content: Mapping[str, Any]) -> int | None:
        """Take a message about the shelf; give the number that is to be acknowledged, or None."""
        if content.get("clear"):
            self.keys.clear()
        self.full = content.get("full", False)
        self.keys -= set(content.get("drop", ()))
        if "scene" not in content:
            return None
        self.keys.add(content["scene"]["key"])
        self._unsaid += 1
        if self._unsaid < ACKNOWLEDGED:
            return None
        self._unsaid = 0
        return int(content["number"])

    def holds(self, value: int) -> bool:
        """Say whether the state that the slider leads to with this value lies here."""
        if not self._move or not self._parts:
            return False
        parts = list(self._parts)
        parts[self._move["part"]] = str((value - self._move["low"]) // self._move["step"])
        return "|".join(parts) in self.keys

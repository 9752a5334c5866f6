"""The shelf in the page as Python knows it: what lies there, and how many bytes it takes."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lessons_lib.widgets.stage.scene import Shelved

LAB_BYTES = 64 * 2**20  # of one lab in a page
LARGEST = 8 * 2**20  # a state with more than that is not laid down
FLYING_BYTES = 2**20  # on their way to the page at a time: an answer to the hand waits behind them
FLYING = 8  # messages on their way


@dataclass(frozen=True)
class _Entry:
    """A state in the page: its scene's size in bytes, the names of its pixels, and how good."""

    size: int
    pixels: tuple[str, ...]
    exact: bool


@dataclass(frozen=True)
class _Flying:
    """A message that the page has not acknowledged yet."""

    key: str
    size: int


class Shelf:
    """Lays scenes down in the page, no more than fit, and remembers which.

    Pixels are kept by their content: a photo that is the same in all states is sent and kept once.

    Args:
        send: takes a message, a dict with buffers, to all views of the lab.
        limit: bytes of scenes and pixels.
    """

    def __init__(
        self, send: Callable[[dict[str, Any], list[bytes]], None], limit: int = LAB_BYTES
    ) -> None:
        self._send = send
        self._limit = limit
        self._entries: dict[str, _Entry] = {}
        self._uses: Counter[str] = Counter()  # states by the name of their pixels
        self._sizes: dict[str, int] = {}  # of pixels, by name
        self._flying: dict[int, _Flying] = {}
        self._numbers = itertools.count(1)
        self.size = 0  # bytes

    def __len__(self) -> int:
        return len(self._entries)

    def holds(self, key: str, exact: bool = False) -> bool:
        """Say whether a state was laid down, exactly if that is asked; it may be on its way."""
        entry = self._entries.get(key)
        return entry is not None and (entry.exact or not exact)

    def is_there(self, key: str) -> bool:
        """Say whether the page has said that it has this state."""
        return key in self._entries and all(each.key != key for each in self._flying.values())

    @property
    def crowded(self) -> bool:
        """Whether the line has enough to carry for now."""
        flying = self._flying.values()
        return len(flying) >= FLYING or sum(each.size for each in flying) >= FLYING_BYTES

    def lay(self, key: str, shelved: Shelved, ranked: Sequence[str]) -> bool:
        """Send a state to the page's shelf.

        Args:
            key: of the state.
            shelved: its scene and pixels.
            ranked: keys of all states that are wanted there, the most wanted first. For this one
                those are dropped that nobody wants, the oldest first, then those less wanted.

        Returns:
            False where there is no room for it.
        """
        scene, buffers = packed(shelved.scene)
        size = len(json.dumps(scene)) + sum(map(len, buffers))
        if size + sum(map(len, shelved.pixels.values())) > LARGEST:
            return False
        replaced = self._take(key, shelved.pixels)  # a preview, by the exact one
        new = {name: data for name, data in shelved.pixels.items() if name not in self._sizes}
        needed = size + sum(map(len, new.values()))
        dropped = self._make_room(needed, shelved.pixels, _droppable(key, self._entries, ranked))
        if self.size + needed > self._limit:
            self._let_go(shelved.pixels)
            self._send({"type": "shelf", "drop": [*dropped, *([key] if replaced else [])]}, [])
            return False
        self._entries[key] = _Entry(size, tuple(shelved.pixels), bool(shelved.scene["exact"]))
        self._uses.update(shelved.pixels.keys())
        self._sizes |= {name: len(data) for name, data in new.items()}
        self.size += needed
        number = next(self._numbers)
        self._flying[number] = _Flying(key, needed)
        message = {"type": "shelf", "number": number, "scene": scene, "drop": dropped}
        self._send({**message, "pixels": list(new)}, [*buffers, *new.values()])
        return True

    def tell_full(self, key: str) -> None:
        """Tell the page that all has been laid down that a state asks for.

        Args:
            key: of the state.
        """
        self._send({"type": "shelf", "full": True, "key": key}, [])

    def arrived(self, number: int) -> None:
        """Note that the page has a message, and all that were sent before it."""
        self._flying = {each: sent for each, sent in self._flying.items() if each > number}

    def forget(self) -> None:
        """Note that the page has nothing, or has no use for it any more, and let it drop all."""
        if self._entries:
            self._send({"type": "shelf", "clear": True}, [])
        self._entries.clear()
        self._uses.clear()
        self._sizes.clear()
        self._flying.clear()
        self.size = 0

    def _make_room(self, needed: int, used: Container[str], droppable: Iterable[str]) -> list[str]:
        """Drop states until there is room, if there ever is; pixels that are used stay."""
        dropped: list[str] = []
        for key in droppable:
            if self.size + needed <= self._limit:
                break
            self._take(key, used)
            dropped.append(key)
        return dropped

    def _take(self, key: str, used: Container[str]) -> bool:
        """Take a state away, and the pixels that no other one has and that are not used now."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return False
        self.size -= entry.size
        self._uses.subtract(entry.pixels)
        self._let_go(name for name in entry.pixels if name not in used)
        return True

    def _let_go(self, names: Iterable[str]) -> None:
        """Forget the pixels that no state has any more, as the page does."""
        for name in names:
            if name in self._sizes and self._uses[name] == 0:
                del self._uses[name]
                self.size -= self._sizes.pop(name)


def _droppable(key: str, entries: Iterable[str], ranked: Sequence[str]) -> list[str]:
    """List what may be dropped for a state, the first ones first."""
    wanted = set(ranked)
    less = ranked[ranked.index(key) + 1 :] if key in wanted else ()
    there = set(entries)
    return [
        *(each for each in entries if each not in wanted),
        *(each for each in reversed(less) if each in there),
    ]


def packed(value: Any) -> tuple[Any, list[bytes]]:
    """Take the bytes out of nested dicts and lists, as JSON cannot carry them.

    Args:
        value: of what JSON knows, and bytes.

    Returns:
        the same with {"buffer": n} in place of bytes, and the n-th buffers.

    Example:
        >>> packed({"rows": b"ab", "name": ["x", b"c"]})
        ({'rows': {'buffer': 0}, 'name': ['x', {'buffer': 1}]}, [b'ab', b'c'])
    """
    buffers: list[bytes] = []

    def pack(each: Any) -> Any:
        if isinstance(each, bytes):
            buffers.append(each)
            return {"buffer": len(buffers) - 1}
        if isinstance(each, dict):
            return {name: pack(part) for name, part in each.items()}
        if isinstance(each, list | tuple):
            return [pack(part) for part in each]
        return each

    return pack(value), buffers

"""When a lab's picture becomes exact, and when the hand is at rest."""

from __future__ import annotations

import asyncio
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

import torch

PAUSE_SECONDS = 0.04  # a preview is followed by the exact picture when nothing moved for so long
REST_SECONDS = 0.6  # then the hand rests: presets are marked and the layer is timed
FREE_SECONDS = 0.02  # so long until a lock that somebody holds is tried again
MEASURE_SECONDS = 0.06  # the most that the measuring of a layer may take
MEASURE_RUNS = 7
BESIDE_SECONDS = 0.2  # two layers, measured in turns; the warming up comes on top


class Pace:
    """Watches how long nothing has moved.

    Args:
        lock: of the lab; it is held while one of the two is called.
        pause: called when the hand has stopped for a moment on a preview.
        rest: called when the hand rests on an exact picture.
    """

    def __init__(
        self, lock: threading.RLock, pause: Callable[[], None], rest: Callable[[], None]
    ) -> None:
        self._lock = lock
        self._pause = pause
        self._rest = rest
        self._changed_at = 0.0
        self._waiting: set[float] = set()
        self._ended = False

    def end(self) -> None:
        """Call nobody any more: the lab is closed."""
        self._ended = True

    def moved(self, loop: asyncio.AbstractEventLoop, exact: bool) -> None:
        """Start waiting anew.

        Args:
            loop: the event loop of this thread.
            exact: whether what is shown now is exact.
        """
        self._changed_at = time.monotonic()
        if exact:
            self._when_still(loop, REST_SECONDS, self._rest)
        else:
            self._when_still(loop, PAUSE_SECONDS, self._pause)

    def _when_still(
        self, loop: asyncio.AbstractEventLoop, seconds: float, action: Callable[[], None]
    ) -> None:
        """Do it once nothing has changed for so long; asking again meanwhile changes nothing."""
        if seconds in self._waiting:
            return
        self._waiting.add(seconds)

        def look() -> None:
            if self._ended:
                return
            left = self._changed_at + seconds - time.monotonic()
            if left > 0.003:
                loop.call_later(left, when_free, loop, self._lock, look)
                return
            self._waiting.discard(seconds)
            action()

        loop.call_later(seconds, when_free, loop, self._lock, look)


def when_free(
    loop: asyncio.AbstractEventLoop, lock: threading.RLock, action: Callable[[], None]
) -> None:
    """Do it with the lock, as soon as nobody else holds that; the loop goes on meanwhile.

    A loop that waits for a lock takes no message in, and so the kernel does not even tell the page
    that it is busy.

    Args:
        loop: the event loop of this thread, in which it is done.
        lock: it is held while `action` runs.
        action: is called once.
    """
    if not lock.acquire(blocking=False):
        loop.call_later(FREE_SECONDS, when_free, loop, lock, action)
        return
    try:
        action()
    finally:
        lock.release()


def measured_milliseconds(layer: Callable[[], Any]) -> float:
    """Time a layer: the median of a few runs, within `MEASURE_SECONDS`.

    Args:
        layer: runs it once.
    """
    times: list[float] = []
    with torch.inference_mode():
        while len(times) <= MEASURE_RUNS and sum(times) < MEASURE_SECONDS:
            times.append(_seconds(layer))
    times = times[1:] or times  # the first one warms up, unless it takes all the time there is
    return statistics.median(times) * 1000


def measured_beside(layer: Callable[[], Any], other: Callable[[], Any]) -> tuple[float, float]:
    """Time two layers in turns, so that whatever else the machine does falls on both alike.

    Args:
        layer, other: each runs one of them once; the first run of each warms up and is not counted.

    Returns:
        the medians, in milliseconds.
    """
    times: list[tuple[float, float]] = []
    with torch.inference_mode():
        layer()
        other()
        while not times or (len(times) < MEASURE_RUNS and sum(map(sum, times)) < BESIDE_SECONDS):
            times.append((_seconds(layer), _seconds(other)))
    first, second = zip(*times, strict=True)
    return statistics.median(first) * 1000, statistics.median(second) * 1000


def _seconds(layer: Callable[[], Any]) -> float:
    start = time.perf_counter()
    layer()
    return time.perf_counter() - start

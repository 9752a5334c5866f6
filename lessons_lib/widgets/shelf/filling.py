"""When the shelf is filled, and with what: in the gaps between messages, the nearest states first.

Whatever else there is to do comes first: an answer to the hand, in this lab or another one, a cell
that runs, long work. The filling waits then, or begins anew around the state that the hand has come
to.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from lessons_lib.kit.result import IllegalSettingError, Result
from lessons_lib.widgets.lab.cells import a_cell_runs
from lessons_lib.widgets.lab.pace import FREE_SECONDS
from lessons_lib.widgets.shelf.shelf import Shelf
from lessons_lib.widgets.stage.scene import SceneWriter, Shelved, State
from lessons_lib.widgets.work.job import a_job_runs

START_SECONDS = 0.08  # after the last move: its own picture comes first
EXACT_SECONDS = 1.0  # so long the hand rests before exact pictures follow the previews
WAIT_SECONDS = 0.1  # until it is asked again whether there is something better to do
QUIET_SECONDS = 0.3  # no other lab of this kernel was touched for so long
SHARE = 0.5  # of the time, from the first state to the last one
MOST_SECONDS = 8.0  # of work for one place of the hand
PATIENCE_SECONDS = 60.0  # from the move on; who cannot be served by then is not waited for

log = logging.getLogger(__name__)


class Filled(Protocol):
    """What the filling asks of its lab, under the lab's lock.

    Attributes:
        lock: of the lab.
        params: as they are now.
        exact: whether the stage has the exact picture of them.
    """

    lock: threading.RLock
    params: Any
    exact: bool

    def state_of(self, params: Any) -> State:
        """Name the state."""


class Source(Protocol):
    """Where the states come from."""

    def others(self, control: str) -> Iterator[Any]:
        """Give the parameters that the next move of this control leads to, the nearest first."""

    def previewed(self, params: Any) -> Result | None:
        """Compute a coarse result; None where the exact one is quick enough."""

    def computed(self, params: Any) -> Result:
        """Compute the exact result."""


@dataclass(frozen=True, eq=False)
class _Place:
    """Where a hand is: at which control, and since when (seconds)."""

    control: str
    since: float


@dataclass
class _Rest:
    """How much work is left to do for a place of the hand."""

    seconds: float


class _Touched:
    """The last move of a hand in any lab of this kernel."""

    at = -QUIET_SECONDS
    filling: Any = None


class Filling:
    """Fills the shelf of one lab.

    Args:
        lab: see `Filled`.
        source: see `Source`.
        shelf: of this lab.
        writer: of this lab's scenes.
    """

    def __init__(self, lab: Filled, source: Source, shelf: Shelf, writer: SceneWriter) -> None:
        self._lab = lab
        self._source = source
        self._shelf = shelf
        self._writer = writer
        self._place: _Place | None = None
        self._task: asyncio.Task[None] | None = None

    def moved(self, loop: asyncio.AbstractEventLoop, control: str) -> None:
        """Begin anew around the present state, soon.

        Args:
            loop: the event loop of this thread.
            control: the one under the hand.
        """
        self._place = _Place(control, time.monotonic())
        _Touched.at, _Touched.filling = self._place.since, self
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._fill())

    def end(self) -> None:
        """Fill no more."""
        self._place = None

    # --- in the gaps ------------------------------------------------------------------------------

    async def _fill(self) -> None:
        while (place := self._place) is not None:
            await asyncio.sleep(place.since + START_SECONDS - time.monotonic())
            if place is self._place:
                await self._fill_around(place)

    async def _fill_around(self, place: _Place) -> None:
        """Lay down the states around a place of the hand, and exact ones where they were coarse."""
        near: list[Any] = []
        rest = _Rest(MOST_SECONDS)
        complete = await self._lay_all(place, self._near(place, near), rest, exact=False)
        while place is self._place and time.monotonic() - place.since < EXACT_SECONDS:
            if all(self._shelf.holds(self._lab.state_of(each).key, exact=True) for each in near):
                break
            await asyncio.sleep(WAIT_SECONDS)
        if complete:
            await self._lay_all(place, iter(near), rest, exact=True)
        if place is self._place:
            self._place = None
            self._shelf.tell_full()

    async def _lay_all(
        self, place: _Place, states: Iterator[Any], rest: _Rest, exact: bool
    ) -> bool:
        """Lay down one state after the other, as long as the hand stays at this place.

        Returns:
            False where one of them found no room, or the time was over.
        """
        ranked: list[str] = []
        more: bool | None = True
        while more and rest.seconds > 0 and place is self._place:
            wait = self._must_wait(place)
            if wait == 0.0 and self._lab.lock.acquire(blocking=False):
                begun = time.perf_counter()
                try:
                    more = self._lay_next(states, ranked, exact)
                finally:
                    self._lab.lock.release()
                took = time.perf_counter() - begun
                rest.seconds -= took
                wait = max(0.001, took * (1 / SHARE - 1))
            await asyncio.sleep(wait or FREE_SECONDS)
        return more is None

    def _must_wait(self, place: _Place) -> float:
        """Say how long there is something better to do, in seconds."""
        now = time.monotonic()
        if now - place.since > PATIENCE_SECONDS:
            self._place = None
        if self._shelf.crowded or not self._lab.exact:
            return FREE_SECONDS
        others = _Touched.filling is not self and now - _Touched.at < QUIET_SECONDS
        return WAIT_SECONDS if others or a_cell_runs() or a_job_runs() else 0.0

    def _near(self, place: _Place, seen: list[Any]) -> Iterator[Any]:
        """Give the present parameters and those around them, and note them in `seen`."""
        seen.append(self._lab.params)
        yield seen[0]
        for params in self._source.others(place.control):
            seen.append(params)
            yield params

    def _lay_next(self, states: Iterator[Any], ranked: list[str], exact: bool) -> bool | None:
        """Lay down the next state that is missing; False: no room for it; None: none is missing."""
        for params in states:
            state = self._lab.state_of(params)
            ranked.append(state.key)
            if self._shelf.holds(state.key, exact):
                continue
            shelved = self._made(params, state, exact)
            return shelved is None or self._shelf.lay(state.key, shelved, ranked)
        return None

    def _made(self, params: Any, state: State, exact: bool) -> Shelved | None:
        try:
            coarse = None if exact else self._source.previewed(params)
            result = self._source.computed(params) if coarse is None else coarse
            return self._writer.shelved(result, coarse is None, state)
        except IllegalSettingError as error:
            return self._writer.shelved_refusal(error, state.key)
        except Exception:  # the reader sees it when the hand comes there
            log.exception("a state could not be computed ahead of the hand: %s", state.key)
            return None

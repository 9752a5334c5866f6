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
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Protocol

from lessons_lib.kit.result import IllegalSettingError, Result
from lessons_lib.machine.memory import give_back_unused_memory
from lessons_lib.widgets.lab.cells import a_cell_runs
from lessons_lib.widgets.lab.pace import FREE_SECONDS
from lessons_lib.widgets.shelf.shelf import Shelf
from lessons_lib.widgets.stage.scene import SceneWriter, Shelved, State
from lessons_lib.widgets.work.job import a_job_runs

START_SECONDS = 0.08  # after the last move: its own picture comes first
COMING_SECONDS = 0.2  # after a hand has come to a control: its first move comes first
EXACT_SECONDS = 1.0  # so long the hand rests before exact pictures follow the previews
NEAR = 40  # states that are made exact before others are made at all
WAIT_SECONDS = 0.1  # until it is asked again whether there is something better to do
QUIET_SECONDS = 0.3  # no other lab of this kernel was touched for so long
SHARE = 0.4  # of the time, from the first state to the last one
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


_Step = tuple[Any, bool]  # parameters, and whether no preview will do


@dataclass(eq=False)
class _Place:
    """Where a hand is.

    Attributes:
        control: that it is at.
        since: when it came there, seconds.
        start: when the filling begins.
        work: seconds of work that are left for it.
        ranked: keys of the states around it, the nearest first.
    """

    control: str
    since: float
    start: float
    work: float = MOST_SECONDS
    ranked: dict[str, None] = field(default_factory=dict)


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
        self._control = ""  # that was last under the hand
        self._task: asyncio.Task[None] | None = None

    def begin(self, loop: asyncio.AbstractEventLoop, control: str, wait: float) -> None:
        """Begin anew around the present state, soon.

        Args:
            loop: the event loop of this thread.
            control: the one under the hand.
            wait: seconds until then.
        """
        now = time.monotonic()
        self._control = control
        self._place = _Place(control, now, now + wait)
        _Touched.at, _Touched.filling = self._place.since, self
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._fill())

    def begin_anew(self, loop: asyncio.AbstractEventLoop, wait: float) -> None:
        """Begin anew where the hand was last, if no other lab has been touched since.

        Args:
            loop, wait: see `begin`.
        """
        if self._control and _Touched.filling is self:
            self.begin(loop, self._control, wait)

    def end(self) -> None:
        """Fill no more."""
        self._place, self._control = None, ""

    # --- in the gaps ------------------------------------------------------------------------------

    async def _fill(self) -> None:
        while (place := self._place) is not None:
            await asyncio.sleep(place.start - time.monotonic())
            if place is self._place:
                await self._fill_around(place)

    async def _fill_around(self, place: _Place) -> None:
        """Lay down one state after the other, as long as the hand stays at this place."""
        steps = self._steps(place)
        wait: float | None = 0.0
        while wait is not None and place.work > 0 and place is self._place:
            wait = self._must_wait(place)
            if wait == 0.0 and self._lab.lock.acquire(blocking=False):
                try:
                    wait, steps = self._lay_next(place, steps)
                finally:
                    self._lab.lock.release()
            await asyncio.sleep(wait or FREE_SECONDS)
        if place is self._place:
            self._place = None
            self._shelf.tell_full(next(iter(place.ranked), ""))
            if place.work < MOST_SECONDS:
                give_back_unused_memory()  # the next moves are the page's: they need none

    def _must_wait(self, place: _Place) -> float | None:
        """Say how long there is something better to do, in seconds; None: for too long already."""
        now = time.monotonic()
        if now - place.since > PATIENCE_SECONDS:
            return None
        if self._shelf.crowded or not self._lab.exact:
            return FREE_SECONDS
        others = _Touched.filling is not self and now - _Touched.at < QUIET_SECONDS
        return WAIT_SECONDS if others or a_cell_runs() or a_job_runs() else 0.0

    def _steps(self, place: _Place) -> Iterator[_Step]:
        """Give the states to lay down: the near ones, these exactly, then those further away."""
        states = chain([self._lab.params], self._source.others(place.control))
        near = []
        for params in islice(states, NEAR):
            near.append(params)
            yield params, False
        for params in near:
            yield params, True
        for params in states:
            yield params, False

    def _lay_next(
        self, place: _Place, steps: Iterator[_Step]
    ) -> tuple[float | None, Iterator[_Step]]:
        """Lay down the next state that is missing.

        Returns:
            seconds until the one after it, None where there is none or no room; and what is left.
        """
        for step in steps:
            params, exact = step
            state = self._lab.state_of(params)
            place.ranked.setdefault(state.key)
            if self._shelf.holds(state.key, exact):
                continue
            early = place.since + EXACT_SECONDS - time.monotonic()
            if exact and early > 0:
                return early, chain([step], steps)
            begun = time.perf_counter()
            shelved = self._made(params, state, exact)
            if shelved and not self._shelf.lay(state.key, shelved, list(place.ranked)):
                break
            took = time.perf_counter() - begun
            place.work -= took
            return max(0.001, took * (1 / SHARE - 1)), steps
        return None, steps

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

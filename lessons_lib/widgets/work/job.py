"""Long steps in one thread: the newest one is reported, and they stop at will.

A `Job` knows nothing of widgets.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import contextvars
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

END_SECONDS = 5.0  # the longest that Python's end waits for a step to finish


@dataclass(frozen=True, eq=False)
class Report:
    """How a job stands.

    Attributes:
        phase: "running", "done", "stopped" or "failed".
        latest: what the newest step gave, None before the first.
        seconds: since the start, and before it where the job goes on from an earlier run.
        error: why it failed.
    """

    phase: str
    latest: Any
    seconds: float
    error: Exception | None = None


@dataclass(eq=False)
class _Run:
    """One start of a job."""

    steps: Callable[[], Iterator[Any]]
    spent: float = 0.0  # seconds of the runs that this one goes on from
    loop: asyncio.AbstractEventLoop | None = None
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    end: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    news: Report = field(default_factory=lambda: Report("running", None, 0.0))
    posted: bool = False  # a report is on its way to the loop


class Job:
    """Runs a generator's steps in a thread and reports the newest one, now and then.

    Reports come in the event loop in which the job was started, for that is the thread from which
    messages may be sent to the browser; without a loop, as in a plain script, in the worker's own
    thread. Either way the lock is held, and a job that was abandoned under it reports no more.

    Args:
        report: is called with each `Report`; the last one is not "running".
        lock: of whatever `report` changes.
        every: seconds between two reports, so that a slow browser is not flooded.

    Example:
        >>> job = Job(lambda report: print(report.phase, report.latest), threading.RLock())
        >>> job.run(lambda: iter("abc"))
        done c
    """

    def __init__(
        self, report: Callable[[Report], None], lock: threading.RLock, every: float = 0.1
    ) -> None:
        self._report = report
        self._lock = lock
        self._every = every
        self._run: _Run | None = None
        self._thread: threading.Thread | None = None  # the last one that was started
        self._home = running_loop()
        _all_jobs.add(self)

    @property
    def running(self) -> bool:
        """Whether steps are made, or the end of them is still to be reported."""
        return self._run is not None

    def start(self, steps: Callable[[], Iterator[Any]], spent: float = 0.0) -> None:
        """Begin in a thread; what ran before is abandoned.

        Args:
            steps: is called in the thread and gives the steps.
            spent: seconds of the runs that this one goes on from.
        """
        with self._lock:
            self.abandon()
            run = _Run(steps, spent, running_loop())
            before = self._thread
            run.thread = threading.Thread(
                target=self._work, args=(run, before), name="lesson-job", daemon=True
            )
            self._run, self._thread = run, run.thread
            run.thread.start()

    def run(self, steps: Callable[[], Iterator[Any]]) -> None:
        """Do it all here and now, with the same reports; an error is raised here.

        Args:
            steps: gives the steps.
        """
        with self._lock:
            self.abandon()
            run = self._run = _Run(steps)
        self.wait()
        try:
            self._make_steps(run, self._deliver)
            if run.news.error is not None:
                raise run.news.error
        finally:  # an interrupt by the reader too leaves a job that can be started again
            if run.news.phase == "running":
                run.news = Report("stopped", run.news.latest, run.news.seconds)
            self._deliver(run)

    def stop(self) -> None:
        """End after the present step; the last report says "stopped" and brings that step."""
        run = self._run
        if run is not None:
            run.end.set()

    def abandon(self) -> None:
        """End after the present step and report nothing any more."""
        with self._lock:
            self.stop()
            self._run = None

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the thread has ended; do not hold the lock meanwhile.

        Returns:
            False when it has not ended after so many seconds.
        """
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(seconds)
            return not thread.is_alive()
        return True

    # --- in the worker's thread -------------------------------------------------------------------

    def _work(self, run: _Run, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()  # its last step, so that two steps are never made at once
        self._make_steps(run, self._post)
        self._post(run)

    def _make_steps(self, run: _Run, tell: Callable[[_Run], None]) -> None:
        told = time.monotonic()
        begun = told - run.spent
        latest, phase, error = None, "stopped", None
        try:
            with contextlib.closing(_closable(run.steps)) as steps:
                while not run.end.is_set():
                    if (found := _next(steps)) is _END:
                        phase = "done"
                        break
                    latest, now = found, time.monotonic()
                    run.news = Report("running", latest, now - begun)
                    if now - told >= self._every and not run.posted:
                        told = now
                        tell(run)
        except Exception as caught:
            phase, error = "failed", caught
        run.news = Report(phase, latest, time.monotonic() - begun, error)

    def _post(self, run: _Run) -> None:
        """Hand the news over to the thread that is right for them."""
        run.posted = True
        for loop in (run.loop, self._home if run.loop is not None else None):
            if loop is not None:
                # a page that was closed has closed its loop too
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(self._deliver, run, context=run.context.copy())
                    return
        self._deliver(run)

    def _deliver(self, run: _Run) -> None:
        with self._lock:
            run.posted = False
            if run is not self._run:
                return
            news = run.news
            if news.phase != "running":
                self._run = None
            self._report(news)


_END = object()


def _closable(steps: Callable[[], Iterator[Any]]) -> Any:
    def each() -> Iterator[Any]:
        yield from steps()

    return each()


def _next(steps: Iterator[Any]) -> Any:
    """Make one step in torch's usual mode, whatever the mode of the caller is."""
    with torch.inference_mode(False), torch.enable_grad():
        return next(steps, _END)


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Give the event loop that runs in this thread, None in a plain script."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def a_job_runs() -> bool:
    """Say whether any job of this kernel is being worked on."""
    return any(job.running for job in list(_all_jobs))


_all_jobs: weakref.WeakSet[Job] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    """Let no thread be inside torch when Python takes itself down."""
    jobs = list(_all_jobs)
    for job in jobs:
        job.stop()
    for job in jobs:
        job.wait(END_SECONDS)

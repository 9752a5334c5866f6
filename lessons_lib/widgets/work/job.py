"""Long work for a lab: one thread, the newest step only, stopped at will.

`Job` runs the steps and knows nothing of widgets. `WorkRow` is the row on the page: button, bar and
words, with the rules of when work begins, ends and is forgotten.
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
from typing import Any, Protocol

import anywidget
import torch
import traitlets

from lessons_lib.kit.controls import Progress, Work
from lessons_lib.kit.result import IllegalSettingError
from lessons_lib.widgets.shared.page import joined_modules, joined_styles

REPORT_SECONDS = 0.1  # between two reports: a slow browser is not flooded
END_SECONDS = 5.0  # the longest that Python's end waits for a step to finish


# ------------------------------------------------------------------------------------ the thread


@dataclass(frozen=True, eq=False)
class Report:
    """How a job stands.

    Attributes:
        phase: "running", "done", "stopped" or "failed".
        latest: what the newest step gave, None before the first.
        seconds: since the start.
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
    loop: asyncio.AbstractEventLoop | None = None
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    end: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    news: Report = field(default_factory=lambda: Report("running", None, 0.0))
    posted: bool = False  # a report is on its way to the loop


class Job:
    """Runs a generator's steps in a thread and reports the newest one, at most ten times a second.

    Reports come in the event loop in which the job was started, for that is the thread from which
    messages may be sent to the browser; without a loop, as in a plain script, in the worker's own
    thread. Either way the lock is held, and a job that was abandoned under it reports no more.

    Args:
        report: is called with each `Report`; the last one is not "running".
        lock: of whatever `report` changes.

    Example:
        >>> job = Job(lambda report: print(report.phase, report.latest), threading.RLock())
        >>> job.run(lambda: iter("abc"))
        done c
    """

    def __init__(self, report: Callable[[Report], None], lock: threading.RLock) -> None:
        self._report = report
        self._lock = lock
        self._run: _Run | None = None
        self._thread: threading.Thread | None = None  # the last one that was started
        self._home = running_loop()
        _all_jobs.add(self)

    @property
    def running(self) -> bool:
        """Whether steps are made, or the end of them is still to be reported."""
        return self._run is not None

    def start(self, steps: Callable[[], Iterator[Any]]) -> None:
        """Begin in a thread; what ran before is abandoned.

        Args:
            steps: is called in the thread and gives the steps.
        """
        with self._lock:
            self.abandon()
            run = _Run(steps, running_loop())
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
        begun = told = time.monotonic()
        latest, phase, error = None, "stopped", None
        try:
            with contextlib.closing(_closable(run.steps)) as steps:
                while not run.end.is_set():
                    if (found := _next(steps)) is _END:
                        phase = "done"
                        break
                    latest, now = found, time.monotonic()
                    run.news = Report("running", latest, now - begun)
                    if now - told >= REPORT_SECONDS and not run.posted:
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


_all_jobs: weakref.WeakSet[Job] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    """Let no thread be inside torch when Python takes itself down."""
    jobs = list(_all_jobs)
    for job in jobs:
        job.stop()
    for job in jobs:
        job.wait(END_SECONDS)


# ------------------------------------------------------------------------------------ on the page


class WorkBar(anywidget.AnyWidget):
    """A button that starts and stops, a bar, and the same in words.

    Traits (the browser's keys are the same words):
        label: on the button while nothing runs; without a button, before the bar.
        startable: whether the reader starts it; otherwise the button only stops.
        phase: "idle", or as in `Report`; "stopping" until the present step is done.
        fraction: 0..1.
        text: how far it is, in words.
    """

    # as text: of a path anywidget keeps one object for all, which holds every widget for good
    _esm = joined_modules("work/job.js")
    _css = joined_styles("work/job.css")

    label = traitlets.Unicode().tag(sync=True)
    startable = traitlets.Bool(True).tag(sync=True)
    phase = traitlets.Unicode("idle").tag(sync=True)
    fraction = traitlets.Float(0.0).tag(sync=True)
    text = traitlets.Unicode("").tag(sync=True)

    def tell(self, report: Report) -> None:
        """Show how it stands.

        Args:
            report: its `latest` is a `Progress` or None.
        """
        progress: Progress = report.latest or Progress(0, 1)
        with self.hold_sync():
            if (self.phase, report.phase) != ("stopping", "running"):
                self.phase = report.phase
            self.fraction = progress.step / progress.steps
            self.text = told(report)

    def clear(self, hint: str = "") -> None:
        """Show that nothing has been done, and what there is to do."""
        with self.hold_sync():
            self.phase, self.fraction, self.text = "idle", 0.0, hint


def told(report: Report) -> str:
    """Say how work stands: steps, percent, seconds, and what it has reached.

    Args:
        report: its `latest` is a `Progress` or None.

    Returns:
        a line such as "step 120 of 300 · 40 % · 1.2 s · 27.4 dB".
    """
    if report.latest is None:
        return {"running": "beginning", "failed": "failed"}.get(report.phase, report.phase)
    step, steps = report.latest.step, report.latest.steps
    begin = {"stopped": "stopped at ", "failed": "failed after ", "done": "done: "}
    parts = [
        f"{begin.get(report.phase, '')}step {step} of {steps}", f"{100 * step // steps} %",
        f"{report.seconds:.1f} s", report.latest.words,
    ]  # fmt: skip
    return " · ".join(part for part in parts if part)


class Workplace(Protocol):
    """What a `WorkRow` asks of its lab, under the lab's lock.

    Attributes:
        lock: of the lab.
        params: as they are now.
    """

    lock: threading.RLock
    params: Any

    def set(self, **settings: Any) -> None:
        """Move controls."""

    def keep(self, name: str, found: Any) -> None:
        """Set the parameter of this name to what was found."""

    def show_again(self) -> None:
        """Show the same parameters anew."""

    def crashed(self, error: BaseException) -> None:
        """Tell an error in the lab and write it to the log."""


class WorkRow:
    """A `Work` of a lab on its page.

    Args:
        spec: the work.
        lab: what the work belongs to; see `Workplace`.
    """

    def __init__(self, spec: Work, lab: Workplace) -> None:
        self.spec = spec
        self._lab = lab
        self._job = Job(self._take, lab.lock)
        self.widget = WorkBar(label=spec.label, startable=spec.due is None, text=spec.hint)
        for css in ("lesson-control", "lesson-work", f"lesson-control-{spec.name}"):
            self.widget.add_class(css)
        if spec.role:
            self.widget.add_class(f"lesson-role-of-{spec.role}")
        self.widget.on_msg(self._on_message)

    @property
    def running(self) -> bool:
        """Whether it is being worked on."""
        return self._job.running

    def start(self, params: Any) -> None:
        """Begin in a thread, anew if it runs."""
        self.widget.phase = "running"  # also where it was "stopping"
        self.widget.tell(Report("running", None, 0.0))
        self._job.start(lambda: self.spec.run(params))

    def run(self, params: Any) -> None:
        """Do all of it here and now; an error is raised here."""
        self.widget.phase = "running"
        self._job.run(lambda: self.spec.run(params))

    def stop(self) -> None:
        """End after the present step, whose result stays."""
        if self._job.running:
            self.widget.phase = "stopping"
            self._job.stop()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the thread has ended; see `Job.wait`."""
        return self._job.wait(seconds)

    def abandon(self) -> None:
        """End it and report nothing any more."""
        self._job.abandon()

    def forget(self) -> None:
        """End it and show that nothing has been done."""
        self._job.abandon()
        self.widget.clear(self.spec.hint)

    def outdated(self, old: Any, new: Any) -> bool:
        """Say whether what was found for `old` is of no use for `new`."""
        return any(getattr(old, name) != getattr(new, name) for name in self.spec.depends_on)

    def meanwhile(self, params: Any) -> Any:
        """Give what is to be shown while the work for these Params is due, and see that it runs.

        Returns:
            None where nothing is due.
        """
        if self.spec.due is None or self.spec.meanwhile is None:
            return None
        try:
            due = self.spec.due(params)
        except IllegalSettingError:
            self.forget()
            raise
        if not due:
            if self.widget.phase in ("running", "stopping"):
                self.forget()
            return None
        shown = self.spec.meanwhile(params)
        if not self._job.running:
            self.start(params)
        return shown

    def _on_message(self, _bar: Any, content: Any, _buffers: Any) -> None:
        with self._lab.lock:
            if content.get("type") == "start" and self.spec.due is None:
                self.start(self._lab.params)
            elif content.get("type") == "stop":
                self.stop()

    def _take(self, report: Report) -> None:
        """Show a report: on the bar, then in the lab."""
        self.widget.tell(report)
        try:
            if report.error is not None and not isinstance(report.error, IllegalSettingError):
                raise report.error
            if report.error is not None:
                self._lab.show_again()  # the refusal and its reasons
            elif self.spec.due is None:
                if report.latest is not None:
                    self._lab.keep(self.spec.name, report.latest.found)
            elif report.phase == "stopped" and self.spec.given_up is not None:
                self._lab.set(**self.spec.given_up(self._lab.params))
            elif report.phase != "running" or self.spec.due(self._lab.params):
                self._lab.show_again()  # not for the last steps: the end is near and shows all
        except Exception as error:
            self._job.abandon()
            self._lab.crashed(error)

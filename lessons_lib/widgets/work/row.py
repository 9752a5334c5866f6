"""A lab's long work in its row on the page: when it begins, ends and is forgotten."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any, Protocol

from lessons_lib.kit.controls import Work
from lessons_lib.kit.result import IllegalSettingError
from lessons_lib.widgets.work.bar import WorkBar
from lessons_lib.widgets.work.job import Job, Report


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
        self._job = Job(self._take, lab.lock, spec.every)
        self._in_thread = False
        self._steered = False
        self._spent = 0.0  # seconds, in the runs that a next one may go on from
        self.widget = WorkBar(
            label=spec.label,
            startable=spec.due is None,
            resettable=spec.goes_on is not None,
            text=spec.hint,
        )
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
        """Begin in a thread, anew if it runs; or go on, where this work can."""
        goes_on = self._goes_on(params)
        begin, self._in_thread = self._beginning(params), True
        self.widget.phase = "running"  # also where it was "stopping"
        if not goes_on:
            self._spent = 0.0
            self.widget.tell(Report("running", None, 0.0))
        self._job.start(lambda: self.spec.run(begin), self._spent)

    def run(self, params: Any) -> None:
        """Do all of it here and now; an error is raised here."""
        begin, self._in_thread = self._beginning(params), False
        self.widget.phase = "running"
        self._job.run(lambda: self.spec.run(begin))

    def _beginning(self, params: Any) -> Any:
        """Give the parameters without what was found, unless the work goes on from there."""
        self._steered = False
        if self.spec.goes_on is None or self._goes_on(params):
            return params
        return replace(params, **{self.spec.name: None})

    def steer(self, old: Any, new: Any) -> None:
        """Let what runs go on with new parameters, from the newest step on.

        Not at once but with the next report: a slider that is dragged would else hold it up.
        """
        if any(getattr(old, name) != getattr(new, name) for name in self.spec.steered_by):
            self._steered = self._in_thread and self._job.running

    def offer(self, params: Any) -> None:
        """Say on the button whether it goes on or begins anew with these parameters."""
        self.widget.resumes = self._goes_on(params)

    def _goes_on(self, params: Any) -> bool:
        return self.spec.goes_on is not None and self.spec.goes_on(params)

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

    def would_lose(self, old: Any, new: Any) -> bool:
        """Say whether the step from `old` to `new` takes back what the reader had it find."""
        if self.spec.due is not None or not self.outdated(old, new):
            return False
        return self.running or getattr(old, self.spec.name) is not None

    def is_due(self, params: Any) -> bool:
        """Say whether these Params take work that the lab begins; it is not begun."""
        try:
            return self.spec.due is not None and self.spec.due(params)
        except IllegalSettingError:
            return False

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
            if self.widget.phase in ("running", "stopping") and not self._job.running:
                self.forget()  # else its end is still to be told
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
            elif content.get("type") == "reset":
                self._take_back()

    def _take_back(self) -> None:
        try:
            self.forget()
            self._lab.keep(self.spec.name, None)
        except Exception as error:
            self._lab.crashed(error)

    def _take(self, report: Report) -> None:
        """Show a report: on the bar, then in the lab."""
        self.widget.tell(report)
        self._spent = report.seconds
        try:
            if report.error is not None and not isinstance(report.error, IllegalSettingError):
                raise report.error
            if report.error is not None:
                self._lab.show_again()  # the refusal and its reasons
            elif self.spec.due is None:
                if report.latest is not None:
                    self._lab.keep(self.spec.name, report.latest.found)
                if self._steered and report.phase == "running" and self.widget.phase == "running":
                    self.start(self._lab.params)
            elif report.phase == "stopped" and self.spec.given_up is not None:
                self._lab.set(**self.spec.given_up(self._lab.params))
            elif report.phase != "running" or self.spec.due(self._lab.params):
                self._lab.show_again()  # not for the last steps: the end is near and shows all
        except Exception as error:
            self._job.abandon()
            self._lab.crashed(error)

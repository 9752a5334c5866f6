"""The bar of long work on the page: a button, how far it is, and the same in words."""

from __future__ import annotations

import anywidget
import traitlets

from lessons_lib.kit.controls import Progress
from lessons_lib.widgets.shared.page import joined_modules, joined_styles
from lessons_lib.widgets.work.job import Report


class WorkBar(anywidget.AnyWidget):
    """A button that starts, stops and goes on, one that takes back, a bar, and the same in words.

    Traits (the browser's keys are the same words):
        label: on the button while nothing runs; without a button, before the bar.
        startable: whether the reader starts it; otherwise the button only stops.
        resumes: whether a start goes on from where it stands.
        resettable: whether there is a second button, which takes back what was found.
        phase: "idle", or as in `Report`; "stopping" until the present step is done.
        fraction: 0..1.
        text: how far it is, in words.
    """

    # as text: of a path anywidget keeps one object for all, which holds every widget for good
    _esm = joined_modules("work/bar.js")
    _css = joined_styles("work/bar.css")

    label = traitlets.Unicode().tag(sync=True)
    startable = traitlets.Bool(True).tag(sync=True)
    resumes = traitlets.Bool(False).tag(sync=True)
    resettable = traitlets.Bool(False).tag(sync=True)
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
    done = "done: " if step == steps else "ended at "
    begin = {"stopped": "stopped at ", "failed": "failed after ", "done": done}
    parts = [
        f"{begin.get(report.phase, '')}step {step} of {steps}",
        f"{100 * step // steps} %",
        f"{report.seconds:.1f} s",
        report.latest.words,
    ]
    return " · ".join(part for part in parts if part)

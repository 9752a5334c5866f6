"""Long work: it reports the newest step, ends when told, and leaves the lab usable."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import ipywidgets
import pytest
import torch

from lessons_lib.kit.controls import Presets, Progress, Slider, Work
from lessons_lib.kit.result import IllegalSettingError, LabDefinition, Pane, Result
from lessons_lib.kit.terms import Term
from lessons_lib.widgets.lab.lab import Lab
from lessons_lib.widgets.work.bar import WorkBar, told
from lessons_lib.widgets.work.job import Job, Report
from tests.widgets.hand import browser_says, browser_sets, control, family

PATIENCE = 20.0  # seconds after which a test gives up; none of them is waited for


# -------------------------------------------------------------------------------------- the thread


class Ears:
    """Keeps reports, and who brought them."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.threads: list[threading.Thread] = []
        self.ended = threading.Event()

    def __call__(self, report: Report) -> None:
        self.reports.append(report)
        self.threads.append(threading.current_thread())
        if report.phase != "running":
            self.ended.set()

    @property
    def last(self) -> tuple[str, Any]:
        return self.reports[-1].phase, self.reports[-1].latest


class Gate:
    """Steps that wait for leave: `began` is set in the first, the rest follow `go_on`."""

    def __init__(self, steps: int = 3, error: Exception | None = None) -> None:
        self.began, self.go_on, self.closed = (threading.Event() for _ in range(3))
        self.steps, self.error, self.made = steps, error, 0

    def __call__(self) -> Iterator[int]:
        try:
            for step in range(1, self.steps + 1):
                self.made = step
                yield step
                self.began.set()
                assert self.go_on.wait(PATIENCE)
            if self.error:
                raise self.error
        finally:
            self.closed.set()


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def job(ears: Ears) -> Iterator[Job]:
    made = Job(ears, threading.RLock())
    yield made
    made.abandon()
    assert made.wait(PATIENCE)


def test_work_is_done_in_another_thread_and_its_last_step_is_reported(job: Job, ears: Ears) -> None:
    job.start(lambda: iter("abc"))
    assert ears.ended.wait(PATIENCE)
    assert ears.last == ("done", "c")
    assert ears.threads[-1] is not threading.current_thread()
    assert job.wait(PATIENCE)
    assert not job.running


def test_reports_come_in_the_loop_that_started_the_work(job: Job, ears: Ears) -> None:
    async def live() -> None:
        job.start(lambda: iter("abc"))
        while not ears.ended.is_set():
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(live(), PATIENCE))
    assert ears.last == ("done", "c")
    assert set(ears.threads) == {threading.current_thread()}


def test_a_busy_loop_hears_the_newest_step_only(ears: Ears) -> None:
    job = Job(ears, threading.RLock(), every=0.0)

    async def live() -> None:
        job.start(lambda: iter(range(1000)))
        assert job.wait(PATIENCE)  # the loop can do nothing meanwhile
        await asyncio.sleep(0.01)

    asyncio.run(live())
    assert ears.last == ("done", 999)
    assert len(ears.reports) == 1


def test_what_a_busy_loop_has_missed_it_hears_once(ears: Ears) -> None:
    job = Job(ears, threading.RLock(), every=0.0)
    made, go_on = threading.Event(), threading.Event()

    def steps() -> Iterator[int]:
        yield from range(9)
        made.set()
        assert go_on.wait(PATIENCE)

    async def live() -> None:
        job.start(steps)
        assert made.wait(PATIENCE)  # the loop can do nothing meanwhile
        await asyncio.sleep(0.05)
        assert [each.latest for each in ears.reports] == [8]
        go_on.set()
        while job.running:
            await asyncio.sleep(0.005)

    asyncio.run(asyncio.wait_for(live(), PATIENCE))
    assert [each.phase for each in ears.reports] == ["running", "done"]


def test_quick_steps_are_not_each_reported(job: Job, ears: Ears) -> None:
    job.run(lambda: iter(range(500)))
    assert ears.last == ("done", 499)
    assert len(ears.reports) < 100


def test_slow_steps_are_reported_one_by_one(ears: Ears) -> None:
    job = Job(ears, threading.RLock(), every=0.0)
    job.run(lambda: iter("abc"))
    running = [("running", letter) for letter in "abc"]
    assert [(each.phase, each.latest) for each in ears.reports] == [*running, ("done", "c")]


def test_stop_ends_after_the_present_step_and_keeps_it(job: Job, ears: Ears) -> None:
    gate = Gate()
    job.start(gate)
    assert gate.began.wait(PATIENCE)
    job.stop()
    gate.go_on.set()
    assert ears.ended.wait(PATIENCE)
    assert ears.last == ("stopped", 2)
    assert job.wait(PATIENCE)
    assert gate.closed.is_set()
    assert gate.made == 2


def test_an_error_is_reported_with_the_last_good_step(job: Job, ears: Ears) -> None:
    gate = Gate(error=ZeroDivisionError("broken on purpose"))
    gate.go_on.set()
    job.start(gate)
    assert ears.ended.wait(PATIENCE)
    assert ears.last == ("failed", 3)
    assert isinstance(ears.reports[-1].error, ZeroDivisionError)
    assert job.wait(PATIENCE)
    assert not job.running


def test_work_that_fails_before_its_first_step_is_reported_too(job: Job, ears: Ears) -> None:
    def broken() -> Iterator[int]:
        raise ZeroDivisionError("broken on purpose")

    job.start(broken)
    assert ears.ended.wait(PATIENCE)
    assert ears.last == ("failed", None)


def test_abandoned_work_ends_and_says_nothing_more(job: Job, ears: Ears) -> None:
    gate = Gate()
    job.start(gate)
    assert gate.began.wait(PATIENCE)
    job.abandon()
    assert not job.running
    gate.go_on.set()
    assert job.wait(PATIENCE)
    assert gate.closed.is_set()
    assert ears.reports == []


def test_a_new_start_waits_for_the_old_step_and_only_the_new_one_is_heard(
    job: Job, ears: Ears
) -> None:
    first, second = Gate(), Gate(2)
    job.start(first)
    assert first.began.wait(PATIENCE)
    job.start(second)
    assert not second.began.wait(0.05), "two steps were made at once"
    first.go_on.set()
    second.go_on.set()
    assert ears.ended.wait(PATIENCE)
    assert first.closed.is_set()
    assert ears.last == ("done", 2)
    assert first.made == 2


def test_work_outlives_the_loop_that_started_it(job: Job, ears: Ears) -> None:
    gate = Gate()

    async def page() -> None:
        job.start(gate)

    asyncio.run(page())
    gate.go_on.set()
    assert ears.ended.wait(PATIENCE)
    assert ears.last == ("done", 3)


def test_where_the_loop_that_started_it_is_closed_the_loop_of_the_job_is_told(ears: Ears) -> None:
    gate = Gate()

    async def home() -> None:
        job = Job(ears, threading.RLock(), every=0.0)

        async def page() -> None:
            job.start(gate)

        await asyncio.to_thread(lambda: asyncio.run(page()))
        gate.go_on.set()
        while not ears.ended.is_set():
            await asyncio.sleep(0.005)

    asyncio.run(asyncio.wait_for(home(), PATIENCE))
    assert ears.threads[-1] is threading.current_thread()


def test_here_and_now_an_error_is_raised_and_reported(job: Job, ears: Ears) -> None:
    gate = Gate(error=ZeroDivisionError("broken on purpose"))
    gate.go_on.set()
    with pytest.raises(ZeroDivisionError):
        job.run(gate)
    assert ears.last == ("failed", 3)
    job.run(lambda: iter("ab"))
    assert ears.last == ("done", "b")


def test_an_interrupt_leaves_a_job_that_can_be_started_again(job: Job, ears: Ears) -> None:
    def interrupted() -> Iterator[int]:
        yield 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        job.run(interrupted)
    assert ears.last == ("stopped", 1)
    assert not job.running
    job.run(lambda: iter("ab"))
    assert ears.last == ("done", "b")


def test_steps_may_learn_whatever_the_mode_of_the_caller(job: Job, ears: Ears) -> None:
    def learn() -> Iterator[float]:
        weight = torch.ones(2, requires_grad=True)
        (3 * weight).sum().backward()
        assert weight.grad is not None
        yield float(weight.grad[0])

    with torch.inference_mode():
        job.run(learn)
        assert torch.is_inference_mode_enabled()
    assert ears.last == ("done", 3.0)
    job.start(learn)
    assert job.wait(PATIENCE)
    assert ears.last == ("done", 3.0)


# ------------------------------------------------------------------------------------- in a lab


@dataclass(frozen=True)
class Params:
    """A lab whose picture is a number, and a sum that takes long."""

    start: int = 0
    level: int = 1
    colour: int = 0
    total: int | None = None


def show(params: Params) -> Result:
    if params.start == 9:
        raise IllegalSettingError("no nines", "Nine is no start.", {"start": 8}, (Term("nn."),))
    values = torch.full((2, 3), float(params.start + (params.total or 0)))
    pane = Pane("output", "output", "output", values, "map", (2, 3), "signed", (-100.0, 100.0))
    return Result((pane,), f"Total {params.total}.")


def add_up(params: Params) -> Iterator[Progress]:
    show(params)
    for step in range(1, 5):
        if params.start == 7:
            raise ZeroDivisionError("broken on purpose")
        yield Progress(step, 4, f"total {params.start + step}", params.start + step)


WORK = Work("total", "add up", add_up, ("start",))
PRESETS = Presets("try", (("3", {"start": 3}),))
DEFINITION = LabDefinition(
    name="adding",
    title="Adding up",
    params=Params,
    compute=show,
    controls=(
        Slider("start", "start", 0, 9),
        Slider("colour", "colour", 0, 9),
        WORK,
        PRESETS,
    ),
)


@pytest.fixture
def make() -> Iterator[Callable[..., Lab]]:
    made: list[Lab] = []

    def one(definition: LabDefinition = DEFINITION, **settings: Any) -> Lab:
        made.append(Lab(definition, **settings))
        return made[-1]

    yield one
    for lab in made:
        lab.close()
        for row in lab.panel.works.values():
            assert row.wait(PATIENCE)


Make = Callable[..., Lab]


def bar(lab: Lab) -> WorkBar:
    (found,) = [each for each in family(lab) if isinstance(each, WorkBar)]
    return found


def until(lab: Lab, phase: str, steps: Callable[[], Any] = lambda: None) -> None:
    """Do it in a loop, as a kernel does, and let the loop go on until the bar says so."""

    async def live() -> None:
        steps()
        while bar(lab).phase != phase:
            await asyncio.sleep(0.005)

    asyncio.run(asyncio.wait_for(live(), PATIENCE))


def gated(gate: threading.Event) -> LabDefinition:
    """The lab with steps that wait, each for leave."""

    def steps(params: Params) -> Iterator[Progress]:
        for progress in add_up(params):
            yield progress
            assert gate.wait(PATIENCE)

    return replace(DEFINITION, controls=(*DEFINITION.controls[:2], replace(WORK, run=steps)))


def test_a_press_on_the_button_does_the_work_and_its_find_is_the_parameter(make: Make) -> None:
    lab = make(start=3)
    assert (bar(lab).phase, bar(lab).text, bar(lab).label) == ("idle", "", "add up")
    until(lab, "done", lambda: browser_says(bar(lab), type="start"))
    assert lab.params == Params(start=3, total=7)
    assert lab.stage.scene["sentence"] == "Total 7."
    assert bar(lab).fraction == 1
    assert bar(lab).text.startswith("done: step 4 of 4 · 100 % · ")
    assert bar(lab).text.endswith(" · total 7")


def test_stop_keeps_the_last_find_and_a_new_start_begins_anew(make: Make) -> None:
    go_on = threading.Event()
    lab = make(gated(go_on))

    def start_and_stop() -> None:
        browser_says(bar(lab), type="start")
        assert bar(lab).phase == "running"
        browser_says(bar(lab), type="stop")
        assert bar(lab).phase == "stopping"
        go_on.set()

    until(lab, "stopped", start_and_stop)
    kept = lab.params.total
    assert kept in (None, 1, 2)
    assert lab.stage.crash == ""
    browser_sets(control(lab, "colour"), value=5)
    assert lab.params == Params(colour=5, total=kept), "a parameter that does not matter"
    until(lab, "done", lambda: browser_says(bar(lab), type="start"))
    assert lab.params.total == 4


def test_a_change_of_what_the_work_depends_on_ends_it_and_forgets_its_find(make: Make) -> None:
    go_on = threading.Event()
    lab = make(gated(go_on))
    lab.start("total")
    browser_sets(control(lab, "start"), value=2)
    assert bar(lab).phase == "idle"
    go_on.set()
    assert lab.panel.works["total"].wait(PATIENCE)
    assert lab.params == Params(start=2)
    lab.run("total")
    assert lab.params == Params(start=2, total=6)
    browser_sets(control(lab, "start"), value=3)
    assert lab.params == Params(start=3)
    assert (bar(lab).phase, bar(lab).text, bar(lab).fraction) == ("idle", "", 0.0)


def test_what_was_forgotten_does_not_come_back_with_the_next_change(make: Make) -> None:
    lab = make()
    lab.run("total")
    for name in ("start", "colour"):
        browser_sets(control(lab, name), value=3)
    assert lab.params == Params(start=3, colour=3)


def test_reset_ends_the_work(make: Make) -> None:
    lab = make(start=3)
    first = lab.params
    lab.run("total")
    lab.reset()
    assert lab.params == first
    assert bar(lab).phase == "idle"


def test_an_error_is_told_in_the_lab_and_the_lab_goes_on(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    lab = make(start=7)
    until(lab, "failed", lambda: browser_says(bar(lab), type="start"))
    assert "ZeroDivisionError: broken on purpose" in lab.stage.crash
    assert "in add_up" in lab.stage.crash
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    browser_sets(control(lab, "start"), value=2)
    assert lab.stage.crash == ""
    lab.run("total")
    assert lab.params.total == 6
    lab.set(start=7)
    with pytest.raises(ZeroDivisionError):
        lab.run("total")  # a program hears it itself


def test_work_for_a_refused_setting_is_refused_and_no_crash(make: Make) -> None:
    lab = make(start=9)
    until(lab, "failed", lambda: browser_says(bar(lab), type="start"))
    assert lab.stage.crash == ""
    assert lab.stage.scene["error"]["explanation"] == "Nine is no start."


def test_closing_the_lab_ends_the_thread(make: Make) -> None:
    go_on = threading.Event()
    lab = make(gated(go_on))
    lab.start("total")
    lab.close()
    go_on.set()
    assert lab.panel.works["total"].wait(PATIENCE)
    assert lab.params.total is None


def test_a_closed_lab_lets_go_of_what_was_found(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back: list[Any] = []
    lab = make(start=3)
    monkeypatch.setattr(
        "lessons_lib.widgets.lab.lab.give_back_unused_memory",
        lambda: given_back.append(lab.params.total),
    )
    lab.run("total")
    assert lab.params.total == 7
    lab.close()
    assert lab.params == Params(start=3)
    assert lab.panel.read() == Params(start=3)
    assert given_back == [None], "when nothing holds it any more"


def test_a_slider_moved_while_the_work_reports_is_not_moved_back(make: Make) -> None:
    lab = make(start=1)
    lab.start("total")
    for value in range(10):
        browser_sets(control(lab, "colour"), value=value)
    assert lab.panel.works["total"].wait(PATIENCE)
    assert lab.params == Params(start=1, colour=9, total=5)


def test_the_presets_are_marked_while_the_work_runs(make: Make) -> None:
    gate = threading.Event()
    held = gated(gate)
    work = held.controls[-1]
    assert isinstance(work, Work)
    lab = make(replace(held, controls=(*held.controls[:2], replace(work, every=0.0), PRESETS)))
    (row,) = (each for each in family(lab) if isinstance(each, ipywidgets.ToggleButtons))

    async def live() -> str:
        browser_sets(control(lab, "start"), value=3)
        lab.start("total")
        while lab.params.total is None:
            await asyncio.sleep(0.005)
        return str(row.label)

    assert asyncio.run(asyncio.wait_for(live(), PATIENCE)) == "3"
    gate.set()


def test_work_is_named_or_refused_with_the_names_there_are(make: Make) -> None:
    lab = make()
    for ask in (lab.run, lab.start, lab.stop):
        with pytest.raises(ValueError, match=r"`work` \(='totals'\) must be one of \['total'\]"):
            ask("totals")
    lab.stop("total")  # nothing runs: nothing happens
    assert bar(lab).phase == "idle"


def test_the_words_of_the_bar() -> None:
    step = Progress(3, 8, "27.3 dB")
    assert told(Report("running", step, 1.26)) == "step 3 of 8 · 37 % · 1.3 s · 27.3 dB"
    assert told(Report("stopped", step, 1.0)).startswith("stopped at step 3 of 8 · ")
    assert told(Report("failed", step, 1.0)).startswith("failed after step 3 of 8 · ")
    end = Report("done", Progress(8, 8), 1.0)
    assert told(end) == "done: step 8 of 8 · 100 % · 1.0 s"
    assert told(Report("done", step, 1.0)).startswith("ended at step 3 of 8 · "), "before its end"
    assert told(Report("running", None, 0.0)) == "beginning"
    assert told(Report("stopped", None, 0.0)) == "stopped"


# --------------------------------------------------------------------------- work that can go on


@dataclass(frozen=True)
class Walking:
    """A lab whose picture is a place, and steps of a length that lead away from it."""

    length: int = 1
    colour: int = 0
    place: int | None = None


def show_place(params: Walking) -> Result:
    if params.place is not None and params.place > 90:
        raise IllegalSettingError(
            "off the map", "The map ends.", {"length": 1, "place": None}, (Term("nn."),)
        )
    return show(Params(total=params.place))


class Walk:
    """Steps that wait for leave where they are told to; each is as long as the slider says."""

    def __init__(self, steps: int = 5) -> None:
        self.steps = steps
        self.began: list[int] = []
        self.go_on = threading.Semaphore(0)
        self.waits = False

    def __call__(self, params: Walking) -> Iterator[Progress]:
        place = params.place or 0
        self.began.append(place)
        for step in range(1, self.steps + 1):
            if self.waits:
                assert self.go_on.acquire(timeout=PATIENCE)
            place += params.length
            yield Progress(step, self.steps, f"at {place}", place)

    @property
    def definition(self) -> LabDefinition:
        work = Work(
            "place",
            "walk",
            self,
            ("colour",),
            every=0.0,
            goes_on=lambda params: params.place is not None and params.place != 5,
            steered_by=("length",),
        )
        sliders = (Slider("length", "length", 1, 40), Slider("colour", "colour", 0, 9))
        return LabDefinition("walking", "Walking", Walking, show_place, (*sliders, work))


@pytest.fixture
def walk() -> Walk:
    return Walk()


def test_work_goes_on_from_where_it_was_stopped(make: Make, walk: Walk) -> None:
    walk.waits = True
    lab = make(walk.definition)
    assert (bar(lab).resettable, bar(lab).resumes) == (True, False)

    def start_and_stop() -> None:
        browser_says(bar(lab), type="start")
        walk.go_on.release()
        while lab.panel.works["place"]._job._run.news.latest is None:  # type: ignore[union-attr]  # runs
            time.sleep(0.001)
        browser_says(bar(lab), type="stop")
        walk.go_on.release()

    until(lab, "stopped", start_and_stop)
    stopped = lab.params.place
    assert stopped in (1, 2)
    assert bar(lab).resumes
    walk.waits = False
    lab.panel.works["place"]._spent = 100.0

    def go_on() -> None:
        words = bar(lab).text
        browser_says(bar(lab), type="start")
        assert bar(lab).text == words, "not from the beginning"

    until(lab, "done", go_on)
    assert " · 100.0 s · " in bar(lab).text, "the seconds go on as well"
    assert lab.params.place == stopped + 5
    assert walk.began == [0, stopped]


def test_work_that_cannot_go_on_begins_anew(make: Make, walk: Walk) -> None:
    lab = make(walk.definition)
    lab.run("place")
    assert lab.params.place == 5
    assert not bar(lab).resumes, "it says so itself"
    lab.run("place")
    assert (lab.params.place, walk.began) == (5, [0, 0])
    assert not bar(make()).resettable, "other work has one button"


def test_what_was_found_can_be_taken_back(make: Make, walk: Walk) -> None:
    lab = make(walk.definition, length=2)
    lab.run("place")
    assert bar(lab).resumes
    browser_says(bar(lab), type="reset")
    assert lab.params == Walking(length=2)
    assert (bar(lab).phase, bar(lab).text, bar(lab).resumes) == ("idle", "", False)
    assert lab.stage.scene["sentence"] == "Total None."
    lab.run("place")
    lab.forget("place")
    assert (lab.params, bar(lab).phase) == (Walking(length=2), "idle")


def test_a_reset_ends_what_runs(make: Make, walk: Walk) -> None:
    walk.waits = True
    lab = make(walk.definition)

    def start_and_reset() -> None:
        browser_says(bar(lab), type="start")
        walk.go_on.release()
        browser_says(bar(lab), type="reset")
        assert bar(lab).phase == "idle"
        for _ in range(5):
            walk.go_on.release()

    asyncio.run(asyncio.to_thread(start_and_reset))
    assert lab.panel.works["place"].wait(PATIENCE)
    assert lab.params == Walking()


def test_a_setting_may_take_back_what_was_found(make: Make, walk: Walk) -> None:
    lab = make(walk.definition, length=40)
    lab.run("place")
    refused = lab.stage.scene["error"]
    assert refused["explanation"] == "The map ends."
    browser_says(lab.stage, type="apply", settings=refused["nearest"])
    assert lab.params == Walking(length=1)
    assert bar(lab).phase == "idle"
    assert lab.stage.scene["error"] is None


def test_a_slider_steers_what_runs_from_its_newest_step_on(make: Make, walk: Walk) -> None:
    walk.waits = True
    lab = make(walk.definition)

    def start_and_steer() -> None:
        browser_says(bar(lab), type="start")
        browser_sets(control(lab, "length"), value=7)
        loop = asyncio.get_running_loop()
        for n in range(20):  # one by one, so that each is heard
            loop.call_later(0.01 * n, walk.go_on.release)

    until(lab, "done", start_and_steer)
    first, second = walk.began
    assert first == 0
    assert 1 <= second <= 5, "steps of length 1, until the news was heard"
    assert lab.params == Walking(length=7, place=second + 35)
    browser_sets(control(lab, "length"), value=9)
    assert walk.began == [first, second], "nothing runs: nothing is steered"
    browser_sets(control(lab, "colour"), value=1)
    assert lab.params == Walking(length=9, colour=1)


def test_what_is_stopped_is_not_begun_anew_though_it_was_steered(make: Make, walk: Walk) -> None:
    walk.waits = True
    lab = make(walk.definition)

    def steer_and_stop() -> None:
        browser_says(bar(lab), type="start")
        assert bar(lab).text == "beginning"
        browser_sets(control(lab, "length"), value=7)
        browser_says(bar(lab), type="stop")
        for _ in range(5):
            walk.go_on.release()

    until(lab, "stopped", steer_and_stop)
    assert lab.panel.works["place"].wait(PATIENCE)
    assert (walk.began, lab.params.length) == ([0], 7)


def test_news_that_come_while_it_is_stopping_begin_nothing(make: Make, walk: Walk) -> None:
    lab = make(walk.definition)
    row = lab.panel.works["place"]
    row._steered, bar(lab).phase = True, "stopping"
    row._take(Report("running", Progress(2, 5, "at 2", 2), 0.1))
    assert walk.began == []
    assert (lab.params.place, bar(lab).phase) == (2, "stopping")


def test_what_is_done_here_and_now_is_not_steered(make: Make, walk: Walk) -> None:
    def run(params: Walking) -> Iterator[Progress]:
        for progress in walk(params):
            yield progress
            lab.set(length=7)

    work = walk.definition.controls[-1]
    assert isinstance(work, Work)
    work = replace(work, run=run)
    lab = make(replace(walk.definition, controls=(*walk.definition.controls[:-1], work)))
    lab.run("place")
    assert walk.began == [0]
    assert lab.params == Walking(length=7, place=5)


# ------------------------------------------------------------------ work that the lab itself begins


class Ahead:
    """A lab of levels: level n takes n slow steps, which are kept once they are made."""

    def __init__(self) -> None:
        self.made = 1
        self.go_on = threading.Event()
        self.go_on.set()

    def compute(self, params: Params) -> Result:
        self.made = max(self.made, params.level)
        return replace(show(params), sentence=f"Level {params.level}.")

    def meanwhile(self, params: Params) -> Result:
        return replace(show(params), sentence=f"Level {self.made} of {params.level}.")

    def run(self, params: Params) -> Iterator[Progress]:
        while self.made < params.level:
            assert self.go_on.wait(PATIENCE)
            self.made += 1
            yield Progress(self.made, params.level)

    @property
    def definition(self) -> LabDefinition:
        work = Work(
            "climbing",
            "climbing",
            self.run,
            ("level",),
            due=lambda params: params.level > self.made + 1,
            meanwhile=self.meanwhile,
            given_up=lambda params: {"level": self.made},
        )
        slider = Slider("level", "level", 1, 50)
        return replace(DEFINITION, compute=self.compute, controls=(slider, work))


def test_a_setting_that_takes_long_is_worked_out_in_the_thread(make: Make) -> None:
    ahead = Ahead()
    lab = make(ahead.definition)
    told: list[str] = []
    lab.stage.observe(lambda change: told.append(change["new"]["sentence"]), names="scene")
    browser_sets(control(lab, "level"), value=2)  # quick: at once
    assert told == ["Level 2."]

    until(lab, "done", lambda: browser_sets(control(lab, "level"), value=20))
    assert told[1] == "Level 2 of 20."
    assert told[-1] == "Level 20."
    assert lab.params.level == 20
    browser_sets(control(lab, "level"), value=7)
    assert told[-1] == "Level 7."


def test_a_reader_who_stops_it_gets_what_has_been_found(make: Make) -> None:
    ahead = Ahead()
    lab = make(ahead.definition)
    ahead.go_on.clear()

    def move_and_stop() -> None:
        browser_sets(control(lab, "level"), value=20)
        browser_says(bar(lab), type="start")  # this one is not the reader's to start
        browser_says(bar(lab), type="stop")
        ahead.go_on.set()

    until(lab, "stopped", move_and_stop)
    assert lab.params.level == ahead.made < 20
    assert control(lab, "level").value == lab.params.level
    assert lab.stage.scene["sentence"] == f"Level {ahead.made}."


def test_a_slider_moved_on_or_back_meanwhile_leads_to_its_own_place(make: Make) -> None:
    ahead = Ahead()
    lab = make(ahead.definition)
    ahead.go_on.clear()

    def move() -> None:
        for value in (20, 30, 40, 10):
            browser_sets(control(lab, "level"), value=value)
        ahead.go_on.set()

    until(lab, "done", move)
    assert lab.stage.scene["sentence"] == "Level 10."
    ahead.go_on.clear()

    def back() -> None:
        browser_sets(control(lab, "level"), value=30)
        browser_sets(control(lab, "level"), value=3)
        ahead.go_on.set()

    until(lab, "idle", back)
    assert lab.panel.works["climbing"].wait(PATIENCE)
    assert lab.stage.scene["sentence"] == "Level 3."


def test_who_looks_between_the_last_step_and_the_end_does_not_keep_it_from_telling_the_end(
    make: Make,
) -> None:
    lab = make(Ahead().definition)
    row, params = lab.panel.works["climbing"], Params(level=20)

    async def live() -> None:
        assert row.meanwhile(params) is not None
        assert row.wait(PATIENCE), "all steps are made; their reports wait for this loop"
        assert row.meanwhile(params) is None
        assert row.running
        row.abandon()
        assert row.meanwhile(params) is None
        assert bar(lab).phase == "idle"

    asyncio.run(live())


def test_the_presets_are_marked_while_it_is_worked_out(make: Make) -> None:
    ahead, gate = Ahead(), threading.Event()

    def three_steps(params: Params) -> Iterator[Progress]:
        for _, progress in zip(range(3), ahead.run(params), strict=False):
            yield progress
        assert gate.wait(PATIENCE)

    slider, work = ahead.definition.controls
    assert isinstance(work, Work)
    waiting = replace(work, run=three_steps, every=0.0)
    presets = Presets("try", (("1", {"level": 1}), ("20", {"level": 20})))
    lab = make(replace(ahead.definition, controls=(slider, waiting, presets)))
    (row,) = (each for each in family(lab) if isinstance(each, ipywidgets.ToggleButtons))

    async def live() -> str:
        browser_sets(control(lab, "level"), value=20)
        while "Level 1 of" in lab.stage.scene["sentence"]:
            await asyncio.sleep(0.005)
        return str(row.label)

    assert asyncio.run(asyncio.wait_for(live(), PATIENCE)) == "20"
    gate.set()


def test_a_script_waits_for_it(make: Make) -> None:
    lab = make(Ahead().definition)
    lab.set(level=30)
    assert lab.stage.scene["sentence"] == "Level 30."


def test_the_first_picture_is_the_one_that_was_asked_for_even_in_a_kernel(make: Make) -> None:
    async def cell() -> Lab:
        return make(Ahead().definition, level=30)

    assert asyncio.run(cell()).stage.scene["sentence"] == "Level 30."


def test_no_thread_of_these_tests_is_left() -> None:
    deadline = time.monotonic() + PATIENCE
    while any(each.name == "lesson-job" for each in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)

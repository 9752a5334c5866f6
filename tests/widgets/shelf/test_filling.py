"""What is worked out ahead is what the lab shows when it comes there, and it waits for all else."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from lessons_lib.kit.result import IllegalSettingError, LabDefinition
from lessons_lib.labs import dilation, learn_kernel, padding, pooling_grid, stride, transposed
from lessons_lib.widgets.lab import ahead
from lessons_lib.widgets.lab.lab import Lab
from lessons_lib.widgets.shelf import filling
from lessons_lib.widgets.stage.scene import SceneWriter
from tests.widgets.hand import browser_says, browser_sets, control, small_picture

ROOM = {"input": [60, 60, 0], "output": [60, 60, 0], "padded": [60, 60, 0]}


class Page:
    """A page that takes what is laid on its shelf, and says so."""

    def __init__(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lab = lab
        self.scenes: dict[str, dict[str, Any]] = {}
        self.exact: list[tuple[str, bool]] = []  # in the order they came
        self.pixels: dict[str, bytes] = {}
        self.full = False
        self.answers = True
        monkeypatch.setattr(lab._ahead.shelf, "_send", self.take)
        browser_says(lab.stage, type="room", view="page", boxes=ROOM)

    def take(self, content: dict[str, Any], buffers: Any = None) -> None:
        if content["type"] != "shelf":
            return
        self.full = content.get("full", False)
        if content.get("clear"):
            self.scenes.clear()
        if "scene" in content:
            scene, names = content["scene"], content["pixels"]
            self.pixels |= dict(zip(names, buffers[len(buffers) - len(names) :], strict=True))
            self.scenes[scene["key"]] = scene
            self.exact.append((scene["key"], scene["exact"]))
            if self.answers:
                browser_says(self.lab.stage, type="shelved", number=content["number"])


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Lab, Page]]]:
    """Make labs with a page that answers; they are closed at the end."""
    monkeypatch.setattr(ahead, "COMING_SECONDS", 0.08)
    monkeypatch.setattr(filling, "EXACT_SECONDS", 0.3)
    monkeypatch.setattr(filling, "QUIET_SECONDS", 0.05)
    made: list[Lab] = []

    def one(definition: LabDefinition, **settings: Any) -> tuple[Lab, Page]:
        lab = Lab(definition, **settings)
        made.append(lab)
        return lab, Page(lab, monkeypatch)

    yield one
    for lab in made:
        lab.close()


Make = Callable[..., tuple[Lab, Page]]


def fill(page: Page, *steps: Callable[[], Any], limit: float = 20.0) -> None:
    """Do this in an event loop and let it go on until the page is told that all is there."""

    async def run() -> None:
        for step in steps:
            step()
        end = time.monotonic() + limit
        while not page.full:
            assert time.monotonic() < end, f"not full after {limit} s: {len(page.scenes)} states"
            await asyncio.sleep(0.01)

    asyncio.run(run())


def hold(lab: Lab, name: str) -> Callable[[], None]:
    return lambda: browser_says(lab.stage, type="hold", control=name)


def shown_at(lab: Lab, params: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The scene of a state and its pixels, by a writer that knows of nothing before."""
    writer = SceneWriter()
    writer.rooms.take("page", ROOM)
    state = lab.state_of(params)
    try:
        shelved = writer.shelved(lab._definition.compute(params), True, state)
    except IllegalSettingError as error:
        shelved = writer.shelved_refusal(error, state.key)
    return shelved.scene, shelved.pixels


# --------------------------------------------------------------------------- what is worked out


@pytest.mark.parametrize(
    ("definition", "name", "values"),
    [
        (stride.LAB, "stride", range(1, 33)),
        (dilation.LAB, "dilation", range(1, 25)),
        (transposed.LAB, "output_padding", range(4)),
        (pooling_grid.LAB, "kernel_size", range(1, 4)),
    ],
    ids=["stride", "dilation", "output_padding", "grid"],
)
def test_every_state_of_a_slider_is_what_the_lab_shows_there(
    make: Make, definition: LabDefinition, name: str, values: range
) -> None:
    settings = {"picture": small_picture()} if hasattr(definition.params(), "picture") else {}
    lab, page = make(definition, **settings)
    fill(page, hold(lab, name))
    for value in values:
        params = replace(lab.params, **{name: value})
        scene, pixels = shown_at(lab, params)
        laid = page.scenes[scene["key"]]
        for word in ("sentence", "code", "formula", "exact", "error"):
            assert laid[word] == scene[word], (value, word)
        panes = [{**pane, "outside": None, "wires": None} for pane in scene["panes"]]
        there = [{**pane, "outside": None, "wires": None} for pane in laid["panes"]]
        assert there == panes
        assert all(page.pixels[each] == data for each, data in pixels.items())


def test_the_nearest_states_come_first(make: Make) -> None:
    lab, page = make(stride.LAB, picture=small_picture(), stride=6)
    fill(page, hold(lab, "stride"))
    place = lab.state_of(lab.params).key.split("|").index("5")  # stride 6 is step 5
    steps = [int(key.split("|")[place]) for key, _ in page.exact]
    assert steps[0] == 5
    assert [abs(step - 5) for step in steps] == sorted(abs(step - 5) for step in steps)
    assert sorted(steps) == list(range(32))


def test_a_refused_state_is_worked_out_too(make: Make) -> None:
    lab, page = make(padding.LAB, picture=small_picture(), padding=28, padding_mode="reflect")
    fill(page, hold(lab, "padding"))
    key = lab.state_of(replace(lab.params, padding=30)).key  # the picture has 30 rows
    assert page.scenes[key]["error"]["title"] == "torch refuses this setting"
    assert page.scenes[key]["panes"] == []
    assert lab.stage.scene["error"] is None


def test_buttons_and_lists_are_worked_out_as_whole_states(make: Make) -> None:
    lab, page = make(stride.LAB, picture=small_picture())
    fill(page, hold(lab, "presets-0"))
    for settings in lab.panel.others("presets-0"):
        assert lab.state_of(replace(lab.params, **settings)).key in page.scenes
    page.full = False
    fill(page, hold(lab, "kernel"))
    assert lab.state_of(replace(lab.params, kernel="sobel_x")).key in page.scenes


def test_previews_come_first_and_exact_pictures_in_their_place(make: Make) -> None:
    lab, page = make(padding.LAB, padding=20, padding_mode="zeros")
    fill(page, hold(lab, "padding"), limit=60)
    near = [lab.state_of(replace(lab.params, padding=20 + n)).key for n in (1, -1, 2)]
    assert [exact for key, exact in page.exact if key == near[0]] == [False, True]
    first_exact = next(n for n, (_, exact) in enumerate(page.exact) if exact and n > 0)
    assert {key for key, exact in page.exact[:first_exact]} > set(near)
    scene, pixels = shown_at(lab, replace(lab.params, padding=21))
    assert page.scenes[near[0]]["panes"] == scene["panes"]
    assert all(page.pixels[each] == data for each, data in pixels.items())


def test_what_would_lose_a_training_is_not_worked_out(make: Make) -> None:
    lab, _ = make(learn_kernel.LAB)
    lost = [name for row in lab.panel.works.values() for name in row.spec.depends_on]
    name = next(each for each in lost if each in lab.panel.bindings)
    assert len(list(lab._ahead.others(name))) > 1
    lab.params = replace(lab.params, learning=object())
    assert list(lab._ahead.others(name)) == []


# ------------------------------------------------------------------------------- when it waits


def test_nothing_is_worked_out_before_a_hand_comes(make: Make) -> None:
    lab, page = make(stride.LAB, picture=small_picture())

    async def wait() -> None:
        await asyncio.sleep(0.4)

    asyncio.run(wait())
    assert page.scenes == {}
    lab.close()


def test_a_lab_that_is_told_not_to_works_out_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(stride.LAB, ahead=False, picture=small_picture())
    page = Page(lab, monkeypatch)
    assert lab.stage.moves == []

    async def move() -> None:
        browser_says(lab.stage, type="hold", control="stride")
        browser_sets(control(lab, "stride"), value=5)
        await asyncio.sleep(0.4)

    asyncio.run(move())
    assert (page.scenes, lab.stage.scene["exact"]) == ({}, True)
    assert lab.stage.crash == ""
    lab.close()


@pytest.mark.parametrize("reason", ["a_cell_runs", "a_job_runs"])
def test_a_cell_and_a_training_are_not_disturbed(
    make: Make, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    lab, page = make(stride.LAB, picture=small_picture())
    busy = [True]
    monkeypatch.setattr(filling, reason, lambda: busy[0])
    seen: list[int] = []

    def look_and_free() -> None:
        seen.append(len(page.scenes))
        busy[0] = False

    def later() -> None:
        asyncio.get_running_loop().call_later(0.3, look_and_free)

    fill(page, hold(lab, "stride"), later)
    assert seen == [0]
    assert len(page.scenes) == 32


def test_a_hand_in_another_lab_comes_first(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "QUIET_SECONDS", 1000.0)
    lab, page = make(stride.LAB, picture=small_picture())
    other, _ = make(dilation.LAB, picture=small_picture())
    seen: list[int] = []

    def look_and_calm_down() -> None:
        seen.append(len(page.scenes))
        monkeypatch.setattr(filling, "QUIET_SECONDS", 0.0)

    def move_other() -> None:
        browser_sets(control(other, "dilation"), value=3)
        asyncio.get_running_loop().call_later(0.3, look_and_calm_down)

    fill(page, hold(lab, "stride"), move_other)
    assert seen == [0]


def test_a_lab_that_is_held_elsewhere_is_not_waited_for(make: Make) -> None:
    lab, page = make(stride.LAB, picture=small_picture())
    held, free = threading.Event(), threading.Event()
    went_on: list[int] = []

    def hold_lock() -> None:
        with lab.lock:
            held.set()
            free.wait(10)

    thread = threading.Thread(target=hold_lock)

    def begin() -> None:
        browser_says(lab.stage, type="hold", control="stride")
        thread.start()
        held.wait(10)
        loop = asyncio.get_running_loop()
        loop.call_later(0.3, lambda: went_on.append(len(page.scenes)))
        loop.call_later(0.3, free.set)

    fill(page, begin)
    thread.join()
    assert went_on == [0]
    assert len(page.scenes) == 32


def test_a_page_that_says_nothing_gets_no_more_than_the_line_carries(make: Make) -> None:
    lab, page = make(stride.LAB, picture=small_picture())
    page.answers = False

    async def run() -> None:
        browser_says(lab.stage, type="hold", control="stride")
        await asyncio.sleep(0.6)

    asyncio.run(run())
    assert 0 < len(page.scenes) <= 8


def test_the_filling_begins_anew_where_the_hand_has_come_to(make: Make) -> None:
    lab, page = make(stride.LAB, picture=small_picture(), stride=2)

    def move() -> None:
        browser_says(lab.stage, type="hold", control="stride")
        loop = asyncio.get_running_loop()
        loop.call_later(0.1, lambda: browser_sets(control(lab, "stride"), value=30))

    fill(page, move)
    place = lab.state_of(lab.params).key.split("|").index("29")
    steps = [int(key.split("|")[place]) for key, _ in page.exact]
    assert steps.index(31) < steps.index(20)


def test_a_hand_that_comes_to_a_control_may_move_it_before_the_filling_begins(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab, page = make(stride.LAB, picture=small_picture(), stride=2)
    monkeypatch.setattr(ahead, "COMING_SECONDS", 1000)

    async def come() -> None:
        browser_says(lab.stage, type="hold", control="stride")
        await asyncio.sleep(0.3)

    asyncio.run(come())
    assert not page.scenes
    fill(page, lambda: browser_sets(control(lab, "stride"), value=3))
    assert len(page.scenes) == 32


def test_a_closed_lab_works_out_no_more(make: Make) -> None:
    lab, page = make(stride.LAB, picture=small_picture())
    seen: list[int] = []

    async def run() -> None:
        browser_says(lab.stage, type="hold", control="stride")
        await asyncio.sleep(0.13)
        lab.close()
        seen.append(len(page.scenes))
        await asyncio.sleep(0.3)

    asyncio.run(run())
    assert len(page.scenes) == seen[0]


def test_other_rooms_and_another_view_empty_the_shelf(make: Make) -> None:
    lab, page = make(stride.LAB, picture=small_picture())
    fill(page, hold(lab, "stride"))
    assert len(page.scenes) == 32
    browser_says(lab.stage, type="room", view="page", boxes=ROOM)
    assert len(page.scenes) == 32, "the same rooms again"
    browser_says(lab.stage, type="room", view="second", boxes=ROOM)
    assert page.scenes == {}
    assert len(lab._ahead.shelf) == 0


def test_what_other_rooms_have_emptied_is_filled_again_from_the_nearest_state_on(
    make: Make,
) -> None:
    lab, page = make(stride.LAB, picture=small_picture())

    async def run() -> None:
        browser_says(lab.stage, type="hold", control="stride")
        while len(page.scenes) < 5:
            await asyncio.sleep(0.01)
        browser_says(lab.stage, type="room", view="second", boxes=ROOM)
        assert page.scenes == {}
        while not page.full:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(run(), 20))
    assert len(page.scenes) == 32
    larger = {name: [120, 120, 0] for name in ROOM}
    fill(page, lambda: browser_says(lab.stage, type="room", view="second", boxes=larger))
    assert len(page.scenes) == 32, "after it was full, too"


def test_other_rooms_of_a_lab_that_was_left_for_another_one_fill_nothing(make: Make) -> None:
    lab, page = make(stride.LAB, picture=small_picture())
    fill(page, hold(lab, "stride"))
    other, there = make(dilation.LAB, picture=small_picture())
    fill(there, hold(other, "dilation"))

    async def run() -> None:
        browser_says(lab.stage, type="room", view="second", boxes=ROOM)
        await asyncio.sleep(0.3)

    asyncio.run(run())
    assert page.scenes == {}


def test_an_error_in_a_state_that_nobody_has_come_to_is_logged_and_the_rest_is_made(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    def compute(params: Any) -> Any:
        if params.stride == 5:
            raise RuntimeError("five")
        return stride.compute(params)

    lab, page = make(replace(stride.LAB, compute=compute), picture=small_picture())
    fill(page, hold(lab, "stride"))
    assert len(page.scenes) == 31
    assert lab.stage.crash == ""
    assert "five" in caplog.text


# ------------------------------------------------------------------------------- what is skipped


def test_while_the_hand_moves_over_the_shelf_nothing_is_sent_and_at_rest_the_exact_state(
    make: Make,
) -> None:
    lab, page = make(stride.LAB, picture=small_picture())
    fill(page, hold(lab, "stride"))
    seen: list[str] = []
    lab.stage.observe(lambda change: seen.append(change["new"]["key"]), names="scene")

    async def drag() -> None:
        for value in (3, 4, 5, 6):
            browser_sets(control(lab, "stride"), value=value)
            await asyncio.sleep(0.01)
        assert seen == []
        assert lab.params.stride == 6
        await asyncio.sleep(0.6)

    asyncio.run(drag())
    assert seen == [lab.state_of(lab.params).key]
    scene, _ = shown_at(lab, lab.params)
    assert lab.stage.scene["sentence"] == scene["sentence"]


def test_a_program_that_asks_for_the_result_of_a_skipped_state_gets_it(make: Make) -> None:
    lab, page = make(stride.LAB, picture=small_picture())
    fill(page, hold(lab, "stride"))
    shapes: list[Any] = []

    async def ask() -> None:
        browser_sets(control(lab, "stride"), value=7)
        assert lab.result is not None
        shapes.append(lab.result.pane("output").shape)

    asyncio.run(ask())
    assert shapes == [(1, 4, 7)]  # 30 x 45 pixels, kernel 3
    assert lab.stage.scene["key"] == lab.state_of(lab.params).key


@pytest.mark.parametrize("reason", ["a second view", "a pointer"])
def test_nothing_is_skipped_where_somebody_waits_for_each_state(make: Make, reason: str) -> None:
    lab, page = make(stride.LAB, picture=small_picture())
    if reason == "a second view":
        browser_says(lab.stage, type="room", view="second", boxes=ROOM)
    fill(page, hold(lab, "stride"))
    if reason == "a pointer":
        lab.stage.pointer = {"pane": "output", "row": 1, "column": 2}
    seen: list[str] = []
    lab.stage.observe(lambda change: seen.append(change["new"]["key"]), names="scene")

    async def move() -> None:
        browser_sets(control(lab, "stride"), value=3)

    asyncio.run(move())
    assert len(seen) == 1
    if reason == "a pointer":
        assert lab.stage.probe["key"] == seen[0]


def test_a_state_that_is_still_on_its_way_is_not_skipped(make: Make) -> None:
    lab, page = make(stride.LAB, picture=small_picture(), stride=2)
    page.answers = False
    seen: list[str] = []

    async def run() -> None:
        browser_says(lab.stage, type="hold", control="stride")
        await asyncio.sleep(0.5)
        lab.stage.observe(lambda change: seen.append(change["new"]["key"]), names="scene")
        browser_sets(control(lab, "stride"), value=3)

    asyncio.run(run())
    assert lab._ahead.shelf.holds(lab.state_of(lab.params).key)
    assert len(seen) == 1

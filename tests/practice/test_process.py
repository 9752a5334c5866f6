"""The learner's function runs in a process of its own, and nothing that it does is felt outside."""

from __future__ import annotations

import io
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import psutil
import pytest
import torch

from lessons_lib.practice.checking import process
from lessons_lib.practice.checking.process import (
    SPARE,
    Outcome,
    Raised,
    Spare,
    Worker,
    read,
    run,
)
from lessons_lib.practice.checking.source import learners_line
from lessons_lib.practice.checking.worker import called
from lessons_lib.practice.exercises import EXERCISES
from tests.practice.right_answers import RIGHT

ONCE = [(1, (3, 4))]


@pytest.fixture(autouse=True)
def nobody_left() -> Iterator[None]:
    yield
    SPARE.dismiss()
    assert [child for child in psutil.Process().children() if "worker.py" in _command(child)] == []


def _command(one: psutil.Process) -> str:
    try:
        return " ".join(one.cmdline())
    except psutil.Error:
        return ""


def written(source: str, name: str = "mine") -> Any:
    """Make a function as a cell does: its module cannot be imported elsewhere."""
    cell: dict[str, Any] = {"__name__": "__main__", "torch": torch, "np": np, "os": os}
    exec(compile(source, "<cell>", "exec"), cell)
    return cell[name]


def outcome(source: str) -> Outcome:
    (one,) = run(written(source), ONCE, keep_spare=False)
    return one


def outcome_here(source: str) -> Outcome:
    """Take a function along and call it, as the process does, but here."""
    told = called(pickle.loads(process.packed_function(written(source))), *ONCE[0])
    return read(json.loads(json.dumps(told)))


def number(one: Outcome) -> float:
    assert one.answer is not None
    assert one.answer.values is not None
    return float(one.answer.values)


def raised(one: Outcome) -> Raised:
    assert one.raised is not None
    return one.raised


HARMLESS = """
import sys, threading, time
from pathlib import Path

def prints(a, b):
    print('a is', a)
    return b

def prints_much(a, b):
    for _ in range(1000): print('x' * 10**6)
    return b

def leaves_a_thread(a, b):
    threading.Thread(target=time.sleep, args=(60,)).start()
    return a

def leaves_a_file(a, b):
    Path("mine.txt").write_text("x")
    print(Path().resolve())
    return len(list(Path().iterdir()))

def knows_optimizers(a, b):
    before = "torch._dynamo" in sys.modules
    torch.optim.SGD([torch.zeros(1)], lr=0.1).zero_grad()
    return int(before)

def a_long_list(a, b): return [0] * 10**10
def long_bytes(a, b): return bytearray(10**10)
def a_long_array(a, b): return np.zeros(10**10)
def a_long_tensor(a, b): return torch.zeros(10**10)

functions = [prints, prints_much, leaves_a_thread, leaves_a_file, knows_optimizers]
functions += [a_long_list, long_bytes, a_long_array, a_long_tensor]

def mine(turn): return functions[turn](3, 4)
"""


@pytest.fixture(scope="module")
def harmless() -> dict[str, Outcome]:
    """What came of functions that one process can outlive, all in one."""
    functions = written(HARMLESS, "functions")
    calls = [(1, (turn,)) for turn in range(len(functions))]
    found = run(written(HARMLESS), calls, keep_spare=False)
    return {each.__name__: one for each, one in zip(functions, found, strict=True)}


# ------------------------------------------------------------------------------- what goes along


def test_a_function_takes_what_it_uses_of_its_notebook_along() -> None:
    source = """
import math
factor = 10
def helper(a): return factor * a
def mine(a, b):
    def inner(c): return c + math.pi
    return torch.tensor(helper(a) + b + inner(0))
"""
    assert number(outcome(source)) == pytest.approx(34 + np.pi)


@pytest.mark.parametrize(
    "source",
    [
        "@functools.lru_cache(9)\ndef mine(a, b): return a if b == 0 else 1 + mine(a, b - 1)",
        "@functools.cache\ndef sum_of(a, b): return a + b\ndef mine(a, b): return sum_of(a, b)",
        "@torch.no_grad()\ndef mine(a, b): return torch.tensor(a + b)",
        "def add(a, b, c): return a + b + c\nmine = functools.partial(add, c=0)",
        "class Add:\n    def __call__(self, a, b): return a + b\nmine = Add()",
        "class Add:\n    def mine(self, a, b): return a + b\nmine = Add().mine",
    ],
)
def test_anything_that_can_be_called_goes_along(source: str) -> None:
    assert number(outcome_here(f"import functools\n{source}")) == 7


def test_each_call_comes_back_in_order() -> None:
    calls = [(1, (n, 1)) for n in range(5)]
    found = run(written("def mine(a, b): return a * a + b"), calls, keep_spare=False)
    assert [number(one) for one in found] == [1, 2, 5, 10, 17]


def test_what_an_optimizer_loads_is_there_before_the_call_is_timed(
    harmless: dict[str, Outcome],
) -> None:
    assert number(harmless["knows_optimizers"]) == 1


def test_what_cannot_go_along_is_said() -> None:
    source = "import threading\nlock = threading.Lock()\ndef mine(a, b): return lock"
    one = outcome(source)
    assert one.how == "unread"
    assert "lock" in raised(one).message


def test_the_learners_line_is_found_in_a_function_that_was_called() -> None:
    source = "def helper(a):\n    return a[7]\n\ndef mine(a, b):\n    return helper([b])\n"
    error = raised(outcome_here(source))
    assert error.type_name == "IndexError"
    assert learners_line(written(source), error.frames) == "line 2"


def test_a_line_within_torch_is_not_the_learners() -> None:
    source = "def mine(a, b):\n    k = a\n    return torch.nn.functional.pad(k, (1, 1))\n"
    assert learners_line(written(source), raised(outcome_here(source)).frames) == "line 3"


# ------------------------------------------------------------------------------- limits


STUBBORN = """
def mine(a, b):
    while True:
        try:
            while True: pass
        except BaseException:
            pass
"""


def test_a_loop_that_swallows_all_exceptions_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "CALL_SECONDS", 0.5)
    assert outcome(STUBBORN).how == "late"


def test_calls_that_take_long_together_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "ALL_SECONDS", 1.0)
    mine = written("import time\ndef mine(a, b):\n    time.sleep(0.4)\n    return a")
    found = run(mine, ONCE * 20, keep_spare=False)
    assert found[-1].how == "slow"
    assert len(found) < 5


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux limits memory")
@pytest.mark.parametrize("name", ["a_long_list", "long_bytes", "a_long_array", "a_long_tensor"])
def test_memory_without_end_is_refused(harmless: dict[str, Outcome], name: str) -> None:
    error = raised(harmless[name])
    assert error.type_name in ("MemoryError", "RuntimeError", "_ArrayMemoryError")


def test_every_right_answer_has_room_and_time_enough_in_the_process() -> None:
    def mine(turn: int) -> Any:
        name, function = RIGHT[turn]
        return function(*EXERCISES[name].drawn(0)[-1].values)

    calls = [(1, (turn,)) for turn in range(len(RIGHT))]
    assert {one.how for one in run(mine, calls, keep_spare=False)} == {"answer"}


def test_an_interrupted_check_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(worker: Worker, seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Worker, "next", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(written(STUBBORN), ONCE, keep_spare=False)  # the fixture looks for what is left


@pytest.mark.parametrize("end", ["os._exit(0)", "os.kill(os.getpid(), 9)", "os.abort()"])
def test_a_function_that_ends_its_process_is_noticed(end: str) -> None:
    assert outcome(f"def mine(a, b): {end}").how == "ended"


def test_processes_that_the_function_starts_end_with_it() -> None:
    source = """
import subprocess, sys
def mine(a, b):
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid
"""
    started = int(number(outcome(source)))
    for _ in range(50):
        if not psutil.pid_exists(started) or psutil.Process(started).status() == "zombie":
            return
        time.sleep(0.1)
    raise AssertionError("it still runs")


def test_a_thread_that_is_left_running_does_no_harm(harmless: dict[str, Outcome]) -> None:
    assert (
        number(harmless["leaves_a_thread"]) == 3
    )  # the next call came back, and the process ended


def test_files_that_the_function_writes_are_gone_afterwards(harmless: dict[str, Outcome]) -> None:
    folder = Path(harmless["leaves_a_file"].printed.strip())
    assert number(harmless["leaves_a_file"]) == 1
    assert folder != Path().resolve()
    assert not folder.exists()


# ------------------------------------------------------------------------------- printing


def test_the_beginning_of_what_is_printed_is_kept(harmless: dict[str, Outcome]) -> None:
    one = harmless["prints"]
    assert (one.printed, number(one)) == ("a is 3\n", 4)


def test_printing_very_much_takes_no_memory(harmless: dict[str, Outcome]) -> None:
    one = harmless["prints_much"]
    assert (len(one.printed), number(one)) == (2000, 4)


def test_printing_past_python_reaches_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    one = outcome("def mine(a, b):\n    os.write(1, b'{}')\n    os.write(2, b'x')\n    return b")
    assert number(one) == 4
    assert capfd.readouterr() == ("", "")


def test_a_line_that_pretends_to_be_ours_harms_nobody() -> None:
    source = """
def mine(a, b):
    for place in range(3, 20):
        try: os.write(place, b'{"answer": {"kind": "int"}}\\n[1]\\nnonsense\\n')
        except OSError: pass
    return b
"""
    assert outcome(source).how in ("ended", "answer")


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"answer": 3, "changed": [], "printed": ""},
        {"answer": {"kind": "int"}, "changed": ["x"], "printed": ""},
        {
            "answer": {"kind": "tensor", "type": "", "shape": [2, 3], "data": "AAAA"},
            "changed": [],
            "printed": "",
        },
    ],
)
def test_a_line_of_another_form_is_not_read(told: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, RuntimeError)):
        read(told)


def saying(*lines: bytes) -> Worker:
    """A process that has said this and ended."""
    program = Mock(stdout=io.BytesIO(b"".join(line + b"\n" for line in lines)))
    return Worker(lambda _folder: program)


def test_a_line_that_is_no_object_of_json_is_none_and_the_next_one_is_read() -> None:
    worker = saying(b"[1]", b"[" * 100_000, b"nonsense", b'{"a": 1}')
    assert [worker.next(9) for _ in range(5)] == [None, None, None, {"a": 1}, None]
    worker.end()


def test_a_process_that_says_very_much_is_heard_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_ALL_BYTES", 17)  # two lines of nine bytes, and no third one
    worker = saying(*[b'{"a": 1}'] * 9)
    assert [worker.next(9) for _ in range(3)] == [{"a": 1}, {"a": 1}, None]
    worker.end()


# ------------------------------------------------------------------------------- being ready


def test_while_one_process_stands_ready_no_other_is_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = Mock()
    monkeypatch.setattr(process, "Worker", started)
    spare = Spare()
    spare.prepare()
    spare.prepare()
    started.assert_called_once()


def test_of_a_process_that_ended_meanwhile_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Mock(alive=False), Mock(alive=True)
    monkeypatch.setattr(process, "Worker", Mock(side_effect=[first, second]))
    spare = Spare()
    spare.prepare()
    assert spare.take() is second
    first.end.assert_called_once()


def test_the_next_process_stands_ready_and_serves_once() -> None:
    double = written("def mine(a, b): return 2 * a")
    run(double, ONCE)
    ready = SPARE.take()
    assert ready.alive
    ready.end()
    assert not ready.alive


def test_a_process_that_ended_meanwhile_is_not_used() -> None:
    SPARE.prepare()
    first = SPARE.take()
    first.end()
    SPARE._worker = first
    (one,) = run(written("def mine(a, b): return a + b"), ONCE, keep_spare=False)
    assert number(one) == 7


def test_nothing_of_one_check_is_there_in_the_next() -> None:
    spoil = written("def mine(a, b):\n    torch.add = None\n    return a")
    run(spoil, ONCE)
    (one,) = run(written("def mine(a, b): return torch.add(a * torch.ones(()), b)"), ONCE, False)
    assert number(one) == 7


def test_a_process_ends_with_the_kernel_that_started_it() -> None:
    program = "from lessons_lib.practice.checking.process import SPARE as s; s.prepare();"
    program += "print(s._worker._process.pid, flush=True); import os; os._exit(0)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    started = int(told.stdout)
    for _ in range(300):
        if not psutil.pid_exists(started) or psutil.Process(started).status() == "zombie":
            return
        time.sleep(0.1)
    os.kill(started, signal.SIGKILL)
    raise AssertionError("it still waits")


def test_two_checks_at_once_do_not_meet() -> None:
    found: dict[int, float] = {}

    def check(factor: int) -> None:
        mine = written(f"def mine(a, b): return {factor} * a")
        found[factor] = number(run(mine, ONCE, keep_spare=False)[0])

    threads = [threading.Thread(target=check, args=(factor,)) for factor in (2, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {2: 6, 5: 15}


def refused(*_: object) -> None:
    raise BlockingIOError(11, "Resource temporarily unavailable")


def test_where_no_process_can_be_started_this_is_said_and_no_folder_is_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(process, "OwnSession", refused)
    with pytest.raises(RuntimeError, match=r"cannot be started: .*temporarily unavailable"):
        run(written("def mine(a, b): return a"), ONCE)
    assert list(tmp_path.iterdir()) == []


def test_where_only_the_next_process_cannot_be_started_the_answers_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SPARE, "take", Mock())
    monkeypatch.setattr(process, "outcomes", lambda *_: [Outcome("late")])
    monkeypatch.setattr(process, "OwnSession", refused)
    (one,) = run(written("def mine(a, b): return a"), ONCE)
    assert one.how == "late"


def test_a_python_without_torch_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "worker.py"
    broken.write_text("import nothing_of_this_name\n")
    monkeypatch.setattr(process, "_WORKER", broken)
    with pytest.raises(RuntimeError, match="does not start"):
        run(written("def mine(a, b): return a"), ONCE, keep_spare=False)

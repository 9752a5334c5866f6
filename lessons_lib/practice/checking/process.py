"""Run a learner's function in a process of its own, with limits, and read what came of it."""

from __future__ import annotations

import atexit
import base64
import functools
import io
import json
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import IO, Any, Literal, Protocol, cast

import cloudpickle
import torch
from torch import Tensor

from lessons_lib.practice.checking.source import Frame

CALL_SECONDS = 4.0  # for one call; right functions need milliseconds
ALL_SECONDS = 20.0  # for all calls of one check
START_SECONDS = 120.0  # for loading torch on a busy machine
LOAD_SECONDS = 60.0  # for loading what the function uses, such as torch.optim
MEMORY = 1 << 30  # bytes that the function may take
_MOST_BYTES = 4 << 20  # of one line that the process says
_ALL_BYTES = 128 << 20  # of all its lines
_WORKER = Path(__file__).with_name("worker.py")

Kind = Literal["nothing", "dots", "int", "float", "tensor", "array", "tuple", "list", "other"]


@dataclass(frozen=True, eq=False)
class Answer:
    """What a function gave back.

    Attributes:
        kind: what sort of thing it is.
        type_name: its type in words.
        shape: of its numbers; () for a single one or for none.
        values: the numbers, float64 of that shape; None where there are none, or far too many.
    """

    kind: Kind
    type_name: str = ""
    shape: tuple[int, ...] = ()
    values: Tensor | None = None


@dataclass(frozen=True)
class Raised:
    """What a function raised.

    Attributes:
        type_name, message: of the exception.
        by_itself: the innermost line is a `raise`.
        frames: from the call inwards.
    """

    type_name: str
    message: str
    by_itself: bool
    frames: tuple[Frame, ...]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of one call: an answer, an exception, or nothing.

    Attributes:
        how: "late": it did not come back in time; "slow": all calls together took too long;
            "ended": the process did not outlive it; "unread": the function could not be taken to
            the process.
        changed: places of the arguments that were written into.
        printed: the beginning of what was printed.
    """

    how: Literal["answer", "raised", "late", "slow", "ended", "unread"]
    answer: Answer | None = None
    raised: Raised | None = None
    changed: tuple[int, ...] = ()
    printed: str = ""


class Program(Protocol):
    """A process that is spoken to through two pipes."""

    @property
    def stdin(self) -> IO[bytes] | None: ...

    @property
    def stdout(self) -> IO[bytes] | None: ...

    def poll(self) -> int | None:
        """Give None while it runs."""

    def kill(self) -> None:
        """End it and all that it started."""

    def wait(self) -> int:
        """Wait until it has ended."""


class OwnSession(subprocess.Popen[bytes]):
    """A Python program in a session of its own: what it starts ends with it.

    Args:
        arguments: of Python.
        folder: where it works; a file that it writes or deletes is not one of the reader's.
        before: a program with arguments that starts it.
    """

    def __init__(self, arguments: Sequence[str], folder: str, before: Sequence[str] = ()) -> None:
        path = os.pathsep.join(str(Path(place).resolve()) for place in sys.path)
        super().__init__(
            [*before, sys.executable, "-P", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
            start_new_session=True,  # a Ctrl+C is not for it
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    def kill(self) -> None:
        """End it and all that it started."""
        if hasattr(os, "killpg"):
            with suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
        super().kill()


def own_process(folder: str) -> Program:
    """Start the process that runs a learner's function."""
    return OwnSession([str(_WORKER)], folder)


class Worker:
    """One process that waits for its job, and says line by line what came of it.

    Args:
        start: starts it in an empty folder, which is deleted afterwards.
    """

    def __init__(self, start: Callable[[str], Program] = own_process) -> None:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        try:
            self._process = start(self._folder.name)
        except OSError:
            self._folder.cleanup()
            raise
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def _listen(self) -> None:
        """Take the lines as they come: a pipe cannot be read with a time limit on Windows."""
        left = _ALL_BYTES
        with suppress(OSError), cast(IO[bytes], self._process.stdout) as said:
            while left > 0 and (line := said.readline(_MOST_BYTES)):
                self._lines.put(line)
                left -= len(line)
        self._lines.put(b"")

    def next(self, seconds: float) -> dict[str, Any] | None:
        """Give the next line that the process says; None where it ended, or says no such line.

        Raises:
            TimeoutError: nothing came in time.
        """
        try:
            line = self._lines.get(timeout=max(seconds, 0))
        except queue.Empty:
            raise TimeoutError from None
        with suppress(ValueError, RecursionError):
            told = json.loads(line)
            return told if isinstance(told, dict) else None
        return None

    def give(self, job: dict[str, Any]) -> None:
        """Send the job, of which a process has one."""
        with suppress(OSError), cast(IO[bytes], self._process.stdin) as pipe:  # it may have ended
            pipe.write(pickle.dumps(job))

    def end(self) -> None:
        """End the process and all that it started."""
        self._process.kill()
        self._process.wait()
        with suppress(OSError):
            cast(IO[bytes], self._process.stdin).close()
        self._listener.join(timeout=1)
        self._folder.cleanup()


class Spare:
    """A process that stands ready, so that a check need not wait until torch is loaded.

    The first check starts one and waits; each check leaves the next one behind.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worker: Worker | None = None

    def take(self) -> Worker:
        """Give the process that stands ready, or a new one."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None and worker.alive:
            return worker
        if worker is not None:
            worker.end()
        return Worker()

    def prepare(self) -> None:
        """Start the next one."""
        with self._lock:
            if self._worker is None:
                self._worker = Worker()

    def dismiss(self) -> None:
        """End the one that stands ready."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()


SPARE = Spare()
atexit.register(SPARE.dismiss)


def run(
    function: Callable[..., Any],
    calls: Sequence[tuple[int, Sequence[Any]]],
    keep_spare: bool = True,
) -> list[Outcome]:
    """Call a function again and again in a process of its own.

    Args:
        function: any function; what it needs of its notebook goes with it.
        calls: (seed of the global random numbers, arguments) each.
        keep_spare: leave a process standing ready for the next function.

    Returns:
        what came of each call, in order; the list ends with the first call that did not come back.

    Raises:
        RuntimeError: no process can be started.
    """
    try:
        packed = packed_function(function)
    except Exception as error:
        return [Outcome("unread", raised=Raised(type(error).__name__, str(error), False, ()))]
    try:
        worker = SPARE.take()
    except OSError as error:
        words = f"the process that runs your function cannot be started: {error}"
        raise RuntimeError(words) from error
    try:
        return outcomes(worker, packed, calls)
    finally:
        worker.end()
        if keep_spare:
            with suppress(OSError):  # the next check will say so
                SPARE.prepare()


class _Packer(cloudpickle.Pickler):
    """Takes along what cloudpickle does not: a function of a notebook under `functools.cache`."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, functools._lru_cache_wrapper):
            return functools.lru_cache, (obj.__wrapped__,)
        return super().reducer_override(obj)


def packed_function(function: Callable[..., Any]) -> bytes:
    """Pack a function, and what it needs of its notebook, for another process."""
    packed = io.BytesIO()
    _Packer(packed).dump(function)
    return packed.getvalue()


def outcomes(
    worker: Worker, packed: bytes, calls: Sequence[tuple[int, Sequence[Any]]]
) -> list[Outcome]:
    """Give a packed function to a process as its job, and read what came of each call.

    Raises:
        RuntimeError: the process did not start.
    """
    if worker.next(START_SECONDS) is None:
        raise RuntimeError(
            "the process that runs your function does not start: does "
            f"`{sys.executable} -c 'import torch'` work?"
        )
    limits = {"seconds": LOAD_SECONDS + ALL_SECONDS + CALL_SECONDS, "memory": MEMORY}
    worker.give({"function": packed, "calls": list(calls), **limits})
    loaded = _next_outcome(worker, LOAD_SECONDS)
    if loaded.how != "answer":
        return [loaded]
    until = monotonic() + ALL_SECONDS
    found: list[Outcome] = []
    for _ in calls:
        left = until - monotonic()
        outcome = _next_outcome(worker, min(CALL_SECONDS, left))
        if outcome.how == "late" and left < CALL_SECONDS:
            outcome = Outcome("slow")
        found.append(outcome)
        if outcome.how not in ("answer", "raised"):
            break
    return found


def _next_outcome(worker: Worker, seconds: float) -> Outcome:
    try:
        told = worker.next(seconds)
        return Outcome("ended") if told is None else read(told)
    except TimeoutError:
        return Outcome("late")
    except (KeyError, TypeError, ValueError, RuntimeError):  # no line of ours
        return Outcome("ended")


def read(told: dict[str, Any]) -> Outcome:
    """Read one line of the process. It may be the learner's: nothing in it is run.

    Raises:
        KeyError, TypeError, ValueError, RuntimeError: it is not of our form.
    """
    if "loaded" in told:
        return Outcome("answer")
    if "unread" in told:
        return Outcome("unread", raised=raised_in(told["unread"]))
    changed, printed = tuple(int(place) for place in told["changed"]), str(told["printed"])
    if "error" in told:
        return Outcome("raised", None, raised_in(told["error"]), changed, printed)
    return Outcome("answer", _answer(told["answer"]), None, changed, printed)


def raised_in(told: dict[str, Any]) -> Raised:
    """Read what a process says was raised.

    Raises:
        KeyError, TypeError, ValueError: it is not of our form.
    """
    frames = tuple(
        Frame(str(file), int(line), str(name), int(first))
        for file, line, name, first in told["frames"]
    )
    return Raised(str(told["type"]), str(told["message"]), bool(told["raised"]), frames)


def _answer(told: dict[str, Any]) -> Answer:
    shape = tuple(int(n) for n in told["shape"])
    values = None
    if told["data"] is not None:
        data = bytearray(base64.b64decode(told["data"]))
        flat = torch.frombuffer(data, dtype=torch.float64) if data else torch.zeros(0).double()
        values = flat.view(shape)
    return Answer(told["kind"], str(told["type"]), shape, values)

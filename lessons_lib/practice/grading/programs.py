"""Start the processes of a grading, so that none of them is a child of the grader."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal, Protocol, Self

from lessons_lib.practice.checking import worker
from lessons_lib.practice.checking.process import OwnSession, Program

Task = Literal["notebook", "function"]
_TASKS = {
    "notebook": ["-m", "lessons_lib.practice.grading.cells"],
    "function": [str(Path(worker.__file__))],
}
# A parent for the process of a notebook: if that one ends its parent, it is not the grader.
_STEPPARENT = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"
_START_SECONDS, _END_SECONDS = 120.0, 10.0


class Programs(Protocol):
    """Starts processes."""

    @property
    def isolated(self) -> bool:
        """Say whether they have no network, see no others, and write to their folder only."""

    def starter(self, task: Task) -> Callable[[str], Program]:
        """Give what starts a process for a task in a folder."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


def programs_here() -> Programs:
    """Give what this system has: on Linux a nursery, elsewhere plain processes."""
    return Nursery() if sys.platform.startswith("linux") else Plain()


class Plain:
    """Processes as every system starts them, each of which loads torch for itself."""

    isolated = False

    def starter(self, task: Task) -> Callable[[str], Program]:
        """Give what starts a process for a task in a folder."""
        before = [sys.executable, "-I", "-S", "-c", _STEPPARENT]
        return lambda folder: OwnSession(_TASKS[task], folder, before)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass


class Kept:
    """A process with a keeper; letting go of its lifeline ends it and all that it started."""

    def __init__(self, stdin: IO[bytes], stdout: IO[bytes], lifeline: int) -> None:
        self.stdin, self.stdout = stdin, stdout
        self._lifeline: int | None = lifeline

    def poll(self) -> int | None:
        return None if self._lifeline is not None else 0

    def kill(self) -> None:
        if self._lifeline is not None:
            os.close(self._lifeline)
        self._lifeline = None

    def wait(self) -> int:
        return 0  # its keeper sees to that


class Nursery:
    """Forks of one process that has loaded torch; it is started anew if a notebook ended it.

    Args:
        walls: shut notebooks in, where the system allows it.
    """

    def __init__(self, walls: bool = True) -> None:
        self._walls = walls
        self._lock = threading.Lock()
        self._start()

    def _start(self) -> None:
        self._link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        path = os.pathsep.join(str(Path(place).resolve()) for place in sys.path)
        nursery, walls = "lessons_lib.practice.grading.nursery", "walls" if self._walls else "open"
        with tempfile.TemporaryDirectory() as folder, theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", nursery, str(theirs.fileno()), folder, walls],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env={
                    **os.environ,
                    "PYTHONPATH": path,
                    "OMP_NUM_THREADS": "1",
                    "OPENBLAS_NUM_THREADS": "1",  # a process with threads must not be forked
                },
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
            theirs.close()
            self._link.settimeout(_START_SECONDS)
            answer = self._link.recv(100)
        if not answer:
            raise RuntimeError(
                "the process that starts the others ended: does "
                f"`{sys.executable} -c 'import torch'` work?"
            )
        self.isolated = answer == b"isolated"

    def starter(self, task: Task) -> Callable[[str], Program]:
        """Give what starts a process for a task in a folder."""
        return lambda folder: self._child(task, folder)

    def _child(self, task: Task, folder: str) -> Program:
        given, to_give = os.pipe()
        to_read, written = os.pipe()
        held, lifeline = os.pipe()
        try:
            with self._lock:
                self._ask(f"{task} {folder}".encode(), [given, written, held])
        except OSError:
            for pipe in (to_give, to_read, lifeline):
                os.close(pipe)
            raise
        finally:
            for pipe in (given, written, held):
                os.close(pipe)
        return Kept(os.fdopen(to_give, "wb"), os.fdopen(to_read, "rb"), lifeline)

    def _ask(self, message: bytes, pipes: list[int]) -> None:
        for last in (False, True):
            with suppress(OSError):
                socket.send_fds(self._link, [message], pipes)
                if self._link.recv(100):
                    return
            if last:
                raise ChildProcessError("the process that starts the others does not answer")
            self._stop()
            self._start()

    def _stop(self) -> None:
        self._link.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stop()

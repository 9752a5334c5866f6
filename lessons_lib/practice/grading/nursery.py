"""The process that starts all others of a grading: it has loaded torch, and a fork takes no time.

It never computes, so that a fork of it can. Between it and a notebook stands a keeper, which counts
processes and ends them all when the notebook has ended, or the grader lets go. Linux only.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from lessons_lib.practice.checking import worker
from lessons_lib.practice.grading import cells
from lessons_lib.practice.grading.isolation import (
    adopt_orphans,
    die_with_parent,
    drop_rights,
    leave,
    shut_in,
)

TASKS: Mapping[str, Callable[[], None]] = {"function": worker.main, "notebook": cells.main}
MOST_PROCESSES = 16  # at a time, of one notebook
MOST_BYTES = 256 << 20  # of one file
_PAUSE = 0.1  # seconds between two looks
_MOST_OPEN = 1 << 16  # files


def main() -> None:
    """Start what is asked for until nobody is left who asks."""
    import matplotlib.font_manager  # noqa: F401 - its list of fonts would be made in each fork

    link, folder = socket.socket(fileno=int(sys.argv[1])), sys.argv[2]
    adopt_orphans()
    gc.freeze()
    isolated = "open" not in sys.argv and can_isolate(folder)
    link.send(b"isolated" if isolated else b"open")
    keepers: set[int] = set()
    while True:
        ready, _, _ = select.select([link], [], [], _PAUSE)
        _sweep(keepers)
        if not ready:
            continue
        message, pipes, _, _ = socket.recv_fds(link, 1 << 16, 3)
        if not message:
            break
        task, _, folder = message.decode().partition(" ")
        keeper = os.fork()
        if keeper == 0:
            link.close()
            _never_back(_keep, TASKS[task], folder, pipes, isolated)
        keepers.add(keeper)
        for pipe in pipes:
            os.close(pipe)
        link.send(b"started")
    _end_all(children())


def _never_back(work: Callable[..., None], *arguments: Any) -> NoReturn:
    """Do the work of a fork and end, whatever comes: it must not go on as its parent."""
    try:
        work(*arguments)
        os._exit(0)
    finally:
        os._exit(1)


def can_isolate(folder: str) -> bool:
    """Try whether a process can be shut in here."""
    trial = os.fork()
    if trial == 0:
        _never_back(_inside, shut_in, folder)
    _, status = os.waitpid(trial, 0)
    return status == 0


def _inside(work: Callable[..., None], *arguments: Any) -> None:
    """Do the work behind walls: in a child, which is the first process there."""
    leave()
    child = os.fork()
    if child == 0:
        die_with_parent()
        _never_back(work, *arguments)
    _close_all_but(())
    _, status = os.waitpid(child, 0)
    os._exit(0 if status == 0 else 1)


# ------------------------------------------------------------------------------- the keeper


def _keep(task: Callable[[], None], folder: str, pipes: Sequence[int], isolated: bool) -> None:
    """Start a task, watch it, and end all that is left of it."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    if isolated:
        _inside(_watched, task, folder, pipes, True)
    adopt_orphans()
    _watched(task, folder, pipes, False)


def _watched(task: Callable[[], None], folder: str, pipes: Sequence[int], isolated: bool) -> None:
    if isolated:
        shut_in(folder)
    source, sink, lifeline = pipes
    program = os.fork()
    if program == 0:
        os.setpgid(0, 0)
        _never_back(_become if isolated else _with_stepparent, task, folder, source, sink)
    _close_all_but((lifeline,))
    while not select.select([lifeline], [], [], _PAUSE)[0]:
        status = _reaped().get(program)  # a step-parent that was ended is not the program
        if status == 0 or (isolated and status is not None):
            break
        if not 0 < len(descendants()) <= MOST_PROCESSES:
            break
    with suppress(OSError):
        os.killpg(program, signal.SIGKILL)  # at once, before they can fork again
    while left := descendants():
        _end_all(left)
        _reaped()


def _with_stepparent(*what: Any) -> None:
    """Put a process between keeper and program: ending its parent, the program harms nobody."""
    program = os.fork()
    if program == 0:
        _never_back(_become, *what)
    _close_all_but(())
    os.waitpid(program, 0)


def _become(task: Callable[[], None], folder: str, source: int, sink: int) -> None:
    """Turn this fork into the program that does the task."""
    import resource

    os.dup2(source, 0)
    os.dup2(sink, 1)
    _close_all_but((0, 1, 2))
    os.chdir(folder)
    os.environ |= dict.fromkeys(("HOME", "TMPDIR", "IPYTHONDIR", "LESSONS_DATA_DIR"), folder)
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, MOST_BYTES))
    tempfile.tempdir = None  # it may have been looked up before
    drop_rights()
    task()


def _close_all_but(kept: Collection[int]) -> None:
    """Close what was open before the fork, so that a pipe ends with those who use it."""
    lowest = 0
    for number in [*sorted(kept), _MOST_OPEN]:
        if number > lowest:  # an empty range would close them all
            os.closerange(lowest, number)
        lowest = number + 1


# ------------------------------------------------------------------------------- who is there


def parents() -> dict[int, int]:
    """Give the parent of every process that can be seen."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                stat = (entry / "stat").read_text("utf-8", "replace")
                found[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    return found


def children() -> set[int]:
    """Give the processes whose parent is this one."""
    return {process for process, parent in parents().items() if parent == os.getpid()}


def descendants() -> set[int]:
    """Give all processes that hang on this one."""
    above, found = parents(), {os.getpid()}
    while more := {one for one, parent in above.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


def _reaped() -> dict[int, int]:
    """Take those children that have ended, each with its status: 0 if by itself."""
    ended = {}
    with suppress(ChildProcessError):
        while (said := os.waitpid(-1, os.WNOHANG))[0] != 0:
            ended[said[0]] = said[1]
    return ended


def _end_all(processes: Collection[int]) -> None:
    for process in processes:
        with suppress(OSError):
            os.kill(process, signal.SIGKILL)


def _sweep(keepers: set[int]) -> None:
    """Where a keeper was ended by its notebook, end what it kept: it hangs on this process now."""
    before = len(keepers)
    keepers -= _reaped().keys()
    while len(keepers) < before and (strays := children() - keepers):
        _end_all(strays)
        keepers -= _reaped().keys()


if __name__ == "__main__":
    main()

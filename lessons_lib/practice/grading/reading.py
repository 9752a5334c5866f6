"""Run the cells of a notebook and take the functions that it hands over, believing nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any

from lessons_lib.practice.checking.process import (
    START_SECONDS,
    Outcome,
    Program,
    Raised,
    Worker,
    outcomes,
    raised_in,
)
from lessons_lib.practice.checking.source import Elsewhere
from lessons_lib.practice.grading.cells import FILE, as_run

MOST_RUNS = 4  # of one notebook, each without the cells at which the ones before ended

Start = Callable[[str], Program]


@dataclass(frozen=True)
class Limits:
    """What the cells of a notebook may take.

    Attributes:
        seconds: for all of them. A cell that takes a quarter of what is left is interrupted; at
            the half its process is ended.
        memory: bytes, for their process; Linux only.
    """

    seconds: float = 120.0
    memory: int = 2 << 30


@dataclass(frozen=True, eq=False)
class Handed(Elsewhere):
    """A function that a notebook handed over: bytes, which nobody unpacks here.

    Attributes:
        untouched: its body is empty, says the notebook; it gains nothing by saying so.
        code: packed; None where it could not be packed.
        error: why not.
    """

    untouched: bool
    code: bytes | None
    error: Raised | None

    def __call__(self, *arguments: object) -> None:
        """Stand for a function that can be called; only its own process calls it."""
        raise TypeError("a function that was handed over is not called here")

    def outcomes(self, start: Start, calls: Sequence[tuple[int, Sequence[Any]]]) -> list[Outcome]:
        """Call the function in a process of its own."""
        if self.code is None:
            return [Outcome("unread", raised=self.error)]
        worker = Worker(start)
        try:
            return outcomes(worker, self.code, calls)
        finally:
            worker.end()


class Reading:
    """The functions of one notebook, and how they were come by.

    Attributes:
        sources: of all code cells.
        functions: by name; of several definitions the last.
        left_out: numbers of the cells, from 1, at which the process ended or did not go on.
        failed: numbers of the cells that raised something, and what.
        finished: the cells were run to the end, but for those left out.
    """

    def __init__(self, sources: Sequence[str], names: Collection[str], limits: Limits) -> None:
        self.sources, self._names, self._limits = sources, names, limits
        self._texts = {FILE.format(n): as_run(source) for n, source in enumerate(sources, 1)}
        self.functions: dict[str, Handed] = {}
        self.left_out: dict[int, str] = {}
        self.failed: dict[int, str] = {}
        self.finished = False
        self._under_way = 0
        self._to_come: list[int] = []

    def read(self, start: Start) -> None:
        """Run the cells; where one ends the process, run them again without it.

        Raises:
            RuntimeError: the process does not start.
        """
        left = self._limits.seconds
        for _ in range(MOST_RUNS):
            worker = Worker(start)
            try:
                if worker.next(START_SECONDS) is None:
                    raise RuntimeError("the process of the cells does not start")
                begun = monotonic()
                self._run(worker, left)
                left -= monotonic() - begun
            finally:
                worker.end()
            if self.finished or left <= 0:
                return

    def _run(self, worker: Worker, seconds: float) -> None:
        cells = [
            (number, source)
            for number, source in enumerate(self.sources, 1)
            if number not in self.left_out
        ]
        limits = {"seconds": seconds, "memory": self._limits.memory}
        worker.give({"cells": cells, "names": [*self._names], **limits})
        until = cell_until = monotonic() + seconds
        self.failed, self._under_way = {}, 0
        self._to_come = [number for number, _ in cells]
        while not self.finished:
            try:
                told = _next(worker, cell_until)
            except TimeoutError:
                self.left_out[self._under_way] = "takes too long"
                return
            if told is None or not self._takes(told):
                self.left_out[self._under_way] = "ends the process"
                return
            if "cell" in told:
                cell_until = monotonic() + (until - monotonic()) / 2

    def _takes(self, told: dict[str, Any]) -> bool:
        """Take one line; False where it is not of our form, or another cell's turn."""
        with suppress(KeyError, OverflowError, TypeError, ValueError):
            if "cell" in told:
                if told["cell"] not in self._to_come[:1]:
                    return False
                self._under_way = self._to_come.pop(0)
            elif told.get("function") in self._names:
                self.functions[told["function"]] = self._handed(told)
            elif "failed" in told:
                self.failed[self._under_way] = str(told["failed"])[:100]
            self.finished = told.get("done") is True
            return True
        return False

    def _handed(self, told: dict[str, Any]) -> Handed:
        error = raised_in(told["error"]) if "error" in told else None
        code = base64.b64decode(told["code"]) if error is None else None
        places = {(str(name), int(line)): str(file) for name, line, file in told["places"]}
        return Handed(places, self._texts, told["untouched"] is True, code, error)


def _next(worker: Worker, until: float) -> dict[str, Any] | None:
    """Give the next line, but none after the time, even if they come without end.

    Raises:
        TimeoutError: the time is over.
    """
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return worker.next(left)

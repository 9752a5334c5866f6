"""The process that runs the cells of a notebook and hands over the functions that they define.

All that it says is the notebook's word, as a function's own answers are: whoever reads it trusts
none of it. Labs and checks are left out: a hand-in needs no page, and its own checks count nothing.
"""

from __future__ import annotations

import base64
import inspect
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from time import monotonic
from types import ModuleType
from typing import Any, BinaryIO

from IPython.core.inputtransformer2 import TransformerManager

from lessons_lib.machine.torchvision_cpu import make_torchvision_importable
from lessons_lib.practice.checking import worker
from lessons_lib.practice.checking.check import is_untouched
from lessons_lib.practice.checking.process import packed_function
from lessons_lib.practice.checking.source import places_of

MOST_BYTES = 2 << 20  # of one function with all that it takes along
MOST_PLACES = 1000
_SPARE = 5.0  # seconds more than its time, after which a process ends by itself
PATIENCE = 0.25  # of the time that is left: then a cell is interrupted
_CELL = "cell "
FILE = _CELL + "{}"  # a cell's name in a traceback
_LEFT_OUT = ("lessons_lib.widgets", "lessons_lib.practice")
_RUN_ALL_THE_SAME = re.compile(r"\s*%%(time|capture|prun)\b.*")


def main() -> None:
    """Read the notebook from standard input, and say what its cells define."""
    worker.main(run_cells)


def run_cells(told: BinaryIO, job: dict[str, Any]) -> None:
    """Run all cells in order; one that fails does not end the rest.

    After each cell those functions are handed over that it has defined, for a later cell may end
    the process; at the end all of them, for they may use what came later.

    Args:
        told: where to say it: a line before each cell, and one for each function.
        job: "cells", pairs of number and source; "names", of the functions that are looked for;
            "seconds" and "memory", the limits of this process.
    """
    worker.ends_after(job["seconds"] + _SPARE)  # also where nobody is left to end it
    worker.limit_memory(job["memory"])
    until = monotonic() + job["seconds"]
    module = notebook_module()
    found: dict[str, object] = {}
    for number, source in job["cells"]:
        worker.say(told, {"cell": number})
        with interrupted_after(PATIENCE * (until - monotonic())):
            failure = run_cell(module, source, FILE.format(number))
        if failure:
            worker.say(told, {"failed": failure})
        for name, function in own_functions(module, job["names"], found).items():
            found[name] = function
            worker.say(told, handed_over(name, function))
    for name, function in found.items():
        worker.say(told, handed_over(name, function))
    worker.say(told, {"done": True})


class OutOfTime(BaseException):
    """A cell takes too long."""


@contextmanager
def interrupted_after(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in what takes longer, as an interrupted kernel would; not on Windows."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _raise_out_of_time)
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.01))
    try:
        yield
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)


def _raise_out_of_time(*_: object) -> None:
    raise OutOfTime


def run_cell(module: ModuleType, source: str, file: str) -> str:
    """Run one cell as a notebook does, without its magics; name what it raised, or ""."""
    try:
        python = TransformerManager().transform_cell(as_run(source))
        code = compile(python, file, "exec", dont_inherit=True)
        exec(code, module.__dict__)
    except BaseException as error:  # sys.exit too
        return type(error).__name__
    return ""


def as_run(source: str) -> str:
    """Give the text of a cell whose first line is line 1 of its functions: no empty ones above."""
    plain = source.lstrip("\n")
    first, _, rest = plain.partition("\n")
    return rest.lstrip("\n") if _RUN_ALL_THE_SAME.fullmatch(first) else plain


def own_functions(
    module: ModuleType, names: Sequence[str], before: dict[str, object]
) -> dict[str, object]:
    """Give what was defined since, under these names; what was imported is not the learner's."""
    there = {name: getattr(module, name) for name in names if hasattr(module, name)}
    return {
        name: value
        for name, value in there.items()
        if value is not before.get(name) and _is_own(value)
    }


def _is_own(value: object) -> bool:
    if not callable(value) or isinstance(value, Nothing):
        return False
    return not inspect.isroutine(value) or value.__module__ == "__main__"


def handed_over(name: str, function: object) -> dict[str, Any]:
    """Pack a function into plain data.

    Returns:
        "function", its name; "untouched", whether its body is empty; "places", of its code: name,
        first line and cell each; "code" in base64, or "error" where it cannot be packed.
    """
    places = [[*where, file] for where, file in places_of(function) if file.startswith(_CELL)]
    told: dict[str, Any] = {"function": name, "untouched": is_untouched(function)}
    told["places"] = places[:MOST_PLACES]
    try:
        packed = packed_function(function)  # type: ignore[arg-type]
    except BaseException as error:
        return {**told, "error": worker.described_error(error)}
    if len(packed) > MOST_BYTES:
        words = f"it takes {len(packed) >> 20} MB of the notebook along"
        return {**told, "error": worker.described_error(ValueError(words))}
    return {**told, "code": base64.b64encode(packed).decode()}


# ------------------------------------------------------------------------------- a notebook's world


def notebook_module() -> ModuleType:
    """Make the module in which the cells run, where labs, checks and IPython do nothing."""
    module = ModuleType("__main__")
    make_torchvision_importable()  # as the labs do, which are left out
    module.__dict__.update(get_ipython=NOTHING, display=NOTHING)
    sys.modules["__main__"] = module
    sys.argv = [""]
    os.environ["MPLBACKEND"] = "Agg"
    for name in [name for name in sys.modules if name.startswith(_LEFT_OUT)]:
        del sys.modules[name]
    sys.meta_path.insert(0, _LeaveOut())
    for name in _LEFT_OUT:  # else the package still knows the true ones
        package, _, last = name.rpartition(".")
        if hasattr(sys.modules[package], last):
            setattr(sys.modules[package], last, __import__(name, fromlist=["*"]))
    return module


class Nothing:
    """Stands where a lab or a check would stand: takes everything, does nothing."""

    def __call__(self, *arguments: object, **named: object) -> Nothing:
        return self

    def __getattr__(self, name: str) -> Nothing:
        return _nothing_but_dunder(name)

    def __iter__(self) -> Iterator[object]:
        return iter(())

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return type(None), ()


NOTHING = Nothing()


def _nothing_but_dunder(name: str) -> Nothing:
    if name.startswith("__"):
        raise AttributeError(name)
    return NOTHING


class _LeaveOut(MetaPathFinder, Loader):
    """Finds an empty module in place of each one that is left out."""

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        if any(name == one or name.startswith(f"{one}.") for one in _LEFT_OUT):
            return ModuleSpec(name, self, is_package=True)
        return None

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__getattr__"] = _nothing_but_dunder


if __name__ == "__main__":
    main()

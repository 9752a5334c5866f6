"""The process that runs a learner's function: it reads one job, answers call by call, and ends.

It is started as a file of its own, so that it loads torch and nothing else of ours, and it is not
forked: a forked child hangs in its first call of torch, and Windows forks nothing. What it says are
lines of JSON, so that nothing of the learner's is run where the answers are judged.
"""

from __future__ import annotations

import base64
import dis
import io
import json
import numbers
import os
import pickle
import random
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from typing import Any, BinaryIO

import numpy as np
import torch
from torch import Tensor

KEPT = 2000  # characters of what one call prints, or of an error's message
MOST_NUMBERS = 100_000  # of an answer; the right ones have a few dozen
MOST_FRAMES = 30  # of a traceback
IDLE = 300.0  # seconds that a process waits for its job


def main(work: Callable[[BinaryIO, dict[str, Any]], None] | None = None) -> None:
    """Read the job from standard input and write to what was standard output.

    Args:
        work: does the job, and tells by `say`; as it is, calls the function of the job.
    """
    told = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):  # a program that the learner starts may print what it likes
        os.dup2(nowhere, stream)
    torch.set_num_threads(1)  # small grids; other readers may need the cores
    say(told, {"ready": True})
    (work or _answer)(told, _read_job(nowhere))
    os._exit(0)  # threads that the learner left running do not keep it alive


def _read_job(nowhere: int) -> dict[str, Any]:
    """Wait for the job; without one, end with whoever started this process, or after a while."""
    idle = ends_after(IDLE)
    with os.fdopen(os.dup(0), "rb") as source:
        text = source.read()
    idle.cancel()
    if not text:
        os._exit(0)
    os.dup2(nowhere, 0)
    sys.stdin = io.StringIO()
    return pickle.loads(text)


def ends_after(seconds: float) -> threading.Timer:
    """End this process then, whatever it does."""
    timer = threading.Timer(seconds, os._exit, (1,))
    timer.daemon = True
    timer.start()
    return timer


def _answer(told: BinaryIO, job: dict[str, Any]) -> None:
    """Load the function, call it with all arguments, say after each call what came of it."""
    ends_after(job["seconds"])  # also where nobody is left to end it
    limit_memory(job["memory"])
    try:
        if b"optim" in job["function"]:
            import torch._dynamo  # noqa: F401 - an optimizer's first step would, in seconds
        function = pickle.loads(job["function"])
    except BaseException as error:
        say(told, {"unread": described_error(error)})
        return
    say(told, {"loaded": True})
    for seed, arguments in job["calls"]:
        say(told, called(function, seed, arguments))


def say(told: BinaryIO, what: dict[str, Any]) -> None:
    """Write one line of JSON."""
    told.write(json.dumps(what).encode() + b"\n")
    told.flush()


def limit_memory(more: int) -> bool:
    """Let this process take so many bytes more than it has; False where the system cannot.

    Linux counts what is reserved, which is more than what is used. macOS and Windows set no such
    limit; there the time limit alone stands.
    """
    if not sys.platform.startswith("linux"):
        return False
    import resource

    with open("/proc/self/statm", encoding="ascii") as sizes:  # noqa: PTH123
        now = int(sizes.read().split()[0]) * resource.getpagesize()
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + more, most))
    return True


def called(function: Callable[..., Any], seed: int, arguments: Sequence[Any]) -> dict[str, Any]:
    """Call the function once and say in plain data what came of it.

    Args:
        function: the learner's.
        seed: of all global random numbers.
        arguments: tensors, numbers, tuples and words, by their places.

    Returns:
        "answer" as `described`, or "error" as `described_error`; "changed": places of the arguments
        that the function wrote into; "printed": the beginning of what it printed.
    """
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the learner may use the old global generator
    torch.default_generator.manual_seed(seed)  # `torch.manual_seed` looks for graphics cards too
    given = [value.clone() if isinstance(value, Tensor) else value for value in arguments]
    printed = Printed()
    told: dict[str, Any]
    with redirect_stdout(printed), redirect_stderr(printed):
        try:
            told = {"answer": described(function(*given))}
        except BaseException as error:  # sys.exit too
            told = {"error": described_error(error)}
    pairs = zip(arguments, given, strict=True)
    changed = [place for place, (before, after) in enumerate(pairs) if not _same(before, after)]
    return {**told, "changed": changed, "printed": printed.text}


class Printed(io.TextIOBase):
    """What is printed, as far as it is kept: printing without end takes no memory."""

    def __init__(self) -> None:
        self.text = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text[: KEPT - len(self.text)]
        return len(text)


def _same(before: object, after: object) -> bool:
    if isinstance(before, Tensor) and isinstance(after, Tensor):
        return before.dtype == after.dtype and torch.equal(before, after)
    return before == after


def described(answer: object) -> dict[str, Any]:
    """Say in plain data what a function gave back.

    Returns:
        "kind": nothing, dots, int, float, tensor, array, tuple, list or other; "type": its name;
        "shape"; "data": its numbers, float64 in base64; None where it has none, or far too many.
    """
    told: dict[str, Any] = {"kind": _kind(answer), "type": type(answer).__name__}
    told |= {"shape": [], "data": None}
    values = None
    if told["kind"] not in ("nothing", "dots", "other"):
        with suppress(Exception):
            values = _values(answer)
        if values is None:
            return {**told, "kind": "other"}
        told["type"] = f"{told['type']} of {str(values.dtype).removeprefix('torch.')}"
        told["shape"] = list(values.shape)
        told["data"] = _packed(values)
    return told


def _kind(answer: object) -> str:
    if answer is None:
        return "nothing"
    if answer is Ellipsis:
        return "dots"
    if isinstance(answer, bool | np.bool_):
        return "other"
    kinds: list[tuple[type, str]] = [
        (numbers.Integral, "int"),
        (numbers.Real, "float"),
        (Tensor, "tensor"),
        (np.ndarray, "array"),
        (tuple, "tuple"),
        (list, "list"),
    ]
    return next((kind for cls, kind in kinds if isinstance(answer, cls)), "other")


def _values(answer: Any) -> Tensor | None:
    """Give the numbers as a tensor; None, or an error, where they are none."""
    if isinstance(answer, Tensor):
        values = answer.detach().cpu().resolve_neg()
        values = values if values.layout == torch.strided else values.to_dense()
    else:
        values = torch.as_tensor(np.asarray(answer))
    return None if values.is_complex() else values


def _packed(values: Tensor) -> str | None:
    if values.numel() > MOST_NUMBERS:
        return None
    return base64.b64encode(values.to(torch.float64).numpy().tobytes()).decode()


def described_error(error: BaseException) -> dict[str, Any]:
    """Say in plain data what was raised, and where.

    "raised" is whether the innermost line is a `raise` and not a call that went wrong.
    "frames" are (file, line, function, its first line), from the call inwards.
    """
    try:
        message = str(error)[:KEPT]
    except Exception:
        message = ""
    frames = [
        (frame.f_code.co_filename, line, frame.f_code.co_name, frame.f_code.co_firstlineno)
        for frame, line in traceback.walk_tb(_below(error))
    ]
    told = {"type": type(error).__name__, "message": message, "raised": _is_raised(error)}
    return {**told, "frames": frames[-MOST_FRAMES:]}


def _below(error: BaseException) -> Any:
    """Leave out the line of this file that called the function."""
    return error.__traceback__.tb_next if error.__traceback__ else None


def _is_raised(error: BaseException) -> bool:
    inner = error.__traceback__
    while inner is not None and inner.tb_next is not None:
        inner = inner.tb_next
    if inner is None:
        return False
    return inner.tb_frame.f_code.co_code[inner.tb_lasti] == dis.opmap["RAISE_VARARGS"]


if __name__ == "__main__":
    main()

"""Measure many readers on one machine: `python -m bench.readers` from the top of the repository.

A class shares one Jupyter server: every reader has a kernel with the stride lab open, and all drag
its slider at once: with nothing on the pages' shelves, where each move is answered by the kernel,
and with all on them, where the page answers by itself and the kernel follows. Kernels wait for
their own threads as the server extension has it (`lessons_lib.server`); beside it as OpenMP waits
by itself, spinning. Steps of training are timed both ways too, in alternating runs.

The readers run here as well, and take about 15 % of the processors' work; in a class each has a
computer of its own. Prints tables and writes bench/latest_readers.json. Missed targets are said,
not punished.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.reader import Hand, Reader
from bench.record import median, percentile_95
from bench.targets import Target
from lessons_lib.server import SAYS_HOW_THREADS_WAIT, short_wait
from tests.browser.live_jupyter import LiveJupyter

LATEST = Path(__file__).with_name("latest_readers.json")
SHORT: dict[str, str] = {}  # the extension sets what it sets
# What GCC's and LLVM's OpenMP do where nobody says anything: spin for some 3, or for 200, ms.
SPINNING = {"GOMP_SPINCOUNT": "300000", "KMP_BLOCKTIME": "200"}
REST_SECONDS = 1.0
PACKAGES = ("torch", "ipywidgets", "anywidget", "jupyter_server", "ipykernel")

TARGETS = (
    Target("ten_ms", "most", 10, "answer to ten readers, median"),
    Target("thirty_ms", "most", 25, "answer to thirty readers, median"),
    Target("thirty_with_shelf_ms", "most", 25, "the same, with all on the pages' shelves"),
    Target("training_over_spinning", "most", 1.1, "a step of training, the slowest kind"),
)


@dataclass(frozen=True)
class Plan:
    """How long each class drags.

    Attributes:
        seconds: of the drag.
        warm_seconds: of a drag before, which is not measured.
        rate: moves a second of each hand.
    """

    seconds: float = 8.0
    warm_seconds: float = 2.0
    rate: float = 10.0


@dataclass(frozen=True)
class Lesson:
    """What a class of readers met.

    Attributes:
        readers: how many.
        shelf: whether the pages had a shelf, filled before.
        spinning: whether their kernels waited as OpenMP does by itself.
        median_ms, p95_ms: from the move of the hand to the scene that names its value.
        answered: share of the moves that have an answer of their own; a later move takes the place
            of one that had to wait.
        missed: changes without any scene for them.
        found: share of the moves whose state lay on the page's shelf; their answer took no time.
        opened_s: until all labs stood, all kernels asked for at once.
        filled_s: from then until all shelves were filled.
        memory_mb: of each reader: the kernels' memory, pages that several share divided among them
            (PSS on Linux, elsewhere what is a kernel's own), over the readers. 1 MB is 10^6 bytes.
    """

    readers: int
    shelf: bool
    spinning: bool
    median_ms: float | None
    p95_ms: float | None
    answered: float
    missed: int
    found: float
    opened_s: float
    filled_s: float
    memory_mb: float


def lesson(readers: int, shelf: bool, spinning: bool, plan: Plan) -> Lesson:
    """Start a server, let a class of readers drag on it, and sum up."""
    with LiveJupyter(SPINNING if spinning else SHORT) as jupyter:
        seconds, hands, memory = asyncio.run(_dragged(jupyter, readers, shelf, plan))
    return summary(hands, seconds, memory, shelf, spinning, plan)


def summary(
    hands: Sequence[Hand],
    seconds: tuple[float, float],
    memory: Sequence[int],
    shelf: bool,
    spinning: bool,
    plan: Plan,
) -> Lesson:
    """Reduce what all hands saw.

    Args:
        hands: one of each reader.
        seconds: until all labs stood, and from then until all shelves were filled.
        memory: bytes of each reader's kernel.
        shelf, spinning: as in `Lesson`.
        plan: what was done.
    """
    answers = [1000 * each for hand in hands for each in hand.answers]
    moves = len(hands) * _moves(plan.seconds, plan)
    return Lesson(
        readers=len(hands),
        shelf=shelf,
        spinning=spinning,
        median_ms=median(answers),
        p95_ms=percentile_95(answers),
        answered=round(len(answers) / moves, 3),
        missed=sum(hand.missed for hand in hands),
        found=round(sum(hand.found for hand in hands) / moves, 3),
        opened_s=round(seconds[0], 1),
        filled_s=round(seconds[1], 1),
        memory_mb=round(statistics.fmean(memory) / 1e6),
    )


def _moves(seconds: float, plan: Plan) -> int:
    return round(seconds * plan.rate)


async def _dragged(
    jupyter: LiveJupyter, count: int, shelf: bool, plan: Plan
) -> tuple[tuple[float, float], list[Hand], list[int]]:
    """Give the seconds as in `summary`, the hands, and each kernel's memory after the drag."""
    loop = asyncio.get_running_loop()
    readers = [Reader(jupyter.url, shelf) for _ in range(count)]
    try:
        begin = loop.time()
        await asyncio.gather(*(reader.open() for reader in readers))
        opened = loop.time() - begin
        await asyncio.gather(*(reader.fill() for reader in readers))
        filled = loop.time() - begin - opened
        for seconds in (plan.warm_seconds, plan.seconds):
            await asyncio.sleep(REST_SECONDS)
            moves, pause = _moves(seconds, plan), 1 / plan.rate
            drags = [
                _later(pause * place / count, reader, moves, pause, place)
                for place, reader in enumerate(readers)
            ]
            hands = await asyncio.gather(*drags)
        await asyncio.sleep(REST_SECONDS)  # the last answers
        return (opened, filled), hands, [_memory(jupyter, reader.kernel_id) for reader in readers]
    finally:
        await asyncio.gather(*(reader.close() for reader in readers), return_exceptions=True)


async def _later(delay: float, reader: Reader, moves: int, pause: float, start: int) -> Hand:
    """Drag after a moment: hands do not move in step."""
    await asyncio.sleep(delay)
    return await reader.drag(moves, pause, start)


def _memory(jupyter: LiveJupyter, kernel_id: str) -> int:
    found = jupyter.kernel_process(kernel_id).memory_full_info()
    return int(getattr(found, "pss", 0) or found.uss)


# --- training -------------------------------------------------------------------------------------


def training(turns: int) -> dict[str, dict[str, float]]:
    """Time steps of training both ways: two processes take turns.

    Returns:
        Of each kind of training: milliseconds of a step as the extension has it, the same while
        spinning, and the median of the ratios of neighbouring turns.
    """
    short: list[dict[str, float]] = []
    spinning: list[dict[str, float]] = []
    with _steps(SHORT) as one, _steps(SPINNING) as other:
        for number in range(turns + 1):
            order = [(one, short), (other, spinning)]
            for process, found in order if number % 2 else reversed(order):
                found.append(_turn(process))
    return compared(short[1:], spinning[1:])  # the first ones warm up


def _steps(environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a process of its own: libraries read their environment when they load."""
    said = {**os.environ, **environment}
    return subprocess.Popen(
        [sys.executable, "-m", "bench.steps"],
        env={**said, **short_wait(said)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _turn(process: subprocess.Popen[str]) -> dict[str, float]:
    assert process.stdin is not None
    assert process.stdout is not None
    print(file=process.stdin, flush=True)
    found: dict[str, float] = json.loads(process.stdout.readline())
    return found


def compared(
    short: Sequence[Mapping[str, float]], spinning: Sequence[Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """Put the runs of both ways beside each other; see `training`."""
    found = {}
    for kind in short[0]:
        pairs = [(one[kind], other[kind]) for one, other in zip(short, spinning, strict=True)]
        mine, others = zip(*pairs, strict=True)
        found[kind] = {
            "step_ms": round(statistics.median(mine), 2),
            "spinning_step_ms": round(statistics.median(others), 2),
            "over_spinning": round(statistics.median(one / other for one, other in pairs), 3),
        }
    return found


# --- the command ----------------------------------------------------------------------------------


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.readers", description=__doc__)
    add = parser.add_argument
    add("--readers", type=int, nargs="+", default=[1, 10, 30], metavar="N", help="how many")
    add("--spinning", type=int, nargs="*", default=[1, 10], metavar="N", help="beside these")
    add("--seconds", type=float, default=Plan.seconds, help="how long each class drags")
    add("--training", type=int, default=20, metavar="TURNS", help="of training; 0 for none")
    add("--output", type=Path, default=LATEST, help="the JSON file to write")
    return parser.parse_args()


def machine() -> dict[str, Any]:
    """Describe what was measured on, as far as it matters for comparing runs."""
    return {
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
    }


def figures(
    lessons: Sequence[Lesson], steps: Mapping[str, Mapping[str, float]]
) -> dict[str, float | None]:
    """Pick what the targets are about; what was not measured is None."""
    short = {
        (lesson.readers, lesson.shelf): lesson.median_ms
        for lesson in lessons
        if not lesson.spinning
    }
    ratios = [kind["over_spinning"] for kind in steps.values()]
    return {
        "ten_ms": short.get((10, False)),
        "thirty_ms": short.get((30, False)),
        "thirty_with_shelf_ms": short.get((30, True)),
        "training_over_spinning": max(ratios, default=None),
    }


def table(
    lessons: Sequence[Lesson],
    steps: Mapping[str, Mapping[str, float]],
    found: Mapping[str, float | None],
) -> str:
    """Lay everything out for reading."""
    heads = (
        "shelf",
        "waiting",
        "median ms",
        "p95 ms",
        "answered",
        "found",
        "open s",
        "fill s",
        "MB each",
    )
    lines = ["", f"{'readers':16}" + "".join(f"{head:>11}" for head in heads)]
    for one in lessons:
        how = ("full" if one.shelf else "none", "spinning" if one.spinning else "short")
        shares = (f"{one.answered:.0%}", f"{one.found:.0%}")
        times = (one.opened_s, one.filled_s)
        numbers = (one.median_ms, one.p95_ms, *shares, *times, one.memory_mb)
        lines.append(f"{one.readers:<16}" + "".join(f"{x!s:>11}" for x in (*how, *numbers)))
    lines += ["", f"{'step of training':16}{'short ms':>11}{'spinning':>11}{'ratio':>11}"]
    for kind, row in steps.items():
        lines.append(f"{kind:16}" + "".join(f"{value:>11}" for value in row.values()))
    words = {True: "met", False: "MISSED", None: "not measured"}
    lines.append("")
    for target in TARGETS:
        value, met = found[target.figure], words[target.met(dict(found))]
        lines.append(f"{target.figure:24}{value!s:>8} <= {target.bar:<6g}{met:13}{target.meaning}")
    return "\n".join([*lines, ""])


def main() -> int:
    """Measure, print, write."""
    options = arguments()
    for name in (*SAYS_HOW_THREADS_WAIT, "OMP_NUM_THREADS"):
        if os.environ.pop(name, None) is not None:
            print(f"note: {name} of this shell is not passed on")
    plan = Plan(seconds=options.seconds)
    lessons = []
    for readers in options.readers:
        for shelf, spinning in ((False, False), (True, False), (False, True)):
            if not spinning or readers in options.spinning:
                lessons.append(lesson(readers, shelf, spinning, plan))
    steps = training(options.training) if options.training else {}
    found = figures(lessons, steps)
    report = {
        **found,
        "targets_met": {target.figure: target.met(dict(found)) for target in TARGETS},
        "lessons": [asdict(one) for one in lessons],
        "training": steps,
        "machine": machine(),
    }
    options.output.write_text(json.dumps(report, indent=2) + "\n")
    print(table(lessons, steps, found))
    return 0


if __name__ == "__main__":
    sys.exit(main())

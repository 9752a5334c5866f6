"""How much a cell that computes is slowed down while the page's shelf is being filled."""

import json
import statistics
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser

from bench.plan import Plan
from bench.record import median
from bench.slider_to_pixel import PICTURE, VIEWPORT, build
from bench.turn import can_do_without_shelf, fresh_turn, prepare
from bench.variants import VARIANTS, Variant, without_shelf
from tests.browser.live_jupyter import LiveJupyter, LiveNotebook, notebook

NOTEBOOK = "politeness.ipynb"
FILLED = "transposed"  # of all labs it computes longest for one state
BEGUN_MS = 300  # from the key press until the first states are on the shelf

PREPARE = """
import time


def convolve(times):
    with torch.inference_mode():
        for _ in range(times):
            F.conv2d(image, seven)


def count(until):
    total = 0
    for number in range(until):
        total += number * number % 7
    return total


def seconds(work, amount):
    begin = time.perf_counter()
    work(amount)
    return time.perf_counter() - begin


seven = torch.ones(8, 3, 7, 7)
seconds(convolve, 5)
amounts = [(work, int(few / seconds(work, few))) for work, few in ((convolve, 20), (count, 10**6))]
"""

# About a second of torch, then as much of plain Python.
WORK = "print([seconds(work, amount) for work, amount in amounts])"

# Counts the states put on the shelf of this cell's lab from now on.
COUNT = """
(cell) => {
  window.bench_laid = 0;
  let last = -1;
  cell.querySelector(".lesson-stage").addEventListener("lesson-shelf", ({ detail: { states } }) => {
    if (last >= 0 && states > last) window.bench_laid += states - last;
    last = states;
  });
}
"""


@dataclass(frozen=True)
class Run:
    """One run of the cell.

    Attributes:
        torch_s, python_s: how long each half took, in seconds.
        states: put on the shelf meanwhile.
        goes_on: whether there is still something to put there at its end.
    """

    torch_s: float
    python_s: float
    states: int
    goes_on: bool

    @property
    def total_s(self) -> float:
        """Seconds of both."""
        return self.torch_s + self.python_s


def measure(jupyter: LiveJupyter, chromium: Browser, plan: Plan) -> dict[str, Any]:
    """Run a cell soon after a key press, with a shelf to fill and without, as often as planned.

    The lab is made anew each time, so that its shelf is empty; both kinds take turns.

    Returns:
        polite_percent: how much longer the cell takes, by its medians; polite: its seconds, the
        states put on the shelf meanwhile, and the share of runs after which the filling goes on.
        Nothing where labs have no shelf.
    """
    lab = next(variant for variant in VARIANTS if variant.name == FILLED)
    kinds = {"with_shelf": lab, "without": without_shelf(lab)}
    made, index = build(list(kinds.values()))
    work = len(made.cells) + 1
    made.cells += notebook(PREPARE.strip(), WORK).cells
    jupyter.write(NOTEBOOK, made)
    jupyter.write("lena.png", PICTURE.read_bytes())
    runs: dict[str, list[Run]] = {kind: [] for kind in kinds}
    page = chromium.new_context(viewport=VIEWPORT).new_page()
    with LiveNotebook(page, jupyter.url, NOTEBOOK) as live:
        live.only_notebook()
        live.run_cell(0)
        live.run_cell(work - 1)
        prepare(live)
        without = kinds["without"]
        able = can_do_without_shelf(live, without, index[without.name])
        for _ in range(plan.polite_repeats if able else 0):
            for kind, variant in kinds.items():
                runs[kind].append(run_beside(live, plan, variant, index[variant.name], work))
    page.context.close()
    return summary(runs["with_shelf"], runs["without"]) if able else {}


def run_beside(live: LiveNotebook, plan: Plan, variant: Variant, index: int, work: int) -> Run:
    """Press a key on the slider of the lab, made anew; once the filling has begun, run `work`.

    The filling may end afterwards, so that it is beside no other run.
    """
    turn = fresh_turn(live, plan, variant, index)
    turn.page.keyboard.press("ArrowRight")
    turn.page.wait_for_timeout(BEGUN_MS)
    live.cell(index).evaluate(COUNT)
    live.run_cell(work, wait=False)
    live.wait_task(60)
    states = live.page.evaluate("() => window.bench_laid")
    goes_on = live.page.evaluate("() => window.bench.shelf(0)") == "filling"
    live.wait_idle()
    turn.wait_for_shelf()
    torch_s, python_s = json.loads(live.outputs(work)[0]["text"])
    return Run(torch_s, python_s, states, goes_on)


def summary(with_shelf: list[Run], without: list[Run]) -> dict[str, Any]:
    """Reduce to the figures of latest.json."""
    kinds = {"with_shelf": with_shelf, "without": without}
    totals = {kind: statistics.median(run.total_s for run in runs) for kind, runs in kinds.items()}
    found = {
        kind: {
            "torch_s": round(statistics.median(run.torch_s for run in runs), 3),
            "python_s": round(statistics.median(run.python_s for run in runs), 3),
            "states": median([run.states for run in runs]),
            "goes_on": round(statistics.mean(run.goes_on for run in runs), 2),
        }
        for kind, runs in kinds.items()
    }
    percent = 100 * (totals["with_shelf"] / totals["without"] - 1)
    return {"polite_percent": round(percent, 1), "polite": found}

"""From the hand to the picture: key presses and drags, for every variant, in one open notebook.

Variants take turns, round after round, so that whatever else the machine does hits all alike.
Pictures are proved to differ in a pass of their own, apart from the timing. Labs are measured with
the slider's other states on the page's shelf; cold.py measures the first key press without.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Browser, ViewportSize

from bench.changes import answer
from bench.plan import Plan
from bench.record import Record
from bench.turn import WALK, Turn, prepare
from bench.variants import SETUP, Variant
from tests.browser.live_jupyter import LiveJupyter, LiveNotebook, notebook

NOTEBOOK = "bench.ipynb"
VIEWPORT: ViewportSize = {"width": 1280, "height": 1000}
PICTURE = Path(__file__).parent.parent / "assets" / "lena.png"


def build(variants: Sequence[Variant]) -> tuple[nbformat.NotebookNode, dict[str, int]]:
    """Make the bench's notebook; returns it and the index of each variant's cell."""
    sources, index = [SETUP], {}
    for variant in variants:
        index[variant.name] = len(sources)
        sources += [variant.source, variant.after] if variant.after else [variant.source]
    made = notebook(*(source.strip() for source in sources))
    for cell in made.cells:
        cell.metadata["jupyter"] = {"source_hidden": True}
    return made, index


def run_cells(
    live: LiveNotebook, variants: Sequence[Variant], index: dict[str, int]
) -> dict[str, Record]:
    """Run the cells one by one; a variant whose cells fail keeps the reason in its record."""
    live.run_cell(0)
    if live.cell_errors():
        raise RuntimeError(f"the bench's first cell failed: {live.cell_errors()}")
    records = {}
    for variant in variants:
        known = len(live.cell_errors())
        live.run_cell(index[variant.name])
        if variant.after and len(live.cell_errors()) == known:
            live.run_cell(index[variant.name] + 1)
        errors = live.cell_errors()[known:]
        records[variant.name] = Record(failed=errors[0] if errors else None)
    return records


def compare_pictures(turn: Turn) -> bool | None:
    """Say whether each of a few pictures differs from the one before; None: it was not told."""
    turn.comparing_pictures(True)
    answers = [answer(press) for press in turn.presses(WALK)]
    turn.comparing_pictures(False)
    seen = [each.key if turn.variant.shows == "label" else each.digest for each in answers]
    if None in seen:
        return None
    return all(before != after for before, after in pairwise(seen))


def measure_drags(turn: Turn, record: Record) -> None:
    """Drag once for the frame rate, and once more, comparing pictures, for the settling time."""
    drag = turn.drag(turn.plan.drag_seconds)
    turn.comparing_pictures(turn.variant.shows == "stage")
    settle = turn.drag(turn.plan.settle_seconds)
    turn.comparing_pictures(False)
    record.note_drags(drag, settle)


def measure(
    jupyter: LiveJupyter,
    chromium: Browser,
    variants: Sequence[Variant],
    plan: Plan,
    url: str,
    say: Callable[[str], None] = print,
) -> dict[str, dict[str, Any]]:
    """Measure all variants; returns the summary of each by its name.

    Args:
        jupyter: the running server.
        chromium: the browser.
        variants: what is measured.
        plan: how often.
        url: the server's address, the direct one or that of a slow line.
        say: told what is being done.
    """
    made, index = build(variants)
    jupyter.write(NOTEBOOK, made)
    jupyter.write("lena.png", PICTURE.read_bytes())
    page = chromium.new_context(viewport=VIEWPORT).new_page()
    with LiveNotebook(page, url, NOTEBOOK) as live:
        live.only_notebook()
        records = run_cells(live, variants, index)
        prepare(live)
        able = [variant for variant in variants if records[variant.name].failed is None]
        _measure_rounds(live, plan, able, index, records, say)
        if live.errors:
            say("errors in the page: " + "; ".join(live.errors[:5]))
    page.context.close()
    return {name: record.summary() for name, record in records.items()}


def _measure_rounds(
    live: LiveNotebook,
    plan: Plan,
    variants: Sequence[Variant],
    index: dict[str, int],
    records: dict[str, Record],
    say: Callable[[str], None],
) -> None:
    def turn(variant: Variant) -> Turn:
        taken = Turn(live, plan, variant, index[variant.name])
        taken.wait_for_shelf()
        records[variant.name].shelves.append(taken.shelf)
        return taken

    if plan.compares:
        say("comparing pictures (this also warms everything up)")
        for variant in variants:
            records[variant.name].pictures_differ = compare_pictures(turn(variant))
    for number in range(plan.rounds):
        say(f"key presses, round {number + 1} of {plan.rounds}")
        for variant in variants:
            for press in turn(variant).presses(plan.presses):
                records[variant.name].note_press(press)
    for number in range(plan.drags):
        say(f"drags, round {number + 1} of {plan.drags}")
        for variant in variants:
            measure_drags(turn(variant), records[variant.name])

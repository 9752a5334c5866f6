"""What labs know of the cells of their notebook: which one made them, and whether one runs now."""

from __future__ import annotations

from typing import Any, Protocol

from lessons_lib.reader.cells import running_cell, shell

# cell -> (the run that made them, the labs)
_made: dict[str, tuple[str, list[Closable]]] = {}


class Closable(Protocol):
    """Something a cell shows and that can be closed."""

    def close(self) -> None: ...


def close_earlier_labs(lab: Closable) -> None:
    """Remember a new lab, and close those that an earlier run of the same cell made.

    Where the front end does not say which cell runs (Voila, nbclient), nothing is closed: a lab
    that is forgotten is better than one that another cell has closed.

    Args:
        lab: the new lab.
    """
    cell, run = running_cell()
    if not cell or not run:
        return
    made_in, labs = _made.get(cell, (run, []))
    if made_in != run:
        for old in labs:
            old.close()
        labs = []
    _made[cell] = (run, [*labs, lab])


def a_cell_runs() -> bool:
    """Say whether the kernel is busy with a cell; callbacks may run beside it."""
    return _Cells.running


def watch_cells() -> None:
    """Be told when cells begin and end; call it in a cell, or in a plain script."""
    now = shell()
    if now is None or now is _Cells.watched:
        return
    _Cells.watched = now
    _Cells.running = True  # the cell that calls this
    # "pre_execute" and "post_execute" stand around each widget's message as well
    now.events.register("pre_run_cell", lambda _cell: setattr(_Cells, "running", True))
    now.events.register("post_run_cell", lambda _cell: setattr(_Cells, "running", False))


class _Cells:
    watched: Any = None  # the shell
    running = False

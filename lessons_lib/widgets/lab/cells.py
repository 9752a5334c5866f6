"""Know which labs a notebook cell made, so that running it again closes the old ones."""

from __future__ import annotations

from typing import Protocol

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
    cell, run = _running_cell()
    if not cell or not run:
        return
    made_in, labs = _made.get(cell, (run, []))
    if made_in != run:
        for old in labs:
            old.close()
        labs = []
    _made[cell] = (run, [*labs, lab])


def _running_cell() -> tuple[str, str]:
    """Give the id of the cell that runs and of this run; "" for what is not known."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return "", ""
    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return "", ""
    parent = kernel.get_parent("shell") or {}
    cell = parent.get("metadata", {}).get("cellId") or ""
    return cell, parent.get("header", {}).get("msg_id", "")

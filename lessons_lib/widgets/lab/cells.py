"""Know which labs a notebook cell made, so that running it again closes the old ones."""

from __future__ import annotations

from typing import Protocol

# cell -> (the run that made them, the labs); without a cell id, lab name and order stand for it
_made: dict[str, tuple[str, list[Closable]]] = {}


class Closable(Protocol):
    """Something a cell shows and that can be closed."""

    def close(self) -> None: ...


def close_earlier_labs(lab: Closable, name: str) -> None:
    """Remember a new lab, and close those that an earlier run of the same cell made.

    Args:
        lab: the new lab.
        name: the lab's name, used where the front end does not say which cell runs.
    """
    cell, run = _running_cell()
    if not run:
        return
    key = cell or f"no cell, lab {name}"
    made_in, labs = _made.get(key, (run, []))
    if made_in != run:
        for old in labs:
            old.close()
        labs = []
    _made[key] = (run, [*labs, lab])


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

"""Which cell of the notebook runs now, as far as the front end says it."""

from __future__ import annotations

from typing import Any


def shell() -> Any:
    """Give the shell in which cells run, None in a plain script."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    return get_ipython()


def running_cell() -> tuple[str, str]:
    """Give the id of the cell that runs and of this run; "" for what is not known."""
    kernel = getattr(shell(), "kernel", None)
    if kernel is None:
        return "", ""
    parent = kernel.get_parent("shell") or {}
    cell = parent.get("metadata", {}).get("cellId") or ""
    return cell, parent.get("header", {}).get("msg_id", "")

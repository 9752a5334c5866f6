"""Which program runs the cells, where that decides what they show."""

from __future__ import annotations

import os

KEEP_VIEWS = "LESSONS_KEEP_VIEWS"  # set in a kernel's environment: see `nobody_watches`


def is_voila() -> bool:
    """Say whether Voila runs the cells: one page for all of them, without their code."""
    return "VOILA_KERNEL_ID" in os.environ


def nobody_watches() -> bool:
    """Say whether the cells are run without a page, as `jupyter nbconvert --execute` does.

    What they show is looked at later, without a kernel. nbconvert's own pages leave an empty place
    for a widget, and fetch from the network what fills it; so a widget shows its picture instead.
    Whoever runs the cells so and wants the widgets sets `KEEP_VIEWS` in the kernel's environment.

    nbclient, by which all such programs run cells, lets IPython keep its history in memory, and
    says with each cell that nobody can be asked for input.
    """
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    if shell is None or kernel is None or is_voila() or KEEP_VIEWS in os.environ:
        return False
    asked = (kernel.get_parent("shell") or {}).get("content", {})
    history = getattr(shell.history_manager, "hist_file", "")
    return history == ":memory:" and asked.get("allow_stdin") is False

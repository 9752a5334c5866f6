"""How many cores torch takes: one, for small steps that must not wait for each other's threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_core() -> Iterator[None]:
    """Let torch compute on this thread alone, and afterwards as before.

    Two threads make a step of a few milliseconds a little shorter on an idle machine. On a busy
    one they wait for each other at every operation: steps were seen to take a second instead of
    20 ms. And the other core is free for the page.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

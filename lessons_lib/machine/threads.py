"""How many cores torch takes: one, for small steps that must not wait for each other's threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_core() -> Iterator[None]:
    """Let torch compute on this thread alone, and afterwards as before.

    Two threads make a step of a few milliseconds a little shorter on an idle machine. On a busy
    one they wait for each other at every operation: steps were seen to take a second instead of
    20 ms. And the other core is free for the page.

    Other Python threads keep their cores, also those that begin meanwhile.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    _begin_with(before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _begin_with(cores: int) -> None:
    """Let new threads begin with so many cores, and leave this one's number as it is.

    torch has a number for each thread, and one that new threads take over; whoever sets its own
    sets that one too. So a thread that ends at once sets it.
    """
    other = threading.Thread(target=torch.set_num_threads, args=(cores,))
    other.start()
    other.join()

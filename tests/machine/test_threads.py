"""Steps on one core leave torch's threads as they were, for this thread and for others."""

import threading

import pytest
import torch

from lessons_lib.machine.threads import one_core


def test_inside_it_is_one_and_afterwards_as_before() -> None:
    before = torch.get_num_threads()
    with one_core():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
    with pytest.raises(ZeroDivisionError), one_core():
        raise ZeroDivisionError
    assert torch.get_num_threads() == before


def test_another_thread_that_computes_is_left_alone() -> None:
    torch.set_num_threads(2)
    inside, seen = threading.Event(), threading.Event()

    def step() -> None:
        with one_core():
            inside.set()
            assert seen.wait(10)

    worker = threading.Thread(target=step)
    worker.start()
    assert inside.wait(10)
    assert torch.get_num_threads() == 2
    seen.set()
    worker.join()
    assert torch.get_num_threads() == 2

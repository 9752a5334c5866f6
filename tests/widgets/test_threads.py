"""Labs may be moved from another thread while a cell computes."""

import threading

import torch

from lessons_lib.widgets import stride_lab


def test_labs_in_other_threads_leave_the_random_numbers_of_a_cell_alone() -> None:
    lab = stride_lab()

    def draw() -> torch.Tensor:
        torch.manual_seed(5)
        return torch.cat([torch.rand(1000) for _ in range(300)])

    alone = draw()
    stop = threading.Event()

    def drag() -> None:
        value = 1
        while not stop.is_set():
            value = value % 32 + 1
            lab.set(stride=value, seed=value)

    threads = [threading.Thread(target=drag) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        beside = draw()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert torch.equal(alone, beside)
    assert lab.stage.crash == ""
    lab.close()

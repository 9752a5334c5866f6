"""Labs may be moved from another thread while a cell computes."""

import threading
from dataclasses import replace

import torch

from lessons_lib.kit.result import Result
from lessons_lib.labs import stride
from lessons_lib.widgets import Lab, stride_lab


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


def test_a_control_moved_while_another_thread_draws_is_not_lost() -> None:
    drawing, go_on = threading.Event(), threading.Event()

    def slow(params: stride.StrideParams) -> Result:
        if params.stride == 5:
            drawing.set()
            assert go_on.wait(10)
        return stride.compute(params)

    lab = Lab(replace(stride.LAB, compute=slow))
    slider = lab.panel.bindings["stride"].widget
    first = threading.Thread(target=lambda: lab.set(stride=5))
    second = threading.Thread(target=lambda: setattr(slider, "value", 9))
    first.start()
    assert drawing.wait(10)
    second.start()
    second.join(0.2)  # it waits for the drawing, or its move would be overheard
    go_on.set()
    first.join()
    second.join()
    assert lab.params.stride == 9
    assert lab.stage.crash == ""
    lab.close()

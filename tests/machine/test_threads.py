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


def cores_of_a_new_thread() -> int:
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    return seen[0]


def test_threads_that_begin_meanwhile_have_all_cores() -> None:
    torch.set_num_threads(2)
    with one_core():
        assert torch.get_num_threads() == 1
        assert cores_of_a_new_thread() == 2
    assert torch.get_num_threads() == 2


def test_two_that_are_inside_at_once_leave_all_cores_to_threads_that_begin_later() -> None:
    torch.set_num_threads(2)
    first_in, second_in, first_out = (threading.Event() for _ in range(3))
    after: list[int] = []

    def first() -> None:
        with one_core():
            first_in.set()
            assert second_in.wait(10)
        first_out.set()

    def second() -> None:
        assert first_in.wait(10)
        with one_core():
            second_in.set()
            assert first_out.wait(10)
        after.append(torch.get_num_threads())

    threads = [threading.Thread(target=each) for each in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [*after, cores_of_a_new_thread()] == [2, 2]

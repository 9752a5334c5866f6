"""Memory is kept between the steps of a lab, and given back once a lab has settled."""

import asyncio
import sys

import pytest

from lessons_lib.labs import stride
from lessons_lib.machine import memory
from lessons_lib.widgets.lab import lab as lab_module
from lessons_lib.widgets.lab import pace
from lessons_lib.widgets.lab.lab import Lab
from tests.widgets.hand import small_picture


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's malloc is asked")
def test_glibc_takes_the_settings() -> None:
    assert memory.keep_freed_memory() is True


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert memory.keep_freed_memory() is False
    memory.give_back_unused_memory()


def test_a_lab_gives_back_once_when_the_hand_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    monkeypatch.setattr(lab_module, "give_back_unused_memory", lambda: given.append(1))
    monkeypatch.setattr(pace, "REST_SECONDS", 0.02)

    async def use() -> Lab:
        lab = Lab(stride.LAB, picture=small_picture())
        for step in (1, 2, 3):
            lab.set(stride=step)
            await asyncio.sleep(0.15)
        return lab

    lab = asyncio.run(use())
    assert given == [1]
    lab.close()

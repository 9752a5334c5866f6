"""Questions on a page without a kernel: what is saved, and that guesses are judged alike."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from lessons_lib.practice.questions import QUESTIONS, Asked, judge, key_of
from lessons_lib.practice.questions.kinds import Answer, Choice, Order, Unfinished
from lessons_lib.widgets import question
from lessons_lib.widgets.question.question_data import asked_data
from lessons_lib.widgets.saved.buffers import Buffers
from lessons_lib.widgets.saved.saved_question import MOST, SavedQuestion

NODE = shutil.which("node")
PROGRAM = Path(__file__).with_name("node_guesses.mjs")
SEED = 5


def variants(name: str, buffers: Buffers | None = None) -> list[dict[str, Any]]:
    data = SavedQuestion(name, buffers or Buffers(), seed=SEED).data()
    found: list[dict[str, Any]] = data["variants"]
    return found


def drawn(name: str) -> Asked:
    """What the page asks first."""
    return QUESTIONS[name](torch.Generator().manual_seed(SEED))


def guesses(asked: Asked, chance: random.Random) -> Iterator[Answer]:
    """The key, the slips, what lies between and beside them, and what is no answer."""
    key = key_of(asked).answer
    kind = asked.kind
    if isinstance(kind, Choice):
        yield from ((float(place),) for place in range(len(kind.options)))
        return
    slips = [slip.answer for slip in asked.slips]
    yield from (key, *slips)
    if isinstance(kind, Order):
        yield from (tuple(chance.sample(key, len(key))) for _ in range(6))
        return
    tolerance = getattr(kind, "tolerance", 0)
    for near in (0.004, 0.0052, tolerance, tolerance + 0.001, 1):
        yield tuple(number + near for number in key)
        yield tuple(number - near for number in key)
    for known in (key, *slips):
        at = chance.randrange(len(known))
        yield tuple(n + 0.005 * (i == at) for i, n in enumerate(known))
        yield tuple(n + 0.0055 * (i == at) for i, n in enumerate(known))
        yield tuple(n + 3 * (i == at) for i, n in enumerate(known))
    for _ in range(4):
        yield tuple(chance.choice([*column, -1]) for column in zip(key, *slips, strict=True))
    yield tuple(chance.randrange(-3, 40) for _ in key)


def judged(asked: Asked, guess: Answer) -> dict[str, Any]:
    """What Python says of a guess, as the page does."""
    try:
        verdict = judge(asked, asked.kind.read(list(guess)))
    except Unfinished as missing:
        return {"right": None, "message": str(missing)}
    return {"right": verdict.right, "message": verdict.message}


def told_by_node(asked: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    done = subprocess.run(
        [str(NODE), str(PROGRAM)], input=json.dumps(asked), capture_output=True, text=True
    )
    assert done.stderr == ""
    told: list[list[dict[str, Any]]] = json.loads(done.stdout)
    return told


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
def test_the_page_says_of_each_guess_what_python_says() -> None:
    chance = random.Random(3)
    tried = {name: list(guesses(drawn(name), chance)) for name in QUESTIONS}
    saved = [{"question": variants(name)[0], "guesses": tried[name]} for name in QUESTIONS]
    found = dict(zip(QUESTIONS, told_by_node(saved), strict=True))
    for name in QUESTIONS:
        asked = drawn(name)
        for guess, said in zip(tried[name], found[name], strict=True):
            assert said == judged(asked, guess), (name, guess)
    assert sum(map(len, tried.values())) > 1500


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
def test_a_number_that_is_none_is_not_judged() -> None:
    (said,) = told_by_node([{"question": variants("stride_size")[0], "guesses": [[7, None]]}])
    assert said == [{"right": None, "message": "Type height and width first."}]


def test_a_page_begins_with_the_settings_of_the_notebook_s_question() -> None:
    asked = question("stride_size", seed=SEED).question
    first = variants("stride_size")[0]
    assert json.dumps(first["asked"]) == json.dumps(asked_data(asked, turn=0))
    assert first["key"] == list(key_of(asked).answer)
    assert first["code"] == asked.code
    assert first["words"] == asked.kind.words(key_of(asked).answer)


@pytest.mark.parametrize("name", ["stride_size", "dilation_holes"])
def test_no_two_settings_of_a_page_are_the_same(name: str) -> None:
    assert len({json.dumps(each["asked"]) for each in variants(name)}) == MOST


def test_a_photo_that_several_settings_show_is_kept_once() -> None:
    buffers = Buffers()
    asked = [each["asked"]["shown"][0] for each in variants("stride_place", buffers)]
    assert len(list(buffers)) == len({each["photo"]["number"] for each in asked}) < MOST
    assert {each["photo"]["type"] for each in asked} == {"image/jpeg"}


def test_a_question_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="`name`"):
        SavedQuestion("stride_colour", Buffers())

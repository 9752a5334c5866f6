"""A thousand draws of each question, each with torch's answer; made once."""

import re
from functools import cache

import torch

from lessons_lib.practice.questions import QUESTIONS, Asked, Slip, Verdict, judge, key_of
from lessons_lib.practice.questions.kinds import Answer

DRAWS = 1000


@cache
def drawn(name: str) -> list[tuple[Asked, Answer]]:
    """A thousand draws of a question, with the right answers."""
    generator = torch.Generator().manual_seed(11)
    asked = [QUESTIONS[name](generator) for _ in range(DRAWS)]
    return [(each, key_of(each).answer) for each in asked]


@cache
def slips_judged(name: str) -> list[tuple[Asked, Answer, Slip, Verdict]]:
    """The slips of a hundred draws, with what is said of each."""
    return [
        (asked, key, slip, judge(asked, slip.answer))
        for asked, key in drawn(name)[:100]
        for slip in asked.slips
    ]


def numbers_in(text: str) -> list[int]:
    """All numbers that a text shows."""
    return [int(number) for number in re.findall(r"\d+", text)]


def pairs_in(text: str) -> list[tuple[int, int]]:
    """All places and pairs of settings that a text shows."""
    found = re.findall(r"(\d+), (?:column )?(\d+)", text)
    return [(int(first), int(second)) for first, second in found]

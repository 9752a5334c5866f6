"""A thousand draws of each question, each with torch's answer; made once."""

import re
from functools import cache

import torch

from lessons_lib.practice.questions import QUESTIONS, Asked, Slip, Verdict, judge, key_of
from lessons_lib.practice.questions.kinds import Answer

DRAWS = 1000


@cache
def draws(name: str) -> list[Asked]:
    """A thousand draws of a question."""
    generator = torch.Generator().manual_seed(11)
    return [QUESTIONS[name](generator) for _ in range(DRAWS)]


@cache
def tried(name: str) -> list[tuple[Asked, Answer | Exception]]:
    """The draws with the right answers, or with what torch has against the setting."""
    return [(asked, answered(asked)) for asked in draws(name)]


def answered(asked: Asked) -> Answer | Exception:
    try:
        return key_of(asked).answer
    except Exception as error:
        return error


@cache
def drawn(name: str) -> list[tuple[Asked, Answer]]:
    """The draws that torch takes, with the right answers."""
    return [(asked, key) for asked, key in tried(name) if not isinstance(key, Exception)]


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

"""Compare a guess with what torch gives, and name the slip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from lessons_lib.practice.questions.asked import Asked, Slip
from lessons_lib.practice.questions.kinds import Answer, listed

NOT_YET = "Not yet."
RIGHT = "Right."
_ROUNDED = 0.0051  # half of the last of two places behind the point


@dataclass(frozen=True)
class Key:
    """The right answer.

    Attributes:
        answer: as a guess would give it.
        result: what the line of PyTorch gives, as it is printed.
    """

    answer: Answer
    result: str


@dataclass(frozen=True)
class Verdict:
    """What is said of a guess.

    Attributes:
        right: whether it is what torch gives.
        message: the slip's, or a neutral one; never the answer.
        key: for those who may see it.
    """

    right: bool
    message: str
    key: Key


def key_of(asked: Asked) -> Key:
    """Let torch answer a question."""
    found = asked.run()
    return Key(asked.read(found), printed(found))


def judge(asked: Asked, guess: Answer) -> Verdict:
    """Let torch answer a question, and compare.

    Args:
        asked: the question.
        guess: from `asked.kind.read`.
    """
    key = key_of(asked)
    if asked.kind.are_equal(guess, key.answer):
        return Verdict(True, RIGHT, key)
    return Verdict(False, _told(asked, guess, key.answer), key)


def printed(found: Any) -> str:
    """Write what a line gave, on one line."""
    if isinstance(found, torch.Size):
        return f"torch.Size({list(found)})"
    if isinstance(found, torch.Tensor):
        return str(found.item() if found.ndim == 0 else found.tolist())
    return str(found)


def _told(asked: Asked, guess: Answer, key: Answer) -> str:
    """Name the slip behind a wrong guess."""
    kind = asked.kind
    for slip in asked.slips:
        if kind.are_equal(slip.answer, guess) or _is_rounded(slip.answer, guess):
            return f"{slip.message[0].upper()}{slip.message[1:]}"
    if not kind.by_part:
        return f"{NOT_YET} {kind.so_far(guess, key)}".rstrip()
    told = [
        f"{part.capitalize()}: {_slip_of_part(asked.slips, at, guess)}"
        for at, part in enumerate(kind.parts)
        if guess[at] != key[at]
    ]
    right = [part for at, part in enumerate(kind.parts) if guess[at] == key[at]]
    head = f"{listed(right).capitalize()}: right. " if right else ""
    return head + " ".join(told)


def _is_rounded(answer: Answer, guess: Answer) -> bool:
    """Say whether a guess is an answer with two places behind the point, or more."""
    return all(abs(a - b) < _ROUNDED for a, b in zip(answer, guess, strict=True))


def _slip_of_part(slips: Sequence[Slip], at: int, guess: Answer) -> str:
    for slip in slips:
        if not slip.whole and slip.answer[at] == guess[at]:
            return slip.message
    return "not yet."

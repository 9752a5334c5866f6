"""One question with its settings drawn: the text, what is shown, the line that answers, the slips.

Nothing in here is the answer: torch gives it when the line is run, after the guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from lessons_lib.kit.vocabulary import Role
from lessons_lib.practice.questions.kinds import Answer, Kind


@dataclass(frozen=True)
class Slip:
    """A typical mistake.

    Attributes:
        message: what went wrong and what to think of, without the answer.
        answer: what comes out with it, in these settings.
        whole: it is this slip only if the whole answer is this one; else, where the kind counts
            each number by itself, one number is enough.
    """

    message: str
    answer: Answer
    whole: bool = False


@dataclass(frozen=True, eq=False)
class Shown:
    """A grid of numbers, or a photo, that stands beside the question.

    Attributes:
        name: what stands above it.
        values: (H, W) for a grid, (3, H, W) with values 0..1 for a photo.
        role: colour role of the name.
    """

    name: str
    values: torch.Tensor
    role: Role = ""


@dataclass(frozen=True, eq=False)
class Asked:
    """One question.

    Attributes:
        text: what is asked; code stands between backticks.
        kind: what an answer is made of.
        code: the line of PyTorch that answers; it is run as it stands, and shown afterwards.
        names: what the line calls by a name, besides `torch`, `nn` and `F`.
        read: makes an answer of what the line gives.
        slips: typical mistakes, the likelier first.
        shown: what stands beside the question.
        settings: what was drawn; with "about": "refusals" where torch refuses some of it, and the
            question is about that.
    """

    text: str
    kind: Kind
    code: str
    names: Mapping[str, Any]
    read: Callable[[Any], Answer]
    slips: tuple[Slip, ...]
    shown: tuple[Shown, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def run(self) -> Any:
        """Run the line, and give what torch gives."""
        known = {"torch": torch, "nn": nn, "F": nn.functional, **self.names}
        with torch.inference_mode():
            return eval(self.code, known)  # our own line, the very one that is shown


Draw = Callable[[torch.Generator], Asked]
"""A question: it draws settings, illegal and trivial ones never, and gives what is asked."""

"""A question with several drawn settings as plain data, for a page without a kernel."""

from __future__ import annotations

import base64
import json
from typing import Any

import torch

from lessons_lib.practice.questions import Asked, key_of, question_of
from lessons_lib.widgets.question.question_data import asked_data
from lessons_lib.widgets.saved.buffers import Buffers

MOST = 6  # settings of one question
TRIES = 30  # so many are drawn until no others are looked for


class SavedQuestion:
    """A question whose answers are worked out beforehand: the page compares a guess with them.

    Args:
        name: of a question, such as "stride_size".
        buffers: of the page.
        seed: what the settings are drawn from: the first ones are those of `question(name,
            seed=seed)`.

    Raises:
        ValueError: there is no such question.
    """

    def __init__(self, name: str, buffers: Buffers, *, seed: int = 0) -> None:
        self._name = name
        self._buffers = buffers
        draw, generator = question_of(name), torch.Generator().manual_seed(seed)
        different: dict[str, dict[str, Any]] = {}
        for _ in range(TRIES):
            variant = self._variant(draw(generator))
            different.setdefault(json.dumps(variant), variant)
            if len(different) == MOST:
                break
        self._variants = list(different.values())

    def data(self, covers: int | None = None) -> dict[str, Any]:
        """Give all but the buffers, as JSON knows it.

        Args:
            covers: number of the lab, among the things of the page, that is uncovered with the
                answer; None: none.
        """
        return {
            "kind": "question",
            "name": self._name,
            "covers": covers,
            "variants": self._variants,
        }

    def _variant(self, asked: Asked) -> dict[str, Any]:
        """Prepare a question with its answer, and with what is said of the slips."""
        key = key_of(asked)
        told = asked_data(asked, turn=0)
        return {
            "asked": {**told, "shown": [self._shown(each) for each in told["shown"]]},
            "by_part": asked.kind.by_part,
            "key": list(key.answer),
            "words": asked.kind.words(key.answer),
            "code": asked.code,
            "result": key.result,
            "slips": [
                {"message": slip.message, "answer": list(slip.answer), "whole": slip.whole}
                for slip in asked.slips
            ],
        }

    def _shown(self, shown: dict[str, Any]) -> dict[str, Any]:
        """Keep a photo in the buffers: the settings may have the same."""
        if not shown["photo"]:
            return shown
        head, _, text = shown["photo"].partition(",")
        number = self._buffers.place(base64.b64decode(text))
        kind = head.removeprefix("data:").removesuffix(";base64")
        return {**shown, "photo": {"number": number, "type": kind}}

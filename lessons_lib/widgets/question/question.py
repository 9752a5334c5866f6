"""The widget that asks: a guess is given first, then torch's answer is shown.

    browser -> Python   {type: "commit", turn, guess}   the guess, numbers of the kind's parts
    browser -> Python   {type: "show", turn}            the reader gives up
    browser -> Python   {type: "another", turn}         the same question with new settings

`turn` counts the questions asked, so that what a second view says of an earlier one is dropped.
The answer is worked out after the guess, and is sent to the page only when it may be seen.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Mapping
from typing import Any

import anywidget
import torch
import traitlets

from lessons_lib.practice.places import stands_here
from lessons_lib.practice.questions import Key, judge, key_of, question_of
from lessons_lib.practice.questions.kinds import Unfinished
from lessons_lib.reader.progress import PROGRESS
from lessons_lib.widgets.lab.cells import close_earlier_labs
from lessons_lib.widgets.lab.lab import Lab
from lessons_lib.widgets.question.question_data import as_html, as_text, asked_data
from lessons_lib.widgets.saved.buffers import Buffers
from lessons_lib.widgets.saved.saved_question import SavedQuestion
from lessons_lib.widgets.shared.page import joined_modules, joined_styles
from lessons_lib.widgets.shared.still import still_where_unwatched

_STYLES = (
    "shared/lab.css",
    "shared/panel.css",
    "shared/large_view.css",
    "question/question.css",
)
OPEN: dict[str, Any] = {"state": "open", "message": "", "guess": None}

log = logging.getLogger(__name__)


class Question(anywidget.AnyWidget):
    """Asks one question, with new settings as often as the reader likes.

    Args:
        name: of a question in `lessons_lib.practice.questions`, such as "stride_size".
        covers: a lab that shows the answer; its output, formula and sentence are covered until the
            guess is right, or the reader wants to be shown. What it covers already stays as it is.
            With or without one, the folded results of the code cells right after the question, up
            to the next text, are opened then.
        seed: for the same settings each time; None: others each time.

    Attributes:
        covers: as above.

    Traits (the browser's keys are the same words):
        asked: what is asked, see `asked_data` in question_data.py; nothing of the answer.
        said: what is said of the last guess: {"state": "open", "wrong", "right" or "shown",
            "message", "guess"} and, once it may be seen, "key", "words", "code" and "result".
        crash: traceback of something that should not have happened, "" otherwise.
        known: True when the last guess was right, False when the answer had to be shown, None
            before; it stays in Python.

    Raises:
        ValueError: there is no such question.
    """

    _esm = joined_modules("question/question.js")
    _css = joined_styles(*_STYLES)

    asked = traitlets.Dict().tag(sync=True)
    said = traitlets.Dict().tag(sync=True)
    crash = traitlets.Unicode("").tag(sync=True)
    known = traitlets.Bool(None, allow_none=True)

    def __init__(self, name: str, *, covers: Lab | None = None, seed: int | None = None) -> None:
        self.name = name
        self._draw = question_of(name)
        self._generator = torch.Generator()
        if seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(seed)
        self.covers = covers
        self._lock = threading.RLock()
        self._turn = 0
        super().__init__()
        self.another()
        if covers is not None and not covers.is_covered:
            covers.cover()
        self.on_msg(self._on_message)
        stands_here(name)
        close_earlier_labs(self)

    # --- what the reader does -------------------------------------------------------------------

    def another(self) -> None:
        """Ask with new settings."""
        with self._lock:
            self._turn += 1
            self.question = self._draw(self._generator)
            self._say(OPEN, asked=asked_data(self.question, self._turn))
            self.known = None

    def commit(self, guess: Any) -> None:
        """Take a guess: a number, or a row of numbers; what it is worth stands in `said`."""
        with self._lock:
            if self._is_revealed:
                return
            try:
                answer = self.question.kind.read(guess)
            except Unfinished as missing:
                self._say({**self.said, "message": str(missing)})
                return
            verdict = judge(self.question, answer)
            if verdict.right:
                self._reveal("right", verdict.message, verdict.key, list(answer))
            else:
                self._say({"state": "wrong", "message": verdict.message, "guess": list(answer)})
            PROGRESS.guessed(self.name, verdict.right)

    def show(self) -> None:
        """Show the answer to a reader who does not find it."""
        with self._lock:
            if not self._is_revealed:
                key = key_of(self.question)
                self._reveal("shown", "This is the answer.", key, self.said["guess"])
                PROGRESS.shown(self.name)

    @property
    def _is_revealed(self) -> bool:
        return self.said["state"] in ("right", "shown")

    def _reveal(self, state: str, message: str, key: Key, guess: list[float] | None) -> None:
        told = {
            "key": list(key.answer),
            "words": self.question.kind.words(key.answer),
            "code": self.question.code,
            "result": key.result,
        }
        self._say({"state": state, "message": message, "guess": guess, **told})
        self.known = state == "right"
        if self.covers is not None:
            self.covers.uncover()

    def _say(self, said: Mapping[str, Any], **traits: Any) -> None:
        with self.hold_sync():
            for name, value in traits.items():
                setattr(self, name, value)
            self.said = {**said, "turn": self._turn}
            self.crash = ""

    # --- what the browser says ------------------------------------------------------------------

    def _on_message(self, _widget: Any, content: Mapping[str, Any], _buffers: Any) -> None:
        try:
            with self._lock:
                if content.get("turn") == self._turn:
                    self._answer(content)
        except Exception as error:
            log.error("question %s failed", self.name, exc_info=error)
            self.crash = "".join(traceback.format_exception(error))

    def _answer(self, content: Mapping[str, Any]) -> None:
        if content["type"] == "commit":
            self.commit(content["guess"])
        elif content["type"] == "show":
            self.show()
        elif content["type"] == "another":
            self.another()

    # --- static pages ---------------------------------------------------------------------------

    def page_data(self, buffers: Buffers, covers: int | None) -> dict[str, Any]:
        """Give this question for a page without a kernel; there it asks with settings of its own.

        Args:
            buffers: of the page.
            covers: see `SavedQuestion.data`.
        """
        return SavedQuestion(self.name, buffers).data(covers)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None  # closed
        data, metadata = bundle
        still = {"text/plain": as_text(self.question), "text/html": as_html(self.question)}
        return still_where_unwatched({**data, **still}), metadata


def question(name: str, *, covers: Lab | None = None, seed: int | None = None) -> Question:
    """Ask a question; as the last line of a cell it is shown.

    Args:
        name: of the question, such as "stride_size".
        covers: a lab that shows the answer, to be covered until the guess is given.
        seed: for the same settings each time; None: others each time.

    Returns:
        The question.

    Raises:
        ValueError: there is no such question; the message lists them.
    """
    return Question(name, covers=covers, seed=seed)

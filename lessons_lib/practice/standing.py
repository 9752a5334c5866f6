"""How the reader stands in a lesson, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from lessons_lib.practice.lessons import LESSONS, Lesson
from lessons_lib.reader.record import Record

_RIGHT = ("first", "later")
_OF_QUESTION = {"tried": "tried", "shown": "answer shown"}


@dataclass(frozen=True)
class Standing:
    """What is done in a lesson, and what is open.

    Attributes:
        lesson: which one.
        record: what the reader did, in all lessons.
    """

    lesson: Lesson
    record: Record

    @property
    def first(self) -> int:
        """So many questions were right at the first try."""
        states = map(self.record.questions.get, self.lesson.questions)
        return sum(state == "first" for state in states)

    @property
    def open_questions(self) -> dict[str, str]:
        """Those without a right guess, each with what became of it so far, "" for nothing."""
        states = {name: self.record.questions.get(name, "") for name in self.lesson.questions}
        return {
            name: _OF_QUESTION.get(state, "")
            for name, state in states.items()
            if state not in _RIGHT
        }

    @property
    def open_exercises(self) -> dict[str, str]:
        """Those not passed, each with what became of it so far, "" for nothing."""
        states = {name: self.record.exercises.get(name, "") for name in self.lesson.exercises}
        return {name: state for name, state in states.items() if state != "passed"}

    @property
    def last_visit(self) -> str:
        """The day, "" for none."""
        return self.record.lessons.get(self.lesson.number, "")

    @property
    def is_done(self) -> bool:
        """Whether nothing is open; a lesson with nothing to answer is done with a visit."""
        is_open = self.open_questions or self.open_exercises
        return not is_open and bool(
            self.last_visit or self.lesson.questions or self.lesson.exercises
        )


def last_visited(record: Record) -> Lesson | None:
    """Give the lesson that was visited last; of those of one day the one furthest on."""
    visits = [(record.lessons.get(each.number, ""), each.number, each) for each in LESSONS]
    day, _, lesson = max(visits, key=lambda visit: visit[:2])
    return lesson if day else None


def next_lesson(record: Record) -> Lesson | None:
    """Say where to go on: from the last visit onwards, then from the beginning.

    Returns:
        The lesson, None where all is done.
    """
    lessons = [lesson for lesson in LESSONS[1:] if lesson.is_there]
    last = last_visited(record)
    at = lessons.index(last) if last in lessons else 0
    ahead = [*lessons[at:], *lessons[:at]]
    return next((lesson for lesson in ahead if not Standing(lesson, record).is_done), None)


def following(lesson: Lesson) -> Lesson | None:
    """Give the lesson after this one, None where it is still to come."""
    after = LESSONS[LESSONS.index(lesson) + 1 :]
    return after[0] if after and after[0].is_there else None

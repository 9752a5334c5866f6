"""Questions to predict, commit and reveal: what is asked, the answer by torch, the slips."""

from lessons_lib.practice.questions.asked import Asked, Draw, Shown, Slip
from lessons_lib.practice.questions.by_name import QUESTIONS, question_of
from lessons_lib.practice.questions.judging import Key, Verdict, judge, key_of

__all__ = [
    "QUESTIONS",
    "Asked",
    "Draw",
    "Key",
    "Shown",
    "Slip",
    "Verdict",
    "judge",
    "key_of",
    "question_of",
]

"""Practice that answers back: questions and exercises as data, and what checks them."""

from lessons_lib.practice.checking import CheckResult
from lessons_lib.practice.desk import Desk

DESK = Desk()
check, hint, solution = DESK.check, DESK.hint, DESK.solution

__all__ = ["DESK", "CheckResult", "check", "hint", "solution"]

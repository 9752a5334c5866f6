"""Practice that answers back: questions and exercises as data, what checks them, what was done."""

from lessons_lib.practice.checking import CheckResult
from lessons_lib.practice.desk import Desk
from lessons_lib.practice.progress_map import progress, reset_progress
from lessons_lib.reader.progress import PROGRESS

DESK = Desk()
DESK.on_checked.append(lambda result: PROGRESS.checked(result.exercise, result.passed))
check, hint, solution = DESK.check, DESK.hint, DESK.solution

__all__ = ["DESK", "CheckResult", "check", "hint", "progress", "reset_progress", "solution"]

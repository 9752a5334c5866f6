"""Grading notebooks that were handed in: their processes, what they define, the table."""

from lessons_lib.practice.grading.grade import Graded, Mark, grade
from lessons_lib.practice.grading.programs import programs_here
from lessons_lib.practice.grading.reading import Limits

__all__ = ["Graded", "Limits", "Mark", "grade", "programs_here"]

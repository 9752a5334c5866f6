"""The exercises of the lessons, a file each, as data: nothing here runs a learner's function."""

from lessons_lib.practice.exercises import (
    lesson_01,
    lesson_02,
    lesson_03,
    lesson_04,
    lesson_05,
    lesson_06,
    lesson_07,
    lesson_08,
    lesson_09,
    lesson_10,
    lesson_11,
)
from lessons_lib.practice.exercises.exercise import Case, Exercise, Slip, Trait

_LESSONS = (
    *(lesson_01, lesson_02, lesson_03, lesson_04, lesson_05, lesson_06),
    *(lesson_07, lesson_08, lesson_09, lesson_10, lesson_11),
)
EXERCISES = {exercise.name: exercise for lesson in _LESSONS for exercise in lesson.EXERCISES}

__all__ = ["EXERCISES", "Case", "Exercise", "Slip", "Trait"]

"""Checking a learner's function: its process, the comparison with torch, what is told."""

from lessons_lib.practice.checking.check import checked
from lessons_lib.practice.checking.result import CheckResult

__all__ = ["CheckResult", "checked"]

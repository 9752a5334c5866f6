"""Two networks that learn the same from the same start, but for the layer that enlarges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import torch

from lessons_lib.kit.course import Course, begun, lessons
from lessons_lib.segmentation.network import Upsampling, small_fcn

BILINEAR: Upsampling = "bilinear"
RANDOM: Upsampling = "random"


@dataclass(frozen=True, eq=False)
class Duel:
    """Where both trainings stand: at the same step, after the same pictures.

    Attributes:
        bilinear: of the network whose enlarging layer began as bilinear interpolation.
        random: of the network whose enlarging layer began with random weights.
    """

    bilinear: Course
    random: Course

    @property
    def step(self) -> int:
        """So many steps both have made."""
        return self.bilinear.step

    @property
    def both(self) -> tuple[Course, Course]:
        """The two, the bilinear one first."""
        return self.bilinear, self.random

    @property
    def is_lost(self) -> bool:
        """Whether one of the trainings has diverged."""
        return any(each.trouble for each in self.both)

    @property
    def is_measured(self) -> bool:
        """Whether both are measured on all held-out scenes, as they are now."""
        return all(each.is_measured for each in self.both)


@lru_cache(maxsize=8)
def start_of(seed: int) -> Duel:
    """Give both before the first step: body and score layer are the same."""
    with torch.inference_mode(False):
        return Duel(*(begun(small_fcn(seed, start)) for start in (BILINEAR, RANDOM)))


def steps_of(duel: Duel, seed: int, rate: float, steps: int, frozen: bool) -> Iterator[Duel]:
    """Train both a step at a time on the same scenes in the same order, then measure both.

    Args:
        duel: where they stand.
        seed: of the order of the scenes.
        rate: of learning.
        steps: the number of the last step.
        frozen: whether the bilinear layer stays as it is.

    Returns:
        where they stand after each step, and after each look at the end.
    """
    first = lessons(duel.bilinear, seed, rate, steps, frozen=frozen)
    second = lessons(duel.random, seed, rate, steps)
    return map(Duel, first, second)

"""The lessons in their order, and what there is to answer in each."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from lessons_lib.practice.exercises import EXERCISES
from lessons_lib.practice.questions import QUESTIONS


@dataclass(frozen=True)
class Lesson:
    """One of the series.

    Attributes:
        notebook: its file, without the ending.
        heading: what it is about.
        is_there: False: it is still to come.
    """

    notebook: str
    heading: str
    is_there: bool = True

    @property
    def number(self) -> str:
        return self.notebook[:2]

    @property
    def title(self) -> str:
        return f"{self.number} {self.heading}"

    @property
    def questions(self) -> list[str]:
        """Their names, in order: a question's name begins with a word of its lesson's."""
        words = self.notebook.split("_")
        return [name for name in QUESTIONS if name.partition("_")[0] in words]

    @property
    def exercises(self) -> list[str]:
        """Their names, in order."""
        return [name for name, each in EXERCISES.items() if each.lesson == self.number]


LESSONS = (
    Lesson("00_start_here", "Start here"),
    Lesson("01_sliding_window", "Slide a window"),
    Lesson("02_stride", "Jump with the window: stride"),
    Lesson("03_padding", "Pad the picture"),
    Lesson("04_dilation", "Spread the kernel: dilation"),
    Lesson("05_channels_and_dimensions", "Add channels, and count the dimensions"),
    Lesson("06_pooling", "Keep one number of each window: pooling"),
    Lesson("07_learning_a_kernel", "Learn a kernel"),
    Lesson("08_convolution_variants", "Save weights: kinds of convolution"),
    Lesson("09_transposed_convolution", "Paint with the kernel: transposed convolution"),
    Lesson("10_reconstruction", "Bring the photo back: reconstruction"),
    Lesson("11_segmentation", "Segment a picture, and look inside the network"),
    Lesson("12_playground", "Playground", is_there=False),
)


def lesson_of(notebook: str) -> Lesson:
    """Find a lesson by its notebook.

    Raises:
        ValueError: there is none.

    Example:
        >>> lesson_of("02_stride").title
        '02 Jump with the window: stride'
    """
    for lesson in LESSONS:
        if lesson.notebook == notebook:
            return lesson
    names = [lesson.notebook for lesson in LESSONS]
    near = get_close_matches(str(notebook), names, 1)
    cure = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(names)}."
    raise ValueError(f"`lesson` (={notebook!r}) must be the name of a lesson's notebook: {cure}")

"""All questions by their names; a name begins with the word that its lesson is about."""

from __future__ import annotations

from lessons_lib.practice.questions.asked import Draw
from lessons_lib.practice.questions.channels import CHANNELS
from lessons_lib.practice.questions.dilation import DILATION
from lessons_lib.practice.questions.learning import LEARNING
from lessons_lib.practice.questions.padding import PADDING
from lessons_lib.practice.questions.pooling import POOLING
from lessons_lib.practice.questions.reconstruction import RECONSTRUCTION
from lessons_lib.practice.questions.segmentation import SEGMENTATION
from lessons_lib.practice.questions.stride import STRIDE
from lessons_lib.practice.questions.transposed import TRANSPOSED
from lessons_lib.practice.questions.variants import VARIANTS
from lessons_lib.practice.questions.window import WINDOW

QUESTIONS: dict[str, Draw] = {
    **WINDOW,
    **STRIDE,
    **PADDING,
    **DILATION,
    **CHANNELS,
    **POOLING,
    **LEARNING,
    **VARIANTS,
    **TRANSPOSED,
    **RECONSTRUCTION,
    **SEGMENTATION,
}


def question_of(name: str) -> Draw:
    """Give the question of that name.

    Args:
        name: such as "stride_size".

    Raises:
        ValueError: there is none.

    Example:
        >>> question_of("stride_size")(torch.Generator().manual_seed(0)).kind.name
        'shape'
    """
    if not isinstance(name, str) or name not in QUESTIONS:
        raise ValueError(f"`name` (={name!r}) must be one of {', '.join(QUESTIONS)}")
    return QUESTIONS[name]

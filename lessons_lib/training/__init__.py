"""Learn a kernel: given a picture and the output that is wanted, find the weights between them.

There are two ways. Step by step down the slope of the loss, as every network is trained
(`learn_kernel`); or at once, because for one layer the loss is a valley with a single lowest point
(`solve_kernel`). `loss_valley` says how that valley is shaped, and so how long the steps will take.
"""

from lessons_lib.training.at_once import (
    Solution,
    Valley,
    loss_valley,
    solve_kernel,
    window_matrix,
)
from lessons_lib.training.loss import LOSSES, squared_loss
from lessons_lib.training.steps import (
    OPTIMIZERS,
    LearningStep,
    learn_kernel,
    learning_steps,
    make_optimizer,
)

__all__ = [
    "LOSSES",
    "OPTIMIZERS",
    "LearningStep",
    "Solution",
    "Valley",
    "learn_kernel",
    "learning_steps",
    "loss_valley",
    "make_optimizer",
    "solve_kernel",
    "squared_loss",
    "window_matrix",
]

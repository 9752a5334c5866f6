"""Where a training stands: what is told after each step, and what it needs to go on from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, eq=False)
class TrainingStep:
    """Where a training stands. The weights are in the network itself.

    Attributes:
        step: how often the weights were changed.
        loss: the mean over the pixels of the last batch, before the change that it led to.
        trouble: what went wrong, in a sentence; "" where nothing did.
        memory: what the optimiser knows of the steps before, to go on from here. It is not copied:
            the next step changes it, as it changes the network.
    """

    step: int
    loss: float
    trouble: str = ""
    memory: Mapping[str, Any] = field(default_factory=dict, repr=False)

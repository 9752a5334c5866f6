"""How long the training of the reconstruction lab takes, without the page."""

import time
from typing import Any

from lessons_lib.labs import reconstruction


def measure(steps: int) -> dict[str, Any]:
    """Train the decoder of each encoder for some steps, on the lab's own photo.

    Args:
        steps: at most so many are timed; the first, which also prepares, is not.

    Returns:
        training_s: seconds for all steps of the slowest encoder, at the pace that was measured.
    """
    paces = [pace(encoder, steps) for _, encoder in reconstruction.ENCODER_OPTIONS]
    return {"training_s": round(max(paces) * reconstruction.TRAINING_STEPS, 1)}


def pace(encoder: str, steps: int) -> float:
    """Seconds for one step of the training."""
    training = reconstruction.train(reconstruction.ReconstructionParams(encoder=encoder))
    next(training)
    begin = time.perf_counter()
    taken = [step for step, _ in zip(range(steps), training, strict=False)]
    return (time.perf_counter() - begin) / len(taken)

"""From a layer's output back to the picture: how much of it comes back, not only its shape.

The layer computes y = W x + bias. Here are four answers to "what was x?": the transposed
convolution with the same weights (W^T y, the adjoint), the same divided by its overlaps, the least
squares solution, and a decoder that is trained. `psnr` compares them.
"""

from lessons_lib.reconstruction.closeness import at_best_brightness, psnr
from lessons_lib.reconstruction.damage import blur_layer, with_noise
from lessons_lib.reconstruction.decoder import (
    TrainingStep,
    mirrored_decoder,
    seeded_decoder,
    train_decoder,
)
from lessons_lib.reconstruction.least_squares import Iteration, least_squares, normal_equations
from lessons_lib.reconstruction.strengths import pattern_strengths
from lessons_lib.reconstruction.way import adjoint, encode, overlap_normalised, overlaps

__all__ = [
    "Iteration",
    "TrainingStep",
    "adjoint",
    "at_best_brightness",
    "blur_layer",
    "encode",
    "least_squares",
    "mirrored_decoder",
    "normal_equations",
    "overlap_normalised",
    "overlaps",
    "pattern_strengths",
    "psnr",
    "seeded_decoder",
    "train_decoder",
    "with_noise",
]

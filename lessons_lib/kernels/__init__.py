"""Kernels worth knowing by name, and layers whose weights come out the same every time."""

from lessons_lib.kernels.bilinear import (
    BILINEAR_BORDERS,
    bilinear_kernel,
    interpolate_bilinear,
    upsample_bilinear,
)
from lessons_lib.kernels.layers import (
    Conv,
    fresh_layer,
    seeded_draws,
    seeded_layer,
    seeded_transposed_layer,
    weighted_layer,
)
from lessons_lib.kernels.named import NAMED_KERNELS, named_kernel, photo_weight

__all__ = [
    "BILINEAR_BORDERS",
    "NAMED_KERNELS",
    "Conv",
    "bilinear_kernel",
    "fresh_layer",
    "interpolate_bilinear",
    "named_kernel",
    "photo_weight",
    "seeded_draws",
    "seeded_layer",
    "seeded_transposed_layer",
    "upsample_bilinear",
    "weighted_layer",
]

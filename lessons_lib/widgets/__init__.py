"""The labs as they are used in a notebook: call one as the last line of a cell."""

from __future__ import annotations

from typing import Any

from lessons_lib.labs import (
    bias,
    bilinear,
    channels,
    checkerboard,
    conv1d,
    conv3d,
    dilation,
    kernel,
    matrix,
    padding,
    padding_matrix,
    receptive_field,
    reconstruction,
    round_trip,
    seed_gallery,
    sliding_window,
    stride,
    transposed,
    transposed_grid,
)
from lessons_lib.machine.memory import keep_freed_memory
from lessons_lib.machine.torchvision_cpu import make_torchvision_importable
from lessons_lib.widgets.lab.lab import Lab

# `from torchvision import transforms` works from here on, also beside a CPU torch.
make_torchvision_importable()
keep_freed_memory()

__all__ = [
    "Lab",
    "bias_lab",
    "bilinear_lab",
    "channels_lab",
    "checkerboard_lab",
    "conv1d_lab",
    "conv3d_lab",
    "dilation_lab",
    "kernel_lab",
    "matrix_lab",
    "padding_lab",
    "padding_matrix_lab",
    "receptive_field_lab",
    "reconstruction_lab",
    "round_trip_lab",
    "seed_gallery_lab",
    "sliding_window_lab",
    "stride_lab",
    "transposed_grid_lab",
    "transposed_lab",
]


def sliding_window_lab(**settings: Any) -> Lab:
    """Step a window over a grid; settings: fields of `labs.sliding_window.SlidingWindowParams`."""
    return Lab(sliding_window.LAB, **settings)


def kernel_lab(**settings: Any) -> Lab:
    """Edit a kernel and see its answer; settings: fields of `labs.kernel.KernelParams`."""
    return Lab(kernel.LAB, **settings)


def stride_lab(**settings: Any) -> Lab:
    """Move the window in jumps over the photo; settings: fields of `labs.stride.StrideParams`."""
    return Lab(stride.LAB, **settings)


def padding_lab(**settings: Any) -> Lab:
    """Pad the photo; settings: fields of `labs.padding.PaddingParams`."""
    return Lab(padding.LAB, **settings)


def padding_matrix_lab(**settings: Any) -> Lab:
    """Pad a 4 x 4 matrix; settings: fields of `labs.padding_matrix.PaddingMatrixParams`."""
    return Lab(padding_matrix.LAB, **settings)


def bias_lab(**settings: Any) -> Lab:
    """Switch the bias on; settings: fields of `labs.bias.BiasParams`."""
    return Lab(bias.LAB, **settings)


def dilation_lab(**settings: Any) -> Lab:
    """Spread the kernel; settings: fields of `labs.dilation.DilationParams`."""
    return Lab(dilation.LAB, **settings)


def receptive_field_lab(**settings: Any) -> Lab:
    """See how far a stack looks; settings: fields of `receptive_field.ReceptiveFieldParams`."""
    return Lab(receptive_field.LAB, **settings)


def reconstruction_lab(**settings: Any) -> Lab:
    """Bring the photo back; settings: fields of `labs.reconstruction.ReconstructionParams`."""
    return Lab(reconstruction.LAB, **settings)


def conv1d_lab(**settings: Any) -> Lab:
    """Slide a kernel along a signal; settings: fields of `labs.conv1d.Conv1dParams`."""
    return Lab(conv1d.LAB, **settings)


def conv3d_lab(**settings: Any) -> Lab:
    """Slide a kernel through a clip; settings: fields of `labs.conv3d.Conv3dParams`."""
    return Lab(conv3d.LAB, **settings)


def channels_lab(**settings: Any) -> Lab:
    """Give each channel its kernel and add up; settings: fields of `channels.ChannelsParams`."""
    return Lab(channels.LAB, **settings)


def seed_gallery_lab(**settings: Any) -> Lab:
    """See seven seeds side by side; settings: fields of `seed_gallery.SeedGalleryParams`."""
    return Lab(seed_gallery.LAB, **settings)


def transposed_grid_lab(**settings: Any) -> Lab:
    """Stamp a kernel on a grid; settings: fields of `transposed_grid.TransposedGridParams`."""
    return Lab(transposed_grid.LAB, **settings)


def transposed_lab(**settings: Any) -> Lab:
    """Stamp a kernel on the photo; settings: fields of `labs.transposed.TransposedParams`."""
    return Lab(transposed.LAB, **settings)


def bilinear_lab(**settings: Any) -> Lab:
    """Enlarge the photo by a tent of weights; settings: fields of `bilinear.BilinearParams`."""
    return Lab(bilinear.LAB, **settings)


def checkerboard_lab(**settings: Any) -> Lab:
    """See uneven overlaps and cure them; settings: fields of `checkerboard.CheckerboardParams`."""
    return Lab(checkerboard.LAB, **settings)


def matrix_lab(**settings: Any) -> Lab:
    """Write a convolution as a matrix; settings: fields of `labs.matrix.MatrixParams`."""
    return Lab(matrix.LAB, **settings)


def round_trip_lab(**settings: Any) -> Lab:
    """Convolve the photo and transpose; settings: fields of `labs.round_trip.RoundTripParams`."""
    return Lab(round_trip.LAB, **settings)

"""Kernels worth knowing by name, and what they become for a colour photo."""

import torch
from torch import Tensor

from lessons_lib.geometry.arguments import to_whole
from lessons_lib.tensors import FLOATING, PLANE, check_tensor

_FIXED = {
    "sharpen": ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
    "emboss": ((-2, -1, 0), (-1, 1, 1), (0, 1, 2)),
    "sobel_x": ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
    "sobel_y": ((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
    "laplacian": ((0, 1, 0), (1, -4, 1), (0, 1, 0)),
    "laplacian_8": ((1, 1, 1), (1, -8, 1), (1, 1, 1)),
}

NAMED_KERNELS = ("identity", "box", "gaussian", *_FIXED)


def named_kernel(name: str, size: int = 3) -> Tensor:
    """Give a well-known kernel by its name, ready to be laid on a picture without flipping.

    Args:
        name: one of NAMED_KERNELS.
        size: height and width; odd for 'identity', at least 1 for 'box' and 'gaussian'.
            All others are 3.

    Returns:
        float32 of shape (size, size).

    Raises:
        TypeError, ValueError: the name is unknown, the size is no whole number, or the kernel does
            not come in that size.

    Source:
        Gaussian: sigma = 0.3((size - 1) / 2 - 1) + 0.8 is what OpenCV's getGaussianKernel takes
        where none is given. For small odd sizes it then has tables instead, such as 1 2 1 for size
        3; with this sigma given it has the numbers of here.

    Example:
        >>> named_kernel("sobel_x").tolist()
        [[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]
    """
    if name not in NAMED_KERNELS:
        raise ValueError(f"`name` (={name!r}) must be one of {', '.join(NAMED_KERNELS)}.")
    size = to_whole(size, "size")
    if name in _FIXED:
        if size != 3:
            raise ValueError(
                f"`size` (={size}) must be 3 for {name!r}, which is known in one size only: "
                "leave `size` out."
            )
        return torch.tensor(_FIXED[name], dtype=torch.float32)
    if size < 1 or (name == "identity" and size % 2 == 0):
        wanted = "odd, so that there is a middle to put the 1 in" if size > 0 else "at least 1"
        raise ValueError(f"`size` (={size}) must be {wanted}: use {max(size, 0) + 1}.")
    if name == "identity":
        kernel = torch.zeros(size, size)
        kernel[size // 2, size // 2] = 1
        return kernel
    if name == "box":
        return torch.full((size, size), 1 / size**2)
    return _gaussian(size)


def _gaussian(size: int) -> Tensor:
    sigma = 0.3 * ((size - 1) / 2 - 1) + 0.8
    distance = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    bell = torch.exp(-(distance**2) / (2 * sigma**2))
    bell /= bell.sum()
    return torch.outer(bell, bell).float()  # (size, size): the bell down times the bell across


def photo_weight(kernel: Tensor, in_channels: int = 3) -> Tensor:
    """Make one kernel fit a colour picture, so that it answers as it would to the grey picture.

    Every channel gets the same kernel, divided by the number of channels.

    Args:
        kernel: (kh, kw), floating point.
        in_channels: channels of the picture, at least 1.

    Returns:
        (1, in_channels, kh, kw), a weight for conv2d with one output channel.

    Raises:
        TypeError, ValueError: the kernel is not two-dimensional or not floating point, or there is
            no channel.

    Example:
        >>> photo_weight(torch.tensor([[3.0]])).flatten().tolist()
        [1.0, 1.0, 1.0]
    """
    check_tensor(kernel, "kernel", PLANE, FLOATING)
    in_channels = to_whole(in_channels, "in_channels", 1)
    return (kernel / in_channels).repeat(1, in_channels, 1, 1)

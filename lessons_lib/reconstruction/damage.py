"""What harms a photo or its code on the way: a blur, and noise."""

import torch
from torch import Tensor, nn

from lessons_lib.geometry.arguments import to_real, to_seed, to_whole
from lessons_lib.kernels import named_kernel, weighted_layer
from lessons_lib.tensors import FLOATING, check_tensor, layouts


def blur_layer(size: int = 7) -> nn.Conv2d:
    """Build a layer that blurs a photo and keeps its size: each channel with the same Gaussian.

    Args:
        size: of the kernel, odd.

    Raises:
        TypeError: the size is not whole.
        ValueError: it is even or below 1: no padding would keep the photo's size.

    Example:
        >>> blur_layer(3)(torch.ones(1, 3, 4, 5)).shape
        torch.Size([1, 3, 4, 5])
    """
    size = to_whole(size, "size", 1)
    if size % 2 == 0:
        raise ValueError(f"`size` (={size}) must be odd, so that there is a middle.")
    weight = named_kernel("gaussian", size).repeat(3, 1, 1, 1)
    return weighted_layer(nn.Conv2d, weight, padding=size // 2, groups=3)


def with_noise(code: Tensor, amount: float, seed: int) -> Tensor:
    """Add to every number of a code a random one, as a camera or a rounded file does.

    Args:
        code: (N, C, h, w), floating point.
        amount: standard deviation of what is added, at least 0.
        seed: the same seed adds the same noise; torch's global one is left alone.

    Returns:
        the code with noise, of its shape and dtype.

    Raises:
        TypeError, ValueError: the code has other axes or is not floating point, the amount is no
            number or negative, or the seed not whole.

    Example:
        >>> with_noise(torch.zeros(1, 1, 1, 2), 0.0, seed=3).tolist()
        [[[[0.0, 0.0]]]]
    """
    check_tensor(code, "code", [layouts(2)[0]], FLOATING, "add an axis with code[None].")
    amount = to_real(amount, "amount")
    if amount < 0:
        raise ValueError(f"`amount` (={amount}) must be at least 0.")
    generator = torch.Generator().manual_seed(to_seed(seed))
    noise = torch.randn(code.shape, generator=generator, dtype=code.dtype)
    return code.detach() + amount * noise

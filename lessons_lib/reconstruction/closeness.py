"""How close a picture comes to another."""

import math

from torch import Tensor

from lessons_lib.tensors import FLOATING, check_same_shape, check_tensor, for_sums


def psnr(image: Tensor, reference: Tensor) -> float:
    """Say how close a picture comes to another, in decibels: 20 is poor, 30 fair, 40 hard to see.

    Args:
        image, reference: the same shape, floating point, values meant to lie in 0..1.

    Returns:
        The peak signal-to-noise ratio with peak 1, 10 log10(1 / mean squared error), in dB;
        infinity for equal pictures.

    Raises:
        TypeError, ValueError: the shapes differ or are empty, or they are not floating point.

    Example:
        >>> round(psnr(torch.full((1, 3, 4, 5), 0.6), torch.full((1, 3, 4, 5), 0.5)), 3)
        20.0
    """
    _check_pictures(image=image, reference=reference)
    return decibel((image.double() - reference.double()).square().mean().item())


def at_best_brightness(found: Tensor, image: Tensor) -> Tensor:
    """Change a picture by the one gain and shift that bring it nearest to another.

    Args:
        found: what is changed, floating point.
        image: of the same shape, what it is to be like.

    Returns:
        gain * found + shift, by least squares.

    Raises:
        TypeError, ValueError: as in `psnr`.

    Example:
        >>> at_best_brightness(torch.tensor([1.0, 2.0]), torch.tensor([5.0, 3.0])).tolist()
        [5.0, 3.0]
    """
    _check_pictures(found=found, image=image)
    dtype, found, image = found.dtype, for_sums(found), for_sums(image)
    mean, wanted = found.mean(), image.double().mean()
    spread = (found - mean).square().mean()
    gain = ((found - mean) * (image - wanted)).mean() / spread if spread > 0 else spread
    return (gain * (found - mean) + wanted).to(dtype)


def decibel(mean_squared_error: float) -> float:
    """Give the mean squared error of pictures of values 0..1 in dB; infinity for none."""
    return -10 * math.log10(mean_squared_error) if mean_squared_error else math.inf


def _check_pictures(**pictures: Tensor) -> None:
    """Refuse two pictures, by name, that cannot be compared number by number."""
    (name, first), (like_name, like) = pictures.items()
    check_tensor(first, name, (), FLOATING)
    check_tensor(like, like_name, (), FLOATING)
    check_same_shape(first, like, name, like_name)
    if not first.numel():
        raise ValueError(f"`{name}` (shape {tuple(first.shape)}) must not be empty.")

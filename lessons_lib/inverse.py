"""Undo a convolution exactly: a filter that never ends, which a division of spectra stands for.

torch's fft does the division; all else is written out.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib.geometry.arguments import to_tuple, to_whole
from lessons_lib.tensors import PLANE, REAL, check_finite, check_tensor, layouts

ROUNDING = 1e-12  # a wave this much weaker than the strongest is 0, but for rounding


def inverse_filter(kernel: Tensor, terms: int) -> Tensor:
    """Find the first numbers of the filter that undoes a kernel of one dimension.

    A signal went through y[n] = k[0] x[n] + k[1] x[n-1] + ... The filter turns y into x again:
    together with the kernel it must give 1, 0, 0, 0, ... So every number follows from those before.
    It never ends, and grows where the kernel's first number is too small.

    Args:
        kernel: (k,), floating point or whole, its first number not 0.
        terms: how many numbers, at least 1.

    Returns:
        float64 (terms,).

    Raises:
        TypeError, ValueError: the kernel has another shape or kind, is not finite or begins with 0,
            or terms is not whole or below 1.

    Source:
        the impulse response of a recursive (IIR) filter, as in every book on signals.

    Example:
        >>> inverse_filter(torch.tensor([1.0, 0.5]), 4).tolist()
        [1.0, -0.5, 0.25, -0.125]
    """
    check_tensor(kernel, "kernel", ["k"], REAL)
    check_finite(kernel, "kernel")
    if kernel[0] == 0:
        raise ValueError(f"`kernel` (={kernel.tolist()}) must begin with another number than 0.")
    terms = to_whole(terms, "terms", 1)
    k = kernel.double().tolist()
    undo = [1 / k[0]]
    for n in range(1, terms):
        before = sum(k[i] * undo[n - i] for i in range(1, min(n, len(k) - 1) + 1))
        undo.append(-before / k[0])
    return torch.tensor(undo, dtype=torch.float64)


def spectrum(kernel: Tensor, image_size: tuple[int, int]) -> Tensor:
    """Say what a kernel does to each wave that fits into a picture: how strong it comes out.

    The picture is taken to begin anew beyond its edges. Then a wave stays a wave: it is only
    multiplied by a number, this one. Where it is 0 the wave is gone.

    Args:
        kernel: (kh, kw), floating point or whole.
        image_size: (H, W), no smaller than the kernel.

    Returns:
        complex128 (H, W): [i, j] belongs to the wave with i periods down and j across. Its `abs()`
        is the strength.

    Raises:
        TypeError, ValueError: the kernel is no grid of real numbers, or larger than the picture.

    Example:
        >>> spectrum(torch.full((1, 2), 0.5), (1, 2)).abs().tolist()
        [[1.0, 0.0]]
    """
    check_tensor(kernel, "kernel", PLANE, REAL)
    size = to_tuple(image_size, 2, "image_size", 1)
    if any(k > n for k, n in zip(kernel.shape, size, strict=True)):
        raise ValueError(
            f"`kernel` (shape {tuple(kernel.shape)}) must be (kh, kw), no larger than "
            f"`image_size` (={image_size})."
        )
    # conv2d looks ahead of a pixel, where a filter looks back: hence the conjugate
    return torch.fft.fft2(kernel.double(), s=size).conj()


def convolve_around(image: Tensor, kernel: Tensor) -> Tensor:
    """Slide a kernel over a picture that begins anew beyond its lower and right edge.

    Args:
        image: (N, C, H, W), floating point or whole, no smaller than the kernel.
        kernel: (kh, kw); each channel is treated by itself.

    Returns:
        float64 (N, C, H, W).

    Raises:
        TypeError, ValueError: image or kernel are of another shape or kind, or too large.

    Example:
        >>> pair = torch.tensor([[[[1.0, 2.0, 4.0]]]])
        >>> convolve_around(pair, torch.ones(1, 2)).flatten().tolist()
        [3.0, 6.0, 5.0]
    """
    _check_pair(image, "image", kernel)
    height, width = kernel.shape
    channels = image.shape[1]
    around = F.pad(image.double(), (0, width - 1, 0, height - 1), mode="circular")
    weight = kernel.double().repeat(channels, 1, 1, 1)
    return F.conv2d(around, weight, groups=channels)


def _check_pair(image: Tensor, name: str, kernel: Tensor) -> None:
    check_tensor(image, name, [layouts(2)[0]], REAL)
    check_tensor(kernel, "kernel", PLANE, REAL)
    if kernel.shape[0] > image.shape[-2] or kernel.shape[1] > image.shape[-1]:
        raise ValueError(
            f"`kernel` (shape {tuple(kernel.shape)}) must be no larger than `{name}` "
            f"(shape {tuple(image.shape)})."
        )


def divide_spectra(code: Tensor, kernel: Tensor) -> Tensor:
    """Undo `convolve_around`: divide the strength of every wave by what the kernel made of it.

    Args:
        code: (N, C, H, W), what `convolve_around` gave.
        kernel: the same as there.

    Returns:
        float64 (N, C, H, W); where the spectrum is 0, but for rounding, the wave stays away, for
        nothing is known of it, and where it is nearly 0 the division enlarges every error.

    Raises:
        TypeError, ValueError: as in `convolve_around`.

    Example:
        >>> pair = torch.tensor([[[[3.0, 6.0, 5.0]]]])
        >>> divide_spectra(pair, torch.ones(1, 2)).flatten().round(decimals=6).tolist()
        [1.0, 2.0, 4.0]
    """
    _check_pair(code, "code", kernel)
    factors = spectrum(kernel, (code.shape[-2], code.shape[-1]))
    gone = factors.abs() <= ROUNDING * factors.abs().max()
    waves = torch.fft.fft2(code.double())
    return torch.fft.ifft2(torch.where(gone, 0, waves / factors)).real

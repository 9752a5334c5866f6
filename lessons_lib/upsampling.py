"""Ways to make a picture larger by a layer: transposed, resized first, or shuffled."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lessons_lib.geometry.arguments import to_whole
from lessons_lib.kernels import weighted_layer
from lessons_lib.tensors import FLOATING, REAL, check_tensor


def tent(size: int) -> Tensor:
    """Give a kernel that falls in straight lines from its middle.

    Args:
        size: rows and columns, at least 1.

    Returns:
        float32 (size, size); for size 2s - s % 2 it is `bilinear_kernel(s)`.

    Raises:
        TypeError, ValueError: the size is not whole, or below 1.

    Source:
        the rule by which fully convolutional networks fill an upsampling kernel of any size.

    Example:
        >>> tent(3)[1].tolist()
        [0.5, 1.0, 0.5]
    """
    size = to_whole(size, "size", 1)
    distance = (torch.arange(size) - (size - 1) / 2).abs()
    side = 1 - distance / ((size + 1) // 2)
    return torch.outer(side, side)


def fitting_padding(kernel_size: int, stride: int) -> tuple[int, int]:
    """Give the padding and output_padding that make every side stride times as long.

    Stride 1 with an even kernel makes it one longer: torch has no setting in between.

    Args:
        kernel_size, stride: of a transposed convolution, each at least 1.

    Returns:
        (padding, output_padding).

    Raises:
        TypeError, ValueError: a number is not whole, or below 1.

    Example:
        >>> fitting_padding(4, 2), fitting_padding(3, 2)
        ((1, 0), (1, 1))
    """
    kernel_size = to_whole(kernel_size, "kernel_size", 1)
    stride = to_whole(stride, "stride", 1)
    if stride == 1:
        return (kernel_size - 1) // 2, 0
    padding = max(0, (kernel_size - stride + 1) // 2)
    return padding, stride - kernel_size + 2 * padding


def transposed_upsampling(weight: Tensor, stride: int) -> nn.ConvTranspose2d:
    """Enlarge by stamping: the transposed convolution that makes every side stride times as long.

    Args:
        weight: (in_channels, out_channels, k, k), floating point.
        stride: at least 1.

    Raises:
        TypeError, ValueError: the weight is of another shape or kind, or the stride is no such
            number.
    """
    _check_square(weight)
    padding, extra = fitting_padding(weight.shape[-1], stride)
    return weighted_layer(
        nn.ConvTranspose2d, weight, stride=stride, padding=padding, output_padding=extra
    )


def resize_convolution(weight: Tensor, factor: int) -> nn.Sequential:
    """Enlarge first, by repeating pixels, then convolve: no pixel is stamped more often.

    Args:
        weight: (out_channels, in_channels, k, k) with k odd, floating point.
        factor: at least 1.

    Raises:
        TypeError, ValueError: the weight is of another shape or kind, or the factor is no such
            number.
    """
    factor = to_whole(factor, "factor", 1)
    return nn.Sequential(nn.Upsample(scale_factor=factor), _same_size(weight))


def shuffle_convolution(weight: Tensor, factor: int) -> nn.Sequential:
    """Convolve first, to factor * factor channels for each one, then lay them side by side.

    Args:
        weight: (out_channels * factor**2, in_channels, k, k) with k odd, floating point.
        factor: at least 1.

    Raises:
        TypeError, ValueError: the weight is of another shape or kind, or the factor is no such
            number.
    """
    factor = to_whole(factor, "factor", 1)
    _check_square(weight)
    if len(weight) % factor**2:
        raise ValueError(
            f"`weight` (shape {tuple(weight.shape)}) must have a multiple of factor * factor = "
            f"{factor**2} output channels: so many make the pixels of one."
        )
    return nn.Sequential(_same_size(weight), nn.PixelShuffle(factor))


def convolution_of(layer: nn.Sequential) -> nn.Conv2d:
    """Give the convolution within `resize_convolution` or `shuffle_convolution`."""
    for part in layer.children():
        if isinstance(part, nn.Conv2d):
            return part
    raise ValueError(f"`layer` ({type(layer).__name__}) must hold a Conv2d.")


def _check_square(weight: Tensor) -> None:
    check_tensor(weight, "weight", ["channels, channels, height, width"], FLOATING)
    if weight.shape[-1] != weight.shape[-2]:
        raise ValueError(f"`weight` (shape {tuple(weight.shape)}) must be as high as it is wide.")


def _same_size(weight: Tensor) -> nn.Conv2d:
    _check_square(weight)
    if weight.shape[-1] % 2 == 0:
        raise ValueError(
            f"`weight` (shape {tuple(weight.shape)}) must have odd sides: only then does padding "
            "keep the size."
        )
    return weighted_layer(nn.Conv2d, weight, padding=weight.shape[-1] // 2)


def block_mean_kernel(layer: nn.Module, factor: int, halo: int) -> Tensor:
    """Find the convolution that gives the means of an enlarged picture over blocks.

    A block is what a pixel has become. Every pixel adds the same to the blocks around its own. So
    what one pixel adds, found by enlarging an impulse, is the kernel of an ordinary convolution
    that gives the means.

    Args:
        layer: takes (1, 3, H, W) to (1, 1, factor * H, factor * W), without bias.
        factor: rows and columns of a block.
        halo: pixels around the impulse, at least as many as the layer reaches.

    Returns:
        (1, 3, n, n), n odd; the middle belongs to the block's own pixel. Apply it with padding
        n // 2.

    Raises:
        TypeError, ValueError: a number is not whole or too small, or the layer does not enlarge.
    """
    factor, halo = to_whole(factor, "factor", 1), to_whole(halo, "halo", 0)
    if not isinstance(layer, nn.Module):
        raise TypeError(f"`layer` (={layer!r}) must be an nn.Module.")
    side = 2 * halo + 1
    impulses = torch.zeros(3, 3, side, side)  # one for each channel
    impulses[range(3), range(3), halo, halo] = 1
    enlarged = layer(impulses)
    if enlarged.dim() != 4 or enlarged.shape[1] != 1 or min(enlarged.shape[2:]) < factor * side:
        raise ValueError(
            f"`layer` makes {tuple(enlarged.shape)} of {tuple(impulses.shape)}, but must make one "
            f"channel and every side `factor` (={factor}) times as long."
        )
    # (3, 1, factor * side, factor * side), or a row more
    means = nn.functional.avg_pool2d(enlarged, factor, ceil_mode=True)[:, 0, :side, :side]
    kernel = means.flip(1, 2).unsqueeze(0)  # a convolution looks back at what reaches it
    touched = kernel.abs().sum((0, 1)).nonzero()
    reach = int((touched - halo).abs().max()) if len(touched) else 0
    middle = slice(halo - reach, halo + reach + 1)
    return kernel[..., middle, middle].contiguous()


def spread(values: Tensor) -> float:
    """Measure the pattern on a flat picture: the largest value less the smallest.

    Args:
        values: whole or floating point, any shape that is not empty.
    """
    check_tensor(values, "values", (), REAL)
    if not values.numel():
        raise ValueError(f"`values` (shape {tuple(values.shape)}) must not be empty.")
    return float(values.max() - values.min())

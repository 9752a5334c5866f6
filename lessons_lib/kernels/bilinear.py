"""The bilinear kernel: enlarging a picture by a transposed convolution of tents."""

import math

import torch
from torch import Tensor, nn

from lessons_lib.geometry.arguments import to_whole
from lessons_lib.tensors import FLOATING, HALF, PLANE, check_tensor, for_sums, layouts


def bilinear_kernel(factor: int = 2, channels: int = 3) -> Tensor:
    """Make the kernel with which a transposed convolution enlarges a picture smoothly.

    Every pixel stamps a tent: full weight on itself, falling in a straight line to nothing at its
    neighbours. Use it as the weight of
        F.conv_transpose2d(picture, weight, stride=factor, padding=factor // 2, groups=channels)
    which makes each side `factor` times as long. Inside this is
    F.interpolate(..., mode="bilinear", align_corners=False); at the border it is darker, because
    outside the picture nothing stamps.

    Args:
        factor: how many times larger, at least 1. Factor 2 gives kernel 4, padding 1.
        channels: channels of the picture, at least 1; each is enlarged by itself.

    Returns:
        float32 of shape (channels, 1, k, k), k = 2 * factor - factor % 2. Every output pixel away
        from the border gets weights that add up to 1.

    Raises:
        TypeError, ValueError: a number is not whole, or below 1.

    Source:
        Long, Shelhamer, Darrell: Fully Convolutional Networks for Semantic Segmentation (2015),
        whose upsampling layers start as bilinear interpolation.

    See also:
        upsample_bilinear, which does all of this and repairs the border.

    Example:
        >>> bilinear_kernel(2, channels=1)[0, 0, 1].tolist()
        [0.1875, 0.5625, 0.5625, 0.1875]
    """
    factor, channels = to_whole(factor, "factor", 1), to_whole(channels, "channels", 1)
    size = 2 * factor - factor % 2
    distance = (torch.arange(size, dtype=torch.float64) - (size - 1) / 2).abs()
    tent = 1 - distance / factor
    return torch.outer(tent, tent).float().repeat(channels, 1, 1, 1)


def interpolate_bilinear(image: Tensor, factor: int = 2) -> Tensor:
    """Enlarge a small picture smoothly by loops, each output pixel by itself in three steps.

    The readable version; `upsample_bilinear` stamps tents instead and gives the same.

    Args:
        image: (H, W), floating point.
        factor: how many times larger, at least 1.

    Returns:
        (H * factor, W * factor), same dtype; half precision is added up in float32.

    Raises:
        TypeError, ValueError: the image is no grid of floating point, or the factor not whole or
            below 1.

    Source:
        F.interpolate(..., mode="bilinear", align_corners=False), which gives the same numbers.

    Example:
        >>> interpolate_bilinear(torch.tensor([[0.0, 8.0]]))[0].tolist()
        [0.0, 2.0, 6.0, 8.0]
    """
    check_tensor(image, "image", PLANE, FLOATING)
    factor = to_whole(factor, "factor", 1)
    height, width = image.shape
    pixels = for_sums(image)
    output = pixels.new_zeros(height * factor, width * factor)
    for i in range(height * factor):
        for j in range(width * factor):
            # 1. map the middle of the output pixel back into the small picture
            y, x = (i + 0.5) / factor - 0.5, (j + 0.5) / factor - 0.5
            top, left = math.floor(y), math.floor(x)
            # 2. find its four neighbours; beyond the edge stands the edge pixel once more
            for row in (top, top + 1):
                for column in (left, left + 1):
                    pixel = pixels[min(max(row, 0), height - 1), min(max(column, 0), width - 1)]
                    # 3. weigh each by how near it is
                    output[i, j] += (1 - abs(y - row)) * (1 - abs(x - column)) * pixel
    return output.to(image.dtype)


BILINEAR_BORDERS = ("dark", "replicate", "divide")


def upsample_bilinear(image: Tensor, factor: int = 2, border: str = "replicate") -> Tensor:
    """Enlarge a picture smoothly by a transposed convolution, with the border done right.

    Outside the picture nothing stamps, so that its outermost pixels come out too dark. Either
    every edge pixel is laid once more around the picture and what this adds is cropped, or the
    picture is divided by what a picture of ones becomes. Both then equal
    F.interpolate(image, scale_factor=factor, mode="bilinear", align_corners=False) up to rounding;
    for factors that are no power of two, interpolate itself errs by 1e-5 on a photo in float32,
    as it rounds the place of each pixel, and this does not.

    Args:
        image: (N, C, H, W), floating point.
        factor: how many times larger, at least 1.
        border: "dark" (left as it is), "replicate" or "divide".

    Returns:
        (N, C, H * factor, W * factor), same dtype; contiguous in memory as the image is. Half
        precision is computed in float32 and rounded once.

    Raises:
        TypeError, ValueError: the image has no four axes or is not floating point, the factor is
            not whole or below 1, or the border is unknown.

    Example:
        >>> ones = torch.ones(1, 1, 2, 3)
        >>> upsample_bilinear(ones, border="dark")[0, 0, 0].tolist()
        [0.5625, 0.75, 0.75, 0.75, 0.75, 0.5625]
        >>> upsample_bilinear(ones)[0, 0, 0].tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    check_tensor(image, "image", [layouts(2)[0]], FLOATING, "add the axis with image[None].")
    factor = to_whole(factor, "factor", 1)
    if border not in BILINEAR_BORDERS:
        raise ValueError(f"`border` (={border!r}) must be one of {', '.join(BILINEAR_BORDERS)}.")
    if image.dtype in HALF:
        return upsample_bilinear(image.float(), factor, border).to(image.dtype)
    channels = image.shape[1]
    weight = bilinear_kernel(factor, channels).to(image)
    padding = factor // 2
    if border == "replicate":
        image = nn.functional.pad(image, (1, 1, 1, 1), mode="replicate")
        padding += factor  # crop the enlarged ring as well
    large = nn.functional.conv_transpose2d(
        image, weight, stride=factor, padding=padding, groups=channels
    )
    if border == "divide":
        ones = image.new_ones(1, 1, *image.shape[2:])
        large /= upsample_bilinear(ones, factor, "dark")
    return large

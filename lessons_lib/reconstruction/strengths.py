"""How strongly a layer keeps each pattern of a picture, and which it loses."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.geometry.arguments import to_tuple
from lessons_lib.reconstruction.way import check_layer


def pattern_strengths(layer: nn.Conv2d, image_size: tuple[int, int]) -> Tensor:
    """Say how strongly the layer keeps each pattern of a picture: the singular values of W.

    The picture is taken to begin anew beyond its edges. Then waves of different frequency do not
    mix but where a stride folds them onto each other, and instead of one matrix of all pixels
    there is a small one for every frequency of the code. Most strongly over least strongly kept is
    the condition number: large, and little noise is enough to drown the weakest pattern; infinite,
    and it is gone.

    Args:
        layer: a Conv2d; its padding does not matter.
        image_size: (H, W), multiples of the stride, no smaller than the kernel with its dilation.

    Returns:
        float64 (in_channels * H * W,), the largest first; of patterns that are lost, 0 or what
        rounding makes of it.

    Raises:
        TypeError: the layer is no Conv2d, or the size not whole.
        ValueError: the size is no multiple of the stride, or smaller than the kernel.

    Source:
        Sedghi, Gupta, Long: The Singular Values of Convolutional Layers (2019), here with strides.

    Example:
        >>> layer = nn.Conv2d(1, 1, 1, bias=False)
        >>> _ = nn.init.constant_(layer.weight, 0.5)
        >>> pattern_strengths(layer, (1, 2)).tolist()
        [0.5, 0.5]
    """
    check_layer(layer)
    size = to_tuple(image_size, 2, "image_size", 1)
    reach = [d * (k - 1) for d, k in zip(layer.dilation, layer.kernel_size, strict=True)]
    for n, s, r in zip(size, layer.stride, reach, strict=True):
        if n % s or n <= r:
            raise ValueError(
                f"`image_size` (={size}) must be multiples of the stride ({layer.stride}) "
                f"and larger than {tuple(reach)}, which the kernel spans."
            )
    down, across = layer.stride
    channels = layer.in_channels
    kinds = channels * down * across  # pixels of one stride's cell: each an impulse
    impulses = torch.zeros(kinds, channels, *size, dtype=torch.float64)
    places = impulses.view(channels, down, across, channels, *size)
    for c, i, j in torch.cartesian_prod(*map(torch.arange, (channels, down, across))):
        places[c, i, j, c, i, j] = 1
    around = F.pad(impulses, (0, reach[1], 0, reach[0]), mode="circular")
    code = F.conv2d(
        around, layer.weight.detach().double(), None, layer.stride, 0, layer.dilation, layer.groups
    )
    matrices = torch.fft.fft2(code).permute(2, 3, 1, 0)  # a frequency's: (out_channels, kinds)
    found = torch.linalg.svdvals(matrices).flatten()
    lost = torch.zeros(impulses[0].numel() - found.numel(), dtype=torch.float64)  # never seen
    return torch.cat([found, lost]).sort(descending=True).values

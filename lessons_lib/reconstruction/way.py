"""There and back with one layer's weights: the code of a picture, W x, and its adjoint, W^T y.

torch's own convolutions do the work here; convolution.py and transposed.py have readable ones.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.geometry import output_padding_for, overlap_counts
from lessons_lib.geometry.arguments import to_tuple
from lessons_lib.geometry.sizes import layer_output_size
from lessons_lib.tensors import FLOATING, check_tensor, layouts


def encode(image: Tensor, layer: nn.Conv2d) -> Tensor:
    """Compute what a layer keeps of a picture, W x: its output without the bias.

    Args:
        image: (N, in_channels, H, W), floating point.
        layer: a Conv2d with padding_mode 'zeros' and its padding given in numbers.

    Returns:
        float64 of shape (N, out_channels, H_out, W_out), so that what is lost is lost by the layer
        and not by rounding.

    Raises:
        TypeError: the layer is no Conv2d, or the image is not floating point.
        ValueError: the image does not fit the layer, the layer's padding is of another kind, or its
            kernel is larger than the image.

    Example:
        >>> encode(torch.ones(1, 3, 8, 9), nn.Conv2d(3, 2, 3, stride=2)).shape
        torch.Size([1, 2, 3, 4])
    """
    check_tensor(image, "image", [layouts(2)[0]], FLOATING, "add an axis with image[None].")
    way = Way(layer, (image.shape[-2], image.shape[-1]))
    _check_channels(image, "image", layer.in_channels)
    return way.forth(image.detach().double())


def adjoint(code: Tensor, layer: nn.Conv2d, image_size: tuple[int, int]) -> Tensor:
    """Send a layer's output back through the layer's own weights, W^T y.

    The shape comes back. The picture does not, except for weights that are special.

    Args:
        code: (N, out_channels, H_out, W_out), the layer's output without its bias (see `encode`).
        layer: the Conv2d that made it.
        image_size: (H, W) of the picture; the output_padding that gives it is found here.

    Returns:
        float64 of shape (N, in_channels, H, W).

    Raises:
        TypeError: the layer is no Conv2d, or the code is not floating point.
        ValueError: the code is not of the size that the layer makes of such a picture, or as in
            `encode`.

    Example:
        >>> layer = nn.Conv2d(3, 2, 3, stride=2)
        >>> adjoint(torch.ones(1, 2, 3, 4), layer, (8, 9)).shape
        torch.Size([1, 3, 8, 9])
    """
    return Way(layer, image_size).back(code)


def overlap_normalised(code: Tensor, layer: nn.Conv2d, image_size: tuple[int, int]) -> Tensor:
    """Divide the adjoint by the number of stamps that lie on each pixel.

    This takes the checkerboard away and leaves all other faults.

    Args, Raises: as in `adjoint`.

    Returns:
        float64 of shape (N, in_channels, H, W); 0 where no stamp reaches.

    Example:
        >>> layer = nn.Conv2d(1, 1, 3, stride=2, bias=False)
        >>> _ = nn.init.ones_(layer.weight)
        >>> overlap_normalised(torch.ones(1, 1, 2, 2), layer, (5, 5)).unique().tolist()
        [1.0]
    """
    way = Way(layer, image_size)
    return way.back(code) / way.overlaps().clamp(min=1)


def overlaps(layer: nn.Conv2d, image_size: tuple[int, int]) -> Tensor:
    """Count how often the layer reads each pixel; so many stamps lie on it on the way back.

    Args:
        layer, image_size: as in `adjoint`.

    Returns:
        int64 (H, W); 0 for a pixel that the layer never reads.

    Raises:
        ValueError: as in `encode`.

    Example:
        >>> overlaps(nn.Conv2d(1, 1, 3, stride=2), (5, 5))[1:4, 1:4].tolist()
        [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    """
    return Way(layer, image_size).overlaps()


class Way:
    """W and W^T of a layer, for pictures of one size, in one dtype."""

    def __init__(
        self, layer: nn.Conv2d, image_size: tuple[int, int], dtype: torch.dtype = torch.float64
    ) -> None:
        check_layer(layer)
        if layer.padding_mode != "zeros":
            raise ValueError(
                f"`layer.padding_mode` (={layer.padding_mode!r}) must be 'zeros': torch has no "
                "transposed convolution for the other modes."
            )
        if isinstance(layer.padding, str):
            raise ValueError(
                f"`layer.padding` (={layer.padding!r}) must be given in numbers: a transposed "
                "convolution takes no words."
            )
        self.weight = layer.weight.detach().to(dtype)
        self.settings = (layer.stride, layer.padding, layer.dilation)
        self.groups = layer.groups
        self.image_size = to_tuple(image_size, 2, "image_size", 1)
        self.code_size = layer_output_size(layer, self.image_size)
        # never None: the rows that a stride leaves over are fewer than the stride
        self.output_padding = output_padding_for(
            self.image_size,
            self.code_size,
            layer.kernel_size,
            layer.stride,
            layer.padding,
            layer.dilation,
        ) or (0, 0)

    def forth(self, image: Tensor) -> Tensor:
        stride, padding, dilation = self.settings
        return F.conv2d(image, self.weight, None, stride, padding, dilation, self.groups)

    def back(self, code: Tensor) -> Tensor:
        check_tensor(code, "code", [layouts(2)[0]], FLOATING, "add an axis with code[None].")
        _check_channels(code, "code", len(self.weight))
        if tuple(code.shape[-2:]) != self.code_size:
            raise ValueError(
                f"`code` (shape {tuple(code.shape)}) must be {self.code_size} in height and "
                f"width, which is what the layer makes of `image_size` (={self.image_size})."
            )
        stride, padding, dilation = self.settings
        given = code.detach().to(self.weight.dtype)
        return F.conv_transpose2d(
            given, self.weight, None, stride, padding, self.output_padding, self.groups, dilation
        )

    def overlaps(self) -> Tensor:
        """(H, W): how many stamps lie on each pixel."""
        stride, padding, dilation = self.settings
        rows, columns = (
            overlap_counts(
                self.code_size[i],
                self.weight.shape[i + 2],
                stride[i],
                int(padding[i]),
                self.output_padding[i],
                dilation[i],
            )
            for i in range(2)
        )
        return torch.outer(rows, columns)


def check_layer(layer: nn.Conv2d) -> None:
    """Refuse what is no nn.Conv2d."""
    if not isinstance(layer, nn.Conv2d):
        raise TypeError(f"`layer` (a {type(layer).__name__}) must be an nn.Conv2d.")


def _check_channels(tensor: Tensor, name: str, channels: int) -> None:
    if tensor.shape[1] != channels:
        raise ValueError(
            f"`{name}` (shape {tuple(tensor.shape)}) must have {channels} channels, as many as "
            "the layer has on this side."
        )

"""Kernels worth knowing by name, and random layers that come out the same every time."""

import math
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

_FIXED = {
    "sharpen": ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
    "emboss": ((-2, -1, 0), (-1, 1, 1), (0, 1, 2)),
    "sobel_x": ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
    "sobel_y": ((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
    "laplacian": ((0, 1, 0), (1, -4, 1), (0, 1, 0)),
    "laplacian_8": ((1, 1, 1), (1, -8, 1), (1, 1, 1)),
}

Conv = nn.Conv1d | nn.Conv2d | nn.Conv3d
_AnyConv = TypeVar("_AnyConv", nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d)

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
        ValueError: the name is unknown, or the kernel does not come in that size.

    Source:
        Gaussian: sigma = 0.3((size - 1) / 2 - 1) + 0.8, the rule of OpenCV's getGaussianKernel.

    Example:
        >>> named_kernel("sobel_x").tolist()
        [[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]
    """
    if name not in NAMED_KERNELS:
        raise ValueError(f"`name` (={name!r}) must be one of {', '.join(NAMED_KERNELS)}.")
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
        ValueError: the kernel is not two-dimensional, or there is no channel.

    Example:
        >>> photo_weight(torch.tensor([[3.0]])).flatten().tolist()
        [1.0, 1.0, 1.0]
    """
    if kernel.dim() != 2:
        raise ValueError(f"`kernel` (shape {tuple(kernel.shape)}) must be (height, width).")
    if in_channels < 1:
        raise ValueError(f"`in_channels` (={in_channels}) must be at least 1.")
    return (kernel / in_channels).repeat(1, in_channels, 1, 1)


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
        ValueError: a number is below 1.

    Source:
        Long, Shelhamer, Darrell: Fully Convolutional Networks for Semantic Segmentation (2015),
        whose upsampling layers start as bilinear interpolation.

    See also:
        upsample_bilinear, which does all of this and repairs the border.

    Example:
        >>> bilinear_kernel(2, channels=1)[0, 0, 1].tolist()
        [0.1875, 0.5625, 0.5625, 0.1875]
    """
    for name, value in (("factor", factor), ("channels", channels)):
        if value < 1:
            raise ValueError(f"`{name}` (={value}) must be at least 1.")
    size = 2 * factor - factor % 2
    distance = (torch.arange(size, dtype=torch.float64) - (size - 1) / 2).abs()
    tent = 1 - distance / factor
    return torch.outer(tent, tent).float().repeat(channels, 1, 1, 1)


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
        (N, C, H * factor, W * factor), same dtype; contiguous in memory as the image is.

    Raises:
        ValueError: the image has no four axes, the factor is below 1, or the border is unknown.

    Example:
        >>> ones = torch.ones(1, 1, 2, 3)
        >>> upsample_bilinear(ones, border="dark")[0, 0, 0].tolist()
        [0.5625, 0.75, 0.75, 0.75, 0.75, 0.5625]
        >>> upsample_bilinear(ones)[0, 0, 0].tolist()
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    if image.dim() != 4:
        raise ValueError(f"`image` (shape {tuple(image.shape)}) must be (N, C, H, W).")
    if border not in BILINEAR_BORDERS:
        raise ValueError(f"`border` (={border!r}) must be one of {', '.join(BILINEAR_BORDERS)}.")
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


def seeded_layer(
    seed: int,
    in_channels: int = 3,
    out_channels: int = 1,
    kernel_size: int | tuple[int, int] = 3,
    bias: bool = True,
    *,
    stride: int | tuple[int, int] = 1,
    padding: int | str | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> nn.Conv2d:
    """Build a random layer that is the same for the same seed, today and next year.

    The weights are those of this recipe, and yet torch's own random state is left as it was:
        torch.manual_seed(seed)
        layer = nn.Conv2d(in_channels, out_channels, kernel_size, bias=bias, ...)
        nn.init.xavier_normal_(layer.weight)

    Args:
        seed: any whole number that fits into 64 bits.
        in_channels, out_channels, kernel_size, bias, stride, padding, dilation, groups,
            padding_mode: as for `nn.Conv2d`.

    Returns:
        A Conv2d on the CPU, float32, with weight (out_channels, in_channels / groups, kh, kw).

    Raises:
        ValueError: what `nn.Conv2d` refuses.

    Example:
        >>> seeded_layer(3).weight.shape
        torch.Size([1, 3, 3, 3])
    """
    layer = _blank_layer(
        nn.Conv2d,
        in_channels=in_channels,
        out_channels=out_channels,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        bias=bias,
        padding_mode=padding_mode,
    )
    _draw(layer, seed)
    return layer


def seeded_transposed_layer(
    seed: int,
    in_channels: int = 3,
    out_channels: int = 1,
    kernel_size: int | tuple[int, int] = 3,
    bias: bool = True,
    *,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    output_padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    groups: int = 1,
    padding_mode: str = "zeros",
) -> nn.ConvTranspose2d:
    """Build a random transposed layer that is the same for the same seed, by the same recipe.

        torch.manual_seed(seed)
        layer = nn.ConvTranspose2d(in_channels, out_channels, kernel_size, bias=bias, ...)
        nn.init.xavier_normal_(layer.weight)

    Args:
        seed: any whole number that fits into 64 bits.
        in_channels, out_channels, kernel_size, bias, stride, padding, output_padding, dilation,
            groups, padding_mode: as for `nn.ConvTranspose2d`.

    Returns:
        A ConvTranspose2d on the CPU, float32, with weight (in_channels, out_channels / groups, kh,
        kw): input channels first, because it is the weight of the convolution that it transposes.

    Raises:
        ValueError: what `nn.ConvTranspose2d` refuses, such as a padding_mode other than 'zeros'.

    Example:
        >>> seeded_transposed_layer(3, stride=2)(torch.ones(1, 3, 4, 5)).shape
        torch.Size([1, 1, 9, 11])
    """
    layer = _blank_layer(
        nn.ConvTranspose2d,
        in_channels=in_channels,
        out_channels=out_channels,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        output_padding=output_padding,
        groups=groups,
        bias=bias,
        dilation=dilation,
        padding_mode=padding_mode,
    )
    _draw(layer, seed)
    return layer


def fresh_layer(
    seed: int,
    in_channels: int = 3,
    out_channels: int = 1,
    kernel_size: int | tuple[int, int] = 3,
    bias: bool = True,
) -> nn.Conv2d:
    """Build a layer with the start that `nn.Conv2d` itself draws, the same for the same seed.

    The weights are those of this recipe, and yet torch's own random state is left as it was:
        torch.manual_seed(seed)
        layer = nn.Conv2d(in_channels, out_channels, kernel_size, bias=bias)

    Args:
        seed: any whole number that fits into 64 bits.
        in_channels, out_channels, kernel_size, bias: as for `nn.Conv2d`.

    Returns:
        A Conv2d on the CPU, float32; with or without a bias, its weight is the same.

    Raises:
        ValueError: what `nn.Conv2d` refuses.

    Example:
        >>> fresh_layer(3, 1, 1, (1, 2), bias=False).weight.shape
        torch.Size([1, 1, 1, 2])
    """
    layer = _blank_layer(
        nn.Conv2d,
        in_channels=in_channels,
        out_channels=out_channels,
        kernel_size=kernel_size,
        bias=bias,
    )
    _draw_fresh(layer, torch.Generator().manual_seed(seed))
    return layer


def _draw(layer: nn.Conv2d | nn.ConvTranspose2d, seed: int) -> None:
    """Fill a blank layer with the numbers of the recipe."""
    generator = torch.Generator().manual_seed(seed)
    # the weight is drawn again, but without the first draw the bias and the second would be others
    _draw_fresh(layer, generator)
    nn.init.xavier_normal_(layer.weight, generator=generator)


def _draw_fresh(layer: nn.Conv2d | nn.ConvTranspose2d, generator: torch.Generator) -> None:
    """Make the draws of the layer's reset_parameters, in its order."""
    nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=generator)
    if layer.bias is not None:
        bound = 1 / math.sqrt(layer.weight[0].numel())
        nn.init.uniform_(layer.bias, -bound, bound, generator=generator)


class seeded_draws(TorchFunctionMode):  # used as a word: with seeded_draws(3)
    """Inside `with seeded_draws(seed):` layers are filled as after `torch.manual_seed(seed)`.

    torch's own random state is left as it was, and another thread does not notice.

    Args:
        seed: any whole number that fits into 64 bits.

    Example:
        >>> with seeded_draws(3):
        ...     layer = nn.Conv2d(3, 1, 3)
        >>> round(layer.bias.item(), 4)
        0.0384
    """

    _FILLERS = (
        nn.init.kaiming_uniform_,  # these three torch hands over as a whole
        nn.init.uniform_,
        nn.init.normal_,
        torch.Tensor.uniform_,  # all other ways of filling come to these
        torch.Tensor.normal_,
    )

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._generator = torch.Generator().manual_seed(seed)

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Hand this generator to what draws numbers; torch calls this for all it does."""
        given = dict(kwargs or {})
        if func in self._FILLERS and given.get("generator") is None:
            given["generator"] = self._generator
        return func(*args, **given)


def weighted_layer(
    kind: type[_AnyConv], weight: Tensor, bias: Tensor | None = None, **arguments: Any
) -> _AnyConv:
    """Build a layer around a given weight; nothing random is drawn.

    Args:
        kind: nn.Conv1d, nn.Conv2d, nn.Conv3d or nn.ConvTranspose2d.
        weight: (out_channels, in_channels / groups, kernel size of each axis), floating point;
            transposed (in_channels, out_channels / groups, kh, kw).
        bias: (out_channels,); None: the layer has none.
        arguments: stride, padding, dilation, groups, padding_mode of the layer, and transposed
            output_padding.

    Returns:
        A layer of that kind, weight and bias.

    Raises:
        ValueError: what the layer refuses.

    Example:
        >>> weighted_layer(nn.Conv1d, torch.ones(1, 1, 3), stride=2)
        Conv1d(1, 1, kernel_size=(3,), stride=(2,), bias=False)
    """
    first, second = weight.shape[0], weight.shape[1] * arguments.get("groups", 1)
    transposed = issubclass(kind, nn.ConvTranspose2d)
    layer = _blank_layer(
        kind,
        in_channels=first if transposed else second,
        out_channels=second if transposed else first,
        kernel_size=tuple(weight.shape[2:]),
        bias=False,
        **arguments,
    )
    layer.weight = nn.Parameter(weight)
    layer.bias = None if bias is None else nn.Parameter(bias)
    return layer


class _Undrawn:
    """Put before a layer's class, it makes a constructor that moves no global generator on."""

    def reset_parameters(self) -> None:
        pass


class _UndrawnConv1d(_Undrawn, nn.Conv1d):
    pass


class _UndrawnConv2d(_Undrawn, nn.Conv2d):
    pass


class _UndrawnConv3d(_Undrawn, nn.Conv3d):
    pass


class _UndrawnConvTranspose2d(_Undrawn, nn.ConvTranspose2d):
    pass


_UNDRAWN = {
    nn.Conv1d: _UndrawnConv1d,
    nn.Conv2d: _UndrawnConv2d,
    nn.Conv3d: _UndrawnConv3d,
    nn.ConvTranspose2d: _UndrawnConvTranspose2d,
}
for _kind, _undrawn in _UNDRAWN.items():
    _undrawn.__name__ = _kind.__name__  # torch names the class in its messages


def _blank_layer(kind: type[_AnyConv], **arguments: Any) -> _AnyConv:
    """Build a layer whose numbers are not filled in yet.

    nn.utils.skip_init does the same, but its first call imports sympy: a quarter of a second and
    40 MB in the first lab of a lesson.
    """
    layer: Any = _UNDRAWN[kind](**arguments)
    layer.__class__ = kind  # from here on an ordinary layer: it prints and resets like one
    return layer

"""A fully convolutional network: from a picture to a score for every class at every pixel.

A body of convolutions and poolings reads the picture and grows coarse; a 1 x 1 convolution gives
each place a score for every class; one transposed convolution makes the scores as large as the
picture again. There is no layer that fixes a size, so pictures of any size go in.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.geometry.arguments import to_whole
from lessons_lib.kernels import bilinear_kernel, seeded_draws
from lessons_lib.segmentation.scenes import CLASSES
from lessons_lib.tensors import SUMMED, check_tensor, layouts

Upsampling = Literal["bilinear", "random"]
Fit = Literal["pad", "crop"]


class FCN(nn.Module):
    """Score every class at every pixel.

    Args:
        body: layers that give (N, channels, h, w) for (N, 3, H, W).
        channels: that the body gives.
        classes: how many, background included.
        stride: how many pixels of the picture one place of the body's output stands for.
        seed: of the 1 x 1 layer, which starts by Xavier's rule, and of a random enlarging layer.
        upsampling: how the enlarging layer starts: "bilinear" (it enlarges smoothly, each class
            for itself) or "random" (by Xavier's rule).

    Attributes:
        body: as given.
        score: Conv2d(channels, classes, 1).
        enlarge: ConvTranspose2d(classes, classes), stride as given and, for even strides, kernel
            2 * stride and padding stride // 2; without bias.
        stride, classes: as given.

    Source:
        Long, Shelhamer, Darrell: Fully Convolutional Networks for Semantic Segmentation (2015).

    Example:
        >>> network = FCN(nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.MaxPool2d(4)), 6, 2, 4)
        >>> network(torch.rand(1, 3, 8, 12)).shape
        torch.Size([1, 2, 8, 12])
    """

    def __init__(
        self,
        body: nn.Sequential,
        channels: int,
        classes: int,
        stride: int,
        seed: int = 0,
        upsampling: Upsampling = "bilinear",
    ) -> None:
        super().__init__()
        for name, value in (("channels", channels), ("classes", classes), ("stride", stride)):
            to_whole(value, name, 1)
        if upsampling not in get_args(Upsampling):
            raise ValueError(
                f"`upsampling` (={upsampling!r}) must be one of {', '.join(get_args(Upsampling))}."
            )
        self.stride, self.classes = stride, classes
        kernel_size = 2 * stride - stride % 2  # an odd kernel for odd strides: it has a middle
        # what is built under a lab's inference mode must learn as well
        with torch.inference_mode(False), seeded_draws(seed):
            self.body = body
            self.score = nn.Conv2d(channels, classes, 1)
            nn.init.xavier_uniform_(self.score.weight)
            self.enlarge = nn.ConvTranspose2d(
                classes, classes, kernel_size, stride, padding=stride // 2, bias=False
            )
            nn.init.xavier_uniform_(self.enlarge.weight)
        if upsampling == "bilinear":
            bilinear_start(self.enlarge)

    def forward(self, images: Tensor) -> Tensor:
        """Give the scores of a batch.

        Args:
            images: (N, 3, H, W), floating point, 0..1. For scores of the same size H and W must be
                multiples of `stride`: see `class_scores`, which sees to it.

        Returns:
            (N, classes, stride * h, stride * w), h and w the size of the body's output.

        Raises:
            ValueError: the batch has no four axes or no three channels, or holds whole numbers.
        """
        check_images(images)
        places = self.body(images)  # (N, channels, h, w)
        scores = self.score(places)  # (N, classes, h, w)
        return self.enlarge(scores)  # (N, classes, stride * h, stride * w)


def bilinear_start(layer: nn.ConvTranspose2d) -> None:
    """Let a transposed convolution start as bilinear enlarging, each channel for itself.

    Args:
        layer: as many channels out as in, one group, stride s in both directions, and the kernel
            that belongs to it, 2 * s - s % 2. Its weight is changed in place.

    Raises:
        ValueError: the layer is another.

    Example:
        >>> layer = nn.ConvTranspose2d(2, 2, 4, stride=2, padding=1, bias=False)
        >>> bilinear_start(layer)
        >>> layer.weight[0, :, 1].tolist()
        [[0.1875, 0.5625, 0.5625, 0.1875], [0.0, 0.0, 0.0, 0.0]]
    """
    stride = layer.stride[0]
    size = 2 * stride - stride % 2
    wanted = (layer.in_channels, layer.in_channels, size, size)
    if layer.stride != (stride, stride) or tuple(layer.weight.shape) != wanted:
        raise ValueError(
            f"`layer` ({layer}) must have as many channels out as in, one group, and for its "
            f"stride {stride} in both directions the kernel size {size}."
        )
    own = range(layer.in_channels)
    with torch.inference_mode(False), torch.no_grad():
        layer.weight.zero_()
        layer.weight[own, own] = bilinear_kernel(stride, len(own))[:, 0].to(layer.weight)


# ---------------------------------------------------------------------------- the small network

SMALL_STRIDE = 8
_SMALL_CHANNELS = (16, 32, 64)  # at full, half and quarter size
_SMALL_DEEP = (64, 64, 64, 64)  # at an eighth


def small_fcn(seed: int = 0, upsampling: Upsampling = "bilinear") -> FCN:
    """Build a small network for `scenes`, untrained: stride 8, learned in half a minute.

    Its body has nothing but 3 x 3 convolutions, ReLU and maximum pooling.

    Args:
        seed: of all weights that are drawn.
        upsampling: as in `FCN`.

    Example:
        >>> small_fcn()(torch.rand(1, 3, 96, 128)).shape
        torch.Size([1, 5, 96, 128])
    """
    layers: list[nn.Module] = []
    channels = 3
    with torch.inference_mode(False), seeded_draws(seed):
        for wider in _SMALL_CHANNELS:
            layers += [_convolution(channels, wider), nn.ReLU(), nn.MaxPool2d(2)]
            channels = wider
        for wider in _SMALL_DEEP:
            layers += [_convolution(channels, wider), nn.ReLU()]
            channels = wider
    _see_from_mid_grey(layers[0])
    return FCN(nn.Sequential(*layers), channels, len(CLASSES), SMALL_STRIDE, seed, upsampling)


def _convolution(channels: int, wider: int) -> nn.Conv2d:
    layer = nn.Conv2d(channels, wider, 3, padding=1)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.get_parameter("bias"))
    return layer


def _see_from_mid_grey(layer: nn.Module) -> None:
    """Let the first layer see each value's distance from mid-grey, three times as strong.

    From 0..1 as it is, learning stands still for the first hundred steps.
    """
    weight, bias = layer.get_parameter("weight"), layer.get_parameter("bias")
    with torch.inference_mode(False), torch.no_grad():
        weight.mul_(3)
        bias.copy_(-0.5 * weight.sum((1, 2, 3)))


# ---------------------------------------------------------------------------- pictures of any size


def check_images(images: Tensor) -> None:
    """Refuse what the first layer cannot read, in words.

    Args:
        images: is to be (N, 3, H, W), floating point.

    Raises:
        TypeError: it is no tensor.
        ValueError: it is another one.

    Example:
        >>> check_images(torch.rand(1, 3, 20, 20))
    """
    check_tensor(images, "images")
    shape = tuple(images.shape)
    if images.dim() != 4:
        raise ValueError(
            f"`images` (shape {shape}) must be (N, 3, H, W): one picture is images.unsqueeze(0)."
        )
    if shape[1] == 1:
        raise ValueError(
            f"`images` (shape {shape}) is grey, and the network reads three channels: "
            "images.expand(-1, 3, -1, -1) gives it three that are the same."
        )
    if shape[1] != 3:
        cure = ": take images[:, :3]." if shape[1] > 3 else "."
        raise ValueError(f"`images` (shape {shape}) must have 3 channels{cure}")
    if not images.is_floating_point():
        raise ValueError(
            f"`images` ({images.dtype}) must be floating point, 0..1: images.float() / 255."
        )
    if 0 in shape:
        raise ValueError(f"`images` (shape {shape}) is empty.")


def fitted(images: Tensor, multiple: int, fit: Fit = "pad") -> Tensor:
    """Bring the sides of pictures to multiples of a number.

    Args:
        images: (N, C, H, W), numbers.
        multiple: at least 1; of a network its stride.
        fit: "pad": rows are added at the bottom and columns at the right, copies of the last ones,
            so that what was there keeps its place; "crop": what is too much is cut off, half of it
            on each side, the odd pixel at the bottom and right.

    Returns:
        (N, C, H', W'); the images themselves where they fit already.

    Raises:
        TypeError, ValueError: the images are none, the multiple is not whole or below 1, the word
            unknown, or a crop would leave nothing.

    Example:
        >>> picture = torch.rand(1, 3, 20, 33)
        >>> fitted(picture, 8).shape, fitted(picture, 8, "crop").shape
        (torch.Size([1, 3, 24, 40]), torch.Size([1, 3, 16, 32]))
    """
    check_tensor(images, "images", [layouts(2)[0]], SUMMED)
    multiple = to_whole(multiple, "multiple", 1)
    if fit not in get_args(Fit):
        raise ValueError(f"`fit` (={fit!r}) must be one of {', '.join(get_args(Fit))}.")
    height, width = images.shape[-2:]
    if fit == "pad":
        below, right = -height % multiple, -width % multiple
        return F.pad(images, (0, right, 0, below), mode="replicate") if below or right else images
    if min(height, width) < multiple:
        raise ValueError(
            f"`images` ({height} x {width}) have a side below `multiple` (={multiple}), so that a "
            "crop leaves nothing: take fit='pad'."
        )
    above, left = height % multiple // 2, width % multiple // 2
    rows, columns = height - height % multiple, width - width % multiple
    return images[..., above : above + rows, left : left + columns]


def class_scores(network: FCN, images: Tensor, fit: Fit = "pad") -> Tensor:
    """Score pictures of any size with a network, as it is used: no gradients, no dropout.

    Args:
        network: where it lies, the images are sent; its mode (training or not) stays as it was.
        images: (N, 3, H, W), floating point, 0..1.
        fit: how the sides become multiples of the network's stride, as in `fitted`.

    Returns:
        (N, classes, H, W) on the images' device, for each pixel of the picture; after a crop only
        for those that were left.

    Raises:
        ValueError: as in `FCN.forward` and `fitted`.

    Example:
        >>> class_scores(small_fcn(), torch.rand(1, 3, 20, 33)).shape
        torch.Size([1, 5, 20, 33])
    """
    return _scored(network, images, fit).to(images.device)


def predict(network: FCN, images: Tensor, fit: Fit = "pad") -> Tensor:
    """Give the class with the highest score at every pixel.

    Args:
        network, images, fit: as in `class_scores`.

    Returns:
        int64 (N, H, W).

    Example:
        >>> predict(small_fcn(), torch.rand(1, 3, 20, 33)).shape
        torch.Size([1, 20, 33])
    """
    return _scored(network, images, fit).argmax(1).to(images.device)


def _scored(network: FCN, images: Tensor, fit: Fit) -> Tensor:
    """Give the scores of `class_scores`, where the network lies."""
    check_images(images)
    whole = fitted(images, network.stride, fit)
    with in_mode(network, training=False), torch.inference_mode():
        scores = network(whole.to(network.score.weight))
    height, width = images.shape[-2:] if fit == "pad" else scores.shape[-2:]
    return scores[..., :height, :width]


def check_fcn(network: object) -> None:
    """Refuse what is no `FCN`, such as layers that were not put into one.

    Args:
        network: as a reader gives it.

    Raises:
        TypeError: it is something else.

    Example:
        >>> check_fcn(small_fcn())
    """
    if not isinstance(network, FCN):
        raise TypeError(
            f"`network` (a {type(network).__name__}) must be an FCN, as small_fcn() gives one: put "
            "your layers into FCN(body, channels, classes, stride)"
        )


@contextlib.contextmanager
def in_mode(network: nn.Module, training: bool) -> Iterator[None]:
    """Have a network in training or in use for a while, then every part as it was before.

    Args:
        network: with all its parts.
        training: True to learn, False to use it.

    Example:
        >>> network = small_fcn()
        >>> with in_mode(network, training=False):
        ...     network.training
        False
    """
    before = [(part, part.training) for part in network.modules()]
    network.train(training)
    try:
        yield
    finally:
        for part, was in before:
            part.training = was

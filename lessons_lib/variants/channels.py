"""Kinds of convolution that differ in which channels feed which."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lessons_lib.geometry.cost import check_groups
from lessons_lib.variants.base import Variant, Whole
from lessons_lib.variants.connectivity import shuffled_order, spread_groups


class DepthwiseConv2d(Variant):
    """Give every input channel kernels of its own; the channels are never mixed.

    Args:
        in_channels: at least 1.
        out_channels: a multiple of in_channels: so many kernels for each channel.
        kernel_size, stride, padding, dilation, bias, padding_mode: as for `nn.Conv2d`.

    Shape:
        (N, in_channels, H, W) -> (N, out_channels, H_out, W_out); out_channels * kh * kw weights.

    Raises:
        ValueError: `in_channels` does not divide `out_channels`.

    Example:
        >>> DepthwiseConv2d(3, 6, 5).depthwise.weight.shape
        torch.Size([6, 1, 5, 5])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Whole,
        stride: Whole = 1,
        padding: Whole | str = 0,
        dilation: Whole = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, padding_mode
        )
        if out_channels % in_channels:
            raise ValueError(
                f"`out_channels` (={out_channels}) must be a multiple of `in_channels` "
                f"(={in_channels}): every channel gets equally many kernels of its own; take "
                f"out_channels={in_channels}, or mix the channels with a 1 x 1 kernel afterwards."
            )
        self.depthwise = nn.Conv2d(
            in_channels, out_channels, groups=in_channels, bias=bias, **self.sliding
        )

    def plain_weight(self) -> Tensor:
        """Put every kernel to its channel, and zeros to all others."""
        return spread_groups(self.depthwise.weight, self.in_channels)


class PointwiseConv2d(Variant):
    """Mix the channels of each pixel by kernels of 1 x 1, and look at no neighbours.

    Args:
        in_channels, out_channels: at least 1.
        stride, padding, bias, padding_mode: as for `nn.Conv2d`.

    Shape:
        (N, in_channels, H, W) -> (N, out_channels, H_out, W_out); out_channels * in_channels
        weights.

    Example:
        >>> PointwiseConv2d(3, 6).pointwise.weight.shape
        torch.Size([6, 3, 1, 1])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: Whole = 1,
        padding: Whole | str = 0,
        bias: bool = True,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__(in_channels, out_channels, 1, stride, padding, 1, padding_mode)
        self.pointwise = nn.Conv2d(in_channels, out_channels, bias=bias, **self.sliding)

    def plain_weight(self) -> Tensor:
        """It is a plain convolution already."""
        return self.pointwise.weight


class DepthwiseSeparableConv2d(Variant):
    """First a kernel for each channel alone, then kernels of 1 x 1 that mix the channels.

    With M channels in, N channels out and kernels of Dk x Dk it has M * Dk^2 + M * N weights; a
    plain convolution has M * N * Dk^2. The ratio is 1/N + 1/Dk^2.

    Args:
        in_channels, out_channels, kernel_size, stride, padding, dilation, bias, padding_mode: as
            for `nn.Conv2d`; the bias is added once, at the end.

    Shape:
        (N, in_channels, H, W) -> (N, out_channels, H_out, W_out).

    Source:
        Howard et al.: MobileNets (2017); there a batch normalisation and a ReLU stand between the
        two layers and behind them, here nothing does.

    Example:
        >>> from lessons_lib.variants.connectivity import weights_of
        >>> weights_of(DepthwiseSeparableConv2d(64, 128, 3))
        8768
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Whole,
        stride: Whole = 1,
        padding: Whole | str = 0,
        dilation: Whole = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, padding_mode
        )
        self.depthwise = nn.Conv2d(
            in_channels, in_channels, groups=in_channels, bias=False, **self.sliding
        )
        self.pointwise = nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=bias)

    def plain_weight(self) -> Tensor:
        """Each kernel is that of its input channel, times one number."""
        mix = self.pointwise.weight[:, :, 0, 0]  # (out, in)
        return torch.einsum("oi,ihw->oihw", mix, self.depthwise.weight[:, 0])


class GroupedConv2d(Variant):
    """Split the channels into groups that do not see one another.

    Each group is a convolution of its own, so there are kh * kw * in_channels * out_channels /
    groups weights.

    Args:
        in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias,
            padding_mode: as for `nn.Conv2d`; groups divides both channel counts.

    Shape:
        (N, in_channels, H, W) -> (N, out_channels, H_out, W_out).

    Raises:
        ValueError: `groups` does not divide the channels.

    Source:
        Krizhevsky, Sutskever, Hinton: ImageNet Classification with Deep Convolutional Neural
        Networks (2012), known as AlexNet, whose layers were shared out to two GPUs.

    Example:
        >>> from lessons_lib.variants.connectivity import weights_of
        >>> weights_of(GroupedConv2d(64, 128, 3, groups=4))
        18432
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Whole,
        stride: Whole = 1,
        padding: Whole | str = 0,
        dilation: Whole = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, padding_mode
        )
        *_, self.groups = check_groups(in_channels, out_channels, groups)
        self.grouped = nn.Conv2d(
            in_channels, out_channels, groups=groups, bias=bias, **self.sliding
        )

    def plain_weight(self) -> Tensor:
        """Put every kernel to the channels of its group, and zeros to all others."""
        return spread_groups(self.grouped.weight, self.groups)

    def plain_bias(self) -> Tensor | None:
        """The bias of the convolution, whatever follows it."""
        return self.grouped.bias


class ShuffledGroupedConv2d(GroupedConv2d):
    """A grouped convolution whose output channels are dealt out to the groups of the next one.

    Args, Shape, Raises: as in `GroupedConv2d`.

    Source:
        Zhang et al.: ShuffleNet (2017).

    Example:
        >>> from lessons_lib.variants.connectivity import channel_paths
        >>> layer = ShuffledGroupedConv2d(8, 8, 3, groups=2)
        >>> int((channel_paths(layer, layer)[:, 0] > 0).sum())
        8
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Whole,
        stride: Whole = 1,
        padding: Whole | str = 0,
        dilation: Whole = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
            padding_mode,
        )
        self.shuffle = nn.ChannelShuffle(groups)

    def plain_weight(self) -> Tensor:
        """The kernels of the grouped convolution, in another order."""
        return super().plain_weight()[shuffled_order(self.out_channels, self.groups)]

    def plain_bias(self) -> Tensor | None:
        """A bias goes where its channel goes."""
        bias = self.grouped.bias
        return None if bias is None else bias[shuffled_order(self.out_channels, self.groups)]

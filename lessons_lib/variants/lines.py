"""Kinds of convolution whose kernels are taken apart into lines: columns, rows, channels."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lessons_lib.geometry.arguments import to_whole
from lessons_lib.variants.base import Variant, Whole


class SpatiallySeparableConv2d(Variant):
    """First kernels of k x 1 that look down, then kernels of 1 x k that look across.

    From one channel to one, over `mid_channels` = r between, it is a kernel of rank r: with r = 1
    a column times a row. See `lessons_lib.separable` for the way back, from a kernel to these two.

    Args:
        in_channels, out_channels, kernel_size, stride, padding, dilation, bias, padding_mode: as
            for `nn.Conv2d`; the bias is added once, at the end.
        mid_channels: channels between the two layers; None: as many as out_channels.

    Shape:
        (N, in_channels, H, W) -> (N, out_channels, H_out, W_out);
        mid_channels * (in_channels * kh + out_channels * kw) weights.

    Example:
        >>> from lessons_lib.variants.connectivity import weights_of
        >>> weights_of(SpatiallySeparableConv2d(1, 1, 3))
        6
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
        mid_channels: int | None = None,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, padding_mode
        )
        mid = to_whole(out_channels if mid_channels is None else mid_channels, "mid_channels", 1)
        self.mid_channels = mid
        self.down = nn.Conv2d(in_channels, mid, bias=False, **self.sliding_along("height"))
        self.across = nn.Conv2d(mid, out_channels, bias=bias, **self.sliding_along("width"))

    def plain_weight(self) -> Tensor:
        """Columns times rows, added up over the channels between."""
        columns, rows = self.down.weight[..., 0], self.across.weight[:, :, 0]
        return torch.einsum("mih,omw->oihw", columns, rows)


class FlattenedConv2d(Variant):
    """One kernel as deep as the input, taken apart into three lines: channel, height, width.

    Each kernel is a product of three lists of numbers, a tensor of rank 1, with in_channels + kh +
    kw weights instead of in_channels * kh * kw.

    Args:
        in_channels, out_channels, kernel_size, stride, padding, dilation, bias, padding_mode: as
            for `nn.Conv2d`; the bias is added once, at the end.

    Shape:
        (N, in_channels, H, W) -> (N, out_channels, H_out, W_out);
        out_channels * (in_channels + kh + kw) weights.

    Source:
        Jin, Dundar, Culurciello: Flattened Convolutional Neural Networks for Feedforward
        Acceleration (2014).

    Example:
        >>> from lessons_lib.variants.connectivity import weights_of
        >>> weights_of(FlattenedConv2d(64, 128, 3))
        8960
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
        down, across = self.sliding_along("height"), self.sliding_along("width")
        self.lateral = nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=False)
        self.down = nn.Conv2d(out_channels, out_channels, groups=out_channels, bias=False, **down)
        self.across = nn.Conv2d(
            out_channels, out_channels, groups=out_channels, bias=bias, **across
        )

    def plain_weight(self) -> Tensor:
        """Each kernel is the outer product of its three lines."""
        channels = self.lateral.weight[:, :, 0, 0]  # (out, in)
        column, row = self.down.weight[:, 0, :, 0], self.across.weight[:, 0, 0]  # (out, k) each
        return torch.einsum("oi,oh,ow->oihw", channels, column, row)

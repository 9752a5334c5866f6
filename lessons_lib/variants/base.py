"""What every kind of convolution shares: parts in a row, and the plain convolution it equals."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Literal, cast

from torch import Tensor, nn

from lessons_lib.geometry.arguments import check_padding_mode, check_padding_word, to_tuple
from lessons_lib.geometry.cost import check_groups
from lessons_lib.kernels import weighted_layer

Whole = int | Sequence[int]  # one number for both axes, or (height, width)


class Variant(nn.Module, ABC):
    """What all kinds share: parts applied one after the other, and the plain convolution.

    Attributes:
        in_channels, out_channels: at least 1.
        kernel_size, stride, dilation: (height, width), as a plain convolution would have them.
        padding: (height, width), 'valid' or 'same'.
        padding_mode: how the border is filled, as for `nn.Conv2d`.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Whole,
        stride: Whole = 1,
        padding: Whole | str = 0,
        dilation: Whole = 1,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__()
        in_channels, out_channels, _ = check_groups(in_channels, out_channels, 1)
        check_padding_mode(padding_mode)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = to_tuple(kernel_size, 2, "kernel_size", 1)
        self.stride = to_tuple(stride, 2, "stride", 1)
        self.dilation = to_tuple(dilation, 2, "dilation", 1)
        if isinstance(padding, str):
            check_padding_word(padding, self.stride)
        self.padding = padding if isinstance(padding, str) else to_tuple(padding, 2, "padding", 0)
        self.padding_mode = padding_mode

    def forward(self, image: Tensor) -> Tensor:
        """Apply the parts one after the other: (N, in_channels, H, W) -> (N, out_channels, ...)."""
        for part in self.children():
            image = part(image)
        return image

    @property
    def sliding(self) -> dict[str, Any]:
        """How the window moves down and across, as arguments of `nn.Conv2d`."""
        names = ("kernel_size", "stride", "padding", "dilation", "padding_mode")
        return {name: getattr(self, name) for name in names}

    def sliding_along(self, axis: Literal["height", "width"]) -> dict[str, Any]:
        """How the window moves along one axis alone: (k x 1) down, or (1 x k) across."""
        still = {"kernel_size": 1, "stride": 1, "padding": 0, "dilation": 1}
        alone = dict(self.sliding)
        for name, least in still.items():
            if isinstance(alone[name], str):  # 'same' and 'valid' add nothing where k is 1
                continue
            down, across = alone[name]
            alone[name] = (down, least) if axis == "height" else (least, across)
        return alone

    @abstractmethod
    def plain_weight(self) -> Tensor:
        """Give the weight of the plain convolution: (out_channels, in_channels, kh, kw)."""

    def plain_bias(self) -> Tensor | None:
        """Give the bias of the plain convolution: (out_channels,), or None."""
        *_, last = self.children()
        return cast("Tensor | None", last.bias)

    def as_plain(self) -> nn.Conv2d:
        """Build the plain convolution that computes the same, from this one's weights.

        Returns:
            A Conv2d(in_channels, out_channels, kernel_size) with weights of its own: equal
            outputs, up to rounding, for every image.
        """
        bias = self.plain_bias()
        settings = self.sliding
        del settings["kernel_size"]  # the weight tells it
        return weighted_layer(
            nn.Conv2d,
            self.plain_weight().detach().clone(),
            None if bias is None else bias.detach().clone(),
            **settings,
        )

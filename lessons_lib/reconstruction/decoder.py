"""A decoder that learns to make a picture out of its code."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lessons_lib.geometry import output_padding_for
from lessons_lib.geometry.arguments import to_real, to_seed, to_tuple, to_whole
from lessons_lib.geometry.sizes import layer_output_size
from lessons_lib.kernels import seeded_transposed_layer
from lessons_lib.reconstruction.closeness import decibel
from lessons_lib.reconstruction.way import check_layer
from lessons_lib.tensors import FLOATING, check_tensor, layouts


@dataclass(frozen=True, eq=False)
class TrainingStep:
    """Where the training stands.

    Attributes:
        step: 0 before anything is learned.
        loss: mean squared error of `image`.
        psnr: the same in dB, peak 1.
        image: (N, C, H, W), what the decoder makes of the code at this step.
    """

    step: int
    loss: float
    psnr: float
    image: Tensor


def seeded_decoder(seed: int, channels: Sequence[int], strides: Sequence[int]) -> nn.Sequential:
    """Stack transposed convolutions into a decoder, the same for the same seed.

    Each layer has padding p = stride // 2 and kernel k = 2p + stride and so multiplies the size by
    its stride: k 4 for stride 2, k 16 for stride 8. Between two layers stands a leaky ReLU: with a
    plain one half of the channels die in training, and the stack is two decibels worse for it.

    Args:
        seed: the first layer's seed for `seeded_transposed_layer`; the next ones count on.
        channels: of the code, between the layers, and of the picture: one more than strides.
        strides: of each layer, at least 1, the first layer first.

    Returns:
        An nn.Sequential that makes (N, channels[0], H, W) into
        (N, channels[-1], H * product of strides, W * product of strides).

    Raises:
        TypeError, ValueError: the lengths do not fit, or a number is not whole or below 1.

    Example:
        >>> seeded_decoder(3, (48, 3), (8,))
        Sequential(
          (0): ConvTranspose2d(48, 3, kernel_size=(16, 16), stride=(8, 8), padding=(4, 4))
        )
    """
    for name, numbers in (("channels", channels), ("strides", strides)):
        if not isinstance(numbers, Sequence):
            raise TypeError(f"`{name}` (={numbers!r}) must be a sequence of whole numbers.")
    if not strides or len(channels) != len(strides) + 1:
        raise ValueError(
            f"`channels` (={tuple(channels)}) must be one more than `strides` (={tuple(strides)}): "
            "one number before and one after each layer."
        )
    strides = to_tuple(strides, len(strides), "strides", 1)
    channels = to_tuple(channels, len(channels), "channels", 1)
    seed = to_seed(seed)
    parts: list[nn.Module] = []
    with torch.inference_mode(False):  # a lab's tensors may be made under it, but these must learn
        for i, s in enumerate(strides):
            if parts:
                parts.append(nn.LeakyReLU(0.2))
            parts.append(
                seeded_transposed_layer(
                    seed + i,
                    channels[i],
                    channels[i + 1],
                    s + 2 * (s // 2),
                    stride=s,
                    padding=s // 2,
                )
            )
    return nn.Sequential(*parts)


def mirrored_decoder(
    layer: nn.Conv2d, image_size: tuple[int, int], seed: int
) -> nn.ConvTranspose2d:
    """Build the decoder of one layer: its adjoint's transposed layer, with weights of its own.

    Args:
        layer: the encoder.
        image_size: (height, width) of the pictures that it reads.
        seed: of the random start.

    Returns:
        A ConvTranspose2d with bias that makes a picture of that size out of the code.

    Raises:
        TypeError: the layer is no Conv2d.
        ValueError: its kernel is larger than the image, or its padding is not given in numbers.
    """
    check_layer(layer)
    if isinstance(layer.padding, str):
        raise ValueError(f"`layer.padding` (={layer.padding!r}) must be given in numbers.")
    size = to_tuple(image_size, 2, "image_size", 1)
    settings: dict[str, Any] = {
        "kernel_size": layer.kernel_size,
        "stride": layer.stride,
        "padding": layer.padding,
        "dilation": layer.dilation,
    }
    code_size = layer_output_size(layer, size)
    # never None: the rows that a stride leaves over are fewer than the stride
    settings["output_padding"] = output_padding_for(size, code_size, **settings) or (0, 0)
    return seeded_transposed_layer(seed, layer.out_channels, layer.in_channels, **settings)


def train_decoder(
    decoder: nn.Module, code: Tensor, image: Tensor, steps: int = 300, learning_rate: float = 0.01
) -> Iterator[TrainingStep]:
    """Teach a decoder to make the picture out of its code, a step at a time.

    Adam on the mean squared error, with the whole picture in each step: nothing is random but the
    decoder's start. The rate falls to nothing along half a cosine, so that the end is calm.
    To stop, just take no further step: the decoder stays as it is and can be used or trained on.

    Args:
        decoder: such as `seeded_decoder` makes; its weights are changed in place.
        code: (N, C, h, w), what the decoder is given.
        image: (N, channels, H, W), what it shall give, values 0..1.
        steps: how often the weights are changed, at least 1.
        learning_rate: Adam's, at the start.

    Returns:
        A generator of steps + 1 `TrainingStep`s: step 0 shows the decoder untrained.

    Raises:
        TypeError: the decoder is no module, or code or image are not floating point.
        ValueError: steps is not whole or below 1, or the rate not above 0; or, at the first step,
            the decoder's output has not the shape of the image.

    Example:
        >>> decoder = seeded_decoder(3, (4, 1), (2,))
        >>> code, image = torch.ones(1, 4, 2, 2), torch.ones(1, 1, 4, 4)
        >>> [step.step for step in train_decoder(decoder, code, image, steps=2)]
        [0, 1, 2]
    """
    if not isinstance(decoder, nn.Module):
        raise TypeError(f"`decoder` (a {type(decoder).__name__}) must be an nn.Module.")
    check_tensor(code, "code", [layouts(2)[0]], FLOATING)
    check_tensor(image, "image", [layouts(2)[0]], FLOATING)
    steps = to_whole(steps, "steps", 1)
    learning_rate = to_real(learning_rate, "learning_rate", 0)
    with torch.inference_mode(False):
        code, image = code.detach().float().clone(), image.detach().float().clone()
    return _train(decoder, code, image, steps, learning_rate)


def _train(
    decoder: nn.Module, code: Tensor, image: Tensor, steps: int, learning_rate: float
) -> Iterator[TrainingStep]:
    optimizer = torch.optim.Adam(decoder.parameters(), lr=learning_rate)
    for step in range(steps + 1):
        # entered anew each time: a mode held across `yield` would be the caller's mode as well
        with torch.inference_mode(False), torch.enable_grad():
            output = decoder(code)
            if output.shape != image.shape:
                raise ValueError(
                    f"`decoder` makes {tuple(output.shape)} of `code` (shape {tuple(code.shape)}), "
                    f"but `image` is {tuple(image.shape)}: choose strides whose product is the "
                    "stride of the layer that made the code."
                )
            loss = (output - image).square().mean()
            if step < steps:
                for group in optimizer.param_groups:
                    group["lr"] = learning_rate * (1 + math.cos(math.pi * step / steps)) / 2
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        error = loss.item()
        yield TrainingStep(step, error, decibel(error), output.detach())

"""From a layer's output back to the picture: how much of it comes back, not only its shape.

The layer computes y = W x + bias. Below are four answers to "what was x?": the transposed
convolution with the same weights (W^T y, the adjoint), the same divided by its overlaps, the least
squares solution, and a decoder that is trained. `psnr` compares them.

torch's own convolutions do the work here; convolution.py and transposed.py have readable ones.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.geometry import output_padding_for, overlap_counts
from lessons_lib.geometry.arguments import to_real, to_seed, to_tuple, to_whole
from lessons_lib.geometry.sizes import layer_output_size
from lessons_lib.kernels import named_kernel, seeded_transposed_layer, weighted_layer
from lessons_lib.tensors import (
    FLOATING,
    check_finite,
    check_same_shape,
    check_tensor,
    layouts,
)


def psnr(image: Tensor, reference: Tensor) -> float:
    """Say how close a picture comes to another, in decibels: 20 is poor, 30 fair, 40 hard to see.

    Args:
        image, reference: the same shape, floating point, values meant to lie in 0..1.

    Returns:
        The peak signal-to-noise ratio with peak 1, 10 log10(1 / mean squared error), in dB;
        infinity for equal pictures.

    Raises:
        TypeError, ValueError: the shapes differ or are empty, or they are not floating point.

    Example:
        >>> round(psnr(torch.full((1, 3, 4, 5), 0.6), torch.full((1, 3, 4, 5), 0.5)), 3)
        20.0
    """
    _check_pictures(image=image, reference=reference)
    return _decibel((image.double() - reference.double()).square().mean().item())


def _check_pictures(**pictures: Tensor) -> None:
    """Refuse two pictures, by name, that cannot be compared number by number."""
    (name, first), (like_name, like) = pictures.items()
    check_tensor(first, name, (), FLOATING)
    check_tensor(like, like_name, (), FLOATING)
    check_same_shape(first, like, name, like_name)
    if not first.numel():
        raise ValueError(f"`{name}` (shape {tuple(first.shape)}) must not be empty.")


def _decibel(mean_squared_error: float) -> float:
    return -10 * math.log10(mean_squared_error) if mean_squared_error else math.inf


# --------------------------------------------------------------------- the same weights, backwards


def blur_layer(size: int = 7) -> nn.Conv2d:
    """Build a layer that blurs a photo and keeps its size: each channel with the same Gaussian.

    Args:
        size: of the kernel, odd.

    Raises:
        ValueError: the size is even or below 1: no padding would keep the photo's size.

    Example:
        >>> blur_layer(3)(torch.ones(1, 3, 4, 5)).shape
        torch.Size([1, 3, 4, 5])
    """
    if size < 1 or size % 2 == 0:
        raise ValueError(f"`size` (={size}) must be odd and at least 1, so that there is a middle.")
    weight = named_kernel("gaussian", size).repeat(3, 1, 1, 1)
    return weighted_layer(nn.Conv2d, weight, padding=size // 2, groups=3)


def with_noise(code: Tensor, amount: float, seed: int) -> Tensor:
    """Add to every number of a code a random one, as a camera or a rounded file does.

    Args:
        code: any shape, floating point.
        amount: standard deviation of what is added, at least 0.
        seed: the same seed adds the same noise; torch's global one is left alone.

    Returns:
        the code with noise, of its shape and dtype.

    Raises:
        ValueError: the amount is negative.

    Example:
        >>> with_noise(torch.zeros(2), 0.0, seed=3).tolist()
        [0.0, 0.0]
    """
    if amount < 0:
        raise ValueError(f"`amount` (={amount}) must be at least 0.")
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(code.shape, generator=generator, dtype=code.dtype)
    return code.detach() + amount * noise


def at_best_brightness(found: Tensor, image: Tensor) -> Tensor:
    """Change a picture by the one gain and shift that bring it nearest to another.

    Args:
        found: what is changed, floating point.
        image: of the same shape, what it is to be like.

    Returns:
        gain * found + shift, by least squares.

    Raises:
        TypeError, ValueError: as in `psnr`.

    Example:
        >>> at_best_brightness(torch.tensor([1.0, 2.0]), torch.tensor([5.0, 3.0])).tolist()
        [5.0, 3.0]
    """
    _check_pictures(found=found, image=image)
    mean, wanted = found.mean(), image.double().mean()
    spread = (found - mean).square().mean()
    gain = ((found - mean) * (image - wanted)).mean() / spread if spread > 0 else spread
    return gain * (found - mean) + wanted


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
    way = _Way(layer, (image.shape[-2], image.shape[-1]))
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
    return _Way(layer, image_size).back(code)


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
    way = _Way(layer, image_size)
    return way.back(code) / way.overlaps().clamp(min=1)


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
    return _Way(layer, image_size).overlaps()


class _Way:
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


# ------------------------------------------------------------------------------------ least squares


@dataclass(frozen=True, eq=False)
class Iteration:
    """Where the conjugate gradients stand.

    Attributes:
        step: 1 for the first iteration.
        image: of shape (N, in_channels, H, W) and the search's dtype, a tensor of its own.
        residual: |y - W x| / |y|, how much of the code the picture does not explain yet; 0..1.
    """

    step: int
    image: Tensor
    residual: float


def least_squares(
    code: Tensor,
    layer: nn.Conv2d,
    image_size: tuple[int, int],
    iterations: int = 200,
    dtype: torch.dtype = torch.float64,
) -> Iterator[Iteration]:
    """Search for the picture whose code is nearest to the given one, a step at a time.

    Conjugate gradients on the least squares problem (CGLS), from a black picture: of all pictures
    with that code it goes towards the smallest, so that what the layer did not keep stays black.
    Each iteration costs one convolution and one transposed convolution.

    What is still missing in the code, r = y - W x, is carried along, and the way down is W^T r: a
    rounding error in r can send the search only where the layer looks. `normal_equations` is the
    form that does without. The search ends where rounding leaves nothing to gain.

    Args:
        code, layer, image_size: as in `adjoint`.
        iterations: the most that are made, at least 1.
        dtype: of the computation, torch.float64 or torch.float32.

    Returns:
        A generator of `Iteration`. A black code gives none: the black picture is its answer.

    Raises:
        TypeError, ValueError: as in `adjoint`, at the call; or the code is not finite, or
            iterations not whole or below 1.

    Source:
        Bjorck, Numerical Methods for Least Squares Problems (1996), algorithm 7.4.1.

    Example:
        >>> layer = nn.Conv2d(1, 1, 1, bias=False)
        >>> _ = nn.init.constant_(layer.weight, 0.5)
        >>> code = encode(torch.ones(1, 1, 2, 2), layer)
        >>> [found.image.flatten().tolist() for found in least_squares(code, layer, (2, 2))]
        [[1.0, 1.0, 1.0, 1.0]]
    """
    iterations = to_whole(iterations, "iterations", 1)
    return _cgls(*_begin(code, layer, image_size, dtype), iterations)


def _begin(
    code: Tensor,
    layer: nn.Conv2d,
    image_size: tuple[int, int],
    dtype: torch.dtype,
) -> tuple[_Way, Tensor, Tensor]:
    """Give W, the code and W^T of it: at the call, so that a wrong size is told there."""
    way = _Way(layer, image_size, dtype)
    gradient = way.back(code)
    check_finite(code, "code")
    return way, code.detach().to(dtype), gradient


def _cgls(way: _Way, code: Tensor, gradient: Tensor, iterations: int) -> Iterator[Iteration]:
    floor = 16 * torch.finfo(code.dtype).eps
    image, residual, direction = torch.zeros_like(gradient), code, gradient
    size, first = code.norm().item(), gradient.norm().item()
    square = first**2
    for step in range(1, iterations + 1):
        left = residual.norm().item()
        # |W^T r| says how steep it still is; both |r| and the slope bring their rounding along
        if left <= floor * size or math.sqrt(square) <= floor * first / size * left:
            return
        seen = way.forth(direction)
        length = square / seen.square().sum().item()
        image = image + length * direction
        residual = residual - length * seen
        gradient = way.back(residual)
        before, square = square, gradient.square().sum().item()
        direction = gradient + (square / before) * direction
        yield Iteration(step, image, residual.norm().item() / size)


def normal_equations(
    code: Tensor,
    layer: nn.Conv2d,
    image_size: tuple[int, int],
    iterations: int = 200,
    dtype: torch.dtype = torch.float64,
) -> Iterator[Iteration]:
    """Search as `least_squares` does, in the shortest form: do not use it, see it fail.

    Conjugate gradients on W^T W x = W^T y. The way down is taken from W^T y once and then only
    changed, by W^T W of each direction. So the rounding errors of all steps stay in it, those in
    patterns that the layer does not see at all included. There nothing stops the search, and
    the picture grows without end: in float64 later than in float32, and as surely.

    Args, Returns, Raises: as in `least_squares`; it does not end by itself. The residual is that
        of the picture, computed anew.

    Source:
        Bjorck, Numerical Methods for Least Squares Problems (1996), section 7.4.1.

    Example:
        >>> layer = nn.Conv2d(1, 1, 1, bias=False)
        >>> _ = nn.init.constant_(layer.weight, 0.5)
        >>> code = encode(torch.ones(1, 1, 2, 2), layer)
        >>> next(normal_equations(code, layer, (2, 2))).image.flatten().tolist()
        [1.0, 1.0, 1.0, 1.0]
    """
    iterations = to_whole(iterations, "iterations", 1)
    return _shortest(*_begin(code, layer, image_size, dtype), iterations)


def _shortest(way: _Way, code: Tensor, gradient: Tensor, iterations: int) -> Iterator[Iteration]:
    image, direction = torch.zeros_like(gradient), gradient
    square, size = gradient.square().sum().item(), code.norm().item()
    for step in range(1, iterations + 1):
        seen = way.back(way.forth(direction))
        length = square / (direction * seen).sum().item()
        image = image + length * direction
        gradient = gradient - length * seen  # `least_squares` takes W^T of what is missing
        before, square = square, gradient.square().sum().item()
        direction = gradient + (square / before) * direction
        yield Iteration(step, image, (code - way.forth(image)).norm().item() / size)


# ------------------------------------------------------------------- how well patterns are kept


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
        ValueError: the size is no multiple of the stride, or smaller than the kernel.

    Source:
        Sedghi, Gupta, Long: The Singular Values of Convolutional Layers (2019), here with strides.

    Example:
        >>> layer = nn.Conv2d(1, 1, 1, bias=False)
        >>> _ = nn.init.constant_(layer.weight, 0.5)
        >>> pattern_strengths(layer, (1, 2)).tolist()
        [0.5, 0.5]
    """
    reach = [d * (k - 1) for d, k in zip(layer.dilation, layer.kernel_size, strict=True)]
    for n, s, r in zip(image_size, layer.stride, reach, strict=True):
        if n % s or n <= r:
            raise ValueError(
                f"`image_size` (={image_size}) must be multiples of the stride ({layer.stride}) "
                f"and larger than {tuple(reach)}, which the kernel spans."
            )
    down, across = layer.stride
    channels = layer.in_channels
    kinds = channels * down * across  # pixels of one stride's cell: each an impulse
    impulses = torch.zeros(kinds, channels, *image_size, dtype=torch.float64)
    places = impulses.view(channels, down, across, channels, *image_size)
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


# ---------------------------------------------------------------------------------- learned decoder


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
        yield TrainingStep(step, error, _decibel(error), output.detach())

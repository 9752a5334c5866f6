"""The picture whose code is nearest to the given one, searched for by conjugate gradients."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lessons_lib.geometry.arguments import to_whole
from lessons_lib.reconstruction.way import Way
from lessons_lib.tensors import check_finite


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
        TypeError, ValueError: as in `adjoint`, at the call; or the code is not finite,
            iterations not whole or below 1, or the dtype another.

    Source:
        Bjorck, Numerical Methods for Least Squares Problems (1996), algorithm 7.4.1.

    Example:
        >>> from lessons_lib.reconstruction import encode
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
) -> tuple[Way, Tensor, Tensor]:
    """Give W, the code and W^T of it: at the call, so that a wrong size is told there."""
    if dtype not in (torch.float64, torch.float32):
        raise ValueError(f"`dtype` (={dtype}) must be torch.float64 or torch.float32.")
    way = Way(layer, image_size, dtype)
    gradient = way.back(code)
    check_finite(code, "code")
    return way, code.detach().to(dtype), gradient


def _cgls(way: Way, code: Tensor, gradient: Tensor, iterations: int) -> Iterator[Iteration]:
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
        >>> from lessons_lib.reconstruction import encode
        >>> layer = nn.Conv2d(1, 1, 1, bias=False)
        >>> _ = nn.init.constant_(layer.weight, 0.5)
        >>> code = encode(torch.ones(1, 1, 2, 2), layer)
        >>> next(normal_equations(code, layer, (2, 2))).image.flatten().tolist()
        [1.0, 1.0, 1.0, 1.0]
    """
    iterations = to_whole(iterations, "iterations", 1)
    return _shortest(*_begin(code, layer, image_size, dtype), iterations)


def _shortest(way: Way, code: Tensor, gradient: Tensor, iterations: int) -> Iterator[Iteration]:
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

"""Find a kernel at once: for one layer the loss is a valley with a single lowest point."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.grad import conv2d_weight

from lessons_lib.geometry.arguments import to_tuple
from lessons_lib.tensors import FLOATING, check_finite, check_same_shape, check_tensor, layouts
from lessons_lib.training.loss import LOSSES

STRIP = 32  # rows of windows that are held as a matrix at a time
RESOLVED = 1e-12  # steepness below this share of the steepest is rounding: nothing is known there


def window_matrix(image: Tensor, kernel_size: tuple[int, int], bias: bool = False) -> Tensor:
    """Write all windows of a picture as the rows of one matrix.

    The layer's output is this matrix times the kernel written as one column, so that learning the
    kernel is solving equations: one for each pixel of the output.

    Args:
        image: (1, C, H, W), floating point; better a small one, for k x k needs k * k times as
            much memory as the picture.
        kernel_size: (kh, kw).
        bias: whether a column of ones for the bias follows.

    Returns:
        (H_out * W_out, C * kh * kw), one more column with a bias.

    Raises:
        TypeError, ValueError: it is no single picture, not floating point, or smaller than the
            kernel.

    Example:
        >>> window_matrix(torch.arange(6.0).reshape(1, 1, 2, 3), (2, 2)).tolist()
        [[0.0, 1.0, 3.0, 4.0], [1.0, 2.0, 4.0, 5.0]]
    """
    kernel_size = _checked_size(image, kernel_size)
    rows = F.unfold(image, kernel_size)[0].T  # (positions, C * kh * kw)
    if bias:
        rows = torch.cat([rows, rows.new_ones(len(rows), 1)], dim=1)
    return rows


def _checked_size(image: Tensor, kernel_size: tuple[int, int]) -> tuple[int, int]:
    """Refuse what is no single picture, or a kernel larger than it; (kh, kw) of what is."""
    check_tensor(image, "image", ["1, channels, height, width"], FLOATING)
    if len(image) != 1:
        raise ValueError(
            f"`image` (shape {tuple(image.shape)}) must be one picture: give image[:1]."
        )
    kh, kw = to_tuple(kernel_size, 2, "kernel_size", 1)
    if image.shape[-2] < kh or image.shape[-1] < kw:
        raise ValueError(
            f"`image` (shape {tuple(image.shape)}) must be at least as large as `kernel_size` "
            f"(={kernel_size})."
        )
    return kh, kw


@dataclass(frozen=True, eq=False)
class Valley:
    """The shape of the loss around its lowest point, the same for every wanted output.

    Attributes:
        positions: pixels of the output: so many squared errors are summed.
        kernel_size: (in_channels, kh, kw).
        bias: whether the last number of a direction is the bias.
        steepness: float64 (n,), from flat to steep: how fast the SUM of squares grows with the
            square of the distance along each direction; eigenvalues of A^T A, A the window matrix.
        directions: float64 (n, n), a column for each; all at right angles.
    """

    positions: int
    kernel_size: tuple[int, int, int]
    bias: bool
    steepness: Tensor
    directions: Tensor

    @property
    def rank(self) -> int:
        """Say how many directions change the output at all."""
        return int((self.steepness > RESOLVED * self.steepness[-1]).sum())

    @property
    def unknown(self) -> Tensor:
        """Give the directions along which the loss does not change: float64 (n, n - rank)."""
        return self.directions[:, : len(self.steepness) - self.rank]

    @property
    def condition_number(self) -> float:
        """Give how much longer than wide the valley is: infinity where a direction is unknown."""
        if self.rank < len(self.steepness):
            return math.inf
        return math.sqrt(float(self.steepness[-1] / self.steepness[0]))

    def learning_rate_limit(self, loss: str = "sum") -> float:
        """Give the rate above which plain gradient descent diverges: 2 over the largest curvature.

        Args:
            loss: "sum", whose second derivative is 2 A^T A, or "mean", 2 A^T A / positions.
        """
        if loss not in LOSSES:
            raise ValueError(f"`loss` (={loss!r}) must be one of {', '.join(LOSSES)}.")
        share = 1 if loss == "sum" else self.positions
        steepest = float(self.steepness[-1])
        return share / steepest if steepest > 0 else math.inf

    def distances(self, kernel: Tensor, target: Tensor) -> Tensor:
        """Measure how far a kernel is from another along each direction.

        Args:
            kernel, target: (1, in_channels, kh, kw); with a bias flat, the bias at the end.

        Returns:
            float64 (n,), in the order of `steepness`.
        """
        check_tensor(kernel, "kernel", (), FLOATING)
        check_tensor(target, "target", (), FLOATING)
        check_same_shape(kernel, target, "kernel", "target")
        if kernel.numel() != len(self.steepness):
            raise ValueError(
                f"`kernel` (shape {tuple(kernel.shape)}) must hold {len(self.steepness)} numbers, "
                "as many as the valley has directions."
            )
        return self.directions.T @ (kernel - target).double().flatten()


def loss_valley(image: Tensor, kernel_size: tuple[int, int], bias: bool = False) -> Valley:
    """Find out how the loss depends on the kernel, for a layer of one kernel on this picture.

    Neighbouring pixels are alike, so that many kernels make nearly the same output: along such
    directions the valley is nearly flat, and going down the slope takes for ever.

    Args:
        image: (1, C, H, W), floating point, at least as large as the kernel.
        kernel_size: (kh, kw); stride 1 and no padding.
        bias: whether the layer has a bias.

    Raises:
        TypeError, ValueError: the picture is not one, not floating point, not finite, or smaller
            than the kernel.

    Example:
        >>> valley = loss_valley(torch.tensor([[[[1.0, 0.0, 0.0, 2.0]]]]), (1, 1))
        >>> valley.steepness.tolist(), valley.learning_rate_limit("sum")
        ([5.0], 0.2)
    """
    kh, kw = kernel_size = _checked_size(image, kernel_size)
    check_finite(image, "image")
    rows = image.shape[-2] - kh + 1
    size = image.shape[1] * kh * kw + bias
    gram = torch.zeros(size, size, dtype=torch.float64)
    for top in range(0, rows, STRIP):  # the whole matrix would not fit into a small machine
        strip = image[..., top : min(top + STRIP, rows) + kh - 1, :].detach().double()
        windows = window_matrix(strip, kernel_size, bias)
        gram += windows.T @ windows
    steepness, directions = torch.linalg.eigh(gram)
    positions = rows * (image.shape[-1] - kw + 1)
    shape = (int(image.shape[1]), kh, kw)
    return Valley(positions, shape, bias, steepness.clamp(min=0), directions)


@dataclass(frozen=True, eq=False)
class Solution:
    """The lowest point of the loss.

    Attributes:
        kernel: float64 (1, in_channels, kh, kw).
        bias: float64 (1,), None where there is none.
    """

    kernel: Tensor
    bias: Tensor | None


def solve_kernel(
    image: Tensor,
    wanted: Tensor,
    kernel_size: tuple[int, int],
    bias: bool = False,
    valley: Valley | None = None,
) -> Solution:
    """Find the kernel at once, by least squares.

    At the lowest point the slope is zero: A^T A kernel = A^T wanted (the normal equations), solved
    in float64 along the directions of the valley. Along a direction that the picture tells nothing
    about, the answer stays at 0: of all kernels that fit, it is the smallest.

    Args:
        image: (1, C, H, W).
        wanted: (1, 1, H - kh + 1, W - kw + 1).
        kernel_size: (kh, kw).
        bias: whether the layer has a bias.
        valley: of this picture, kernel size and bias, where it is known already.

    Raises:
        TypeError, ValueError: as in `loss_valley`, or wanted or valley do not fit.

    Example:
        >>> picture = torch.tensor([[[[1.0, 0.0, 0.0, 2.0]]]])
        >>> solve_kernel(picture, -3 * picture, (1, 1)).kernel.item()
        -3.0
    """
    kernel_size = _checked_size(image, kernel_size)
    check_tensor(wanted, "wanted", [layouts(2)[0]], FLOATING)
    sizes = (image.shape[-2] - kernel_size[0] + 1, image.shape[-1] - kernel_size[1] + 1)
    if tuple(wanted.shape) != (1, 1, *sizes):
        raise ValueError(
            f"`wanted` (shape {tuple(wanted.shape)}) must be {(1, 1, *sizes)}, which is what such "
            "a kernel makes of the image."
        )
    valley = valley or loss_valley(image, kernel_size, bias)
    if (valley.kernel_size, valley.bias) != ((image.shape[1], *kernel_size), bias):
        raise ValueError(
            f"`valley` is of a kernel {valley.kernel_size}, bias {valley.bias}, but asked for is "
            f"{(image.shape[1], *kernel_size)}, bias {bias}: leave it out."
        )
    picture, output = image.detach().double(), wanted.detach().double()
    shape = (1, picture.shape[1], *kernel_size)
    # A^T wanted without A: the slope by the weights of the sum of output * wanted
    pull = conv2d_weight(picture, shape, output).flatten()
    if bias:
        pull = torch.cat([pull, output.sum().reshape(1)])
    known = slice(len(pull) - valley.rank, None)
    along = valley.directions[:, known]
    found = along @ ((along.T @ pull) / valley.steepness[known])
    kernel = found[:-1] if bias else found
    return Solution(kernel.reshape(shape), found[-1:] if bias else None)

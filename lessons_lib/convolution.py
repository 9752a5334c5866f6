"""Convolution from first principles: a small picture laid over a large one, products summed.

torch has all of this in one line. It stands here because that line hides the loop, and the loop is
the lesson. Nothing below calls torch's own convolutions; the tests compare with them.
"""

from collections.abc import Sequence
from itertools import product

import torch
from torch import Tensor

from lessons_lib.geometry.arguments import to_tuple
from lessons_lib.geometry.cost import check_groups
from lessons_lib.geometry.sizes import padding_sides, sizes_along
from lessons_lib.tensors import (
    PLANE,
    SUMMED,
    check_alike,
    check_bias,
    check_tensor,
    for_sums,
    layouts,
)

# ------------------------------------------------------------------------- one picture, one kernel


def correlate2d(image: Tensor, kernel: Tensor) -> Tensor:
    """Slide the kernel over the image; at each stop multiply what lies on top and add it all up.

    This is what deep learning calls a convolution.

    Args:
        image: (H, W), whole, floating point or complex numbers; no booleans.
        kernel: (kh, kw), same dtype, not larger than the image.

    Returns:
        (H - kh + 1, W - kw + 1), same dtype. Sums of whole numbers wrap around where they do not
        fit; sums of half precision are carried in float32 and rounded once.

    Raises:
        ValueError: a tensor is not two-dimensional or empty, or the kernel is larger than the
            image.
        TypeError: something is no tensor, or the dtypes differ or are of another kind.

    Example:
        >>> correlate2d(torch.arange(9).view(3, 3), torch.arange(4).view(2, 2)).tolist()
        [[19, 25], [37, 43]]
    """
    check_planes(image, kernel)
    height, width = _plane_output_size(image, kernel)
    kh, kw = kernel.shape
    pixels, weights = for_sums(image), for_sums(kernel)
    output = image.new_zeros(height, width)
    for i in range(height):
        for j in range(width):
            output[i, j] = (pixels[i : i + kh, j : j + kw] * weights).sum()
    return output


def correlate2d_windows(image: Tensor, kernel: Tensor) -> Tensor:
    """Do what `correlate2d` does without a loop: lay out all windows at once, then multiply.

    Args, Returns, Raises: as in `correlate2d`.

    Example:
        >>> correlate2d_windows(torch.arange(9).view(3, 3), torch.arange(4).view(2, 2)).tolist()
        [[19, 25], [37, 43]]
    """
    check_planes(image, kernel)
    _plane_output_size(image, kernel)
    kh, kw = kernel.shape
    # (H - kh + 1, W - kw + 1, kh, kw), a view: no copy
    windows = for_sums(image).unfold(0, kh, 1).unfold(1, kw, 1)
    return (windows * for_sums(kernel)).sum(dim=(-2, -1)).to(image.dtype)


def convolve2d(image: Tensor, kernel: Tensor) -> Tensor:
    """Convolve in the mathematician's sense: turn the kernel by 180 degrees, then correlate.

    Args, Returns, Raises: as in `correlate2d`.

    Example:
        >>> convolve2d(torch.arange(9).view(3, 3), torch.arange(4).view(2, 2)).tolist()
        [[5, 11], [23, 29]]
    """
    check_planes(image, kernel)
    return correlate2d(image, kernel.flip(0, 1))


def check_planes(image: Tensor, kernel: Tensor, for_more: str = "conv2d") -> None:
    """Refuse what is not one picture and one kernel of the same kind of number."""
    for name, plane in (("image", image), ("kernel", kernel)):
        cure = f"pick one picture and one channel, or use {for_more} for all of them."
        check_tensor(plane, name, PLANE, SUMMED, cure)
    check_alike(kernel, image, "kernel", "image")


def _plane_output_size(image: Tensor, kernel: Tensor) -> tuple[int, int]:
    (height, width), (kh, kw) = image.shape, kernel.shape
    if kh > height or kw > width:
        raise ValueError(
            f"`kernel` (shape {tuple(kernel.shape)}) must fit into `image` (shape "
            f"{tuple(image.shape)}): take a smaller kernel, or pad the image first."
        )
    return height - kh + 1, width - kw + 1


# ------------------------------------------------------- batches and channels, one to three axes


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """Slide kernels along a signal, as `torch.nn.functional.conv1d` does.

    Args:
        input: (N, C, L) or (C, L), whole, floating point or complex numbers.
        weight: (out_channels, C / groups, k), same dtype.
        bias: (out_channels,) or None, same dtype.
        stride, padding, dilation, groups: as in `conv2d`.

    Returns:
        (N, out_channels, L_out) or (out_channels, L_out); L_out as in `conv_output_size`.

    Raises:
        ValueError, TypeError: shapes, dtypes or settings do not fit; the message says why.

    Example:
        >>> conv1d(torch.tensor([[1, 2, 4, 8]]), torch.tensor([[[-1, 1]]])).tolist()
        [[1, 2, 4]]
    """
    return _convolve(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """Slide kernels over pictures, as `torch.nn.functional.conv2d` does.

    Args:
        input: (N, C, H, W) or (C, H, W), whole, floating point or complex numbers; no booleans.
            Only the batch may be empty.
        weight: (out_channels, C / groups, kh, kw), same dtype.
        bias: (out_channels,) or None, same dtype.
        stride: step of the window, at least 1; one number, or (height, width).
        padding: zeros added on both sides, at least 0; one number, (height, width), 'valid'
            (none) or 'same' (output as large as the input; stride 1 only).
        dilation: distance between neighbouring taps, at least 1; one number, or (height, width).
        groups: number of channel groups that do not see one another; divides both channel counts.

    Returns:
        (N, out_channels, H_out, W_out) or (out_channels, H_out, W_out), same dtype; the sizes as in
        `conv_output_size`. Sums of whole numbers wrap around where they do not fit; sums of half
        precision are carried in float32 and rounded once.

    Raises:
        ValueError, TypeError: shapes, dtypes or settings do not fit; the message says why.

    Example:
        >>> conv2d(torch.ones(1, 2, 2), torch.ones(1, 1, 3, 3), padding=1).tolist()
        [[[4.0, 4.0], [4.0, 4.0]]]
    """
    return _convolve(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """Slide kernels through clips or volumes, as `torch.nn.functional.conv3d` does.

    Args:
        input: (N, C, D, H, W) or (C, D, H, W), whole, floating point or complex numbers.
        weight: (out_channels, C / groups, kd, kh, kw), same dtype.
        bias: (out_channels,) or None, same dtype.
        stride, padding, dilation, groups: as in `conv2d`; triples are (depth, height, width).

    Returns:
        (N, out_channels, D_out, H_out, W_out), or the same without N; the sizes as in
        `conv_output_size`.

    Raises:
        ValueError, TypeError: shapes, dtypes or settings do not fit; the message says why.

    Example:
        >>> conv3d(torch.ones(1, 4, 5, 6), torch.ones(1, 1, 2, 3, 3)).shape
        torch.Size([1, 3, 3, 4])
    """
    return _convolve(3, input, weight, bias, stride, padding, dilation, groups)


def _convolve(
    dims: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: int | Sequence[int],
    padding: int | str | Sequence[int],
    dilation: int | Sequence[int],
    groups: int,
) -> Tensor:
    """Add up, tap by tap, the shifted input times that tap's weights: any number of axes."""
    groups = _check_tensors(dims, input, weight, bias, groups)
    kernel_size = tuple(weight.shape[2:])
    s = to_tuple(stride, dims, "stride", 1)
    d = to_tuple(dilation, dims, "dilation", 1)
    sides = padding_sides(padding, kernel_size, s, d)
    named = f"`weight` (shape {tuple(weight.shape)})"
    sizes = sizes_along(input.shape[-dims:], kernel_size, s, sides, d, named)

    batch = for_sums(input if input.dim() == dims + 2 else input.unsqueeze(0))
    padded = _zero_pad(batch, sides)
    grouped = padded.unflatten(1, (groups, -1))  # (N, groups, C / groups, ...)
    kernels = for_sums(weight).unflatten(0, (groups, -1))  # (groups, out / groups, C / groups, ...)
    output = batch.new_zeros(len(batch), groups, kernels.shape[1], *sizes)
    for tap in product(*map(range, kernel_size)):
        # all the pixels that this tap meets while the window moves over the whole input
        first = [step * t for step, t in zip(d, tap, strict=True)]
        stops = zip(first, sizes, s, strict=True)
        met = [slice(f, f + (n - 1) * step + 1, step) for f, n, step in stops]
        output = output + torch.einsum(
            "ngc...,goc->ngo...", grouped[:, :, :, *met], kernels[:, :, :, *tap]
        )
    output = output.flatten(1, 2)  # (N, out_channels, ...)
    if bias is not None:
        output = output + bias.view(-1, *[1] * dims)
    output = output.to(input.dtype)
    return output if input.dim() == dims + 2 else output.squeeze(0)


def _zero_pad(batch: Tensor, sides: Sequence[tuple[int, int]]) -> Tensor:
    """Lay the input into the middle of a larger field of zeros."""
    sizes = batch.shape[2:]
    grown = [n + before + after for n, (before, after) in zip(sizes, sides, strict=True)]
    padded = batch.new_zeros(*batch.shape[:2], *grown)
    middle = [slice(before, before + n) for n, (before, _) in zip(sizes, sides, strict=True)]
    padded[:, :, *middle] = batch
    return padded


def _check_tensors(
    dims: int, input: Tensor, weight: Tensor, bias: Tensor | None, groups: int
) -> int:
    """Refuse tensors that do not fit together, before any arithmetic; give the groups back."""
    batched, single = layouts(dims)
    check_tensor(
        weight,
        "weight",
        [batched.replace("batch, channels", "out_channels, in_channels / groups")],
        SUMMED,
        "reshape it, for example with weight.view(1, 1, ...).",
    )
    cure = "add the missing axis with input.unsqueeze(0)."
    check_tensor(input, "input", [batched, single], SUMMED, cure)
    in_channels, out_channels, groups = check_groups(input.shape[-dims - 1], len(weight), groups)
    if weight.shape[1] * groups != in_channels:
        raise ValueError(
            f"`weight` (shape {tuple(weight.shape)}) with `groups` (={groups}) expects "
            f"{weight.shape[1]} * {groups} = {weight.shape[1] * groups} input channels, but "
            f"`input` (shape {tuple(input.shape)}) has {in_channels}: "
            f"its second size must be {in_channels // groups}."
        )
    check_alike(weight, input, "weight", "input")
    check_bias(bias, out_channels, input)
    return groups

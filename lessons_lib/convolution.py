"""Convolution from first principles: a small picture laid over a large one, products summed.

torch has all of this in one line. It stands here because that line hides the loop, and the loop is
the lesson. Nothing below calls torch's own convolutions; the tests compare with them.
"""

from collections.abc import Sequence
from itertools import product

import torch
from torch import Tensor

from lessons_lib.geometry import conv_output_size, same_padding
from lessons_lib.geometry.arguments import to_tuple

# ------------------------------------------------------------------------- one picture, one kernel


def correlate2d(image: Tensor, kernel: Tensor) -> Tensor:
    """Slide the kernel over the image; at each stop multiply what lies on top and add it all up.

    This is what deep learning calls a convolution.

    Args:
        image: (H, W), any real dtype.
        kernel: (kh, kw), same dtype, not larger than the image.

    Returns:
        (H - kh + 1, W - kw + 1), same dtype.

    Raises:
        ValueError: a tensor is not two-dimensional, or the kernel is larger than the image.
        TypeError: the dtypes differ.

    Example:
        >>> correlate2d(torch.arange(9).view(3, 3), torch.arange(4).view(2, 2)).tolist()
        [[19, 25], [37, 43]]
    """
    height, width = _plane_output_size(image, kernel)
    kh, kw = kernel.shape
    output = image.new_zeros(height, width)
    for i in range(height):
        for j in range(width):
            output[i, j] = (image[i : i + kh, j : j + kw] * kernel).sum()
    return output


def correlate2d_windows(image: Tensor, kernel: Tensor) -> Tensor:
    """Do what `correlate2d` does without a loop: lay out all windows at once, then multiply.

    Args, Returns, Raises: as in `correlate2d`.

    Example:
        >>> correlate2d_windows(torch.arange(9).view(3, 3), torch.arange(4).view(2, 2)).tolist()
        [[19, 25], [37, 43]]
    """
    _plane_output_size(image, kernel)
    kh, kw = kernel.shape
    windows = image.unfold(0, kh, 1).unfold(1, kw, 1)  # (H-kh+1, W-kw+1, kh, kw), a view: no copy
    return (windows * kernel).sum(dim=(-2, -1), dtype=image.dtype)


def convolve2d(image: Tensor, kernel: Tensor) -> Tensor:
    """Convolve in the mathematician's sense: turn the kernel by 180 degrees, then correlate.

    Args, Returns, Raises: as in `correlate2d`.

    Example:
        >>> convolve2d(torch.arange(9).view(3, 3), torch.arange(4).view(2, 2)).tolist()
        [[5, 11], [23, 29]]
    """
    _plane_output_size(image, kernel)
    return correlate2d(image, kernel.flip(0, 1))


def _plane_output_size(image: Tensor, kernel: Tensor) -> tuple[int, int]:
    for name, plane in (("image", image), ("kernel", kernel)):
        if plane.dim() != 2:
            raise ValueError(
                f"`{name}` (shape {tuple(plane.shape)}) must be (height, width): "
                "pick one picture and one channel, or use conv2d for all of them."
            )
    check_same_dtype(image, kernel, "image", "kernel")
    height, width = conv_output_size(tuple(image.shape), tuple(kernel.shape))
    return height, width


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
        input: (N, C, L) or (C, L), any real dtype.
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
        input: (N, C, H, W) or (C, H, W), any real dtype.
        weight: (out_channels, C / groups, kh, kw), same dtype.
        bias: (out_channels,) or None, same dtype.
        stride: step of the window, at least 1; one number, or (height, width).
        padding: zeros added on both sides, at least 0; one number, (height, width), 'valid'
            (none) or 'same' (output as large as the input; stride 1 only).
        dilation: distance between neighbouring taps, at least 1; one number, or (height, width).
        groups: number of channel groups that do not see one another; divides both channel counts.

    Returns:
        (N, out_channels, H_out, W_out) or (out_channels, H_out, W_out); the sizes as in
        `conv_output_size`.

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
        input: (N, C, D, H, W) or (C, D, H, W), any real dtype.
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
    _check_tensors(dims, input, weight, bias, groups)
    kernel_size = tuple(weight.shape[2:])
    s = to_tuple(stride, dims, "stride", 1)
    d = to_tuple(dilation, dims, "dilation", 1)
    p = padding if isinstance(padding, str) else to_tuple(padding, dims, "padding", 0)
    sizes = conv_output_size(tuple(input.shape[-dims:]), kernel_size, s, p, d)

    batch = input if input.dim() == dims + 2 else input.unsqueeze(0)
    padded = _zero_pad(batch, kernel_size, p, d)
    grouped = padded.unflatten(1, (groups, -1))  # (N, groups, C / groups, ...)
    kernels = weight.unflatten(0, (groups, -1))  # (groups, out / groups, C / groups, ...)
    output = input.new_zeros(len(batch), groups, kernels.shape[1], *sizes)
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
    return output if batch is input else output.squeeze(0)


def _zero_pad(
    batch: Tensor, kernel_size: Sequence[int], padding: str | Sequence[int], d: Sequence[int]
) -> Tensor:
    """Lay the input into the middle of a larger field of zeros."""
    if padding == "valid":
        return batch
    if isinstance(padding, str):
        sides = [same_padding(k, step) for k, step in zip(kernel_size, d, strict=True)]
    else:
        sides = [(p, p) for p in padding]
    sizes = batch.shape[2:]
    grown = [n + before + after for n, (before, after) in zip(sizes, sides, strict=True)]
    padded = batch.new_zeros(*batch.shape[:2], *grown)
    middle = [slice(before, before + n) for n, (before, _) in zip(sizes, sides, strict=True)]
    padded[:, :, *middle] = batch
    return padded


def _check_tensors(
    dims: int, input: Tensor, weight: Tensor, bias: Tensor | None, groups: int
) -> None:
    """Refuse tensors that do not fit together, before any arithmetic."""
    axes = ("depth", "height", "width")[-dims:] if dims > 1 else ("length",)
    names = ", ".join(axes)
    to_tuple(groups, 1, "groups", 1)
    if weight.dim() != dims + 2 or 0 in weight.shape:
        raise ValueError(
            f"`weight` (shape {tuple(weight.shape)}) must be (out_channels, in_channels / groups, "
            f"{names}) with nothing empty: reshape it, for example with weight.view(1, 1, ...)."
        )
    if input.dim() not in (dims + 1, dims + 2):
        raise ValueError(
            f"`input` (shape {tuple(input.shape)}) must be (batch, channels, {names}) or "
            f"(channels, {names}): add the missing axis with input.unsqueeze(0)."
        )
    in_channels, out_channels = input.shape[-dims - 1], len(weight)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise ValueError(
                f"`{name}` (={channels}) must be divisible by `groups` (={groups}): "
                "every group takes the same number of channels; choose another `groups`."
            )
    if weight.shape[1] * groups != in_channels:
        raise ValueError(
            f"`weight` (shape {tuple(weight.shape)}) with `groups` (={groups}) expects "
            f"{weight.shape[1]} * {groups} = {weight.shape[1] * groups} input channels, but "
            f"`input` (shape {tuple(input.shape)}) has {in_channels}: "
            f"its second size must be {in_channels // groups}."
        )
    check_same_dtype(input, weight, "input", "weight")
    if bias is not None:
        if tuple(bias.shape) != (out_channels,):
            raise ValueError(
                f"`bias` (shape {tuple(bias.shape)}) must be ({out_channels},): "
                "one number per output channel."
            )
        check_same_dtype(input, bias, "input", "bias")


def check_same_dtype(first: Tensor, second: Tensor, first_name: str, second_name: str) -> None:
    """Refuse, with a TypeError that names both, two tensors that cannot be multiplied."""
    if first.dtype != second.dtype:
        raise TypeError(
            f"`{second_name}` (dtype {second.dtype}) must have the dtype of `{first_name}` "
            f"({first.dtype}): convert it with {second_name}.to({first_name}.dtype)."
        )

"""Transposed convolution from first principles: every input pixel stamps its kernel.

A convolution gathers: each output looks at a window of inputs. Its transpose scatters: each input
paints a window of outputs. Three readings of it stand here, and the tests say they are equal:
stamps that overlap and add up, a turned kernel sliding over a picture stuffed with zeros, and the
convolution's matrix turned over. Nothing below calls torch's own convolutions.
"""

from collections.abc import Sequence
from itertools import product

import torch
from torch import Tensor

from lessons_lib.convolution import check_planes, conv2d
from lessons_lib.geometry import (
    conv_transpose_output_size,
    padded_indices,
    source_indices,
    stuffed_indices,
)
from lessons_lib.geometry.arguments import to_tuple
from lessons_lib.geometry.cost import check_groups
from lessons_lib.geometry.sizes import padding_sides, sizes_along
from lessons_lib.tensors import (
    COPIED,
    PLANES,
    SUMMED,
    check_alike,
    check_bias,
    check_tensor,
    for_sums,
    layouts,
)

_MOST_ENTRIES = 2**24  # 64 MB of float32; the photo's matrix would have 68 thousand million


# ------------------------------------------------------------------------- one picture, one kernel


def paint2d(image: Tensor, kernel: Tensor, stride: int | Sequence[int] = 1) -> Tensor:
    """Stamp the kernel once for every pixel, times the pixel's value; where stamps overlap, add.

    Args:
        image: (H, W), whole, floating point or complex numbers; no booleans.
        kernel: (kh, kw), same dtype.
        stride: distance from one stamp to the next, at least 1; one number, or (height, width).

    Returns:
        ((H - 1) * stride + kh, (W - 1) * stride + kw), same dtype; sums of half precision are
        carried in float32 and rounded once.

    Raises:
        ValueError: a tensor is not two-dimensional, or empty.
        TypeError: something is no tensor, or the dtypes differ or are of another kind.

    Example:
        >>> x = torch.arange(4).view(2, 2)
        >>> paint2d(x, x).tolist()
        [[0, 0, 1], [0, 4, 6], [4, 12, 9]]
    """
    check_planes(image, kernel, "conv_transpose2d")
    kh, kw = kernel.shape
    down, across = to_tuple(stride, 2, "stride", 1)
    height, width = conv_transpose_output_size(tuple(image.shape), (kh, kw), (down, across))
    pixels, weights = for_sums(image), for_sums(kernel)
    output = pixels.new_zeros(height, width)
    for i, j in product(range(image.shape[0]), range(image.shape[1])):
        top, left = i * down, j * across
        output[top : top + kh, left : left + kw] += pixels[i, j] * weights
    return output.to(image.dtype)


# ------------------------------------------------------------------------- batches and channels


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Let every pixel stamp its kernels, as `torch.nn.functional.conv_transpose2d` does.

    Args:
        input: (N, C, H, W) or (C, H, W), whole, floating point or complex numbers; no booleans.
            Only the batch may be empty.
        weight: (C, out_channels / groups, kh, kw), same dtype: input channels first.
        bias: (out_channels,) or None, same dtype.
        stride: distance from one stamp to the next, at least 1; one number, or (height, width).
        padding: cells cropped from all sides of the painting, at least 0; one number, or
            (height, width).
        output_padding: cells added at the bottom and at the right only, at least 0, smaller than
            the stride or the dilation; one number, or (height, width). They are painted like all
            others as far as stamps reach; where none does, they hold the bias.
        groups: number of channel groups that do not see one another; divides C.
        dilation: distance between neighbouring taps, at least 1; one number, or (height, width).

    Returns:
        (N, out_channels, H_out, W_out) or (out_channels, H_out, W_out), same dtype; the sizes as in
        `conv_transpose_output_size`. Sums of half precision are carried in float32 and rounded
        once; torch rounds float16 at each stamp on a CPU.

    Raises:
        ValueError, TypeError: shapes, dtypes or settings do not fit; the message says why.

    Example:
        >>> x = torch.arange(4).view(1, 2, 2)
        >>> conv_transpose2d(x, x[None], stride=2).tolist()
        [[[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]]
    """
    groups = _check_tensors(input, weight, bias, groups)
    n, k = tuple(input.shape[-2:]), tuple(weight.shape[2:])
    s = to_tuple(stride, 2, "stride", 1)
    d = to_tuple(dilation, 2, "dilation", 1)
    p = to_tuple(padding, 2, "padding", 0)
    height, width = conv_transpose_output_size(n, k, s, p, output_padding, d)

    batch = for_sums(input if input.dim() == 4 else input.unsqueeze(0))
    grouped = batch.unflatten(1, (groups, -1))  # (N, groups, C / groups, H, W)
    # (groups, C / groups, out / groups, kh, kw)
    kernels = for_sums(weight).unflatten(0, (groups, -1))
    outputs = kernels.shape[2]
    painting = batch.new_zeros(len(batch), groups, outputs, height + 2 * p[0], width + 2 * p[1])
    for tap in product(range(k[0]), range(k[1])):
        # all the places that this tap of the stamps lands on: stride apart, one for each pixel
        rows, columns = (
            slice(tap[i] * d[i], tap[i] * d[i] + (n[i] - 1) * s[i] + 1, s[i]) for i in range(2)
        )
        painting[..., rows, columns] += torch.einsum(
            "ngchw,gco->ngohw", grouped, kernels[..., *tap]
        )
    # (N, out_channels, H_out, W_out)
    output = painting[..., p[0] : p[0] + height, p[1] : p[1] + width].flatten(1, 2)
    if bias is not None:
        output = output + bias.view(-1, 1, 1)
    output = output.to(input.dtype)
    return output if input.dim() == 4 else output.squeeze(0)


def conv_transpose2d_stuffed(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Do what `conv_transpose2d` does by an ordinary convolution, over a picture full of zeros.

    The kernel is turned by 180 degrees, its input and output channels change places, and it
    slides with stride 1 and the same dilation over what `stuff_zeros` makes of the input.

    Args, Returns: as in `conv_transpose2d`; but the weight must be finite, because here it is
    multiplied by the zeros too, and infinity times zero is no number.

    Raises: as in `conv_transpose2d`; ValueError: the weight holds NaN or infinity.

    Example:
        >>> x = torch.arange(4).view(1, 2, 2)
        >>> conv_transpose2d_stuffed(x, x[None], padding=1).tolist()
        [[[4]]]
    """
    groups = _check_tensors(input, weight, bias, groups)
    if not bool(weight.isfinite().all()):
        raise ValueError(
            "`weight` must be finite: it is laid over stuffed zeros as well, and zero times "
            "infinity is no number; conv_transpose2d multiplies no zeros."
        )
    k = tuple(weight.shape[2:])
    field = stuff_zeros(input, k, stride, padding, output_padding, dilation)
    kernels = weight.flip(2, 3).unflatten(0, (groups, -1))  # (groups, C / groups, out / groups, ..)
    turned = kernels.transpose(1, 2).flatten(0, 1)  # (out_channels, C / groups, kh, kw)
    return conv2d(field, turned, bias, dilation=dilation, groups=groups)


def stuff_zeros(
    input: Tensor,
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Put stride - 1 zeros between the pixels, and as many around them as the kernel needs.

    On each side stand d(k - 1) - p zeros, and output_padding more at the bottom and at the right.
    Where padding p is larger than d(k - 1), pixels are cropped instead.

    Args:
        input: (..., H, W), numbers or booleans.
        kernel_size, stride, padding, output_padding, dilation: as in `conv_transpose2d`.

    Returns:
        (..., H_out + d(kh - 1), W_out + d(kw - 1)), same dtype; H_out and W_out as in
        `conv_transpose_output_size`.

    Raises:
        ValueError: the setting is illegal, or the input has no height and width; the message says
            why.
        TypeError: the input is no tensor.

    Example:
        >>> row = torch.tensor([[1, 2, 3]])
        >>> stuff_zeros(row, kernel_size=(1, 3), stride=2, padding=(0, 1)).tolist()
        [[0, 1, 0, 2, 0, 3, 0]]
        >>> stuff_zeros(row, kernel_size=1, padding=(0, 1)).tolist()
        [[2]]
    """
    check_tensor(input, "input", PLANES, COPIED)
    settings = {
        "kernel_size": to_tuple(kernel_size, 2, "kernel_size", 1),
        "stride": to_tuple(stride, 2, "stride", 1),
        "padding": to_tuple(padding, 2, "padding", 0),
        "output_padding": to_tuple(output_padding, 2, "output_padding", 0),
        "dilation": to_tuple(dilation, 2, "dilation", 1),
    }
    rows, columns = (
        stuffed_indices(input.shape[i - 2], **{name: pair[i] for name, pair in settings.items()})
        for i in range(2)
    )
    field = input.new_zeros(*input.shape[:-2], len(rows), len(columns))
    to_rows, to_columns = (rows >= 0).nonzero(), (columns >= 0).nonzero().T  # a grid of places
    field[..., to_rows, to_columns] = input[..., rows[to_rows], columns[to_columns]]
    return field


def pad2d_transposed(
    padded: Tensor, padding: int | Sequence[int], padding_mode: str = "zeros"
) -> Tensor:
    """Take a border off, and add each of its cells to the pixel that it is a copy of.

    This is `pad2d` turned over, and the gradient that flows back through it. Zeros are no copies:
    that border is only cropped, as the padding of a transposed convolution is. torch has no
    transposed layer for the other modes; `conv_transpose2d` without padding, and then this, leads
    back from a convolution with any `padding_mode`.

    Args:
        padded: (..., H + 2 * padding, W + 2 * padding), numbers, real or complex.
        padding: cells of the border on each side, at least 0; one number, or (height, width).
        padding_mode: 'zeros', 'reflect', 'replicate' or 'circular'.

    Returns:
        (..., H, W), same dtype.

    Raises:
        TypeError, ValueError: the border leaves no pixel, is beyond the mode's limit, or the mode
            is unknown.

    Example:
        >>> pad2d_transposed(torch.tensor([[1, 2, 3, 4, 5]]), (0, 1), "reflect").tolist()
        [[2, 9, 4]]
    """
    check_tensor(padded, "padded", PLANES, SUMMED, "give it at least two axes.")
    summed = for_sums(padded)
    for axis, border in zip((-2, -1), to_tuple(padding, 2, "padding", 0), strict=True):
        size = padded.shape[axis] - 2 * border
        if size < 1:
            raise ValueError(
                f"`padding` (={padding}) must leave a pixel of `padded` (shape "
                f"{tuple(padded.shape)}): make it smaller."
            )
        source = padded_indices(size, border, padding_mode)
        shape = list(summed.shape)
        shape[axis] = size
        (copies,) = (source >= 0).nonzero(as_tuple=True)
        inside = summed.new_zeros(shape)
        summed = inside.index_add(axis, source[copies], summed.index_select(axis, copies))
    return summed.to(padded.dtype)


def _check_tensors(input: Tensor, weight: Tensor, bias: Tensor | None, groups: int) -> int:
    """Refuse tensors that do not fit together, before any arithmetic; give the groups back."""
    check_tensor(
        weight,
        "weight",
        ["in_channels, out_channels / groups, height, width"],
        SUMMED,
        "reshape it, for example with weight.view(1, 1, ...).",
    )
    cure = "add the missing axis with input.unsqueeze(0)."
    check_tensor(input, "input", layouts(2), SUMMED, cure)
    in_channels, _, groups = check_groups(input.shape[-3], input.shape[-3], groups)
    if len(weight) != in_channels:
        raise ValueError(
            f"`weight` (shape {tuple(weight.shape)}) expects {len(weight)} input channels, but "
            f"`input` (shape {tuple(input.shape)}) has {in_channels}: in a transposed convolution "
            "the first size of the weight belongs to the input, so exchange the first two axes "
            "with weight.transpose(0, 1) if they are the other way round."
        )
    check_alike(weight, input, "weight", "input")
    check_bias(bias, weight.shape[1] * groups, input)
    return groups


# ------------------------------------------------------------------------------------- as a matrix


def conv_matrix(
    weight: Tensor,
    input_size: tuple[int, int],
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Write a convolution as a matrix W: one row for each output, one column for each input pixel.

    W @ x is the convolution of the flattened picture x; W.T @ y is the transposed convolution
    with the same weight, and the gradient that flows back through the convolution. For small grids.

    Args:
        weight: (kh, kw) for one channel in and out, or (out_channels, in_channels, kh, kw).
            Any dtype.
        input_size: (H, W) of the picture, each at least 1.
        stride, padding, dilation: those of the convolution.

    Returns:
        (H_out * W_out, H * W) for a kernel (kh, kw), else
        (out_channels * H_out * W_out, in_channels * H * W); dtype of the weight; H_out and W_out
        as in `conv_output_size`. Rows and columns are ordered as `flatten` orders them: channel,
        row, column.

    Raises:
        ValueError: the weight has another shape, the setting is illegal, or the matrix would have
            more than 2^24 entries.

    Example:
        >>> W = conv_matrix(torch.arange(1, 5).view(2, 2), (3, 3))
        >>> W[0].tolist()
        [1, 2, 0, 3, 4, 0, 0, 0, 0]
        >>> (W @ torch.arange(9)).view(2, 2).tolist()
        [[27, 37], [57, 67]]
    """
    check_tensor(weight, "weight", ["height, width", "out_channels, in_channels, height, width"])
    kernels = weight if weight.dim() == 4 else weight[None, None]
    n = to_tuple(input_size, 2, "input_size", 1)
    k = tuple(kernels.shape[2:])
    s = to_tuple(stride, 2, "stride", 1)
    p = to_tuple(padding, 2, "padding", 0)
    d = to_tuple(dilation, 2, "dilation", 1)
    named = f"`weight` (shape {tuple(weight.shape)})"
    height, width = sizes_along(n, k, s, padding_sides(p, k, s, d), d, named)
    outputs, inputs = len(kernels) * height * width, kernels.shape[1] * n[0] * n[1]
    if outputs * inputs > _MOST_ENTRIES:
        raise ValueError(
            f"`input_size` (={n}) makes a matrix of {outputs} x {inputs} numbers, more than "
            f"{_MOST_ENTRIES}: use a smaller grid; conv2d needs no matrix."
        )
    # (out_channels, H_out, W_out, in_channels, H, W)
    matrix = weight.new_zeros(len(kernels), height, width, kernels.shape[1], *n)
    rows, columns = (source_indices(n[i], k[i], s[i], p[i], d[i]) for i in range(2))
    for (i, j), (u, v) in product(
        product(range(height), range(width)), product(range(k[0]), range(k[1]))
    ):
        row, column = int(rows[i, u]), int(columns[j, v])
        if row >= 0 and column >= 0:  # the others meet padding, which is no input
            matrix[:, i, j, :, row, column] = kernels[:, :, u, v]
    return matrix.view(outputs, inputs)

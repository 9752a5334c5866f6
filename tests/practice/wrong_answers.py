"""Wrong answers as learners write them, each with words that its message must hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

WRONG: list[tuple[str, Callable[..., Any], str]] = []


def answers(exercise: str, said: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def noted(function: Callable[..., Any]) -> Callable[..., Any]:
        WRONG.append((exercise, function, said))
        return function

    return noted


def formula(exercise: str, said: str, function: Callable[..., Any]) -> None:
    WRONG.append((exercise, function, said))


# ------------------------------------------------------------------------------- lesson 01


@answers("correlate2d", "turn the kernel by 180 degrees")
def flipped(image, kernel):  # type: ignore[no-untyped-def]
    kh, kw = kernel.shape
    out = torch.zeros(image.shape[0] - kh + 1, image.shape[1] - kw + 1)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for u in range(kh):
                for v in range(kw):
                    out[i, j] += image[i + u, j + v] * kernel[kh - 1 - u, kw - 1 - v]
    return out


@answers("correlate2d", "only where the kernel is not as high as wide")
def square_kernels_only(image, kernel):  # type: ignore[no-untyped-def]
    k = kernel.shape[0]
    out = torch.zeros(image.shape[0] - k + 1, image.shape[1] - k + 1)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = (image[i : i + k, j : j + k] * kernel).sum()
    return out


@answers("correlate2d", "one row and one column too small")
def one_short(image, kernel):  # type: ignore[no-untyped-def]
    kh, kw = kernel.shape
    rows, columns = image.shape[0] - kh, image.shape[1] - kw
    out = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            out[i, j] = (image[i : i + kh, j : j + kw] * kernel).sum()
    return out


@answers("correlate2d", "All your numbers are 0")
def written_nowhere(image, kernel):  # type: ignore[no-untyped-def]
    out = torch.zeros(image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1)
    for row in out:
        for value in row:
            value = image[0, 0] * kernel[0, 0]  # noqa: F841
    return out


@answers("correlate2d", "should be")
def right_first_number_only(image, kernel):  # type: ignore[no-untyped-def]
    kh, kw = kernel.shape
    first = (image[:kh, :kw] * kernel).sum()
    return first.repeat(image.shape[0] - kh + 1, image.shape[1] - kw + 1)


@answers("correlate2d", "mean of the products")
def means(image, kernel):  # type: ignore[no-untyped-def]
    kh, kw = kernel.shape
    windows = image.unfold(0, kh, 1).unfold(1, kw, 1)
    return (windows * kernel).mean((-2, -1))


@answers("correlate2d", "The output should be")
def padded_to_full(image, kernel):  # type: ignore[no-untyped-def]
    p, q = kernel.shape[0] - 1, kernel.shape[1] - 1
    return F.conv2d(image[None, None], kernel[None, None], padding=(p, q))[0, 0]


@answers("convolve2d", "as it is")
def not_turned(image, kernel):  # type: ignore[no-untyped-def]
    return F.conv2d(image[None, None], kernel[None, None])[0, 0]


@answers("convolve2d", "only the order of the rows")
def rows_turned(image, kernel):  # type: ignore[no-untyped-def]
    upside_down = np.flipud(kernel.numpy()).copy()
    return F.conv2d(image[None, None], torch.tensor(upside_down)[None, None])[0, 0]


@answers("convolve2d", "(`kernel.T`)")
def transposed_kernel(image, kernel):  # type: ignore[no-untyped-def]
    turned = torch.tensor([list(column) for column in zip(*kernel.tolist(), strict=True)])
    return F.conv2d(image[None, None], turned[None, None])[0, 0]


@answers("convolve2d", "the whole output is turned")
def image_turned(image, kernel):  # type: ignore[no-untyped-def]
    return F.conv2d(torch.rot90(image, 2)[None, None], kernel[None, None])[0, 0]


@answers("convolve2d", "only where the kernel is not as high as wide")
def quarter_turn(image, kernel):  # type: ignore[no-untyped-def]
    if kernel.shape[0] != kernel.shape[1]:
        kernel = kernel.rot90()
        return F.conv2d(F.pad(image, (3, 3, 3, 3))[None, None], kernel[None, None])[0, 0]
    return F.conv2d(image[None, None], kernel.rot90(2)[None, None])[0, 0]


@answers("combined_kernel", "use +=")
def overwritten(first, second):  # type: ignore[no-untyped-def]
    out = torch.zeros(*(a + b - 1 for a, b in zip(first.shape, second.shape, strict=True)))
    for i, row in enumerate(second):
        for j, weight in enumerate(row):
            out[i : i + first.shape[0], j : j + first.shape[1]] = first * weight
    return out


@answers("combined_kernel", "turned by 180 degrees too often")
def correlated_fully(first, second):  # type: ignore[no-untyped-def]
    sides = (second.shape[1] - 1,) * 2 + (second.shape[0] - 1,) * 2
    return F.conv2d(F.pad(first, sides)[None, None], second[None, None])[0, 0]


@answers("combined_kernel", "weight by weight")
def products(first, second):  # type: ignore[no-untyped-def]
    return torch.mul(first, second)


@answers("combined_kernel", "The output should be")
def too_large(first, second):  # type: ignore[no-untyped-def]
    return torch.zeros(first.shape[0] + second.shape[0], first.shape[1] + second.shape[1])


@answers("combined_kernel", "`output[0, 0]` should be")
def sums(first, second):  # type: ignore[no-untyped-def]
    shape = [a + b - 1 for a, b in zip(first.shape, second.shape, strict=True)]
    return torch.full(shape, float(first.sum() * second.sum() / math.prod(shape)))


# ------------------------------------------------------------------------------- sizes

formula("output_size", "round down", lambda n, k, s: (n - k) / s + 1)
formula("output_size", "one place more than there are jumps", lambda n, k, s: int((n - k) / s))
formula("output_size", "You round up", lambda n, k, s: -((k - n) // s) + 1)
formula("output_size", "round to the nearest", lambda n, k, s: round((n - k) / s + 1e-9) + 1)
formula("output_size", "do not use the stride", lambda n, k, s: len(range(n)[k - 1 :]))
formula("output_size", "do not use the kernel's size", lambda n, k, s: n // s)
formula("output_size", "outside the division", lambda n, k, s: (n - k + 1) // s)
formula("output_size", "should be", lambda n, k, s: 0)
formula(
    "output_size",
    "only with a kernel larger than 1",
    lambda n, k, s: (n - k) // s + 1 + 100 * (k > 1),
)

formula("padded_output_size", "padding once", lambda n, k, s, p: (n - k + p) // s + 1)
formula("padded_output_size", "round down", lambda n, k, s, p: 1 + (n - k + 2 * p) / s)
formula("padded_output_size", "do not use the padding", lambda n, k, s, p: 1 + (n - k) // s)
formula("padded_output_size", "inside the division", lambda n, k, s, p: 1 + (n - k) // s + p + p)
formula(
    "padded_output_size", "You take the padding away", lambda n, k, s, p: (n - k - p - p) // s + 1
)
formula(
    "padded_output_size", "round to the nearest", lambda n, k, s, p: round((n + 2 * p - k) / s) + 1
)
formula("padded_output_size", "do not use the stride", lambda n, k, s, p: n + 2 * p - (k - 1))

formula("effective_kernel_size", "k − 1 steps between them", lambda k, d: d * k)
formula("effective_kernel_size", "first pixel is missing", lambda k, d: k * d - d)
formula("effective_kernel_size", "d − 1 pixels between", lambda k, d: k + (k - 1) * d)
formula("effective_kernel_size", "do not use the dilation", lambda k, d: len(range(k)))
formula("effective_kernel_size", "each step has it", lambda k, d: k - 1 + d)

formula(
    "conv_output_size",
    "padding once",
    lambda n, k, s, p, d: [(n[i] + p[i] - d[i] * (k[i] - 1) - 1) // s[i] + 1 for i in (0, 1)],
)
formula(
    "conv_output_size",
    "do not use the dilation",
    lambda n, k, s, p, d: tuple((n[i] + 2 * p[i] - k[i]) // s[i] + 1 for i in (0, 1)),
)
formula(
    "conv_output_size",
    "Height and width are swapped",
    lambda n, k, s, p, d: tuple(
        (n[i] + 2 * p[i] - d[i] * (k[i] - 1) - 1) // s[i] + 1 for i in (1, 0)
    ),
)
formula(
    "conv_output_size",
    "round down",
    lambda n, k, s, p, d: tuple(
        (n[i] + 2 * p[i] - d[i] * (k[i] - 1) - 1) / s[i] + 1 for i in (0, 1)
    ),
)
formula(
    "conv_output_size",
    "stride of the height along both",
    lambda n, k, s, p, d: tuple(
        (n[i] + 2 * p[i] - d[i] * (k[i] - 1) - 1) // s[0] + 1 for i in (0, 1)
    ),
)
formula("conv_output_size", "2 numbers are expected", lambda n, k, s, p, d: n[0])

formula("receptive_field", "do not use the dilations", lambda ks, ds: sum(ks) - len(ks) + 1)
formula("receptive_field", "begin with 1", lambda ks, ds: np.dot(ds, np.array(ks) - 1))
formula("receptive_field", "share one pixel", lambda ks, ds: np.dot(ds, np.array(ks) - 1) + len(ks))
formula("receptive_field", "k − 1 steps", lambda ks, ds: 1 + np.dot(ds, ks))
formula(
    "receptive_field",
    "multiply the layers' spans",
    lambda ks, ds: np.prod([d * (k - 1) + 1 for k, d in zip(ks, ds, strict=True)]),
)

formula(
    "transposed_output_size",
    "You add the padding",
    lambda n, k, s, p, o: (n - 1) * s + k + p + p + o,
)
formula("transposed_output_size", "padding off once", lambda n, k, s, p, o: (n - 1) * s + k - p + o)
formula("transposed_output_size", "not n", lambda n, k, s, p, o: n * s + k - p - p + o)
formula(
    "transposed_output_size",
    "do not use `output_padding`",
    lambda n, k, s, p, o: (n - 1) * s + k - 2 * p,
)
formula(
    "transposed_output_size", "ordinary convolution", lambda n, k, s, p, o: (n - k + 2 * p) // s + 1
)
formula("transposed_output_size", "the kernel's size", lambda n, k, s, p, o: n * s - p - p + o)


# ------------------------------------------------------------------------------- grids, 02 to 04


def slid(image, kernel, jump, apart=(1, 1)):  # type: ignore[no-untyped-def]
    """A right loop, to be called with wrong settings."""
    (kh, kw), (height, width) = kernel.shape, image.shape
    tall, wide = (kh - 1) * apart[0] + 1, (kw - 1) * apart[1] + 1
    return torch.stack(
        [
            torch.stack(
                [
                    (image[i : i + tall : apart[0], j : j + wide : apart[1]] * kernel).sum()
                    for j in range(0, width - wide + 1, jump[1])
                ]
            )
            for i in range(0, height - tall + 1, jump[0])
        ]
    )


@answers("strided_correlate2d", "along the height only")
def rows_jump(image, kernel, stride):  # type: ignore[no-untyped-def]
    return slid(image, kernel, (stride[0], 1))


@answers("strided_correlate2d", "strides are swapped")
def jumps_swapped(image, kernel, stride):  # type: ignore[no-untyped-def]
    return slid(image, kernel, (stride[1], stride[0]))


@answers("strided_correlate2d", "`stride[0]` along both")
def one_jump(image, kernel, stride):  # type: ignore[no-untyped-def]
    return slid(image, kernel, (stride[0], stride[0]))


@answers("strided_correlate2d", "do not use the stride")
def no_jump(image, kernel, stride):  # type: ignore[no-untyped-def]
    return slid(image, kernel, (1, 1))


@answers("strided_correlate2d", "that is dilation")
def spread(image, kernel, stride):  # type: ignore[no-untyped-def]
    return slid(image, kernel, (1, 1), stride)


@answers("strided_correlate2d", "gaps in the output")
def gaps(image, kernel, stride):  # type: ignore[no-untyped-def]
    out = slid(image, kernel, (1, 1))
    rows = torch.arange(out.shape[0])[:, None] % stride[0]
    columns = torch.arange(out.shape[1]) % stride[1]
    return out * ((rows == 0) & (columns == 0))


@answers("pad2d", "Height and width of the padding are swapped")
def sides_swapped(image, padding, padding_mode):  # type: ignore[no-untyped-def]
    words: Any = {"zeros": "constant", "replicate": "edge", "circular": "wrap"}
    sides = [(padding[1],) * 2, (padding[0],) * 2]
    return np.pad(image.numpy(), sides, mode=words.get(padding_mode, "reflect"))


@answers("pad2d", "you show the edge twice")
def symmetric(image, padding, padding_mode):  # type: ignore[no-untyped-def]
    words: Any = {"zeros": "constant", "replicate": "edge", "circular": "wrap"}
    sides = [(p, p) for p in padding]
    return np.pad(image.numpy(), sides, mode=words.get(padding_mode, "symmetric"))


@answers("pad2d", "as 'zeros' does, whatever")
def zeros_only(image, padding, padding_mode):  # type: ignore[no-untyped-def]
    out = torch.zeros(image.shape[0] + 2 * padding[0], image.shape[1] + 2 * padding[1])
    for i, row in enumerate(image):
        for j, value in enumerate(row):
            out[padding[0] + i, padding[1] + j] = value
    return out


@answers("pad2d", "With 'circular' you do what 'replicate' does")
def no_circle(image, padding, padding_mode):  # type: ignore[no-untyped-def]
    words: Any = {"zeros": "constant", "reflect": "reflect"}
    sides = [(p, p) for p in padding]
    return np.pad(image.numpy(), sides, mode=words.get(padding_mode, "edge"))


@answers("pad2d", "It fails only with 'replicate'")
def one_mode_raises(image, padding, padding_mode):  # type: ignore[no-untyped-def]
    words: Any = {"zeros": "constant", "reflect": "reflect", "circular": "wrap"}
    return np.pad(image.numpy(), [(p, p) for p in padding], mode=words[padding_mode])


@answers("pad2d", "above and on the left only")
def one_end(image, padding, padding_mode):  # type: ignore[no-untyped-def]
    words: Any = {"zeros": "constant", "replicate": "edge", "circular": "wrap"}
    sides = [(p, 0) for p in padding]
    return np.pad(image.numpy(), sides, mode=words.get(padding_mode, "reflect"))


@answers("dilated_correlate2d", "along the width only")
def columns_spread(image, kernel, dilation):  # type: ignore[no-untyped-def]
    return slid(image, kernel, (1, 1), (1, dilation[1]))


@answers("dilated_correlate2d", "dilations are swapped")
def spreads_swapped(image, kernel, dilation):  # type: ignore[no-untyped-def]
    return slid(image, kernel, (1, 1), dilation[::-1])


@answers("dilated_correlate2d", "do not use the dilation")
def not_spread(image, kernel, dilation):  # type: ignore[no-untyped-def]
    return slid(image, kernel, (1, 1))


@answers("dilated_correlate2d", "that is stride")
def jumped(image, kernel, dilation):  # type: ignore[no-untyped-def]
    return slid(image, kernel, dilation)


@answers("dilated_correlate2d", "jumps as well")
def spread_and_jumped(image, kernel, dilation):  # type: ignore[no-untyped-def]
    return slid(image, kernel, dilation, dilation)


@answers("dilated_correlate2d", "The kernel is turned")
def spread_and_turned(image, kernel, dilation):  # type: ignore[no-untyped-def]
    return slid(image, kernel.rot90(2), (1, 1), dilation)


# ------------------------------------------------------------------------------- 06


def windows(image, size, jump):  # type: ignore[no-untyped-def]
    return image.unfold(0, size[0], jump[0]).unfold(1, size[1], jump[1])


@answers("max_pool2d", "begin the comparison with 0")
def best_above_zero(image, kernel_size, stride):  # type: ignore[no-untyped-def]
    out = torch.zeros(windows(image, kernel_size, stride).shape[:2])
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            best = 0.0
            for u in range(kernel_size[0]):
                for v in range(kernel_size[1]):
                    best = max(best, float(image[i * stride[0] + u, j * stride[1] + v]))
            out[i, j] = best
    return out


@answers("max_pool2d", "begin the comparison with a number that is not in the window")
def best_above_minus_100(image, kernel_size, stride):  # type: ignore[no-untyped-def]
    return windows(image, kernel_size, stride).amax((2, 3)).clamp(min=-100)


@answers("max_pool2d", "You take the mean")
def means_of_windows(image, kernel_size, stride):  # type: ignore[no-untyped-def]
    return windows(image, kernel_size, stride).mean((2, 3))


@answers("max_pool2d", "by its own size")
def side_by_side(image, kernel_size, stride):  # type: ignore[no-untyped-def]
    return windows(image, kernel_size, kernel_size).amax((2, 3))


@answers("max_pool2d", "do not use the stride")
def every_place(image, kernel_size, stride):  # type: ignore[no-untyped-def]
    return windows(image, kernel_size, (1, 1)).amax((2, 3))


@answers("max_pool2d", "The strides are swapped")
def pool_jumps_swapped(image, kernel_size, stride):  # type: ignore[no-untyped-def]
    return windows(image, kernel_size, stride[::-1]).amax((2, 3))


@answers("max_pool2d", "The window's sides are swapped")
def pool_sides_swapped(image, kernel_size, stride):  # type: ignore[no-untyped-def]
    return windows(image, kernel_size[::-1], stride).amax((2, 3))


@answers("avg_pool2d", "take the sum")
def sums_of_windows(image, kernel_size, padding):  # type: ignore[no-untyped-def]
    padded = F.pad(image, (padding[1], padding[1], padding[0], padding[0]))
    return windows(padded, kernel_size, kernel_size).sum((2, 3))


@answers("avg_pool2d", "out of the count")
def means_inside(image, kernel_size, padding):  # type: ignore[no-untyped-def]
    sides = (padding[1], padding[1], padding[0], padding[0])
    padded = F.pad(image, sides, value=math.nan)
    return windows(padded, kernel_size, kernel_size).nanmean((2, 3))


@answers("avg_pool2d", "do not pad")
def means_unpadded(image, kernel_size, padding):  # type: ignore[no-untyped-def]
    return windows(image, kernel_size, kernel_size).mean((2, 3))


@answers("avg_pool2d", "should be")
def means_with_one_ring(image, kernel_size, padding):  # type: ignore[no-untyped-def]
    down, across = (min(p, 1) for p in padding)
    padded = F.pad(image, (across, across, down, down))
    return windows(padded, kernel_size, kernel_size).mean((2, 3))


@answers("avg_pool2d", "Your windows overlap")
def moving_means(image, kernel_size, padding):  # type: ignore[no-untyped-def]
    padded = F.pad(image, (padding[1], padding[1], padding[0], padding[0]))
    return windows(padded, kernel_size, (1, 1)).mean((2, 3))


@answers("avg_pool2d", "paddings are swapped")
def torchs_order_of_sides(image, kernel_size, padding):  # type: ignore[no-untyped-def]
    padded = F.pad(image, (padding[0], padding[0], padding[1], padding[1]))
    return windows(padded, kernel_size, kernel_size).mean((2, 3))


# ------------------------------------------------------------------------------- 09, 10


def painted(image, kernel, stride):  # type: ignore[no-untyped-def]
    """Right loops without a padding."""
    (height, width), (kh, kw) = image.shape, kernel.shape
    canvas = torch.zeros((height - 1) * stride[0] + kh, (width - 1) * stride[1] + kw)
    for i in range(height):
        for j in range(width):
            rows = slice(i * stride[0], i * stride[0] + kh)
            canvas[rows, j * stride[1] : j * stride[1] + kw] += image[i, j] * kernel
    return canvas


def cut(canvas, padding):  # type: ignore[no-untyped-def]
    (height, width), (p, q) = canvas.shape, padding
    return canvas[p : height - p, q : width - q]


@answers("paint2d", "It fails only without padding")
def minus_zero(image, kernel, stride, padding):  # type: ignore[no-untyped-def]
    p, q = padding
    return painted(image, kernel, stride)[p:-p, q:-q]


@answers("paint2d", "do not cut the padding off")
def uncut(image, kernel, stride, padding):  # type: ignore[no-untyped-def]
    return painted(image, kernel, stride)


@answers("paint2d", "should be")
def cut_by_one(image, kernel, stride, padding):  # type: ignore[no-untyped-def]
    return cut(painted(image, kernel, stride), tuple(min(p, 1) for p in padding))


@answers("paint2d", "makes yours larger")
def enlarged(image, kernel, stride, padding):  # type: ignore[no-untyped-def]
    return F.pad(painted(image, kernel, stride), (padding[1], padding[1], padding[0], padding[0]))


@answers("paint2d", "use +=")
def painted_over(image, kernel, stride, padding):  # type: ignore[no-untyped-def]
    canvas = torch.zeros_like(painted(image, kernel, stride))
    for i, row in enumerate(image):
        for j, value in enumerate(row):
            rows = slice(i * stride[0], i * stride[0] + kernel.shape[0])
            columns = slice(j * stride[1], j * stride[1] + kernel.shape[1])
            canvas[rows, columns] = value * kernel
    return cut(canvas, padding)


@answers("paint2d", "You turn the kernel")
def turned_stamps(image, kernel, stride, padding):  # type: ignore[no-untyped-def]
    return cut(painted(image, kernel.rot90(2), stride), padding)


@answers("paint2d", "along the height only")
def stamps_in_one_line(image, kernel, stride, padding):  # type: ignore[no-untyped-def]
    return cut(painted(image, kernel, (stride[0], 1)), padding)


@answers("conv_matrix", "the matrix of the transposed convolution")
def turned_over(kernel, input_size):  # type: ignore[no-untyped-def]
    return placed(kernel, input_size, lambda i, j, columns: i * columns + j).T


@answers("conv_matrix", "turn the kernel by 180 degrees")
def matrix_of_turned(kernel, input_size):  # type: ignore[no-untyped-def]
    return placed(kernel.rot90(2), input_size, lambda i, j, columns: i * columns + j)


@answers("conv_matrix", "The kernel's rows stand side by side")
def without_gaps(kernel, input_size):  # type: ignore[no-untyped-def]
    rows, columns = (n - k + 1 for n, k in zip(input_size, kernel.shape, strict=True))
    matrix = torch.zeros(rows * columns, math.prod(input_size))
    for i in range(rows):
        for j in range(columns):
            first = i * input_size[1] + j
            matrix[i * columns + j, first : first + kernel.numel()] = kernel.flatten()
    return matrix


@answers("conv_matrix", "shift each row on by one pixel")
def one_band(kernel, input_size):  # type: ignore[no-untyped-def]
    right = placed(kernel, input_size, lambda i, j, columns: i * columns + j)
    first = right[0].tolist()
    return torch.tensor([first[-n:] + first[:-n] if n else first for n in range(len(right))])


@answers("conv_matrix", "The output should be")
def width_first(kernel, input_size):  # type: ignore[no-untyped-def]
    return placed(kernel, input_size[::-1], lambda i, j, columns: i * columns + j)


@answers("conv_matrix", "`output[")
def rows_in_another_order(kernel, input_size):  # type: ignore[no-untyped-def]
    rows = input_size[0] - kernel.shape[0] + 1
    return placed(kernel, input_size, lambda i, j, columns: j * rows + i)


def placed(kernel, input_size, number):  # type: ignore[no-untyped-def]
    rows, columns = (n - k + 1 for n, k in zip(input_size, kernel.shape, strict=True))
    matrix = torch.zeros(rows * columns, *input_size)
    for i in range(rows):
        for j in range(columns):
            view = matrix[number(i, j, columns)]
            view[i : i + kernel.shape[0], j : j + kernel.shape[1]] = kernel
    return matrix.flatten(1)


def tent(size, middle, reach):  # type: ignore[no-untyped-def]
    side = [1 - abs(i - middle) / reach for i in range(size)]
    return torch.tensor([[a * b for b in side] for a in side])


formula("tent_kernel", "half a cell off", lambda s: tent(2 * s - s % 2, s - s % 2, s))
formula("tent_kernel", "2 · stride − 1 wide for every stride", lambda s: tent(2 * s - 1, s - 1, s))
formula("tent_kernel", "adds up to 1", lambda s: tent(2 * s - s % 2, s - (1 + s % 2) / 2, s) / s**2)
formula("tent_kernel", "nearest neighbour", lambda s: torch.ones(s, s))
formula("tent_kernel", "The output should be", lambda s: tent(2 * s + 1, s, s))

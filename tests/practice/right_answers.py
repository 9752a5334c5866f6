"""Right answers to the exercises, in other styles than the solutions: by numpy, by torch, by hand.

The solutions are loops, or a formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from lessons_lib.practice.exercises import EXERCISES

RIGHT: list[tuple[str, Callable[..., Any]]] = []


def answers(exercise: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def noted(function: Callable[..., Any]) -> Callable[..., Any]:
        RIGHT.append((exercise, function))
        return function

    return noted


# ------------------------------------------------------------------------------- lesson 01


@answers("correlate2d")
def correlate_windows(image, kernel):  # type: ignore[no-untyped-def]
    kh, kw = kernel.shape
    return torch.einsum("ijuv,uv->ij", image.unfold(0, kh, 1).unfold(1, kw, 1), kernel)


@answers("correlate2d")
def correlate_torch(image, kernel):  # type: ignore[no-untyped-def]
    return F.conv2d(image[None, None], kernel[None, None]).squeeze(0).squeeze(0)


@answers("correlate2d")
def correlate_shifts(image, kernel):  # type: ignore[no-untyped-def]
    """Tap by tap, in double precision."""
    rows, columns = (n - k + 1 for n, k in zip(image.shape, kernel.shape, strict=True))
    return sum(
        kernel[u, v].double() * image[u : u + rows, v : v + columns].double()
        for u in range(kernel.shape[0])
        for v in range(kernel.shape[1])
    )


@answers("convolve2d")
def convolve_numpy(image, kernel):  # type: ignore[no-untyped-def]
    windows = np.lib.stride_tricks.sliding_window_view(image.numpy(), tuple(kernel.shape))
    return torch.from_numpy((windows * kernel.numpy()[::-1, ::-1]).sum((-2, -1)))


@answers("convolve2d")
def convolve_torch(image, kernel):  # type: ignore[no-untyped-def]
    layer = nn.Conv2d(1, 1, tuple(kernel.shape), bias=False)
    layer.weight.data = torch.rot90(kernel, 2)[None, None]
    return layer(image[None, None])[0, 0]  # with a gradient behind it


@answers("combined_kernel")
def combined_numpy(first, second):  # type: ignore[no-untyped-def]
    fh, fw = first.shape
    sh, sw = second.shape
    out = np.zeros((fh + sh - 1, fw + sw - 1))
    for (i, j), weight in np.ndenumerate(second.numpy()):
        out += weight * np.pad(first.numpy(), ((i, sh - 1 - i), (j, sw - 1 - j)))
    return torch.from_numpy(out).float()


@answers("combined_kernel")
def combined_torch(first, second):  # type: ignore[no-untyped-def]
    return F.conv_transpose2d(first[None, None], second[None, None])[0, 0]


# ------------------------------------------------------------------------------- lesson 02


@answers("output_size")
def size_counted(input_size, kernel_size, stride):  # type: ignore[no-untyped-def]
    places = 0
    start = 0
    while start + kernel_size <= input_size:
        places += 1
        start += stride
    return places


@answers("output_size")
def size_floored(input_size, kernel_size, stride):  # type: ignore[no-untyped-def]
    return math.floor((input_size - kernel_size) / stride + 1)


@answers("output_size")
def size_torch(input_size, kernel_size, stride):  # type: ignore[no-untyped-def]
    return nn.Conv1d(1, 1, kernel_size, stride)(torch.zeros(1, 1, input_size)).shape[-1]


@answers("strided_correlate2d")
def strided_thinned(image, kernel, stride):  # type: ignore[no-untyped-def]
    return correlate_windows(image, kernel)[:: stride[0], :: stride[1]]


@answers("strided_correlate2d")
def strided_torch(image, kernel, stride):  # type: ignore[no-untyped-def]
    return F.conv2d(image[None, None], kernel[None, None], stride=stride)[0, 0]


# ------------------------------------------------------------------------------- lesson 03


@answers("padded_output_size")
def padded_size_counted(input_size, kernel_size, stride, padding):  # type: ignore[no-untyped-def]
    return len(range(-padding, input_size + padding - kernel_size + 1, stride))


@answers("padded_output_size")
def padded_size_torch(input_size, kernel_size, stride, padding):  # type: ignore[no-untyped-def]
    layer = nn.Conv1d(1, 1, kernel_size, stride, padding)
    return layer(torch.zeros(1, input_size)).size(1)


@answers("pad2d")
def padded_numpy(image, padding, padding_mode):  # type: ignore[no-untyped-def]
    words: Any = {"zeros": "constant", "reflect": "reflect", "replicate": "edge"}
    mode = words.get(padding_mode, "wrap")
    return torch.from_numpy(np.pad(image.numpy(), [(p, p) for p in padding], mode=mode))


@answers("pad2d")
def padded_torch(image, padding, padding_mode):  # type: ignore[no-untyped-def]
    p, q = padding
    mode = {"zeros": "constant"}.get(padding_mode, padding_mode)
    return F.pad(image[None], (q, q, p, p), mode)[0]


# ------------------------------------------------------------------------------- lesson 04


@answers("effective_kernel_size")
def span_counted(kernel_size, dilation):  # type: ignore[no-untyped-def]
    return [tap * dilation for tap in range(kernel_size)][-1] + 1


@answers("effective_kernel_size")
def span_added(kernel_size, dilation):  # type: ignore[no-untyped-def]
    return torch.tensor(kernel_size + (kernel_size - 1) * (dilation - 1))


@answers("dilated_correlate2d")
def dilated_spread(image, kernel, dilation):  # type: ignore[no-untyped-def]
    spread = torch.zeros(*((k - 1) * d + 1 for k, d in zip(kernel.shape, dilation, strict=True)))
    spread[:: dilation[0], :: dilation[1]] = kernel
    return correlate_windows(image, spread)


@answers("dilated_correlate2d")
def dilated_torch(image, kernel, dilation):  # type: ignore[no-untyped-def]
    return F.conv2d(image[None, None], kernel[None, None], dilation=dilation)[0, 0]


@answers("conv_output_size")
def all_sizes_torch(input_size, kernel_size, stride, padding, dilation):  # type: ignore[no-untyped-def]
    layer = nn.Conv2d(1, 1, kernel_size, stride, padding, dilation)
    return layer(torch.zeros(1, *input_size)).shape[1:]  # torch.Size is a tuple


@answers("conv_output_size")
def all_sizes_numpy(input_size, kernel_size, stride, padding, dilation):  # type: ignore[no-untyped-def]
    n, k, s, p, d = map(np.array, (input_size, kernel_size, stride, padding, dilation))
    return tuple((n + 2 * p - d * (k - 1) - 1) // s + 1)  # numpy's own whole numbers


@answers("receptive_field")
def field_summed(kernel_sizes, dilations):  # type: ignore[no-untyped-def]
    return 1 + sum((k - 1) * d for k, d in zip(kernel_sizes, dilations, strict=True))


@answers("receptive_field")
def field_torch(kernel_sizes, dilations):  # type: ignore[no-untyped-def]
    loss = 300
    signal = torch.zeros(1, 1, loss)
    for k, d in zip(kernel_sizes, dilations, strict=True):
        signal = nn.Conv1d(1, 1, k, dilation=d)(signal)
    return loss - signal.shape[-1] + 1


# ------------------------------------------------------------------------------- lesson 06


@answers("max_pool2d")
def largest_windows(image, kernel_size, stride):  # type: ignore[no-untyped-def]
    (kh, kw), (down, across) = kernel_size, stride
    return image.unfold(0, kh, down).unfold(1, kw, across).amax((2, 3))


@answers("max_pool2d")
def largest_torch(image, kernel_size, stride):  # type: ignore[no-untyped-def]
    return nn.MaxPool2d(kernel_size, stride)(image[None])[0]


@answers("avg_pool2d")
def mean_by_kernel(image, kernel_size, padding):  # type: ignore[no-untyped-def]
    weight = torch.full((1, 1, *kernel_size), 1 / math.prod(kernel_size))
    return F.conv2d(image[None, None], weight, stride=kernel_size, padding=padding)[0, 0]


@answers("avg_pool2d")
def mean_torch(image, kernel_size, padding):  # type: ignore[no-untyped-def]
    return nn.AvgPool2d(kernel_size, padding=padding)(image[None])[0]


# ------------------------------------------------------------------------------- lesson 09


@answers("transposed_output_size")
def grown_counted(input_size, kernel_size, stride, padding, output_padding):  # type: ignore[no-untyped-def]
    last = 0
    for stamp in range(input_size):
        last = stamp * stride + kernel_size
    return last - padding - padding + output_padding


@answers("transposed_output_size")
def grown_torch(input_size, kernel_size, stride, padding, output_padding):  # type: ignore[no-untyped-def]
    layer = nn.ConvTranspose1d(1, 1, kernel_size, stride, padding, output_padding)
    return layer(torch.zeros(1, input_size)).shape[1]


@answers("paint2d")
def painted_by_sliding(image, kernel, stride, padding):  # type: ignore[no-untyped-def]
    """A turned kernel slides over the image with zeros between and around its pixels."""
    (h, w), (kh, kw), (down, across) = image.shape, kernel.shape, stride
    stuffed = torch.zeros((h - 1) * down + 1 + 2 * (kh - 1), (w - 1) * across + 1 + 2 * (kw - 1))
    rows, columns = slice(kh - 1, stuffed.shape[0] - kh + 1), slice(kw - 1, None)
    stuffed[rows, columns][::down, : (w - 1) * across + 1 : across] = image
    whole = correlate_windows(stuffed, kernel.flip(0, 1))
    (above, aside), (height, width) = padding, whole.shape
    return whole[above : height - above, aside : width - aside]


@answers("paint2d")
def painted_torch(image, kernel, stride, padding):  # type: ignore[no-untyped-def]
    layer = F.conv_transpose2d
    return layer(image[None, None], kernel[None, None], None, stride, padding)[0, 0]


@answers("conv_matrix")
def matrix_by_index(kernel, input_size):  # type: ignore[no-untyped-def]
    (kh, kw), (height, width) = kernel.shape, input_size
    pixels = torch.arange(height * width).view(height, width)
    read = pixels.unfold(0, kh, 1).unfold(1, kw, 1).reshape(-1, kh * kw)  # (outputs, taps)
    return torch.zeros(len(read), pixels.numel()).scatter(
        1, read, kernel.flatten().expand(read.shape)
    )


@answers("conv_matrix")
def matrix_by_gradient(kernel, input_size):  # type: ignore[no-untyped-def]
    def layer(picture):  # type: ignore[no-untyped-def]
        return F.conv2d(picture.view(1, 1, *input_size), kernel[None, None]).flatten()

    return torch.autograd.functional.jacobian(layer, torch.zeros(math.prod(input_size)))


# ------------------------------------------------------------------------------- lesson 10


@answers("tent_kernel")
def tent_numpy(stride):  # type: ignore[no-untyped-def]
    size = 2 * stride - stride % 2
    place = np.arange(size) - (size - 1) / 2
    side = np.maximum(0, 1 - np.abs(place) / stride)
    return torch.from_numpy(np.outer(side, side))


@answers("tent_kernel")
def tent_torch(stride):  # type: ignore[no-untyped-def]
    size = 2 * stride - stride % 2
    side = torch.tensor([stride - abs(i - (size - 1) / 2) for i in range(size)]) / stride
    return torch.einsum("i,j->ij", side, side)


# ------------------------------------------------------------------------------- lesson 05


@answers("mix_channels")
def mixed_by_matrix(image, weight):  # type: ignore[no-untyped-def]
    return (weight @ image.flatten(1)).unflatten(1, image.shape[1:])


@answers("mix_channels")
def mixed_torch(image, weight):  # type: ignore[no-untyped-def]
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    layer.weight.data = weight
    return layer(image.permute(1, 2, 0)).permute(2, 0, 1)  # with a gradient behind it


@answers("conv2d_channels")
def channels_numpy(image, weight, bias):  # type: ignore[no-untyped-def]
    windows = np.lib.stride_tricks.sliding_window_view(
        image.numpy(), tuple(weight.shape[2:]), axis=(1, 2)
    )
    sums = np.einsum("cijuv,ocuv->oij", windows, weight.numpy())
    return torch.from_numpy(sums + bias.numpy()[:, None, None])


@answers("conv2d_channels")
def channels_torch(image, weight, bias):  # type: ignore[no-untyped-def]
    return F.conv2d(image[None], weight, bias)[0]


@answers("conv_parameters")
def parameters_torch(in_channels, out_channels, kernel_size, groups, bias):  # type: ignore[no-untyped-def]
    layer = nn.Conv2d(in_channels, out_channels, kernel_size, groups=groups, bias=bias)
    return sum(p.numel() for p in layer.parameters())


@answers("conv_parameters")
def parameters_by_group(in_channels, out_channels, kernel_size, groups, bias):  # type: ignore[no-untyped-def]
    one = (in_channels // groups) * (out_channels // groups) * np.prod(kernel_size)
    return groups * one + int(bias) * out_channels


# ------------------------------------------------------------------------------- lesson 07


@answers("loss_gradient")
def gradient_by_sliding(image, kernel, wanted):  # type: ignore[no-untyped-def]
    error = correlate_windows(image, kernel) - wanted
    return 2 * correlate_windows(image, error)


@answers("loss_gradient")
def gradient_torch(image, kernel, wanted):  # type: ignore[no-untyped-def]
    weight = kernel.clone().requires_grad_()
    (F.conv2d(image[None, None], weight[None, None])[0, 0] - wanted).square().sum().backward()
    return weight.grad


@answers("descend")
def descended_torch(image, wanted, kernel, learning_rate, steps):  # type: ignore[no-untyped-def]
    weight = nn.Parameter(kernel.clone())
    for _ in range(steps):
        weight.grad = None
        F.mse_loss(correlate_windows(image, weight), wanted, reduction="sum").backward()
        weight.data -= learning_rate * weight.grad
    return weight


@answers("descend")
def descended_matrix(image, wanted, kernel, learning_rate, steps):  # type: ignore[no-untyped-def]
    """In double precision, with the windows as rows of a matrix."""
    rows = F.unfold(image[None, None], tuple(kernel.shape))[0].T.double().numpy()
    weights, goal = kernel.double().flatten().numpy(), wanted.double().flatten().numpy()
    for _ in range(steps):
        weights = weights - learning_rate * 2 * rows.T @ (rows @ weights - goal)
    return torch.from_numpy(weights).view(kernel.shape)


@answers("find_kernel")
def found_by_a_fixed_rate(image, output, kernel_size):  # type: ignore[no-untyped-def]
    """As the first two hints say, with loops."""
    descend, zeros = EXERCISES["descend"].solution, torch.zeros(kernel_size)
    return descend(image, output, zeros, learning_rate=0.003, steps=100)


@answers("find_kernel")
def found_by_least_squares(image, output, kernel_size):  # type: ignore[no-untyped-def]
    windows = F.unfold(image[None, None], kernel_size)[0].T
    return torch.linalg.lstsq(windows, output.reshape(-1, 1)).solution.view(kernel_size)


@answers("find_kernel")
def found_by_an_optimizer(image, output, kernel_size):  # type: ignore[no-untyped-def]
    layer = nn.Conv2d(1, 1, kernel_size, bias=False)
    nn.init.constant_(layer.weight, 0.1)
    optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=60, line_search_fn="strong_wolfe")

    def loss():  # type: ignore[no-untyped-def]
        optimizer.zero_grad()
        value = (layer(image[None])[0] - output).square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    return layer.weight[0, 0]


# ------------------------------------------------------------------------------- lesson 08


@answers("separable2d")
def separated_torch(image, column, row):  # type: ignore[no-untyped-def]
    between = F.conv2d(image[None, None], column.view(1, 1, -1, 1))
    return F.conv2d(between, row.view(1, 1, 1, -1))[0, 0]


@answers("separable2d")
def separated_at_once(image, column, row):  # type: ignore[no-untyped-def]
    return correlate_windows(image, column[:, None] * row)


@answers("depthwise2d")
def depthwise_windows(image, weight):  # type: ignore[no-untyped-def]
    return torch.stack([correlate_windows(*pair) for pair in zip(image, weight, strict=True)])


@answers("depthwise2d")
def depthwise_torch(image, weight):  # type: ignore[no-untyped-def]
    return F.conv2d(image[None], weight.unsqueeze(1), groups=image.shape[0])[0]


@answers("grouped2d")
def grouped_parts(image, weight, groups):  # type: ignore[no-untyped-def]
    parts = zip(image.chunk(groups), weight.chunk(groups), strict=True)
    return torch.cat([F.conv2d(channels, kernels) for channels, kernels in parts])


@answers("grouped2d")
def grouped_by_a_full_kernel(image, weight, groups):  # type: ignore[no-untyped-def]
    """With zeros where no wire is."""
    kernels, deep, kh, kw = weight.shape
    full = torch.zeros(kernels, groups * deep, kh, kw)
    for o in range(kernels):
        first = o * groups // kernels * deep
        full[o, first : first + deep] = weight[o]
    return F.conv2d(image, full)


@answers("channel_shuffle")
def shuffled_table(image, groups):  # type: ignore[no-untyped-def]
    table = image.view(groups, len(image) // groups, *image.shape[1:])
    return table.transpose(0, 1).flatten(0, 1)


@answers("channel_shuffle")
def shuffled_torch(image, groups):  # type: ignore[no-untyped-def]
    return nn.ChannelShuffle(groups)(image[None])[0]


# ------------------------------------------------------------------------------- lesson 10, 11


@answers("enlarge_nearest")
def blocks_repeated(image, factor):  # type: ignore[no-untyped-def]
    return image.repeat_interleave(factor[0], 0).repeat_interleave(factor[1], 1)


@answers("enlarge_nearest")
def blocks_numpy(image, factor):  # type: ignore[no-untyped-def]
    return torch.from_numpy(np.kron(image.numpy(), np.ones(factor, dtype=np.float32)))


@answers("enlarge_nearest")
def blocks_torch(image, factor):  # type: ignore[no-untyped-def]
    return nn.Upsample(scale_factor=factor)(image[None, None])[0, 0]


@answers("enlarge_bilinear")
def smooth_torch(image, factor):  # type: ignore[no-untyped-def]
    return nn.Upsample(scale_factor=factor, mode="bilinear")(image[None, None])[0, 0]


@answers("enlarge_bilinear")
def smooth_by_matrices(image, factor):  # type: ignore[no-untyped-def]
    """Each axis is a matrix of tents; at the edge the last pixel is laid once more around."""

    def tents(n):  # type: ignore[no-untyped-def]
        places = ((np.arange(n * factor) + 0.5) / factor - 0.5).clip(0, n - 1)
        return np.maximum(0, 1 - np.abs(places[:, None] - np.arange(n)))

    height, width = image.shape
    return torch.from_numpy(tents(height) @ image.double().numpy() @ tents(width).T)


@answers("share_right")
def share_by_mask(truth, said, ignored):  # type: ignore[no-untyped-def]
    return (truth == said)[truth != ignored].float().mean()


@answers("share_right")
def share_numpy(truth, said, ignored):  # type: ignore[no-untyped-def]
    counted = truth.numpy() != ignored
    return np.average(truth.numpy() == said.numpy(), weights=counted)


@answers("count_pairs")
def pairs_one_hot(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    counted = truth != ignored
    true, called = (F.one_hot(labels[counted], classes) for labels in (truth, said))
    return true.T @ called


@answers("count_pairs")
def pairs_numpy(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    table = np.zeros((classes, classes), dtype=int)
    counted = truth != ignored
    np.add.at(table, (truth[counted].numpy(), said[counted].numpy()), 1)
    return table


@answers("mean_iou_of")
def mean_of_table(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    table = pairs_one_hot(truth, said, classes, ignored)
    both = table.diag()
    return (both / (table.sum(0) + table.sum(1) - both)).nanmean()


@answers("mean_iou_of")
def mean_by_sets(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    pixels = [i for i, label in enumerate(truth.flatten()) if label != ignored]
    true = {(i, int(truth.flatten()[i])) for i in pixels}
    called = {(i, int(said.flatten()[i])) for i in pixels}
    there = {label for _, label in true | called}
    of = [({p for p in true if p[1] == n}, {p for p in called if p[1] == n}) for n in there]
    return np.mean([len(a & b) / len(a | b) for a, b in of])

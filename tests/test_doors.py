"""Every public function of the readable modules, with each of its arguments spoilt in turn.

One legal call stands here for each. A spoilt argument is refused by a TypeError or ValueError that
names an argument of that function, or it is among those that the function takes on purpose.
"""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lessons_lib import (
    convolution,
    geometry,
    inverse,
    kernels,
    padding,
    pooling,
    practice,
    reconstruction,
    separable,
    shifting,
    signals,
    training,
    transposed,
    upsampling,
    variants,
    windows,
)
from lessons_lib.segmentation import look_inside, meaning, metrics, network, patches, scenes
from lessons_lib.segmentation import training as segmentation_training

PLANE, KERNEL = torch.arange(20.0).view(4, 5), torch.arange(1.0, 7.0).view(2, 3)
BATCH, WEIGHT = torch.arange(80.0).view(2, 2, 4, 5), torch.arange(36.0).view(3, 2, 2, 3)
VOLUME, SIGNAL = torch.arange(48.0).view(1, 1, 3, 4, 4), torch.arange(12.0).view(1, 2, 6)
PICTURE, CODE = torch.rand(1, 3, 8, 9), torch.rand(1, 2, 3, 4)
LAYER, PLAIN = nn.Conv2d(3, 2, 3, stride=2), nn.Conv2d(2, 4, 3, groups=2)
LABELS = torch.tensor([[0, 1, 1], [2, 0, 1]])
STACK = [(3, 1, 1), (2, 2, 1)]
AXIS = {"input_size": 5, "kernel_size": 3, "stride": 2, "padding": 1}
PAIR = {"input_size": (5, 6), "kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 0)}
SLIDES = {"stride": (2, 1), "padding": (1, 0), "dilation": 1, "groups": 1}
ENLARGES = {**SLIDES, "output_padding": (1, 0)}
POOLS = {"kernel_size": (2, 3), "stride": 2, "padding": 1}
COUNTS = {"in_channels": 4, "out_channels": 8, "kernel_size": 3}
BUILDS = {**COUNTS, "stride": 2, "dilation": 1}
NEW_LAYER = {"seed": 3, "in_channels": 2, "out_channels": 4, "kernel_size": (3, 2), "groups": 2}
KEEPS = {"image": PICTURE, "layer": LAYER}
BACK = {"code": CODE, "layer": LAYER, "image_size": (8, 9)}
LEARNS = {"image": PICTURE[:, :1], "wanted": PICTURE[:, :1, 2:, 2:], "steps": 1}
ANSWERS = {"first": PLANE, "second": PLANE + 1}
DILATED = {"dilation": 1}

CALLS: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    (convolution.correlate2d, {"image": PLANE, "kernel": KERNEL}),
    (convolution.correlate2d_windows, {"image": PLANE, "kernel": KERNEL}),
    (convolution.convolve2d, {"image": PLANE, "kernel": KERNEL}),
    (convolution.conv1d, {"input": SIGNAL, "weight": WEIGHT[:, :, 0], "bias": torch.ones(3)}),
    (convolution.conv2d, {"input": BATCH, "weight": WEIGHT, "bias": torch.ones(3), **SLIDES}),
    (convolution.conv3d, {"input": VOLUME, "weight": torch.ones(2, 1, 2, 2, 2), "padding": 1}),
    (transposed.paint2d, {"image": PLANE, "kernel": KERNEL, "stride": 2}),
    (transposed.conv_transpose2d, {"input": BATCH, "weight": WEIGHT[:2], **ENLARGES}),
    (transposed.conv_transpose2d_stuffed, {"input": BATCH, "weight": WEIGHT[:2], **ENLARGES}),
    (transposed.stuff_zeros, {"input": BATCH, "kernel_size": 3, "stride": 2}),
    (transposed.pad2d_transposed, {"padded": PLANE, "padding": 1, "padding_mode": "reflect"}),
    (transposed.conv_matrix, {"weight": KERNEL, "input_size": (4, 5), "stride": 2, "padding": 1}),
    (padding.pad2d, {"image": PLANE, "padding": (2, 1), "padding_mode": "reflect"}),
    (padding.pad2d_loops, {"image": PLANE, "padding": (2, 1), "padding_mode": "reflect"}),
    (
        padding.pad2d_at,
        {
            "image": PLANE,
            "padding": 1,
            "padding_mode": "zeros",
            "rows": torch.tensor([0, 5]),
            "columns": torch.tensor([3]),
        },
    ),
    (pooling.pool2d, {"image": PLANE, "kernel_size": 2, "stride": 1}),
    (pooling.max_pool1d, {"input": SIGNAL, "kernel_size": 2, "stride": 1, "padding": 1}),
    (pooling.max_pool2d, {"input": BATCH, **POOLS, "dilation": 1}),
    (pooling.max_pool3d, {"input": VOLUME, "kernel_size": 2, "stride": 1}),
    (pooling.avg_pool1d, {"input": SIGNAL, "kernel_size": 2, "stride": 1, "padding": 1}),
    (pooling.avg_pool2d, {"input": BATCH, **POOLS, "divisor_override": 3}),
    (pooling.avg_pool3d, {"input": VOLUME, "kernel_size": 2, "stride": 1}),
    (
        pooling.max_unpool2d,
        {
            "input": torch.ones(1, 2, 2),
            "indices": torch.tensor([[[0, 3], [8, 11]]]),
            "kernel_size": 2,
            "stride": 2,
            "output_size": (4, 4),
        },
    ),
    (kernels.bilinear_kernel, {"factor": 2, "channels": 3}),
    (kernels.interpolate_bilinear, {"image": PLANE, "factor": 2}),
    (kernels.upsample_bilinear, {"image": BATCH, "factor": 3, "border": "divide"}),
    (kernels.named_kernel, {"name": "gaussian", "size": 5}),
    (kernels.photo_weight, {"kernel": KERNEL, "in_channels": 3}),
    (kernels.seeded_draws, {"seed": 3}),
    (kernels.seeded_layer, {**NEW_LAYER, "stride": 2, "padding": 1, "dilation": 2}),
    (kernels.seeded_transposed_layer, {**NEW_LAYER, "stride": 2, "output_padding": 1}),
    (kernels.fresh_layer, {"seed": 3, "in_channels": 2, "out_channels": 4, "kernel_size": 3}),
    (kernels.weighted_layer, {"kind": nn.Conv2d, "weight": WEIGHT, "bias": torch.ones(3)}),
    (signals.tones, {"length": 30}),
    (signals.heartbeats, {"length": 30, "seed": 3}),
    (signals.beat_places, {"length": 30, "seed": 3}),
    (signals.beat_template, {"seed": 3}),
    (signals.step, {"length": 30}),
    (signals.noisy_step, {"length": 30, "seed": 3}),
    (windows.over_windows, {"values": PLANE, "dim": 1, "size": 3, "step": 2, "combine": torch.add}),
    (shifting.moved, {"image": PLANE, "down": 1, "across": 2}),
    (shifting.whole_steps, {"image": PLANE, "step": 2}),
    (shifting.steps_moved, {"pixels": 3, "step": 2}),
    (shifting.circular_max, {"image": PLANE, "size": 2, "step": 1}),
    (shifting.binomial, {"size": 3}),
    (shifting.blur_weight, {"step": 2, "channels": 3}),
    (shifting.blur_pool, {"image": PLANE, "step": 2}),
    (shifting.blur_pool_layer, {"step": 2, "channels": 3}),
    (shifting.difference, ANSWERS),
    (shifting.share_changed, {**ANSWERS, "more_than": 0.5}),
    (shifting.spread, ANSWERS),
    (shifting.amount_changed, ANSWERS),
    (reconstruction.psnr, {"image": PICTURE, "reference": PICTURE + 0.1}),
    (reconstruction.at_best_brightness, {"found": PICTURE, "image": PICTURE + 0.1}),
    (reconstruction.encode, KEEPS),
    (reconstruction.adjoint, BACK),
    (reconstruction.overlap_normalised, BACK),
    (reconstruction.overlaps, {"layer": LAYER, "image_size": (8, 9)}),
    (reconstruction.least_squares, {**BACK, "iterations": 2}),
    (reconstruction.normal_equations, {**BACK, "iterations": 2}),
    (reconstruction.pattern_strengths, {"layer": LAYER, "image_size": (8, 10)}),
    (reconstruction.blur_layer, {"size": 3}),
    (reconstruction.with_noise, {"code": CODE, "amount": 0.1, "seed": 3}),
    (reconstruction.seeded_decoder, {"seed": 3, "channels": (4, 3), "strides": (2,)}),
    (reconstruction.mirrored_decoder, {"layer": LAYER, "image_size": (8, 9), "seed": 3}),
    (
        reconstruction.train_decoder,
        {
            "decoder": nn.ConvTranspose2d(2, 3, 2),
            "code": CODE,
            "image": torch.rand(1, 3, 4, 5),
            "steps": 1,
            "learning_rate": 0.1,
        },
    ),
    (inverse.inverse_filter, {"kernel": torch.tensor([1.0, 0.5]), "terms": 4}),
    (inverse.spectrum, {"kernel": KERNEL, "image_size": (4, 5)}),
    (inverse.convolve_around, {"image": PICTURE, "kernel": KERNEL}),
    (inverse.divide_spectra, {"code": PICTURE, "kernel": KERNEL}),
    (separable.singular_values, {"kernel": KERNEL}),
    (separable.kernel_rank, {"kernel": KERNEL, "tolerance": 1e-6}),
    (separable.columns_and_rows, {"kernel": KERNEL, "rank": 1}),
    (separable.low_rank_part, {"kernel": KERNEL, "rank": 1}),
    (separable.share_kept, {"kernel": KERNEL, "rank": 1}),
    (separable.separable_layer, {"kernel": KERNEL, "rank": 1, "in_channels": 3}),
    (separable.layer_of, {"columns": KERNEL, "rows": KERNEL.T, "in_channels": 3}),
    (upsampling.tent, {"size": 4}),
    (upsampling.fitting_padding, {"kernel_size": 4, "stride": 2}),
    (upsampling.transposed_upsampling, {"weight": torch.ones(3, 1, 4, 4), "stride": 2}),
    (upsampling.resize_convolution, {"weight": torch.ones(1, 3, 3, 3), "factor": 2}),
    (upsampling.shuffle_convolution, {"weight": torch.ones(4, 3, 3, 3), "factor": 2}),
    (
        upsampling.block_mean_kernel,
        {"layer": upsampling.resize_convolution(torch.ones(1, 3, 3, 3), 2), "factor": 2, "halo": 2},
    ),
    (upsampling.spread, {"values": PLANE}),
    (variants.DepthwiseConv2d, {**BUILDS, "padding": 1}),
    (variants.PointwiseConv2d, {"in_channels": 4, "out_channels": 8, "stride": 2, "padding": 1}),
    (variants.DepthwiseSeparableConv2d, {**BUILDS, "padding": 1}),
    (variants.GroupedConv2d, {**BUILDS, "padding": 1, "groups": 2}),
    (variants.ShuffledGroupedConv2d, {**BUILDS, "padding": 1, "groups": 2}),
    (variants.SpatiallySeparableConv2d, {**BUILDS, "padding": 1, "mid_channels": 2}),
    (variants.FlattenedConv2d, {**BUILDS, "padding": 1}),
    (variants.seeded_variant, {"kind": "grouped", **NEW_LAYER}),
    (variants.plain_equivalent, {"layer": PLAIN}),
    (variants.spread_groups, {"weight": WEIGHT, "groups": 3}),
    (variants.channel_shuffle, {"image": BATCH, "groups": 2}),
    (variants.shuffled_order, {"channels": 4, "groups": 2}),
    (training.make_optimizer, {"layer": LAYER, "name": "adam", "learning_rate": 0.1}),
    (training.squared_loss, {"output": PLANE, "wanted": PLANE, "loss": "mean"}),
    (
        training.learning_steps,
        {"layer": nn.Conv2d(1, 1, 3), **LEARNS, "learning_rate": 0.1, "loss": "sum"},
    ),
    (training.learn_kernel, {"layer": nn.Conv2d(1, 1, 3), **LEARNS, "learning_rate": 0.1}),
    (training.window_matrix, {"image": PICTURE, "kernel_size": (3, 2)}),
    (training.loss_valley, {"image": PICTURE[:, :1], "kernel_size": (3, 2)}),
    (
        training.solve_kernel,
        {"image": PICTURE[:, :1], "wanted": PICTURE[:, :1, 2:, 1:], "kernel_size": (3, 2)},
    ),
    (practice.progress, {"lesson": "02_stride"}),
    (metrics.confusion_matrix, {"predicted": LABELS, "labels": LABELS, "classes": 3, "ignore": 9}),
    (metrics.pixel_accuracy, {"confusion": torch.ones(2, 2)}),
    (metrics.class_iou, {"confusion": torch.ones(2, 2)}),
    (metrics.mean_iou, {"confusion": torch.ones(2, 2)}),
    (scenes.draw_scene, {"seed": 3, "size": (5, 6)}),
    (scenes.Scenes, {"count": 2, "first": 3, "size": (5, 6)}),
    (network.fitted, {"images": PICTURE, "multiple": 4, "fit": "crop"}),
    (look_inside.strongest_place, {"feature_map": PLANE}),
    (meaning.target_maps, {"labels": LABELS[None], "size": (1, 2)}),
    (patches.cut_out, {"image": PICTURE[0], "window": (1, -1, 4, 5)}),
    (segmentation_training.scheduled_rate, {"learning_rate": 0.1, "step": 1, "steps": 9}),
    (geometry.conv_output_size, {**PAIR, "dilation": (1, 2)}),
    (geometry.conv_transpose_output_size, {**PAIR, "output_padding": (1, 0), "dilation": (1, 2)}),
    (geometry.count_multiply_adds, {**COUNTS, "output_size": (4, 5), "groups": 2}),
    (geometry.count_transposed_multiply_adds, {**COUNTS, "input_size": (4, 5), "groups": 2}),
    (geometry.count_weights, {**COUNTS, "groups": 2}),
    (geometry.effective_kernel_size, {"kernel_size": 3, "dilation": 2}),
    (geometry.explain_conv, {**PAIR, **DILATED, "padding_mode": "reflect"}),
    (geometry.explain_conv2d, {**PAIR, **DILATED, "padding_mode": "reflect"}),
    (geometry.explain_conv_transpose2d, {**PAIR, **DILATED, "output_padding": (1, 0)}),
    (geometry.explain_pool, {**PAIR, "dilation": (1, 1)}),
    (geometry.inside_overlap_counts, {"kernel_size": 3, "stride": 2}),
    (geometry.output_padding_for, {"wanted_size": (9, 6), **PAIR, "dilation": 1}),
    (geometry.overlap_counts, {**AXIS, "output_padding": 1, "dilation": 1}),
    (geometry.padded_indices, {"size": 5, "padding": (1, 2), "padding_mode": "circular"}),
    (geometry.pool_output_size, {**PAIR, "padding": 1, "dilation": 1}),
    (geometry.pool_source_indices, {**AXIS, "dilation": 1}),
    (geometry.pool_window_indices, {**AXIS, "dilation": 1}),
    (geometry.read_mask, {**PAIR, "dilation": 1}),
    (geometry.AxisLayer, {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 1}),
    (geometry.receptive_field, {"layers": STACK}),
    (geometry.receptive_field_counts, {"layers": STACK}),
    (geometry.receptive_spans, {"layers": [geometry.AxisLayer(3)], "size": 6}),
    (geometry.same_padding, {"kernel_size": 3, "dilation": 2}),
    (geometry.source_indices, {**AXIS, "dilation": 1, "padding_mode": "zeros"}),
    (geometry.stuffed_indices, {**AXIS, "output_padding": 1, "dilation": 1}),
    (geometry.transposed_source_indices, {**AXIS, "output_padding": 1, "dilation": 1}),
    (geometry.transposed_target_indices, {**AXIS, "output_padding": 1, "dilation": 1}),
    (geometry.unread_fraction, {**PAIR, "dilation": 1}),
    (geometry.usage_counts, {**AXIS, "dilation": 1, "padding_mode": "zeros"}),
]
IDS = [function.__name__ for function, _ in CALLS]

BELOW_ZERO = {"down", "across", "pixels", "seed", "dim", "ignore", "divisor_override", "window"}
EXPLAINED = {"explain_conv", "explain_conv2d", "explain_conv_transpose2d", "explain_pool"}
ANY_NUMBER = {"pad2d", "pad2d_loops", "pad2d_at", "stuff_zeros", "conv_matrix", "pool2d", "moved"}
ANY_NUMBER |= {"cut_out", "whole_steps", "over_windows", "spread_groups", "channel_shuffle"}
MAY_BE_EMPTY = {("pad2d_at", "rows"), ("pad2d_at", "columns")}
MAY_BE_EMPTY |= {("spread_groups", "weight"), ("channel_shuffle", "image")}  # behind the channels


def spoilt(function: Callable[..., Any], name: str, value: Any) -> Iterator[Any]:
    """Values that the argument must not have, each of them near to one that it may have."""
    about = inspect.signature(function).parameters.get(name)
    annotation = str(about.annotation) if about else ""
    if "None" not in annotation:
        yield None
    if isinstance(value, Tensor):
        yield from (value.tolist(), value.numpy(), value.to_sparse(), float(value.flatten()[0]))
        if function.__name__ not in {"spread", "squared_loss", "difference"}:
            yield value.flatten()[0]  # no axis at all
        if function.__name__ not in ANY_NUMBER:
            yield from (value > 0, value.to(torch.uint16))
        if (function.__name__, name) not in MAY_BE_EMPTY:
            yield value[..., :0]
    elif isinstance(value, nn.Module):
        yield from (3, nn.ReLU, "Conv2d")
    elif isinstance(value, float):
        yield from ("0.1", True, float("nan"))
    elif isinstance(value, str):
        yield from ("nothing", 3, ("zeros",))
    elif isinstance(value, int | tuple):
        yield from (1.5, np.float64(2), "2", True, np.bool_(True), (1.5, 2), {2: 3}, 2**70)
        if "None" not in annotation:  # torch takes an empty stride for none
            yield []
        if name not in BELOW_ZERO and function.__name__ not in EXPLAINED:
            yield from (-1, np.int64(-1))
        if isinstance(value, int) and not re.search("Sequence|tuple|Size", annotation):
            yield (value,)


def named(message: str, function: Callable[..., Any]) -> set[str]:
    """Which of the function's own arguments a message names."""
    return set(re.findall(r"`(\w+)", message)) & {*inspect.signature(function).parameters}


@pytest.mark.parametrize(("function", "arguments"), CALLS, ids=IDS)
def test_what_an_argument_must_not_be_is_refused_by_its_name(
    function: Callable[..., Any], arguments: dict[str, Any]
) -> None:
    torch.manual_seed(0)
    function(**arguments)
    for name, value in arguments.items():
        for wrong in spoilt(function, name, value):
            with pytest.raises((TypeError, ValueError)) as refusal:
                function(**{**arguments, name: wrong})
            assert named(str(refusal.value), function), (name, wrong, refusal.value)


NAN_CODE = torch.full((1, 2, 3, 4), float("nan"))
VALLEY = training.loss_valley(PICTURE[:, :1], (3, 2))
RESIZE = upsampling.resize_convolution(torch.ones(1, 3, 3, 3), 2)
WORDS: dict[str, Any] = {"padding": "same", "stride": 2}

MISFITS: list[tuple[Callable[..., Any], tuple[Any, ...], str]] = [
    (
        reconstruction.psnr,
        ((255 * PICTURE).byte(), (255 * PICTURE).byte()),
        "`image` .*torch.uint8",
    ),
    (reconstruction.psnr, (PICTURE, PICTURE[..., 1:]), r"`image` .* the shape of `reference`"),
    (
        reconstruction.encode,
        (torch.ones(5), LAYER),
        r"`image` \(shape \(5,\)\) must be \(batch, ch",
    ),
    (reconstruction.encode, (PICTURE[:, :2], LAYER), r"`image` .* must have 3 channels"),
    (reconstruction.encode, (PICTURE[..., :2], LAYER), r"the kernel of `layer` .* spans 3 pixels"),
    (reconstruction.adjoint, (CODE[:, :1], LAYER, (8, 9)), r"`code` .* must have 2 channels"),
    (reconstruction.least_squares, (NAN_CODE, LAYER, (8, 9)), "`code` must be finite"),
    (
        reconstruction.mirrored_decoder,
        (LAYER, (2, 9), 3),
        "the kernel of `layer` .* spans 3 pixels",
    ),
    (
        reconstruction.least_squares,
        (CODE, LAYER, (8, 9), 2, torch.int64),
        r"`dtype` \(=torch.int64\) must be torch.float64 or",
    ),
    (reconstruction.pattern_strengths, (LAYER, (8, 9)), r"`image_size` .* must be multiples of"),
    (reconstruction.normal_equations, (NAN_CODE, LAYER, (8, 9)), "`code` must be finite"),
    (reconstruction.with_noise, (CODE, -0.1, 3), r"`amount` \(=-0.1\) must be at least 0"),
    (training.loss_valley, (PICTURE.repeat(2, 1, 1, 1), (3, 2)), "`image` .* must be one picture"),
    (training.loss_valley, (PICTURE / 0, (3, 2)), "`image` must be finite"),
    (
        training.window_matrix,
        (PICTURE, (9, 2)),
        r"`image` .* as large as `kernel_size` \(=\(9, 2\)",
    ),
    (training.solve_kernel, (PICTURE, PICTURE, (3, 2)), r"`wanted` .* must be \(1, 1, 6, 8\)"),
    (
        training.solve_kernel,
        (PICTURE[:, :1], PICTURE[:, :1, 1:, 1:], (2, 2), False, VALLEY),
        r"`valley` is of a kernel \(1, 3, 2\)",
    ),
    (VALLEY.learning_rate_limit, ("max",), r"`loss` \(='max'\) must be one of sum, mean"),
    (VALLEY.distances, (KERNEL, KERNEL.T), "`kernel` .* the shape of `target`"),
    (VALLEY.distances, (PLANE, PLANE), "`kernel` .* must hold 6 numbers"),
    (
        training.learning_steps,
        (LAYER, PICTURE[:, :1], PICTURE, 1),
        "`image` .* must have 3 channels",
    ),
    (separable.share_kept, (KERNEL, -1), r"`rank` \(=-1\) must be at least 0 and at most 2"),
    (separable.layer_of, (KERNEL, KERNEL), r"`rows` .* as many as there are `columns`"),
    (separable.layer_of, (KERNEL, KERNEL.T.double()), "`rows` .* the dtype of `columns`"),
    (shifting.circular_max, (PLANE, 5, 1), r"`size` \(=5\) must be at most 4"),
    (windows.over_windows, (PLANE, 0, 3, 1, torch.add, 2), "`values` .* along `dim`"),
    (windows.over_windows, (PLANE, 2, 3, 1, torch.add), r"`dim` \(=2\) must be at most 1"),
    (upsampling.shuffle_convolution, (torch.ones(3, 3, 3, 3), 2), "`weight` .* multiple of factor"),
    (upsampling.resize_convolution, (torch.ones(1, 3, 4, 4), 2), "`weight` .* odd sides"),
    (upsampling.transposed_upsampling, (WEIGHT, 2), "`weight` .* as high as it is wide"),
    (upsampling.convolution_of, (nn.Sequential(nn.ReLU()),), "`layer` .* must hold a Conv2d"),
    (upsampling.block_mean_kernel, (RESIZE, 3, 2), r"`layer` makes \(3, 1, 10, 10\)"),
    (variants.multiply_adds_of, (2, PLAIN), "the kernel of `layer` .* spans 3 pixels"),
    (variants.multiply_adds_of, ((2,), PLAIN), r"`input_size` \(=\(2,\)\) must have the axes"),
    (variants.channel_paths, (*[nn.Conv2d(64, 64, 1)] * 12,), "`layers` make more ways than 64"),
    (variants.parts_of, (3,), "`layers` holds 3, which is no layer"),
    (kernels.weighted_layer, (nn.Linear, KERNEL), "`kind` .* must be one of Conv1d, Conv2d"),
    (lambda: kernels.seeded_layer(3, padding="full"), (), r"`padding` \(='full'\) must be a whole"),
    (
        lambda: kernels.seeded_layer(3, **WORDS),
        (),
        r"`stride` \(=2\) must be 1 with padding='same'",
    ),
    (inverse.inverse_filter, (torch.tensor([0.0, 1.0]), 4), "`kernel` .* begin with another"),
    (inverse.inverse_filter, (torch.tensor([1.0]) / 0, 4), "`kernel` must be finite"),
    (inverse.convolve_around, (PICTURE, torch.ones(9, 2)), "`kernel` .* no larger than `image`"),
    (inverse.divide_spectra, (PICTURE, torch.ones(9, 2)), "`kernel` .* no larger than `code`"),
    (geometry.receptive_steps, ([(3, 1, 1)],), r"`layers` .* must be a sequence of AxisLayer"),
]


@pytest.mark.parametrize(("function", "arguments", "message"), MISFITS)
def test_arguments_that_do_not_fit_each_other_are_refused_by_name(
    function: Callable[..., Any], arguments: tuple[Any, ...], message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        function(*arguments)


OTHER_KINDS = [torch.bool, torch.uint8, torch.uint16, torch.uint64, torch.float16, torch.complex64]


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_what_only_copies_numbers_copies_any_kind_or_refuses_it_by_name(kind: torch.dtype) -> None:
    copied = 0
    for function, arguments in CALLS:
        if function.__name__ not in ANY_NUMBER - {"over_windows", "pool2d"}:
            continue
        places = {name for name in arguments if name in ("rows", "columns")}
        given = {
            name: value.to(kind) if isinstance(value, Tensor) and name not in places else value
            for name, value in arguments.items()
        }
        try:
            answer = function(**given).dtype
        except TypeError as refusal:
            answer = str(refusal)
        copied += answer == kind
        assert answer == kind or re.match(r"`\w+` \(dtype torch.uint\d\d\) must be one", answer)
    assert copied >= (5 if kind in (torch.uint16, torch.uint64) else 8)


def in_numpy(value: Any) -> Any:
    """The same whole numbers, of numpy's kind."""
    if isinstance(value, int) and not isinstance(value, bool):
        return np.int64(value)
    if isinstance(value, tuple | list):
        return tuple(in_numpy(each) for each in value)
    return value


@pytest.mark.parametrize(("function", "arguments"), CALLS, ids=IDS)
def test_numpys_whole_numbers_do_what_pythons_do(
    function: Callable[..., Any], arguments: dict[str, Any]
) -> None:
    numbers = {name: in_numpy(value) for name, value in arguments.items()}
    results = [said(function(**copy.deepcopy(given))) for given in (numbers, arguments)]
    assert results[0] == results[1]


def said(result: Any) -> str:
    """A result in words, the same for the same result; of layers their settings, of steps none."""
    if isinstance(result, Iterator):
        return type(result).__name__
    return re.sub(r" at 0x\w+", "", repr(result))


def test_no_public_function_is_left_out() -> None:
    modules = [convolution, transposed, padding, pooling, signals, windows, shifting, metrics]
    modules += [inverse, separable, upsampling]
    there = {
        name
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }
    there |= {name for name in geometry.__all__ if inspect.isfunction(getattr(geometry, name))}
    for folder in (reconstruction, training):
        there |= {name for name in folder.__all__ if inspect.isfunction(getattr(folder, name))}
    there |= {name for name in kernels.__all__ if inspect.isfunction(getattr(kernels, name))}
    there |= {name for name in variants.__all__ if inspect.isfunction(getattr(variants, name))}
    takes_layers_only = {"parts_of", "channel_wires", "channel_paths", "weights_of"}
    takes_layers_only |= {"multiply_adds_of", "convolution_of", "receptive_steps"}
    assert there - set(IDS) == takes_layers_only | {"check_planes"}

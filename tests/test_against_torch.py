"""A few thousand random calls, each made of the library and of torch, and the two answers compared.

The dice fall on every dtype, on axes of size 1 and 0, on views that are not contiguous, on NaN and
infinity, on numpy's whole numbers and on settings that nobody can compute. Every call ends in one
of five ways, and the test prints how many ended in which:

    equal            both compute the same
    both refuse      torch somehow, the library by a TypeError or ValueError that names an argument
    only we refuse   torch computes what has no meaning, for one of the reasons in `STRICTER`
    only we compute  torch has no code for these small whole numbers; the result is that of int64
    (anything else   fails)
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib import convolution, padding, pooling, shifting, transposed
from lessons_lib.kernels import interpolate_bilinear, upsample_bilinear
from lessons_lib.tensors import HALF, SUMMED, WHOLE
from lessons_lib.variants import channel_shuffle
from tests.test_doors import named

TIMES = 200  # as often is each kind of call made
FLOATS = (torch.float32, torch.float64, *HALF)
KINDS = (*SUMMED, torch.bool, torch.uint16)

# What torch computes and the library does not, by the words of its refusal. Where something is
# empty torch looks at little else, so there any refusal will do.
STRICTER = {
    "must be at least 0": "torch's F.pad crops where padding is negative",
    "must be at most": "torch's layers blur a picture that is smaller than the step",
    "must be one of": "torch takes a kind of number more than the function says",
}


@dataclass(frozen=True)
class Call:
    """A call of the library, and the same one of torch.

    Attributes:
        ours: the library's function.
        arguments: by their names.
        theirs: torch's, for the same arguments.
        close: how far floats may lie apart, as a share and at all; 0: not at all.
    """

    ours: Callable[..., Any]
    arguments: dict[str, Any]
    theirs: Callable[..., Any]
    close: float = 0.0


# -------------------------------------------------------------------------------------- the dice


class Dice:
    """Random shapes, numbers and settings, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.generator = torch.Generator().manual_seed(seed)

    def one_of(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def rarely(self, unusual: Any, usual: Any) -> Any:
        return unusual if self.random.random() < 0.02 else usual

    def size(self) -> int:
        return self.random.choice([1, 2, 3, 4, 5, 6, 7, self.rarely(0, 6)])

    def batch(self, dims: int, channels: int) -> list[int]:
        sides = [self.size() for _ in range(dims)]
        return [*self.one_of([], [self.one_of(0, 1, 2, 3)]), channels, *sides]

    def number(self, *choices: int) -> Any:
        """A setting: legal as a rule, of numpy now and then, seldom one that nobody takes."""
        value = self.rarely(self.one_of(-1, 0, 9), self.one_of(*choices))
        return np.int64(value) if self.random.random() < 0.3 else value

    def setting(self, dims: int, *choices: int) -> Any:
        if self.random.random() < 0.5:
            return self.number(*choices)
        return tuple(self.number(*choices) for _ in range(dims))

    def tensor(self, shape: list[int], dtype: torch.dtype, finite: bool = False) -> Tensor:
        """Whole numbers from -4 to 4, so that sums are exact; with gaps in memory now and then."""
        whole = torch.randint(-4, 5, shape, generator=self.generator)
        values = whole.to(dtype)
        if dtype.is_complex:
            values = values + 1j * torch.randint(-4, 5, shape, generator=self.generator)
        if dtype.is_floating_point and not finite and self.random.random() < 0.3:
            at = torch.rand(shape, generator=self.generator) < 0.1
            values[at] = self.one_of(math.nan, math.inf, -math.inf)
        return self.laid_out(values)

    def laid_out(self, values: Tensor) -> Tensor:
        """The same numbers in the same order, but not one after the other in memory."""
        kind = self.one_of("as it is", "as it is", "turned", "every other", "column by column")
        if kind == "turned":
            order = list(range(values.dim()))
            self.random.shuffle(order)
            back = [order.index(axis) for axis in range(values.dim())]
            return values.permute(order).contiguous().permute(back)
        if kind == "every other":
            return torch.stack([values, values], -1).flatten(-2)[..., ::2]
        if kind == "column by column" and values.dim():
            return values.transpose(0, -1).contiguous().transpose(0, -1)
        return values


def plain(value: Any) -> Any:
    """What torch is given: Python's whole numbers, and tensors without gaps in memory."""
    if isinstance(value, Tensor):
        return value.contiguous()
    if isinstance(value, tuple):
        return tuple(plain(each) for each in value)
    return int(value) if isinstance(value, np.integer) else value


# ------------------------------------------------------------------------------------- the calls


def convolved(dims: int) -> Callable[[Dice], Call]:
    ours = {1: convolution.conv1d, 2: convolution.conv2d, 3: convolution.conv3d}[dims]
    theirs = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[dims]

    def roll(dice: Dice) -> Call:
        dtype, groups = dice.one_of(*KINDS), dice.one_of(1, 1, 2)
        channels, outputs = groups * dice.one_of(1, 2), groups * dice.one_of(1, 2)
        kernel = [dice.one_of(1, 1, 2, 3, dice.rarely(0, 3)) for _ in range(dims)]
        given = dice.rarely(channels + 1, dice.rarely(0, channels))
        setting = {
            "stride": dice.setting(dims, 1, 1, 2, 3),
            "padding": dice.one_of(dice.setting(dims, 0, 1, 2), dice.rarely("same", 0)),
            "dilation": dice.setting(dims, 1, 1, 2),
            "groups": dice.number(groups, groups),
        }
        arguments = {
            "input": dice.tensor(dice.batch(dims, given), dtype),
            "weight": dice.tensor(
                [outputs, channels // groups, *kernel], dice.rarely(torch.float32, dtype)
            ),
            "bias": dice.one_of(None, dice.tensor([dice.rarely(9, outputs)], dtype)),
        }
        return Call(ours, {**arguments, **setting}, theirs)

    return roll


def stamped(ours: Callable[..., Tensor]) -> Callable[[Dice], Call]:
    def roll(dice: Dice) -> Call:
        dtype, groups = dice.one_of(*KINDS), dice.one_of(1, 1, 2)
        channels, outputs = groups * dice.one_of(1, 2), groups * dice.one_of(1, 2)
        kernel = [dice.one_of(1, 2, 3, dice.rarely(0, 3)) for _ in range(2)]
        finite = ours is transposed.conv_transpose2d_stuffed
        arguments = {
            "input": dice.tensor(dice.batch(2, dice.rarely(channels + 1, channels)), dtype),
            "weight": dice.tensor([channels, outputs // groups, *kernel], dtype, finite),
            "bias": dice.one_of(None, dice.tensor([dice.rarely(9, outputs)], dtype)),
            "stride": dice.setting(2, 1, 2, 3),
            "padding": dice.setting(2, 0, 0, 1, 2),
            "output_padding": dice.setting(2, 0, 0, 0, 1),
            "groups": dice.number(groups, groups),
            "dilation": dice.setting(2, 1, 1, 2),
        }
        return Call(ours, arguments, F.conv_transpose2d)

    return roll


def laid_over(ours: Callable[..., Tensor]) -> Callable[[Dice], Call]:
    def theirs(image: Tensor, kernel: Tensor) -> Tensor:
        turned = kernel.flip(0, 1) if ours is convolution.convolve2d else kernel
        return F.conv2d(image[None, None], turned[None, None])[0, 0]

    def roll(dice: Dice) -> Call:
        dtype = dice.one_of(*KINDS)
        image = dice.tensor([dice.size(), dice.size()], dtype)
        kernel = dice.tensor([dice.one_of(1, 2, 3), dice.one_of(1, 2, 3)], dtype)
        return Call(ours, {"image": image, "kernel": dice.rarely(kernel[0], kernel)}, theirs)

    return roll


def painted(dice: Dice) -> Call:
    def theirs(image: Tensor, kernel: Tensor, stride: Any) -> Tensor:
        return F.conv_transpose2d(image[None, None], kernel[None, None], stride=stride)[0, 0]

    dtype = dice.one_of(*KINDS)
    image = dice.tensor([dice.size(), dice.size()], dtype)
    kernel = dice.tensor([dice.one_of(1, 2, 3), dice.one_of(1, 2, 3)], dtype)
    arguments = {"image": image, "kernel": kernel, "stride": dice.setting(2, 1, 2, 3)}
    return Call(transposed.paint2d, arguments, theirs)


def padded(ours: Callable[..., Tensor]) -> Callable[[Dice], Call]:
    def theirs(image: Tensor, padding: Any, padding_mode: str) -> Tensor:
        down, across = padding if isinstance(padding, tuple) else (padding, padding)
        mode = "constant" if padding_mode == "zeros" else padding_mode
        if image.dtype not in FLOATS:  # torch copies these by its rule in float64 only
            return F.pad(image.double(), (across, across, down, down), mode).to(image.dtype)
        return F.pad(image, (across, across, down, down), mode)

    def roll(dice: Dice) -> Call:
        kinds = [kind for kind in KINDS if not kind.is_complex]
        image = dice.tensor(dice.batch(2, 2), dice.one_of(*kinds))
        mode = dice.one_of(
            "zeros", "reflect", "replicate", "circular", dice.rarely("same", "zeros")
        )
        arguments = {"image": image, "padding": dice.setting(2, 0, 1, 2, 3), "padding_mode": mode}
        return Call(ours, arguments, theirs)

    return roll


def folded_back(dice: Dice) -> Call:
    def theirs(padded: Tensor, padding: Any, padding_mode: str) -> Tensor:
        down, across = padding if isinstance(padding, tuple) else (padding, padding)
        mode = "constant" if padding_mode == "zeros" else padding_mode
        size = padded.shape[-2] - 2 * down, padded.shape[-1] - 2 * across
        if min(size) < 1:
            raise ValueError("no pixel is left")
        inside = torch.zeros(*padded.shape[:-2], *size, dtype=torch.float64, requires_grad=True)
        made = F.pad(inside, (across, across, down, down), mode)
        return torch.autograd.grad(made, inside, padded.double())[0].to(padded.dtype)

    *batch, height, width = dice.batch(2, 2)
    border = dice.setting(2, 0, 1, 2, 3)
    down, across = (max(0, p) for p in (border if isinstance(border, tuple) else (border, border)))
    shape = [*batch, height + 2 * int(down), width + 2 * int(across)]
    kinds = [kind for kind in KINDS if not kind.is_complex]
    mode = dice.one_of("zeros", "reflect", "replicate", "circular", dice.rarely("same", "zeros"))
    arguments = {"padded": dice.tensor(shape, dice.one_of(*kinds)), "padding": border}
    return Call(transposed.pad2d_transposed, {**arguments, "padding_mode": mode}, theirs)


def pooled(dims: int, average: bool) -> Callable[[Dice], Call]:
    name = f"{'avg' if average else 'max'}_pool{dims}d"
    ours, theirs = getattr(pooling, name), getattr(F, name)
    likely = 2 * (*FLOATS, torch.int64) if dims < 3 else 6 * (torch.float32, torch.int64)

    def roll(dice: Dice) -> Call:
        arguments = {
            "input": dice.tensor(dice.batch(dims, dice.rarely(0, 2)), dice.one_of(*likely, *KINDS)),
            "kernel_size": dice.setting(dims, 2, 2, 3),
            "stride": dice.one_of(None, dice.setting(dims, 1, 2, 3)),
            "padding": dice.setting(dims, 0, 0, 1),
            "ceil_mode": dice.one_of(True, False),
        }
        if average:
            arguments["count_include_pad"] = dice.one_of(True, False)
        else:
            arguments["dilation"] = dice.setting(dims, 1, 1, 2)
            arguments["return_indices"] = dice.one_of(True, False)
        if average and dims > 1:
            arguments["divisor_override"] = dice.one_of(None, dice.number(1, 3))
        return Call(ours, arguments, theirs, 1e-6 if average else 0)

    return roll


def unpooled(dice: Dice) -> Call:
    shape = [*dice.one_of([], [2]), 2, dice.one_of(4, 5, 6), dice.one_of(3, 4, 5)]
    picture = dice.tensor(shape, torch.float32, finite=True)
    values, places = F.max_pool2d(picture, 2, return_indices=True)
    arguments = {
        "input": dice.laid_out(values.to(dice.one_of(*FLOATS, *KINDS))),
        "indices": dice.rarely(places - 1, dice.rarely(places.int(), dice.laid_out(places))),
        "kernel_size": dice.number(2, 2),
        "stride": dice.one_of(None, dice.number(2)),
        "output_size": dice.one_of(None, dice.rarely((9, 9), tuple(shape[-2:]))),
    }
    return Call(pooling.max_unpool2d, arguments, F.max_unpool2d)


def looked_up(dice: Dice) -> Call:
    def theirs(image: Tensor, rows: Tensor, columns: Tensor, **how: Any) -> Tensor:
        if min(rows.min(), columns.min()) < 0:
            raise IndexError("torch would count from the end")
        return whole.theirs(image, **how)[..., rows, :][..., columns]

    whole = padded(padding.pad2d_at)(dice)
    places = {name: torch.tensor([dice.rarely(-1, 0), 2, 1]) for name in ("rows", "columns")}
    return Call(padding.pad2d_at, {**whole.arguments, **places}, theirs)


def as_matrix(dice: Dice) -> Call:
    def theirs(weight: Tensor, input_size: Any, **setting: Any) -> Tensor:
        sides = input_size if isinstance(input_size, tuple) else (input_size, input_size)
        pixels = math.prod(sides)  # a picture for each pixel that is 1
        each = torch.eye(pixels).to(weight.dtype).reshape(pixels, 1, *sides)
        return F.conv2d(each, weight[None, None], **setting).flatten(1).T

    arguments = {
        "weight": dice.tensor([dice.one_of(1, 2, 3), dice.one_of(1, 2)], torch.float64, True),
        "input_size": dice.setting(2, 3, 4, 5),
        "stride": dice.setting(2, 1, 2),
        "padding": dice.setting(2, 0, 1),
        "dilation": dice.setting(2, 1, 1, 2),
    }
    return Call(transposed.conv_matrix, arguments, theirs)


def enlarged(dice: Dice) -> Call:
    def theirs(image: Tensor, factor: int, border: str) -> Tensor:
        return F.interpolate(image, scale_factor=factor, mode="bilinear", align_corners=False)

    shape = dice.batch(2, 2)
    shape = shape if len(shape) == 4 else [1, *shape]
    image = dice.tensor(shape, dice.one_of(*FLOATS, *FLOATS, *KINDS), finite=True)
    border = dice.one_of("replicate", "divide")
    arguments = {"image": image, "factor": dice.number(1, 2, 3, 4), "border": border}
    return Call(upsample_bilinear, arguments, theirs, 1e-5)


def by_loops(dice: Dice) -> Call:
    def theirs(image: Tensor, factor: int) -> Tensor:
        how: dict[str, Any] = {"scale_factor": factor, "mode": "bilinear", "align_corners": False}
        return F.interpolate(image[None, None], **how)[0, 0]

    sides = [min(dice.size(), 3), dice.size()]
    image = dice.tensor(sides, dice.one_of(*FLOATS, *FLOATS, *KINDS), finite=True)
    factor = dice.number(1, 2, 3)
    return Call(interpolate_bilinear, {"image": image, "factor": factor}, theirs, 1e-5)


def shuffled(dice: Dice) -> Call:
    def theirs(image: Tensor, groups: int) -> Tensor:
        return torch.channel_shuffle(image, groups)

    image = dice.tensor(dice.batch(2, dice.one_of(2, 3, 4, 6)), dice.one_of(*KINDS))
    image = image if image.dim() == 4 else image[None]
    return Call(channel_shuffle, {"image": image, "groups": dice.number(1, 2)}, theirs)


def blurred(dice: Dice) -> Call:
    def theirs(image: Tensor, step: int) -> Tensor:
        return shifting.blur_pool_layer(step, 2).to(image.dtype)(image)

    image = dice.tensor([dice.one_of(0, 1, 2), 2, dice.size(), dice.size()], dice.one_of(*FLOATS))
    return Call(shifting.blur_pool, {"image": image, "step": dice.number(1, 2, 3)}, theirs, 1e-6)


ROLLS: dict[str, Callable[[Dice], Call]] = {
    "conv1d": convolved(1),
    "conv2d": convolved(2),
    "conv3d": convolved(3),
    "correlate2d": laid_over(convolution.correlate2d),
    "correlate2d_windows": laid_over(convolution.correlate2d_windows),
    "convolve2d": laid_over(convolution.convolve2d),
    "paint2d": painted,
    "conv_transpose2d": stamped(transposed.conv_transpose2d),
    "conv_transpose2d_stuffed": stamped(transposed.conv_transpose2d_stuffed),
    "pad2d_transposed": folded_back,
    "pad2d": padded(padding.pad2d),
    "pad2d_loops": padded(padding.pad2d_loops),
    **{
        f"{'avg' if average else 'max'}_pool{dims}d": pooled(dims, average)
        for average in (False, True)
        for dims in (1, 2, 3)
    },
    "max_unpool2d": unpooled,
    "pad2d_at": looked_up,
    "conv_matrix": as_matrix,
    "upsample_bilinear": enlarged,
    "interpolate_bilinear": by_loops,
    "channel_shuffle": shuffled,
    "blur_pool": blurred,
}


# ----------------------------------------------------------------------------------- the judgement


def torchs(call: Call, within: torch.dtype | None = None) -> Any:
    """What torch answers; with `within` computed in that kind of number, and then converted back.

    Floats are computed in float64, if torch takes their own kind at all. torch promises to carry
    sums of half precision in float32, and does so in places; and its fast code for float32 leaves
    the padding out, where zero times infinity would be NaN, and for bfloat16 makes NaN of sums that
    are infinite.
    """
    given = {name: plain(value) for name, value in call.arguments.items()}
    own = next(value.dtype for value in given.values() if isinstance(value, Tensor))
    answer = None if within else call.theirs(**given)
    if own not in FLOATS and not within:
        return answer
    for name, value in given.items():
        if isinstance(value, Tensor) and value.dtype == own:
            given[name] = value.to(within or torch.float64)
    return again(call.theirs(**given), own)


def again(answer: Any, dtype: torch.dtype) -> Any:
    if isinstance(answer, tuple):  # the second are places
        return again(answer[0], dtype), answer[1]
    return answer.to(dtype)


def same(one: Any, other: Any, close: float) -> bool:
    """Whether two answers are one: dtype, shape, NaN and infinity, and the numbers."""
    if isinstance(one, tuple):
        return all(same(*pair, close) for pair in zip(one, other, strict=True))
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    if not close or not one.dtype.is_floating_point:
        return bool(((one == other) | (one.isnan() & other.isnan())).all())
    bound = max(close, torch.finfo(one.dtype).eps)
    return torch.allclose(one.double(), other.double(), rtol=bound, atol=bound, equal_nan=True)


def tried(function: Callable[..., Any], *given: Any, **named: Any) -> tuple[Any, Exception | None]:
    """What a function answers, or what it raises; errors of other kinds are let through."""
    try:
        return function(*given, **named), None
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        return None, error


def ending(call: Call) -> str:
    """How a call ends; raises where that is none of the ways."""
    tensors = [value for value in call.arguments.values() if isinstance(value, Tensor)]
    expected, refusal = tried(torchs, call)
    found, ours = tried(call.ours, **call.arguments)
    if ours is not None:
        assert isinstance(ours, TypeError | ValueError), f"a raw error: {ours!r}"
        assert named(str(ours), call.ours), f"names none of its arguments: {ours}"
        if refusal is not None:
            return "both refuse"
        reasons = [why for words, why in STRICTER.items() if words in str(ours)]
        if any(0 in value.shape for value in tensors):
            reasons = ["torch takes what is empty"]
        assert reasons, f"torch computes, and we refuse: {ours}"
        return f"only we refuse ({reasons[0]})"
    if refusal is None:
        assert same(found, expected, call.close), f"ours {found}, torch {expected}"
        return "equal"
    kinds = {*WHOLE, torch.bool, torch.uint16} if call.ours is channel_shuffle else {*WHOLE}
    assert "not implemented for" in str(refusal), f"torch refuses, and we compute: {refusal}"
    assert {value.dtype for value in tensors} <= kinds, f"torch refuses, and we compute: {refusal}"
    assert same(found, torchs(call, torch.int64), 0), "not what int64 gives"
    return "only we compute"


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("name", ROLLS)
def test_every_call_ends_as_torchs_or_in_a_refusal_that_names_an_argument(name: str) -> None:
    dice, endings = Dice(seed=len(name)), Counter[str]()
    for turn in range(TIMES):
        call = ROLLS[name](dice)
        try:
            endings[ending(call)] += 1
        except Exception as error:
            raise AssertionError(f"turn {turn}, {shown(call.arguments)}: {error!r}") from error
    print(f"\n{name}: " + ", ".join(f"{count} {how}" for how, count in endings.most_common()))
    assert endings["equal"] > TIMES / 4
    assert endings["both refuse"] > TIMES / 50


def shown(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments in short: of tensors shape and dtype."""
    tensors = {n: (*v.shape, v.dtype) for n, v in arguments.items() if isinstance(v, Tensor)}
    return {**arguments, **tensors}

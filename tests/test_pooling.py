"""Pooling from first principles against torch, swept over settings that differ per axis."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib import pooling
from lessons_lib.pooling import (
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    max_pool1d,
    max_pool3d,
    max_unpool2d,
    pool2d,
)

Pool = Callable[..., Any]
max_pool2d: Pool = pooling.max_pool2d
torch_max_pool2d: Pool = F.max_pool2d
MAX: dict[int, tuple[Pool, Pool]] = {
    1: (max_pool1d, F.max_pool1d),
    2: (max_pool2d, torch_max_pool2d),
    3: (max_pool3d, F.max_pool3d),
}
AVG: dict[int, tuple[Pool, Pool]] = {
    1: (avg_pool1d, F.avg_pool1d),
    2: (avg_pool2d, F.avg_pool2d),
    3: (avg_pool3d, F.avg_pool3d),
}
every_axis = pytest.mark.parametrize("dims", [1, 2, 3])
NAN, INF = math.nan, math.inf
REFUSED = "refused"


def numbers(*shape: int, seed: int = 0) -> Tensor:
    """Few whole numbers in float64: sums are exact, and many windows have several largest ones."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-4, 5, shape, generator=generator).double()


def outcome(pool: Pool, *args: Any) -> Any:
    """What a pooling gives, or that it refuses."""
    try:
        return pool(*args)
    except (RuntimeError, ValueError, TypeError):  # torch's NotImplementedError is a RuntimeError
        return REFUSED


def check_alike(ours: Any, theirs: Any, said: object) -> None:
    """Hold numbers, places, dtypes and refusals to torch's."""
    if theirs is REFUSED or ours is REFUSED:
        assert ours is theirs, said
        return
    pairs = zip(ours, theirs, strict=True) if isinstance(theirs, tuple) else [(ours, theirs)]
    for our, their in pairs:
        assert our.dtype == their.dtype, said
        assert our.shape == their.shape, said
        torch.testing.assert_close(our, their, rtol=0, atol=1e-12, equal_nan=True, msg=str(said))


def settings(dims: int, count: int) -> list[tuple[tuple[int, ...], tuple[Any, ...]]]:
    """Shapes and settings that differ per axis, legal ones and others."""
    chance = random.Random(dims)

    def each(low: int, high: int) -> list[int]:
        return [chance.randint(low, high) for _ in range(dims)]

    found = []
    for _ in range(count):
        shape = (*[(2, 3), (3,)][chance.random() < 0.3], *each(1, 7))
        stride = chance.choice([None, each(1, 4), chance.randint(1, 3)])
        kernel_size = chance.choice([each(1, 5), chance.randint(1, 4)])
        padding = chance.choice([0, each(0, 2)])
        rest = (kernel_size, stride, padding, each(1, 3), chance.random() < 0.5)
        found.append((shape, rest))
    return found


# ------------------------------------------------------------------------------------ one picture


@pytest.mark.parametrize(("size", "stride"), [((2, 3), None), (2, (1, 3)), ((3, 1), 2)])
def test_the_loop_keeps_what_torch_keeps(size: Any, stride: Any) -> None:
    image = numbers(7, 8)
    batch = image[None]
    assert torch.equal(pool2d(image, size, stride), F.max_pool2d(batch, size, stride)[0])
    means = pool2d(image, size, stride, keep=torch.mean)
    assert torch.equal(means, F.avg_pool2d(batch, size, stride)[0])


def test_the_loop_and_the_fast_versions_are_equal() -> None:
    image = numbers(9, 7)
    largest, means = pool2d(image, (2, 3), 2), pool2d(image, (2, 3), 2, torch.mean)
    assert torch.equal(largest, max_pool2d(image[None], (2, 3), 2)[0])
    assert torch.equal(means, avg_pool2d(image[None], (2, 3), 2)[0])


def test_any_one_number_of_a_window_can_be_kept() -> None:
    image = torch.arange(12).view(3, 4)
    assert pool2d(image, 2, keep=torch.amin).tolist() == [[0, 2]]
    assert pool2d(image, 2, keep=torch.amin).dtype == torch.int64


def test_the_loop_takes_one_picture_only() -> None:
    with pytest.raises(ValueError, match=r"`image` \(shape \(1, 4, 4\)\) must be \(height, width"):
        pool2d(torch.zeros(1, 4, 4), 2)


# --------------------------------------------------------------------------------------- a sweep


@every_axis
def test_max_pooling_is_torchs_with_places_and_refusals(dims: int) -> None:
    ours, theirs = MAX[dims]
    legal = 0
    for shape, rest in settings(dims, 400):
        input = numbers(*shape)
        for indices in (False, True):
            expected = outcome(theirs, input, *rest, indices)
            check_alike(outcome(ours, input, *rest, indices), expected, (shape, rest))
            legal += expected is not REFUSED
    assert 100 < legal < 800


@every_axis
def test_average_pooling_is_torchs_with_refusals(dims: int) -> None:
    ours, theirs = AVG[dims]
    legal = 0
    for turn, (shape, (kernel_size, stride, padding, _, ceil_mode)) in enumerate(
        settings(dims, 400)
    ):
        input = numbers(*shape)
        divisors = [()] if dims == 1 else [(None,), (3,), (-2,)]
        for divisor in divisors:
            rest = (kernel_size, stride, padding, ceil_mode, turn % 2 == 0, *divisor)
            expected = outcome(theirs, input, *rest)
            check_alike(outcome(ours, input, *rest), expected, (shape, rest))
            legal += expected is not REFUSED
    assert legal > 100


def test_the_sweep_tries_what_ceil_mode_does_at_the_edge() -> None:
    sizes = set()
    for shape, (k, s, p, d, _) in settings(2, 400):
        sides = [
            outcome(F.max_pool2d, numbers(*shape), k, s, p, d, ceil_mode)
            for ceil_mode in (False, True)
        ]
        if REFUSED not in sides:
            sizes.add(sides[0].shape == sides[1].shape)
    assert sizes == {True, False}


# --------------------------------------------------------------------------------------- the edge


def test_padding_never_wins_and_its_zeros_count_in_a_mean() -> None:
    image = -torch.ones(1, 4, 4)
    assert max_pool2d(image, 3, 1, 1).unique().tolist() == [-1.0]
    corner = avg_pool2d(torch.ones(1, 4, 4), 3, 1, 1)[0, 0, 0]
    assert float(corner) == pytest.approx(0.444, abs=5e-4)
    assert float(avg_pool2d(torch.ones(1, 4, 4), 3, 1, 1, False, False)[0, 0, 0]) == 1


def test_cells_beyond_the_padding_never_count() -> None:
    ones = torch.ones(1, 5, 5)
    assert avg_pool2d(ones, 2, ceil_mode=True).unique().tolist() == [1.0]
    corner = avg_pool2d(ones, 4, 3, 2, ceil_mode=True)[0, -1, -1]
    assert float(corner) == pytest.approx(1 / 9)  # 3 x 3 of its 4 x 4 cells lie within the padding


def test_ceil_mode_adds_no_window_that_begins_behind_the_input() -> None:
    image = numbers(1, 3, 3)
    output = max_pool2d(image, 2, 2, 1, ceil_mode=True)
    assert output.shape == F.max_pool2d(image, 2, 2, 1, ceil_mode=True).shape
    assert output.shape == (1, 2, 2)  # (3 + 2 - 2) / 2 rounds up to 3


def test_a_window_of_padding_alone_is_minus_infinity_as_in_torch() -> None:
    image = torch.tensor([[[5.0, 6.0]]])
    rest = ((1, 2), 1, (0, 1), (1, 3), False, True)
    check_alike(max_pool2d(image, *rest), torch_max_pool2d(image, *rest), rest)
    assert max_pool2d(image, *rest[:-1]).tolist() == [[[-INF]]]
    whole = image.to(torch.int32)
    check_alike(max_pool2d(whole, *rest), torch_max_pool2d(whole, *rest), rest)


@pytest.mark.parametrize(
    "row",
    [
        [1.0, NAN, 3.0, NAN, 5.0],
        [3.0, 3.0, 1.0, 3.0, 3.0],
        [-INF, -INF, -INF, -INF, -INF],
        [INF, NAN, INF, -INF, 0.0],
    ],
)
def test_numbers_that_are_none_and_equal_ones_have_torchs_places(row: list[float]) -> None:
    image = torch.tensor(row).view(1, 1, 5)
    for rest in ((1, 5), 1, 0), ((1, 2), 1, (0, 1)), ((1, 3), 2, (0, 1)):
        pooled = max_pool2d(image, *rest, return_indices=True)
        check_alike(pooled, torch_max_pool2d(image, *rest, return_indices=True), rest)
    check_alike(avg_pool2d(image, (1, 2), 1, (0, 1)), F.avg_pool2d(image, (1, 2), 1, (0, 1)), row)


# -------------------------------------------------------------------------------- dtypes and shapes

DTYPES = [
    torch.float16,
    torch.bfloat16,
    torch.float32,
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.bool,
    torch.complex64,
]


@every_axis
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_dtypes_are_those_that_torch_takes(dims: int, dtype: torch.dtype) -> None:
    input = numbers(2, 3, *(4, 5, 6)[:dims]).abs().to(dtype)
    for indices in (False, True):
        rest = (2, 1, 1, 1, True, indices)
        ours, theirs = MAX[dims]
        check_alike(outcome(ours, input, *rest), outcome(theirs, input, *rest), (dtype, rest))
    ours, theirs = AVG[dims]
    check_alike(outcome(ours, input, 2, 2), outcome(theirs, input, 2, 2), dtype)


def test_means_of_whole_numbers_are_cut_off_at_the_point() -> None:
    image = torch.tensor([[[1, 2], [-3, -7]]])
    assert avg_pool2d(image, 2).item() == F.avg_pool2d(image, 2).item() == -1
    assert avg_pool2d(image, 2, divisor_override=2).item() == -3


def test_half_precision_is_summed_up_in_float32() -> None:
    image = torch.full((1, 64, 64), 1.0, dtype=torch.float16)
    image[0, 0, 0] = 2048  # in float16, 2048 + 1 is 2048
    assert torch.equal(avg_pool2d(image, 64), F.avg_pool2d(image, 64))


@every_axis
def test_a_batch_may_be_empty_and_nothing_else(dims: int) -> None:
    for ours, theirs in (MAX[dims], AVG[dims]):
        sizes = (4, 5, 6)[:dims]
        for shape in ((0, 2, *sizes), (2, 0, *sizes), (0, *sizes), (2, 3, *sizes[:-1], 0)):
            input = torch.zeros(shape)
            check_alike(outcome(ours, input, 2), outcome(theirs, input, 2), shape)


def test_an_empty_stride_is_one_left_out() -> None:
    image = numbers(1, 5, 6)
    assert torch.equal(avg_pool2d(image, 2, ()), F.avg_pool2d(image, 2, ()))


def test_gradients_flow_back_as_torchs_do() -> None:
    image = numbers(1, 2, 6, 7).requires_grad_()
    for ours, theirs in (MAX[2], AVG[2]):
        pushes = [torch.autograd.grad(f(image, 3, 2, 1).sum(), image)[0] for f in (ours, theirs)]
        assert torch.allclose(pushes[0], pushes[1])


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda x: max_pool2d(x, 0), ValueError, r"`kernel_size` \(=0\) must be at least 1"),
        (lambda x: max_pool2d(x, 2, 0), ValueError, r"`stride` \(=0\) must be at least 1"),
        (lambda x: avg_pool2d(x, 2, 1, -1), ValueError, r"`padding` \(=-1\) must be at least 0"),
        (lambda x: max_pool2d(x, 2, 1, 0, 0), ValueError, r"`dilation` \(=0\) must be at least 1"),
        (
            lambda x: avg_pool2d(x, 3, 1, 2),
            ValueError,
            r"`padding` \(=2\) must be at most half of `kernel_size` \(=3\), 3 // 2 = 1: .* pad by "
            "1, or use a kernel of 4",
        ),
        (
            lambda x: max_pool2d(x, 9),
            ValueError,
            r"`kernel_size` \(=9\) spans 9 pixels .* 4 \+ 0 \+ 0 = 4: make the kernel",
        ),
        (
            lambda x: max_pool2d(x[0], 2),
            ValueError,
            r"`input` \(shape \(4, 5\)\) must be \(batch, channels, height, width\)",
        ),
        (lambda x: max_pool2d(x.bool(), 2), TypeError, "Booleans and complex numbers have no la"),
        (lambda x: max_pool1d(x[0].int(), 2), TypeError, "with return_indices=True only: convert"),
        (lambda x: avg_pool2d(x.int(), 2), TypeError, "seldom a whole number"),
        (lambda x: avg_pool3d(x[None].half(), 1), TypeError, "torch averages volumes on a CPU"),
        (
            lambda x: avg_pool3d(x[None], (3, 1, 1), 1, (1, 0, 0)),
            ValueError,
            r"`kernel_size` \(=\(3, 1, 1\)\) must fit into the volume",
        ),
        (
            lambda x: avg_pool2d(x, 2, divisor_override=0),
            ValueError,
            r"`divisor_override` \(=0\) must not be 0",
        ),
    ],
)
def test_what_is_refused_is_refused_with_its_reason(
    call: Callable[[Tensor], Tensor], kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said):
        call(torch.zeros(1, 4, 5))


# ---------------------------------------------------------------------------------------- unpooling


def test_a_grid_goes_to_its_largest_numbers_and_back() -> None:
    grid = torch.tensor([[[[1.0, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]]])
    values, places = max_pool2d(grid, 2, return_indices=True)
    assert values.flatten().tolist() == [5, 6, 7, 8]
    assert places.flatten().tolist() == [5, 2, 12, 15]
    back = max_unpool2d(values, places, 2)
    assert back.shape == grid.shape
    assert back.sum() == 26
    assert torch.equal(back[back != 0], grid[back != 0])


@pytest.mark.parametrize(
    ("shape", "kernel_size", "stride", "padding"),
    [
        ((2, 3, 6, 8), 2, None, 0),
        ((3, 6, 9), (2, 3), None, 0),
        ((1, 2, 7, 8), 3, 2, 1),
        ((1, 2, 7, 8), 3, 1, 1),
        ((0, 2, 6, 6), 2, None, 0),
    ],
)
def test_unpooling_is_torchs(shape: Any, kernel_size: Any, stride: Any, padding: Any) -> None:
    input = numbers(*shape)
    values, places = F.max_pool2d(input, kernel_size, stride, padding, return_indices=True)
    for size in (None, shape[-2:], shape, (3, 3), (90, 8)):
        rest = (values, places, kernel_size, stride, padding, size)
        check_alike(outcome(max_unpool2d, *rest), outcome(F.max_unpool2d, *rest), size)


def test_unpooling_comes_back_to_any_size_less_than_a_stride_away() -> None:
    values = numbers(1, 2, 3)
    places = torch.arange(6).view(1, 2, 3)
    taken = set()
    for size in product(range(8), range(3, 16)):
        rest = (values, places, (3, 2), (2, 4), (1, 0), size)
        expected = outcome(F.max_unpool2d, *rest)
        check_alike(outcome(max_unpool2d, *rest), expected, size)
        if expected is not REFUSED:
            taken.add(size)
    assert taken == set(product((2, 3, 4), range(7, 14)))


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64, torch.int64, torch.bool])
def test_unpooling_takes_the_dtypes_that_torch_takes(dtype: torch.dtype) -> None:
    rest = (numbers(1, 2, 2).to(dtype), torch.arange(4).view(1, 2, 2), 2)
    check_alike(outcome(max_unpool2d, *rest), outcome(F.max_unpool2d, *rest), dtype)


@pytest.mark.parametrize(
    ("indices", "more", "said"),
    [
        ([[[0, 16]]], {}, r"`indices` \(from 0 to 16\) must lie between 0 and 7, within the outp"),
        ([[[-1, 0]]], {}, r"`indices` \(from -1 to 0\)"),
        ([[[0, 8]]], {}, r"`indices` \(from 0 to 8\) must lie between 0 and 7"),
        ([[[0], [1]]], {}, r"`indices` \(shape \(1, 2, 1\)\) must have the shape of `input`"),
        ([[[0, 1]]], {"output_size": (9, 9)}, "has the height 9, but a pooling .* of more than 0"),
        ([[[0]]], {}, r"`indices` \(shape \(1, 1, 1\)\) must have the shape of `input`"),
    ],
)
def test_places_that_do_not_fit_are_refused(indices: Any, more: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        max_unpool2d(torch.ones(1, 1, 2), torch.tensor(indices), 2, **more)


def test_places_in_other_whole_numbers_are_refused_as_torch_refuses_them() -> None:
    with pytest.raises(TypeError, match=r"`indices` \(dtype torch.int32\) must be torch.int64"):
        max_unpool2d(torch.ones(1, 1, 2), torch.tensor([[[0, 1]]]).int(), 2)


# ----------------------------------------------------------------------- what the lesson says of it


def test_average_pooling_is_a_depthwise_convolution_with_equal_weights(lena: Tensor) -> None:
    weight = torch.full((3, 1, 2, 2), 1 / 4)
    convolved = F.conv2d(lena, weight, stride=2, groups=3)
    assert (avg_pool2d(lena, 2) - convolved).abs().max() < 1e-6


def test_the_largest_of_a_sum_is_not_the_sum_of_the_largest(lena: Tensor) -> None:
    a, b = lena, lena.flip(-1)
    apart = max_pool2d(a, 2) + max_pool2d(b, 2)
    assert (max_pool2d(a + b, 2) - apart).abs().max() > 0.1
    means = avg_pool2d(a, 2) + avg_pool2d(b, 2)
    assert (avg_pool2d(a + b, 2) - means).abs().max() < 1e-6


def test_global_average_pooling_is_a_plain_mean(lena: Tensor) -> None:
    assert torch.allclose(
        lena.mean(dim=(-2, -1)), F.adaptive_avg_pool2d(lena, 1).flatten(1), atol=1e-6
    )
    pooled = avg_pool2d(lena[..., :48, :64].double(), (48, 64)).flatten(1)
    assert torch.allclose(pooled, lena[..., :48, :64].double().mean(dim=(-2, -1)))


def test_the_module_calls_no_pooling_of_torch() -> None:
    source = Path(pooling.__file__).read_text("utf-8")
    assert "import torch.nn" not in source
    assert "from torch.nn" not in source
    assert "torch._C" not in source


NO_TENSOR: Any = [[1.0]]
NO_NUMBER: Any = 2.5


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda x: max_pool2d(NO_TENSOR, 2), r"`input` \(a list\) must be a tensor"),
        (lambda x: pool2d(x.numpy(), 2), r"`image` \(a ndarray\) must be a tensor"),
        (lambda x: pool2d(x[:0], 2), "`image` .* an axis without anything in it: no part of it"),
        (
            lambda x: avg_pool2d(x[None], 2, divisor_override=NO_NUMBER),
            r"`divisor_override` \(=2.5\)",
        ),
        (lambda x: max_unpool2d(x[None], NO_TENSOR, 2), r"`indices` \(a list\) must be a tensor"),
        (
            lambda x: max_unpool2d(x[None], x[None].long(), 2, output_size=(8, 8)),
            r"`output_size` \(=\(8, 8\)\) has the height 8",
        ),
        (
            lambda x: max_unpool2d(x[None], x[None].long(), 1, padding=9),
            r"`padding` \(=9\) crops away all",
        ),
    ],
)
def test_a_refusal_names_an_argument_that_the_caller_has(
    call: Callable[[Tensor], Any], said: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        call(torch.arange(12.0).view(3, 4))


def test_an_input_of_one_pixel_is_found_again_under_padding() -> None:
    x = torch.tensor([[[5.0]]])
    values, places = max_pool2d(x, 2, padding=1, return_indices=True)
    assert torch.equal(max_unpool2d(values, places, 2, None, 1, (1, 1)), x)

"""Convolution from first principles against torch, swept over settings that differ per axis."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib import convolution
from lessons_lib.convolution import conv1d, conv2d, conv3d, convolve2d, correlate2d
from lessons_lib.convolution import correlate2d_windows as by_windows

# torch says so itself whenever 'same' meets an even kernel; the lessons show that sentence
even_same = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")

CONV: dict[int, tuple[Callable[..., Tensor], Callable[..., Tensor]]] = {
    1: (conv1d, F.conv1d),
    2: (conv2d, F.conv2d),
    3: (conv3d, F.conv3d),
}
KERNEL = torch.arange(1, 10).view(3, 3)


def numbers(*shape: int, seed: int = 0) -> Tensor:
    """Whole numbers in float64: every sum is exact, so equal means equal."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-9, 10, shape, generator=generator).double()


def check_like_torch(
    shape: tuple[int, ...],
    weight_shape: tuple[int, ...],
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> None:
    ours, theirs = CONV[len(weight_shape) - 2]
    input, weight = numbers(*shape), numbers(*weight_shape, seed=1)
    bias = numbers(weight_shape[0], seed=2)
    rest = (stride, padding, dilation, groups)
    for b in (None, bias):
        expected = theirs(input, weight, b, *rest)
        output = ours(input, weight, b, *rest)
        assert torch.equal(output, expected), rest


# ---------------------------------------------------------------------- one picture, one kernel


@pytest.mark.parametrize("correlate", [correlate2d, by_windows])
def test_the_example_by_hand_comes_out(correlate: Callable[..., Tensor]) -> None:
    output = correlate(torch.arange(9).view(3, 3), torch.arange(4).view(2, 2))
    assert output.tolist() == [[19, 25], [37, 43]]
    assert output.dtype == torch.int64


@pytest.mark.parametrize("correlate", [correlate2d, by_windows])
@pytest.mark.parametrize("kernel_size", [(1, 1), (2, 3), (4, 1), (5, 7)])
def test_correlation_is_torchs_convolution(
    correlate: Callable[..., Tensor], kernel_size: Any
) -> None:
    image, kernel = numbers(5, 7), numbers(*kernel_size, seed=1)
    assert torch.equal(
        correlate(image, kernel), F.conv2d(image[None, None], kernel[None, None])[0, 0]
    )


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32, torch.float32])
def test_the_dtype_stays_in_all_plane_versions(dtype: torch.dtype) -> None:
    image, kernel = torch.full((3, 4), 200).to(dtype), torch.ones(2, 2).to(dtype)
    outputs = [f(image, kernel) for f in (correlate2d, by_windows, convolve2d)]
    assert all(output.dtype == dtype for output in outputs)
    assert all(torch.equal(output, outputs[0]) for output in outputs)  # even where uint8 wraps


def test_an_impulse_shows_the_kernel_flipped_by_correlation_and_upright_by_convolution() -> None:
    impulse = torch.zeros(5, 5, dtype=torch.int64)
    impulse[2, 2] = 1
    assert torch.equal(convolve2d(impulse, KERNEL), KERNEL)
    assert correlate2d(impulse, KERNEL).tolist() == [[9, 8, 7], [6, 5, 4], [3, 2, 1]]


def test_convolution_turns_the_kernel_and_does_not_transpose_it() -> None:
    image, kernel = numbers(5, 8), torch.arange(1.0, 7.0).view(2, 3).double()
    turned = torch.tensor([[6.0, 5, 4], [3, 2, 1]]).double()
    expected = F.conv2d(image[None, None], turned[None, None])[0, 0]
    assert torch.equal(convolve2d(image, kernel), expected)


def test_the_edge_kernel_finds_both_edges_and_its_transpose_nothing() -> None:
    image = torch.ones(6, 8)
    image[:, 2:6] = 0
    kernel = torch.tensor([[1.0, -1.0]])
    assert correlate2d(image, kernel).tolist() == [[0, 1, 0, 0, 0, -1, 0]] * 6
    assert correlate2d(image.T, kernel).count_nonzero() == 0


@pytest.mark.parametrize("f", [correlate2d, by_windows, convolve2d])
@pytest.mark.parametrize(
    ("image", "kernel", "error", "message"),
    [
        (torch.ones(1, 3, 3), torch.ones(2, 2), ValueError, r"`image` \(shape \(1, 3, 3\)\)"),
        (torch.ones(3, 3), torch.ones(2), ValueError, r"`kernel` \(shape \(2,\)\) must be"),
        (torch.ones(3, 3), torch.ones(2, 4), ValueError, r"`kernel` \(shape \(2, 4\)\) must fit"),
        (
            torch.ones(3, 3),
            torch.arange(4).view(2, 2),
            TypeError,
            r"`kernel` \(dtype torch.int64\)",
        ),
    ],
)
def test_planes_that_do_not_fit_are_refused_by_name(
    f: Callable[..., Tensor], image: Tensor, kernel: Tensor, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        f(image, kernel)


# ----------------------------------------------------------- batches, channels, one to three axes


@even_same
def test_conv2d_is_torchs_over_all_settings() -> None:
    for kernel_size, stride, padding, dilation, groups in product(
        [(3, 3), (2, 3), (4, 1)],
        [1, (2, 3)],
        [0, 2, (3, 1), "valid", "same"],
        [1, (2, 3)],
        [1, 2],
    ):
        if padding == "same" and stride != 1:
            continue  # refused, see below
        weight_shape = (6, 4 // groups, *kernel_size)
        check_like_torch((2, 4, 9, 12), weight_shape, stride, padding, dilation, groups)


@even_same
@pytest.mark.parametrize("padding", [0, 2, (3,), "valid", "same"])
@pytest.mark.parametrize("kernel_size", [1, 3, 4])
def test_conv1d_is_torchs(kernel_size: Any, padding: Any) -> None:
    check_like_torch((2, 4, 11), (6, 2, kernel_size), 1, padding, 2, 2)
    if padding != "same":
        check_like_torch((2, 4, 11), (3, 4, kernel_size), 3, padding, 2)


@even_same
@pytest.mark.parametrize("padding", [0, (1, 0, 2), "valid", "same"])
def test_conv3d_is_torchs(padding: Any) -> None:
    check_like_torch((2, 4, 5, 6, 7), (2, 2, 2, 3, 1), 1, padding, (2, 1, 3), 2)
    if padding != "same":
        check_like_torch((1, 2, 5, 6, 7), (3, 2, 2, 3, 4), (1, 2, 3), padding, 1)


def test_depthwise_convolution_is_torchs() -> None:
    check_like_torch((2, 6, 7, 8), (12, 1, 3, 2), (2, 1), (1, 0), 1, 6)


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_an_input_without_batch_gives_an_output_without_batch(dims: int) -> None:
    check_like_torch((4, 5, 6, 7)[: dims + 1], (3, 4, 2, 3, 2)[: dims + 2], 2, 1)


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.float32, torch.float64])
def test_the_dtype_stays(dtype: torch.dtype) -> None:
    input, weight = numbers(1, 3, 5, 6).to(dtype), numbers(2, 3, 3, 2, seed=1).to(dtype)
    output = conv2d(input, weight, numbers(2, seed=2).to(dtype), padding=1)
    expected = F.conv2d(input.double(), weight.double(), numbers(2, seed=2), padding=1)
    assert output.dtype == dtype
    assert torch.equal(output.double(), expected)


def test_an_empty_batch_gives_an_empty_output() -> None:
    assert conv2d(torch.ones(0, 3, 5, 6), torch.ones(2, 3, 3, 3)).shape == (0, 2, 3, 4)


def test_gradients_are_torchs() -> None:
    shapes = [(2, 4, 7, 8), (6, 2, 3, 2), (6,)]
    tensors = [numbers(*shape, seed=i).requires_grad_() for i, shape in enumerate(shapes)]
    input, weight, bias = tensors
    ours = conv2d(input, weight, bias, (2, 1), (1, 2), (1, 3), 2)
    theirs = F.conv2d(input, weight, bias, (2, 1), (1, 2), (1, 3), 2)
    pulls = numbers(*theirs.shape, seed=9)
    for mine, expected in zip(
        torch.autograd.grad(ours, tensors, pulls),
        torch.autograd.grad(theirs, tensors, pulls),
        strict=True,
    ):
        assert torch.equal(mine, expected)


def test_a_kernel_for_groups_has_the_shape_of_the_lesson() -> None:
    assert torch.nn.Conv2d(4, 8, 3, groups=2).weight.shape == (8, 2, 3, 3)
    assert conv2d(torch.ones(4, 5, 6), torch.ones(8, 2, 3, 3), groups=2).shape == (8, 3, 4)


def test_a_kernel_for_colour_answers_per_channel_and_adds_up() -> None:
    input, weight = numbers(3, 5, 6), numbers(2, 3, 3, 2, seed=1)
    for output, kernels in zip(conv2d(input, weight), weight, strict=True):
        per_channel = [correlate2d(*pair) for pair in zip(input, kernels, strict=True)]
        assert torch.equal(output, sum(per_channel, torch.zeros(3, 5)))


def test_a_one_by_one_kernel_is_a_dense_layer_at_every_pixel() -> None:
    input, weight = numbers(3, 4, 5), numbers(2, 3, 1, 1, seed=1)
    dense = F.linear(input.movedim(0, -1), weight[:, :, 0, 0]).movedim(-1, 0)
    assert torch.equal(conv2d(input, weight), dense)


def test_same_with_an_even_kernel_spreads_an_impulse_to_one_side() -> None:
    impulse = torch.tensor([[0, 0, 1, 0, 0]])
    output = conv1d(impulse, torch.tensor([[[1, 1]]]), padding="same")
    assert output.nonzero()[:, 1].tolist() == [1, 2]


def test_same_gives_eight_by_eight_back() -> None:
    assert conv2d(torch.ones(1, 8, 8), torch.ones(1, 1, 3, 3), padding="same").shape == (1, 8, 8)


def test_the_input_is_left_as_it_was() -> None:
    input, weight, bias = numbers(1, 3, 4, 5), numbers(2, 3, 2, 2, seed=1), numbers(2, seed=2)
    before = [t.clone() for t in (input, weight, bias)]
    conv2d(input, weight, bias, padding=1)
    assert all(torch.equal(a, b) for a, b in zip(before, (input, weight, bias), strict=True))


IMAGE, WEIGHT = torch.ones(1, 4, 5, 6), torch.ones(6, 4, 3, 3)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((IMAGE[0, 0], WEIGHT), ValueError, r"`input` \(shape \(5, 6\)\) must be \(batch"),
        ((IMAGE, WEIGHT[0]), ValueError, r"`weight` \(shape \(4, 3, 3\)\) must be"),
        ((IMAGE, WEIGHT[:, :3]), ValueError, r"expects 3 \* 1 = 3 input channels, but `input`"),
        ((IMAGE, WEIGHT, None, 1, 0, 1, 3), ValueError, r"`in_channels` \(=4\) must be divisible"),
        ((IMAGE, WEIGHT[:5, :2], None, 1, 0, 1, 2), ValueError, r"`out_channels` \(=5\) must be"),
        ((IMAGE, WEIGHT, None, 1, 0, 1, 0), ValueError, r"`groups` \(=0\) must be at least 1"),
        ((IMAGE, WEIGHT, torch.ones(5)), ValueError, r"`bias` \(shape \(5,\)\) must be \(6,\)"),
        ((IMAGE, WEIGHT, None, 0), ValueError, r"`stride` \(=0\) must be at least 1"),
        ((IMAGE, WEIGHT, None, 1, -1), ValueError, r"`padding` \(=-1\) must be at least 0"),
        ((IMAGE, WEIGHT, None, 1, 0, 0), ValueError, r"`dilation` \(=0\) must be at least 1"),
        ((IMAGE, WEIGHT, None, 1, 0, 3), ValueError, r"spans 7 pixels and must fit"),
        ((IMAGE, WEIGHT, None, 2, "same"), ValueError, r"`stride` \(=2\) must be 1"),
        ((IMAGE, WEIGHT, None, 1, "full"), ValueError, r"`padding` \(='full'\)"),
        ((IMAGE, WEIGHT, None, (1, 2, 3)), ValueError, r"`stride` .* must hold 2 numbers"),
        ((IMAGE, WEIGHT.double()), TypeError, r"`weight` \(dtype torch.float64\) must have"),
        ((IMAGE, WEIGHT, torch.ones(6).double()), TypeError, r"`bias` \(dtype torch.float64\)"),
    ],
)
def test_what_torch_refuses_is_refused_with_a_clearer_message(
    arguments: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises((RuntimeError, ValueError, TypeError)):
        F.conv2d(*arguments)
    with pytest.raises(error, match=message):
        conv2d(*arguments)


def test_the_teaching_versions_call_none_of_torchs_convolutions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("called torch's convolution")

    for name in ("conv1d", "conv2d", "conv3d", "convolution"):
        monkeypatch.setattr(torch, name, forbidden)
        monkeypatch.setattr(F, name, forbidden, raising=False)
    assert conv2d(torch.ones(1, 3, 4), torch.ones(1, 1, 2, 2)).shape == (1, 2, 3)
    assert not hasattr(convolution, "F")


# --------------------------------------------------------------------------------- kinds of number

HALF = [torch.float16, torch.bfloat16]


@pytest.mark.parametrize("dtype", HALF)
def test_sums_of_half_precision_are_rounded_once_as_torchs_are(dtype: torch.dtype) -> None:
    ones = torch.ones(1, 64, 64, dtype=dtype)
    assert F.conv2d(ones, ones[None]).item() == 4096
    assert conv2d(ones, ones[None]).item() == 4096  # rounded at each tap float16 ends at 2048
    for correlate in (correlate2d, by_windows, convolve2d):
        assert correlate(ones[0], ones[0]).item() == 4096


@pytest.mark.parametrize("dtype", HALF)
def test_products_and_bias_of_half_precision_are_rounded_with_the_sum(dtype: torch.dtype) -> None:
    third = torch.tensor(1 / 3).to(dtype)
    input, weight = third.expand(1, 1, 7), third.expand(1, 1, 7)
    bias = torch.tensor([1 / 7]).to(dtype)
    exact = 7 * third.double() ** 2 + bias.double()
    assert torch.equal(conv1d(input, weight, bias).flatten(), exact.to(dtype))


@pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])
def test_complex_numbers_are_multiplied_as_torch_does_without_a_conjugate(
    dtype: torch.dtype,
) -> None:
    input = torch.complex(numbers(2, 4, 5, 6), numbers(2, 4, 5, 6, seed=3)).to(dtype)
    weight = torch.complex(numbers(6, 2, 3, 2, seed=1), numbers(6, 2, 3, 2, seed=4)).to(dtype)
    rest = (None, (2, 1), (0, 1), 1, 2)
    assert torch.equal(conv2d(input, weight, *rest), F.conv2d(input, weight, *rest))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64])
def test_whole_numbers_wrap_around_as_torchs_do(dtype: torch.dtype) -> None:
    input, weight = (30 * numbers(2, 4, 5, 6)).to(dtype), numbers(3, 4, 2, 3, seed=1).to(dtype)
    assert torch.equal(conv2d(input, weight, stride=2), F.conv2d(input, weight, stride=2))


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint16, torch.float8_e5m2])
def test_kinds_of_number_that_torch_does_not_add_up_are_refused(dtype: torch.dtype) -> None:
    image = torch.ones(1, 3, 3).to(dtype)
    with pytest.raises(NotImplementedError):
        F.conv2d(image, image[None])
    with pytest.raises(TypeError, match=r"`weight` \(dtype torch.*\) must be one of float32, "):
        conv2d(image, image[None])
    with pytest.raises(TypeError, match=r"`image` \(dtype torch.*\) must be one of float32, "):
        correlate2d(image[0], image[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1.0]], WEIGHT), r"`input` \(a list\) must be a tensor"),
        ((IMAGE.numpy(), WEIGHT), r"`input` \(a ndarray\) must be a tensor"),
        ((IMAGE, None), r"`weight` \(a NoneType\) must be a tensor"),
        ((IMAGE, WEIGHT, 1.0), r"`bias` \(a float\) must be a tensor"),
        ((IMAGE.to_sparse(), WEIGHT), r"`input` \(layout torch.sparse_coo\) must be dense"),
        ((IMAGE, WEIGHT.to("meta")), r"`weight` \(on meta\) must lie where `input` lies \(cpu\)"),
        ((IMAGE, WEIGHT, None, 1, 0, 1, (2,)), r"`groups` \(=\(2,\)\) must be a whole number"),
        ((IMAGE[:, :, :0], WEIGHT), r"`input` .* an axis without anything in it: only a batch"),
        ((IMAGE, WEIGHT[:0]), r"`weight` .* an axis without anything in it: no part of it may"),
        ((IMAGE, WEIGHT, None, 1, "reflect"), r"`padding` \(='reflect'\) .* pad first, with pad2d"),
        ((IMAGE, WEIGHT, None, 1, 0, 3), r"`weight` \(shape \(6, 4, 3, 3\)\) with `dilation` \(=3"),
    ],
)
def test_a_refusal_names_an_argument_that_the_caller_has(arguments: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        conv2d(*arguments)


@pytest.mark.parametrize("name", ["stride", "padding", "dilation", "groups"])
def test_numpys_whole_numbers_set_a_convolution_as_pythons_do(name: str) -> None:
    input, weight = numbers(2, 4, 7, 8), numbers(4, 4 if name != "groups" else 2, 3, 2, seed=1)
    numpys: Any = {name: np.int64(2)}
    pythons: Any = {name: 2}
    assert torch.equal(conv2d(input, weight, **numpys), F.conv2d(input, weight, **pythons))

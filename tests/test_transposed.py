"""Transposed convolution from first principles against torch, against autograd, against itself."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib import transposed
from lessons_lib.convolution import conv2d
from lessons_lib.geometry import (
    PADDING_MODES,
    conv_output_size,
    conv_transpose_output_size,
    output_padding_for,
)
from lessons_lib.kernels import seeded_transposed_layer
from lessons_lib.padding import pad2d
from lessons_lib.transposed import (
    conv_matrix,
    conv_transpose2d,
    conv_transpose2d_stuffed,
    pad2d_transposed,
    paint2d,
    stuff_zeros,
)

BOTH = pytest.mark.parametrize("ours", [conv_transpose2d, conv_transpose2d_stuffed])
SMALL = torch.arange(4).view(2, 2)


def numbers(*shape: int, seed: int = 0) -> Tensor:
    """Whole numbers in float64: every sum is exact, so equal means equal."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-9, 10, shape, generator=generator).double()


def check_like_torch(
    ours: Callable[..., Tensor], shape: tuple[int, ...], weight_shape: tuple[int, ...], *rest: Any
) -> None:
    groups = rest[3] if len(rest) > 3 else 1
    input, weight = numbers(*shape), numbers(*weight_shape, seed=1)
    bias = numbers(weight_shape[1] * groups, seed=2)
    expected = F.conv_transpose2d(input, weight, bias, *rest)
    assert torch.equal(ours(input, weight, bias, *rest), expected), rest


# -------------------------------------------------------------------------------------- by hand


def test_the_examples_by_hand_come_out() -> None:
    assert paint2d(SMALL, SMALL).tolist() == [[0, 0, 1], [0, 4, 6], [4, 12, 9]]
    stamps = [[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]
    assert paint2d(SMALL, SMALL, stride=2).tolist() == stamps


@BOTH
@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({}, [[0, 0, 1], [0, 4, 6], [4, 12, 9]]),
        ({"padding": 1}, [[4]]),
        ({"stride": 2}, [[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]),
    ],
)
def test_the_examples_by_hand_come_out_in_both_readings(
    ours: Callable[..., Tensor], setting: Any, expected: Any
) -> None:
    output = ours(SMALL[None], SMALL[None, None], **setting)
    assert output[0].tolist() == expected
    assert output.dtype == torch.int64


def test_an_impulse_shows_the_kernel_upright() -> None:
    kernel = torch.arange(1, 10).view(3, 3)
    assert torch.equal(paint2d(torch.ones(1, 1, dtype=torch.int64), kernel), kernel)


@pytest.mark.parametrize("stride", [1, 2, (3, 1), (2, 5)])
def test_painting_a_plane_is_torchs(stride: Any) -> None:
    image, kernel = numbers(3, 5), numbers(4, 2, seed=1)
    expected = F.conv_transpose2d(image[None, None], kernel[None, None], stride=stride)[0, 0]
    assert torch.equal(paint2d(image, kernel, stride), expected)


@pytest.mark.parametrize(
    ("image", "kernel", "error", "message"),
    [
        (torch.ones(1, 3, 3), torch.ones(2, 2), ValueError, r"`image` \(shape \(1, 3, 3\)\)"),
        (torch.ones(3, 3), torch.ones(2), ValueError, r"`kernel` \(shape \(2,\)\) must be"),
        (torch.ones(3, 3), SMALL, TypeError, r"`kernel` \(dtype torch.int64\)"),
    ],
)
def test_planes_that_do_not_fit_are_refused_by_name(
    image: Tensor, kernel: Tensor, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        paint2d(image, kernel)


# ------------------------------------------------------------------------------- torch's contract


KERNELS = [(3, 3), (2, 3), (4, 1)]
STRIDES = [(1, 1), (2, 2), (2, 3)]
PADDINGS = [(0, 0), (1, 1), (2, 1), (3, 3)]
EXTRAS = [(0, 0), (1, 1), (1, 2)]
DILATIONS = [(1, 1), (2, 2), (3, 2)]


def legal(kernel_size: Any, stride: Any, padding: Any, extra: Any, dilation: Any) -> bool:
    """torch refuses the others, and so do we: see below."""
    try:
        conv_transpose_output_size((3, 5), kernel_size, stride, padding, extra, dilation)
    except ValueError:
        return False
    return True


SWEEP = [s for s in product(KERNELS, STRIDES, PADDINGS, EXTRAS, DILATIONS) if legal(*s)]


@BOTH
@pytest.mark.parametrize("groups", [1, 2])
def test_both_readings_are_torchs_over_all_settings(
    ours: Callable[..., Tensor], groups: int
) -> None:
    assert len(SWEEP) > 150
    for kernel_size, stride, padding, extra, dilation in SWEEP:
        weight_shape = (2, 4 // groups, *kernel_size)
        check_like_torch(ours, (2, 2, 3, 5), weight_shape, stride, padding, extra, groups, dilation)


@BOTH
def test_without_a_bias_nothing_is_added(ours: Callable[..., Tensor]) -> None:
    input, weight = numbers(1, 2, 3, 5), numbers(2, 3, 2, 3, seed=1)
    expected = F.conv_transpose2d(input, weight, None, 3, 1, 2)
    assert torch.equal(ours(input, weight, None, 3, 1, 2), expected)
    assert not expected[..., -1, :].any()


@BOTH
def test_padding_beyond_the_kernel_crops_pixels(ours: Callable[..., Tensor]) -> None:
    check_like_torch(ours, (1, 2, 9, 11), (2, 3, 2, 3), 2, (4, 6))
    check_like_torch(ours, (1, 2, 9, 11), (2, 3, 1, 1), (1, 3), (4, 5), (0, 2))


@BOTH
def test_depthwise_is_torchs(ours: Callable[..., Tensor]) -> None:
    check_like_torch(ours, (2, 6, 4, 5), (6, 2, 3, 2), (2, 1), (1, 0), (1, 0), 6)


@BOTH
def test_an_input_without_batch_gives_an_output_without_batch(ours: Callable[..., Tensor]) -> None:
    check_like_torch(ours, (3, 4, 5), (3, 2, 2, 3), 2, 1)


@BOTH
def test_an_empty_batch_gives_an_empty_output(ours: Callable[..., Tensor]) -> None:
    assert ours(torch.ones(0, 3, 4, 5), torch.ones(3, 2, 3, 3)).shape == (0, 2, 6, 7)


@BOTH
@pytest.mark.parametrize("dtype", [torch.int32, torch.int64, torch.float32, torch.float64])
def test_the_dtype_stays(ours: Callable[..., Tensor], dtype: torch.dtype) -> None:
    input, weight = numbers(1, 3, 4, 5).to(dtype), numbers(3, 2, 3, 2, seed=1).to(dtype)
    output = ours(input, weight, numbers(2, seed=2).to(dtype), stride=2, padding=1)
    expected = F.conv_transpose2d(
        input.double(), weight.double(), numbers(2, seed=2), stride=2, padding=1
    )
    assert output.dtype == dtype
    assert torch.equal(output.double(), expected)


@BOTH
def test_gradients_are_torchs(ours: Callable[..., Tensor]) -> None:
    shapes = [(2, 4, 4, 5), (4, 3, 3, 2), (6,)]
    tensors: Any = [numbers(*shape, seed=i).requires_grad_() for i, shape in enumerate(shapes)]
    rest: Any = ((2, 3), (1, 2), (1, 0), 2, (1, 2))
    theirs = F.conv_transpose2d(*tensors, *rest)
    pulls = numbers(*theirs.shape, seed=9)
    for mine, expected in zip(
        torch.autograd.grad(ours(*tensors, *rest), tensors, pulls),
        torch.autograd.grad(theirs, tensors, pulls),
        strict=True,
    ):
        assert torch.equal(mine, expected)


@BOTH
def test_the_arguments_are_left_as_they_were(ours: Callable[..., Tensor]) -> None:
    tensors = numbers(1, 3, 4, 5), numbers(3, 2, 2, 2, seed=1), numbers(2, seed=2)
    before = [t.clone() for t in tensors]
    ours(*tensors, stride=2, padding=1)
    assert all(torch.equal(a, b) for a, b in zip(before, tensors, strict=True))


IMAGE, WEIGHT = torch.ones(1, 4, 5, 6), torch.ones(4, 6, 3, 3)


@BOTH
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((IMAGE[0, 0], WEIGHT), ValueError, r"`input` \(shape \(5, 6\)\) must be \(batch"),
        ((IMAGE, WEIGHT[0]), ValueError, r"`weight` \(shape \(6, 3, 3\)\) must be"),
        (
            (IMAGE, WEIGHT.transpose(0, 1)),
            ValueError,
            r"expects 6 input channels, but `input` .* has 4: .* weight.transpose\(0, 1\)",
        ),
        ((IMAGE, WEIGHT, None, 1, 0, 0, 3), ValueError, r"`in_channels` \(=4\) must be divisible"),
        ((IMAGE, WEIGHT, None, 1, 0, 0, 0), ValueError, r"`groups` \(=0\) must be at least 1"),
        ((IMAGE, WEIGHT, torch.ones(5)), ValueError, r"`bias` \(shape \(5,\)\) must be \(6,\)"),
        ((IMAGE, WEIGHT, None, 0), ValueError, r"`stride` \(=0\) must be at least 1"),
        ((IMAGE, WEIGHT, None, 1, -1), ValueError, r"`padding` \(=-1\) must be at least 0"),
        ((IMAGE, WEIGHT, None, 2, 0, -1), ValueError, r"`output_padding` \(=-1\) must be at least"),
        (
            (IMAGE, WEIGHT, None, 2, 0, 2),
            ValueError,
            r"`output_padding` \(=2\) must be smaller than `stride` \(=2\) or `dilation` \(=1\): "
            "use at most 1",
        ),
        ((IMAGE, WEIGHT, None, (2, 1), 0, 1), ValueError, r"smaller than `stride` \(=1\)"),
        ((IMAGE, WEIGHT, None, 1, 0, 2, 1, 2), ValueError, r"or `dilation` \(=2\): use at most 1"),
        ((IMAGE, WEIGHT, None, 1, 0, 0, 1, 0), ValueError, r"`dilation` \(=0\) must be at least 1"),
        ((IMAGE, WEIGHT, None, 1, 4), ValueError, r"`padding` \(=4\) crops .* 7 .* at most 3"),
        ((IMAGE, WEIGHT, None, 1, "same"), TypeError, r"`padding` \(='same'\) must be a whole"),
        ((IMAGE, WEIGHT, None, (1, 2, 3)), ValueError, r"`stride` .* must hold 2 numbers"),
        ((IMAGE, WEIGHT.double()), TypeError, r"`weight` \(dtype torch.float64\) must have"),
    ],
)
def test_what_torch_refuses_is_refused_with_a_clearer_message(
    ours: Callable[..., Tensor], arguments: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises((RuntimeError, ValueError, TypeError)):
        F.conv_transpose2d(*arguments)
    with pytest.raises(error, match=message):
        ours(*arguments)


@BOTH
def test_a_bias_of_another_dtype_is_refused_though_torch_may_take_it(
    ours: Callable[..., Tensor],
) -> None:
    with pytest.raises(TypeError, match=r"`bias` \(dtype torch.float64\) must have the dtype of"):
        ours(IMAGE, WEIGHT, torch.ones(6).double())


def test_torch_says_itself_which_output_padding_it_takes() -> None:
    with pytest.raises(RuntimeError, match="must be smaller than either stride or dilation"):
        F.conv_transpose2d(IMAGE, WEIGHT, stride=2, output_padding=2)
    # smaller than the dilation is enough
    check_like_torch(conv_transpose2d, (1, 4, 3, 4), (4, 2, 3, 3), 2, 0, 2, 1, 3)


# ----------------------------------------------------------------------------- the photo's claims


@pytest.mark.parametrize(
    ("setting", "side"),
    [
        *zip([{"stride": s} for s in (1, 2, 3, 5)], (514, 1025, 1536, 2558), strict=True),
        *zip([{"padding": p} for p in (10, 50, 100)], (494, 414, 314), strict=True),
        *zip([{"dilation": d} for d in (2, 4, 8)], (516, 520, 528), strict=True),
    ],
)
def test_the_photo_gets_the_sizes_of_the_lesson(setting: Any, side: int, lena: Tensor) -> None:
    layer = seeded_transposed_layer(3, **setting)
    with torch.no_grad():
        output = conv_transpose2d(lena, layer.weight, layer.bias, **setting)
        assert output.shape == (1, 1, side, side)
        assert torch.allclose(output, layer(lena), atol=1e-5)


@BOTH
@pytest.mark.parametrize(
    "setting",
    [{"stride": 2}, {"stride": 3, "output_padding": 2}, {"padding": 50}, {"dilation": 8}],
)
def test_both_readings_are_torchs_on_the_photo(
    ours: Callable[..., Tensor], setting: Any, lena: Tensor
) -> None:
    photo, weight = lena[..., 100:260, 200:400], numbers(3, 1, 3, 3) / 9
    expected = F.conv_transpose2d(photo.double(), weight, **setting)
    assert torch.allclose(ours(photo.double(), weight, **setting), expected, atol=1e-12)


@BOTH
def test_padding_keeps_the_middle(ours: Callable[..., Tensor]) -> None:
    input, weight = numbers(1, 2, 7, 9), numbers(2, 1, 3, 3, seed=1)
    whole = ours(input, weight, stride=2)
    assert torch.equal(ours(input, weight, stride=2, padding=(3, 5)), whole[..., 3:-3, 5:-5])


@BOTH
def test_output_padding_shows_painted_cells_with_padding_and_pure_bias_without(
    ours: Callable[..., Tensor],
) -> None:
    input, weight = numbers(1, 1, 4, 5), numbers(1, 1, 3, 3, seed=1)
    bias = torch.tensor([0.25]).double()
    bare = ours(input, weight, bias, 3, 0, 2)
    assert (bare[..., -2:, :] == 0.25).all()
    assert (bare[..., -2:] == 0.25).all()
    painted = ours(input, weight, bias, 3, 1, 2)
    assert not (painted[..., -2, :] == 0.25).all()
    assert torch.equal(painted, bare[..., 1:, 1:][..., : painted.shape[-2], : painted.shape[-1]])


def test_stuffing_puts_zeros_between_around_and_more_at_the_end() -> None:
    stuffed = stuff_zeros(torch.tensor([[1, 2], [3, 4]]), 2, 2, 0, 1, 1)
    assert stuffed.tolist() == [
        [0, 0, 0, 0, 0, 0],
        [0, 1, 0, 2, 0, 0],
        [0, 0, 0, 0, 0, 0],
        [0, 3, 0, 4, 0, 0],
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
    ]


# ------------------------------------------------------------------------ gradient and matrix


@pytest.mark.parametrize("stride", [1, (2, 3)])
@pytest.mark.parametrize("padding", [0, (2, 1)])
@pytest.mark.parametrize("dilation", [1, (1, 2)])
@pytest.mark.parametrize("groups", [1, 2])
def test_it_is_the_input_gradient_of_the_convolution(
    stride: Any, padding: Any, dilation: Any, groups: int
) -> None:
    input = numbers(2, 4, 9, 12).requires_grad_()
    weight = numbers(6, 4 // groups, 3, 2, seed=1)
    output = F.conv2d(input, weight, None, stride, padding, dilation, groups)
    pulls = numbers(*output.shape, seed=2)
    (gradient,) = torch.autograd.grad(output, input, pulls)
    extra = output_padding_for((9, 12), output.shape[2:], (3, 2), stride, padding, dilation)
    assert extra is not None
    ours = conv_transpose2d(pulls, weight, None, stride, padding, extra, groups, dilation)
    assert torch.equal(ours, gradient)
    # the two are adjoint: <W x, y> = <x, W^T y>
    with torch.no_grad():
        assert (output * pulls).sum() == (input * ours).sum()


TORCHS_WORDS = {"zeros": "constant"}
MODES = pytest.mark.parametrize("padding_mode", PADDING_MODES)


@MODES
@pytest.mark.parametrize("padding", [0, 1, (3, 2), (0, 4)])
def test_a_border_goes_back_as_the_gradient_of_torchs_padding(
    padding_mode: str, padding: Any
) -> None:
    down, across = (padding, padding) if isinstance(padding, int) else padding
    picture = numbers(2, 3, 4, 6).requires_grad_()
    word = TORCHS_WORDS.get(padding_mode, padding_mode)
    padded = F.pad(picture, (across, across, down, down), word)
    pulls = numbers(*padded.shape, seed=1)
    (gradient,) = torch.autograd.grad(padded, picture, pulls)
    assert torch.equal(pad2d_transposed(pulls, padding, padding_mode), gradient)


@MODES
@pytest.mark.parametrize("stride", [1, (2, 3)])
def test_there_is_a_way_back_from_a_convolution_with_any_padding_mode(
    padding_mode: Any, stride: Any
) -> None:
    layer = torch.nn.Conv2d(
        2, 3, (3, 2), stride, (2, 3), (2, 1), padding_mode=padding_mode, bias=False
    ).double()
    layer.weight.data = numbers(3, 2, 3, 2, seed=1)
    x = numbers(1, 2, 7, 9).requires_grad_()
    output = layer(x)
    y = numbers(*output.shape, seed=2)
    (gradient,) = torch.autograd.grad(output, x, y)
    weight, padded = layer.weight.detach(), (7 + 4, 9 + 6)
    extra = output_padding_for(padded, output.shape[2:], (3, 2), stride, 0, (2, 1))
    assert extra is not None
    painted = conv_transpose2d(y, weight, None, stride, 0, extra, dilation=(2, 1))
    back = pad2d_transposed(painted, (2, 3), padding_mode)
    assert torch.equal(back, gradient)
    with torch.no_grad():
        assert (output * y).sum() == (x * back).sum()  # <W x, y> = <x, W^T y>


@pytest.mark.parametrize(
    ("padded", "padding", "mode", "message"),
    [
        (torch.ones(5), 1, "zeros", r"`padded` \(shape \(5,\)\) must be"),
        (torch.ones(4, 5), 2, "zeros", r"`padding` \(=2\) must leave a pixel of `padded` \(shape"),
        (torch.ones(5, 5), 2, "reflect", r"`padding` \(=2\) must be < the size \(=1\)"),
        (torch.ones(5, 5), 1, "mirror", r"`padding_mode` \(='mirror'\)"),
        (torch.ones(5, 5), -1, "zeros", r"`padding` \(=-1\) must be at least 0"),
    ],
)
def test_a_border_that_cannot_be_is_refused_by_name(
    padded: Tensor, padding: int, mode: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        pad2d_transposed(padded, padding, mode)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_the_copies_of_half_precision_are_rounded_once_and_not_on_each_axis(
    dtype: torch.dtype,
) -> None:
    padded = torch.rand(40, 50, generator=torch.Generator().manual_seed(3)).to(dtype)
    back = pad2d_transposed(padded, (12, 17), "replicate")
    assert back.dtype == dtype
    assert torch.equal(back, pad2d_transposed(padded.float(), (12, 17), "replicate").to(dtype))


def test_padding_and_its_transpose_belong_together() -> None:
    for mode, padding in product(PADDING_MODES, [(1, 3), (2, 0)]):
        x = numbers(1, 2, 4, 5)
        padded = pad2d(x, padding, mode)
        y = numbers(*padded.shape, seed=1)
        assert (padded * y).sum() == (x * pad2d_transposed(y, padding, mode)).sum()


def test_the_matrix_of_the_lesson() -> None:
    kernel, x = torch.arange(1, 5).view(2, 2), torch.arange(9).view(3, 3)
    matrix = conv_matrix(kernel, (3, 3))
    assert matrix.tolist() == [
        [1, 2, 0, 3, 4, 0, 0, 0, 0],
        [0, 1, 2, 0, 3, 4, 0, 0, 0],
        [0, 0, 0, 1, 2, 0, 3, 4, 0],
        [0, 0, 0, 0, 1, 2, 0, 3, 4],
    ]
    y = (matrix @ x.flatten()).view(2, 2)
    assert y.tolist() == [[27, 37], [57, 67]]
    back = (matrix.T @ y.flatten()).view(3, 3)
    assert torch.equal(back, paint2d(y, kernel))


@pytest.mark.parametrize("stride", [1, (2, 3)])
@pytest.mark.parametrize("padding", [0, (2, 1)])
@pytest.mark.parametrize("dilation", [1, (2, 1)])
def test_the_matrix_does_both_ways_with_channels(stride: Any, padding: Any, dilation: Any) -> None:
    x, weight = numbers(2, 6, 7), numbers(3, 2, 2, 3, seed=1)
    matrix = conv_matrix(weight, (6, 7), stride, padding, dilation)
    expected = conv2d(x, weight, None, stride, padding, dilation)
    assert torch.equal(matrix @ x.flatten(), expected.flatten())

    size = conv_output_size((6, 7), (2, 3), stride, padding, dilation)
    y = numbers(3, *size, seed=2)
    extra = output_padding_for((6, 7), size, (2, 3), stride, padding, dilation)
    assert extra is not None
    back = conv_transpose2d(y, weight, None, stride, padding, extra, 1, dilation)
    assert torch.equal(matrix.T @ y.flatten(), back.flatten())
    assert (matrix @ x.flatten()) @ y.flatten() == x.flatten() @ (matrix.T @ y.flatten())


def test_a_plane_kernel_is_one_channel() -> None:
    kernel = numbers(2, 3)
    assert torch.equal(conv_matrix(kernel, (4, 5)), conv_matrix(kernel[None, None], (4, 5)))


def test_the_matrix_of_a_photo_is_refused() -> None:
    with pytest.raises(ValueError, match=r"`input_size` \(=\(512, 512\)\) .* 260100 x 262144"):
        conv_matrix(torch.ones(3, 3), (512, 512))
    with pytest.raises(ValueError, match=r"`weight` \(shape \(3,\)\) must be"):
        conv_matrix(torch.ones(3), (4, 4))


def test_nothing_here_calls_torchs_convolutions(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("called torch's convolution")

    for name in ("conv2d", "conv_transpose2d", "convolution"):
        monkeypatch.setattr(torch, name, forbidden)
        monkeypatch.setattr(F, name, forbidden, raising=False)
    for ours in (conv_transpose2d, conv_transpose2d_stuffed):
        assert ours(torch.ones(1, 3, 4), torch.ones(1, 1, 2, 2)).shape == (1, 4, 5)
    assert conv_matrix(torch.ones(2, 2), (3, 3)).shape == (4, 9)
    assert not hasattr(transposed, "F")


# --------------------------------------------------------------------------------- kinds of number


@pytest.mark.parametrize("transpose", [conv_transpose2d, conv_transpose2d_stuffed])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_stamps_of_half_precision_are_added_up_in_float32(
    transpose: Callable[..., Tensor], dtype: torch.dtype
) -> None:
    row = torch.ones(1, 1, 3000)
    expected = F.conv_transpose2d(row, row[None]).to(dtype)
    assert expected.max() > 2048  # where float16 ends if it is rounded at each stamp
    row = row.to(dtype)
    assert torch.equal(transpose(row, row[None]), expected)


def test_a_painting_of_half_precision_is_rounded_once() -> None:
    row = torch.ones(1, 3000, dtype=torch.float16)
    assert paint2d(row, row)[0, 2999] == 3000


def test_an_infinite_weight_stays_within_its_stamps() -> None:
    weight = torch.tensor([[[[1.0, float("inf")]]]])
    expected = F.conv_transpose2d(torch.ones(1, 1, 2), weight, stride=2)
    assert torch.equal(conv_transpose2d(torch.ones(1, 1, 2), weight, stride=2), expected)


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_what_cannot_be_laid_over_zeros_is_refused_by_the_stuffed_version(value: float) -> None:
    weight = torch.tensor([[[[1.0, value]]]])
    with pytest.raises(ValueError, match="`weight` must be finite"):
        conv_transpose2d_stuffed(torch.ones(1, 1, 2), weight, stride=2)


NO_TENSOR: Any = [1.0]
NO_NUMBER: Any = (2,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stuff_zeros(torch.ones(3), 2), r"`input` \(shape \(3,\)\) must be \(..., height"),
        (lambda: stuff_zeros(NO_TENSOR, 2), r"`input` \(a list\) must be a tensor"),
        (lambda: paint2d(torch.ones(0, 3), torch.ones(2, 2)), r"`image` .* an axis without"),
        (lambda: paint2d(torch.ones(1, 2, 3), torch.ones(2, 2)), "use conv_transpose2d for all"),
        (lambda: conv_matrix(torch.ones(3), (4, 4)), r"`weight` \(shape \(3,\)\) must be"),
        (lambda: conv_matrix(torch.ones(5, 1), (4, 4)), r"`weight` .* spans 5 pixels"),
        (lambda: conv_transpose2d(torch.ones(2, 0, 3), torch.ones(2, 1, 2, 2)), "`input` .* axis"),
        (
            lambda: conv_transpose2d(torch.ones(2, 3, 3), torch.ones(2, 1, 2, 2).bool()),
            r"`weight` \(dtype torch.bool\) must be one of float32",
        ),
        (
            lambda: conv_transpose2d(torch.ones(2, 3, 3), torch.ones(2, 1, 2, 2), NO_TENSOR),
            r"`bias` \(a list\) must be a tensor",
        ),
        (
            lambda: conv_transpose2d(torch.ones(2, 3, 3), torch.ones(2, 1, 2, 2), groups=NO_NUMBER),
            r"`groups` \(=\(2,\)\) must be a whole number",
        ),
    ],
)
def test_a_refusal_names_an_argument_that_the_caller_has(
    call: Callable[[], Any], message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        call()

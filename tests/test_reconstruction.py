"""What comes back from a layer's output: sizes always, pictures as far as the figures say."""

import itertools
import math
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lessons_lib.geometry import output_padding_for
from lessons_lib.kernels import seeded_layer, seeded_transposed_layer
from lessons_lib.reconstruction import (
    Iteration,
    adjoint,
    at_best_brightness,
    blur_layer,
    encode,
    least_squares,
    normal_equations,
    overlap_normalised,
    overlaps,
    pattern_strengths,
    psnr,
    seeded_decoder,
    train_decoder,
    with_noise,
)
from lessons_lib.transposed import conv_matrix


def numbers(*shape: int, seed: int = 0) -> Tensor:
    """Whole numbers in float64: every sum is exact, so equal means equal."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-9, 10, shape, generator=generator).double()


def whole_number_layer(*arguments: Any, **named: Any) -> nn.Conv2d:
    layer = nn.Conv2d(*arguments, **named)
    with torch.no_grad():
        layer.weight.copy_(numbers(*layer.weight.shape, seed=1))
    return layer


# ---------------------------------------------------------------------------------------- psnr


def test_psnr_is_ten_logarithms_of_the_mean_squared_error() -> None:
    reference = torch.zeros(1, 3, 2, 5)
    assert psnr(reference + 1, reference) == 0
    assert psnr(reference + 0.01, reference) == pytest.approx(40)
    assert psnr(reference, reference) == math.inf
    one_wrong = reference.clone()
    one_wrong[0, 1, 1, 3] = 1
    assert psnr(one_wrong, reference) == pytest.approx(10 * math.log10(30))
    with pytest.raises(ValueError, match=r"`image` \(shape \(1, 3, 2, 4\)\) must have the shape"):
        psnr(reference[..., :4], reference)


# ------------------------------------------------------------------------------ the shape returns


@pytest.mark.parametrize(
    ("stride", "side", "extra"), [(1, 512, 0), (2, 511, 1), (3, 510, 2), (5, 508, 4), (10, 503, 9)]
)
def test_a_convolution_and_back_gives_the_sizes_of_the_lesson(
    stride: int, side: int, extra: int, lena: Tensor
) -> None:
    with torch.inference_mode():
        code = seeded_layer(3, stride=stride)(lena)
        assert seeded_transposed_layer(3, 1, 1, stride=stride)(code).shape[2:] == (side, side)
        found = output_padding_for((512, 512), tuple(code.shape[2:]), 3, stride)
        assert found == (extra, extra)
        layer = seeded_transposed_layer(3, 1, 1, stride=stride, output_padding=extra)
        assert layer(code).shape[2:] == (512, 512)


def test_at_stride_ten_the_last_nine_rows_are_pure_bias(lena: Tensor) -> None:
    layer = seeded_transposed_layer(3, 1, 1, stride=10, output_padding=9)
    assert layer.bias is not None
    with torch.inference_mode():
        output = layer(seeded_layer(3, stride=10)(lena))
        assert (output[..., -9:, :] == layer.bias).all()
        assert (output[..., :, -9:] == layer.bias).all()
        assert not (output[..., -10, :] == layer.bias).all()


@pytest.mark.parametrize("padding", [1, 5, 50, 100])
def test_padding_in_both_layers_changes_a_ring_of_two_pixels_only(
    padding: int, lena: Tensor
) -> None:
    def there_and_back(padding: int) -> Tensor:
        forth = seeded_layer(3, padding=padding)
        return seeded_transposed_layer(3, 1, 1, padding=padding)(forth(lena))

    with torch.inference_mode():
        bare, padded = there_and_back(0), there_and_back(padding)
    assert padded.shape == bare.shape == lena[:, :1].shape
    assert (padded - bare)[..., 2:-2, 2:-2].abs().max() < 1e-6
    assert (padded - bare)[..., 1, :].abs().max() > 1e-3


@pytest.mark.parametrize("dilation", [2, 4, 8])
def test_dilation_in_both_layers_returns_the_size(dilation: int, lena: Tensor) -> None:
    with torch.inference_mode():
        code = seeded_layer(3, dilation=dilation)(lena)
        assert seeded_transposed_layer(3, 1, 1, dilation=dilation)(code).shape[2:] == (512, 512)


# ------------------------------------------------------------------------- the weights, backwards

LAYERS: list[dict[str, Any]] = [
    {"kernel_size": (3, 2)},
    {"kernel_size": (2, 3), "stride": (3, 2), "padding": (0, 2)},
    {"kernel_size": 2, "stride": 2, "dilation": (1, 3), "padding": 1},
    {"kernel_size": (3, 4), "stride": (1, 4), "groups": 2},
]


@pytest.mark.parametrize("setting", LAYERS)
def test_forth_is_the_layer_without_bias_and_back_is_its_adjoint(setting: Any) -> None:
    layer, x = whole_number_layer(4, 6, **setting), numbers(2, 4, 9, 11)
    code = encode(x, layer)
    assert code.dtype == torch.float64
    bias: Any = layer.bias
    expected = layer.double()(x) - bias.double().view(-1, 1, 1)
    assert torch.allclose(code, expected, atol=1e-12)

    y = numbers(*code.shape, seed=2)
    back = adjoint(y, layer, (9, 11))
    assert back.shape == x.shape
    assert (code * y).sum() == (x * back).sum()
    x.requires_grad_()
    (gradient,) = torch.autograd.grad(layer(x), x, y)
    assert torch.equal(back, gradient)


def test_dividing_by_the_overlaps_flattens_what_flat_stamps_make() -> None:
    layer = nn.Conv2d(1, 1, (3, 5), stride=(2, 3), padding=(1, 0))
    nn.init.ones_(layer.weight)
    code = torch.ones_like(encode(torch.ones(1, 1, 9, 11), layer))
    assert adjoint(code, layer, (9, 11)).unique().tolist() == [1, 2, 4]
    assert overlap_normalised(code, layer, (9, 11)).unique().tolist() == [1]
    # a stride above the kernel leaves gaps, and a gap stays black
    gaps = nn.Conv2d(1, 1, 1, stride=2)
    nn.init.ones_(gaps.weight)
    spread = overlap_normalised(torch.ones(1, 1, 2, 2), gaps, (3, 4))
    assert spread[0, 0].tolist() == [[1, 0, 1, 0], [0, 0, 0, 0], [1, 0, 1, 0]]


@pytest.mark.parametrize("back", [adjoint, overlap_normalised, least_squares])
def test_a_layer_or_size_that_does_not_fit_is_refused_by_name(back: Any) -> None:
    code = torch.ones(1, 2, 3, 4)
    with pytest.raises(ValueError, match=r"`code` .* must be \(3, 3\) in height and width"):
        back(code, nn.Conv2d(3, 2, 3, stride=2), (8, 8))
    with pytest.raises(ValueError, match=r"`layer.padding_mode` \(='reflect'\) must be 'zeros'"):
        back(code, nn.Conv2d(3, 2, 3, padding=1, padding_mode="reflect"), (3, 4))
    with pytest.raises(ValueError, match=r"`layer.padding` \(='same'\) must be given in numbers"):
        back(code, nn.Conv2d(3, 2, 3, padding="same"), (3, 4))


def test_no_gradients_are_remembered_along_the_way() -> None:
    layer = nn.Conv2d(1, 2, 3)
    code = layer(torch.ones(1, 1, 5, 6))
    assert code.requires_grad
    assert not adjoint(code, layer, (5, 6)).requires_grad
    assert not overlap_normalised(code, layer, (5, 6)).requires_grad
    assert not next(least_squares(code, layer, (5, 6))).image.requires_grad
    assert not with_noise(code, 0.1, seed=3).requires_grad


# ---------------------------------------------------------------------- blur, noise, overlaps


def test_a_blur_weighs_each_channel_by_itself_and_keeps_the_size(lena: Tensor) -> None:
    layer = blur_layer(7)
    side = torch.exp(-(torch.arange(-3.0, 4) ** 2) / (2 * 1.4**2))
    kernel = torch.outer(side, side) / side.sum() ** 2
    channels = [F.conv2d(each, kernel[None, None], padding=3) for each in lena.split(1, dim=1)]
    with torch.no_grad():
        assert torch.allclose(layer(lena), torch.cat(channels, dim=1), atol=1e-6)
    with pytest.raises(ValueError, match=r"`size` \(=4\) must be odd"):
        blur_layer(4)


@pytest.mark.long
def test_the_adjoint_of_a_blur_blurs_again_and_least_squares_deblurs(lena: Tensor) -> None:
    layer = blur_layer(7)
    blurred = encode(lena, layer)
    assert psnr(blurred, lena) == pytest.approx(29.0, abs=0.1)
    assert psnr(adjoint(blurred, layer, (512, 512)), lena) == pytest.approx(26.7, abs=0.1)
    clean, noisy = (
        quality(least_squares(code, layer, (512, 512), 200, torch.float32), lena)
        for code in (blurred, with_noise(blurred, 0.01, seed=3))
    )
    steps = (10, 20, 50, 100, 200)
    assert [clean[n - 1] for n in steps] == pytest.approx([33.3, 34.4, 36.0, 37.4, 38.8], abs=0.1)
    assert [noisy[n - 1] for n in steps] == pytest.approx([30.9, 25.6, 15.1, 8.4, 2.7], abs=0.3)


def test_noise_has_the_amount_and_the_seed_that_were_asked_for() -> None:
    code = torch.full((1, 5, 40, 30), 7.0, dtype=torch.float64)
    before = torch.get_rng_state()
    noise = with_noise(code, 0.25, seed=8) - code
    assert float(noise.std()) == pytest.approx(0.25, rel=0.03)
    assert float(noise.mean()) == pytest.approx(0, abs=0.02)
    assert torch.equal(noise, with_noise(code, 0.25, seed=8) - code)
    assert not torch.equal(noise, with_noise(code, 0.25, seed=9) - code)
    assert torch.equal(torch.get_rng_state(), before)
    with pytest.raises(ValueError, match=r"`amount` \(=-1.0\) must be at least 0"):
        with_noise(code, -1, seed=8)


@pytest.mark.parametrize("setting", [each for each in LAYERS if "groups" not in each])
def test_the_overlaps_count_how_often_each_pixel_is_read(setting: Any) -> None:
    layer = nn.Conv2d(1, 1, bias=False, **setting)
    nn.init.ones_(layer.weight)
    pixels = torch.ones(1, 1, 9, 11, requires_grad=True)
    (reads,) = torch.autograd.grad(layer(pixels).sum(), pixels)
    assert torch.equal(overlaps(layer, (9, 11)), reads[0, 0].long())


def test_an_even_dilation_with_stride_two_reads_a_quarter_of_the_pixels(lena: Tensor) -> None:
    for d, share in [(1, 1.0), (2, 0.25), (3, 1.0), (4, 0.25), (8, 0.25)]:
        layer = seeded_layer(3, 3, 16, 3, stride=2, padding=d, dilation=d)
        read = overlaps(layer, (512, 512)) > 0
        # padding 3 and 1 leave the first or the last row out
        assert float(read.double().mean()) == pytest.approx(share, abs=0.01)
        if d == 2:
            found = quality(least_squares(encode(lena, layer), layer, (512, 512), 8), lena)
            assert found[-1] == pytest.approx(6.4, abs=0.05)


def test_with_stride_one_a_dilation_is_undone_like_any_other(lena: Tensor) -> None:
    gains, fitted, found = [], [], []
    for d in (1, 2, 4, 8):
        layer = seeded_layer(3, 3, 16, 3, padding=d, dilation=d)
        code = encode(lena, layer)
        back, photo = adjoint(code, layer, (512, 512)), lena.double()
        gains.append(psnr((back * photo).sum() / back.square().sum() * back, photo))
        fitted.append(psnr(at_best_brightness(back, lena), photo))
        steps = least_squares(code, layer, (512, 512), 10, torch.float32)
        found.append(quality(steps, lena)[-1])
    assert gains == pytest.approx([17.0, 16.9, 16.8, 16.6], abs=0.1)
    assert fitted == pytest.approx([20.4, 20.5, 20.4, 20.3], abs=0.1)
    assert min(found) > 70


# ------------------------------------------------------------------- how well patterns are kept


@pytest.mark.parametrize("setting", [{**each, "padding": 0} for each in LAYERS])
def test_the_strengths_are_the_singular_values_of_the_whole_matrix(setting: Any) -> None:
    layer, size = whole_number_layer(4, 6, bias=False, **setting), (6, 8)
    reach = [d * (k - 1) for d, k in zip(layer.dilation, layer.kernel_size, strict=True)]
    pixels = torch.eye(4 * 6 * 8, dtype=torch.float64).view(-1, 4, *size)
    around = F.pad(pixels, (0, reach[1], 0, reach[0]), mode="circular")
    with torch.no_grad():
        matrix = layer.double()(around).flatten(1)
    expected = torch.linalg.svdvals(matrix)
    found = pattern_strengths(layer, size)
    assert found.shape == (4 * 6 * 8,)
    assert torch.allclose(found[: len(expected)], expected, atol=1e-6)
    assert (found[len(expected) :] < 1e-6).all()


def test_non_overlapping_windows_have_the_strengths_of_their_one_matrix() -> None:
    layer = seeded_layer(3, 3, 48, 4, stride=4)
    one = torch.linalg.svdvals(layer.weight.detach().double().flatten(1))
    found = pattern_strengths(layer, (8, 16))
    assert torch.allclose(found.unique(), found[::8].flip(0), atol=1e-12)
    assert torch.allclose(found[::8], one)


@pytest.mark.parametrize(
    ("layer", "condition"),
    [((16, 4, 2, 1), 16.4), ((48, 4, 4, 1), 240), ((12, 3, 2, 1), 1048), ((16, 3, 1, 1), 2.8)],
)
def test_the_condition_numbers_are_those_of_the_lesson(layer: Any, condition: float) -> None:
    channels, kernel_size, stride, dilation = layer
    conv = seeded_layer(3, 3, channels, kernel_size, stride=stride, dilation=dilation)
    found = pattern_strengths(conv, (64, 64))
    assert float(found[0] / found[-1]) == pytest.approx(condition, rel=0.01)


def test_what_is_gone_has_the_strength_zero() -> None:
    def gone(layer: nn.Conv2d) -> float:
        found = pattern_strengths(layer, (32, 32))
        return float((found < 1e-12).double().mean())

    assert gone(seeded_layer(3, 3, 1, 3)) == pytest.approx(2 / 3)
    assert gone(seeded_layer(3, 3, 16, 3, stride=2, dilation=2)) == 0.75
    assert gone(seeded_layer(3, 3, 16, 3, stride=2)) == 0


@pytest.mark.parametrize("size", [(7, 8), (2, 2)])
def test_a_size_that_the_strengths_cannot_take_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"`image_size` \(=.*\) must be multiples of the stride"):
        pattern_strengths(nn.Conv2d(1, 1, 3, stride=2), size)


# -------------------------------------------------------------------------------- least squares


@pytest.mark.parametrize(
    "layer",
    [
        seeded_layer(3, 2, 3, (2, 3)),  # more equations than pixels: the picture itself
        seeded_layer(3, 2, 1, (2, 3), stride=(1, 2), padding=1),  # fewer: the smallest picture
        seeded_layer(3, 2, 2, 1, stride=2),  # some pixels are never read
    ],
)
@pytest.mark.parametrize("noise", [0, 0.1])
def test_it_is_the_least_squares_solution_of_the_matrix(layer: nn.Conv2d, noise: float) -> None:
    x = numbers(1, 2, 6, 7) / 9
    code = encode(x, layer)
    code = code + noise * numbers(*code.shape, seed=2)  # then no picture has this code
    padding: Any = layer.padding
    matrix = conv_matrix(layer.weight.detach().double(), (6, 7), layer.stride, padding)
    expected = (torch.linalg.pinv(matrix) @ code.flatten()).view(x.shape)
    *_, last = least_squares(code, layer, (6, 7), iterations=1000)
    assert last.step < 1000
    assert torch.allclose(last.image, expected, atol=1e-6)
    unexplained = (code - encode(last.image, layer)).norm() / code.norm()
    assert last.residual == pytest.approx(unexplained.item(), abs=1e-12)


@pytest.mark.parametrize(
    ("layer", "figures"),
    [
        ((16, 4, 2, 1), {1: 7.5, 10: 27.3, 20: 46.0}),
        ((48, 4, 4, 0), {1: 9.4, 10: 14.8, 20: 17.8, 50: 26.4}),
        ((12, 3, 2, 1), {1: 6.8, 10: 21.2, 20: 23.4, 50: 25.4}),
        ((1, 3, 1, 0), {1: 5.5, 10: 5.6}),
    ],
)
def test_the_photo_comes_back_as_far_as_the_lesson_says(
    layer: Any, figures: dict[int, float], lena: Tensor
) -> None:
    channels, kernel_size, stride, padding = layer
    conv = seeded_layer(3, 3, channels, kernel_size, stride=stride, padding=padding)
    residuals, found = [1.0], {}
    for state in least_squares(encode(lena, conv), conv, (512, 512), iterations=max(figures)):
        residuals.append(state.residual)
        if state.step in figures:
            found[state.step] = psnr(state.image, lena.double())
    assert found == pytest.approx(figures, abs=1)
    assert residuals == sorted(residuals, reverse=True)


def test_it_stops_at_the_rounding_floor_and_does_not_blow_up(lena: Tensor) -> None:
    crop = lena[..., 200:232, 240:280]
    layer = seeded_layer(3, 3, 16, 4, stride=2, padding=1)
    code = encode(crop, layer)
    states = list(least_squares(code, layer, (32, 40), iterations=5000))
    assert 50 < len(states) < 5000
    assert states[-1].residual < 1e-13
    quality = [psnr(state.image, crop.double()) for state in states]
    assert quality[49] > 60
    assert quality[-1] > max(quality) - 1
    assert quality[-1] > 150


def quality(steps: Iterator[Iteration], image: Tensor) -> list[float]:
    """PSNR after each step, beginning with the first."""
    return [psnr(step.image, image) for step in steps]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_shortest_form_blows_up_and_what_carries_the_residual_does_not(
    dtype: torch.dtype, lena: Tensor
) -> None:
    crop = lena[..., 200:264, 240:320]
    one = seeded_layer(3, 3, 1, 3)
    search = (encode(crop, one), one, (64, 80), 200, dtype)
    shortest, carried = (quality(form(*search), crop) for form in (normal_equations, least_squares))
    assert shortest[:10] == pytest.approx(carried[:10], abs=1e-3)
    assert shortest[-1] < -100
    assert carried[-1] == pytest.approx(max(carried), abs=0.01)
    assert len(carried) < 200, "it stops by itself"


@pytest.mark.long
@pytest.mark.parametrize(("dtype", "at_100"), [(torch.float32, -160), (torch.float64, -176)])
def test_on_the_photo_the_shortest_form_ends_where_the_lesson_says(
    dtype: torch.dtype, at_100: float, lena: Tensor
) -> None:
    one = seeded_layer(3, 3, 1, 3)
    search = (encode(lena, one), one, (512, 512), 100, dtype)
    assert quality(normal_equations(*search), lena)[-1] == pytest.approx(at_100, abs=20)
    assert quality(least_squares(*search), lena)[-1] == pytest.approx(5.6, abs=0.05)


def test_the_shortest_form_tells_the_residual_of_its_picture() -> None:
    layer = seeded_layer(3, 2, 3, (2, 3))
    code = encode(numbers(1, 2, 6, 7), layer)
    for form in (normal_equations, least_squares):
        *_, last = form(code, layer, (6, 7), iterations=5)
        unexplained = (code - encode(last.image, layer)).norm() / code.norm()
        assert last.residual == pytest.approx(unexplained.item(), abs=1e-12)


def test_each_picture_is_a_tensor_of_its_own_and_the_code_is_left_alone() -> None:
    layer = seeded_layer(3, 1, 2, (2, 3))
    code = encode(numbers(1, 1, 5, 6), layer)
    before = code.clone()
    first, second = itertools.islice(least_squares(code, layer, (5, 6)), 2)
    assert not torch.equal(first.image, second.image)
    assert torch.equal(code, before)


def test_a_black_code_needs_no_iteration() -> None:
    layer = nn.Conv2d(1, 2, 3)
    assert list(least_squares(torch.zeros(1, 2, 3, 4), layer, (5, 6))) == []
    with pytest.raises(ValueError, match=r"`iterations` \(=0\) must be at least 1"):
        least_squares(torch.zeros(1, 2, 3, 4), layer, (5, 6), 0)


# ------------------------------------------------------------------------------ learned decoder


def test_a_decoder_is_the_same_for_the_same_seed_and_multiplies_the_size() -> None:
    before = torch.get_rng_state()
    decoder, again, other = (seeded_decoder(seed, (5, 4, 3), (2, 3)) for seed in (3, 3, 7))
    assert torch.equal(torch.get_rng_state(), before)
    assert decoder(torch.ones(1, 5, 4, 6)).shape == (1, 3, 24, 36)
    pairs = zip(decoder.parameters(), again.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert not torch.equal(next(decoder.parameters()), next(other.parameters()))


def test_each_layer_of_a_decoder_has_a_seed_of_its_own() -> None:
    first, between, second = seeded_decoder(3, (5, 4, 3), (2, 3))
    assert first.kernel_size == (4, 4)
    wanted = seeded_transposed_layer(4, 4, 3, 5, stride=3, padding=1)
    assert torch.equal(next(second.parameters()), wanted.weight)
    assert torch.allclose(between(torch.tensor([-2.0, 3.0])), torch.tensor([-0.4, 3.0]))


def test_the_rate_falls_from_the_one_given_along_half_a_cosine() -> None:
    decoder = nn.ConvTranspose2d(1, 1, 1, bias=False)
    nn.init.zeros_(decoder.weight)
    code, far = torch.ones(1, 1, 2, 3), torch.full((1, 1, 2, 3), 1e6)  # the slope stays the same:
    states = list(train_decoder(decoder, code, far, steps=4, learning_rate=0.1))
    weights = [float(state.image[0, 0, 0, 0]) for state in states]
    steps = [after - before for before, after in itertools.pairwise(weights)]  # Adam's is its rate
    expected = [0.05 * (1 + math.cos(math.pi * part)) for part in (0, 0.25, 0.5, 0.75)]
    assert steps == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("channels", "strides", "message"),
    [
        ((4, 3), (2, 2), r"`channels` \(=\(4, 3\)\) must be one more than `strides` \(=\(2, 2\)\)"),
        ((4,), (), r"`channels` \(=\(4,\)\) must be one more"),
        ((4, 3), (0,), r"`strides` \(=\(0,\)\) must be at least 1"),
    ],
)
def test_a_decoder_that_cannot_be_is_refused_by_name(
    channels: Any, strides: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        seeded_decoder(3, channels, strides)


@pytest.fixture
def lesson(lena: Tensor) -> tuple[Tensor, Tensor]:
    """A code at an eighth of the size, and the crop that it was made of."""
    crop = lena[..., 200:328, 216:376]
    code = encode(crop, seeded_layer(3, 3, 48, 8, stride=8))
    return code, crop


@pytest.mark.parametrize(("channels", "strides"), [((48, 3), (8,)), ((48, 24, 12, 3), (2, 2, 2))])
def test_learning_beats_the_random_start_by_ten_decibels(
    channels: Any, strides: Any, lesson: tuple[Tensor, Tensor]
) -> None:
    code, crop = lesson
    decoder = seeded_decoder(3, channels, strides)
    states = list(train_decoder(decoder, code, crop, steps=150))
    assert [state.step for state in states] == list(range(151))
    assert states[-1].psnr > states[0].psnr + 10
    assert states[-1].psnr == pytest.approx(psnr(states[-1].image, crop), abs=1e-3)
    assert states[-1].loss == min(state.loss for state in states)
    # what is shown last is what the decoder makes now
    with torch.no_grad():
        assert torch.equal(decoder(code.float()), states[-1].image)


def test_training_can_be_stopped_and_gone_on_with(lesson: tuple[Tensor, Tensor]) -> None:
    code, crop = lesson
    decoder = seeded_decoder(3, (48, 3), (8,))
    training = train_decoder(decoder, code, crop, steps=1000)
    stopped = list(itertools.islice(training, 20))[-1]
    training.close()  # type: ignore[attr-defined]
    with torch.no_grad():
        now = psnr(decoder(code.float()), crop)
    assert now > stopped.psnr  # the step after the last one shown was taken
    resumed = list(train_decoder(decoder, code, crop, steps=30))
    assert resumed[0].psnr == pytest.approx(now, abs=1e-3)
    assert resumed[-1].psnr > now


def test_training_is_the_same_each_time_and_leaves_torchs_state_alone(
    lesson: tuple[Tensor, Tensor],
) -> None:
    def train() -> list[float]:
        return [s.loss for s in train_decoder(seeded_decoder(3, (48, 3), (8,)), *lesson, steps=5)]

    before = torch.get_rng_state()
    assert train() == train()
    assert torch.equal(torch.get_rng_state(), before)


def test_a_lab_may_train_while_it_holds_inference_mode(lesson: tuple[Tensor, Tensor]) -> None:
    with torch.inference_mode():
        code, crop = (t.clone() for t in lesson)
        decoder = seeded_decoder(3, (48, 3), (8,))
        states = []
        for state in train_decoder(decoder, code, crop, steps=5):
            assert torch.is_inference_mode_enabled()
            assert not state.image.requires_grad
            states.append(state)
    assert states[-1].loss < states[0].loss


def test_a_training_that_cannot_be_is_refused_by_name(lesson: tuple[Tensor, Tensor]) -> None:
    decoder = seeded_decoder(3, (48, 3), (4,))
    with pytest.raises(ValueError, match=r"`steps` \(=0\) must be at least 1"):
        train_decoder(decoder, *lesson, steps=0)
    with pytest.raises(ValueError, match=r"`decoder` makes \(1, 3, 64, 80\) of `code` .* choose"):
        next(train_decoder(decoder, *lesson))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_brightness_of_half_precision_is_found_in_float32(dtype: torch.dtype) -> None:
    found, image = numbers(3, 40, 50).to(dtype), numbers(3, 40, 50, seed=1).to(dtype)
    expected = at_best_brightness(found.float(), image.float()).to(dtype)
    assert torch.equal(at_best_brightness(found, image), expected)


def test_a_picture_without_contrast_takes_the_mean_of_the_other() -> None:
    image = numbers(1, 3, 4, 5)
    flat = at_best_brightness(torch.full_like(image, 7.0), image)
    torch.testing.assert_close(flat, torch.full_like(image, float(image.mean())))

"""What lesson 10 says in words about codes, strides and checkerboards is what comes out."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import nn

from lessons_lib.geometry import conv_output_size, output_padding_for
from lessons_lib.kernels import seeded_layer, seeded_transposed_layer
from lessons_lib.reconstruction import (
    adjoint,
    at_best_brightness,
    encode,
    least_squares,
    mirrored_decoder,
    overlap_normalised,
    overlaps,
    psnr,
    seeded_decoder,
    train_decoder,
    with_noise,
)


def weights_of(module: nn.Module) -> int:
    return sum(each.numel() for each in module.parameters())


@pytest.fixture
def middle(lena: torch.Tensor) -> torch.Tensor:
    return lena[..., 128:384, 128:384]


def learned(
    photo: torch.Tensor,
    channels: tuple[int, ...],
    strides: tuple[int, ...],
    steps: int,
    rate: float,
) -> float:
    """Give the PSNR after the training, in dB: the code has windows as wide as its stride."""
    stride = math.prod(strides)
    code = encode(photo, seeded_layer(3, 3, channels[0], stride, stride=stride))
    decoder = seeded_decoder(3, channels, strides)
    *_, last = train_decoder(decoder, code, photo, steps, rate)
    return last.psnr


def test_a_larger_stride_is_worse_only_where_the_code_gets_smaller(middle: torch.Tensor) -> None:
    def after(kernels: int, stride: int) -> float:
        return learned(middle, (kernels, 3), (stride,), 100, 0.03)

    same_kernels = [after(12, stride) for stride in (2, 4, 8)]
    assert same_kernels == sorted(same_kernels, reverse=True)
    same_numbers = [after(3, 2), same_kernels[1], after(48, 8)]
    assert same_numbers == sorted(same_numbers)


ONE, NARROW, WIDE, WIDEST = (48, 3), (48, 24, 12, 3), (48, 64, 24, 3), (48, 96, 48, 3)


def test_the_stacks_have_the_weights_that_the_lesson_names() -> None:
    assert weights_of(seeded_decoder(3, ONE, (8,))) == 36_867
    stacks = [seeded_decoder(3, each, (2, 2, 2)) for each in (NARROW, WIDE, WIDEST)]
    assert [weights_of(each) for each in stacks] == [23_655, 74_971, 149_907]


def test_at_the_best_of_three_rates_neither_stack_comes_near_one_large_stride(
    middle: torch.Tensor,
) -> None:
    best = [
        max(learned(middle, channels, strides, 100, rate) for rate in (0.003, 0.01, 0.03))
        for channels, strides in ((ONE, (8,)), (NARROW, (2, 2, 2)), (WIDE, (2, 2, 2)))
    ]
    assert best == pytest.approx([25.2, 20.9, 20.8], abs=0.8)


@pytest.mark.long
@pytest.mark.parametrize(
    ("channels", "strides", "rate", "reached"),
    [
        (ONE, (8,), 0.03, 29.6),
        (NARROW, (2, 2, 2), 0.01, 27.8),
    ],  # the wide stacks take minutes: bench/decoders.py
)
def test_400_steps_on_the_whole_photo_make_the_gap_smaller_and_leave_it(
    channels: tuple[int, ...],
    strides: tuple[int, ...],
    rate: float,
    reached: float,
    lena: torch.Tensor,
) -> None:
    assert learned(lena, channels, strides, 400, rate) == pytest.approx(reached, abs=0.5)


@pytest.mark.parametrize("dilation", range(1, 9))
def test_with_kernel_four_and_stride_two_dilation_and_side_decide_what_comes_back(
    dilation: int,
) -> None:
    for side, padding in itertools.product((300, 451, 512), (0, 1, 2, 5)):
        code = conv_output_size(side, 4, 2, padding, dilation)
        missing = output_padding_for(side, code, 4, 2, padding, dilation)
        assert missing == ((side - dilation) % 2 == 0)  # both odd or both even: one row


def test_dividing_by_the_overlaps_does_not_help_random_weights(lena: torch.Tensor) -> None:
    size = (512, 512)
    for channels, kernel_size, counts in ((16, 4, [4]), (12, 3, [1, 2, 4])):
        layer = seeded_layer(3, 3, channels, kernel_size, stride=2, padding=1)
        assert overlaps(layer, size)[4:-4, 4:-4].unique().tolist() == counts
        code = encode(lena, layer)
        plain, divided = adjoint(code, layer, size), overlap_normalised(code, layer, size)
        assert psnr(plain, lena) > psnr(divided, lena) + 0.5
        fitted = [psnr(at_best_brightness(each, lena), lena) for each in (plain, divided)]
        assert fitted[0] >= fitted[1] - 0.01
        assert psnr(torch.full_like(lena, 0.5), lena) > psnr(plain, lena) + 5


def test_with_60_of_100_seeds_the_checkerboard_of_a_divisible_kernel_is_weaker() -> None:
    def pattern(seed: int, k: int) -> float:
        weight = seeded_transposed_layer(seed, 3, 1, k, bias=False).weight.detach().sum(0)[0]
        phases = [weight[i::2, j::2].sum() for i in range(2) for j in range(2)]
        return float(max(phases) - min(phases))

    pairs = [(pattern(seed, 3), pattern(seed, 4)) for seed in range(100)]
    assert sum(four < three for three, four in pairs) == 60
    assert [round(each, 2) for each in pairs[3]] == [0.74, 0.23]
    assert min(four for _, four in pairs) > 0.2


def test_with_stride_two_dilation_three_reads_all_and_two_a_quarter(lena: torch.Tensor) -> None:
    shares, found = [], []
    for d in (2, 3):
        layer = seeded_layer(3, 3, 16, 3, stride=2, padding=d, dilation=d)
        shares.append(float((overlaps(layer, (512, 512)) > 0).double().mean()))
        *_, last = least_squares(encode(lena, layer), layer, (512, 512), 50, torch.float32)
        found.append(psnr(last.image, lena))
    assert shares == [0.25, 1]
    assert found == pytest.approx([6.4, 53.8], abs=0.5)


def test_a_little_noise_spoils_the_code_of_the_larger_condition_number(lena: torch.Tensor) -> None:
    found = []
    for channels, kernel_size in ((16, 4), (12, 3)):
        layer = seeded_layer(3, 3, channels, kernel_size, stride=2, padding=1)
        code = with_noise(encode(lena, layer), 0.01, seed=3)
        steps = least_squares(code, layer, (512, 512), 50, torch.float32)
        decibels = {step.step: psnr(step.image, lena) for step in steps}
        found.append([decibels[n] for n in (10, 20, 50)])
    assert found[0] == pytest.approx([26.0, 30.8, 30.1], abs=0.2)
    assert found[1] == pytest.approx([20.9, 22.2, 21.7], abs=0.2)


def test_with_noise_the_decoder_wins_with_12_kernels_and_not_with_16(middle: torch.Tensor) -> None:
    ahead = []
    for channels, kernel_size in ((16, 4), (12, 3)):
        layer = seeded_layer(3, 3, channels, kernel_size, stride=2, padding=1)
        code = with_noise(encode(middle, layer), 0.01, seed=3)
        steps = least_squares(code, layer, (256, 256), 30, torch.float32)
        best = max(psnr(step.image, middle) for step in steps)
        decoder = mirrored_decoder(layer, (256, 256), seed=3)
        *_, last = train_decoder(decoder, code, middle, 200, learning_rate=0.05)
        ahead.append(last.psnr - best)
    assert ahead == pytest.approx([-2.0, 7.0], abs=0.5)


def test_divided_by_the_waves_of_a_box_a_noisy_photo_is_worse_than_grey_and_of_sharpen_better(
    lena: torch.Tensor,
) -> None:
    noise = 0.002 * torch.randn(lena.shape, generator=torch.Generator().manual_seed(8)).double()
    boxes = [torch.full((k, k), 1 / k**2).double() for k in (2, 4, 3)]
    sharpen = torch.tensor([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]).double()
    came_back = []
    for kernel in (*boxes, sharpen):
        factors = torch.fft.fft2(kernel, s=(512, 512))
        divided = torch.fft.fft2(noise) / factors
        kept = factors.abs() > 1e-12
        error = torch.fft.ifft2(torch.where(kept, divided, -torch.fft.fft2(lena.double()))).real
        came_back.append(psnr(lena + error, lena.double()))
    assert sorted(came_back[:3], reverse=True) == came_back[:3]
    assert came_back[0] < psnr(torch.full_like(lena, 0.5), lena)
    assert came_back[3] > psnr(lena + noise, lena.double())


def test_a_white_picture_enlarged_four_times_has_a_dark_border_of_two_pixels() -> None:
    tent = 1 - (torch.arange(8) - 3.5).abs() / 4
    weight = torch.outer(tent, tent)[None, None]
    white = nn.functional.conv_transpose2d(torch.ones(1, 1, 5, 6), weight, stride=4, padding=2)
    assert f"{float(white[0, 0, 0, 0]):.2f}" == "0.39"
    dark = (white < 1 - 1e-6)[0, 0]
    assert not dark[2:-2, 2:-2].any()
    assert dark[:2].all()
    assert dark[:, -2:].all()

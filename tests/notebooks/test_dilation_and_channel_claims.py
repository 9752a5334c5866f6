"""What lessons 04 and 05 say about spread kernels, stacks and channels is what comes out."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from lessons_lib.kernels import named_kernel
from lessons_lib.signals import tones

FIELD, REACH = 21, slice(5, 16)  # ten layers of 3 x 3 see 21 x 21; the middle 11 x 11


def share_of_the_middle(weights: list[torch.Tensor]) -> float:
    picture = torch.zeros(1, 1, FIELD, FIELD, requires_grad=True)
    x = picture
    for weight in weights:
        x = F.conv2d(x, weight)
    (gradient,) = torch.autograd.grad(x, picture)
    influence = gradient[0, 0].abs()
    return float(influence[REACH, REACH].sum() / influence.sum())


def test_with_random_weights_the_middle_holds_less_and_still_far_more_than_its_area() -> None:
    boxes = share_of_the_middle([torch.ones(1, 1, 3, 3)] * 10)
    assert boxes == pytest.approx(0.94, abs=0.005)
    for seed in range(20):
        torch.manual_seed(seed)
        share = share_of_the_middle([torch.randn(1, 1, 3, 3) for _ in range(10)])
        assert 2 * (11 / FIELD) ** 2 < share < boxes


def test_with_doubled_dilations_the_middle_holds_far_less_of_a_larger_field() -> None:
    axis = torch.ones(1, dtype=torch.float64)
    for dilation in (1, 2, 4, 8):
        taps = torch.zeros(2 * dilation + 1, dtype=torch.float64)
        taps[::dilation] = 1 / 3
        axis = F.conv1d(axis[None, None], taps[None, None], padding=2 * dilation)[0, 0]
    assert len(axis) == 31
    assert float(axis[8:23].sum() ** 2) < 0.5, "the middle 15 x 15, ten layers have 0.94 in theirs"


def outputs_to_compute(dilations: tuple[int, ...], padded: bool) -> int:
    x, outputs = torch.empty(1, 1, 512, 512, device="meta"), 0
    for d in dilations:
        kernel = torch.empty(1, 1, 3, 3, device="meta")
        x = F.conv2d(x, kernel, dilation=d, padding=d if padded else 0)
        outputs += x.numel()
    return outputs


def test_dilation_costs_the_same_with_padding_and_less_without() -> None:
    doubled, plain = (1, 2, 4, 8, 16, 32, 64), (1,) * 7
    assert outputs_to_compute(doubled, padded=True) == outputs_to_compute(plain, padded=True)
    assert outputs_to_compute(doubled, False) < 0.8 * outputs_to_compute(plain, False)


def test_a_relu_between_two_mixing_layers_makes_what_no_single_one_makes() -> None:
    generator = torch.Generator().manual_seed(0)
    first, second, x = (torch.randn(s, generator=generator) for s in [(4, 3), (2, 4), (3, 5)])
    assert torch.allclose(second @ (first @ x), (second @ first) @ x, atol=1e-5)
    mixed, opposite = (second @ (first @ each).relu() for each in (x, -x))
    assert not torch.allclose(opposite, -mixed, atol=0.1), "a matrix would turn the sign"


def test_the_last_dilation_on_512_rows_is_255() -> None:
    rows = torch.ones(1, 1, 512, 3)
    kernel = torch.ones(1, 1, 3, 1)
    assert F.conv2d(rows, kernel, dilation=255).shape[-2] == 2
    with pytest.raises(RuntimeError, match=r"Kernel size: \(513 x 1\)"):
        F.conv2d(rows, kernel, dilation=256)


def differences(photo: torch.Tensor, rows: slice, columns: slice) -> float:
    """Red edges minus green ones, against what each of them is alone."""
    sobel = named_kernel("sobel_x").view(1, 1, 3, 3)
    cut = photo[..., rows, columns]
    red, green = (F.conv2d(cut[:, c : c + 1], sobel) for c in (0, 1))
    return float((red - green).abs().mean() / ((red.abs() + green.abs()) / 2).mean())


def test_edges_cancel_out_between_greys_and_stay_at_skin_and_hat(lena: torch.Tensor) -> None:
    grey = lena.mean(dim=1, keepdim=True).expand(-1, 3, -1, -1)
    hat, face = (slice(80, 220), slice(200, 330)), (slice(230, 370), slice(240, 350))
    for rows, columns in (hat, face):
        assert differences(grey, rows, columns) == 0
        assert differences(lena, rows, columns) > 0.7


def test_the_second_difference_keeps_the_burst_and_hardly_anything_else() -> None:
    output = F.conv1d(tones()[None], torch.tensor([[[1.0, -2.0, 1.0]]]))[0, 0].abs()
    burst, rest = output[110:130], torch.cat([output[:80], output[160:]])
    assert burst.max() > 8 * rest.max()

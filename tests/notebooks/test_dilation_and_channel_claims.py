"""What lessons 04 and 05 say about spread kernels, stacks and channels is what comes out."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from lessons_lib.kernels import named_kernel

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

"""What the lessons say in words about experiments on the photo is what comes out of them."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lessons_lib.kernels import seeded_layer
from lessons_lib.reconstruction import encode, seeded_decoder, train_decoder

# --- lesson 01: what does a kernel look for? ------------------------------------------------------

EYES = [(256, 256), (255, 310)]
SIDE = 24


@pytest.fixture
def grey(lena: torch.Tensor) -> torch.Tensor:
    return lena.mean(dim=1, keepdim=True)


def cut(grey: torch.Tensor, corner: tuple[int, int]) -> torch.Tensor:
    row, column = corner
    return grey[:, :, row : row + SIDE, column : column + SIDE]


def highest(output: torch.Tensor) -> tuple[int, int]:
    return divmod(int(output.argmax()), output.shape[-1])


def test_a_positive_kernel_answers_to_brightness_as_a_box_does(grey: torch.Tensor) -> None:
    eye = cut(grey, EYES[0])
    found = highest(F.conv2d(grey, eye))
    box = highest(F.conv2d(grey, torch.full_like(eye, 1 / eye.numel())))
    for place in (found, box):
        assert place[0] < 256 < place[1], "the upper right"
    assert max(abs(a - b) for a, b in zip(found, box, strict=True)) < SIDE


def test_with_zero_mean_the_kernel_finds_one_eye_and_normalised_both(grey: torch.Tensor) -> None:
    found = []
    for corner in EYES:
        kernel = cut(grey, corner)
        found.append(highest(F.conv2d(grey, kernel - kernel.mean())) == corner)
        energy = F.conv2d(grey.square(), torch.ones_like(kernel))
        normalised = F.conv2d(grey, kernel) / (energy.sqrt() * kernel.norm())
        assert highest(normalised) == corner
        assert float(normalised.max()) == pytest.approx(1, abs=1e-4)
    assert found == [True, False]


# --- lesson 10: one large stride, or several small ones? ------------------------------------------


def weights_of(module: nn.Module) -> int:
    return sum(each.numel() for each in module.parameters())


def learned(
    photo: torch.Tensor, kernels: int, stride: int, decoder: nn.Module, steps: int
) -> list[float]:
    """Give the PSNR before and after the training, in dB."""
    code = encode(photo, seeded_layer(3, 3, kernels, stride, stride=stride))
    states = [state.psnr for state in train_decoder(decoder, code, photo, steps=steps)]
    return [states[0], states[-1]]


def test_a_larger_stride_is_worse_only_where_the_code_gets_smaller(lena: torch.Tensor) -> None:
    def after(kernels: int, stride: int) -> float:
        decoder = seeded_decoder(3, (kernels, 3), (stride,))
        return learned(lena, kernels, stride, decoder, 100)[1]

    same_kernels = [after(12, stride) for stride in (2, 4, 8)]
    assert same_kernels == sorted(same_kernels, reverse=True)
    same_numbers = [after(3, 2), same_kernels[1], after(48, 8)]
    assert same_numbers == sorted(same_numbers)


def test_three_small_strides_come_close_with_a_third_fewer_weights(lena: torch.Tensor) -> None:
    one = seeded_decoder(3, (48, 3), (8,))
    three = seeded_decoder(3, (48, 24, 12, 3), (2, 2, 2))
    assert (weights_of(one), weights_of(three)) == (36_867, 23_655)
    (one_start, one_end), (three_start, three_end) = (
        learned(lena, 48, 8, each, 150) for each in (one, three)
    )
    assert one_end == pytest.approx(25.4, abs=1)
    assert three_end == pytest.approx(24.2, abs=1)
    assert 0 < one_end - three_end < 3
    assert min(one_end - one_start, three_end - three_start) > 17

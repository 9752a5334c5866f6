"""What undoes a convolution, against numpy and torch: filters without end, and spectra."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.inverse import convolve_around, divide_spectra, inverse_filter, spectrum
from lessons_lib.kernels import named_kernel
from lessons_lib.reconstruction import psnr


@pytest.mark.parametrize("kernel", [[1, 0.5], [1, 2], [2, -3, 5], [-4], [0.5, 0, 0, 7]])
def test_kernel_and_inverse_together_give_a_one_and_then_nothing(kernel: list[float]) -> None:
    undo = inverse_filter(torch.tensor(kernel), 12).numpy()
    both = np.convolve(kernel, undo)
    assert both[:12] == pytest.approx([1, *[0] * 11], abs=1e-9)


def test_cut_off_after_n_terms_a_half_leaves_an_error_of_a_half_to_the_n() -> None:
    for n in (1, 5, 10):
        both = np.convolve([1, 0.5], inverse_filter(torch.tensor([1, 0.5]), n).numpy())
        assert np.abs(both[n:]).max() == 0.5**n


def test_the_inverse_of_one_and_two_grows_for_ever() -> None:
    assert inverse_filter(torch.tensor([1.0, 2.0]), 11).tolist() == [(-2) ** n for n in range(11)]


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (torch.tensor([0.0, 1.0]), r"`kernel` \(=\[0.0, 1.0\]\) must begin with another number"),
        (torch.ones(2, 2), r"`kernel` \(shape \(2, 2\)\) must be \(k\)"),
        (torch.ones(0), r"`kernel` \(shape \(0,\)\) has an axis without anything"),
    ],
)
def test_a_kernel_that_has_no_such_inverse_is_refused(kernel: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        inverse_filter(kernel, 3)


def test_so_many_terms_as_none_are_refused() -> None:
    with pytest.raises(ValueError, match=r"`terms` \(=0\) must be at least 1"):
        inverse_filter(torch.ones(1), 0)


def test_sliding_around_is_torchs_circular_padding() -> None:
    image = torch.randint(-9, 10, (2, 3, 5, 7), generator=torch.Generator().manual_seed(1)).double()
    kernel = torch.arange(1.0, 7).view(2, 3).double()
    around = F.pad(image, (0, 2, 0, 1), mode="circular")
    channels = [F.conv2d(around[:, c : c + 1], kernel[None, None]) for c in range(3)]
    assert torch.equal(convolve_around(image, kernel), torch.cat(channels, dim=1))


def test_a_wave_is_multiplied_by_its_number_of_the_spectrum() -> None:
    kernel = torch.tensor([[1.0, 2, 4], [8, 16, 32]])
    image = torch.randn(1, 1, 6, 10, dtype=torch.float64)
    waves, after = (torch.fft.fft2(each) for each in (image, convolve_around(image, kernel)))
    assert torch.allclose(after, waves * spectrum(kernel, (6, 10)))


@pytest.mark.parametrize(("name", "size"), [("sharpen", 3), ("box", 3), ("gaussian", 7)])
def test_dividing_spectra_gives_the_photo_back_where_none_is_zero(
    name: str, size: int, lena: Tensor
) -> None:
    kernel = named_kernel(name, size)
    assert psnr(divide_spectra(convolve_around(lena, kernel), kernel), lena) > 180


@pytest.mark.parametrize(
    ("size", "image", "zeros", "least"),
    [(2, 512, 1023, 0), (4, 512, 3063, 0), (3, 512, 0, 5.6e-6), (3, 511, 0, 5.6e-6)],
)
def test_a_box_of_even_size_loses_waves_of_the_photo_and_one_of_three_none_quite(
    size: int, image: int, zeros: int, least: float
) -> None:
    strength = spectrum(named_kernel("box", size), (image, image)).abs()
    assert int((strength < 1e-12).sum()) == zeros
    assert float(strength.min()) == pytest.approx(least, rel=0.02, abs=1e-12)


def test_whether_a_wave_is_lost_depends_on_the_size_of_the_picture() -> None:
    box = named_kernel("box", 3)
    assert int((spectrum(box, (510, 510)).abs() < 1e-12).sum()) == 2036
    photo = torch.rand(1, 1, 510, 510, generator=torch.Generator().manual_seed(1))
    assert 10 < psnr(divide_spectra(convolve_around(photo, box), box), photo) < 60
    whole = spectrum(named_kernel("box", 2), (511, 511)).abs()
    assert float(whole.min()) > 1e-6


def test_sharpening_weakens_no_wave() -> None:
    assert float(spectrum(named_kernel("sharpen"), (512, 512)).abs().min()) == pytest.approx(1)


def test_what_is_nearly_gone_drowns_when_the_result_is_rounded_to_bytes(lena: Tensor) -> None:
    def rounded(name: str, size: int) -> float:
        kernel = named_kernel(name, size)
        code = (convolve_around(lena, kernel) * 255).round() / 255
        return psnr(divide_spectra(code, kernel), lena)

    assert rounded("box", 3) == pytest.approx(-1.6, abs=0.3)
    assert rounded("gaussian", 7) == pytest.approx(-46.4, abs=0.5)


def test_a_wave_that_is_gone_stays_away() -> None:
    pair = torch.tensor([[[[1.0, 5.0]]]])
    kernel = torch.full((1, 2), 0.5)
    assert divide_spectra(convolve_around(pair, kernel), kernel).flatten().tolist() == [3, 3]
    assert not math.isnan(divide_spectra(pair, kernel).sum())


def test_a_kernel_larger_than_the_picture_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"`kernel` \(shape \(2, 9\)\) must be \(kh, kw\)"):
        spectrum(torch.ones(2, 9), (4, 8))


@pytest.mark.parametrize("factor", [1e-14, 1e14])
def test_how_large_the_numbers_of_a_kernel_are_does_not_say_which_waves_are_gone(
    factor: float,
) -> None:
    image = torch.arange(30, dtype=torch.float64).view(1, 1, 5, 6).sin()
    sharp, box = torch.tensor([[1.0, 3.0]]).double(), torch.ones(1, 3).double()  # box: a wave goes
    for kernel in (sharp, box):
        expected = divide_spectra(convolve_around(image, kernel), kernel)
        kernel = factor * kernel
        found = divide_spectra(convolve_around(image, kernel), kernel)
        torch.testing.assert_close(found, expected)

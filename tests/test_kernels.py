"""Named kernels do what their names say; seeded layers repeat torch's draws, and only those."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from lessons_lib.convolution import conv2d, correlate2d
from lessons_lib.kernels import (
    NAMED_KERNELS,
    bilinear_kernel,
    fresh_layer,
    interpolate_bilinear,
    named_kernel,
    photo_weight,
    seeded_layer,
    seeded_transposed_layer,
    upsample_bilinear,
    weighted_layer,
)

LENA = Path(__file__).parents[1] / "assets" / "lena.png"


# ----------------------------------------------------------------------------------- named kernels


@pytest.mark.parametrize("name", NAMED_KERNELS)
def test_every_named_kernel_is_three_by_three_float32(name: str) -> None:
    kernel = named_kernel(name)
    assert kernel.shape == (3, 3)
    assert kernel.dtype == torch.float32


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("sobel_x", [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
        ("sobel_y", [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
        ("laplacian", [[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        ("laplacian_8", [[1, 1, 1], [1, -8, 1], [1, 1, 1]]),
        ("sharpen", [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        ("emboss", [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
        ("identity", [[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    ],
)
def test_the_fixed_kernels_are_the_ones_of_the_lessons(name: str, rows: list[list[int]]) -> None:
    assert named_kernel(name).tolist() == rows


def test_sobel_answers_positively_where_brightness_rises_right_or_down() -> None:
    to_the_right = torch.arange(5.0).repeat(4, 1)
    down = torch.arange(5.0)[:, None].repeat(1, 4)
    assert correlate2d(to_the_right, named_kernel("sobel_x")).unique().tolist() == [8]
    assert correlate2d(to_the_right, named_kernel("sobel_y")).unique().tolist() == [0]
    assert correlate2d(down, named_kernel("sobel_y")).unique().tolist() == [8]


@pytest.mark.parametrize("size", [1, 3, 5])
def test_identity_gives_the_picture_back(size: int) -> None:
    image = torch.arange(35.0).view(5, 7)
    edge = size // 2
    expected = image[edge : 5 - edge, edge : 7 - edge]
    assert torch.equal(correlate2d(image, named_kernel("identity", size)), expected)


@pytest.mark.parametrize("name", ["box", "gaussian"])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_blurs_of_every_size_keep_the_brightness(name: str, size: int) -> None:
    kernel = named_kernel(name, size)
    assert kernel.shape == (size, size)
    assert kernel.sum().item() == pytest.approx(1)
    assert torch.equal(kernel, kernel.T)
    assert torch.equal(kernel, kernel.flip(0))


@pytest.mark.parametrize("size", [2, 3, 5])
def test_the_box_is_flat(size: int) -> None:
    assert torch.equal(named_kernel("box", size), torch.full((size, size), 1 / size**2))


@pytest.mark.parametrize(("size", "sigma"), [(3, 0.8), (5, 1.1), (4, 0.95)])
def test_the_gaussian_falls_off_with_the_sigma_of_its_size(size: int, sigma: float) -> None:
    kernel = named_kernel("gaussian", size).double()
    middle = (size - 1) / 2
    for i in range(size):
        for j in range(size):
            squares = (i - middle) ** 2 + (j - middle) ** 2 - 2 * middle**2
            ratio = math.exp(-squares / (2 * sigma**2))
            assert (kernel[i, j] / kernel[0, 0]).item() == pytest.approx(ratio, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "rank"), [("sobel_x", 1), ("gaussian", 1), ("laplacian", 2), ("sharpen", 2)]
)
def test_kernels_have_the_rank_that_makes_them_separable_or_not(name: str, rank: int) -> None:
    assert torch.linalg.matrix_rank(named_kernel(name).double(), rtol=1e-6) == rank


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        ("sobel", 3, r"`name` \(='sobel'\) must be one of identity, box"),
        ("sobel_x", 5, r"`size` \(=5\) must be 3 for 'sobel_x'"),
        ("box", 0, r"`size` \(=0\) must be at least 1"),
        ("identity", 4, r"`size` \(=4\) must be odd"),
    ],
)
def test_kernels_that_do_not_exist_are_refused_by_name(name: str, size: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        named_kernel(name, size)


def test_a_named_kernel_may_be_changed_without_harm() -> None:
    named_kernel("emboss")[0, 0] = 99
    assert named_kernel("emboss")[0, 0] == -2


@pytest.mark.parametrize("in_channels", [1, 3, 4])
def test_a_colour_picture_is_answered_like_its_grey_mean(in_channels: int) -> None:
    picture = torch.arange(in_channels * 30.0).view(in_channels, 5, 6).double().sqrt()
    kernel = torch.arange(1.0, 7.0).view(2, 3).double()
    weight = photo_weight(kernel, in_channels)
    assert weight.shape == (1, in_channels, 2, 3)
    expected = correlate2d(picture.mean(0), kernel)
    assert torch.allclose(conv2d(picture, weight)[0], expected, rtol=1e-12)


def test_a_photo_weight_needs_a_plane_and_a_channel() -> None:
    with pytest.raises(ValueError, match=r"`kernel` \(shape \(1, 3, 3\)\)"):
        photo_weight(torch.ones(1, 3, 3))
    with pytest.raises(ValueError, match=r"`in_channels` \(=0\)"):
        photo_weight(torch.ones(3, 3), 0)


# ----------------------------------------------------------------------------------- seeded layers


def recipe(seed: int, **arguments: Any) -> nn.Conv2d:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        layer = nn.Conv2d(**arguments)
        nn.init.xavier_normal_(layer.weight)
    return layer


def arguments(**changed: Any) -> dict[str, Any]:
    return {"in_channels": 3, "out_channels": 1, "kernel_size": 3, **changed}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"bias": False},
        {"kernel_size": 1},
        {"kernel_size": (2, 5)},
        {"in_channels": 4, "out_channels": 8, "groups": 2},
        {"in_channels": 6, "out_channels": 6, "groups": 6, "kernel_size": 7},
        {"in_channels": 1, "kernel_size": 4},
        {"in_channels": 64, "out_channels": 128},
    ],
)
def test_a_seeded_layer_is_the_recipes_for_many_seeds(changed: dict[str, Any]) -> None:
    for seed in [*range(12), 2**40, -1]:
        expected = recipe(seed, **arguments(**changed))
        layer = seeded_layer(seed, **arguments(**changed))
        assert torch.equal(layer.weight, expected.weight)
        assert (layer.bias is None) == (expected.bias is None)
        if layer.bias is not None and expected.bias is not None:
            assert torch.equal(layer.bias, expected.bias)


def test_options_reach_the_layer() -> None:
    layer = seeded_layer(5, stride=(2, 1), padding=(1, 2), dilation=2, padding_mode="circular")
    expected = recipe(
        5, **arguments(stride=(2, 1), padding=(1, 2), dilation=2, padding_mode="circular")
    )
    image = torch.arange(3 * 9 * 11.0).view(1, 3, 9, 11)
    assert type(layer) is nn.Conv2d
    assert repr(layer) == repr(expected)
    assert torch.equal(layer(image), expected(image))


def test_a_seeded_layer_leaves_torchs_random_state_alone_at_every_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("touched torch's global random state")

    before = torch.get_rng_state()
    for owner, name in [
        (torch, "manual_seed"),
        (torch, "set_rng_state"),
        (torch.random, "manual_seed"),
        (torch.random, "set_rng_state"),
        (torch.random, "fork_rng"),
    ]:
        monkeypatch.setattr(owner, name, forbidden)
    seeded_layer(3)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("bias", [True, False])
def test_a_fresh_layer_is_the_one_that_torch_draws(bias: bool) -> None:
    before = torch.get_rng_state()
    for seed in (0, 3, 77):
        layer = fresh_layer(seed, 2, 4, (3, 5), bias=bias)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            expected = torch.nn.Conv2d(2, 4, (3, 5), bias=bias)
        assert torch.equal(layer.weight, expected.weight)
        assert repr(layer) == repr(expected)
        if bias:
            assert layer.bias is not None
            assert torch.equal(layer.bias, expected.bias)  # type: ignore[arg-type]  # has a bias
    assert torch.equal(torch.get_rng_state(), before)


def test_a_seeded_layer_can_be_trained() -> None:
    layer = seeded_layer(3)
    layer(torch.ones(1, 3, 4, 5)).sum().backward()
    assert layer.weight.grad is not None
    assert layer.weight.grad.count_nonzero() == layer.weight.numel()


def lena() -> Tensor:
    with Image.open(LENA) as picture:
        pixels = np.asarray(picture.convert("RGB")).copy()
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255  # (1, 3, 512, 512)


def test_seed_three_on_the_photo_gives_the_numbers_of_the_lessons() -> None:
    layer = seeded_layer(3)
    assert round(layer.weight[0, 0, 0, 0].item(), 4) == -0.0813
    assert layer.bias is not None
    assert round(layer.bias.item(), 4) == 0.0384
    with torch.no_grad():
        output = layer(lena())
    assert output.shape == (1, 1, 510, 510)
    assert round(output.mean().item(), 4) == -0.1596
    assert round(output.std().item(), 4) == 0.0573


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"in_channels": 6, "out_channels": 4, "kernel_size": (2, 5), "groups": 2},
        {"stride": 3, "padding": 1, "output_padding": (2, 1), "dilation": 2},
        {"bias": False},
    ],
)
def test_a_seeded_transposed_layer_is_the_recipes_for_many_seeds(changed: dict[str, Any]) -> None:
    arguments = {"in_channels": 3, "out_channels": 1, "kernel_size": 3, **changed}
    for seed in (0, 3, 1234567):
        before = torch.get_rng_state()
        ours = seeded_transposed_layer(seed, **arguments)
        assert torch.equal(torch.get_rng_state(), before)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            recipe = nn.ConvTranspose2d(**arguments)
            nn.init.xavier_normal_(recipe.weight)
        assert type(ours) is nn.ConvTranspose2d
        assert str(ours) == str(recipe)
        pairs = zip(ours.parameters(), recipe.parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)
        assert all(parameter.requires_grad for parameter in ours.parameters())


def test_a_transposed_layer_takes_no_padding_mode() -> None:
    with pytest.raises(ValueError, match='Only "zeros" padding mode'):
        seeded_transposed_layer(3, padding_mode="reflect")


@pytest.mark.parametrize(
    ("kind", "size"), [(nn.Conv1d, (4,)), (nn.Conv2d, (2, 3)), (nn.Conv3d, (1, 2, 3))]
)
def test_a_layer_around_a_weight_is_torchs_own_and_draws_nothing(kind: Any, size: Any) -> None:
    weight = torch.arange(2.0 * 3 * math.prod(size)).reshape(2, 3, *size)
    before = torch.get_rng_state()
    layer = weighted_layer(kind, weight, stride=2, padding=1, groups=2)
    assert torch.equal(torch.get_rng_state(), before)
    assert type(layer) is kind
    assert str(layer) == str(kind(6, 2, size, stride=2, padding=1, groups=2, bias=False))
    assert torch.equal(layer.weight, weight)
    assert layer(torch.ones(1, 6, *[5] * len(size))).shape[:2] == (1, 2)


def test_a_transposed_layer_around_a_weight_takes_its_input_channels_first() -> None:
    weight = torch.arange(4.0 * 3 * 2 * 5).reshape(4, 3, 2, 5)
    layer = weighted_layer(nn.ConvTranspose2d, weight, stride=2, output_padding=1, groups=2)
    assert type(layer) is nn.ConvTranspose2d
    assert (layer.in_channels, layer.out_channels) == (4, 6)
    assert torch.equal(layer.weight, weight)
    image = torch.arange(4.0 * 3 * 4).reshape(1, 4, 3, 4)
    expected = F.conv_transpose2d(image, weight, None, 2, 0, 1, 2)
    assert torch.equal(layer(image), expected)


# ----------------------------------------------------------------------------- bilinear upsampling


def enlarged(picture: Tensor, factor: int) -> Tensor:
    weight = bilinear_kernel(factor, picture.shape[1])
    groups = picture.shape[1]
    return F.conv_transpose2d(picture, weight, stride=factor, padding=factor // 2, groups=groups)


def interpolated(picture: Tensor, factor: int) -> Tensor:
    return F.interpolate(picture, scale_factor=factor, mode="bilinear", align_corners=False)


def test_the_bilinear_kernel_of_the_lesson_is_four_by_four() -> None:
    kernel = bilinear_kernel(channels=2)
    assert kernel.shape == (2, 1, 4, 4)
    assert kernel.dtype == torch.float32
    tent = torch.tensor([0.25, 0.75, 0.75, 0.25])
    assert torch.equal(kernel, torch.outer(tent, tent).repeat(2, 1, 1, 1))


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5])
def test_the_three_steps_by_loops_are_interpolate_and_the_stamped_tents(factor: int) -> None:
    image = torch.randn(3, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    ours = interpolate_bilinear(image, factor)
    theirs = F.interpolate(
        image[None, None], scale_factor=factor, mode="bilinear", align_corners=False
    )
    assert torch.allclose(ours, theirs[0, 0], atol=1e-6)
    tents = upsample_bilinear(image[None, None], factor)
    assert torch.allclose(ours, tents[0, 0], atol=1e-6)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_what_one_pixel_gives_to_its_surroundings_is_the_tent(factor: int) -> None:
    impulse = torch.zeros(5, 5)
    impulse[2, 2] = 1
    given = interpolate_bilinear(impulse, factor)
    reached = given[:, given.any(dim=0)][given.any(dim=1)]
    assert torch.allclose(reached, bilinear_kernel(factor, 1)[0, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("image", "factor", "message"),
    [(torch.ones(1, 2, 2), 2, r"must be \(height, width\)"), (torch.ones(2, 2), 0, "at least 1")],
)
def test_what_cannot_be_interpolated_is_refused(image: Any, factor: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        interpolate_bilinear(image, factor)


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5, 8])
def test_inside_the_bilinear_kernel_does_what_interpolate_does(factor: int) -> None:
    picture = torch.arange(2.0 * 5 * 7).reshape(1, 2, 5, 7).sin()  # not square, no two rows alike
    ours, theirs = enlarged(picture, factor), interpolated(picture, factor)
    assert ours.shape == theirs.shape == (1, 2, 5 * factor, 7 * factor)
    inside = (..., slice(factor, -factor), slice(factor, -factor))
    assert torch.allclose(ours[inside], theirs[inside], atol=1e-6)


@pytest.mark.parametrize("size", [(512, 512), (561, 728)])
def test_a_photo_of_any_size_is_doubled_as_interpolate_doubles_it(size: tuple[int, int]) -> None:
    photo = F.interpolate(lena(), size)
    ours = enlarged(photo, 2)
    assert ours.shape == (1, 3, 2 * size[0], 2 * size[1])
    assert (ours - interpolated(photo, 2))[..., 1:-1, 1:-1].abs().max() < 1e-6


def test_the_border_darkens_and_can_be_repaired_in_two_ways() -> None:
    ones = torch.ones(1, 3, 4, 6)
    dark = enlarged(ones, 2)
    assert dark[0, 0, 0].tolist() == [0.5625] + [0.75] * 10 + [0.5625]
    assert (dark[..., 1:-1, 1:-1] == 1).all()

    picture = torch.arange(3.0 * 4 * 6).reshape(1, 3, 4, 6).sin()
    expected = interpolated(picture, 2)
    # lay the edge pixels once more around the picture, and crop what they add
    more = enlarged(F.pad(picture, (1, 1, 1, 1), mode="replicate"), 2)[..., 2:-2, 2:-2]
    assert torch.allclose(more, expected, atol=1e-6)
    # or divide by what a picture of ones has become
    assert torch.allclose(enlarged(picture, 2) / dark, expected, atol=1e-6)


@pytest.mark.parametrize("border", ["replicate", "divide"])
@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5, 6, 7, 8])
def test_with_its_border_repaired_the_enlarged_picture_is_interpolates(
    factor: int, border: str
) -> None:
    picture = torch.arange(2.0 * 3 * 5 * 7).reshape(2, 3, 5, 7).sin()
    before = picture.clone()
    ours = upsample_bilinear(picture, factor, border)
    assert torch.equal(picture, before)
    torch.testing.assert_close(ours, interpolated(picture, factor), atol=1e-6, rtol=0)


@pytest.mark.parametrize("factor", [2, 3, 7])
def test_on_a_photo_the_repaired_enlargement_is_nearer_to_the_truth_than_interpolate(
    factor: int,
) -> None:
    truth = interpolated(lena().double(), factor)
    ours = (upsample_bilinear(lena(), factor) - truth).abs().max()
    theirs = (interpolated(lena(), factor) - truth).abs().max()
    assert ours < 5e-7
    assert (theirs > 5e-6) == (factor != 2)


def test_a_picture_of_one_pixel_is_enlarged_to_its_own_colour() -> None:
    pixel = torch.tensor([0.25, 0.5, 1.0]).view(1, 3, 1, 1)
    for border in ("replicate", "divide"):
        expected = pixel.expand(1, 3, 3, 3)
        torch.testing.assert_close(upsample_bilinear(pixel, 3, border), expected)


def test_a_dark_border_is_what_the_transposed_convolution_leaves() -> None:
    picture = torch.arange(3.0 * 4 * 6).reshape(1, 3, 4, 6).sin()
    assert torch.equal(upsample_bilinear(picture, 3, "dark"), enlarged(picture, 3))


def test_the_layout_in_memory_changes_no_number_and_is_kept() -> None:
    picture = torch.arange(3.0 * 4 * 6).reshape(1, 3, 4, 6).sin()
    beside = picture.contiguous(memory_format=torch.channels_last)
    for border in ("dark", "replicate", "divide"):
        ours = upsample_bilinear(beside, 2, border)
        assert ours.is_contiguous(memory_format=torch.channels_last)
        torch.testing.assert_close(ours, upsample_bilinear(picture, 2, border))


def test_what_cannot_be_enlarged_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"`border` \(='mirror'\) must be one of dark, replicate"):
        upsample_bilinear(torch.ones(1, 3, 2, 2), 2, "mirror")
    with pytest.raises(ValueError, match=r"`image` \(shape \(3, 2, 2\)\) must be \(batch, chan"):
        upsample_bilinear(torch.ones(3, 2, 2))
    with pytest.raises(ValueError, match=r"`factor` \(=0\) must be at least 1"):
        upsample_bilinear(torch.ones(1, 3, 2, 2), 0)


def test_a_bilinear_kernel_needs_a_factor_and_a_channel() -> None:
    with pytest.raises(ValueError, match=r"`factor` \(=0\) must be at least 1"):
        bilinear_kernel(0)
    with pytest.raises(ValueError, match=r"`channels` \(=0\) must be at least 1"):
        bilinear_kernel(2, channels=0)


# ------------------------------------------------------------------------------- what is refused

NO_NUMBER: Any = 2.5
NO_TENSOR: Any = [[1.0]]
NO_CONVOLUTION: Any = nn.Linear


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bilinear_kernel(NO_NUMBER), r"`factor` \(=2.5\) must be a whole number"),
        (lambda: bilinear_kernel(2, 0), r"`channels` \(=0\) must be at least 1"),
        (lambda: named_kernel("gaussian", NO_NUMBER), r"`size` \(=2.5\) must be a whole number"),
        (lambda: photo_weight(NO_TENSOR), r"`kernel` \(a list\) must be a tensor"),
        (lambda: photo_weight(torch.ones(2, 3), NO_NUMBER), r"`in_channels` \(=2.5\) must be"),
        (
            lambda: upsample_bilinear(torch.ones(1, 3, 2, 2).long()),
            r"`image` \(dtype torch.int64\) must be one of float32",
        ),
        (
            lambda: upsample_bilinear(torch.ones(1, 3, 2, 2), NO_NUMBER),
            r"`factor` \(=2.5\) must be a whole number",
        ),
        (lambda: seeded_layer(3, kernel_size=0), r"`kernel_size` \(=0\) must be at least 1"),
        (lambda: seeded_layer(NO_NUMBER), r"`seed` \(=2.5\) must be a whole number"),
        (lambda: seeded_layer(3, 4, groups=3), r"`in_channels` \(=4\) must be divisible by"),
        (lambda: fresh_layer(3, 0), r"`in_channels` \(=0\) must be at least 1"),
        (
            lambda: seeded_transposed_layer(3, output_padding=-1),
            r"`output_padding` \(=-1\) must be at least 0",
        ),
        (lambda: weighted_layer(NO_CONVOLUTION, torch.ones(2, 3)), "`kind` .* one of Conv1d, Conv"),
        (lambda: weighted_layer(nn.Conv2d, torch.ones(2, 3)), r"`weight` \(shape \(2, 3\)\) must"),
        (
            lambda: weighted_layer(nn.Conv1d, torch.ones(2, 3, 1).long()),
            r"`weight` \(dtype torch.int64\) must be one of float32",
        ),
        (
            lambda: weighted_layer(nn.Conv1d, torch.ones(2, 3, 1), torch.ones(3)),
            r"`bias` \(shape \(3,\)\) must be \(2,\)",
        ),
        (
            lambda: weighted_layer(nn.ConvTranspose2d, torch.ones(2, 3, 1, 1), torch.ones(2)),
            r"`bias` \(shape \(2,\)\) must be \(3,\)",
        ),
        (
            lambda: weighted_layer(nn.Conv1d, torch.ones(2, 3, 1), stride=0),
            r"`stride` \(=0\) must be at least 1",
        ),
    ],
)
def test_a_refusal_names_an_argument_that_the_caller_has(
    call: Callable[[], Any], message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        call()


def test_layers_and_kernels_take_numpys_whole_numbers() -> None:
    three: Any = np.int64(3)
    layer = seeded_layer(three, three, three, three, stride=three, groups=three)
    assert str(layer) == str(seeded_layer(3, 3, 3, 3, stride=3, groups=3))
    assert torch.equal(layer.weight, seeded_layer(3, 3, 3, 3, stride=3, groups=3).weight)
    assert torch.equal(bilinear_kernel(three, three), bilinear_kernel(3, 3))
    assert torch.equal(named_kernel("gaussian", three), named_kernel("gaussian", 3))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("border", ["replicate", "divide"])
def test_enlarging_half_precision_is_rounded_once(dtype: torch.dtype, border: str) -> None:
    image = torch.rand(2, 3, 5, 7, generator=torch.Generator().manual_seed(1)).to(dtype)
    large = upsample_bilinear(image, 3, border)
    exact = F.interpolate(image.double(), scale_factor=3, mode="bilinear", align_corners=False)
    assert large.dtype == dtype
    assert (large.double() - exact).abs().max() <= torch.finfo(dtype).eps / 2 + 1e-6


def test_bilinear_loops_round_half_precision_once() -> None:
    image = torch.rand(3, 4, generator=torch.Generator().manual_seed(1)).half()
    assert torch.equal(
        interpolate_bilinear(image, 3), interpolate_bilinear(image.float(), 3).half()
    )


def test_the_gaussian_has_the_sigma_of_its_source_and_not_the_table_for_small_sizes() -> None:
    bell = named_kernel("gaussian", 3).sum(0)
    sigma = 0.3 * ((3 - 1) / 2 - 1) + 0.8
    assert bell[0] / bell[1] == pytest.approx(math.exp(-1 / (2 * sigma**2)))
    assert bell.tolist() != [0.25, 0.5, 0.25]  # the table

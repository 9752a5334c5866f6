"""What the lessons say in words about experiments on the photo is what comes out of them."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lessons_lib.geometry import unread_fraction
from lessons_lib.images import BUNDLED, load_image, zone_plate
from lessons_lib.kernels import fresh_layer, named_kernel, photo_weight, seeded_layer
from lessons_lib.machine.torchvision_cpu import make_torchvision_importable
from lessons_lib.separable import low_rank_part, separable_layer, share_kept
from lessons_lib.shifting import blur_weight, moved
from lessons_lib.training import learning_steps
from lessons_lib.variants import channel_paths, multiply_adds_of, seeded_variant
from lessons_lib.widgets import stride_lab
from tests.widgets.hand import small_picture

# --- lesson 00: from the lab to your own code -----------------------------------------------------


def test_the_labs_scale_ends_where_the_seeded_layer_reaches() -> None:
    picture = small_picture()
    lab = stride_lab(picture=picture, seed=5, stride=4)
    (output,) = (pane for pane in lab.stage.scene["panes"] if pane["name"] == "output")
    reach = float(seeded_layer(5, 3, 1, 3, stride=4)(picture.image).detach().abs().max())
    assert (output["low"], output["high"]) == pytest.approx((-reach, reach))
    lab.close()


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


def test_exchanging_picture_and_kernel_turns_a_correlation_and_leaves_a_convolution() -> None:
    first, second = torch.arange(1.0, 7.0).reshape(2, 3), torch.tensor([[1.0, 2.0], [0.0, 3.0]])

    def slid(image: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
        rows, columns = (n - 1 for n in kernel.shape)
        return F.conv2d(image[None, None], kernel[None, None], padding=(rows, columns))[0, 0]

    one, other = slid(first, second), slid(second, first)
    assert not torch.equal(one, other)
    assert torch.equal(one, other.flip(0, 1))
    assert torch.equal(slid(first, second.flip(0, 1)), slid(second, first.flip(0, 1)))


def test_loops_and_one_call_of_torch_add_up_the_same_but_for_rounding() -> None:
    generator = torch.Generator().manual_seed(1)
    image = torch.rand(24, 31, generator=generator)
    kernel = torch.rand(5, 5, generator=generator)
    looped = torch.stack([(kernel * window).sum() for window in windows_of(image, 5)])
    at_once = F.conv2d(image[None, None], kernel[None, None]).flatten()
    assert torch.allclose(looped, at_once, rtol=1e-5)
    assert not torch.equal(looped, at_once)


def windows_of(image: torch.Tensor, side: int) -> torch.Tensor:
    return image.unfold(0, side, 1).unfold(1, side, 1).reshape(-1, side, side)


def smallest_spread(photo: torch.Tensor) -> float:
    """The least standard deviation of the output that weights of length 1 can give."""
    windows = F.unfold(photo.double(), 3)[0]
    return float(torch.linalg.eigvalsh(torch.cov(windows))[0].clamp(min=0).sqrt())


@pytest.mark.parametrize("name", BUNDLED)
def test_only_weights_of_zero_show_nothing_of_a_photo_in_colour(name: str) -> None:
    photo = load_image(name)
    assert smallest_spread(photo) > 1e-3
    assert smallest_spread(photo.mean(dim=1, keepdim=True).expand(-1, 3, -1, -1)) < 1e-6


def outputs_of_seeds(photo: torch.Tensor, seeds: range) -> list[torch.Tensor]:
    with torch.inference_mode():
        return [seeded_layer(seed)(photo) for seed in seeds]


@pytest.mark.parametrize("name", BUNDLED)
def test_no_seed_that_the_gallery_reaches_shows_nothing(name: str) -> None:
    spreads = [float(each.std()) for each in outputs_of_seeds(load_image(name), range(207))]
    assert min(spreads) > 0.02


@pytest.mark.parametrize("name", BUNDLED)
def test_the_first_seeds_follow_the_brightness_as_the_lesson_says(name: str) -> None:
    photo = load_image(name)
    brightness = photo.mean(dim=1)[:, 1:-1, 1:-1].flatten()
    outputs = outputs_of_seeds(photo, range(7))
    alike = [
        float(torch.corrcoef(torch.stack([brightness, each.flatten()]))[0, 1]) for each in outputs
    ]
    assert max(abs(alike[seed]) for seed in (3, 6)) < 0.25
    assert min(alike[seed] for seed in (2, 5)) > 0.75
    assert max(alike[seed] for seed in (0, 1, 4)) < -0.25
    assert float((outputs[0] > 0).float().mean()) < 0.002


# --- lesson 02: which strides read a photo to its last pixel? -------------------------------------


@pytest.mark.parametrize("name", BUNDLED)
def test_only_strides_that_leave_no_remainder_on_either_side_read_a_photo_whole(name: str) -> None:
    height, width = load_image(name).shape[-2:]
    size = (height, width)
    whole = [s for s in range(1, 33) if unread_fraction(size, kernel_size=5, stride=s) == 0]
    assert whole == [s for s in range(1, 6) if all((n - 5) % s == 0 for n in size)]


def test_three_down_and_two_across_leave_the_middle_row_unread() -> None:
    picture = torch.arange(9.0).reshape(1, 1, 3, 3).requires_grad_()
    kernel = torch.arange(4.0).reshape(1, 1, 2, 2)
    output = F.conv2d(picture, kernel, stride=(3, 2), padding=1)
    assert output[0, 0].tolist() == [[0, 8], [6, 8]]
    F.conv2d(picture, torch.ones(1, 1, 2, 2), stride=(3, 2), padding=1).sum().backward()
    assert picture.grad is not None
    assert (picture.grad[0, 0] == 0).tolist() == [[False] * 3, [True] * 3, [False] * 3]


def test_first_layers_of_known_networks_read_every_pixel_and_a_side_way_does_not() -> None:
    make_torchvision_importable()
    from torchvision import models

    with torch.device("meta"):
        resnet = models.resnet18()
        first = (
            models.alexnet().features[0],
            resnet.conv1,
            models.convnext_tiny().features[0][0],
            models.vit_b_16().conv_proj,
        )
    sizes = [(layer.kernel_size[0], layer.stride[0]) for layer in first]
    assert sizes == [(11, 4), (7, 2), (4, 4), (16, 16)]
    assert max(unread_fraction((224, 224), k, s) for k, s in sizes[2:]) == 0
    assert unread_fraction((224, 224), 11, 4, padding=2) == 0
    assert unread_fraction((224, 224), 7, 2, padding=3) == 0
    side = resnet.layer2[0].downsample[0]
    assert unread_fraction((56, 56), side.kernel_size, side.stride) == 0.75


# --- lesson 06: what do poolings keep? ------------------------------------------------------------


def halved(picture: torch.Tensor) -> dict[str, torch.Tensor]:
    """Four ways to halve a picture, the last one as the lesson builds it."""
    highest = F.pad(F.max_pool2d(picture, 2, stride=1), (1, 1, 1, 1), mode="replicate")
    return {
        "stride": picture[..., ::2, ::2],
        "max": F.max_pool2d(picture, 2),
        "mean": F.avg_pool2d(picture, 2),
        "blur": F.conv2d(highest, blur_weight(2), stride=2, groups=3),
    }


def test_jumps_alias_and_a_mean_or_a_blur_before_the_jump_makes_it_milder() -> None:
    edges = {name: each[0, 0, :32, 96:160] for name, each in halved(zone_plate()).items()}
    rings = {name: float(each.std()) for name, each in edges.items()}
    assert rings["stride"] == pytest.approx(0.353, abs=2e-3)  # full strength: 1 / sqrt(8)
    assert rings["stride"] > 2 * rings["max"]
    assert rings["max"] > 1.4 * rings["blur"]
    assert rings["max"] > 1.8 * rings["mean"]
    brightness = {name: float(each.mean()) for name, each in edges.items()}
    assert brightness["stride"] == pytest.approx(0.5, abs=0.02)
    assert brightness["mean"] == pytest.approx(0.5, abs=0.02)
    assert min(brightness["max"], brightness["blur"]) > 0.8


def test_a_mean_over_a_larger_window_weakens_the_false_rings_and_the_true_ones() -> None:
    means = [F.avg_pool2d(zone_plate(), k, 2)[0, 0] for k in (2, 4, 8)]
    false = [float(each[:32, 96:160].std()) for each in means]
    middle = [slice(each.shape[-1] // 2 - 32, each.shape[-1] // 2 + 32) for each in means]
    true = [float(each[at, at].std()) for each, at in zip(means, middle, strict=True)]
    for rings in (false, true):
        assert rings[0] > 1.2 * rings[1] > 1.2**2 * rings[2] > 0.01


def test_without_its_size_the_picture_of_odd_width_is_not_put_back() -> None:
    values, places = F.max_pool2d(load_image("chelsea"), 2, return_indices=True)
    with pytest.raises(RuntimeError, match="invalid max index"):
        F.max_unpool2d(values, places, (2, 2))


@pytest.mark.parametrize("name", BUNDLED)
def test_relu_may_stand_on_either_side_of_a_maximum_but_not_of_a_mean(name: str) -> None:
    edges = F.conv2d(load_image(name), photo_weight(named_kernel("sobel_x")))
    assert torch.equal(F.max_pool2d(edges.relu(), 4), F.max_pool2d(edges, 4).relu())
    apart = F.avg_pool2d(edges.relu(), 4) - F.avg_pool2d(edges, 4).relu()
    assert float(apart.max()) > 0.1


@pytest.mark.parametrize("name", BUNDLED)
def test_a_mean_is_linear_and_a_maximum_of_a_sum_is_never_larger(name: str) -> None:
    one, other = load_image(name), load_image(name).flip(-1)
    means = F.avg_pool2d(one, 2) + F.avg_pool2d(other, 2)
    torch.testing.assert_close(means, F.avg_pool2d(one + other, 2), atol=1e-6, rtol=0)
    gap = F.max_pool2d(one, 2) + F.max_pool2d(other, 2) - F.max_pool2d(one + other, 2)
    assert float(gap.min()) > -1e-6
    assert float(gap.max()) > 0.1


def test_max_pooling_pads_with_what_never_wins_and_a_mean_with_zeros() -> None:
    dark = torch.full((1, 1, 4, 4), -1.0)
    assert torch.equal(F.max_pool2d(dark, 3, stride=1, padding=1), dark)
    means = F.avg_pool2d(torch.ones(1, 1, 4, 4), 3, stride=1, padding=1)
    assert f"{float(means[0, 0, 0, 0]):.3f}" == "0.444"


@pytest.mark.parametrize("name", BUNDLED)
def test_an_equivariant_layer_and_a_mean_over_everything_are_invariant(name: str) -> None:
    layer = seeded_layer(3, padding=1, padding_mode="circular").requires_grad_(False)
    photo = load_image(name)
    answers = [layer(moved(photo, down, across)).mean() for down, across in ((0, 0), (37, 101))]
    assert float(answers[0]) == pytest.approx(float(answers[1]), abs=1e-6)


# --- lesson 07: is the kernel found? --------------------------------------------------------------


def test_from_fifty_starts_ten_steps_leave_no_weight_off_by_more_than_a_tenth() -> None:
    bar, errors = torch.ones(1, 1, 6, 8), []
    bar[..., 2:6] = 0
    wanted = bar[..., :-1] - bar[..., 1:]
    for seed in range(50):
        kernel = fresh_layer(seed, 1, 1, (1, 2), bias=False).weight
        for _ in range(10):
            loss = (F.conv2d(bar, kernel) - wanted).square().sum()
            (slope,) = torch.autograd.grad(loss, kernel)
            kernel = (kernel - 0.03 * slope).detach().requires_grad_()
        off = kernel.detach().flatten() - torch.tensor([1.0, -1.0])
        errors.append(float(off.abs().max()))
    assert 0.05 < max(errors) < 0.1


def ended(image: torch.Tensor, optimizer: str, rate: float, steps: int) -> tuple[float, float]:
    """Learn Sobel x as the lesson does; give the loss, as a share of the first, and the error."""
    channels = image.shape[1]
    target = photo_weight(named_kernel("sobel_x"))[:, :channels]
    every = list(
        learning_steps(
            fresh_layer(3, channels, bias=False),
            image,
            F.conv2d(image, target),
            steps,
            rate,
            optimizer=optimizer,
            loss="mean",
            target=target,
        )
    )
    return every[-1].loss / every[0].loss, every[-1].error


@pytest.mark.parametrize("name", BUNDLED)
def test_a_small_loss_is_not_a_found_kernel_and_only_l_bfgs_finds_it(name: str) -> None:
    photo = load_image(name)
    for optimizer, rate in (("gradient_descent", 0.1), ("adam", 0.01)):
        share, error = ended(photo, optimizer, rate, 300)
        assert share < 0.1
        assert error > 0.1
    assert ended(load_image("lena"), "lbfgs", 1.0, 20)[1] < 0.01


def test_adam_is_not_always_better() -> None:
    noise = torch.randn(1, 1, 96, 128, generator=torch.Generator().manual_seed(3))
    assert ended(noise, "gradient_descent", 0.5, 30)[1] < 1e-3
    for rate in (0.01, 0.03, 0.1, 0.3):
        assert ended(noise, "adam", rate, 30)[1] > 0.03


# --- lesson 08: what is left of a kernel, and what of its answer? ---------------------------------


def weights_of(module: nn.Module) -> int:
    return sum(each.numel() for each in module.parameters())


@pytest.mark.parametrize("name", ["lena", "chelsea", "coffee", "astronaut"])
def test_the_share_of_squares_does_not_say_how_far_the_answer_is_off(name: str) -> None:
    grey = load_image(name).mean(dim=1, keepdim=True)

    def off(kernel: str, rank: int) -> float:
        whole, part = named_kernel(kernel), low_rank_part(named_kernel(kernel), rank)
        answers = [F.conv2d(grey, each[None, None]) for each in (whole, part)]
        return float((answers[1] - answers[0]).norm() / answers[0].norm())

    assert off("laplacian", 1) > 3
    assert off("emboss", 1) > 2.5 > 1 > off("sharpen", 1) > 0.8
    assert off("emboss", 2) < 0.05
    kept = {k: share_kept(named_kernel(k), r) for k, r in [("emboss", 2), ("sharpen", 1)]}
    assert kept["emboss"] < kept["sharpen"]
    assert share_kept(named_kernel("laplacian"), 1) > 0.989


def test_the_best_products_sum_to_what_the_lesson_says() -> None:
    sums = {
        (kernel, rank): round(float(low_rank_part(named_kernel(kernel), rank).sum()), 2)
        for kernel, rank in [("sharpen", 1), ("emboss", 1), ("emboss", 2)]
    }
    assert sums == {("sharpen", 1): 1.98, ("emboss", 1): 4.26, ("emboss", 2): 0.99}
    left_out = named_kernel("laplacian") - low_rank_part(named_kernel("laplacian"), 1)
    assert bool((left_out > 0).all())


@pytest.mark.parametrize(
    ("channels", "groups", "layers", "reached"),
    [(8, 4, 2, 4), (8, 4, 3, 8), (16, 4, 2, 16), (8, 2, 2, 8)],
)
def test_so_many_shuffled_layers_reach_so_many_channels(
    channels: int, groups: int, layers: int, reached: int
) -> None:
    layer = seeded_variant("shuffled_grouped", channels, channels, groups=groups)
    assert int((channel_paths(*[layer] * layers)[:, 0] > 0).sum()) == reached


def test_only_five_products_of_a_seven_by_seven_kernel_save_weights_on_a_photo() -> None:
    counts = [weights_of(separable_layer(torch.ones(7, 7), rank)) for rank in range(1, 8)]
    assert [count < 3 * 7 * 7 for count in counts] == [True] * 5 + [False] * 2


@pytest.mark.parametrize(("kernel_size", "share"), [(3, "0.119"), (7, "0.0282")])
def test_depthwise_separable_layers_have_the_shares_that_the_last_answer_names(
    kernel_size: int, share: str
) -> None:
    layer, plain = (
        seeded_variant(kind, 64, 128, kernel_size, padding=kernel_size // 2, bias=False)
        for kind in ("depthwise_separable", "plain")
    )
    assert f"{weights_of(layer) / weights_of(plain):.3g}" == share
    work, plain_work = (multiply_adds_of((64, 64), each) for each in (layer, plain))
    assert f"{work / plain_work:.3g}" == share


@pytest.mark.parametrize(
    ("groups", "fits"), [(1, True), (2, True), (5, False), (64, True), (128, False)]
)
def test_torch_takes_the_groups_that_the_lesson_tries_or_refuses_them(
    groups: int, fits: bool
) -> None:
    if fits:
        assert nn.Conv2d(64, 128, 3, groups=groups).weight.shape == (128, 64 // groups, 3, 3)
    else:
        with pytest.raises(ValueError, match="must be divisible by groups"):
            nn.Conv2d(64, 128, 3, groups=groups)

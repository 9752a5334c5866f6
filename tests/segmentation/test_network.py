"""The network scores every pixel, starts as bilinear enlarging, and takes pictures of any size."""

from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lessons_lib.images import load_image
from lessons_lib.kernels import upsample_bilinear
from lessons_lib.segmentation.network import (
    FCN,
    bilinear_start,
    class_scores,
    fitted,
    in_mode,
    predict,
    small_fcn,
)
from lessons_lib.segmentation.scenes import CLASSES


def body_of_stride(stride: int, channels: int = 6) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, channels, 3, padding=1), nn.MaxPool2d(stride))


def noise(*shape: int, seed: int = 1) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def network() -> FCN:
    return small_fcn(4)


# ---------------------------------------------------------------------------- the three parts


def test_the_scores_are_those_of_the_three_parts_one_after_the_other() -> None:
    network, images = FCN(body_of_stride(4), 6, 3, 4), noise(2, 3, 12, 20)
    places = network.body(images)
    assert places.shape == (2, 6, 3, 5)
    scores = F.conv2d(places, network.score.weight, network.score.bias)
    large = F.conv_transpose2d(scores, network.enlarge.weight, stride=4, padding=2)
    assert large.shape == (2, 3, 12, 20)
    assert torch.equal(network(images), large)


@pytest.mark.parametrize("stride", [1, 2, 3, 4, 5, 8])
def test_every_stride_makes_the_picture_s_own_size(stride: int) -> None:
    network = FCN(body_of_stride(stride), 6, 4, stride)
    assert network(noise(1, 3, 3 * stride, 4 * stride)).shape == (1, 4, 3 * stride, 4 * stride)
    assert network.enlarge.bias is None
    assert network.enlarge.stride == (stride, stride)


@pytest.mark.parametrize("stride", [2, 8, 32])
def test_an_even_stride_has_the_kernel_and_padding_of_the_paper(stride: int) -> None:
    enlarge = FCN(nn.Sequential(), 3, 2, stride).enlarge
    assert (enlarge.kernel_size, enlarge.padding) == ((2 * stride,) * 2, (stride // 2,) * 2)


@pytest.mark.parametrize("stride", [1, 2, 3, 4, 5, 8])
def test_at_the_start_each_class_is_enlarged_smoothly_by_itself(stride: int) -> None:
    enlarge, scores = FCN(nn.Sequential(), 3, 4, stride).enlarge, noise(1, 4, 5, 7)
    wanted = upsample_bilinear(scores, stride, border="dark")
    torch.testing.assert_close(enlarge(scores), wanted, atol=1e-6, rtol=0)


def test_away_from_the_border_the_start_is_torchs_own_interpolation() -> None:
    enlarge, scores = FCN(nn.Sequential(), 3, 2, 8).enlarge, noise(1, 2, 6, 9)
    smooth = F.interpolate(scores, scale_factor=8, mode="bilinear", align_corners=False)
    inner = (..., slice(4, -4), slice(4, -4))
    torch.testing.assert_close(enlarge(scores)[inner], smooth[inner], atol=1e-6, rtol=0)


def test_a_random_start_differs_only_in_the_enlarging_layer() -> None:
    smooth, rough = small_fcn(3), small_fcn(3, upsampling="random")
    differ = {
        name
        for name, value in smooth.state_dict().items()
        if not torch.equal(value, rough.state_dict()[name])
    }
    assert differ == {"enlarge.weight"}
    assert int((rough.enlarge.weight != 0).sum()) == rough.enlarge.weight.numel()


def test_the_score_layer_starts_by_xaviers_rule() -> None:
    weight = FCN(nn.Sequential(), 300, 20, 2).score.weight.detach()
    limit = (6 / (300 + 20)) ** 0.5
    assert float(weight.abs().max()) == pytest.approx(limit, rel=0.01)
    assert float(weight.std()) == pytest.approx(limit / 3**0.5, rel=0.02)


def test_a_random_enlarging_layer_starts_by_xaviers_rule() -> None:
    weight = FCN(nn.Sequential(), 3, 9, 8, upsampling="random").enlarge.weight.detach()
    limit = (6 / (2 * 9 * 16 * 16)) ** 0.5
    assert float(weight.abs().max()) == pytest.approx(limit, rel=0.01)
    assert float(weight.std()) == pytest.approx(limit / 3**0.5, rel=0.02)


def test_what_makes_no_network_is_refused_by_name() -> None:
    for channels, classes, stride, said in ((0, 2, 2, "channels"), (3, 0, 2, "classes")):
        with pytest.raises(ValueError, match=rf"`{said}` \(=0\) must be at least 1"):
            FCN(nn.Sequential(), channels, classes, stride)
    with pytest.raises(ValueError, match=r"`stride` \(=0\)"):
        FCN(nn.Sequential(), 3, 2, 0)
    with pytest.raises(ValueError, match=r"`upsampling` \(='linear'\) must be one of bilinear"):
        small_fcn(upsampling="linear")  # type: ignore[arg-type]


# ---------------------------------------------------------------------------- bilinear start


@pytest.mark.parametrize(
    "layer",
    [
        nn.ConvTranspose2d(2, 3, 4, 2),
        nn.ConvTranspose2d(2, 2, 4, 2, groups=2),
        nn.ConvTranspose2d(2, 2, 3, 2),
        nn.ConvTranspose2d(2, 2, 4, (2, 3)),
        nn.ConvTranspose2d(2, 2, (4, 6), (2, 3)),
    ],
)
def test_a_layer_that_cannot_start_bilinearly_is_refused(layer: nn.ConvTranspose2d) -> None:
    before = layer.weight.detach().clone()
    with pytest.raises(ValueError, match=re.escape(f"`layer` ({layer})")):
        bilinear_start(layer)
    assert torch.equal(layer.weight, before)


def test_the_weights_can_still_learn_after_a_bilinear_start() -> None:
    layer = nn.ConvTranspose2d(2, 2, 4, 2)
    with torch.inference_mode():
        bilinear_start(layer)
    layer(noise(1, 2, 3, 3)).sum().backward()
    assert layer.weight.grad is not None


# ---------------------------------------------------------------------------- the small network


def test_the_small_network_has_only_layers_that_can_be_gone_back_through(network: FCN) -> None:
    kinds = {type(layer) for layer in network.body}
    assert kinds == {nn.Conv2d, nn.ReLU, nn.MaxPool2d}
    assert network.classes == len(CLASSES)
    assert 2 ** sum(isinstance(layer, nn.MaxPool2d) for layer in network.body) == network.stride


def test_the_same_seed_gives_the_same_network_and_another_another() -> None:
    first, again, other = (list(small_fcn(seed).parameters()) for seed in (3, 3, 4))
    assert all(torch.equal(*pair) for pair in zip(first, again, strict=True))
    drawn = [pair for pair in zip(first, other, strict=True) if pair[0].dim() > 1]
    assert sum(torch.equal(*pair) for pair in drawn) == 1, "only the bilinear weights are the same"


def test_building_leaves_torchs_own_random_numbers_alone() -> None:
    before = torch.get_rng_state()
    small_fcn(1)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_network_that_a_lab_builds_can_learn() -> None:
    with torch.inference_mode():
        built = small_fcn()
    built(noise(1, 3, 16, 24)).sum().backward()
    assert all(weight.grad is not None for weight in built.parameters())


def test_convolutions_start_so_that_values_stay_as_large_from_layer_to_layer(network: FCN) -> None:
    # He's rule for layers before a ReLU; the first is three times as strong, for 0..1 is little
    for layer in network.body:
        if isinstance(layer, nn.Conv2d):
            spread = (2 / (9 * layer.in_channels)) ** 0.5 * (3 if layer.in_channels == 3 else 1)
            assert float(layer.weight.detach().std()) == pytest.approx(spread, rel=0.1)


def test_mid_grey_is_nothing_to_the_first_layer_at_the_start(network: FCN) -> None:
    grey = network.body[0](torch.full((1, 3, 9, 9), 0.5))
    torch.testing.assert_close(grey[..., 1:-1, 1:-1], torch.zeros(1, 16, 7, 7), atol=1e-5, rtol=0)


# ---------------------------------------------------------------------------- any size


def test_padding_repeats_the_last_row_and_column_and_moves_nothing() -> None:
    image = noise(1, 3, 5, 7)
    large = fitted(image, 4)
    assert large.shape == (1, 3, 8, 8)
    assert torch.equal(large[..., :5, :7], image)
    assert torch.equal(large[..., 5:, :7], image[..., 4:5, :].expand(-1, -1, 3, -1))
    assert torch.equal(large[..., :, 7:], large[..., :, 6:7])


def test_cropping_takes_the_middle() -> None:
    image = torch.arange(7.0 * 10).reshape(1, 1, 7, 10).expand(-1, 3, -1, -1)
    small = fitted(image, 4, "crop")
    assert torch.equal(small, image[..., 1:5, 1:9]), "3 rows too many: 1 above, 2 below"


@pytest.mark.parametrize("fit", ["pad", "crop"])
def test_what_fits_stays_as_it_is(fit: str) -> None:
    image = noise(2, 3, 8, 12)
    assert torch.equal(fitted(image, 4, fit), image)  # type: ignore[arg-type]


def test_a_crop_that_leaves_nothing_is_refused_with_the_cure() -> None:
    for height, width in ((20, 40), (40, 31)):
        with pytest.raises(ValueError, match=rf"\({height} x {width}\).*take fit='pad'"):
            fitted(noise(1, 3, height, width), 32, "crop")
    with pytest.raises(ValueError, match=r"`multiple` \(=0\)"):
        fitted(noise(1, 3, 4, 4), 0)
    with pytest.raises(ValueError, match=r"`fit` \(='stretch'\) must be one of pad, crop"):
        fitted(noise(1, 3, 4, 4), 2, "stretch")  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(1, 1), (20, 20), (8, 16), (33, 7), (300, 451)])
def test_every_pixel_of_a_padded_picture_has_its_scores(
    network: FCN, size: tuple[int, int]
) -> None:
    scores = class_scores(network, noise(2, 3, *size))
    assert scores.shape == (2, 5, *size)
    assert bool(scores.isfinite().all())
    predicted = predict(network, noise(2, 3, *size))
    assert predicted.dtype == torch.int64
    assert torch.equal(predicted, scores.argmax(1))


def test_padded_scores_are_those_of_the_padded_picture(network: FCN) -> None:
    image = load_image("chelsea")[..., :45, :70]
    with torch.no_grad():
        whole = network(F.pad(image, (0, 2, 0, 3), mode="replicate"))
    assert torch.equal(class_scores(network, image), whole[..., :45, :70])


def test_cropped_scores_are_those_of_the_middle(network: FCN) -> None:
    image = noise(1, 3, 21, 30)
    with torch.no_grad():
        middle = network(image[..., 2:18, 3:27])
    assert torch.equal(class_scores(network, image, "crop"), middle)
    assert predict(network, image, "crop").shape == (1, 16, 24)


def test_other_floats_are_computed_in_the_network_s_own(network: FCN) -> None:
    image = noise(1, 3, 8, 8)
    torch.testing.assert_close(class_scores(network, image.double()), class_scores(network, image))


# ---------------------------------------------------------------------------- refusals and modes


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (noise(1, 1, 8, 8), r"is grey.*images.expand\(-1, 3, -1, -1\)"),
        (noise(1, 4, 8, 8), r"must have 3 channels: take images\[:, :3\]"),
        (noise(1, 2, 8, 8), r"must have 3 channels\.$"),
        (noise(3, 8, 8), r"must be \(N, 3, H, W\): one picture is images.unsqueeze\(0\)"),
        (noise(1, 3, 8, 8).mul(255).byte(), r"\(torch.uint8\).*images.float\(\) / 255"),
        (torch.ones(1, 3, 8, 8, dtype=torch.int64), r"\(torch.int64\) must be floating point"),
        (noise(1, 3, 0, 8), r"\(1, 3, 0, 8\)\) is empty"),
        (noise(0, 3, 8, 8), r"\(0, 3, 8, 8\)\) is empty"),
    ],
)
def test_what_the_network_cannot_read_is_refused_with_the_cure(
    network: FCN, images: Tensor, said: str
) -> None:
    for read in (network, lambda given: predict(network, given)):
        with pytest.raises(ValueError, match=said):
            read(images)


@pytest.mark.parametrize("training", [True, False])
def test_predicting_changes_neither_the_mode_nor_the_weights(training: bool) -> None:
    body = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Dropout(0.5))
    network = FCN(body, 4, 2, 1).train(training)
    body[1].eval()  # a part that was frozen stays so
    before = {name: value.clone() for name, value in network.state_dict().items()}
    first, second = (class_scores(network, noise(1, 3, 9, 9)) for _ in range(2))
    assert torch.equal(first, second), "dropout is off"
    assert [network.training, body[1].training, body[2].training] == [training, False, training]
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_the_mode_comes_back_after_an_error(network: FCN) -> None:
    network.train()
    with pytest.raises(KeyError), in_mode(network, training=False):
        raise KeyError(network.training)
    assert network.training


def test_predicting_keeps_no_way_back(network: FCN) -> None:
    assert not class_scores(network, noise(1, 3, 8, 8)).requires_grad

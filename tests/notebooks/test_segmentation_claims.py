"""What lesson 11 says in words about its network is what comes out of the trained one."""

from __future__ import annotations

import copy
import math
from collections import Counter

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.images import BUNDLED, load_image
from lessons_lib.kernels import seeded_draws
from lessons_lib.segmentation import (
    CLASSES,
    FCN,
    HELD_OUT,
    Scenes,
    bilinear_start,
    class_iou,
    confusion_matrix,
    mean_iou,
    pixel_accuracy,
    predict,
    small_fcn,
    trained_fcn,
)
from lessons_lib.segmentation.look_inside import (
    Way,
    convolutions,
    feature_maps,
    strongest_place,
    ways_back,
)
from lessons_lib.segmentation.meaning import class_correlations, target_maps
from lessons_lib.segmentation.patches import strongest_places

SCENES = 60  # held out, some of those that the lesson takes


@pytest.fixture(scope="module")
def network() -> FCN:
    return trained_fcn()


@pytest.fixture(scope="module")
def scenes() -> tuple[Tensor, Tensor]:
    pairs = [Scenes(SCENES, first=HELD_OUT)[n] for n in range(SCENES)]
    images, labels = (torch.stack(each) for each in zip(*pairs, strict=True))
    return images, labels


@pytest.fixture(scope="module")
def said(network: FCN, scenes: tuple[Tensor, Tensor]) -> Tensor:
    return told(network, scenes[0])


def told(network: FCN, images: Tensor) -> Tensor:
    return torch.cat([predict(network, part) for part in images.split(20)])


# --- sizes and losses -----------------------------------------------------------------------------


def test_a_tent_mixes_four_scores_and_is_darker_outside_of_their_middles() -> None:
    coarse = torch.tensor([[[[1.0, 0.2], [0.2, 0.6]]]])
    with seeded_draws(3):
        layer = torch.nn.ConvTranspose2d(1, 1, 16, padding=4, stride=8, bias=False)
    bilinear_start(layer)
    made = layer(coarse).detach()
    inside = (..., slice(4, 12), slice(4, 12))
    whole = F.interpolate(coarse, scale_factor=8.0, mode="bilinear", align_corners=False)
    torch.testing.assert_close(made[inside], whole[inside])
    assert float(made[0, 0, 0, 0]) < 0.4 * float(whole[0, 0, 0, 0])


def test_a_lead_of_twenty_makes_a_loss_of_exactly_0_and_a_lead_of_ten_does_not() -> None:
    for lead, is_zero in ((20.0, True), (10.0, False)):
        loss = F.cross_entropy(torch.tensor([[lead, 0.0, 0.0]]), torch.tensor([0]))
        assert (float(loss) == 0) == is_zero


def test_the_lazy_answer_has_seven_of_ten_pixels_right_and_a_mean_iou_of_014(
    scenes: tuple[Tensor, Tensor],
) -> None:
    _, labels = scenes
    lazy = confusion_matrix(torch.zeros_like(labels), labels, len(CLASSES))
    assert pixel_accuracy(lazy) == pytest.approx(0.7, abs=0.03)
    assert f"{mean_iou(lazy):.2f}" == "0.14"


# --- what the training has reached ----------------------------------------------------------------


def test_the_shapes_are_about_equally_hard_and_wrong_pixels_are_taken_for_background(
    said: Tensor, scenes: tuple[Tensor, Tensor]
) -> None:
    table = confusion_matrix(said, scenes[1], len(CLASSES))
    shapes = class_iou(table)[1:]
    assert float(shapes.max() - shapes.min()) < 0.1
    assert min(shapes.argsort()[:2].tolist()) + 1 in (2, 3), "ring and square are the lowest"
    wrong = table - table.diag().diag()
    assert int(wrong[1:, 1:].sum()) < 0.05 * int(wrong.sum())


def test_true_shares_of_blocks_reach_little_more_and_the_rest_is_lost_at_outlines(
    said: Tensor, scenes: tuple[Tensor, Tensor]
) -> None:
    _, labels = scenes
    classes = F.one_hot(labels, len(CLASSES)).movedim(-1, 1).float()
    tents = F.interpolate(F.avg_pool2d(classes, 8), scale_factor=8.0, mode="bilinear").argmax(1)
    best, ours = (mean_iou(confusion_matrix(each, labels, len(CLASSES))) for each in (tents, said))
    assert 0 < best - ours < 0.04
    near = F.max_pool2d(classes, 5, stride=1, padding=2).sum(1) > 1
    wrong = said != labels
    assert float(near.float().mean()) < 0.2
    assert float(near[wrong].float().mean()) > 0.7


@pytest.mark.parametrize("name", BUNDLED)
def test_most_of_each_photo_is_background_to_it_and_the_rest_is_several_shapes(
    network: FCN, name: str
) -> None:
    said = predict(network, load_image(name, max_side=256))
    shares = [float((said == number).float().mean()) for number in range(len(CLASSES))]
    assert shares[0] > 0.7
    assert sum(share > 0 for share in shares[1:]) >= 3


# --- the last layer -------------------------------------------------------------------------------


def test_the_tents_are_still_there_and_the_other_stamps_are_weak_and_of_both_signs(
    network: FCN,
) -> None:
    tent, learned = small_fcn().enlarge.weight[0, 0].detach(), network.enlarge.weight.detach()
    own = torch.eye(len(CLASSES), dtype=torch.bool)
    change = learned - small_fcn().enlarge.weight.detach()
    share = change.square().sum((2, 3)).sqrt() / tent.norm()
    assert float(share.max()) < 0.35
    assert float(F.cosine_similarity(learned[own].flatten(1), tent.flatten()[None]).min()) > 0.98
    sums = learned.sum((2, 3))[~own]
    assert 5 < int((sums < 0).sum()) < 15


def test_with_plain_tents_put_back_the_mean_iou_falls_only_a_little(
    network: FCN, said: Tensor, scenes: tuple[Tensor, Tensor]
) -> None:
    images, labels = scenes
    tents_again = copy.deepcopy(network)
    bilinear_start(tents_again.enlarge)
    learned, plain = (
        mean_iou(confusion_matrix(each, labels, len(CLASSES)))
        for each in (said, told(tents_again, images))
    )
    assert 0 < learned - plain < 0.05


# --- inside ---------------------------------------------------------------------------------------


def test_outlines_come_first_then_shapes_and_before_the_training_nothing_is_followed(
    network: FCN, scenes: tuple[Tensor, Tensor]
) -> None:
    images, labels = scenes[0][:20], scenes[1][:20]

    def best(net: FCN) -> list[tuple[float, float]]:
        found = [class_correlations(net.body, images, labels, at) for at in convolutions(net.body)]
        return [(float(each[:, 1:5].max()), float(each[:, 5].max())) for each in found]

    shapes, outlines = zip(*best(network), strict=True)
    assert max(shapes[0], outlines[0]) < 0.25, "the first layer"
    assert min(outlines[1:5]) > 0.3
    assert max(shapes[1:5]) < 0.4 < shapes[5] < shapes[6]
    assert max(max(each) for each in best(small_fcn(seed=0))) < 0.3


def test_many_maps_of_the_last_layer_have_one_shape_in_all_patches_and_untrained_ones_none(
    network: FCN, scenes: tuple[Tensor, Tensor]
) -> None:
    images, labels = scenes

    def of_one_shape(net: FCN) -> int:
        found = strongest_places(net.body, images, convolutions(net.body)[-1])
        count = 0
        for channel in range(found.values.shape[1]):
            order = found.values[:, channel].argsort(descending=True)[:9]
            rows, columns = (8 * each[order, channel] + 4 for each in (found.rows, found.columns))
            middles = labels[order, rows, columns].tolist()
            name, often = Counter(middles).most_common(1)[0]
            count += name > 0 and often == 9
        return count

    assert of_one_shape(network) > 10
    assert of_one_shape(small_fcn(seed=0)) == of_one_shape(small_fcn(seed=3)) == 0


def test_the_way_back_is_as_much_on_outlines_with_random_weights_and_the_gradient_less(
    network: FCN, scenes: tuple[Tensor, Tensor]
) -> None:
    images, labels = scenes
    deep = convolutions(network.body)[-1]
    follows = class_correlations(network.body, images[:20], labels[:20], deep)
    outlines = target_maps(labels[:6], (96, 128))[:, 5]
    rules: tuple[Way, ...] = ("deconvnet", "gradient", "guided")

    def shares(net: FCN) -> dict[Way, float]:
        found: dict[Way, list[float]] = {rule: [] for rule in rules}
        for image, outline in zip(images[:6].split(1), outlines, strict=True):
            maps = feature_maps(network.body, image, deep)[0].detach()
            for number in follows[:, 1:5].argmax(0).tolist():
                place = strongest_place(maps[number])
                for rule, made in ways_back(net.body, image, deep, number, place, rules).items():
                    size = made.detach().abs().sum((0, 1))
                    if size.any():
                        found[rule].append(float((size * outline).sum() / size.sum()))
        return {rule: math.fsum(each) / len(each) for rule, each in found.items()}

    learned, random = shares(network), shares(small_fcn(seed=0))
    assert learned["deconvnet"] == pytest.approx(random["deconvnet"], abs=0.03)
    assert learned["gradient"] > random["gradient"] + 0.03
    assert learned["guided"] > random["guided"] + 0.15


# --- the exercises --------------------------------------------------------------------------------


def test_a_disc_that_is_too_large_is_not_found_whole_in_a_larger_picture_either(
    network: FCN,
) -> None:
    for size in ((96, 128), (192, 256)):
        down, right = (torch.arange(n) - n // 2 for n in size)
        found = {}
        for radius in (10, 20, 40, 46, 60):
            disc = (down[:, None] ** 2 + right**2 <= radius**2).long()
            said = predict(network, disc.float().expand(1, 3, -1, -1))[0]
            found[radius] = float(class_iou(confusion_matrix(said, disc, len(CLASSES)))[1])
        assert found[10] < 0.1
        assert min(found[20], found[40]) > 0.85
        assert 0.4 < found[46] < 0.8
        assert found[60] < 0.4

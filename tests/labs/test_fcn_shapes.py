"""The lab of sizes shows what torch makes of them, layer by layer."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from lessons_lib.geometry import AxisLayer
from lessons_lib.images import Picture
from lessons_lib.kit.layers.network import cost as network_cost
from lessons_lib.kit.result import IllegalSettingError, Result
from lessons_lib.labs import fcn_shapes
from lessons_lib.labs.fcn_shapes import FcnShapesParams, told
from lessons_lib.labs.fcn_shapes.networks import (
    NAMES,
    NoOutputError,
    cost_of,
    shapes_of,
    stages_of,
    timed_network,
)
from lessons_lib.segmentation.network import FCN, fitted, small_fcn
from lessons_lib.segmentation.resnet import resnet18_fcn
from tests.labs.all_labs import written
from tests.labs.test_every_lab import calculated

NOISE = Picture("noise", torch.rand(1, 3, 61, 83, generator=torch.Generator().manual_seed(8)))
both_networks = pytest.mark.parametrize("network", NAMES)


@cache
def true_network(network: str) -> FCN:
    return (resnet18_fcn() if network == "resnet18" else small_fcn()).eval()


def result_of(height: int, width: int, **more: Any) -> Result:
    return fcn_shapes.compute(FcnShapesParams(NOISE, height, width, **more))


def shown(result: Result) -> dict[str, tuple[int, ...]]:
    pane = result.pane("layers")
    shapes = (tuple(map(int, row)) for row in pane.values.tolist())
    return dict(zip(pane.labels, shapes, strict=True))


# ------------------------------------------------------------------------------------- shapes


def test_the_lesson_s_picture_comes_back_in_its_own_size() -> None:
    assert shown(result_of(320, 480)) == {
        "input": (3, 320, 480),
        "conv1": (64, 160, 240),
        "maxpool": (64, 80, 120),
        "layer1": (64, 80, 120),
        "layer2": (128, 40, 60),
        "layer3": (256, 20, 30),
        "layer4": (512, 10, 15),
        "score": (21, 10, 15),
        "enlarge": (21, 320, 480),
    }


def test_the_small_network_halves_three_times() -> None:
    assert shown(result_of(96, 128, network="small")) == {
        "input": (3, 96, 128),
        "conv1": (16, 96, 128),
        "maxpool1": (16, 48, 64),
        "conv2": (32, 48, 64),
        "maxpool2": (32, 24, 32),
        "conv3": (64, 24, 32),
        "maxpool3": (64, 12, 16),
        "conv4–7": (64, 12, 16),
        "score": (5, 12, 16),
        "enlarge": (5, 96, 128),
    }


@both_networks
@pytest.mark.parametrize("size", [(33, 70), (64, 96), (45, 8)])
def test_the_shapes_are_those_of_the_network_with_its_numbers(
    network: str, size: tuple[int, int]
) -> None:
    found: list[tuple[int, ...]] = []
    true = true_network(network)
    parts = [*true.body, true.score, true.enlarge]
    hooks = [
        part.register_forward_hook(lambda *given: found.append(given[2].shape[1:]))
        for part in parts
        if not isinstance(part, nn.BatchNorm2d | nn.ReLU)
    ]
    with torch.inference_mode():
        true(torch.rand(1, 3, *size))
    for hook in hooks:
        hook.remove()
    shapes = shapes_of(network, size)[1:]
    if network == "small":  # four convolutions are drawn as one box
        assert len(set(found[6:10])) == 1
        del found[7:10]
    assert [tuple(shape) for shape in found] == list(shapes)


@both_networks
def test_the_size_formula_says_the_same_as_torch_for_every_size(network: str) -> None:
    for n in range(8, 641, 3):
        shapes = shapes_of(network, (n, 648 - n))
        for stage, before, after in zip(stages_of(network), shapes, shapes[1:], strict=False):
            expected = [stage.resizes.output_size(given) for given in before[1:]]
            assert list(after[1:]) == expected, (n, stage.name)


def test_the_large_network_takes_every_size_and_rounds_up() -> None:
    for n in range(1, 41):
        output = shapes_of("resnet18", (n, 41 - n))[-1]
        assert output == (21, -(-n // 32) * 32, -(-(41 - n) // 32) * 32)


def test_the_small_network_takes_eight_pixels_and_rounds_down() -> None:
    for n in range(1, 41):
        if n < 8:
            with pytest.raises(NoOutputError, match="Output size is too small"):
                shapes_of("small", (n, 40))
        else:
            assert shapes_of("small", (n, 40))[-1] == (5, n // 8 * 8, 40)


# --------------------------------------------------------------------------------------- cost


@both_networks
@pytest.mark.parametrize("size", [(64, 96), (45, 70)])
def test_the_cost_is_what_torch_counts(network: str, size: tuple[int, int]) -> None:
    true = true_network(network)
    cost = cost_of(network, shapes_of(network, size))
    assert cost.weights + cost.biases == sum(each.numel() for each in true.parameters())
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        true(torch.rand(1, 3, *size))
    assert 2 * cost.multiply_adds == counter.get_total_flops()
    assert cost == network_cost(true, size)


@both_networks
def test_what_is_timed_is_the_network_on_a_picture_of_that_size(network: str) -> None:
    result = result_of(50, 70, network=network, fit="pad")
    assert result.layer is not None
    with torch.inference_mode():
        scores = result.layer()
    assert scores.shape[1:] == shown(result)["enlarge"]
    assert parts_of(timed_network(network)) == parts_of(true_network(network))


def parts_of(network: FCN) -> list[tuple[object, ...]]:
    """The kind of each part, and the shapes of its own numbers."""
    return [
        (type(part), *(values.shape for values in part.parameters(recurse=False)))
        for part in network.modules()
    ]


# ------------------------------------------------------------------- what does not fit


@both_networks
@pytest.mark.parametrize("fit", ["pad", "crop"])
@pytest.mark.parametrize("size", [(100, 75), (96, 75), (64, 96), (33, 63)])
def test_the_picture_is_padded_and_cropped_as_the_lesson_s_own_function_does(
    network: str, fit: Any, size: tuple[int, int]
) -> None:
    result = result_of(*size, network=network, fit=fit)
    pane = result.pane("picture")
    image = fcn_shapes.scaled(NOISE, size)
    given = fitted(image[None].float(), 32 if network == "resnet18" else 8, fit)[0]
    assert shown(result)["input"] == tuple(given.shape)
    ((top, left, height, width),) = pane.marked or ((0, 0, *size),)
    inside = pane.values[:, top : top + height, left : left + width]
    if fit == "crop":
        assert torch.equal(inside.float(), given)
        whole = image
    else:
        assert torch.equal(inside, image)
        whole = given.to(torch.uint8)
    assert pane.values.shape == whole.shape
    outside = torch.ones(whole.shape[-2:], dtype=torch.bool)
    outside[top : top + height, left : left + width] = False
    assert torch.equal(pane.values[:, outside], paled(whole)[:, outside])
    assert bool(pane.marked) == bool(outside.any())


def paled(image: Tensor) -> Tensor:
    return (0.3 * image + 0.7 * 255).round().to(torch.uint8)


def test_left_as_it_is_a_picture_lies_within_the_frame_of_its_output() -> None:
    large = result_of(100, 75).pane("picture")
    assert large.values.shape == (3, 128, 96)
    assert large.marked == ((0, 0, 128, 96),)
    assert torch.equal(large.values[:, :100, :75], fcn_shapes.scaled(NOISE, (100, 75)))
    assert large.values[:, 100:].unique().numel() == 1
    small = result_of(100, 75, network="small").pane("picture")
    assert (small.values.shape, small.marked) == ((3, 100, 75), ((0, 0, 96, 72),))
    exact = result_of(64, 96).pane("picture")
    assert (exact.values.shape, exact.marked) == ((3, 64, 96), ())


def test_a_crop_that_leaves_nothing_is_refused_with_a_cure() -> None:
    with pytest.raises(IllegalSettingError, match="a crop leaves nothing") as caught:
        result_of(100, 31, fit="crop")
    assert "shorter than 32" in caught.value.explanation
    assert fcn_shapes.compute(
        replace(FcnShapesParams(NOISE, 100, 31, fit="crop"), **caught.value.nearest)
    )


def test_torch_s_refusal_names_the_layer_that_has_no_room() -> None:
    with pytest.raises(IllegalSettingError, match="Output size is too small") as caught:
        result_of(5, 90, network="small")
    assert caught.value.explanation.startswith("maxpool3 (the largest of 2 × 2, stride 2) gets 1 ×")
    assert "at least 8 pixels" in caught.value.explanation
    assert written(caught.value.code).startswith("nn.Sequential(")
    cured = replace(FcnShapesParams(NOISE, 5, 90, "small"), **caught.value.nearest)
    assert shown(fcn_shapes.compute(cured))["enlarge"] == (5, 8, 96)


# ---------------------------------------------------------------------------------- what is said


@both_networks
@pytest.mark.parametrize("size", [(320, 480), (300, 451), (33, 64)])
def test_a_layer_is_marked_where_its_stride_does_not_divide_what_it_gets(
    network: str, size: tuple[int, int]
) -> None:
    result = result_of(*size, network=network)
    pane = result.pane("layers")
    marked = {layer for _, layer, _, _ in pane.marked}
    shapes = list(shown(result).values())
    for layer, (before, after) in enumerate(pairwise(shapes), start=1):
        stride = stages_of(network)[layer - 1].resizes.stride
        divided = pane.labels[layer] == "enlarge" or before[1:] == (
            after[1] * stride,
            after[2] * stride,
        )
        assert (layer in marked) == (not divided), pane.labels[layer]
        assert ("rounded" in pane.details[layer]) == (layer in marked)
    assert bool(marked) == any(n % (32 if network == "resnet18" else 8) for n in size)


@both_networks
def test_every_formula_comes_to_the_size_that_torch_gives(network: str) -> None:
    result = result_of(300, 451, network=network)
    pane = result.pane("layers")
    for (_, height, width), words in zip(shown(result).values(), pane.details, strict=True):
        for axis, size in (("height", height), ("width", width)):
            found = re.search(rf"{axis} ([^,;]*) = (\d+)", words)
            if found:
                assert calculated(found[1].replace(" / ", "//")) == int(found[2]) == size
            else:
                assert words == "" or words.endswith(": the size stays")


def test_the_formula_is_written_with_the_numbers_of_the_layer() -> None:
    assert told.formula(AxisLayer(3, 2, 1), 19) == "⌊(19 + 2·1 − 3) / 2⌋ + 1 = 10"
    assert told.formula(AxisLayer(2, 2), 7) == "⌊(7 − 2) / 2⌋ + 1 = 3"


def test_the_chain_of_sizes_repeats_none_and_is_one_line_where_both_axes_are_alike() -> None:
    lines = [written(line) for line in result_of(300, 451).formula]
    assert lines == [
        "height 300 → 150 → 75 → 38 → 19 → 10 → 320",
        "width 451 → 226 → 113 → 57 → 29 → 15 → 480",
    ]
    (line,) = result_of(224, 224).formula
    assert written(line) == "height and width 224 → 112 → 56 → 28 → 14 → 7 → 224"


@pytest.mark.parametrize(
    ("size", "more", "end"),
    [
        ((320, 480), {}, "both are multiples of 32, so every pixel gets its scores."),
        ((300, 451), {}, "the output of 320 × 480 has 20 rows and 29 columns too many."),
        (
            (63, 64),
            {},
            "63 is no multiple of 32, and layers round up: the output of 64 × 64 "
            "has 1 row too many.",
        ),
        (
            (100, 150),
            {"network": "small"},
            "the output of 96 × 144 has 4 rows and 6 columns too few.",
        ),
        (
            (33, 33),
            {"fit": "crop"},
            "33 is no multiple of 32, so 1 row and 1 column were cut off and get no scores.",
        ),
        ((64, 65), {"fit": "crop"}, "so 1 column was cut off and gets no scores."),
        ((64, 63), {"fit": "pad"}, "so 1 column was added; its scores are cut off at the end."),
        (
            (300, 451),
            {"fit": "pad"},
            "so 20 rows and 29 columns were added; their scores are cut off at the end.",
        ),
    ],
)
def test_the_sentence_says_what_the_size_means(
    size: tuple[int, int], more: dict[str, Any], end: str
) -> None:
    sentence = result_of(*size, **more).sentence
    assert sentence.startswith(f"A picture of {size[0]} × {size[1]}: ")
    assert sentence.endswith(end)


def test_the_picture_says_what_its_frame_and_its_pale_parts_are() -> None:
    def words(size: tuple[int, int], fit: str = "as_is", network: str = "resnet18") -> list[str]:
        pane = result_of(*size, fit=fit, network=network).pane("picture")
        return [pane.title, *pane.note.split(" · ")]

    scaled = "scaled from 61 × 83"
    assert words((100, 75)) == ["picture within its output", "frame: the output", scaled]
    assert words((100, 75), network="small") == ["picture", "frame: the output", scaled]
    assert words((64, 96)) == ["picture", scaled]
    assert words((100, 75), "pad")[:2] == [
        "padded picture",
        "pale: added, copies of the last row and column",
    ]
    assert words((100, 75), "crop")[:2] == ["picture", "pale: cut off"]
    for fit in ("pad", "crop"):
        assert words((64, 96), fit) == ["picture", scaled], "nothing is added or cut off"
    assert words((61, 83)) == ["picture within its output", "frame: the output"]
    assert words((61, 96))[-1] == scaled, "the width is another one"


def test_the_frame_of_an_output_that_rounds_one_side_only_is_shown() -> None:
    pane = result_of(64, 100).pane("picture")
    assert (pane.values.shape, pane.marked) == ((3, 64, 128), ((0, 0, 64, 128),))
    small = result_of(64, 100, network="small").pane("picture")
    assert (small.values.shape, small.marked) == ((3, 64, 100), ((0, 0, 64, 96),))


def test_the_boxes_are_named_dashed_and_explained_each_for_itself() -> None:
    result = result_of(300, 448)
    pane = result.pane("layers")
    assert pane.note == "to scale; point at a layer; dashed: rounded"
    assert pane.labels[:3] == ("input", "conv1", "maxpool")
    assert pane.details[:3] == (
        "",
        "convolution 7 × 7, stride 2, padding 3: height ⌊(300 + 2·3 − 7) / 2⌋ + 1 = 150, "
        "width ⌊(448 + 2·3 − 7) / 2⌋ + 1 = 224",
        "the largest of 3 × 3, stride 2, padding 1: height ⌊(150 + 2·1 − 3) / 2⌋ + 1 = 75, "
        "width ⌊(224 + 2·1 − 3) / 2⌋ + 1 = 112",
    )
    third = dict(zip(pane.labels, pane.details, strict=True))
    assert third["layer1"] == "4 convolutions 3 × 3, padding 1: the size stays"
    assert third["layer2"].startswith("4 convolutions 3 × 3, padding 1, the first with stride 2: ")
    assert third["layer2"].endswith("; 75 is no multiple of 2: rounded up")
    assert third["enlarge"].startswith("transposed convolution 64 × 64, stride 32, padding 16: ")
    assert third["enlarge"].endswith("width (14 − 1)·32 − 2·16 + 64 = 448")
    assert result_of(320, 480).pane("layers").note == "to scale; point at a layer"
    small = result_of(20, 22, network="small").pane("layers")
    details = dict(zip(small.labels, small.details, strict=True))
    assert details["maxpool1"].startswith("the largest of 2 × 2, stride 2: height ⌊(20 − 2) / 2⌋")
    assert details["maxpool3"].endswith("; 5 is no multiple of 2: rounded down")
    odd = result_of(75, 33).pane("layers").details[1]
    assert odd.endswith("; 75 and 33 are no multiples of 2: rounded up")
    square = result_of(75, 75)
    assert square.pane("layers").details[1].count("height and width ⌊(75 + ") == 1
    assert "75 is no multiple of 32, and layers" in square.sentence


def test_only_axes_that_are_alike_in_every_layer_share_a_chain() -> None:
    assert len(result_of(64, 63).formula) == 2
    (first, *others) = [[term.role for term in line] for line in result_of(64, 96).formula]
    for roles in (first, *others):
        assert (roles[1], roles[-1]) == ("input", "output")
        assert roles.count("input") == roles.count("output") == 1


def test_a_picture_is_made_smaller_by_means() -> None:
    stripes = torch.zeros(1, 3, 64, 256)
    stripes[..., ::2] = 1.0
    values = fcn_shapes.scaled(Picture("stripes", stripes), (64, 64))
    assert int((values[..., 3:-3].int() - 128).abs().max()) < 20


def test_what_is_timed_gives_numbers_and_what_leaves_nothing_names_the_own_multiple() -> None:
    result = result_of(40, 40)
    assert result.layer is not None
    with torch.inference_mode():
        assert result.layer().isfinite().all()
    with pytest.raises(IllegalSettingError, match="a crop leaves nothing") as caught:
        result_of(100, 7, network="small", fit="crop")
    assert "100 × 7 has a side that is shorter than 8" in caught.value.explanation


@both_networks
@pytest.mark.parametrize("fit", ["as_is", "pad", "crop"])
def test_the_code_that_is_copied_runs_and_gives_the_size_that_is_shown(
    network: str, fit: str
) -> None:
    result = result_of(45, 70, network=network, fit=fit)
    done = subprocess.run(
        [sys.executable, "-c", f"{MADE_IMPORTABLE}\n{result.copied}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (
        done.stdout.strip() == f"torch.Size([1, {', '.join(map(str, shown(result)['enlarge']))}])"
    )


MADE_IMPORTABLE = (
    "from lessons_lib.machine.torchvision_cpu import make_torchvision_importable\n"
    "make_torchvision_importable()"
)

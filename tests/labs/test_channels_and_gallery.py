"""Kernels per channel and per seed: what the two labs show is what torch computes."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from torch import nn

from lessons_lib.geometry import count_multiply_adds
from lessons_lib.images import Picture
from lessons_lib.kernels import seeded_layer
from lessons_lib.kit.controls import Presets
from lessons_lib.kit.links import Links
from lessons_lib.kit.result import IllegalSettingError, LabDefinition, Result
from lessons_lib.labs import channels, seed_gallery
from lessons_lib.visualization.colours import signed_range
from tests.labs.all_labs import small_pictures, start, written

MIX = {"red": 0.5, "green": -1.5, "blue": 1.25, "bias": -0.35}


def noise() -> Picture:
    """A picture that is not square and has no symmetry, in any channel."""
    generator = torch.Generator().manual_seed(5)
    return Picture("noise", torch.rand(1, 3, 23, 31, generator=generator))


def shown(lab: LabDefinition, **settings: Any) -> Result:
    return lab.compute(start(lab, noise(), **settings))


def linked(result: Result, output: str) -> dict[str, Links]:
    return {link.source: link for link in result.links if link.output == output}


def close(first: torch.Tensor, second: torch.Tensor) -> None:
    torch.testing.assert_close(first, second, rtol=0, atol=2e-6)


# ------------------------------------------------------------------------------------- channels


def mixed_weight(kernel: str) -> torch.Tensor:
    """The weight of the kernel without the lab's factors, times `MIX`, computed apart."""
    plain = channels.channels_layer(start(channels.LAB, noise(), kernel=kernel)).weight.detach()
    return torch.cat(
        [plain[:, i : i + 1] * MIX[name] for i, name in enumerate(channels.CHANNELS)], dim=1
    )


@pytest.mark.parametrize("kernel", [value for _, value in channels.OPTIONS])
def test_the_output_is_that_of_a_plain_layer(kernel: str) -> None:
    weight = mixed_weight(kernel)
    with torch.random.fork_rng(devices=[]):
        layer = nn.Conv2d(3, 1, tuple(weight.shape[-2:]))  # type: ignore[arg-type]
    layer.load_state_dict({"weight": weight, "bias": torch.tensor([MIX["bias"]])})
    result = shown(channels.LAB, kernel=kernel, **MIX)
    with torch.inference_mode():
        close(result.pane("output").values, layer(noise().image)[0, 0])
    close(result.pane("kernel").values, weight[0])


@pytest.mark.parametrize("kernel", [value for _, value in channels.OPTIONS])
def test_each_result_is_one_channel_under_its_own_kernel_and_they_add_up(kernel: str) -> None:
    result = shown(channels.LAB, kernel=kernel, **MIX)
    weight = mixed_weight(kernel)
    total = torch.full_like(result.pane("output").values, MIX["bias"])
    for index, name in enumerate(channels.CHANNELS):
        part = slice(index, index + 1)
        alone = torch.nn.functional.conv2d(noise().image[:, part], weight[:, part])[0, 0]
        close(result.pane(f"{name}_result").values, alone)
        assert torch.equal(result.pane(name).values, noise().image[0, index])
        total += result.pane(f"{name}_result").values
    close(result.pane("output").values, total)


@pytest.mark.parametrize("kernel", ["random_3x3", "random_3x5", channels.GREY])
def test_the_microscope_sums_to_the_output_at_100_random_pixels(kernel: str) -> None:
    result = shown(channels.LAB, kernel=kernel, **MIX)
    microscope = result.microscope("output")
    assert microscope is not None
    output = result.pane("output").values
    results = [result.pane(f"{name}_result").values for name in channels.CHANNELS]
    chance = random.Random(kernel)
    for _ in range(100):
        row, column = (chance.randrange(n) for n in output.shape)
        probe = microscope.look(row, column)
        assert probe.value == pytest.approx(float(output[row, column]), abs=1e-5)
        for index, each in enumerate(results):
            part = float(probe.part("products").values[index].double().sum())
            assert part == pytest.approx(float(each[row, column]), abs=1e-5)


def test_a_random_kernel_is_that_of_the_other_lessons() -> None:
    result = shown(channels.LAB)
    assert torch.equal(result.pane("kernel").values, seeded_layer(3).weight.detach()[0])


def test_the_grey_kernel_has_exactly_the_weights_of_grey() -> None:
    presets = next(c for c in channels.LAB.controls if isinstance(c, Presets))
    result = shown(channels.LAB, **dict(presets.settings)["1 × 1: grey"])
    assert torch.equal(result.pane("kernel").values.flatten(), torch.tensor([0.299, 0.587, 0.114]))
    assert "0.299·red + 0.587·green + 0.114·blue + 0 of that pixel alone" in result.sentence
    red, green, blue = noise().image[0]
    output = result.pane("output")
    close(output.values, 0.299 * red + 0.587 * green + 0.114 * blue)
    assert (output.table, output.value_range) == ("grey", (0.0, 1.0))


def test_a_mix_with_negative_values_is_no_picture_and_keeps_its_signs() -> None:
    presets = next(c for c in channels.LAB.controls if isinstance(c, Presets))
    result = shown(channels.LAB, **dict(presets.settings)["1 × 1: red minus green"])
    assert float(result.pane("output").values.min()) < 0
    assert result.pane("output").table == "signed"


@pytest.mark.parametrize("size", [(5, 5), (3, 5), (1, 1)])
def test_the_sentence_names_the_size_of_the_kernels_and_the_one_bias(size: tuple[int, int]) -> None:
    text = " × ".join(str(k) for k in size)
    result = shown(channels.LAB, kernel=f"random_{size[0]}x{size[1]}")
    start = (
        f"A {text} kernel for three" if size == (1, 1) else f"One kernel with three parts of {text}"
    )
    assert result.sentence.startswith(start)
    assert result.sentence.endswith("Here: one output channel, one bias.")
    assert written(result.code).startswith("nn.Conv2d(3, 1, kernel_size=")
    assert result.cost is not None
    assert (result.cost.weights, result.cost.biases) == (3 * size[0] * size[1], 1)


def test_the_three_results_share_one_range_of_colours() -> None:
    result = shown(channels.LAB, **MIX)
    panes = [result.pane(f"{name}_result") for name in channels.CHANNELS]
    (common,) = {pane.value_range for pane in panes}
    assert common == signed_range(torch.stack([pane.values for pane in panes]))


def test_the_channels_of_a_picture_are_the_same_tensors_every_time() -> None:
    picture = noise()
    first, second = (
        channels.compute(start(channels.LAB, picture, bias=bias)) for bias in (0.1, 0.2)
    )
    for name in channels.CHANNELS:  # the stage sends them once
        assert first.pane(name).values is second.pane(name).values


@pytest.mark.parametrize("kernel", ["random_3x5", "random_1x1"])
def test_links_lead_to_the_own_channel_and_the_own_weights(kernel: str) -> None:
    result = shown(channels.LAB, kernel=kernel)
    kh, kw = result.pane("kernel").shape[-2:]
    for output, sources, grids in (
        ("output", {"red", "green", "blue"}, [0, 1, 2]),
        ("red_result", {"red"}, [0]),
        ("green_result", {"green"}, [1]),
        ("blue_result", {"blue"}, [2]),
    ):
        found = linked(result, output)
        assert set(found) == sources | {"kernel"}
        for name in sources:
            assert found[name].rows[4].tolist() == list(range(4, 4 + kh))
            assert found[name].columns[6].tolist() == list(range(6, 6 + kw))
        weights = found["kernel"]
        assert weights.channels is not None
        assert weights.channels.tolist() == [grids]
        assert weights.rows[4].tolist() == list(range(kh))
        assert weights.columns[6].tolist() == list(range(kw))


def test_a_1_by_1_convolution_is_a_dense_layer_applied_at_each_pixel() -> None:
    conv = seeded_layer(7, 3, 5, 1)
    assert conv.bias is not None
    with torch.random.fork_rng(devices=[]):
        dense = nn.Linear(3, 5)
    dense.load_state_dict({"weight": conv.weight.detach()[:, :, 0, 0], "bias": conv.bias.detach()})
    with torch.inference_mode():
        pixels = noise().image.permute(0, 2, 3, 1)  # (1, H, W, 3): one row of numbers per pixel
        close(conv(noise().image), dense(pixels).permute(0, 3, 1, 2))
    assert count_multiply_adds(3, 5, 1, (23, 31)) == 23 * 31 * dense.weight.numel()


def test_the_1_by_1_kernel_of_the_lab_is_a_dense_layer_with_its_cost() -> None:
    result = shown(channels.LAB, kernel="random_1x1", **MIX)
    with torch.random.fork_rng(devices=[]):
        dense = nn.Linear(3, 1)
    weight = result.pane("kernel").values.reshape(1, 3)
    dense.load_state_dict({"weight": weight, "bias": torch.tensor([MIX["bias"]])})
    with torch.inference_mode():
        close(result.pane("output").values, dense(noise().image.permute(0, 2, 3, 1))[0, ..., 0])
    assert result.cost is not None
    assert result.cost.weights == dense.weight.numel()
    assert result.cost.multiply_adds == 3 * 23 * 31


# ------------------------------------------------------------------------------------- gallery


def by_torch(seed: int, kernel_size: int = 3) -> torch.Tensor:
    """The recipe of the lessons, by torch alone."""
    with torch.random.fork_rng(devices=[]), torch.inference_mode():
        torch.manual_seed(seed)
        layer = nn.Conv2d(3, 1, kernel_size)
        nn.init.xavier_normal_(layer.weight)
        return layer(noise().image)[0, 0]


@pytest.mark.parametrize("first_seed", [0, 3, 200])
def test_every_pane_of_the_gallery_is_the_layer_of_its_seed(first_seed: int) -> None:
    result = shown(seed_gallery.LAB, first_seed=first_seed)
    assert len(result.panes) == 8
    for index in range(7):
        pane = result.pane(f"seed_{index}")
        assert pane.title == f"seed {first_seed + index}"
        close(pane.values, by_torch(first_seed + index))


@pytest.mark.parametrize("kernel_size", [1, 2, 7])
def test_the_kernels_of_the_gallery_have_the_size_that_is_chosen(kernel_size: int) -> None:
    result = shown(seed_gallery.LAB, kernel_size=kernel_size, first_seed=5)
    for index in range(7):
        close(result.pane(f"seed_{index}").values, by_torch(5 + index, kernel_size))
    assert f"each draws {3 * kernel_size**2} other weights" in result.sentence


def test_seeds_differ_in_every_feature() -> None:
    result = shown(seed_gallery.LAB)
    values = [result.pane(f"seed_{index}").values for index in range(7)]
    for index, first in enumerate(values):
        assert not any(torch.allclose(first, second, atol=1e-3) for second in values[index + 1 :])


def test_relu_sets_negative_answers_to_zero_and_leaves_the_colours() -> None:
    plain, rectified = (shown(seed_gallery.LAB, relu=relu) for relu in (False, True))
    for index in range(7):
        before, after = (each.pane(f"seed_{index}") for each in (plain, rectified))
        assert torch.equal(after.values, before.values.clamp(min=0))
        assert after.value_range == before.value_range
        share = float((before.values > 0).float().mean())
        assert after.note == before.note == f"{share * 100:.1f} % above zero"


def test_the_sentence_names_the_seeds_of_which_relu_leaves_nothing() -> None:
    seeds = range(21, 28)
    shares = {seed: float((by_torch(seed) > 0).float().mean()) for seed in seeds}
    dead = [str(seed) for seed, share in shares.items() if share < seed_gallery.DEAD]
    assert 1 < len(dead) < 7
    sentence = shown(seed_gallery.LAB, first_seed=21, relu=True).sentence
    assert sentence.endswith(f"left of seeds {', '.join(dead[:-1])} and {dead[-1]}.")
    assert "ReLU" not in shown(seed_gallery.LAB, first_seed=21).sentence


def test_ranges_are_each_panes_own_or_one_for_all() -> None:
    own, common = (shown(seed_gallery.LAB, display=each) for each in ("own", "common"))
    for index in range(7):
        pane = own.pane(f"seed_{index}")
        assert pane.value_range == signed_range(pane.values)
    (one,) = {common.pane(f"seed_{index}").value_range for index in range(7)}
    assert one == signed_range(torch.stack([by_torch(seed) for seed in range(3, 10)]))


def test_the_gallery_is_one_layer_with_seven_kernels() -> None:
    result = shown(seed_gallery.LAB)
    assert written(result.code) == "nn.Conv2d(3, 7, kernel_size=3)"
    assert result.cost is not None
    assert (result.cost.weights, result.cost.biases) == (189, 7)
    assert result.cost.multiply_adds == 189 * 21 * 29


def test_every_output_of_the_gallery_is_linked_to_the_photo() -> None:
    result = shown(seed_gallery.LAB)
    assert [link.output for link in result.links] == [f"seed_{index}" for index in range(7)]
    for link in result.links:
        assert (link.source, link.kernel) == ("input", "")
        assert link.rows[5].tolist() == [5, 6, 7]
        assert link.columns[-1].tolist() == [28, 29, 30]


@pytest.mark.parametrize("lab", [channels.LAB, seed_gallery.LAB], ids=lambda lab: lab.name)
def test_a_picture_smaller_than_the_kernel_is_explained(lab: LabDefinition) -> None:
    with pytest.raises(IllegalSettingError):
        lab.compute(start(lab, small_pictures()[-1]))


def test_the_gallery_offers_a_kernel_that_fits_into_the_picture() -> None:
    with pytest.raises(IllegalSettingError) as refused:
        seed_gallery.LAB.compute(start(seed_gallery.LAB, small_pictures()[-1]))
    assert dict(refused.value.nearest) == {"kernel_size": 1}

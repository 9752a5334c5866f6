"""Each kind of convolution equals the plain one built from its weights, and costs what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from lessons_lib.kernels import seeded_draws
from lessons_lib.variants import (
    KINDS,
    DepthwiseConv2d,
    DepthwiseSeparableConv2d,
    FlattenedConv2d,
    GroupedConv2d,
    PointwiseConv2d,
    ShuffledGroupedConv2d,
    SpatiallySeparableConv2d,
    Variant,
    channel_paths,
    channel_shuffle,
    channel_wires,
    multiply_adds_of,
    parts_of,
    plain_equivalent,
    seeded_variant,
    shuffled_order,
    spread_groups,
    weights_of,
)

every_kind = pytest.mark.parametrize("kind", KINDS)
SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"stride": (2, 3)},
    {"padding": (1, 2)},
    {"padding": (2, 1), "stride": (3, 2), "bias": False},
    {"padding": (1, 2), "padding_mode": "reflect"},
    {"padding": (2, 3), "padding_mode": "circular", "stride": (2, 1)},
    {"padding": "same"},
    {"padding": "valid", "stride": (1, 2)},
)
DILATED: tuple[dict[str, Any], ...] = (
    {"dilation": (2, 3)},
    {"dilation": (3, 1), "padding": (2, 4), "stride": (1, 2)},
    {"dilation": (1, 2), "padding": "same"},
)


def made_of_whole_numbers(layer: nn.Module, seed: int = 1) -> nn.Module:
    """Fill a layer with small whole numbers, so that its answers are exact."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in layer.parameters():
        parameter.data = torch.randint(-4, 5, parameter.shape, generator=generator).double()
    return layer


def picture(channels: int, height: int = 11, width: int = 13) -> Tensor:
    generator = torch.Generator().manual_seed(7)
    size = (2, channels, height, width)
    return torch.randint(-9, 10, size, generator=generator).double()


# ------------------------------------------------------------------- equal to the plain convolution


@every_kind
@pytest.mark.parametrize("settings", SETTINGS + DILATED, ids=str)
@pytest.mark.parametrize("kernel_size", [(3, 4), (2, 5)])
def test_a_kind_equals_the_plain_convolution_built_from_its_weights(
    kind: str, settings: dict[str, Any], kernel_size: tuple[int, int]
) -> None:
    if kind == "pointwise" and "dilation" in settings:
        settings = {name: value for name, value in settings.items() if name != "dilation"}
    if settings.get("padding") == "same":
        kernel_size = (kernel_size[0] | 1, kernel_size[1] | 1)  # torch warns of even ones
    layer = made_of_whole_numbers(seeded_variant(kind, 4, 8, kernel_size, groups=2, **settings))
    plain = plain_equivalent(layer)  # type: ignore[arg-type]  # a kind, or plain
    assert type(plain) is nn.Conv2d
    assert plain.groups == 1
    expected_size = (1, 1) if kind == "pointwise" else kernel_size
    assert plain.weight.shape == (8, 4, *expected_size)
    assert torch.equal(layer(picture(4)), plain(picture(4)))


@pytest.mark.parametrize("mid", [1, 2, 5])
def test_any_number_of_channels_may_stand_between_the_two_separable_layers(mid: int) -> None:
    layer = made_of_whole_numbers(
        SpatiallySeparableConv2d(3, 4, (3, 5), stride=(2, 1), padding=(1, 2), mid_channels=mid)
    )
    assert torch.equal(layer(picture(3)), plain_equivalent(layer)(picture(3)))  # type: ignore[arg-type]
    assert weights_of(layer) == mid * (3 * 3 + 4 * 5)


def test_the_plain_convolution_has_weights_of_its_own() -> None:
    for kind in KINDS:
        layer = seeded_variant(kind, 4, 4)
        plain = plain_equivalent(layer)
        before = plain(picture(4).float())
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter.zero_()
        assert torch.equal(plain(picture(4).float()), before), kind


def test_one_channel_in_and_out_is_a_column_times_a_row() -> None:
    layer = SpatiallySeparableConv2d(1, 1, (3, 4))
    column, row = layer.down.weight.flatten(), layer.across.weight.flatten()
    torch.testing.assert_close(layer.plain_weight()[0, 0], torch.outer(column, row))


def test_a_flattened_kernel_is_a_tensor_of_rank_1() -> None:
    weight = FlattenedConv2d(5, 3, (3, 4)).plain_weight().detach()
    for kernel in weight:  # (5, 3, 4): along each of its axes all slices are multiples of one
        for axis in range(3):
            unfolded = kernel.movedim(axis, 0).flatten(1).double()
            values = torch.linalg.svdvals(unfolded)
            assert float(values[1]) < 1e-6 * float(values[0])


def test_a_depthwise_separable_kernel_is_one_picture_for_each_input_channel() -> None:
    weight = DepthwiseSeparableConv2d(3, 6, (3, 4)).plain_weight().detach()
    for channel in weight.transpose(0, 1):  # (6, 3, 4): the same kernel, times a number
        values = torch.linalg.svdvals(channel.flatten(1).double())
        assert float(values[1]) < 1e-6 * float(values[0])


# ---------------------------------------------------------------------------------- what they cost


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("plain", 73_728),
        ("spatially_separable", 128 * 3 * (64 + 128)),
        ("pointwise", 64 * 128),
        ("depthwise", 128 * 9),
        ("depthwise_separable", 8_768),
        ("flattened", 128 * (64 + 3 + 3)),
        ("grouped", 18_432),
        ("shuffled_grouped", 18_432),
    ],
)
def test_64_to_128_channels_cost_so_many_weights(kind: str, count: int) -> None:
    layer = seeded_variant(kind, 64, 128, 3, groups=4, bias=False)
    assert weights_of(layer) == count
    assert sum(each.numel() for each in layer.parameters()) == count


def test_depthwise_separable_costs_one_nth_and_one_ninth() -> None:
    plain, separable = (seeded_variant(k, 64, 128) for k in ("plain", "depthwise_separable"))
    ratio = weights_of(separable) / weights_of(plain)
    assert ratio == pytest.approx(1 / 128 + 1 / 3**2)
    assert round(ratio, 4) == 0.1189
    work = multiply_adds_of((20, 30), separable) / multiply_adds_of((20, 30), plain)
    assert work == pytest.approx(ratio)


@every_kind
@pytest.mark.parametrize(
    "settings", [{}, {"stride": (2, 3), "padding": (1, 2)}, {"padding": "same"}], ids=str
)
def test_torch_counts_the_same_multiply_adds(kind: str, settings: dict[str, Any]) -> None:
    layer = seeded_variant(kind, 4, 8, (3, 5), groups=2, bias=False, **settings)
    with FlopCounterMode(display=False) as counter:
        layer(torch.ones(1, 4, 11, 13))
    assert 2 * multiply_adds_of((11, 13), layer) == counter.get_total_flops()


# ------------------------------------------------------------------------------ who feeds whom


def reached(layer: Callable[[Tensor], Tensor], channels: int) -> Tensor:
    """Which outputs the gradient of which input is not 0 for: bool (out, in)."""
    image = torch.rand(1, channels, 9, 9, requires_grad=True)
    rows = []
    for value in layer(image)[0, :, 2, 2]:
        (gradient,) = torch.autograd.grad(value, image, retain_graph=True)
        rows.append(gradient[0].abs().sum(dim=(1, 2)) > 0)
    return torch.stack(rows)


@every_kind
@pytest.mark.parametrize(("channels", "groups"), [((6, 6), 1), ((6, 12), 3), ((4, 8), 2)])
def test_the_paths_are_those_of_the_gradient(
    kind: str, channels: tuple[int, int], groups: int
) -> None:
    layer = seeded_variant(kind, *channels, 3, groups=groups)
    paths = channel_paths(layer)
    assert paths.dtype == torch.int64
    assert torch.equal(paths > 0, reached(layer, channels[0]))
    through = nn.Sequential(layer, seeded_variant(kind, channels[1], channels[1], groups=groups))
    assert torch.equal(channel_paths(through) > 0, reached(through, channels[0]))


@pytest.mark.parametrize(("kind", "count"), [("grouped", 4), ("shuffled_grouped", 8)])
def test_through_two_layers_of_two_groups_a_channel_reaches_so_many_of_eight(
    kind: str, count: int
) -> None:
    two = [seeded_variant(kind, 8, 8, 3, groups=2) for _ in range(2)]
    assert (channel_paths(*two) > 0).sum(dim=0).tolist() == [count] * 8


def test_a_path_is_counted_each_time() -> None:
    assert channel_paths(nn.Conv2d(2, 5, 1), nn.Conv2d(5, 3, 1)).tolist() == [[5, 5]] * 3
    assert channel_paths(DepthwiseSeparableConv2d(3, 2, 3)).tolist() == [[1, 1, 1]] * 2


def test_the_wires_are_given_part_by_part() -> None:
    layer = ShuffledGroupedConv2d(4, 4, 3, groups=2)
    grouped, shuffle = channel_wires(layer)
    assert grouped.tolist() == [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]]
    assert shuffle.tolist() == [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]
    assert torch.equal(shuffle @ grouped, channel_paths(layer))
    assert [type(part) for part in parts_of(layer)] == [nn.Conv2d, nn.ChannelShuffle]


@pytest.mark.parametrize("groups", [1, 2, 3, 4, 6, 12])
def test_the_shuffle_is_that_of_torch(groups: int) -> None:
    image = picture(12)
    assert torch.equal(channel_shuffle(image, groups), nn.ChannelShuffle(groups)(image))
    assert torch.equal(channel_shuffle(image, groups), image[:, shuffled_order(12, groups)])


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_spread_weights_are_those_of_the_grouped_convolution(groups: int) -> None:
    grouped = made_of_whole_numbers(nn.Conv2d(4, 8, (2, 3), groups=groups, bias=False))
    spread = spread_groups(grouped.weight, groups)  # type: ignore[arg-type]
    assert torch.equal(F.conv2d(picture(4), spread), grouped(picture(4)))


# ------------------------------------------------------------------------------------------ seeds


@every_kind
def test_a_seeded_kind_has_the_weights_of_torch_with_that_seed(kind: str) -> None:
    state = torch.get_rng_state()
    layer = seeded_variant(kind, 4, 8, (3, 5), groups=2, seed=11)
    assert torch.equal(torch.get_rng_state(), state)
    given: dict[str, Any] = {} if kind == "pointwise" else {"kernel_size": (3, 5)}
    if "grouped" in kind:
        given["groups"] = 2
    with torch.random.fork_rng():
        torch.manual_seed(11)
        expected = KINDS[kind](4, 8, **given)
    for name, parameter in expected.named_parameters():
        assert torch.equal(parameter, layer.get_parameter(name)), name


def test_other_layers_and_named_fillings_are_seeded_as_well() -> None:
    def built() -> tuple[Tensor, ...]:
        convolution, dense = nn.Conv3d(2, 3, 2), nn.Linear(4, 5)
        nn.init.xavier_normal_(convolution.weight)
        nn.init.normal_(dense.bias)
        return (*convolution.parameters(), *dense.parameters())

    state = torch.get_rng_state()
    with seeded_draws(4):
        found = built()
    assert torch.equal(torch.get_rng_state(), state)
    with torch.random.fork_rng():
        torch.manual_seed(4)
        expected = built()
    assert all(map(torch.equal, found, expected))


# --------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: GroupedConv2d(6, 8, 3, groups=4), r"`in_channels` \(=6\).*divisible by `groups`"),
        (lambda: GroupedConv2d(8, 6, 3, groups=4), r"`out_channels` \(=6\).*divisible"),
        (lambda: ShuffledGroupedConv2d(9, 9, 3, groups=2), r"`in_channels` \(=9\)"),
        (lambda: GroupedConv2d(8, 8, 3, groups=0), r"`groups` \(=0\) must be at least 1"),
        (lambda: DepthwiseConv2d(4, 6, 3), r"`out_channels` \(=6\) must be a multiple"),
        (lambda: DepthwiseSeparableConv2d(0, 6, 3), r"`in_channels` \(=0\) must be at least 1"),
        (lambda: FlattenedConv2d(3, 6, (3, 0)), r"`kernel_size` \(=\(3, 0\)\)"),
        (lambda: FlattenedConv2d(3, 6, 3, stride=0), r"`stride` \(=0\)"),
        (lambda: FlattenedConv2d(3, 6, 3, padding=-1), r"`padding` \(=-1\)"),
        (lambda: FlattenedConv2d(3, 6, 3, padding="full"), r"`padding` \(='full'\)"),
        (lambda: FlattenedConv2d(3, 6, 3, padding_mode="zero"), r"`padding_mode` \(='zero'\)"),
        (lambda: DepthwiseConv2d(3, 3, 3, stride=2, padding="same"), r"`stride` \(=2\) must be 1"),
        (lambda: SpatiallySeparableConv2d(3, 3, 3, mid_channels=0), r"`mid_channels` \(=0\)"),
        (lambda: PointwiseConv2d(3, 3, stride=(1, 2, 3)), "must hold 2 numbers"),
        (lambda: seeded_variant("dense", 3, 3), r"`kind` \(='dense'\) must be one of plain"),
        (lambda: channel_shuffle(torch.ones(1, 5, 2, 2), 2), r"divisible by `groups`"),
        (lambda: channel_shuffle(torch.ones(5), 1), r"`image` \(shape \(5,\)\)"),
        (lambda: spread_groups(torch.ones(5, 1, 1, 1), 2), r"`out_channels` \(=5\)"),
        (lambda: channel_wires(nn.ChannelShuffle(2)), "must begin with a convolution"),
        (lambda: channel_wires(nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 1)), "gives 4 channels"),
        (lambda: channel_paths(), "at least one convolution"),
    ],
)
def test_numbers_that_do_not_fit_are_refused_with_a_reason(
    call: Callable[[], object], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def test_a_layer_that_mixes_nothing_is_named() -> None:
    with pytest.raises(TypeError, match="holds ReLU"):
        parts_of(nn.Sequential(nn.Conv2d(3, 3, 1), nn.ReLU()))


def test_a_kind_must_say_its_plain_weight() -> None:
    unfinished: type = type("Unfinished", (Variant,), {})
    with pytest.raises(TypeError, match="plain_weight"):
        unfinished(1, 1, 1)


@every_kind
def test_a_border_that_is_a_circle_lets_the_answer_move_with_the_picture(kind: str) -> None:
    padding = 0 if kind == "pointwise" else 1
    layer = seeded_variant(kind, 4, 8, groups=2, padding=padding, padding_mode="circular")
    image = torch.randn(1, 4, 6, 7, generator=torch.Generator().manual_seed(2))
    there = layer(image.roll((2, 3), (-2, -1)))
    assert torch.allclose(there, layer(image).roll((2, 3), (-2, -1)), atol=1e-5)


@every_kind
def test_every_kind_adds_its_bias_once_where_it_is_asked_to(kind: str) -> None:
    for bias in (True, False):
        layer = seeded_variant(kind, 4, 8, groups=2, bias=bias)
        found = [each.numel() for name, each in layer.named_parameters() if "bias" in name]
        assert found == ([8] if bias else [])


def test_the_multiply_adds_of_layers_in_a_row_see_what_dilation_leaves_of_the_picture() -> None:
    layers = nn.Conv2d(2, 3, (3, 2), dilation=(2, 4)), nn.Conv2d(3, 5, (1, 3), dilation=(1, 2))
    with FlopCounterMode(display=False) as counter:
        nn.Sequential(*layers)(torch.zeros(1, 2, 11, 17))
    assert 2 * multiply_adds_of((11, 17), *layers) == counter.get_total_flops()

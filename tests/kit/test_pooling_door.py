"""What the door of poolings says is true of the layer: torch and plain counting are the oracles."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.geometry import pool_source_indices
from lessons_lib.kit.formula import pool_line
from lessons_lib.kit.layers import pooling
from lessons_lib.kit.layers.described import Named
from lessons_lib.kit.result import Cost, IllegalSettingError
from tests.labs.all_labs import coded_layer, written
from tests.labs.test_every_lab import sizes

MAX: dict[int, Any] = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
AVG: dict[int, Any] = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}


def numbers(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-9, 10, shape, generator=generator).float()


def layers(dims: int, count: int) -> list[tuple[Any, Tensor]]:
    """Legal poolings that differ per axis, each with an input of its own."""
    chance = random.Random(dims)

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(chance.randint(low, high) for _ in range(dims))

    found: list[tuple[Any, Tensor]] = []
    while len(found) < count:
        size, k, s = each(5, 12), each(1, 5), each(1, 4)
        p = tuple(chance.randint(0, cells // 2) for cells in k)
        ceil_mode = chance.random() < 0.5
        if chance.random() < 0.5:
            layer = MAX[dims](k, s, p, each(1, 2), ceil_mode=ceil_mode)
        else:
            layer = AVG[dims](k, s, p, ceil_mode, chance.random() < 0.5)
        image = numbers(1, 2, *size, seed=len(found))
        try:
            layer(image)
        except RuntimeError:
            continue
        found.append((layer, image))
    return found


every_axis = pytest.mark.parametrize("dims", [1, 2, 3])


@every_axis
def test_the_output_is_the_layers_own_however_it_is_computed(dims: int) -> None:
    ways = set()
    for layer, image in layers(dims, 80):
        ways.add(pooling._goes_by_halves(layer, image))
        output, places = pooling.run(layer, image)
        assert torch.allclose(output, layer(image), atol=1e-5), layer
        assert (places is None) == pooling.averages(layer)
        if places is not None:
            assert torch.equal(output, layer(image))
            met = places >= 0
            found = image.flatten(2).gather(2, places.clamp(min=0).flatten(2)).view_as(output)
            assert torch.equal(found[met], output[met]), layer
            assert bool(output[~met].isinf().all())
    assert ways == ({True, False} if dims == 2 else {False})


def overlapping(count: int) -> list[tuple[nn.MaxPool2d, tuple[int, int]]]:
    """Max poolings that go by halves, all differing per axis, each with a size that it fits."""
    chance = random.Random(7)

    def pair(low: int, high: int) -> tuple[int, int]:
        return chance.randint(low, high), chance.randint(low, high)

    found: list[tuple[nn.MaxPool2d, tuple[int, int]]] = []
    while len(found) < count:
        size, k, s, d = pair(1, 40), pair(1, 16), pair(1, 4), pair(1, 3)
        p = (chance.randint(0, k[0] // 2), chance.randint(0, k[1] // 2))
        layer = nn.MaxPool2d(k, s, p, d, ceil_mode=chance.random() < 0.5)
        blank = torch.zeros(1, 1, *size)
        if pooling._explained(layer, size) is None and pooling._goes_by_halves(layer, blank):
            found.append((layer, size))
    return found


SPECIAL = {
    "many equal": (-2.0, -1.0, 0.0, 1.0),
    "both zeros": (-0.0, 0.0, -1.0),
    "minus infinity": (-torch.inf, -torch.inf, -torch.inf, -3e38, 1e-45, -1e-45),
    "infinity": (torch.inf, -torch.inf, 2.0),
    "not a number": (torch.nan, -torch.nan, 1.0, -1.0, torch.inf),
}


@pytest.mark.parametrize("kind", SPECIAL)
def test_halves_find_the_numbers_and_places_of_torch(kind: str) -> None:
    values = torch.tensor(SPECIAL[kind])
    generator = torch.Generator().manual_seed(3)
    for layer, size in overlapping(60):
        image = values[torch.randint(0, len(values), (2, 3, *size), generator=generator)]
        k, s, p, d = pooling._per_axis(layer)
        numbers, places = F.max_pool2d(image, k, s, p, d, layer.ceil_mode, return_indices=True)
        output, found = pooling.run(layer, image)
        assert found is not None
        assert torch.allclose(output, numbers, rtol=0, atol=0, equal_nan=True), layer
        windows = [(table >= 0).any(dim=1) for table in pooling._tables(layer, size)]
        meets = windows[0][:, None] & windows[1]
        assert torch.equal(found, torch.where(meets, places, -1)), layer


def test_halves_find_the_places_of_any_layout_and_of_a_picture_that_is_learned() -> None:
    layer, image = nn.MaxPool2d((5, 4), 1), numbers(1, 3, 17, 23)
    expected = F.max_pool2d(image, (5, 4), 1, return_indices=True)
    for each in (image.contiguous(memory_format=torch.channels_last), image.requires_grad_()):
        for ours, theirs in zip(pooling.run(layer, each), expected, strict=True):
            assert ours is not None
            assert torch.equal(ours, theirs)
    pooling.run(layer, image)[0].sum().backward()
    assert image.grad is not None
    assert float(image.grad.sum()) == expected[0].numel()


def test_means_of_overlapping_windows_keep_what_is_not_finite_to_their_windows() -> None:
    image = numbers(1, 2, 12, 15)
    image[0, 0, 3, 4], image[0, 1, 5, 5], image[0, 1, 9, 12] = torch.nan, torch.inf, -torch.inf
    for counts in (True, False):
        layer = nn.AvgPool2d((5, 4), (1, 2), (2, 1), True, counts)
        assert pooling._goes_by_halves(layer, image)
        output, _ = pooling.run(layer, image)
        assert torch.allclose(output, layer(image), atol=1e-6, equal_nan=True)


def test_a_window_put_together_from_halves_is_spread_differently_down_and_across() -> None:
    image = numbers(1, 2, 17, 23)
    layer = nn.MaxPool2d((5, 4), (1, 2), 0, (2, 3))
    assert pooling._goes_by_halves(layer, image)
    expected = F.max_pool2d(image, (5, 4), (1, 2), 0, (2, 3), return_indices=True)
    for ours, theirs in zip(pooling.run(layer, image), expected, strict=True):
        assert ours is not None
        assert torch.equal(ours, theirs)


def test_a_large_window_too_is_divided_by_the_number_that_is_asked_for() -> None:
    layer, image = nn.AvgPool2d(6, 1, divisor_override=5), numbers(1, 2, 9, 11)
    output, _ = pooling.run(layer, image)
    assert torch.equal(output, layer(image))


def test_grids_are_linked_channel_by_channel_and_only_a_photo_has_a_microscope() -> None:
    photo, grids = (
        pooling.described(nn.MaxPool2d(2), numbers(1, 2, 4, 6), grids=each)
        for each in (False, True)
    )
    assert photo.links.channels is None
    assert grids.links.channels is not None
    assert grids.links.channels.tolist() == [[0], [1]]
    signal = pooling.described(nn.MaxPool1d(2), numbers(1, 2, 6))
    volume = pooling.described(nn.MaxPool3d(2), numbers(1, 2, 4, 6, 4))
    assert [len(each.microscopes) for each in (photo, grids, signal, volume)] == [1, 0, 0, 0]


@every_axis
def test_the_line_makes_the_same_layer_and_the_formula_comes_to_its_size(dims: int) -> None:
    for layer, image in layers(dims, 60):
        copied = coded_layer(pooling.line(layer))
        assert torch.equal(copied(image), layer(image)), written(pooling.line(layer))
        size = tuple(image.shape[2:])
        shape = tuple(layer(image).shape[2:])
        assert pooling.output_size(layer, size) == shape
        assert sizes(pooling.formula(layer, size)) == shape


@pytest.mark.parametrize(
    ("layer", "line"),
    [
        (nn.MaxPool2d(2), "nn.MaxPool2d(kernel_size=2)"),
        (nn.MaxPool2d((2, 3)), "nn.MaxPool2d(kernel_size=(2, 3))"),
        (
            nn.MaxPool2d(3, 2, ceil_mode=True),
            "nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)",
        ),
        (nn.MaxPool2d((2, 2), 2), "nn.MaxPool2d(kernel_size=2)"),
        (nn.MaxPool1d(3, 1, 1, 2), "nn.MaxPool1d(kernel_size=3, stride=1, padding=1, dilation=2)"),
        (
            nn.AvgPool2d(3, 1, 1, count_include_pad=False),
            "nn.AvgPool2d(kernel_size=3, stride=1, padding=1, count_include_pad=False)",
        ),
        (nn.AvgPool3d(2, divisor_override=3), "nn.AvgPool3d(kernel_size=2, divisor_override=3)"),
        (nn.AvgPool1d(2), "nn.AvgPool1d(kernel_size=2)"),
    ],
)
def test_the_line_leaves_out_what_torch_assumes(layer: Any, line: str) -> None:
    assert written(pooling.line(layer)) == line


def test_the_terms_of_the_line_have_the_colours_of_their_roles() -> None:
    line = pool_line("MaxPool2d", {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 2})
    roles = {term.text.partition("=")[0]: term.role for term in line if "=" in term.text}
    assert roles == {name: name.removesuffix("_size") for name in roles}
    assert set(roles) == {"kernel_size", "stride", "padding", "dilation"}


def test_the_formula_is_written_with_floor_or_ceil_and_with_the_window_taken_off() -> None:
    def formula(layer: Any, *size: int) -> list[str]:
        return [written(line) for line in pooling.formula(layer, size)]

    assert formula(nn.MaxPool2d(2), 5, 5) == [
        "Hout = Wout = ⌊(5 + 2·0 − 1·(2 − 1) − 1) / 2⌋ + 1 = ⌊1.50⌋ + 1 = 2"
    ]
    assert formula(nn.AvgPool2d(2, ceil_mode=True), 5, 4) == [
        "Hout = ⌈(5 + 2·0 − 2) / 2⌉ + 1 = ⌈1.50⌉ + 1 = 3",
        "Wout = ⌈(4 + 2·0 − 2) / 2⌉ + 1 = 1 + 1 = 2",
    ]
    assert formula(nn.AvgPool1d(2, 2, 1, ceil_mode=True), 3) == [
        "Lout = ⌈(3 + 2·1 − 2) / 2⌉ + 1 − 1 = ⌈1.50⌉ + 1 − 1 = 2"
    ]
    assert formula(nn.AvgPool1d(4, 4, ceil_mode=True), 3) == [
        "Lout = ⌈(3 + 2·0 − 4) / 4⌉ + 1 = ⌈−0.25⌉ + 1 = 1"
    ]


@every_axis
def test_the_cost_is_what_counting_window_by_window_comes_to(dims: int) -> None:
    for layer, image in layers(dims, 25):
        k, s, p, d = pooling._per_axis(layer)
        axes = zip(image.shape[2:], k, s, p, d, strict=True)
        tables = [pool_source_indices(*axis, layer.ceil_mode) for axis in axes]
        steps = 0
        for output in product(*(range(len(table)) for table in tables)):
            met = 1
            for table, index in zip(tables, output, strict=True):
                met *= int((table[index] >= 0).sum())
            steps += met - 1
        expected = max(0, 2 * steps)  # two channels
        cost = pooling.cost(layer, tuple(image.shape[2:]), 2)
        kind = {"additions" if pooling.averages(layer) else "comparisons": expected}
        assert cost == Cost(0, 0, 0, **kind), layer


def test_costs_of_several_layers_add_up_kind_by_kind() -> None:
    total = Cost(27, 1, 90) + Cost(0, 0, 0, comparisons=7) + Cost(0, 0, 0, 0, 5)
    assert total == Cost(27, 1, 90, 7, 5)


def test_links_name_the_cells_of_each_axis_and_keep_the_channels_apart() -> None:
    signal = pooling.links(nn.MaxPool1d(2), (5,), 3)
    assert signal.rows.tolist() == [[0]]
    assert signal.columns.tolist() == [[0, 1], [2, 3]]
    assert signal.channels is not None
    assert signal.channels.tolist() == [[0], [1], [2]]
    photo = pooling.links(nn.AvgPool2d((2, 3), ceil_mode=True), (3, 4))
    assert photo.rows.tolist() == [[0, 1], [2, -2]]
    assert photo.columns.tolist() == [[0, 1, 2], [3, -2, -2]]
    assert photo.channels is None
    assert photo.kernel == ""
    volume = pooling.links(nn.MaxPool3d((2, 1, 1)), (4, 1, 2))
    assert volume.channels is not None
    assert volume.channels.tolist() == [[0, 1], [2, 3]]


def test_winners_are_linked_to_the_cells_that_they_come_from() -> None:
    image = numbers(1, 2, 4, 6)
    values, places = pooling.run(nn.MaxPool2d(2), image)
    assert places is not None
    links = pooling.winner_links(places, (4, 6))
    assert (links.first, links.second, links.strong) == ("output", "input", True)
    assert (links.verb, links.reverse) == ("took its number from", "is the largest for")
    assert torch.equal(image.flatten()[links.cells.flatten()], values.flatten())


def test_readers_turn_a_table_round() -> None:
    for layer, image in layers(1, 30):
        table, size = pooling.links(layer, tuple(image.shape[2:])).columns, image.shape[-1]
        turned = pooling.readers(table, size)
        for cell in range(size):
            expected = [i for i, row in enumerate(table.tolist()) if cell in row]
            assert [each for each in turned[cell].tolist() if each >= 0] == expected


@pytest.mark.parametrize(
    ("layer", "size", "nearest", "said"),
    [
        (nn.MaxPool2d(3, 2, 2), (9, 9), {"ring": 1}, "at most half of the kernel, 3 // 2 = 1"),
        (nn.AvgPool2d(7), (9, 5), {"k": 5, "wide": 5}, "5 pixels wide"),
        (nn.MaxPool1d(3, 1, 0, 9), (9,), {"spread": 4}, "9 samples long"),
        (nn.AvgPool3d(3, 1, 1), (2, 5, 5), {"k": 2, "wide": 2}, "fits into it without its padding"),
    ],
)
def test_a_refusal_holds_torchs_words_the_reason_and_the_labs_own_cure(
    layer: Any, size: tuple[int, ...], nearest: dict[str, int], said: str
) -> None:
    image = torch.zeros(1, 1, *size)
    with pytest.raises(RuntimeError) as torchs:
        layer(image)
    named: Named = {"padding": "ring", "kernel_size": ("k", "wide"), "dilation": "spread"}
    with pytest.raises(IllegalSettingError) as caught:
        pooling.described(layer, image, named)
    assert caught.value.nearest == nearest
    assert said in caught.value.explanation
    assert written(caught.value.code) == written(pooling.line(layer))
    if not isinstance(layer, nn.MaxPool1d):  # asked for the places too, torch has other words
        assert caught.value.message == str(torchs.value)


def test_a_cure_is_taken_with_the_stride_as_it_stands() -> None:
    layer = nn.MaxPool2d((1, 7), (1, 2), ceil_mode=True)  # the stride down is not the kernel's
    with pytest.raises(IllegalSettingError) as caught:
        pooling.run(layer, torch.zeros(1, 1, 2, 5), {"kernel_size": ("k", "wide")})
    k = caught.value.nearest["k"]
    assert k == 2
    assert pooling.run(nn.MaxPool2d(k, (1, 2), ceil_mode=True), torch.zeros(1, 1, 2, 5))


def test_what_the_lessons_do_not_know_is_torchs_own_error() -> None:
    with pytest.raises(RuntimeError, match="not implemented"):
        pooling.run(nn.MaxPool2d(2), torch.zeros(1, 1, 4, 4, dtype=torch.bool))


# ---------------------------------------------------------------------------------------- put back


def test_what_is_put_back_is_torchs_own_unpooling() -> None:
    for k, s, p in ((2, 2, 0), ((2, 3), (2, 3), 0), (3, 2, 1), (3, 1, 1)):
        layer, image = nn.MaxPool2d(k, s, p), numbers(1, 2, 6, 9)
        output, places = pooling.run(layer, image)
        assert places is not None
        back = pooling.unpooled(layer, output, places, (6, 9))
        assert torch.equal(back, nn.MaxUnpool2d(k, s, p)(output, places, output_size=(6, 9)))
        assert pooling.count_found(layer, places, (6, 9)) == len(
            {(c, int(i)) for c in range(2) for i in places[0, c].flatten()}
        )


def test_a_window_of_padding_alone_puts_nothing_back() -> None:
    layer = nn.MaxPool2d((1, 2), 1, (0, 1), (1, 3))
    image = torch.tensor([[[[5.0, 6.0]]]])
    output, places = pooling.run(layer, image)
    assert places is not None
    assert places.tolist() == [[[[-1]]]]
    assert pooling.unpooled(layer, output, places, (1, 2)).tolist() == [[[[0.0, 0.0]]]]
    assert pooling.count_found(layer, places, (1, 2)) == 0
    assert pooling.winner_links(places, (1, 2)).cells.tolist() == [[-1]]
    both = torch.cat([places, places], dim=1)  # of the second channel neither
    assert pooling.winner_links(both, (1, 2)).cells.tolist() == [[-1], [-1]]


def test_windows_that_are_spread_may_find_the_same_cell_though_their_step_is_their_size() -> None:
    layer, image = nn.MaxPool2d(3, 3, 0, 3), numbers(1, 2, 14, 16)
    _, places = pooling.run(layer, image)
    assert places is not None
    found = {(c, int(i)) for c in range(2) for i in places[0, c].flatten()}
    assert pooling.count_found(layer, places, (14, 16)) == len(found) < places.numel()


def test_means_are_spread_over_their_windows_and_averaged_where_these_overlap() -> None:
    for layer, image in layers(2, 40):
        if not pooling.averages(layer):
            continue
        output, _ = pooling.run(layer, image)
        height, width = image.shape[2:]
        back = pooling.unpooled(layer, output, None, (height, width))
        links = pooling.links(layer, (height, width))
        for row, column in product(range(height), range(width)):
            down = [i for i, taps in enumerate(links.rows.tolist()) if row in taps]
            across = [j for j, taps in enumerate(links.columns.tolist()) if column in taps]
            means = output[0][:, down][:, :, across].flatten(1)
            expected = means.mean(dim=1) if down and across else torch.zeros(2)
            assert torch.allclose(back[0, :, row, column], expected, atol=1e-5), layer


def test_spread_means_of_windows_side_by_side_are_the_transposed_pooling_times_the_window() -> None:
    image = numbers(1, 1, 4, 6).requires_grad_()
    layer = nn.AvgPool2d(2)
    output = layer(image)
    (transposed,) = torch.autograd.grad(output, image, output.detach())
    back = pooling.unpooled(layer, output.detach(), None, (4, 6))
    assert torch.allclose(back, 4 * transposed)

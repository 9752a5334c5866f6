"""Sizes, tables and explanations of transposed convolution, checked against torch itself."""

import re
import warnings
from itertools import product
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.geometry import (
    PADDING_MODES,
    conv_output_size,
    conv_transpose_output_size,
    count_multiply_adds,
    count_transposed_multiply_adds,
    count_weights,
    explain_conv_transpose2d,
    output_padding_for,
    overlap_counts,
    source_indices,
    stuffed_indices,
    transposed_source_indices,
    transposed_target_indices,
)

# one axis: kernel_size, stride, padding, output_padding, dilation
AXES = list(product((1, 2, 3, 4), (1, 2, 3), (0, 1, 2, 5), (0, 1, 2), (1, 2, 3)))


def torch_size(n: int, k: int, s: int, p: int, extra: int, d: int) -> int | None:
    """What torch itself makes of an axis, None where it refuses."""
    given, weight = torch.zeros(1, 1, n), torch.zeros(1, 1, k)
    try:
        return F.conv_transpose1d(given, weight, None, s, p, extra, 1, d).shape[-1]
    except RuntimeError:
        return None


# --------------------------------------------------------------------------------------- sizes


def test_the_size_is_torchs_and_what_torch_refuses_is_refused() -> None:
    refused = 0
    for setting in AXES:
        size = torch_size(4, *setting)
        if size is None:
            refused += 1
            with pytest.raises(ValueError, match=r"`output_padding`|`padding`"):
                conv_transpose_output_size(4, *setting)
        else:
            assert conv_transpose_output_size(4, *setting) == size, setting
    assert 0 < refused < len(AXES)


@pytest.mark.parametrize(
    ("name", "values", "sizes"),
    [
        ("stride", (1, 2, 3, 5, 10), (514, 1025, 1536, 2558, 5113)),
        ("padding", (10, 50, 100), (494, 414, 314)),
        ("dilation", (2, 4, 8), (516, 520, 528)),
    ],
)
def test_the_photo_gets_the_sizes_of_the_lesson(name: Any, values: Any, sizes: Any) -> None:
    found = tuple(conv_transpose_output_size(512, 3, **{name: value}) for value in values)
    assert found == sizes


def test_numbers_and_axes_mix_freely() -> None:
    assert conv_transpose_output_size((4, 6), 3) == (6, 8)
    assert conv_transpose_output_size(4, (3, 2), (2, 1)) == (9, 5)
    assert conv_transpose_output_size((4, 6), (2, 3), 3, (1, 0), (0, 2), (2, 1)) == (10, 20)
    assert conv_transpose_output_size((4,), 3) == (6,)
    assert conv_transpose_output_size((2, 3, 4), 2, 2) == (4, 6, 8)


@pytest.mark.parametrize("stride", [1, 2, 3, 4, 8])
def test_a_kernel_of_two_paddings_and_a_stride_multiplies_the_size(stride: int) -> None:
    for padding, n in product((0, 1, 2, 4), (1, 5, 64)):
        kernel_size = 2 * padding + stride
        assert conv_transpose_output_size(n, kernel_size, stride, padding) == n * stride


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ((4, 3, 2, 0, 2), r"`output_padding` \(=2\) must be smaller .* \(=2\) .* \(=1\): use at m"),
        ((4, 3, 1, 3), r"`padding` \(=3\) crops both ends of a painting of 6 .* use at most 2"),
        ((1, 1, 1, 1), r"crops both ends of a painting of 1 pixel and must leave at least one"),
        ((0, 3), r"`input_size` \(=0\) must be at least 1"),
        ((4, 3, 1, -1), r"`padding` \(=-1\) must be at least 0"),
        (((4, 5), 3, (1, 2, 3)), r"`stride` .* must hold 2 numbers"),
    ],
)
def test_a_size_that_cannot_be_is_refused_by_name(setting: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        conv_transpose_output_size(*setting)


# ------------------------------------------------------------------------------ output_padding


def round_trip_sizes(n: int, k: int, s: int, p: int, d: int) -> tuple[int, int]:
    """A convolution and back with the same setting: (size between, size at the end)."""
    between = conv_output_size(n, k, s, p, d)
    return between, conv_transpose_output_size(between, k, s, p, 0, d)


def test_output_padding_brings_the_photo_back_to_its_size() -> None:
    strides = (1, 2, 3, 5, 10)
    trips = [round_trip_sizes(512, 3, s, 0, 1) for s in strides]
    assert [end for _, end in trips] == [512, 511, 510, 508, 503]
    extras = [
        output_padding_for(512, between, 3, s)
        for s, (between, _) in zip(strides, trips, strict=True)
    ]
    assert extras == [0, 1, 2, 4, 9]


def test_some_output_padding_leads_back_from_every_convolution() -> None:
    for n, k, s, p, d in product(range(5, 18), (1, 2, 3), (1, 2, 3, 4), (0, 1, 3), (1, 2)):
        between = conv_output_size(n, k, s, p, d)
        extra = output_padding_for(n, between, k, s, p, d)
        assert extra is not None
        assert torch_size(between, k, s, p, extra, d) == n


def test_where_no_output_padding_helps_none_is_found() -> None:
    assert output_padding_for(8, 4, 3, stride=2) is None  # 9 is already more
    assert output_padding_for(11, 4, 3, stride=2) is None  # 2 would be the stride
    assert output_padding_for(10, 4, 3, stride=2) == 1
    assert output_padding_for((9, 10), (4, 4), 3, 2) == (0, 1)
    assert output_padding_for((9, 11), (4, 4), 3, 2) is None
    assert output_padding_for((9,), (4,), 3, 2) == (0,)
    with pytest.raises(ValueError, match=r"`wanted_size` \(=0\) must be at least 1"):
        output_padding_for(0, 4, 3)


def test_the_same_setting_returns_the_size_for_some_inputs_only() -> None:
    assert round_trip_sizes(16, 5, 3, 2, 1)[1] == 16  # Conv2d(10, 20, 5, padding=2, stride=3)
    returned = [n for n in range(10, 41) if round_trip_sizes(n, 5, 3, 2, 1)[1] == n]
    assert len(range(10, 41)) - len(returned) == 20
    assert returned == list(range(10, 41, 3))


def test_145_of_336_settings_bring_the_photo_back() -> None:
    settings = list(product(range(1, 8), range(1, 5), range(4), range(1, 4)))
    assert len(settings) == 336
    assert sum(round_trip_sizes(512, *setting)[1] == 512 for setting in settings) == 145


@pytest.mark.parametrize("name", ["padding", "dilation"])
def test_padding_and_dilation_in_both_layers_return_the_size(name: str) -> None:
    for value in {"padding": (1, 5, 50, 100), "dilation": (2, 4, 8)}[name]:
        setting = {"p": 0, "d": 1, name[0]: value}
        assert round_trip_sizes(512, 3, 1, **setting)[1] == 512


# --------------------------------------------------------------------------- who paints where


def matrix_from(source: Tensor, inputs: int) -> Tensor:
    """A table (output, tap) -> input as numbers: (output, input), taps 1..k as the weights."""
    matrix = torch.zeros(len(source), inputs, dtype=torch.int64)
    for o, t in product(*map(range, source.shape)):
        if source[o, t] >= 0:
            matrix[o, source[o, t]] += t + 1
    return matrix


def test_the_tables_are_those_of_torchs_transposed_convolution() -> None:
    n = 4
    for setting in AXES:
        size = torch_size(n, *setting)
        if size is None:
            continue
        k, s, p, extra, d = setting
        weight = torch.arange(1.0, k + 1).view(1, 1, k)
        each = torch.eye(n).view(n, 1, n)  # one pixel alone at a time
        expected = F.conv_transpose1d(each, weight, None, s, p, extra, 1, d)[:, 0].T.long()
        source = transposed_source_indices(n, *setting)
        assert torch.equal(matrix_from(source, n), expected), setting

        target = transposed_target_indices(n, *setting)
        assert target.shape == (n, k)
        landed = {(int(target[i, t]), t, i) for i, t in product(range(n), range(k))}
        brought = {(o, t, int(source[o, t])) for o, t in product(range(size), range(k))}
        assert {x for x in landed if x[0] >= 0} == {x for x in brought if x[2] >= 0}, setting

        laid = stuffed_indices(n, *setting)  # the turned kernel slides over these
        assert torch.equal(laid.unfold(0, d * (k - 1) + 1, 1)[:, ::d].flip(1), source), setting

        ones = F.conv_transpose1d(
            torch.ones(1, 1, n), torch.ones(1, 1, k), None, *setting[1:4], 1, d
        )
        assert torch.equal(overlap_counts(n, *setting), ones.view(-1).long()), setting


def test_the_table_is_the_one_of_the_convolution_read_the_other_way() -> None:
    for n, k, s, p, d in product((6, 9), (1, 3), (1, 2, 3), (0, 1), (1, 2)):
        read = source_indices(n, k, s, p, d)  # (output, tap) -> input
        extra = output_padding_for(n, len(read), k, s, p, d)
        assert extra is not None
        assert torch.equal(transposed_target_indices(len(read), k, s, p, extra, d), read)


def test_stuffing_crops_pixels_where_padding_is_beyond_the_kernel() -> None:
    assert stuffed_indices(3, kernel_size=3, stride=2).tolist() == [-1, -1, 0, -1, 1, -1, 2, -1, -1]
    assert stuffed_indices(3, 3, 2, 1, 1).tolist() == [-1, 0, -1, 1, -1, 2, -1, -1]
    assert stuffed_indices(5, kernel_size=1, padding=2).tolist() == [2]


@pytest.mark.parametrize(
    ("kernel_size", "stride", "counts"),
    [(3, 2, [1, 2, 4]), (4, 2, [4]), (5, 3, [1, 2, 4]), (6, 3, [4])],
)
def test_stamps_overlap_evenly_where_the_stride_divides_the_kernel(
    kernel_size: int, stride: int, counts: list[int]
) -> None:
    inside = overlap_counts(20, kernel_size, stride)[kernel_size:-kernel_size]
    assert torch.outer(inside, inside).unique().tolist() == counts


def test_the_last_rows_at_stride_ten_get_no_stamp() -> None:
    counts = overlap_counts(51, kernel_size=3, stride=10, output_padding=9)
    assert len(counts) == 512
    assert not counts[503:].any()
    assert counts[502] == 1


def test_an_axis_that_cannot_be_is_refused_by_name() -> None:
    for table in (transposed_source_indices, transposed_target_indices, stuffed_indices):
        with pytest.raises(ValueError, match=r"`output_padding` \(=2\)"):
            table(4, 3, 2, 0, 2)
        with pytest.raises(ValueError, match=r"`stride` \(=0\)"):
            table(4, 3, 0)


@pytest.mark.parametrize(
    ("stride", "error", "message"),
    [
        ((1, 2), ValueError, "must hold 1 number, one per axis, but holds 2: there is one axis"),
        (2.5, TypeError, r"`stride` \(=2.5\) must be a whole number: give"),
    ],
)
def test_a_single_axis_is_not_spoken_of_as_several(
    stride: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        conv_transpose_output_size((4,), 3, stride)


# ---------------------------------------------------------------------------------------- cost


@pytest.mark.parametrize("groups", [1, 2])
def test_the_weights_are_counted_as_those_of_a_convolution(groups: int) -> None:
    layer = nn.ConvTranspose2d(4, 6, (2, 3), groups=groups)
    held = sum(parameter.numel() for parameter in layer.parameters())
    assert count_weights(4, 6, (2, 3), groups) == held


@pytest.mark.parametrize("groups", [1, 2])
def test_each_tap_of_each_stamp_is_one_multiplication(groups: int) -> None:
    counted = count_transposed_multiply_adds(4, 6, (2, 3), (5, 7), groups)
    # with ones everywhere a sum counts its summands
    input, weight = torch.ones(1, 4, 5, 7), torch.ones(4, 6 // groups, 2, 3)
    assert F.conv_transpose2d(input, weight, None, 2, groups=groups).sum() == counted
    # there and back cost the same
    assert counted == count_multiply_adds(6, 4, (2, 3), (5, 7), groups)
    assert count_transposed_multiply_adds(3, 1, 3, 512) == 512 * 512 * 27
    with pytest.raises(ValueError, match=r"`in_channels` \(=4\) must be divisible by `groups`"):
        count_transposed_multiply_adds(4, 6, 3, 5, groups=3)
    with pytest.raises(ValueError, match=r"`input_size` \(=\(5, 0\)\) must be at least 1"):
        count_transposed_multiply_adds(4, 6, 3, (5, 0))


# ---------------------------------------------------------------------------- illegal settings


def torch_accepts(input_size: tuple[int, int], setting: dict[str, Any]) -> bool:
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.filterwarnings("ignore", "Initializing zero-element tensors")
            nn.ConvTranspose2d(1, 1, **setting)(torch.zeros(1, 1, *input_size))
    except (RuntimeError, ValueError):
        return False
    return True


SWEEP: list[dict[str, Any]] = [
    {"kernel_size": k, "stride": s, "padding": p, "output_padding": e, "dilation": d}
    for k, s, p, e, d in product(
        (1, 3, (2, 4)), (1, 2, (1, 3)), (0, 2, 4, (1, 9)), (0, 1, (2, 0), 3), (1, 2, (3, 1))
    )
]


def test_an_explanation_is_given_exactly_when_torch_refuses() -> None:
    refused = 0
    for setting in SWEEP:
        legal = torch_accepts((3, 4), setting)
        refused += not legal
        assert (explain_conv_transpose2d((3, 4), **setting) is None) == legal, setting
    assert 0 < refused < len(SWEEP)


def test_the_nearest_setting_is_legal_and_one_step_back_is_not() -> None:
    for setting in SWEEP:
        problem = explain_conv_transpose2d((3, 4), **setting)
        if problem is None:
            continue
        cured = {**setting, **problem.nearest}
        assert torch_accepts((3, 4), cured), (setting, problem)
        for name, value in problem.nearest.items():
            assert not torch_accepts((3, 4), {**cured, name: value + 1}), (setting, problem)


@pytest.mark.parametrize("name", ["kernel_size", "stride", "padding", "output_padding", "dilation"])
def test_a_value_that_is_too_small_is_explained_too(name: str) -> None:
    smallest = 0 if "padding" in name else 1
    setting: dict[str, Any] = {"kernel_size": 3, name: smallest - 1}
    assert not torch_accepts((8, 9), setting)
    problem = explain_conv_transpose2d((8, 9), **setting)
    assert problem is not None
    assert problem.nearest == {name: smallest}
    assert f"{name}={smallest - 1}" in problem.explanation


@pytest.mark.parametrize(
    ("setting", "nearest", "words"),
    [
        ({"stride": 2, "output_padding": 2}, {"output_padding": 1}, "must be smaller than the str"),
        ({"output_padding": 1}, {"output_padding": 0}, "(here 1)"),
        ({"output_padding": 5, "dilation": 4}, {"output_padding": 3}, "the dilation (here 4)"),
        ({"padding": 60}, {"padding": 50}, "102 pixels high, and padding 60 crops 60 from each"),
        ({"padding": (0, 160)}, {"padding": 50}, "202 pixels wide"),
        (
            {"padding": 60, "output_padding": 7, "stride": 1},
            {"padding": 50, "output_padding": 0},
            "102 - 2 * 60 = -18 would be left",
        ),
        ({"stride": 0, "padding": -1}, {"stride": 1, "padding": 0}, "crops and cannot add cells"),
    ],
)
def test_the_settings_that_a_learner_meets_are_explained(
    setting: dict[str, Any], nearest: dict[str, int], words: str
) -> None:
    assert not torch_accepts((100, 200), {"kernel_size": 3, **setting})
    problem = explain_conv_transpose2d((100, 200), **{"kernel_size": 3, **setting})
    assert problem is not None
    assert problem.nearest == nearest
    assert words in problem.explanation


def sizes_with_the_output(size: int, k: int, s: int, d: int) -> list[int]:
    """All that torch's convolution makes into one size."""
    found = []
    for n in range(d * (k - 1) + 1, 60):
        given, weight = torch.zeros(1, 1, n), torch.zeros(1, 1, k)
        if F.conv1d(given, weight, None, s, 0, d).shape[-1] == size:
            found.append(n)
    return found


@pytest.mark.parametrize(("s", "d"), list(product((1, 2, 3, 4), (1, 2, 3, 5))))
def test_what_is_said_of_output_padding_holds_for_every_stride_and_dilation(s: int, d: int) -> None:
    problem = explain_conv_transpose2d((4, 4), 3, s, output_padding=max(s, d), dilation=d)
    assert problem is not None
    words = problem.explanation
    wanted = sizes_with_the_output(4, 3, s, d)
    assert [torch_size(4, 3, s, 0, extra, d) for extra in range(s)] == wanted
    assert len(wanted) == s
    assert ("there is only one" if s == 1 else f"there are {s},") in words
    few = {1: ", and 0 picks it.", 2: "and 0 and 1 pick them."}
    assert few.get(s, f"and 0 to {s - 1} pick them.") in words
    accepted = [extra for extra in range(9) if torch_size(4, 3, s, 0, extra, d) is not None]
    assert (f"torch takes up to {accepted[-1]} " in words) == (accepted[-1] >= s)


def test_what_is_left_is_counted_as_torch_counts_it() -> None:
    told = set()
    for setting in SWEEP:
        problem = explain_conv_transpose2d((1, 2), **setting)
        found = problem and re.search(
            r"(The stamps.*) make a picture (\d+) (pixels?) (high|wide), .* would be left",
            problem.explanation,
        )
        if not problem or not found:
            continue
        axis = ("high", "wide").index(found[4])
        layer = nn.ConvTranspose2d(1, 1, **{**setting, **problem.nearest, "padding": 0})
        painted = layer(torch.zeros(1, 1, 1, 2)).shape[2 + axis]
        assert found[2] == str(painted), setting
        assert found[3] == ("pixel" if painted == 1 else "pixels")
        assert ("output_padding" in found[1]) == bool(layer.output_padding[axis])
        told.add(found[3])
    assert told == {"pixel", "pixels"}


@pytest.mark.parametrize("padding_mode", sorted({*PADDING_MODES} - {"zeros"}))
def test_torch_allows_no_padding_mode_and_the_reason_is_given(padding_mode: Any) -> None:
    with pytest.raises(ValueError, match='Only "zeros" padding mode is supported'):
        nn.ConvTranspose2d(1, 1, 3, padding_mode=padding_mode)
    problem = explain_conv_transpose2d((8, 9), 3, padding=1, padding_mode=padding_mode)
    assert problem is not None
    assert problem.nearest == {"padding_mode": "zeros"}
    assert f"back from a convolution with padding_mode='{padding_mode}'" in problem.explanation


@pytest.mark.parametrize(
    ("padding_mode", "pixel", "words"),
    [
        ("reflect", 1, "to the inside, mirrored at the edge"),
        ("replicate", 0, "to the pixels at the edge"),
        ("circular", 4, "to the inside, from the opposite edge on"),
    ],
)
def test_the_crop_is_said_to_go_where_torchs_gradient_sends_it(
    padding_mode: str, pixel: int, words: str
) -> None:
    row = torch.zeros(1, 1, 5, requires_grad=True)
    before_the_edge = F.pad(row, (2, 2), padding_mode)[0, 0, 1]
    (gradient,) = torch.autograd.grad(before_the_edge, row)
    assert gradient.nonzero()[:, -1].tolist() == [pixel]
    problem = explain_conv_transpose2d((8, 9), 3, padding=1, padding_mode=padding_mode)
    assert problem is not None
    assert f"would add what is cropped {words}; torch does not offer that." in problem.explanation


def test_all_that_is_wrong_is_told_at_once() -> None:
    problem = explain_conv_transpose2d((8, 9), 3, 2, 0, 5, padding_mode="reflect")
    assert problem is not None
    assert problem.nearest == {"padding_mode": "zeros", "output_padding": 1}
    assert "'reflect'" in problem.explanation
    assert "output_padding=5" in problem.explanation


def test_words_that_torch_does_not_know_are_refused_at_the_door() -> None:
    with pytest.raises(ValueError, match="`padding_mode`"):
        explain_conv_transpose2d((5, 5), 3, padding_mode="mirror")
    with pytest.raises(TypeError, match="`padding`"):
        explain_conv_transpose2d((5, 5), 3, padding="same")  # type: ignore[arg-type]

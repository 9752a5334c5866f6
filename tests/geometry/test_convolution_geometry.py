"""The tables that every lab looks things up in, checked against torch itself."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.geometry import (
    PADDING_MODES,
    AxisLayer,
    conv_output_size,
    conv_transpose_output_size,
    count_multiply_adds,
    count_weights,
    effective_kernel_size,
    explain_conv,
    explain_conv2d,
    explain_pool,
    padded_indices,
    pool_output_size,
    read_mask,
    receptive_field,
    receptive_field_counts,
    receptive_steps,
    same_padding,
    source_indices,
    unread_fraction,
    usage_counts,
)
from lessons_lib.geometry.arguments import to_seed, to_tuple, to_whole

# torch says so itself whenever 'same' meets an even kernel; the lessons show that sentence
even_same = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


def torch_pad(image: Tensor, sides: tuple[int, ...], padding_mode: str) -> Tensor:
    return F.pad(image, sides, "constant" if padding_mode == "zeros" else padding_mode)


# ------------------------------------------------------------------------------------ the door


def test_one_number_stands_for_all_axes() -> None:
    assert to_tuple(3, 2, "kernel_size", 1) == (3, 3)
    assert to_tuple([3, 5], 2, "kernel_size", 1) == (3, 5)


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8])
def test_a_whole_number_of_numpy_is_one_and_leaves_as_one_of_python(kind: Any) -> None:
    numbers = (*to_tuple((kind(3), kind(5)), 2, "kernel_size", 1), to_whole(kind(7), "size", 1))
    assert numbers == (3, 5, 7)
    assert {type(n) for n in numbers} == {int}


@pytest.mark.parametrize(
    "value", [True, 1.0, "3", None, (1, 2.0), (True, 1), np.float64(1), np.bool_(1), np.arange(2)]
)
def test_what_is_no_whole_number_is_refused_by_name(value: Any) -> None:
    with pytest.raises(TypeError, match=r"`stride` \(=.*must be a whole number"):
        to_tuple(value, 2, "stride", 1)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((1, 2, 3), r"`stride` \(=\(1, 2, 3\)\) must hold 2 numbers"),
        ((), r"`stride` \(=\(\)\) must hold 2 numbers"),
        (0, r"`stride` \(=0\) must be at least 1: raise it"),
        ((2, -1), r"`stride` \(=\(2, -1\)\) must be at least 1 on every axis"),
        (2**63, r"`stride` \(=9223372036854775808\) must fit into 64 bits"),
    ],
)
def test_a_wrong_count_or_a_too_small_number_is_refused_by_name(value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        to_tuple(value, 2, "stride", 1)


@pytest.mark.parametrize("value", [True, 2.0, "2", None, (2,), np.float32(2), np.arange(1)])
def test_a_single_number_is_a_whole_one_and_no_sequence(value: Any) -> None:
    with pytest.raises(TypeError, match=r"`groups` \(=.*must be a whole number"):
        to_whole(value, "groups", 1)


@pytest.mark.parametrize(("value", "message"), [(0, "at least 1: give 1"), (9, "at most 8: give")])
def test_a_single_number_keeps_its_bounds(value: int, message: str) -> None:
    with pytest.raises(ValueError, match=rf"`groups` \(={value}\) must be {message}"):
        to_whole(value, "groups", 1, 8)


def test_a_seed_may_have_all_of_its_64_bits() -> None:
    assert [to_seed(seed) for seed in (-(2**63), 2**64 - 1)] == [-(2**63), 2**64 - 1]
    with pytest.raises(ValueError, match=r"`seed` \(=18446744073709551616\) must be at most"):
        to_seed(2**64)


# --------------------------------------------------------------------------------------- sizes


@pytest.mark.parametrize(
    ("setting", "sizes"),
    [
        (
            {"stride": [1, 2, 3, 4, 5, 8, 10, 15, 20]},
            [510, 255, 170, 128, 102, 64, 51, 34, 26],
        ),
        ({"padding": [1, 100, 511, 512]}, [512, 710, 1532, 1534]),
        (
            {"dilation": [1, 2, 4, 8, 16, 32, 64, 128, 200, 255]},
            [510, 508, 504, 496, 480, 448, 384, 256, 112, 2],
        ),
    ],
)
def test_the_photo_has_the_sizes_of_the_lessons(setting: dict[str, Any], sizes: list[int]) -> None:
    ((name, values),) = setting.items()
    assert [conv_output_size(512, 3, **{name: value}) for value in values] == sizes


@pytest.mark.parametrize("kernel_size", [(3, 2), (1, 4)])
@pytest.mark.parametrize("stride", [1, (2, 3)])
@pytest.mark.parametrize("padding", [0, (2, 1), "valid"])
@pytest.mark.parametrize("dilation", [1, (3, 2)])
def test_output_size_is_torchs(kernel_size: Any, stride: Any, padding: Any, dilation: Any) -> None:
    weight = torch.ones(1, 1, *kernel_size)
    expected = F.conv2d(torch.ones(1, 1, 9, 13), weight, None, stride, padding, dilation)
    size = conv_output_size((9, 13), kernel_size, stride, padding, dilation)
    assert size == tuple(expected.shape[2:])


def test_whole_numbers_give_a_whole_number_and_any_pair_gives_a_pair() -> None:
    assert conv_output_size(8, 3) == 6
    assert conv_output_size((8, 9), 3) == (6, 7)
    assert conv_output_size(8, (3, 5), stride=(3, 4)) == (2, 1)
    assert conv_output_size((4, 8, 9), (2, 3, 3)) == (3, 6, 7)


def test_same_gives_the_input_size_back() -> None:
    assert conv_output_size((8, 9), (4, 3), padding="same", dilation=(3, 2)) == (8, 9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dilation": 256}, r"`kernel_size` \(=3\) with `dilation` \(=256\) spans 513 pixels"),
        ({"padding": "same", "stride": 2}, r"`stride` \(=2\) must be 1 with padding='same'"),
        ({"padding": "same", "stride": (1, 2)}, r"`stride` \(=2\) must be 1 with padding='same'"),
        ({"padding": "full"}, r"`padding` \(='full'\) must be a whole number, 'valid' or 'same'"),
        ({"padding": -1}, r"`padding` \(=-1\) must be at least 0"),
        ({"stride": 0}, r"`stride` \(=0\) must be at least 1"),
        ({"dilation": (1, 2, 3)}, r"`dilation` \(=\(1, 2, 3\)\) must hold 2 numbers"),
    ],
)
def test_a_setting_without_output_is_refused_with_its_reason(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        conv_output_size((512, 512), 3, **arguments)


def test_a_stride_need_not_divide_evenly() -> None:
    assert conv_output_size(512, 3, 5) == 102
    assert source_indices(512, 3, 5).max() == 507  # 508 to 511 are left over


@pytest.mark.parametrize(("k", "d", "span"), [(1, 7, 1), (3, 1, 3), (3, 4, 9), (4, 3, 10)])
def test_a_dilated_kernel_spans_its_taps_and_the_gaps(k: int, d: int, span: int) -> None:
    assert effective_kernel_size(k, d) == span


def test_same_puts_the_smaller_half_before() -> None:
    assert [same_padding(k) for k in (1, 2, 3, 4, 5)] == [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2)]
    assert same_padding(4, 3) == (4, 5)
    assert same_padding(4, 2) == (3, 3)


# ------------------------------------------------------------------------------ source indices


@pytest.mark.parametrize("padding_mode", PADDING_MODES)
@pytest.mark.parametrize("sides", [(0, 0), (1, 1), (2, 3), (4, 0), (0, 4)])
def test_every_padded_cell_copies_what_torch_copies(
    sides: tuple[int, int], padding_mode: str
) -> None:
    pixels = torch.arange(1.0, 6.0).view(1, 1, 5)  # 0 is left for the padding
    expected = torch_pad(pixels, sides, padding_mode).flatten().long() - 1
    assert padded_indices(5, sides, padding_mode).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("padding_mode", "shown"),
    [
        ("zeros", "00123400"),
        ("reflect", "32123432"),
        ("replicate", "11123444"),
        ("circular", "34123412"),
    ],
)
def test_the_pictures_in_the_docstring_are_true(padding_mode: str, shown: str) -> None:
    indices = padded_indices(4, 2, padding_mode)
    assert "".join(str(i + 1) for i in indices.tolist()) == shown
    assert indices.dtype == torch.int64
    line = f"1234 -> {shown[:2]}|1234|{shown[-2:]}"
    assert line in (padded_indices.__doc__ or "")


def test_reflect_refuses_padding_as_large_as_the_image() -> None:
    assert len(padded_indices(512, 511, "reflect")) == 1534
    with pytest.raises(ValueError, match=r"`padding` \(=512\) must be < the size \(=512\)"):
        padded_indices(512, 512, "reflect")


def test_circular_refuses_padding_larger_than_the_image() -> None:
    assert len(padded_indices(512, 512, "circular")) == 1536
    with pytest.raises(ValueError, match=r"`padding` \(=513\) must be <= the size \(=512\)"):
        padded_indices(512, (0, 513), "circular")


def test_zeros_and_replicate_have_no_limit() -> None:
    assert padded_indices(2, 9).tolist() == [-1] * 9 + [0, 1] + [-1] * 9
    assert padded_indices(2, 9, "replicate").tolist() == [0] * 10 + [1] * 10


def test_an_unknown_mode_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"`padding_mode` \(='mirror'\) must be one of 'zeros'"):
        padded_indices(4, 1, "mirror")


@pytest.mark.parametrize("padding_mode", PADDING_MODES)
@pytest.mark.parametrize(
    ("kernel_size", "stride", "padding", "dilation"),
    [
        (3, 1, 0, 1),
        (3, 2, 1, 1),
        (4, 1, 2, 2),
        (2, 3, (0, 4), 3),
        (1, 4, 3, 1),
        (3, 1, "same", 2),
        (4, 1, "same", 1),
        (3, 1, "valid", 1),
    ],
)
def test_source_indices_are_where_autograds_gradient_arrives(
    kernel_size: Any, stride: Any, padding: Any, dilation: Any, padding_mode: str
) -> None:
    n = 7
    if isinstance(padding, str):
        sides = same_padding(kernel_size, dilation) if padding == "same" else (0, 0)
    else:
        sides = padding if isinstance(padding, tuple) else (padding, padding)
    # tap t weighs 10^t, so that a gradient spells out which taps it came through
    weight = (10.0 ** torch.arange(kernel_size)).view(1, 1, -1)

    def layer(pixels: Tensor) -> Tensor:
        padded = torch_pad(pixels.view(1, 1, -1), sides, padding_mode)
        return F.conv1d(padded, weight, None, stride, 0, dilation).flatten()

    gradient = torch.autograd.functional.jacobian(layer, torch.ones(n))  # (output, input)
    source = source_indices(n, kernel_size, stride, padding, dilation, padding_mode)
    looked_up = torch.zeros(len(source), n)
    for (output, tap), index in zip(
        product(range(len(source)), range(kernel_size)), source.flatten().tolist(), strict=True
    ):
        if index >= 0:
            looked_up[output, index] += 10.0**tap
    assert torch.equal(gradient, looked_up)
    counts = usage_counts(n, kernel_size, stride, padding, dilation, padding_mode)
    assert counts.tolist() == [int((source == index).sum()) for index in range(n)]


def test_same_with_an_even_kernel_is_lopsided() -> None:
    reads_pixel_2 = (source_indices(5, 2, padding="same") == 2).any(dim=1)
    assert reads_pixel_2.nonzero().flatten().tolist() == [1, 2]


def test_an_odd_kernel_with_same_stays_centred() -> None:
    assert source_indices(9, 5, padding="same", dilation=2)[:, 2].tolist() == list(range(9))


# ---------------------------------------------------------------------------------- usage counts


def test_with_padding_one_a_corner_counts_four_an_edge_six_and_the_inside_nine() -> None:
    rows, columns = usage_counts(4, 3, padding=1), usage_counts(5, 3, padding=1)
    counts = torch.outer(rows, columns)
    assert counts.tolist() == [[4, 6, 6, 6, 4], [6, 9, 9, 9, 6], [6, 9, 9, 9, 6], [4, 6, 6, 6, 4]]


@pytest.mark.parametrize("k", [2, 3, 4, 5])
def test_zeros_use_all_pixels_equally_from_padding_k_minus_one_on(k: int) -> None:
    equal = [bool((usage_counts(9, k, padding=p) == k).all()) for p in range(2 * k)]
    assert equal == [p >= k - 1 for p in range(2 * k)]


@pytest.mark.parametrize("padding_mode", ["circular", "replicate"])
def test_circular_and_replicate_use_all_pixels_equally_at_padding_one(padding_mode: str) -> None:
    assert usage_counts(9, 3, padding=1, padding_mode=padding_mode).tolist() == [3] * 9


@pytest.mark.parametrize("size", [3, 4, 8, 11])
def test_reflect_never_uses_all_pixels_equally(size: int) -> None:
    for padding in range(1, size):
        counts = usage_counts(size, 3, padding=padding, padding_mode="reflect")
        assert counts.min() < counts.max(), padding


@pytest.mark.parametrize(
    ("stride", "percent"),
    [(1, 0), (2, 0.39), (3, 0.78), (4, 43.75), (5, 64.28), (8, 85.94), (10, 91.07), (20, 97.68)],
)
def test_the_unread_part_of_the_photo_is_as_the_lesson_says(stride: Any, percent: float) -> None:
    assert round(100 * unread_fraction((512, 512), 3, stride), 2) == percent


@even_same
@pytest.mark.parametrize("padding", [0, (0, 2), "same"])
def test_the_read_mask_is_where_a_gradient_arrives(padding: Any) -> None:
    image = torch.zeros(1, 1, 8, 11, requires_grad=True)
    stride, dilation = (1 if padding == "same" else (3, 4)), (1, 2)
    output = F.conv2d(image, torch.ones(1, 1, 2, 3), None, stride, padding, dilation)
    (gradient,) = torch.autograd.grad(output.sum(), image)
    mask = read_mask((8, 11), (2, 3), stride, padding, dilation)
    assert mask.dtype == torch.bool
    assert torch.equal(mask, gradient[0, 0] > 0)
    assert unread_fraction((8, 11), (2, 3), stride, padding, dilation) == pytest.approx(
        (gradient == 0).double().mean().item()
    )


# ------------------------------------------------------------------------------ receptive fields


def stack_gradient(layers: list[tuple[int, int, int]], size: int) -> Tensor:
    pixels = torch.zeros(1, 1, size, dtype=torch.float64, requires_grad=True)
    signal: Tensor = pixels
    for k, s, d in layers:
        signal = F.conv1d(signal, torch.ones(1, 1, k, dtype=torch.float64), stride=s, dilation=d)
    return torch.autograd.grad(signal[0, 0, 0], pixels)[0].flatten()


@pytest.mark.parametrize(
    "layers",
    [
        [(3, 1, 1)],
        [(3, 2, 1), (5, 1, 2)],
        [(2, 3, 1), (3, 2, 2), (4, 1, 1)],
        [(1, 2, 1), (2, 1, 3)],
    ],
)
def test_receptive_field_counts_are_the_gradient_of_a_stack_of_ones(
    layers: list[tuple[int, int, int]],
) -> None:
    field = receptive_field(layers)
    gradient = stack_gradient(layers, field + 5)
    assert receptive_field_counts(layers).tolist() == gradient[:field].long().tolist()
    assert gradient[field:].count_nonzero() == 0


@pytest.mark.parametrize("count", [receptive_field, receptive_field_counts])
@pytest.mark.parametrize("layers", [[3], [(3, 1)], [(3.0, 1, 1)], ["311"]])
def test_a_layer_of_a_stack_is_three_whole_numbers(count: Any, layers: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="`layers` "):
        count(layers)


def test_a_stack_with_more_paths_than_an_int64_holds_is_refused() -> None:
    box = (3, 1, 1)
    exact = [1]  # Python's whole numbers have no end
    for _ in range(42):
        exact = [sum(exact[max(0, i - 2) : i + 1]) for i in range(len(exact) + 2)]
    assert receptive_field_counts([box] * 42).tolist() == exact
    with pytest.raises(ValueError, match=r"`layers` \(45 of them\) make more paths"):
        receptive_field_counts([box] * 45)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"kernel_size": 0}, r"`kernel_size` \(=0\) must be at least 1"),
        ({"kernel_size": 3, "stride": 1.5}, r"`stride` \(=1.5\) must be a whole number"),
        ({"kernel_size": 3, "padding": -1}, r"`padding` \(=-1\) must be at least 0"),
    ],
)
def test_a_layer_along_an_axis_has_legal_numbers(numbers: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        AxisLayer(**numbers)


def test_an_empty_stack_sees_the_pixel_itself() -> None:
    assert receptive_field([]) == 1
    assert receptive_field_counts([]).tolist() == [1]


@pytest.mark.parametrize(
    "layers",
    [
        [AxisLayer(3, 1, 1), AxisLayer(2, 2), AxisLayer(3, 1, 1), AxisLayer(2, 2)],
        [AxisLayer(7, 2, 3), AxisLayer(3, 2, 1), AxisLayer(3, 1, 2, 2)],
        [AxisLayer(4, 3, 2), AxisLayer(3, 1, 0, 2)],
    ],
)
def test_every_output_of_a_padded_stack_looks_where_its_steps_say(
    layers: list[AxisLayer],
) -> None:
    size = 61
    pixels = torch.zeros(1, 1, size, dtype=torch.float64, requires_grad=True)
    signal: Tensor = pixels
    for layer in layers:
        box = torch.ones(1, 1, layer.kernel_size, dtype=torch.float64)
        signal = F.conv1d(signal, box, None, layer.stride, layer.padding, layer.dilation)
    start, step, field = receptive_steps(layers)
    whole = 0
    for i in range(signal.shape[-1]):
        (gradient,) = torch.autograd.grad(signal[0, 0, i], pixels, retain_graph=True)
        seen = gradient.flatten().nonzero().flatten()
        first, last = start + i * step, start + i * step + field - 1
        assert first <= int(seen[0])
        assert int(seen[-1]) <= last
        if first >= 0 and last < size:
            assert (int(seen[0]), int(seen[-1])) == (first, last)
            whole += 1
    assert whole > 5


def test_steps_beyond_64_bits_are_exact() -> None:
    step = 2**80
    assert receptive_steps([AxisLayer(3, 2, 1)] * 80) == (1 - step, step, 2 * step - 1)


def test_the_steps_of_no_layer_is_the_pixel_itself_and_one_that_enlarges_is_refused() -> None:
    assert receptive_steps([]) == (0, 1, 1)
    with pytest.raises(ValueError, match="receptive_spans"):
        receptive_steps([AxisLayer(4, 2, 1, transposed=True)])


def test_dilation_two_three_times_leaves_holes_and_one_two_three_leaves_none() -> None:
    touched: dict[tuple[int, ...], float] = {}
    for dilations in [(2, 2, 2), (1, 2, 3)]:
        layers = [(3, 1, d) for d in dilations]
        assert receptive_field(layers) == 13
        counts = receptive_field_counts(layers)
        field = torch.outer(counts, counts)
        touched[dilations] = (field > 0).double().mean().item()
    assert round(100 * touched[2, 2, 2]) == 29
    assert touched[1, 2, 3] == 1


def test_ten_box_layers_put_their_weight_into_the_middle() -> None:
    counts = receptive_field_counts([(3, 1, 1)] * 10).double()
    field = torch.outer(counts, counts)
    assert field.shape == (21, 21)
    assert round(100 * (field[5:16, 5:16].sum() / field.sum()).item()) == 94


# ------------------------------------------------------------------------------------------ cost


@pytest.mark.parametrize(
    ("channels", "kernel_size", "groups"),
    [((3, 1), 3, 1), ((4, 8), (3, 5), 2), ((6, 6), (1, 2), 6)],
)
@pytest.mark.parametrize("bias", [True, False])
def test_weights_are_counted_as_in_torch(
    channels: tuple[int, int], kernel_size: Any, groups: int, bias: bool
) -> None:
    layer = nn.Conv2d(*channels, kernel_size, groups=groups, bias=bias)
    expected = sum(p.numel() for p in layer.parameters())
    assert count_weights(*channels, kernel_size, groups, bias) == expected


def test_depthwise_separable_needs_8768_weights_where_a_plain_layer_needs_73728() -> None:
    plain = count_weights(64, 128, 3, bias=False)
    depthwise = count_weights(64, 64, 3, groups=64, bias=False)
    pointwise = count_weights(64, 128, 1, bias=False)
    assert (plain, depthwise + pointwise) == (73_728, 8_768)
    assert round((depthwise + pointwise) / plain, 4) == 0.1189
    assert count_weights(64, 128, 3, groups=4, bias=False) == 18_432


def test_multiply_adds_are_one_per_weight_and_output_place() -> None:
    assert count_multiply_adds(3, 1, 3, (510, 510)) == 3 * 9 * 510 * 510
    assert count_multiply_adds(4, 8, (3, 5), (6, 7), groups=2) == 8 * 2 * 15 * 42
    assert count_multiply_adds(4, 8, 3, (10,)) == 8 * 4 * 3 * 10
    assert count_multiply_adds(1, 2, 3, (4, 5, 6)) == 2 * 27 * 120
    assert count_multiply_adds(2, 3, 3, 7) == 3 * 2 * 9 * 49


def test_groups_that_do_not_divide_are_refused_by_name() -> None:
    with pytest.raises(
        ValueError, match=r"`in_channels` \(=3\) must be divisible by `groups` \(=2"
    ):
        count_weights(3, 4, 3, groups=2)
    with pytest.raises(ValueError, match=r"`out_channels` \(=3\) must be divisible by `groups`"):
        count_multiply_adds(4, 3, 3, 5, groups=2)


@pytest.mark.parametrize("size", [(), 2.5, "3", (3, 0)])
def test_a_kernel_has_a_whole_number_for_every_axis_it_has(size: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="`kernel_size` "):
        count_weights(3, 8, size)
    with pytest.raises((TypeError, ValueError), match="`kernel_size` "):
        count_multiply_adds(3, 8, size, (4, 5))


def test_numbers_of_numpy_are_counted_without_an_overflow() -> None:
    channels: Any = np.int32(2**16)
    side: Any = np.int8(3)
    assert count_weights(channels, channels, side, bias=False) == 9 * 2**32
    assert count_multiply_adds(channels, channels, side, (side, side)) == 81 * 2**32


@pytest.mark.parametrize("size", [conv_output_size, conv_transpose_output_size, pool_output_size])
def test_an_argument_without_any_axis_is_refused_by_name(size: Any) -> None:
    with pytest.raises(ValueError, match=r"`input_size` \(=\(\)\) must hold a number for each"):
        size((), 3)


# -------------------------------------------------------------------------------- illegal settings


def torch_accepts(input_size: tuple[int, int], setting: dict[str, Any]) -> bool:
    try:
        nn.Conv2d(1, 1, **setting)(torch.zeros(1, 1, *input_size))
    except (RuntimeError, ValueError):
        return False
    return True


SWEEP: list[dict[str, Any]] = [
    dict(zip(("kernel_size", "stride", "padding", "dilation", "padding_mode"), values, strict=True))
    for values in product(
        (1, 2, 3, (2, 4), 6, 9),
        (1, (1, 2)),
        (0, 2, 4, 5, 8, (0, 6), (6, 0), "same", "valid"),
        (1, 2, (1, 5)),
        PADDING_MODES,
    )
]


@even_same
def test_an_explanation_is_given_exactly_when_torch_refuses() -> None:
    refused = 0
    with torch.inference_mode():
        for setting in SWEEP:
            legal = torch_accepts((5, 7), setting)
            refused += not legal
            assert (explain_conv2d((5, 7), **setting) is None) == legal, setting
    assert 0 < refused < len(SWEEP)


@even_same
def test_the_nearest_setting_is_legal_and_one_step_back_is_not() -> None:
    for setting in SWEEP:
        problem = explain_conv2d((7, 5), **setting)
        if problem is None:
            continue
        repaired = {**setting, **problem.nearest}
        assert torch_accepts((7, 5), repaired), (setting, problem)
        for name, value in problem.nearest.items():
            assert not torch_accepts((7, 5), {**repaired, name: value + 1}), (setting, problem)


@pytest.mark.parametrize("name", ["kernel_size", "stride", "padding", "dilation"])
@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_a_value_that_is_too_small_is_explained_too(name: str) -> None:
    smallest = 0 if name == "padding" else 1
    setting: dict[str, Any] = {"kernel_size": 3, name: smallest - 1}
    assert not torch_accepts((8, 9), setting)
    problem = explain_conv2d((8, 9), **setting)
    assert problem is not None
    assert problem.nearest == {name: smallest}
    assert f"{name}={smallest - 1}" in problem.explanation


@pytest.mark.parametrize(
    ("input_size", "setting", "nearest", "words"),
    [
        ((512, 512), {"padding": 512, "padding_mode": "reflect"}, {"padding": 511}, "mirror"),
        ((300, 451), {"padding": 400, "padding_mode": "reflect"}, {"padding": 299}, "300 pixels h"),
        ((451, 300), {"padding": 400, "padding_mode": "reflect"}, {"padding": 299}, "300 pixels w"),
        ((512, 512), {"padding": 513, "padding_mode": "circular"}, {"padding": 512}, "tile"),
        ((512, 512), {"dilation": 256}, {"dilation": 255}, "256 * (3 - 1) + 1 = 513"),
        ((512, 512), {"stride": 2, "padding": "same"}, {"stride": 1}, "only with stride=1"),
        ((4, 9), {"kernel_size": 5}, {"kernel_size": 4}, "only 4 pixels high"),
        ((4, 9), {"kernel_size": 5, "dilation": 2}, {"kernel_size": 2}, "9 pixels"),
        (
            (9, 9),
            {"kernel_size": 20, "padding": 9, "padding_mode": "reflect", "dilation": 3},
            {"padding": 8, "dilation": 1},
            "mirror",
        ),
    ],
)
def test_the_settings_that_a_learner_meets_are_explained(
    input_size: tuple[int, int], setting: dict[str, Any], nearest: dict[str, int], words: str
) -> None:
    problem = explain_conv2d(input_size, **{"kernel_size": 3, **setting})
    assert problem is not None
    assert problem.nearest == nearest
    assert words in problem.explanation


@pytest.mark.parametrize("dims", [1, 3])
def test_signals_and_volumes_are_explained_exactly_where_torch_refuses_them(dims: int) -> None:
    conv = {1: F.conv1d, 3: F.conv3d}[dims]
    size = (5, 6, 7)[-dims:]
    for k, p, d in product((1, 2, 4), (0, 1, 3), (1, 2, 4)):
        problem = explain_conv(size, k, padding=p, dilation=d)
        given, weight = torch.zeros(1, 1, *size), torch.zeros(1, 1, *[k] * dims)
        try:
            conv(given, weight, padding=p, dilation=d)
        except RuntimeError:
            assert problem is not None, (k, p, d)
            cured = {"padding": p, "dilation": d, **problem.nearest}
            assert explain_conv(size, k, **cured) is None
        else:
            assert problem is None, (k, p, d)


def test_each_kind_of_input_is_called_by_its_name() -> None:
    for size, words in (((4,), "4 samples long"), ((9, 4, 9), "4 cells high")):
        problem = explain_conv(size, 5)
        assert problem is not None
        assert words in problem.explanation
    problem = explain_conv((4,), 1, padding=4, padding_mode="reflect")
    assert problem is not None
    assert "a signal 4 samples long has only 3 beyond it" in problem.explanation
    problem = explain_conv((1,), 1, padding=1, padding_mode="reflect")
    assert problem is not None
    assert "a signal 1 sample long has none beyond it to show" in problem.explanation
    with pytest.raises(ValueError, match=r"`input_size` \(=\(\)\) must name one, two or three"):
        explain_conv((), 1)
    with pytest.raises(TypeError, match=r"`input_size` \(=5\) must name the axes"):
        explain_conv(5, 3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"`input_size` \(=5\) must name the axes"):
        explain_pool(5, 3)  # type: ignore[arg-type]


def test_words_that_torch_does_not_know_are_refused_at_the_door() -> None:
    with pytest.raises(ValueError, match="`padding_mode`"):
        explain_conv2d((5, 5), 3, padding_mode="mirror")
    with pytest.raises(ValueError, match="`padding`"):
        explain_conv2d((5, 5), 3, padding="full")

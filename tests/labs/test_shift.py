"""What the shift lab counts is what torch gives, and its curves are the same numbers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lessons_lib.images import Picture, impulse
from lessons_lib.kit.controls import Slider
from lessons_lib.kit.result import Cost, IllegalSettingError, Result
from lessons_lib.labs import shift
from lessons_lib.labs.shift import COMPARISONS, DIRECTIONS, MEASURES, ShiftParams
from lessons_lib.labs.shift.ways import WAYS, convolution
from lessons_lib.shifting import (
    amount_changed,
    blur_pool,
    blur_weight,
    moved,
    share_changed,
    steps_moved,
)
from tests.labs.all_labs import coded_layer, small_pictures
from tests.labs.test_every_lab import sizes


def shown(**settings: Any) -> Result:
    return shift.compute(ShiftParams(**settings))


def small(**settings: Any) -> Result:
    """On a picture of 30 x 45."""
    return shown(**{"picture": small_pictures()[0], "size": 3, **settings})


def by_torch(params: ShiftParams, result: Result) -> tuple[Tensor, Tensor]:
    """The answers of the line to copy, to the photo at rest and moved."""
    layer = coded_layer(result.code)
    weight = {"blur": blur_weight(params.size), "convolution": convolution().weight}
    for part in layer.modules():
        if isinstance(part, nn.Conv2d):
            part.weight = nn.Parameter(weight[params.way])
            if part.bias is not None:
                part.bias = convolution().bias
    height, width = result.pane("input").shape[-2:]
    image = params.picture.image[..., :height, :width]
    axis = "across" if params.direction == "sideways" else "down"
    with torch.inference_mode():
        return layer(image), layer(moved(image, **{axis: params.shift}))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("direction", [value for _, value in DIRECTIONS])
def test_the_output_is_what_the_line_to_copy_makes_of_the_moved_photo(
    way: str, size: int, direction: str
) -> None:
    for moved_by in (0, 1, 5):
        params = ShiftParams(small_pictures()[0], way, moved_by, size, direction)
        result = shift.compute(params)
        output = result.pane("output").values
        _, expected = by_torch(params, result)
        if output.dtype == torch.uint8:
            expected = (255 * expected).round()
        error = (output.float() - expected[0]).abs().max()
        assert float(error) <= (1 if way == "blur" else 0 if way != "convolution" else 1e-6)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("compare", [value for _, value in COMPARISONS])
def test_the_curves_are_counted_on_what_torch_gives(way: str, compare: str) -> None:
    row = list(WAYS).index(way)
    for direction in ("sideways", "downwards"):
        for moved_by in range(9):
            params = ShiftParams(small_pictures()[0], way, moved_by, 3, direction, compare)
            result = shift.compute(params)
            rest, output = by_torch(params, result)
            if compare == "moved_back":
                back = -steps_moved(moved_by, WAYS[way].step(3))
                axis = "across" if direction == "sideways" else "down"
                output = moved(output, **{axis: back})
            expected = {
                "share": share_changed(rest, output),
                "amount": amount_changed(rest, output),
            }
            for _, measure in MEASURES:
                settings = {"compare": compare, "measure": measure, "direction": direction}
                curve = small(shift=2, **settings).pane("curves").values[row]
                one_of_450 = 3e-3  # may just be half a grey level away, but for rounding
                assert abs(float(curve[moved_by]) - expected[measure]) < one_of_450


@pytest.mark.parametrize(
    ("direction", "percent"), [("sideways", {1: 67, 2: 93}), ("downwards", {1: 64, 2: 91})]
)
def test_2_x_2_max_on_lena_comes_out_as_in_the_lesson(
    direction: str, percent: dict[int, int]
) -> None:
    for moved_by, expected in percent.items():
        result = shown(shift=moved_by, direction=direction)
        assert f"{expected} % of the outputs differ at the same place" in result.sentence
        assert round(100 * float(result.pane("curves").values[0, moved_by])) == expected
    back = shown(shift=2, direction=direction, compare="moved_back")
    assert (
        "no output differs once moved back by 1. For this photo and this shift it is equi"
        in back.sentence
    )
    assert not back.pane("change").values.any()


def test_the_convolution_is_equivariant_at_every_shift_and_invariant_at_none() -> None:
    row = list(WAYS).index("convolution")
    assert not shown(compare="moved_back").pane("curves").values[row].any()
    assert not shown(compare="moved_back", measure="amount").pane("curves").values[row].any()
    assert (shown().pane("curves").values[row, 1:] > 0.9).all()


def test_half_a_step_cannot_be_moved_back_and_the_sentence_says_so() -> None:
    words = shown(shift=3, compare="moved_back").sentence
    assert "67 % of the outputs differ once moved back by 1 (1.5 is not whole)" in words
    assert "equivariant" in words
    assert "not whole" not in shown(shift=4, compare="moved_back").sentence


def test_the_sentence_tells_both_measures_for_a_blur_changes_more_outputs_but_by_less() -> None:
    found = {way: shown(way=way).sentence for way in ("max", "blur")}
    assert "67 %" in found["max"]
    assert "average change of all outputs is 0.09 of their spread" in found["max"]
    assert "81 %" in found["blur"]
    assert "average change of all outputs is 0.07 of their spread" in found["blur"]


def test_without_a_shift_nothing_differs() -> None:
    for way in WAYS:
        result = small(way=way, shift=0)
        assert "no output differs" in result.sentence
        assert not result.pane("change").values.any()
        assert not result.pane("curves").values[:, 0].any()


def test_the_map_shows_the_share_of_channels_or_their_change_in_spreads() -> None:
    photo = ShiftParams(small_pictures()[0], "stride", 1, 3)
    result = shift.compute(photo)
    rest, output = by_torch(photo, result)
    expected = ((rest - output).abs() > 1 / 510).float().mean(1)[0]
    assert torch.equal(result.pane("change").values, expected)
    assert 0 < float(expected.mean()) < 1
    amount = small(way="stride", measure="amount").pane("change").values
    assert float(amount.mean()) == pytest.approx(amount_changed(rest, output), rel=1e-4)


def test_moved_back_the_map_lies_where_the_answer_at_rest_does() -> None:
    dot = Picture("dot", impulse(12, 4, 6))
    result = shown(picture=dot, way="stride", shift=1, size=2, compare="moved_back")
    assert result.pane("change").values.nonzero().tolist() == [[2, 3]]
    there = shown(picture=dot, way="convolution", shift=2, size=2)
    assert int(there.pane("change").values[:, 3].count_nonzero()) == 0
    assert int(there.pane("change").values[4, 5:10].count_nonzero()) == 5


@pytest.mark.parametrize("size", [2, 4])
def test_a_picture_of_another_size_is_cut_to_whole_windows(size: int) -> None:
    result = small(size=size, shift=0)
    height, width = 30 // size * size, 45 // size * size
    assert result.pane("input").shape == (3, height, width)
    assert result.pane("input").note.endswith(" · cut to whole windows")
    assert result.pane("output").shape == (3, height // size, width // size)
    assert small(size=size, way="convolution").pane("input").shape == (3, 30, 45)


@pytest.mark.parametrize("way", WAYS)
def test_what_an_output_is_linked_to_is_what_it_hangs_on(way: str) -> None:
    step = WAYS[way].step(3)
    params = ShiftParams(Picture("noise", torch.rand(1, 3, 12, 18)), way, 0, 3)
    links, _ = shift.compute(params).links
    for row, column in ((0, 0), (2, 3), (12 // step - 1, 18 // step - 1)):
        image = params.picture.image
        reached = torch.zeros(12, 18, dtype=torch.bool)
        rows, columns = links.rows[row], links.columns[column]
        reached[rows[:, None], columns] = True
        rest = WAYS[way].apply(image, step)[..., row, column]
        outside = torch.where(reached, image, -image)
        inside = torch.where(reached, -image, image)
        assert torch.allclose(WAYS[way].apply(outside, step)[..., row, column], rest, atol=1e-6)
        assert not torch.equal(WAYS[way].apply(inside, step)[..., row, column], rest)
        assert len(set(rows.tolist())) == len(rows), "no pixel is named twice"


@pytest.mark.parametrize("direction", [value for _, value in DIRECTIONS])
@pytest.mark.parametrize("compare", [value for _, value in COMPARISONS])
def test_a_place_of_the_change_is_linked_to_the_output_that_was_compared(
    direction: str, compare: str
) -> None:
    params = ShiftParams(small_pictures()[0], "stride", 5, 2, direction, compare, "amount")
    result = shift.compute(params)
    rest, output = by_torch(params, result)
    _, links = result.links
    looked_up = output[..., links.rows.flatten(), :][..., links.columns.flatten()]
    change = (looked_up - rest).abs().mean(1)[0]
    shown_change = result.pane("change").values
    assert torch.allclose(shown_change * float(change.mean() / shown_change.mean()), change)


def test_a_click_on_the_curves_sets_the_shift() -> None:
    pane = small(shift=3).pane("curves")
    assert pane.click_sets[1] == "shift"
    assert pane.axes is not None
    assert pane.axes.present == 3
    (slider,) = (c for c in shift.LAB.controls if isinstance(c, Slider) and c.name == "shift")
    assert pane.values.shape == (len(WAYS), slider.high - slider.low + 1)


def test_a_picture_smaller_than_the_window_is_refused_with_torchs_words() -> None:
    tiny = Picture("tiny", torch.rand(1, 3, 3, 9))
    with pytest.raises(IllegalSettingError) as caught:
        shown(picture=tiny, size=4)
    assert "3" in caught.value.explanation
    assert "too small" in caught.value.message
    assert caught.value.nearest == {"size": 3}
    assert shown(picture=tiny, **caught.value.nearest).pane("output").shape == (3, 1, 3)


def test_a_flat_picture_changes_nowhere() -> None:
    flat = Picture("flat", torch.full((1, 3, 24, 36), 0.3))
    for way in WAYS:
        for _, measure in MEASURES:
            result = shown(picture=flat, way=way, shift=5, measure=measure)
            assert not result.pane("curves").values.any()
            assert not result.pane("change").values.any()


# ------------------------------------------------------------------------------------ what it costs


@pytest.mark.parametrize("size", [2, 3, 4])
def test_every_way_costs_what_its_line_does(size: int) -> None:
    height, width = 30 // size * size, 45 // size * size
    outputs = 3 * (height // size) * (width // size)
    taps = (2 * size - 1) ** 2
    larger = size**2 - 1  # comparisons to find the largest of a window
    expected = {
        "max": Cost(0, 0, 0, comparisons=outputs * larger),
        "stride": Cost(0, 0, 0),
        "blur": Cost(3 * taps, 0, outputs * taps, comparisons=3 * height * width * larger),
        "convolution": Cost(27, 1, 27 * 30 * 45),
    }
    for way, cost in expected.items():
        assert small(way=way, size=size).cost == cost


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [2, 3, 4])
def test_what_is_timed_gives_what_the_lab_shows(way: str, size: int) -> None:
    picture = small_pictures()[0]
    result = small(way=way, size=size, shift=0)
    assert result.layer is not None
    with torch.inference_mode():
        timed = result.layer()
    shown_output = shift.at_rest(picture, way, WAYS[way].step(size))
    assert torch.allclose(timed, shown_output, atol=1e-6)
    height, width = result.pane("input").shape[-2:]
    assert coded_layer(result.code)(picture.image[..., :height, :width]).shape == timed.shape


def test_the_copied_code_has_the_weights_of_the_blur_for_nobody_could_draw_them() -> None:
    copied = small(way="blur", size=3).copied
    names: dict[str, Any] = {}
    exec(copied, names)  # the code to copy
    image = small_pictures()[0].image
    with torch.inference_mode():
        assert torch.allclose(names["layer"](image), blur_pool(image, 3), atol=1e-6)
    assert {small(way=way).copied for way in WAYS if way != "blur"} == {""}


# --------------------------------------------------------------------------------- what is written


def test_the_output_stays_where_it_is_while_the_change_is_moved_back() -> None:
    same, back = (
        small(way="stride", shift=5, compare=compare).pane("output").values
        for _, compare in COMPARISONS
    )
    assert torch.equal(same, back)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [2, 3, 4])
def test_the_formula_comes_to_the_size_of_the_output(way: str, size: int) -> None:
    result = small(way=way, size=size)
    assert sizes(result.formula) == result.pane("output").shape[-2:]


def test_each_measure_has_its_words_and_its_scale() -> None:
    share, amount = (small(way="stride", measure=value) for _, value in MEASURES)
    change = [each.pane("change") for each in (share, amount)]
    assert [pane.note for pane in change] == [
        "by more than half a grey level",
        "in spreads of the output",
    ]
    assert [pane.value_range for pane in change] == [(0.0, 1.0), (0.0, 0.5)]
    curves = [each.pane("curves") for each in (share, amount)]
    assert [pane.axes.y for pane in curves if pane.axes] == [
        "share of outputs that differ",
        "average change, in spreads",
    ]
    highest = float(curves[1].values.max())
    assert highest != 1
    assert [pane.value_range for pane in curves] == [(0.0, 1.0), (0.0, pytest.approx(highest))]


def test_each_way_has_the_colour_of_its_role() -> None:
    axes = small().pane("curves").axes
    assert axes is not None
    assert axes.roles == ("output", "stride", "kernel", "input")


def test_at_the_same_place_one_asks_for_invariance_and_moved_back_for_equivariance() -> None:
    assert small(shift=1).sentence.endswith("An invariant layer would show 0 % at every shift.")
    back = small(shift=1, compare="moved_back").sentence
    assert back.endswith("An equivariant layer would show 0 % at every shift.")


def test_few_outputs_are_not_none_and_nearly_all_are_not_all() -> None:
    for side in (40, 60):  # 2 of 400, which is just half a per cent, and of 900
        dot = Picture("dot", impulse(side, 4, 6))
        said = shown(picture=dot, way="stride", shift=2).sentence
        assert "less than 1 % of the outputs differ" in said
    ramp = torch.linspace(0, 1, 300).repeat(300, 1)
    ramp[0, :30] = 0.5  # these few stay alike
    said = shown(picture=Picture("ramp", ramp.repeat(1, 3, 1, 1)), way="stride", shift=2).sentence
    assert "more than 99 % of the outputs differ" in said


def test_the_curves_are_not_sent_again_while_the_photo_moves_on() -> None:
    picture = small_pictures()[0]
    first, second = (small(picture=picture, shift=pixels).pane("curves") for pixels in (1, 2))
    assert first.values is second.values
    for settings in ({"size": 2}, {"direction": "downwards"}, {"measure": "amount"}):
        other = small(picture=picture, **settings).pane("curves")
        assert not torch.equal(other.values, first.values), settings

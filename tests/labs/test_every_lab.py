"""What holds for every lab, whatever its controls are set to."""

from __future__ import annotations

import math
import re
from dataclasses import fields, replace
from typing import Any

import pytest
import torch
from torch import nn

from lessons_lib.kit.controls import Choice, Presets, Slider, Work, shown_by
from lessons_lib.kit.result import IllegalSettingError, LabDefinition, Pane, Result
from lessons_lib.kit.terms import Line
from tests.labs.all_labs import (
    all_labs,
    coded_layer,
    has_picture,
    lab_named,
    names_of,
    same,
    small_pictures,
    start,
    sweep,
    written,
)

KERNEL_PANES = ("target", "present", "difference")
every_lab = pytest.mark.parametrize("lab", all_labs(), ids=lambda lab: lab.name)


def computed(lab: LabDefinition, params: Any) -> Result | None:
    try:
        return lab.compute(params)
    except IllegalSettingError:
        return None


def layer_input(lab: LabDefinition, params: Any, result: Result) -> torch.Tensor:
    """What the layer of the line to copy is applied to: (1, C, ...) without its padding."""
    if has_picture(lab):
        return cut_as_shown(params.picture.image, result)
    pane = result.pane("input")
    top, left, height, width = pane.ring or (0, 0, *pane.shape[-2:])
    given = pane.values[..., top : top + height, left : left + width].clone()
    coded = coded_layer(result.code)
    several = isinstance(coded, nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.ConvTranspose2d)
    # a pooling may name one number for both of its axes
    axes = len(coded.kernel_size) if several else 2  # type: ignore[arg-type]
    while given.dim() < axes + 2:  # a batch of one; one channel where the panes show none
        given = given.unsqueeze(0)
    return given


def cut_as_shown(image: torch.Tensor, result: Result) -> torch.Tensor:
    """The picture without the rows and columns that a lab has cut off, as to whole windows."""
    shown = [pane.shape[-2:] for pane in result.panes if pane.name == "input"]
    return image[..., : shown[0][0], : shown[0][1]] if shown else image


def test_the_labs_are_found() -> None:
    found = {lab.name for lab in all_labs()}
    assert found >= {"stride", "padding", "padding-matrix", "bias", "dilation", "receptive-field"}


@every_lab
def test_the_whole_range_of_every_control_is_computed_or_refused_with_reasons(
    lab: LabDefinition,
) -> None:
    legal = 0
    for params in sweep(lab):
        result = computed(lab, params)
        if result is None:
            check_refusal(lab, params)
            continue
        legal += 1
        check(lab, params, result)
    assert legal > 20


def check_refusal(lab: LabDefinition, params: Any) -> None:
    """Hold a refusal to what every refusal must be."""
    with pytest.raises(IllegalSettingError) as caught:
        lab.compute(params)
    error = caught.value
    assert error.message
    assert error.explanation.endswith(".")
    assert written(error.code).startswith("nn.")
    if error.nearest:
        lab.compute(replace(params, **error.nearest))


def check(lab: LabDefinition, params: Any, result: Result) -> None:
    """Hold a result to what every result must be."""
    names = [pane.name for pane in result.panes]
    assert len(set(names)) == len(names)
    assert re.fullmatch(r"[A-Za-z].*[.%]", result.sentence), result.sentence
    for pane in result.panes:
        assert pane.values.shape[-2:] == pane.shape[-2:], pane.name
        assert pane.values.dtype == torch.uint8 or is_finite(result, pane), pane.name
        assert not pane.values.requires_grad, pane.name
        if pane.value_range:
            assert pane.value_range[0] < pane.value_range[1], pane.name
    for link in result.links:
        output, source = result.pane(link.output), result.pane(link.source)
        for axis, table in ((-2, link.rows), (-1, link.columns)):
            assert table.shape[0] == output.shape[axis]
            # -2 lies beyond the padding, where only a window of ceil_mode reaches
            least = -2 if "ceil_mode=True" in written(result.code) else -1
            cells = table[:, :2] if link.spans else table
            assert least <= int(cells.min()) <= int(cells.max()) < source.shape[axis]
    if lab.name == "receptive-field":
        side = result.pane("paths").shape[-1]
        assert coded_layer(result.code)(torch.zeros(1, 3, side, side)).shape[-2:] == (1, 1)
        assert result.formula[0][-1].text == str(side)
        return
    if lab.name == "reconstruction":  # its line goes there and back, and the code is its output
        there_and_back = coded_layer(result.code)
        image = params.picture.image
        assert there_and_back(image).shape == image.shape
        assert sizes(result.formula[:-1]) == there_and_back[0](image).shape[-2:]  # type: ignore[index]
        return
    if lab.name == "variants":  # it shows no picture: its layer takes the channels that it says
        given = torch.zeros(1, params.in_channels, 9, 9)
        assert coded_layer(result.code)(given).shape == (1, params.out_channels, 9, 9)
        return
    if lab.name == "learn-kernel":  # its panes are kernels: the layer's weight has their shape
        weight = next(coded_layer(result.code).parameters())
        assert all(result.pane(name).shape == weight.shape[1:] for name in KERNEL_PANES)
        return
    if lab.name == "fcn-shapes":  # whole networks: tests/labs/test_fcn_shapes.py runs their code
        sizes_out = [str(int(n)) for n in result.pane("layers").values[-1, 1:]]
        ends = {line[-1].text for line in result.formula}
        assert ends == set(sizes_out)
        return
    if lab.name == "segmentation":  # its line is a step of the training
        assert result.pane("prediction").shape == result.panes[1].shape == result.panes[0].shape[1:]
        return
    if lab.name == "upsampling":  # its line enlarges the scores of all classes
        enlarged = coded_layer(result.code)(torch.zeros(1, 5, 12, 16)).shape[2:]
        assert enlarged == sizes(result.formula[:-1]) == (96, 128)
        return
    if lab.name == "look-inside":  # its line goes back; tests/labs/test_look_inside.py
        assert result.pane("back").shape == result.pane("seen").shape
        return
    shape = coded_layer(result.code)(layer_input(lab, params, result)).shape[2:]
    # a gallery has many outputs, all of one size
    output_name = "output" if "output" in names else result.links[0].output
    pane = result.pane(output_name)
    kept = pane.ring[2:] if pane.ring else pane.shape  # a ring is what padding crops off
    assert shape == torch.Size(kept[-len(shape) :])
    assert sizes(result.formula) == tuple(shape)


def is_finite(result: Result, pane: Pane) -> bool:
    """Whether all numbers are finite, but for the minus infinity that a max pooling pads with.

    Curves may have gaps.
    """
    finite = pane.values.isfinite()
    if pane.kind == "curves":
        return bool((finite | pane.values.isnan()).all())
    if "MaxPool" not in written(result.code) or not result.links:
        return bool(finite.all())
    if pane.ring:
        top, left, height, width = pane.ring
        return bool(finite[..., top : top + height, left : left + width].all())
    if pane.name != "output":
        return bool(finite.all())
    (link,) = (each for each in result.links if each.output == "output")
    source = result.pane(link.source)
    first = source.ring[:2] if source.ring else (0, 0)
    last = [
        a + n
        for a, n in zip(first, source.ring[2:] if source.ring else source.shape[-2:], strict=True)
    ]
    rows, columns = (
        ((table >= low) & (table < high)).any(dim=1)
        for table, low, high in zip((link.rows, link.columns), first, last, strict=True)
    )
    return torch.equal(finite, (rows[:, None] & columns).expand(finite.shape))


def sizes(formula: tuple[Line, ...]) -> tuple[int, ...]:
    """The size per axis as the formula says; each of its steps is calculated anew."""
    found: dict[str, int] = {}
    for line in formula:
        letters, text = re.fullmatch(r"(?:.*: )?((?:[LDHW]out = )+)(.*)", written(line)).groups()  # type: ignore[union-attr]  # no match fails the test
        steps = [calculated(step) for step in text.split(" = ")]
        assert len(steps) > 1, text
        assert len(set(steps)) == 1, text
        found |= dict.fromkeys(re.findall("[LDHW]", letters), steps[-1])
    return tuple(found[letter] for letter in "LDHW" if letter in found)


def calculated(step: str) -> int:
    """The whole number that one step of a formula makes."""
    signs = {"·": "*", "−": "-", "⌊": "math.floor(", "⌋": ")", "⌈": "math.ceil(", "⌉": ")"}
    value = eval("".join(signs.get(sign, sign) for sign in step), {"math": math})
    assert value == int(value), step
    return int(value)


@every_lab
def test_the_lesson_starts_with_a_legal_setting(lab: LabDefinition) -> None:
    result = lab.compute(lab.params())
    check(lab, lab.params(), result)
    assert (result.layer is None) == (result.cost is None)
    if result.layer:
        with torch.inference_mode():  # as the lab times it
            result.layer()


@every_lab
def test_the_same_parameters_give_the_same_result(lab: LabDefinition) -> None:
    for params in list(sweep(lab, mixed=6))[::5]:
        first, second = computed(lab, params), computed(lab, params)
        assert (first is None) == (second is None)
        if first and second:
            assert same(first, second), params


@every_lab
def test_a_lab_leaves_the_global_random_numbers_alone(lab: LabDefinition) -> None:
    torch.manual_seed(11)
    before = torch.get_rng_state()
    for params in list(sweep(lab, mixed=10))[::3]:
        computed(lab, params)
    assert torch.equal(torch.get_rng_state(), before)


@every_lab
def test_a_lab_does_not_write_into_the_picture(lab: LabDefinition) -> None:
    if not has_picture(lab):
        return
    picture = start(lab).picture
    before = picture.image.clone()
    for params in list(sweep(lab, mixed=10))[::4]:
        computed(lab, params)
    assert torch.equal(picture.image, before)


@pytest.mark.parametrize("lab", [*filter(has_picture, all_labs())], ids=lambda lab: lab.name)
def test_a_lab_that_shows_the_picture_says_what_was_changed_in_it(lab: LabDefinition) -> None:
    picture = replace(small_pictures()[0], note="greys stretched")
    source = {"source": "picture"} if "source" in names_of(lab) else {}
    if result := computed(lab, start(lab, picture, **source)):
        inputs = [pane for pane in result.panes if (pane.role, pane.kind) == ("input", "photo")]
        assert not inputs or "greys stretched" in inputs[0].note


@every_lab
def test_every_control_is_a_parameter_and_its_first_value_can_be_shown(lab: LabDefinition) -> None:
    names = {field.name for field in fields(lab.params)}
    first = lab.params()
    for control in lab.controls:
        assert shown_by(control) in {"", *names}
        if isinstance(control, Presets):
            for label, settings in control.settings:
                assert set(settings) <= names, label
            continue
        if isinstance(control, Work):
            assert (control.due is not None) or getattr(first, control.name) is None
            assert set(control.depends_on) <= names
            continue
        assert control.name in names
        if isinstance(control, Slider):
            assert control.low <= getattr(first, control.name) <= control.high
        if isinstance(control, Choice):
            assert getattr(first, control.name) in [value for _, value in control.options]


@every_lab
def test_presets_are_within_the_reach_of_the_controls(lab: LabDefinition) -> None:
    reach = {c.name: c for c in lab.controls if not isinstance(c, Presets)}
    for presets in (c for c in lab.controls if isinstance(c, Presets)):
        assert len({label for label, _ in presets.settings}) == len(presets.settings)
        for _, settings in presets.settings:
            for name, value in settings.items():
                control = reach[name]
                if isinstance(control, Slider):
                    assert control.low <= value <= control.high
                elif isinstance(control, Choice):
                    assert value in [option for _, option in control.options]


@pytest.mark.parametrize("name", ["stride", "dilation", "padding"])
def test_another_seed_gives_other_features(name: str) -> None:
    lab = lab_named(name)
    outputs = [lab.compute(start(lab, seed=seed, **mild(name))) for seed in (3, 4)]
    first, second = (result.pane("output").values for result in outputs)
    assert first.shape == second.shape
    assert not torch.allclose(first, second)


@pytest.mark.parametrize("name", ["stride", "dilation", "padding"])
def test_fixed_colours_stay_where_the_plain_layer_has_them(name: str) -> None:
    lab = lab_named(name)
    control = {"stride": "stride", "dilation": "dilation", "padding": "padding"}[name]
    ranges = {
        lab.compute(start(lab, None, **{"display": "fixed", control: value}))
        .pane("output")
        .value_range
        for value in (1, 2, 5)
    }
    assert len(ranges) == 1
    assert None not in ranges


def mild(name: str) -> dict[str, Any]:
    """A setting that a picture of 30 x 45 allows."""
    return {name: 2}


@every_lab
def test_values_are_plain_words_and_labels_are_for_people(lab: LabDefinition) -> None:
    for control in lab.controls:
        if isinstance(control, Choice):
            for label, value in control.options:
                assert isinstance(value, bool | int) or re.fullmatch(r"\w+", value, re.ASCII), label


@every_lab
def test_a_control_that_comes_and_goes_stands_behind_the_one_that_calls_it(
    lab: LabDefinition,
) -> None:
    names = [control.name for control in lab.controls if not isinstance(control, Presets)]
    for control in lab.controls:
        if not isinstance(control, Presets) and shown_by(control) in names:
            assert names.index(shown_by(control)) < names.index(control.name), "it would jump"

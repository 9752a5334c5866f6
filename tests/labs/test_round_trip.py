"""The sizes there and back are the lessons' numbers, and both layers are torch's own."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch
from torch import nn

from lessons_lib.images import Picture
from lessons_lib.kernels import weighted_layer
from lessons_lib.kit.controls import Presets
from lessons_lib.kit.links import Links
from lessons_lib.kit.microscope import SumMicroscope
from lessons_lib.kit.result import IllegalSettingError, Result
from lessons_lib.labs import round_trip
from lessons_lib.labs.round_trip import RoundTripParams
from tests.labs.all_labs import small_pictures, written


def shown(**settings: Any) -> Result:
    return round_trip.compute(RoundTripParams(**{"stride": 1, **settings}))


def small(**settings: Any) -> Result:
    """On a picture of 19 x 27."""
    return shown(picture=small_pictures()[1], **settings)


def sizes(result: Result) -> tuple[int, int]:
    code, output = (result.pane(name).shape[-2:] for name in ("code", "output"))
    assert len(set(code)) == len(set(output)) == 1
    return code[0], output[0]


@pytest.mark.parametrize(
    ("stride", "code", "back", "extra"),
    [
        (1, 510, 512, 0),
        (2, 255, 511, 1),
        (3, 170, 510, 2),
        (5, 102, 508, 4),
        (10, 51, 503, 9),
    ],
)
def test_each_stride_gives_its_size_and_one_output_padding_gives_512(
    stride: int, code: int, back: int, extra: int
) -> None:
    plain = shown(stride=stride)
    assert sizes(plain) == (code, back)
    assert f"{back} × {back}" in plain.sentence
    if extra:
        assert f"output_padding {extra} brings 512 × 512 back" in plain.sentence
    for settings in ({"output_padding": extra}, {"by_hand": False}):
        again = shown(stride=stride, **settings)
        assert sizes(again) == (code, 512)
        assert "the shape comes back, the picture does not" in again.sentence
        assert (f"output_padding={extra}" in written(again.code)) == (extra > 0)


@pytest.mark.parametrize("padding", [1, 5, 50, 100])
def test_any_padding_in_both_layers_gives_512(padding: int) -> None:
    assert sizes(shown(padding=padding)) == (510 + 2 * padding, 512)


@pytest.mark.parametrize("dilation", [2, 4, 8])
def test_any_dilation_in_both_layers_gives_512(dilation: int) -> None:
    assert sizes(shown(dilation=dilation)) == (512 - 2 * dilation, 512)


def test_away_from_the_border_padding_changes_nothing() -> None:
    plain = shown().pane("output").values
    for padding in (1, 5, 50, 100):
        difference = (shown(padding=padding).pane("output").values - plain).abs()
        inner = difference[4:-4, 4:-4]
        assert float(inner.max()) < 1e-6
        assert float(difference.max()) > 1e-3


@pytest.mark.parametrize("stride", [2, 10])
def test_the_last_rows_that_no_stamp_reaches_are_pure_bias(stride: int) -> None:
    result = shown(stride=stride, by_hand=False)
    microscope = result.microscope("output")
    assert isinstance(microscope, SumMicroscope)
    extra = stride - 1
    assert microscope.bias is not None
    last = torch.full((extra, 512), microscope.bias)
    assert torch.equal(result.pane("output").values[-extra:], last)
    assert torch.equal(result.pane("output").values[:, -extra:], last.T)
    words = {2: "last row and column are", 10: "last 9 rows and columns are"}
    assert f"The {words[stride]} pure bias" in result.sentence
    assert f"bias {microscope.bias:+.4f}".replace("-", "−") in result.pane("output").note
    assert "are zero" in shown(stride=stride, by_hand=False, bias=False).sentence


def seeded_pair(params: RoundTripParams, code: str) -> nn.Module:
    """The recipe of the lessons for both layers, by torch alone."""
    layers = []
    with torch.random.fork_rng(devices=[]):
        for index in (0, 1):
            torch.manual_seed(params.seed)
            layer = eval(code.replace("bias=False", "bias=True"), {"nn": nn})[index]
            torch.manual_seed(params.seed)
            layer.reset_parameters()
            nn.init.xavier_normal_(layer.weight)
            if not params.bias:
                layer.bias = None
            layers.append(layer)
    return nn.Sequential(*layers)


SETTINGS: list[dict[str, Any]] = [
    {"kernel_size": k, "stride": s, "padding": p, "dilation": d, "by_hand": by_hand}
    for k, s, p, d, by_hand in product((1, 2, 3), (1, 2, 5), (0, 1, 4, 30), (1, 3), (True, False))
]


def test_both_panes_are_what_torch_makes_of_the_line_to_copy() -> None:
    legal = 0
    for settings in [*SETTINGS, {"bias": False, "stride": 2}, {"seed": 8}]:
        params = RoundTripParams(**{"picture": small_pictures()[1], "stride": 1, **settings})
        try:
            result = round_trip.compute(params)
        except IllegalSettingError:
            continue
        legal += 1
        both: Any = seeded_pair(params, written(result.code))
        with torch.inference_mode():
            code = both[0](params.picture.image)
            torch.testing.assert_close(result.pane("code").values, code[0, 0], atol=1e-5, rtol=0)
            output = result.pane("output").values
            torch.testing.assert_close(output, both[1](code)[0, 0], atol=1e-5, rtol=0)
    assert legal > 100


def test_a_picture_that_is_not_square_needs_an_output_padding_per_axis() -> None:
    result = small(stride=5, by_hand=False)
    assert "output_padding=(1, 4)" in written(result.code)
    assert result.pane("output").shape[-2:] == (19, 27)
    assert "output_padding (1, 4) brings 19 × 27 back" in small(stride=5).sentence
    assert "The last row and 4 columns are pure bias" in result.sentence


def dependence(layer: nn.Module, given: torch.Tensor) -> torch.Tensor:
    """Which pixels each output depends on, by autograd: bool (H_out, W_out, H, W)."""
    for each in layer.parameters():
        nn.init.ones_(each)  # no weight may cancel another
    with torch.enable_grad():
        found = torch.autograd.functional.jacobian(lambda x: layer(x)[0, 0], given)
    return found[:, :, 0].sum(2) != 0


def named(link: Links, size: tuple[int, int]) -> torch.Tensor:
    rows, columns = (
        torch.stack([torch.isin(torch.arange(n), each) for each in table])
        for table, n in zip((link.rows, link.columns), size, strict=True)
    )
    return rows[:, None, :, None] & columns[None, :, None]


@pytest.mark.parametrize(
    "settings",
    [
        {"stride": 2},
        {"stride": 3, "padding": 1, "by_hand": False},
        {"dilation": 2, "padding": 3},
        {"stride": 5, "by_hand": False},
        {"kernel_size": 2, "stride": 3, "padding": 2},
    ],
    ids=str,
)
def test_links_name_the_pixels_that_autograd_names(settings: dict[str, Any]) -> None:
    picture = Picture("noise", torch.rand(1, 3, 7, 9, generator=torch.Generator().manual_seed(1)))
    result = shown(picture=picture, **settings)
    both = eval(written(result.code), {"nn": nn})
    by_name = {(link.output, link.source): link for link in result.links}
    code = torch.rand(1, 1, *result.pane("code").shape[-2:])
    size = (code.shape[-2], code.shape[-1])
    for names, layer, given, read in (
        (("output", "code"), both[1], code, size),
        (("code", "input"), both[0], picture.image, (7, 9)),
        (("output", "input"), both, picture.image, (7, 9)),
    ):
        assert torch.equal(named(by_name[names], read), dependence(layer, given)), names


def test_cropping_first_equals_torchs_own_transposed_layer() -> None:
    weight = torch.arange(1.0, 7.0).reshape(1, 1, 2, 3)
    for padding, dilation in (((5, 6), 1), ((3, 5), 2), ((4, 4), (1, 1))):
        layer = weighted_layer(nn.ConvTranspose2d, weight, padding=padding, dilation=dilation)
        image = torch.arange(19.0 * 17).reshape(1, 1, 19, 17)
        with torch.inference_mode():
            quick = round_trip.quick_transpose(layer)
            assert quick is not layer
            assert torch.equal(quick(image), layer(image))
            with pytest.raises(RuntimeError):
                quick(torch.ones(1, 1, 5, 5))


def test_too_much_output_padding_is_explained() -> None:
    with pytest.raises(IllegalSettingError) as caught:
        shown(stride=2, output_padding=2)
    assert "output padding must be smaller" in caught.value.message
    assert caught.value.nearest == {"output_padding": 1}
    assert written(caught.value.code).startswith("nn.Sequential(nn.Conv2d(3, 1, kernel_size=3")


def test_where_nothing_is_left_a_smaller_stride_is_named() -> None:
    params = {"picture": small_pictures()[-1], "kernel_size": 2, "padding": 1, "stride": 10}
    with pytest.raises(IllegalSettingError) as caught:
        shown(**params)
    assert caught.value.nearest == {"stride": 1, "output_padding": 0}
    assert shown(**{**params, **caught.value.nearest}).pane("output").shape[-2:] == (1, 1)


def test_cost_is_that_of_both_layers() -> None:
    result = shown(stride=2)
    assert result.cost is not None
    assert (result.cost.weights, result.cost.biases) == (27 + 9, 2)
    assert result.cost.multiply_adds == 255 * 255 * (27 + 9)


def test_every_preset_but_the_refused_one_is_legal() -> None:
    (presets,) = (c for c in round_trip.LAB.controls if isinstance(c, Presets))
    for label, settings in presets.settings:
        if label == "refused":
            with pytest.raises(IllegalSettingError):
                shown(**settings)
        else:
            size = shown(**settings).pane("output").shape[-2:]
            by_stride = settings["stride"] > 1 and "back" not in label
            assert (size == (512, 512)) == (not by_stride), label

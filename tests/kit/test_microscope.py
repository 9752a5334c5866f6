"""The numbers under the microscope are those of the output pixel, borders included."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import torch

from lessons_lib.geometry import PADDING_MODES
from lessons_lib.kit.links import Links
from lessons_lib.kit.microscope import Microscope, SumMicroscope, adds_up
from lessons_lib.kit.result import Result
from tests.labs.all_labs import all_labs, has_picture, lab_named, small_pictures, start, written

MILD: dict[str, dict[str, Any]] = {"padding": {"padding": 2}}  # what a small picture allows
PHOTO_LABS = [
    lab.name
    for lab in all_labs()
    if has_picture(lab) and lab.compute(start(lab, **MILD.get(lab.name, {}))).microscopes
]
# These add no products up: test_pool_microscope.py, test_score_microscope.py.
SUMS_NOTHING = {"pooling", "segmentation"}
SETTINGS: list[tuple[str, dict[str, Any]]] = [
    *[(name, MILD.get(name, {})) for name in PHOTO_LABS if name not in SUMS_NOTHING],
    ("stride", {"stride": 3, "per_axis": True, "stride_width": 4, "kernel": "random_3x5"}),
    ("dilation", {"dilation": 5, "kernel": "random_3x5"}),
    *[
        ("padding", {"padding": p, "padding_mode": mode, "kernel": "random_3x5"})
        for mode in PADDING_MODES
        for p in (1, 17)
    ],
    ("bias", {"bias": -0.7, "padding": 9}),
    ("seed-gallery", {"relu": True, "first_seed": 9}),
    ("round-trip", {"stride": 3, "padding": 1}),
    ("transposed", {"stride": 3, "dilation": 2}),
    ("kernel", {"kernel": ((1.0, -2.0, 0.5), (0.25, 3.0, -1.0)), "flip": True}),
]


def microscopes(name: str, settings: dict[str, Any]) -> list[tuple[Microscope, torch.Tensor]]:
    """Each microscope of a lab, with the picture that it looks at."""
    result = start_and_compute(name, settings)
    return [(each, result.pane(each.output).values) for each in result.microscopes]


def start_and_compute(name: str, settings: dict[str, Any]) -> Result:
    lab = lab_named(name)
    return lab.compute(start(lab, small_pictures()[0], **settings))


def microscope_and_output(name: str, settings: dict[str, Any]) -> tuple[Microscope, torch.Tensor]:
    return microscopes(name, settings)[0]


# What stands in these panes is no window times one kernel: each colour is enlarged for itself, many
# layers follow each other, or no layer is computed.
WITHOUT = {
    "bilinear",
    "checkerboard",
    "enlarging-game",
    "fcn-shapes",
    "learn-kernel",
    "look-inside",
    "reconstruction",
    "receptive-field",
    "shift",
}


def test_every_photo_lab_of_a_layer_has_a_microscope() -> None:
    assert set(PHOTO_LABS) | WITHOUT == {lab.name for lab in all_labs() if has_picture(lab)}
    looked_at = {
        name: [each.output for each, _ in microscopes(name, MILD.get(name, {}))]
        for name in PHOTO_LABS
    }
    assert looked_at["bias"] == ["output", "without"]
    assert looked_at["channels"] == ["output", "red_result", "green_result", "blue_result"]
    assert looked_at["round-trip"] == ["output", "code"]
    assert looked_at["seed-gallery"] == [f"seed_{index}" for index in range(7)]


@pytest.mark.parametrize(("name", "settings"), SETTINGS, ids=str)
def test_the_sum_is_the_output_pixel_at_100_places_and_at_the_border(
    name: str, settings: dict[str, Any]
) -> None:
    for microscope, output in microscopes(name, settings):
        height, width = output.shape[-2:]
        chance = random.Random(name)
        places = [(chance.randrange(height), chance.randrange(width)) for _ in range(100)]
        places += [(0, 0), (0, width - 1), (height - 1, 0), (height - 1, width - 1)]
        for row, column in [*places, (0, width // 2)]:
            probe = microscope.look(row, column)
            assert probe.value == pytest.approx(float(output[row, column]), abs=1e-5)
            window, weight = (probe.part(part).values for part in ("window", "weight"))
            products = window.double() * weight.double()
            assert isinstance(microscope, SumMicroscope)
            total = float(products.sum()) + (microscope.bias or 0)
            shown = max(total, 0.0) if microscope.relu else total
            assert shown == pytest.approx(probe.value, abs=1e-9)
            assert torch.equal(probe.part("products").values, products.float())


def test_zeros_beyond_the_edge_are_marked_and_other_padding_is_not() -> None:
    for mode, marked in (("zeros", 5), ("reflect", 0), ("replicate", 0), ("circular", 0)):
        settings = {"padding": 1, "padding_mode": mode}
        window = microscope_and_output("padding", settings)[0].look(0, 0).part("window")
        assert window.outside is not None
        assert int(window.outside[0].sum()) == marked
        assert bool((window.values[window.outside] == 0).all())


def test_under_a_transposed_layer_the_photo_stands_upright_and_the_kernel_is_turned() -> None:
    microscope, _ = microscope_and_output("transposed", {"stride": 1})
    assert isinstance(microscope, SumMicroscope)
    probe = microscope.look(10, 12)
    assert torch.equal(probe.part("window").values, microscope.image[0, :, 8:11, 10:13])
    assert torch.equal(probe.part("weight").values, microscope.weight[0].flip(-2, -1))
    assert probe.part("weight").title == "× turned kernel"
    upright = microscope_and_output("stride", {})[0].look(0, 0)
    assert upright.part("weight").title == "× kernel"


def test_a_place_beyond_the_output_is_held_at_its_edge() -> None:
    microscope, output = microscope_and_output("stride", {})
    probe = microscope.look(-3, 10_000)
    assert (probe.row, probe.column) == (0, output.shape[-1] - 1)


def written_sum(
    weights: list[float], bias: float | None, labels: tuple[str, ...] = (), relu: bool = False
) -> str:
    """The line under a window of ones."""
    image = torch.ones(1, len(weights), 1, 1)
    table = torch.zeros(1, 1, dtype=torch.int64)
    weight = torch.tensor(weights).reshape(1, -1, 1, 1)
    links = Links("output", "input", table, table)
    return written(
        SumMicroscope("output", image, weight, bias, links, relu, labels).look(0, 0).line
    )


def test_the_written_sum_closes_or_says_that_it_is_rounded() -> None:
    told = "R +0.5000 + G −0.2500 + bias +1.0000 = +1.2500, the output pixel"
    assert written_sum([0.5, -0.25], 1.0, ("R", "G")).split() == told.split()
    assert written_sum([-0.5, 0.25], None, ("R", "G"), relu=True).endswith(
        "=   −0.2500, after ReLU +0.0000, the output pixel"
    )
    assert "≈   +0.0001" in written_sum([0.00004, 0.00004], None, ("R", "G"))


def test_channels_are_named_as_the_microscope_is_told_and_never_guessed() -> None:
    assert written_sum([1.0, 2.0, 4.0], None).startswith(
        "channel 0 +1.0000   +   channel 1 +2.0000   +   channel 2 +4.0000   =   +7.0000"
    )
    assert written_sum([1.0, 2.0], None, ("night", "day")).startswith("night +1.0000   +   day +2")
    assert written_sum([3.0], None, ("R",)).startswith("products +3.0000   =   +3.0000")


def test_products_are_said_to_be_rounded_where_the_printed_ones_are() -> None:
    def title(pixel: float, weight: float) -> str:
        table = torch.zeros(1, 1, dtype=torch.int64)
        image, weights = (torch.tensor([[[[value]]]]) for value in (pixel, weight))
        links = Links("output", "input", table, table)
        probe = SumMicroscope("output", image, weights, None, links).look(0, 0)
        return probe.part("products").title

    assert title(0.5, 0.5) == "= products"
    assert title(0.52, 0.11) == "≈ products"  # 0.0572, printed as 0.06


def test_the_rule_for_equal_and_about_is_that_of_the_page(repository: Path) -> None:
    examples = json.loads((repository / "tests/fixtures/sums.json").read_text("utf-8"))
    assert len(examples) > 5
    for each in examples:
        assert adds_up(each["addends"], each["total"], each["digits"]) is each["closes"], each

"""The numbers under the microscope are those of the output pixel, borders included."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest
import torch

from lessons_lib.geometry import PADDING_MODES
from lessons_lib.kit.links import Links
from lessons_lib.kit.microscope import Microscope, sum_line
from lessons_lib.kit.result import Result
from tests.labs.all_labs import all_labs, has_picture, lab_named, small_pictures, start, written

MILD: dict[str, dict[str, Any]] = {"padding": {"padding": 2}}  # what a small picture allows
PHOTO_LABS = [
    lab.name
    for lab in all_labs()
    if has_picture(lab) and lab.compute(start(lab, **MILD.get(lab.name, {}))).microscopes
]
SETTINGS: list[tuple[str, dict[str, Any]]] = [
    *[(name, MILD.get(name, {})) for name in PHOTO_LABS],
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
WITHOUT = {"bilinear", "checkerboard", "reconstruction", "receptive-field"}


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
            assert probe.shown == pytest.approx(float(output[row, column]), abs=1e-5)
            products = probe.window.double() * probe.weight.double()
            assert float(products.sum()) + (probe.bias or 0) == pytest.approx(probe.total, abs=1e-9)
            assert torch.equal(probe.products, products.float())


def test_zeros_beyond_the_edge_are_marked_and_other_padding_is_not() -> None:
    for mode, marked in (("zeros", 5), ("reflect", 0), ("replicate", 0), ("circular", 0)):
        settings = {"padding": 1, "padding_mode": mode}
        probe = microscope_and_output("padding", settings)[0].look(0, 0)
        assert int(probe.outside[0].sum()) == marked
        assert bool((probe.window[probe.outside] == 0).all())


def test_under_a_transposed_layer_the_photo_stands_upright_and_the_kernel_is_turned() -> None:
    microscope, _ = microscope_and_output("transposed", {"stride": 1})
    probe = microscope.look(10, 12)
    assert probe.turned
    assert torch.equal(probe.window, microscope.image[0, :, 8:11, 10:13])
    assert torch.equal(probe.weight, microscope.weight[0].flip(-2, -1))
    assert not microscope_and_output("stride", {})[0].look(0, 0).turned


def test_a_place_beyond_the_output_is_held_at_its_edge() -> None:
    microscope, output = microscope_and_output("stride", {})
    probe = microscope.look(-3, 10_000)
    assert (probe.row, probe.column) == (0, output.shape[-1] - 1)


def probe_of(weights: list[float], bias: float | None) -> Microscope:
    image = torch.ones(1, len(weights), 1, 1)
    table = torch.zeros(1, 1, dtype=torch.int64)
    weight = torch.tensor(weights).reshape(1, -1, 1, 1)
    return Microscope("output", image, weight, bias, Links("output", "input", table, table))


def test_the_written_sum_closes_or_says_that_it_is_rounded() -> None:
    exact = sum_line(probe_of([0.5, -0.25], 1.0).look(0, 0), ("R", "G"))
    assert written(exact).split() == [
        "R", "+0.5000", "+", "G", "−0.2500", "+", "bias", "+1.0000", "=", "+1.2500,", "the",
        "output", "pixel",
    ]  # fmt: skip
    relu = dataclasses.replace(probe_of([-0.5, 0.25], None), relu=True)
    assert written(sum_line(relu.look(0, 0), ("R", "G"))).endswith(
        "=   −0.2500, after ReLU +0.0000, the output pixel"
    )
    rounded = sum_line(probe_of([0.00004, 0.00004], None).look(0, 0), ("R", "G"))
    assert "≈   +0.0001" in written(rounded)

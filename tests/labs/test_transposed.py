"""The labs of transposed convolution: the lesson's numbers, both readings, previews, links."""

from __future__ import annotations

import math
import random
import re
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lessons_lib.images import Picture, load_picture
from lessons_lib.kit import photo
from lessons_lib.kit.grids import FROM_ZERO, NINE, small_grid
from lessons_lib.kit.layers import transposed as transposed_door
from lessons_lib.kit.links import Links
from lessons_lib.kit.result import IllegalSettingError
from lessons_lib.labs import transposed, transposed_grid
from lessons_lib.labs.transposed import TransposedParams
from lessons_lib.labs.transposed_grid import TransposedGridParams
from lessons_lib.widgets.stage.scene import SceneWriter

BOX = (150, 120)


def small_picture(height: int = 60, width: int = 90) -> Picture:
    """Random colours: nothing in them is symmetric."""
    generator = torch.Generator().manual_seed(1)
    return Picture("noise", torch.rand(1, 3, height, width, generator=generator))


# ------------------------------------------------------------------------------------ the photo


@pytest.mark.parametrize(
    ("settings", "side"),
    [
        ({"stride": 1}, 514),
        ({"stride": 2}, 1025),
        ({"stride": 3}, 1536),
        ({"stride": 5}, 2558),
        ({"stride": 1, "padding": 10}, 494),
        ({"stride": 1, "padding": 50}, 414),
        ({"stride": 1, "padding": 100}, 314),
        ({"stride": 1, "dilation": 2}, 516),
        ({"stride": 1, "dilation": 4}, 520),
        ({"stride": 1, "dilation": 8}, 528),
        ({"stride": 2, "padding": 1, "output_padding": 1}, 1024),
    ],
)
def test_the_photo_grows_to_this_size(settings: dict[str, Any], side: int) -> None:
    result = transposed.compute(TransposedParams(load_picture("lena"), **settings))
    assert result.pane("output").shape == (1, side, side)
    assert result.pane("output").values.shape == (side, side)
    assert result.formula[0][-1].text == str(side)
    assert f"{side} × {side}" in result.sentence


def test_stride_10_is_told_before_it_is_computed() -> None:
    preview = transposed.preview(TransposedParams(load_picture("lena"), stride=10, bias=True), BOX)
    assert preview is not None
    assert preview.pane("output").shape == (1, 5113, 5113)
    assert "90.98 % of it lies between or beyond them: the bias" in preview.sentence


@pytest.mark.parametrize(
    "settings",
    [
        {"stride": 20, "kernel": "random_3x5"},
        {"stride": 2, "kernel": "random_5x5", "padding": 3, "output_padding": 1},
        {"stride": 3, "kernel": "random_3x5", "padding": 1, "dilation": 4},
        {"stride": 19, "kernel": "random_5x5", "padding": 7, "output_padding": 9, "dilation": 3},
        {"stride": 25, "kernel": "sobel_x", "padding": 100},
        {"stride": 18, "kernel": "random_1x1", "output_padding": 9, "bias": True},
        {"stride": 10, "kernel": "box_7x7", "dilation": 8, "seed": 5},
    ],
)
def test_a_preview_holds_the_means_of_the_exact_output_and_its_very_middle(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transposed, "QUICK", 1000)
    params = TransposedParams(small_picture(), **settings)
    exact, coarse = transposed.compute(params), transposed.preview(params, BOX)
    assert coarse is not None
    output, means = exact.pane("output").values, coarse.pane("output").values
    stride = params.stride
    every = max(1, photo.preview_step((output.shape[0], output.shape[1]), BOX) // stride)
    blocks = [math.ceil(n / (stride * every)) for n in output.shape]
    assert list(means.shape) == blocks
    for row in range(0, blocks[0] - 1, 3):
        for column in range(0, blocks[1] - 1, 3):
            top, left = row * every * stride, column * every * stride
            block = output[top : top + stride, left : left + stride]
            torch.testing.assert_close(means[row, column], block.mean(), atol=1e-5, rtol=0)
    torch.testing.assert_close(
        coarse.pane("detail").values, exact.pane("detail").values, atol=1e-5, rtol=0
    )
    for name in ("sentence", "formula", "code"):
        assert getattr(coarse, name) == getattr(exact, name), name


def test_small_outputs_have_no_preview() -> None:
    assert transposed.preview(TransposedParams(load_picture("lena"), stride=1), BOX) is None


@pytest.mark.parametrize("stride", [2, 3, 5, 10])
def test_a_preview_has_nearly_the_colours_of_the_exact_picture(
    stride: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transposed, "QUICK", 1000)
    params = TransposedParams(load_picture("lena", max_side=120), stride=stride)
    writer = SceneWriter()
    writer.rooms.take("view", {"output": (*BOX, 0)})

    def high(result: Any) -> float:
        panes = writer.write(result)["scene"]["panes"]
        return float(next(pane["high"] for pane in panes if pane["name"] == "output"))

    exact, coarse = transposed.compute(params), transposed.preview(params, BOX)
    assert coarse is not None
    assert high(coarse) == pytest.approx(high(exact), rel=0.15)


def test_the_microscope_finds_the_stamps_behind_a_pixel() -> None:
    params = TransposedParams(
        small_picture(),
        kernel="random_3x5",
        stride=2,
        padding=1,
        output_padding=1,
        dilation=2,
        bias=True,
    )
    result = transposed.compute(params)
    output = result.pane("output").values
    microscope = result.microscope("output")
    assert microscope is not None
    chance = random.Random(4)
    places = [
        (chance.randrange(output.shape[0]), chance.randrange(output.shape[1])) for _ in range(100)
    ]
    for row, column in [*places, (0, 0), (output.shape[0] - 1, output.shape[1] - 1)]:
        assert microscope.look(row, column).value == pytest.approx(
            float(output[row, column]), abs=1e-5
        )


# ------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("compute", [transposed.compute, transposed_grid.compute])
@pytest.mark.parametrize(
    ("settings", "torchs", "ours", "nearest"),
    [
        (
            {"padding_mode": "reflect"},
            'Only "zeros" padding mode',
            "allows only 'zeros'",
            {"padding_mode": "zeros"},
        ),
        (
            {"stride": 2, "output_padding": 2},
            "output padding must be smaller",
            "output_padding",
            {"output_padding": 1},
        ),
        ({"stride": 1, "padding": 3}, "", "padding", None),
    ],
)
def test_torchs_refusal_is_explained(
    compute: Any, settings: dict[str, Any], torchs: str, ours: str, nearest: Any
) -> None:
    if compute is transposed.compute:
        params: Any = TransposedParams(small_picture(4, 4), kernel="random_3x3", **settings)
    else:
        params = TransposedGridParams(**settings)
    with pytest.raises(IllegalSettingError) as refused:
        compute(params)
    assert torchs.lower() in refused.value.message.lower()
    assert ours in refused.value.explanation
    if nearest is not None:
        assert refused.value.nearest == nearest
    compute(replace(params, **refused.value.nearest))


@pytest.mark.parametrize(
    "settings",
    [
        {"grid": "counting_2", "kernel": ((1.0,) * 4,) * 4, "stride": 2, "padding": 3},
        {"grid": "digits_3x5", "kernel": ((1.0,) * 5,) * 4, "padding": 3},
    ],
)
@pytest.mark.parametrize("reading", ["paint", "stuff"])
def test_an_output_of_which_nothing_is_left_is_explained(
    settings: dict[str, Any], reading: str
) -> None:
    params = TransposedGridParams(**settings, reading=reading)
    assert transposed_grid.layer_of(params)(small_grid(params.grid)).numel() == 0  # torch takes it
    with pytest.raises(IllegalSettingError, match="nothing is left") as refused:
        transposed_grid.compute(params)
    transposed_grid.compute(replace(params, **refused.value.nearest))


def test_frames_of_output_padding_stay_inside_their_pane() -> None:
    params = TransposedGridParams(
        "counting_2", ((1.0,) * 7,), "stuff", stride=4, padding=3, output_padding=3, dilation=3
    )
    pane = transposed_grid.compute(params).pane("output")
    for row, column, height, width in pane.marked:
        assert min(row, column) >= 0
        assert row + height <= pane.shape[1]
        assert column + width <= pane.shape[2]


def test_torchs_message_names_torchs_layer() -> None:
    with pytest.raises(IllegalSettingError) as refused:
        transposed.compute(TransposedParams(small_picture(), padding_mode="reflect"))
    assert "Undrawn" not in refused.value.message
    assert "ConvTranspose2d" in refused.value.message


# ------------------------------------------------------------------------------------- the grid


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [[0, 0, 1], [0, 4, 6], [4, 12, 9]]),
        ({"stride": 2}, [[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]),
    ],
)
def test_the_examples_by_hand_are_painted(settings: Any, expected: Any) -> None:
    for reading in ("paint", "stuff"):
        result = transposed_grid.compute(TransposedGridParams(reading=reading, **settings))
        assert result.pane("output").values[0].tolist() == expected


def test_padding_cuts_a_ring_off_the_painting() -> None:
    result = transposed_grid.compute(TransposedGridParams(padding=1))
    pane = result.pane("output")
    assert pane.values[0].tolist() == [[0, 0, 1], [0, 4, 6], [4, 12, 9]]
    assert pane.ring == (1, 1, 1, 1)
    stuffed = transposed_grid.compute(TransposedGridParams(padding=1, reading="stuff"))
    assert stuffed.pane("output").values[0].tolist() == [[4]]


SETTINGS = [
    {},
    {"stride": 2, "padding": 1, "output_padding": 1, "bias": -1.5},
    {"stride": 3, "output_padding": 2, "bias": 0.5},
    {"stride": 2, "dilation": 3, "padding": 3, "output_padding": 2},
    {"padding": 2, "stride": 3},
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_both_readings_end_in_torchs_numbers(settings: dict[str, Any]) -> None:
    params = TransposedGridParams("digits_3x5", ((1.0, -2.0, 3.0), (0.5, 4.0, -6.0)), **settings)
    expected = transposed_grid.layer_of(params)(small_grid("digits_3x5"))[0].detach()
    painted = transposed_grid.compute(params)
    p = params.padding
    whole = painted.pane("output").values
    inside = whole[:, p : whole.shape[1] - p, p : whole.shape[2] - p]
    torch.testing.assert_close(inside, expected)
    assert painted.stepper is not None
    assert painted.stepper.paintings is not None
    torch.testing.assert_close(painted.stepper.paintings[-1], whole)
    stuffed = transposed_grid.compute(replace(params, reading="stuff"))
    torch.testing.assert_close(stuffed.pane("output").values, expected)
    by_sliding = F.conv2d(
        stuffed.pane("stuffed").values[None],
        stuffed.pane("turned").values[None],
        dilation=params.dilation,
    )
    torch.testing.assert_close(by_sliding[0] + params.bias, expected)


def test_each_step_of_the_painting_adds_one_stamp() -> None:
    stepper = transposed_grid.compute(
        TransposedGridParams("counting_2", NINE, stride=2, bias=0.5)
    ).stepper
    assert stepper is not None
    assert stepper.paintings is not None
    assert stepper.paintings.shape == (5, 1, 5, 5)
    assert stepper.paintings[0].unique().tolist() == [0.5]
    stamp = stepper.paintings[2] - stepper.paintings[1]  # the pixel in row 0, column 1 is 1
    assert stamp[0, :3, 2:].tolist() == [list(row) for row in NINE]
    assert int((stamp != 0).sum()) == 9


def test_stuffed_zeros_are_drawn_apart_and_pixels_are_not() -> None:
    pane = transposed_grid.compute(
        TransposedGridParams("counting_3x4", FROM_ZERO, "stuff", stride=3)
    ).pane("stuffed")
    assert pane.outside is not None
    assert pane.values[~pane.outside].tolist() == list(range(1, 13))
    assert pane.values[pane.outside].unique().tolist() == [0]


def test_the_rows_of_output_padding_are_framed() -> None:
    settings: dict[str, Any] = {"stride": 3, "padding": 1, "output_padding": 2}
    painted = transposed_grid.compute(TransposedGridParams("counting_3x4", NINE, **settings))
    # 3 x 4 -> 9 x 12: the last two rows and columns, in a painting with a ring of one more
    assert painted.pane("output").marked == ((8, 1, 2, 12), (1, 11, 9, 2))
    stuffed = transposed_grid.compute(
        TransposedGridParams("counting_3x4", NINE, "stuff", **settings)
    )
    assert stuffed.pane("output").marked == ((7, 0, 2, 12), (0, 10, 9, 2))


# ------------------------------------------------------------------------- sentences, over a sweep


def stamps_by_torch(layer: nn.ConvTranspose2d, size: tuple[int, int]) -> torch.Tensor:
    """Say how many stamps lie on each output: ones stamp ones."""
    counting = nn.ConvTranspose2d(
        1,
        1,
        (layer.kernel_size[0], layer.kernel_size[1]),
        (layer.stride[0], layer.stride[1]),
        (int(layer.padding[0]), int(layer.padding[1])),
        (layer.output_padding[0], layer.output_padding[1]),
        bias=False,
        dilation=(layer.dilation[0], layer.dilation[1]),
    )
    nn.init.ones_(counting.weight)
    return counting(torch.ones(1, 1, *size)).detach()[0, 0].round()


def grid_settings() -> list[TransposedGridParams]:
    chance = random.Random(9)
    kernels = (FROM_ZERO, NINE, ((1.0,),), ((1.0, -2.0, 3.0), (0.5, 4.0, -6.0)))
    return [
        TransposedGridParams(
            chance.choice(("counting_2", "digits_3x5")),
            chance.choice(kernels),
            stride=chance.randint(1, 4),
            padding=chance.randint(0, 3),
            output_padding=chance.choice((0, 0, 1, 2)),
            dilation=chance.randint(1, 3),
            bias=chance.choice((0.0, 0.5)),
        )
        for _ in range(250)
    ]


def test_what_is_said_of_the_stamps_holds_for_every_setting() -> None:
    told = set()
    for params in grid_settings():
        try:
            words = transposed_grid.compute(params).sentence
        except IllegalSettingError:
            continue
        image = small_grid(params.grid)
        counts = stamps_by_torch(transposed_grid.layer_of(params), (image.shape[2], image.shape[3]))
        most = int(counts.max())
        assert (f"Up to {most} stamps lie" in words) == (most > 1), words
        assert ("No two stamps overlap" in words) == (most < 2), words
        bare = f"no stamp reaches there is {'only the bias' if params.bias else 'zero'};"
        assert (bare in words) == bool((counts == 0).any()), words
        assert f"the output has {counts.shape[0]} × {counts.shape[1]} values" in words
        told.add((most > 1, bare in words))
    assert len(told) == 4


AROUND = re.compile(r"(?:(\d+) )?(added|cut off|nothing added)")


def read_ends(words: str) -> list[int]:
    """How many zeros there are at one end, down and across; negative where cells are cut off."""
    found = [int(n or 0) * (1 if kind == "added" else -1) for n, kind in AROUND.findall(words)]
    return found * 2 if len(found) == 1 else found


def test_what_is_said_of_the_stuffing_leads_to_torchs_numbers() -> None:
    checked = 0
    for params in grid_settings():
        params = replace(params, reading="stuff")
        try:
            words = transposed_grid.compute(params).sentence
        except IllegalSettingError:
            continue
        image, layer = small_grid(params.grid), transposed_grid.layer_of(params)
        between = re.search(r"(\d+) zeros? between|no zeros between", words)
        assert between is not None
        s = int(between[1] or 0) + 1
        height, width = ((n - 1) * s + 1 for n in image.shape[2:])
        stuffed = torch.zeros(1, 1, height, width)
        stuffed[..., ::s, ::s] = image
        middle = words.split("the pixels, ")[1].split(", the kernel")[0]
        assert "-" not in middle, "so many are cut off, not minus so many"
        first, _, last = middle.partition(" at the top and left, ")
        before, after = read_ends(first), read_ends(last or first)
        field = F.pad(stuffed, (before[1], after[1], before[0], after[0]))
        output = F.conv2d(
            field, layer.weight.flip(2, 3), layer.bias, dilation=params.dilation
        ).detach()
        expected = layer(image).detach()
        torch.testing.assert_close(output, expected)
        assert f"{expected.shape[2]} × {expected.shape[3]} values" in words
        checked += 1
    assert checked > 100


def test_what_is_said_of_the_photo_holds_for_every_setting() -> None:
    told = set()
    chance = random.Random(5)
    picture = small_picture(9, 12)
    for _ in range(250):
        params = TransposedParams(
            picture,
            kernel=chance.choice(("random_3x5", "random_1x1", "random_5x5")),
            stride=chance.randint(1, 6),
            padding=chance.randint(0, 4),
            output_padding=chance.choice((0, 0, 1, 3)),
            dilation=chance.randint(1, 4),
            bias=chance.random() < 0.5,
        )
        try:
            words = transposed.compute(params).sentence
        except IllegalSettingError:
            continue
        counts = stamps_by_torch(transposed.layer_of(params), (9, 12))
        most, share = int(counts.max()), 100 * float((counts == 0).double().mean())
        said = re.search(r"([\d.]+) % of it lies between or beyond them: (zero|the bias)", words)
        assert bool(said) == (share > 0), words
        if said:
            assert float(said[1]) == pytest.approx(share, abs=0.01)
            assert said[2] == ("the bias" if params.bias else "zero")
        else:
            assert (f"up to {most} on one another." in words) == (most > 1), words
            assert ("none on another." in words) == (most < 2), words
        kind = "one row or column" if params.padding == 1 else f"{params.padding} rows and columns"
        assert (f"cuts {kind} off on every side" in words) == (params.padding > 0)
        assert f"{counts.shape[0]} × {counts.shape[1]} values" in words
        told.add((bool(said), most > 1))
    assert len(told) == 4


# ---------------------------------------------------------------------------------------- links


def random_transposed_layers(count: int) -> list[tuple[nn.ConvTranspose2d, tuple[int, int]]]:
    chance = random.Random(21)
    found: list[tuple[nn.ConvTranspose2d, tuple[int, int]]] = []
    while len(found) < count:
        size = (chance.randint(2, 4), chance.randint(2, 5))
        layer = nn.ConvTranspose2d(
            in_channels=1,
            out_channels=1,
            kernel_size=(chance.randint(1, 3), chance.randint(1, 4)),
            stride=(chance.randint(1, 3), chance.randint(1, 3)),
            padding=(chance.randint(0, 2), chance.randint(0, 2)),
            output_padding=(chance.randint(0, 1), chance.randint(0, 2)),
            dilation=(chance.randint(1, 2), chance.randint(1, 3)),
        )
        try:
            layer(torch.zeros(1, 1, *size))
        except RuntimeError:
            continue
        found.append((layer, size))
    return found


def lit(links: Links, row: int, column: int) -> set[tuple[int, int]]:
    rows, columns = links.rows[row].tolist(), links.columns[column].tolist()
    return {(r, c) for r in rows for c in columns if r >= 0 and c >= 0}


def test_the_lit_inputs_of_every_output_are_the_nonzeros_of_autograd() -> None:
    for layer, size in random_transposed_layers(60):
        nn.init.ones_(layer.weight)

        def flat(pixels: torch.Tensor, layer: Any = layer, size: Any = size) -> torch.Tensor:
            return layer(pixels.view(1, 1, *size)).flatten()

        depends = torch.autograd.functional.jacobian(flat, torch.ones(size[0] * size[1])) != 0
        links = transposed_door.links(layer, size)
        assert links.transposed
        height, width = len(links.rows), len(links.columns)
        for place, row in enumerate(depends.view(height * width, *size)):
            expected = {(int(r), int(c)) for r, c in row.nonzero()}
            assert lit(links, *divmod(place, width)) == expected

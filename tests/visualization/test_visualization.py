"""What a screen shows is what the numbers say: ranges, colours, reduction, pictures of panes."""

from __future__ import annotations

import io
import math
from itertools import pairwise

import numpy
import pytest
import torch
from PIL import Image

from lessons_lib.images import zone_plate
from lessons_lib.visualization.colours import (
    LAST_INDEX,
    NOT_FINITE_COLOUR,
    NOT_FINITE_INDEX,
    beyond_colours,
    colour_table,
    signed_range,
    to_indices,
)
from lessons_lib.visualization.numbers import scale_ends, scale_text
from lessons_lib.visualization.pixels import (
    Pixels,
    as_batch,
    as_bytes,
    fitted_size,
    grid_pixels,
    map_pixels,
    photo_pixels,
    reduced,
    signal_pixels,
)
from lessons_lib.visualization.sheet import Tile, beyond_words, coloured, png_bytes, sheet_png

NAN, INF = float("nan"), float("inf")
MIDDLE = LAST_INDEX // 2


# ------------------------------------------------------------------------------------ ranges


@pytest.mark.parametrize(
    ("values", "reach"),
    [
        ([-0.5, 0.25], 0.5),
        ([1.0, 3.0], 3.0),
        ([-7.0, -2.0], 7.0),
        ([0.0, 0.0], 1.0),
        ([], 1.0),
        ([NAN, -2.0, INF], 2.0),
        ([NAN, INF], 1.0),
        ([1e-30], 1.0),
    ],
)
def test_the_range_is_the_smallest_around_zero(values: list[float], reach: float) -> None:
    low, high = signed_range(torch.tensor(values))
    assert (low, high) == (-high, pytest.approx(reach))


@pytest.mark.parametrize("reach", [1.0, 0.3, 1e-6, 1e9, 0.1])
def test_zero_has_the_middle_colour_in_every_signed_range(reach: float) -> None:
    values = torch.tensor([-reach, -0.0, 0.0, reach])
    assert to_indices(values, -reach, reach).tolist() == [0, MIDDLE, MIDDLE, LAST_INDEX]


def test_indices_rise_evenly_and_are_held_at_the_ends() -> None:
    values = torch.arange(-20.0, 275.0)
    indices = to_indices(values, 0.0, 254.0)
    assert indices.dtype == torch.uint8
    assert indices.tolist() == [min(254, max(0, int(v))) for v in values]


def test_a_value_takes_the_nearest_colour() -> None:
    assert to_indices(torch.tensor([0.4, 0.6, 99.4, 99.6]), 0.0, 254.0).tolist() == [0, 1, 99, 100]


def test_values_that_are_not_finite_have_an_index_of_their_own() -> None:
    values = torch.tensor([[0.0, NAN, 1.0], [INF, -1.0, -INF]])
    first, second = to_indices(values, -1.0, 1.0).tolist()
    assert first == [MIDDLE, 255, LAST_INDEX]
    assert second == [255, 0, 255]


def test_finite_values_whose_sum_is_not_finite_keep_their_colours() -> None:
    values = torch.tensor([3e38, 3e38, -3e38])
    assert NOT_FINITE_INDEX not in to_indices(values, -3e38, 3e38).tolist()


def test_the_values_themselves_are_left_alone() -> None:
    values = torch.tensor([0.1, NAN, 0.9])
    before = values.clone()
    to_indices(values, 0.0, 1.0)
    assert torch.equal(values.nan_to_num(5.0), before.nan_to_num(5.0))


# ------------------------------------------------------------------------------------ colours


def table(name: str) -> list[tuple[int, int, int]]:
    data = colour_table(name)
    assert len(data) == 1024
    assert set(data[3::4]) == {255}
    return [(data[i], data[i + 1], data[i + 2]) for i in range(0, 1024, 4)]


def lightness(colour: tuple[int, int, int]) -> float:
    """CIE L* of an sRGB colour, 0..100 (IEC 61966-2-1, CIE 1976)."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (each / 255 for each in colour)
    ]
    y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


def seen_without_red_and_green(colour: tuple[int, int, int]) -> numpy.ndarray:
    """What is left of an sRGB colour for a deuteranope (Vienot, Brettel and Mollon 1999)."""
    linear = numpy.array([(each / 255) ** 2.2 for each in colour])
    to_lms = numpy.array(
        [[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]]
    )
    blind = numpy.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]])
    return numpy.linalg.inv(to_lms) @ blind @ to_lms @ linear


@pytest.mark.parametrize("name", ["signed", "grey", "count"])
def test_the_last_colour_marks_what_is_not_finite(name: str) -> None:
    colours = table(name)
    assert colours[NOT_FINITE_INDEX] == NOT_FINITE_COLOUR
    assert NOT_FINITE_COLOUR not in colours[:NOT_FINITE_INDEX]


def test_a_signed_zero_is_the_lightest_and_nearly_without_colour() -> None:
    colours = table("signed")
    light = [lightness(colour) for colour in colours[:255]]
    assert light[MIDDLE] == max(light) > 95
    assert max(colours[MIDDLE]) - min(colours[MIDDLE]) <= 3


def test_signed_colours_darken_steadily_to_both_ends_and_alike() -> None:
    light = [lightness(colour) for colour in table("signed")[:255]]
    for side in (light[: MIDDLE + 1], light[MIDDLE:255][::-1]):
        assert all(b - a > -0.6 for a, b in pairwise(side))
        assert side[0] < 25
    far = [abs(light[MIDDLE - i] - light[MIDDLE + i]) for i in range(MIDDLE + 1)]
    assert max(far) < 15


def test_both_signs_differ_for_readers_who_see_no_red_and_green() -> None:
    colours = table("signed")
    for step in (40, 60, 80, 100):
        below, above = (seen_without_red_and_green(colours[MIDDLE + s * step]) for s in (-1, 1))
        assert abs(below - above).max() > 0.02, step


def test_grey_is_grey_and_more_counts_are_darker() -> None:
    assert [table("grey")[i] for i in (0, 127, 254)] == [(0, 0, 0), (128, 128, 128), (255,) * 3]
    light = [lightness(colour) for colour in table("count")[:255]]
    assert all(a >= b - 0.6 for a, b in pairwise(light))
    assert light[0] - light[254] > 70


def test_an_unknown_table_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'signed', 'grey', 'count' or 'classes'"):
        colour_table("rainbow")


# ------------------------------------------------------------------------------------ sizes


@pytest.mark.parametrize(
    ("size", "box", "fitted"),
    [
        ((1534, 767), (400, 400), (400, 200)),
        ((300, 451), (360, 360), (239, 360)),
        ((8, 6), (400, 400), (8, 6)),
        ((1000, 1), (10, 10), (10, 1)),
        ((5, 5), (1, 1), (1, 1)),
        ((1, 3000), (300, 300), (1, 300)),
        ((512, 512), (256, 900), (256, 256)),
    ],
)
def test_a_picture_is_fitted_into_the_room_in_proportion_and_never_enlarged(
    size: tuple[int, int], box: tuple[int, int], fitted: tuple[int, int]
) -> None:
    assert fitted_size(size, box) == fitted


def test_reducing_to_the_same_size_is_the_same_tensor() -> None:
    image = torch.rand(3, 8, 6)
    assert reduced(image, (8, 6)) is image


@pytest.mark.parametrize("size", [(20, 30), (23, 31), (7, 40), (60, 45)])
def test_a_reduced_picture_keeps_its_mean(size: tuple[int, int]) -> None:
    image = torch.rand(3, 60, 90, generator=torch.Generator().manual_seed(0))
    small = reduced(image, size)
    assert small.shape == (3, *size)
    for before, after in zip(image, small, strict=True):
        assert float(after.mean()) == pytest.approx(float(before.mean()), abs=0.01)


@pytest.mark.parametrize("size", [(1, 1), (5, 1)])
def test_bytes_reduced_to_one_column_keep_their_channels_apart(size: tuple[int, int]) -> None:
    image = torch.tensor([10, 100, 200], dtype=torch.uint8).view(3, 1, 1).expand(3, 9, 7)
    small = reduced(image.contiguous(), size)
    assert [channel.unique().tolist() for channel in small] == [[10], [100], [200]]


@pytest.mark.parametrize("value", [0.0, 0.37, 1.0])
def test_a_flat_picture_stays_flat_when_reduced(value: float) -> None:
    small = reduced(torch.full((3, 61, 47), value), (13, 11))
    assert torch.allclose(small, torch.full_like(small, value), atol=1e-6)


def test_fine_texture_becomes_grey_and_no_pattern_of_its_own() -> None:
    plate = zone_plate(512)[0]
    small = reduced(plate, (128, 128))
    picked = plate[:, ::4, ::4]
    ring = corner(small), corner(picked)
    # Beyond what 128 pixels can carry there is nothing to see; picking pixels makes moire there.
    assert float(ring[0].std()) < 0.06
    assert float(ring[0].mean()) == pytest.approx(0.5, abs=0.03)
    assert float(ring[1].std()) > 0.25


def corner(image: torch.Tensor) -> torch.Tensor:
    """Where the zone plate is finest: its corners."""
    return image[0, :24, :24]


def test_photos_as_bytes_and_as_numbers_are_reduced_alike() -> None:
    image = torch.rand(3, 90, 60, generator=torch.Generator().manual_seed(0))
    exact, quick = photo_pixels(image, (30, 30)), photo_pixels(as_bytes(image), (30, 30))
    first, second = (numpy.frombuffer(p.data, numpy.uint8).astype(int) for p in (exact, quick))
    assert abs(first - second).max() <= 1
    assert abs(first - expected_levels(image, (30, 20))).max() <= 2


def expected_levels(image: torch.Tensor, size: tuple[int, int]) -> numpy.ndarray:
    levels = reduced(image, size).mul(255).round().permute(1, 2, 0)
    return levels.reshape(-1).numpy().astype(int)


def test_a_batch_of_one_is_the_same_memory_in_the_same_order() -> None:
    levels = as_bytes(torch.rand(3, 7, 5))
    batch = as_batch(levels)
    assert batch.shape == (1, 3, 7, 5)
    assert torch.equal(batch[0], levels)
    assert batch.data_ptr() == levels.data_ptr()
    assert batch.is_contiguous(memory_format=torch.channels_last)


# ------------------------------------------------------------------------------------ pixels


def test_a_photo_travels_as_three_bytes_a_pixel_row_by_row() -> None:
    image = torch.arange(24.0).reshape(3, 2, 4) / 255
    pixels = photo_pixels(image, (100, 100))
    assert (pixels.format, pixels.height, pixels.width) == ("rgb8", 2, 4)
    assert list(pixels.data[:6]) == [0, 8, 16, 1, 9, 17]
    assert len(pixels.data) == 24


def test_a_photo_beyond_black_and_white_is_held_there() -> None:
    beyond = torch.tensor([-1.0, 0.5, 2.0]).reshape(3, 1, 1)
    assert as_bytes(beyond).flatten().tolist() == [0, 128, 255]


def test_a_map_travels_as_one_byte_a_pixel_with_its_range() -> None:
    pixels = map_pixels(torch.tensor([[-2.0, 0.0, 2.0]]), (9, 9), "signed", -2.0, 2.0)
    assert list(pixels.data) == [0, MIDDLE, LAST_INDEX]
    assert (pixels.format, pixels.height, pixels.width) == ("index8", 1, 3)
    assert (pixels.table, pixels.low, pixels.high) == ("signed", -2.0, 2.0)


def test_a_reduced_map_is_the_colour_of_the_mean_not_the_mean_of_colours() -> None:
    values = torch.tensor([[-1.0, 1.0] * 8] * 16)
    pixels = map_pixels(values, (4, 4), "signed", -1.0, 1.0)
    inside = torch.frombuffer(bytearray(pixels.data), dtype=torch.uint8).reshape(4, 4)[:, 1:3]
    assert set(inside.flatten().tolist()) <= {MIDDLE - 1, MIDDLE, MIDDLE + 1}


def test_a_coarse_map_travels_as_it_is_and_is_stretched_to_the_size_of_the_whole() -> None:
    values = torch.tensor([[0.0, 1.0], [2.0, 3.0]])
    pixels = map_pixels(values, (6, 6), "grey", 0.0, 254.0, size=(5, 4))
    assert (pixels.height, pixels.width, pixels.shown) == (2, 2, (5, 4))
    assert list(pixels.data) == [0, 1, 2, 3]
    assert coloured(pixels).size == (4, 5)


def test_a_coarse_photo_travels_as_it_is() -> None:
    image = torch.arange(6, dtype=torch.uint8).reshape(3, 1, 2)
    pixels = photo_pixels(image, (9, 9), size=(2, 4))
    assert (pixels.height, pixels.width, pixels.shown) == (1, 2, (2, 4))
    assert list(pixels.data) == [0, 2, 4, 1, 3, 5]


def test_a_coarse_map_with_more_values_than_room_is_reduced() -> None:
    values = torch.rand(30, 40)
    pixels = map_pixels(values, (15, 20), "grey", 0.0, 1.0, size=(90, 120))
    assert (pixels.height, pixels.width) == (15, 20)


def test_a_grid_travels_as_numbers_that_can_be_printed() -> None:
    values = torch.arange(12.0).reshape(2, 2, 3).transpose(1, 2)  # not contiguous
    pixels = grid_pixels(values, "count", 0.0, 12.0)
    assert (pixels.channels, pixels.height, pixels.width) == (2, 3, 2)
    assert numpy.frombuffer(pixels.data, numpy.float32).tolist() == values.flatten().tolist()


# ------------------------------------------------------------------------------------ pictures


def test_a_signal_travels_as_numbers_and_is_drawn_as_a_curve_on_a_static_page() -> None:
    values = torch.zeros(1, 12)
    values[0, 8:] = 2.0
    pixels = signal_pixels(values, "signed", -1.0, 2.0)
    assert (pixels.format, pixels.channels, pixels.height, pixels.width) == ("float32", 1, 1, 12)
    sent = torch.frombuffer(bytearray(pixels.data), dtype=torch.float32)
    assert sent.tolist() == [*[0] * 8, *[2] * 4]
    picture = numpy.asarray(coloured(pixels).convert("L"))
    height, width = picture.shape
    dark = picture < 100
    left, right = dark[:, : width // 2], dark[:, -width // 4 :]
    heights = [numpy.nonzero(half)[0].mean() / height for half in (left, right)]
    assert heights == pytest.approx([2 / 3, 0], abs=0.06)


@pytest.mark.parametrize("values", [[NAN], [1.0], [NAN, INF, -INF], [0.0, NAN, 1.0]])
def test_a_signal_with_gaps_or_one_sample_is_drawn_too(values: list[float]) -> None:
    pixels = signal_pixels(torch.tensor([values]), "signed", -1.0, 1.0)
    assert coloured(pixels).size[0] > 100


def test_pixels_are_coloured_as_the_canvas_colours_them() -> None:
    photo = photo_pixels(torch.tensor([1.0, 0.5, 0.0]).reshape(3, 1, 1), (9, 9))
    assert coloured(photo).getpixel((0, 0)) == (255, 128, 0)
    values = torch.tensor([[-1.0, 0.0, NAN]])
    shown = coloured(map_pixels(values, (9, 9), "signed", -1.0, 1.0))
    colours = table("signed")
    expected = [colours[0], colours[MIDDLE], NOT_FINITE_COLOUR]
    assert [shown.getpixel((x, 0)) for x in range(3)] == expected


def test_the_channels_of_a_grid_stand_below_each_other() -> None:
    values = torch.tensor([[[0.0, 254.0]], [[254.0, 0.0]]])
    shown = coloured(grid_pixels(values, "grey", 0.0, 254.0))
    assert shown.size == (2, 2)
    black, white = (0, 0, 0), (255, 255, 255)
    corners = [shown.getpixel(at) for at in ((0, 0), (1, 0), (0, 1), (1, 1))]
    assert corners == [black, white, white, black]


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def flat(colour: tuple[int, int, int], height: int, width: int) -> Pixels:
    return Pixels(bytes(colour) * (height * width), "rgb8", 3, height, width)


def test_a_sheet_has_the_pictures_from_left_to_right() -> None:
    sheet = opened(
        sheet_png(
            [Tile("one", flat((200, 0, 0), 300, 200)), Tile("two", flat((0, 0, 200), 100, 300))],
            ".",
        )
    )
    seen = [colour for _, colour in sheet.getcolors(1 << 16) or [] if colour != (255, 255, 255)]
    assert {(200, 0, 0), (0, 0, 200)} <= set(seen)
    red, blue = (places(sheet, colour) for colour in ((200, 0, 0), (0, 0, 200)))
    assert red[1].max() < blue[1].min()
    assert red[0].min() == blue[0].min()
    assert len(red[0]) == 300 * 200


def places(sheet: Image.Image, colour: tuple[int, int, int]) -> tuple[numpy.ndarray, ...]:
    found = numpy.nonzero((numpy.asarray(sheet) == colour).all(axis=2))
    assert len(found[0])
    return found


def test_small_pictures_are_enlarged_by_a_whole_number() -> None:
    sheet = opened(sheet_png([Tile("grid", flat((1, 99, 1), 7, 50))], "."))
    assert len(places(sheet, (1, 99, 1))[0]) == 7 * 7 * 7 * 50


def test_the_words_of_a_sheet_are_drawn() -> None:
    picture = [Tile("output", flat((9, 9, 200), 10, 10))]
    blank, with_words = (opened(sheet_png(picture, words)) for words in ("", "26 × 26 − done"))
    assert blank.size == with_words.size
    difference = numpy.asarray(blank).astype(int) - numpy.asarray(with_words)
    rows = numpy.nonzero(difference.any(axis=(1, 2)))[0]
    assert rows.min() > places(with_words, (9, 9, 200))[0].max()


def test_a_sheet_without_pictures_still_has_its_sentence() -> None:
    assert opened(sheet_png([], "torch refuses this setting.")).getcolors(4) is None


def test_a_png_is_a_png() -> None:
    image = Image.new("RGB", (3, 2), (1, 2, 3))
    data = png_bytes(image)
    assert data.startswith(b"\x89PNG")
    assert list(opened(data).tobytes()) == [1, 2, 3] * 6
    assert math.prod(opened(data).size) == 6


@pytest.mark.parametrize(
    ("values", "reach"),
    [
        ([0.0, 0.0], 1.0),
        ([1e-9, -1e-9], 1.0),
        ([0.0004, 0.0004], 1.0),
        ([-3.0, -3.0], 3.0),
        ([0.0004, -0.0004], 0.0004),
    ],
)
def test_one_value_everywhere_has_no_range_of_its_own(values: list[float], reach: float) -> None:
    low, high = signed_range(torch.tensor(values))
    assert (low, high) == (-high, pytest.approx(reach))


def test_a_sheet_prints_the_numbers_of_a_grid_and_pales_its_padding() -> None:
    values = torch.tensor([[[7.0, 0.0], [0.0, 0.0]]])
    apart = torch.tensor([[[False, True], [True, True]]])

    def drawn(first: float, pale: torch.Tensor | None) -> numpy.ndarray:
        values[0, 0, 0] = first
        return numpy.asarray(
            opened(sheet_png([Tile("g", grid_pixels(values, "count", 0, 9), (), pale)], "."))
        )

    assert (drawn(7.0, None) != drawn(8.0, None)).any()
    rows, columns = (drawn(7.0, None) != drawn(7.0, apart)).any(axis=2).nonzero()
    assert len(rows) > 3 * 20 * 20  # three cells are pale
    assert not ((columns < 40) & (rows < 55)).any()  # the first one is no padding


def test_many_pictures_stand_in_rows_and_a_long_sentence_is_broken() -> None:
    tiles = [Tile(str(n), flat((200, 0, n), 360, 360)) for n in range(8)]
    sheet = opened(sheet_png(tiles, "word " * 400))
    assert sheet.width <= 1500 + 2 * 16
    tops = {int(places(sheet, (200, 0, n))[0].min()) for n in range(8)}
    assert len(tops) == 2
    assert sheet.height > 2 * 400 + 5 * 22


@pytest.mark.parametrize(
    ("values", "reach"),
    [
        ([-0.25, 0.8], (-0.25, 0.8)),
        ([-2.0, 0.0], (-2.0, 0.0)),
        ([-0.5, 0.5009], None),  # less than half a colour
        ([float("nan"), 0.25, float("inf")], None),
        ([float("nan"), 0.25, 3.0], (0.25, 3.0)),
        ([], None),
    ],
)
def test_numbers_beyond_the_colours_are_noticed(
    values: list[float], reach: tuple[float, float] | None
) -> None:
    found = beyond_colours(torch.tensor(values, dtype=torch.float64), -0.5, 0.5)
    assert found == reach


def test_a_map_and_a_grid_say_how_far_their_numbers_go_beyond_the_colours() -> None:
    values = torch.tensor([[0.5, -3.0], [0.25, 2.0]])
    shown = [
        map_pixels(values, (9, 9), "signed", -2.0, 2.0),
        grid_pixels(values[None], "signed", -2.0, 2.0),
    ]
    assert [each.reach for each in shown] == [(-3.0, 2.0)] * 2
    assert map_pixels(values, (9, 9), "signed", -3.0, 3.0).reach is None


def test_what_has_no_colours_has_no_numbers_beyond_them() -> None:
    values = torch.tensor([[0.5, -3.0], [0.25, 2.0]])
    curves = grid_pixels(values[None], "", 0.0, 1.0)
    signal = signal_pixels(values, "signed", -2.0, 2.0)
    assert (curves.reach, signal.reach) == (None, None)


def test_a_reduced_map_still_says_how_far_its_numbers_reach() -> None:
    values = torch.zeros(40, 40)
    values[7, 21] = 5.0
    assert map_pixels(values, (8, 8), "signed", -1.0, 1.0).reach == (0.0, 5.0)


def test_the_scale_of_a_map_on_a_sheet_has_its_ends_and_says_how_far_numbers_go_on() -> None:
    def drawn(values: list[list[float]]) -> numpy.ndarray:
        pixels = map_pixels(torch.tensor(values), (90, 90), "signed", -2.0, 2.0)
        return numpy.asarray(opened(sheet_png([Tile("output", pixels)], "A sentence.")))

    within, beyond = drawn([[0.5, -2.0], [0.25, 2.0]]), drawn([[0.5, -2.0], [0.25, 7.0]])
    rows, columns = (within != beyond).any(axis=2).nonzero()
    assert len(rows)  # the picture is the same, the words are not
    assert rows.min() > 360
    assert columns.min() > 110


def test_numbers_beyond_the_colours_are_said_in_words() -> None:
    values = torch.tensor([[0.5, -3.0], [0.25, 2.0]])
    tiles = [
        Tile("first", map_pixels(values, (9, 9), "signed", -3.0, 3.0)),
        Tile("second", map_pixels(values, (9, 9), "signed", -2.0, 2.0)),
    ]
    assert beyond_words(tiles) == (
        "second: colours from −2 to +2; numbers from −3 to +2, beyond them in the last colour."
    )


@pytest.mark.parametrize(
    ("low", "high", "reach", "ends"),
    [
        (-0.47, 0.47, (-3.0, 0.1), ("−3 ◂ −0.47", "+0.47")),
        (0.0, 16.0, (-1.0, 20.0), ("−1 ◂ 0", "16 ▸ 20")),
        (-1.0, 1.0, (-1.001, 1.002), ("−1", "+1")),  # less than half a colour
        (0.0, 508.0, (-1.5, 509.5), ("−1.50 ◂ 0", "508 ▸ 509.50")),  # more
    ],
)
def test_a_scale_tells_how_far_numbers_go_on_at_the_end_where_they_do(
    low: float, high: float, reach: tuple[float, float], ends: tuple[str, str]
) -> None:
    assert scale_ends(low, high, reach) == ends


def test_the_end_of_a_scale_is_never_printed_as_nothing() -> None:
    printed = [scale_text(value) for value in (-0.47, 3.0, 0.0004, -0.0123, -3e-7, -0.0, 0.0999)]
    assert printed == ["−0.47", "3", "0.0004", "−0.012", "−3·10⁻⁷", "0", "0.10"]


def test_the_scale_of_a_narrow_map_goes_whole_from_the_lowest_number_to_the_highest() -> None:
    pixels = map_pixels(torch.zeros(8, 1), (90, 90), "signed", -2.0, 2.0)
    sheet = opened(sheet_png([Tile("output", pixels)], ""))
    scale, table = numpy.asarray(sheet).astype(int)[390:], colour_table("signed")
    first, last = (
        int(abs(scale - list(table[4 * n : 4 * n + 3])).sum(axis=2).min(axis=0).argmin())
        for n in (0, LAST_INDEX)
    )
    words = (scale.sum(axis=2) < 99).any(axis=0).nonzero()[0]
    assert words.min() < first < last - 90
    assert last < words.max()

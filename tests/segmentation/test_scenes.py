"""Scenes come from their seed alone, outlines are the true ones, and colour tells nothing."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from lessons_lib.images import BUNDLED, Picture, load_picture
from lessons_lib.segmentation import scenes
from lessons_lib.segmentation.scenes import (
    CLASSES,
    HELD_OUT,
    SIZE,
    Scene,
    Scenes,
    beyond_outline,
    draw_scene,
)

MANY = 500


@pytest.fixture(scope="module")
def many() -> list[tuple[Tensor, Tensor]]:
    data = Scenes(MANY)
    return [data[index] for index in range(MANY)]


# ---------------------------------------------------------------------------- from a seed


def test_a_scene_is_an_image_and_the_class_of_each_pixel() -> None:
    scene = draw_scene(5)
    assert scene.image.shape == (1, 3, 96, 128)
    assert scene.image.dtype == torch.float32
    assert 0 <= float(scene.image.min()) < float(scene.image.max()) <= 1
    assert scene.labels.shape == SIZE == (96, 128)
    assert scene.labels.dtype == torch.int64


def test_the_same_seed_gives_the_same_scene_and_another_seed_another() -> None:
    first, again, other = draw_scene(8), draw_scene(8), draw_scene(9)
    assert torch.equal(first.image, again.image)
    assert torch.equal(first.labels, again.labels)
    assert not torch.equal(first.image, other.image)
    assert not torch.equal(first.labels, other.labels)


@pytest.mark.parametrize(
    ("seed", "pixels", "colour", "roughness"),
    [
        (9, [8979, 0, 0, 2272, 1037], [0.5384, 0.4234, 0.4643], 0.0548),
        (HELD_OUT + 5, [6678, 1889, 1626, 2095, 0], [0.3294, 0.6071, 0.4010], 0.0558),
    ],
)
def test_a_scene_is_the_same_on_every_machine_and_next_year(
    seed: int, pixels: list[int], colour: list[float], roughness: float
) -> None:
    scene = draw_scene(seed)
    counted = torch.bincount(scene.labels.flatten(), minlength=5)
    assert counted.tolist() == pytest.approx(pixels, abs=3)
    assert scene.image.mean((0, 2, 3)).tolist() == pytest.approx(colour, abs=1e-3)
    steps = scene.image.diff(dim=3).abs().mean()
    assert float(steps) == pytest.approx(roughness, rel=0.01)


def test_drawing_leaves_torchs_own_random_numbers_alone() -> None:
    before = torch.get_rng_state()
    draw_scene(1)
    assert torch.equal(torch.get_rng_state(), before)


def test_values_are_those_that_a_file_can_hold() -> None:
    steps = 255 * draw_scene(2).image.double()
    torch.testing.assert_close(steps, steps.round(), atol=1e-4, rtol=0)


@pytest.mark.parametrize("size", [(1, 1), (20, 20), (37, 53), (700, 900)])
def test_scenes_of_any_size_are_drawn(size: tuple[int, int]) -> None:
    scene = draw_scene(3, size)
    assert scene.image.shape == (1, 3, *size)
    assert scene.labels.shape == size
    if size != (1, 1):
        assert len(scene.labels.unique()) > 1


# ---------------------------------------------------------------------------- the data set


def test_the_items_are_the_scenes_one_seed_after_the_other() -> None:
    data = Scenes(3, first=HELD_OUT, size=(24, 31))
    for index in (2, 0, 2):  # the last one from what was kept
        image, labels = data[index]
        scene = draw_scene(HELD_OUT + index, (24, 31))
        assert torch.equal(image, scene.image[0])
        assert torch.equal(labels, scene.labels)
    assert len(data) == 3
    assert torch.equal(data[-1][0], data[2][0])
    with pytest.raises(IndexError):
        data[3]


def test_a_scene_that_is_changed_by_its_user_stays_as_it_was_in_the_data() -> None:
    data = Scenes(1, size=(8, 9))
    for part in data[0]:
        part.zero_()
    assert float(data[0][0].max()) > 0


def test_a_scene_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data, draw = Scenes(2, size=(8, 9)), scenes.draw_scene
    drawn: list[int] = []

    def look(seed: int, size: tuple[int, int]) -> Scene:
        drawn.append(seed)
        return draw(seed, size)

    monkeypatch.setattr(scenes, "draw_scene", look)
    for index in (0, 1, 0, 1):
        data[index]
    assert drawn == [0, 1]


def test_what_makes_no_scenes_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"`size` \(=\(0, 5\)\)"):
        draw_scene(0, (0, 5))
    with pytest.raises(ValueError, match=r"`seed` \(=-1\)"):
        draw_scene(-1)
    with pytest.raises(ValueError, match=r"`count` \(=0\)"):
        Scenes(0)
    with pytest.raises(ValueError, match=r"`first` \(=-3\)"):
        Scenes(2, first=-3)
    with pytest.raises(ValueError, match=r"`size` \(=\(5, 0\)\)"):
        Scenes(2, size=(5, 0))


# ---------------------------------------------------------------------------- variety


def test_colour_tells_nothing_about_the_class(many: list[tuple[Tensor, Tensor]]) -> None:
    means = []
    for number in range(1, len(CLASSES)):
        colours = [image[:, labels == number].mean(1) for image, labels in many]
        seen = torch.stack([colour for colour in colours if not colour.isnan().any()])
        assert len(seen) > MANY / 4
        assert float(seen.std(0).min()) > 0.15, "each class comes in all colours"
        means.append(seen.mean(0))
    torch.testing.assert_close(torch.stack(means), torch.full((4, 3), 0.5), atol=0.05, rtol=0)


def test_the_ground_has_the_same_mean_colour_too(many: list[tuple[Tensor, Tensor]]) -> None:
    grounds = torch.stack([image[:, labels == 0].mean(1) for image, labels in many])
    torch.testing.assert_close(grounds.mean(0), torch.full((3,), 0.5), atol=0.05, rtol=0)
    assert float(grounds.std(0).min()) > 0.15


def test_every_class_has_its_share_of_the_pixels(many: list[tuple[Tensor, Tensor]]) -> None:
    counted = torch.stack([labels for _, labels in many]).flatten().bincount(minlength=5)
    shares = counted / counted.sum()
    assert 0.6 < float(shares[0]) < 0.85
    assert float(shares[1:].min()) > 0.03


def test_shapes_differ_in_number_and_hide_each_other(many: list[tuple[Tensor, Tensor]]) -> None:
    kinds = {len(labels.unique()) for _, labels in many}
    assert {2, 3, 4} <= kinds
    touching = 0
    for _, labels in many:
        left, right = labels[:, :-1], labels[:, 1:]
        touching += bool(((left != right) & (left > 0) & (right > 0)).any())
    assert touching > MANY / 10


def test_patterns_are_cut_from_all_the_photos(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def look(name: str) -> Picture:
        read.append(name)
        return load_picture(name)

    scenes._photo.cache_clear()
    monkeypatch.setattr(scenes, "load_picture", look)
    for seed in range(60):
        draw_scene(seed, (12, 17))
    scenes._photo.cache_clear()
    assert sorted(read) == sorted(BUNDLED)


def test_a_photo_that_is_too_small_goes_on_as_in_a_mirror() -> None:
    photo, large = load_picture("chelsea").image[0], scenes._photo("chelsea", (500, 460))
    assert large.shape == (3, 600, 902)
    assert torch.equal(large[:, :300, :451], photo)
    assert torch.equal(large[:, 300:, :451], photo.flip(1))
    assert torch.equal(large[:, :, 451:], large[:, :, :451].flip(2))


# ---------------------------------------------------------------------------- outlines

GRID = torch.arange(201)[:, None] - 100.3, torch.arange(241)[None, :] - 110.2
"""Offsets of 201 x 241 pixels from a middle that is on no pixel's."""


@pytest.mark.parametrize("turned", [0.0, 0.2])
@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("disc", math.pi * 60**2),
        ("ring", math.pi * (60**2 - 24**2)),
        ("square", (2 * 0.8 * 60) ** 2),
        ("triangle", 3 * math.sqrt(3) * (0.62 * 60) ** 2),
    ],
)
def test_a_shape_covers_the_area_of_its_formula(name: str, area: float, turned: float) -> None:
    inside = beyond_outline(name, GRID, 60, turned, width=0.6) < 0
    assert int(inside.sum()) == pytest.approx(area, rel=0.01)


def test_outlines_pass_where_they_should() -> None:
    def at(name: str, down: float, right: float, **settings: float) -> float:
        return float(
            beyond_outline(name, (torch.tensor(down), torch.tensor(right)), 10, **settings)
        )

    assert at("disc", 6, 8) == pytest.approx(0, abs=1e-5)
    assert at("ring", 0, 0, width=0.4) == pytest.approx(6, abs=1e-5), "the hole is ground"
    assert at("ring", 0, 8, width=0.4) == pytest.approx(-2, abs=1e-5)
    assert at("square", 7, 7) == pytest.approx(-1, abs=1e-5)
    assert at("square", 0, 10, turned=math.pi / 4) == pytest.approx(-0.929, abs=1e-3)
    assert at("triangle", 6.2, 0) == pytest.approx(0, abs=1e-5), "it stands on a side"
    assert at("triangle", -12.4, 0) == pytest.approx(0, abs=1e-5), "its tip is above"
    assert at("triangle", -7, 0) < 0 < at("triangle", 7, 0)


def test_turning_a_triangle_to_the_right_moves_its_foot_to_the_left() -> None:
    feet = [beyond_outline("triangle", GRID, 60, turned)[:, 0:60] < 0 for turned in (0.2, 0.0)]
    assert int(feet[0].sum()) > int(feet[1].sum())


def test_labels_and_image_show_the_same_outline() -> None:
    # across an outline the image changes more than elsewhere
    steps, elsewhere = [], []
    for seed in range(40):
        scene = draw_scene(seed)
        change = (scene.image[0, :, :, 2:] - scene.image[0, :, :, :-2]).abs().amax(0)
        edge = scene.labels[:, 2:] != scene.labels[:, :-2]
        steps.append(change[edge].mean())
        elsewhere.append(change[~edge].mean())
    assert float(torch.stack(steps).mean()) > 3 * float(torch.stack(elsewhere).mean())

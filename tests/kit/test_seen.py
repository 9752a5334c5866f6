"""What a segmenting network looks at: scenes with their truth, pictures scaled down to a side."""

from __future__ import annotations

import pytest
import torch

from lessons_lib.images import Picture, load_picture, picture_from_bytes
from lessons_lib.kit.seen import classes_pane, seen_picture, seen_scene
from lessons_lib.segmentation.scenes import CLASSES, HELD_OUT, draw_scene


def test_a_scene_is_the_held_out_one_of_its_number_with_its_truth() -> None:
    seen, scene = seen_scene(7), draw_scene(HELD_OUT + 7)
    assert seen.name == "scene 7"
    assert torch.equal(seen.image, scene.image)
    assert seen.labels is not None
    assert torch.equal(seen.labels, scene.labels)
    assert torch.equal(seen.pane().values, (255 * scene.image[0]).round().to(torch.uint8))
    assert torch.equal(seen.truth_pane().values, scene.labels)
    assert seen.truth_pane().labels == CLASSES
    assert (seen.truth_pane().name, seen.truth_pane().title) == ("truth", "truth")
    assert seen_scene(7).levels is seen.levels, "the stage need not be sent it again"


@pytest.mark.parametrize("size", [(30, 45), (1, 1), (20, 20), (45, 30)])
def test_a_small_picture_is_taken_as_it_is(size: tuple[int, int]) -> None:
    image = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(2))
    seen = seen_picture(Picture("mine", image, "the first frame"), 96)
    assert seen.image is image
    assert (seen.size, seen.note, seen.labels) == (size, "the first frame", None)


@pytest.mark.parametrize(
    ("size", "longest", "scaled"),
    [
        ((300, 451), 192, (128, 192)),
        ((451, 300), 96, (96, 64)),
        ((768, 2), 96, (96, 1)),
        ((97, 97), 96, (96, 96)),
    ],
)
def test_a_larger_picture_is_scaled_down_and_says_so(
    size: tuple[int, int], longest: int, scaled: tuple[int, int]
) -> None:
    image = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(2))
    seen = seen_picture(Picture("mine", image), longest)
    assert seen.size == scaled
    assert seen.pane().shape == (3, *scaled)
    assert torch.equal(seen.levels, (255 * seen.image[0]).round().byte())
    assert seen.note == f"scaled down from {size[0]} × {size[1]}"
    assert 0 <= float(seen.image.min()) <= float(seen.image.max()) <= 1
    assert float(seen.image.mean()) == pytest.approx(float(image.mean()), abs=0.02)
    assert not seen.image.is_inference(), "whoever wants a slope by it may have one"


def test_what_was_changed_in_a_picture_is_said_before_the_scaling() -> None:
    seen = seen_picture(Picture("mine", torch.zeros(1, 3, 300, 451), "the first frame"), 96)
    assert seen.note == "the first frame · scaled down from 300 × 451"


def test_scaling_down_takes_means_and_turns_no_fine_pattern_into_a_coarse_one() -> None:
    stripes = torch.zeros(1, 3, 200, 400)
    stripes[..., ::4] = 1.0
    inside = seen_picture(Picture("stripes", stripes), 100).image[..., 5:-5]
    assert float((inside - 0.25).abs().max()) < 0.1


def test_grey_and_transparent_files_come_as_three_channels() -> None:
    import io

    from PIL import Image

    for mode, colour in (("L", 90), ("RGBA", (200, 10, 60, 128))):
        file = io.BytesIO()
        Image.new(mode, (40, 25), colour).save(file, "PNG")
        picture = picture_from_bytes(file.getvalue(), "x.png")
        assert seen_picture(picture, 96).image.shape == (1, 3, 25, 40)


def test_nobody_knows_the_truth_of_a_picture() -> None:
    with pytest.raises(ValueError, match="nobody knows the truth of chelsea"):
        seen_picture(load_picture("chelsea"), 128).truth_pane()


def test_a_pane_of_classes_has_their_names() -> None:
    pane = classes_pane("prediction", "it says", torch.ones(4, 6, dtype=torch.int64), "output")
    assert (pane.kind, pane.labels, pane.shape, pane.role) == ("classes", CLASSES, (4, 6), "output")

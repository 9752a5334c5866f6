"""Photos and labels are cut alike, colours become classes, and a training step runs on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from lessons_lib.segmentation.metrics import IGNORED
from lessons_lib.segmentation.voc import (
    CROP,
    MEAN,
    STD,
    VOC_CLASSES,
    VOCPhotos,
    labels_of,
    normalised,
    shown,
    voc_colours,
)
from tests.segmentation.voc_shaped import GREY, LARGE, SIZES, label_numbers, painted, write_voc


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("voc")
    write_voc(folder)
    return folder


# ------------------------------------------------------------------------------ colours, classes

# As everybody writes them down, in the order of VOC_CLASSES.
WRITTEN_DOWN = [
    [0, 0, 0],
    [128, 0, 0],
    [0, 128, 0],
    [128, 128, 0],
    [0, 0, 128],
    [128, 0, 128],
    [0, 128, 128],
    [128, 128, 128],
    [64, 0, 0],
    [192, 0, 0],
    [64, 128, 0],
    [192, 128, 0],
    [64, 0, 128],
    [192, 0, 128],
    [64, 128, 128],
    [192, 128, 128],
    [0, 64, 0],
    [128, 64, 0],
    [0, 192, 0],
    [128, 192, 0],
    [0, 64, 128],
]


def test_the_21_colours_are_those_of_voc() -> None:
    assert len(VOC_CLASSES) == 21
    assert voc_colours()[:21].tolist() == WRITTEN_DOWN
    assert voc_colours()[IGNORED].tolist() == [224, 224, 192]


def test_all_256_colours_differ() -> None:
    assert len(set(map(tuple, voc_colours().tolist()))) == 256


NUMBERS = np.array([[0, 5, 20, 255], [15, 0, 1, 7]], dtype=np.uint8)


@pytest.mark.parametrize("mode", ["P", "L", "RGB", "RGBA"])
def test_labels_are_read_from_every_kind_of_picture(mode: str) -> None:
    picture = Image.fromarray(NUMBERS) if mode == "L" else painted(NUMBERS)
    labels = labels_of(picture if mode in ("P", "L") else picture.convert(mode))
    assert labels.dtype == torch.int64
    assert labels.tolist() == NUMBERS.tolist()


def test_all_classes_and_the_border_are_read_from_their_colours() -> None:
    numbers = np.array([[*range(21), 255]], dtype=np.uint8)
    assert labels_of(painted(numbers).convert("RGB")).tolist() == numbers.tolist()


@pytest.mark.parametrize("number", [21, 254])
def test_a_number_of_no_class_is_refused(number: int) -> None:
    wrong = NUMBERS.copy()
    wrong[1, 2] = number
    with pytest.raises(ValueError, match=rf"has {number} at row 1, column 2, which stands for no"):
        labels_of(painted(wrong))


def test_a_colour_of_no_class_is_refused() -> None:
    picture = painted(NUMBERS).convert("RGB")
    picture.putpixel((3, 1), (129, 0, 0))
    with pytest.raises(ValueError, match=r"has \(129, 0, 0\) at row 1, column 3"):
        labels_of(picture)


# ------------------------------------------------------------------------------------- the photos


def test_a_photo_is_normalised_as_torchvision_does_it() -> None:
    from lessons_lib.machine.torchvision_cpu import make_torchvision_importable

    make_torchvision_importable()
    from torchvision.transforms import functional as transforms

    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3) * 14
    photo = Image.fromarray(pixels)
    expected = transforms.normalize(transforms.to_tensor(photo), list(MEAN), list(STD))
    assert torch.allclose(normalised(photo), expected, atol=1e-6)
    assert torch.allclose(shown(normalised(photo)), transforms.to_tensor(photo), atol=1e-6)


def test_a_grey_photo_becomes_one_of_three_channels() -> None:
    assert normalised(Image.new("L", (5, 4), 100)).shape == (3, 4, 5)


def greys(image: Tensor) -> Tensor:
    """What the photo shows, as the class it was painted with."""
    return (shown(image)[1] * 255 / GREY).round().long()


@pytest.mark.parametrize("place", ["random", "middle"])
def test_photo_and_labels_are_cut_at_the_same_place(root: Path, place: str) -> None:
    data = VOCPhotos(root, place=place)
    for index in range(len(data)):
        image, labels = data[index]
        assert image.shape == (3, *CROP)
        assert image.dtype == torch.float32
        assert labels.shape == CROP
        asked = labels != IGNORED
        assert 0.5 < asked.float().mean() < 0.97
        assert torch.equal(greys(image)[asked], labels[asked])


def places(labels: Tensor, name: str) -> list[tuple[int, int]]:
    """Where in a photo's whole labels this piece is found."""
    whole = torch.from_numpy(label_numbers(*SIZES[name])).long()
    h, w = labels.shape
    return [
        (top, left)
        for top in range(whole.shape[0] - h + 1)
        for left in range(whole.shape[1] - w + 1)
        if torch.equal(whole[top : top + h, left : left + w], labels)
    ]


def test_random_pieces_lie_anywhere_and_follow_from_the_seed(root: Path) -> None:
    data, again, other = VOCPhotos(root), VOCPhotos(root), VOCPhotos(root, seed=1)
    found = [places(data[0][1], LARGE[0]) for _ in range(12)]
    assert all(len(each) == 1 for each in found)
    tops = {top for ((top, _),) in found}
    lefts = {left for ((_, left),) in found}
    assert len(tops) > 4
    assert len(lefts) > 4
    again[2]  # another photo between changes nothing
    assert [places(again[0][1], LARGE[0]) for _ in range(12)] == found
    assert [places(other[0][1], LARGE[0]) for _ in range(12)] != found


def test_torchs_global_draws_are_left_alone(root: Path) -> None:
    before = torch.get_rng_state()
    VOCPhotos(root)[0]
    assert torch.equal(torch.get_rng_state(), before)


def test_the_middle_is_the_middle_each_time(root: Path) -> None:
    data = VOCPhotos(root, place="middle")
    assert places(data[0][1], LARGE[0]) == [(5, 10)]
    assert places(data[0][1], LARGE[0]) == [(5, 10)]
    assert places(data[2][1], LARGE[2]) == [(27, 10)]


def test_a_photo_just_large_enough_is_taken_whole(root: Path) -> None:
    _, labels = VOCPhotos(root)[1]
    assert np.array_equal(labels.numpy(), label_numbers(320, 480))


def test_smaller_photos_are_left_out_and_counted(root: Path) -> None:
    data = VOCPhotos(root)
    assert (len(data), data.left_out) == (3, 2)
    small = VOCPhotos(root, crop=(320, 470))
    assert (len(small), small.left_out) == (4, 1)


def test_a_piece_that_no_photo_holds_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match=r"`crop` \(=\(512, 480\)\) must fit .* all 5 are smaller"):
        VOCPhotos(root, crop=(512, 480))


def test_an_unknown_place_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match=r"`place` \(='left'\)"):
        VOCPhotos(root, place="left")


def test_an_index_counts_from_the_end_too_and_ends_where_the_photos_do(root: Path) -> None:
    data, again = VOCPhotos(root), VOCPhotos(root)
    assert torch.equal(data[-1][1], again[2][1])
    assert len(list(iter(data))) == 3
    with pytest.raises(IndexError):
        data[-4]


def test_a_label_painted_in_colours_is_read_as_well(tmp_path: Path) -> None:
    folder = write_voc(tmp_path, {"a": (330, 500)})
    file = folder / "SegmentationClass/a.png"
    with Image.open(file) as picture:
        picture.convert("RGB").save(file)
    image, labels = VOCPhotos(tmp_path)[0]
    asked = labels != IGNORED
    assert torch.equal(greys(image)[asked], labels[asked])


def test_the_home_folder_may_be_written_as_a_sign(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(root.parent))
    monkeypatch.setenv("USERPROFILE", str(root.parent))
    assert len(VOCPhotos(f"~/{root.name}")) == 3

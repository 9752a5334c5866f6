"""A small folder of the shape of VOC2012, whose photos show their own labels."""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

from lessons_lib.segmentation.voc import VOC_CLASSES, voc_colours

GREY = 12  # a photo's grey is so many times its class: no class comes out of JPEG as another
SIZES = {
    "2007_000032": (330, 500),
    "2007_000039": (320, 480),  # just large enough
    "2007_000063": (500, 470),  # too narrow
    "2007_000068": (375, 500),
    "2007_000121": (319, 600),  # one row too low
}
LARGE = ["2007_000032", "2007_000039", "2007_000068"]


def label_numbers(height: int, width: int) -> np.ndarray:
    """Blocks of 7 x 11 pixels, in no row or column order twice, with an ignored border between."""
    rows, columns = np.mgrid[:height, :width]
    down, across = rows // 7, columns // 11
    labels = (down * down + 3 * across + down * across) % len(VOC_CLASSES)
    labels[(rows % 35 == 0) | (columns % 44 < 2)] = 255
    return labels.astype(np.uint8)


def painted(labels: np.ndarray) -> Image.Image:
    """As VOC's own files: the numbers, with a palette."""
    picture = Image.fromarray(labels)
    picture.putpalette(voc_colours().flatten().tolist())
    assert picture.mode == "P"
    return picture


def write_voc(root: Path, names: dict[str, tuple[int, int]] = SIZES, lists: str = "train") -> Path:
    """Make the folder; returns the one that holds the lists, photos and labels."""
    folder = root / "VOCdevkit" / "VOC2012"
    for part in ("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, (height, width) in names.items():
        labels = label_numbers(height, width)
        grey = np.where(labels == 255, 0, labels) * GREY
        photo = Image.fromarray(grey.astype(np.uint8)).convert("RGB")
        photo.save(folder / "JPEGImages" / f"{name}.jpg", quality=100, subsampling=0)
        painted(labels).save(folder / "SegmentationClass" / f"{name}.png")
    for each in lists.split():
        (folder / "ImageSets/Segmentation" / f"{each}.txt").write_text("\n".join(names) + "\n")
    return folder


def write_archive(file: Path, names: dict[str, tuple[int, int]] = SIZES) -> str:
    """Pack such a folder as VOC's archive is packed; returns its MD5 digest."""
    whole = file.parent / "to-pack"
    write_voc(whole, names, "train val")
    with tarfile.open(file, "w") as archive:
        archive.add(whole / "VOCdevkit", "VOCdevkit")
    return hashlib.md5(file.read_bytes()).hexdigest()

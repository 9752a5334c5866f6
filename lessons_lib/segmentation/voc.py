"""Real photos: VOC2012, with the class of every pixel."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

from lessons_lib.machine.torchvision_cpu import make_torchvision_importable
from lessons_lib.segmentation.metrics import IGNORED
from lessons_lib.segmentation.voc_folder import ImageSet, check_voc, fetch_voc

VOC_CLASSES = (
    "background",
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "dining table",
    "dog",
    "horse",
    "motorbike",
    "person",
    "potted plant",
    "sheep",
    "sofa",
    "train",
    "tv/monitor",
)

CROP = (320, 480)
"""Height and width that are cut out of each photo, both multiples of 32."""

# Mean and spread of red, green and blue over the photos of ImageNet, as torchvision's networks
# were taught with them.
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


# ------------------------------------------------------------------------------ colours, classes


def voc_colours() -> Tensor:
    """Make the colours in which VOC's labels are painted, one per number.

    The number's lowest three bits become the highest bits of red, green and blue, its next three
    bits the second highest, and so on: numbers close together get colours far apart.

    Returns:
        uint8 (256, 3), red, green, blue; 0 is black, 255 (the ignored border) a pale yellow.

    Example:
        >>> voc_colours()[[0, 1, 2, 8, 255]].tolist()
        [[0, 0, 0], [128, 0, 0], [0, 128, 0], [64, 0, 0], [224, 224, 192]]
    """
    numbers = torch.arange(256)
    colours = torch.zeros(256, 3, dtype=torch.int64)
    for level in range(3):  # eight bits: three for red, three for green, two for blue
        for channel in range(3):
            bit = numbers >> (3 * level + channel) & 1
            colours[:, channel] |= bit << (7 - level)
    return colours.to(torch.uint8)


def labels_of(picture: Image.Image) -> Tensor:
    """Read the class of every pixel from a picture of labels.

    Args:
        picture: with a palette (its numbers are the classes, as in VOC's own files), grey (the
            same), or in colour (each pixel has one of `voc_colours`).

    Returns:
        int64 (H, W), 0 to 20, and 255 where nobody is asked.

    Raises:
        ValueError: a number or a colour that stands for no class.

    Example:
        >>> labels_of(Image.new("RGB", (3, 2), (128, 0, 0))).tolist()
        [[1, 1, 1], [1, 1, 1]]
    """
    if picture.mode in ("P", "L"):
        labels = torch.from_numpy(np.array(picture, dtype=np.int64))
    else:
        labels = _classes_of(torch.from_numpy(np.array(picture.convert("RGB"))))  # (H, W, 3)
    wrong = ((labels < 0) | (labels >= len(VOC_CLASSES))) & (labels != IGNORED)
    if wrong.any():
        row, column = wrong.nonzero()[0].tolist()
        raise ValueError(
            f"`picture` has {picture.getpixel((column, row))} at row {row}, column {column}, which "
            f"stands for no class: allowed are 0 to {len(VOC_CLASSES) - 1} and {IGNORED}, or the "
            "colours of these. Labels must be saved without loss (PNG, not JPEG)."
        )
    return labels


def _classes_of(colours: Tensor) -> Tensor:
    """Look each colour (..., 3) up: int64 (...), -1 for one that stands for nothing."""
    known, classes = _one_number(voc_colours()).sort()
    asked = _one_number(colours)
    nearest = torch.searchsorted(known, asked).clamp(max=len(known) - 1)
    return torch.where(known[nearest] == asked, classes[nearest], -1)


def _one_number(colours: Tensor) -> Tensor:
    """Write three channels (..., 3) as one number (...)."""
    red, green, blue = colours.long().unbind(-1)
    return (red << 16) + (green << 8) + blue


# ------------------------------------------------------------------------------------- the photos


def normalised(photo: Image.Image) -> Tensor:
    """Turn a photo into what networks learned on ImageNet expect: mean 0 and spread 1 per colour.

    Returns:
        float32 (3, H, W), about -2 to 3.

    Example:
        >>> normalised(Image.new("RGB", (5, 4), (124, 116, 104))).abs().max().item() < 0.01
        True
    """
    pixels = torch.from_numpy(np.array(photo.convert("RGB"), dtype=np.float32)) / 255
    image = (pixels - torch.tensor(MEAN)) / torch.tensor(STD)
    return image.permute(2, 0, 1).contiguous()  # (H, W, 3) -> (3, H, W)


def shown(image: Tensor) -> Tensor:
    """Turn what `normalised` made back into a picture to look at, 0 to 1.

    Args:
        image: (3, H, W) or (N, 3, H, W).

    Example:
        >>> image = normalised(Image.new("RGB", (1, 1), (255, 0, 51)))
        >>> [round(value, 4) for value in shown(image).flatten().tolist()]
        [1.0, 0.0, 0.2]
    """
    mean, std = (torch.tensor(each).to(image)[:, None, None] for each in (MEAN, STD))
    return (image * std + mean).clamp(0, 1)


class VOCPhotos(Dataset[tuple[Tensor, Tensor]]):
    """Photos of VOC2012 and the class of every pixel, each cut to one size.

    The same piece is cut out of photo and labels. Photos smaller than the piece are left out:
    made larger, their labels would have to be guessed.

    Args:
        root: the folder that holds VOCdevkit; "~" is your home folder.
        image_set: "train", "val" or "trainval".
        crop: height and width of the piece.
        place: "random" for learning: each time a photo is asked for, another piece is cut out of
            it; "middle" for measuring.
        seed: of the random places: the n-th piece of a photo is always the same one. Each worker
            of a DataLoader counts for itself.
        download: fetch what is missing (2 GB). Without it nothing ever goes to the internet.

    Attributes:
        left_out: how many photos of the list are smaller than the piece.

    Raises:
        MissingDataError: the folder is not there or not whole; DownloadError is one of these.
        ValueError: an unknown word, or a piece for which all photos are too small.
    """

    def __init__(
        self,
        root: str | Path,
        image_set: ImageSet | str = "train",
        crop: tuple[int, int] = CROP,
        place: Literal["random", "middle"] | str = "random",
        seed: int = 0,
        download: bool = False,
    ) -> None:
        if place not in ("random", "middle"):
            raise ValueError(f'`place` (={place!r}) must be "random" or "middle".')
        folder = Path(root).expanduser().absolute()
        if download:
            fetch_voc(folder, image_set)
        sizes = check_voc(folder, image_set)
        self.crop, self._place, self._seed = crop, place, seed
        large = [h >= crop[0] and w >= crop[1] for h, w in sizes]
        self._kept = [index for index, is_large in enumerate(large) if is_large]
        self.left_out = len(sizes) - len(self._kept)
        if not self._kept:
            raise ValueError(
                f"`crop` (={crop}) must fit into a photo: all {len(sizes)} are smaller."
            )
        self._asked = [0] * len(self._kept)
        self._files = _torchvision_files(folder, image_set)

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Cut a piece out of a photo.

        Returns:
            The photo, normalised, float32 (3, h, w), and its labels, int64 (h, w).
        """
        if not -len(self) <= index < len(self):
            raise IndexError(f"`index` (={index}) must be below {len(self)}.")
        index %= len(self)
        photo, painted = self._files[self._kept[index]]
        box = self._piece(index, photo.height, photo.width)
        self._asked[index] += 1
        return normalised(photo.crop(box)), labels_of(painted.crop(box))

    def _piece(self, index: int, height: int, width: int) -> tuple[int, int, int, int]:
        """Choose left, top, right and bottom of the piece."""
        h, w = self.crop
        top, left = (height - h) // 2, (width - w) // 2
        if self._place == "random":
            draw = torch.Generator().manual_seed(self._number_of_piece(index))
            top = int(torch.randint(height - h + 1, (), generator=draw))
            left = int(torch.randint(width - w + 1, (), generator=draw))
        return left, top, left + w, top + h

    def _number_of_piece(self, index: int) -> int:
        """Make one seed of three numbers, another for each piece of each photo."""
        return ((self._seed * 10_007 + index) * 10_007 + self._asked[index]) % (1 << 63)


def _torchvision_files(folder: Path, image_set: str) -> Any:
    """Open the folder by torchvision's own class, which gives pairs of Pillow's pictures."""
    make_torchvision_importable()
    from torchvision.datasets import VOCSegmentation

    return VOCSegmentation(folder, year="2012", image_set=image_set, download=False)

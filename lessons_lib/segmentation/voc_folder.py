"""The folder with VOC2012's photos and labels: checked before each use, fetched when asked for.

It is the folder that torchvision's `VOCSegmentation` reads:
    root/VOCdevkit/VOC2012/ImageSets/Segmentation/train.txt      the names, one per line
    root/VOCdevkit/VOC2012/JPEGImages/NAME.jpg                   the photos
    root/VOCdevkit/VOC2012/SegmentationClass/NAME.png            their labels
"""

from __future__ import annotations

import os
import tarfile
import tempfile
from http.client import HTTPException
from pathlib import Path
from typing import Literal

from PIL import Image, UnidentifiedImageError

from lessons_lib.machine.torchvision_cpu import make_torchvision_importable
from lessons_lib.segmentation.downloads import (
    DownloadError,
    MissingDataError,
    check_reachable,
    has_digest,
    not_fetched,
    reason_of,
)

ImageSet = Literal["train", "val", "trainval"]
IMAGE_SETS: tuple[str, ...] = ("train", "val", "trainval")
BASE = Path("VOCdevkit") / "VOC2012"
ARCHIVE = "VOCtrainval_11-May-2012.tar"

_WHAT = "VOC2012 (2 GB)"
_TAIL = 1024  # bytes at a file's end in which its end mark stands, a few that mean nothing after it
_END_MARKS = {"JPEG": b"\xff\xd9", "PNG": b"IEND"}


def check_voc(root: Path, image_set: ImageSet | str = "train") -> list[tuple[int, int]]:
    """Make sure that all photos and labels of a list are there and whole, before one is used.

    Args:
        root: the folder that holds VOCdevkit.
        image_set: "train" (1464 photos), "val" (1449) or "trainval" (both).

    Returns:
        (height, width) of each photo, in the order of the list.

    Raises:
        MissingDataError: some are not; the message says how many, and names one.
        ValueError: no such list.
    """
    if image_set not in IMAGE_SETS:
        raise ValueError(f"`image_set` (={image_set!r}) must be one of {', '.join(IMAGE_SETS)}.")
    folder = root / BASE
    if not folder.is_dir():
        raise MissingDataError(f"VOC2012 is not in the folder {root}. {_cure(root)}")
    names = _names(folder / "ImageSets" / "Segmentation" / f"{image_set}.txt")
    if not names:
        raise MissingDataError(f"VOC2012 in {root} has no list {image_set}.txt. {_cure(root)}")
    sizes, broken = [], []
    for name in names:
        files = (
            folder / "JPEGImages" / f"{name}.jpg",
            folder / "SegmentationClass" / f"{name}.png",
        )
        photo, labels = (_size(file) for file in files)
        broken += [file for file, size in zip(files, (photo, labels), strict=True) if size is None]
        if photo and labels and photo != labels:
            broken.append(files[1])
        sizes.append(photo or (0, 0))
    if broken:
        example = broken[0].relative_to(folder).as_posix()
        raise MissingDataError(
            f"VOC2012 in {root} is not whole: of the {2 * len(names)} files that {image_set}.txt "
            f"names, {len(broken)} are missing or broken, such as {example}. {_cure(root)}"
        )
    return sizes


def fetch_voc(root: Path, image_set: ImageSet | str = "train") -> None:
    """Fetch what `check_voc` misses: nothing where all is there.

    The archive is taken from `root` where it is there whole, so that it can be brought by hand, and
    fetched otherwise; after an interruption it is fetched anew. It is unpacked in a folder beside,
    and each file is moved to its place whole; others in there are left alone. Check afterwards.

    Args:
        root: the folder that holds VOCdevkit, or shall; made where it is missing.
        image_set: the list that is needed.

    Raises:
        DownloadError: the archive cannot be fetched or unpacked.
        ValueError: no such list.
    """
    try:
        check_voc(root, image_set)
    except MissingDataError:
        _fetch_archive(root)
        _unpack(root)


def _cure(root: Path) -> str:
    return (
        "Call it with download=True: that fetches VOC2012 (2 GB), or only unpacks it where "
        f"{ARCHIVE} lies in {root} already."
    )


def _names(file: Path) -> list[str]:
    return file.read_text("utf-8", errors="replace").split() if file.is_file() else []


def _size(file: Path) -> tuple[int, int] | None:
    """Give height and width of a picture that is whole, None for any other."""
    try:
        with Image.open(file) as picture:
            mark = _END_MARKS.get(picture.format or "", b"")
            if mark not in _last_bytes(file):
                picture.load()  # slow and sure: fails on what is cut off
            return picture.height, picture.width
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError):
        return None


def _last_bytes(file: Path) -> bytes:
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - _TAIL))
        return stream.read()


def _source() -> tuple[str, str]:
    """Ask torchvision where the archive lies, and for its MD5 digest."""
    make_torchvision_importable()
    from torchvision.datasets.voc import DATASET_YEAR_DICT

    entry = DATASET_YEAR_DICT["2012"]
    return entry["url"], entry["md5"]


def _fetch_archive(root: Path) -> None:
    """Bring the archive to `root`, or find it there; only its digest says that it is whole."""
    address, digest = _source()
    if has_digest(root / ARCHIVE, digest, "md5"):
        return
    cure = f"Try again with internet, or put {ARCHIVE} into {root} yourself."
    check_reachable(address, _WHAT, cure)
    from torchvision.datasets.utils import download_url

    try:
        download_url(address, root, ARCHIVE, digest)
    except (OSError, HTTPException, RuntimeError) as error:  # RuntimeError: the digest is wrong
        raise DownloadError(not_fetched(address, _WHAT, cure, reason_of(error))) from error


def _unpack(root: Path) -> None:
    """Unpack the archive beside its place, then move each file there."""
    try:
        with tempfile.TemporaryDirectory(dir=root, prefix="unpacking-") as beside:
            with tarfile.open(root / ARCHIVE) as archive:
                # keeps all inside the folder; the oldest 3.11 have none
                archive.extraction_filter = getattr(tarfile, "data_filter", None)
                archive.extractall(beside)
            for file in Path(beside).rglob("*"):
                if file.is_file():
                    place = root / file.relative_to(beside)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(file, place)
    except (OSError, tarfile.TarError) as error:
        raise DownloadError(
            f"VOC2012 cannot be unpacked in {root} ({reason_of(error)}). "
            "Make room there (4 GB) and run this again."
        ) from error

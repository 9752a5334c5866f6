"""What a TIFF file holds, and whether Pillow reads it right.

TIFF is a box for any numbers: colours in turn or plane after plane, whole or not, 0 as black or as
white, either byte first. Pillow knows some of these layouts, refuses most others, and garbles a few
without a word. Which is which was found with files of every layout (tests/images/test_tiff.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import TiffImagePlugin as Tiff

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR = 0, 1, 2, 3, 5, 6
_KINDS = {1: "whole numbers", 2: "signed whole numbers", 3: "floats", 5: "complex", 6: "complex"}
_UNCOMPRESSED, _SEPARATE, _ALPHA, _SIGNED, _PREVIEW = 1, 2, 2, 2, 1
_SUBFILE_TYPE = 254


@dataclass(frozen=True)
class Layout:
    """How a TIFF file holds the numbers of its first picture; the words are those of the format.

    Args:
        photometric: what the numbers mean, such as `RGB` or `WHITE_IS_ZERO`.
        bits: of one number.
        sample_format: 1 whole numbers, 2 signed ones, 3 floats.
        samples: numbers per pixel.
        extra: what the numbers beyond the colours are: 0 unknown, 1 premultiplied alpha, 2 alpha.
        separate: whether the colours follow each other as planes.
        compressed: whether the numbers are packed in any way.
        big_endian: whether the high byte of a number comes first.
        subsampling: pixels per value of the colours of `YCBCR`, across and down.
        preview: whether this is only a small version of a picture that follows.
    """

    photometric: int
    bits: int
    sample_format: int
    samples: int
    extra: tuple[int, ...]
    separate: bool
    compressed: bool
    big_endian: bool
    subsampling: tuple[int, ...]
    preview: bool

    @property
    def is_read_right(self) -> bool:
        """Whether Pillow reads this right, or at least does not claim to."""
        wide = self.bits > 8 and (self.bits, self.sample_format) != (16, 1)
        if self.compressed and self.big_endian and wide:  # its bytes come out the wrong way round
            return False
        if self.photometric == YCBCR and not self.compressed and self.subsampling != (1, 1):
            return False
        if not self.separate or self.samples == 1:
            return True
        if self.compressed:
            return self.photometric in (RGB, CMYK, YCBCR)
        return self.bits == 8 and self.photometric in (RGB, CMYK) and self.extra in ((), (_ALPHA,))

    @property
    def is_white_at_zero(self) -> bool:
        """Whether 0 is white and the largest number black."""
        return self.photometric == WHITE_IS_ZERO

    @property
    def as_numpy(self) -> str:
        """The numpy type that Pillow's numbers are in truth; "" where they are what they seem."""
        if self.bits == 8 and self.sample_format == _SIGNED:
            return "int8"
        return "uint32" if self.bits == 32 and self.sample_format == 1 else ""

    def notes(self) -> list[str]:
        """Say what of the file is not shown."""
        unknown = self.extra.count(0)
        left_out = [f"{unknown} of {self.samples} channels left out"] if unknown else []
        return [*(["only the file's small preview"] if self.preview else []), *left_out]

    def __str__(self) -> str:
        bands = "one band" if self.samples == 1 else f"{self.samples} bands"
        kind = _KINDS.get(self.sample_format, "numbers")
        planes = ", in separate planes" if self.separate and self.samples > 1 else ""
        order = ", high byte first" if self.big_endian and self.bits > 8 else ""
        packed = ", compressed" if self.compressed else ""
        return f"TIFF of {bands} of {self.bits}-bit {kind}{planes}{order}{packed}"


def layout_of(tags: Mapping[int, Any], big_endian: bool) -> Layout:
    """Read the layout from the tags of a TIFF file.

    Args:
        tags: by their numbers; a tag that is missing means what the format says it then means.
        big_endian: whether the file begins with "MM".
    """
    bits = tags.get(Tiff.BITSPERSAMPLE, (1,))
    compression = tags.get(Tiff.COMPRESSION, _UNCOMPRESSED)
    return Layout(
        photometric=int(tags.get(Tiff.PHOTOMETRIC_INTERPRETATION, WHITE_IS_ZERO)),
        bits=max(bits),
        sample_format=max(tags.get(Tiff.SAMPLEFORMAT, (1,))),
        samples=int(tags.get(Tiff.SAMPLESPERPIXEL, 1)),
        extra=tuple(tags.get(Tiff.EXTRASAMPLES, ())),
        separate=tags.get(Tiff.PLANAR_CONFIGURATION, 1) == _SEPARATE,
        compressed=compression != _UNCOMPRESSED,
        big_endian=big_endian,
        subsampling=tuple(tags.get(Tiff.YCBCRSUBSAMPLING, (2, 2))),
        preview=bool(int(tags.get(_SUBFILE_TYPE, 0)) & _PREVIEW),
    )


def is_tiff(file: BinaryIO) -> bool:
    """Whether a file begins as TIFF files do, the large ones included."""
    return _first_bytes(file, 4).startswith(tuple(Tiff.PREFIXES))


def starts_unreadably(file: BinaryIO) -> bool:
    """Whether a file begins as those large TIFF files that Pillow takes for damaged ones."""
    return _first_bytes(file, 4) == b"MM\x00\x2b"


def layout_in(file: BinaryIO) -> Layout | None:
    """Read the layout of a TIFF file that Pillow does not open.

    Returns:
        None if its tags cannot be read.
    """
    try:
        large = _first_bytes(file, 4) == b"II\x2b\x00"
        tags = Tiff.ImageFileDirectory_v2(_first_bytes(file, 16 if large else 8))
        file.seek(tags.next)
        tags.load(file)
        return layout_of(tags, tags.prefix == Tiff.MM) if Tiff.IMAGEWIDTH in tags else None
    except Exception:  # damaged tags may raise anything at all
        return None


def _first_bytes(file: BinaryIO, count: int) -> bytes:
    file.seek(0)
    first = file.read(count)
    file.seek(0)
    return first

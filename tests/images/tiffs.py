"""TIFF files of any layout, written with tifffile for the tests."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import tifffile


class Kind(NamedTuple):
    """What the numbers of a file mean, and what is to be seen of them, (H, W) or (H, W, 3)."""

    photometric: str
    bands: int
    truth: Callable[[np.ndarray], np.ndarray]
    extra: tuple[str, ...] = ()


def written(bands: np.ndarray, kind: Kind, planar: str = "contig", **packing: Any) -> bytes:
    """A TIFF file; `bands` are (H, W) or (H, W, bands), whatever their order in the file."""
    options: dict[str, Any] = {"photometric": kind.photometric, "metadata": None, **packing}
    if kind.bands > 1:
        options["planarconfig"] = planar
        bands = bands if planar == "contig" else np.moveaxis(bands, -1, 0).copy()
    if kind.extra:
        options["extrasamples"] = kind.extra
    file = io.BytesIO()
    tifffile.imwrite(file, bands, **options)
    return file.getvalue()


def changed(data: bytes, tag: str, value: Any) -> bytes:
    """The same file with another value of one of its tags."""
    file = io.BytesIO(data)
    with tifffile.TiffFile(file, mode="r+") as tiff:
        tiff.pages.first.tags[tag].overwrite(value)
    return file.getvalue()

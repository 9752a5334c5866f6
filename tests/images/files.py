"""Files of pictures, made for the tests."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image

from lessons_lib.images import (
    PictureError,
)

# Not square, every value different, so that flipped or swapped axes show.
PIXELS = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3) * 2
RGB = Image.fromarray(PIXELS)


def encoded(image: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def as_tensor(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255


def the_error(call: Callable[[], object]) -> str:
    """The message of the PictureError that the call raises, checked to be one sentence."""
    with pytest.raises(PictureError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    assert not message.endswith(".")
    return message


def deep_png(values: np.ndarray, colour_type: int, transparent: tuple[int, ...] = ()) -> bytes:
    """A PNG of 16-bit numbers, (H, W) or (H, W, channels), which Pillow itself does not write."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in values.astype(">u2"))
    packed = zlib.compress(rows)
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    mark = chunk(b"tRNS", struct.pack(f">{len(transparent)}H", *transparent))
    content = [chunk(b"IHDR", header), mark if transparent else b"", chunk(b"IDAT", packed)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(content) + chunk(b"IEND", b"")

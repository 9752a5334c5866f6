"""The bytes of a page's labs: each kept once, pictures packed as pictures."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image

from lessons_lib.kit.keys import digest

SMALL = 1024  # bytes; fewer are not worth a picture's own head


@dataclass(frozen=True)
class Packed:
    """Bytes as they are written.

    Attributes:
        kind: "deflate", or "webp" for a lossless picture whose red, green and blue, or whose red
            alone, are the bytes.
        data: packed.
        channels: bytes of each pixel of a picture that count: 1 or 3; 0: no picture.
    """

    kind: str
    data: bytes
    channels: int = 0


class Buffers:
    """Buffers of one page, by number.

    Attributes:
        size: bytes, packed.
    """

    def __init__(self) -> None:
        self._packed: list[Packed] = []
        self._numbers: dict[str, int] = {}  # by the content
        self._known: dict[str, Packed] = {}  # what was taken back may come again
        self.size = 0

    def __iter__(self) -> Iterator[Packed]:
        return iter(self._packed)

    def place(self, data: bytes, shape: tuple[int, int] | None = None) -> int:
        """Keep bytes, unless they are kept already.

        Args:
            data: the bytes.
            shape: rows and columns, where they are a picture of one or three bytes a pixel.

        Returns:
            their number.
        """
        name = digest(data)
        if name not in self._numbers:
            self._numbers[name] = len(self._packed)
            if name not in self._known:
                self._known[name] = packed(data, shape)
            self._packed.append(self._known[name])
            self.size += len(self._packed[-1].data)
        return self._numbers[name]

    @contextmanager
    def trial(self, limit: int) -> Iterator[list[bool]]:
        """Take back what is placed inside where the size passes a limit; the list says then False.

        Args:
            limit: bytes.
        """
        before, size, fits = len(self._packed), self.size, [True]
        yield fits
        if self.size > limit:
            fits[0] = False
            self._numbers = {name: n for name, n in self._numbers.items() if n < before}
            del self._packed[before:]
            self.size = size


def packed(data: bytes, shape: tuple[int, int] | None = None) -> Packed:
    """Make bytes small.

    Args:
        data, shape: as in `Buffers.place`.
    """
    channels = len(data) // (shape[0] * shape[1]) if shape and all(shape) else 0
    if shape is None or channels not in (1, 3) or len(data) < SMALL:
        return Packed("deflate", zlib.compress(data, 9))
    picture = Image.frombytes("L" if channels == 1 else "RGB", (shape[1], shape[0]), data)
    file = io.BytesIO()
    picture.save(file, "WEBP", lossless=True, quality=80, method=4)
    return Packed("webp", file.getvalue(), channels)

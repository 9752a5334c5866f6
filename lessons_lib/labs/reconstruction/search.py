"""What the reconstruction of a photo finds only once: both adjoints, and least squares so far."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property, lru_cache

import torch
from torch import nn

from lessons_lib.images import Picture
from lessons_lib.kernels import seeded_layer
from lessons_lib.kit.layers import conv
from lessons_lib.reconstruction import (
    adjoint,
    at_best_brightness,
    encode,
    least_squares,
    mirrored_decoder,
    overlap_normalised,
    psnr,
)
from lessons_lib.visualization.numbers import counted, decibel_text, percent_text
from lessons_lib.visualization.pixels import as_bytes

ITERATIONS = 50  # as far as the slider goes
KEPT = 2  # photos with their found iterations: 50 MB each at 512 x 512, twice that on the way


@dataclass(frozen=True)
class Encoder:
    """A layer that reads the photo, from its three channels."""

    channels: int
    kernel_size: int
    stride: int
    padding: int

    @property
    def label(self) -> str:
        """Name it for people."""
        k = self.kernel_size
        return f"{counted(self.channels, 'kernel')} {k} × {k}, stride {self.stride}"


ENCODERS = {
    "16_kernels_4x4_stride_2": Encoder(16, 4, 2, 1),
    "48_kernels_4x4_stride_4": Encoder(48, 4, 4, 0),
    "12_kernels_3x3_stride_2": Encoder(12, 3, 2, 1),
    "1_kernel_3x3_stride_1": Encoder(1, 3, 1, 0),
}


@dataclass(frozen=True, eq=False)
class Trained:
    """Where the training of the decoder stands.

    Attributes:
        step: how often its weights were changed.
        psnr: of the image, in dB.
        start: the PSNR before any training, in dB.
        image: (3, H, W), what the decoder makes of the code.
    """

    step: int
    psnr: float
    start: float
    image: torch.Tensor

    @cached_property
    def levels(self) -> torch.Tensor:
        """The image as a screen shows it: the same tensor every time."""
        return as_bytes(self.image)


@dataclass(frozen=True, eq=False)
class Found:
    """A picture as a screen shows it, (3, H, W) uint8, and its PSNR before it was rounded to that.

    `note` says how the picture was made to be seen.
    """

    levels: torch.Tensor
    psnr: float
    note: str = ""


class Search:
    """The iterations of least squares found so far, and the way to more; any thread may ask."""

    def __init__(self, code: torch.Tensor, layer: nn.Conv2d, image: torch.Tensor) -> None:
        self._image = image
        self._begin = lambda: least_squares(code, layer, _size(image), ITERATIONS)
        self._iterations = self._begin()
        self._lock = threading.Lock()
        self._found = [_as_it_is(torch.zeros_like(image), image)]  # before the first: black
        self._ended = False

    @property
    def count(self) -> int:
        """How many iterations are found."""
        return len(self._found) - 1

    def missing(self, wanted: int) -> int:
        """Say how many iterations must be made before there are so many, or no more to gain."""
        return 0 if self._ended else max(0, wanted - self.count)

    def advance(self) -> None:
        """Make one iteration more, unless there is nothing left to gain."""
        with self._lock:
            try:
                step = next(self._iterations, None)
            except BaseException:  # an interrupt too ends a generator: the search begins anew
                self._iterations = self._begin()
                del self._found[1:]
                raise
            if step is None:
                self._ended = True
            else:
                self._found.append(_as_it_is(step.image, self._image))
            if self._ended or self.count == ITERATIONS:
                self._iterations = iter(())  # its tensors are as large as all that was found

    def at(self, iteration: int) -> tuple[int, Found]:
        """Give the nearest iteration at or before this one, and its number."""
        nearest = min(iteration, self.count)
        return nearest, self._found[nearest]


class Prepared:
    """All that hangs on picture, encoder and seed alone."""

    def __init__(self, picture: Picture, encoder: str, seed: int) -> None:
        self.spec = spec = ENCODERS[encoder]
        image = picture.image
        self.size = _size(image)
        self.layer = seeded_layer(
            seed, 3, spec.channels, spec.kernel_size, stride=spec.stride, padding=spec.padding
        )
        self.layer.bias = None  # drawn all the same: without it the seed would give other weights
        conv.run(self.layer, image)  # torch's refusal, if it refuses
        self.code = encode(image, self.layer)
        backwards = {
            "adjoint": adjoint(self.code, self.layer, self.size),
            "overlap": overlap_normalised(self.code, self.layer, self.size),
        }
        self.shown = {
            (name, display): show(found, image)
            for name, found in backwards.items()
            for display, show in (("fitted", _fitted), ("raw", _as_it_is))
        }
        self.search = Search(self.code, self.layer, image)
        with torch.inference_mode(False):
            self.decoder = mirrored_decoder(self.layer, self.size, seed)
        with torch.no_grad():
            start = self.decoder(self.code.float())
        decibel = psnr(start, image)
        self.untrained = Trained(0, decibel, decibel, start[0])


_preparing = threading.Lock()


@lru_cache(maxsize=KEPT)
def _prepare(picture: Picture, encoder: str, seed: int) -> Prepared:
    with torch.inference_mode():
        return Prepared(picture, encoder, seed)


def prepared(picture: Picture, encoder: str, seed: int) -> Prepared:
    """Give what hangs on picture, encoder and seed alone, made once.

    Args:
        picture: the photo.
        encoder: a key of `ENCODERS`.
        seed: of the encoder's weights and of the decoder's random start.

    Raises:
        IllegalSettingError: the picture is smaller than the kernel.
    """
    with _preparing:  # two threads that asked at once would search apart
        return _prepare(picture, encoder, seed)


def _size(image: torch.Tensor) -> tuple[int, int]:
    return image.shape[-2], image.shape[-1]


def _as_it_is(found: torch.Tensor, image: torch.Tensor) -> Found:
    outside = float(((found < 0) | (found > 1)).double().mean())
    note = f"{percent_text(outside, 0)} lie outside 0..1" if outside >= 0.005 else ""
    return Found(as_bytes(found[0]), psnr(found, image), note)


def _fitted(found: torch.Tensor, image: torch.Tensor) -> Found:
    fitted = at_best_brightness(found, image)
    note = f"{decibel_text(psnr(fitted, image))} at best brightness"
    return Found(as_bytes(fitted[0]), psnr(found, image), note)

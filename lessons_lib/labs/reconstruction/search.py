"""What the reconstruction of a photo finds only once: both adjoints, and least squares so far."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property, lru_cache

import torch
from torch import nn

from lessons_lib.images import Picture
from lessons_lib.kernels import seeded_layer
from lessons_lib.kit.controls import round_numbers
from lessons_lib.kit.layers import conv
from lessons_lib.reconstruction import (
    adjoint,
    at_best_brightness,
    blur_layer,
    encode,
    least_squares,
    mirrored_decoder,
    overlap_normalised,
    overlaps,
    psnr,
    with_noise,
)
from lessons_lib.visualization.numbers import counted, decibel_text, percent_text
from lessons_lib.visualization.pixels import as_bytes

ITERATIONS = 200  # as far as the slider goes
KEPT = 2  # photos with their found iterations: 25 MB each at 512 x 512, twice that on the way


@dataclass(frozen=True)
class Encoder:
    """A layer that reads the photo, from its three channels: random kernels, or a blur."""

    channels: int
    kernel_size: int
    stride: int
    padding: int
    dilation: int = 1
    blurs: bool = False

    @property
    def label(self) -> str:
        """Name it for people."""
        k = self.kernel_size
        if self.blurs:
            return f"blur {k} × {k}"
        dilation = f", dilation {self.dilation}" if self.dilation > 1 else ""
        return f"{counted(self.channels, 'kernel')} {k} × {k}, stride {self.stride}{dilation}"

    @property
    def dtype(self) -> torch.dtype:
        """Of the search: with a blur float64 takes many times as long and comes no nearer."""
        return torch.float32 if self.blurs else torch.float64

    def layer(self, seed: int) -> nn.Conv2d:
        """Build it without bias, which only shifts the code."""
        if self.blurs:
            return blur_layer(self.kernel_size)
        layer = seeded_layer(
            seed,
            3,
            self.channels,
            self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
        )
        layer.bias = None  # drawn all the same: without it the seed would give other weights
        return layer


ENCODERS = {
    "16_kernels_4x4_stride_2": Encoder(16, 4, 2, 1),
    "48_kernels_4x4_stride_4": Encoder(48, 4, 4, 0),
    "12_kernels_3x3_stride_2": Encoder(12, 3, 2, 1),
    "1_kernel_3x3_stride_1": Encoder(1, 3, 1, 0),
    "16_kernels_3x3_stride_2_dilation_2": Encoder(16, 3, 2, 2, dilation=2),
    "blur_7x7": Encoder(3, 7, 1, 3, blurs=True),
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
    """The iterations of least squares found so far, and the way to more; any thread may ask.

    Pictures are kept of the newest iteration, of the round numbers that the slider goes through,
    and of whatever else was asked for; PSNRs are kept of all.
    """

    def __init__(
        self, code: torch.Tensor, layer: nn.Conv2d, image: torch.Tensor, dtype: torch.dtype
    ) -> None:
        self._image = image
        self._begin = lambda: least_squares(code, layer, _size(image), ITERATIONS, dtype)
        self._wanted = set(round_numbers(1, ITERATIONS))
        self._lock = threading.Lock()
        self._start()

    def _start(self) -> None:
        self._iterations = self._begin()
        self._found = {0: _as_it_is(torch.zeros_like(self._image), self._image)}  # black
        self._decibels = [self._found[0].psnr]
        self._ended = False

    @property
    def count(self) -> int:
        """How many iterations are found."""
        return len(self._decibels) - 1

    def missing(self, wanted: int) -> int:
        """Say how many iterations must be made before there are so many, or no more to gain."""
        return 0 if self._ended else max(0, wanted - self.count)

    def want(self, iteration: int) -> None:
        """Keep the picture of this iteration; a search that has passed it begins anew."""
        with self._lock:
            self._wanted.add(iteration)
            if iteration < self.count and iteration not in self._found:
                self._start()

    def advance(self) -> None:
        """Make one iteration more, unless there is nothing left to gain."""
        with self._lock:
            try:
                step = next(self._iterations, None)
            except BaseException:  # an interrupt too ends a generator: the search begins anew
                self._start()
                raise
            if step is None:
                self._ended = True
            else:
                self._take(step.image)
            if self._ended or self.count == ITERATIONS:
                self._iterations = iter(())  # its tensors are as large as all that was found

    def _take(self, picture: torch.Tensor) -> None:
        last, found = self.count, _as_it_is(picture, self._image)
        self._found[last + 1] = found  # before it is counted: another thread may ask
        self._decibels.append(found.psnr)
        if last not in self._wanted and last > 0:
            del self._found[last]

    def at(self, iteration: int) -> tuple[int, Found]:
        """Give the nearest iteration at or before this one that is kept, and its number."""
        with self._lock:
            nearest = max(n for n in self._found if n <= iteration)
            return nearest, self._found[nearest]

    def best(self, iteration: int) -> tuple[int, float]:
        """Give the iteration up to this one that came nearest to the photo, and its PSNR."""
        found = self._decibels[: iteration + 1]
        return max(enumerate(found), key=lambda each: each[1])


@lru_cache(maxsize=KEPT)
def _encoded(picture: Picture, encoder: str, seed: int) -> tuple[nn.Conv2d, torch.Tensor]:
    """Build the layer and read the photo with it: what a change of the noise leaves alone."""
    layer = ENCODERS[encoder].layer(seed)
    conv.run(layer, picture.image)  # torch's refusal, if it refuses
    return layer, encode(picture.image, layer)


class Prepared:
    """All that hangs on picture, encoder, seed and noise alone."""

    def __init__(self, picture: Picture, encoder: str, seed: int, noise: float) -> None:
        self.spec = ENCODERS[encoder]
        image = picture.image
        self.size = _size(image)
        self.layer, code = _encoded(picture, encoder, seed)
        self.code = with_noise(code, noise, seed)
        self.stamps = overlaps(self.layer, self.size)
        backwards = {"adjoint": adjoint(self.code, self.layer, self.size)}
        if not self.spec.blurs:
            backwards["overlap"] = overlap_normalised(self.code, self.layer, self.size)
        self.shown = {
            (name, display): show(found, image)
            for name, found in backwards.items()
            for display, show in (("fitted", _fitted), ("raw", _as_it_is))
        }
        self.blurred = _as_it_is(self.code, image) if self.spec.blurs else None
        self.search = Search(self.code, self.layer, image, self.spec.dtype)
        with torch.inference_mode(False):
            self.decoder = mirrored_decoder(self.layer, self.size, seed)
        with torch.no_grad():
            start = self.decoder(self.code.float())
        decibel = psnr(start, image)
        self.untrained = Trained(0, decibel, decibel, start[0])

    @property
    def stamps_inside(self) -> list[int]:
        """The numbers of stamps that lie on a pixel away from the border."""
        edge = self.spec.kernel_size * self.spec.dilation
        inside = self.stamps[edge:-edge, edge:-edge]
        counts: list[int] = (inside if inside.numel() else self.stamps).unique().tolist()
        return counts


_preparing = threading.Lock()


@lru_cache(maxsize=KEPT)
def _prepare(picture: Picture, encoder: str, seed: int, noise: float) -> Prepared:
    with torch.inference_mode():
        return Prepared(picture, encoder, seed, noise)


def prepared(picture: Picture, encoder: str, seed: int, noise: float = 0.0) -> Prepared:
    """Give what hangs on picture, encoder, seed and noise alone, made once.

    Args:
        picture: the photo.
        encoder: a key of `ENCODERS`.
        seed: of the encoder's weights, of the noise and of the decoder's random start.
        noise: standard deviation of what is added to every number of the code.

    Raises:
        IllegalSettingError: the picture is smaller than the kernel.
    """
    with _preparing:  # two threads that asked at once would search apart
        return _prepare(picture, encoder, seed, noise)


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

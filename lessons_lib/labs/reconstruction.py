"""Reconstruction: what comes back of the photo from what a layer kept of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import torch
from torch import nn

from lessons_lib.geometry import conv_output_size, output_padding_for
from lessons_lib.images import Picture, load_picture
from lessons_lib.kernels import seeded_layer, seeded_transposed_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import (
    Choice,
    PictureChoice,
    Presets,
    Progress,
    Seed,
    Slider,
    Toggle,
    Work,
)
from lessons_lib.kit.formula import size_formula
from lessons_lib.kit.result import Cost, LabDefinition, Pane, Result
from lessons_lib.kit.terms import Line, Term
from lessons_lib.reader.preferences import default_picture
from lessons_lib.reconstruction import (
    adjoint,
    encode,
    least_squares,
    overlap_normalised,
    psnr,
    train_decoder,
)
from lessons_lib.visualization.pixels import as_bytes

ITERATIONS = 50  # as far as the slider goes
TRAINING_STEPS = 200
LEARNING_RATE = 0.05
QUICK = 1_600_000  # numbers of the photo times iterations that take 0.3 s on two cores
DETAIL = 96  # rows and columns of the middle: twice as large where five panes stand in a row
KEPT = 2  # photos with their found iterations: 50 MB each at 512 x 512, twice that on the way


@dataclass(frozen=True)
class Encoder:
    """A layer that reads the photo, from its three channels."""

    channels: int
    kernel_size: int
    stride: int
    padding: int


ENCODERS = {
    "16 kernels 4 × 4, stride 2": Encoder(16, 4, 2, 1),
    "48 kernels 4 × 4, stride 4": Encoder(48, 4, 4, 0),
    "12 kernels 3 × 3, stride 2": Encoder(12, 3, 2, 1),
    "1 kernel 3 × 3, stride 1": Encoder(1, 3, 1, 0),
}
SHOWN = (("at best brightness", "fitted"), ("as they are", "raw"))


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


@dataclass(frozen=True)
class ReconstructionParams:
    """The lesson starts with a layer that keeps more numbers than the photo has."""

    picture: Picture = field(default_factory=lambda: load_picture(default_picture()))
    seed: int = 3
    encoder: str = "16 kernels 4 × 4, stride 2"
    iterations: int = 10
    display: str = "fitted"
    detail: bool = False
    training: Trained | None = None


# ------------------------------------------------------------------------- what is found only once


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
        photo.run(self.layer, image, {})  # torch's refusal, if it refuses
        self.code = encode(image, self.layer)
        backwards = {
            "adjoint": adjoint(self.code, self.layer, self.size),
            "overlap": overlap_normalised(self.code, self.layer, self.size),
        }
        self.shown = {
            (name, display): show(found, image)
            for name, found in backwards.items()
            for display, show in (("fitted", _at_best_brightness), ("raw", _as_it_is))
        }
        self.search = Search(self.code, self.layer, image)
        with torch.inference_mode(False):
            self.decoder = decoder_for(spec, self.size, seed)
        with torch.no_grad():
            start = self.decoder(self.code.float())
        decibel = psnr(start, image)
        self.untrained = Trained(0, decibel, decibel, start[0])


def decoder_for(spec: Encoder, size: tuple[int, int], seed: int) -> nn.ConvTranspose2d:
    """Build the decoder that is trained: the adjoint's transposed layer, with its own weights.

    Args:
        spec: the encoder.
        size: (height, width) of the photo.
        seed: of the random start.

    Returns:
        A ConvTranspose2d with bias that makes a photo of that size out of the code.
    """
    kernel_size, stride, padding = spec.kernel_size, spec.stride, spec.padding
    code_size = conv_output_size(size, kernel_size, stride, padding)
    # never None: the rows that a stride leaves over are fewer than the stride
    height, width = output_padding_for(size, code_size, kernel_size, stride, padding) or (0, 0)
    return seeded_transposed_layer(
        seed, spec.channels, 3, kernel_size, stride=stride, padding=padding,
        output_padding=(height, width),
    )  # fmt: skip


_preparing = threading.Lock()


@lru_cache(maxsize=KEPT)
def _prepare(picture: Picture, encoder: str, seed: int) -> Prepared:
    with torch.inference_mode():
        return Prepared(picture, encoder, seed)


def prepared(params: ReconstructionParams) -> Prepared:
    """Give what hangs on picture, encoder and seed alone, made once.

    Raises:
        IllegalSettingError: the picture is smaller than the kernel.
    """
    with _preparing:  # two threads that asked at once would search apart
        return _prepare(params.picture, params.encoder, params.seed)


def _size(image: torch.Tensor) -> tuple[int, int]:
    return image.shape[-2], image.shape[-1]


def _as_it_is(found: torch.Tensor, image: torch.Tensor) -> Found:
    outside = float(((found < 0) | (found > 1)).double().mean())
    note = f"{outside * 100:.0f} % lie outside 0..1" if outside >= 0.005 else ""
    return Found(as_bytes(found[0]), psnr(found, image), note)


def _at_best_brightness(found: torch.Tensor, image: torch.Tensor) -> Found:
    """Show a picture by the one gain and shift that bring it nearest to the photo."""
    mean, wanted = found.mean(), image.double().mean()
    spread = (found - mean).square().mean()
    gain = ((found - mean) * (image - wanted)).mean() / spread if spread > 0 else spread
    fitted = gain * (found - mean) + wanted
    note = f"{decibels(psnr(fitted, image))} at best brightness"
    return Found(as_bytes(fitted[0]), psnr(found, image), note)


def decibels(value: float) -> str:
    """Print a PSNR; equal pictures have no finite one."""
    return f"{value:.1f} dB".replace("-", "−").replace("inf dB", "∞ dB")


# ------------------------------------------------------------------------------------- the picture


@torch.inference_mode()
def compute(params: ReconstructionParams) -> Result:
    """Bring the photo back from the encoder's output in four ways.

    Args:
        params: iterations 1..50 of least squares; display "fitted" or "raw" for the adjoint and
            its overlap-normalised form; training as far as it is, None: the random start.

    Returns:
        Panes input, adjoint, overlap, least_squares and learned, (3, H, W) each, or the middle
        of each with `detail`.

    Raises:
        IllegalSettingError: the picture is smaller than the kernel.
    """
    search = prepared(params).search
    while search.missing(params.iterations):
        search.advance()
    return _result(params)


@torch.inference_mode()
def meanwhile(params: ReconstructionParams) -> Result:
    """Show the iterations found so far, on the way to the one that is wanted."""
    search = prepared(params).search
    if not search.count and search.missing(1):
        search.advance()  # better than black
    return _result(params)


def due(params: ReconstructionParams) -> bool:
    """Say whether the iteration that is wanted takes longer than a hand will wait."""
    missing = prepared(params).search.missing(params.iterations)
    return missing * params.picture.image.numel() > QUICK


def search_on(params: ReconstructionParams) -> Iterator[Progress]:
    """Make the iterations that are missing, one by one."""
    search = prepared(params).search
    while search.missing(params.iterations):
        search.advance()
        count, found = search.at(ITERATIONS)
        yield Progress(min(count, params.iterations), params.iterations, decibels(found.psnr))


def as_far_as_found(params: ReconstructionParams) -> Mapping[str, Any]:
    """Give the iterations that can be shown at once."""
    return {"iterations": max(1, min(params.iterations, prepared(params).search.count))}


def train(params: ReconstructionParams) -> Iterator[Progress]:
    """Train the decoder from its random start, a step at a time."""
    ready = prepared(params)
    start = ready.untrained.psnr
    decoder = decoder_for(ready.spec, ready.size, params.seed)
    steps = train_decoder(decoder, ready.code, params.picture.image, TRAINING_STEPS, LEARNING_RATE)
    for step in steps:
        found = Trained(step.step, step.psnr, start, step.image[0])
        yield Progress(step.step, TRAINING_STEPS, decibels(step.psnr), found)


def _result(params: ReconstructionParams) -> Result:
    ready = prepared(params)
    image = params.picture.image
    missing = ready.search.missing(params.iterations)  # before: meanwhile another thread may search
    iteration, found = ready.search.at(params.iterations)
    learned = params.training or ready.untrained
    decoder, spec = ready.decoder, ready.spec
    panes = (
        photo.photo_pane(params.picture, title="photo"),
        _pane("adjoint", "adjoint", ready.shown["adjoint", params.display]),
        _pane("overlap", "÷ overlaps", ready.shown["overlap", params.display]),
        _pane(
            "least_squares",
            "least squares",
            found,
            _iteration_note(params.iterations, iteration, found, missing > 0),
            "output",
        ),
        _pane(
            "learned",
            "learned",
            Found(learned.levels, learned.psnr),
            _learned_note(learned),
            "kernel",
        ),
    )
    return Result(
        panes=tuple(_middle(pane) for pane in panes) if params.detail else panes,
        sentence=_sentence(ready, image, iteration, found, learned),
        formula=(
            *size_formula(
                ready.size, (spec.kernel_size,) * 2, (spec.stride,) * 2, (spec.padding,) * 2
            ),
            _count_line(ready, image),
        ),
        code=_code(ready),
        cost=_cost(ready),
        layer=lambda: decoder(ready.layer(image)),
    )  # fmt: skip


def _pane(name: str, title: str, found: Found, note: str | None = None, role: str = "") -> Pane:
    return Pane(
        name, f"{title} · {decibels(found.psnr)}", role, found.levels, "photo",
        tuple(found.levels.shape), note=found.note if note is None else note,
    )  # fmt: skip


def _middle(pane: Pane) -> Pane:
    """Cut the middle out of a pane."""
    size = pane.shape[-2], pane.shape[-1]
    side = max(1, min(DETAIL, min(size) // 2))
    top, left = ((n - side) // 2 for n in size)
    values = pane.values[:, top : top + side, left : left + side]
    return replace(pane, values=values, shape=tuple(values.shape))


def _iteration_note(wanted: int, iteration: int, found: Found, on_the_way: bool) -> str:
    if iteration < wanted and on_the_way:
        return f"iteration {iteration}, on the way to {wanted}"
    if iteration < wanted:
        return f"iteration {iteration}: there is nothing left to gain"
    return ", ".join(part for part in (f"iteration {iteration}", found.note) if part)


def _learned_note(learned: Trained) -> str:
    if not learned.step:
        return "random weights"
    return f"step {learned.step}; random start {decibels(learned.start)}"


def _count_line(ready: Prepared, image: torch.Tensor) -> Line:
    channels, height, width = ready.code.shape[1:]
    return (
        Term("code "), Term(f"{channels}·{height}·{width} = {_count(ready.code)}", "output"),
        Term(" numbers, photo "),
        Term(f"3·{ready.size[0]}·{ready.size[1]} = {_count(image)}", "input"),
        Term(f": {ready.code.numel() / image.numel():.2f} for each number of the photo"),
    )  # fmt: skip


def _count(values: torch.Tensor) -> str:
    return f"{values.numel():,}".replace(",", " ")


def _sentence(
    ready: Prepared, image: torch.Tensor, iteration: int, found: Found, learned: Trained
) -> str:
    ratio = ready.code.numel() / image.numel()
    if ratio < 0.9:
        start = (
            f"The code keeps {_count(ready.code)} of {_count(image)} numbers: "
            f"{(1 - ratio) * 100:.0f} % of the photo is gone for good."
        )
    elif ratio <= 1.1:
        start = "The code has about as many numbers as the photo: slow to undo, if at all."
    else:
        start = "The code has more numbers than the photo: enough for all of it."
    end = "untrained" if not learned.step else f"after {learned.step} steps of training"
    return (
        f"{start} The adjoint brings the shape back, not the picture "
        f"({decibels(ready.shown['adjoint', 'raw'].psnr)}); least squares reaches "
        f"{decibels(found.psnr)} after {iteration} iteration{'' if iteration == 1 else 's'}, "
        f"the learned decoder {decibels(learned.psnr)} {end}."
    )


def _code(ready: Prepared) -> Line:
    decoder = ready.decoder
    arguments = {
        "kernel_size": decoder.kernel_size, "stride": decoder.stride, "padding": decoder.padding,
    }  # fmt: skip
    there = photo.layer_line(ready.layer)
    back = photo.conv_line("ConvTranspose2d", decoder.in_channels, decoder.out_channels, arguments)
    extra = decoder.output_padding
    words = () if extra == (0, 0) else (Term(f", output_padding={_short(extra)}", "padding"),)
    return (Term("nn.Sequential("), *there, Term(", "), *back[:-1], *words, back[-1], Term(")"))


def _short(pair: tuple[int, ...]) -> int | tuple[int, ...]:
    return pair[0] if len(set(pair)) == 1 else pair


def _cost(ready: Prepared) -> Cost:
    """Count encoder and decoder; both meet each pair of pixel and code number once."""
    there = photo.cost(ready.layer, tuple(ready.code.shape[-2:]))
    biases = ready.decoder.out_channels
    return Cost(2 * there.weights, biases, 2 * there.multiply_adds)


_KEY = ("picture", "seed", "encoder")

LAB = LabDefinition(
    name="reconstruction",
    title="Reconstruction",
    params=ReconstructionParams,
    compute=compute,
    controls=(
        PictureChoice(),
        Seed(),
        Choice("encoder", "encoder", tuple((label, label) for label in ENCODERS), "kernel"),
        Choice("display", "adjoints", SHOWN),
        Toggle("detail", "enlarge the middle", "input"),
        Slider("iterations", "iterations", 1, ITERATIONS, "output"),
        Work(
            "search", "searching", search_on, (*_KEY, "iterations"), "output", due, meanwhile,
            as_far_as_found,
        ),
        Work(
            "training", "train", train, _KEY, "kernel",
            hint="the adjoint's transposed layer, but its weights are learned on this photo",
        ),
        Presets(
            "try",
            (
                *((f"{n} iteration{'s' if n > 1 else ''}", {"iterations": n})
                  for n in (1, 5, 10, 20, 50)),
            ),
            "output",
        ),
    ),
)  # fmt: skip

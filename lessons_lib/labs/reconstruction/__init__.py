"""Reconstruction: what comes back of the photo from what a layer kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

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
from lessons_lib.kit.layers import conv, transposed
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import Cost, LabDefinition, Pane, Result
from lessons_lib.kit.terms import Line, Term
from lessons_lib.kit.vocabulary import Role
from lessons_lib.labs.reconstruction.search import (
    ENCODERS,
    ITERATIONS,
    Found,
    Prepared,
    Trained,
    prepared,
)
from lessons_lib.reconstruction import mirrored_decoder, train_decoder
from lessons_lib.visualization.numbers import count_text, counted, decibel_text, percent_text

TRAINING_STEPS = 200
LEARNING_RATE = 0.05
QUICK = 1_600_000  # numbers of the photo times iterations that a hand will wait for
DETAIL = 72  # rows and columns of the middle: twice as large where five panes stand in a row


ENCODER_OPTIONS = tuple((spec.label, value) for value, spec in ENCODERS.items())
SHOWN = (("at best brightness", "fitted"), ("as they are", "raw"))


@dataclass(frozen=True)
class ReconstructionParams(photo.PictureParams):
    """The lesson starts with a layer that keeps more numbers than the photo has."""

    seed: int = 3
    encoder: str = "16_kernels_4x4_stride_2"
    iterations: int = 10
    noise: float = 0.0
    display: str = "fitted"
    detail: bool = False
    training: Trained | None = None


# ------------------------------------------------------------------------------------- the picture


def _ready(params: ReconstructionParams) -> Prepared:
    return prepared(params.picture, params.encoder, params.seed, params.noise)


@torch.inference_mode()
def compute(params: ReconstructionParams) -> Result:
    """Bring the photo back from the encoder's output in four ways.

    Args:
        params: iterations 1..200 of least squares; noise: standard deviation of what is added to
            every number of the code; display "fitted" or "raw" for the adjoint and its
            overlap-normalised form; training as far as it is, None: the random start.

    Returns:
        Panes input, adjoint, overlap (of a blur: blurred, its output), least_squares and learned,
        (3, H, W) each, or the middle of each with `detail`.

    Raises:
        IllegalSettingError: the picture is smaller than the kernel.
    """
    search = _ready(params).search
    search.want(params.iterations)
    while search.missing(params.iterations):
        search.advance()
    return _result(params)


@torch.inference_mode()
def meanwhile(params: ReconstructionParams) -> Result:
    """Show the iterations found so far, on the way to the one that is wanted."""
    search = _ready(params).search
    if not search.count and search.missing(1):
        search.advance()  # better than black
    return _result(params)


def due(params: ReconstructionParams) -> bool:
    """Say whether the iteration that is wanted takes longer than a hand will wait."""
    search = _ready(params).search
    search.want(params.iterations)
    missing = search.missing(params.iterations)
    return missing * params.picture.image.numel() > QUICK


def search_on(params: ReconstructionParams) -> Iterator[Progress]:
    """Make the iterations that are missing, one by one."""
    search = _ready(params).search
    while search.missing(params.iterations):
        search.advance()
        count, found = search.at(ITERATIONS)
        yield Progress(min(count, params.iterations), params.iterations, decibel_text(found.psnr))


def as_far_as_found(params: ReconstructionParams) -> Mapping[str, Any]:
    """Give the iterations that can be shown at once."""
    return {"iterations": max(1, min(params.iterations, _ready(params).search.count))}


def train(params: ReconstructionParams) -> Iterator[Progress]:
    """Train the decoder from its random start, a step at a time."""
    ready = _ready(params)
    start = ready.untrained.psnr
    decoder = mirrored_decoder(ready.layer, ready.size, params.seed)
    steps = train_decoder(decoder, ready.code, params.picture.image, TRAINING_STEPS, LEARNING_RATE)
    for step in steps:
        found = Trained(step.step, step.psnr, start, step.image[0])
        yield Progress(step.step, TRAINING_STEPS, decibel_text(step.psnr), found)


def _result(params: ReconstructionParams) -> Result:
    ready = _ready(params)
    image = params.picture.image
    missing = ready.search.missing(params.iterations)  # before: meanwhile another thread may search
    iteration, found = ready.search.at(params.iterations)
    learned = params.training or ready.untrained
    decoder = ready.decoder
    panes = (
        photo.photo_pane(params.picture, title="photo"),
        _pane("adjoint", "adjoint", ready.shown["adjoint", params.display]),
        _third_pane(ready, params.display),
        _pane(
            "least_squares",
            "least squares",
            found,
            _iteration_note(params.iterations, iteration, found, ready, missing > 0),
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
        formula=(*conv.formula(ready.layer, ready.size), _count_line(ready, image)),
        code=_code(ready),
        cost=_cost(ready),
        layer=lambda: decoder(ready.layer(image)),
    )


def _pane(name: str, title: str, found: Found, note: str | None = None, role: Role = "") -> Pane:
    return Pane(
        name,
        f"{title} · {decibel_text(found.psnr)}",
        role,
        found.levels,
        "photo",
        tuple(found.levels.shape),
        note=found.note if note is None else note,
        keepable=name == "least_squares",
    )


def _third_pane(ready: Prepared, display: str) -> Pane:
    if ready.blurred:
        return _pane("blurred", "blurred", ready.blurred)
    found = ready.shown["overlap", display]
    words = [f"stamps on a pixel inside: {', '.join(map(str, ready.stamps_inside))}"]
    note = " · ".join([found.note, *words] if found.note else words)
    return _pane("overlap", "÷ overlaps", found, note)


def _middle(pane: Pane) -> Pane:
    """Cut the middle out of a pane."""
    size = pane.shape[-2], pane.shape[-1]
    side = max(1, min(DETAIL, min(size) // 2))
    top, left = ((n - side) // 2 for n in size)
    values = pane.values[:, top : top + side, left : left + side]
    return replace(pane, values=values, shape=tuple(values.shape))


def _iteration_note(
    wanted: int, iteration: int, found: Found, ready: Prepared, on_the_way: bool
) -> str:
    if iteration < wanted and on_the_way:
        return f"iteration {iteration}, on the way to {wanted}"
    if iteration < wanted:
        return f"iteration {iteration}: there is nothing left to gain"
    number, best = ready.search.best(iteration)
    better = f"best {decibel_text(best)} at {number}" if best > found.psnr + 0.1 else ""
    return ", ".join(part for part in (f"iteration {iteration}", better or found.note) if part)


def _learned_note(learned: Trained) -> str:
    if not learned.step:
        return "random weights"
    return f"step {learned.step}; random start {decibel_text(learned.start)}"


def _count_line(ready: Prepared, image: torch.Tensor) -> Line:
    channels, height, width = ready.code.shape[1:]
    return (
        Term("code "),
        Term(f"{channels}·{height}·{width} = {count_text(ready.code.numel())}", "output"),
        Term(" numbers, photo "),
        Term(f"3·{ready.size[0]}·{ready.size[1]} = {count_text(image.numel())}", "input"),
        Term(f": {ready.code.numel() / image.numel():.2f} for each number of the photo"),
    )


def _sentence(
    ready: Prepared, image: torch.Tensor, iteration: int, found: Found, learned: Trained
) -> str:
    adjoint = decibel_text(ready.shown["adjoint", "raw"].psnr)
    if ready.blurred:
        back = f"The adjoint of a blur blurs again ({adjoint})"
    else:
        back = f"The adjoint brings the shape back, not the picture ({adjoint})"
    end = "untrained" if not learned.step else f"after {learned.step} steps of training"
    return (
        f"{_kept(ready, image)} {back}; least squares reaches "
        f"{decibel_text(found.psnr)} after {counted(iteration, 'iteration')}, "
        f"the learned decoder {decibel_text(learned.psnr)} {end}."
    )


def _kept(ready: Prepared, image: torch.Tensor) -> str:
    """Say in a sentence what the code can still know of the photo."""
    ratio = ready.code.numel() / image.numel()
    unread = float((ready.stamps == 0).double().mean())
    if unread > 0.1:
        share = percent_text(unread, 0)
        return f"The layer never reads {share} of the pixels: they are gone for good."
    if ratio < 0.9:
        kept, all_numbers = (count_text(each.numel()) for each in (ready.code, image))
        gone = percent_text(1 - ratio, 0)
        return (
            f"The code keeps {kept} of {all_numbers} numbers: {gone} of the photo is gone for good."
        )
    if ratio <= 1.1:
        return "The code has about as many numbers as the photo: slow to undo, if at all."
    return "The code has more numbers than the photo: enough for all of it."


def _code(ready: Prepared) -> Line:
    there, back = conv.line(ready.layer), transposed.line(ready.decoder)
    return (Term("nn.Sequential("), *there, Term(", "), *back, Term(")"))


def _cost(ready: Prepared) -> Cost:
    code_size = tuple(ready.code.shape[-2:])
    return conv.cost(ready.layer, ready.size) + transposed.cost(ready.decoder, code_size)


_KEY = ("picture", "seed", "encoder", "noise")

LAB = LabDefinition(
    name="reconstruction",
    title="Reconstruction",
    params=ReconstructionParams,
    compute=compute,
    look=Look(
        columns=5,
        shapes="first",
        title_lines=2,
        note_lines=3,
        pointer_lines=0,
        sentence_lines=3,
    ),
    controls=(
        PictureChoice(),
        Seed(),
        Choice("encoder", "encoder", ENCODER_OPTIONS, "kernel"),
        Choice("display", "adjoints", SHOWN, more=True),
        Toggle("detail", "enlarge the middle", "input"),
        Slider("iterations", "iterations", 1, ITERATIONS, "output", log=True),
        Slider("noise", "noise in the code", 0.0, 0.1, step=0.01),
        Work(
            name="search",
            label="searching",
            run=search_on,
            depends_on=(*_KEY, "iterations"),
            role="output",
            due=due,
            meanwhile=meanwhile,
            given_up=as_far_as_found,
        ),
        Work(
            name="training",
            label="train",
            run=train,
            depends_on=_KEY,
            role="kernel",
            hint="the adjoint's transposed layer, but its weights are learned on this photo",
        ),
        Presets(
            "try",
            (*((counted(n, "iteration"), {"iterations": n}) for n in (1, 10, 20, 50, 200)),),
            "output",
        ),
    ),
)

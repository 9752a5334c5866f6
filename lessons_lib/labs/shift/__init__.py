"""Shift: what of a layer's answer changes when the photo moves by a few pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.geometry import explain_pool
from lessons_lib.images import Picture
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, PictureChoice, Presets, Slider, preset_maker
from lessons_lib.kit.formula import code_with_weights, size_formula
from lessons_lib.kit.links import Links
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import Axes, IllegalSettingError, LabDefinition, Pane, Result
from lessons_lib.labs.shift.ways import WAYS, cost, max_code
from lessons_lib.shifting import (
    HALF_A_GREY_LEVEL,
    ROUNDING,
    difference,
    moved,
    spread,
    steps_moved,
    whole_steps,
)
from lessons_lib.visualization.numbers import counted, percent_text, significant_text
from lessons_lib.visualization.pixels import as_bytes

FURTHEST = 8  # pixels of a shift
SMALLEST, LARGEST = 2, 4  # windows, and steps
STRONG = 0.5  # spreads: a change that is shown as dark as can be
DIRECTIONS = (("sideways", "sideways"), ("downwards", "downwards"))
COMPARISONS = (("at the same place", "same_place"), ("moved back", "moved_back"))
WAY_OPTIONS = tuple((way.label, value) for value, way in WAYS.items())
MEASURES = (("share changed", "share"), ("how much", "amount"))


@dataclass(frozen=True)
class ShiftParams(photo.PictureParams):
    """The lesson starts with a shift that the step of 2 cannot follow."""

    way: str = "max"
    shift: int = 1
    size: int = 2
    direction: str = "sideways"
    compare: str = "same_place"
    measure: str = "share"


# -------------------------------------------------------------------------------- what is measured


def cut_image(picture: Picture, step: int) -> Tensor:
    """Give the picture cut to whole steps, (1, 3, H', W'): only then do they close to a circle.

    Raises:
        IllegalSettingError: not one window fits into it.
    """
    image = picture.image
    if step > min(image.shape[-2:]):
        raise _refusal(image, step)
    return whole_steps(image, step)


def _refusal(image: Tensor, size: int) -> IllegalSettingError:
    sides = (image.shape[-2], image.shape[-1])
    why = explain_pool(sides, size)
    nearest = {"size": min(sides)} if min(sides) >= SMALLEST else {}
    return IllegalSettingError(
        _torchs_words(image, size), why.explanation if why else "", nearest, max_code(size)
    )


def _torchs_words(image: Tensor, size: int) -> str:
    try:
        return str(F.max_pool2d(image, size).shape)
    except RuntimeError as error:
        return str(error)


def _moved_by(image: Tensor, direction: str, pixels: int) -> Tensor:
    return moved(image, across=pixels) if direction == "sideways" else moved(image, down=pixels)


@lru_cache(maxsize=8)
def at_rest(picture: Picture, way: str, step: int) -> Tensor:
    """Give the answer to the picture where it is, which every moved one is compared with."""
    return WAYS[way].apply(cut_image(picture, step), step).contiguous()


@dataclass(frozen=True, eq=False)
class Compared:
    """The answer to the moved picture beside the answer to the picture at rest.

    Attributes:
        rest: (1, C, H_out, W_out).
        output: of the same shape; moved back where that is asked for.
        scale: the spread of both answers together; 0: they are one number everywhere.
    """

    rest: Tensor
    output: Tensor
    scale: float

    @cached_property
    def change(self) -> Tensor:
        """Give how far they lie apart, place by place."""
        return difference(self.rest, self.output)

    @property
    def share(self) -> float:
        """Give the share of outputs that differ by more than half a grey level."""
        return int((self.change > HALF_A_GREY_LEVEL).count_nonzero()) / self.change.numel()

    @property
    def amount(self) -> float:
        """Give the average change, measured by the spread."""
        return float(self.change.mean()) / self.scale if self.scale else 0.0


def compared(picture: Picture, way: str, shift: int, step: int, direction: str) -> list[Compared]:
    """Move the picture, apply the way, and compare: at the same place, and moved back.

    Args:
        picture: any.
        way: a key of `WAYS`.
        shift: pixels.
        step: of that way.
        direction: "sideways" or "downwards".

    Returns:
        in the order of `COMPARISONS`.
    """
    rest = at_rest(picture, way, step)
    image = _moved_by(cut_image(picture, step), direction, shift)
    output = WAYS[way].apply(image, step).contiguous()
    back = _moved_by(output, direction, -steps_moved(shift, step))
    scale = spread(rest, output)
    scale = scale if scale > ROUNDING else 0.0
    return [Compared(rest, each, scale) for each in (output, back)]


@lru_cache(maxsize=32)
@torch.inference_mode()
def curve(picture: Picture, way: str, step: int, direction: str) -> dict[tuple[str, str], Tensor]:
    """Measure a way at every shift from 0 to 8 pixels.

    Returns:
        float32 (shifts,) by comparison and measure.
    """
    found: dict[tuple[str, str], list[float]] = {}
    for shift in range(FURTHEST + 1):
        both = compared(picture, way, shift, step, direction)
        for (_, compare), each in zip(COMPARISONS, both, strict=True):
            found.setdefault((compare, "share"), []).append(each.share)
            found.setdefault((compare, "amount"), []).append(each.amount)
    return {kind: torch.tensor(values) for kind, values in found.items()}


# ----------------------------------------------------------------------------------- what is shown


@lru_cache(maxsize=1)  # a preview is followed by the exact pictures
@torch.inference_mode()
def compute(params: ShiftParams) -> Result:
    """Move the photo in a circle, and see what of the answer changes.

    Args:
        params: way a key of `WAYS`; shift 0..8 pixels, sideways or downwards; size 2..4 of the
            window, and the step; compare and measure.

    Returns:
        Panes input (3, H, W), moved; output; change, where the output differs; curves (4, 9).

    Raises:
        IllegalSettingError: the picture is smaller than the window.
    """
    way = WAYS[params.way]
    cut_image(params.picture, params.size)  # all ways stand in the curves: all must be possible
    step = way.step(params.size)
    image = cut_image(params.picture, step)
    both = compared(params.picture, params.way, params.shift, step, params.direction)
    names = [value for _, value in COMPARISONS]
    seen = both[names.index(params.compare)]
    height, width = image.shape[-2:]
    k, p = way.window(params.size)
    layer, code = way.layer(params.size), way.code(params.size)
    return Result(
        panes=(
            _input_pane(params, image),
            _output_pane(both[0].output),
            _change_pane(params, seen),
            _curves_pane(params),
        ),
        sentence=_sentence(params, seen),
        formula=size_formula((height, width), (k, k), (step, step), (p, p)),
        code=code,
        copied=code_with_weights(code, layer) if params.way == "blur" else "",
        cost=cost(layer, (height, width)),
        layer=lambda: layer(image),
        links=(
            Links(
                "output",
                "input",
                way.sources(height, params.size),
                way.sources(width, params.size),
            ),
            _links_of_change(params, seen.output),
        ),
    )


def _links_of_change(params: ShiftParams, output: Tensor) -> Links:
    """Say which output each place of the change was compared at: moved back, it lies further on."""
    step = WAYS[params.way].step(params.size)
    back = steps_moved(params.shift, step) if params.compare == "moved_back" else 0
    rows, columns = (torch.arange(n)[:, None] for n in output.shape[-2:])
    if params.direction == "sideways":
        columns = (columns + back) % len(columns)
    else:
        rows = (rows + back) % len(rows)
    return Links("change", "output", rows, columns)


def _input_pane(params: ShiftParams, image: Tensor) -> Pane:
    height, width = image.shape[-2:]
    whole = screen = photo.screen_bytes(params.picture)
    notes = [params.picture.note]
    if whole.shape[-2:] != image.shape[-2:]:
        screen, notes = whole[:, :height, :width], [*notes, "cut to whole windows"]
    if params.shift:
        screen = _moved_by(screen, params.direction, params.shift)
    note = " · ".join(filter(None, notes))
    return Pane("input", "moved photo", "input", screen, "photo", tuple(screen.shape), note=note)


def _output_pane(output: Tensor) -> Pane:
    if output.shape[1] == 1:
        return photo.signed_pane(output)
    return Pane(
        name="output",
        title="output",
        role="output",
        values=as_bytes(output[0]),
        kind="photo",
        shape=tuple(output.shape[1:]),
        keepable=True,
    )


def _change_pane(params: ShiftParams, seen: Compared) -> Pane:
    """Show the share of a place's channels that differ, or their change on the average."""
    change = seen.change[0]
    if params.measure == "share":
        values = (change > HALF_A_GREY_LEVEL).float().mean(0)
    else:
        values = change.mean(0) / seen.scale if seen.scale else torch.zeros_like(change[0])
    notes = {"share": "by more than half a grey level", "amount": "in spreads of the output"}
    return Pane(
        name="change",
        title="differences",
        role="output",
        values=values,
        kind="map",
        shape=(1, *values.shape),
        table="count",
        value_range=(0.0, 1.0 if params.measure == "share" else STRONG),
        note=notes[params.measure],
    )


@lru_cache(maxsize=8)
@torch.inference_mode()
def _curves(picture: Picture, size: int, direction: str, kind: tuple[str, str]) -> Tensor:
    """Give the curves of all ways, (ways, shifts); the same tensor need not be sent again."""
    return torch.stack(
        [curve(picture, name, way.step(size), direction)[kind] for name, way in WAYS.items()]
    )


def _curves_pane(params: ShiftParams) -> Pane:
    kind = params.compare, params.measure
    found = _curves(params.picture, params.size, params.direction, kind)
    share = params.measure == "share"
    return Pane(
        name="curves",
        title="share" if share else "amount",
        role="output",
        values=found,
        kind="curves",
        shape=tuple(found.shape),
        labels=tuple(way.label for way in WAYS.values()),
        value_range=(0.0, 1.0 if share else float(found.max()) or 1.0),
        click_sets=("", "shift"),
        axes=Axes(
            x="shift (pixels)",
            y="share of outputs that differ" if share else "average change, in spreads",
            roles=tuple(way.role for way in WAYS.values()),
            present=params.shift if params.shift <= FURTHEST else None,
        ),
    )


def _sentence(params: ShiftParams, seen: Compared) -> str:
    way = WAYS[params.way]
    if params.shift == 0:
        return "The photo has not moved yet, and no output differs."
    start = f"{way.label.capitalize()}, photo {counted(params.shift, 'pixel')} {params.direction}:"
    step = way.step(params.size)
    where, word = "at the same place", "invariant"
    if params.compare == "moved_back":
        where, word = _back_words(params.shift, step), "equivariant"
    if seen.share == 0:
        return f"{start} no output differs {where}. For this photo and this shift it is {word}."
    amount = significant_text(seen.amount)
    found = f"{_share_text(seen.share)} of the outputs differ {where}"
    mean = f"The average change of all outputs is {amount} of their spread."
    return f"{start} {found}. {mean} An {word} layer would show 0 % at every shift."


def _back_words(shift: int, step: int) -> str:
    back = f"once moved back by {steps_moved(shift, step)}"
    return back if shift % step == 0 else f"{back} ({significant_text(shift / step)} is not whole)"


def _share_text(share: float) -> str:
    """Print a share in per cent; 0 % is none of them, and 100 % all."""
    if 0 < share <= 0.005:  # a half is rounded to the even 0
        return "less than 1 %"
    if 0.995 <= share < 1:
        return "more than 99 %"
    return percent_text(share, 0)


_preset = preset_maker(way="max", shift=1, size=2, compare="same_place", measure="share")

LAB = LabDefinition(
    name="shift",
    title="Shift",
    params=ShiftParams,
    compute=compute,
    preview=photo.coarse_preview(compute),
    look=Look(columns=3, code_lines=2),
    controls=(
        PictureChoice(),
        Choice("way", "way", WAY_OPTIONS, "output", in_header=True),
        Slider("shift", "shift", 0, FURTHEST, "input"),
        Slider("size", "window and step", SMALLEST, LARGEST, "stride", more=True),
        Choice("direction", "direction", DIRECTIONS, "input", more=True),
        Choice("compare", "compare", COMPARISONS, "output"),
        Choice("measure", "measure", MEASURES, "output"),
        Presets(
            "try",
            (
                _preset("shift 1"),
                _preset("shift 2", shift=2),
                _preset("shift 2, moved back", shift=2, compare="moved_back"),
                _preset("with a blur", way="blur", compare="moved_back"),
                _preset("how much", way="blur", compare="moved_back", measure="amount"),
                _preset(
                    "convolution, moved back", way="convolution", shift=5, compare="moved_back"
                ),
            ),
            "output",
        ),
    ),
)

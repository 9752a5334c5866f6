"""Receptive field: what one output of a stack of layers can see, and what it really looks at."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from lessons_lib.geometry import receptive_field, receptive_field_counts
from lessons_lib.kernels import seeded_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, PictureChoice, Presets, Seed, Slider
from lessons_lib.kit.result import LabDefinition, Pane, Result
from lessons_lib.kit.terms import Term
from lessons_lib.kit.vocabulary import Role

STACKS: dict[str, tuple[int, ...]] = {
    "1": (1,),
    "1_1_1": (1, 1, 1),
    "2_2_2": (2, 2, 2),
    "1_2_3": (1, 2, 3),
    "1_2_4_8": (1, 2, 4, 8),
    "1_2_4_8_16": (1, 2, 4, 8, 16),
    "ten_ones": (1,) * 10,
}
STACK_OPTIONS = tuple(
    ("1 × 10" if stack == (1,) * 10 else ", ".join(map(str, stack)), value)
    for value, stack in STACKS.items()
)
KERNEL_SIZE = 3
HIDDEN_CHANNELS = 8
WEIGHTS = (("box, no activation", "box"), ("random with ReLU", "random"))


@dataclass(frozen=True)
class ReceptiveFieldParams(photo.PictureParams):
    """The lesson starts with the stack that leaves holes."""

    seed: int = 3
    dilations: str = "2_2_2"
    weights: str = "box"
    row: int = 256
    column: int = 256


def compute(params: ReceptiveFieldParams) -> Result:
    """Ask autograd which pixels one output of the stack depends on, and how strongly.

    Args:
        params: dilations a key of `STACKS`; weights "box" (all equal, no activation) or "random"
            (seeded, with ReLU between the layers); row and column of the output.

    Returns:
        Panes input (3, H, W) with the field framed, paths (r, r) and effective (r, r), where r is
        the receptive field's side.
    """
    dilations = STACKS[params.dilations]
    layers = [(KERNEL_SIZE, 1, d) for d in dilations]
    side = receptive_field(layers)
    paths = receptive_field_counts(layers)
    image = params.picture.image
    height, width = image.shape[-2:]
    row, column = min(params.row, height - 1), min(params.column, width - 1)
    influence = effective_field(params, row, column, side)
    top, left = row - side // 2, column - side // 2
    counts = torch.outer(paths, paths).double()
    return Result(
        panes=(
            photo.photo_pane(
                params.picture,
                marked=((top, left, side, side),),
                click_sets=("row", "column"),
                note=_note(params, (row, column)),
            ),
            _field_pane("paths", "paths to each pixel", "dilation", counts),
            _field_pane("effective", "share of the gradient", "output", influence),
        ),
        sentence=_sentence(counts, influence, side),
        formula=(_field_line(dilations, side),),
        code=_code(dilations, params.weights),
    )


def _note(params: ReceptiveFieldParams, held: tuple[int, int]) -> str:
    start = "click: the frame is what one output there can see"
    if held == (params.row, params.column):
        return start
    return f"{start}; the picture ends before that, so row {held[0]}, column {held[1]}"


def effective_field(params: ReceptiveFieldParams, row: int, column: int, side: int) -> torch.Tensor:
    """Measure by gradient how much each pixel of the field moves one output.

    Args:
        params: picture, stack and weights.
        row, column: the output; the picture is padded with zeros so that every place has one.
        side: the receptive field.

    Returns:
        float64 (side, side), absolute gradients summed over the channels, divided by their sum;
        all zero where the output does not depend on the picture.
    """
    half = side // 2
    with torch.inference_mode(False), torch.enable_grad():
        image = params.picture.image.detach().clone()
        padded = nn.functional.pad(image, (half,) * 4)
        patch = padded[..., row : row + side, column : column + side].clone().requires_grad_()
        output = _stack(params)(patch)
        output.sum().backward()
        gradient = patch.grad
    if gradient is None:
        raise RuntimeError("autograd gave no gradient for the patch")
    share = gradient[0].abs().sum(0).double()
    total = share.sum()
    return share / total if total > 0 else share


def _stack(params: ReceptiveFieldParams) -> nn.Sequential:
    modules: list[nn.Module] = []
    channels = 3
    for index, d in enumerate(STACKS[params.dilations]):
        out = 1 if params.weights == "box" else HIDDEN_CHANNELS
        layer = seeded_layer(params.seed + index, channels, out, KERNEL_SIZE, dilation=d)
        if params.weights == "box":
            nn.init.constant_(layer.weight, 1 / layer.weight[0].numel())
        modules += [layer] if params.weights == "box" else [layer, nn.ReLU()]
        channels = out
    # Without the last ReLU: a clipped output would have no gradient at all.
    return nn.Sequential(*(modules if params.weights == "box" else modules[:-1]))


def _field_pane(name: str, title: str, role: Role, values: torch.Tensor) -> Pane:
    side = values.shape[-1]
    high = max(float(values.max()), 1e-12)
    if side <= 15 and name == "paths":
        return Pane(
            name, title, role, values.unsqueeze(0), "grid", (side, side), "count", (0.0, high)
        )
    return Pane(
        name,
        title,
        role,
        values.float(),
        "map",
        (side, side),
        "count",
        (0.0, high),
        keepable=name == "effective",
    )


def _sentence(counts: torch.Tensor, influence: torch.Tensor, side: int) -> str:
    touched = int((counts > 0).sum()) / counts.numel() * 100
    start = f"One output can see {side} × {side} pixels and touches {touched:.0f} % of them."
    middle = side // 4
    inner = influence[middle : side - middle, middle : side - middle]
    share, size = float(inner.sum()) * 100, inner.shape[0]
    return f"{start} {share:.0f} % of the gradient lies in the central {size} × {size}."


def _field_line(dilations: tuple[int, ...], side: int) -> tuple[Term, ...]:
    terms = [Term("receptive field = 1")]
    for d in dilations:
        terms += [
            Term(" + "),
            Term(str(d), "dilation"),
            Term("·("),
            Term("3", "kernel"),
            Term("−1)"),
        ]
    return (*terms, Term(" = "), Term(str(side), "output"))


def _code(dilations: tuple[int, ...], weights: str) -> tuple[Term, ...]:
    hidden = 1 if weights == "box" else HIDDEN_CHANNELS
    terms = [Term("nn.Sequential(")]
    for index, d in enumerate(dilations):
        between = ", " if weights == "box" else ", nn.ReLU(), "
        channels = f"{3 if index == 0 else hidden}, {hidden}"
        terms += [Term(between if index else ""), Term(f"nn.Conv2d({channels}, ")]
        terms.append(Term("kernel_size=3", "kernel"))
        terms += [Term(", "), Term(f"dilation={d}", "dilation")] if d > 1 else []
        terms.append(Term(")"))
    return (*terms, Term(")"))


LAB = LabDefinition(
    name="receptive-field",
    title="Receptive field of a stack",
    params=ReceptiveFieldParams,
    compute=compute,
    controls=(
        PictureChoice(),
        Seed(),
        Choice("dilations", "dilations of the layers", STACK_OPTIONS, "dilation"),
        Choice("weights", "weights", WEIGHTS, "kernel", more=True),
        Slider("row", "row", 0, 767, "output"),
        Slider("column", "column", 0, 767, "output"),
        Presets("try", tuple((label, {"dilations": s}) for label, s in STACK_OPTIONS), "dilation"),
    ),
)

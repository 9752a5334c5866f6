"""Kinds of convolution: who feeds whom, and what each kind costs beside the plain one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from string import Formatter

import torch
from torch import Tensor, nn

from lessons_lib.kit.controls import Choice, Presets, Slider, preset_maker
from lessons_lib.kit.grids import grid_pane
from lessons_lib.kit.layers import conv
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import (
    Compared,
    Cost,
    IllegalSettingError,
    LabDefinition,
    Pane,
    Result,
)
from lessons_lib.kit.terms import Line, Term
from lessons_lib.kit.vocabulary import Role
from lessons_lib.kit.wiring import bundled, path_links, reach_links, wiring_pane
from lessons_lib.variants import (
    WITH_GROUPS,
    channel_paths,
    channel_wires,
    multiply_adds_of,
    parts_of,
    seeded_variant,
    weights_of,
)
from lessons_lib.visualization.numbers import count_text, counted

SIDE = 64  # of the picture on which the kinds are timed
MOST_DRAWN = 32  # channels of a stage that are drawn one by one
BOXES = 16  # else in so many bundles
MOST_IN, MOST_OUT = 64, 128
PLAIN, DEPTHWISE, SHUFFLED = "plain", "depthwise", "shuffled_grouped"
OPTIONS = (
    ("plain", PLAIN),
    ("depthwise", DEPTHWISE),
    ("pointwise: 1 × 1", "pointwise"),
    ("depthwise separable", "depthwise_separable"),
    ("grouped", "grouped"),
    ("grouped, shuffled", SHUFFLED),
    ("spatially separable", "spatially_separable"),
    ("flattened", "flattened"),
)


@dataclass(frozen=True)
class _Words:
    """How a kind is told: its weights and their share of the plain ones, and what it does."""

    weights: str
    share: str
    does: str


# M input channels, N output channels, kernels of k x k, g groups.
_KINDS = {
    PLAIN: _Words("{N}·{M}·{k}²", "1", "Every output channel reads every input channel."),
    DEPTHWISE: _Words(
        "{N}·{k}²",
        "1/{M}",
        "Every input channel has kernels of its own: the channels are never mixed.",
    ),
    "pointwise": _Words(
        "{N}·{M}",
        "1/{k}²",
        "Kernels of 1 × 1 mix the channels of each pixel and see no neighbours.",
    ),
    "depthwise_separable": _Words(
        "{M}·{k}² + {N}·{M}",
        "1/{N} + 1/{k}²",
        "Depthwise kernels look at each channel alone, then kernels of 1 × 1 mix the channels.",
    ),
    "grouped": _Words(
        "{N}·{M}·{k}²/{g}", "1/{g}", "Each group of channels is a convolution of its own."
    ),
    SHUFFLED: _Words(
        "{N}·{M}·{k}²/{g}",
        "1/{g}",
        "Each group is a convolution of its own; then the channels are taken in turn, one of each.",
    ),
    "spatially_separable": _Words(
        "{N}·{M}·{k} + {N}·{N}·{k}",
        "1/{k} + {N}/({M}·{k})",
        "Kernels are columns first, then rows, and both steps mix the channels.",
    ),
    "flattened": _Words(
        "{N}·({M} + {k} + {k})",
        "1/{k}² + 2/({M}·{k})",
        "Each kernel is three lines: along the channels, down and across.",
    ),
}
_ROLES: dict[str, Role] = {"M": "input", "N": "output", "k": "kernel"}
_AFTER = {"pointwise": "1 × 1", "lateral": "1 × 1", "down": "k × 1", "across": "1 × k"}


@dataclass(frozen=True)
class VariantsParams:
    """The lesson starts with the plain convolution, small enough to be drawn channel by channel."""

    kind: str = PLAIN
    in_channels: int = 8
    out_channels: int = 8
    groups: int = 2
    kernel_size: int = 3
    layers: int = 1


def compute(params: VariantsParams) -> Result:
    """Show who feeds whom in a kind of convolution, and count what it costs.

    Args:
        params: in_channels 1..64, out_channels 1..128; groups is used by the grouped kinds alone;
            layers 1..3 of the kind in a row, from the second one on out_channels -> out_channels.

    Returns:
        Panes wiring (channels, stages) and matrix (1, out, in): the number of ways from each input
        channel to each output channel. Where there are many channels, both show bundles of them.

    Raises:
        IllegalSettingError: the kind cannot be built with these channels.
    """
    stack = _stack(params)
    plain = _stack(_plain(params))
    tables = channel_wires(*stack)
    block = _block(tables)
    names = _stage_names(params, stack)
    return Result(
        panes=(
            wiring_pane(tables, names, _groups(params, stack), block),
            _matrix_pane(channel_paths(*stack), block),
        ),
        sentence=_sentence(params, stack),
        formula=_formula(params, weights_of(*stack), weights_of(*plain)),
        code=_shown_code(params, stack),
        copied=_copied(stack),
        cost=_cost(stack),
        cell_links=(reach_links(tables, block), path_links(tables, "matrix", block)),
        layer=_timed(params),
        compared=Compared(
            _plain_name(params),
            _cost(plain),
            _timed(_plain(params)),
            f"{SIDE} × {SIDE} pixels, {counted(torch.get_num_threads(), 'thread')}",
        ),
    )


# --- the layers -----------------------------------------------------------------------------------


def _plain(params: VariantsParams) -> VariantsParams:
    sizes = (params.in_channels, params.out_channels, params.groups, params.kernel_size)
    return VariantsParams(PLAIN, *sizes, params.layers)


def _plain_name(params: VariantsParams) -> str:
    name = f"plain {params.kernel_size} × {params.kernel_size}"
    return name if params.layers == 1 else f"{name}, {params.layers} layers"


def _stack(params: VariantsParams) -> list[nn.Module]:
    """Build the layers without memory for their weights: only their shapes are asked for."""
    side = params.kernel_size
    padding = 0 if params.kind == "pointwise" else side // 2
    channels = [params.in_channels, *[params.out_channels] * params.layers]
    try:
        with torch.device("meta"):
            return [
                seeded_variant(
                    params.kind, m, n, side, groups=params.groups, padding=padding, bias=False
                )
                for m, n in pairwise(channels)
            ]
    except ValueError as error:
        raise _refusal(params) or error from error


def _refusal(params: VariantsParams) -> IllegalSettingError | None:
    """Explain which channels do not fit, with the message of torch's own layer."""
    m, n = params.in_channels, params.out_channels
    groups = m if params.kind == DEPTHWISE else params.groups
    terms = f"nn.Conv2d({m}, {n}, kernel_size={params.kernel_size}, groups={groups}, bias=False)"
    try:
        with torch.device("meta"):
            nn.Conv2d(m, n, params.kernel_size, groups=groups, bias=False)
    except ValueError as error:
        if params.kind == DEPTHWISE:
            why = (
                f"Each of the {counted(m, 'input channel')} has equally many kernels of its own, "
                f"so the output channels must be a multiple of {m}, which {n} is not."
            )
            nearest = {"out_channels": _nearest(n, range(m, MOST_OUT + 1, m))}
        else:
            why = (
                f"Every group takes the same number of channels, so the number of groups must "
                f"divide both the {m} channels in and the {n} out, and {groups} does not."
            )
            common = math.gcd(m, n)
            nearest = {
                "groups": _nearest(groups, [g for g in range(1, common + 1) if common % g == 0])
            }
        return IllegalSettingError(str(error), why, nearest, (Term(terms),))
    return None


def _nearest(wanted: int, legal: Sequence[int]) -> int:
    return min(legal, key=lambda each: (abs(each - wanted), each))


def _cost(stack: Sequence[nn.Module]) -> Cost:
    return Cost(weights_of(*stack), 0, multiply_adds_of((SIDE, SIDE), *stack))


def _timed(params: VariantsParams) -> Callable[[], Tensor]:
    """Give what runs the layers once; they get memory, and the weight 0.01, at the first run."""
    return lambda: _running(params)(_picture(params.in_channels))


@lru_cache(maxsize=4)
def _running(params: VariantsParams) -> nn.Sequential:
    layers = nn.Sequential(*_stack(params)).to_empty(device="cpu")
    for weight in layers.parameters():
        nn.init.constant_(weight, 0.01)
    return layers


@lru_cache(maxsize=2)
def _picture(channels: int) -> Tensor:
    return torch.rand(1, channels, SIDE, SIDE, generator=torch.Generator().manual_seed(3))


# --- panes ----------------------------------------------------------------------------------------


def _block(tables: Sequence[Tensor]) -> int:
    """Say how many channels each box stands for, so that they can be told apart."""
    most = max(max(table.shape) for table in tables)
    return 1 if most <= MOST_DRAWN else -(-most // BOXES)


def _stage_names(params: VariantsParams, stack: Sequence[nn.Module]) -> tuple[str, ...]:
    """Name what stands behind each part; the last one is the output."""
    names = ["input"]
    for number, layer in enumerate(stack, 1):
        for part in [name for name, _ in layer.named_children()] or [PLAIN]:
            word = _AFTER.get(part, part).replace("k", str(params.kernel_size), 1)
            names.append(f"after {word}" if params.layers == 1 else f"layer {number}: {word}")
    return (*names[:-1], "output")


def _groups(params: VariantsParams, stack: Sequence[nn.Module]) -> list[int]:
    """Say for each stage how its channels are split into groups, and dealt out behind a shuffle."""
    parts = parts_of(*stack)
    if params.kind not in WITH_GROUPS or params.groups == 1:
        return [0] * (len(parts) + 1)
    shuffled = [isinstance(part, nn.ChannelShuffle) for part in parts]
    return [params.groups, *(-params.groups if each else params.groups for each in shuffled)]


def _matrix_pane(paths: Tensor, block: int) -> Pane:
    ways = bundled(paths, block).float()
    note = "a row per output, a column per input"
    bundles = f"{note}; bundles of {block}" if block > 1 else note
    return grid_pane(
        "matrix",
        "ways from input to output",
        "",
        ways[None],
        shape=tuple(ways.shape),
        table="count",
        value_range=(0.0, max(1.0, float(ways.max()))),
        note=bundles,
        keepable=True,
    )


# --- words ----------------------------------------------------------------------------------------


def _sentence(params: VariantsParams, stack: Sequence[nn.Module]) -> str:
    reached = (channel_paths(*stack) > 0).sum(0)
    least, most = int(reached.min()), int(reached.max())
    some = str(least) if least == most else f"{least} to {most}"
    channels = counted(params.out_channels, "output channel")
    each = "each input channel reaches" if params.layers > 1 else "Each input channel reaches"
    through = f"Through {params.layers} layers " if params.layers > 1 else ""
    return f"{_KINDS[params.kind].does} {through}{each} {some} of {channels}."


def _formula(params: VariantsParams, weights: int, plain: int) -> tuple[Line, ...]:
    """Fill the numbers into the count of weights of one layer, and into the share of all."""
    words = _KINDS[params.kind]
    numbers = {
        "M": params.in_channels,
        "N": params.out_channels,
        "k": params.kernel_size,
        "g": params.groups,
    }
    one = weights_of(*_stack(VariantsParams(**{**params.__dict__, "layers": 1})))
    first = Term("weights = " if params.layers == 1 else "weights of the first layer = ")
    equals = Term(" = ")
    count = (
        first,
        *_filled(words.weights, {name: name for name in numbers}),
        equals,
        *_filled(words.weights, {name: str(value) for name, value in numbers.items()}),
        Term(f" = {count_text(one)}"),
    )
    divided = Term(f"of plain ones: {count_text(weights)} / {count_text(plain)} = ")
    result = Term(f"{weights / plain:.4g}")
    if params.layers > 1 or params.kind == PLAIN:
        return count, (divided, result)
    share = (
        divided,
        *_filled(words.share, {name: name for name in numbers}),
        equals,
        *_filled(words.share, {name: str(value) for name, value in numbers.items()}),
        equals,
        result,
    )
    return count, share


def _filled(words: str, texts: dict[str, str]) -> Line:
    """Put letters, or numbers, into a formula, each in the colour of its role."""
    terms: list[Term] = []
    for text, name, _, _ in Formatter().parse(words):
        terms += [Term(text)] if text else []
        terms += [Term(texts[name], _ROLES.get(name, ""))] if name else []
    return tuple(terms)


def _code(stack: Sequence[nn.Module]) -> Line:
    """Write the layers as PyTorch makes them: one layer, or several in a row."""
    lines = [
        (Term(f"nn.ChannelShuffle({part.groups})"),)
        if isinstance(part, nn.ChannelShuffle)
        else conv.line(part)
        for part in parts_of(*stack)
    ]
    if len(lines) == 1:
        return lines[0]
    inner = [term for line in lines for term in (*line, Term(", "))][:-1]
    return (Term("nn.Sequential("), *inner, Term(")"))


def _shown_code(params: VariantsParams, stack: Sequence[nn.Module]) -> Line:
    """Write the first layer; all of them are copied."""
    first = _code(stack[:1])
    if params.layers == 1:
        return first
    n = params.out_channels
    return (*first, Term(f"  # and {params.layers - 1} more of the kind, {n} → {n}"))


def _copied(stack: Sequence[nn.Module]) -> str:
    """Write code that runs by itself, a line per part."""
    text = "".join(term.text for term in _code(stack))
    text = text.replace("nn.Sequential(", "nn.Sequential(\n    ").replace("), ", "),\n    ")
    return f"import torch\nfrom torch import nn\n\nlayer = {text}\n"


_preset = preset_maker(kind=PLAIN, in_channels=8, out_channels=8, groups=2, kernel_size=3, layers=1)
_large = preset_maker(
    kind=PLAIN, in_channels=64, out_channels=128, groups=4, kernel_size=3, layers=1
)

LAB = LabDefinition(
    name="variants",
    title="Kinds of convolution",
    params=VariantsParams,
    compute=compute,
    look=Look(shapes="first", note_lines=2, pointer_lines=2, code_lines=2),
    controls=(
        Choice("kind", "kind", OPTIONS, "kernel", in_header=True),
        Slider("in_channels", "channels in, M", 1, MOST_IN, "input"),
        Slider("out_channels", "channels out, N", 1, MOST_OUT, "output"),
        Slider("kernel_size", "kernel size, k", 1, 7, "kernel", step=2),
        Slider("groups", "groups, g", 1, 16, shown_with=("kind", WITH_GROUPS)),
        Slider("layers", "layers", 1, 3),
        Presets(
            "try",
            (
                _preset("depthwise separable", kind="depthwise_separable"),
                _preset("2 groups", kind="grouped"),
                _preset("2 layers of 2 groups", kind="grouped", layers=2),
                _preset("2 layers, shuffled", kind=SHUFFLED, layers=2),
                _preset("2 kernels each", kind=DEPTHWISE, in_channels=3, out_channels=6),
                _large("plain, 64 → 128"),
                _large("depthwise separable, 64 → 128", kind="depthwise_separable"),
                _large("4 groups, 64 → 128", kind="grouped"),
            ),
            "kernel",
        ),
    ),
)

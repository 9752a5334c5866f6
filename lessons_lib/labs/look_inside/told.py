"""What the lab says: its sentence, its formulas, and the way back as PyTorch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from torch import Tensor, nn

from lessons_lib.images import BUNDLED, GENERATED
from lessons_lib.kit.course import held_out_scenes
from lessons_lib.kit.terms import Line, Term
from lessons_lib.labs.look_inside.networks import (
    UNTRAINED,
    Found,
    Inside,
    MapLayer,
    is_small,
)
from lessons_lib.segmentation.look_inside import Place, Way
from lessons_lib.segmentation.meaning import OUTLINE, TARGETS
from lessons_lib.segmentation.patches import Patch
from lessons_lib.segmentation.scenes import CLASSES
from lessons_lib.visualization.numbers import (
    fixed_text,
    percent_text,
    short_text,
    size_text,
)

WEAK = 0.3  # correlations below it are found in random networks as well


@dataclass(frozen=True, eq=False)
class State:
    """What is told of.

    Attributes:
        params: of the lab.
        inside: the network.
        layer, channel: the map's.
        feature_map: (h, w).
        place: (row, column) in it.
        back, gradient: (3, height, width), what comes back to the window.
        found: what the scenes tell of the layer's maps, None: nothing yet.
    """

    params: Any
    inside: Inside
    layer: MapLayer
    channel: int
    feature_map: Tensor
    place: Place
    back: Tensor
    gradient: Tensor
    found: Found | None

    @property
    def value(self) -> float:
        """The number of the map at the place."""
        return float(self.feature_map[self.place])

    @property
    def is_zero(self) -> bool:
        """Whether the map is 0 everywhere in this picture."""
        return not self.feature_map.any()

    @property
    def window(self) -> tuple[int, int, int, int]:
        """What the place sees of the picture: (top, left, height, width)."""
        return self.layer.window(self.place)


# ---------------------------------------------------------------------------------- the sentence


def sentence(state: State) -> str:
    """Say what the map is here and in the scenes, and how what comes back is like the gradient."""
    name = f"Map {state.channel} of {state.layer.name}"
    if state.params.channel != state.channel:
        name = f"There is no map {state.params.channel}. {name}"
    if state.is_zero:
        nothing = "is 0 everywhere in this picture: there is nothing to go back from."
        return f"{name} {nothing} {_over_scenes(state)}".strip()
    zeros = float((state.feature_map == 0).double().mean())
    rest = f"it is 0 at {_share(zeros)} of its places" if zeros else "it is 0 nowhere"
    at = f"({state.place[0]}, {state.place[1]})"
    if state.value == 0:
        return f"{name} is 0 at {at}, so nothing comes back from there; {rest}."
    largest = state.value == float(state.feature_map.max())
    here = f"is largest at {at} with" if largest else f"at {at} is"
    start = f"{name} {here} {short_text(state.value)}; {rest}."
    return " ".join(part for part in (start, _over_scenes(state), _agreement(state)) if part)


def _share(share: float) -> str:
    """Print a share in per cent; 100 % is all of them, and 0 % none."""
    if share > 0.995:
        return "more than 99 %" if share < 1 else "100 %"
    return percent_text(share, 0) if share > 0.005 else "less than 1 %"


def _over_scenes(state: State) -> str:
    """Say in how many scenes the map is above 0, and what it goes with."""
    if state.found is None:
        return ""
    values = state.found.strongest.values[:, state.channel]
    moved, scenes = int((values > 0).sum()), len(values)
    if not moved:
        return f"It is 0 in all {scenes} scenes: it is dead."
    agreement = state.found.sums.correlations()[state.channel]
    best = int(agreement.argmax())
    where = f"Over {scenes} scenes"
    if moved < scenes:
        where = f"Above 0 in {moved} of {scenes} scenes,"
    target, number = _TARGETS[TARGETS[best]], fixed_text(float(agreement[best]), 2)
    if agreement[best] < WEAK:
        return f"{where} it follows nothing well (best: {target}, correlation {number})."
    return f"{where} it follows {target} best (correlation {number})."


_TARGETS = {
    "background": "the background",
    "disc": "discs",
    "ring": "rings",
    "square": "squares",
    "triangle": "triangles",
    OUTLINE: "outlines",
}


def patches_words(patches: list[Patch]) -> str:
    """Say what is in the middle of the patches, the most frequent first."""
    if not patches:
        return "0 in all scenes"
    classes = Counter(CLASSES[_middle(patch)] for patch in patches)
    name, count = classes.most_common(1)[0]
    return f"in the middle: {name} in {count} of {len(patches)}"


def _middle(patch: Patch) -> int:
    """Give the class in the middle of a patch, or at the picture's edge nearest to it."""
    labels = held_out_scenes()[patch.picture][1]
    top, left, height, width = patch.window
    row, column = (
        min(max(middle, 0), n - 1)
        for middle, n in zip((top + height // 2, left + width // 2), labels.shape, strict=True)
    )
    return int(labels[row, column])


def _agreement(state: State) -> str:
    if state.params.way == "gradient":
        return "What comes back is the gradient."
    likeness = alike(state.back, state.gradient)
    if likeness is None:
        return "Nothing comes back this way."
    if likeness > 0.99995:
        return "What comes back is the gradient: ReLU changes nothing on this way."
    number = fixed_text(likeness, 2)
    return f"Likeness to the gradient: {number} (1: the same but for a factor; 0: none)."


def alike(first: Tensor, second: Tensor) -> float | None:
    """Give the cosine of the angle between two pictures: 1 where one is so many times the other.

    Args:
        first, second: of one shape.

    Returns:
        -1..1; None where one of them is 0 everywhere.
    """
    lengths = float(first.norm() * second.norm())
    return float((first * second).sum()) / lengths if lengths else None


# ------------------------------------------------------------------------------------ the formulas


def formula(state: State) -> tuple[Line, ...]:
    """Write how far the layer sees, and the sizes on the way back."""
    layers = list(state.inside.body)[: state.layer.index + 1]
    return _field_line(state, layers), _sizes_line(state, layers)


def _field_line(state: State, layers: list[nn.Module]) -> Line:
    """Write the receptive field as a sum, down; across it is written too where it differs."""
    height, width = state.layer.field
    terms = [Term("sees 1")]
    for (k, d, step), same in groupby(_growths(layers)):
        count = len(list(same))
        times = "".join(f"{each}·" for each in (count, d) if each > 1)
        terms += [Term(f" + {times}("), Term(str(k), "kernel"), Term(f"−1)·{step}")]
    end = "" if height == width else f" down, {width} across"
    return (*terms, Term(" = "), Term(str(height), "output"), Term(f" pixels{end}"))


def _growths(layers: list[nn.Module]) -> Iterator[tuple[int, int, int]]:
    """Give what each layer adds to the field: kernel size, dilation, and the steps before it."""
    step = 1
    for layer in layers:
        if not isinstance(layer, nn.ReLU):
            k, s, d = (_down(getattr(layer, key)) for key in ("kernel_size", "stride", "dilation"))
            yield k, d, step
            step *= s


def _down(value: Any) -> int:
    return value[0] if isinstance(value, tuple) else value


def _sizes_line(state: State, layers: list[nn.Module]) -> Line:
    """Write what the way back goes through, from the map to the picture.

    Convolutions with nothing but ReLU between them are written as one, so that the line is short.
    """
    number = sum(isinstance(layer, nn.Conv2d) for layer in layers)
    terms: list[Term] = [Term("way back")]
    back = (layer for layer in reversed(layers) if not isinstance(layer, nn.ReLU))
    for kind, same in groupby(back, type):
        count = len(list(same))
        if kind is nn.MaxPool2d:
            terms += [Term(" → "), Term("unpool", "stride")] * count
            continue
        last = number - count + 1
        name = f"conv{number}" if count == 1 else f"conv{number}–{last}"
        terms += [Term(" → "), Term(f"{name}ᵀ", "kernel")]
        number = last - 1
    size = size_text((3, *state.params.shown_picture.image.shape[2:]))
    return (*terms, Term(f" → {size}"))


# ---------------------------------------------------------------------------------------- the code

_RELU: dict[Way, str] = {
    "deconvnet": "F.relu(back)",
    "gradient": "back * (given > 0)",
    "guided": "F.relu(back) * (given > 0)",
    "none": "back",
}


def code(state: State) -> Line:
    """Write the first steps of the way back; the whole is what is copied."""
    layers = list(state.inside.body)[: state.layer.index + 1]
    number = sum(isinstance(layer, nn.Conv2d) for layer in layers)
    before = layers[: convolution_at(layers)]
    last = layers[convolution_at(layers)]
    inner = _RELU[state.params.way] if isinstance(layers[-1], nn.ReLU) else "back"
    settings = _settings(last)
    line: Line = (
        Term(f"F.conv_transpose2d({inner}, "),
        Term(f"{state.layer.name}.weight", "kernel"),
        Term(settings, "padding"),
        Term(")"),
    )
    if before and isinstance(before[-1], nn.MaxPool2d):
        window = Term(str(before[-1].kernel_size), "stride")
        line = (Term("F.max_unpool2d("), *line, Term(", places, "), window, Term(")"))
    end = "" if number == 1 else "  # and so on, layer by layer"
    return (Term("back = "), *line, Term(end))


def convolution_at(layers: list[nn.Module]) -> int:
    """Give the index of the last convolution."""
    return max(index for index, layer in enumerate(layers) if isinstance(layer, nn.Conv2d))


def _settings(layer: nn.Module) -> str:
    """Write stride and padding of a convolution, as far as they are not torch's own."""
    said = ""
    for name, usual in (("stride", (1, 1)), ("padding", (0, 0))):
        value = getattr(layer, name)
        if value != usual:
            said += f", {name}={value[0] if value[0] == value[1] else value}"
    return said


def program(state: State) -> str:
    """Write the whole way there and back as code that runs by itself."""
    (picture_import, image), (network_import, body) = _picture(state.params), _network(state.params)
    head = f"""\
import torch
from torch import nn
from torch.nn import functional as F

{picture_import}{network_import}
{image}
{body}
"""
    return head + (_by_the_library(state) if _is_own(state.params) else _in_torch(state))


def _by_the_library(state: State) -> str:
    """Write one call: a network of the reader's own may have strides and sizes of any kind."""
    at = f"{state.layer.index}, {state.channel}, {state.place}"
    return f"""
back = way_back(body, image, {at}, relu={state.params.way!r})
print(back.shape, back.abs().max())
"""


def _in_torch(state: State) -> str:
    row, column = state.place
    return f"""
signal, steps = image, []
with torch.no_grad():
    for layer in body[:{state.layer.index + 1}]:
        given, places = signal, None
        if isinstance(layer, nn.MaxPool2d):
            window = layer.kernel_size, layer.stride, layer.padding
            signal, places = F.max_pool2d(given, *window, return_indices=True)
        else:
            signal = layer(given)
        steps.append((layer, given, places))

    back = torch.zeros_like(signal)
    back[0, {state.channel}, {row}, {column}] = 1
    for layer, given, places in reversed(steps):
        if isinstance(layer, nn.Conv2d):
            back = F.conv_transpose2d(back, layer.weight, padding=layer.padding)
        elif isinstance(layer, nn.MaxPool2d):
            window = layer.kernel_size, layer.stride, layer.padding
            back = F.max_unpool2d(back, places, *window, given.shape[2:])
        else:
            back = {_RELU[state.params.way]}
print(back.shape, back.abs().max())
"""


def _picture(params: Any) -> tuple[str, str]:
    """Write the import that the picture needs, and how it is made."""
    if params.source == "scene":
        return (
            "from lessons_lib.segmentation import HELD_OUT, draw_scene\n",
            f"image = draw_scene(HELD_OUT + {params.scene}).image",
        )
    name = params.picture.name
    own = "" if name in BUNDLED + GENERATED else "  # a picture of your own: give its path"
    return "from lessons_lib.images import load_image\n", f"image = load_image({name!r}){own}"


def _is_own(params: Any) -> bool:
    """Say whether the code has to begin with a network that only the reader has."""
    if params.network is None:
        return False
    return params.weights != UNTRAINED or not is_small(params.network.body)


def _network(params: Any) -> tuple[str, str]:
    if _is_own(params):
        source = "from lessons_lib.segmentation.look_inside import way_back\n"
        drawn = ", with new weights" if params.weights == UNTRAINED else ""
        return source, f"body = network.body  # your own{drawn}"
    if params.weights == UNTRAINED:
        source = "from lessons_lib.segmentation import small_fcn\n"
        return source, f"body = small_fcn(seed={params.seed}).body"
    source = "from lessons_lib.segmentation import trained_fcn\n"
    return source, "body = trained_fcn().body"

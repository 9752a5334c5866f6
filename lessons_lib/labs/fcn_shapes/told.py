"""What the lab of sizes says: of each layer, of the whole, and the code to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lessons_lib.geometry import AxisLayer
from lessons_lib.kit.terms import Line
from lessons_lib.labs.fcn_shapes.networks import Shape, Stage
from lessons_lib.visualization.numbers import counted

if TYPE_CHECKING:
    from lessons_lib.labs.fcn_shapes import Sizes


def is_rounded(layer: AxisLayer, given: Shape) -> bool:
    """Say whether a layer's stride does not divide what it is given, along an axis at least.

    Args:
        layer: what resizes.
        given: the shape that goes in.

    Example:
        >>> is_rounded(AxisLayer(2, 2), (8, 20, 15)), is_rounded(AxisLayer(2, 2), (8, 20, 14))
        (True, False)
    """
    return not layer.transposed and any(n % layer.stride for n in given[1:])


def detail(stage: Stage, given: Shape) -> str:
    """Say what a layer is, its formula with the numbers, and what was rounded.

    Args:
        stage: the layer.
        given: the shape that goes in.

    Returns:
        one line, such as "convolution 7 × 7, stride 2, padding 3: height
        ⌊(320 + 2·3 − 7) / 2⌋ + 1 = 160, width ...".
    """
    layer = stage.resizes
    numbers = given[1:]
    if layer.kernel_size == 2 * layer.padding + 1 and layer.stride == 1:
        return f"{stage.words}: the size stays"
    axes = ["height and width"] if len(set(numbers)) == 1 else ["height", "width"]
    sizes = [f"{axis} {formula(layer, n)}" for axis, n in zip(axes, numbers, strict=False)]
    odd = [n for n in dict.fromkeys(numbers) if n % layer.stride and not layer.transposed]
    text = f"{stage.words}: {', '.join(sizes)}"
    if not odd:
        return text
    up = layer.output_size(odd[0]) * layer.stride > odd[0]
    verb = "is no multiple" if len(odd) == 1 else "are no multiples"
    which = " and ".join(map(str, odd))
    return f"{text}; {which} {verb} of {layer.stride}: rounded {'up' if up else 'down'}"


def formula(layer: AxisLayer, n: int) -> str:
    """Fill the numbers into the size formula of a layer, along one axis.

    Args:
        layer: what resizes.
        n: the size that goes in.

    Example:
        >>> formula(AxisLayer(7, 2, 3), 320)
        '⌊(320 + 2·3 − 7) / 2⌋ + 1 = 160'
        >>> formula(AxisLayer(64, 32, 16, transposed=True), 10)
        '(10 − 1)·32 − 2·16 + 64 = 320'
    """
    k, s, p = layer.kernel_size, layer.stride, layer.padding
    size = layer.output_size(n)
    if layer.transposed:
        return f"({n} − 1)·{s} − 2·{p} + {k} = {size}"
    padding = f" + 2·{p}" if p else ""
    return f"⌊({n}{padding} − {k}) / {s}⌋ + 1 = {size}"


def sentence(sizes: Sizes, fit: str, rounds_up: bool) -> str:
    """Say what the size means for the output.

    Args:
        sizes: of the picture, of what goes in, and of the output.
        fit: "as_is", "pad" or "crop".
        rounds_up: whether the network's layers round up where a size is odd.
    """
    height, width = sizes.picture
    start = f"A picture of {height} × {width}"
    multiple = sizes.multiple
    if not (height % multiple or width % multiple):
        return f"{start}: both are multiples of {multiple}, so every pixel gets its scores."
    no = f"{start}: {_no_multiple(sizes.picture, multiple)}"
    rows, columns = (abs(a - b) for a, b in zip(sizes.given, sizes.picture, strict=True))
    if fit == "pad":
        added = _rows_and_columns(rows, columns)
        verb, whose = _was(rows, columns), "its" if rows + columns == 1 else "their"
        return f"{no}, so {added} {verb} added; {whose} scores are cut off at the end."
    if fit == "crop":
        lost = _rows_and_columns(rows, columns)
        return f"{no}, so {lost} {_was(rows, columns)} cut off and {_get(rows, columns)} no scores."
    way = "up" if rounds_up else "down"
    size = f"{sizes.output[0]} × {sizes.output[1]}"
    off = _rows_and_columns(*(abs(n) for n in sizes.too_many))
    count = "many" if rounds_up else "few"
    return f"{no}, and layers round {way}: the output of {size} has {off} too {count}."


def _no_multiple(size: tuple[int, int], multiple: int) -> str:
    odd = [n for n in dict.fromkeys(size) if n % multiple]
    verb = "is no multiple" if len(odd) == 1 else "are no multiples"
    return f"{' and '.join(map(str, odd))} {verb} of {multiple}"


def _rows_and_columns(rows: int, columns: int) -> str:
    counts = [(rows, "row"), (columns, "column")]
    return " and ".join(counted(n, word) for n, word in counts if n)


def _was(rows: int, columns: int) -> str:
    return "was" if rows + columns == 1 else "were"


def _get(rows: int, columns: int) -> str:
    return "gets" if rows + columns == 1 else "get"


def copied(line: Line, sizes: Sizes, fit: str) -> str:
    """Write code that runs by itself: the network, a picture of that size, and the sizes.

    Args:
        line: makes the network.
        sizes, fit: as in `sentence`.
    """
    made = "".join(term.text for term in line)
    needs = ["import torch", "from torch import nn"]
    if "resnet18" in made:
        needs.append("from torchvision.models import resnet18")
    ours = ["fitted"] * (fit != "as_is") + ["small_fcn"] * ("small_fcn" in made)
    if ours:
        needs.append(f"from lessons_lib.segmentation.network import {', '.join(ours)}")
    steps = [
        f"network = {made}.eval()",
        f"image = torch.rand(1, 3, {sizes.picture[0]}, {sizes.picture[1]})",
        *([f'image = fitted(image, {sizes.multiple}, "{fit}")'] if fit != "as_is" else []),
        "with torch.inference_mode():",
        "    print(network(image).shape)",
    ]
    return "\n".join([*needs, "", *steps])

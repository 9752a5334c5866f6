"""Write the size formula with the numbers filled in, and the PyTorch code to copy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any, TypeVar

from torch import nn

from lessons_lib.geometry import (
    conv_output_size,
    conv_transpose_output_size,
    pool_output_size,
)
from lessons_lib.kit.terms import Line, Term
from lessons_lib.kit.vocabulary import Role

# Arguments in torch's order, with torch's defaults: what is at its default is not written.
_DEFAULTS: dict[str, Any] = {
    "stride": 1,
    "padding": 0,
    "output_padding": 0,
    "dilation": 1,
    "groups": 1,
    "bias": True,
    "padding_mode": "zeros",
}
_POOL_DEFAULTS: dict[str, Any] = {
    "padding": 0,
    "dilation": 1,
    "ceil_mode": False,
    "count_include_pad": True,
    "divisor_override": None,
}
_ROLES: dict[str, Role] = {
    "kernel_size": "kernel",
    "stride": "stride",
    "padding": "padding",
    "output_padding": "output",
    "dilation": "dilation",
    "padding_mode": "padding",
    "ceil_mode": "output",
    "count_include_pad": "padding",
}
# The letters of the formulas.
_COLOURS: dict[str, Role] = {
    "n": "input",
    "k": "kernel",
    "s": "stride",
    "p": "padding",
    "d": "dilation",
    "extra": "output",
    "size": "output",
}
# After a line of torch, whose layers do not turn the kernel as a true convolution does.
FLIPPED: Line = (Term("  # its weight: the kernel turned by 180°, kernel.flip(-2, -1)", "kernel"),)
# The letters of torch's documentation, by the number of axes.
_LETTERS = {1: "L", 2: "HW", 3: "DHW"}


def size_formula(
    input_size: Sequence[int],
    kernel_size: Sequence[int],
    stride: Sequence[int] | None = None,
    padding: Sequence[int] | None = None,
    dilation: Sequence[int] | None = None,
) -> tuple[Line, ...]:
    """Fill the numbers of a setting into the size formula, a line per axis.

    Args:
        input_size, kernel_size: (length,), (height, width) or (depth, height, width) each.
        stride, padding, dilation: the same; None: torch's default on every axis.

    Returns:
        A line per axis; axes with the same numbers share one.

    Source:
        the shape sections of the documentation of torch.nn.Conv1d, Conv2d and Conv3d.
    """
    dims = len(input_size)
    ones, zeros = (1,) * dims, (0,) * dims
    axes = zip(
        input_size, kernel_size, stride or ones, padding or zeros, dilation or ones, strict=True
    )
    return tuple(
        _axis_line(letters, *numbers) for numbers, letters in _alike(list(axes), dims).items()
    )


def transposed_size_formula(
    input_size: Sequence[int],
    kernel_size: Sequence[int],
    stride: Sequence[int] = (1, 1),
    padding: Sequence[int] = (0, 0),
    output_padding: Sequence[int] = (0, 0),
    dilation: Sequence[int] = (1, 1),
) -> tuple[Line, ...]:
    """Fill the numbers of a setting into the size formula of a transposed convolution.

    Args:
        input_size, kernel_size, stride, padding, output_padding, dilation: (height, width) each.

    Returns:
        A line per axis; one line where both have the same numbers.

    Source:
        the shape section of the documentation of torch.nn.ConvTranspose2d.
    """
    axes = zip(input_size, kernel_size, stride, padding, output_padding, dilation, strict=True)
    return tuple(
        _transposed_axis_line(letters, *numbers)
        for numbers, letters in _alike(list(axes), 2).items()
    )


def shuffled_size_formula(
    input_size: Sequence[int],
    kernel_size: Sequence[int],
    padding: Sequence[int],
    factor: int,
) -> tuple[Line, ...]:
    """Fill in the size after a convolution of stride 1 and a pixel shuffle.

    Args:
        input_size, kernel_size, padding: (height, width) each, of the convolution.
        factor: of the shuffle, which lays factor * factor channels side by side.

    Returns:
        A line per axis; one line where both have the same numbers.

    Source:
        the shape section of the documentation of torch.nn.PixelShuffle.
    """
    axes = list(zip(input_size, kernel_size, padding, strict=True))
    words = "{s}·({n} + 2·{p} − {k} + 1) = {size}"
    return tuple(
        _filled(letters, words, s=factor, n=n, p=p, k=k, size=factor * conv_output_size(n, k, 1, p))
        for (n, k, p), letters in _alike(axes, 2).items()
    )


def pool_size_formula(
    input_size: Sequence[int],
    kernel_size: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int] | None = None,
    ceil_mode: bool = False,
) -> tuple[Line, ...]:
    """Fill the numbers of a setting into the size formula of a pooling, a line per axis.

    Args:
        input_size, kernel_size, stride, padding: a number per axis each, one to three axes.
        dilation: the same; None: the layer has none.
        ceil_mode: whether the quotient is rounded up. A last window that would begin behind the
            input is taken off again.

    Returns:
        A line per axis; axes with the same numbers share one.

    Source:
        the shape sections of the documentation of torch.nn.MaxPool2d and AvgPool2d.
    """
    dims = len(input_size)
    spread = dilation or (0,) * dims  # 0: no term for it
    axes = list(zip(input_size, kernel_size, stride, padding, spread, strict=True))
    return tuple(
        _pool_axis_line(letters, *numbers, ceil_mode=ceil_mode)
        for numbers, letters in _alike(axes, dims).items()
    )


_Axis = TypeVar("_Axis", bound=tuple[int, ...])


def _alike(axes: Sequence[_Axis], dims: int) -> dict[_Axis, str]:
    """Give the letters of the axes by their numbers: axes with the same numbers stand together."""
    letters: dict[_Axis, str] = {}
    for letter, axis in zip(_LETTERS[dims], axes, strict=True):
        letters[axis] = letters.get(axis, "") + letter
    return letters


def _sizes(letters: str) -> list[Term]:
    sizes: list[Term] = []
    for letter in letters:
        sizes += [Term(letter, "output"), Term("out", "output", "sub"), Term(" = ")]
    return sizes


def _transposed_axis_line(letters: str, n: int, k: int, s: int, p: int, extra: int, d: int) -> Line:
    size = conv_transpose_output_size(n, k, s, p, extra, d)
    words = "({n} − 1)·{s} − 2·{p} + {d}·({k} − 1) + {extra} + 1 = {size}"
    return _filled(letters, words, n=n, s=s, p=p, d=d, k=k, extra=extra, size=size)


def _pool_axis_line(
    letters: str, n: int, k: int, s: int, p: int, d: int, *, ceil_mode: bool
) -> Line:
    taps = max(d, 1)
    size = pool_output_size(n, k, s, p, taps, ceil_mode)
    quotient = (n + 2 * p - taps * (k - 1) - 1) / s
    rounded = _rounded(quotient, "⌈⌉" if ceil_mode else "⌊⌋")
    left, right = "⌈⌉" if ceil_mode else "⌊⌋"
    span = "{d}·({k} − 1) − 1" if d else "{k}"
    less = " − 1" if ceil_mode and math.ceil(quotient) + 1 > size else ""
    words = f"{left}({{n}} + 2·{{p}} − {span}) / {{s}}{right} + 1{less} = {rounded} + 1{less}"
    return _filled(letters, f"{words} = {{size}}", n=n, p=p, d=d, k=k, s=s, size=size)


def _rounded(quotient: float, brackets: str) -> str:
    """Write a quotient between the brackets that round it, a whole one without."""
    if quotient % 1 == 0:
        return f"{quotient:.0f}".replace("-", "−")
    return f"{brackets[0]}{quotient:.2f}{brackets[1]}".replace("-", "−")


def _axis_line(letters: str, n: int, k: int, s: int, p: int, d: int) -> Line:
    floored = _rounded((n + 2 * p - d * (k - 1) - 1) / s, "⌊⌋")
    words = f"⌊({{n}} + 2·{{p}} − {{d}}·({{k}} − 1) − 1) / {{s}}⌋ + 1 = {floored} + 1 = {{size}}"
    return _filled(letters, words, n=n, p=p, d=d, k=k, s=s, size=conv_output_size(n, k, s, p, d))


def _filled(letters: str, words: str, **numbers: int) -> Line:
    """Fill numbers into a formula behind the sizes of its axes, each in the colour of its role."""
    terms = _sizes(letters)
    for text, name, _, _ in Formatter().parse(words):
        terms += [Term(text)] if text else []
        terms += [Term(str(numbers[name]), _COLOURS[name])] if name else []
    return tuple(terms)


def layer_line(
    name: str, in_channels: int, out_channels: int, arguments: Mapping[str, Any]
) -> Line:
    """Write the `nn.<name>(...)` that makes a convolution layer, leaving torch's defaults out.

    Args:
        name: of the layer: "Conv1d", "Conv2d", "Conv3d" or "ConvTranspose2d".
        in_channels, out_channels: at least 1.
        arguments: torch's keyword arguments, in any order, a number for all axes or one per axis;
            also those of a layer that torch refuses to build.

    Returns:
        Terms whose texts, joined, are Python that runs after `from torch import nn`.
    """
    terms = [Term(f"nn.{name}({in_channels}, {out_channels}")]
    for name in ("kernel_size", *_DEFAULTS):
        value = _short(arguments.get(name, _DEFAULTS.get(name)))
        if name in _DEFAULTS and value == _DEFAULTS[name]:
            continue
        terms += [Term(", "), Term(f"{name}={value!r}", _ROLES.get(name, ""))]
    return (*terms, Term(")"))


def pool_line(name: str, arguments: Mapping[str, Any]) -> Line:
    """Write the `nn.<name>(...)` that makes a pooling, leaving torch's defaults out.

    Args:
        name: of the layer, such as "MaxPool2d".
        arguments: kernel_size, and torch's other keyword arguments in torch's order, a number for
            all axes or one per axis. A stride equal to the kernel is torch's default.

    Returns:
        Terms whose texts, joined, are Python that runs after `from torch import nn`.
    """
    defaults = {**_POOL_DEFAULTS, "stride": _short(arguments["kernel_size"])}
    shown = {each: _short(value) for each, value in arguments.items()}
    terms = [Term(f"nn.{name}(")]
    for each, value in shown.items():
        if each in defaults and value == defaults[each]:
            continue
        comma = [Term(", ")] if len(terms) > 1 else []
        terms += [*comma, Term(f"{each}={value!r}", _ROLES.get(each, ""))]
    return (*terms, Term(")"))


def code_with_weights(line: Line, layer: nn.Module) -> str:
    """Write code that makes a layer with the weights it has, for weights that nobody can draw.

    Args:
        line: of Python, that makes the layer.
        layer: with `weight`, and `bias` or None; or an nn.Sequential of such layers, and of some
            that learn nothing.

    Returns:
        Python in a few lines that runs by itself.
    """
    rows = ["import torch", "from torch import nn", ""]
    rows.append(f"layer = {''.join(term.text for term in line)}")
    parts = enumerate(layer) if isinstance(layer, nn.Sequential) else ()
    named = [(f"layer[{number}]", part) for number, part in parts] or [("layer", layer)]
    for name, part in named:
        for parameter in ("weight", "bias"):
            values = getattr(part, parameter, None)
            if values is not None:
                numbers = _numbers(values.detach().float().numpy())
                rows.append(f"{name}.{parameter}.data[:] = torch.tensor({numbers})")
    return "\n".join(rows)


def _numbers(values: Any) -> str:
    """Print an array as nested lists; float32 numbers as short as they can be read back."""
    if not values.ndim:
        return str(values)
    return f"[{', '.join(_numbers(each) for each in values)}]"


def _short(value: Any) -> Any:
    if isinstance(value, tuple) and len(set(value)) == 1:
        return value[0]
    return value

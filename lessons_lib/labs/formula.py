"""Write the size formula with the numbers filled in, and the PyTorch line to copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lessons_lib.geometry import conv_output_size
from lessons_lib.labs.result import Line, Term

# Arguments in torch's order, with torch's defaults: what is at its default is not written.
_DEFAULTS: dict[str, Any] = {
    "stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": True, "padding_mode": "zeros",
}  # fmt: skip
_ROLES = {"kernel_size": "kernel", "padding_mode": "padding"}
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
    lines: dict[tuple[int, int, int, int, int], str] = {}
    for letter, axis in zip(_LETTERS[dims], axes, strict=True):
        lines[axis] = lines.get(axis, "") + letter
    return tuple(_axis_line(letters, axis) for axis, letters in lines.items())


def _axis_line(letters: str, axis: tuple[int, int, int, int, int]) -> Line:
    n, k, s, p, d = axis
    quotient = (n + 2 * p - d * (k - 1) - 1) / s
    floored = f"{quotient:.0f}" if quotient % 1 == 0 else f"⌊{quotient:.2f}⌋"
    middle = f"⌋ + 1 = {floored} + 1 = "
    sizes: list[Term] = []
    for letter in letters:
        sizes += [Term(letter, "output"), Term("out", "output", "sub"), Term(" = ")]
    return (
        *sizes, Term("⌊("),
        Term(str(n), "input"), Term(" + 2·"), Term(str(p), "padding"), Term(" − "),
        Term(str(d), "dilation"), Term("·("), Term(str(k), "kernel"), Term(" − 1) − 1) / "),
        Term(str(s), "stride"), Term(middle), Term(str(conv_output_size(n, k, s, p, d)), "output"),
    )  # fmt: skip


def conv2d_line(in_channels: int, out_channels: int, arguments: Mapping[str, Any]) -> Line:
    """Write the `nn.Conv2d(...)` that makes this layer, leaving torch's defaults out.

    Args:
        in_channels, out_channels: at least 1.
        arguments: torch's keyword arguments, in any order; pairs of equal numbers become one.

    Returns:
        Terms whose texts, joined, are Python that runs after `from torch import nn`.
    """
    return conv_line("Conv2d", in_channels, out_channels, arguments)


def conv_line(name: str, in_channels: int, out_channels: int, arguments: Mapping[str, Any]) -> Line:
    """Write the line that makes a convolution layer of any number of axes.

    Args:
        name: of the layer: "Conv1d", "Conv2d" or "Conv3d".
        in_channels, out_channels, arguments: as in `conv2d_line`; a number per axis where they
            differ.

    Returns:
        Terms whose texts, joined, are Python that runs after `from torch import nn`.
    """
    terms = [Term(f"nn.{name}({in_channels}, {out_channels}")]
    for name in ("kernel_size", *_DEFAULTS):
        value = _short(arguments.get(name, _DEFAULTS.get(name)))
        if name in _DEFAULTS and value == _DEFAULTS[name]:
            continue
        terms += [Term(", "), Term(f"{name}={value!r}", _ROLES.get(name, name))]
    return (*terms, Term(")"))


def _short(value: Any) -> Any:
    if isinstance(value, tuple) and len(set(value)) == 1:
        return value[0]
    return value

"""Write the size formula with the numbers filled in, and the PyTorch line to copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lessons_lib.geometry import conv_output_size
from lessons_lib.labs.result import Line, Term

# Arguments in torch's order, with torch's defaults: what is at its default is not written.
_DEFAULTS: dict[str, Any] = {
    "stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": True, "padding_mode": "zeros",
}  # fmt: skip
_ROLES = {"kernel_size": "kernel", "padding_mode": "padding"}


def size_formula(
    input_size: tuple[int, int],
    kernel_size: tuple[int, int],
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
    dilation: tuple[int, int] = (1, 1),
) -> tuple[Line, ...]:
    """Fill the numbers of a setting into the size formula, a line per axis.

    Args:
        input_size, kernel_size, stride, padding, dilation: (height, width) each.

    Returns:
        Two lines, or one where height and width have the same numbers.

    Source:
        the shape section of torch.nn.Conv2d's documentation.
    """
    axes = list(zip(input_size, kernel_size, stride, padding, dilation, strict=True))
    if axes[0] == axes[1]:
        return (_axis_line("HW", axes[0]),)
    return (_axis_line("H", axes[0]), _axis_line("W", axes[1]))


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
    terms = [Term(f"nn.Conv2d({in_channels}, {out_channels}")]
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

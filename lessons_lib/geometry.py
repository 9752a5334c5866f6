"""Where a convolution looks: sizes, source indices, receptive fields, cost. Whole numbers only.

Everything here is counted along one axis at a time, because a convolution treats height and width
alike and apart. A two-dimensional count is the outer product of the counts of its two axes.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar, overload

import torch
from torch import Tensor

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")

_SMALLEST = {"kernel_size": 1, "stride": 1, "padding": 0, "output_padding": 0, "dilation": 1}


# ---------------------------------------------------------------------------------------- the door


def to_tuple(value: int | Sequence[int], dims: int, name: str, minimum: int) -> tuple[int, ...]:
    """Turn "one number for all axes, or one number per axis" into one number per axis.

    Args:
        value: a whole number, or a sequence of `dims` whole numbers.
        dims: how many axes there are.
        name: the argument's name, for the error message.
        minimum: the smallest number allowed.

    Returns:
        A tuple of `dims` whole numbers.

    Raises:
        TypeError: `value` is neither a whole number nor a sequence of whole numbers.
        ValueError: the sequence has the wrong length, or a number is below `minimum`.

    Example:
        >>> to_tuple(3, 2, "kernel_size", 1)
        (3, 3)
    """
    alone = isinstance(value, int)
    numbers = (value,) * dims if isinstance(value, int) else value
    if isinstance(numbers, str) or not isinstance(numbers, Sequence):
        numbers = (None,)
    if any(isinstance(n, bool) or not isinstance(n, int) for n in numbers):
        raise TypeError(
            f"`{name}` (={value!r}) must be a whole number or {dims} of them, one per axis: "
            f"give for example {name}={max(minimum, 1)}."
        )
    if len(numbers) != dims:
        raise ValueError(
            f"`{name}` (={value!r}) must hold {dims} numbers, one per axis, but holds "
            f"{len(numbers)}: give {dims} numbers, or one for all axes."
        )
    if min(numbers, default=minimum) < minimum:
        raise ValueError(
            f"`{name}` (={value!r}) must be at least {minimum}{'' if alone else ' on every axis'}: "
            f"raise it to {minimum} or more."
        )
    return tuple(numbers)


def check_padding_mode(padding_mode: str) -> None:
    """Refuse a word that torch does not know."""
    if padding_mode not in PADDING_MODES:
        allowed = ", ".join(repr(mode) for mode in PADDING_MODES)
        raise ValueError(f"`padding_mode` (={padding_mode!r}) must be one of {allowed}.")


def _check_padding_word(padding: str, stride: Sequence[int]) -> None:
    if padding not in ("valid", "same"):
        raise ValueError(
            f"`padding` (={padding!r}) must be a whole number, 'valid' or 'same': "
            "the way of filling goes into `padding_mode`."
        )
    if padding == "same" and max(stride) > 1:
        raise ValueError(
            f"`stride` (={max(stride)}) must be 1 with padding='same', because larger strides "
            "cannot give the input's size back: set stride=1, or give the padding as a number."
        )


def _one_axis_padding(
    padding: int | str | Sequence[int], kernel_size: int, stride: int, dilation: int
) -> tuple[int, int]:
    """Say how many cells one axis gets before and after it."""
    if isinstance(padding, str):
        _check_padding_word(padding, (stride,))
        return same_padding(kernel_size, dilation) if padding == "same" else (0, 0)
    before, after = to_tuple(padding, 2, "padding", 0)
    return before, after


# ------------------------------------------------------------------------------------------- sizes


def effective_kernel_size(kernel_size: int, dilation: int = 1) -> int:
    """Say how many pixels a kernel spans when its taps stand `dilation` pixels apart.

    Args:
        kernel_size: number of taps k along the axis, at least 1.
        dilation: distance d between neighbouring taps, at least 1.

    Returns:
        d(k - 1) + 1.

    Raises:
        ValueError: a number is below 1.

    Example:
        >>> effective_kernel_size(3, dilation=4)
        9
    """
    (k,) = to_tuple(kernel_size, 1, "kernel_size", 1)
    (d,) = to_tuple(dilation, 1, "dilation", 1)
    return d * (k - 1) + 1


def same_padding(kernel_size: int, dilation: int = 1) -> tuple[int, int]:
    """Say how many cells padding='same' puts before and after an axis.

    An odd total cannot be halved; torch then puts the smaller half before.

    Args:
        kernel_size: number of taps k along the axis, at least 1.
        dilation: distance d between neighbouring taps, at least 1.

    Returns:
        (before, after), together d(k - 1).

    Raises:
        ValueError: a number is below 1.

    Example:
        >>> same_padding(4)
        (1, 2)
    """
    total = effective_kernel_size(kernel_size, dilation) - 1
    return total // 2, total - total // 2


def _output_size(n: int, k: int, s: int, before: int, after: int, d: int) -> int:
    span, padded = d * (k - 1) + 1, n + before + after
    if span > padded:
        raise ValueError(
            f"`kernel_size` (={k}) with `dilation` (={d}) spans {span} pixels and must fit into "
            f"the padded input of {n} + {before} + {after} = {padded}: "
            "make the kernel or its dilation smaller, or pad more."
        )
    return (padded - span) // s + 1


@overload
def conv_output_size(
    input_size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int | str = 0,
    dilation: int = 1,
) -> int: ...


@overload
def conv_output_size(
    input_size: Sequence[int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> tuple[int, ...]: ...


@overload
def conv_output_size(
    input_size: int,
    kernel_size: Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> tuple[int, ...]: ...


def conv_output_size(
    input_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> int | tuple[int, ...]:
    """Say how large a convolution's output is.

    Args:
        input_size: pixels n along each axis, at least 1.
        kernel_size: taps k along each axis, at least 1.
        stride: step s of the window, at least 1.
        padding: cells p added on both sides, at least 0; or 'valid' (none) or 'same'.
        dilation: distance d between neighbouring taps, at least 1.
            Each is a whole number or one number per axis, height first; mix them freely.

    Returns:
        floor((n + 2p - d(k - 1) - 1) / s) + 1: a whole number when all arguments are whole
        numbers, else a tuple with one size per axis.

    Raises:
        ValueError: the kernel is larger than the padded input, or a number is out of range,
            or padding='same' meets a stride above 1.

    Source:
        The formula under "Shape" in torch's page on `nn.Conv2d`.

    Example:
        >>> conv_output_size((512, 512), kernel_size=3, stride=(1, 5))
        (510, 102)
    """
    given = (input_size, kernel_size, stride, dilation, padding)
    lengths = [len(g) for g in given if isinstance(g, Sequence) and not isinstance(g, str)]
    dims = lengths[0] if lengths else 1
    n = to_tuple(input_size, dims, "input_size", 1)
    k = to_tuple(kernel_size, dims, "kernel_size", 1)
    s = to_tuple(stride, dims, "stride", 1)
    d = to_tuple(dilation, dims, "dilation", 1)
    sides = _sides(padding, k, s, d)
    sizes = tuple(_output_size(n[i], k[i], s[i], *sides[i], d[i]) for i in range(dims))
    return sizes if lengths else sizes[0]


def _sides(
    padding: int | str | Sequence[int], k: Sequence[int], s: Sequence[int], d: Sequence[int]
) -> list[tuple[int, int]]:
    """Turn `padding` into (before, after) for every axis."""
    if isinstance(padding, str):
        _check_padding_word(padding, s)
        if padding == "valid":
            return [(0, 0)] * len(k)
        return [same_padding(*pair) for pair in zip(k, d, strict=True)]
    return [(p, p) for p in to_tuple(padding, len(k), "padding", 0)]


# ---------------------------------------------------------------------------------- source indices


def padded_indices(
    size: int, padding: int | tuple[int, int], padding_mode: str = "zeros"
) -> Tensor:
    """Tell for every cell of a padded axis which pixel it copies.

    With padding 2 the four pixels 1234 become
        zeros      1234 -> 00|1234|00
        reflect    1234 -> 32|1234|32
        replicate  1234 -> 11|1234|44
        circular   1234 -> 34|1234|12

    Args:
        size: number of pixels on the axis, at least 1.
        padding: cells added on both sides, or (before, after); at least 0.
            reflect needs padding < size, circular needs padding <= size.
        padding_mode: 'zeros', 'reflect', 'replicate' or 'circular'.

    Returns:
        int64 of shape (before + size + after,): the pixel's index, or -1 where the cell holds a
        padding zero and copies nothing.

    Raises:
        ValueError: the padding is beyond the mode's limit, or the mode is unknown.

    Example:
        >>> padded_indices(4, 2, "reflect").tolist()
        [2, 1, 0, 1, 2, 3, 2, 1]
    """
    (n,) = to_tuple(size, 1, "size", 1)
    before, after = to_tuple(padding, 2, "padding", 0)
    check_padding_mode(padding_mode)
    limit = _padding_limit(n, padding_mode)
    if limit is not None and max(before, after) > limit:
        sign = "<" if padding_mode == "reflect" else "<="
        raise ValueError(
            f"`padding` (={max(before, after)}) must be {sign} the size (={n}) with "
            f"padding_mode={padding_mode!r}: use at most {limit}, or another padding_mode."
        )
    place = torch.arange(-before, n + after)
    if padding_mode == "zeros":
        return torch.where((place >= 0) & (place < n), place, -1)
    if padding_mode == "reflect":
        # the distance to the last pixel, folded at the first: |place| mirrors the left end
        return (n - 1) - ((n - 1) - place.abs()).abs()
    if padding_mode == "replicate":
        return place.clamp(0, n - 1)
    return place.remainder(n)


def _padding_limit(size: int, padding_mode: str) -> int | None:
    """Say how far one axis can be padded; None = as far as you like."""
    return {"reflect": size - 1, "circular": size}.get(padding_mode)


def source_indices(
    input_size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int | str | tuple[int, int] = 0,
    dilation: int = 1,
    padding_mode: str = "zeros",
) -> Tensor:
    """Tell for every output and every kernel tap which input pixel they read, along one axis.

    Args:
        input_size: pixels n on the axis, at least 1.
        kernel_size: taps k, at least 1.
        stride: step s of the window, at least 1.
        padding: cells on both sides, or (before, after), or 'valid' or 'same'.
        dilation: distance d between neighbouring taps, at least 1.
        padding_mode: 'zeros', 'reflect', 'replicate' or 'circular'.

    Returns:
        int64 of shape (output size, k): the pixel's index, -1 where the tap meets a padding zero.

    Raises:
        ValueError: the setting is illegal; the message says why.

    Example:
        >>> source_indices(4, kernel_size=3, padding=1).tolist()
        [[-1, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, -1]]
    """
    (n,) = to_tuple(input_size, 1, "input_size", 1)
    (k,) = to_tuple(kernel_size, 1, "kernel_size", 1)
    (s,) = to_tuple(stride, 1, "stride", 1)
    (d,) = to_tuple(dilation, 1, "dilation", 1)
    before, after = _one_axis_padding(padding, k, s, d)
    source = padded_indices(n, (before, after), padding_mode)
    outputs = _output_size(n, k, s, before, after, d)
    first = torch.arange(outputs) * s
    taps = torch.arange(k) * d
    return source[first[:, None] + taps]  # (output, tap)


def usage_counts(
    input_size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int | str | tuple[int, int] = 0,
    dilation: int = 1,
    padding_mode: str = "zeros",
) -> Tensor:
    """Count how often every input pixel is used, along one axis.

    In two dimensions the counts are the outer product of the two axes' counts:
    `torch.outer(rows, columns)`.

    Args:
        input_size, kernel_size, stride, padding, dilation, padding_mode: as in `source_indices`.

    Returns:
        int64 of shape (input_size,): the number of (output, tap) pairs that read the pixel.

    Raises:
        ValueError: the setting is illegal; the message says why.

    Example:
        >>> usage_counts(4, kernel_size=3, padding=1).tolist()
        [2, 3, 3, 2]
    """
    source = source_indices(input_size, kernel_size, stride, padding, dilation, padding_mode)
    return torch.bincount(source[source >= 0], minlength=input_size)


def read_mask(
    input_size: tuple[int, int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Show which pixels of a picture the layer reads at all.

    Args:
        input_size: (height, width), each at least 1.
        kernel_size, stride, padding, dilation: as in `conv_output_size`, height first.

    Returns:
        bool of shape (height, width): True where at least one output reads the pixel.

    Raises:
        ValueError: the setting is illegal; the message says why.

    Example:
        >>> read_mask((1, 4), kernel_size=1, stride=2).tolist()
        [[True, False, True, False]]
    """
    n = to_tuple(input_size, 2, "input_size", 1)
    k = to_tuple(kernel_size, 2, "kernel_size", 1)
    s = to_tuple(stride, 2, "stride", 1)
    d = to_tuple(dilation, 2, "dilation", 1)
    sides = _sides(padding, k, s, d)
    rows, columns = (usage_counts(n[i], k[i], s[i], sides[i], d[i]) > 0 for i in range(2))
    return rows[:, None] & columns


def unread_fraction(
    input_size: tuple[int, int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
) -> float:
    """Say which part of a picture's pixels no output ever reads.

    Args:
        input_size: (height, width), each at least 1.
        kernel_size, stride, padding, dilation: as in `conv_output_size`, height first.

    Returns:
        A number from 0 (all pixels are read) up to, but never, 1.

    Raises:
        ValueError: the setting is illegal; the message says why.

    Example:
        >>> unread_fraction((4, 4), kernel_size=1, stride=2)
        0.75
    """
    mask = read_mask(input_size, kernel_size, stride, padding, dilation)
    return 1 - int(mask.sum()) / mask.numel()


# --------------------------------------------------------------------------------- receptive field


def receptive_field_counts(layers: Sequence[tuple[int, int, int]]) -> Tensor:
    """Count the ways from one output of a stack of layers back to every input pixel it can see.

    A zero inside means a hole: the pixel lies within the field and is never touched. In two
    dimensions the counts are the outer product of the two axes' counts.

    Args:
        layers: (kernel_size, stride, dilation) of each layer, the first layer first.

    Returns:
        int64 of shape (receptive field,): the number of paths along one axis.

    Raises:
        ValueError: a number is below 1.

    Example:
        >>> receptive_field_counts([(3, 1, 1), (3, 1, 1)]).tolist()
        [1, 2, 3, 2, 1]
    """
    counts = torch.ones(1, dtype=torch.int64)
    for layer in reversed(layers):  # from the output back to the picture
        k, s, d = to_tuple(layer, 3, "layers", 1)
        reach = (len(counts) - 1) * s  # distance between the first and the last window
        wider = torch.zeros(reach + d * (k - 1) + 1, dtype=torch.int64)
        for tap in range(k):
            wider[tap * d : tap * d + reach + 1 : s] += counts
        counts = wider
    return counts


def receptive_field(layers: Sequence[tuple[int, int, int]]) -> int:
    """Say how many input pixels in a row one output of a stack of layers can see.

    Args:
        layers: (kernel_size, stride, dilation) of each layer, the first layer first.

    Returns:
        1 + the sum over the layers of d(k - 1) times the strides of all layers before.

    Raises:
        ValueError: a number is below 1.

    Example:
        >>> receptive_field([(3, 1, 1), (3, 1, 2), (3, 1, 3)])
        13
    """
    field, step = 1, 1
    for layer in layers:
        k, s, d = to_tuple(layer, 3, "layers", 1)
        field += d * (k - 1) * step
        step *= s
    return field


# -------------------------------------------------------------------------------------------- cost


def count_weights(
    in_channels: int,
    out_channels: int,
    kernel_size: int | Sequence[int],
    groups: int = 1,
    bias: bool = True,
) -> int:
    """Count the numbers a convolution layer learns.

    Args:
        in_channels, out_channels: at least 1, both divisible by `groups`.
        kernel_size: a whole number stands for both axes of a picture; for other dimensions give
            one number per axis.
        groups: number of separate channel groups, at least 1.
        bias: whether each output channel has one more number of its own.

    Returns:
        out_channels * in_channels / groups * product of kernel_size (+ out_channels with bias).

    Raises:
        ValueError: a number is out of range, or `groups` does not divide the channels.

    Example:
        >>> count_weights(64, 128, 3, groups=4, bias=False)
        18432
    """
    _check_groups(in_channels, out_channels, groups)
    return out_channels * _taps(in_channels, kernel_size, groups) + (out_channels if bias else 0)


def count_multiply_adds(
    in_channels: int,
    out_channels: int,
    kernel_size: int | Sequence[int],
    output_size: int | Sequence[int],
    groups: int = 1,
) -> int:
    """Count the multiplications (each followed by an addition) of one pass over one picture.

    Args:
        in_channels, out_channels: at least 1, both divisible by `groups`.
        kernel_size, output_size: a whole number stands for both axes of a picture; for other
            dimensions give one number per axis.
        groups: number of separate channel groups, at least 1.

    Returns:
        Number of output values * in_channels / groups * product of kernel_size; the bias' addition
        is not counted.

    Raises:
        ValueError: a number is out of range, or `groups` does not divide the channels.

    Example:
        >>> count_multiply_adds(3, 1, 3, (510, 510))
        7022700
    """
    _check_groups(in_channels, out_channels, groups)
    dims = 2 if isinstance(output_size, int) else len(output_size)
    places = 1
    for size in to_tuple(output_size, dims, "output_size", 1):
        places *= size
    to_tuple(kernel_size, dims, "kernel_size", 1)
    if isinstance(kernel_size, int):
        kernel_size = (kernel_size,) * dims
    return places * out_channels * _taps(in_channels, kernel_size, groups)


def _taps(in_channels: int, kernel_size: int | Sequence[int], groups: int) -> int:
    """Count the weights behind one output channel."""
    dims = 2 if isinstance(kernel_size, int) else len(kernel_size)
    taps = in_channels // groups
    for k in to_tuple(kernel_size, dims, "kernel_size", 1):
        taps *= k
    return taps


def _check_groups(in_channels: int, out_channels: int, groups: int) -> None:
    to_tuple(groups, 1, "groups", 1)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        to_tuple(channels, 1, name, 1)
        if channels % groups:
            raise ValueError(
                f"`{name}` (={channels}) must be divisible by `groups` (={groups}): "
                "every group takes the same number of channels; choose another `groups`."
            )


# -------------------------------------------------------------------------------- illegal settings


@dataclass(frozen=True)
class IllegalSetting:
    """Why torch refuses a setting, and the nearest one that it accepts.

    Attributes:
        explanation: one or two sentences for the learner.
        nearest: the arguments to change and their new values, each for all axes.
    """

    explanation: str
    nearest: dict[str, Any]  # whole numbers; padding_mode is a word


@dataclass(frozen=True)
class Setting:
    """The arguments of one layer as they were asked for, a number per axis."""

    input_size: tuple[int, ...]
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...] | str
    dilation: tuple[int, ...]
    padding_mode: str


@dataclass(frozen=True)
class _Words:
    """How one speaks of an input with so many axes."""

    whole: str
    cells: str
    sides: tuple[str, ...]


_WORDS = {
    1: _Words("signal", "samples", ("long",)),
    2: _Words("picture", "pixels", ("high", "wide")),
    3: _Words("volume", "cells", ("deep", "high", "wide")),
}


def words_for(setting: Setting) -> _Words:
    """Pick the words for the input of this setting."""
    return _WORDS[len(setting.input_size)]


def _unit_stride(setting: Setting) -> tuple[int, ...]:
    return (1,) * len(setting.input_size)


def _too_small(setting: Setting, reasons: Mapping[str, str]) -> tuple[str, str] | None:
    """Find an argument below its minimum: (the argument, why it is refused)."""
    for name, reason in reasons.items():
        asked = getattr(setting, name)
        if not isinstance(asked, str) and min(asked) < _SMALLEST[name]:
            return name, f"{reason}: {name}={min(asked)} must be {_SMALLEST[name]} or more."
    return None


def _same_with_stride(setting: Setting) -> str | None:
    if setting.padding == "same" and max(setting.stride) > 1:
        return (
            "padding='same' promises an output as large as the input, and a stride of "
            f"{max(setting.stride)} makes it smaller: torch allows 'same' only with stride=1."
        )
    return None


def _padding_beyond_limit(setting: Setting) -> str | None:
    sides = _sides(setting.padding, setting.kernel_size, _unit_stride(setting), setting.dilation)
    words = words_for(setting)
    for n, (_, p), side in sorted(zip(setting.input_size, sides, words.sides, strict=True)):
        limit = _padding_limit(n, setting.padding_mode)
        if limit is None or p <= limit:
            continue
        if setting.padding_mode == "reflect":
            return (
                f"'reflect' needs padding < size, and here padding is {p}: the edge pixel is the "
                f"mirror, so a {words.whole} {n} {words.cells} {side} has only {limit} beyond it "
                "to show."
            )
        return (
            f"'circular' needs padding <= size, and here padding is {p}: torch lays one tile on "
            f"each side, and a tile is one {words.whole}, {n} {words.cells} {side}."
        )
    return None


def _kernel_beyond_input(setting: Setting) -> str | None:
    sides = _sides(setting.padding, setting.kernel_size, _unit_stride(setting), setting.dilation)
    words = words_for(setting)
    axes = zip(setting.input_size, setting.kernel_size, setting.dilation, sides, strict=True)
    for (n, k, d, (before, after)), side in zip(axes, words.sides, strict=True):
        span, padded = effective_kernel_size(k, d), n + before + after
        if span > padded:
            return (
                f"A kernel of {k} taps with dilation {d} spans {d} * ({k} - 1) + 1 = {span} "
                f"{words.cells}, but the padded input is only {padded} {words.cells} {side}."
            )
    return None


_REASONS = {
    "kernel_size": "A kernel needs at least one tap",
    "stride": "The window must move on by at least one pixel",
    "padding": "Padding adds cells and cannot take any away",
    "dilation": "Neighbouring taps stand at least one pixel apart",
}
_RULES = (
    (_same_with_stride, ("stride",)),
    (_padding_beyond_limit, ("padding", "dilation", "kernel_size")),
    (_kernel_beyond_input, ("dilation", "kernel_size")),
)


def explain_conv2d(
    input_size: tuple[int, int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    padding_mode: str = "zeros",
) -> IllegalSetting | None:
    """Explain why torch refuses a Conv2d on a picture of this size, and name what would work.

    Args:
        input_size: (height, width), each at least 1.
        kernel_size, stride, padding, dilation, padding_mode: as for `nn.Conv2d`, and as in
            `explain_conv`.

    Returns:
        None when torch accepts the setting. Otherwise the explanation and the nearest legal
        values: one step further towards what was asked, torch refuses again.

    Raises:
        TypeError, ValueError: an argument is no number at all, or no word that torch knows.

    Example:
        >>> explain_conv2d((300, 451), 3, padding=400, padding_mode="reflect").nearest
        {'padding': 299}
    """
    size = to_tuple(input_size, 2, "input_size", 1)
    return explain_conv(size, kernel_size, stride, padding, dilation, padding_mode)


def explain_conv(
    input_size: tuple[int, ...],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | str | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    padding_mode: str = "zeros",
) -> IllegalSetting | None:
    """Explain why torch refuses a Conv1d, Conv2d or Conv3d on an input of this size.

    Args:
        input_size: (length,), (height, width) or (depth, height, width), each at least 1.
        kernel_size, stride, padding, dilation, padding_mode: as for the layer; values that are too
            small are explained as well (negative padding always, though torch crops with it in
            the modes other than zeros).

    Returns:
        None when torch accepts the setting. Otherwise the explanation and the nearest legal
        values: one step further towards what was asked, torch refuses again.

    Raises:
        TypeError, ValueError: an argument is no number at all, or no word that torch knows;
            or the axes are not one, two or three.

    Example:
        >>> explain_conv((200,), 21, dilation=12).nearest
        {'dilation': 9}
    """
    dims = len(input_size)
    if dims not in _WORDS:
        raise ValueError(f"`input_size` (={input_size}) must name one, two or three axes.")
    anything = -(2**63)  # too small is explained below, not refused at the door
    check_padding_mode(padding_mode)
    if isinstance(padding, str):
        _check_padding_word(padding, (1, 1))
    setting = Setting(
        input_size=to_tuple(input_size, dims, "input_size", 1),
        kernel_size=to_tuple(kernel_size, dims, "kernel_size", anything),
        stride=to_tuple(stride, dims, "stride", anything),
        padding=padding
        if isinstance(padding, str)
        else to_tuple(padding, dims, "padding", anything),
        dilation=to_tuple(dilation, dims, "dilation", anything),
        padding_mode=padding_mode,
    )
    return explained(setting, _REASONS, _RULES)


_S = TypeVar("_S", bound=Setting)
_Rule = Callable[[_S], str | None]


def explained(
    setting: _S, reasons: Mapping[str, str], rules: Iterable[tuple[_Rule[_S], Sequence[str]]]
) -> IllegalSetting | None:
    """Mend a setting one rule at a time, and collect what had to be said on the way.

    Args:
        setting: what was asked for.
        reasons: for each argument that is a number, why it cannot be smaller than it can.
        rules: what complains of a setting, or says None; with the arguments to make smaller then,
            the first that helps.

    Returns:
        None when nobody complains.
    """
    sentences: list[str] = []
    nearest: dict[str, Any] = {}
    while small := _too_small(setting, reasons):
        name, sentence = small
        sentences.append(sentence)
        nearest[name] = _SMALLEST[name]
        setting = _changed(setting, name, nearest[name])
    for rule, cures in rules:
        if complaint := rule(setting):
            sentences.append(complaint)
            name = next(c for c in cures if _can_cure(setting, c, rule))
            nearest[name] = _nearest_value(setting, name, rule)
            setting = _changed(setting, name, nearest[name])
    return IllegalSetting(" ".join(sentences), nearest) if sentences else None


def _changed(setting: _S, name: str, value: int) -> _S:
    return replace(setting, **{name: (value,) * len(setting.input_size)})  # type: ignore[arg-type]


def _can_cure(setting: _S, name: str, rule: _Rule[_S]) -> bool:
    """Say whether making this argument as small as possible satisfies the rule."""
    if isinstance(getattr(setting, name), str):
        return False
    return rule(_changed(setting, name, _SMALLEST[name])) is None


def _nearest_value(setting: _S, name: str, rule: _Rule[_S]) -> int:
    """Find the largest value of this argument that satisfies the rule, by halving the range."""
    values = range(_SMALLEST[name], max(getattr(setting, name)) + 1)
    refused = bisect_left(values, True, key=lambda v: rule(_changed(setting, name, v)) is not None)
    return values[refused - 1]

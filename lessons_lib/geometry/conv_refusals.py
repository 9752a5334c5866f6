"""Why torch refuses a convolution, in words for a learner."""

from collections.abc import Sequence

from lessons_lib.geometry.arguments import LOWEST, check_padding_mode, check_padding_word, to_tuple
from lessons_lib.geometry.indices import padding_limit
from lessons_lib.geometry.refusals import (
    IllegalSetting,
    Setting,
    counted_axes,
    explained,
    words_for,
)
from lessons_lib.geometry.sizes import effective_kernel_size, padding_sides


def _unit_stride(setting: Setting) -> tuple[int, ...]:
    return (1,) * len(setting.input_size)


def _same_with_stride(setting: Setting) -> str | None:
    if setting.padding == "same" and max(setting.stride) > 1:
        return (
            "padding='same' promises an output as large as the input, and a stride of "
            f"{max(setting.stride)} makes it smaller: torch allows 'same' only with stride=1."
        )
    return None


def _padding_beyond_limit(setting: Setting) -> str | None:
    sides = padding_sides(
        setting.padding, setting.kernel_size, _unit_stride(setting), setting.dilation
    )
    words = words_for(setting)
    for n, (_, p), side in sorted(zip(setting.input_size, sides, words.sides, strict=True)):
        limit = padding_limit(n, setting.padding_mode)
        if limit is None or p <= limit:
            continue
        if setting.padding_mode == "reflect":
            return (
                f"'reflect' needs padding < size, and here padding is {p}: the edge pixel is the "
                f"mirror, so a {words.whole} {words.counted(n)} {side} has "
                f"{f'only {limit}' if limit else 'none'} beyond it to show."
            )
        return (
            f"'circular' needs padding <= size, and here padding is {p}: torch lays one tile on "
            f"each side, and a tile is one {words.whole}, {words.counted(n)} {side}."
        )
    return None


def _kernel_beyond_input(setting: Setting) -> str | None:
    sides = padding_sides(
        setting.padding, setting.kernel_size, _unit_stride(setting), setting.dilation
    )
    words = words_for(setting)
    axes = zip(setting.input_size, setting.kernel_size, setting.dilation, sides, strict=True)
    for (n, k, d, (before, after)), side in zip(axes, words.sides, strict=True):
        span, padded = effective_kernel_size(k, d), n + before + after
        if span > padded:
            return (
                f"A kernel of {k} taps with dilation {d} spans {d} * ({k} - 1) + 1 = {span} "
                f"{words.cells}, but the padded input is only {words.counted(padded)} {side}."
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
    dims = counted_axes(input_size)
    anything = LOWEST  # too small is explained below, not refused at the door
    check_padding_mode(padding_mode)
    if isinstance(padding, str):
        check_padding_word(padding, (1, 1))
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

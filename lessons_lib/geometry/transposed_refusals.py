"""Why torch refuses a transposed convolution, in words for a learner."""

from collections.abc import Sequence
from dataclasses import dataclass

from lessons_lib.geometry.arguments import LOWEST, check_padding_mode, to_tuple
from lessons_lib.geometry.refusals import IllegalSetting, Setting, explained, words_for
from lessons_lib.geometry.transposed import transposed_axis_size


@dataclass(frozen=True)
class _TransposedSetting(Setting):
    padding: tuple[int, ...]
    output_padding: tuple[int, ...]


def _output_padding_beyond_limit(setting: _TransposedSetting) -> str | None:
    for extra, s, d in zip(setting.output_padding, setting.stride, setting.dilation, strict=True):
        if extra >= max(s, d):
            return (
                f"output_padding={extra} must be smaller than the stride (here {s}) or the "
                f"dilation (here {d}). It picks one of the sizes that a stride sends to the same "
                f"output: {_needed(s)}.{_allowed_too(s, d)}"
            )
    return None


def _needed(s: int) -> str:
    if s == 1:
        return "with a stride of 1 there is only one, and 0 picks it"
    return (
        f"with a stride of {s} there are {s}, and 0 {'and' if s == 2 else 'to'} {s - 1} pick them"
    )


def _allowed_too(s: int, d: int) -> str:
    return f" torch takes up to {d - 1} with this dilation, though no size needs it." * (d > s)


def _nothing_left(setting: _TransposedSetting) -> str | None:
    axes = zip(
        setting.input_size,
        setting.kernel_size,
        setting.stride,
        setting.padding,
        setting.output_padding,
        setting.dilation,
        strict=True,
    )
    words = words_for(setting)
    for axis, side in zip(axes, words.sides, strict=True):
        size, p = transposed_axis_size(*axis), axis[3]
        if size < 1:
            makers = "The stamps and output_padding" if axis[4] else "The stamps"
            return (
                f"{makers} make a {words.whole} {words.counted(size + 2 * p)} {side}, and padding "
                f"{p} crops {p} from each end: {size + 2 * p} - 2 * {p} = {size} would be left."
            )
    return None


_REASONS = {
    "kernel_size": "A kernel needs at least one tap",
    "stride": "Stamps stand at least one pixel apart",
    "padding": "The padding of a transposed convolution crops and cannot add cells",
    "output_padding": "Output padding adds cells and cannot take any away",
    "dilation": "Neighbouring taps stand at least one pixel apart",
}


# where the transpose of each way to pad puts the border that it crops
_BACK_TO = {
    "reflect": "to the inside, mirrored at the edge",
    "replicate": "to the pixels at the edge",
    "circular": "to the inside, from the opposite edge on",
}


_RULES = (
    (_output_padding_beyond_limit, ("output_padding",)),
    (_nothing_left, ("padding",)),
)


def explain_conv_transpose2d(
    input_size: tuple[int, int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    padding_mode: str = "zeros",
) -> IllegalSetting | None:
    """Explain why torch refuses a ConvTranspose2d on a picture, and name what would work.

    Args:
        input_size: (height, width), each at least 1.
        kernel_size, stride, padding, output_padding, dilation, padding_mode: as for
            `nn.ConvTranspose2d`; values that are too small are explained as well.

    Returns:
        None when torch accepts the setting and gives at least one value: of some settings it makes
        an empty output without a word. Otherwise the explanation and the nearest legal
        values: one step further towards what was asked, torch refuses again.

    Raises:
        TypeError, ValueError: an argument is no number at all, or no word that torch knows.

    Example:
        >>> explain_conv_transpose2d((256, 256), 3, stride=2, output_padding=2).nearest
        {'output_padding': 1}
    """
    anything = LOWEST  # too small is explained below, not refused at the door
    check_padding_mode(padding_mode)
    setting = _TransposedSetting(
        input_size=to_tuple(input_size, 2, "input_size", 1),
        kernel_size=to_tuple(kernel_size, 2, "kernel_size", anything),
        stride=to_tuple(stride, 2, "stride", anything),
        padding=to_tuple(padding, 2, "padding", anything),
        output_padding=to_tuple(output_padding, 2, "output_padding", anything),
        dilation=to_tuple(dilation, 2, "dilation", anything),
        padding_mode="zeros",  # as if it were: all other modes get their sentence below
    )
    found = explained(setting, _REASONS, _RULES)
    if padding_mode == "zeros":
        return found
    sentence = (
        "The padding of a transposed convolution fills nothing in, it crops, and torch allows "
        f"only 'zeros'. The way back from a convolution with padding_mode={padding_mode!r} would "
        f"add what is cropped {_BACK_TO[padding_mode]}; torch does not offer that."
    )
    if found is None:
        return IllegalSetting(sentence, {"padding_mode": "zeros"})
    return IllegalSetting(
        f"{sentence} {found.explanation}", {"padding_mode": "zeros", **found.nearest}
    )

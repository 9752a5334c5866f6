"""The door for tensors: that it is one, its axes and its kind of number, before any arithmetic.

`lessons_lib.geometry.arguments` is the door for whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

HALF = (torch.float16, torch.bfloat16)
FLOATING = (torch.float32, torch.float64, *HALF)
WHOLE = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)
REAL = (*FLOATING, *WHOLE)
SUMMED = (*REAL, torch.complex64, torch.complex128)  # what torch multiplies and adds up on a CPU
COPIED = (*SUMMED, torch.bool)  # what it takes from place to place in every way

PLANE = ("height, width",)
PLANES = ("..., height, width",)
MAY_BE_EMPTY = ("batch", "places")


def layouts(dims: int) -> tuple[str, str]:
    """Name the axes of a batch of signals, pictures or volumes, and of one without its batch.

    Example:
        >>> layouts(2)
        ('batch, channels, height, width', 'channels, height, width')
    """
    sides = ", ".join(("depth", "height", "width")[-dims:] if dims > 1 else ("length",))
    return f"batch, channels, {sides}", f"channels, {sides}"


def check_tensor(
    tensor: Tensor,
    name: str,
    axes: Sequence[str] = (),
    dtypes: Sequence[torch.dtype] = (),
    cure: str = "",
    why: str = "",
) -> None:
    """Refuse what is no tensor, or not one with these axes and of this kind of number.

    Args:
        tensor: what was given.
        name: the argument's name, for the error message.
        axes: the layouts that are allowed, such as "channels, height, width"; "..." for any number
            of axes. None may be without anything in it, but a batch and what "..." stands for.
            Nothing given: any shape.
        dtypes: the kinds of number that are allowed, the one to convert to first; nothing given:
            all.
        cure: what to do about a wrong number of axes.
        why: the reason for the dtypes, in words that a colon may follow.

    Raises:
        TypeError: it is no tensor, not a dense one, or of another dtype.
        ValueError: it has other axes, or one is empty.

    Example:
        >>> check_tensor(torch.ones(2, 3), "image", PLANE, FLOATING)
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(
            f"`{name}` (a {type(tensor).__name__}) must be a tensor: make it one with "
            f"torch.as_tensor({name})."
        )
    if tensor.layout is not torch.strided:
        raise TypeError(
            f"`{name}` (layout {tensor.layout}) must be dense: convert it with {name}.to_dense()."
        )
    if axes:
        _check_axes(tensor, name, axes, cure)
    if dtypes and tensor.dtype not in dtypes:
        names = ", ".join(str(dtype).removeprefix("torch.") for dtype in dtypes)
        allowed = f"one of {names}" if len(dtypes) > 1 else str(dtypes[0])
        raise TypeError(
            f"`{name}` (dtype {tensor.dtype}) must be {allowed}{why and f'. {why}'}: convert it, "
            f"for example with {name}.to({dtypes[0]})."
        )


def _check_axes(tensor: Tensor, name: str, axes: Sequence[str], cure: str) -> None:
    filled = [f for f in (_filled(tensor, layout.split(", ")) for layout in axes) if f is not None]
    if not filled:
        allowed = " or ".join(f"({layout})" for layout in axes)
        ending = f": {cure}" if cure else "."
        raise ValueError(f"`{name}` (shape {tuple(tensor.shape)}) must be {allowed}{ending}")
    if 0 in filled[0]:
        most = "only a batch" if "batch" in axes[0] else "no part of it"
        raise ValueError(
            f"`{name}` (shape {tuple(tensor.shape)}) has an axis without anything in it: "
            f"{most} may be empty."
        )


def _filled(tensor: Tensor, layout: list[str]) -> list[int] | None:
    """Give the sizes of the axes that must not be empty; None where the layout is another."""
    names = [name for name in layout if name != "..."]
    more = tensor.dim() - len(names)
    if more < 0 or (more > 0 and names == layout):
        return None
    sizes = tensor.shape[: len(names)] if layout[-1] == "..." else tensor.shape[more:]
    pairs = zip(names, sizes, strict=True)
    return [size for name, size in pairs if name not in MAY_BE_EMPTY]


def check_alike(tensor: Tensor, like: Tensor, name: str, like_name: str) -> None:
    """Refuse two tensors that cannot be multiplied: of two dtypes, or on two devices.

    Raises:
        TypeError: the dtypes differ.
        ValueError: the devices differ.
    """
    if tensor.dtype != like.dtype:
        raise TypeError(
            f"`{name}` (dtype {tensor.dtype}) must have the dtype of `{like_name}` "
            f"({like.dtype}): convert it with {name}.to({like_name}.dtype)."
        )
    if tensor.device != like.device:
        raise ValueError(
            f"`{name}` (on {tensor.device}) must lie where `{like_name}` lies ({like.device}): "
            f"move it with {name}.to({like_name}.device)."
        )


def check_same_shape(tensor: Tensor, like: Tensor, name: str, like_name: str) -> None:
    """Refuse, with a ValueError, two tensors that cannot be compared number by number."""
    if tensor.shape != like.shape:
        raise ValueError(
            f"`{name}` (shape {tuple(tensor.shape)}) must have the shape of `{like_name}` "
            f"({tuple(like.shape)})."
        )


def check_finite(tensor: Tensor, name: str) -> None:
    """Refuse, with a ValueError, what holds NaN or infinity."""
    if not bool(tensor.isfinite().all()):
        raise ValueError(f"`{name}` must be finite: it holds NaN or an infinite number.")


def check_bias(
    bias: Tensor | None, out_channels: int, like: Tensor, like_name: str = "input"
) -> None:
    """Refuse a bias that is not one number for each output channel, of the other's kind."""
    if bias is None:
        return
    check_tensor(bias, "bias")
    if tuple(bias.shape) != (out_channels,):
        raise ValueError(
            f"`bias` (shape {tuple(bias.shape)}) must be ({out_channels},): "
            "one number per output channel."
        )
    check_alike(bias, like, "bias", like_name)


def for_sums(tensor: Tensor) -> Tensor:
    """Give the numbers in the dtype that torch carries their sums in: float32 for half precision.

    Rounded after each addition, a sum of ones in float16 would end at 2048.
    """
    return tensor.float() if tensor.dtype in HALF else tensor

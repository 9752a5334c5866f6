"""Layers whose weights come out the same every time: drawn from a seed, or given."""

from typing import Any, Literal, TypeVar

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from lessons_lib.geometry.arguments import SMALLEST, check_padding_word, to_seed, to_tuple, to_whole
from lessons_lib.geometry.cost import check_groups
from lessons_lib.tensors import FLOATING, check_bias, check_tensor, layouts

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]
Conv = nn.Conv1d | nn.Conv2d | nn.Conv3d
_AnyConv = TypeVar("_AnyConv", nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d)


class seeded_draws(TorchFunctionMode):  # used as a word: with seeded_draws(3)
    """Inside `with seeded_draws(seed):` layers are filled as after `torch.manual_seed(seed)`.

    torch's own random state is left as it was, and another thread does not notice.

    Args:
        seed: any whole number that fits into 64 bits.

    Example:
        >>> with seeded_draws(3):
        ...     layer = nn.Conv2d(3, 1, 3)
        >>> round(layer.bias.item(), 4)
        0.0384
    """

    _FILLERS = (
        nn.init.kaiming_uniform_,  # these three torch hands over as a whole
        nn.init.uniform_,
        nn.init.normal_,
        torch.Tensor.uniform_,  # all other ways of filling come to these
        torch.Tensor.normal_,
    )

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._generator = torch.Generator().manual_seed(to_seed(seed))

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Hand this generator to what draws numbers; torch calls this for all it does."""
        given = dict(kwargs or {})
        if func in self._FILLERS and given.get("generator") is None:
            given["generator"] = self._generator
        return func(*args, **given)


def seeded_layer(
    seed: int,
    in_channels: int = 3,
    out_channels: int = 1,
    kernel_size: int | tuple[int, int] = 3,
    bias: bool = True,
    *,
    stride: int | tuple[int, int] = 1,
    padding: int | str | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    groups: int = 1,
    padding_mode: PaddingMode = "zeros",
) -> nn.Conv2d:
    """Build a random layer that is the same for the same seed, today and next year.

    The weights are those of this recipe, and yet torch's own random state is left as it was:
        torch.manual_seed(seed)
        layer = nn.Conv2d(in_channels, out_channels, kernel_size, bias=bias, ...)
        nn.init.xavier_normal_(layer.weight)

    Args:
        seed: any whole number that fits into 64 bits.
        in_channels, out_channels, kernel_size, bias, stride, padding, dilation, groups,
            padding_mode: as for `nn.Conv2d`.

    Returns:
        A Conv2d on the CPU, float32, with weight (out_channels, in_channels / groups, kh, kw).

    Raises:
        TypeError, ValueError: a number is not whole or too small, or what else `nn.Conv2d` refuses.

    Example:
        >>> seeded_layer(3).weight.shape
        torch.Size([1, 3, 3, 3])
    """
    sliding = _checked_sliding(
        2, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation
    )
    channels = check_groups(in_channels, out_channels, groups)
    with seeded_draws(seed):
        layer = nn.Conv2d(
            *channels[:2], **sliding, groups=channels[2], bias=bias, padding_mode=padding_mode
        )
        nn.init.xavier_normal_(layer.weight)
    return layer


def seeded_transposed_layer(
    seed: int,
    in_channels: int = 3,
    out_channels: int = 1,
    kernel_size: int | tuple[int, int] = 3,
    bias: bool = True,
    *,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    output_padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    groups: int = 1,
    padding_mode: PaddingMode = "zeros",
) -> nn.ConvTranspose2d:
    """Build a random transposed layer that is the same for the same seed, by the same recipe.

        torch.manual_seed(seed)
        layer = nn.ConvTranspose2d(in_channels, out_channels, kernel_size, bias=bias, ...)
        nn.init.xavier_normal_(layer.weight)

    Args:
        seed: any whole number that fits into 64 bits.
        in_channels, out_channels, kernel_size, bias, stride, padding, output_padding, dilation,
            groups, padding_mode: as for `nn.ConvTranspose2d`.

    Returns:
        A ConvTranspose2d on the CPU, float32, with weight (in_channels, out_channels / groups, kh,
        kw): input channels first, because it is the weight of the convolution that it transposes.

    Raises:
        TypeError, ValueError: a number is not whole or too small, or what else
            `nn.ConvTranspose2d` refuses, such as a padding_mode other than 'zeros'.

    Example:
        >>> seeded_transposed_layer(3, stride=2)(torch.ones(1, 3, 4, 5)).shape
        torch.Size([1, 1, 9, 11])
    """
    sliding = _checked_sliding(
        2,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        output_padding=output_padding,
        dilation=dilation,
    )
    channels = check_groups(in_channels, out_channels, groups)
    with seeded_draws(seed):
        layer = nn.ConvTranspose2d(
            *channels[:2], **sliding, groups=channels[2], bias=bias, padding_mode=padding_mode
        )
        nn.init.xavier_normal_(layer.weight)
    return layer


def fresh_layer(
    seed: int,
    in_channels: int = 3,
    out_channels: int = 1,
    kernel_size: int | tuple[int, int] = 3,
    bias: bool = True,
) -> nn.Conv2d:
    """Build a layer with the start that `nn.Conv2d` itself draws, the same for the same seed.

    The weights are those of this recipe, and yet torch's own random state is left as it was:
        torch.manual_seed(seed)
        layer = nn.Conv2d(in_channels, out_channels, kernel_size, bias=bias)

    Args:
        seed: any whole number that fits into 64 bits.
        in_channels, out_channels, kernel_size, bias: as for `nn.Conv2d`.

    Returns:
        A Conv2d on the CPU, float32; with or without a bias, its weight is the same.

    Raises:
        TypeError, ValueError: a number is not whole, or below 1.

    Example:
        >>> fresh_layer(3, 1, 1, (1, 2), bias=False).weight.shape
        torch.Size([1, 1, 1, 2])
    """
    sliding = _checked_sliding(2, kernel_size=kernel_size)
    in_channels, out_channels, _ = check_groups(in_channels, out_channels, 1)
    with seeded_draws(seed):
        return nn.Conv2d(in_channels, out_channels, **sliding, bias=bias)


def weighted_layer(
    kind: type[_AnyConv], weight: Tensor, bias: Tensor | None = None, **arguments: Any
) -> _AnyConv:
    """Build a layer around a given weight; torch's random state is left as it was.

    Args:
        kind: nn.Conv1d, nn.Conv2d, nn.Conv3d or nn.ConvTranspose2d.
        weight: (out_channels, in_channels / groups, kernel size of each axis), floating point;
            transposed (in_channels, out_channels / groups, kh, kw).
        bias: (out_channels,); None: the layer has none.
        arguments: stride, padding, dilation, groups, padding_mode of the layer, and transposed
            output_padding.

    Returns:
        A layer of that kind, weight and bias.

    Raises:
        TypeError, ValueError: the kind is another, weight or bias do not fit or are not floating
            point, or what else the layer refuses.

    Example:
        >>> weighted_layer(nn.Conv1d, torch.ones(1, 1, 3), stride=2)
        Conv1d(1, 1, kernel_size=(3,), stride=(2,), bias=False)
    """
    dims = _AXES.get(kind)
    if dims is None:
        raise TypeError(
            f"`kind` (={kind!r}) must be one of {', '.join(k.__name__ for k in _AXES)}."
        )
    transposed = kind is nn.ConvTranspose2d
    channels = ("in", "out") if transposed else ("out", "in")
    sides = layouts(dims)[1].removeprefix("channels, ")
    layout = f"{channels[0]}_channels, {channels[1]}_channels / groups, {sides}"
    check_tensor(weight, "weight", [layout], FLOATING)
    groups = to_whole(arguments.pop("groups", 1), "groups", 1)
    first, second = weight.shape[0], weight.shape[1] * groups
    check_groups(first, second, groups)
    check_bias(bias, second if transposed else first, weight, "weight")
    sliding = _checked_sliding(dims, kernel_size=tuple(weight.shape[2:]), **arguments)
    with seeded_draws(0):  # what is drawn goes at once, and torch's random state is left alone
        layer = kind(
            first if transposed else second,
            second if transposed else first,
            **sliding,
            groups=groups,
            bias=False,
        )
    layer.weight = nn.Parameter(weight)
    layer.bias = None if bias is None else nn.Parameter(bias)
    return layer


_AXES: dict[type[nn.Module], int] = {
    nn.Conv1d: 1,
    nn.Conv2d: 2,
    nn.Conv3d: 3,
    nn.ConvTranspose2d: 2,
}


def _checked_sliding(dims: int, **settings: Any) -> dict[str, Any]:
    """Check what is a number, and bring it to one per axis; torch takes a word as padding too."""
    padding = settings.get("padding")
    words = {"padding": padding} if isinstance(padding, str) else {}
    numbers = {
        name: to_tuple(value, dims, name, SMALLEST[name])
        for name, value in settings.items()
        if name in SMALLEST and name not in words
    }
    if isinstance(padding, str):
        check_padding_word(padding, numbers.get("stride", (1,)))
    return {**settings, **numbers}

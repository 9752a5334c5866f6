"""A transposed convolution on the photo: every pixel stamps the kernel, and the picture grows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from lessons_lib.geometry import PADDING_MODES
from lessons_lib.images import Picture
from lessons_lib.kernels import named_kernel, photo_weight, seeded_transposed_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, Presets, Slider, Toggle, preset_maker
from lessons_lib.kit.layers import transposed
from lessons_lib.kit.links import Links
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import LabDefinition, Result
from lessons_lib.visualization.colours import signed_range
from lessons_lib.visualization.numbers import percent_text, size_text

DETAIL = 40  # rows and columns of the output's middle that are shown enlarged
QUICK = 500_000  # so many output values are computed within a frame; more have a preview
NAMED = {name: name for name in ("stride", "padding", "output_padding", "dilation", "padding_mode")}


@dataclass(frozen=True)
class TransposedParams(photo.PhotoParams):
    """The lesson starts with a stride of 2: the picture becomes twice as large."""

    stride: int = 2
    padding: int = 0
    output_padding: int = 0
    dilation: int = 1
    padding_mode: str = "zeros"
    bias: bool = False


def _arguments(params: TransposedParams) -> dict[str, Any]:
    return {
        "stride": params.stride,
        "padding": params.padding,
        "output_padding": params.output_padding,
        "dilation": params.dilation,
        "padding_mode": params.padding_mode,
    }


def layer_of(params: TransposedParams, **instead: Any) -> nn.ConvTranspose2d:
    """Build the layer: three channels in, one out.

    Args:
        params: `kernel` is a key of `photo.KERNELS`.
        instead: arguments of nn.ConvTranspose2d that are to differ.

    Returns:
        ConvTranspose2d of weight (3, 1, kh, kw).

    Raises:
        ValueError: torch refuses every padding_mode but zeros.
    """
    _, name, size = photo.KERNELS[params.kernel]
    layer = seeded_transposed_layer(params.seed, 3, 1, size, **{**_arguments(params), **instead})
    if not params.bias:
        layer.bias = None
    if name != photo.RANDOM:
        layer.weight = nn.Parameter(photo_weight(named_kernel(name, size[0])).transpose(0, 1))
    return layer


@torch.inference_mode()
def compute(params: TransposedParams) -> Result:
    """Apply one transposed layer to the photo.

    Args:
        params: stride 1..10, padding 0..100, output_padding 0..9, dilation 1..8.

    Returns:
        Panes input (3, H, W), output (1, H_out, W_out) and detail, a piece of the output's middle;
        sizes as torch gives them.

    Raises:
        IllegalSettingError: torch refuses the setting.
    """
    image = photo.fast_image(params.picture)
    arguments = {
        "kernel_size": photo.KERNELS[params.kernel].size,
        **_arguments(params),
        "bias": params.bias,
    }
    layer = transposed.built(lambda: layer_of(params), image, 1, arguments, NAMED)
    output = transposed.run(layer, image, NAMED)
    rows, columns = _middle(tuple(output.shape[2:]))
    detail = output[..., rows[0] : rows[1], columns[0] : columns[1]].clone()
    return _result(params, layer, output, detail)


@torch.inference_mode()
def preview(params: TransposedParams, box: tuple[int, int]) -> Result | None:
    """Compute means over blocks of a large output, and only as many as half its pane has room for.

    A block is stride x stride, one repetition of the pattern of stamps and gaps: so the pattern
    cannot beat against the pixels of the screen.

    Args:
        params: as for `compute`.
        box: (height, width) of the room for a pane, in pixels.

    Returns:
        the Result with a coarser output; None where the whole output is computed quickly, and
        where torch refuses the setting.
    """
    image = photo.fast_image(params.picture)
    try:
        layer = layer_of(params)
        size = transposed.output_size(layer, tuple(image.shape[2:]))
    except ValueError:
        return None  # the exact way tells why
    if size[0] * size[1] <= QUICK or photo.preview_step((size[0], size[1]), box) == 1:
        return None
    every = max(1, photo.preview_step((size[0], size[1]), box) // params.stride)
    output = _block_means(params, layer, size, every)
    return _result(params, layer, output, _piece(params, layer, image, size))


def _middle(size: tuple[int, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Say which rows and columns (first, behind the last) the detail shows."""
    first = [max(0, (n - DETAIL) // 2) for n in size]
    return (first[0], min(size[0], first[0] + DETAIL)), (first[1], min(size[1], first[1] + DETAIL))


# ------------------------------------------------------------------------------ a coarse preview


def _block_means(
    params: TransposedParams, layer: nn.ConvTranspose2d, size: tuple[int, ...], every: int
) -> Tensor:
    """Average the output over blocks of stride x stride without making it: (1, 1, rows, columns).

    Each tap lands once in every block. So the block's sum is an ordinary convolution of the
    picture: the same weights, laid down where their pixels are, several on one another.

    Args:
        params, layer: what is shown.
        size: (H_out, W_out).
        every: of so many blocks only the first is computed, down and across.
    """
    s = params.stride
    image = photo.fast_image(params.picture)
    reach = []  # for each axis: which pixel, seen from the block's own, each tap brings there
    for k in layer.kernel_size:
        reach.append([-((t * params.dilation - params.padding) // s) for t in range(k)])
    first = [min(each) for each in reach]
    weight = layer.weight.new_zeros(
        1, 3, *(max(r) - f + 1 for r, f in zip(reach, first, strict=True))
    )
    for i, down in enumerate(reach[0]):
        for j, across in enumerate(reach[1]):
            weight[0, :, down - first[0], across - first[1]] += layer.weight[:, 0, i, j]
    windows = image
    for axis in (0, 1):
        blocks = -(-size[axis] // (s * every))
        last = (blocks - 1) * every + max(reach[axis])
        windows = _between(windows, axis + 2, first[axis], last + 1)
    sums = torch.nn.functional.conv2d(windows, weight, stride=every)
    return _with_bias(sums / s**2, layer)


def _between(image: Tensor, axis: int, first: int, behind: int) -> Tensor:
    """Take the rows (axis 2) or columns (axis 3) first ... behind - 1; outside there are zeros."""
    n = image.shape[axis]
    inside = image.narrow(axis, max(0, first), max(0, min(n, behind) - max(0, first)))
    ends = (max(0, -first), max(0, behind - n))
    if ends == (0, 0):
        return inside
    return torch.nn.functional.pad(inside, (0, 0, *ends) if axis == 2 else (*ends, 0, 0))


def _with_bias(values: Tensor, layer: nn.ConvTranspose2d) -> Tensor:
    return values if layer.bias is None else values + layer.bias


def _piece(
    params: TransposedParams, layer: nn.ConvTranspose2d, image: Tensor, size: tuple[int, ...]
) -> Tensor:
    """Compute the detail alone, from the pixels that stamp there: (1, 1, rows, columns)."""
    p, s, d = params.padding, params.stride, params.dilation
    parts, cuts = [], []
    for (first, behind), n, k in zip(
        _middle(size), image.shape[-2:], layer.kernel_size, strict=True
    ):
        low = max(0, (first + p - d * (k - 1)) // s)  # the first pixel whose stamp reaches it
        high = min(n - 1, (behind - 1 + p) // s)
        parts.append(slice(low, max(low, high) + 1))
        cuts.append((first + p - low * s, behind + p - low * s))
    bare = layer_of(replace(params, output_padding=0), padding=0)
    painted = bare(image[..., parts[0], parts[1]])
    wanted = [cut[1] for cut in cuts]
    missing = [max(0, want - have) for want, have in zip(wanted, painted.shape[-2:], strict=True)]
    value = 0.0 if layer.bias is None else float(layer.bias)  # where no stamp reaches
    painted = torch.nn.functional.pad(painted, (0, missing[1], 0, missing[0]), value=value)
    return painted[..., cuts[0][0] : cuts[0][1], cuts[1][0] : cuts[1][1]]


# ------------------------------------------------------------------------------------- the result


def _result(
    params: TransposedParams, layer: nn.ConvTranspose2d, output: Tensor, detail: Tensor
) -> Result:
    image = photo.fast_image(params.picture)
    seen = transposed.described(layer, image, output=output, **photo.door_arguments(params))
    value_range = None
    if params.display == "fixed":
        value_range = _plain_range(params.picture, params.kernel, params.seed, params.bias)
    rows, columns = _middle(seen.size)
    marked = ((rows[0], columns[0], rows[1] - rows[0], columns[1] - columns[0]),)
    links = replace(seen.links, kernel="")
    return seen.result(
        panes=(
            photo.photo_pane(params.picture),
            photo.signed_pane(
                output,
                value_range,
                size=seen.size,
                marked=marked,
                block=params.stride,
                note=_note(params.stride),
            ),
            photo.signed_pane(
                detail,
                value_range,
                "detail",
                "its middle",
                note="the dashed frame of the output, enlarged",
                role="",
                keepable=False,
            ),
        ),
        sentence=_sentence(params, layer, links, seen.size),
        links=(links, _detail_links(links, rows, columns)),
    )


def _detail_links(links: Links, rows: tuple[int, int], columns: tuple[int, int]) -> Links:
    return replace(
        links,
        output="detail",
        rows=links.rows[rows[0] : rows[1]],
        columns=links.columns[columns[0] : columns[1]],
    )


def _note(stride: int) -> str:
    """Say what one pixel of a reduced output is; its ups and downs are seen in the detail."""
    return f"where reduced: means over {stride} × {stride}" if stride > 1 else ""


@lru_cache(maxsize=16)
def _plain_range(picture: Picture, kernel: str, seed: int, bias: bool) -> tuple[float, float]:
    """Give the range of the plain layer's output: stride 1, nothing cropped, no dilation."""
    plain = TransposedParams(picture, seed, kernel, stride=1, bias=bias)
    with torch.inference_mode():
        return signed_range(layer_of(plain)(photo.fast_image(picture)))


def _sentence(
    params: TransposedParams, layer: nn.ConvTranspose2d, links: Links, size: tuple[int, ...]
) -> str:
    s, p = params.stride, params.padding
    grown = f"The output has {size_text(size)} values"
    apart = "one pixel" if s == 1 else f"{s} pixels"
    rows, columns = ((table >= 0).sum(1) for table in (links.rows, links.columns))  # of stamps
    start = f"{grown}: stamps of {size_text(layer.kernel_size)}, {apart} apart"
    many = f"{p} rows and columns" if p > 1 else "one row or column"
    crop = f" Padding {p} cuts {many} off on every side." if p else ""
    bare = 1 - float((rows > 0).double().mean()) * float((columns > 0).double().mean())
    if bare > 0:
        what = "the bias" if layer.bias is not None else "zero"
        return f"{start}; {percent_text(bare, 2)} of it lies between or beyond them: {what}.{crop}"
    most = int(rows.max()) * int(columns.max())
    overlap = f", up to {most} on one another" if most > 1 else ", none on another"
    return f"{start}{overlap}.{crop}"


_preset = preset_maker(stride=1, padding=0, output_padding=0, dilation=1, padding_mode="zeros")

LAB = LabDefinition(
    name="transposed",
    title="Transposed convolution",
    params=TransposedParams,
    compute=compute,
    look=Look(same_scale=("input", "output"), pointer_lines=2),
    preview=preview,
    controls=(
        *photo.HEADER,
        Slider("stride", "stride", 1, 10, "stride"),
        Slider("padding", "padding", 0, 100, "padding"),
        Slider("output_padding", "output_padding", 0, 9, "output", more=True),
        Slider("dilation", "dilation", 1, 8, "dilation"),
        Choice(
            "padding_mode",
            "padding_mode",
            tuple((m, m) for m in PADDING_MODES),
            "padding",
            more=True,
        ),
        Toggle("bias", "bias", "kernel", more=True),
        photo.DISPLAY,
        Presets(
            "try",
            (
                *(_preset(f"stride {s}", stride=s) for s in (1, 2, 3, 5, 10)),
                *(_preset(f"padding {p}", padding=p) for p in (10, 50, 100)),
                *(_preset(f"dilation {d}", dilation=d) for d in (2, 4, 8)),
                _preset("twice the size", stride=2, padding=1, output_padding=1),
                _preset("padding_mode reflect", padding_mode="reflect"),
                _preset("output_padding 2", stride=2, output_padding=2),
            ),
            "output",
        ),
    ),
)

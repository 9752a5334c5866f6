"""A kernel of your own on the photo."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from lessons_lib.kernels import named_kernel, photo_weight, weighted_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, KernelEdit, PictureChoice, Presets, Toggle
from lessons_lib.kit.formula import FLIPPED
from lessons_lib.kit.grids import SOBEL_X, Rows, rows_of
from lessons_lib.kit.layers import conv
from lessons_lib.kit.photo import PictureParams
from lessons_lib.kit.result import LabDefinition, Result
from lessons_lib.visualization.numbers import signed_text

RANGES = (("own range", "own"), ("−1 to +1", "one"))
CLASSICS = (
    ("identity", "identity", 1),
    ("box 3 × 3", "box", 3),
    ("Gaussian 5 × 5", "gaussian", 5),
    ("sharpen", "sharpen", 3),
    ("emboss", "emboss", 3),
    ("Sobel x", "sobel_x", 3),
    ("Sobel y", "sobel_y", 3),
    ("Laplacian", "laplacian", 3),
)


@dataclass(frozen=True)
class KernelParams(PictureParams):
    """The lesson starts with the kernel that finds vertical edges."""

    kernel: Rows = SOBEL_X
    flip: bool = False
    display: str = "own"


@torch.inference_mode()
def compute(params: KernelParams) -> Result:
    """Apply the edited kernel to the photo, the same to each of its three channels.

    Args:
        params: kernel 1 x 1 to 7 x 7; flip turns it by 180 degrees first; display "own" or "one".

    Returns:
        Panes input (3, H, W), output (1, H - kh + 1, W - kw + 1) and kernel.

    Raises:
        IllegalSettingError: the kernel is larger than the photo.
    """
    kernel = torch.tensor(params.kernel)
    used = kernel.flip(0, 1) if params.flip else kernel
    layer = weighted_layer(nn.Conv2d, photo_weight(used))
    image = photo.fast_image(params.picture)
    seen = conv.described(layer, image, labels=photo.RGB, weights=True)
    value_range = None if params.display == "own" else (-1.0, 1.0)
    return seen.result(
        panes=(
            photo.photo_pane(params.picture),
            photo.signed_pane(seen.output, value_range),
            photo.kernel_pane(layer),
        ),
        sentence=_sentence(used, seen.output),
        code=(*seen.code, *FLIPPED) if params.flip else seen.code,
    )


def _sentence(kernel: torch.Tensor, output: torch.Tensor) -> str:
    total = float(kernel.sum())
    low, high = (float(value) for value in torch.aminmax(output))
    span = f"Outputs run from {signed_text(low, 2)} to {signed_text(high, 2)}."
    if abs(total) < 1e-6:
        return f"The weights sum to 0: a uniform area gives 0, only changes answer. {span}"
    if abs(total - 1) < 1e-6:
        return f"The weights sum to 1: a uniform area keeps its brightness. {span}"
    factor = signed_text(total, 2)
    return f"The weights sum to {factor}: a uniform area is multiplied by that. {span}"


LAB = LabDefinition(
    name="kernel",
    title="A kernel of your own",
    params=KernelParams,
    compute=compute,
    controls=(
        PictureChoice(),
        KernelEdit(),
        Toggle("flip", "true convolution: turn the kernel by 180°", "kernel"),
        Choice("display", "colours", RANGES, "output"),
        Presets(
            "try",
            tuple(
                (label, {"kernel": rows_of(named_kernel(name, k))}) for label, name, k in CLASSICS
            ),
            "kernel",
        ),
    ),
)

"""A gallery of seeds: other random weights, other features."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import nn

from lessons_lib.kernels import seeded_layer, weighted_layer
from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, PictureChoice, Presets, Slider, Toggle
from lessons_lib.kit.layers import conv
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import LabDefinition, Pane, Result
from lessons_lib.visualization.colours import signed_range
from lessons_lib.visualization.numbers import percent_text

SEEDS = 7  # with the photo they fill a stage
DEAD = 0.02  # with fewer of its outputs above zero, little of a feature is left to be seen
RANGES = (("own range each", "own"), ("one common range", "common"))


@dataclass(frozen=True)
class SeedGalleryParams(photo.PictureParams):
    """The gallery starts with the seed of the other lessons."""

    first_seed: int = 3
    kernel_size: int = 3
    relu: bool = False
    display: str = "own"


def gallery_layer(first_seed: int, kernel_size: int = 3) -> nn.Conv2d:
    """Put the lessons' layers of seven seeds into one layer with seven output channels.

    Args:
        first_seed: of the first channel; the others follow by ones.
        kernel_size: height and width of every kernel.

    Returns:
        Conv2d of weight (7, 3, kernel_size, kernel_size) and bias (7,).
    """
    single = [seeded_layer(seed, kernel_size=kernel_size) for seed in _seeds(first_seed)]
    weight = torch.cat([each.weight.detach() for each in single])
    biases = [each.bias.detach() for each in single if each.bias is not None]
    return weighted_layer(nn.Conv2d, weight, torch.cat(biases))


def _seeds(first_seed: int) -> range:
    return range(first_seed, first_seed + SEEDS)


@torch.inference_mode()
def compute(params: SeedGalleryParams) -> Result:
    """Apply the layers of seven seeds to the photo, all in one convolution.

    Args:
        params: first_seed 0..200; kernel_size 1..7; relu sets negative outputs to 0; display "own"
            or "common".

    Returns:
        Panes input (3, H, W) and seed_0 ... seed_6 (1, H - k + 1, W - k + 1). Colours are those of
        the output before ReLU, so that ReLU takes colours away and changes none.

    Raises:
        IllegalSettingError: the kernel is larger than the photo.
    """
    layer = gallery_layer(params.first_seed, params.kernel_size)
    image = photo.fast_image(params.picture)
    # (1, 7, H, W), each channel in one piece: it is shown, and reduced, for itself
    output = conv.run(layer, image, {"kernel_size": "kernel_size"}).contiguous()
    ranges = _ranges(output, params.display)
    shares = _shares(output)
    if params.relu:
        output = output.relu_()
    seen = conv.described(layer, image, output=output)
    panes = [
        _pane(output[:, index : index + 1], f"seed_{index}", seed, ranges[index], shares[index])
        for index, seed in enumerate(_seeds(params.first_seed))
    ]
    all_links = tuple(replace(seen.links, output=pane.name, kernel="") for pane in panes)
    return seen.result(
        panes=(photo.photo_pane(params.picture), *panes),
        sentence=_sentence(params, shares),
        links=all_links,
        microscopes=tuple(
            conv.microscope(layer, image, each, channel, params.relu, photo.RGB)
            for channel, each in enumerate(all_links)
        ),
    )


def _pane(
    output: torch.Tensor, name: str, seed: int, value_range: tuple[float, float], share: float
) -> Pane:
    note = f"{percent_text(share)} above zero"
    return photo.signed_pane(output, value_range, name, f"seed {seed}", note=note)


def _ranges(output: torch.Tensor, display: str) -> list[tuple[float, float]]:
    if display == "common":
        return [signed_range(output)] * SEEDS
    return [signed_range(channel) for channel in output[0]]


def _shares(output: torch.Tensor) -> list[float]:
    """Say which part of each channel is above zero: what ReLU leaves."""
    return (output[0] > 0).flatten(1).float().mean(dim=1).tolist()


def _sentence(params: SeedGalleryParams, shares: list[float]) -> str:
    start = (
        f"The same layer on the same photo, seven seeds: each draws {3 * params.kernel_size**2} "
        "other weights and another bias, so other features show."
    )
    if not params.relu:
        return start
    dead = [
        str(seed)
        for seed, share in zip(_seeds(params.first_seed), shares, strict=True)
        if share < DEAD
    ]
    if not dead:
        return f"{start} ReLU sets what is negative to 0."
    which = f"seed{'s' if len(dead) > 1 else ''} {' and '.join(', '.join(dead).rsplit(', ', 1))}"
    return f"{start} ReLU sets what is negative to 0: almost nothing is left of {which}."


def _page(first_seed: int) -> tuple[str, dict[str, int]]:
    return f"seeds {first_seed}–{first_seed + SEEDS - 1}", {"first_seed": first_seed}


LAB = LabDefinition(
    name="seed-gallery",
    title="A gallery of seeds",
    params=SeedGalleryParams,
    compute=compute,
    look=Look(columns=4, pointer_lines=2),
    controls=(
        PictureChoice(),
        Slider("first_seed", "first seed", 0, 200, "kernel"),
        Slider("kernel_size", "kernel_size", 1, 7, "kernel", more=True),
        Choice("display", "colours", RANGES, "output"),
        Toggle("relu", "after ReLU", "output", more=True),
        Presets("try", tuple(_page(seed) for seed in (0, 3, 7, 14, 21, 28)), "kernel"),
    ),
)

"""The large network: ResNet-18 made fully convolutional, as for photos of 20 kinds of things."""

from __future__ import annotations

from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import torch
from torch import nn

from lessons_lib.kernels import seeded_draws
from lessons_lib.machine.torchvision_cpu import make_torchvision_importable
from lessons_lib.segmentation.downloads import (
    DownloadError,
    MissingDataError,
    check_reachable,
    has_digest,
    not_fetched,
    reason_of,
)
from lessons_lib.segmentation.network import FCN

CHANNELS = 512
"""Feature maps that the body ends with."""

STRIDE = 32
"""Pixels of the picture between two places of a feature map: five layers halve each side."""

_WHAT = "The weights of ResNet-18 (45 MB)"


def resnet18_fcn(
    classes: int = 21, seed: int = 0, pretrained: bool = False, *, download: bool = True
) -> FCN:
    """Build the network that names the class of every pixel, from one that names whole pictures.

    ResNet-18 ends with an average over all places and a dense layer: there the places are lost.
    Without these two, 512 feature maps are left, a 32nd of the picture's size. A 1 x 1 convolution
    turns them into one score per class, and a transposed one of stride 32, which starts as bilinear
    enlarging, brings the scores back to the picture's size:
        (1, 3, 320, 480) -> (1, 512, 10, 15) -> (1, classes, 10, 15) -> (1, classes, 320, 480)

    Args:
        classes: the background counted, at least 1; VOC2012 has 21.
        seed: of the random start: always of the last two layers, of the body unless pretrained.
        pretrained: start the body as torchvision learned it from 1.3 million photos (ImageNet).
        download: whether these weights may be fetched where this machine has not got them yet.

    Returns:
        An FCN on the CPU, in training mode; torch's own random state is left as it was.

    Raises:
        DownloadError: the weights cannot be fetched.
        MissingDataError: they are not here, or not whole, and `download` is False.

    Source:
        Long, Shelhamer, Darrell: Fully Convolutional Networks for Semantic Segmentation (2015).

    Example:
        >>> network = resnet18_fcn()
        >>> network.body(torch.zeros(1, 3, 64, 96)).shape, network(torch.zeros(1, 3, 64, 96)).shape
        (torch.Size([1, 512, 2, 3]), torch.Size([1, 21, 64, 96]))
    """
    make_torchvision_importable()
    from torchvision.models import resnet18

    weights = pretrained_weights(download) if pretrained else None
    with torch.inference_mode(False):  # whoever builds it under that mode may train it later
        with seeded_draws(seed):
            whole = resnet18(weights=None)
        if weights is not None:
            whole.load_state_dict(weights)
        body = nn.Sequential(*list(whole.children())[:-2])
        return FCN(body, channels=CHANNELS, classes=classes, stride=STRIDE, seed=seed)


def pretrained_file() -> Path:
    """Say where torchvision's weights lie on this machine, or would: in torch's own cache."""
    return Path(torch.hub.get_dir()) / "checkpoints" / Path(urlsplit(_published().url).path).name


def pretrained_weights(download: bool = True) -> dict[str, torch.Tensor]:
    """Read what torchvision's ResNet-18 learned, and fetch it first where that is needed.

    A file that was written half is not taken for whole: its name ends with the first digits of its
    digest, and these are compared at each reading.

    Args:
        download: whether the weights may be fetched; 45 MB, once.

    Raises:
        DownloadError: the weights cannot be fetched.
        MissingDataError: they are not here, or not whole, and `download` is False.
    """
    file, published = pretrained_file(), _published()
    digest = file.stem.rpartition("-")[2]
    if not has_digest(file, digest):
        state = "are cut off or changed" if file.exists() else "are not on this machine"
        if not download:
            raise MissingDataError(
                f"{_WHAT} {state} ({file}). Connect to the internet and give download=True."
            )
        cure = f"Try again with internet, or put the file {file.name} into {file.parent}."
        check_reachable(published.url, _WHAT, cure)
        file.unlink(missing_ok=True)  # torch never fetches a file that is there
        return _fetched(published, cure)
    return torch.load(file, map_location="cpu", weights_only=True)


def _fetched(published: Any, cure: str) -> dict[str, torch.Tensor]:
    """Let torch fetch, check and read the file; it comes into its place only when whole."""
    try:
        return published.get_state_dict(progress=True, check_hash=True, weights_only=True)
    except (OSError, HTTPException, RuntimeError) as error:  # RuntimeError: the digest is wrong
        raise DownloadError(not_fetched(published.url, _WHAT, cure, reason_of(error))) from error


def _published() -> Any:
    """Look up torchvision's entry for these weights: their address and how to fetch them."""
    make_torchvision_importable()
    from torchvision.models import ResNet18_Weights

    return ResNet18_Weights.IMAGENET1K_V1

"""The large network on real photos, by the recipe of its makers; and what to do without internet.

On a machine that has, or may fetch, VOC2012 and the weights:
    task = real_task("~/voc", download=True)
    last = train(task.network, task.photos, task.steps, **VOC_RECIPE)
On any other, `real_task` raises a MissingDataError within seconds, and the lesson goes on with the
generated scenes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lessons_lib.segmentation.downloads import MissingDataError
from lessons_lib.segmentation.network import FCN
from lessons_lib.segmentation.resnet import resnet18_fcn
from lessons_lib.segmentation.voc import VOC_CLASSES, VOCPhotos

__all__ = ["VOC_EPOCHS", "VOC_RECIPE", "MissingDataError", "RealTask", "real_task"]

VOC_RECIPE: dict[str, Any] = {
    "optimizer": "sgd",
    "learning_rate": 0.001,
    "schedule": "constant",
    "weight_decay": 1e-3,
    "batch_size": 32,
}
"""How the large network is trained, as arguments of `train` and `training_steps`."""

VOC_EPOCHS = 5
"""How often each photo is seen."""


@dataclass(frozen=True, eq=False)
class RealTask:
    """All that a training on real photos needs.

    Attributes:
        network: ResNet-18 made fully convolutional, its body as learned on ImageNet.
        photos: to learn from.
        held_out: to measure with; a piece from the middle of each.
        steps: how many batches the recipe takes.
    """

    network: FCN
    photos: VOCPhotos
    held_out: VOCPhotos
    steps: int


def real_task(root: str | Path, download: bool = False, seed: int = 0) -> RealTask:
    """Make everything ready for learning on VOC2012, or say at once why that cannot be.

    Args:
        root: the folder that holds VOCdevkit, or shall; "~" is your home folder.
        download: whether VOC2012 (2 GB) and the weights (45 MB) may be fetched where they are not
            here. Without it nothing ever goes to the internet.
        seed: of the network's last layers, and of the pieces that are cut out of the photos.

    Raises:
        MissingDataError: the photos or the weights are not here, or not whole, and were not to be
            fetched or could not be (DownloadError).

    Example:
        >>> try:
        ...     task = real_task("no such folder")
        ... except MissingDataError as why:
        ...     print(str(why)[:28])
        VOC2012 is not in the folder
    """
    photos = VOCPhotos(root, "train", seed=seed, download=download)
    held_out = VOCPhotos(root, "val", place="middle", download=download)
    network = resnet18_fcn(len(VOC_CLASSES), seed, pretrained=True, download=download)
    steps = math.ceil(VOC_EPOCHS * len(photos) / VOC_RECIPE["batch_size"])
    return RealTask(network, photos, held_out, steps)

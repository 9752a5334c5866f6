"""The small network as the project has trained it: for whoever does not want to wait."""

from __future__ import annotations

from pathlib import Path

from lessons_lib.images import assets_folder
from lessons_lib.segmentation.checkpoints import CheckpointError, load_checkpoint
from lessons_lib.segmentation.network import FCN

# How it was trained, and how the lesson trains its own.
SCENES = 1500
STEPS = 800
SEED = 0

FILE = "shapes_fcn.pt"


def trained_fcn() -> FCN:
    """Load the small network, trained on `Scenes(1500)` in 800 steps, ready to predict.

    Returns:
        A network of its own at each call: train it further, or change it, as you like.

    Raises:
        CheckpointError: the file that belongs to the lessons is missing or damaged.

    Example:
        >>> trained_fcn().training
        False
    """
    file = trained_file()
    if not file.is_file():
        raise CheckpointError(
            f"the trained network {str(file)!r} is missing: install the lessons again, or make it "
            "anew by python -m bench.segmentation --save."
        )
    network = load_checkpoint(file).network
    return network.eval()


def trained_file() -> Path:
    """Say where the trained network lies: beside the bundled pictures.

    Example:
        >>> trained_file().name
        'shapes_fcn.pt'
    """
    return assets_folder() / FILE

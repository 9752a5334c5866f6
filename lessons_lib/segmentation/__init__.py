"""Segmentation: a network that names the class of every pixel, its data and its training."""

from lessons_lib.segmentation.checkpoints import (
    Checkpoint,
    CheckpointError,
    load_checkpoint,
    save_checkpoint,
)
from lessons_lib.segmentation.devices import available_devices, pick_device
from lessons_lib.segmentation.metrics import (
    IGNORED,
    class_iou,
    confusion_matrix,
    mean_iou,
    pixel_accuracy,
)
from lessons_lib.segmentation.network import (
    FCN,
    bilinear_start,
    class_scores,
    fitted,
    predict,
    small_fcn,
)
from lessons_lib.segmentation.progress import TrainingStep
from lessons_lib.segmentation.scenes import CLASSES, HELD_OUT, SIZE, Scene, Scenes, draw_scene
from lessons_lib.segmentation.trained import trained_fcn
from lessons_lib.segmentation.training import evaluate, scheduled_rate, train, training_steps

__all__ = [
    "CLASSES",
    "FCN",
    "HELD_OUT",
    "IGNORED",
    "SIZE",
    "Checkpoint",
    "CheckpointError",
    "Scene",
    "Scenes",
    "TrainingStep",
    "available_devices",
    "bilinear_start",
    "class_iou",
    "class_scores",
    "confusion_matrix",
    "draw_scene",
    "evaluate",
    "fitted",
    "load_checkpoint",
    "mean_iou",
    "pick_device",
    "pixel_accuracy",
    "predict",
    "save_checkpoint",
    "scheduled_rate",
    "small_fcn",
    "train",
    "trained_fcn",
    "training_steps",
]

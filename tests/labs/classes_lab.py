"""A lab of pictures of classes, as small as can be, to try them in the page."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from lessons_lib.kit.controls import Slider
from lessons_lib.kit.layers.stack import receptive_links
from lessons_lib.kit.result import LabDefinition, Pane, Result
from lessons_lib.kit.score_microscope import ScoreMicroscope

NAMES = ("background", "disc", "ring", "square", "triangle")


LAYERS = (nn.Conv2d(1, 1, 9, padding=4), nn.MaxPool2d(1), nn.Conv2d(1, 1, 15, padding=7))


@dataclass(frozen=True)
class ClassesParams:
    """It starts with pictures as large as those of the lesson."""

    height: int = 96
    width: int = 128
    edge: int = 1


def truth_of(params: ClassesParams) -> torch.Tensor:
    """Draw a disc, a square and a triangle, each with an edge that does not count: (H, W)."""
    y = torch.arange(params.height)[:, None] / params.height
    x = torch.arange(params.width) / params.width
    edge = params.edge / params.height
    labels = torch.zeros(params.height, params.width, dtype=torch.int64)
    shapes = (
        (1, 0.25 - ((x - 0.3) ** 2 + (y - 0.35) ** 2).sqrt()),
        (3, 0.15 - torch.maximum((x - 0.75).abs(), (y - 0.3).abs())),
        (4, torch.minimum(y - 0.6, 0.3 - (x - 0.6).abs() - 0.4 * (y - 0.6))),
    )
    for number, depth in shapes:
        labels[depth > 0] = number
        labels[(depth <= 0) & (depth > -edge)] = 255
    return labels


def compute(params: ClassesParams) -> Result:
    """Show truth, and as the prediction the same moved by a few pixels."""
    truth = truth_of(params)
    predicted = truth.roll((3, 5), (0, 1))
    predicted[predicted == 255] = 2
    panes = (_pane("truth", truth), _pane("prediction", predicted))
    links = receptive_links(LAYERS, (params.height, params.width), "prediction", "truth")
    scores = _scores(predicted)
    return Result(
        panes,
        "Classes, never mixed.",
        links=(links,),
        microscopes=(ScoreMicroscope("prediction", scores, NAMES, links),),
    )


def _scores(labels: torch.Tensor) -> torch.Tensor:
    """Give each class the more, the nearer it is to the one that was chosen: (5, H, W)."""
    numbers = torch.arange(5.0)[:, None, None]
    return 3 - (numbers - labels).abs() * torch.linspace(0.5, 4, labels.shape[1])


def _pane(name: str, labels: torch.Tensor) -> Pane:
    return Pane(name, name, "", labels, "classes", tuple(labels.shape), labels=NAMES)


LAB = LabDefinition(
    "classes",
    "Pictures of classes",
    ClassesParams,
    compute,
    (
        Slider("height", "height", 1, 512),
        Slider("width", "width", 1, 512),
        Slider("edge", "edge", 0, 9),
    ),
)

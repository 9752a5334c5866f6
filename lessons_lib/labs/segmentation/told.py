"""What the segmentation lab says: the sentence, the formula, and the code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lessons_lib.images import BUNDLED, GENERATED
from lessons_lib.kit.course import Course, written
from lessons_lib.kit.seen import Seen
from lessons_lib.kit.terms import Line, Term
from lessons_lib.segmentation.metrics import confusion_matrix, pixel_accuracy
from lessons_lib.segmentation.scenes import CLASSES, HELD_OUT
from lessons_lib.segmentation.trained import SCENES
from lessons_lib.visualization.numbers import (
    count_text,
    counted,
    fixed_text,
    percent_text,
    short_text,
)

NEARLY_ALL = 0.99  # of the pixels
LEAST_SHARE = 0.005  # of the pixels: classes with less are not named
BEGINNINGS = {
    "random": "Nothing is learned yet: the weights are random.",
    "trained": "These weights were trained before.",
    "own": "This is the network that the lab was given.",
}


@dataclass(frozen=True, eq=False)
class State:
    """What the sentence is about.

    Attributes:
        course: where the training stands.
        beginning: a key of `BEGINNINGS`.
        seen: what is shown.
        predicted: what the network says of it, int64 (H, W).
    """

    course: Course
    beginning: str
    seen: Seen
    predicted: Tensor


def sentence(state: State) -> str:
    """Say what the state means: what is learned, how well, and what is seen here."""
    return f"{_learnt(state)} {_measured(state.course)} {_here(state)}"


def _learnt(state: State) -> str:
    course = state.course
    if not course.step:
        return BEGINNINGS[state.beginning]
    return (
        f"After {counted(course.step, 'step')} the loss is {short_text(float(course.losses[-1]))}."
    )


def _measured(course: Course) -> str:
    confusion = course.confusion
    right, mean = course.pixel_accuracy, fixed_text(course.mean_iou, 3)
    when = "" if course.checked_at == course.step else f" at step {course.checked_at}"
    start = f"On {course.scenes} held-out scenes{when}"
    called = confusion.sum(0).double() / confusion.sum()
    most = int(called.argmax())
    if called[most] > NEARLY_ALL:
        every = "all pixels" if called[most] == 1 else "nearly all pixels"
        but = "yet" if right > 0.5 else "and"
        return (
            f"{start} it calls {every} {CLASSES[most]}: {percent_text(right)} of them are right, "
            f"{but} the mean IoU is {mean}."
        )
    worst = course.worst
    value = fixed_text(course.class_iou[worst], 2)
    return (
        f"{start} the mean IoU is {mean} and {percent_text(right)} of the pixels are right; worst "
        f"is {CLASSES[worst]}, IoU {value}{_mistake(confusion, worst)}."
    )


def _mistake(confusion: Tensor, worst: int) -> str:
    """Say what the pixels of a class are most often taken for, where many of them are."""
    row = confusion[worst].double()
    total, wrong = float(row.sum()), row.clone()
    wrong[worst] = 0
    if not total or float(wrong.max()) < 0.05 * total:
        return ""
    taken = int(wrong.argmax())
    share = percent_text(float(wrong[taken]) / total, 0)
    return f" ({share} of it taken for {CLASSES[taken]})"


def _here(state: State) -> str:
    seen = state.seen
    if seen.labels is not None:
        confusion = confusion_matrix(state.predicted, seen.labels, len(CLASSES))
        return f"Here {percent_text(pixel_accuracy(confusion))} of the pixels are right."
    shares = torch.bincount(state.predicted.flatten(), minlength=len(CLASSES)).double()
    return (
        f"Of {seen.name} it calls {_listed(shares / shares.sum())}: whatever a picture shows, this "
        "network knows the background and its four shapes only."
    )


def _listed(shares: Tensor) -> str:
    """Name the classes with their shares, the largest first."""
    order = shares.argsort(descending=True).tolist()
    texts = [
        f"{percent_text(float(shares[n]), 0)} {CLASSES[n]}"
        for n in order
        if shares[n] >= LEAST_SHARE
    ]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


# ------------------------------------------------------------------------------------ the formula


def formula(course: Course) -> tuple[Line, ...]:
    """Write the mean IoU with its numbers, and where the worst of them comes from."""
    return _mean_line(course.class_iou), _iou_line(course.confusion, course.worst)


def _mean_line(values: Sequence[float]) -> Line:
    there = [(name, value) for name, value in zip(CLASSES, values, strict=True) if value == value]
    terms: list[Term] = [Term("mean IoU", "kernel"), Term(" = (")]
    for index, (name, value) in enumerate(there):
        terms += [
            Term(" + " if index else ""),
            Term(f"{name} "),
            Term(fixed_text(value, 2), "output"),
        ]
    mean = sum(value for _, value in there) / len(there)
    printed = sum(round(value, 2) for _, value in there) / len(there)
    equals = " = " if abs(printed - round(mean, 3)) < 1e-9 else " ≈ "
    return (*terms, Term(f") / {len(there)}{equals}"), Term(fixed_text(mean, 3), "kernel"))


def _iou_line(confusion: Tensor, worst: int) -> Line:
    hits = int(confusion[worst, worst])
    missed = int(confusion[worst].sum()) - hits
    wrongly = int(confusion[:, worst].sum()) - hits
    value = hits / (hits + missed + wrongly)
    equals = " = " if abs(round(value, 3) - value) < 1e-9 else " ≈ "
    return (
        Term(f"IoU of {CLASSES[worst]} = hits / (hits + missed + false) = "),
        Term(count_text(hits), "output"),
        Term(" / ("),
        Term(count_text(hits), "output"),
        Term(" + "),
        Term(count_text(missed), "input"),
        Term(" + "),
        Term(count_text(wrongly), "padding"),
        Term(f"){equals}"),
        Term(fixed_text(value, 3), "output"),
    )


# --------------------------------------------------------------------------------------- the code


LINE: Line = (
    Term("nn.CrossEntropyLoss()(", "output"),
    Term("network(images)", "kernel"),
    Term(", labels)", "output"),
    Term(".backward()"),
)  # a step of the training, but for the optimiser


def program(state: State, params: Any) -> str:
    """Write the whole experiment as PyTorch that runs by itself.

    Args:
        state: what is shown.
        params: of the lab.
    """
    start = {
        "random": f"network = small_fcn({params.seed})",
        "trained": "network = trained_fcn()",
        "own": "# network: your own",
    }[state.beginning]
    return "\n".join(
        [
            "import torch",
            "from torch import nn",
            "from lessons_lib.segmentation.network import predict, small_fcn",
            "from lessons_lib.segmentation.scenes import Scenes, draw_scene",
            "from lessons_lib.segmentation.trained import trained_fcn",
            "from lessons_lib.segmentation.training import scheduled_rate",
            "",
            start,
            f"scenes = Scenes({SCENES})",
            *written(params.seed, params.rate, params.steps),
            "",
            *_shown(state.seen, params.scene),
        ]
    )


def _shown(seen: Seen, number: int) -> list[str]:
    """Write how the picture is made, and what the network says of it."""
    if seen.labels is not None:
        return [
            f"scene = draw_scene({HELD_OUT + number})",
            "right = predict(network, scene.image)[0] == scene.labels",
            "print(loss.item(), right.double().mean().item())",
        ]
    own = [] if seen.name in BUNDLED + GENERATED else ["# a picture of your own: give its path"]
    return [
        "from lessons_lib.images import load_image",
        *own,
        f"image = load_image({seen.name!r}, max_side={max(seen.size)})",
        "print(loss.item(), predict(network, image).unique(return_counts=True))",
    ]

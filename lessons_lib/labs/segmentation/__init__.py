"""Segmentation: a small network learns, while you look, to say of every pixel what it shows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import torch
from torch import Tensor

from lessons_lib.kit.controls import (
    Choice,
    PictureChoice,
    Presets,
    Progress,
    Seed,
    Slider,
    Work,
    preset_maker,
)
from lessons_lib.kit.course import (
    CHECKED,
    FASTEST,
    MEASURED,
    RATE,
    REPORT_SECONDS,
    SLOWEST,
    Course,
    begun,
    begun_with,
    lessons,
)
from lessons_lib.kit.layers import network as network_door
from lessons_lib.kit.layers import transposed
from lessons_lib.kit.layers.stack import receptive_links
from lessons_lib.kit.links import Links
from lessons_lib.kit.look import Look
from lessons_lib.kit.microscope import SumMicroscope
from lessons_lib.kit.photo import PictureParams
from lessons_lib.kit.result import Axes, IllegalSettingError, LabDefinition, Pane, Result
from lessons_lib.kit.score_microscope import ScoreMicroscope
from lessons_lib.kit.seen import Seen, classes_pane, seen_picture, seen_scene
from lessons_lib.kit.vocabulary import Role
from lessons_lib.labs.segmentation import told
from lessons_lib.machine.threads import one_core
from lessons_lib.segmentation.network import (
    FCN,
    check_fcn,
    class_scores,
    fitted,
    in_mode,
    small_fcn,
)
from lessons_lib.segmentation.scenes import CLASSES
from lessons_lib.segmentation.trained import SCENES, STEPS, trained_fcn
from lessons_lib.visualization.numbers import counted, fixed_text, short_text

SCENE, PICTURE = "scene", "picture"
RANDOM, TRAINED = "random", "trained"
SIDES = (96, 128, 192, 256, 384, 512)  # pixels that the longer side of a picture may have
AXIS = 1.5  # the top of the axis, where the losses are no higher
FIRST = 20  # steps whose losses may lie above it

SOURCES = (("scene", SCENE), ("picture", PICTURE))
STARTS = (("random, by seed", RANDOM), ("trained already", TRAINED))


@dataclass(frozen=True)
class SegmentationParams(PictureParams):
    """The lesson starts with random weights and a scene; `network` is a reader's own instead."""

    seed: int = 3
    source: str = SCENE
    scene: int = 0
    longest: int = 192
    start: str = RANDOM
    network: FCN | None = None
    rate: float = RATE
    steps: int = STEPS
    training: Course | None = None


@torch.inference_mode()
def compute(params: SegmentationParams) -> Result:
    """Show what the network, as far as it is trained, says of each pixel of a scene or a picture.

    Args:
        params: `training` is how far `train` has come, None: the start.

    Returns:
        Panes input (3, H, W); truth (H, W), or sure (H, W) where nobody knows the truth; prediction
        (H, W); and curves: loss and mean IoU on held-out scenes, at each step.

    Raises:
        IllegalSettingError: the training has diverged, or the network has other classes.
    """
    course = _of_use(params) or start_of(params)
    if course.trouble:
        raise _diverged(params, course)
    seen = seen_of(params)
    scores = class_scores(course.network, seen.image)[0]  # (classes, H, W)
    predicted = scores.argmax(0)
    panes = _pictures(course, seen, scores, predicted)
    field = _field(course.network, seen.size)
    state = told.State(course, beginning_of(params), seen, predicted)
    made = partial(_sums, course.network, seen.image)
    return Result(
        panes=(*panes, _curves(params, course)),
        sentence=told.sentence(state),
        formula=told.formula(course),
        code=told.LINE,
        copied=told.program(state, params),
        cost=network_door.cost(course.network, _padded(seen.size, course.network.stride)),
        links=() if field is None else _from_the_network(field, panes),
        microscopes=tuple(
            ScoreMicroscope(pane.name, scores, CLASSES, field, made) for pane in panes
        ),
        layer=lambda: one_pass(course.network, seen.image),
    )


def one_pass(network: FCN, image: Tensor) -> Tensor:
    """Run the network as the training does: on one core, so that timing it holds nobody up."""
    with one_core():
        return class_scores(network, image)


def seen_of(params: SegmentationParams) -> Seen:
    """Give what the parameters show to the network."""
    if params.source == SCENE:
        return seen_scene(params.scene)
    return seen_picture(params.picture, params.longest)


def beginning_of(params: SegmentationParams) -> str:
    """Say where the weights come from, as `told.BEGINNINGS` has it."""
    return params.start if params.network is None else "own"


# ----------------------------------------------------------------------------------- the training


def start_of(params: SegmentationParams) -> Course:
    """Give what stands there before the first step.

    Raises:
        IllegalSettingError: the reader's network has other classes than the scenes.
        TypeError: it is no `FCN`.
    """
    if params.network is None:
        return _begun(params.seed if params.start == RANDOM else 0, params.start)
    check_fcn(params.network)
    if params.network.classes != len(CLASSES):
        raise _other_classes(params.network)
    return begun_with(params.network)


@lru_cache(maxsize=8)
def _begun(seed: int, start: str) -> Course:
    with torch.inference_mode(False):
        return begun(small_fcn(seed) if start == RANDOM else trained_fcn())


def train(params: SegmentationParams) -> Iterator[Progress]:
    """Train the network, from the start or from where it stands, then measure it."""
    start = params.training or start_of(params)
    for course in lessons(start, params.seed, params.rate, params.steps):
        yield Progress(course.step, max(params.steps, course.step), _words(course), course)


def _words(course: Course) -> str:
    if course.trouble:
        return "diverged"
    if course.is_measuring:
        return f"measured on {counted(course.scenes, 'scene')}"
    return f"mean IoU {fixed_text(course.mean_iou, 3)}"


def goes_on(params: SegmentationParams) -> bool:
    """Say whether there is a step to go on from, and something left to do."""
    course = _of_use(params)
    if course is None or course.trouble:
        return False
    return course.step < params.steps or not course.is_measured


def _of_use(params: SegmentationParams) -> Course | None:
    """Give what was learned, unless it is lost and another rate is to do better."""
    course = params.training
    if course is not None and course.trouble and params.rate != course.rate:
        return None
    return course


def _diverged(params: SegmentationParams, course: Course) -> IllegalSettingError:
    return IllegalSettingError(
        f"step {course.step}: loss = {course.loss}",
        f"At a rate of {short_text(params.rate)} each step goes too far: the numbers in the "
        "network became too large to be added up.",
        {"rate": RATE, "training": None},
        told.LINE,
        title="the training has diverged",
    )


def _other_classes(network: FCN) -> IllegalSettingError:
    return IllegalSettingError(
        f"the network has {counted(network.classes, 'class')}",
        f"The scenes have {len(CLASSES)}: {', '.join(CLASSES)}. Give a network with as many.",
        {"network": None},
        told.LINE,
        title="this network knows other classes",
    )


# -------------------------------------------------------------------------------------- the panes


def _pictures(course: Course, seen: Seen, scores: Tensor, predicted: Tensor) -> tuple[Pane, ...]:
    step = f" at step {course.step}" if course.step else ""
    return (
        seen.pane(),
        _sureness(scores) if seen.labels is None else seen.truth_pane(),
        classes_pane("prediction", f"prediction{step}", predicted, "output", keepable=True),
    )


def _sureness(scores: Tensor) -> Pane:
    largest = scores.softmax(0).amax(0)  # (H, W)
    return Pane(
        "sure",
        "how sure",
        "",
        largest,
        "map",
        tuple(largest.shape),
        "grey",
        (0.0, 1.0),
        note="the largest share of each pixel",
    )


def _padded(size: tuple[int, int], multiple: int) -> tuple[int, int]:
    """Give the size of a picture that is padded until its sides are multiples."""
    return -(-size[0] // multiple) * multiple, -(-size[1] // multiple) * multiple


def _field(network: FCN, size: tuple[int, int]) -> Links | None:
    """Link each pixel of the prediction with all that the network sees of the picture there.

    Returns:
        None for a network whose layers do not simply follow each other.
    """
    layers = (network.body, network.score, network.enlarge)
    try:
        links = receptive_links(layers, _padded(size, network.stride), "prediction")
    except (TypeError, ValueError):
        return None
    rows, columns = (
        torch.cat([table[:n, :2].clamp(max=n - 1), table[:n, 2:]], dim=1)
        for table, n in zip((links.rows, links.columns), size, strict=True)
    )
    return replace(links, rows=rows, columns=columns)


@torch.inference_mode()
def _sums(network: FCN, image: Tensor) -> tuple[SumMicroscope, ...]:
    """Say what the scores are sums of: the enlarging layer's, of few places."""
    layer = network.enlarge
    with in_mode(network, training=False):
        whole = fitted(image, network.stride).to(network.score.weight)
        places = network.score(network.body(whole))
    linked = transposed.links(layer, tuple(places.shape[2:]))
    height, width = image.shape[-2:]
    links = replace(linked, rows=linked.rows[:height], columns=linked.columns[:width])
    return tuple(
        transposed.microscope(layer, places, links, number) for number in range(network.classes)
    )


def _from_the_network(field: Links, panes: tuple[Pane, ...]) -> tuple[Links, ...]:
    """Give the same for each pane that the network made; the truth comes from elsewhere."""
    made = [pane.name for pane in panes if pane.name in ("prediction", "sure")]
    return tuple(replace(field, output=name) for name in reversed(made))


def _curves(params: SegmentationParams, course: Course) -> Pane:
    values = torch.stack([course.losses, course.means])  # (2, steps so far + 1)
    roles: tuple[Role, ...] = ("output", "kernel")
    most = float(course.losses[FIRST:].nan_to_num(0.0).max()) if course.step >= FIRST else 0.0
    return Pane(
        "curves",
        "loss and mean IoU",
        "output",
        values,
        "curves",
        tuple(values.shape),
        value_range=(0.0, AXIS if most <= AXIS else math.ceil(most)),
        labels=("loss", "mean IoU"),
        across=max(params.steps, course.step) + 1,
        axes=Axes("step", roles=roles),
        note=f"mean IoU on {CHECKED} held-out scenes; at the end on {MEASURED}",
    )


# ------------------------------------------------------------------------------------- controls

_preset = preset_maker(source=SCENE, start=RANDOM, rate=RATE)

LAB = LabDefinition(
    name="segmentation",
    title="Segmentation",
    params=SegmentationParams,
    compute=compute,
    look=Look(shapes="first", sentence_lines=3),
    controls=(
        Seed(),
        Choice("source", "look at", SOURCES, "input", in_header=True),
        PictureChoice(shown_with=("source", PICTURE), uploaded=(("source", PICTURE),)),
        Slider("scene", "held-out scene", 0, MEASURED - 1, "input", shown_with=("source", SCENE)),
        Choice(
            "longest",
            "longer side",
            tuple((f"{n} pixels", n) for n in SIDES),
            "input",
            shown_with=("source", PICTURE),
        ),
        Choice("start", "start weights", STARTS, "kernel", shown_with=("network", None)),
        Slider("rate", "learning rate", SLOWEST, FASTEST, "stride", log=True, more=True),
        Slider("steps", "steps", 50, 1200, "output", step=50, more=True),
        Work(
            name="training",
            label="train",
            run=train,
            depends_on=("seed", "start", "network"),
            role="kernel",
            hint=f"on {SCENES} other scenes",
            every=REPORT_SECONDS,
            goes_on=goes_on,
            steered_by=("rate",),
        ),
        Presets(
            "try",
            (
                _preset("a scene, untrained"),
                _preset("a scene, trained", start=TRAINED),
                _preset("the picture, trained", source=PICTURE, start=TRAINED),
                _preset("too fast", rate=1.0),
            ),
            "stride",
            more=True,
        ),
    ),
)

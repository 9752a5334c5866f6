"""What the labs that train a segmentation share: their scenes, and where a training stands."""

from __future__ import annotations

import copy
import math
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise

import torch
from torch import Tensor
from torch.utils.data import Subset

from lessons_lib.machine.threads import one_core
from lessons_lib.segmentation.metrics import class_iou, mean_iou, pixel_accuracy
from lessons_lib.segmentation.network import FCN
from lessons_lib.segmentation.scenes import HELD_OUT, Scenes
from lessons_lib.segmentation.trained import SCENES
from lessons_lib.segmentation.training import TrainingStep, evaluate, training_steps

SLOWEST, FASTEST, RATE = 1e-4, 1.0, 5e-3  # learning rates of the slider, and the one at first
REPORT_SECONDS = 0.15  # between two steps that are shown
BATCH = 8
MEASURED = 200  # held-out scenes, for the last word
CHECKED = 24  # of them, for a look meanwhile
CHECK_EVERY = 25  # steps from look to look
FINER = 16  # scenes that are added to the last word at a time, so that it can be stopped


_drawn: weakref.WeakValueDictionary[int, Scenes] = weakref.WeakValueDictionary()


def training_scenes() -> Scenes:
    """Give the scenes that are learned from: the same object for all who hold it.

    When nobody holds it any more it goes: all that were drawn take 74 MB.
    """
    scenes = _drawn.get(SCENES)
    if scenes is None:
        scenes = _drawn[SCENES] = Scenes(SCENES)
    return scenes


def held_out_scenes() -> Scenes:
    """Give the scenes that nothing was ever learned from."""
    return _held_out(MEASURED)


@lru_cache(maxsize=1)
def _held_out(count: int) -> Scenes:
    return Scenes(count, HELD_OUT)


def measured(network: FCN, scenes: range) -> Tensor:
    """Compare a network's predictions on some held-out scenes with the truth.

    Args:
        network: with the classes of the scenes.
        scenes: their numbers, from 0 to 199.

    Returns:
        the confusion matrix, int64 (classes, classes): rows are the truth.
    """
    return evaluate(network, Subset(held_out_scenes(), scenes))


def copied(network: FCN) -> FCN:
    """Copy a network that may learn on, so that the copy stays as it is; it is on the CPU."""
    with torch.inference_mode(False):
        return copy.deepcopy(network).cpu().eval().requires_grad_(False)


@dataclass(frozen=True, eq=False)
class Course:
    """Where a training stands, and how it came there.

    Attributes:
        network: as it is now; it is not changed any more.
        losses: float32 (step + 1,), the loss of each step; NaN where it is not known.
        checks: (step, mean IoU) of each look at held-out scenes.
        confusion: of the last look, int64 (classes, classes).
        scenes: so many were looked at then.
        last: the newest step, to go on from; None: before the first.
        rate: the learning rate that led here.
        trouble: why there is no next step; "" where there is one.
        data: what was learned from, held so that it need not be drawn again.
    """

    network: FCN
    losses: Tensor
    checks: tuple[tuple[int, float], ...]
    confusion: Tensor
    scenes: int
    last: TrainingStep | None = None
    rate: float = RATE
    trouble: str = ""
    data: Scenes | None = None

    @property
    def step(self) -> int:
        """So many steps are made."""
        return len(self.losses) - 1

    @property
    def loss(self) -> float:
        """Of the newest step; NaN before the first."""
        return float(self.losses[-1])

    @property
    def mean_iou(self) -> float:
        """Of the last look at held-out scenes."""
        return self.checks[-1][1]

    @cached_property
    def class_iou(self) -> tuple[float, ...]:
        """Of the last look, for each class; NaN for a class that was neither there nor named."""
        return tuple(class_iou(self.confusion).tolist())

    @cached_property
    def pixel_accuracy(self) -> float:
        """Of the last look."""
        return pixel_accuracy(self.confusion)

    @cached_property
    def worst(self) -> int:
        """The class with the smallest IoU of the last look."""
        there = [number for number, value in enumerate(self.class_iou) if not math.isnan(value)]
        return min(there, key=lambda number: self.class_iou[number])

    @property
    def checked_at(self) -> int:
        """The step of the last look at held-out scenes."""
        return self.checks[-1][0]

    @cached_property
    def means(self) -> Tensor:
        """The mean IoU, float32 (step + 1,): on straight lines from look to look, then NaN."""
        means = torch.full_like(self.losses, math.nan)
        means[self.checks[0][0]] = self.checks[0][1]
        for (begin, low), (end, high) in pairwise(self.checks):
            means[begin : end + 1] = torch.linspace(low, high, end - begin + 1)
        return means

    def after(self, step: TrainingStep, network: FCN, rate: float) -> Course:
        """Add a step.

        Args:
            step: the next one.
            network: that learns; it is copied.
            rate: with which this step was made.
        """
        if step.trouble:
            return replace(self, trouble=step.trouble, rate=rate)
        losses = torch.cat([self.losses, torch.tensor([step.loss])])
        kept = replace(step, memory=copy.deepcopy(step.memory))  # the next step changes it
        return replace(self, network=copied(network), losses=losses, last=kept, rate=rate)

    @property
    def is_measured(self) -> bool:
        """Whether the last look was at all held-out scenes, and at the network as it is now."""
        return self.is_checked and self.scenes == MEASURED

    @property
    def is_checked(self) -> bool:
        """Whether the last look was at the network as it is now."""
        return self.checked_at == self.step

    @property
    def is_measuring(self) -> bool:
        """Whether some more of the held-out scenes than usual were looked at, but not all."""
        return self.is_checked and CHECKED != self.scenes < MEASURED

    def look(self) -> Course:
        """Look at some held-out scenes with the network as it is now."""
        return self._looked(measured(self.network, range(CHECKED)), CHECKED)

    def look_on(self) -> Course:
        """Look at some more of the held-out scenes, until all are looked at."""
        known = self.scenes if self.is_checked else 0
        scenes = min(MEASURED, known + FINER)
        confusion = measured(self.network, range(known, scenes))
        return self._looked(confusion + self.confusion if known else confusion, scenes)

    def _looked(self, confusion: Tensor, scenes: int) -> Course:
        earlier = tuple(check for check in self.checks if check[0] < self.step)
        check = (self.step, mean_iou(confusion))
        return replace(self, checks=(*earlier, check), confusion=confusion, scenes=scenes)


def lessons(
    course: Course, seed: int, rate: float, steps: int, *, frozen: bool = False
) -> Iterator[Course]:
    """Train on from where a course stands, then measure the network on all held-out scenes.

    Each step is short, and torch takes one core for it: another one is left to the page.

    Args:
        course: its network is left as it is; a copy learns.
        seed: of the order of the scenes.
        rate: of learning.
        steps: the number of the last step.
        frozen: whether the layer that enlarges stays as it is.

    Returns:
        a generator of courses: one for each step, then one for each further look. It ends early
        where the training has diverged.
    """
    data = training_scenes()
    course = replace(course, data=data)
    with torch.inference_mode(False):
        network = copy.deepcopy(course.network).requires_grad_(True)
    network.enlarge.requires_grad_(not frozen)
    made = training_steps(
        network,
        data,
        max(steps, course.step),
        batch_size=BATCH,
        learning_rate=rate,
        seed=seed,
        device="cpu",
        resume=course.last,
    )
    while not course.trouble:
        with one_core():
            step = next(made, None)
            if step is None:
                break
            course = course.after(step, network, rate)
            if course.step % CHECK_EVERY == 0 and not course.trouble:
                course = course.look()
        yield course
    while not (course.trouble or course.is_measured):
        with one_core():
            course = course.look_on()
        yield course


def begun(network: FCN) -> Course:
    """Give where a training of this network begins, with a look at some held-out scenes.

    Args:
        network: it is copied.
    """
    copy_of_it = copied(network)
    confusion = measured(copy_of_it, range(CHECKED))
    first = ((0, mean_iou(confusion)),)
    return Course(copy_of_it, torch.tensor([math.nan]), first, confusion, CHECKED)


Versions = tuple[tuple[int, int], ...]  # where each tensor's numbers are, and how often changed
_known: weakref.WeakKeyDictionary[FCN, tuple[Versions, Course]] = weakref.WeakKeyDictionary()


def begun_with(network: FCN) -> Course:
    """Do as `begun`, once for as long as the network stays as it is.

    Args:
        network: a reader's own, which may learn on elsewhere.
    """
    numbers = network.state_dict().values()
    versions = tuple((each.data_ptr(), each._version) for each in numbers)
    known = _known.get(network)
    if known is None or known[0] != versions:
        known = _known[network] = versions, begun(network)
    return known[1]


def written(seed: int, rate: float, steps: int) -> list[str]:
    """Write what `lessons` does as plain PyTorch, with the same numbers.

    Args:
        seed, rate, steps: as there.

    Returns:
        lines of Python that train `network` on `scenes`; they need torch, nn and `scheduled_rate`.
    """
    return [
        "optimizer = torch.optim.Adam(network.parameters())",
        f"order, waiting = torch.Generator().manual_seed({seed}), []",
        f"for step in range({steps}):",
        f"    if len(waiting) < {BATCH}:",
        "        waiting += torch.randperm(len(scenes), generator=order).tolist()",
        f"    batch, waiting = [scenes[n] for n in waiting[:{BATCH}]], waiting[{BATCH}:]",
        "    images, labels = (torch.stack(each) for each in zip(*batch))",
        f'    optimizer.param_groups[0]["lr"] = scheduled_rate({rate:.6g}, step, {steps})',
        "    optimizer.zero_grad()",
        "    loss = nn.CrossEntropyLoss()(network(images), labels)",
        "    loss.backward()",
        "    optimizer.step()",
    ]

"""Train a network to tell the class of every pixel, step by step; measure how well it does."""

from __future__ import annotations

import contextlib
import copy
import itertools
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from lessons_lib.geometry.arguments import to_real, to_whole
from lessons_lib.segmentation.checkpoints import save_checkpoint
from lessons_lib.segmentation.devices import Arithmetic, pick_device
from lessons_lib.segmentation.metrics import IGNORED, confusion_matrix
from lessons_lib.segmentation.network import FCN, in_mode, predict
from lessons_lib.segmentation.progress import TrainingStep

Optimizer = Literal["adam", "sgd"]
Schedule = Literal["cosine", "constant"]
LabelledImages = Dataset[tuple[Tensor, Tensor]]

_WARM_UP = 0.1  # share of the steps in which a "cosine" rate rises


def training_steps(
    network: FCN,
    data: LabelledImages,
    steps: int,
    *,
    batch_size: int = 8,
    learning_rate: float = 0.005,
    optimizer: Optimizer = "adam",
    schedule: Schedule = "cosine",
    weight_decay: float = 0.0,
    seed: int = 0,
    device: str | torch.device = "auto",
    precision: str = "auto",
    workers: int = 0,
    resume: TrainingStep | None = None,
) -> Iterator[TrainingStep]:
    """Train a network on labelled pictures, a step at a time.

    To stop, take no further step. To go on later, give the last step as `resume`, with the same
    network and settings: what follows is what an uninterrupted training would have done.

    Args:
        network: its weights are changed in place; it is moved to the device, and stays there.
        data: pairs of an image (3, H, W), floating point, and its labels (H, W), int64, all of one
            size, H and W multiples of the network's stride. The label 255 is left out of the loss.
        steps: the number of the last step, at least 1.
        batch_size: pictures in a step. All are seen once, in an order from the seed, before any is
            seen again.
        learning_rate, schedule: as in `scheduled_rate`.
        optimizer: "adam", or "sgd" (plain gradient descent).
        weight_decay: how strongly weights are pulled to 0.
        seed: of the order.
        device: "auto", "cpu", "cuda", "mps" or a torch.device, as in `pick_device`.
        precision: "auto", "full" or "mixed", as in `Arithmetic`.
        workers: processes that read pictures ahead; 0 reads them between the steps.
        resume: the step to go on from.

    Returns:
        A generator of `TrainingStep`, from step 1, or from the one after `resume`. It ends early
        where the loss is no number any more: the weights are left as they were, and the last step
        tells of it.

    Raises:
        ValueError: a number or a word that is not allowed, or a `resume` from which the training
            went on; at the first step, pictures and labels that do not fit.

    Example:
        >>> from lessons_lib.segmentation.network import small_fcn
        >>> from lessons_lib.segmentation.scenes import Scenes
        >>> steps = training_steps(small_fcn(), Scenes(4, size=(16, 24)), 3, batch_size=2)
        >>> [step.step for step in steps]
        [1, 2, 3]
    """
    _check_numbers(1, steps=steps, batch_size=batch_size)
    _check_numbers(0, workers=workers)
    scheduled_rate(learning_rate, 0, steps, schedule)  # refuses what it does not know
    first = 0 if resume is None else resume.step
    order = itertools.islice(_batches(_length(data), batch_size, seed), first, steps)
    where = pick_device(device)
    arithmetic = Arithmetic(where, precision)
    with torch.inference_mode(False):  # a lab may be in it, but what is kept here must change
        rule = _Rule(network.to(where), optimizer, weight_decay, arithmetic)
        if resume is not None:
            rule.go_back_to(resume)
    loader = DataLoader(
        data,
        batch_sampler=order,
        num_workers=workers,
        generator=torch.Generator(),  # else it draws from torch's own
    )
    return _train(
        network, loader, rule, lambda step: scheduled_rate(learning_rate, step, steps, schedule)
    )


def _train(
    network: FCN,
    loader: DataLoader[tuple[Tensor, Tensor]],
    rule: _Rule,
    rate: Callable[[int], float],
) -> Iterator[TrainingStep]:
    batches = None
    while True:
        # entered anew each time: a mode held across `yield` would be the caller's mode as well
        with _learning(network):
            batches = iter(loader) if batches is None else batches
            batch = next(batches, None)
            if batch is None:
                return
            images, labels = (each.to(rule.arithmetic.device) for each in batch)
            loss = _loss(network, images, labels, rule.arithmetic)
            value = loss.item()
            trouble = "" if math.isfinite(value) else _trouble(value, labels, rule.made)
            if not trouble:
                rule.change(loss, rate(rule.made))
        yield TrainingStep(rule.made, value, trouble, rule.memory())
        if trouble:
            return


def train(
    network: FCN,
    data: LabelledImages,
    steps: int,
    on_step: Callable[[TrainingStep], bool | None] | None = None,
    *,
    checkpoint: str | Path | None = None,
    checkpoint_every: int = 100,
    **settings: Any,
) -> TrainingStep:
    """Train a network on labelled pictures, and give the last step.

    Args:
        network, data, steps: as in `training_steps`.
        on_step: is called with each step; if it returns True, no further step is made.
        checkpoint: a file to keep the training in, written every so many steps and at the end, but
            not after the loss became no number; read it with `load_checkpoint`.
        checkpoint_every: so many steps.
        settings: all others of `training_steps`.

    Returns:
        The last step. Read its `trouble`: a loss that is no number is no error here.

    Raises:
        ValueError: as in `training_steps`; or there is no step left after `resume`.
        OSError: the checkpoint cannot be written.

    Example:
        >>> from lessons_lib.segmentation.network import small_fcn
        >>> from lessons_lib.segmentation.scenes import Scenes
        >>> train(small_fcn(), Scenes(4, size=(16, 24)), 9, lambda step: step.step == 2).step
        2
    """
    _check_numbers(1, checkpoint_every=checkpoint_every)
    last = None
    for last in training_steps(network, data, steps, **settings):
        stop = on_step is not None and on_step(last) is True
        ends = stop or last.step == steps
        due = ends or last.step % checkpoint_every == 0
        if checkpoint is not None and due and not last.trouble:
            save_checkpoint(checkpoint, network, last)
        if stop:
            break
    if last is None:
        raise ValueError(f"`steps` (={steps}) must be beyond the step of `resume`.")
    return last


def evaluate(network: FCN, data: LabelledImages, batch_size: int = 25, workers: int = 0) -> Tensor:
    """Count what a network tells right and wrong on labelled pictures.

    Args:
        network: computes where it lies; its mode (training or not) stays as it was.
        data: as for `training_steps`, but of any size, the same within a batch.
        batch_size: pictures that are looked at together.
        workers: as in `training_steps`.

    Returns:
        The confusion matrix, int64 (classes, classes): see `metrics`.

    Example:
        >>> from lessons_lib.segmentation.network import small_fcn
        >>> from lessons_lib.segmentation.scenes import HELD_OUT, Scenes
        >>> int(evaluate(small_fcn(), Scenes(3, HELD_OUT, (20, 30))).sum())
        1800
    """
    _check_numbers(1, batch_size=batch_size)
    _check_numbers(0, workers=workers)
    counts = torch.zeros(network.classes, network.classes, dtype=torch.int64)
    for images, labels in DataLoader(
        data, batch_size=batch_size, num_workers=workers, generator=torch.Generator()
    ):
        counts += confusion_matrix(predict(network, images), labels, network.classes)
    return counts


def scheduled_rate(
    learning_rate: float, step: int, steps: int, schedule: Schedule = "cosine"
) -> float:
    """Give the learning rate of one step.

    Args:
        learning_rate: the highest, above 0.
        step: how many steps were made before, 0 to steps - 1.
        steps: how many are made in all.
        schedule: "constant"; or "cosine": it rises in a straight line for the first tenth, as the
            first slopes are the roughest, then falls along half a cosine towards 0, so that the
            last steps are fine ones.

    Raises:
        TypeError, ValueError: the rate is no number above 0, a step is not whole or out of range,
            or no such word.

    Example:
        >>> [round(scheduled_rate(0.01, step, 20), 4) for step in (0, 1, 2, 11, 19)]
        [0.005, 0.01, 0.01, 0.005, 0.0001]
    """
    learning_rate = to_real(learning_rate, "learning_rate", 0)
    steps = to_whole(steps, "steps", 1)
    step = to_whole(step, "step", 0, steps - 1)
    if schedule not in get_args(Schedule):
        raise ValueError(
            f"`schedule` (={schedule!r}) must be one of {', '.join(get_args(Schedule))}."
        )
    if schedule == "constant":
        return learning_rate
    warm = math.ceil(_WARM_UP * steps)
    if step < warm:
        return learning_rate * (step + 1) / warm
    return learning_rate * (1 + math.cos(math.pi * (step - warm) / (steps - warm))) / 2


# ---------------------------------------------------------------------------- parts of a step


class _Rule:
    """How the weights are changed, how often they were, and what must be known to go on."""

    def __init__(
        self, network: FCN, name: Optimizer, weight_decay: float, arithmetic: Arithmetic
    ) -> None:
        if name not in get_args(Optimizer):
            raise ValueError(
                f"`optimizer` (={name!r}) must be one of {', '.join(get_args(Optimizer))}."
            )
        if to_real(weight_decay, "weight_decay") < 0:
            raise ValueError(f"`weight_decay` (={weight_decay}) must be 0 or more.")
        kind = torch.optim.Adam if name == "adam" else torch.optim.SGD
        self._optimizer = kind(network.parameters(), weight_decay=weight_decay)
        self._name, self._decay, self.arithmetic = name, weight_decay, arithmetic
        self._made = torch.zeros((), dtype=torch.int64)  # a tensor: all that shares it sees it grow

    @property
    def made(self) -> int:
        """How often the weights were changed."""
        return int(self._made)

    def change(self, loss: Tensor, rate: float) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self.arithmetic.backward_and_step(loss, self._optimizer)
        self._made += 1

    def memory(self) -> dict[str, Any]:
        return {
            "made": self._made,
            "name": self._name,
            "optimizer": self._optimizer.state_dict(),
            "scaler": self.arithmetic.scaler.state_dict(),
        }

    def go_back_to(self, step: TrainingStep) -> None:
        memory = copy.deepcopy(dict(step.memory))
        if not self.memory().keys() <= memory.keys():
            raise ValueError(f"`resume` (step {step.step}) has no `memory`: no training is in it.")
        if int(memory["made"]) != step.step:
            raise ValueError(
                f"`resume` (step {step.step}) is no longer where the training stands: it went on "
                f"to step {int(memory['made'])}. Give its last step, or load a checkpoint."
            )
        if memory["name"] != self._name:
            raise ValueError(
                f"`optimizer` (={self._name!r}) must be {memory['name']!r}, as in `resume`."
            )
        self._load(memory["optimizer"])
        for group in self._optimizer.param_groups:
            group["weight_decay"] = self._decay  # the memory has the old one
        if memory["scaler"] and self.arithmetic.scaler.is_enabled():
            self.arithmetic.scaler.load_state_dict(memory["scaler"])
        self._made += step.step

    def _load(self, memory: dict[str, Any]) -> None:
        try:
            self._optimizer.load_state_dict(memory)
            fits = all(
                weight.shape == kept.shape
                for weight, state in self._optimizer.state.items()
                for kept in state.values()
                if kept.dim() > 0
            )
        except (AttributeError, KeyError, TypeError, ValueError):  # as many as ways not to fit
            fits = False
        if not fits:
            raise ValueError("`resume` is of another network: give the one that it was made with.")


@contextlib.contextmanager
def _learning(network: nn.Module) -> Iterator[None]:
    with torch.inference_mode(False), torch.enable_grad(), in_mode(network, training=True):
        yield


def _batches(count: int, batch_size: int, seed: int) -> Iterator[list[int]]:
    """Give the places of the pictures of each step, without end."""
    chance = torch.Generator().manual_seed(seed)

    def places() -> Iterator[int]:
        while True:
            yield from torch.randperm(count, generator=chance).tolist()

    endless = places()
    while True:
        yield list(itertools.islice(endless, batch_size))


def _loss(network: FCN, images: Tensor, labels: Tensor, arithmetic: Arithmetic) -> Tensor:
    with arithmetic.forward():
        # channels last in memory: a third faster on a processor, and the result is the same
        scores = network(images.contiguous(memory_format=torch.channels_last))
        _check_labels(scores, labels, network.stride)
        return nn.functional.cross_entropy(scores, labels, ignore_index=IGNORED)


def _check_labels(scores: Tensor, labels: Tensor, stride: int) -> None:
    if scores.shape[0] != labels.shape[0] or scores.shape[2:] != labels.shape[1:]:
        raise ValueError(
            f"the labels (shape {tuple(labels.shape)}) must be (N, H, W) for scores of shape "
            f"{tuple(scores.shape)}: cut the pictures of `data` to sides that are multiples of "
            f"{stride}."
        )


def _trouble(loss: float, labels: Tensor, step: int) -> str:
    if bool((labels == IGNORED).all()):
        return f"After step {step} came a batch in which every pixel is to be ignored ({IGNORED})."
    return (
        f"It diverged: after step {step} the loss is {loss}. A lower learning rate may help, or "
        'precision="full".'
    )


def _check_numbers(least: int, **numbers: int) -> None:
    for name, value in numbers.items():
        to_whole(value, name, least)


def _length(data: LabelledImages) -> int:
    count = len(data)  # type: ignore[arg-type]  # torch's Dataset does not promise a length
    if count < 1:
        raise ValueError("`data` is empty.")
    return count

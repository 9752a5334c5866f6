"""How long a step of training takes: `python -m bench.steps`.

Each line that it is sent is a turn, answered by a line of JSON: milliseconds of a step, by kind. So
two processes can take turns, and whatever else the machine does falls on both alike.

Three kinds: the network of lesson 11, a decoder of lesson 10, and the kernel of lesson 7
on a photo as a reader's own loop would learn it, on all cores.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import cast

import torch
from torch import nn
from torch.utils.data import TensorDataset

from lessons_lib.images import load_image
from lessons_lib.labs import reconstruction
from lessons_lib.segmentation.network import small_fcn
from lessons_lib.segmentation.scenes import Scenes
from lessons_lib.segmentation.training import LabelledImages, training_steps
from lessons_lib.training import learning_steps

STEPS = 100_000  # more than anybody takes
FIRST = 2  # steps of a turn that are not timed: the caches were another's meanwhile


def segmentation() -> Iterator[object]:
    """Train the network of lesson 11."""
    drawn = Scenes(80)
    images, labels = zip(*(drawn[index] for index in range(len(drawn))), strict=True)
    scenes = TensorDataset(torch.stack(images), torch.stack(labels))  # drawing is no training
    data = cast("LabelledImages", scenes)
    return training_steps(small_fcn(0), data, STEPS, device="cpu")


def decoder() -> Iterator[object]:
    """Train the decoder of lesson 10."""
    encoder = reconstruction.ENCODER_OPTIONS[-1][1]
    params = reconstruction.ReconstructionParams(encoder=encoder)
    return chain.from_iterable(reconstruction.train(params) for _ in range(STEPS))


def kernel() -> Iterator[object]:
    """Learn a kernel from a photo."""
    photo = load_image("lena")
    hidden, learned = nn.Conv2d(3, 3, 3), nn.Conv2d(3, 3, 3)
    with torch.no_grad():
        wanted = hidden(photo)
    return learning_steps(learned, photo, wanted, STEPS, 1e-8)


KINDS: dict[str, tuple[Callable[[], Iterator[object]], int]] = {
    "segmentation": (segmentation, 12),
    "decoder": (decoder, 6),
    "kernel": (kernel, 40),
}


def milliseconds(steps: Iterator[object], count: int) -> float:
    """Give the median time of so many steps, after the first few."""
    for _ in islice(steps, FIRST):
        pass
    taken = []
    for _ in range(count):
        begin = time.perf_counter()
        next(steps)
        taken.append(1000 * (time.perf_counter() - begin))
    return statistics.median(taken)


if __name__ == "__main__":
    kinds = {name: (make(), count) for name, (make, count) in KINDS.items()}
    for _ in sys.stdin:
        turn = {name: milliseconds(*kind) for name, kind in kinds.items()}
        print(json.dumps(turn), flush=True)

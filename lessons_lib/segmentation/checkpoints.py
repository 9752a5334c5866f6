"""Keep a network and its training in a file, and read one back without trusting it."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lessons_lib.machine.writing import write_whole
from lessons_lib.segmentation.network import FCN, small_fcn
from lessons_lib.segmentation.progress import TrainingStep

FORMAT = "segmentation checkpoint 1"
_PARTS = {
    "format": str,
    "network": str,
    "weights": dict,
    "step": int,
    "loss": float,
    "memory": dict,
}
_AGAIN = "train again, or take another file"


class CheckpointError(ValueError):
    """A file that cannot be used; the message is one sentence and ends with the cure."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What was read from a file.

    Attributes:
        network: with the weights of the file.
        step: where its training stood: give it as `resume` to go on. Its `memory` is empty, and
            its number 0, where only a network was saved.
    """

    network: FCN
    step: TrainingStep


def save_checkpoint(file: str | Path, network: FCN, step: TrainingStep | None = None) -> None:
    """Write a network to a file, whole or not at all: a failure leaves the old file.

    Args:
        file: usually with the ending .pt; its folder is made where it is missing.
        network: its weights and its description are written.
        step: where its training stands, the last step that was made, so that it can go on from
            the file; None writes the network alone.

    Raises:
        OSError: the file cannot be written.

    Example:
        >>> save_checkpoint("mine.pt", small_fcn())  # doctest: +SKIP
    """
    step = step or TrainingStep(0, math.nan)
    content = {
        "format": FORMAT,
        "network": described(network),
        "weights": {name: _on_cpu(value) for name, value in network.state_dict().items()},
        "step": step.step,
        "loss": step.loss,
        "memory": _on_cpu(dict(step.memory)),
    }
    buffer = io.BytesIO()
    torch.save(content, buffer)
    write_whole(Path(file).expanduser(), buffer.getvalue())


def described(network: FCN) -> str:
    """Name the layers of a network in their order, to tell one from another.

    Example:
        >>> from torch import nn
        >>> described(FCN(nn.Sequential(nn.Conv2d(3, 6, 3), nn.MaxPool2d(4)), 6, 2, 4))
        'stride 4, 2 classes: Conv2d, MaxPool2d, Conv2d, ConvTranspose2d'
    """
    parts = [type(part).__name__ for part in network.modules() if not any(part.children())]
    return f"stride {network.stride}, {network.classes} classes: {', '.join(parts)}"


def load_checkpoint(file: str | Path, network: FCN | None = None) -> Checkpoint:
    """Read a network, and where its training stood, from a file of `save_checkpoint`.

    Nothing in the file is run: it is read with torch's `weights_only`.

    Args:
        file: its path.
        network: gets the weights, where it lies; None builds a new `small_fcn` on the processor.

    Raises:
        CheckpointError: there is no such file, it is cut off, of something else, or of another
            network. The network is left as it was then.

    Example:
        >>> load_checkpoint("mine.pt").step.step  # doctest: +SKIP
        0
    """
    path = Path(file).expanduser()
    content = _read(path)
    network = small_fcn() if network is None else network
    if content["network"] != described(network):
        raise CheckpointError(
            f"{str(path)!r} holds another network ({content['network']}): build that one and give "
            "it as `network`."
        )
    _check_weights(path, content["weights"], network)
    network.load_state_dict(content["weights"])
    step = TrainingStep(content["step"], content["loss"], memory=content["memory"])
    return Checkpoint(network, step)


# ---------------------------------------------------------------------------- reading


def _read(path: Path) -> dict[str, Any]:
    """Read the parts of a file, each of the kind that it should be, on the processor."""
    _check_file(path)
    try:
        _check_sums(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(
            f"{str(path)!r} cannot be read ({error.strerror or error}): close what else uses it, "
            "or copy it to another folder."
        ) from error
    except Exception as error:  # a decoder meeting damaged data may raise anything at all
        raise CheckpointError(
            f"{str(path)!r} is damaged, or holds more than numbers and was therefore not read: "
            f"{_AGAIN}."
        ) from error
    right = isinstance(content, dict) and all(
        isinstance(content.get(part), kind) for part, kind in _PARTS.items()
    )
    if not right or content["format"] != FORMAT or content["step"] < 0:
        raise CheckpointError(
            f"{str(path)!r} was not written by save_checkpoint, or by another version of it: "
            f"{_AGAIN}."
        )
    return content


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise CheckpointError(f"{str(path)!r} is a folder: add the name of the file in it.")
    if not path.is_file():
        raise CheckpointError(
            f"there is no file {str(path)!r}: train first with checkpoint={str(path)!r}, or mend "
            "the path."
        )
    if not zipfile.is_zipfile(path):  # also what was cut off: a zip's list stands at its end
        raise CheckpointError(f"{str(path)!r} is cut off, or no checkpoint at all: {_AGAIN}.")


def _check_sums(path: Path) -> None:
    """Compare what was written with the check sums that were written with it; torch does not."""
    with zipfile.ZipFile(path) as archive:
        packed = [each for each in archive.infolist() if each.compress_type != zipfile.ZIP_STORED]
        if packed or archive.testzip() is not None:
            raise zipfile.BadZipFile(path)


def _check_weights(path: Path, weights: Mapping[Any, Any], network: FCN) -> None:
    wanted = network.state_dict()
    for name in sorted({*wanted, *weights}, key=str):
        have, want = _kind(weights.get(name)), _kind(wanted.get(name))
        if have != want:
            raise CheckpointError(
                f"{str(path)!r} is of another network, its {name} is {have} and not {want}: build "
                "the network as it was, or take another file."
            )
    for name, value in weights.items():
        if value.is_floating_point() and not bool(value.isfinite().all()):
            raise CheckpointError(
                f"{str(path)!r} holds numbers in {name} that are not finite: its training "
                "diverged, so train again with a lower learning rate."
            )


def _kind(value: object) -> str:
    if not isinstance(value, Tensor) or value.layout != torch.strided:
        return "absent"
    kind = str(value.dtype).removeprefix("torch.")
    return " x ".join([*map(str, value.shape), kind])


def _on_cpu(value: Any) -> Any:
    """Bring what is in a tree of dictionaries and lists to the processor."""
    if isinstance(value, Tensor):
        return value.detach().cpu()
    if isinstance(value, Mapping):
        return {key: _on_cpu(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_on_cpu(each) for each in value)
    return value

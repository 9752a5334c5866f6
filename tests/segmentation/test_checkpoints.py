"""A file gives back what was put into it; any other is refused in a sentence, and nothing runs."""

from __future__ import annotations

import contextlib
import math
import pickle
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lessons_lib.images import assets_folder
from lessons_lib.segmentation import checkpoints
from lessons_lib.segmentation.checkpoints import (
    CheckpointError,
    described,
    load_checkpoint,
    save_checkpoint,
)
from lessons_lib.segmentation.network import FCN, small_fcn
from lessons_lib.segmentation.progress import TrainingStep
from lessons_lib.segmentation.scenes import Scenes
from lessons_lib.segmentation.training import train


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kept.pt"


def weights(network: FCN) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def flat(value: Any) -> list[Any]:
    """All that is in a tree of dictionaries and lists, in order."""
    if isinstance(value, dict):
        return [each for key in value for each in (key, *flat(value[key]))]
    if isinstance(value, list | tuple):
        return [each for part in value for each in flat(part)]
    return [value.tolist() if isinstance(value, Tensor) else value]


# ---------------------------------------------------------------------------- there and back


def test_a_network_comes_back_as_it_was(file: Path) -> None:
    network = small_fcn(7)
    save_checkpoint(file, network)
    loaded = load_checkpoint(file)
    assert loaded.network is not network
    assert same(weights(loaded.network), weights(network))
    assert loaded.step.step == 0
    assert math.isnan(loaded.step.loss)
    assert loaded.step.memory == {}


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_training_comes_back_with_all_that_its_optimiser_knows(
    optimizer: str, file: Path
) -> None:
    network = small_fcn(7)
    last = train(network, Scenes(4, size=(16, 24)), 3, optimizer=optimizer)
    save_checkpoint(file, network, last)
    loaded = load_checkpoint(file)
    assert same(weights(loaded.network), weights(network))
    assert (loaded.step.step, loaded.step.loss) == (3, last.loss)
    assert flat(loaded.step.memory) == flat(dict(last.memory))


def test_what_is_in_the_file_is_no_longer_changed_by_the_training(file: Path) -> None:
    network, data = small_fcn(7), Scenes(4, size=(16, 24))
    last = train(network, data, 9, lambda step: step.step == 2)
    save_checkpoint(file, network, last)
    before = flat(load_checkpoint(file).step.memory)
    train(network, data, 9, resume=last)
    assert flat(load_checkpoint(file).step.memory) == before


def test_a_network_of_another_kind_comes_back_into_one_of_its_kind(file: Path) -> None:
    def build(seed: int) -> FCN:
        layers = nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.MaxPool2d(2)
        return FCN(nn.Sequential(*layers), 4, 3, 2, seed)

    network, other = build(1), build(2)
    network(torch.rand(4, 3, 8, 8))  # the normalising layer counts
    save_checkpoint(file, network)
    assert load_checkpoint(file, other).network is other
    assert same(weights(other), weights(network))
    with pytest.raises(CheckpointError, match=r"another network \(stride 2, 3 classes: Conv2d, Ba"):
        load_checkpoint(file)


def test_a_file_in_a_home_folder_and_in_a_new_one_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    save_checkpoint("~/new/kept.pt", small_fcn(3))
    assert (tmp_path / "new" / "kept.pt").is_file()
    assert same(weights(load_checkpoint("~/new/kept.pt").network), weights(small_fcn(3)))


def test_a_network_loaded_in_a_lab_can_learn(file: Path) -> None:
    data, network = Scenes(4, size=(16, 24)), small_fcn(3)
    train(network, data, 4, lambda step: step.step == 2, checkpoint=file)
    with torch.inference_mode():
        kept = load_checkpoint(file)
    last = train(kept.network, data, 4, resume=kept.step)
    assert last.step == 4
    assert all(weight.grad is not None for weight in kept.network.parameters())


def test_a_failed_writing_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(file, small_fcn(1))
    before = file.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", fail)
        with pytest.raises(OSError, match="the disk is full"):
            save_checkpoint(file, small_fcn(2))
    with monkeypatch.context() as patch:
        patch.setattr("os.replace", fail)
        with pytest.raises(OSError, match="the disk is full"):
            save_checkpoint(file, small_fcn(2))
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def fail(*_: object) -> None:
    raise OSError("the disk is full")


def test_layers_are_named_in_their_order() -> None:
    assert described(small_fcn()) == (
        "stride 8, 5 classes: Conv2d, ReLU, MaxPool2d, Conv2d, ReLU, MaxPool2d, Conv2d, ReLU, "
        "MaxPool2d, Conv2d, ReLU, Conv2d, ReLU, Conv2d, ReLU, Conv2d, ReLU, Conv2d, "
        "ConvTranspose2d"
    )


# ---------------------------------------------------------------------------- refused


def refused(file: Path, said: str, network: FCN | None = None) -> None:
    """Hold that a file is refused in one sentence that names it, the network left as it was."""
    before = None if network is None else weights(network)
    with pytest.raises(CheckpointError, match=said) as caught:
        load_checkpoint(file, network)
    told = str(caught.value)
    assert str(file) in told
    assert told.endswith(".")
    assert "\n" not in told
    assert len(told.replace(str(file), "FILE")) < 260
    if network is not None and before is not None:
        assert same(weights(network), before)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(share: float, file: Path) -> None:
    save_checkpoint(file, small_fcn())
    data = file.read_bytes()
    file.write_bytes(data[: int(share * len(data))])
    refused(file, "is cut off, or no checkpoint at all: train again, or take another file")


def write_a_text(file: Path) -> None:
    file.write_text("Dear Sir or Madam")


def write_a_picture(file: Path) -> None:
    file.write_bytes((assets_folder() / "coffee.png").read_bytes())


def write_a_pickle(file: Path) -> None:
    file.write_bytes(pickle.dumps({"format": checkpoints.FORMAT}))


@pytest.mark.parametrize("write", [write_a_text, write_a_picture, write_a_pickle])
def test_a_file_of_another_kind_is_refused(write: Callable[[Path], None], file: Path) -> None:
    write(file)
    refused(file, "or no checkpoint at all")


def test_an_old_file_of_torch_that_is_no_zip_is_refused(file: Path) -> None:
    torch.save({"format": checkpoints.FORMAT}, file, _use_new_zipfile_serialization=False)
    refused(file, "or no checkpoint at all")


def test_a_zip_of_something_else_is_refused(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("letter.txt", "Dear Sir or Madam")
    refused(file, "is damaged, or holds more than numbers")


def test_a_file_that_was_packed_again_is_refused_before_it_is_unpacked(file: Path) -> None:
    # a small file can unpack to one that fills the memory
    save_checkpoint(file, small_fcn())
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    refused(file, "is damaged")


def test_a_folder_and_a_missing_file_are_refused_with_the_cure(tmp_path: Path) -> None:
    refused(tmp_path, "is a folder: add the name of the file in it")
    refused(tmp_path / "none.pt", r"there is no file .*: train first with checkpoint='")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
def test_one_byte_changed_among_the_weights_is_noticed(share: float, file: Path) -> None:
    save_checkpoint(file, small_fcn())
    data = bytearray(file.read_bytes())
    data[int(share * len(data))] ^= 1
    file.write_bytes(data)
    refused(file, "is damaged, or holds more than numbers", small_fcn())


def test_one_byte_changed_in_the_list_of_contents_is_refused_or_harmless(file: Path) -> None:
    save_checkpoint(file, small_fcn(5))
    data = file.read_bytes()
    start = data.index(b"data.pkl")
    for place in range(start - 30, start + 400, 7):
        damaged = bytearray(data)
        damaged[place] ^= 0x5A
        file.write_bytes(damaged)
        with contextlib.suppress(CheckpointError):  # any other error fails
            assert same(weights(load_checkpoint(file).network), weights(small_fcn(5)))


class Harmful:
    """When unpickled it makes a file: what a program in a file could do."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.trace,)


@pytest.mark.parametrize("part", ["format", "weights", "memory", "network"])
def test_a_program_in_a_file_is_never_run(part: str, file: Path, tmp_path: Path) -> None:
    trace = tmp_path / "it-ran"
    content = {**good(), part: Harmful(trace)}
    torch.save(content, file)
    refused(file, "holds more than numbers and was therefore not read")
    assert not trace.exists()
    torch.load(file, weights_only=False)
    assert trace.exists(), "the trap works"


def good() -> dict[str, Any]:
    network = small_fcn(5)
    return {
        "format": checkpoints.FORMAT,
        "network": described(network),
        "weights": dict(network.state_dict()),
        "step": 0,
        "loss": 1.0,
        "memory": {},
    }


def test_the_parts_that_the_next_tests_change_are_good(file: Path) -> None:
    torch.save(good(), file)
    assert same(weights(load_checkpoint(file).network), weights(small_fcn(5)))


@pytest.mark.parametrize(
    "content",
    [
        small_fcn(5).state_dict(),
        [1, 2, 3],
        torch.ones(3),
        {**good(), "format": "segmentation checkpoint 0"},
        {**good(), "format": None},
        {**good(), "weights": [1]},
        {**good(), "step": "3"},
        {**good(), "step": -1},
        {**good(), "loss": None},
        {**good(), "memory": None},
        {name: part for name, part in good().items() if name != "network"},
    ],
)
def test_another_content_is_refused(content: object, file: Path) -> None:
    torch.save(content, file)
    refused(file, "was not written by save_checkpoint, or by another version of it", small_fcn())


WEIGHT = "body.3.weight"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({WEIGHT: None}, "its body.3.weight is absent and not 32 x 16 x 3 x 3 x float32"),
        ({WEIGHT: torch.ones(32, 16, 5, 5)}, "is 32 x 16 x 5 x 5 x float32 and not 32 x 16 x 3"),
        ({WEIGHT: torch.ones(32, 16, 3, 3, dtype=torch.int64)}, "is 32 x 16 x 3 x 3 x int64 and"),
        ({WEIGHT: torch.ones(32, 16, 3, 3).to_sparse()}, "is absent and not 32 x 16 x 3 x 3"),
        ({WEIGHT: 1.0}, "is absent and not"),
        ({"body.99.weight": torch.ones(2)}, "its body.99.weight is 2 x float32 and not absent"),
        ({7: torch.ones(2)}, "its 7 is 2 x float32 and not absent"),
        ({WEIGHT: torch.full((32, 16, 3, 3), math.nan)}, f"numbers in {WEIGHT} that are not fin"),
        ({"score.bias": torch.full((5,), math.inf)}, "score.bias that are not finite"),
    ],
)
def test_other_weights_are_refused(change: dict[Any, Any], said: str, file: Path) -> None:
    content = good()
    content["weights"].update(change)
    content["weights"] = {
        name: value for name, value in content["weights"].items() if value is not None
    }
    torch.save(content, file)
    refused(file, re.escape(said), small_fcn())
    refused(file, re.escape(said))


def test_a_network_of_other_layers_is_refused(file: Path) -> None:
    network = small_fcn(5)
    other = FCN(nn.Sequential(*network.body.children(), nn.ReLU()), 64, 5, 8)
    save_checkpoint(file, other)
    refused(file, r"holds another network \(stride 8, .*give it as `network`", network)
    for stride, classes in ((4, 5), (8, 6)):
        save_checkpoint(file, FCN(network.body, 64, classes, stride))
        refused(file, rf"\(stride {stride}, {classes} classes: ", small_fcn())


def test_a_diverged_training_can_be_seen_from_its_file(file: Path) -> None:
    network = small_fcn()
    with torch.no_grad():
        network.score.weight[2, 3] = math.nan
    save_checkpoint(file, network, TrainingStep(4, math.nan))
    refused(file, "its training diverged, so train again with a lower learning rate", small_fcn())


def test_a_file_that_may_not_be_read_is_said(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(file, small_fcn())

    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(torch, "load", deny)
    refused(file, r"cannot be read \(Permission denied\)")

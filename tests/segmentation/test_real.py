"""The real network takes a training step on photos of VOC's shape; what is missing is said."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import Dataset

from lessons_lib.segmentation import resnet
from lessons_lib.segmentation.downloads import DownloadError, MissingDataError
from lessons_lib.segmentation.metrics import IGNORED
from lessons_lib.segmentation.network import FCN
from lessons_lib.segmentation.real import VOC_EPOCHS, VOC_RECIPE, real_task
from lessons_lib.segmentation.resnet import resnet18_fcn
from lessons_lib.segmentation.training import evaluate, train
from lessons_lib.segmentation.voc import VOCPhotos
from tests.segmentation.voc_shaped import write_voc


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("voc")
    write_voc(folder)
    write_voc(folder, {"2008_000001": (320, 480), "2008_000002": (400, 481)}, "val")
    return folder


@pytest.fixture(autouse=True)
def no_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("this goes to the internet")

    monkeypatch.setattr(socket, "getaddrinfo", refused)


def test_the_recipe_is_that_of_the_experiment() -> None:
    assert VOC_RECIPE["learning_rate"] == 0.001
    assert VOC_RECIPE["weight_decay"] == 1e-3
    assert VOC_RECIPE["batch_size"] == 32
    assert (VOC_RECIPE["optimizer"], VOC_RECIPE["schedule"]) == ("sgd", "constant")
    assert VOC_EPOCHS == 5


# ------------------------------------------------------------------------------- a training step


SETTINGS: dict[str, Any] = VOC_RECIPE | {"batch_size": 2, "device": "cpu"}


class Recorded(Dataset[tuple[Tensor, Tensor]]):
    """Photos that remember which pieces were given away."""

    def __init__(self, photos: VOCPhotos) -> None:
        self._photos = photos
        self.given: list[tuple[Tensor, Tensor]] = []

    def __len__(self) -> int:
        return len(self._photos)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        self.given.append(self._photos[index])
        return self.given[-1]


def loss_by_hand(scores: Tensor, labels: Tensor) -> float:
    """Mean of -log of the share that each pixel's own class has, over those that are asked."""
    shares = scores.double().softmax(dim=1).permute(0, 2, 3, 1)  # (N, H, W, classes)
    asked = labels != IGNORED
    own = shares[asked].gather(1, labels[asked][:, None])
    return float(-own.log().mean())


def step_by_hand(network: FCN, images: Tensor, labels: Tensor) -> None:
    """A plain step of torch with the recipe's numbers."""
    optimizer = torch.optim.SGD(network.parameters(), lr=0.001, weight_decay=1e-3)
    F.cross_entropy(network(images), labels, ignore_index=IGNORED).backward()
    optimizer.step()


def test_a_step_of_the_real_network_leaves_the_border_out_and_changes_all_weights(
    root: Path,
) -> None:
    network, same, fresh = (resnet18_fcn(seed=2) for _ in range(3))
    data = Recorded(VOCPhotos(root))
    step = train(network, data, 1, precision="full", **SETTINGS)
    images, labels = (torch.stack(each) for each in zip(*data.given, strict=True))
    assert images.shape == (2, 3, 320, 480)
    assert 0.03 < (labels == IGNORED).float().mean() < 0.5
    with torch.no_grad():
        expected = loss_by_hand(fresh(images), labels)
    assert step.loss == pytest.approx(expected, rel=1e-5)
    assert not step.trouble
    step_by_hand(same, images, labels)
    before, after = (dict(each.named_parameters()) for each in (fresh, network))
    for name, weight in same.named_parameters():
        change, expected_change = after[name] - before[name], weight - before[name]
        assert expected_change.norm() > 0, name
        # flat places have many largest pixels, and torch's ways of pooling take different ones
        assert (change - expected_change).norm() < 0.05 * expected_change.norm(), name


def test_a_step_in_mixed_precision_does_nearly_the_same(root: Path) -> None:
    full, mixed = (resnet18_fcn(seed=2) for _ in range(2))
    losses = [
        train(network, VOCPhotos(root, crop=(64, 96)), 1, precision=precision, **SETTINGS).loss
        for network, precision in ((full, "full"), (mixed, "mixed"))
    ]
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)
    assert all(weight.isfinite().all() for weight in mixed.parameters())
    assert all(weight.dtype == torch.float32 for weight in mixed.parameters())


def test_the_real_network_learns_and_is_measured_without_the_border(root: Path) -> None:
    network = resnet18_fcn(seed=2)
    data = Recorded(VOCPhotos(root, crop=(64, 96), place="middle"))
    losses: list[float] = []
    settings = SETTINGS | {"learning_rate": 0.03}
    train(network, data, 12, lambda step: losses.append(step.loss), **settings)
    assert losses[-1] < 0.9 * losses[0]
    data.given.clear()
    counted = evaluate(network, data, batch_size=2)
    asked = [int((labels != IGNORED).sum()) for _, labels in data.given]
    assert counted.shape == (21, 21)
    assert int(counted.sum()) == sum(asked) < 5 * 64 * 96


# --------------------------------------------------------------- all that is needed, or a message


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Weights that are here; gathers for each reading whether they might have been fetched."""
    asked: list[bool] = []

    def pretrained(download: bool) -> dict[str, Any]:
        asked.append(download)
        network = resnet18_fcn(seed=11)
        return whole_state(network)

    monkeypatch.setattr(resnet, "pretrained_weights", pretrained)
    return asked


def whole_state(network: FCN) -> dict[str, Any]:
    """The body's weights under torchvision's names, and a dense layer that nobody uses."""
    names = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")
    state: dict[str, Any] = {}
    for name, layer in zip(names, network.body, strict=True):
        state |= {f"{name}.{key}": value for key, value in layer.state_dict().items()}
    return state | {"fc.weight": torch.zeros(1000, 512), "fc.bias": torch.zeros(1000)}


def test_with_photos_and_weights_here_everything_is_ready(root: Path, weights: list[bool]) -> None:
    task = real_task(root, seed=4)
    assert (len(task.photos), len(task.held_out)) == (3, 2)
    assert task.steps == 1  # a batch of 32 holds these three ten times
    assert weights == [False]
    learned, fresh = resnet18_fcn(seed=11), resnet18_fcn(seed=4)
    assert torch.equal(
        task.network.body.state_dict()["0.weight"], learned.body.state_dict()["0.weight"]
    )
    assert torch.equal(task.network.score.weight, fresh.score.weight)
    assert torch.equal(task.held_out[0][1], task.held_out[0][1])
    pieces = [VOCPhotos(root, seed=seed)[0][1] for seed in (4, 5)]
    assert torch.equal(task.photos[0][1], pieces[0])
    assert not torch.equal(pieces[0], pieces[1])


def test_the_steps_are_enough_for_five_epochs(
    root: Path, weights: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VOC_RECIPE, "batch_size", 2)
    assert real_task(root).steps == 8  # 15 photos, two at a time


def test_without_photos_it_is_said_at_once_and_nothing_fetched(
    tmp_path: Path, weights: list[bool]
) -> None:
    with pytest.raises(MissingDataError, match=f"VOC2012 is not in the folder {tmp_path}"):
        real_task(tmp_path)
    assert weights == []
    assert list(tmp_path.iterdir()) == []


def test_without_weights_it_is_said_too(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(MissingDataError, match=r"weights of ResNet-18 .* are not on this machine"):
        real_task(root)


def test_without_internet_a_download_is_one_clear_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(DownloadError, match=r"VOC2012 .* \(Name or service not known\)\. Try"):
        real_task(tmp_path / "voc", download=True)
    assert not (tmp_path / "voc").exists()

"""The device is chosen as said, a missing one is refused, and mixed precision trains as well."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lessons_lib.kernels import fresh_layer
from lessons_lib.segmentation.devices import Arithmetic, available_devices, pick_device

CPU = torch.device("cpu")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


class Machine:
    """A machine with as many cards as the test says."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch
        self.has()

    def has(self, cuda: int = 0, mps: bool = False) -> None:
        self._patch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        self._patch.setattr(torch.cuda, "device_count", lambda: cuda)
        self._patch.setattr(torch.backends.mps, "is_available", lambda: mps)


def test_a_cuda_card_is_taken_first(machine: Machine) -> None:
    machine.has(cuda=1, mps=True)
    assert available_devices() == ("cuda", "mps", "cpu")
    assert pick_device() == torch.device("cuda")


def test_an_apple_card_is_taken_next(machine: Machine) -> None:
    machine.has(mps=True)
    assert pick_device("auto") == torch.device("mps")


def test_without_a_card_the_processor_computes(machine: Machine) -> None:
    assert available_devices() == ("cpu",)
    assert pick_device() == CPU


@pytest.mark.parametrize("asked", ["cpu", CPU])
def test_what_is_asked_for_is_taken_though_there_is_a_faster_one(
    machine: Machine, asked: str | torch.device
) -> None:
    machine.has(cuda=2)
    assert pick_device(asked) == CPU
    assert pick_device("cuda:1") == torch.device("cuda", 1)


@pytest.mark.parametrize("asked", ["cuda", "mps", "cuda:0", torch.device("cuda")])
def test_a_missing_device_is_refused_with_those_that_are_there(
    machine: Machine, asked: str | torch.device
) -> None:
    with pytest.raises(ValueError, match=r"`device` \(='(cuda|mps|cuda:0)'\) is not .* has cpu: "):
        pick_device(asked)


def test_a_card_with_too_high_a_number_is_refused(machine: Machine) -> None:
    machine.has(cuda=2)
    with pytest.raises(ValueError, match=r"has cuda, cpu \(2 cards: cuda:0 to cuda:1\)"):
        pick_device("cuda:2")


@pytest.mark.parametrize("asked", ["gpu", "", "xpu", "cpu:x"])
def test_a_word_that_names_no_device_is_refused(machine: Machine, asked: str) -> None:
    with pytest.raises(ValueError, match="choose one of these"):
        pick_device(asked)


# ---------------------------------------------------------------------------- precision


@pytest.mark.parametrize(
    ("device", "precision", "dtype"),
    [
        ("cpu", "auto", torch.float32),
        ("cpu", "full", torch.float32),
        ("cpu", "mixed", torch.bfloat16),
        ("mps", "auto", torch.float32),
        ("mps", "mixed", torch.bfloat16),
        ("cuda", "auto", torch.float16),
        ("cuda", "full", torch.float32),
        ("cuda", "mixed", torch.float16),
    ],
)
@pytest.mark.filterwarnings("ignore:torch.cuda.amp.GradScaler is enabled:UserWarning")
def test_16_bits_are_taken_on_a_cuda_card_or_where_asked_for(
    device: str, precision: str, dtype: torch.dtype
) -> None:
    assert Arithmetic(torch.device(device), precision).dtype == dtype


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(ValueError, match=r"`precision` \(='half'\) must be one of auto, full"):
        Arithmetic(CPU, "half")


def task() -> tuple[nn.Conv2d, Tensor, Tensor]:
    """A layer, pictures and labels of two classes."""
    draw = torch.Generator().manual_seed(4)
    images = torch.rand(2, 3, 6, 7, generator=draw)
    return fresh_layer(3, 3, 2), images, (images[:, 0, 1:-1, 1:-1] > 0.5).long()


def trained(precision: str, steps: int = 3) -> tuple[list[float], Tensor]:
    layer, images, labels = task()
    arithmetic = Arithmetic(CPU, precision)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.5)
    losses = []
    for _ in range(steps):
        with arithmetic.forward():
            loss = F.cross_entropy(layer(images), labels)
        arithmetic.backward_and_step(loss, optimizer)
        losses.append(loss.item())
    return losses, layer.weight.detach()


def test_full_precision_is_a_plain_step_of_torch() -> None:
    layer, images, labels = task()
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.5)
    expected = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = F.cross_entropy(layer(images), labels)
        loss.backward()
        optimizer.step()
        expected.append(loss.item())
    losses, weight = trained("full")
    assert losses == expected
    assert torch.equal(weight, layer.weight)


def test_mixed_precision_trains_as_well_and_keeps_the_weights_whole() -> None:
    full, whole = trained("full")
    mixed, weight = trained("mixed")
    assert mixed != full  # 8 bits of digits are fewer than 24
    assert mixed == pytest.approx(full, abs=0.01)
    assert weight.dtype == torch.float32
    assert torch.allclose(weight, whole, atol=0.01)


def test_a_convolution_takes_16_bits_only_inside_the_forward_part() -> None:
    layer, images, _ = task()
    arithmetic = Arithmetic(CPU, "mixed")
    with arithmetic.forward():
        assert layer(images).dtype == torch.bfloat16
    assert layer(images).dtype == torch.float32


def test_a_loss_made_larger_for_16_bits_leads_to_the_same_weights() -> None:
    _, whole = trained("full", steps=1)
    layer, images, labels = task()
    arithmetic = Arithmetic(CPU)
    arithmetic.scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=1)
    loss = F.cross_entropy(layer(images), labels)
    arithmetic.backward_and_step(loss, torch.optim.SGD(layer.parameters(), lr=0.5))
    assert torch.equal(layer.weight, whole)
    assert arithmetic.scaler.get_scale() == 2048  # it went well, so more is tried


@pytest.mark.parametrize(("precision", "enlarges"), [("auto", True), ("full", False)])
def test_the_loss_is_made_larger_on_a_cuda_card_in_mixed_precision(
    machine: Machine, precision: str, enlarges: bool
) -> None:
    machine.has(cuda=1)
    assert Arithmetic(torch.device("cuda"), precision).scaler.is_enabled() is enlarges
    assert not Arithmetic(CPU, "mixed").scaler.is_enabled()

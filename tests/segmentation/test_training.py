"""The steps are those of plain torch, a stop loses nothing, and every mode comes back."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from lessons_lib.segmentation import training
from lessons_lib.segmentation.checkpoints import load_checkpoint
from lessons_lib.segmentation.devices import Arithmetic
from lessons_lib.segmentation.metrics import confusion_matrix
from lessons_lib.segmentation.network import FCN, predict, small_fcn
from lessons_lib.segmentation.progress import TrainingStep
from lessons_lib.segmentation.scenes import HELD_OUT, Scenes
from lessons_lib.segmentation.training import evaluate, scheduled_rate, train, training_steps

SIZE = (24, 32)


@pytest.fixture(scope="module")
def data() -> Scenes:
    return Scenes(10, size=SIZE)


class Listed(Dataset[tuple[Tensor, Tensor]]):
    """Pictures and labels that a test gives, and a note of which were asked for."""

    def __init__(self, *items: tuple[Tensor, Tensor]) -> None:
        self.items, self.asked = items, list[int]()

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        self.asked.append(index)
        return self.items[index]


def numbered(count: int, size: tuple[int, int] = SIZE) -> Listed:
    scenes = Scenes(count, size=size)
    return Listed(*(scenes[index] for index in range(count)))


def weights(network: FCN) -> list[Tensor]:
    return [weight.detach().clone() for weight in network.parameters()]


def same(one: list[Tensor], other: list[Tensor]) -> bool:
    return all(torch.equal(*pair) for pair in zip(one, other, strict=True))


# ---------------------------------------------------------------------------- torch's own steps


@pytest.mark.parametrize("schedule", ["cosine", "constant"])
@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_each_step_is_the_one_that_plain_torch_makes(
    name: str, decay: float, schedule: str
) -> None:
    data, rate = numbered(5), 0.01
    network, by_hand = small_fcn(1), small_fcn(1)
    kind = torch.optim.Adam if name == "adam" else torch.optim.SGD
    rule = kind(by_hand.parameters(), lr=rate, weight_decay=decay)
    criterion = nn.CrossEntropyLoss(ignore_index=255)
    settings: dict[str, Any] = {"optimizer": name, "schedule": schedule, "weight_decay": decay}
    for step in training_steps(
        network, data, 4, batch_size=2, learning_rate=rate, device="cpu", **settings
    ):
        batch = [data.items[index] for index in data.asked[-2:]]
        images, labels = (torch.stack(part) for part in zip(*batch, strict=True))
        rule.param_groups[0]["lr"] = scheduled_rate(rate, step.step - 1, 4, schedule)  # type: ignore[arg-type]
        rule.zero_grad()
        # as the training does, so that all sums are made in the same order
        loss = criterion(by_hand(images.contiguous(memory_format=torch.channels_last)), labels)
        loss.backward()
        rule.step()
        assert step.loss == loss.item()
        assert same(weights(network), weights(by_hand))
    assert step.step == 4


def test_channels_last_is_only_another_order_in_memory() -> None:
    network, (image, _) = small_fcn(1), numbered(1).items[0]
    plain = network(image[None])
    other = network(image[None].contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(plain, other)


def test_ignored_pixels_do_not_count_in_the_loss() -> None:
    (image, labels), network = numbered(1).items[0], small_fcn(2)
    labels = labels.clone()
    labels[:, 10:] = 255
    with torch.no_grad():
        scores = network(image[None])[..., :10]
        wanted = F.cross_entropy(scores, labels[None, :, :10])
    (step,) = training_steps(network, Listed((image, labels)), 1, batch_size=1)
    assert step.loss == pytest.approx(float(wanted), rel=1e-5)


def test_the_cosine_rises_for_a_tenth_then_falls_to_almost_nothing() -> None:
    rates = [scheduled_rate(0.5, step, 200) for step in range(200)]
    assert rates[:20] == pytest.approx([0.5 * (step + 1) / 20 for step in range(20)])
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert rates[20] == 0.5
    assert rates[110] == pytest.approx(0.25)
    assert 0 < rates[-1] < 1e-4
    assert {scheduled_rate(0.5, step, 200, "constant") for step in range(200)} == {0.5}


# ---------------------------------------------------------------------------- order of the pictures


def test_every_picture_is_seen_once_before_one_is_seen_again() -> None:
    data = numbered(6)
    train(small_fcn(), data, 8, batch_size=3)
    epochs = [data.asked[begin : begin + 6] for begin in range(0, 24, 6)]
    assert [sorted(epoch) for epoch in epochs] == [[0, 1, 2, 3, 4, 5]] * 4
    assert len({tuple(epoch) for epoch in epochs}) > 1, "each time in another order"


def test_the_order_comes_from_the_seed_alone() -> None:
    orders = []
    for seed in (0, 0, 1):
        data = numbered(7)
        train(small_fcn(), data, 4, batch_size=3, seed=seed)
        orders.append(data.asked)
    assert orders[0] == orders[1] != orders[2]
    assert len(orders[0]) == 12, "no batch is smaller, also where the pictures begin anew"


def test_more_pictures_in_a_step_than_there_are_is_no_error() -> None:
    data = numbered(2)
    train(small_fcn(), data, 1, batch_size=5)
    assert len(data.asked) == 5


def test_training_leaves_torchs_own_random_numbers_alone(data: Scenes) -> None:
    before = torch.get_rng_state()
    network = small_fcn()
    train(network, data, 2)
    evaluate(network, data)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_pictures_can_be_read_by_other_processes(data: Scenes) -> None:
    first, second = small_fcn(), small_fcn()
    train(first, data, 3, batch_size=4)
    train(second, data, 3, batch_size=4, workers=1)
    assert same(weights(first), weights(second))


# ---------------------------------------------------------------------------- stopping, going on


@pytest.mark.parametrize("precision", ["full", "mixed"])
@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_a_stopped_training_goes_on_as_if_it_had_not_stopped(
    name: str, precision: str, data: Scenes
) -> None:
    settings: dict[str, Any] = {"optimizer": name, "precision": precision, "batch_size": 3}
    through, halves = small_fcn(1), small_fcn(1)
    losses = [step.loss for step in training_steps(through, data, 7, **settings)]
    stopped = next(step for step in training_steps(halves, data, 7, **settings) if step.step == 4)
    rest = list(training_steps(halves, data, 7, resume=stopped, **settings))
    assert [step.step for step in rest] == [5, 6, 7]
    assert [step.loss for step in rest] == losses[4:]
    assert same(weights(halves), weights(through))


@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_a_training_goes_on_from_a_file_as_if_it_had_not_stopped(
    name: str, data: Scenes, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"optimizer": name, "batch_size": 3}
    through = small_fcn(1)
    train(through, data, 7, **settings)
    file = tmp_path / "half.pt"
    train(small_fcn(1), data, 7, lambda step: step.step == 4, checkpoint=file, **settings)
    kept = load_checkpoint(file)
    assert kept.step.step == 4
    last = train(kept.network, data, 7, resume=kept.step, **settings)
    assert last.step == 7
    assert same(weights(kept.network), weights(through))


class Scaled(Arithmetic):
    """Numbers of 32 bits, but the loss is made larger as for 16, twice as large every two steps."""

    def __init__(self, device: torch.device, precision: str) -> None:
        super().__init__(device, precision)
        self.scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2)


def test_a_training_goes_on_with_a_loss_made_as_large_as_before(
    data: Scenes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "Arithmetic", Scaled)
    network = small_fcn(1)
    stopped = train(network, data, 9, lambda step: step.step == 3)
    assert stopped.memory["scaler"]["scale"] == 16
    last = train(network, data, 4, resume=stopped)
    assert last.memory["scaler"]["scale"] == 32


def test_a_training_of_one_kind_of_numbers_can_go_on_with_the_other(
    data: Scenes, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = train(small_fcn(1), data, 2)
    with monkeypatch.context() as patch:
        patch.setattr(training, "Arithmetic", Scaled)
        scaled = train(small_fcn(1), data, 3, resume=plain)
    assert train(small_fcn(1), data, 4, resume=scaled).step == 4


def test_what_is_made_on_from_a_step_leaves_that_step_as_it_was(data: Scenes) -> None:
    network = small_fcn()
    stopped = train(network, data, 6, lambda step: step.step == 2)
    kept = copy.deepcopy(network)
    first = train(network, data, 6, resume=stopped)
    second = train(kept, data, 6, resume=stopped)
    assert first.loss == second.loss
    assert same(weights(network), weights(kept))


def test_a_step_that_the_training_went_on_from_is_refused(data: Scenes) -> None:
    network = small_fcn()
    steps = list(training_steps(network, data, 3))
    with pytest.raises(ValueError, match=r"`resume` \(step 2\) is no longer.*it went on to step 3"):
        training_steps(network, data, 5, resume=steps[1])


def test_another_weight_decay_is_allowed_after_a_stop(data: Scenes) -> None:
    network = small_fcn()
    stopped = train(network, data, 2)
    other = copy.deepcopy(network)
    train(network, data, 3, resume=stopped)
    train(other, data, 3, resume=stopped, weight_decay=0.5)
    assert not same(weights(network), weights(other))


def test_a_resume_that_does_not_belong_here_is_refused(data: Scenes) -> None:
    network = small_fcn()
    last = train(network, data, 2)
    with pytest.raises(ValueError, match=r"`optimizer` \(='sgd'\) must be 'adam', as in `resume`"):
        training_steps(network, data, 5, resume=last, optimizer="sgd")
    with pytest.raises(ValueError, match=r"`resume` \(step 3\) has no `memory`"):
        training_steps(network, data, 5, resume=TrainingStep(3, 0.5))
    with pytest.raises(ValueError, match=r"`steps` \(=2\) must be beyond the step of `resume`"):
        train(network, data, 2, resume=last)
    shallow = FCN(nn.Sequential(nn.Conv2d(3, 4, 1)), 4, 5, 1)
    wider = FCN(nn.Sequential(*list(network.body.children())[:-2], nn.Conv2d(64, 9, 1)), 9, 5, 8)
    for other in (shallow, wider):
        with pytest.raises(ValueError, match=r"`resume` is of another network"):
            training_steps(other, data, 5, resume=last)


def test_the_callback_sees_every_step_and_stops_when_it_says_true(data: Scenes) -> None:
    seen: list[int] = []

    def look(step: TrainingStep) -> bool:
        seen.append(step.step)
        return step.step == 3

    last = train(small_fcn(), data, 9, look)
    assert (last.step, seen) == (3, [1, 2, 3])
    train(small_fcn(), data, 2, lambda step: seen.append(9))
    assert seen[3:] == [9, 9], "None goes on"


# ---------------------------------------------------------------------------- files on the way


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """At which steps a file was written."""
    steps: list[int] = []

    def note(file: Path, network: FCN, step: TrainingStep) -> None:
        assert file == Path("a.pt")
        steps.append(step.step)

    monkeypatch.setattr(training, "save_checkpoint", note)
    return steps


def test_a_file_is_written_now_and_then_and_at_the_end(data: Scenes, written: list[int]) -> None:
    train(small_fcn(), data, 5, checkpoint=Path("a.pt"), checkpoint_every=2, batch_size=1)
    assert written == [2, 4, 5]


def test_a_file_is_written_at_a_stop(data: Scenes, written: list[int]) -> None:
    train(small_fcn(), data, 9, lambda step: step.step == 3, checkpoint=Path("a.pt"), batch_size=1)
    assert written == [3]


def test_no_file_is_written_where_none_is_wished(data: Scenes, written: list[int]) -> None:
    train(small_fcn(), data, 3, checkpoint_every=1, batch_size=1)
    assert written == []


def test_a_file_that_is_good_is_not_replaced_by_a_training_gone_wrong(
    data: Scenes, written: list[int]
) -> None:
    last = train(
        small_fcn(), data, 9, checkpoint=Path("a.pt"), checkpoint_every=1, learning_rate=1e30
    )
    assert last.trouble
    assert written == list(range(1, last.step + 1))


# ---------------------------------------------------------------------------- modes and trouble


def test_training_works_in_whatever_mode_the_caller_is(data: Scenes) -> None:
    network = small_fcn()
    network.eval()
    before = weights(network)
    with torch.inference_mode():
        for step in training_steps(network, data, 2):
            assert torch.is_inference_mode_enabled()
            assert not network.training, "between the steps the network can be looked at"
            assert math.isfinite(step.loss)
        train(network, data, 4, resume=step)
    assert not same(before, weights(network))
    with torch.no_grad():
        train(network, data, 1)
        assert not torch.is_grad_enabled()


def test_dropout_is_on_while_a_step_is_made() -> None:
    class Watch(nn.Module):
        seen: bool | None = None

        def forward(self, images: Tensor) -> Tensor:
            self.seen = self.training
            return images

    watch, data = Watch(), numbered(2)
    network = FCN(nn.Sequential(watch), 3, 5, 1).eval()
    train(network, data, 1)
    assert watch.seen is True
    evaluate(network, data)
    assert watch.seen is False


def test_a_loss_that_is_no_number_ends_the_training_and_is_said(data: Scenes) -> None:
    network = small_fcn()
    kept: list[list[Tensor]] = []
    steps = []
    for step in training_steps(network, data, 50, learning_rate=1e30, optimizer="sgd"):
        steps.append(step)
        kept.append(weights(network))
    last = steps[-1]
    assert len(steps) < 50
    assert [step.trouble for step in steps[:-1]] == [""] * (len(steps) - 1)
    assert last.trouble.startswith(f"It diverged: after step {last.step} the loss is ")
    assert "lower learning rate" in last.trouble
    assert last.step == steps[-2].step, "no change was made"
    assert all(torch.equal(*pair) or pair[0].isnan().any() for pair in zip(*kept[-2:], strict=True))


def test_a_batch_that_is_all_ignored_is_not_blamed_on_the_rate() -> None:
    image, labels = numbered(1).items[0]
    last = train(small_fcn(), Listed((image, torch.full_like(labels, 255))), 3)
    assert (last.step, "every pixel is to be ignored (255)" in last.trouble) == (0, True)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"steps": 0}, r"`steps` \(=0\) must be at least 1"),
        ({"batch_size": 0}, r"`batch_size` \(=0\)"),
        ({"workers": -1}, r"`workers` \(=-1\) must be at least 0"),
        ({"learning_rate": 0}, r"`learning_rate` \(=0\) must be a number above 0"),
        ({"learning_rate": math.nan}, r"`learning_rate` \(=nan\)"),
        ({"optimizer": "lbfgs"}, r"`optimizer` \(='lbfgs'\) must be one of adam, sgd"),
        ({"schedule": "step"}, r"`schedule` \(='step'\) must be one of cosine, constant"),
        ({"weight_decay": -1}, r"`weight_decay` \(=-1\) must be 0 or more"),
        ({"device": "tpu"}, r"`device` \(='tpu'\)"),
        ({"precision": "half"}, r"`precision` \(='half'\)"),
    ],
)
def test_a_setting_that_is_not_allowed_is_refused_at_once(
    settings: dict[str, Any], said: str, data: Scenes
) -> None:
    with pytest.raises(ValueError, match=said):
        training_steps(small_fcn(), data, **{"steps": 1, **settings})


def test_pictures_that_do_not_fit_are_refused_with_the_cure() -> None:
    with pytest.raises(ValueError, match=r"`data` is empty"):
        training_steps(small_fcn(), Listed(), 1)
    with pytest.raises(ValueError, match=r"cut the pictures of `data` to sides.* multiples of 8"):
        train(small_fcn(), numbered(1, (20, 32)), 1)
    with pytest.raises(ValueError, match=r"`checkpoint_every` \(=0\)"):
        train(small_fcn(), numbered(1), 1, checkpoint_every=0)


# ---------------------------------------------------------------------------- measuring


@pytest.fixture(params=[(24, 32), (21, 30)])
def held_out(request: pytest.FixtureRequest) -> Scenes:
    return Scenes(7, HELD_OUT, request.param)


@pytest.mark.parametrize("batch_size", [1, 3, 50])
def test_measuring_counts_every_picture_once(held_out: Scenes, batch_size: int) -> None:
    network = small_fcn(2)
    counts = torch.zeros(5, 5, dtype=torch.int64)
    for index in range(7):
        image, labels = held_out[index]
        counts += confusion_matrix(predict(network, image[None])[0], labels, 5)
    found = evaluate(network, held_out, batch_size=batch_size)
    assert torch.equal(found, counts)
    assert found.dtype == torch.int64


def test_measuring_leaves_out_what_is_ignored() -> None:
    image, labels = numbered(1).items[0]
    labels = labels.clone()
    labels[3:] = 255
    assert int(evaluate(small_fcn(), Listed((image, labels))).sum()) == 3 * 32


def test_measuring_leaves_the_mode_and_refuses_an_empty_batch(data: Scenes) -> None:
    network = small_fcn()
    network.train()
    evaluate(network, data)
    assert network.training
    with pytest.raises(ValueError, match=r"`batch_size` \(=0\)"):
        evaluate(network, data, batch_size=0)

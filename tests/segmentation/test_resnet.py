"""ResNet-18 becomes fully convolutional as in the experiment, and weights come whole."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
import torch
from torch import Tensor, nn

from lessons_lib.kernels import seeded_draws
from lessons_lib.machine.torchvision_cpu import make_torchvision_importable
from lessons_lib.segmentation import resnet
from lessons_lib.segmentation.downloads import DownloadError, MissingDataError
from lessons_lib.segmentation.resnet import pretrained_file, pretrained_weights, resnet18_fcn


def plain_resnet18(seed: int) -> Any:
    make_torchvision_importable()
    from torchvision.models import resnet18

    with seeded_draws(seed):
        return resnet18(weights=None)


@torch.inference_mode()
def test_the_sizes_are_those_of_the_experiment() -> None:
    network = resnet18_fcn()
    image = torch.zeros(1, 3, 320, 480)
    features = network.body(image)
    scores = network.score(features)
    assert features.shape == (1, 512, 10, 15)
    assert scores.shape == (1, 21, 10, 15)
    assert network.enlarge(scores).shape == (1, 21, 320, 480)
    assert network(image).shape == (1, 21, 320, 480)


@torch.inference_mode()
def test_a_network_built_without_gradients_can_be_trained_later() -> None:
    assert not any(weight.is_inference() for weight in resnet18_fcn(3).state_dict().values())


def test_the_last_layers_are_those_of_the_experiment() -> None:
    network = resnet18_fcn()
    assert network.score.kernel_size == (1, 1)
    assert network.enlarge.kernel_size == (64, 64)
    assert (network.enlarge.padding, network.enlarge.stride) == ((16, 16), (32, 32))


@torch.inference_mode()
def test_the_upsampling_starts_as_bilinear_enlarging() -> None:
    network = resnet18_fcn(classes=3)
    scores = torch.rand(1, 3, 4, 5, generator=torch.Generator().manual_seed(2))
    expected = nn.functional.interpolate(
        scores, scale_factor=32, mode="bilinear", align_corners=False
    )
    inside = (..., slice(16, -16), slice(16, -16))
    assert torch.allclose(network.enlarge(scores)[inside], expected[inside], atol=1e-5)


@torch.inference_mode()
def test_the_body_computes_what_resnet18_does_before_its_average() -> None:
    network = resnet18_fcn(classes=2, seed=5).eval()
    whole = plain_resnet18(5).eval()
    seen: list[Tensor] = []
    whole.layer4.register_forward_hook(lambda _, __, output: seen.append(output))
    image = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    whole(image)
    assert torch.equal(network.body(image), seen[0])


# ------------------------------------------------------------------------------- the random start


def test_torchvisions_start_follows_from_the_seed_as_after_manual_seed() -> None:
    drawn = plain_resnet18(4).state_dict()
    with torch.random.fork_rng():
        torch.manual_seed(4)
        from torchvision.models import resnet18

        expected = resnet18(weights=None).state_dict()
    assert all(torch.equal(drawn[name], expected[name]) for name in expected)


def test_the_start_follows_from_the_seed_and_leaves_torchs_draws_alone() -> None:
    before = torch.get_rng_state()
    one, same, other = (resnet18_fcn(3, seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(one[name], same[name]) for name in one)
    drawn = [name for name in one if one[name].dim() == 4 and "enlarge" not in name]
    assert len(drawn) == 21
    assert not any(torch.equal(one[name], other[name]) for name in drawn)


# ----------------------------------------------------------------------------- pretrained weights


class Published:
    """torchvision's entry for the weights, with a file of this test and no internet."""

    def __init__(self, patch: pytest.MonkeyPatch, cache: Path) -> None:
        stream = io.BytesIO()
        self.weights = plain_resnet18(7).state_dict()
        torch.save(self.weights, stream)
        self.content = stream.getvalue()
        digest = hashlib.sha256(self.content).hexdigest()[:8]
        self.url = f"https://example.org/models/resnet18-{digest}.pth"
        self.file = cache / "checkpoints" / f"resnet18-{digest}.pth"
        self.fetched = 0
        self.trouble: Exception | None = None
        self.offline = False
        patch.setattr(torch.hub, "get_dir", lambda: str(cache))
        patch.setattr(resnet, "_published", lambda: self)
        patch.setattr(resnet, "check_reachable", self._reachable)

    def _reachable(self, address: str, what: str, cure: str) -> None:
        assert address == self.url
        if self.offline:
            raise DownloadError(f"{what} cannot be fetched. {cure}")

    def get_state_dict(self, **settings: Any) -> dict[str, Tensor]:
        """Fetch as torchvision does: nothing where a file is there."""
        assert settings["check_hash"]
        assert settings["weights_only"]
        assert not self.file.exists()
        self.fetched += 1
        if self.trouble:
            raise self.trouble
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_bytes(self.content)
        return torch.load(self.file, weights_only=True)

    def write(self, content: bytes) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_bytes(content)


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Published:
    return Published(monkeypatch, tmp_path)


def equal(found: dict[str, Tensor], expected: dict[str, Tensor]) -> bool:
    return found.keys() == expected.keys() and all(
        torch.equal(found[name], expected[name]) for name in expected
    )


def test_whole_weights_on_this_machine_are_read_without_internet(published: Published) -> None:
    published.write(published.content)
    published.offline = True
    assert pretrained_file() == published.file
    assert equal(pretrained_weights(), published.weights)
    assert equal(pretrained_weights(download=False), published.weights)
    assert published.fetched == 0


def test_missing_weights_are_fetched_only_if_that_is_allowed(published: Published) -> None:
    with pytest.raises(MissingDataError, match="are not on this machine"):
        pretrained_weights(download=False)
    assert published.fetched == 0
    assert equal(pretrained_weights(), published.weights)
    assert published.fetched == 1


def test_half_written_weights_are_not_taken_for_whole_but_fetched_anew(
    published: Published,
) -> None:
    published.write(published.content[: len(published.content) // 2])
    with pytest.raises(MissingDataError, match="are cut off or changed"):
        pretrained_weights(download=False)
    assert equal(pretrained_weights(), published.weights)
    assert published.fetched == 1


def test_without_internet_a_half_written_file_stays_and_the_message_says_the_cure(
    published: Published,
) -> None:
    published.write(b"half")
    published.offline = True
    with pytest.raises(DownloadError, match=rf"put the file {published.file.name} into"):
        resnet18_fcn(pretrained=True)
    assert published.file.read_bytes() == b"half"


@pytest.mark.parametrize(
    "trouble",
    [
        URLError(OSError(104, "Connection reset by peer")),
        TimeoutError("timed out"),
        RuntimeError('invalid hash value (expected "f37072fd", got "12")'),
    ],
)
def test_a_download_that_breaks_off_is_one_clear_message(
    published: Published, trouble: Exception
) -> None:
    published.trouble = trouble
    with pytest.raises(DownloadError, match=r"^The weights of ResNet-18 .* from example\.org \("):
        pretrained_weights()


def test_a_pretrained_network_starts_with_these_weights(published: Published) -> None:
    published.write(published.content)
    network = resnet18_fcn(classes=4, seed=3, pretrained=True)
    assert torch.equal(network.body.state_dict()["0.weight"], published.weights["conv1.weight"])
    assert torch.equal(network.score.weight, resnet18_fcn(classes=4, seed=3).score.weight)


def test_torchvision_still_tells_where_the_weights_lie() -> None:
    assert resnet._published().url.startswith("https://download.pytorch.org/models/resnet18-")
    assert len(pretrained_file().stem.rpartition("-")[2]) == 8

"""Generated signals hold what their docstrings promise."""

import math
from itertools import pairwise

import pytest
import torch

from lessons_lib.signals import (
    BEAT_SAMPLES,
    beat_places,
    beat_template,
    heartbeats,
    noisy_step,
    step,
    tones,
)

GENERATORS = (tones, heartbeats, step, noisy_step)


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize("length", [1, 2, 21, 200, 333])
def test_a_signal_is_one_channel_of_the_length_asked_for(generator, length: int) -> None:  # type: ignore[no-untyped-def]
    signal = generator(length)
    assert signal.shape == (1, length)
    assert signal.dtype == torch.float32
    assert signal.isfinite().all()


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_signal_without_samples_is_refused(generator) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"`length` \(=0\) must be at least 1"):
        generator(0)


@pytest.mark.parametrize("generator", [heartbeats, noisy_step])
def test_the_seed_decides_and_the_global_one_is_left_alone(generator) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(5)
    before = torch.get_rng_state()
    assert torch.equal(generator(seed=3), generator(seed=3))
    assert not torch.equal(generator(seed=3), generator(seed=4))
    assert torch.equal(torch.get_rng_state(), before)


def test_tones_stay_within_their_range_and_have_a_burst() -> None:
    signal = tones(200)[0]
    assert float(signal.abs().max()) <= 1.75
    bends = signal.diff(n=2).abs()
    assert int(bends.argmax()) == pytest.approx(0.6 * 200, abs=5)
    assert float(bends[100:140].max()) > 5 * float(bends[:60].max())


@pytest.mark.parametrize("seed", range(20))
def test_every_beat_is_whole_and_has_its_peak_where_it_is_said(seed: int) -> None:
    places = beat_places(200, seed)
    signal = heartbeats(200, seed)[0]
    half = BEAT_SAMPLES // 2
    assert len(places) in (5, 6)
    assert all(33 <= b - a <= 39 for a, b in pairwise(places))
    for place in places:
        assert half <= place < 200 - half
        window = signal[place - half : place + half + 1]
        assert int(window.argmax()) == half
        assert float(window.max()) == pytest.approx(1, abs=0.1)


def test_a_short_signal_has_no_beat() -> None:
    assert beat_places(25) == []
    assert beat_places(26) == [15]


@pytest.mark.parametrize("seed", [0, 3, 77])
def test_the_template_ignores_the_level_and_answers_one_to_its_beat(seed: int) -> None:
    template = beat_template(seed)
    assert template.shape == (BEAT_SAMPLES,)
    assert float(template.sum()) == pytest.approx(0, abs=1e-5)
    first, half = beat_places(200, seed)[0], BEAT_SAMPLES // 2
    beat = heartbeats(200, seed)[0, first - half : first + half + 1]
    for level in (0.0, 5.0):
        assert float(template @ (beat + level)) == pytest.approx(1, abs=1e-4)


def test_the_step_is_where_it_is_said() -> None:
    assert step(5).tolist() == [[0, 0, 1, 1, 1]]
    assert int(step(200)[0].diff().argmax()) == 79
    noise = noisy_step(20000) - step(20000)
    assert float(noise.std()) == pytest.approx(0.2, rel=0.05)
    assert math.isclose(float(noise.mean()), 0, abs_tol=0.01)

"""Generated signals to slide a 1-D kernel along: sound, heartbeats and steps."""

import math

import torch
from torch import Tensor

from lessons_lib.geometry.arguments import to_seed, to_whole

LENGTH = 200
BEAT_SAMPLES = 21  # a beat with what belongs to it: half of them before its peak, half after

# One heartbeat: (samples from the peak, height, width in samples) of its five bumps.
_BEAT = (
    (-7.0, 0.12, 1.6),
    (-2.0, -0.15, 0.7),
    (0.0, 1.0, 0.9),
    (2.0, -0.25, 0.8),
    (9.0, 0.25, 2.5),
)


def tones(length: int = LENGTH) -> Tensor:
    """Draw a sound: a low tone, a softer one, and for a short while a high one.

    The periods are 40, 16 and 5 samples; the high burst swells up and down at 3/5 of the length.

    Args:
        length: number of samples, at least 1.

    Returns:
        float32 (1, length), values within -1.75..1.75.

    Raises:
        TypeError, ValueError: `length` is not whole, or below 1.

    Example:
        >>> tones(200).shape
        torch.Size([1, 200])
    """
    at = _samples(length)
    low = torch.sin(2 * math.pi * at / 40)
    soft = 0.25 * torch.sin(2 * math.pi * at / 16)
    high = 0.5 * torch.sin(2 * math.pi * at / 5) * _bump(at, 0.6 * length, 8.0)
    return (low + soft + high).float().unsqueeze(0)


def heartbeats(length: int = LENGTH, seed: int = 3) -> Tensor:
    """Draw something like an ECG: equal beats at slightly unequal distances, with a little noise.

    Args:
        length: number of samples, at least 1.
        seed: of the distances and the noise.

    Returns:
        float32 (1, length); a beat rises from about 0 to about 1.

    Raises:
        TypeError, ValueError: `length` is not whole, or below 1.

    Example:
        >>> heartbeats(200).shape
        torch.Size([1, 200])
    """
    at = _samples(length)
    signal = _noise(length, seed, 0.02)
    for place in beat_places(length, seed):
        for distance, height, width in _BEAT:
            signal += height * _bump(at, place + distance, width)
    return signal.float().unsqueeze(0)


def beat_places(length: int = LENGTH, seed: int = 3) -> list[int]:
    """Say where `heartbeats` puts the peaks of its beats.

    Args:
        length, seed: as in `heartbeats`.

    Returns:
        the samples, rising; neighbours are 33 to 39 apart, and every beat is whole. Signals of
        fewer than 26 samples have none.

    Raises:
        TypeError, ValueError: `length` is not whole, or below 1.
    """
    _samples(length)
    half = BEAT_SAMPLES // 2
    generator = torch.Generator().manual_seed(to_seed(seed))
    places: list[int] = []
    place = half + 5
    while place + half < length:
        places.append(place)
        place += 36 + int(torch.randint(-3, 4, (), generator=generator))
    return places


def beat_template(seed: int = 3) -> Tensor:
    """Cut the first beat out of `heartbeats` and turn it into a kernel that answers 1 to it.

    The mean is taken off, so that a level signal gives 0 however high it lies; then the template is
    divided by its energy, so that the beat it was cut from gives 1.

    Args:
        seed: as in `heartbeats`.

    Returns:
        float32 (BEAT_SAMPLES,), with sum 0.

    Example:
        >>> beat_template().shape
        torch.Size([21])
    """
    half = BEAT_SAMPLES // 2
    first = beat_places(LENGTH, seed)[0]
    beat = heartbeats(LENGTH, seed)[0, first - half : first + half + 1].double()
    beat -= beat.mean()
    return (beat / beat.square().sum()).float()


def step(length: int = LENGTH) -> Tensor:
    """Draw a signal that jumps once, from 0 to 1, at 2/5 of its length.

    Args:
        length: number of samples, at least 1.

    Returns:
        float32 (1, length).

    Raises:
        TypeError, ValueError: `length` is not whole, or below 1.

    Example:
        >>> step(5).tolist()
        [[0.0, 0.0, 1.0, 1.0, 1.0]]
    """
    at = _samples(length)
    return (at >= length * 2 // 5).float().unsqueeze(0)


def noisy_step(length: int = LENGTH, seed: int = 3) -> Tensor:
    """Draw the same jump under noise of a fifth of its height.

    Args:
        length: number of samples, at least 1.
        seed: of the noise.

    Returns:
        float32 (1, length).

    Raises:
        TypeError, ValueError: `length` is not whole, or below 1.

    Example:
        >>> noisy_step(200).shape
        torch.Size([1, 200])
    """
    return step(length) + _noise(length, seed, 0.2).float()


def _samples(length: int) -> Tensor:
    return torch.arange(to_whole(length, "length", 1), dtype=torch.float64)


def _bump(at: Tensor, middle: float, width: float) -> Tensor:
    """A bell of height 1, `width` samples from its middle to where it bends."""
    return torch.exp(-((at - middle) ** 2) / (2 * width**2))


def _noise(length: int, seed: int, deviation: float) -> Tensor:
    generator = torch.Generator().manual_seed(to_seed(seed))
    return deviation * torch.randn(length, generator=generator, dtype=torch.float64)

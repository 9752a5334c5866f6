"""The size of an output, and the typical ways to get it wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lessons_lib.geometry import conv_output_size
from lessons_lib.practice.questions.answers import telling
from lessons_lib.practice.questions.asked import Slip
from lessons_lib.practice.questions.drawing import Pair
from lessons_lib.practice.questions.kinds import Answer

ORDER = "You took height and width the wrong way round. Height comes first, always."
FLOOR = "you rounded up. A window that would stick out is not taken: round down, then add 1."
ONE = "you counted the jumps. There is one place more: the first one, before any jump."
STRIDE = "you let the window move on by 1. It jumps by its stride."
NO_PADDING = "you left the padding out."
PADDING_ONCE = "you counted the padding once. It is added on both sides."
DILATION = "you took the kernel without its dilation. Its taps stand apart, so it spans more."
OTHER_AXIS = (
    "you took the settings of the width for the height, and those of the height for the width."
)


@dataclass(frozen=True)
class Sizes:
    """What the size of an output follows from, height first."""

    n: Pair
    k: Pair
    s: Pair = (1, 1)
    p: Pair = (0, 0)
    d: Pair = (1, 1)

    @property
    def output(self) -> Pair:
        """The size by the formula.

        Raises:
            ValueError: the kernel does not fit.
        """
        height, width = conv_output_size(self.n, self.k, self.s, self.p, self.d)
        return height, width

    @property
    def jumps(self) -> tuple[float, float]:
        """(n + 2p - d(k - 1) - 1) / s, with what stands behind the point."""
        height, width = (self._jumps(axis) for axis in (0, 1))
        return height, width

    def _jumps(self, axis: int) -> float:
        span = self.d[axis] * (self.k[axis] - 1) + 1
        return (self.n[axis] + 2 * self.p[axis] - span) / self.s[axis]

    @property
    def fits(self) -> bool:
        """Whether torch takes the setting."""
        return min(self.jumps) >= 0

    @property
    def line(self) -> str:
        """The line of PyTorch that gives the size."""
        given = {"stride": self.s, "padding": self.p, "dilation": self.d}
        plain = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1)}
        more = "".join(f", {name}={it}" for name, it in given.items() if it != plain[name])
        picture, weight = (f"torch.ones(1, 1, {h}, {w})" for h, w in (self.n, self.k))
        return f"F.conv2d({picture}, {weight}{more}).shape[-2:]"


def size_slips(sizes: Sizes) -> tuple[Slip, ...]:
    """List the slips that give another size here, the likelier first."""
    key = sizes.output
    slips = [Slip(ORDER, key[::-1], whole=True)]
    slips += _if_it_fits(OTHER_AXIS, _exchanged(sizes), whole=True)
    slips += [Slip(FLOOR, _rounded_up(sizes)), Slip(ONE, _without_one(sizes))]
    slips += _if_it_fits(PADDING_ONCE, _padded_once(sizes))
    slips += _if_it_fits(NO_PADDING, replace(sizes, p=(0, 0)))
    slips += _if_it_fits(DILATION, replace(sizes, d=(1, 1)))
    slips += _if_it_fits(STRIDE, replace(sizes, s=(1, 1)))
    return telling(key, slips)


def _if_it_fits(message: str, wrong: Sizes, whole: bool = False) -> list[Slip]:
    return [Slip(message, wrong.output, whole)] if wrong.fits else []


def _exchanged(sizes: Sizes) -> Sizes:
    return Sizes(sizes.n, sizes.k[::-1], sizes.s[::-1], sizes.p[::-1], sizes.d[::-1])


def _padded_once(sizes: Sizes) -> Sizes:
    """Add the padding on one side only: half of it on both, so to speak."""
    height, width = (n + p for n, p in zip(sizes.n, sizes.p, strict=True))
    return replace(sizes, n=(height, width), p=(0, 0))


def _rounded_up(sizes: Sizes) -> Answer:
    return tuple(-int(-jumps // 1) + 1 for jumps in sizes.jumps)


def _without_one(sizes: Sizes) -> Answer:
    return tuple(int(jumps // 1) for jumps in sizes.jumps)
